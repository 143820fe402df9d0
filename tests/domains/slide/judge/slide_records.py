"""Slides made of records, without a renderer: what is drawn is what the builders say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.deck.records import (
    Chart,
    Deck,
    Fill,
    Overlap,
    Picture,
    Series,
    Shape,
    Slide,
    Text,
    TextLine,
    TextRun,
)
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.records import Box

NOTHING = Fill(kind="none")
WIDE = (12_191_695, 6_858_000)
FOUR_THIRDS = (9_144_000, 6_858_000)


def solid(*color: int, alpha: float = 1.0) -> Fill:
    return Fill(kind="solid", color=(color[0], color[1], color[2]), alpha=alpha)


class SlideBuilder:
    """Collects shapes and texts of one slide; methods return the index of what they add."""

    def __init__(self, size_emu: tuple[int, int] = WIDE, background: Fill | None = None) -> None:
        self.size_emu = size_emu
        self.height = round(1280 * size_emu[1] / size_emu[0])
        self.background = background or solid(255, 255, 255)
        self.shapes: list[Shape] = []
        self.texts: list[Text] = []
        self.overlaps: list[Overlap] = []
        self.calls: dict[tuple[int, int], tuple[Call, ...]] = {}
        self.image = np.full((self.height, 1280, 3), self.background.color or 255, np.uint8)

    def shape(self, box: Box, kind="autoshape", *, fill: Fill = NOTHING, **given) -> int:
        index = len(self.shapes)
        is_painted = fill.kind != "none" or kind in ("picture", "chart", "table")
        values = {
            "index": index, "shape_id": index + 2, "name": f"{kind} {index + 1}", "kind": kind,
            "parent": None, "placeholder": "",
            "geometry": "rect" if kind == "autoshape" else "",
            "box": box, "frame": box, "rotation": 0.0, "fill": fill, "line": NOTHING,
            "line_px": 0.0, "empty": False, "seen": 1.0 if is_painted else None,
            "covered_by": None,
        }  # fmt: skip
        self.shapes.append(Shape(**{**values, **given}))
        self.calls[0, index + 2] = (Call(what="made", span=(100 * index, 100 * index + 10)),)
        if fill.kind == "solid" and fill.color:
            self.paint(box, fill.color)
        elif kind == "picture":
            self.paint(box, None)
        return index

    def call(self, index: int, what, **given) -> Call:
        """One more call on a shape, with a span of its own."""
        key = (0, index + 2)
        at = 100 * index + 20 * len(self.calls[key])
        call = Call(what=what, **{"span": (at, at + 10), **given})
        self.calls[key] = (*self.calls[key], call)
        return call

    def text(
        self,
        words: str,
        box: Box,
        *,
        shape: int | None = None,
        size: float = 20.0,
        lines: Sequence[Box] | None = None,
        **given,
    ) -> int:
        """A text in a box of its own, or of a shape; its letters fill ``lines``, or the box."""
        if shape is None:
            shape = self.shape(box, "textbox")
        drawn = tuple(TextLine(box=line, text=words) for line in lines or [box])
        color = given.pop("color", (20, 20, 20))
        run = TextRun(
            text=words, font="Calibri", drawn_with="Carlito", size_pt=size,
            bold=given.pop("bold", False), color=(*color, 1.0),
        )  # fmt: skip
        values = {
            "index": len(self.texts), "shape": shape, "source": "frame",
            "paragraph": sum(t.shape == shape for t in self.texts), "cell": None, "text": words,
            "level": 0, "bullet": False, "runs": (run,), "lines": drawn,
            "room": self.shapes[shape].box, "turn": 0.0, "align": "left", "wraps": True,
            "shrunk": 1.0, "visible": 1.0, "ink_px": 500, "ink_color": color,
            "ground": (255, 255, 255), "contrast": 15.0, "covered_by": None,
        }  # fmt: skip
        self.texts.append(Text(**{**values, **given}))
        for line in drawn:
            self.paint(line.box, None)
        return len(self.texts) - 1

    def picture(self, box: Box, width=800, height=600, crop=(0.0, 0.0, 0.0, 0.0), **given) -> int:
        loaded = given.pop("loaded", True)
        picture = Picture(width=width, height=height, crop=crop, loaded=loaded, digest="d")
        return self.shape(box, "picture", picture=picture, **given)

    def chart(self, box: Box, kind: str, categories, series, marks=(), keys=(), **given) -> int:
        rows = tuple(Series(name=name, values=tuple(values)) for name, values in series)
        chart = Chart(
            kind=kind, categories=tuple(categories), series=rows, marks=tuple(marks),
            keys=tuple(keys),
        )  # fmt: skip
        return self.shape(box, "chart", chart=chart, **given)

    def paint(self, box: Box, color) -> None:
        """Fill a box with a colour; None: with stripes, as letters and pictures are."""
        x, y, width, height = (round(value) for value in box)
        area = self.image[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
        if color is not None:
            area[:] = color
        else:
            area[np.arange(len(area)) % 16 < 8] = (20, 20, 20)

    def view(self, notes: Notes | None = None, num_slides: int = 1) -> View:
        slide = Slide(
            number=0,
            width=1280,
            height=self.height,
            layout="Blank",
            background=self.background,
            image_YXC=self.image,
            textless_YXC=self.image,
            shapes=tuple(self.shapes),
            texts=tuple(self.texts),
            overlaps=tuple(self.overlaps),
        )
        deck = Deck(
            size_emu=self.size_emu,
            slides=(slide,),
            num_slides=num_slides,
            renderer="records",
            notes=notes or Notes(shapes=self.calls),
        )
        return View(deck, slide)


def filled() -> SlideBuilder:
    """A sound slide: a title, and six cards with text that fill the rest."""
    made = SlideBuilder()
    made.text("Six good reasons", (60, 40, 900, 60), size=40)
    for number in range(6):
        x, y = 60 + (number % 3) * 400, 140 + (number // 3) * 270
        card = made.shape((x, y, 360, 240), fill=solid(230, 240, 250))
        lines = [(x + 20.0, y + 20.0 + 40 * row, 320.0, 28.0) for row in range(5)]
        made.text(f"Reason {number + 1} of a few words", (x, y, 360, 240), shape=card, lines=lines)
    return made
