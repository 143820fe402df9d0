"""Which points of data marks lie outside their axes, how much of a mark that is, and whether
another axes shows the same data."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from vsdpo_jax.domains.chart.coordinates import fractions_of, is_readable, to_fraction, to_value
from vsdpo_jax.domains.chart.parts import data_marks
from vsdpo_jax.domains.chart.scene import AxesInfo, Mark, Scene

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
"""Curves of other axes that one series is compared with."""
MAX_COMPARED = 5_000_000
"""Points of other axes that are looked at in all; further series count as shown nowhere else."""


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
    if not lengths_K.sum() > 0:
        return float(lost_N.mean())
    beyond_K = _beyond(points_N2, slack_of(axes)) * (lost_N[1:] | lost_N[:-1])
    return float((lengths_K * beyond_K).sum() / lengths_K.sum())


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


class Elsewhere:
    """Looks whether other axes show the same data: broken axes, a detail beside the whole."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._marks: dict[tuple[str, str], list[Mark]] = defaultdict(list)
        if sum(map(is_readable, scene.axes)) > 1:
            for mark in data_marks(scene):
                if mark.axes >= 0 and is_readable(scene.axes[mark.axes]):
                    self._marks[(mark.artist_type, mark.kind)].append(mark)
        self._points: dict[tuple[str, str], tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._left = MAX_COMPARED

    def shows(self, mark: Mark, values_N2: np.ndarray) -> np.ndarray:
        """bool[N]: which points of a series other axes show, if they have it as a whole.

        Args:
          mark: one of the series, for its axes and its sort.
          values_N2: data values of all points of the series.
        """
        sort = (mark.artist_type, mark.kind)
        nowhere_N = np.zeros(len(values_N2), bool)
        if not any(other.axes != mark.axes for other in self._marks[sort]):
            return nowhere_N
        owner_K, known_K2, inside_K = self._known(sort)
        self._left -= len(known_K2) + len(values_N2)
        if self._left < 0:
            return nowhere_N
        others_K = owner_K != mark.axes
        size_2 = _size_of(values_N2)
        cell_2 = SAME_VALUE * size_2
        there_N = _among(values_N2, known_K2[others_K], cell_2)
        seen_N = _among(values_N2, known_K2[others_K & inside_K], cell_2)
        if sort == ("Line2D", "path"):
            curves = [other for other in self._marks[sort] if other.axes != mark.axes]
            for other in curves[:MAX_CURVES]:
                if seen_N.all():
                    break
                on_N, inside_N = self._on_curve(other, values_N2, size_2)
                there_N |= on_N
                seen_N |= on_N & inside_N
        return seen_N if there_N.mean() >= SAME_SHARE else nowhere_N

    def _known(self, sort: tuple[str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All points of a sort: axes int[K], values float64[K, 2], whether seen there bool[K]."""
        if sort not in self._points:
            owners, values, inside = [], [], []
            for mark in self._marks[sort]:
                axes = self._scene.axes[mark.axes]
                points = place_of(mark, axes)
                owners.append(np.full(len(points), mark.axes))
                values.append(values_of(points, axes))
                inside.append(_is_inside(points, axes))
            self._points[sort] = (
                np.concatenate(owners), np.concatenate(values), np.concatenate(inside)
            )  # fmt: skip
        return self._points[sort]

    def _on_curve(
        self, curve: Mark, values_N2: np.ndarray, size_2: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """bool[N], bool[N]: which values lie on a curve y(x), and where its axes shows them."""
        axes = self._scene.axes[curve.axes]
        points = values_of(place_of(curve, axes), axes)
        points = points[np.isfinite(points).all(axis=1)]
        self._left -= len(points)
        if len(points) < 2 or not _is_sorted(np.diff(points[:, 0])):
            return np.zeros(len(values_N2), bool), np.zeros(len(values_N2), bool)
        if points[0, 0] > points[-1, 0]:
            points = points[::-1]
        x_N, y_N = values_N2.T
        there_N = (x_N >= points[0, 0]) & (x_N <= points[-1, 0])
        near_N = np.abs(np.interp(x_N, points[:, 0], points[:, 1]) - y_N) <= SAME_CURVE * size_2[1]
        places = [
            to_fraction(x_N, axes.x_limits, axes.x_scale),
            to_fraction(y_N, axes.y_limits, axes.y_scale),
        ]
        return there_N & near_N, _is_inside(np.stack(places, axis=1), axes)


def _is_inside(points_N2: np.ndarray, axes: AxesInfo) -> np.ndarray:
    slack = slack_of(axes)
    return np.all((points_N2 >= -slack) & (points_N2 <= 1 + slack), axis=1)


def _among(values_M2: np.ndarray, known_K2: np.ndarray, tolerance_2: np.ndarray) -> np.ndarray:
    """bool[M]: which values have a known one within about the tolerance, by cells of a grid."""
    if not len(values_M2) or not len(known_K2):
        return np.zeros(len(values_M2), bool)
    origin_2 = values_M2.min(axis=0)
    cells = []
    for points in (values_M2, known_K2):
        with np.errstate(over="ignore", invalid="ignore"):
            places = np.floor((points - origin_2) / np.maximum(tolerance_2, 1e-300))
        cells.append(np.clip(np.nan_to_num(places, nan=-_FAR), -_FAR, _FAR).astype(np.int64))
    keys_M, known_K = (c[:, 0] * (4 * _FAR) + c[:, 1] for c in cells)
    known_K = np.unique(known_K)
    found_M = np.zeros(len(values_M2), bool)
    for step in (-1, 0, 1):
        for rise in (-1, 0, 1):
            found_M |= np.isin(keys_M + step * (4 * _FAR) + rise, known_K)
    return found_M


_FAR = 10**9


def _size_of(values_N2: np.ndarray) -> np.ndarray:
    """float64[2]: range of the finite values along x and y; of equal ones their size."""
    finite = values_N2[np.isfinite(values_N2).all(axis=1)]
    if not len(finite):
        return np.zeros(2)
    with np.errstate(over="ignore"):
        extent_2 = np.ptp(finite, axis=0)
    return np.where(extent_2 > 0, extent_2, np.abs(finite).max(axis=0))
