"""Which points of data marks lie outside their axes, how much of a mark that is, and whether
another axes shows the same data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.domains.chart.judge.coordinates import (
    fractions_of,
    is_readable,
    to_fraction,
    to_value,
)
from vsdpo_jax.domains.chart.judge.parts import data_marks
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene

OUTSIDE_PX = 1.0
"""Rounding; half a marker or line over the edge still shows where its centre is."""
OUTSIDE_OF_AXIS = 0.005
"""A point this share of the axis beyond its end (2 px of 400) still shows by its half."""
BASED_ON_ZERO = (
    "Rectangle", "Polygon", "PathPatch", "StepPatch", "PolyCollection", "FillBetweenPolyCollection",
    "LineCollection",
)  # fmt: skip
"""Artists that stand on a zero line: limits may cut the foot, as long as the value's end shows."""
LOG_FLOOR = 1e-300
"""What is painted below this value on a logarithmic axis is zero or less: no limits show it."""
SEGMENTS = ("LineCollection", "EventCollection")
"""Collections of separate straight strokes: error bars, ticks of a rug, stems."""
TICK_SHARE = 0.1
"""Strokes of one length up to this share of the axis, all on its edge, are the ticks of a rug."""
NO_STROKE_PX = 1.0
"""A bar thinner than this has no face: it stands for nothing (an empty bin)."""
SAME_VALUE = 1e-3
"""Relative difference of values read back from pixels of two axes."""
SAME_CURVE = 0.01
"""The same for curves that may have other vertices: the chord of an arc lies beside it."""
SAME_SHARE = 0.9
"""Share of its points that another axes has, seen or not, when it has the series."""
MAX_CURVES = 20
"""Curves of another axes that one series is compared with."""
MAX_PANELS = 8
"""Other axes that one series is compared with."""
MAX_COMPARED = 2_000_000
"""Points that are compared in all; further series count as shown nowhere else."""
LEAST_COMPARED = 5_000
"""What a comparison counts at least: it takes half a millisecond."""

_Sort = tuple[str, str]
"""Artist type and kind of mark."""
_FAR = 10**9
"""Cells of the grid that are told apart on each side."""


def place_of(mark: Mark, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] fractions of the mark's finite points (0 and 1 are the limits)."""
    if mark.points_px is None:
        return np.zeros((0, 2))
    points = fractions_of(mark.points_px, axes)
    return points[np.isfinite(points).all(axis=1)]


def judged_place_of(mark: Mark, axes: AxesInfo) -> np.ndarray:
    """The same with all that no limits have to show moved to the edge: feet on the zero line, and
    values of zero and less on a logarithmic axis."""
    points = place_of(mark, axes)
    for column, limits, scale, length in (
        (0, axes.x_limits, axes.x_scale, axes.region[2]),
        (1, axes.y_limits, axes.y_scale, axes.region[3]),
    ):
        values = points[:, column]
        stands = mark.artist_type in BASED_ON_ZERO
        if scale == "log":
            free = to_value(values, limits, scale) < LOG_FLOOR
            if stands:  # a base of 1e-9 is as good as none
                free |= values < -1.0 if limits[0] < limits[1] else values > 2.0
        else:
            zero = to_fraction(np.zeros(()), limits, scale)
            free = stands & (np.abs(values - zero) < 0.5 / max(length, 1.0))
        points[:, column] = np.where(free, np.clip(values, 0.0, 1.0), values)
    return points


def slack_of(axes: AxesInfo) -> np.ndarray:
    """float64[2]: how far beyond x and y limits, in fractions, a point is not yet outside."""
    sizes = np.maximum((axes.region[2], axes.region[3]), 1.0)
    return np.maximum(OUTSIDE_PX / sizes, OUTSIDE_OF_AXIS)


