"""Which asked values can be read off: what is seen of a mark's end, and where it stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, bar, evidence, line, scatter, scene
from content_scenes import INFO, dotted, stroked, y_ticks

from vsdpo_jax.domains.chart.judge.content.series import readings_of, shapes_of
from vsdpo_jax.domains.chart.judge.content.values import Reader
from vsdpo_jax.domains.chart.judge.content.view import View

VALUES = [20, 35, 50]
CENTERS = [80 + 400 * (i + 0.5) / 3 for i in range(3)]


def match(marks, values=VALUES, info=INFO, places=None, ticks=None):
    ticks = y_ticks() if ticks is None else ticks
    view = View(scene([*marks, *ticks], [info]))
    shapes = shapes_of(view)
    readings = [r for r in readings_of(view, shapes) if r]
    found = {} if places is None else {(0, "x"): np.array(places, np.float64)}
    reader = Reader(view, [values], found, shapes)
    return max((reader.match(0, r[0]) for r in readings), key=lambda m: m.right)


def inked(mark, seen=lambda x, y: True, **changes):
    """A line or points whose ink is a square of 5 pixels around every vertex."""
    steps = np.array([(dx, dy) for dx in range(-2, 3) for dy in range(-2, 3)])
    places = np.concatenate([np.round(p).astype(int) + steps for p in mark.points_px])
    flags = np.array([seen(x, y) for x, y in places], bool)
    told = evidence(places_N2=places, seen_N=flags, visible=float(flags.mean()), **changes)
    return replace(mark, evidence=told)


def filled(mark, seen=lambda x, y: True, **changes):
    """A bar whose ink is all of its box."""
    x, y, width, height = (round(v) for v in mark.full_region)
    grid = np.meshgrid(np.arange(x, x + width, 3), np.arange(y, y + height, 3))
    places = np.stack([g.reshape(-1) for g in grid], axis=1)
    flags = np.array([seen(a, b) for a, b in places], bool)
    told = {"places_N2": places, "seen_N": flags, "visible": float(flags.mean()), **changes}
    return replace(mark, evidence=evidence(**told))


def bars(values=VALUES, **changes):
    return [filled(bar(i, v, INFO), **changes) for i, v in enumerate(values)]


def test_values_by_their_categories_or_in_order():
    assert match(bars()).right == 3
    assert match(bars(), places=CENTERS).right == 3
    assert match(bars(), places=CENTERS[::-1]).right == 1
    assert match(bars(), [50, 35, 20], places=CENTERS[::-1]).right == 3
    assert match(bars(), places=[np.nan] * 3).right == 0
    missing = match(bars(), places=[CENTERS[0], np.nan, CENTERS[2]])
    assert missing.right_V.tolist() == [True, False, True]
    assert missing.others == 0


def test_points_that_stand_for_nothing_are_counted():
    info = axes(x_limits=(-0.5, 3.5))
    made = [bar(i, v, info) for i, v in enumerate([*VALUES, 70])]
    centers = [80 + 400 * (i + 0.5) / 4 for i in range(3)]
    assert match(made, info=info, places=centers).others == 1
    assert match(made, info=info).others == 1


@pytest.mark.parametrize(
    ("seen", "right"),
    [
        (lambda x, y: True, 3),
        (lambda x, y: y > 250, 1),  # the upper part is covered: only the lowest bar ends below
        (lambda x, y: y < 320, 3),  # the feet are
        (lambda x, y: y < 250, 1),  # more than half of all but the highest
        (lambda x, y: False, 0),
    ],
)
def test_the_end_of_a_bar_must_be_seen(seen, right):
    assert match(bars(seen=seen)).right == right


def test_a_hollow_bar_is_read_by_its_outline():
    def outline(x, y):
        return y % 300 < 6 or x % 30 < 4

    made = bars(seen=outline, ground=0.0, difference=90.0, covered=0.0)
    assert match(made).right == 3
    assert match(bars(seen=lambda x, y: False, ground=0.0, difference=90.0)).right == 0
    covered = bars(seen=outline, ground=0.0, difference=90.0, covered=0.9)
    assert match(covered).right == 0


def test_bars_stand_on_zero_or_on_each_other():
    floating = [bar(i, v - 10, INFO, bottom=10) for i, v in enumerate(VALUES)]
    assert match(floating).right == 0
    cut = axes(x_limits=(-0.5, 2.5), y_limits=(10.0, 100.0))
    ticks = y_ticks((10, 50, 100), limits=(10.0, 100.0))
    assert match([bar(i, v, cut) for i, v in enumerate(VALUES)], info=cut, ticks=ticks).right == 3


def test_a_bar_of_nothing_is_zero():
    made = [bar(i, v, INFO) for i, v in enumerate([20, 0, 50])]
    assert match(made, [20, 0, 50], places=CENTERS).right == 3
    assert match(made, [20, 30, 50], places=CENTERS).right == 2


@pytest.mark.parametrize("draw", [line, scatter])
@pytest.mark.parametrize(
    ("seen", "right"),
    [
        (lambda x, y: True, 3),
        (lambda x, y: x < 200, 1),
        (lambda x, y: (x + y) % 2 == 0, 3),  # every other pixel is crossed by something
        (lambda x, y: False, 0),
    ],
)
def test_the_ink_around_a_point_must_be_seen(draw, seen, right):
    mark = dotted(draw(list(enumerate(VALUES)), INFO), 8.0)
    assert match([inked(mark, seen)]).right == right


def test_no_ink_at_a_point_is_no_point():
    mark = stroked(line(list(enumerate(VALUES)), INFO))
    x, y = mark.points_px[0]
    alone = evidence(places_N2=np.array([[int(x), int(y)]]), seen_N=np.array([True]))
    assert match([replace(mark, evidence=alone)]).right == 1


def test_a_point_under_another_one_in_its_place_is_seen_in_that():
    under = inked(stroked(line(list(enumerate(VALUES)), INFO)), lambda x, y: x > 200)
    over = inked(dotted(scatter([(0, 20)], INFO, color_rgba=(1.0, 0.0, 0.0, 1.0))))
    beside = inked(dotted(scatter([(0, 40)], INFO, color_rgba=(1.0, 0.0, 0.0, 1.0))))
    assert match([under]).right == 2
    assert match([under, over]).right == 3
    assert match([under, beside]).right == 2


def test_points_outside_the_axes_are_not_seen():
    low = axes(x_limits=(-0.5, 2.5), y_limits=(0.0, 40.0))
    ticks = y_ticks((0, 20, 40), limits=(0.0, 40.0))
    mark = stroked(line(list(enumerate(VALUES)), low))
    assert match([mark], info=low, ticks=ticks).right_V.tolist() == [True, True, False]


def test_points_squeezed_together_cannot_be_told():
    close = stroked(line([(0, 20), (0.01, 35), (0.02, 50)], INFO))
    assert match([close]).right == 0
    uneven = stroked(line([(0, 20), (0.05, 35), (2, 50)], INFO))
    assert match([uneven]).right == 0
    measured = dotted(scatter([(0, 20), (0.2, 35), (2, 50)], INFO))
    assert match([measured]).right == 3
    one_place = dotted(scatter([(1, 20), (1, 35), (1, 50)], INFO))
    assert match([one_place]).right == 0


@pytest.mark.parametrize(
    ("limits", "right"),
    [((0, 60), 3), ((0, 250), 3), ((0, 1000), 0), ((-3000, 3000), 0), ((19, 51), 3)],
)
def test_values_reach_over_a_share_of_their_axis(limits, right):
    info = axes(x_limits=(-0.5, 2.5), y_limits=tuple(map(float, limits)))
    middle = sum(limits) / 2
    ticks = y_ticks((limits[0], middle, limits[1]), limits=limits)
    found = match([stroked(line(list(enumerate(VALUES)), info))], info=info, ticks=ticks)
    assert found.right == right
    assert found.is_fine is bool(right)


@pytest.mark.parametrize(
    ("region", "right"),
    [((80.0, 40.0, 400.0, 6.0), 0), ((80.0, 40.0, 6.0, 300.0), 0), ((80.0, 40.0, 200.0, 150.0), 3)],
)
def test_an_axes_has_a_size(region, right):
    info = axes(region=region, x_limits=(-0.5, 2.5))
    left, top, width, height = region
    ticks = [
        replace(m, full_region=(40, top + height * (1 - v / 100) - 5, 20, 10))
        for v, m in zip((0, 50, 100), y_ticks((0, 50, 100)), strict=True)
    ]
    places = [left + width * (i + 0.5) / 3 for i in range(3)]
    made = [bar(i, v, info) for i, v in enumerate(VALUES)]
    assert match(made, info=info, ticks=ticks, places=places).right == right


def test_missing_values_are_ordinary_data():
    mark = stroked(line(list(enumerate(VALUES)), INFO))
    broken = replace(mark, points_px=np.array([[146.7, 280.0], [np.nan, np.nan], [413.3, 190.0]]))
    assert match([broken], places=CENTERS).right_V.tolist() == [True, False, True]
    nothing = replace(bar(1, 35, INFO), points_px=np.zeros((0, 2), np.float32))
    assert match([bar(0, 20, INFO), nothing, bar(2, 50, INFO)], places=CENTERS).right == 2
