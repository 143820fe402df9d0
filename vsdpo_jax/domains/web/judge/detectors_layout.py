"""Detectors on boxes: pages wider than the window, texts that stick out of the box that is painted
for them, columns squeezed until words break."""

from __future__ import annotations

from collections.abc import Iterator

from vsdpo_jax.domains.boxes import area, excess, right, union
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blame import (
    HEIGHTS,
    OUT_OF_FLOW,
    WIDTHS,
    first_set,
    is_relative,
    moved_by,
    narrowed_by,
)
from vsdpo_jax.domains.web.judge.detectors_text import reading_of
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement, TextRun
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Box, Defect, Span

WIDE_PX = 1
"""Pixels by which a page may be wider than its window: a rounding of widths in per cent."""
STICK_OUT_PX = 3.0
"""Pixels by which a text may stick out of its box to the sides."""
STICK_OUT_SHARE = 0.3
"""The same up and down, as a share of the font's height: the ink is that much lower."""
COLLAPSED_PX = 4.0
"""Height of a box with texts that has collapsed; its borders may be left."""
SHORT_LINE, LONG_WORD = 3, 5
"""Letters of a line of a squeezed word, and of a word that is worth to be on one."""
FEW_LETTERS, MANY_LINES = 9.0, 7
"""A text that takes so many lines of so few letters each is squeezed though its words are whole."""


def detect_overflow(view: View) -> Reading:
    """A page that is wider than its window, at the outermost thing that makes it so.

    Score: the window's width over the page's.
    """
    window = view.page.viewport[0]
    if view.page.width <= window + WIDE_PX:
        return Reading()
    found = []
    note = f"page {view.page.width} px wide"
    for element in _wide(view, window):
        culprit, span = _widened_by(view, element)
        reach = right(culprit.box)
        message = f"{culprit.tag} reaches to {reach:.0f} px: the page is {view.page.width} px wide"
        message += f", {window} px are seen"
        defect = view.defect_at(
            "overflow", "page_wide", culprit.box, message, span, element=culprit.index
        )
        found.append((window / max(reach, window + 1.0), note, defect))
    if not found:
        message = f"the page is {view.page.width} px wide, {window} px are seen"
        defect = view.defect_at("overflow", "page_wide", view.whole, message, None, element=0)
        found.append((window / view.page.width, note, defect))
    return reading_of(found)


def _reach(element: PageElement) -> float:
    """How far to the right something reaches that nothing clips."""
    return min(right(element.box), right(element.clip)) if area(element.clip) else 0.0


def _wide(view: View, window: int) -> Iterator[PageElement]:
    """The outermost elements that reach farthest beyond the window; one a place in the document."""
    texts = {
        run.element: max(min(right(line.box), right(run.clip)) for line in run.lines)
        for run in view.page.texts
        if run.lines
    }
    reaches = {
        element.index: max(_reach(element), texts.get(element.index, 0.0))
        for element in view.page.elements
        if element.tag not in ("html", "body", "head")
    }
    farthest = view.page.width - 2.0
    if max(reaches.values(), default=0.0) < farthest:
        # The page itself was given a width; or a margin is what reaches farther.
        for root in view.page.elements:
            if root.tag in ("html", "body") and _reach(root) > window + WIDE_PX:
                yield root
                return
        farthest = max(reaches.values(), default=0.0)
    outer: int | None = None
    for index, reach in reaches.items():
        if reach < max(farthest, window + WIDE_PX):
            continue
        if outer is None or not view.is_within(index, outer):  # they stand in order
            outer = index
            yield view.page.elements[index]


