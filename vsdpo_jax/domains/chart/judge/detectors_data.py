"""The detector on data outside the limits of its axes.

One defect a series: a limit that cuts eighty bars is one mistake. Its box is where the series meets
the edge; to blame is the call that set the limits, else whoever plotted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.domains.chart.judge.coordinates import is_readable, spell, to_value
from vsdpo_jax.domains.chart.judge.geometry import common_box, union
from vsdpo_jax.domains.chart.judge.outside import (
    OUTSIDE_PX,
    Elsewhere,
    judged_place_of,
    lost_share,
    outside,
    place_of,
    slack_of,
    values_of,
    weight,
)
from vsdpo_jax.domains.chart.judge.parts import (
    MAX_NAMED,
    SAME_REGION_PX,
    axes_prefix,
    data_marks,
    data_names,
    is_inked,
    is_inset,
    same_box,
)
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect, Element, Span

OUTSIDE_SHARE = 0.01
"""Share of one series that may lie outside: an outlier in a hundred is a choice."""
EDGE_SHARE = 0.25
"""Share of the axes, next to the limit, in which a mark is said to meet the edge."""
OVER_PX = 8.0
"""How far the box of a crossing reaches over the edge: no mark that was clipped there does."""
HELPERS = ("GridlinesCollection",)
"""Artists of toolkits that draw grids in data units."""
_SIDES = (("x", 0, -1), ("x", 0, 1), ("y", 1, -1), ("y", 1, 1))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Loss:
    """The points of one mark of which something lies outside.

    Attributes:
      points_N2: places in the axes as fractions, feet on zero lines moved to the edge.
      lost_N: which are outside and shown by no other axes.
    """

    mark: Mark
    points_N2: np.ndarray
    lost_N: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Excess:
    """How far a series lies outside on one side of the axes.

    Attributes:
      axis: "x" or "y".
      side: -1 below the first limit, 1 above the second.
      beyond: distance beyond the limit as a fraction of the axis.
      value: the most extreme data value.
      marks: the marks that lie outside there.
    """

    axis: str
    side: int
    beyond: float
    value: float
    marks: tuple[Mark, ...]


def detect_range(scene: Scene) -> Reading:
    """Data outside the limits of their axes; insets show a detail on purpose.

    Score: the smallest share of a series that lies inside.
    """
    elsewhere = Elsewhere(scene)
    worst = 1.0
    wrong: list[list[_Excess]] = []
    for marks in _series(scene):
        axes = scene.axes[marks[0].axes]
        losses = _losses(marks, axes, elsewhere)
        lost = sum(weight(x.mark) * lost_share(x.points_N2, x.lost_N, x.mark, axes) for x in losses)
        share = lost / max(len(marks) - sum(1.0 - weight(x.mark) for x in losses), 1.0)
        worst = min(worst, 1.0 - share)
        if share > OUTSIDE_SHARE:
            wrong.append(_excesses(losses, axes))
    wrong.sort(key=lambda sides: -sides[0].beyond)
    return _reading(scene, wrong, worst)


def _series(scene: Scene) -> list[list[Mark]]:
    """The marks that limits can cut off, by series: one statement, one label, in one axes.

    Of a histogram the first bar alone carries the label; bars of its colour belong to it.
    """
    marks = [mark for mark in data_marks(scene) if _is_checked(scene, mark)]
    named: dict[tuple[object, ...], str] = {}
    for mark in marks:
        if mark.artist_type == "Rectangle" and mark.label:
            named.setdefault((mark.axes, mark.span, mark.color_rgba), mark.label)
    series: dict[tuple[object, ...], list[Mark]] = defaultdict(list)
    for mark in marks:
        label = mark.label
        if mark.artist_type == "Rectangle" and not label:
            label = named.get((mark.axes, mark.span, mark.color_rgba), "")
        sort = mark.artist_type if mark.span is None else ""
        series[(mark.axes, mark.span, label, sort)].append(mark)
    return list(series.values())


def _is_checked(scene: Scene, mark: Mark) -> bool:
    """Whether the mark has places that limits can cut off; what cannot be seen has none."""
    if mark.axes < 0 or mark.points_px is None or mark.kind in ("image", "mesh"):
        return False
    if mark.artist_type in HELPERS or not is_inked(mark):
        return False
    axes = scene.axes[mark.axes]
    return axes.is_visible and is_readable(axes) and not is_inset(scene, mark.axes)


def _losses(marks: Sequence[Mark], axes: AxesInfo, elsewhere: Elsewhere) -> list[_Loss]:
    """What of the marks of one series lies outside and is not shown in another axes."""
    cut = []
    for mark in marks:
        if _may_be_cut(mark, axes):
            points = judged_place_of(mark, axes)
            flags = outside(points, mark, axes)
            if flags.any():
                cut.append(_Loss(mark=mark, points_N2=points, lost_N=flags))
    return _without_shown(cut, marks, axes, elsewhere) if cut else []


def _may_be_cut(mark: Mark, axes: AxesInfo) -> bool:
    """Whether it reaches over the axes and is clipped there, as far as its points describe it."""
    left, top, width, height = mark.full_region
    around = axes.region
    if (
        left >= around[0] - OUTSIDE_PX
        and top >= around[1] - OUTSIDE_PX
        and left + width <= around[0] + around[2] + OUTSIDE_PX
        and top + height <= around[1] + around[3] + OUTSIDE_PX
    ):
        return False
    if mark.region is not None and same_box(mark.region, mark.full_region, SAME_REGION_PX):
        return False  # drawn without clipping, nothing is lost
    return _lies_in(mark.points_px, mark.full_region)


def _lies_in(points_px: np.ndarray | None, box: Box) -> bool:
    """Whether the points describe the mark; those of collections placed by offsets may not."""
    if points_px is None:
        return False
    points = points_px[np.isfinite(points_px).all(axis=1)]
    low, high = np.array(box[:2]) - 1.0, np.array(box[:2]) + np.array(box[2:]) + 1.0
    return bool(len(points)) and bool(np.all((points >= low) & (points <= high)))


def _without_shown(
    losses: Sequence[_Loss], marks: Sequence[Mark], axes: AxesInfo, elsewhere: Elsewhere
) -> list[_Loss]:
    """The losses without the points that another axes shows."""
    sorts: dict[tuple[str, str], list[_Loss]] = defaultdict(list)
    for loss in losses:
        sorts[(loss.mark.artist_type, loss.mark.kind)].append(loss)
    left = []
    for sort, group in sorts.items():
        same = [m for m in marks if (m.artist_type, m.kind) == sort]
        values = [values_of(place_of(m, axes), axes) for m in same]
        shown = elsewhere.shows(group[0].mark, np.concatenate(values))
        parts = np.split(shown, np.cumsum([len(part) for part in values])[:-1])
        shown_of = {id(mark): part for mark, part in zip(same, parts, strict=True)}
        for loss in group:
            lost = loss.lost_N & ~shown_of[id(loss.mark)]
            if lost.any():
                left.append(_Loss(mark=loss.mark, points_N2=loss.points_N2, lost_N=lost))
    return left


def _excesses(losses: Sequence[_Loss], axes: AxesInfo) -> list[_Excess]:
    """The sides on which a series lies outside, the farthest first."""
    slack = slack_of(axes)
    found = []
    for name, column, side in _SIDES:
        limits, scale = (
            (axes.x_limits, axes.x_scale) if name == "x" else (axes.y_limits, axes.y_scale)
        )
        marks, beyond, extreme = [], 0.0, 0.0
        for loss in losses:
            points = loss.points_N2[loss.lost_N, column]
            farthest = float(points.max() if side > 0 else points.min())
            distance = farthest - 1.0 if side > 0 else -farthest
            if distance > slack[column]:
                marks.append(loss.mark)
                if distance > beyond:
                    beyond, extreme = distance, farthest
        if marks:
            value = float(to_value(np.asarray(extreme), limits, scale))
            found.append(
                _Excess(axis=name, side=side, beyond=beyond, value=value, marks=tuple(marks))
            )
    return sorted(found, key=lambda excess: -excess.beyond)


def _reading(scene: Scene, wrong: Sequence[Sequence[_Excess]], score: float) -> Reading:
    """One defect a series, where it lies out farthest; one note a side of an axes."""
    names = data_names(scene) if wrong else {}
    defects = [_defect(s[0], scene.axes[s[0].marks[0].axes], names) for s in wrong[:MAX_NAMED]]
    notes: dict[tuple[int, str, int], str] = {}
    sides = [excess for series in wrong for excess in series]
    for excess in sorted(sides, key=lambda x: -x.beyond)[:MAX_NAMED]:
        index = excess.marks[0].axes
        value, limit = _words(excess, scene.axes[index])
        note = f"{axes_prefix(scene, index)}{excess.axis} {value} of {limit}"
        notes.setdefault((index, excess.axis, excess.side), note)
    owners = [
        Element(region=defect.region, span=span, role="limits")
        for defect in defects
        for span in defect.spans
    ]
    return Reading(
        defects=tuple(defects), notes=tuple(notes.values()), score=score, elements=tuple(owners)
    )


def _words(excess: _Excess, axes: AxesInfo) -> tuple[str, str]:
    """The farthest value, and the limit that it passes."""
    limits, scale = (
        (axes.x_limits, axes.x_scale) if excess.axis == "x" else (axes.y_limits, axes.y_scale)
    )
    limit = limits[1] if excess.side > 0 else limits[0]
    return spell(excess.value, limits, scale), spell(limit, limits, scale)


def _defect(excess: _Excess, axes: AxesInfo, names: dict[int, str]) -> Defect:
    marks = excess.marks
    value, limit = _words(excess, axes)
    name = names[marks[0].artist]
    others = len({mark.artist for mark in marks}) - 1
    leave = f"and {others} more leave" if others else "leaves"
    limits_span = axes.x_limit_span if excess.axis == "x" else axes.y_limit_span
    blamed: Span | None = limits_span or marks[0].setters.get("place") or marks[0].span
    return Defect(
        axis="range",
        kind="data_outside",
        region=_at_edge(marks, axes.region, excess),
        severity=1,
        message=f"{name} {leave} the {excess.axis} axis: {value}, the limit is {limit}",
        spans=() if blamed is None else (blamed,),
    )


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
