"""The detector on data outside the limits of its axes.

The box of such a defect is where the mark meets the edge: the statement that set the limits made
that edge and owns the box whole, while the statement that plotted the values shares in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.coordinates import (
    fractions_of,
    is_readable,
    spell,
    to_fraction,
    to_value,
)
from vsdpo_jax.domains.chart.geometry import common_box, union
from vsdpo_jax.domains.chart.parts import (
    SAME_REGION_PX,
    axes_prefix,
    data_marks,
    data_names,
    is_inset,
    same_box,
)
from vsdpo_jax.domains.chart.rubric import Reading
from vsdpo_jax.domains.chart.scene import AxesInfo, Mark, Scene
from vsdpo_jax.records import Box, Defect, Element

OUTSIDE_SHARE = 0.01
"""Share of the vertices of one series that may lie outside: an outlier in a hundred is a choice."""
OUTSIDE_PX = 1.0
"""Rounding; half a marker or line over the edge still shows where its centre is."""
SAME_VALUE = 1e-3
"""Relative difference of values read back from pixels of two axes."""
BASED_ON_ZERO = ("Rectangle", "PolyCollection", "FillBetweenPolyCollection", "LineCollection")
"""Artists that stand on a zero line: limits may cut the foot, as long as the value's end shows."""
EDGE_SHARE = 0.25
"""Share of the axes, next to the limit, in which a mark is said to meet the edge."""
OVER_PX = 8.0
"""How far the box of a crossing reaches over the edge: no mark that was clipped there does."""
_SIDES = (("x", 0, -1), ("x", 0, 1), ("y", 1, -1), ("y", 1, 1))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Excess:
    """How far marks of one artist lie outside, on one side of the axes.

    Attributes:
      axis: "x" or "y".
      beyond: distance beyond the limit as a fraction of the axis.
      side: -1 below the first limit, 1 above the second.
      value: the most extreme data value.
    """

    axis: str
    beyond: float
    side: int
    value: float


def detect_range(scene: Scene) -> Reading:
    """Data points outside the limits of their axes; insets show a detail on purpose.

    Score: the smallest share of inside points of a series.
    """
    series: dict[tuple[object, ...], list[Mark]] = defaultdict(list)
    for mark in data_marks(scene):
        if _is_checked(scene, mark):
            series[(mark.axes, mark.artist_type, mark.span, mark.label)].append(mark)
    twins = _twins(scene)
    worst = 1.0
    wrong: list[tuple[_Excess, int, list[Mark]]] = []
    for marks in series.values():
        outside = [_unseen(m, scene, twins.get(m.artist, ())) for m in marks]
        total = sum(len(flags) for flags in outside)
        share = sum(int(flags.sum()) for flags in outside) / max(total, 1)
        worst = min(worst, 1.0 - share)
        if share > OUTSIDE_SHARE:
            wrong += _by_artist(
                scene, [m for m, flags in zip(marks, outside, strict=True) if flags.any()]
            )
    wrong.sort(key=lambda item: -item[0].beyond)
    return _reading(scene, wrong, worst)


def _is_checked(scene: Scene, mark: Mark) -> bool:
    if mark.axes < 0 or mark.points_px is None or mark.kind in ("image", "mesh"):
        return False
    axes = scene.axes[mark.axes]
    if not is_readable(axes) or is_inset(scene, mark.axes):
        return False
    if mark.region is not None and same_box(mark.region, mark.full_region, SAME_REGION_PX):
        return False  # drawn without clipping, nothing is lost
    return _lies_in(mark.points_px, mark.full_region)


def _lies_in(points_px: np.ndarray, box: Box) -> bool:
    """Whether the points describe the mark; those of collections placed by offsets may not."""
    points = points_px[np.isfinite(points_px).all(axis=1)]
    low, high = np.array(box[:2]) - 1.0, np.array(box[:2]) + np.array(box[2:]) + 1.0
    return bool(len(points)) and bool(np.all((points >= low) & (points <= high)))


def _positions(mark: Mark, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] fractions of the mark's points; feet on the zero line moved to the edge."""
    assert mark.points_px is not None  # _is_checked
    points = fractions_of(mark.points_px, axes)
    points = points[np.isfinite(points).all(axis=1)]
    if mark.artist_type in BASED_ON_ZERO:
        for column, limits, scale, length in (
            (0, axes.x_limits, axes.x_scale, axes.region[2]),
            (1, axes.y_limits, axes.y_scale, axes.region[3]),
        ):
            values = points[:, column]
            if scale == "log":
                on_zero = values < -1.0
            else:
                zero = to_fraction(np.zeros(()), limits, scale)
                on_zero = np.abs(values - zero) < 0.5 / max(length, 1.0)
            points[:, column] = np.where(on_zero, np.clip(values, 0.0, 1.0), values)
    return points


def _outside(mark: Mark, axes: AxesInfo) -> np.ndarray:
    """bool[N]: which finite points lie outside by more than rounding."""
    points = _positions(mark, axes)
    slack = OUTSIDE_PX / np.maximum((axes.region[2], axes.region[3]), 1.0)
    return np.any((points < -slack) | (points > 1 + slack), axis=1)


