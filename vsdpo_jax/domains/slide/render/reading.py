"""From the bytes of a deck to its record: parse, draw, measure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.records import WIDTH, Deck, Slide
from vsdpo_jax.domains.slide.render.display import Display
from vsdpo_jax.domains.slide.render.evidence import measure
from vsdpo_jax.domains.slide.render.fast import NAME, FastDeck
from vsdpo_jax.domains.slide.render.fonts import asked
from vsdpo_jax.domains.slide.render.office import Office
from vsdpo_jax.domains.slide.render.prepare import prepare
from vsdpo_jax.domains.slide.render.printed import Letter, Printed
from vsdpo_jax.domains.slide.render.rejoin import rejoin
from vsdpo_jax.domains.slide.render.shapes import find_shapes, ground
from vsdpo_jax.domains.slide.render.slice_labels import center_labels
from vsdpo_jax.domains.slide.render.source import BadDeck, SlideSource, Source
from vsdpo_jax.domains.slide.render.texts import find_texts

MOST_SLIDES = 4
"""Slides of a deck that are rendered, where the option ``max_slides`` says nothing."""
MOST_TALL, MOST_WIDE = 4.0, 8.0
"""Slides that are so many times as high as wide, or as wide as high, are refused."""

Pictures = list[tuple[np.ndarray, np.ndarray]]


def read_deck(
    data: bytes, notes: Notes, options: Mapping[str, Any], office: Office | None = None
) -> Deck:
    """Render a deck and measure what is seen.

    With an office suite the pictures are its own, and so are the lines of texts; colours, marks of
    charts and what covers what are the fast renderer's.

    Args:
      data: a .pptx file that has passed the checks of ``deck.archive``.
      notes: of the child.
      options: of the domain; "max_slides".
      office: draws; None: the fast renderer does.

    Raises:
      BadDeck: it cannot be read or drawn.
    """
    source = Source(data)
    wide, high = source.size_emu
    if high > MOST_TALL * wide or wide > MOST_WIDE * high:
        raise BadDeck(f"its slides measure {wide} x {high} EMU: no slide has such sides")
    numbers, slides = _shown(source, int(options.get("max_slides", MOST_SLIDES)))
    prepared = prepare(source, slides, for_office=False)
    families = (*prepared.lent, *source.families(slides))
    deck = FastDeck(prepared.data, families, source.size_emu)
    displays = [deck.display(number) for number in numbers]
    letters: Sequence[Sequence[Letter] | None] = [None] * len(slides)
    if office is None:
        images = [deck.picture(number) for number in numbers]
        textless = [deck.picture(number, letters=False) for number in numbers]
        pictures = list(zip(images, textless, strict=True))
    else:
        prepared = prepare(source, slides, for_office=True)
        pictures, letters = _printed(
            office, prepared.data, len(source.slide_names), numbers, deck.height
        )
    return Deck(
        size_emu=source.size_emu,
        slides=tuple(
            _slide(source, *each)
            for each in zip(numbers, slides, displays, pictures, letters, strict=True)
        ),
        num_slides=len(source.slide_names),
        renderer=NAME if office is None else f"{office.name}, {NAME}",
        fonts={name: drawn for name, drawn in deck.fonts.items() if name == asked(name)},
        notes=notes,
    )


def _shown(source: Source, most: int) -> tuple[list[int], list[SlideSource]]:
    """The first slides that are not hidden: nobody sees those in a show of the deck."""
    slides = ((number, source.slide(number)) for number in range(len(source.slide_names)))
    shown = list(itertools.islice((pair for pair in slides if not pair[1].is_hidden), most))
    if not shown:
        raise BadDeck("every slide of the deck is hidden: a show of it shows none")
    return [number for number, _ in shown], [slide for _, slide in shown]


def _printed(
    office: Office, data: bytes, count: int, numbers: Sequence[int], height: int
) -> tuple[Pictures, list[list[Letter]]]:
    printed = Printed(office.pdf(data, count), count, height)
    try:
        letters = [printed.letters(number) for number in numbers]
        return [printed.pictures(number) for number in numbers], letters
    finally:
        printed.close()


def _slide(
    source: Source,
    number: int,
    slide: SlideSource,
    display: Display,
    pictures: tuple[np.ndarray, np.ndarray],
    letters: Sequence[Letter] | None,
) -> Slide:
    image_YXC, textless_YXC = pictures
    found = find_shapes(source, slide, display)
    if letters is None:
        center_labels(found, image_YXC, textless_YXC)
    drawn = find_texts(found, source.size_emu[0])
    if letters is not None:
        drawn = rejoin(drawn, letters)
    shapes, texts, overlaps = measure(
        found, drawn, display.background, image_YXC, textless_YXC, letters is not None
    )
    return Slide(
        number=number,
        width=WIDTH,
        height=image_YXC.shape[0],
        layout=slide.layout_name,
        background=ground(display),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        shapes=shapes,
        texts=texts,
        overlaps=overlaps,
    )
