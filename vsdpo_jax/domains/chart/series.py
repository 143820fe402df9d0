"""The data series of a chart, read back from the painted geometry."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.coordinates import fractions_of, is_readable, to_fraction, to_value
from vsdpo_jax.domains.chart.geometry import Box, center, union
from vsdpo_jax.domains.chart.parts import Legend, data_marks, is_inked, legends
from vsdpo_jax.domains.chart.scene import AxesInfo, Mark, Scene

Family = str
"""One of FAMILIES."""
FAMILIES = ("bar", "line", "scatter")

VALUE_TOLERANCE = 0.01
"""Share of the axis: a painted value this near is the asked one. A reader cannot do better, and
the grid of asked values is coarser."""
MAX_SERIES = 100
"""Of more series the first are read; no reader tells more apart."""
SAME_COLOR = 0.02
"""Largest difference of a channel: legend handles repeat a colour up to rounding."""
_EDGE = 1e-4
"""Fractions of the axis this near to 0 or 1 lie on its ends."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Series:
    """One painted series, its points sorted along the category axis.

    Attributes:
      family: "bar", "line" or "scatter".
      axes: index into Scene.axes.
      marks: what painted it.
      names: what the reader may call it: the label and what the legend says of its colour.
      is_horizontal: categories run along y.
      starts_N, ends_N: float64[N] data values; a bar runs from start to end, a point has start 0.
    """

    family: Family
    axes: int
    marks: tuple[Mark, ...]
    names: frozenset[str]
    is_horizontal: bool
    starts_N: np.ndarray
    ends_N: np.ndarray

    @property
    def region(self) -> Box | None:
        """The visible box."""
        return union(m.region for m in self.marks if m.region is not None)


def readings_of(scene: Scene) -> Iterator[list[Series]]:
    """The ways to read the data marks as series.

    Lines are series by themselves. Bars and points come as one mark each or as one for all, so
    that only their labels, statements or colours tell what belongs together; each way is tried.
    """
    marks = [
        m
        for m in data_marks(scene)
        if m.axes >= 0 and is_readable(scene.axes[m.axes]) and m.points_px is not None
        if is_inked(m) and scene.axes[m.axes].is_visible
    ]
    named = _names_by_color(scene)
    families: dict[int, Family | None] = _families(marks)
    lines = [m for m in marks if families[m.artist] == "line" and m.kind == "path"]
    loose = [m for m in marks if families[m.artist] in ("bar", "scatter")]
    fixed = [_points(scene, "line", [m], named) for m in lines[:MAX_SERIES]]
    lying = {
        index: _is_horizontal(scene, index)
        for index in {m.axes for m in loose if families[m.artist] == "bar"}
    }
    seen = set()
    for key in _KEYS:
        groups: dict[Hashable, list[Mark]] = defaultdict(list)
        for mark in loose:
            groups[(mark.axes, families[mark.artist], key(mark))].append(mark)
        partition = tuple(tuple(id(m) for m in group) for group in groups.values())
        if partition in seen:
            continue
        seen.add(partition)
        made = [
            _bars(scene, group, named, lying[group[0].axes])
            if families[group[0].artist] == "bar"
            else _points(scene, "scatter", group, named)
            for group in list(groups.values())[:MAX_SERIES]
        ]
        yield [s for s in fixed + made if len(s.ends_N) and s.region is not None]


_KEYS: tuple[Callable[[Mark], Hashable], ...] = (
    lambda m: (m.span, m.label, m.color_rgba),
    lambda m: (m.span, m.label),
    lambda m: (m.label, m.color_rgba),
    lambda m: m.label,
    lambda m: m.color_rgba,
    lambda m: m.span,
    lambda m: m.artist,
    lambda m: None,
)


def _families(marks: Sequence[Mark]) -> dict[int, Family | None]:
    """Artist -> family: a line is a Line2D that joins points, alone its markers are a scatter."""
    families: dict[int, Family | None] = {}
    for mark in marks:
        if mark.artist_type == "Rectangle":
            families[mark.artist] = "bar"
        elif mark.artist_type == "PathCollection":
            families[mark.artist] = "scatter"
        elif mark.artist_type == "Line2D":
            joins = mark.kind == "path" or families.get(mark.artist) == "line"
            families[mark.artist] = "line" if joins else "scatter"
        else:
            families.setdefault(mark.artist, None)
    return families


def _points(
    scene: Scene, family: Family, marks: Sequence[Mark], named: Sequence[tuple[np.ndarray, str]]
) -> Series:
    axes = scene.axes[marks[0].axes]
    points = np.concatenate([fractions_of(_vertices(m), axes) for m in marks])
    points = points[np.isfinite(points).all(axis=1)]
    points = points[np.argsort(points[:, 0], kind="stable")]
    values = to_value(points[:, 1], axes.y_limits, axes.y_scale)
    return Series(
        family=family,
        axes=marks[0].axes,
        marks=tuple(marks),
        names=_names(marks, named),
        is_horizontal=False,
        starts_N=np.zeros(len(values)),
        ends_N=values,
    )


