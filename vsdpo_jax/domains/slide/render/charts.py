"""Charts: what the file plots, and which text and which mark of the display list is what."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.slide.deck.records import Chart, Key, Mark, Series, TextSource
from vsdpo_jax.domains.slide.render.display import Area, Item, Rgba, TextBox
from vsdpo_jax.domains.slide.render.geometry import around, clamped, union
from vsdpo_jax.domains.slide.render.source import Element, local, path, tag, whole
from vsdpo_jax.records import Box

_KINDS = {
    "lineChart": "line", "line3DChart": "line", "pieChart": "pie", "pie3DChart": "pie",
    "ofPieChart": "pie", "doughnutChart": "doughnut", "areaChart": "area", "area3DChart": "area",
    "scatterChart": "scatter", "bubbleChart": "bubble", "radarChart": "radar",
}  # fmt: skip
_BARS = ("barChart", "bar3DChart")
_ROUND = ("pie", "doughnut")
_FILLED = ("column", "bar", "pie")
"""Kinds that paint one mark a value."""
_KEY = 0.53
"""Side of a legend's key in heights of its font, as the fast renderer draws it."""
_WEB = ((217, 217, 217, 1.0), (102, 102, 102, 1.0))
"""Colours of the web behind a radar chart, as the fast renderer draws it."""
_MOST_POINTS = 10_000


def read_chart(root: Element) -> Chart:
    """What a chart part plots, from the values that stand in it."""
    plots = [e for e in root.iter() if local(e) in _KINDS or local(e) in _BARS]
    kind = _kind(plots[0]) if plots else "other"
    series, categories = [], ()
    for element in (s for plot in plots for s in plot.findall(tag("c:ser"))):
        values = _points(path(element, "c:val"))
        values = _points(path(element, "c:yVal")) if values is None else values
        labels = _points(path(element, "c:cat"))
        labels = _points(path(element, "c:xVal")) if labels is None else labels
        categories = categories or tuple(text or "" for text in labels or ())
        name = _points(path(element, "c:tx")) or []
        numbers = tuple(map(_number, values or ()))
        title = " ".join(n for n in name if n)
        series.append(Series(name=title, values=numbers, pattern=_pattern(element)))
    if kind == "scatter":
        categories = ()
    return Chart(kind=kind, categories=categories, series=tuple(series))


def _kind(plot: Element) -> str:
    if local(plot) not in _BARS:
        return _KINDS[local(plot)]
    direction = path(plot, "c:barDir")
    is_bar = direction is not None and direction.get("val") == "bar"
    return "bar" if is_bar else "column"


def _pattern(series: Element) -> str:
    dash = path(series, "c:spPr", "a:ln", "a:prstDash")
    symbol = path(series, "c:marker", "c:symbol")
    return " ".join(e.get("val", "") for e in (dash, symbol) if e is not None)


def _points(element: Element | None) -> list[str | None] | None:
    """The texts of a cache in order; of levels of categories the innermost."""
    if element is None:
        return None
    for cache in element.iter():
        if local(cache) not in ("strCache", "numCache", "strLit", "numLit", "lvl"):
            continue
        points = {whole(p, "idx", -1): p for p in cache.findall(tag("c:pt"))}
        count = path(cache, "c:ptCount")
        length = whole(count, "val") if count is not None else max(points, default=-1) + 1
        found: list[str | None] = [None] * min(max(length, 0), _MOST_POINTS)
        for index, point in points.items():
            value = path(point, "c:v")
            if 0 <= index < len(found) and value is not None:
                found[index] = value.text or ""
        return found
    literal = path(element, "c:v")
    return [literal.text or ""] if literal is not None else []


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def sources(root: Element, chart: Chart, item: Item) -> list[TextSource]:
    """What each text of a chart's display list is, in order."""
    title, *axes = _titles(root)
    names = [series.name for series in chart.series]
    found: list[TextSource] = []
    is_titled, are_marks = False, False
    categories = list(chart.categories)
    before: Area | None = None
    for entry in item.stream:
        if entry >= 0:
            before = item.areas[entry]
            are_marks = are_marks or _is_mark(before, item, chart)
            continue
        box = item.texts[-1 - entry]
        text, size = "".join(box.texts).strip(), _size(box)
        if before is not None and _is_key(before, size) and (text in names or text in categories):
            source = "key"
        elif not is_titled and not found and title is not None and text == (title or text):
            source, is_titled = "chart_title", True
        elif text in axes:
            source = "axis_title"
            axes.remove(text)
        elif text in categories and (not are_marks or chart.kind not in _ROUND):
            source = "category"
            categories.remove(text)
        else:
            source = "data_label" if are_marks else "value"
        found.append(source)
        before = None
    return found


def _titles(root: Element) -> list[str | None]:
    """Texts of the chart's title and then of its axes'; the first is None without one.

    An automatic title has no text of its own: "".
    """
    chart = path(root, "c:chart")
    title = path(chart, "c:title")
    axes = [e for e in root.iter() if local(e) in ("catAx", "valAx", "dateAx", "serAx")]
    named = [text for e in axes if (text := _rich(path(e, "c:title")))]
    return [None if title is None else _rich(title), *named]


def _rich(title: Element | None) -> str:
    return "" if title is None else "".join(t.text or "" for t in title.iter(tag("a:t"))).strip()


def _size(box: TextBox) -> float:
    return max((run.size for line in box.lines for run in line.runs), default=0.0)


