"""Texts on texts, and what later paint hides, on hand-built scenes with hand-computed numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, bar, evidence, frame, line, scene, text, tick_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.detectors_overlap import detect_overlap, overlap_share


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


def test_the_stray_half_is_at_fault():
    ticks = tick_labels(["10", "20"], [200, 260])
    note = text("Source: own", (180.0, 348.0, 90.0, 10.0), axes=-1)
    reading = detect_overlap(scene([*ticks, note]))
    assert [d.region for d in reading.defects] == [note.region]
    title = text("Tea", (180.0, 10.0, 60.0, 12.0), role="title")
    pushed = text("All of it", (170.0, 12.0, 90.0, 12.0), role="suptitle")
    assert [d.region for d in detect_overlap(scene([title, pushed])).defects] == [pushed.region]


def test_what_was_moved_is_at_fault_and_so_is_the_call():
    one = text("a", (100.0, 100.0, 50.0, 10.0), role="title")
    two = text("b", (120.0, 100.0, 50.0, 10.0), role="title", setters={"place": (200, 210)})
    for marks in ([one, two], [two, one]):
        (defect,) = detect_overlap(scene(marks)).defects
        assert (defect.region, defect.spans) == (two.region, ((200, 210),))


def _inked(mark, places):
    places_N2 = np.array(places)
    return replace(
        mark, evidence=evidence(places_N2=places_N2, seen_N=np.ones(len(places_N2), bool))
    )


def test_boxes_may_meet_where_glyphs_do_not():
    # A tail of the first reaches 4 px into the box of the second, 30 px from its only letter.
    first = text("gyg", (100.0, 100.0, 50.0, 14.0), role="title")
    second = text("1", (120.0, 110.0, 40.0, 10.0), role="y_tick_label")
    tail = [(122, y) for y in range(106, 114)]
    apart = [(155, y) for y in range(110, 120)]
    assert not detect_overlap(scene([first, second])).satisfied  # not measured: boxes count
    assert detect_overlap(scene([_inked(first, tail), _inked(second, apart)])).satisfied
    near = [(123, y) for y in range(110, 120)]
    assert not detect_overlap(scene([_inked(first, tail), _inked(second, near)])).satisfied


def test_a_halo_of_the_same_words_is_no_overlap():
    halo = text("peak", (96.0, 96.0, 58.0, 18.0), color_rgba=(1.0, 1.0, 1.0, 1.0))
    word = text("peak", (100.0, 100.0, 50.0, 10.0))
    assert detect_overlap(scene([halo, word])).satisfied
    assert not detect_overlap(scene([replace(halo, text="dip"), word])).satisfied


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


def _hidden(by, covered, **changes):
    return evidence(visible=1.0 - covered, covered=covered, coverer=by, **changes)


def test_a_text_behind_later_paint_names_both_statements():
    box = (200.0, 100.0, 80.0, 10.0)
    note = text("remark", box, span=(10, 20), evidence=_hidden(1, 0.5))
    cover = frame((150.0, 80.0, 200.0, 60.0), span=(30, 40))
    reading = detect_overlap(scene([note, cover]))
    (defect,) = reading.defects
    assert (defect.kind, defect.region, defect.spans) == ("text_hidden", box, ((10, 20), (30, 40)))
    assert reading.notes == ("text 'remark' behind legend",)
    assert reading.score == pytest.approx(0.5)


@pytest.mark.parametrize(("covered", "ok"), [(0.05, True), (0.1, True), (0.15, False)])
def test_a_line_may_cross_a_text(covered, ok):
    note = text("remark", (200.0, 100.0, 80.0, 10.0), evidence=_hidden(1, covered))
    assert detect_overlap(scene([note, line([(0, 50), (10, 60)])])).satisfied is ok


def test_hidden_labels_are_one_defect_around_the_hidden_ones():
    labels = tick_labels(["a", "b", "c"], [100, 200, 300])
    hidden = [replace(m, evidence=_hidden(3, 1.0)) for m in labels[:2]]
    cover = bar(5, 50, span=(90, 99))
    (defect,) = detect_overlap(scene([*hidden, labels[2], cover])).defects
    assert defect.region == (90.0, 345.0, 120.0, 10.0)


def test_a_series_behind_another_is_hidden_as_one():
    first = [bar(x, 40, label="A", evidence=_hidden(x + 2, 1.0)) for x in (1, 2)]
    second = [bar(x, 60, label="B", color_rgba=(1.0, 0.5, 0.0, 1.0), span=(9, 12)) for x in (1, 2)]
    reading = detect_overlap(scene([*first, *second]))
    (defect,) = reading.defects
    assert (defect.kind, defect.spans) == ("data_hidden", ((50, 60), (9, 12)))
    assert reading.notes == ("bar A behind bar B",)


@pytest.mark.parametrize(
    ("covered", "role", "ok"),
    [
        (0.85, "data", True),  # a bullet bar before a broad one
        (0.95, "data", False),
        (0.2, "text_box", True),
        (0.3, "text_box", False),  # a box over a third of the line
    ],
)
def test_data_may_cover_more_of_data_than_boxes_may(covered, role, ok):
    shown = line([(1, 10), (9, 90)], evidence=_hidden(1, covered))
    cover = bar(5, 80, color_rgba=(1.0, 0.0, 0.0, 1.0), role=role)
    assert detect_overlap(scene([shown, cover])).satisfied is ok


def test_one_value_behind_a_box_is_hidden():
    bars = [bar(x, 40, artist=x) for x in (1, 2, 3, 4, 5, 6)]
    bars[2] = replace(bars[2], evidence=_hidden(6, 1.0))
    rest = [replace(m, evidence=m.evidence or evidence()) for m in bars]
    cover = replace(bar(3, 60, color_rgba=(1.0, 1.0, 1.0, 1.0)), role="text_box")
    (defect,) = detect_overlap(scene([*rest, cover])).defects
    assert defect.region == bars[2].region


def test_company_hides_nothing():
    # Many faint lines of one colour, a median on its box, things that stand behind in space.
    crowd = [line([(1, 10), (9, 90)], evidence=_hidden(1, 1.0)), line([(1, 10), (9, 90)])]
    assert detect_overlap(scene(crowd)).satisfied
    other = line([(1, 10), (9, 90)], color_rgba=(1.0, 0.0, 0.0, 1.0))
    stem = line([(1, 10), (9, 90)], artist_type="LineCollection", evidence=_hidden(1, 1.0))
    assert detect_overlap(scene([stem, other])).satisfied  # parts of one error bar
    behind = line([(1, 10), (9, 90)], evidence=_hidden(1, 1.0))
    assert not detect_overlap(scene([behind, replace(other, span=(1, 2))])).satisfied
    deep = scene([behind, replace(other, span=(1, 2))], [axes(projection="3d")])
    assert detect_overlap(deep).satisfied


def test_data_painted_over_a_legend_hide_it():
    box = frame((100.0, 60.0, 120.0, 50.0), evidence=_hidden(1, 0.1))
    area = bar(2, 90, span=(3, 8), color_rgba=(1.0, 0.5, 0.0, 1.0))
    (defect,) = detect_overlap(scene([box, area])).defects
    assert (defect.kind, defect.region) == ("text_hidden", box.region)
    assert detect_overlap(scene([replace(box, evidence=_hidden(1, 0.01)), area])).satisfied
