"""The deck as a person sees it: slides, shapes, texts with what is left of them, and pictures.

Everything is in pixels of a slide's picture, which is 1280 wide: ``(x, y, width, height)`` from its
top left corner. What the file *declares* (names, placeholders, colours of a theme) is here to name
culprits and to group; what is *shown* was measured in the finished picture. ``codec`` writes a deck
as bytes and checks what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.records import Box

Color = tuple[int, int, int]
"""sRGB, 0 to 255."""
WIDTH = 1280
"""Pixels of a slide's picture from left to right; its height follows from the slide's size."""

ShapeKind = Literal[
    "autoshape", "textbox", "placeholder", "picture", "table", "chart", "connector", "freeform",
    "group", "other",
]  # fmt: skip
FillKind = Literal["none", "solid", "gradient", "picture", "pattern"]
TextSource = Literal["frame", "cell", "chart_title", "axis_title", "category", "value", "key",
                     "data_label"]  # fmt: skip
"""Where a text comes from. frame: of a shape. cell: of a table. The others: of a chart."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fill:
    """What paints an area.

    Attributes:
      kind: "none" where nothing does.
      color: of a solid one; of a gradient the mean; None: not known.
      alpha: 0 (not there) to 1.
    """

    kind: FillKind
    color: Color | None = None
    alpha: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Picture:
    """What a picture shape shows.

    Attributes:
      width, height: of the picture itself, pixels; 0 where it could not be read.
      crop: shares cut off at left, top, right, bottom; negative ones pad.
      loaded: whether the renderer could draw it.
      digest: of its bytes, so that copies are known as such.
    """

    width: int
    height: int
    crop: tuple[float, float, float, float]
    loaded: bool
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Series:
    """One series of a chart, as the file has it.

    Attributes:
      name: "" where it has none.
      values: None where a point has none.
      pattern: dashes of its line and shape of its markers as the file sets them; "" for neither.
    """

    name: str
    values: tuple[float | None, ...]
    pattern: str = ""


class Mark(NamedTuple):
    """A bar, slice, point or piece of a line.

    Attributes:
      box: of what is painted.
      series, point: whose value it shows, where that is known.
      color: of its inside, else of its edge.
    """

    box: Box
    series: int | None
    point: int | None
    color: tuple[int, int, int]