def _bars(
    scene: Scene,
    marks: Sequence[Mark],
    named: Sequence[tuple[np.ndarray, str]],
    is_horizontal: bool,
) -> Series:
    axes = scene.axes[marks[0].axes]
    corners = [fractions_of(_vertices(m), axes) for m in marks]
    corners = [c for c in corners if len(c) and np.isfinite(c).all()]
    low_N2 = np.array([c.min(axis=0) for c in corners]).reshape(-1, 2)
    high_N2 = np.array([c.max(axis=0) for c in corners]).reshape(-1, 2)
    along, across = (1, 0) if is_horizontal else (0, 1)
    order = np.argsort(low_N2[:, along] + high_N2[:, along], kind="stable")
    limits, scale = value_axis(axes, is_horizontal)
    ends = np.stack(
        [
            to_value(low_N2[order, across], limits, scale),
            to_value(high_N2[order, across], limits, scale),
        ]
    )
    first, second = ends.min(axis=0), ends.max(axis=0)
    small = VALUE_TOLERANCE * abs(limits[1] - limits[0])
    hangs = (second <= small) & (first < -small)  # below the zero line, start and end change places
    starts, stops = np.where(hangs, second, first), np.where(hangs, first, second)
    return Series(
        family="bar",
        axes=marks[0].axes,
        marks=tuple(marks),
        names=_names(marks, named),
        is_horizontal=is_horizontal,
        starts_N=starts,
        ends_N=stops,
    )


def value_axis(axes: AxesInfo, is_horizontal: bool) -> tuple[tuple[float, float], str]:
    """Limits and scale of the axis that carries the values."""
    if is_horizontal:
        return axes.x_limits, axes.x_scale
    return axes.y_limits, axes.y_scale


def _is_horizontal(scene: Scene, index: int) -> bool:
    """Whether the bars of an axes lie: their heights are alike and their lengths differ.

    Where both are alike (equal values), lying bars start at one x and stand at several y.
    """
    boxes = [
        (*fractions_of(_vertices(m), scene.axes[index]).min(axis=0), *_spans(scene, m))
        for m in data_marks(scene)
        if m.axes == index and m.artist_type == "Rectangle" and m.points_px is not None
    ]
    left, bottom, width, height = (len(set(np.round(c, 4))) for c in np.array(boxes).T)
    if width != height:
        return height < width
    return left < bottom


def _spans(scene: Scene, mark: Mark) -> np.ndarray:
    return np.ptp(fractions_of(_vertices(mark), scene.axes[mark.axes]), axis=0)


def _vertices(mark: Mark) -> np.ndarray:
    assert mark.points_px is not None  # readings_of filters
    return mark.points_px


def hits(series: Series, values: Sequence[float], axes: AxesInfo) -> np.ndarray:
    """bool[n], n the shorter length: whether value i is painted within VALUE_TOLERANCE."""
    count = min(len(values), len(series.ends_N))
    limits, scale = value_axis(axes, series.is_horizontal)
    asked = series.starts_N[:count] + np.asarray(values[:count], dtype=np.float64)
    with np.errstate(invalid="ignore"):  # -inf - -inf: both below what a log axis can show
        off = np.abs(
            to_fraction(series.ends_N[:count], limits, scale) - to_fraction(asked, limits, scale)
        )
    return off <= VALUE_TOLERANCE


def matched(series: Series, values: Sequence[float], axes: AxesInfo) -> int:
    """How many values, in order, the series paints as asked."""
    return int(np.count_nonzero(hits(series, values, axes)))


def spell_painted(series: Series, index: int, axes: AxesInfo) -> str:
    """A painted value with the digits that a reader can tell apart, "40" rather than "39.97"."""
    limits, _ = value_axis(axes, series.is_horizontal)
    step = VALUE_TOLERANCE * abs(limits[1] - limits[0])
    value = float(series.ends_N[index] - series.starts_N[index])
    if not (math.isfinite(value) and step > 0):
        return "nothing"
    return f"{round(value, max(0, -math.floor(math.log10(step)))):.6g}"


def is_reference(series: Series, axes: AxesInfo) -> bool:
    """Lines and bands from edge to edge (axhline, axvspan) guide the eye and are no data."""
    for mark in series.marks:
        points = fractions_of(_vertices(mark), axes)
        low, high = points.min(axis=0), points.max(axis=0)
        spanning = (np.abs(low) < _EDGE) & (np.abs(high - 1) < _EDGE)
        straight = high - low < _EDGE
        if series.family == "line" and not (spanning.any() and straight.any()):
            return False
        if not spanning.any():
            return False
    return series.family != "scatter"


def _names(marks: Sequence[Mark], named: Sequence[tuple[np.ndarray, str]]) -> frozenset[str]:
    """The labels, or, without any, what the legend says of the colour."""
    labels = {" ".join(m.label.split()) for m in marks if m.label and not m.label.startswith("_")}
    if labels:
        return frozenset(labels)
    colors = [np.asarray(m.color_rgba[:3]) for m in marks]
    return frozenset(
        name for rgb, name in named if all(np.abs(rgb - c).max() <= SAME_COLOR for c in colors)
    )


def _names_by_color(scene: Scene) -> list[tuple[np.ndarray, str]]:
    """(rgb, text) of every legend entry."""
    return [
        (np.asarray(handle.color_rgba[:3]), " ".join(text.text.split()))
        for legend in legends(scene)
        for handle, text in _entries(legend)
    ]


def _entries(legend: Legend) -> list[tuple[Mark, Mark]]:
    """Each handle with the text of its row that is nearest to its right."""
    texts = [m for m in legend.marks if m.role == "legend_text" and m.region is not None]
    entries = []
    for handle in legend.marks:
        if handle.role != "legend_handle" or handle.region is None:
            continue
        x, y = center(handle.region)
        row = [
            (t.region[0] - x, t)
            for t in texts
            if t.region is not None
            and t.region[0] > x
            and abs(center(t.region)[1] - y) < max(t.region[3], handle.region[3])
        ]
        if row:
            entries.append((handle, min(row, key=lambda item: item[0])[1]))
    return entries
