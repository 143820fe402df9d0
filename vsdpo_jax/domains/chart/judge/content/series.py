"""The data series of a chart, read back from the painted geometry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.domains.chart.judge.content.scale import declared
from vsdpo_jax.domains.chart.judge.content.view import View, is_pale
from vsdpo_jax.domains.chart.judge.coordinates import fractions_of, is_readable
from vsdpo_jax.domains.chart.judge.geometry import Box, union
from vsdpo_jax.domains.chart.judge.parts import is_inked
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene

Family = str
"""One of asked.KINDS: "bar", "line" or "scatter"."""

MAX_SERIES = 100
"""Of more series the first are read; no reader tells more apart."""
MAX_MARKS = 4000
"""Of more data marks the first are read."""
MAX_PARTED, MAX_COLORS = 2000, 12
"""Points, and colours of points, of one mark that may be several series."""
_EDGE = 1e-4
"""Fractions of the axis this near to 0 or 1 lie on its ends."""
_STRAIGHT_PX = 0.5
LEAST_POINT_PX = 5.0
"""Width of a point, in a picture of 1,000 pixels, below which it is dust."""
LEAST_STROKE_PX = 0.2
"""Width of a line in pixels of the picture; thinner ones leave a fifth of their colour."""
FAT_STROKE_SHARE = 1 / 8
"""Of the axes' height: a wider line or outline does not say where its value is."""
FAT_POINT_SHARE = 1 / 5
"""Of the axes' smaller side."""
_BAR_CORNERS = 4
_STEP_PX = 0.1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shape:
    """A data mark as geometry, in pixels of the picture.

    Attributes:
      mark: the mark.
      family: what it is a part of.
      points_N2: float64[N, 2] where its values stand: vertices of a line, centres of points; of a
        bar its low corner (left, top) and its high one (right, bottom).
      is_readable: neither too thin, too fat nor too pale to show a value.
      picks_N: intp[N] which points of the mark these are; None: all of them.
      painted: uint8[3] the colour of these points, where the mark has points of several colours.
    """

    mark: Mark
    family: Family
    points_N2: np.ndarray
    is_readable: bool
    picks_N: np.ndarray | None = None
    painted: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Series:
    """One painted series, its points sorted along the category axis (left to right, upwards).

    Attributes:
      family: "bar", "line" or "scatter".
      axes: index into Scene.axes.
      shapes: what painted it.
      is_horizontal: categories run along y.
      places_N: float64[N] where each point stands along the category axis, in pixels.
      starts_N, ends_N: float64[N] where a bar starts and ends along the value axis, in pixels; the
        start of a point is not-a-number.
      sides_N: float64[N] half the width of a bar along the category axis, 0 of points.
      owners_N: intp[N] index into shapes.
      turns_N: intp[N] index into the points of that shape.
    """

    family: Family
    axes: int
    shapes: tuple[Shape, ...]
    is_horizontal: bool
    places_N: np.ndarray
    starts_N: np.ndarray
    ends_N: np.ndarray
    sides_N: np.ndarray
    owners_N: np.ndarray
    turns_N: np.ndarray

    @property
    def region(self) -> Box | None:
        """The visible box."""
        return union(s.mark.region for s in self.shapes if s.mark.region is not None)

    @property
    def value_axis(self) -> str:
        """ "x" or "y"."""
        return "x" if self.is_horizontal else "y"

    @property
    def category_axis(self) -> str:
        """ "x" or "y"."""
        return "y" if self.is_horizontal else "x"


def readings_of(view: View, shapes: Sequence[Shape]) -> Iterator[list[Series]]:
    """The ways to read the data marks as series.

    Lines are series by themselves. Bars and points come as one mark each or as one for all, so
    that only their labels, statements or colours tell what belongs together; each way is tried.
    Points of one mark may have several colours; they are parted last.
    """
    lines = [s for s in shapes if s.family == "line"]
    loose = [s for s in shapes if s.family != "line"]
    fixed = [_points(view.scene, [s]) for s in lines[:MAX_SERIES]]
    lying = _lying_axes(view.scene, loose)
    parted = [part for shape in loose for part in _parted(view.scene, shape)]
    seen = set()
    for key, grouped in (*((k, loose) for k in _KEYS), (_painted, parted)):
        groups: dict[Hashable, list[Shape]] = defaultdict(list)
        for shape in grouped:
            groups[(shape.mark.axes, shape.family, key(shape))].append(shape)
        partition = tuple(tuple(id(s) for s in group) for group in groups.values())
        if partition in seen:
            continue
        seen.add(partition)
        made = [
            _bars(view.scene, group, group[0].mark.axes in lying)
            if group[0].family == "bar"
            else _points(view.scene, group)
            for group in list(groups.values())[:MAX_SERIES]
        ]
        yield [s for s in fixed + made if len(s.ends_N)]


