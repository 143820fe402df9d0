"""Whether the axis of a chart is of its values, and leaves them to be compared."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.domains.boxes import union
from vsdpo_jax.domains.slide.deck.records import Chart
from vsdpo_jax.records import Box

TICK_LOW, TICK_HIGH = 0.8, 5.0
"""The highest number on an axis over the highest value that it measures."""
FLAT_SCALE, FLAT_CHART = 0.3, 0.2
"""Share of an axis, and of its chart's side, below which all bars or points together are flat."""
SHARES = (1.0, 100.0)
"""Axes of shares end at the whole, however small the shares are."""
LEVEL_PX, UNEVEN_PX = 2.0, 10.0
"""Ends of bars are on one line; or clearly are not."""


def fault_of_ticks(ticks: Sequence[float], values: Sequence[float]) -> str:
    """What is wrong with the numbers of an axis: too low to reach the values, or of others."""
    if not values or len(set(ticks)) < 2:
        return "unseen"
    high, low = max(ticks), min(ticks)
    step = (high - low) / max(len(set(ticks)) - 1, 1)
    top, bottom = max(values), min(values)
    if top > high + step or bottom < low - step:
        return "out of the axis"
    span = max(abs(top), abs(bottom))
    if span and not TICK_LOW <= max(abs(high), abs(low)) / span <= TICK_HIGH:
        return "axis lies"
    return ""


def is_flat(chart: Chart, box: Box, ticks: Sequence[tuple[float, Box]]) -> bool:
    """Whether an axis is so wide that its bars, or its lines above zero, fill little of it.

    Bars are measured as painted: stacks are as high as their sums. Lines do not start at zero,
    but what is as far above it as a bar would be is no flat line.

    Args:
      chart: with the marks that are seen.
      box: of the chart.
      ticks: number and place of each label on the axis.
    """
    numbers = [number for number, _ in ticks]
    values = [v for series in chart.series for v in series.values if v is not None]
    high, low = max(numbers), min(numbers)
    if not values or high == low or (high in SHARES and low >= 0):
        return False
    if chart.kind == "line":
        return max(*values, 0.0) - min(*values, 0.0) < FLAT_SCALE * (high - low)
    marks = union(mark.box for mark in chart.marks)
    if chart.kind not in ("column", "bar") or marks is None:
        return False
    axis = 1 if chart.kind == "column" else 0
    middles = [place[axis] + place[axis + 2] / 2 for _, place in ticks]
    on_scale = FLAT_SCALE * (max(middles) - min(middles))
    return marks[axis + 2] < min(on_scale, FLAT_CHART * box[axis + 2])


def hang_from_top(chart: Chart) -> bool:
    """Whether columns of positive values start above and grow downward."""
    ends: dict[int | None, tuple[float, float]] = {}
    for mark in chart.marks:
        top, bottom = ends.get(mark.point, (mark.box[1], mark.box[1]))
        ends[mark.point] = min(top, mark.box[1]), max(bottom, mark.box[1] + mark.box[3])
    values = [v for series in chart.series for v in series.values if v is not None]
    if chart.kind != "column" or None in ends or len(ends) < 2 or min(values) <= 0:
        return False
    tops, bottoms = zip(*ends.values(), strict=True)
    return max(tops) - min(tops) <= LEVEL_PX and max(bottoms) - min(bottoms) >= UNEVEN_PX
