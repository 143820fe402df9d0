"""Whether the labels of a chart's data stand at the points that they tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vsdpo_jax.domains.boxes import union
from vsdpo_jax.domains.slide.deck.records import Chart, Mark, Text
from vsdpo_jax.domains.slide.judge.content.marks import ROUND, are_apart
from vsdpo_jax.domains.slide.judge.content.numerals import numbers_of, says
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

Point = tuple[int, int]
"""(series, point), both from 0."""
BESIDE, FAR = 0.25, 0.6
"""Widths of a bar: from the nearest bar to others that a label may mean as well, and from a label
to the nearest one. Where along its bar a label stands tells nothing: renderers differ."""
EDGE_PX, EDGES = 3.0, 0.8
"""How far beside an end of a bar its edge is looked for, and the share of edges, or of pieces of
lines, that must be where the marks say: the office suite may place them otherwise."""
OFF_PX = 6.0
"""How far a piece of a line may lie from where its values put it."""
SMEARED = 64
"""Levels of 255 by which the middle of a thin line may differ from its colour."""
RIM = 0.8
"""Share of a pie's radius at which its slices are looked up."""


def fault_of_labels(
    chart: Chart,
    labels: Sequence[Text],
    box_of: Callable[[Text], Box],
    color_of: Callable[[Box], np.ndarray],
    *,
    are_all: bool,
) -> str:
    """The first label that tells another point than the one it stands at; "" for none.

    Judged are labels whose points are certain: of bars, pies and lines of which a mark is known
    for every value.

    Args:
      chart: with the marks that are seen.
      labels: of data, that can be read.
      box_of: where one stands.
      color_of: of what is painted in the middle of a box.
      are_all: whether there is one for each value. Else one may say what is no value ("+25 %").
    """
    at = _finder(chart, color_of) if labels else None
    if at is None:
        return ""
    values = {
        (number, point): value
        for number, series in enumerate(chart.series)
        for point, value in enumerate(series.values)
        if value is not None
    }
    shown = {(mark.series, mark.point) for mark in chart.marks}
    unseen = {p for p in values if p not in shown} if chart.kind != "line" else set()
    plain = {normal(name) for name in (*chart.categories, *(row.name for row in chart.series))}
    for text in labels:
        numbers = numbers_of(text.text)
        if not numbers or normal(text.text) in plain:  # may be a legend's
            continue
        near = at(box_of(text)) | unseen
        if near == unseen:
            continue
        told = any(_tells(chart, numbers, point) for point in near)
        is_value = are_all or any(_tells(chart, numbers, point) for point in values)
        if is_value and not told:
            return f"label {quoted(text.text)} stands at another value"
        named = _named(chart, text.text)
        if named and not named & near:
            return f"label {quoted(text.text)} stands at what has another name"
    return ""


def says_name(words: str, wanted: str) -> bool:
    """Whether a label says a name, alone or before a number; both normal."""
    return (
        wanted == words
        or any(
            part.strip() == wanted for sign in (";", ",", "\n", ":") for part in words.split(sign)
        )
        or words.startswith(wanted + " ")
    )


def says_value(
    numbers: Sequence[float], value: float, row: Sequence[float | None], kind: str
) -> bool:
    """Whether one of some numbers is a value, or its share of a pie in percent.

    Args:
      numbers: of a label.
      value: of a point.
      row: all values of its series.
      kind: of the chart.
    """
    total = sum(v for v in row if v is not None)
    shares = [100 * value / total] if kind in ROUND and total else []
    return any(says(number, v) for number in numbers for v in (value, *shares))


def _tells(chart: Chart, numbers: Sequence[float], point: Point) -> bool:
    row = chart.series[point[0]].values
    return says_value(numbers, row[point[1]] or 0.0, row, chart.kind)


def _named(chart: Chart, words: str) -> set[Point]:
    """The points of the categories that a label names."""
    said = normal(words)
    names = {p for p, name in enumerate(chart.categories) if says_name(said, normal(name))}
    return {(number, p) for number in range(len(chart.series)) for p in names}


def _finder(
    chart: Chart, color_of: Callable[[Box], np.ndarray]
) -> Callable[[Box], set[Point]] | None:
    """What tells the points that a label at a place may mean; None where that is not certain."""
    if chart.kind == "line":
        places = _points_of_lines(chart, color_of)
        return None if not places else lambda box: _near_points(places, box)
    if not chart.marks or any(m.series is None or m.point is None for m in chart.marks):
        return None
    if chart.kind in ("column", "bar"):
        axis = 0 if chart.kind == "column" else 1
        if not _end_where_seen(chart.marks, 1 - axis, color_of):
            return None
        return lambda box: _bars_at(chart.marks, box, axis)
    if chart.kind == "pie":
        return lambda box: _slices_at(chart, box)
    return None