_KEYS: tuple[Callable[[Shape], Hashable], ...] = (
    lambda s: (s.mark.span, s.mark.label, s.mark.color_rgba),
    lambda s: (s.mark.span, s.mark.label),
    lambda s: (s.mark.label, s.mark.color_rgba),
    lambda s: s.mark.label,
    lambda s: s.mark.color_rgba,
    lambda s: s.mark.span,
    lambda s: s.mark.artist,
    lambda s: None,
)


def _painted(shape: Shape) -> Hashable:
    return shape.mark.color_rgba if shape.painted is None else tuple(shape.painted.tolist())


def _parted(scene: Scene, shape: Shape) -> list[Shape]:
    """Points of one mark by the colours that the picture has in their middles."""
    points = shape.points_N2
    if shape.family != "scatter" or not 1 < len(points) <= MAX_PARTED:
        return [shape]
    columns, rows = np.nan_to_num(points, nan=-1.0, posinf=-1.0, neginf=-1.0).astype(int).T
    inside = (columns >= 0) & (columns < scene.width_px) & (rows >= 0) & (rows < scene.height_px)
    picks = np.flatnonzero(inside)
    colors = scene.image_YXC[rows[picks], columns[picks]]
    found, turns = np.unique(colors, axis=0, return_inverse=True)
    if not 1 < len(found) <= MAX_COLORS:
        return [shape]
    return [
        replace(shape, points_N2=points[mine], picks_N=mine, painted=color)
        for number, color in enumerate(found)
        for mine in (picks[turns.reshape(-1) == number],)
    ]


def shapes_of(view: View) -> list[Shape]:
    """The marks that can show values: lines, points and bars on straight readable axes."""
    scene = view.scene
    marks = [
        m
        for m in view.data
        if m.points_px is not None and is_inked(m) and is_readable(scene.axes[m.axes])
    ][:MAX_MARKS]
    families = _families([m for m in marks if not is_pale(m)])
    shapes = []
    for mark in marks:
        family = families.get(mark.artist)
        if family is None or is_pale(mark) or (family == "line" and mark.kind != "path"):
            continue
        points = _corners(mark) if family == "bar" else np.asarray(mark.points_px, np.float64)
        if family == "line":
            points = _plateaus(points)
        is_empty = family == "bar" and len(points) and bool(np.ptp(points, axis=0).min() < 1.0)
        if len(points) and (mark.region is not None or is_empty):
            readable = _is_readable(view, mark, family)
            shapes.append(Shape(mark=mark, family=family, points_N2=points, is_readable=readable))
    return shapes


def _families(marks: Sequence[Mark]) -> dict[int, Family]:
    """Artist -> family: a line is a Line2D that joins points, alone its markers are a scatter."""
    families: dict[int, Family] = {}
    for mark in marks:
        if mark.artist_type == "Rectangle":
            families[mark.artist] = "bar"
        elif mark.artist_type == "PathCollection":
            families[mark.artist] = "scatter"
        elif mark.artist_type == "Line2D":
            joins = mark.kind == "path" or families.get(mark.artist) == "line"
            families[mark.artist] = "line" if joins else "scatter"
    return families


def _corners(mark: Mark) -> np.ndarray:
    """float64[2, 2] the low and the high corner of a bar; [0, 2] of one without a length."""
    points = np.asarray(mark.points_px, np.float64)
    if len(points) < _BAR_CORNERS or not np.isfinite(points).all():
        return np.zeros((0, 2))
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _plateaus(points_N2: np.ndarray) -> np.ndarray:
    """The middles of the steps of a line that runs in steps; other lines as they are."""
    moves = np.diff(points_N2, axis=0)
    if len(moves) < 3 or not len(moves) % 2 or not np.isfinite(moves).all():
        return points_N2
    level, steep = moves[::2], moves[1::2]
    straight = max(np.abs(level[:, 1]).max(), np.abs(steep[:, 0]).max()) < _STEP_PX
    if not straight or np.abs(steep[:, 1]).max() < _STEP_PX or np.ptp(np.sign(level[:, 0])) > 0:
        return points_N2
    return 0.5 * (points_N2[:-1:2] + points_N2[1::2])


def _is_readable(view: View, mark: Mark, family: Family) -> bool:
    """Whether a mark is neither dust nor so fat that nobody sees where its value is."""
    axes = view.scene.axes[mark.axes]
    width_px, height_px = axes.region[2:]
    stroke_px = _thickness(mark)
    if family == "scatter":
        return stroke_px * view.zoom >= LEAST_POINT_PX and stroke_px <= FAT_POINT_SHARE * min(
            width_px, height_px
        )
    if family == "line" and stroke_px < LEAST_STROKE_PX:
        return False
    return stroke_px <= FAT_STROKE_SHARE * height_px


