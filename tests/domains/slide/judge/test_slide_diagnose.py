"""From a deck's bytes to a verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from slide_records import SlideBuilder, filled, solid

from vsdpo_jax.domains.base import Artifact, JudgeOptions
from vsdpo_jax.domains.slide.deck.codec import encode
from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.deck.records import Deck
from vsdpo_jax.domains.slide.judge.diagnose import diagnose, judge, stacked
from vsdpo_jax.domains.slide.judge.rubric import AXES

SOURCE = "x" * 2000
TITLE = {
    "title": "Six good reasons",
    "texts": [f"Reason {number} of a few words" for number in range(1, 7)],
}


def judged(deck: Deck, asked=None, source: str = SOURCE):
    artifact = Artifact(status="ok", payload=encode(deck))
    return judge(artifact, source, JudgeOptions(asked=asked))


def test_a_sound_slide_earns_everything():
    verdict = judged(filled().view().deck, TITLE)
    assert verdict.diagnosis.reward == pytest.approx(1.0)
    assert tuple(verdict.diagnosis.rubric) == AXES
    assert verdict.render.image_YXC is not None
    assert verdict.render.image_YXC.shape == (720, 1280, 3)


def test_official_numbers_stand_beside_the_scores():
    verdict = judged(filled().view().deck)
    (numbers,) = verdict.extra["aeslides"]
    assert numbers["aspect_ratio"] == pytest.approx(1.0, abs=1e-4)
    assert 0.9 < numbers["content_ratio_crop"] <= 1
    assert numbers["imbalance"] > 0


def test_every_call_is_credited_with_its_shape():
    made = filled()
    call = made.call(1, "fill")
    verdict = judged(made.view().deck)
    spans = [element.span for element in verdict.render.elements]
    assert spans.count((100, 110)) == 1
    assert call.span in spans


def test_a_finished_file_has_defects_without_statements():
    made = filled()
    made.text("Tiny", (60, 100, 300, 20), size=5)
    verdict = judged(made.view(Notes()).deck, source="")
    assert verdict.render.elements == ()
    assert [d.spans for d in verdict.diagnosis.defects if d.axis == "tiny"] == [()]


def two_slides() -> Deck:
    first, second = filled(), filled()
    second.text("Tiny", (60, 100, 300, 20), size=5)
    deck = first.view().deck
    other = replace(second.view().slide, number=1)
    return replace(deck, slides=(deck.slides[0], other), num_slides=2)


def test_slides_are_stacked_and_all_judged():
    deck = two_slides()
    picture = stacked(deck)
    assert picture.shape == (720 + 16 + 720, 1280, 3)
    assert (picture[725] == 128).all()
    verdict = judged(deck, TITLE)
    tiny = [d for d in verdict.diagnosis.defects if d.axis == "tiny"]
    assert tiny[0].region[1] == 100 + 736
    assert "slide 2: text 'Tiny' 5 pt" in verdict.diagnosis.feedback
    assert "2 slides, 1 asked" in verdict.diagnosis.feedback


def test_a_slide_of_one_colour_is_no_artifact():
    verdict = judged(SlideBuilder().view().deck)
    assert verdict.render.status == "no_artifact"
    assert verdict.diagnosis.reward == 0.0


def test_the_reason_names_the_line_of_what_covers():
    made = filled()
    cover = len(made.shapes)
    made.texts = [
        replace(t, visible=0.0, contrast=1.0, ink_color=None, covered_by=cover) for t in made.texts
    ]
    made.shape((0, 0, 1280, 720), fill=solid(250, 250, 250))
    made.image[300:310] = 0
    at = 100 * cover
    source = "\n" * at + "cover()" + " " * 500
    verdict = judged(made.view().deck, TITLE, source)
    assert verdict.render.status == "no_artifact"
    assert verdict.diagnosis.r_exec == 0.0
    assert f'"line {at + 1}: Invisible' in verdict.diagnosis.feedback


def test_bytes_that_are_no_deck_are_tampering():
    verdict = judge(Artifact(status="ok", payload=b"nonsense"), "", JudgeOptions())
    assert verdict.render.status == "tamper"


def test_a_program_without_a_deck_keeps_its_status():
    verdict = judge(Artifact(status="program_error", error="boom"), "", JudgeOptions())
    assert (verdict.render.status, verdict.diagnosis.reward) == ("program_error", 0.0)


def test_a_missing_title_loses_more_than_a_pale_one():
    pale, gone = filled(), filled()
    pale.texts[0] = replace(pale.texts[0], contrast=2.0)
    gone.texts[0] = replace(gone.texts[0], visible=0.0, contrast=1.0, ink_color=None)
    one, other = (diagnose([made.view()], asked=TITLE) for made in (pale, gone))
    assert 0 <= other.reward < one.reward < 1


def test_a_wrong_asked_is_a_wrong_setting():
    with pytest.raises(ValueError, match="unknown key"):
        diagnose([filled().view()], asked={"heading": "x"})


def test_pictures_are_left_as_they_were():
    made = filled()
    before = made.image.copy()
    diagnose([made.view()], asked=TITLE)
    assert np.array_equal(made.image, before)
    assert Call(what="made", span=(0, 1)).sites == ()
