"""From sandbox results to judgements; the laws of the reward."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, bar, evidence, line, scene, spine, text
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.chart.judge.detectors import detect
from vsdpo_jax.domains.chart.judge.diagnose import (
    diagnose,
    judge,
)
from vsdpo_jax.domains.chart.judge.rubric import AXES, REFERENCE_AXES
from vsdpo_jax.sandbox import SandboxResult

PICTURE_AXES = AXES[:-1]


def chart(*extra):
    title = text("Tea", (200.0, 15.0, 60.0, 14.0), role="title")
    return scene([spine(), bar(2, 50), bar(4, 80), title, *extra])


def test_a_clean_chart_earns_everything():
    diagnosis, elements = diagnose(chart())
    assert diagnosis.rubric == {axis: True for axis in PICTURE_AXES}
    assert diagnosis.r_exec == 1.0
    assert diagnosis.reward == pytest.approx(1.0)
    assert list(json.loads(diagnosis.feedback)) == list(PICTURE_AXES)
    roles = {element.role for element in elements}
    assert {"axes", "data", "title", "spine"} <= roles


def test_content_and_reference_axes_join_where_they_can_be_checked():
    diagnosis, _ = diagnose(chart(), asked={"title": "Tea", "kind": "line"})
    assert list(diagnosis.rubric) == list(AXES)
    assert diagnosis.reward == pytest.approx(8 / 9)
    both, _ = diagnose(chart(), asked={"title": "Tea"}, reference=chart())
    assert list(both.rubric) == [*AXES, *REFERENCE_AXES]
    assert both.reward == pytest.approx(1.0)


def test_nothing_is_won_by_silence():
    # A title that is missing fails what a title that is cut, pale, tiny or struck would fail.
    diagnosis, _ = diagnose(chart(), asked={"title": "Coffee", "kind": "bar"})
    failed = {axis for axis, satisfied in diagnosis.rubric.items() if not satisfied}
    assert failed == {"overlap", "clip", "contrast", "tiny", "content"}
    assert set(diagnosis.unseen) == failed - {"content"}
    assert diagnosis.unseen["tiny"] == ("title missing",)
    assert json.loads(diagnosis.feedback)["tiny"] == "title missing"
    assert {defect.axis for defect in diagnosis.defects} == {"content"}
    slip, _ = diagnose(chart(), asked={"title": "Teas", "kind": "bar"})
    assert slip.reward == pytest.approx(8 / 9)


def test_a_picture_of_nothing_that_was_asked_for_earns_nothing():
    assert diagnose(chart(), asked={"title": "Coffee"})[0].reward == 0.0
    bare = replace(chart(), image_YXC=np.full((400, 500, 3), 250, np.uint8))
    assert diagnose(bare)[0].reward == 0.0


def test_weights_decide():
    marks = text("small", (300.0, 15.0, 60.0, 4.0), font_size_pt=4.0)
    weights = {axis: 0.0 for axis in AXES} | {"tiny": 3.0, "clip": 1.0}
    assert diagnose(chart(marks), axis_weights=weights)[0].reward == pytest.approx(0.25)
    assert diagnose(chart(marks))[0].reward == pytest.approx(7 / 8)


@given(
    defects=st.sets(st.sampled_from(["tiny", "contrast", "empty", "range"])),
    weights=st.dictionaries(st.sampled_from(AXES), st.floats(0.01, 10)),
)
@settings(max_examples=60, deadline=None)
def test_reward_is_the_weight_of_the_satisfied_axes(defects, weights):
    marks = {
        "tiny": text("small", (300.0, 15.0, 60.0, 4.0), font_size_pt=4.0),
        "contrast": text("pale", (300.0, 375.0, 60.0, 9.0), evidence=evidence(contrast=1.5)),
        "empty": text("", (20.0, 20.0, 30.0, 1.0), role="spine", axes=1),
        "range": line([(1, 10), (2, 120)]),
    }
    infos = [axes(), axes(region=(5.0, 5.0, 50.0, 30.0))]
    extra = [marks[axis] for axis in sorted(defects)]
    picture = scene([spine(), bar(2, 50), *extra], infos)
    diagnosis, _ = diagnose(picture, axis_weights=weights)
    assert {axis for axis, ok in diagnosis.rubric.items() if not ok} == defects
    assert 0.0 <= diagnosis.reward <= 1.0
    lost = sum(weights.get(axis, 1.0) for axis in defects)
    total = sum(weights.get(axis, 1.0) for axis in PICTURE_AXES)
    assert diagnosis.reward == pytest.approx(1 - lost / total)
    assert {d.axis for d in diagnosis.defects} == defects
    for axis in PICTURE_AXES:
        assert 0.0 <= diagnosis.scores[axis] <= 1.0
        said = json.loads(diagnosis.feedback)[axis]
        assert (said == "ok") is (axis not in defects)


def test_every_defect_lies_on_an_element():
    marks = [
        text("one", (100.0, 100.0, 50.0, 10.0)),
        text("two", (120.0, 102.0, 50.0, 10.0)),
        text("gone", (-60.0, 100.0, 40.0, 10.0), role="y_label", region=None),
        line([(1, 10), (2, 120)]),
    ]
    diagnosis, elements = diagnose(chart(*marks), asked={"title": "x", "x_label": "y"})
    regions = {element.region for element in elements}
    assert len(diagnosis.defects) >= 6
    for defect in diagnosis.defects:
        assert defect.region in regions, defect.message


def test_a_thousand_defects_keep_the_worst():
    marks = [bar(5, 101 + i / 10, label=f"bar {i}") for i in range(1000)]
    diagnosis, _ = diagnose(scene([spine(), *marks]))
    found = [d.message for d in diagnosis.defects if d.axis == "range"]
    assert len(found) == 100
    assert "200.9" in found[0]


def result(status, **fields):
    return SandboxResult(status=status, cpu_s=0.1, wall_s=0.2, stdout="hello", **fields)


@pytest.mark.parametrize(
    ("status", "limit", "error", "said"),
    [
        (
            "program_error",
            None,
            "Traceback\n  File \"<student>\", line 3, in f\nNameError: name 'a' is not defined",
            "line 3: NameError: name 'a' is not defined",
        ),
        ("limit", "cpu", "cpu limit of 10 s", "cpu limit of 10 s"),
        ("no_artifact", None, "the program drew nothing", "the program drew nothing"),
        ("tamper", None, "a forbidden system call", "a forbidden system call"),
    ],
)
def test_failures_earn_nothing_and_say_why(status, limit, error, said):
    judged = judge(result(status, limit=limit, error=error), "plot()", JudgeOptions(asked={}))
    assert judged.render.status == status
    assert judged.render.limit == limit
    assert judged.render.stdout == "hello"
    assert judged.diagnosis.rubric == {}
    assert judged.diagnosis.reward == 0.0
    assert not judged.diagnosis.masked
    assert json.loads(judged.diagnosis.feedback) == {"error": said}


def test_machine_failures_are_masked():
    assert judge(result("infra", error="x"), "", JudgeOptions()).diagnosis.masked


@pytest.mark.parametrize("payload", [b"", b"forged", bytes(1000)])
def test_a_payload_that_is_no_picture_is_tampering(payload):
    judged = judge(result("ok", payload=payload), "", JudgeOptions())
    assert judged.render.status == "tamper"
    assert judged.render.image_YXC is None
    assert judged.diagnosis.reward == 0.0


def test_the_axes_are_the_contract():
    assert AXES == (
        "overlap",
        "clip",
        "legend",
        "ticks",
        "contrast",
        "tiny",
        "empty",
        "range",
        "content",
    )
    assert not set(AXES) & set(REFERENCE_AXES)


def test_detectors_read_every_picture_axis_and_change_nothing():
    picture = chart()
    before = picture.image_YXC.copy()
    assert tuple(detect(picture)) == PICTURE_AXES
    assert np.array_equal(picture.image_YXC, before)
