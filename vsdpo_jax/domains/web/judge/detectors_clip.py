"""The detector on texts that are cut: by a box that hides what sticks out, by an ellipsis, by the
left or upper edge of the page."""

from __future__ import annotations

from vsdpo_jax.domains.boxes import excess, intersect, union
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blame import (
    HEIGHTS,
    OUT_OF_FLOW,
    WIDTHS,
    first_set,
    is_negative,
    is_relative,
    moved_by,
    narrowed_by,
)
from vsdpo_jax.domains.web.judge.detectors_text import reading_of
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement, TextRun
from vsdpo_jax.records import Box, Span

CUT = 0.03
"""Share of a text's glyphs: the tails of its letters are that much."""
SCROLLS = ("auto", "scroll")
_EDGE_PX = 0.1
_FIELD_SOURCES = ("value", "placeholder", "option", "button")


def detect_clip(view: View) -> Reading:
    """Texts that are cut. What lies wholly outside of a box was put away on purpose (a slide, a
    closed panel), unless the box shows the lines before it; what can be scrolled to is not cut.

    Score: the smallest share of a text that is left.
    """
    found = []
    meant = {run.index for run in view.meant}
    for run in view.page.texts:
        if run.index in meant:
            if run.inside >= 1.0 - CUT and not run.ellipsis:
                continue
            left = run.inside
        elif is_lost_below(view, run):
            left = 0.0
        else:
            continue
        cutter, is_down = _cutter(view, run)
        if cutter is not None and _scrolls(cutter, is_down):
            continue
        words = f"text {view.name(run)}"
        how = "ends in an ellipsis" if run.ellipsis else f"is cut: {left:.0%} of it is left"
        by = "the edge of the page" if cutter is None else cutter.tag
        message = f"{words} {how}, by {by}"
        span = _cut_span(view, run, cutter, is_down)
        defect = view.defect("clip", "text_clipped", run, message, span)
        found.append((min(left, 0.99), f"{words} cut", defect))
    return reading_of(found)


def _bounds(run: TextRun) -> Box | None:
    return union(line.box for line in run.lines)


def _clips(element: PageElement) -> bool:
    style = element.style
    if style.get("clip-path", "none") != "none":
        return True
    return any(style.get(f"overflow-{axis}", "visible") != "visible" for axis in "xy")


def _cutter(view: View, run: TextRun) -> tuple[PageElement | None, bool]:
    """The nearest box that cuts a text, and whether it does so below or above; None: the page."""
    bounds = _bounds(run)
    if bounds is None:
        return None, False
    if run.source in _FIELD_SOURCES or run.ellipsis:
        # An ellipsis stands where nothing sticks out any more.
        holder = next((e for e in view.line_up(run.element) if _clips(e)), view.element(run))
        return holder, len(run.lines) > 1
    best = None
    for element in view.line_up(run.element):
        if element.tag in ("html", "body") or not _clips(element):
            continue
        left, top, right, bottom = excess(bounds, element.box)
        across, down = max(left, right), max(top, bottom)
        if element.style.get("overflow-x") == "visible" and not _has_clip_path(element):
            across = 0.0
        if max(across, down) > _EDGE_PX and best is None:
            best = (element, down > across)
    if best is not None:
        return best
    left, top, _, _ = excess(bounds, view.whole)
    return None, top > left


def _has_clip_path(element: PageElement) -> bool:
    return element.style.get("clip-path", "none") != "none"


def _scrolls(cutter: PageElement, is_down: bool) -> bool:
    """Whether one can scroll to what is cut; in a box in which a line fits."""
    if cutter.style.get("overflow-y" if is_down else "overflow-x") not in SCROLLS:
        return False
    return min(cutter.box[2:]) >= 16.0


def is_lost_below(view: View, run: TextRun) -> bool:
    """Whether a text lies wholly below the edge of a box that shows the text before it."""
    bounds = _bounds(run)
    if bounds is None or run.inside > 0 or not any(map(str.isalnum, run.text)):
        return False
    for element in view.line_up(run.element):
        if element.style.get("position") in OUT_OF_FLOW or element.tag in ("html", "body"):
            return False
        if element.style.get("overflow-y") not in ("hidden", "clip"):
            continue
        _, _, right, bottom = excess(bounds, element.box)
        if element.box[3] < run.font_px or bottom < bounds[3] or right > _EDGE_PX:
            return False
        return any(
            view.is_within(other.element, element.index)
            and intersect(view.place(other), element.box)[3]
            for other in view.meant
            if other.visible > 0.5
        )
    return False


def _cut_span(view: View, run: TextRun, cutter: PageElement | None, is_down: bool) -> Span | None:
    """The declaration that cuts a text: the size of the box that does, or what moved the text."""
    if cutter is None:
        return _moved_off(view, run, is_down)
    if run.ellipsis and "-webkit-line-clamp" in cutter.set_by:
        return cutter.set_by["-webkit-line-clamp"]
    for element in view.line_up(run.element):
        if element.index == cutter.index:
            break
        span = moved_by(view, element, is_down=is_down)
        if span is not None:
            return span
    indent = view.setter(run, "text-indent")
    if indent is not None and is_negative(view, indent):
        return indent
    if is_down:
        return first_set(cutter, HEIGHTS) or cutter.set_by.get("overflow-y")
    nowrap = view.setter(run, "text-wrap-mode", "white-space-collapse")
    if nowrap is not None and "nowrap" in view.source[nowrap[0] : nowrap[1]] and " " in run.text:
        return nowrap
    return _width_span(view, run, cutter) or cutter.set_by.get("overflow-x")


def _width_span(view: View, run: TextRun, cutter: PageElement) -> Span | None:
    """Who is too wide inside of a cutting box, or made the box too narrow."""
    for element in view.line_up(run.element):
        if element.index == cutter.index:
            break
        if element.box[2] > cutter.box[2]:
            span = first_set(element, ("width", "min-width"))
            if span is not None:
                return span
    own = first_set(cutter, WIDTHS)
    if own is None or is_relative(view, own):
        return narrowed_by(view, cutter.index) or own
    return own


def _moved_off(view: View, run: TextRun, is_down: bool) -> Span | None:
    """What moved a text over the edge of the page."""
    indent = view.setter(run, "text-indent")
    if indent is not None and is_negative(view, indent):
        return indent
    for element in view.line_up(run.element):
        span = moved_by(view, element, is_down=is_down)
        if span is not None:
            return span
    return None