def outside(points_N2: np.ndarray, mark: Mark, axes: AxesInfo) -> np.ndarray:
    """bool[N]: which of the mark's points (of ``judged_place_of``) lie outside.

    A straight stroke that crosses the whole axes is a guide, of which nothing is lost. So are the
    ticks of a rug and of events that are partly seen: their place is the value, not their length.
    """
    slack = slack_of(axes)
    low, high = np.less(points_N2, -slack), np.greater(points_N2, 1 + slack)
    flags_N2: np.ndarray = low | high
    strokes = _strokes(points_N2, mark)
    if strokes:
        pairs_M22 = points_N2.reshape(-1, 2, 2)
        if mark.artist_type == "EventCollection":
            flags_M22 = np.repeat(flags_N2.reshape(-1, 2, 2).all(axis=1, keepdims=True), 2, axis=1)
            flags_N2 = flags_M22.reshape(-1, 2)
        elif mark.artist_type == "LineCollection":
            flags_N2 = flags_N2 & ~_is_rug(pairs_M22, slack)
        through_M = _opposite(low.reshape(-1, 2, 2), high.reshape(-1, 2, 2))
        flags_N2 = flags_N2 & ~np.repeat(through_M, 2)[:, None]
    return np.any(flags_N2, axis=1)


def _strokes(points_N2: np.ndarray, mark: Mark) -> bool:
    """Whether the points are the ends of strokes along an axis, two by two."""
    count = len(points_N2)
    if mark.artist_type == "Line2D":
        if mark.kind != "path" or count != 2:
            return False
    elif mark.artist_type not in SEGMENTS or not count or count % 2:
        return False
    pairs_M22 = points_N2.reshape(-1, 2, 2)
    return bool(np.all(np.abs(np.diff(pairs_M22, axis=1)).min(axis=2) < 1e-4))


