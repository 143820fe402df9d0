"""Which call made and changed what: told by the child, checked by ``codec``.

Standard library only: the child runs under the interpreter of the programs. Spans are
``[start, end)`` in characters of the program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Span = tuple[int, int]
ShapeKey = tuple[int, int]
"""Number of the slide from 0, and the shape's id on it (p:cNvPr); ``shape_key`` makes one."""

What = Literal[
    "made",  # the constructor, or the call that brought a placeholder in
    "place",  # left, top, begin_x, ...
    "size",  # width, height; of columns and rows too
    "rotation",
    "order",  # moved to front or back
    "text",  # what it says
    "font_size",
    "font_color",
    "font_name",
    "font_style",  # bold, italic, underline
    "align",  # of a paragraph, or its anchor in the frame
    "wrap",
    "fit",  # auto_size, normAutofit
    "margin",  # of a frame or cell; spacing of lines and paragraphs
    "fill",
    "line",
    "crop",
    "data",  # of a chart
    "style",  # of a chart's or table's parts: legend, axes, labels, plot
    "other",
]


def shape_key(slide: int, shape_id: int, earlier: int = 0) -> ShapeKey:
    """The key of a shape.

    Args:
      slide: its number, from 0.
      shape_id: its p:cNvPr id, 32 bits.
      earlier: how many shapes before it on the slide, in the order of painting, have the same id:
        shapes that a program copied (``copy.deepcopy``) share one.
    """
    return slide, shape_id + (earlier << 32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One expression of the program that touched a shape.

    Attributes:
      what: it did.
      span: of the innermost statement or expression of the program that did it.
      sites: spans of the calls that led there, innermost first: a helper function's callers.
      paragraph: number within the frame or cell, where it touched one of them alone.
      run: number of an a:r within that paragraph, likewise.
      cell: (row, column) of a table's cell.
    """

    what: What
    span: Span
    sites: tuple[Span, ...] = ()
    paragraph: int | None = None
    run: int | None = None
    cell: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notes:
    """What the child tells about a deck.

    Attributes:
      shapes: (slide, shape id) -> calls in order; the first is "made". Of a copy there are
        more of these: the call that made its original, and later the one that put it there, after
        what was done to the original until then.
      slides: number of a slide -> calls on the slide itself: "made" (add_slide), "fill" (its
        background), "order" (moved), "other" (a shape taken away, a change of its layout).
      deck: calls on the whole: "size" (slide_width, slide_height), "made" (Presentation()),
        "other" (save).
    """

    shapes: Mapping[ShapeKey, tuple[Call, ...]] = field(default_factory=dict)
    slides: Mapping[int, tuple[Call, ...]] = field(default_factory=dict)
    deck: tuple[Call, ...] = ()
