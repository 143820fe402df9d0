"""Data outside the limits on hand-built scenes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import AXES_BOX, axes, bar, line, lying_bar, scatter, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.detectors_data import detect_range


def test_a_line_over_the_top_names_value_and_limit():
    info = axes(y_limits=(0.0, 70.0))
    mark = line([(0, 20), (5, 75), (10, 30)], info)
    reading = detect_range(scene([mark], [info]))
    assert reading.notes == ("y 75 of 70",)
    # 5 of 55 units of the way up lie above, 5 of 45 of the way down; 0.5 % of the axis is free.
    free = 0.005 * 70
    above = ((5 - free) / 55 + (5 - free) / 45) / 2
    assert reading.score == pytest.approx(1 - above, abs=1e-6)
    # The line spans the axes; it meets the top in the upper quarter, 75 of 300 px, and 8 over.
    edge = (80.0, 32.0, 400.0, 83.0)
    assert [d.region for d in reading.defects] == [edge]
    assert [d.spans for d in reading.defects] == [((50, 60),)]


def test_each_side_is_noted_once_with_its_farthest_value():
    info = axes(x_limits=(2.0, 8.0))
    marks = [line([(1, 20), (5, 40)], info), line([(0, 20), (9, 40)], info)]
    assert detect_range(scene(marks, [info])).notes == ("x 0 of 2", "x 9 of 8")
    marks = [line([(1, 20), (5, 40)], info), line([(3, 20), (9.5, 40)], info)]
    reading = detect_range(scene(marks, [info]))
    assert reading.notes == ("x 9.5 of 8", "x 1 of 2")
    assert len(reading.defects) == 1  # one statement, one label: one series


def test_points_on_the_edge_are_inside():
    assert detect_range(scene([line([(0, 0), (10, 100)])])).score == 1.0


def test_bars_may_lose_their_foot_but_not_their_head():
    info = axes(y_limits=(50.0, 100.0))
    assert detect_range(scene([bar(2, 80, info), bar(4, 90, info)], [info])).satisfied
    info = axes(y_limits=(0.0, 70.0))
    marks = [bar(2, 60, info), bar(4, 90, info)]
    reading = detect_range(scene(marks, [info]))
    assert reading.notes == ("y 90 of 70",)
    assert [d.region for d in reading.defects] == [
        (marks[1].region[0], 32.0, marks[1].region[2], 83.0)
    ]
    info = axes(x_limits=(5.0, 10.0))
    assert detect_range(scene([lying_bar(20, 8, info)], [info])).satisfied


def test_a_bar_that_vanished_leaves_the_strip_along_the_edge():
    info = axes(y_limits=(50.0, 100.0))
    reading = detect_range(scene([bar(2, 20, info)], [info]))
    left, top, width, height = AXES_BOX
    assert [d.region for d in reading.defects] == [(left, top + 0.75 * height, width, 83.0)]


def test_the_limits_are_to_blame_then_what_moved_the_data_then_the_plot():
    info = axes(y_limits=(0.0, 70.0), y_limit_span=(26, 29), x_limit_span=(16, 19))
    tall = bar(2, 90, info, setters={"place": (33, 36)})
    assert [d.spans for d in detect_range(scene([tall], [info])).defects] == [((26, 29),)]
    info = axes(y_limits=(0.0, 70.0))
    assert [d.spans for d in detect_range(scene([tall], [info])).defects] == [((33, 36),)]
    plain = bar(2, 90, info)
    assert [d.spans for d in detect_range(scene([plain], [info])).defects] == [((50, 60),)]
    unknown = bar(2, 90, info, span=None)
    assert [d.spans for d in detect_range(scene([unknown], [info])).defects] == [()]


def test_one_outlier_in_a_hundred_and_fifty_is_a_choice():
    points = [(i / 15, 50.0) for i in range(150)]
    assert detect_range(scene([scatter([*points, (5, 150)])])).satisfied
    assert not detect_range(scene([scatter([*points[:20], (5, 150)])])).satisfied


def test_insets_unclipped_marks_pictures_and_unread_scales_are_left_alone():
    out = line([(0, 20), (5, 140)])
    small = axes(region=(300.0, 60.0, 80.0, 60.0))
    assert detect_range(
        scene([line([(0, 20), (5, 140)], small, axes=1)], [axes(), small])
    ).satisfied
    assert detect_range(scene([replace(out, region=out.full_region)])).satisfied
    assert detect_range(scene([replace(out, kind="image")])).satisfied
    assert detect_range(scene([out], [axes(y_scale="symlog")])).satisfied
    assert detect_range(scene([out], [axes(projection="polar")])).satisfied


def test_broken_axes_and_a_detail_beside_the_whole_lose_nothing():
    left, top, width, _ = AXES_BOX
    upper = axes(region=(left, top, width, 140.0), y_limits=(80.0, 100.0))
    lower = axes(region=(left, top + 160.0, width, 140.0), y_limits=(0.0, 5.0))
    points = [(1, 2), (2, 95), (3, 4), (5, 85)]
    both = [line(points, upper), line(points, lower, axes=1)]
    assert detect_range(scene(both, [upper, lower])).satisfied
    torn = [line([*points, (6, 50)], upper), line([*points, (6, 50)], lower, axes=1)]
    assert not detect_range(scene(torn, [upper, lower])).satisfied
    other = [line(points, upper), line([(1, 2), (2, 3), (3, 4), (5, 1)], lower, axes=1)]
    assert not detect_range(scene(other, [upper, lower])).satisfied


def test_log_scales_read_values():
    info = axes(y_scale="log", y_limits=(1.0, 100.0))
    # 300 px for two decades: 75 px above the top is half a decade, 100 * 10 ** 0.5.
    points = np.array([[100.0, 100.0], [200.0, 40.0 - 75.0]], np.float32)
    mark = replace(line([(0, 20), (5, 90)]), points_px=points, full_region=(100, -35, 100, 135))
    mark = replace(mark, region=(100.0, 40.0, 100.0, 60.0))
    assert detect_range(scene([mark], [info])).notes == ("y 316 of 100",)


def test_inverted_axes_are_read_right():
    info = axes(y_limits=(70.0, 0.0))
    assert detect_range(scene([line([(0, 20), (5, 75)], info)], [info])).notes == ("y 75 of 70",)
    assert detect_range(scene([line([(0, 20), (5, 60)], info)], [info])).satisfied


def test_points_without_a_place_are_no_points():
    mark = line([(0, 20), (5, 60), (6, 70)])
    points = mark.points_px.copy()
    points[1] = np.nan
    assert detect_range(scene([replace(mark, points_px=points)])).score == 1.0


def test_a_histogram_that_is_cut_is_one_defect():
    info = axes(x_limits=(0.0, 3.0), x_limit_span=(16, 19))
    bins = [bar(x + 0.5, 80 / (x + 1), info, width=1.0) for x in range(8)]
    bins[0] = replace(bins[0], label="waiting time")  # as matplotlib labels a histogram
    reading = detect_range(scene(bins, [info]))
    assert reading.score == pytest.approx(1 - 5 / 8)
    (defect,) = reading.defects
    assert defect.spans == ((16, 19),)
    assert defect.message == "bar 4 and 4 more leave the x axis: 8, the limit is 3"
    # The bar from 3 to 4 touches the edge with its side; its ink and 8 px over the edge.
    left, top, width, _ = AXES_BOX
    assert defect.region[0] + defect.region[2] == left + width + 8
    assert defect.region[1] >= top


def test_bars_that_show_nothing_may_lie_outside():
    info = axes(x_limits=(0.0, 3.0))
    bins = [bar(x + 0.5, 80 if x < 3 else 0, info, width=1.0) for x in range(8)]
    assert detect_range(scene(bins, [info])).satisfied


def test_labels_and_statements_part_series_but_colours_do_not():
    info = axes(y_limits=(0.0, 70.0))
    marks = [bar(x, 90, info) for x in (1, 2, 3)]
    painted = [replace(m, color_rgba=(x / 3, 0.0, 0.0, 1.0)) for x, m in enumerate(marks)]
    assert len(detect_range(scene(painted, [info])).defects) == 1
    labelled = [replace(m, label=name) for name, m in zip("abc", marks, strict=True)]
    assert len(detect_range(scene(labelled, [info])).defects) == 3
    stated = [replace(m, span=(50 + x, 60)) for x, m in enumerate(marks)]
    assert len(detect_range(scene(stated, [info])).defects) == 3
    unknown = [replace(marks[0], span=None), replace(scatter([(5, 90)], info), span=None)]
    assert len(detect_range(scene(unknown, [info])).defects) == 2


def test_a_zoom_beside_the_whole_is_fine_however_many_points_each_has():
    whole, part = axes(), axes(x_limits=(2.0, 4.0), region=(300.0, 60.0, 300.0, 250.0))
    for count in (50, 400):
        x = np.linspace(0, 10, count)
        overview = line(np.stack([x, 50 + 40 * np.sin(x)], axis=1), whole)
        x = np.linspace(0, 10, 1000)
        detail = line(np.stack([x, 50 + 40 * np.sin(x)], axis=1), part, axes=1)
        assert detect_range(scene([overview, detail], [whole, part])).satisfied
        alone = replace(detail, axes=0)
        assert not detect_range(scene([alone], [part])).satisfied


def test_what_cannot_be_seen_has_no_place_to_lose():
    out = line([(0, 20), (5, 140)])
    assert not detect_range(scene([out])).satisfied
    assert detect_range(scene([replace(out, color_rgba=(0.0, 0.0, 0.0, 0.0))])).satisfied
    assert detect_range(scene([out], [axes(is_visible=False)])).satisfied
    assert detect_range(scene([replace(out, role="guide")])).satisfied
    assert detect_range(scene([replace(out, artist_type="GridlinesCollection")])).satisfied


@pytest.mark.parametrize("limits", [(0.0, 5e-324), (-1.7e308, 1.7e308), (1.0, 1.0 + 2e-16)])
def test_limits_that_no_number_lies_between_are_not_read(limits):
    assert detect_range(scene([line([(0, 20), (5, 140)])], [axes(y_limits=limits)])).satisfied


@given(
    st.lists(
        st.tuples(*[st.floats(width=32) | st.sampled_from([np.nan, np.inf, -np.inf])] * 2),
        max_size=6,
    ),
    st.sampled_from(["Line2D", "Rectangle", "LineCollection", "PathCollection"]),
    st.tuples(st.floats(), st.floats()),
    st.sampled_from(["linear", "log"]),
)
@settings(max_examples=80, deadline=None)
def test_any_data_and_limits_have_a_reading(points, artist_type, limits, scale):
    info = axes(y_scale=scale, y_limits=limits)
    mark = line([(1, 10), (2, 300)], artist_type=artist_type)
    mark = replace(
        mark,
        points_px=np.array(points, np.float32).reshape(-1, 2),
        full_region=(-1e6, -1e6, 2e6, 2e6),
    )
    for marks in ([mark], [mark, replace(mark, axes=1)]):
        reading = detect_range(scene(marks, [info, axes()]))
        assert 0.0 <= reading.score <= 1.0 + 1e-9