def _widened_by(view: View, element: PageElement) -> tuple[PageElement, Span | None]:
    """From the outermost wide element inwards to the one that is wide by itself."""
    window = view.page.viewport[0]
    while True:
        own = _own_width(view, element)
        is_moved = element.box[2] <= window and element.parent is not None
        if is_moved:
            span = moved_by(view, element, is_down=False)
            if span is not None:
                return element, span
        if own is not None and element.box[2] > 0:
            parent = view.page.elements[element.parent or 0]
            if element.box[2] > parent.box[2] - 1 or right(element.box) > right(parent.box):
                return element, own
        inner = [
            view.page.elements[child]
            for child in view.children[element.index]
            if _reach(view.page.elements[child]) >= _reach(element) - 40
            and _reach(view.page.elements[child]) > window
        ]
        if not inner:
            return element, _long_line(view, element) or moved_by(view, element, is_down=False)
        element = max(inner, key=_reach)


def _own_width(view: View, element: PageElement) -> Span | None:
    """What gives an element its width: of two the one that does not follow from its parent's."""
    width, least = element.set_by.get("width"), element.set_by.get("min-width")
    if width is None or (least is not None and is_relative(view, width)):
        return least
    return width


def _long_line(view: View, element: PageElement) -> Span | None:
    """What keeps a text that is too long on one line."""
    for run in view.texts_of.get(element.index, ()):
        if run.lines:
            nowrap = view.setter(run, "text-wrap-mode", "white-space-collapse")
            if nowrap is not None:
                return nowrap
    return first_set(element, ("min-width", "width", "padding-left", "padding-right"))


def detect_layout(view: View) -> Reading:
    """Texts outside of the box that is painted for them, and squeezed ones.

    Score: the smallest share of a text inside of its box; of a squeezed one 0.
    """
    found = []
    boxes: set[int] = set()
    for run in view.meant:
        if run.visible <= 0:
            continue
        squeezed = _squeezed(view, run)
        if squeezed is not None:
            found.append(squeezed)
            continue
        outside = _outside(view, run)
        if outside is not None and outside[0] not in boxes:
            boxes.add(outside[0])
            found.append(outside[1])
    found += _outside_images(view)
    return reading_of(found)


def _painted_around(view: View, index: int) -> PageElement | None:
    """The nearest box around an element that can be told from what is around it; None where the
    element is out of the flow, or there is none but the page."""
    for element in view.line_up(index):
        if element.tag in ("html", "body", "legend", "svg", "canvas", "select", "option"):
            return None
        if view.is_painted(element) and not view.is_inline(element):
            return element
        if element.style.get("position") in OUT_OF_FLOW:
            return None
        if element.style.get("display") == "contents":
            continue
    return None


def _outside(view: View, run: TextRun) -> tuple[int, tuple[float, str, Defect]] | None:
    box = _painted_around(view, run.element)
    bounds = view.place(run)  # what is clipped sticks out of nothing
    if box is None or (not box.shown and area(box.box) > 0):
        return None
    left, top, right_side, below = excess(bounds, box.box)
    is_down = max(top, below) > STICK_OUT_SHARE * run.font_px
    if not is_down and max(left, right_side) <= STICK_OUT_PX:
        return None
    words = f"text {view.name(run)}"
    is_collapsed = box.box[3] <= COLLAPSED_PX and bounds[3] > box.box[3]
    span = _small_box(view, box, run, is_down, is_collapsed)
    if is_collapsed:
        note = f"{box.tag} around {view.name(run)} collapsed"
        message = f"{box.tag} around {words} is {box.box[3]:.0f} px high: its content lies outside"
        place, kind = _content(view, box) or box.box, "box_collapsed"
        defect = view.defect_at("layout", kind, place, message, span, element=box.index)
        return box.index, (0.0, note, defect)
    far = max(top, below) if is_down else max(left, right_side)
    message = f"{words} sticks {far:.0f} px out of its {box.tag}"
    defect = view.defect("layout", "text_outside", run, message, span)
    share = max(0.0, 1.0 - far / max(bounds[3] if is_down else bounds[2], 1.0))
    return box.index, (min(share, 0.99), f"{words} outside {box.tag}", defect)


def _content(view: View, box: PageElement) -> Box | None:
    return union(view.page.elements[child].box for child in view.children[box.index])


