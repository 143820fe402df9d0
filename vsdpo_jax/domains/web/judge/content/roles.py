"""Asked texts in their roles: heading, text, link, button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from vsdpo_jax.domains.ledger import Ledger
from vsdpo_jax.domains.web.judge.content.legible import is_hurt, is_legible
from vsdpo_jax.domains.web.judge.content.stream import Found, Stream
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement, TextRun
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

LARGER, BOLD = 1.15, 600
"""A heading's font is so much higher than that of most letters, or it is bold and no smaller."""
UPPER_PX, UPPER_SHARE = 540.0, 0.4
"""A heading begins so far up: in pixels, or as a share of the page."""
WHOLE_SHARE = 0.5
"""Share of the letters of a link or button that what was asked for must make up."""
SLIP = 0.75
"""From this similarity on a text is the asked one with a slip; asked for are texts, not letters."""
SLIP_LETTERS = 4
_BUTTONS = ("submit", "button", "reset")
_LINK_HOLDERS = ("a", "area")


class Roles:
    """Looks for asked texts in a page and enters what it finds into a ledger."""

    def __init__(self, view: View, stream: Stream, ledger: Ledger) -> None:
        self.view, self.stream, self.ledger = view, stream, ledger
        self.used: set[int] = set()
        """Letters of the stream that are asked for."""
        self.places: list[Found] = []
        """Where asked texts stand."""

    @cached_property
    def everything(self) -> Stream:
        """What is laid out, whether it can be read or not."""
        return Stream(self.view, everything=True)

    @cached_property
    def body_px(self) -> float:
        """Height of the font in which most letters are."""
        letters: dict[float, int] = {}
        for run in self.stream.runs:
            size = round(run.font_px, 1)
            letters[size] = letters.get(size, 0) + len(run.text)
        return max(letters, key=lambda size: letters[size], default=16.0)

    @property
    def page_box(self) -> Box:
        """Where things are missing: the body."""
        bodies = [e.box for e in self.view.page.elements if e.tag == "body" and e.box[3] > 0]
        return bodies[0] if bodies else self.view.whole

    def use(self, found: Found) -> None:
        self.used.update(range(found.start, found.end))
        self.places.append(found)

    def heading(self, text: str) -> None:
        """The asked heading: larger or bolder than most, and at the top."""
        places = self.stream.find(text)
        good = [place for place in places if self._is_large(place) and self._is_high(place)]
        if good:
            self.use(good[0])
            self.ledger.ok()
            return
        if not places:
            self.miss("heading", text)
            return
        place = max(places, key=lambda p: (self._is_high(p), p.first.font_px))
        self.use(place)
        is_high = self._is_high(place)
        how = "is no larger or bolder than the text" if is_high else "is not at the top"
        self.ledger.wrong(
            "heading_plain",
            "heading not large" if is_high else "heading not on top",
            place.box,
            f"heading {quoted(text)} {how}",
            self.view.span(place.first.element),
        )

    def _is_large(self, place: Found) -> bool:
        sizes = [run.font_px for run in place.runs]
        if len(place.runs) == len(self.stream.runs):
            return True
        if min(sizes) >= LARGER * self.body_px:
            return True
        is_bold = all(run.weight >= BOLD for run in place.runs)
        return is_bold and min(sizes) >= 0.95 * self.body_px

    def _is_high(self, place: Found) -> bool:
        return place.box[1] <= max(UPPER_PX, UPPER_SHARE * self.view.page.height)

    def texts(self, wanted: Sequence[str]) -> None:
        """Each asked text, as often as it is asked for."""
        self._each("text", wanted, lambda place, text: "")

    def links(self, wanted: Sequence[str]) -> None:
        """Each asked link: its text within <a href>."""
        self._each("link", wanted, self._no_link)

    def buttons(self, wanted: Sequence[str]) -> None:
        """Each asked button: its text on something that looks like one."""
        self._each("button", wanted, self._no_button)

    def _each(self, kind: str, wanted: Sequence[str], why_not: Callable[[Found, str], str]) -> None:
        """Give each asked text a place of its own, the ones in their role first.

        Args:
          why_not: what a place lacks for the role of a text; "" for nothing.
        """
        taken: set[int] = set()
        for text in sorted(wanted, key=lambda t: -len(normal(t))):
            places = [p for p in self.stream.find(text) if taken.isdisjoint(range(p.start, p.end))]
            lacks = [why_not(place, text) for place in places]
            if not places:
                self.miss(kind, text)
                continue
            best = min(range(len(places)), key=lambda i: (bool(lacks[i]), not places[i].is_whole))
            place, lack = places[best], lacks[best]
            taken.update(range(place.start, place.end))
            self.use(place)
            if not lack:
                self.ledger.ok()
                continue
            self.ledger.wrong(
                f"{kind}_plain",
                f"{kind} {quoted(text)} {lack}",
                place.box,
                f"{kind} {quoted(text)} {lack}",
                self.view.span(place.first.element),
            )

    def _no_link(self, place: Found, text: str) -> str:
        for element in self.view.line_up(place.first.element):
            if element.tag in _LINK_HOLDERS:
                if not element.attributes.get("href", "").strip():
                    return "has no address"
                if not self._is_most(place, element):
                    return "is only a part of a link"
                return ""
        return "is no link"

    def _is_most(self, place: Found, element: PageElement) -> bool:
        """Whether a place makes up most of what can be read in an element, and lies in it."""
        if not all(self.view.is_within(run.element, element.index) for run in place.runs):
            return False
        inside = self.stream.count_within(element.index)
        return place.end - place.start >= WHOLE_SHARE * inside

    def _no_button(self, place: Found, text: str) -> str:
        for element in self.view.line_up(place.first.element):
            if self._is_button(element):
                return "" if self._is_most(place, element) else "is only a part of a button"
        return "is no button"

    def _is_button(self, element: PageElement) -> bool:
        if element.tag == "button" or element.attributes.get("role") == "button":
            return True
        if element.tag == "input":
            return element.attributes.get("type", "").lower() in _BUTTONS
        return element.tag in ("a", "summary", "label") and self.view.is_painted(element)

    def miss(self, kind: str, text: str) -> None:
        """An asked text that cannot be read: is it there with a slip, or there and not seen?"""
        slip = self.slip(text)
        if slip is not None:
            said = " ".join(run.text for run in slip)
            for run in slip:
                self.used.update(self.stream.letters_of(run))
            self.ledger.wrong(
                f"{kind}_wrong",
                f"{kind} {quoted(text)} wrong",
                self.view.place(slip[0]),
                f"{kind} {quoted(text)} is written {quoted(said)}",
                self.view.span(slip[0].element),
            )
            return
        note = "heading missing" if kind == "heading" else f"{kind} {quoted(text)} missing"
        there = [p for p in self.everything.find(text) if not self._is_legible(p)]
        hurt = [p for p in there if all(is_hurt(self.view, run) for run in p.runs)]
        if hurt:
            run = min(hurt[0].runs, key=lambda run: min(run.visible, run.inside))
            words = f"{kind} {quoted(text)}"
            message = f"{words} can be read in part only: {_why(run)}"
            span = self.view.span(run.element)
            note = f"{words} in part"
            self.ledger.wrong(f"{kind}_in_part", note, hurt[0].box, message, span)
            return
        if there:
            run = min(there[0].runs, key=lambda run: run.visible)
            message = f"{kind} {quoted(text)} is there and cannot be read: {_why(run)}"
            place, span = there[0].box, self.view.span(run.element)
            self.ledger.missing(f"{kind}_unseen", note, place, message, span=span)
            return
        message = f"{kind} {quoted(text)} can be seen nowhere on the page"
        self.ledger.missing(f"{kind}_missing", note, self.page_box, message)

    def _is_legible(self, place: Found) -> bool:
        return all(is_legible(self.view, run) for run in place.runs)

    def slip(self, text: str) -> list[TextRun] | None:
        """The runs of a block that says almost what was asked for; None where none does."""
        wanted = normal(text)
        if len(wanted) < SLIP_LETTERS:
            return None
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(wanted)
        best, slip = SLIP, None
        for runs in self._readable_blocks.values():
            said = normal("".join(("" if run.glued else " ") + run.text for run in runs))
            if not 0.6 < (len(said) + 1) / (len(wanted) + 1) < 1.7 or said == wanted:
                continue
            matcher.set_seq1(said)
            if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
                ratio = matcher.ratio()
                if ratio > best:
                    best, slip = ratio, runs
        return slip

    @cached_property
    def _readable_blocks(self) -> dict[int, list[TextRun]]:
        blocks: dict[int, list[TextRun]] = {}
        for run in self.stream.runs:
            blocks.setdefault(run.block, []).append(run)
        return blocks


def _why(run: TextRun) -> str:
    """What keeps a text from being read."""
    if run.inside < 0.9:
        return f"{run.inside:.0%} of it is not cut off"
    if run.covered_by is not None and run.hits < 0.85:
        return "something lies over it"
    if run.font_px < 6.0:
        return f"its font is {run.font_px:.1f} px high"
    if run.contrast < 2.0 or run.visible < 0.7:
        return f"contrast {run.contrast:.1f}, {run.visible:.0%} of it is seen"
    return "it is turned, or its letters are spoilt"