class Key(NamedTuple):
    """A name in a legend, and the colour of the square beside it."""

    text: str
    color: tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chart:
    """What a chart shows.

    Attributes:
      kind: "bar", "column", "line", "pie", "doughnut", "area", "scatter", "bubble", "radar" or
        "other".
      categories, series: as drawn from (the cache that renderers read, not the workbook).
      marks, keys: of which a person sees at least half. With the office suite they stand where the
        fast renderer paints them.
    """

    kind: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shape:
    """One shape of a slide, in the order of painting; a group comes before what it holds.

    Attributes:
      index: its place in ``Slide.shapes``.
      shape_id: p:cNvPr id, unique on a slide of a sound file.
      name: as the file has it.
      kind: see ShapeKind.
      parent: index of the group around it, or None.
      placeholder: type of the placeholder ("title", "body", "picture", ...), or "".
      geometry: preset name ("rect", "ellipse", ...), "custom", or "".
      box: upright box around it as it lies on the slide: groups, rotation and what it inherits from
        its layout resolved. Of a table as rendered: rows grow with their text.
      frame: the same before rotation.
      rotation: degrees, clockwise.
      fill, line: what paints its inside and its edge.
      line_px: width of its edge; 0 without one.
      empty: a placeholder that shows nothing in a finished slide.
      seen: share of its own paint (texts left out) that a person sees in the finished picture;
        None: it paints nothing but texts, or was not measured.
      covered_by: index of the shape that hides most of what is not seen; None: none does.
      picture, chart: what it shows, if it is one.
      rows, columns: of a table; else 0.
    """

    index: int
    shape_id: int
    name: str
    kind: ShapeKind
    parent: int | None
    placeholder: str
    geometry: str
    box: Box
    frame: Box
    rotation: float
    fill: Fill
    line: Fill
    line_px: float
    empty: bool
    seen: float | None
    covered_by: int | None
    picture: Picture | None = None
    chart: Chart | None = None
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextRun:
    """Letters in one font and colour.

    Attributes:
      text: without line breaks.
      font: family that was asked for, themes resolved.
      drawn_with: family that drew it; another one where the asked one is not there.
      size_pt: height of the font in points as rendered.
      bold: whether it is.
      color: as painted; alpha is the last number, 0 to 1.
    """

    text: str
    font: str
    drawn_with: str
    size_pt: float
    bold: bool
    color: tuple[int, int, int, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextLine:
    """One line as rendered.

    Attributes:
      box: upright box of its letters, from ascent to descent, rotation resolved.
      text: what stands on it.
    """

    box: Box
    text: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Text:
    """One paragraph of a frame or cell, or one text of a chart.

    Attributes:
      index: its place in ``Slide.texts``, in the order of painting.
      shape: index of the shape whose text it is.
      source: see TextSource.
      paragraph: number within its frame or cell, from 0.
      cell: (row, column) from 0 of a table's cell; else None.
      text: whole; "" never occurs.
      level: of a bullet, 0 to 8.
      bullet: whether a bullet or number stands before it.
      runs: in order.
      lines: as rendered, in order; empty where it is not drawn.
      room: where it may stand: the shape's or cell's box without margins, rotation resolved; the
        shape's box for texts of a chart.
      turn: degrees, clockwise, from upright to how its letters are drawn: its shape's rotation,
        mirroring top to bottom and the direction of its writing resolved.
      align: "left", "center", "right" or "justify".
      wraps: whether long lines are broken.
      shrunk: factor by which the file shrinks it to fit (normAutofit), 1 without.
      visible: share of its ink that a person sees in the finished picture, in [0, 1]: nothing of
        what is covered, transparent, off the slide or within a just noticeable difference of what
        lies behind it, and nothing of what is too small to be seen.
      ink_px: how many pixels its letters would ink if nothing hid them.
      ink_color: of its letters as finally painted; None: none of its ink is seen.
      ground: what lies behind its letters (median of the picture without texts).
      contrast: WCAG 2 ratio of its letters to what lies behind them, of the worst fifth of its ink;
        1 where nothing is seen.
      covered_by: index of the shape that hides most of what is not seen; None: none does.
    """

    index: int
    shape: int
    source: TextSource
    paragraph: int
    cell: tuple[int, int] | None
    text: str
    level: int
    bullet: bool
    runs: tuple[TextRun, ...]
    lines: tuple[TextLine, ...]
    room: Box
    turn: float
    align: str
    wraps: bool
    shrunk: float
    visible: float
    ink_px: int
    ink_color: Color | None
    ground: Color
    contrast: float
    covered_by: int | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Overlap:
    """Ink of two texts in one place, both of which are seen there when the other is away.

    Attributes:
      first, second: indices of texts, first < second.
      region: box around the shared ink.
      shared_px: pixels that both ink.
      share: of the ink of the one that has less.
    """

    first: int
    second: int
    region: Box
    shared_px: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Slide:
    """One slide as rendered.

    Attributes:
      number: from 0.
      width, height: of its pictures; width is WIDTH.
      layout: name of its layout.
      background: what lies behind all shapes; of a layout or master where it has none of its own.
      image_YXC: uint8[Y, X, 3], the finished picture.
      textless_YXC: uint8[Y, X, 3], the same with all letters (charts' and tables' too) left out.
      shapes, texts, overlaps: see there. Shapes of layout and master (logos, footers) are left out:
        no program can be blamed for them; they are in the pictures.
    """

    number: int
    width: int
    height: int
    layout: str
    background: Fill
    image_YXC: np.ndarray
    textless_YXC: np.ndarray
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]
    overlaps: tuple[Overlap, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Deck:
    """A deck as rendered.

    Attributes:
      size_emu: width and height of its slides, 914,400 an inch.
      slides: in order; hidden ones and those beyond the option ``max_slides`` are left out.
      num_slides: of the file.
      renderer: its name and version.
      fonts: family that was asked for -> family that drew it.
      notes: which call made and changed what; of a finished file there are none.
    """

    size_emu: tuple[int, int]
    slides: tuple[Slide, ...]
    num_slides: int
    renderer: str
    fonts: Mapping[str, str] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)


def children(shapes: Sequence[Shape], index: int) -> list[Shape]:
    """What a group holds, at any depth."""
    inside = {index}
    found = []
    for shape in shapes[index + 1 :]:
        if shape.parent in inside:
            inside.add(shape.index)
            found.append(shape)
    return found
