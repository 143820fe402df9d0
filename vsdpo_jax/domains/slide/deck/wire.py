"""What the child hands over, as bytes, and back with every value checked: notes and the file.

Layout: ``VSLD``, uint32 version, uint64 length of the header, the header (JSON: the notes), then
the .pptx file as it was saved, unread. Nothing is pickled.

Standard library only: the child runs under the interpreter of the programs.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any, get_args

from vsdpo_jax.domains.slide.deck.notes import Call, Notes, Span, What

MAX_CALLS = 200_000
"""Of a deck's notes, all shapes together."""
MAX_SITES = 32
MAX_SLIDES = 100_000
FAR = 2**31
"""No number of the notes is larger; a key of a shape may be, see ``notes.shape_key``."""

_MAGIC, _VERSION = b"VSLD", 1
_PREFIX = struct.Struct("<4sIQ")
_WHATS = get_args(What)
_HEADER_BYTES = 48 << 20


class InvalidDeck(Exception):
    """The bytes are no deck; the message says what is wrong in one sentence."""


def pack(notes: Notes, pptx: bytes) -> bytes:
    """The payload of a program that ran."""
    text = json.dumps(to_rows(notes), separators=(",", ":")).encode("ascii")
    return b"".join([_PREFIX.pack(_MAGIC, _VERSION, len(text)), text, pptx])


def unpack(payload: bytes) -> tuple[Notes, bytes]:
    """Read a payload.

    Returns:
      The notes, whose spans may name any place, and the bytes of the file, which may be anything.

    Raises:
      InvalidDeck: it is no payload, or its notes are none within the limits above.
    """
    if len(payload) < _PREFIX.size:
        raise InvalidDeck(f"payload: {len(payload)} bytes are no payload")
    magic, version, length = _PREFIX.unpack_from(payload)
    if magic != _MAGIC or version != _VERSION:
        raise InvalidDeck("payload: it does not start as one")
    end = _PREFIX.size + length
    if length > _HEADER_BYTES or end > len(payload):
        raise InvalidDeck(f"payload: notes of {length} bytes are announced")
    try:
        rows = json.loads(payload[_PREFIX.size : end])
    except (ValueError, RecursionError) as error:
        raise InvalidDeck(f"payload: its notes are no JSON: {error!s:.100}") from None
    return from_rows(rows), payload[end:]


def to_rows(notes: Notes) -> dict[str, Any]:
    """Notes as JSON values; places that many calls share are written once."""
    sites: dict[tuple[Span, ...], int] = {}

    def rows(calls: Sequence[Call]) -> list[Any]:
        return [
            [
                _WHATS.index(call.what),
                *call.span,
                sites.setdefault(call.sites, len(sites)),
                *(call.paragraph, call.run, call.cell and list(call.cell)),
            ]
            for call in calls
        ]

    return {
        "shapes": [[*key, rows(calls)] for key, calls in notes.shapes.items()],
        "slides": [[number, rows(calls)] for number, calls in notes.slides.items()],
        "deck": rows(notes.deck),
        "sites": [[list(span) for span in chain] for chain in sites],
    }


def from_rows(rows: Any) -> Notes:
    """Read what ``to_rows`` wrote.

    Raises:
      InvalidDeck: a value that does not belong where it stands.
    """
    if type(rows) is not dict or set(rows) != {"shapes", "slides", "deck", "sites"}:
        raise InvalidDeck("notes: not the four tables of notes")
    reader = _Reader(rows["sites"])
    shapes: dict[tuple[int, int], tuple[Call, ...]] = {}
    for row in _list(rows["shapes"], MAX_CALLS):
        slide, key, calls = _row(row, 3)
        place = _whole(slide, 0, MAX_SLIDES), _whole(key, 0, 2**63)
        if place in shapes:
            raise InvalidDeck(f"notes: two lists for shape {place}")
        shapes[place] = reader.calls(calls)
    slides: dict[int, tuple[Call, ...]] = {}
    for row in _list(rows["slides"], MAX_SLIDES):
        number, calls = _row(row, 2)
        if _whole(number, 0, MAX_SLIDES) in slides:
            raise InvalidDeck(f"notes: two lists for slide {number}")
        slides[number] = reader.calls(calls)
    return Notes(shapes=shapes, slides=slides, deck=reader.calls(rows["deck"]))


class _Reader:
    """Reads calls; counts them over all lists."""

    def __init__(self, sites: Any) -> None:
        self._sites = [
            tuple(_span(*_row(span, 2)) for span in _list(chain, MAX_SITES))
            for chain in _list(sites, MAX_CALLS)
        ]
        self._left = MAX_CALLS

    def calls(self, rows: Any) -> tuple[Call, ...]:
        found = tuple(self._call(row) for row in _list(rows, self._left))
        self._left -= len(found)
        return found

    def _call(self, row: Any) -> Call:
        what, start, end, sites, paragraph, run, cell = _row(row, 7)
        return Call(
            what=_WHATS[_whole(what, 0, len(_WHATS) - 1)],
            span=_span(start, end),
            sites=self._sites[_whole(sites, 0, len(self._sites) - 1)],
            paragraph=_maybe(_index, paragraph),
            run=_maybe(_index, run),
            cell=_maybe(_cell, cell),
        )


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise InvalidDeck(f"notes: {value!r:.40} is not a whole number from {low} to {high}")
    return value


def _index(value: Any) -> int:
    return _whole(value, 0, FAR)


def _span(start: Any, end: Any) -> Span:
    return _whole(start, 0, FAR), _whole(end, start, FAR)


def _cell(value: Any) -> tuple[int, int]:
    row, column = _row(value, 2)
    return _index(row), _index(column)


def _maybe(read: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else read(value)


def _list(value: Any, longest: int) -> list[Any]:
    if type(value) is not list or len(value) > longest:
        raise InvalidDeck(f"notes: {value!r:.40} is not a list of at most {longest}")
    return value


def _row(value: Any, length: int) -> list[Any]:
    if type(value) is not list or len(value) != length:
        raise InvalidDeck(f"notes: {value!r:.40} is not a row of {length}")
    return value