def _is_rug(pairs_M22: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """bool[2]: along which axis strokes are short, alike, and stand on an end of the axis."""
    low_M2, high_M2 = pairs_M22.min(axis=1), pairs_M22.max(axis=1)
    alike = (np.ptp(low_M2, axis=0) < 1e-3) & (np.ptp(high_M2, axis=0) < 1e-3)
    low, high = low_M2.min(axis=0), high_M2.max(axis=0)
    on_start = (low < 0) & (high > -slack)
    on_end = (low < 1 + slack) & (high > 1)
    return alike & (high - low <= TICK_SHARE) & (on_start | on_end)


def _opposite(low_M22: np.ndarray, high_M22: np.ndarray) -> np.ndarray:
    """bool[M]: strokes that leave the axes on two opposite sides and lie inside across them."""
    crosses_M2 = (low_M22[:, 0] & high_M22[:, 1]) | (high_M22[:, 0] & low_M22[:, 1])
    inside_M2 = ~np.any(low_M22 | high_M22, axis=1)
    return np.any(crosses_M2 & inside_M2[:, ::-1], axis=1)


def weight(mark: Mark) -> float:
    """What the mark counts in its series: 0 for bars without a face, else 1."""
    if mark.artist_type != "Rectangle" or mark.points_px is None or not len(mark.points_px):
        return 1.0
    with np.errstate(invalid="ignore"):
        return float(np.ptp(mark.points_px, axis=0).min() >= NO_STROKE_PX)


def lost_share(points_N2: np.ndarray, lost_N: np.ndarray, mark: Mark, axes: AxesInfo) -> float:
    """How much of a mark is lost, from 0 to 1, whatever the number of its vertices.

    A bar is lost when a corner is. Of outlines the length counts: along the axis where they run
    along one (the curve of a function: a spike counts by its width), else in pixels of a picture
    that reaches an axes' size beyond the axes. Points and strokes of a collection count by number.
    """
    if not lost_N.any():
        return 0.0
    if mark.artist_type == "Rectangle":
        return 1.0
    if mark.kind != "path" or len(points_N2) < 2:
        return float(lost_N.mean())
    steps_2 = np.diff(points_N2, axis=0)
    along = [axis for axis in (0, 1) if _is_sorted(steps_2[:, axis])]
    if along:
        lengths_K = np.abs(steps_2[:, along[0]])
    else:
        lengths_K = np.hypot(*np.diff(np.clip(points_N2, -1.0, 2.0), axis=0).T)
    beyond_K = lengths_K * _beyond(points_N2, slack_of(axes)) * (lost_N[1:] | lost_N[:-1])
    if not beyond_K.sum() > 0:  # strokes across the axis have no width: their ends count
        return float(lost_N.mean())
    return float(beyond_K.sum() / lengths_K.sum())


def _is_sorted(steps: np.ndarray) -> bool:
    return bool((steps >= 0).all() or (steps <= 0).all()) and bool(steps.any())


def _beyond(points_N2: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """float64[N - 1]: the share of each segment that lies outside (Liang and Barsky's clipping)."""
    start_K2, step_K2 = points_N2[:-1], np.diff(points_N2, axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first_K2 = (-slack - start_K2) / step_K2
        second_K2 = (1 + slack - start_K2) / step_K2
    level_K2 = step_K2 == 0
    within_K2 = (start_K2 >= -slack) & (start_K2 <= 1 + slack)
    enter_K2 = np.where(level_K2, 0.0, np.minimum(first_K2, second_K2))
    leave_K2 = np.where(level_K2, within_K2, np.maximum(first_K2, second_K2))
    enter_K = np.clip(enter_K2.max(axis=1), 0.0, 1.0)
    leave_K = np.clip(leave_K2.min(axis=1), 0.0, 1.0)
    return 1.0 - np.maximum(leave_K - enter_K, 0.0)


def values_of(points_N2: np.ndarray, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] data values of places in an axes."""
    return np.stack(
        [
            to_value(points_N2[:, 0], axes.x_limits, axes.x_scale),
            to_value(points_N2[:, 1], axes.y_limits, axes.y_scale),
        ],
        axis=1,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Panel:
    """All marks of one sort in one axes.

    Attributes:
      axes: index into Scene.axes.
      values_K2: data values of their points; inside_K: which the axes shows.
      low_2, high_2: range of the values.
    """

    axes: int
    marks: tuple[Mark, ...]
    values_K2: np.ndarray
    inside_K: np.ndarray
    low_2: np.ndarray
    high_2: np.ndarray


class Elsewhere:
    """Looks whether other axes show the same data: broken axes, a detail beside the whole."""

    def __init__(self, scene: Scene) -> None:
        self._axes = scene.axes
        self._marks: dict[_Sort, dict[int, list[Mark]]] = defaultdict(lambda: defaultdict(list))
        if sum(map(is_readable, scene.axes)) > 1:
            for mark in data_marks(scene):
                if mark.axes >= 0 and is_readable(scene.axes[mark.axes]):
                    self._marks[(mark.artist_type, mark.kind)][mark.axes].append(mark)
        self._panels: dict[_Sort, tuple[list[_Panel], np.ndarray]] = {}
        self._left = MAX_COMPARED

    def shows(self, mark: Mark, values_N2: np.ndarray) -> np.ndarray:
        """bool[N]: which points of a series other axes show, if they have it as a whole.

        Args:
          mark: one of the series, for its axes and its sort.
          values_N2: data values of all points of the series.
        """
        seen_N = np.zeros(len(values_N2), bool)
        if not len(values_N2):
            return seen_N
        for panel in self._around(mark, values_N2):
            self._left -= LEAST_COMPARED + len(panel.values_K2) + len(values_N2)
            if self._left < 0:
                break
            there_N, shown_N = self._in_panel(panel, values_N2)
            if there_N.mean() >= SAME_SHARE:
                seen_N |= shown_N
        return seen_N

    def _around(self, mark: Mark, values_N2: np.ndarray) -> list[_Panel]:
        """The first panels of other axes whose values reach as far as those of a series."""
        sort = (mark.artist_type, mark.kind)
        if self._left < 0 or not any(index != mark.axes for index in self._marks[sort]):
            return []
        if sort not in self._panels:
            made = [self._panel(index, marks) for index, marks in self._marks[sort].items()]
            self._panels[sort] = made, np.array([(panel.low_2, panel.high_2) for panel in made])
        panels, reach_P22 = self._panels[sort]
        low_2, high_2, size_2 = _reach(values_N2)
        free_2 = SAME_CURVE * size_2
        whole_P2 = (reach_P22[:, 0] <= low_2 + free_2) & (reach_P22[:, 1] >= high_2 - free_2)
        found = [panels[place] for place in np.flatnonzero(whole_P2.all(axis=1)).tolist()]
        return [panel for panel in found if panel.axes != mark.axes][:MAX_PANELS]

    def _panel(self, index: int, marks: Sequence[Mark]) -> _Panel:
        axes = self._axes[index]
        points_K2 = np.concatenate([place_of(mark, axes) for mark in marks])
        values_K2 = values_of(points_K2, axes)
        low_2, high_2, _ = _reach(values_K2)
        return _Panel(
            axes=index, marks=tuple(marks), values_K2=values_K2, low_2=low_2, high_2=high_2,
            inside_K=_is_inside(points_K2, axes),
        )  # fmt: skip

    def _in_panel(self, panel: _Panel, values_N2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """bool[N], bool[N]: which values a panel has, and which it shows."""
        size_2 = _reach(values_N2)[2]
        there_N = _among(values_N2, panel.values_K2, SAME_VALUE * size_2)
        shown_N = _among(values_N2, panel.values_K2[panel.inside_K], SAME_VALUE * size_2)
        if panel.marks[0].artist_type == "Line2D" and panel.marks[0].kind == "path":
            for curve in panel.marks[:MAX_CURVES]:
                if there_N.mean() >= SAME_SHARE:
                    break
                on_N, inside_N = self._on_curve(curve, values_N2, size_2)
                there_N |= on_N
                shown_N |= on_N & inside_N
        return there_N, shown_N

    def _on_curve(
        self, curve: Mark, values_N2: np.ndarray, size_2: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """bool[N], bool[N]: which values lie on a curve y(x), and where its axes shows them."""
        axes = self._axes[curve.axes]
        points = values_of(place_of(curve, axes), axes)
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) < 2 or not _is_sorted(np.diff(points[:, 0])):
            return np.zeros(len(values_N2), bool), np.zeros(len(values_N2), bool)
        if points[0, 0] > points[-1, 0]:
            points = points[::-1]
        x_N, y_N = values_N2.T
        there_N = (x_N >= points[0, 0]) & (x_N <= points[-1, 0])
        with np.errstate(invalid="ignore", over="ignore"):
            off_N = np.abs(np.interp(x_N, points[:, 0], points[:, 1]) - y_N)
        places = [
            to_fraction(x_N, axes.x_limits, axes.x_scale),
            to_fraction(y_N, axes.y_limits, axes.y_scale),
        ]
        on_N = there_N & (off_N <= SAME_CURVE * size_2[1])
        return on_N, _is_inside(np.stack(places, axis=1), axes)


def _is_inside(points_N2: np.ndarray, axes: AxesInfo) -> np.ndarray:
    slack = slack_of(axes)
    return np.all((points_N2 >= -slack) & (points_N2 <= 1 + slack), axis=1)


def _among(values_N2: np.ndarray, known_K2: np.ndarray, tolerance_2: np.ndarray) -> np.ndarray:
    """bool[N]: which values have a known one within about the tolerance, by cells of a grid."""
    found_N = np.zeros(len(values_N2), bool)
    if not len(values_N2) or not len(known_K2):
        return found_N
    origin_2 = np.nan_to_num(values_N2[0])
    cells = []
    for points in (values_N2, known_K2):
        with np.errstate(over="ignore", invalid="ignore"):
            places = np.floor((points - origin_2) / np.maximum(tolerance_2, 1e-300))
        cells.append(np.clip(np.nan_to_num(places, nan=-_FAR), -_FAR, _FAR).astype(np.int64))
    keys_N, known_K = (c[:, 0] * (4 * _FAR) + c[:, 1] for c in cells)
    known_K = np.sort(known_K)
    for step in (-1, 0, 1):
        for rise in (-1, 0, 1):
            wanted_N = keys_N + step * (4 * _FAR) + rise
            place_N = np.minimum(np.searchsorted(known_K, wanted_N), len(known_K) - 1)
            found_N |= known_K[place_N] == wanted_N
    return found_N


def _reach(values_N2: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """float64[2] lowest, highest finite values along x and y, and their range; of equal values
    their size instead."""
    finite = values_N2[np.isfinite(values_N2).all(axis=1)]
    if not len(finite):
        return np.zeros(2), np.zeros(2), np.zeros(2)
    low_2, high_2 = finite.min(axis=0), finite.max(axis=0)
    with np.errstate(over="ignore"):
        extent_2 = high_2 - low_2
    return low_2, high_2, np.where(extent_2 > 0, extent_2, np.abs(finite).max(axis=0))
