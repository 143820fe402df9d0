"""A slide with what detectors ask of it again and again: what is seen, names, calls at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from vsdpo_jax.domains.boxes import area, bottom, intersect, right, union
from vsdpo_jax.domains.slide.deck.notes import Call, What, shape_key
from vsdpo_jax.domains.slide.deck.records import Deck, Shape, Slide, Text
from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.faults import culprit, ways_by_call
from vsdpo_jax.domains.slide.judge.parts import Part, find_parts
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Box, Span

EMU_PER_INCH = 914_400
WIDE_INCHES = 13.333
"""Width of the slide on which sizes of fonts are what their points say."""
PX_PER_POINT = 96 / 72
GROUND_SHARE = 0.75
"""A shape of more of the slide's area is its ground."""
THIN_PX = 4.0
"""Thinner shapes are lines."""
CLEAR_ALPHA = 0.05
"""Paint of less opacity is none, as AeSlides has it."""
SEEN_SHARE = 0.05
"""A shape or text of which less is seen is not there."""
CHART_KINDS = ("chart_title", "axis_title", "category", "value", "key", "data_label")


class View:
    """A slide of a deck, as the detectors read it.

    Args:
      deck: as rendered.
      slide: one of its slides.
      source: the program; "" where there is none.
      settings: the judge's (``rubric.OPTIONS``).
    """

    def __init__(
        self,
        deck: Deck,
        slide: Slide,
        source: str = "",
        settings: Mapping[str, float] = OPTIONS,
    ) -> None:
        self.deck, self.slide, self.source = deck, slide, source
        self.settings = settings
        self.whole: Box = (0.0, 0.0, float(slide.width), float(slide.height))
        width_inches = deck.size_emu[0] / EMU_PER_INCH
        self.scale = WIDE_INCHES / width_inches if width_inches > 0 else 1.0
        """Points of a slide of WIDE_INCHES for each point of this one."""

    @cached_property
    def parts(self) -> list[Part]:
        """Its content, see parts.py."""
        return find_parts(self)

    @cached_property
    def texture_YX(self) -> np.ndarray:
        """bool[Y, X]: AeSlides' mask of the finished picture."""
        return aeslides.content_mask(self.slide.image_YXC)

    @cached_property
    def texts(self) -> dict[int, list[Text]]:
        """Shape -> its texts, in order."""
        groups: dict[int, list[Text]] = {}
        for text in self.slide.texts:
            groups.setdefault(text.shape, []).append(text)
        return groups

    @cached_property
    def meant(self) -> tuple[Text, ...]:
        """Texts that say something and are laid out, whether they are seen or not."""
        return tuple(t for t in self.slide.texts if t.lines and any(map(str.isalnum, t.text)))

    def shape_of(self, text: Text) -> Shape:
        return self.slide.shapes[text.shape]

    def size(self, text: Text) -> float:
        """Height of a text's smallest font of some letters, points of a slide of WIDE_INCHES."""
        total = sum(len(run.text) for run in text.runs)
        sizes = [run.size_pt for run in text.runs if 4 * len(run.text.strip()) >= total > 0]
        return min(sizes or [run.size_pt for run in text.runs] or [0.0]) * self.scale

    def line_px(self, text: Text) -> float:
        """Height of a text's lines."""
        return max((line.box[3] for line in text.lines), default=0.0)

    def extent(self, text: Text) -> Box:
        """The box around a text's lines; of one that is not drawn, the room it has."""
        return union(line.box for line in text.lines) or text.room

    def is_seen(self, text: Text) -> bool:
        return text.visible >= SEEN_SHARE

    def is_ground(self, shape: Shape) -> bool:
        """Whether a shape lies behind the whole slide."""
        return area(intersect(shape.box, self.whole)) > GROUND_SHARE * area(self.whole)

    def is_line(self, shape: Shape) -> bool:
        return shape.kind == "connector" or min(shape.box[2:]) < THIN_PX

    def is_painted(self, shape: Shape) -> bool:
        """Whether a shape has paint of its own that a person sees."""
        if shape.kind == "group" or shape.empty:
            return False
        if shape.seen is not None:
            return shape.seen >= SEEN_SHARE
        return shape.picture is not None or shape.chart is not None

    def is_filled(self, shape: Shape) -> bool:
        return shape.fill.kind != "none" and shape.fill.alpha > CLEAR_ALPHA

    def is_thing(self, shape: Shape) -> bool:
        """Whether a shape shows something by itself: a picture, chart or table."""
        return shape.kind in ("picture", "chart", "table") or shape.fill.kind == "picture"

    @cached_property
    def title(self) -> Text | None:
        """The text of a frame with the largest letters, the upper one of several."""
        own = [t for t in self.meant if t.source == "frame" and len(t.text.strip()) > 3]
        return max(own, key=lambda t: (self.size(t), -self.extent(t)[1]), default=None)

    @cached_property
    def holds(self) -> dict[int, list[Text]]:
        """Painted shape -> texts that stand on it: its own, and later ones that lie within it and
        on nothing nearer.
        """
        cards = [
            shape
            for shape in self.slide.shapes
            if (self.is_filled(shape) or shape.line.kind != "none")
            and not (self.is_ground(shape) or self.is_line(shape))
        ]
        held: dict[int, list[Text]] = {}
        for text in self.meant:
            below = [
                shape.index
                for shape in cards
                if shape.index == text.shape
                or (shape.index < text.shape and inside(self.extent(text), shape.box))
            ]
            held.setdefault(below[-1] if below else text.shape, []).append(text)
        return held

    @cached_property
    def plates(self) -> dict[int, Shape]:
        """Text -> the shape that holds it, see ``holds``."""
        return {t.index: self.slide.shapes[n] for n, held in self.holds.items() for t in held}

    def name(self, shape: Shape) -> str:
        """What a shape is called: its first text, or what it is."""
        texts = [t for t in self.texts.get(shape.index, ()) if t.source in ("frame", "chart_title")]
        if texts:
            return quoted(texts[0].text)
        if shape.kind == "table" and self.texts.get(shape.index):
            return f"table {quoted(self.texts[shape.index][0].text)}"
        on_it = self.holds.get(shape.index) if shape.kind == "autoshape" else None
        if on_it:
            return f"box of {quoted(on_it[0].text)}"
        words = shape.geometry if shape.kind == "autoshape" and shape.geometry else shape.kind
        return f"{words} {shape.index + 1}"

    def called(self, text: Text) -> str:
        return f"text {quoted(text.text)}"

    def calls(self, shape: Shape) -> tuple[Call, ...]:
        before = self.slide.shapes[: shape.index]
        earlier = sum(other.shape_id == shape.shape_id for other in before)
        key = shape_key(self.slide.number, shape.shape_id, earlier)
        return self.deck.notes.shapes.get(key, ())

    def last(self, shape: Shape, *whats: What, text: Text | None = None) -> Call | None:
        """The last call on a shape that did one of some things, to a text where one is given."""
        for call in reversed(self.calls(shape)):
            if call.what in whats and (text is None or _touches(call, text)):
                return call
        return None

    def first_of(
        self, shape: Shape, order: Sequence[tuple[What, ...]], text: Text | None = None
    ) -> Call | None:
        """The last call of the first group of things that any call did; "made" after all."""
        for whats in order:
            call = self.last(shape, *whats, text=text)
            if call is not None:
                return call
        return self.last(shape, "made") or next(iter(self.calls(shape)), None)

    def guilty(self, call: Call | None) -> Span | None:
        """What of the program to change where a call is at fault; see ``faults.culprit``."""
        return None if call is None else culprit(call, self._ways)

    @cached_property
    def _ways(self) -> dict[tuple[Span, str], set[tuple[Span, ...]]]:
        return ways_by_call(self.deck.notes)

    def placed(self, shape: Shape) -> Call | None:
        """What put a shape where it is; of one in a group that was moved, what moved that."""
        # Widths of columns are no way to place a table.
        whats: tuple[What, ...] = ("place", "made") if shape.rows else ("place", "size", "made")
        own = self.last(shape, *whats)
        if own is not None and own.what != "made":
            return own
        around = self.slide.shapes[shape.parent] if shape.parent is not None else None
        if around is not None:
            return self.last(around, "place", "size") or own or self.placed(around)
        return own

    def slide_call(self, *whats: What) -> Call | None:
        """The last call on the slide itself that did one of some things."""
        calls = self.deck.notes.slides.get(self.slide.number, ())
        return next((call for call in reversed(calls) if call.what in whats), None)

    def deck_call(self, *whats: What) -> Call | None:
        """The last call on the deck that did the first of some things that any did."""
        for what in whats:
            for call in reversed(self.deck.notes.deck):
                if call.what == what:
                    return call
        return None


def _touches(call: Call, text: Text) -> bool:
    """Whether a call on a text's shape may have changed this text."""
    if call.cell is not None and call.cell != text.cell:
        return False
    return call.paragraph is None or call.paragraph == text.paragraph


def inside(inner: Box, outer: Box, share: float = 0.95) -> bool:
    """Whether so much of a box lies in another."""
    return area(intersect(inner, outer)) >= share * max(area(inner), 1e-6)


def around(boxes: Iterable[Box]) -> Box:
    return union(boxes) or (0.0, 0.0, 0.0, 0.0)


def at(box: Box) -> str:
    """A box in words."""
    return f"x {box[0]:.0f} to {right(box):.0f}, y {box[1]:.0f} to {bottom(box):.0f}"
