"""A page with what detectors ask of it again and again: family, names, what is meant to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from vsdpo_jax.domains.boxes import EMPTY, intersect, union
from vsdpo_jax.domains.colors import contrast
from vsdpo_jax.domains.web.page.records import Page, PageElement, TextRun, last_descendants
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Box, Defect, Span

SLIVER_PX = 2.0
"""What is clipped to less was put away on purpose: a 1-pixel box for screen readers."""
CLEAR_ALPHA = 0.02
"""Paint of less opacity is none."""
_NUMBERS = re.compile(r"[\d.]+(?:e-?\d+)?")
_INLINE = ("inline", "contents")
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'")
_DISABLED = re.compile(r"(?<![\w=.-])disabled(?![\w-])", re.IGNORECASE)


def alpha_of(color: str) -> float:
    """Opacity of a computed colour, as in "rgba(1, 2, 3, 0.5)" or "color(srgb 1 0 0 / 0.5)"."""
    if "/" in color:
        numbers = _NUMBERS.findall(color.rsplit("/", 1)[1])
        return float(numbers[0]) if numbers else 1.0
    if color.startswith("rgba"):
        numbers = _NUMBERS.findall(color)
        return float(numbers[3]) if len(numbers) > 3 else 1.0
    return 0.0 if color in ("transparent", "") else 1.0


def rgb_of(color: str) -> tuple[int, int, int]:
    """The channels of a computed colour "rgb(1, 2, 3)"; white for what is spelled otherwise."""
    numbers = _NUMBERS.findall(color)
    if not color.startswith("rgb") or len(numbers) < 3:
        return (255, 255, 255)
    red, green, blue = (min(round(float(number)), 255) for number in numbers[:3])
    return (red, green, blue)


def contrast_ratio(first: tuple[int, int, int], second: tuple[int, int, int]) -> float:
    """The ratio of WCAG 2 of two sRGB colours, 1 to 21."""
    return float(contrast(np.array(first), np.array(second)))


def pixels(value: str) -> float:
    """A computed length in pixels; 0 for what is none."""
    numbers = _NUMBERS.match(value or "")
    return float(numbers[0]) if numbers else 0.0


class View:
    """A page and its source, as the detectors read them.

    Args:
      page: as rendered.
      source: its text, in which spans are looked up.
    """

    def __init__(self, page: Page, source: str = "") -> None:
        self.page = page
        self.source = source
        self.whole: Box = (0.0, 0.0, float(page.width), float(page.height))

    @cached_property
    def children(self) -> list[list[int]]:
        """Of each element, in order."""
        lists: list[list[int]] = [[] for _ in self.page.elements]
        for element in self.page.elements:
            if element.parent is not None:
                lists[element.parent].append(element.index)
        return lists

    @cached_property
    def last(self) -> list[int]:
        """Of each element, the index of its last descendant, or its own."""
        return last_descendants(self.page.elements)

    @cached_property
    def blocks(self) -> dict[int, list[TextRun]]:
        """Block -> its runs that are laid out, in order."""
        groups: dict[int, list[TextRun]] = {}
        for run in self.page.texts:
            if run.lines:
                groups.setdefault(run.block, []).append(run)
        return groups

    @cached_property
    def texts_of(self) -> dict[int, list[TextRun]]:
        """Element -> its own texts, in order."""
        groups: dict[int, list[TextRun]] = {}
        for run in self.page.texts:
            groups.setdefault(run.element, []).append(run)
        return groups

    @cached_property
    def overprinted(self) -> dict[int, float]:
        """Text -> the share of its ink where another text has ink, too."""
        shared: dict[int, int] = {}
        for overlap in self.page.overlaps:
            for index in {overlap.first, overlap.second}:
                shared[index] = shared.get(index, 0) + overlap.shared_px
        texts = self.page.texts
        return {i: min(px / max(texts[i].ink_px, 1), 1.0) for i, px in shared.items()}

    @cached_property
    def meant(self) -> tuple[TextRun, ...]:
        """Texts that are meant to be seen: words, laid out on the page, not put away on purpose."""
        return tuple(run for run in self.page.texts if self._is_meant(run))

    def _is_meant(self, run: TextRun) -> bool:
        if not run.lines or not any(map(str.isalnum, run.text)):
            return False
        if self.page.elements[run.element].opacity <= CLEAR_ALPHA or run.source == "alt":
            return False
        if run.inside <= 0.0 or min(run.clip[2:]) <= SLIVER_PX:
            return False
        return run.font_px >= 1.0

    def element(self, run: TextRun) -> PageElement:
        """Whose text it is."""
        return self.page.elements[run.element]

    def line_up(self, index: int) -> Iterator[PageElement]:
        """An element and those around it, inner first."""
        at: int | None = index
        while at is not None:
            yield self.page.elements[at]
            at = self.page.elements[at].parent

    def is_within(self, inner: int, outer: int) -> bool:
        """Whether an element is another or lies inside it, in the document."""
        return outer <= inner <= self.last[outer]

    def common(self, first: int, second: int) -> int:
        """The nearest element around two."""
        return next(e.index for e in self.line_up(first) if self.is_within(second, e.index))

    def place(self, run: TextRun) -> Box:
        """The box around what is left of a text on the page, or around all of it."""
        boxes = [line.box for line in run.lines]
        seen = union(intersect(box, run.clip) for box in boxes)
        return seen or union(boxes) or self.page.elements[run.element].box

    def name(self, run: TextRun) -> str:
        """A text in quotes, cut after some words."""
        return quoted(run.text)

    def setter(self, run: TextRun, *properties: str) -> Span | None:
        """What set the first of some properties that anything set on a text."""
        own = run.set_by if run.pseudo else self.element(run).set_by
        return next((own[name] for name in properties if name in own), None)

    def is_inline(self, element: PageElement) -> bool:
        return element.style.get("display", "") in _INLINE

    def is_painted(self, element: PageElement) -> bool:
        """Whether an element has a background or a border of its own to see."""
        style = element.style
        if style.get("background-image", "none") != "none":
            return True
        if alpha_of(style.get("background-color", "")) > CLEAR_ALPHA:
            return True
        return self.is_bordered(element)

    def is_bordered(self, element: PageElement) -> bool:
        """Whether a border runs around an element: on the left and right, or above and below."""
        width = {side: pixels(element.style.get(f"border-{side}-width", "")) for side in _SIDES}
        if alpha_of(element.style.get("border-top-color", "")) <= CLEAR_ALPHA:
            return False
        return min(width.values()) > 0

    def is_disabled(self, index: int) -> bool:
        """Whether an element is a control, or in one, that cannot be used."""
        for element in self.line_up(index):
            if element.tag in ("button", "input", "select", "textarea", "fieldset", "option"):
                span = element.start_tag
                names = _VALUES.sub("", self.source[span[0] : span[1]]) if span else ""
                if _DISABLED.search(names):
                    return True
        return False

    def defect(
        self, axis: str, kind: str, run: TextRun, message: str, span: Span | None = None
    ) -> Defect:
        """A defect at a text; where nothing else is at fault its own element is."""
        return self.defect_at(axis, kind, self.place(run), message, span, run.element)

    def defect_at(
        self,
        axis: str,
        kind: str,
        region: Box,
        message: str,
        span: Span | None,
        element: int | None = None,
    ) -> Defect:
        """A defect at a box; ``element`` is at fault where no span is given."""
        if span is None and element is not None:
            span = self.span(element)
        return Defect(
            axis=axis,
            kind=kind,
            region=_positive(region),
            severity=1,
            message=message,
            spans=() if span is None else (span,),
        )

    def span(self, index: int) -> Span | None:
        """The source of an element, or of the nearest one around it that has any."""
        return next((e.span for e in self.line_up(index) if e.span is not None), None)


_SIDES = ("top", "right", "bottom", "left")


def _positive(box: Box) -> Box:
    return (box[0], box[1], max(box[2], 0.0), max(box[3], 0.0)) if box else EMPTY
