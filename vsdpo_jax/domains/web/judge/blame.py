"""Which declaration put something where it is, or made it as large or as small as it is."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement
from vsdpo_jax.records import Span

OUT_OF_FLOW = ("absolute", "fixed", "sticky")
_DOWN = ("top", "bottom", "margin-top", "margin-bottom")
_ACROSS = ("left", "right", "margin-left", "margin-right")
_MOVES = ("translate", "transform")
WIDTHS = ("width", "min-width", "max-width", "flex-basis")
NARROWS = ("width", "max-width", "flex-basis")
HEIGHTS = ("height", "max-height")
_TRACKS = ("grid-template-columns", "column-count", "flex-wrap", "flex-shrink")


def value_of(view: View, span: Span) -> str:
    """What a declaration sets, as it stands in the source."""
    return view.source[span[0] : span[1]].partition(":")[2]


def is_negative(view: View, span: Span) -> bool:
    """Whether a declaration sets a negative length, or may: a calculation."""
    value = value_of(view, span)
    return "-" in value or "var(" in value


def is_relative(view: View, span: Span) -> bool:
    """Whether a declaration sets a size that follows from what is around the element."""
    value = value_of(view, span) or view.source[span[0] : span[1]]
    return "%" in value or "auto" in value or "content" in value


def first_set(element: PageElement, names: Sequence[str]) -> Span | None:
    """What set the first of some properties that anything set."""
    return next((element.set_by[name] for name in names if name in element.set_by), None)


def moved_by(view: View, element: PageElement, *, is_down: bool) -> Span | None:
    """What moved an element out of its place in the flow; None when nothing did.

    Args:
      is_down: whether the way it should go is up or down, not left or right.
    """
    order = (*_DOWN, *_ACROSS) if is_down else (*_ACROSS, *_DOWN)
    position = element.style.get("position", "static")
    if position != "static":
        for name in order:
            if not name.startswith("margin") and name in element.set_by:
                return element.set_by[name]
    for name in order:
        span = element.set_by.get(name)
        if name.startswith("margin") and span is not None and is_negative(view, span):
            return span
    moved = first_set(element, _MOVES)
    if moved is not None:
        return moved
    return element.set_by.get("position") if position in OUT_OF_FLOW else None


def narrowed_by(view: View, index: int) -> Span | None:
    """What made the room of an element narrow: the width of the box around it whose own
    surroundings are much wider, or the columns that they are cut into."""
    for element in view.line_up(index):
        if element.parent is None:
            return None
        parent = view.page.elements[element.parent]
        span = first_set(element, NARROWS)
        if span is not None and element.box[2] < 0.8 * parent.box[2]:
            return span
        is_split = parent.style.get("display", "").endswith(("grid", "flex"))
        tracks = first_set(parent, _TRACKS) if is_split else None
        if tracks is not None and element.box[2] < 0.8 * parent.box[2]:
            return tracks
        sides = ("padding-left", "padding-right", "margin-left", "margin-right")
        padded = first_set(element, sides[:2])
        if padded is not None and _inner_width(view, element) < 0.5 * element.box[2]:
            return padded
    return None


def _inner_width(view: View, element: PageElement) -> float:
    """The width of the widest child of an element; its own where it has none."""
    widths = [view.page.elements[child].box[2] for child in view.children[element.index]]
    return max(widths, default=element.box[2])
