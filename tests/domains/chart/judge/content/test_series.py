"""Series read back from painted geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, bar, evidence, line, lying_bar, scatter, scene
from content_scenes import BLUE, RED, dotted, stroked
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.scale import declared
from vsdpo_jax.domains.chart.judge.content.series import is_guide, readings_of, shapes_of
from vsdpo_jax.domains.chart.judge.content.view import View


def readings(marks, infos=None, **changes):
    view = View(scene(marks, infos, **changes))
    return list(readings_of(view, shapes_of(view)))


def first_reading(marks, infos=None):
    return readings(marks, infos)[0]


def shapes(marks, infos=None):
    return shapes_of(View(scene(marks, infos)))


def values(series, info=None):
    scale = declared(info or axes(), series.value_axis)
    return scale.value(series.ends_N)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_bars_give_their_heights_back_in_order_of_place(heights):
    marks = [bar(i + 0.5, value) for i, value in enumerate(heights)]
    (series,) = first_reading(marks[::-1])
    assert series.family == "bar"
    assert values(series) == pytest.approx(np.array(heights), abs=0.01)
    assert series.starts_N == pytest.approx(np.full(len(heights), 340.0))


@given(st.lists(st.integers(0, 100), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_lines_and_points_give_their_values_back(heights):
    for draw, family in ((line, "line"), (scatter, "scatter")):
        (series,) = first_reading([dotted(draw(list(enumerate(heights))))])
        assert series.family == family
        assert values(series) == pytest.approx(np.array(heights), abs=0.01)


def test_lying_bars_are_recognised_even_when_they_are_equal():
    info = axes(x_limits=(0.0, 100.0), y_limits=(-0.5, 2.5))
    for lengths in ([20, 50, 30], [40, 40, 40]):
        marks = [lying_bar(i, v, info, height=0.8) for i, v in enumerate(lengths)]
        (series,) = first_reading(marks, [info])
        assert series.is_horizontal
        assert series.value_axis, series.category_axis == ("x", "y")
        assert values(series, info) == pytest.approx(np.array(lengths), abs=0.01)
    standing = [bar(i + 1, 40) for i in range(3)]
    assert not first_reading(standing)[0].is_horizontal


def test_series_are_told_apart_by_span_label_or_colour():
    by_color = [bar(i, 10, color_rgba=c) for c in (BLUE, RED) for i in range(1, 3)]
    sizes = {tuple(sorted(len(s.ends_N) for s in r)) for r in readings(by_color)}
    assert sizes == {(2, 2), (4,), (1, 1, 1, 1)}


def test_points_of_several_colours_are_parted_as_the_picture_shows_them():
    mark = dotted(scatter([(1, 10), (2, 20), (3, 30), (4, 40)]))
    picture = np.full((400, 500, 3), 255, np.uint8)
    for place, (x, y) in enumerate(mark.points_px.astype(int)):
        picture[y - 3 : y + 4, x - 3 : x + 4] = (255, 0, 0) if place % 2 else (0, 0, 255)
    parted = readings([mark], image_YXC=picture)[-1]
    found = {tuple(s.shapes[0].painted): values(s) for s in parted}
    assert found[(0, 0, 255)] == pytest.approx([10, 30], abs=0.01)
    assert found[(255, 0, 0)] == pytest.approx([20, 40], abs=0.01)


def test_invisible_and_unreadable_marks_are_no_series():
    path = stroked(line([(0, 1), (1, 2)]))
    clear = replace(path, color_rgba=(0.0, 0.0, 0.0, 0.0))
    pale = replace(path, evidence=evidence(difference=4.0, ground=5.0))
    assert shapes([clear, line([(20, 1), (30, 2)]), pale]) == []
    assert shapes([path], [axes(y_scale="symlog")]) == []
    assert shapes([path], [axes(is_visible=False)]) == []
    assert len(shapes([path])) == 1


@pytest.mark.parametrize(
    ("mark", "readable"),
    [
        (stroked(line([(0, 1), (9, 90)]), 2.0), True),
        (stroked(line([(0, 1), (9, 90)]), 0.1), False),
        (stroked(line([(0, 1), (9, 90)]), 60.0), False),
        (dotted(scatter([(1, 1), (9, 90)]), 6.0), True),
        (dotted(scatter([(1, 1), (9, 90)]), 1.0), False),
        (dotted(scatter([(1, 1), (9, 90)]), 90.0), False),
        (bar(2, 50), True),
        (dotted(bar(2, 50), 80.0), False),
    ],
)
def test_dust_and_fat_say_no_value(mark, readable):
    (shape,) = shapes([mark])
    assert shape.is_readable is readable


def test_bars_without_a_length_have_no_corners():
    broken = replace(bar(2, 50), points_px=np.array([[100, 340], [120, 340]], np.float32))
    nothing = replace(bar(3, 50), points_px=np.zeros((0, 2), np.float32))
    assert [len(s.points_N2) for s in shapes([bar(1, 50), broken, nothing])] == [2]
    assert first_reading([broken, nothing]) == []


def test_the_middles_of_steps_are_the_points():
    steps = [(0, 20), (0.5, 20), (0.5, 40), (1.5, 40), (1.5, 30), (2, 30)]
    (series,) = first_reading([stroked(line(steps))])
    assert values(series) == pytest.approx([20, 40, 30], abs=0.01)
    flat = [(0, 20), (1, 20), (2, 20), (3, 20)]
    assert len(first_reading([stroked(line(flat))])[0].ends_N) == 4


def test_lines_from_edge_to_edge_and_straight_ones_are_guides():
    info = axes()
    lines = {
        "mean": [(0, 40), (10, 40)],
        "drop": [(3, 0), (3, 40)],
        "trend": [(1, 10), (9, 60)],
        "data": [(1, 10), (5, 60), (9, 20)],
        "straight data": [(1, 10), (5, 20), (9, 30)],
    }
    told = {
        name: is_guide(first_reading([stroked(line(points))])[0], info, 3)
        for name, points in lines.items()
    }
    assert told == {
        "mean": True, "drop": True, "trend": True, "data": False, "straight data": False,
    }  # fmt: skip
    band = bar(5, 100, width=2)
    assert is_guide(first_reading([band])[0], info, 3)


def test_a_line_with_markers_is_one_line():
    path = stroked(line([(0, 1), (1, 2)], artist=9))
    markers = dotted(line([(0, 1), (1, 2)], artist=9, kind="markers"))
    assert [s.family for s in first_reading([path, markers])] == ["line"]
    assert [s.family for s in first_reading([markers])] == ["scatter"]
    hidden = replace(path, evidence=evidence(difference=0.0, ground=0.0))
    assert [s.family for s in first_reading([hidden, markers])] == ["scatter"]