def _is_key(area: Area, size: float) -> bool:
    """Whether an area is the square beside a name in a legend."""
    _, _, width, height = area.box
    return area.fill is not None and abs(width - height) < 0.5 and abs(width - _KEY * size) < 1.0


def _is_grid(area: Area) -> bool:
    """Lines of a grid, an axis or its ticks go straight across or down."""
    return area.geometry == "line" and area.fill is None and min(area.box[2:]) < 0.01


def _is_mark(area: Area, item: Item, chart: Chart) -> bool:
    """Whether an area shows values: a bar, a slice, a point, a piece of a line."""
    if area.fill is None and area.stroke is None:
        return False
    is_whole = area.box[2] >= 0.95 * item.box[2] and area.box[3] >= 0.95 * item.box[3]
    if is_whole and chart.kind not in _ROUND:
        return False  # the ground of the chart
    if area.geometry != "line":
        return area.fill is not None or chart.kind not in _ROUND
    if chart.kind == "radar" and area.stroke in _WEB:
        return False
    return area.stroke is not None and not _is_grid(area)


@dataclass(frozen=True, slots=True)
class Plotted:
    """What a display list paints of a chart's values.

    Attributes:
      marks, keys: in the order of painting, seen or not.
      mark_areas, key_areas: for each the index of its area in ``Item.areas``.
    """

    marks: tuple[Mark, ...] = ()
    keys: tuple[Key, ...] = ()
    mark_areas: tuple[int, ...] = ()
    key_areas: tuple[int, ...] = ()


def plotted(chart: Chart, item: Item) -> Plotted:
    """The marks of a chart and the keys of its legend."""
    named = _keys(item)
    numbers = [n for n, a in enumerate(item.areas) if n not in named and _is_mark(a, item, chart)]
    if chart.kind == "line":
        numbers += _flat_pieces(item, numbers, set(named))
    areas = [item.areas[number] for number in numbers]
    keys = [Key(text, _rgb(item.areas[number])) for number, text in named.items()]
    owners = _owners(chart, areas, keys)
    marks = [
        Mark(_extent(area), *owner, _rgb(area)) for area, owner in zip(areas, owners, strict=True)
    ]
    return Plotted(tuple(marks), tuple(keys), tuple(numbers), tuple(named))


def _keys(item: Item) -> dict[int, str]:
    """The name beside each area that is a key of a legend, by the index of the area."""
    found = {}
    for first, second in itertools.pairwise(item.stream):
        if first >= 0 and second < 0:
            box = item.texts[-1 - second]
            if _is_key(item.areas[first], _size(box)):
                found[first] = "".join(box.texts).strip()
    return found


def _flat_pieces(item: Item, marks: Sequence[int], keys: set[int]) -> list[int]:
    """Pieces of a line that go straight across: in a mark's colour, or drawn after all labels."""
    colors = {_color(item.areas[number]) for number in marks}
    keyed = {second for first, second in itertools.pairwise(item.stream) if first in keys}
    labels = [n for n, entry in enumerate(item.stream) if entry < 0 and entry not in keyed]
    late = set(item.stream[labels[-1] + 1 :]) if labels else set()
    return [
        number
        for number, area in enumerate(item.areas)
        if _is_grid(area) and area.box[2] > 0 and (area.stroke in colors or number in late)
    ]


def _color(area: Area) -> Rgba | None:
    """By which a mark is known: of its inside, else of its edge."""
    return area.fill.stops[0] if area.fill is not None and area.fill.stops else area.stroke


def _rgb(area: Area) -> tuple[int, int, int]:
    red, green, blue, _ = _color(area) or (0, 0, 0, 0.0)
    return red, green, blue


def _extent(area: Area) -> Box:
    """The box around what is painted: slices of a pie have the whole pie's frame."""
    half = area.stroke_px / 2 if area.stroke is not None else 0.0
    x, y, width, height = union([around(p) for p in area.polygons() if p]) or area.on_slide
    return clamped((x - half, y - half, width + 2 * half, height + 2 * half))


def _owners(
    chart: Chart, areas: Sequence[Area], keys: Sequence[Key]
) -> list[tuple[int | None, int | None]]:
    """(series, point) of each mark, by order where all are there, else the series by its colour."""
    drawn = [
        (number, point)
        for point in range(max((len(s.values) for s in chart.series), default=0))
        for number, series in enumerate(chart.series)
        if point < len(series.values) and series.values[point] is not None
    ]
    if chart.kind in _FILLED and len(areas) == len(drawn):
        return list(drawn)
    if len(chart.series) == 1 or chart.kind in _ROUND:
        return [(0 if chart.series else None, None)] * len(areas)
    colors = _colors_of_series(chart, areas, keys)
    return [(colors.get(_rgb(area)), None) for area in areas]


def _colors_of_series(
    chart: Chart, areas: Sequence[Area], keys: Sequence[Key]
) -> dict[tuple[int, int, int], int]:
    """Whose each colour is: as the legend says, else in the order of painting."""
    named = {key.text: key.color for key in keys}
    told = [named.get(series.name.strip()) for series in chart.series]
    if None not in told and len(set(told)) == len(told):
        return {color: number for number, color in enumerate(told) if color is not None}
    order = list(dict.fromkeys(_rgb(area) for area in areas))
    return {color: n for n, color in enumerate(order)} if len(order) == len(told) else {}
