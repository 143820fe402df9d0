"""A lab slide as its author imagines it: where boxes and lines of text come to lie, in pixels.

Pixels are those of the rendered slide, which is 1280 wide whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.slide.lab.measure import line_height, text_width, wrapped
from vsdpo_jax.domains.slide.lab.pieces import HEIGHT, MARGIN_X, MARGIN_Y, Thing, Values

PIXELS = 1280
CELL_MARGIN_X, CELL_MARGIN_Y = 0.254, 0.127
LETTERS_FROM, LETTERS_HIGH = 0.216, 0.713
"""Where in the height of a line its letters begin, and how high they are."""

Rect = tuple[float, float, float, float]
"""x, y, width, height."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A thing as rendered.

    Attributes:
      thing: what it is.
      rect: its box; a table's is as high as its texts make it.
      lines: of its texts: (index of the text, rect).
      ink: the box around the lines; None without any.
      room: where the texts of a box may stand.
    """

    thing: Thing
    rect: Rect
    lines: tuple[tuple[int, Rect], ...]
    ink: Rect | None
    room: Rect


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A slide as rendered.

    Attributes:
      width, height: pixels.
      things: in the order of painting.
    """

    width: float
    height: float
    things: tuple[Seen, ...]


def imagine(things: Sequence[Thing], values: Values) -> Scene:
    """Everything in its place."""
    scale = PIXELS / float(values["width"])
    return Scene(
        width=PIXELS,
        height=HEIGHT * scale,
        things=tuple(_see(thing, values, scale) for thing in things),
    )


def _see(thing: Thing, values: Values, scale: float) -> Seen:
    lines: list[tuple[int, Rect]] = []
    box = thing.box
    if thing.kind == "box":
        lines = _box_lines(thing, str(values["wrap"]) == "", int(values["align"]))
    elif thing.kind == "table":
        lines, box = _table_lines(thing)
    x, y, w, h = box
    room = (x + MARGIN_X, y + MARGIN_Y, w - 2 * MARGIN_X, h - 2 * MARGIN_Y)
    scaled = tuple((index, _scaled(line, scale)) for index, line in lines)
    return Seen(
        thing=thing,
        rect=_scaled(box, scale),
        lines=scaled,
        ink=union([line for _, line in scaled]) if scaled else None,
        room=_scaled(room, scale),
    )


def _scaled(rect: Rect, scale: float) -> Rect:
    return (rect[0] * scale, rect[1] * scale, rect[2] * scale, rect[3] * scale)


def _box_lines(thing: Thing, wraps: bool, align: int) -> list[tuple[int, Rect]]:
    """Lines of a box, whose texts stand in its middle from top to bottom."""
    x, y, w, h = thing.box
    inner = w - 2 * MARGIN_X
    lines = [
        (index, line)
        for index, text in enumerate(thing.texts)
        for line in (wrapped(text, thing.size, inner) if wraps else (text,))
    ]
    tall = line_height(thing.size)
    top = y + h / 2 - len(lines) * tall / 2
    found = []
    for number, (index, line) in enumerate(lines):
        wide = text_width(line, thing.size)
        # A line that is wider than the box begins at its left margin, whatever the alignment.
        left = x + MARGIN_X + {1: 0.0, 2: 0.5, 3: 1.0}[align] * max(inner - wide, 0.0)
        found.append((index, _letters(left, top + number * tall, wide, tall)))
    return found


def _letters(x: float, y: float, wide: float, tall: float) -> Rect:
    """The letters of a line, from ascent to descent."""
    return (x, y + LETTERS_FROM * tall, wide, LETTERS_HIGH * tall)


def _table_lines(thing: Thing) -> tuple[list[tuple[int, Rect]], Rect]:
    """Lines of a table, whose rows grow with them, and its box; heads are bold."""
    x, y, w, h = thing.box
    tall, wide = line_height(thing.size), w / thing.columns
    num_rows = len(thing.texts) // thing.columns
    found, top = [], y
    for row in range(num_rows):
        most = 0
        for column in range(thing.columns):
            index = row * thing.columns + column
            lines = wrapped(thing.texts[index], thing.size, wide - 2 * CELL_MARGIN_X, row == 0)
            most = max(most, len(lines))
            left = x + column * wide + CELL_MARGIN_X
            for number, line in enumerate(lines):
                width = text_width(line, thing.size, bold=row == 0)
                y_line = top + CELL_MARGIN_Y + number * tall
                found.append((index, _letters(left, y_line, width, tall)))
        top += max(h / num_rows, most * tall + 2 * CELL_MARGIN_Y)
    return found, (x, y, w, top - y)


def union(rects: Sequence[Rect]) -> Rect:
    """The box around some rectangles, at least one."""
    left, top = min(r[0] for r in rects), min(r[1] for r in rects)
    right, bottom = max(r[0] + r[2] for r in rects), max(r[1] + r[3] for r in rects)
    return (left, top, right - left, bottom - top)


def shared(one: Rect, other: Rect) -> tuple[float, float]:
    """Width and height of what two rectangles share; negative where they are apart."""
    return (
        min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]),
        min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]),
    )
