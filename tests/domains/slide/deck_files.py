"""Decks as bytes for tests, and ways to damage them."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable

import pptx
from pptx.util import Inches


def deck_bytes(change: Callable[[pptx.presentation.Presentation], object] | None = None) -> bytes:
    """A deck with one slide and a title; ``change`` may do more to it."""
    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "A title"
    if change is not None:
        change(deck)
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    """Name -> bytes of a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes] | list[tuple[str, bytes]], level: int = 6) -> bytes:
    """A zip of parts; a list may name one twice."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
            for name, part in parts.items() if isinstance(parts, dict) else parts:
                archive.writestr(name, part)
    return buffer.getvalue()


def edited(name: str, change: Callable[[bytes], bytes], data: bytes | None = None) -> bytes:
    """A deck with one part changed."""
    parts = members(data or deck_bytes())
    parts[name] = change(parts[name])
    return zipped(parts)


def with_parts(more: dict[str, bytes]) -> bytes:
    """A deck with further parts."""
    return zipped({**members(deck_bytes()), **more})