def _small_box(
    view: View, box: PageElement, run: TextRun, is_down: bool, is_collapsed: bool
) -> Span | None:
    """What made a painted box smaller than its text, or moved the text out of it."""
    for element in view.line_up(run.element):
        if element.index == box.index:
            break
        span = moved_by(view, element, is_down=is_down)
        if span is not None:
            return span
    if is_collapsed:
        span = first_set(box, HEIGHTS)
        if span is not None:
            return span
        floats = (view.page.elements[child] for child in view.children[box.index])
        return next((e.set_by["float"] for e in floats if "float" in e.set_by), None)
    if is_down:
        for element in view.line_up(run.element):
            span = first_set(element, HEIGHTS)
            if span is not None:
                return span
            if element.index == box.index:
                return view.setter(run, "line-height")
    nowrap = view.setter(run, "text-wrap-mode", "white-space-collapse")
    if nowrap is not None and " " in run.text.strip():
        return nowrap
    for element in view.line_up(run.element):
        span = first_set(element, WIDTHS)
        if span is not None:
            return span
        if element.index == box.index:
            break
    return narrowed_by(view, box.index)


def _outside_images(view: View) -> Iterator[tuple[float, str, Defect]]:
    """Pictures that stick out of their box to the right."""
    for image in view.page.elements:
        if image.tag not in ("img", "video", "canvas") or not image.shown or image.parent is None:
            continue
        if image.style.get("position") in OUT_OF_FLOW or image.opacity <= 0:
            continue
        box = _painted_around(view, image.parent)
        if box is None or right(image.clip) <= right(box.box) + STICK_OUT_PX:
            continue
        if right(image.box) <= right(box.box) + STICK_OUT_PX:
            continue
        if moved_by(view, image, is_down=False) is not None:
            continue
        name = quoted(image.attributes.get("alt") or image.attributes.get("src", ""))
        far = right(image.box) - right(box.box)
        message = f"image {name} sticks {far:.0f} px out of its {box.tag}"
        span = first_set(image, ("width", "min-width")) or first_set(box, WIDTHS)
        defect = view.defect_at(
            "layout", "image_outside", image.box, message, span, element=image.index
        )
        yield max(0.0, 1.0 - far / image.box[2]), f"image {name} outside {box.tag}", defect


def _squeezed(view: View, run: TextRun) -> tuple[float, str, Defect] | None:
    """A text whose words are broken again and again, or that has a word a line for many lines."""
    if len(run.lines) < 3 or run.source != "text" or _is_upright(view, run):
        return None
    lines = [line.text.strip() for line in run.lines]
    if any(_is_ideograph(letter) for letter in run.text):
        return None
    letters = sum(map(len, lines)) / len(lines)
    is_broken = _short_breaks(run.text, lines) >= 2
    is_narrow = len(lines) >= MANY_LINES and letters <= FEW_LETTERS
    if not is_broken and not is_narrow:
        return None
    words = f"text {view.name(run)}"
    message = f"{words} is squeezed into {len(lines)} lines of {letters:.0f} letters"
    span = narrowed_by(view, run.element)
    defect = view.defect("layout", "text_squeezed", run, message, span)
    return 0.0, f"{words} squeezed", defect


def _short_breaks(text: str, lines: list[str]) -> int:
    """How often a long word is broken after a few letters."""
    words = {word for word in text.split() if len(word) >= LONG_WORD}
    if not words:
        return 0
    count, at = 0, 0
    for line in lines[:-1]:
        start = text.find(line, at) if line else at
        at = max(start, at) + len(line)
        follows = text[at : at + 1]
        if line and follows and follows.isalnum() and line[-1].isalnum():
            count += len(line.split()[-1]) <= SHORT_LINE
    return count


def _is_upright(view: View, run: TextRun) -> bool:
    return view.element(run).style.get("writing-mode", "horizontal-tb") != "horizontal-tb"


def _is_ideograph(letter: str) -> bool:
    """Whether lines may break after a letter: CJK, kana, hangul, Thai and its neighbours."""
    code = ord(letter)
    return 0x0E00 <= code <= 0x0EFF or 0x1000 <= code <= 0x109F or 0x2E80 <= code <= 0xD7FF
