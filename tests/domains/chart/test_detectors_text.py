"""Overlap, clip, contrast and size of texts on hand-built scenes with hand-computed numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chart_scenes import axes, bar, line, scene, text, tick_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.detectors_text import (
    detect_clip,
    detect_contrast,
    detect_overlap,
    detect_tiny,
    overlap_share,
)


def test_two_texts_that_share_a_tenth_are_two_defects_with_their_own_boxes():
    first = text("Sales", (100.0, 100.0, 50.0, 10.0), role="title")
    second = text("Costs", (145.0, 100.0, 50.0, 10.0), role="y_label")  # 5 x 10 of 50 x 10
    reading = detect_overlap(scene([first, second]))
    assert reading.score == pytest.approx(0.9)
    assert reading.notes == ("title on y label",)
    assert [d.region for d in reading.defects] == [first.region, second.region]
    assert {d.severity for d in reading.defects} == {1}


@pytest.mark.parametrize(("common_px", "count"), [(2.0, 0), (2.5, 0), (3.0, 2), (40.0, 2)])
def test_the_threshold_is_five_percent_of_the_smaller_text(common_px, count):
    first = text("a", (100.0, 100.0, 90.0, 10.0))
    second = text("b", (190.0 - common_px, 100.0, 50.0, 10.0))
    assert len(detect_overlap(scene([first, second])).defects) == count


def test_lines_of_one_text_labels_of_one_axis_and_doubles_may_touch():
    one = text("two", (100.0, 100.0, 50.0, 10.0), artist=7)
    other = text("lines", (100.0, 104.0, 50.0, 10.0), artist=7)
    ticks = tick_labels(["10", "20"], [200, 205])
    double = text("same", (300.0, 100.0, 40.0, 10.0))
    again = text("same", (300.0, 100.0, 40.0, 10.0))
    assert detect_overlap(scene([one, other, *ticks, double, again])).satisfied


def test_an_axis_label_on_its_own_tick_labels_is_the_one_at_fault():
    ticks = tick_labels(["10", "20"], [200, 260])
    label = text("Month", (180.0, 348.0, 60.0, 10.0), role="x_label")
    reading = detect_overlap(scene([*ticks, label]))
    assert reading.notes == ("x ticks on x label",)
    assert [d.region for d in reading.defects] == [label.region]
    title = replace(label, role="title")
    assert len(detect_overlap(scene([*ticks, title])).defects) == 2


def test_what_cannot_be_seen_overlaps_nothing():
    shown = text("title", (100.0, 100.0, 50.0, 10.0))
    clear = text("ghost", (100.0, 100.0, 50.0, 10.0), color_rgba=(0.0, 0.0, 0.0, 0.0))
    blank = text("   ", (100.0, 100.0, 50.0, 10.0))
    hidden = text("off", (100.0, 100.0, 50.0, 10.0), region=None)
    assert detect_overlap(scene([shown, clear, blank, hidden])).score == 1.0


def test_slanted_texts_whose_boxes_cross_do_not_overlap():
    # Two labels at 45 degrees, 40 px apart: each box is 80 x 80, the ink two parallel strips.
    first = text("January", (100.0, 200.0, 80.0, 80.0), rotation_deg=45.0, role="annotation")
    second = text("February", (140.0, 200.0, 80.0, 80.0), rotation_deg=45.0, role="annotation")
    assert overlap_share(first, second, 72.0) == 0.0
    near = replace(
        second, full_region=(106.0, 200.0, 80.0, 80.0), region=(106.0, 200.0, 80.0, 80.0)
    )
    assert overlap_share(first, near, 72.0) > 0.3


def test_corner_labels_of_a_cube_have_more_room():
    first = text("0.0", (100.0, 100.0, 20.0, 10.0), role="x_tick_label")
    second = text("0.2", (117.0, 100.0, 20.0, 10.0), role="y_tick_label")  # 15 % of each
    assert detect_overlap(scene([first, second], [axes(projection="3d")])).satisfied
    assert not detect_overlap(scene([first, second])).satisfied


@given(dx=st.integers(-60, 60), dy=st.integers(-60, 60))
@settings(max_examples=40, deadline=None)
def test_overlap_does_not_depend_on_the_place(dx, dy):
    boxes = [(150.0, 150.0, 50.0, 10.0), (180.0, 155.0, 50.0, 10.0), (100.0, 200.0, 30.0, 12.0)]
    moved = [(x + dx, y + dy, w, h) for x, y, w, h in boxes]
    still = detect_overlap(scene([text(str(i), box) for i, box in enumerate(boxes)]))
    shifted = detect_overlap(scene([text(str(i), box) for i, box in enumerate(moved)]))
    assert shifted.score == pytest.approx(still.score)
    assert shifted.notes == still.notes


@given(x=st.integers(0, 450), y=st.integers(250, 380))
@settings(max_examples=40, deadline=None)
def test_a_text_in_free_space_changes_no_axis(x, y):
    marks = [text("a", (10.0, 10.0, 50.0, 10.0)), text("b", (40.0, 12.0, 50.0, 10.0))]
    more = [*marks, text("c", (float(x), float(y), 45.0, 10.0))]
    for detect in (detect_overlap, detect_clip, detect_contrast, detect_tiny):
        before, after = detect(scene(marks)), detect(scene(more))
        assert (after.score, after.notes) == (before.score, before.notes)


def test_a_title_cut_at_the_right_edge():
    title = text("A long title", (400.0, 10.0, 125.0, 12.0), role="title")  # 100 of 125 px remain
    reading = detect_clip(scene([title]))
    assert reading.score == pytest.approx(0.8)
    assert reading.notes == ("title right",)
    assert reading.defects[0].region == (400.0, 10.0, 100.0, 12.0)
    assert "80%" in reading.defects[0].message


def test_labels_of_an_axis_are_cut_as_one():
    ticks = tick_labels(["A", "B", "C"], [100, 200, 300])
    low = [replace(t, region=(*t.region[:3], 6.0)) for t in ticks]
    reading = detect_clip(scene(low))
    assert reading.notes == ("x ticks bottom",)
    assert [d.region for d in reading.defects] == [(90.0, 345.0, 220.0, 6.0)]


def test_a_text_off_the_canvas_is_cut_on_that_side():
    gone = text("y", (-60.0, 100.0, 40.0, 10.0), role="y_label", region=None)
    reading = detect_clip(scene([gone]))
    assert reading.score == 0.0
    assert reading.notes == ("y label left",)
    assert reading.defects[0].region == (-60.0, 100.0, 40.0, 10.0)


def test_rounding_to_pixels_is_no_cut():
    small = text("10", (100.3, 100.4, 12.6, 7.4), region=(101.0, 101.0, 11.0, 6.0))
    assert detect_clip(scene([small])).score == 1.0


@pytest.mark.parametrize(
    ("size", "bold", "contrast", "ok"),
    [
        (10.0, False, 4.49, False),
        (10.0, False, 4.5, True),
        (18.0, False, 3.0, True),
        (18.0, False, 2.99, False),
        (14.0, True, 3.1, True),
        (14.0, False, 3.1, False),
    ],
)
def test_wcag_limits(size, bold, contrast, ok):
    mark = text("t", (10.0, 10.0, 40.0, 20.0), font_size_pt=size, bold=bold, contrast=contrast)
    assert detect_contrast(scene([mark])).satisfied is ok


def test_a_line_that_vanishes_is_named_with_its_ratio():
    pale = line([(1, 10), (9, 90)], contrast=1.17, label="A")
    reading = detect_contrast(scene([pale]))
    assert reading.notes == ("line A 1.2",)
    assert reading.score == pytest.approx(1.17 / 1.3)
    assert reading.defects[0].region == pale.region


def test_markers_can_save_a_pale_line_and_bands_may_be_light():
    pale = line([(1, 10), (9, 90)], contrast=1.1, artist=5)
    markers = line([(1, 10), (9, 90)], contrast=6.0, artist=5, kind="markers")
    band = line([(1, 10), (9, 90)], contrast=1.05, artist_type="FillBetweenPolyCollection")
    assert detect_contrast(scene([pale, markers, band])).satisfied


def test_bars_are_named_by_number_without_a_label():
    marks = [bar(1, 50, contrast=5.0), bar(2, 60, contrast=1.0)]
    assert detect_contrast(scene(marks)).notes == ("bar 2 1.0",)


def test_tiny_texts_are_named_smallest_first():
    marks = [
        text("T", (10.0, 10.0, 40.0, 6.0), role="title", font_size_pt=6.0),
        *tick_labels(["a", "b"], [100, 200], font_size_pt=5.0),
        text("fine", (10.0, 60.0, 40.0, 6.0), font_size_pt=7.0),
    ]
    reading = detect_tiny(scene(marks))
    assert reading.notes == ("x ticks 5", "title 6")
    assert reading.score == pytest.approx(5 / 7)
