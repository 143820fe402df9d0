"""How much of a mark lies outside, by hand; the same data in another axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import AXES_BOX, axes, bar, line, pixels, scatter, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.outside import (
    Elsewhere,
    judged_place_of,
    lost_share,
    outside,
    place_of,
    values_of,
    weight,
)

SLACK = 0.005  # of the axis, on each side


def share_of(mark, info):
    points = judged_place_of(mark, info)
    return lost_share(points, outside(points, mark, info), mark, info)


def strokes(segments, info, artist_type="LineCollection"):
    """A collection of separate strokes, from pairs of data points."""
    mark = scatter([point for segment in segments for point in segment], info)
    return replace(mark, artist_type=artist_type)


def test_a_line_loses_the_share_of_its_length_along_x():
    info = axes(x_limits=(0.0, 5.0))
    # x runs from 0 to 20; what is right of 5 and half a per cent of the axis is lost.
    mark = line([(0, 10), (20, 10)], info)
    assert share_of(mark, info) == pytest.approx(1 - 5 * (1 + SLACK) / 20, abs=1e-6)


@given(st.integers(2, 40), st.integers(2, 400))
@settings(max_examples=30, deadline=None)
def test_the_number_of_points_changes_nothing(coarse, fine):
    info = axes(x_limits=(0.0, 5.0))
    shares = [
        share_of(line([(x, 10 + 3 * x) for x in np.linspace(0, 20, count)], info), info)
        for count in (coarse, fine)
    ]
    assert shares[0] == pytest.approx(shares[1], abs=1e-4)


def test_a_dense_part_weighs_what_it_shows():
    # 900 of 1000 points stand in the last tenth of x, and that is cut.
    info = axes(x_limits=(0.0, 9.0))
    x = np.concatenate([np.linspace(0, 9, 100), np.linspace(9, 10, 900)])
    mark = line(np.stack([x, 0 * x + 50], axis=1), info)
    assert share_of(mark, info) == pytest.approx((1 - 9 * SLACK) / 10, abs=1e-4)


def test_a_curve_that_runs_along_no_axis_counts_by_its_length():
    info = axes(x_limits=(0.0, 10.0), y_limits=(0.0, 50.0))
    square = [(2, 20), (8, 20), (8, 80), (2, 80), (2, 20)]
    # Two sides of 6 units (0.6 of the axis), two of 60 (1.2 of it); the limits cut 29.75 of each.
    mark = line(square, info)
    lost = 2 * (60 - 30 - 50 * SLACK) / 50 + 0.6
    assert share_of(mark, info) == pytest.approx(lost / (2 * 1.2 + 2 * 0.6), abs=1e-5)


def test_a_spike_counts_by_its_width():
    info = axes()
    points = [(x, 50) for x in np.linspace(0, 10, 201)]
    points[100] = (points[100][0], 1e6)
    # Two of two hundred steps leave the axes soon after their start.
    assert 0.009 < share_of(line(points, info), info) <= 0.01


def test_line_ends_half_a_per_cent_beyond_are_inside():
    info = axes()
    assert share_of(line([(-0.04, 10), (10.05, 20)], info), info) == 0.0
    assert share_of(line([(-0.5, 10), (10.05, 20)], info), info) > 0.0


def test_guides_through_the_whole_axes_lose_nothing():
    info = axes()
    assert share_of(line([(-90, 40), (90, 40)], info), info) == 0.0
    assert share_of(line([(4, -500), (4, 500)], info), info) == 0.0
    assert share_of(line([(-90, 140), (90, 140)], info), info) == 1.0  # beside the axes
    assert share_of(line([(-5, 20), (15, 60)], info), info) > 0.4  # a slope is data
    many = strokes([[(-90, y), (90, y)] for y in (20, 40, 60)], info)
    assert share_of(many, info) == 0.0


def test_events_are_places_and_not_lengths():
    info = axes(y_limits=(0.0, 10.0))
    rug = strokes([[(x, 0.3), (x, -0.3)] for x in (1, 2, 3)], info, "EventCollection")
    assert share_of(rug, info) == 0.0
    cut = strokes([[(x, 9.0), (x, 14.0)] for x in (1, 2, 3)], info, "EventCollection")
    assert share_of(cut, info) == 0.0
    gone = strokes([[(x, 0.3), (x, -0.3)] for x in (1, 2, 30)], info, "EventCollection")
    assert share_of(gone, info) == pytest.approx(1 / 3)
    above = strokes([[(x, 11.0), (x, 14.0)] for x in (1, 2, 3)], info, "EventCollection")
    assert share_of(above, info) == 1.0


@pytest.mark.parametrize("turned", [False, True])
def test_ticks_of_a_rug_may_stand_across_any_edge(turned):
    info = axes(x_limits=(0.0, 10.0), y_limits=(0.0, 10.0))
    for low, high in ((-0.3, 0.3), (9.8, 10.4), (-0.5, 0.0)):
        ends = [[(x, low), (x, high)] for x in (1, 2, 3)]
        if turned:
            ends = [[(b, a) for a, b in pair] for pair in ends]
        assert share_of(strokes(ends, info), info) == 0.0, (low, high)


def test_error_bars_of_several_lengths_are_no_rug():
    info = axes(y_limits=(0.0, 10.0))
    bars = strokes([[(1, 3.0), (1, 6.0)], [(2, 9.6), (2, 10.4)], [(3, 7.0), (3, 8.0)]], info)
    assert share_of(bars, info) == pytest.approx(1 / 6)
    long = strokes([[(x, 8.0), (x, 13.0)] for x in (1, 2, 3)], info)
    assert share_of(long, info) == pytest.approx(1 / 2)


def test_bars_count_one_each_and_empty_bins_nothing():
    info = axes(y_limits=(0.0, 70.0))
    assert share_of(bar(2, 60, info), info) == 0.0
    assert share_of(bar(2, 90, info), info) == 1.0
    assert weight(bar(2, 90, info)) == 1.0
    assert weight(bar(2, 0, info)) == 0.0
    assert weight(line([(1, 1), (2, 1)], info)) == 1.0


@pytest.mark.parametrize("inverted", [False, True])
def test_no_limits_show_zero_on_a_logarithmic_axis(inverted):
    limits = (1.0, 100.0)
    info = axes(y_scale="log", y_limits=limits[::-1] if inverted else limits)
    left, top, _, height = AXES_BOX
    far = -1e5 if inverted else 1e5  # where matplotlib paints what it clips: 10**-1000
    points = np.array([[left, top + 100], [left + 50, top + far], [left + 90, top + 9]], np.float32)
    mark = replace(line([(1, 1), (2, 2), (3, 3)]), points_px=points)
    assert share_of(mark, info) == 0.0
    below = points.copy()
    below[1, 1] = top - height / 2 if inverted else top + 1.5 * height  # 0.1: limits could show it
    assert share_of(replace(mark, points_px=below), info) > 0.0


def test_feet_of_steps_and_areas_stand_on_zero_too():
    info = axes(y_limits=(5.0, 100.0))
    outline = [(1, 0), (1, 40), (2, 40), (2, 70), (3, 70), (3, 0)]
    for sort in ("Polygon", "StepPatch", "PathPatch", "FillBetweenPolyCollection"):
        assert share_of(line(outline, info, artist_type=sort), info) == 0.0
    # A line's zero is a value. What dives there and back has no width: two of six points count.
    assert share_of(line(outline, info), info) == pytest.approx(2 / 6)


def shown(mark, others, infos):
    """Which points of the first mark other axes show."""
    picture = scene([mark, *others], infos)
    values = values_of(place_of(mark, infos[mark.axes]), infos[mark.axes])
    return Elsewhere(picture).shows(mark, values).tolist()


def test_the_same_points_in_another_axes_are_shown_there():
    whole, part = axes(), axes(x_limits=(0.0, 3.0), region=(0.0, 0.0, 200.0, 100.0))
    points = [(1, 10), (5, 90), (9, 40)]
    detail = line(points, part, axes=1)
    assert shown(detail, [line(points, whole)], [whole, part]) == [True] * 3
    # Points of an axes are shown where that axes shows them.
    cut = axes(x_limits=(0.0, 6.0))
    assert shown(detail, [line(points, cut)], [cut, part]) == [True, True, False]
    assert shown(detail, [line(points, cut), scatter(points, whole)], [cut, part]) == [
        True, True, False,
    ]  # fmt: skip


def test_a_curve_with_other_vertices_is_the_same_curve():
    whole, part = axes(), axes(x_limits=(0.0, 3.0), region=(0.0, 0.0, 200.0, 100.0))
    x = np.linspace(0, 10, 1000)
    detail = line(np.stack([x, 50 + 40 * np.sin(x)], axis=1), part, axes=1)
    few = np.linspace(0, 10, 200)
    same = line(np.stack([few, 50 + 40 * np.sin(few)], axis=1), whole)
    assert np.mean(shown(detail, [same], [whole, part])) > 0.99
    other = line(np.stack([few, 50 + 40 * np.cos(few)], axis=1), whole)
    assert not any(shown(detail, [other], [whole, part]))
    turned = line(np.stack([few[::-1], 50 + 40 * np.sin(few[::-1])], axis=1), whole)
    assert np.mean(shown(detail, [turned], [whole, part])) > 0.99


def test_single_points_in_common_are_not_the_same_series():
    infos = [axes(), axes(x_limits=(0.0, 3.0))]
    mine = scatter([(1, 10), (5, 90), (9, 40)], infos[1], axes=1)
    assert not any(shown(mine, [scatter([(1, 10), (5, 90), (9, 41)], infos[0])], infos))
    more = [scatter([(1, 10), (5, 90), (9, 40), (2, 2)], infos[0])]
    assert all(shown(mine, more, infos))


def test_comparing_ends_when_it_costs_too_much():
    infos = [axes(), axes(x_limits=(0.0, 3.0))]
    points = [(1, 10), (5, 90), (9, 40)]
    mark = line(points, infos[1], axes=1)
    elsewhere = Elsewhere(scene([mark, line(points, infos[0])], infos))
    values = values_of(place_of(mark, infos[1]), infos[1])
    answers = [bool(elsewhere.shows(mark, values).all()) for _ in range(2000)]
    assert answers[0]
    assert not answers[-1]
    assert answers == sorted(answers, reverse=True)


@given(
    st.lists(
        st.tuples(*[st.floats(width=32) | st.sampled_from([np.nan, np.inf, -np.inf])] * 2),
        max_size=8,
    ),
    st.sampled_from(["Line2D", "Rectangle", "LineCollection", "EventCollection", "Polygon"]),
    st.sampled_from(["path", "markers", "collection"]),
    st.sampled_from(["linear", "log"]),
)
@settings(max_examples=80, deadline=None)
def test_any_points_have_a_share(points, artist_type, kind, scale):
    info = axes(y_scale=scale, y_limits=(1.0, 100.0))
    points_px = np.array(points, np.float32).reshape(-1, 2)
    mark = replace(line([(0, 1), (1, 2)]), points_px=points_px, artist_type=artist_type, kind=kind)
    assert 0.0 <= share_of(mark, info) <= 1.0 + 1e-9
    assert weight(mark) in (0.0, 1.0)
    twin = replace(mark, axes=1)
    flags = shown(mark, [twin], [info, axes(y_scale=scale, y_limits=(1.0, 1e4))])
    assert len(flags) == int(np.isfinite(points_px).all(axis=1).sum())


def test_places_are_those_of_the_finite_points():
    info = axes()
    points = pixels([(5, 50), (10, 100)], info)
    points[0, 0] = np.nan
    mark = replace(line([(0, 1), (1, 2)]), points_px=points)
    np.testing.assert_allclose(place_of(mark, info), [[1.0, 1.0]])
    assert place_of(replace(mark, points_px=None), info).shape == (0, 2)
