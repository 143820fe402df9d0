"""Texts that lines run through: crossed out, scribbled over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vsdpo_jax.domains.boxes import area, intersect
from vsdpo_jax.domains.colors import contrast
from vsdpo_jax.domains.slide.deck.records import Color, Fill, Shape, Text
from vsdpo_jax.domains.slide.judge.drawn import crop, inked, slices
from vsdpo_jax.domains.slide.judge.view import CLEAR_ALPHA, View
from vsdpo_jax.records import Box

CROSSED = 0.1
"""Share of the columns of a text's letters from which a line crosses them out."""
BODY_FROM, BODY_HIGH = 0.28, 0.44
"""Where in the height of a line the small letters begin, and how high they are: a line above is an
overline, one below an underline."""
FEW_LETTERS = 1.5
"""Heights of a text's line: as wide are three letters, and crossed out they are missed in a long
text, too."""
STRUCK_PX = 8
"""So many columns of letters, at least: a line that ends at a text may touch it."""
BAR = 0.5
"""Heights of a text's line up to which a painted bar over it is a line."""
PALE = 1.25
"""Lines whose contrast to what lies behind the letters is less disturb nobody."""
STRAIGHT = 5.0
"""Degrees from upright or lying within which the boxes of lines hold letters and little else."""
_BLAMED = 16  # of many lines the largest are looked at


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Struck:
    """A text that lines run through.

    Attributes:
      text: which.
      line: the shape that does most of it.
      region: what the two share.
      share: of the columns of its letters, by all lines together.
    """

    text: Text
    line: Shape
    region: Box
    share: float


def find_struck(view: View) -> Iterator[Struck]:
    """Texts of frames and cells whose letters lines run through.

    Counted are pixels of a line's colour between the top and the foot of small letters, so that
    underlines and borders of cells are none, and lines that a plate hides below the text neither.
    """
    lines = [shape for shape in view.slide.shapes if _may_strike(view, shape)]
    if not lines:
        return
    boxes_N4 = np.array([_grown(shape) for shape in lines], float)
    low_N2, high_N2 = boxes_N4[:, :2], boxes_N4[:, :2] + boxes_N4[:, 2:]
    for text in view.meant:
        if text.source not in ("frame", "cell") or not view.is_seen(text):
            continue
        if abs((view.shape_of(text).rotation + 45) % 90 - 45) > STRAIGHT:
            continue
        extent = x, y, width, height = view.extent(text)
        meets_N = (low_N2 < (x + width, y + height)).all(1) & (high_N2 > (x, y)).all(1)
        near = [lines[n] for n in np.flatnonzero(meets_N) if _crosses(view, lines[n], text)]
        painted = [(_color(view, shape, text), _grown(shape)) for shape in near]
        crossed, total = _columns(view, text, painted)
        if crossed < max(min(CROSSED * total, FEW_LETTERS * view.line_px(text)), STRUCK_PX):
            continue
        largest = sorted(near, key=lambda shape: -area(intersect(_grown(shape), extent)))[:_BLAMED]
        each = [_columns(view, text, [(_color(view, s, text), _grown(s))])[0] for s in largest]
        line = largest[int(np.argmax(each))]
        region = intersect(_grown(line), extent)
        yield Struck(text=text, line=line, region=region, share=crossed / max(total, 1))


def _columns(view: View, text: Text, lines: Sequence[tuple[Color, Box]]) -> tuple[int, int]:
    """How many columns of a text's small letters lines run through, and how many there are.

    Args:
      lines: colour, and the box around it, of each.
    """
    crossed = total = 0
    for written in text.lines:
        x, y, width, height = written.box
        is_upright = height <= width or len(written.text.strip()) < 3
        body = (x, y + BODY_FROM * height, width, BODY_HIGH * height)
        if not is_upright:
            body = (x + BODY_FROM * width, y, BODY_HIGH * width, height)
        pixels_YXC = crop(view, body)
        is_hit_YX = np.zeros(pixels_YXC.shape[:2], bool)
        for color in {color for color, _ in lines}:
            is_near_YX = np.zeros_like(is_hit_YX)
            for box in (box for other, box in lines if other == color):
                is_near_YX[slices(box, body)] = True
            is_hit_YX |= is_near_YX & inked(pixels_YXC, color, text.ground)
        crossed += int(np.count_nonzero(is_hit_YX.any(axis=0 if is_upright else 1)))
        total += round(body[2] if is_upright else body[3])
    return crossed, total


def _may_strike(view: View, shape: Shape) -> bool:
    if shape.kind in ("group", "picture", "chart", "table") or view.holds.get(shape.index):
        return False
    paint = _paint(view, shape)
    is_solid = paint.kind == "solid" and paint.color is not None and paint.alpha > CLEAR_ALPHA
    return is_solid and (view.is_filled(shape) or shape.kind in ("connector", "freeform"))


def _crosses(view: View, shape: Shape, text: Text) -> bool:
    """Whether a shape is as thin beside a text as a line, and not too pale for one."""
    if view.is_filled(shape) and not view.is_line(shape):
        is_over = shape.index > text.shape
        if not is_over or min(shape.frame[2:]) > BAR * view.line_px(text):
            return False
    is_pale = _ratio(_color(view, shape, text), text.ground) < PALE
    return not is_pale and area(intersect(_grown(shape), view.extent(text))) > 0


def _paint(view: View, shape: Shape) -> Fill:
    return shape.fill if view.is_filled(shape) else shape.line


def _color(view: View, shape: Shape, text: Text) -> Color:
    """What a line's paint makes of what lies behind a text."""
    paint = _paint(view, shape)
    own = paint.color or text.ground
    red, green, blue = (
        round(ground + paint.alpha * (value - ground))
        for value, ground in zip(own, text.ground, strict=True)
    )
    return red, green, blue


@lru_cache(maxsize=4096)
def _ratio(color: Color, other: Color) -> float:
    return float(contrast(np.array(color), np.array(other)))


def _grown(shape: Shape) -> Box:
    """The box around a line with its width."""
    x, y, width, height = shape.box
    half = shape.line_px / 2 + 1.0
    return (x - half, y - half, width + 2 * half, height + 2 * half)