def _end_where_seen(
    marks: Sequence[Mark], axis: int, color_of: Callable[[Box], np.ndarray]
) -> bool:
    """Whether bars end where the picture has edges."""
    edges = []
    for box in (m.box for m in marks if m.box[axis + 2] >= 4 * EDGE_PX):
        for at in (box[axis], box[axis] + box[axis + 2]):
            sides = [list(box), list(box)]
            for side, start in zip(sides, (at - 2 * EDGE_PX, at + EDGE_PX), strict=True):
                side[axis], side[axis + 2] = start, EDGE_PX
            edges.append(are_apart(*(color_of((x, y, w, h)) for x, y, w, h in sides)))
    return sum(edges) >= EDGES * len(edges)


def _bars_at(marks: Sequence[Mark], box: Box, axis: int) -> set[Point]:
    middle = box[axis] + box[axis + 2] / 2
    gaps = [abs(m.box[axis] + m.box[axis + 2] / 2 - middle) / m.box[axis + 2] for m in marks]
    least = min(gaps)
    if least > FAR:
        return set()
    return {_point(m) for m, gap in zip(marks, gaps, strict=True) if gap <= least + BESIDE}


def _slices_at(chart: Chart, box: Box) -> set[Point]:
    """The slices that a ray from the pie's middle to a label meets, by their boxes and angles."""
    x, y, width, height = union(mark.box for mark in chart.marks) or box
    middle = np.array([x + width / 2, y + height / 2])
    ray = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2]) - middle
    length = float(np.hypot(*ray))
    if length < 0.1 * width:
        return set()
    on_rim = middle + ray / length * RIM * min(width, height) / 2
    return {
        _point(m)
        for m in chart.marks
        if all(m.box[k] <= on_rim[k] <= m.box[k] + m.box[k + 2] for k in (0, 1))
    }


def _point(mark: Mark) -> Point:
    assert mark.series is not None
    assert mark.point is not None
    return mark.series, mark.point


def _points_of_lines(
    chart: Chart, color_of: Callable[[Box], np.ndarray]
) -> dict[Point, tuple[float, float]]:
    """Where the points of lines lie by their values; empty where the pieces lie otherwise."""
    rows = [series.values for series in chart.series]
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 2 or not chart.marks:
        return {}
    values_SP = np.array([[math.nan if v is None else v for v in row] for row in rows])
    high, low = values_SP.max(), values_SP.min()
    if not high > low:  # or one is missing
        return {}
    count = values_SP.shape[1] - 1
    long = 0.5 * max(mark.box[2] for mark in chart.marks)
    pieces = [mark for mark in chart.marks if mark.box[2] >= long]
    pieces_N4 = np.array([mark.box for mark in pieces], float)
    start_N2, end_N2 = pieces_N4[:, :2], pieces_N4[:, :2] + pieces_N4[:, 2:]
    (left, top), (right, bottom) = start_N2.min(axis=0), end_N2.max(axis=0)
    x_P = left + np.arange(count + 1) * (right - left) / count
    y_SP = bottom - (values_SP - low) / (high - low) * (bottom - top)
    edges_N4, seen = np.concatenate([start_N2, end_N2], axis=1), 0
    for y_P in y_SP:
        for p in range(count):
            ends = sorted((y_P[p], y_P[p + 1]))
            off_N = np.abs(edges_N4 - [x_P[p], ends[0], x_P[p + 1], ends[1]]).max(axis=1)
            if off_N.min() > OFF_PX:
                return {}
            middle = (x_P[p] + x_P[p + 1]) / 2, (y_P[p] + y_P[p + 1]) / 2
            mark = pieces[int(off_N.argmin())]
            found_3 = color_of((middle[0] - 1, middle[1] - 1, 2, 2))
            seen += bool(np.abs(found_3 - mark.color).max() <= SMEARED)
    if seen < EDGES * y_SP[:, 1:].size:
        return {}
    return {
        (s, p): (float(x_P[p]), float(y)) for s, y_P in enumerate(y_SP) for p, y in enumerate(y_P)
    }


def _near_points(places: Mapping[Point, tuple[float, float]], box: Box) -> set[Point]:
    """The points beside a label, and those that are hardly farther."""
    columns = sorted({x for x, _ in places.values()})
    pitch = (columns[-1] - columns[0]) / (len(columns) - 1)
    aside = {p: abs(box[0] + box[2] / 2 - x) for p, (x, _) in places.items()}
    if min(aside.values()) > 0.5 * pitch:
        return set()
    near = [p for p, gap in aside.items() if gap <= min(aside.values()) + 0.3 * pitch]
    away = {p: max(box[1] - places[p][1], places[p][1] - box[1] - box[3], 0.0) for p in near}
    return {p for p, gap in away.items() if gap <= min(away.values()) + box[3]}