def _twins(scene: Scene) -> dict[int, list[Mark]]:
    """Artist -> the marks of other axes that may show its data again: same type, same turn."""
    by_turn: dict[tuple[str, str, int], list[Mark]] = defaultdict(list)
    counts: dict[tuple[int, str, str], int] = defaultdict(int)
    for mark in data_marks(scene):
        turn = counts[(mark.axes, mark.artist_type, mark.kind)]
        counts[(mark.axes, mark.artist_type, mark.kind)] += 1
        by_turn[(mark.artist_type, mark.kind, turn)].append(mark)
    return {mark.artist: marks for marks in by_turn.values() if len(marks) > 1 for mark in marks}


def _unseen(mark: Mark, scene: Scene, twins: Sequence[Mark]) -> np.ndarray:
    """bool[N]: which points lie outside and are not shown by the same data in another axes.

    So are drawn broken axes, and a detail beside the whole.
    """
    flags = _outside(mark, scene.axes[mark.axes])
    if not twins or not flags.any():
        return flags
    values_N2 = _values(mark, scene.axes[mark.axes])
    for other in twins:
        axes = scene.axes[other.axes]
        if other.axes in (mark.axes, -1) or other.points_px is None or not is_readable(axes):
            continue
        others_N2 = _values(other, axes)
        if others_N2.shape == values_N2.shape and np.allclose(
            others_N2, values_N2, rtol=SAME_VALUE, atol=SAME_VALUE * np.ptp(values_N2)
        ):
            flags = flags & _outside(other, axes)
    return flags


def _values(mark: Mark, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] data values of the mark's finite points."""
    assert mark.points_px is not None  # callers check
    points = fractions_of(mark.points_px, axes)
    points = points[np.isfinite(points).all(axis=1)]
    return np.stack(
        [
            to_value(points[:, 0], axes.x_limits, axes.x_scale),
            to_value(points[:, 1], axes.y_limits, axes.y_scale),
        ],
        axis=1,
    )


def _by_artist(scene: Scene, marks: Sequence[Mark]) -> list[tuple[_Excess, int, list[Mark]]]:
    artists: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        artists[mark.artist].append(mark)
    return [
        (_excess(group, scene.axes[group[0].axes]), group[0].axes, group)
        for group in artists.values()
    ]


def _excess(marks: Sequence[Mark], axes: AxesInfo) -> _Excess:
    """The side on which these marks lie farthest outside."""
    points = np.concatenate([_positions(m, axes) for m in marks])
    found = []
    for name, column, side in _SIDES:
        limits, scale = (
            (axes.x_limits, axes.x_scale) if name == "x" else (axes.y_limits, axes.y_scale)
        )
        extreme = points[:, column].max() if side > 0 else points[:, column].min()
        beyond = float(extreme - 1.0 if side > 0 else -extreme)
        value = float(to_value(np.asarray(extreme), limits, scale))
        found.append(_Excess(axis=name, beyond=beyond, side=side, value=value))
    return max(found, key=lambda excess: excess.beyond)


def _reading(
    scene: Scene, wrong: Sequence[tuple[_Excess, int, list[Mark]]], score: float
) -> Reading:
    defects, notes, owners = [], [], []
    names = data_names(scene) if wrong else {}
    noted: set[tuple[int, str, int]] = set()
    for excess, index, marks in wrong:
        axes = scene.axes[index]
        limits, scale, span = (
            (axes.x_limits, axes.x_scale, axes.x_limit_span or axes.x_tick_span)
            if excess.axis == "x"
            else (axes.y_limits, axes.y_scale, axes.y_limit_span or axes.y_tick_span)
        )
        limit = limits[1] if excess.side > 0 else limits[0]
        words = f"{spell(excess.value, limits, scale)} of {spell(limit, limits, scale)}"
        if (index, excess.axis, excess.side) not in noted:  # the first of a side is the farthest
            noted.add((index, excess.axis, excess.side))
            notes.append(f"{axes_prefix(scene, index)}{excess.axis} {words}")
        region = _at_edge(marks, axes.region, excess)
        owner = span or marks[0].span
        if owner is not None:
            owners.append(Element(region=region, span=owner, role=f"{excess.axis}_limits"))
        value, limit_words = words.split(" of ")
        message = (
            f"{names[marks[0].artist]} leaves the {excess.axis} axis: {value}, "
            f"the limit is {limit_words}"
        )
        defects.append(
            Defect(axis="range", kind="data_outside", region=region, severity=1, message=message)
        )
    return Reading(defects=tuple(defects), notes=tuple(notes), score=score, elements=tuple(owners))


def _at_edge(marks: Sequence[Mark], around: Box, excess: _Excess) -> Box:
    """Where marks cross the edge: their extent in the outer quarter of the axes, and a little over.

    Marks of which nothing is visible there leave the strip along the edge.
    """
    strip = _outer_part(around, excess, EDGE_SHARE)
    seen = union(m.region for m in marks if m.region is not None)
    common = common_box(seen, strip) if seen is not None else None
    left, top, width, height = common or strip
    if excess.axis == "x":
        return (left - OVER_PX * (excess.side < 0), top, width + OVER_PX, height)
    return (left, top - OVER_PX * (excess.side > 0), width, height + OVER_PX)


def _outer_part(around: Box, excess: _Excess, share: float) -> Box:
    """The strip of the axes along the edge that is crossed."""
    left, top, width, height = around
    if excess.axis == "x":
        start = left + (1 - share) * width if excess.side > 0 else left
        return (start, top, share * width, height)
    start = top if excess.side > 0 else top + (1 - share) * height
    return (left, start, width, share * height)
