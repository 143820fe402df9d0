"""The scale of an axis as its labels tell it."""

from __future__ import annotations

import numpy as np
import pytest
from chart_scenes import AXES_BOX, axes, evidence, scene, text, tick_labels
from content_scenes import y_ticks
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.scale import Said, read_scale
from vsdpo_jax.domains.chart.judge.content.view import View


def read(marks, info=None, name="y", **changes):
    return read_scale(View(scene(marks, [info or axes()], **changes)), 0, name)


def limits(reading):
    return [scale.limits for scale in reading.scales]


def test_labels_that_stand_at_their_values_confirm_the_declared_scale():
    reading = read(y_ticks())
    assert reading.said is Said.TRUE
    assert limits(reading) == [(0.0, 100.0)]
    assert reading.scales[0].px(50) == pytest.approx(190)
    assert reading.scales[0].value(190) == pytest.approx(50)


def test_no_labels_or_one_or_words_say_nothing():
    for marks in ([], y_ticks([50]), y_ticks(words=["low", "", "middle", "", "high"])):
        assert read(marks).said is Said.MISSING


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": evidence(visible=0.2)},
        {"evidence": evidence(difference=2.0, ground=1.0)},
        {"font_size_pt": 2.0},
        {"region": None},
        {"unspelled": "0123456789"},
    ],
)
def test_labels_that_cannot_be_read_say_nothing(changes):
    assert read(y_ticks(**changes)).said is Said.MISSING


def test_labels_that_contradict_each_other_are_wrong():
    assert read(y_ticks(words=["0", "70", "20", "90", "40"])).said is Said.WRONG
    assert read(y_ticks(words=["5"] * 5)).said is Said.WRONG


def test_labels_decide_what_the_limits_only_declare():
    reading = read(y_ticks(words=["500", "375", "250", "125", "0"]))
    assert reading.said is Said.TRUE
    assert limits(reading)[0] == pytest.approx((500, 0), abs=5)
    thousands = read(y_ticks(words=["0", "25k", "50k", "75k", "100k"]))
    assert limits(thousands)[0] == pytest.approx((0, 100_000))


def test_one_stray_label_does_not_make_the_others_false():
    words = [str(v) for v in range(0, 101, 10)]
    words[3] = "300"
    assert limits(read(y_ticks(range(0, 101, 10), words))) == [(0.0, 100.0)]


@pytest.mark.parametrize("shift", [-6.0, 6.0])
def test_labels_may_all_stand_a_little_above_their_lines(shift):
    centers = [340 - 3 * v + shift for v in (0, 25, 50, 75, 100)]
    labels = tick_labels(["0", "25", "50", "75", "100"], centers, role="y_tick_label")
    assert limits(read(labels)) == [(0.0, 100.0)]
    far = [c + 30 * np.sign(shift) for c in centers]
    labels = tick_labels(["0", "25", "50", "75", "100"], far, role="y_tick_label")
    assert limits(read(labels)) != [(0.0, 100.0)]


def test_percent_signs_may_stand_for_hundredths():
    info = axes(y_limits=(0.0, 1.0))
    marks = y_ticks((0, 0.5, 1), ["0%", "50%", "100%"], (0.0, 1.0))
    found = limits(read(marks, info))
    assert pytest.approx((0, 1)) in found
    assert pytest.approx((0, 100)) in found


def test_the_text_at_the_end_of_the_axis_multiplies_its_labels():
    info = axes(y_limits=(0.0, 1e8))
    marks = y_ticks((0, 5e7, 1e8), ["0.0", "0.5", "1.0"], (0.0, 1e8))
    power = text("1e8", (80.0, 25.0, 20.0, 10.0), role="offset_text")
    assert limits(read([*marks, power], info)) == [(0.0, 1e8)]
    assert limits(read(marks, info))[0] == pytest.approx((0, 1))


def test_logarithmic_labels():
    info = axes(y_scale="log", y_limits=(1.0, 1000.0))
    words = [f"$\\mathdefault{{10^{{{power}}}}}$" for power in range(4)]
    marks = tick_labels(words, [340, 240, 140, 40], role="y_tick_label")
    reading = read(marks, info)
    assert limits(reading) == [(1.0, 1000.0)]
    assert reading.scales[0].px(10) == pytest.approx(240)
    even = tick_labels(["1", "2", "3", "4"], [340, 240, 140, 40], role="y_tick_label")
    assert read(even, info).said is Said.WRONG


def test_slanted_labels_hang_by_an_end():
    info = axes(x_limits=(0.0, 10.0))
    boxes = [(80 + 40 * v - 8 * len(str(v)), 345.0, 8.0 * len(str(v)), 12.0) for v in (0, 5, 10)]
    marks = [
        text(str(v), box, role="x_tick_label", rotation_deg=45.0)
        for v, box in zip((0, 5, 10), boxes, strict=True)
    ]
    assert limits(read(marks, info, "x")) == [(0.0, 10.0)]


def test_an_axes_without_labels_is_read_by_those_of_its_row():
    left = axes(region=(80.0, 40.0, 190.0, 300.0))
    right = axes(region=(290.0, 40.0, 190.0, 300.0))
    view = View(scene(y_ticks(), [left, right]))
    assert read_scale(view, 1, "y").said is Said.TRUE
    other = axes(region=(290.0, 40.0, 190.0, 300.0), y_limits=(0.0, 50.0))
    assert read_scale(View(scene(y_ticks(), [left, other])), 1, "y").said is Said.MISSING


@given(
    low=st.floats(-1e4, 1e4),
    span=st.floats(1.0, 1e5),
    count=st.integers(2, 30),
    dpi=st.sampled_from([60.0, 72.0, 150.0]),
)
@example(low=7.99e-307, span=1.0, count=2, dpi=60.0)  # its lowest label is zero, badly spelled
@settings(max_examples=60, deadline=None)
def test_a_true_scale_is_read_whatever_its_limits(low, span, count, dpi):
    info = axes(y_limits=(low, low + span))
    values = np.linspace(low, low + span, count)
    words = [f"{v:.10g}" for v in values]
    marks = y_ticks(values, words, (low, low + span), font_size_pt=10.0 * 72 / dpi)
    reading = read(marks, info, dpi=dpi)
    assert reading.said is Said.TRUE
    assert reading.scales[0].px(low + span / 2) == pytest.approx(190, abs=4)


def test_a_scale_that_cannot_be_read_back_is_missing():
    assert read(y_ticks(), axes(y_scale="symlog")).said is Said.MISSING
    assert read(y_ticks(), axes(projection="polar")).said is Said.MISSING
    assert AXES_BOX == axes().region
