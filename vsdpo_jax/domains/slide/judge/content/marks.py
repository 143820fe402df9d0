"""Whether a person sees a mark for every value of a chart, and can tell whose each is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from vsdpo_jax.domains.boxes import area
from vsdpo_jax.domains.slide.deck.records import Chart, Mark
from vsdpo_jax.domains.words import normal

LEVELS = 20
"""Levels of 255 by which a mark's colour must differ from what is around it, and from others'."""
ROUND = ("pie", "doughnut")
STROKED = ("line", "scatter", "radar")
"""Kinds whose marks are thin: most of the box around one is what lies behind it."""
ONE_A_VALUE = ("column", "bar", "pie")
"""Kinds that paint a mark of its own for each value."""
LEAST = 0.01
"""Share of a chart's greatest value below which a mark may be too small to be seen."""
COVERED = 0.95
"""Share of a bar behind another one from which it shows nothing."""


def count_unseen(chart: Chart, bare: Sequence[Mark], number: int) -> int:
    """How many values of a series no mark shows. Where none are known, 0: pixels must tell.

    Marks whose series is not known may be anybody's.

    Args:
      chart: with the marks that are seen.
      bare: those of them that ``bare_marks`` leaves.
      number: of the series.
    """
    if not chart.marks:
        return 0
    values = chart.series[number].values
    greatest = max((abs(v) for s in chart.series for v in s.values if v is not None), default=0.0)
    wanted = {p for p, v in enumerate(values) if v is not None and abs(v) >= LEAST * greatest}
    marks = [m for m in bare if m.series == number]
    free = sum(mark.series is None for mark in chart.marks)
    if chart.kind in ONE_A_VALUE and all(mark.point is not None for mark in marks):
        return max(len(wanted - {mark.point for mark in marks}) - free, 0)
    if chart.kind in ONE_A_VALUE:
        return max(len(wanted) - len(marks) - free, 0)
    if chart.kind == "line":  # pieces between points, and markers on them if there are any
        lacking = max(len(wanted) - 1, 1) - len(marks) - free
        return len(wanted) if not marks and not free else max(lacking, 0)
    return len(wanted) if chart.kind == "area" and not marks and not free else 0


def bare_marks(chart: Chart) -> list[Mark]:
    """The marks without bars that stand wholly behind later ones."""
    if chart.kind not in ("column", "bar"):
        return list(chart.marks)
    boxes_N4 = np.array([mark.box for mark in chart.marks], float).reshape(-1, 4)
    low_N2, size_N2 = boxes_N4[:, :2], boxes_N4[:, 2:]
    high_N2, kept = low_N2 + size_N2, []
    for n, mark in enumerate(chart.marks):
        low_M2 = np.maximum(low_N2[n + 1 :], low_N2[n])
        shared_M2 = np.minimum(high_N2[n + 1 :], high_N2[n]) - low_M2
        over_M = np.maximum(shared_M2, 0.0).prod(axis=1)
        if over_M.max(initial=0.0) < COVERED * area(mark.box):
            kept.append(mark)
    return kept


def are_told_apart(chart: Chart, names: Sequence[str], labelled: Collection[str]) -> bool:
    """Whether a legend, or labels at the marks, say which series or slice is which.

    Args:
      chart: with the keys that are seen.
      names: normal texts; "" for a series without a name.
      labelled: those of them that stand on labels of data.
    """
    keys = {normal(key.text): key.color for key in chart.keys}
    patterns = {normal(series.name): series.pattern for series in chart.series}
    if not all(name in keys or name in labelled for name in names if name):
        return False
    if chart.kind in ROUND and all(name in labelled for name in names):
        return True
    told = [(keys[name], patterns.get(name, "")) for name in names if name in keys]
    return all(
        are_apart(color, other) or (chart.kind == "line" and pattern != another)
        for index, (color, pattern) in enumerate(told)
        for other, another in told[:index]
    )


def belied(chart: Chart, seen: Sequence[np.ndarray]) -> str:
    """A series, or slice, whose mark has the colour that the legend gives to another; "" for none.

    A bar that is set off in a colour of its own is nobody else's.

    Args:
      chart: with the marks and keys that are seen.
      seen: colour of each mark in the picture.
    """
    owners = {
        n: chart.categories[m.point] if chart.kind == "pie" else chart.series[m.series].name
        for n, m in enumerate(chart.marks)
        if m.series is not None and m.point is not None and m.point < len(chart.categories)
    }
    keys = {normal(key.text): key.color for key in chart.keys}
    told = {name: keys[normal(name)] for name in owners.values() if normal(name) in keys}
    if chart.kind not in ONE_A_VALUE or len(told) < 2:
        return ""
    for n, name in owners.items():
        colors = (chart.marks[n].color, seen[n])
        if name not in told or not all(are_apart(color, told[name]) for color in colors):
            continue
        if any(not are_apart(seen[n], key) for other, key in told.items() if other != name):
            return name
    return ""


def are_apart(color: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> bool:
    """Whether two colours, 0 to 255, differ as marks must."""
    return bool(np.abs(np.subtract(color, other)).max() >= LEVELS)
