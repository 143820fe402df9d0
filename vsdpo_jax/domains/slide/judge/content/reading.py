"""The readable texts of a slide, in which asked texts are looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from vsdpo_jax.domains.boxes import union
from vsdpo_jax.domains.ledger import Ledger
from vsdpo_jax.domains.slide.deck.notes import What
from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.content.legible import is_hurt, is_legible, why_not
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box, Span

SLIP, SLIP_LETTERS = 0.75, 4
"""From this similarity on a text is the asked one with a slip; asked for are texts, not letters."""
MOST_PARAGRAPHS = 6
"""So many paragraphs that follow each other may be one asked text, broken by hand."""
_MARKER = re.compile(r"^(?:[^\w\s\"'(\[$€£+#@-]+|[-–—]|\(?\d{1,2}[.)])\s+")
_END = re.compile(r"[\s.;:,]+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a text stands.

    Attributes:
      texts: paragraphs that it takes up, in part or whole.
      box: around them.
      is_whole: whether they hold nothing else but marks.
      share: of their letters that are its own.
    """

    texts: tuple[Text, ...]
    box: Box
    is_whole: bool
    share: float

    @property
    def first(self) -> Text:
        return self.texts[0]


class Reader:
    """Looks for asked texts on a slide and enters what it finds into a ledger."""

    def __init__(self, view: View, ledger: Ledger) -> None:
        self.view, self.ledger = view, ledger
        self.used: dict[int, list[str]] = {}
        """Text -> what of it was asked for."""

    @cached_property
    def legible(self) -> list[Text]:
        return [text for text in self.view.slide.texts if is_legible(self.view, text)]

    @cached_property
    def frames(self) -> list[list[Text]]:
        """Readable paragraphs of each frame, in order."""
        return _by_frame([text for text in self.legible if text.source == "frame"])

    def find(self, text: str, frames: Sequence[Sequence[Text]] | None = None) -> list[Place]:
        """Where a text stands, whole places first."""
        wanted = normal(text)
        places = []
        for frame in self.frames if frames is None else frames:
            places += _in_frame(frame, wanted)
        return sorted(places, key=lambda place: (not place.is_whole, -place.share))

    def use(self, place: Place, text: str) -> None:
        for part in place.texts:
            self.used.setdefault(part.index, []).append(normal(text))

    def span(self, text: Text, *whats: What) -> Span | None:
        """The call that did one of some things to a text, else the one that made its shape."""
        shape = self.view.shape_of(text)
        order = [whats] if whats else []
        return self.view.guilty(self.view.first_of(shape, order, text if whats else None))

    @property
    def slide_span(self) -> Span | None:
        """The call that made the slide."""
        call = self.view.slide_call("made") or self.view.deck_call("made")
        return None if call is None else call.span

    def miss(self, kind: str, text: str) -> None:
        """An asked text that cannot be read: is it there with a slip, or there and not seen?"""
        name = f"{kind} {quoted(text)}"
        note = "title missing" if kind == "title" else f"{name} missing"
        slip = self._slip(text)
        if slip is not None:
            self.used.setdefault(slip.index, []).append(normal(slip.text))
            message = f"{name} is written {quoted(slip.text)}"
            place, span = self.view.extent(slip), self.span(slip, "text")
            self.ledger.wrong(f"{kind}_wrong", f"{name} wrong", place, message, span)
            return
        hidden = [t for t in self.view.slide.texts if not is_legible(self.view, t)]
        there = self.find(text, _by_frame([t for t in hidden if t.source == "frame"]))
        if there and all(is_hurt(self.view, t) for t in there[0].texts):
            first = there[0].first
            message = f"{name} can be read in part only: {why_not(self.view, first)}"
            where, span = self.view.shape_of(first).box, self.span(first)
            self.ledger.wrong(f"{kind}_in_part", f"{name} in part", where, message, span)
            return
        if there:
            first = there[0].first
            message = f"{name} is there and cannot be read: {why_not(self.view, first)}"
            where, span = self.view.shape_of(first).box, self.span(first)
            self.ledger.missing(f"{kind}_unseen", note, where, message, span=span)
            return
        message = f"{name} can be seen nowhere on the slide"
        self.ledger.missing(f"{kind}_missing", note, self.view.whole, message, span=self.slide_span)

    def _slip(self, text: str) -> Text | None:
        """A paragraph that says almost what was asked for, and nothing else that was."""
        wanted = normal(text)
        if len(wanted) < SLIP_LETTERS:
            return None
        best, slip = SLIP, None
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(wanted)
        for frame in self.frames:
            for own in frame:
                said = bare(own.text)
                if own.index in self.used or not 0.6 < (len(said) + 1) / (len(wanted) + 1) < 1.7:
                    continue
                matcher.set_seq1(said)
                if matcher.quick_ratio() > best and matcher.ratio() > best:
                    best, slip = matcher.ratio(), own
        return slip


def bare(text: str) -> str:
    """A paragraph as a reader takes it, without the mark before it and the stop after it."""
    return _END.sub("", _MARKER.sub("", normal(text)))


def _by_frame(texts: Sequence[Text]) -> list[list[Text]]:
    frames: dict[int, list[Text]] = {}
    for text in texts:
        frames.setdefault(text.shape, []).append(text)
    return list(frames.values())


def _in_frame(frame: Sequence[Text], wanted: str) -> list[Place]:
    """Places of a text in one frame: a paragraph, some that follow each other, a part of one."""
    core = _END.sub("", wanted)
    places = []
    for start in range(len(frame)):
        for end in range(start + 1, min(start + MOST_PARAGRAPHS, len(frame)) + 1):
            texts = tuple(frame[start:end])
            joined = normal(" ".join(t.text for t in texts))
            if core and core in (bare(joined), _END.sub("", joined)):
                places.append(_place(texts, is_whole=True, share=1.0))
            if len(joined) > len(wanted) + 8:
                break
        text = frame[start]
        said = normal(text.text)
        if len(core) < len(bare(said)) and _contains(said, core):
            share = len(core.replace(" ", "")) / max(len(said.replace(" ", "")), 1)
            places.append(_place((text,), is_whole=False, share=share))
    return places


def _place(texts: tuple[Text, ...], *, is_whole: bool, share: float) -> Place:
    box = union(line.box for text in texts for line in text.lines) or texts[0].room
    return Place(texts=texts, box=box, is_whole=is_whole, share=share)


def _contains(said: str, wanted: str) -> bool:
    """Whether a text stands in another, not within a word or number."""
    if not wanted:
        return False
    before = r"(?<![\w])(?<!\d[.,:'/])" if wanted[0].isalnum() else ""
    after = r"(?!\w)(?![.,:'/]\d)" if wanted[-1].isalnum() else ""
    return re.search(before + re.escape(wanted) + after, said) is not None
