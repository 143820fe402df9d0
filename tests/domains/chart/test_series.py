"""Series read back from painted geometry."""

from __future__ import annotations

import numpy as np
import pytest
from chart_scenes import axes, bar, legend, line, lying_bar, scatter, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.series import is_reference, matched, readings_of

BLUE, RED = (0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 1.0)


def first_reading(marks, infos=None):
    return next(readings_of(scene(marks, infos)))


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_bars_give_their_heights_back_in_order_of_place(values):
    marks = [bar(i + 0.5, value) for i, value in enumerate(values)]
    (series,) = first_reading(marks[::-1])
    assert series.family == "bar"
    assert series.ends_N == pytest.approx(np.array(values), abs=0.01)
    assert matched(series, values, axes()) == len(values)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_lines_and_points_give_their_values_back(values):
    for draw, family in ((line, "line"), (scatter, "scatter")):
        (series,) = first_reading([draw(list(enumerate(values)))])
        assert series.family == family
        assert series.ends_N == pytest.approx(np.array(values), abs=0.01)


def test_lying_bars_are_recognised_even_when_they_are_equal():
    info = axes(x_limits=(0.0, 100.0), y_limits=(-0.5, 2.5))
    for values in ([20, 50, 30], [40, 40, 40]):
        marks = [lying_bar(i, v, info, height=0.8) for i, v in enumerate(values)]
        (series,) = first_reading(marks, [info])
        assert series.is_horizontal
        assert series.ends_N == pytest.approx(np.array(values), abs=0.01)
    standing = [bar(i + 1, 40) for i in range(3)]
    assert not first_reading(standing)[0].is_horizontal


def test_series_are_told_apart_by_span_label_or_colour():
    by_color = [bar(i, 10, color_rgba=c) for c in (BLUE, RED) for i in range(1, 3)]
    assert len(first_reading(by_color)) == 2
    sizes = {tuple(sorted(len(s.ends_N) for s in r)) for r in readings_of(scene(by_color))}
    assert sizes == {(2, 2), (4,), (1, 1, 1, 1)}


def test_invisible_and_unreadable_marks_are_no_series():
    clear = line([(0, 1), (1, 2)], color_rgba=(0.0, 0.0, 0.0, 0.0))
    gone = line([(20, 1), (30, 2)])
    assert first_reading([clear, gone]) == []
    assert first_reading([line([(0, 1), (1, 2)])], [axes(y_scale="symlog")]) == []
    assert first_reading([line([(0, 1), (1, 2)])], [axes(is_visible=False)]) == []


def test_names_come_from_labels_and_from_the_legend():
    labelled = first_reading([line([(0, 1), (1, 2)], label="North  side")])[0]
    assert labelled.names == {"North side"}
    marks = [line([(0, 1), (1, 2)], color_rgba=RED)]
    key = legend(["A", "B"], [BLUE, RED], (380.0, 50.0, 90.0, 50.0))
    assert first_reading([*marks, *key])[0].names == {"B"}
    assert first_reading(marks)[0].names == frozenset()


def test_lines_from_edge_to_edge_are_guides():
    info = axes()
    mean, trend = line([(0, 40), (10, 40)]), line([(0, 40), (10, 60)])
    for mark, guide in ((mean, True), (trend, False)):
        assert is_reference(first_reading([mark])[0], info) is guide


def test_a_line_with_markers_is_one_line():
    path = line([(0, 1), (1, 2)], artist=9)
    markers = line([(0, 1), (1, 2)], artist=9, kind="markers")
    assert [s.family for s in first_reading([path, markers])] == ["line"]
    assert [s.family for s in first_reading([markers])] == ["scatter"]
