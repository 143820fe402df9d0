"""Asked pictures: there, seen, large enough, and showing something."""

from __future__ import annotations

import numpy as np

from vsdpo_jax.domains.boxes import intersect
from vsdpo_jax.domains.slide.deck.records import Shape
from vsdpo_jax.domains.slide.judge.content.axes import IMAGE_AXES
from vsdpo_jax.domains.slide.judge.content.reading import Reader
from vsdpo_jax.domains.slide.judge.view import View

SEEN = 0.6
"""Share of a picture that must be seen."""
SMALLEST_PX = 48.0
"""Of its shorter side: an icon."""
LEVELS = 24
"""A picture whose grey levels differ by less, the outer twentieths left out, shows nothing."""


def check_images(reader: Reader, count: int) -> None:
    """Enter as many pictures as are asked for into the ledger."""
    view = reader.view
    pictures = [s for s in view.slide.shapes if s.picture is not None or s.fill.kind == "picture"]
    good = [shape for shape in pictures if not why_unseen(view, shape)]
    bad = [shape for shape in pictures if why_unseen(view, shape)]
    for number in range(count):
        if number < len(good):
            reader.ledger.ok()
            continue
        note = "image missing" if count == 1 else f"image {number + 1} of {count} missing"
        if bad:
            shape = bad.pop(0)
            call = view.first_of(shape, [])
            message = f"{view.name(shape)} cannot be seen: {why_unseen(view, shape)}"
            span = view.guilty(call)
            reader.ledger.missing(
                "image_unseen", note, shape.box, message, span=span, axes=IMAGE_AXES
            )
            continue
        message = f"{len(good)} of {count} pictures can be seen on the slide"
        reader.ledger.missing(
            "image_missing", note, view.whole, message, span=reader.slide_span, axes=IMAGE_AXES
        )


def why_unseen(view: View, shape: Shape) -> str:
    """What keeps a picture from being seen; "" where nothing does."""
    if shape.empty or (shape.picture is not None and not shape.picture.loaded):
        return "it is broken"
    on_slide = intersect(shape.box, view.whole)
    if min(on_slide[2:]) < SMALLEST_PX:
        return f"{on_slide[2]:.0f} x {on_slide[3]:.0f} px of it are on the slide"
    if shape.seen is not None and shape.seen < SEEN:
        return f"{shape.seen:.0%} of it is seen"
    x, y, width, height = (round(value) for value in on_slide)
    inside = view.slide.image_YXC[y : y + height, x : x + width].mean(axis=2)
    low, high = np.percentile(inside, (5, 95))
    return "it shows one colour" if high - low < LEVELS else ""
