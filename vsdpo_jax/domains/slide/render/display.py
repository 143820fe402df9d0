"""The fast renderer's display list, in pixels of the finished picture.

What it says of a slide: what is painted where, in which order, and every glyph of every line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vsdpo_jax.domains.slide.render.geometry import center, clamp, clamped, turned, upright
from vsdpo_jax.records import Box

Rgba = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph: its number in the font and its origin on the baseline, before rotation."""

    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class LineRun:
    """Letters of one line in one font.

    Attributes:
      text: as drawn (capitals applied).
      start, end: offsets in the story, in UTF-16 units; equal for what no text holds (bullets).
      family: that was registered.
      size: of the font, pixels.
      bold, italic: whether it is.
      color: as painted.
      x, width: before rotation.
      glyphs: in order.
    """

    text: str
    start: int
    end: int
    family: str
    size: float
    bold: bool
    italic: bool
    color: Rgba
    x: float
    width: float
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line before rotation: offsets in the story, baseline and runs."""

    start: int
    end: int
    baseline: float
    runs: tuple[LineRun, ...]


@dataclass(frozen=True, slots=True)
class TextBox:
    """The text of a frame or cell, or one of a chart.

    Attributes:
      box: of the frame, before rotation.
      turn: degrees about its middle.
      cell: of a table, (row, column); else None.
      aligns, levels: of its paragraphs.
      texts: of its paragraphs.
      lines: in order.
    """

    box: Box
    turn: float
    cell: tuple[int, int] | None
    aligns: tuple[str, ...]
    levels: tuple[int, ...]
    texts: tuple[str, ...]
    lines: tuple[Line, ...]

    def upright(self, box: Box) -> Box:
        """The upright box around a part of it as it lies on the slide."""
        return clamped(upright(box, self.turn, center(self.box)))


@dataclass(frozen=True, slots=True)
class Paint:
    """A fill.

    Attributes:
      kind: "solid", "gradient" or "picture".
      stops: its colours.
    """

    kind: str
    stops: tuple[Rgba, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A painted outline or picture.

    Attributes:
      box: of its frame, before rotation.
      turn: degrees about the middle; flips: left to right, top to bottom.
      geometry: preset's name, "custom" or "image".
      path: commands with coordinates as shares of the frame.
      fill, stroke: what paints it; None: nothing.
      stroke_px: width.
      opacity: of a picture.
    """

    box: Box
    turn: float
    flips: tuple[bool, bool]
    geometry: str
    path: tuple[Mapping[str, Any], ...]
    fill: Paint | None
    stroke: Rgba | None
    stroke_px: float
    opacity: float = 1.0

    @property
    def on_slide(self) -> Box:
        """The upright box around it."""
        return clamped(upright(self.box, self.turn))

    def polygons(self) -> list[list[tuple[float, float]]]:
        """Its outline as it lies on the slide; curves in ten steps."""
        found: list[list[tuple[float, float]]] = []
        for step in self.path:
            points = _flat(step, found[-1][-1] if found and found[-1] else (0.0, 0.0))
            if step["type"] == "move":
                found.append(points)
            elif points and found:
                found[-1] += points
        return [[self._placed(point) for point in polygon] for polygon in found]

    def _placed(self, point: tuple[float, float]) -> tuple[float, float]:
        across, down = point
        across = 1.0 - across if self.flips[0] else across
        down = 1.0 - down if self.flips[1] else down
        x, y, width, height = self.box
        return turned((x + across * width, y + down * height), center(self.box), self.turn)


def _flat(step: Mapping[str, Any], last: tuple[float, float]) -> list[tuple[float, float]]:
    """The points of one command of a path, the last one's end left out."""
    kind = step["type"]
    if kind in ("move", "line"):
        return [(step["x"], step["y"])]
    names = {"cubic": ("cp1x", "cp1y", "cp2x", "cp2y"), "quad": ("cpx", "cpy")}.get(kind)
    if names is None:
        return []
    given = [float(step[name]) for name in names] + [step["x"], step["y"]]
    points = [last, *zip(given[::2], given[1::2], strict=True)]
    return [_bezier(points, n / 10) for n in range(1, 11)]


