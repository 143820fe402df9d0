"""The verdict: statuses, elements, declarations' credit, options."""

from __future__ import annotations

import pytest

from vsdpo_jax import credit
from vsdpo_jax.domains.base import LOOKS, Artifact, JudgeOptions
from vsdpo_jax.domains.web.domain import DOMAIN
from vsdpo_jax.domains.web.judge.diagnose import judge
from vsdpo_jax.domains.web.judge.looks import SIDE
from vsdpo_jax.domains.web.judge.rubric import AXES, REFERENCE_AXES
from vsdpo_jax.domains.web.source.language import HTML

SETTINGS = DOMAIN.complete(None)
PAGE = """<!DOCTYPE html>
<style>
body { margin: 20px; font: 16px Arial }
.card { width: 300px; border: 1px solid #888 }
</style>
<h1>Tea</h1>
<div class=card><p>Green leaves</p></div>
<div class=card><p>Black leaves</p></div>
"""


def test_a_failed_render_keeps_its_status():
    artifact = Artifact(status="limit", limit="cpu", error="too long")
    judged = judge(artifact, "", JudgeOptions(options=SETTINGS))
    assert (judged.render.status, judged.render.limit) == ("limit", "cpu")
    assert judged.diagnosis.reward == 0.0
    assert judge(
        Artifact(status="infra", error="x"), "", JudgeOptions(options=SETTINGS)
    ).diagnosis.masked


@pytest.mark.parametrize("payload", [b"", b"{}", b"\x00" * 99, b"a page"])
def test_bytes_that_are_no_page_are_tampered_with(payload):
    judged = judge(Artifact(status="ok", payload=payload), "", JudgeOptions(options=SETTINGS))
    assert judged.render.status == "tamper"
    assert judged.diagnosis.reward == 0.0


def test_a_payload_that_was_cut_is_tampered_with(payload_of):
    payload = payload_of(PAGE)
    for share in (0.01, 0.5, 0.999):
        cut = Artifact(status="ok", payload=payload[: int(share * len(payload))])
        assert judge(cut, PAGE, JudgeOptions(options=SETTINGS)).render.status == "tamper"


def test_the_reference_s_payload_is_ours(payload_of):
    artifact = Artifact(status="ok", payload=payload_of(PAGE))
    with pytest.raises(ValueError, match="reference_payload is no page"):
        judge(artifact, PAGE, JudgeOptions(reference_payload=b"x", options=SETTINGS))


def test_what_a_model_compares_is_left_where_it_is_asked_for(payload_of):
    other = PAGE.replace("#888", "#888; background: #036; color: #fff")
    artifact, reference = Artifact(status="ok", payload=payload_of(PAGE)), payload_of(other)

    def looks(**options):
        options = JudgeOptions(reference_payload=reference, options=DOMAIN.complete(options))
        return judge(artifact, PAGE, options).extra.get(LOOKS)

    assert looks() is None
    found = looks(looks=True, min_clip=0.7)
    assert (found.axis, found.least) == ("clip_similarity", 0.7)
    assert found.own_YXC.shape == found.reference_YXC.shape == (SIDE, SIDE, 3)
    assert found.own_YXC.min() > 100, "no text, and borders blurred"
    assert found.reference_YXC.min() < 60, "the cards"
    left, top, width, height = found.defect.region
    assert left < 60
    assert top < 100
    assert 200 < width < 400
    assert height < 200


def test_the_axes_come_in_their_order(verdict, payload_of):
    diagnosis = verdict(PAGE, {"heading": "Tea"}, reference_payload=payload_of(PAGE)).diagnosis
    assert tuple(diagnosis.rubric) == (*AXES, *REFERENCE_AXES)
    assert "content" not in verdict(PAGE).diagnosis.rubric


def test_wrong_weights_and_wrong_asked_are_refused(verdict):
    with pytest.raises(ValueError, match="unknown key"):
        verdict(PAGE, {"headings": "Tea"})
    with pytest.raises(ValueError, match="weighs 0"):
        verdict(PAGE, axis_weights=dict.fromkeys(AXES, 0.0))


@pytest.mark.parametrize("body", ["", "<p></p>", "<body style='background:#0a6'>"])
def test_a_page_of_one_colour_is_no_artifact(verdict, body):
    judged = verdict(f"<!DOCTYPE html>{body}")
    assert judged.render.status == "no_artifact"
    assert judged.diagnosis.reward == 0.0


def test_elements_are_those_that_are_seen(verdict):
    render = verdict(PAGE + "<p style='display:none'>Gone</p>").render
    tags = [e.role for e in render.elements if PAGE[e.span[0]] == "<"]
    assert tags.count("div") == tags.count("p") == 2
    heading = next(e for e in render.elements if e.role == "h1")
    assert PAGE[slice(*heading.span)] == "<h1>Tea</h1>"
    assert heading.text == "Tea"


def test_declarations_are_credited_with_what_they_match(verdict):
    def declared(**options):
        elements = verdict(PAGE, **options).render.elements
        return [e for e in elements if PAGE[e.span[0]] != "<"]

    cards = [e for e in declared() if PAGE[slice(*e.span)].startswith("width: 300px")]
    assert len(cards) == 2
    assert all(e.region[2] == pytest.approx(302) for e in cards)
    assert declared(options={"css_credit": False}) == []


def test_the_guilty_declaration_has_all_of_the_credit(verdict):
    source = PAGE.replace("width: 300px", "color: #ccc")
    judged = verdict(source)
    blames = credit.assign(
        source, judged.render.elements, judged.diagnosis.defects, alpha=4.0, language=HTML
    )
    top = [source[slice(*b.span)] for b in blames if b.responsibility == 1.0]
    assert [text.rstrip(" ;") for text in top] == ["color: #ccc"]


def test_the_same_page_gets_the_same_verdict(verdict, payload_of):
    first, second = (verdict(PAGE, {"heading": "Tea"}).diagnosis for _ in range(2))
    assert (first.feedback, first.scores) == (second.feedback, second.scores)
