"""Legend and ticks on hand-built scenes with hand-computed numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import (
    axes,
    bar,
    evidence,
    frame,
    legend,
    line,
    scene,
    text,
    tick_labels,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.detectors_layout import detect_legend, detect_ticks


def test_a_legend_over_a_bar_is_measured_in_data_ink():
    # Two bars of 32 x 240 px and 32 x 60 px; the legend covers 20 x 32 px of the first.
    marks = [bar(1, 80), bar(9, 20)]
    ink = 32 * 240 + 32 * 60
    covering = frame((90.0, 90.0, 80.0, 30.0))  # the first bar spans x 104..136, y 100..340
    reading = detect_legend(scene([*marks, covering]))
    assert reading.score == pytest.approx(1 - 32 * 20 / ink)
    assert reading.defects[0].region == (90.0, 90.0, 80.0, 30.0)
    assert reading.notes == ("covers upper left, free upper right",)


def test_a_legend_in_free_space_is_fine():
    marks = [bar(1, 80), bar(9, 20), frame((360.0, 50.0, 80.0, 30.0))]
    assert detect_legend(scene(marks)).score == 1.0


def test_no_room_is_outside():
    zigzag = [(x, 3 + 94 * (i % 2)) for i, x in enumerate(np.linspace(0, 10, 40))]
    marks = [line(zigzag), frame((90.0, 90.0, 80.0, 30.0))]
    ink = np.zeros((400, 500), np.int16)
    ink[45:335, 80:480:10] = 1  # the line's strokes, ten pixels apart
    picture = scene(marks, data_owner_YX=ink)
    assert detect_legend(picture).notes == ("covers upper left, free outside",)


def test_room_is_not_where_a_text_stands():
    marks = [bar(1, 80), frame((90.0, 90.0, 80.0, 30.0))]
    note = text("peak", (400.0, 60.0, 40.0, 10.0), role="annotation")
    assert detect_legend(scene([*marks, note])).notes == ("covers upper left, free lower right",)


def test_a_frameless_legend_covers_with_its_entries():
    data = line([(0, 50), (10, 50)])
    marks = legend(["A"], [(0.0, 0.0, 1.0, 1.0)], (200.0, 180.0, 90.0, 40.0))[1:]
    assert not detect_legend(scene([data, *marks])).satisfied


def test_a_legend_on_a_twin_covers_the_other_axes_data():
    infos = [axes(), axes()]
    covering = frame((90.0, 90.0, 80.0, 30.0), axes=1)
    assert not detect_legend(scene([bar(1, 80), covering], infos)).satisfied


def test_a_picture_that_fills_the_axes_may_carry_a_legend():
    picture = line([(0, 0), (10, 100)], kind="image", artist_type="AxesImage")
    assert detect_legend(scene([picture, frame((90.0, 50.0, 80.0, 30.0))])).satisfied


@given(x=st.integers(80, 400), y=st.integers(40, 300))
@settings(max_examples=50, deadline=None)
def test_the_free_place_is_free(x, y):
    marks = [bar(1, 80), bar(4, 30), bar(9, 60)]
    covering = frame((float(x), float(y), 70.0, 40.0))
    reading = detect_legend(scene([*marks, covering]))
    if reading.satisfied:
        return
    place = reading.notes[0].rsplit("free ", 1)[1]
    row, column = place.split()
    left = {"left": 85.0, "right": 405.0, "center": 245.0}[column]
    top = {"upper": 45.0, "lower": 295.0}[row]
    moved = replace(covering, region=(left, top, 70.0, 40.0), full_region=(left, top, 70.0, 40.0))
    assert detect_legend(scene([*marks, moved])).satisfied


def test_areas_that_fill_the_axes_are_a_backdrop():
    # Area from edge to edge, 95 % of the height: the legend at the top stands on it for 20 of
    # 30 px, as everywhere in the axes.
    area = replace(bar(5, 95, width=10.0), artist_type="PolyCollection")
    covering = frame((95.0, 45.0, 80.0, 30.0))
    assert detect_legend(scene([area, covering])).satisfied
    # Bars of the usual width leave a fifth of every place free, and more above the lower ones.
    bars = [bar(x + 0.5, 95 - 2 * x) for x in range(10)]
    assert not detect_legend(scene([*bars, covering])).satisfied
    # A rising area has a free corner, and there the legend belongs.
    steps = [bar(x + 0.5, 9.5 * x, width=1.0) for x in range(10)]
    assert not detect_legend(scene([*steps, frame((395.0, 300.0, 80.0, 30.0))])).satisfied
    assert detect_legend(scene([*steps, covering])).satisfied


def test_a_legend_over_a_line_stays_a_defect_beside_an_area():
    area = replace(bar(5, 40, width=10.0), artist_type="PolyCollection")
    graph = line([(0, 50), (10, 60)], axes=1)
    covering = frame((200.0, 165.0, 80.0, 40.0))
    reading = detect_legend(scene([area, graph, covering], [axes(), axes()]))
    assert reading.notes == ("axes 2 covers center, free upper right",)


def test_only_legends_that_are_seen_count():
    data = line([(0, 50), (10, 50)])
    marks = legend(["A"], [(0.0, 0.0, 1.0, 1.0)], (200.0, 180.0, 90.0, 40.0))
    hidden = [replace(m, evidence=evidence(visible=0.0)) for m in marks[1:]]
    assert detect_legend(scene([data, marks[0], *hidden])).satisfied
    half = [replace(marks[1], evidence=evidence(visible=0.0)), marks[2]]
    assert not detect_legend(scene([data, marks[0], *half])).satisfied


def test_data_that_would_not_be_seen_otherwise_are_not_covered():
    # A white bar on white under the legend, and a visible one elsewhere.
    inked = [(x, y) for x in range(104, 136) for y in range(100, 340, 2)]
    places = {"ink_px": 32 * 240, "places_N2": np.array(inked), "visible": 0.0}
    pale = replace(bar(1, 80), evidence=evidence(**places))
    other = bar(9, 20)
    covering = frame((90.0, 90.0, 80.0, 30.0))
    assert detect_legend(scene([pale, other, covering])).satisfied
    # What only the legend hides is covered.
    under = replace(bar(1, 80), evidence=evidence(**places, coverer=2))
    reading = detect_legend(scene([under, other, covering]))
    assert reading.score == pytest.approx(1 - 32 * 20 / (32 * 240 + 32 * 60))


def test_the_call_that_moved_the_legend_is_to_blame_then_the_one_that_made_it():
    data = line([(0, 50), (10, 50)])
    marks = legend(["A"], [(0.0, 0.0, 1.0, 1.0)], (200.0, 180.0, 90.0, 40.0))
    assert detect_legend(scene([data, *marks])).defects[0].spans == ((70, 80),)
    moved = [replace(m, setters={"place": (90, 99)}) for m in marks]
    assert detect_legend(scene([data, *moved])).defects[0].spans == ((90, 99),)


def test_labels_with_a_gap_are_read_apart_however_full_the_axis():
    # 10 labels of 36 px on 400 px: gaps of 4 px, half a font size.
    centers = np.linspace(100, 460, 10)
    words = [str(i) for i in range(10)]
    labels = tick_labels(words, centers, width=36.0, font_size_pt=8.0)
    assert detect_ticks(scene(labels)).score == 1.0
    tight = tick_labels(words, centers, width=39.0, font_size_pt=8.0)
    reading = detect_ticks(scene(tight))
    assert reading.score == pytest.approx(40 / (39 + 0.2 * 8))
    assert reading.notes == ("x crowded",)
    assert reading.defects[0].region == (80.5, 345.0, 399.0, 10.0)
    assert reading.defects[0].spans == ((10, 15),)  # AxesInfo.x_tick_span


def test_neighbours_that_touch_are_crowded_even_on_a_long_axis():
    reading = detect_ticks(scene(tick_labels(["a", "b", "c"], [100, 119, 400], width=20.0)))
    assert reading.score == pytest.approx(19 / 22)  # 20 px and a gap of 0.2 em
    assert not reading.satisfied


def test_room_enough():
    reading = detect_ticks(scene(tick_labels(["a", "b", "c"], [100, 200, 300])))
    assert reading.score == 1.0


def test_y_labels_are_measured_by_height():
    centers = np.linspace(45, 335, 35)  # 8.5 px apart, 10 px high
    reading = detect_ticks(
        scene(tick_labels([str(i) for i in range(35)], centers, role="y_tick_label"))
    )
    assert reading.notes == ("y crowded",)


@pytest.mark.parametrize(("apart", "ok"), [(30.0, True), (17.0, True), (12.0, False)])
def test_slanted_labels_lean_like_books(apart, ok):
    # At 45 degrees a 10 px line of text needs 10 / sin 45 = 14.1 px, and the gap 2 px.
    labels = tick_labels(
        ["one", "two", "three"],
        [200, 200 + apart, 200 + 2 * apart],
        width=60.0,
        rotation_deg=45.0,
    )
    tall = [replace(m, region=(*m.region[:3], 50.0), full_region=(*m.full_region[:3], 60.0))
            for m in labels]  # fmt: skip
    square = [replace(m, region=(*m.region[:2], 60.0, 54.0)) for m in tall]
    assert detect_ticks(scene(square)).satisfied is ok


def test_two_rows_of_dates_do_not_crowd_each_other():
    top = tick_labels(["Jan", "Feb", "Mar"], [150, 250, 350])
    years = [
        replace(m, region=(x, 358.0, 20.0, 10.0), full_region=(x, 358.0, 20.0, 10.0))
        for x, m in zip((142.0, 242.0), tick_labels(["2024", "2025"], [152, 252]), strict=True)
    ]
    assert detect_ticks(scene([*top, *years])).satisfied


def test_labels_round_a_circle_must_only_not_overlap():
    info = axes(projection="polar")
    apart = tick_labels(["0", "45", "90"], [100, 121, 142])
    assert detect_ticks(scene(apart, [info])).satisfied
    assert not detect_ticks(scene(tick_labels(["0", "45"], [100, 110]), [info])).satisfied


def test_a_label_drawn_twice_in_one_place_counts_once():
    words, centers = ["north", "south"] * 2, [150, 250, 150.4, 250]
    assert detect_ticks(scene(tick_labels(words, centers, width=40.0))).score == 1.0
    other = tick_labels(["north", "south", "east"], [150, 250, 150.4], width=40.0)
    assert not detect_ticks(scene(other)).satisfied
    polar = axes(projection="polar")
    assert detect_ticks(scene(tick_labels(words, centers, width=40.0), [polar])).score == 1.0


def test_hidden_labels_take_no_room():
    labels = tick_labels(["a", "b", "c"], [100, 112, 124], width=11.0)
    assert not detect_ticks(scene(labels)).satisfied
    gone = evidence(visible=0.0)
    seen_rest = [labels[0], replace(labels[1], evidence=gone), labels[2]]
    assert detect_ticks(scene(seen_rest)).satisfied
    off_canvas = [labels[0], replace(labels[1], region=None), labels[2]]
    assert detect_ticks(scene(off_canvas)).satisfied


def test_the_call_that_enlarged_the_labels_is_to_blame_where_they_would_fit_otherwise():
    # 20 px apart; 24 px wide at 15 pt would be 16 px at 10 pt.
    labels = tick_labels(["a", "b", "c"], [100, 120, 140], width=24.0, font_size_pt=15.0)
    assert detect_ticks(scene(labels)).defects[0].spans == ((10, 15),)
    enlarged = [replace(m, setters={"size": (44, 48)}) for m in labels]
    assert detect_ticks(scene(enlarged)).defects[0].spans == ((44, 48),)
    # Words of 60 px at 15 pt have 40 px at 10 pt: too long however small.
    words = tick_labels(["a", "b", "c"], [100, 120, 140], width=60.0, font_size_pt=15.0)
    enlarged = [replace(m, setters={"size": (44, 48)}) for m in words]
    assert detect_ticks(scene(enlarged)).defects[0].spans == ((10, 15),)