def _thickness(mark: Mark) -> float:
    """Width of a line or an outline, diameter of a point: what the box adds to the vertices."""
    points = np.asarray(mark.points_px, np.float64)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return 0.0
    x, y, width, height = mark.full_region
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return 2.0 * max(0.0, float(min(x0 - x, y0 - y, x + width - x1, y + height - y1)))


def _points(scene: Scene, shapes: Sequence[Shape]) -> Series:
    """A series of points, those outside the axes left out: nobody sees them."""
    points = np.concatenate([s.points_N2 for s in shapes])
    owners = np.repeat(np.arange(len(shapes)), [len(s.points_N2) for s in shapes])
    turns = np.concatenate([np.arange(len(s.points_N2)) for s in shapes])
    finite = np.isfinite(points).all(axis=1)
    points, owners, turns = points[finite], owners[finite], turns[finite]
    order = np.argsort(points[:, 0], kind="stable")
    return Series(
        family=shapes[0].family,
        axes=shapes[0].mark.axes,
        shapes=tuple(shapes),
        is_horizontal=False,
        places_N=points[order, 0],
        starts_N=np.full(len(order), np.nan),
        ends_N=points[order, 1],
        sides_N=np.zeros(len(order)),
        owners_N=owners[order],
        turns_N=turns[order],
    )


def _bars(scene: Scene, shapes: Sequence[Shape], is_horizontal: bool) -> Series:
    """A series of bars; each runs from its edge near zero to the other one."""
    axes = scene.axes[shapes[0].mark.axes]
    corners_N22 = np.array([s.points_N2 for s in shapes])
    along, across = (1, 0) if is_horizontal else (0, 1)
    places = corners_N22[:, :, along].mean(axis=1)
    order = np.argsort(-places if is_horizontal else places, kind="stable")
    low, high = corners_N22[order, 0, across], corners_N22[order, 1, across]
    scale = declared(axes, "x" if is_horizontal else "y")
    assert scale is not None  # shapes_of keeps readable axes
    zero = float(scale.px(0.0))
    is_low = np.abs(low - zero) <= np.abs(high - zero)
    return Series(
        family="bar",
        axes=shapes[0].mark.axes,
        shapes=tuple(shapes),
        is_horizontal=is_horizontal,
        places_N=places[order],
        starts_N=np.where(is_low, low, high),
        ends_N=np.where(is_low, high, low),
        sides_N=0.5 * np.ptp(corners_N22[order, :, along], axis=1),
        owners_N=order,
        turns_N=np.zeros(len(order), np.intp),
    )


def _lying_axes(scene: Scene, shapes: Sequence[Shape]) -> set[int]:
    """The axes whose bars lie: their heights are alike and their lengths differ.

    Where both are alike (equal values), lying bars start at one x and stand at several y.
    """
    groups: dict[int, list[np.ndarray]] = defaultdict(list)
    for shape in shapes:
        if shape.family == "bar":
            groups[shape.mark.axes].append(shape.points_N2)
    lying = set()
    for index, corners in groups.items():
        fractions = fractions_of(np.array(corners).reshape(-1, 2), scene.axes[index])
        fractions = fractions.reshape(-1, 2, 2)
        columns = np.concatenate([fractions.min(axis=1), np.ptp(fractions, axis=1)], axis=1)
        left, bottom, width, height = (len(set(np.round(c, 4))) for c in columns.T)
        if (height < width) if width != height else (left < bottom):
            lying.add(index)
    return lying


def is_guide(series: Series, axes: AxesInfo, values: int) -> bool:
    """Whether lines or bands guide the eye and are no data.

    Those from edge to edge (axhline, axvspan) are, and straight lines that do not join as many
    points as there are ``values``: trends, drop lines, brackets.
    """
    for shape in series.shapes:
        points = fractions_of(shape.points_N2, axes)
        points = points[np.isfinite(points).all(axis=1)]
        low, high = points.min(axis=0), points.max(axis=0)
        spanning = (np.abs(low) < _EDGE) & (np.abs(high - 1) < _EDGE)
        straight = high - low < _EDGE
        if series.family == "line":
            if spanning.any() and straight.any():
                continue
            if len(points) != values and _is_straight(shape.points_N2):
                continue
            return False
        if not spanning.any():
            return False
    return series.family != "scatter"


def _is_straight(points_N2: np.ndarray) -> bool:
    points = points_N2[np.isfinite(points_N2).all(axis=1)]
    way = points[-1] - points[0]
    length = float(np.hypot(*way))
    if len(points) <= 2 or length == 0:
        return True
    off = (points - points[0]) @ np.array([-way[1], way[0]]) / length
    return bool(np.abs(off).max() <= _STRAIGHT_PX)