def _bezier(points: Sequence[tuple[float, float]], share: float) -> tuple[float, float]:
    while len(points) > 1:
        points = [
            (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
            for a, b in itertools.pairwise(points)
        ]
    return points[0]


@dataclass(slots=True)
class Item:
    """What one shape of the slide paints.

    Attributes:
      place: indices in the shape tree, of its groups first.
      number: of the order of painting.
      kind: "shape", "image", "table", "chart" or another word of the renderer.
      box: of its frame, before rotation.
      areas: what is painted, texts left out, in order.
      texts: in order.
      stream: indices of areas (not negative) and texts (-1 - index) in the order of painting.
    """

    place: tuple[int, ...]
    number: int
    kind: str
    box: Box
    areas: list[Area]
    texts: list[TextBox]
    stream: list[int]


@dataclass(frozen=True, slots=True)
class Display:
    """A slide's display list.

    Attributes:
      items: of the slide's own shapes, in the order of painting.
      background: what lies behind everything.
    """

    items: tuple[Item, ...]
    background: Paint | None


def read(display: Mapping[str, Any], scale: float) -> Display:
    """Read a display list.

    Args:
      display: as betteroffice-pptx 0.2.1 gives it (contract version 2).
      scale: pixels of the picture for one of its.
    """
    items: dict[tuple[int, ...], Item] = {}
    for primitive in display["primitives"]:
        place = _place(primitive.get("shapeId", ""))
        if place is None:
            continue  # of the layout or master
        item = items.get(place)
        if item is None:
            kind, box = primitive["kind"], _box(primitive, scale)
            item = Item(place, len(items), kind, box, [], [], [])
            items[place] = item
        for part in _leaves(primitive):
            if part["kind"] == "textBox":
                item.texts.append(_text_box(part, scale))
                item.stream.append(-len(item.texts))
            else:
                item.areas.append(_area(part, scale))
                item.stream.append(len(item.areas) - 1)
    return Display(tuple(items.values()), _paint(display.get("background")))


def _leaves(primitive: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = primitive.get("primitives")
    if inner is None:
        yield primitive
        return
    for part in inner:
        yield from _leaves(part)


def _place(shape_id: str) -> tuple[int, ...] | None:
    """The indices of "slide:0:256:shape:8.1"; None: the shape is not the slide's own."""
    kind, _, rest = shape_id.partition(":")
    indices = rest.rpartition(":")[2].split(".")
    if kind != "slide" or not all(index.isdigit() for index in indices):
        return None
    return tuple(map(int, indices))


def _box(part: Mapping[str, Any], scale: float) -> Box:
    x, y, width, height = (clamp(float(part[name]) * scale) for name in ("x", "y", "w", "h"))
    return x, y, max(width, 0.0), max(height, 0.0)


def _turn(part: Mapping[str, Any]) -> float:
    return float(part.get("transform", {}).get("rotationDeg", 0.0)) % 360.0


def _area(part: Mapping[str, Any], scale: float) -> Area:
    stroke = part.get("stroke") or {}
    transform = part.get("transform", {})
    alphas = [e["amount"] for e in part.get("effects", ()) if e.get("kind") == "alpha"]
    is_image = part["kind"] == "image"
    return Area(
        box=_box(part, scale),
        turn=_turn(part),
        flips=(bool(transform.get("flipH")), bool(transform.get("flipV"))),
        geometry="image" if is_image else part.get("geometry", ""),
        path=_FRAME if is_image else tuple(part.get("path", ())),
        fill=Paint("picture", ()) if is_image else _paint(part.get("fill")),
        stroke=rgba(stroke["color"]) if stroke.get("color") else None,
        stroke_px=float(stroke.get("width", 0.0)) * scale,
        opacity=float(alphas[0]) if alphas else 1.0,
    )


_FRAME: tuple[Mapping[str, Any], ...] = (
    {"type": "move", "x": 0.0, "y": 0.0},
    {"type": "line", "x": 1.0, "y": 0.0},
    {"type": "line", "x": 1.0, "y": 1.0},
    {"type": "line", "x": 0.0, "y": 1.0},
    {"type": "close"},
)


def _paint(fill: Mapping[str, Any] | None) -> Paint | None:
    if not fill or fill.get("kind") in (None, "none"):
        return None
    if fill["kind"] == "solid":
        return Paint("solid", (rgba(fill["color"]),))
    stops = tuple(rgba(stop["color"]) for stop in fill.get("stops", ()))
    return Paint("gradient" if stops else "picture", stops)


def rgba(text: str) -> Rgba:
    """The colour of "#RRGGBB" or "#RRGGBBAA"; black where it is neither."""
    try:
        red, green, blue, *rest = bytes.fromhex(text.removeprefix("#"))
    except ValueError:
        return 0, 0, 0, 1.0
    return red, green, blue, rest[0] / 255 if rest else 1.0


def _text_box(part: Mapping[str, Any], scale: float) -> TextBox:
    paragraphs = part.get("paragraphs", ())
    story = part.get("storyId", "").split(":table:")
    row, _, column = story[1].partition(":") if len(story) == 2 else ("", "", "")
    return TextBox(
        box=_box(part, scale),
        turn=_turn(part),
        cell=(int(row), int(column)) if row else None,
        aligns=tuple(paragraph.get("align", "left") for paragraph in paragraphs),
        levels=tuple(int(paragraph.get("level", 0)) for paragraph in paragraphs),
        texts=tuple("".join(r["text"] for r in p.get("runs", ())) for p in paragraphs),
        lines=tuple(_line(line, scale) for line in part.get("lines", ())),
    )


def _line(line: Mapping[str, Any], scale: float) -> Line:
    runs = tuple(
        LineRun(
            text=run["text"],
            start=run["start"],
            end=run["end"],
            family=run.get("fontFamily", ""),
            size=float(run["fontSizePx"]) * scale,
            bold=bool(run.get("bold")),
            italic=bool(run.get("italic")),
            color=rgba(run.get("color", "")),
            x=clamp(run["x"] * scale),
            width=clamp(run["width"] * scale),
            glyphs=tuple(
                Glyph(
                    glyph["glyphId"],
                    clamp((glyph["x"] + glyph["xOffset"]) * scale),
                    clamp(glyph["yOffset"] * scale),
                )
                for glyph in run["glyphs"]
            ),
        )
        for run in line["runs"]
    )
    return Line(line["start"], line["end"], clamp(line["baseline"] * scale), runs)
