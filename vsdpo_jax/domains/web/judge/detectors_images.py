"""The detector on pictures: those that are not there, those stretched out of shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from vsdpo_jax.domains.boxes import area
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blame import first_set
from vsdpo_jax.domains.web.judge.detectors_text import reading_of
from vsdpo_jax.domains.web.judge.view import View, pixels
from vsdpo_jax.domains.web.page.records import PageElement
from vsdpo_jax.domains.words import quoted
from vsdpo_jax.records import Defect

SERVED = {"rick.jpg": 1920 / 1080, "placeholder.jpg": 1920 / 1080}
"""The pictures that the renderer serves, and their width over their height."""
STRETCH = 1.2
"""A picture may be so much wider or higher than its shape: padding is part of its box."""
_SHAPES = ("object-fit", "height", "width", "aspect-ratio", "min-height", "min-width")
SMALLEST_PX = 16.0
"""Smaller ones are dots and rules."""


def detect_images(view: View) -> Reading:
    """Broken pictures, and pictures drawn wider or higher than they are.

    Score: the share of pictures without fault.
    """
    images = [e for e in view.page.elements if e.loaded is not None and e.shown and e.opacity > 0]
    found = [*_broken(images, view), *_stretched(images, view)]
    reading = reading_of(found)
    score = 1.0 - len(found) / max(len(images), 1)
    return Reading(defects=reading.defects, notes=reading.notes, score=max(0.0, score))


def image_name(image: PageElement) -> str:
    """What a picture is called: its alternative text, or the end of its address."""
    alt = image.attributes.get("alt", "").strip()
    return quoted(alt or _file(image) or image.tag)


def _file(image: PageElement) -> str:
    source = image.attributes.get("src", "")
    if source[:5].lower() == "data:":
        return "data"
    try:
        return PurePosixPath(urlsplit(source).path).name
    except ValueError:
        return source


def _broken(images: list[PageElement], view: View) -> Iterator[tuple[float, str, Defect]]:
    for image in images:
        if image.loaded or area(image.clip) <= 0:
            continue
        name = image_name(image)
        message = f"image {name} is broken: there is no picture {_file(image) or 'named'}"
        defect = view.defect_at(
            "images", "image_broken", image.box, message, None, element=image.index
        )
        yield 0.0, f"image {name} broken", defect


def _stretched(images: list[PageElement], view: View) -> Iterator[tuple[float, str, Defect]]:
    for image in images:
        shape = SERVED.get(_file(image).lower())
        if not image.loaded or shape is None or image.tag != "img":
            continue
        if image.style.get("object-fit", "fill") != "fill":
            continue
        width = image.box[2] - _borders(image, "left", "right")
        height = image.box[3] - _borders(image, "top", "bottom")
        if min(width, height) < SMALLEST_PX or image.style.get("transform", "none") != "none":
            continue
        ratio = (width / height) / shape
        stretch = max(ratio, 1 / ratio)
        if stretch <= STRETCH:
            continue
        name = image_name(image)
        way = "wide" if ratio > 1 else "high"
        message = f"image {name} is drawn {stretch:.1f} times too {way}"
        span = first_set(image, _SHAPES)
        defect = view.defect_at(
            "images", "image_stretched", image.box, message, span, element=image.index
        )
        yield 1 / stretch, f"image {name} stretched", defect


def _borders(image: PageElement, *sides: str) -> float:
    return sum(pixels(image.style.get(f"border-{side}-width", "")) for side in sides)
