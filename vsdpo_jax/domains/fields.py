"""What crosses from a renderer to its judge, as bytes: a header of checked fields, then pictures.

Layout: four letters, uint32 version, uint64 header length, the header (JSON), then for each picture
its uint8 rows, and where the picture without texts differs from it: flat pixel indices (uint32,
ascending) and colours. Nothing is pickled. A domain's codec says what the fields are.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vsdpo_jax.domains.colors import differing
from vsdpo_jax.records import Box, Span

FAR = 1e7
"""No coordinate lies farther out, in pixels."""
MOST_BYTES = 400_000_000
_PREFIX = struct.Struct("<4sIQ")


class Unsound(Exception):
    """A value that does not belong where it stands; the message says why in one sentence."""


def pack(magic: bytes, version: int, header: dict[str, Any], parts: Sequence[bytes]) -> bytes:
    """A header, whose numbers are finite, and what follows it."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_PREFIX.pack(magic, version, len(text)), text, *parts])


def unpack(magic: bytes, version: int, payload: bytes) -> tuple[dict[str, Any], int]:
    """The header of ``pack``, and where it ends.

    Raises:
      Unsound, ValueError, RecursionError: there is none.
    """
    if not _PREFIX.size <= len(payload) <= MOST_BYTES:
        raise Unsound(f"{len(payload)} bytes")
    *start, size = _PREFIX.unpack_from(payload)
    if start != [magic, version] or size > len(payload) - _PREFIX.size:
        raise Unsound(f"the bytes do not start with {magic.decode()}")
    end = _PREFIX.size + size
    header = json.loads(payload[_PREFIX.size : end].decode(), parse_constant=_refuse_constant)
    if type(header) is not dict:
        raise Unsound("the header is no table")
    return header, end


def _refuse_constant(name: str) -> float:
    raise Unsound(f"the header holds {name}")


def picture_bytes(image_YXC: np.ndarray, textless_YXC: np.ndarray) -> tuple[int, list[bytes]]:
    """How many pixels differ between two pictures of one size, and both as bytes."""
    differs_N = differing(image_YXC, textless_YXC).astype("<u4")
    colors_N3 = textless_YXC.reshape(-1, 3)[differs_N]
    rows = np.ascontiguousarray(image_YXC).tobytes()
    return len(differs_N), [rows, differs_N.tobytes(), colors_N3.tobytes()]


def pictures(
    payload: bytes, start: int, width: int, height: int, differs: Any
) -> tuple[np.ndarray, np.ndarray, int]:
    """Both pictures of ``picture_bytes``, uint8[Y, X, 3], and where they end.

    Raises:
      Unsound: they are not there, or places are out of the picture or out of order.
    """
    num_pixels = width * height
    count = whole(differs, 0, num_pixels)
    end = start + 3 * num_pixels + 7 * count
    if len(payload) < end:
        raise Unsound("the pictures are of another size")
    image_YXC = np.frombuffer(payload, np.uint8, 3 * num_pixels, start).reshape(height, width, 3)
    start += 3 * num_pixels
    places_N = np.frombuffer(payload, "<u4", count, start)
    in_order = bool(np.all(places_N[1:] > places_N[:-1]))
    if count and not (in_order and int(places_N[-1]) < num_pixels):
        raise Unsound("pixels of a picture without texts are out of place")
    textless_YXC = image_YXC.copy()
    colors_N3 = np.frombuffer(payload, np.uint8, 3 * count, start + 4 * count).reshape(-1, 3)
    textless_YXC.reshape(-1, 3)[places_N] = colors_N3
    return image_YXC, textless_YXC, end


def whole(value: Any, low: int, high: int) -> int:
    """A whole number, both ends included."""
    if type(value) is not int or not low <= value <= high:
        raise Unsound(f"{value!r:.40} is not a whole number from {low} to {high}")
    return value


def number(value: Any, low: float, high: float) -> float:
    """A finite number, both ends included."""
    if type(value) not in (int, float) or not low <= value <= high or not math.isfinite(value):
        raise Unsound(f"{value!r:.40} is not a number from {low} to {high}")
    return float(value)


def string(value: Any, longest: int) -> str:
    """A text of at most so many characters."""
    if type(value) is not str or len(value) > longest:
        raise Unsound(f"{value!r:.40} is not a text of at most {longest} characters")
    return value


def word(value: Any, known: frozenset[str]) -> Any:
    """One of the known words."""
    if type(value) is not str or value not in known:
        raise Unsound(f"{value!r:.40} is none of {', '.join(sorted(known))}")
    return value


def flag(value: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise Unsound(f"{value!r:.40} is not true or false")
    return value


def maybe(read: Callable[[Any], Any], value: Any) -> Any:
    """None, or what ``read`` makes of it."""
    return None if value is None else read(value)


def row(value: Any, length: int) -> list[Any]:
    """A list of exactly so many values."""
    if type(value) is not list or len(value) != length:
        raise Unsound(f"{value!r:.40} is not a row of {length}")
    return value


def items(value: Any, longest: int) -> list[Any]:
    """A list of at most so many values."""
    if type(value) is not list or len(value) > longest:
        raise Unsound(f"{value!r:.40} is not a list of at most {longest}")
    return value


def span(value: Any) -> Span:
    """Start and end in characters."""
    start, end = row(value, 2)
    return whole(start, 0, 2**40), whole(end, start, 2**40)


def box(value: Any) -> Box:
    """x, y, width and height in pixels."""
    x, y, width, height = row(value, 4)
    place = number(x, -FAR, FAR), number(y, -FAR, FAR)
    return *place, number(width, 0.0, 2 * FAR), number(height, 0.0, 2 * FAR)


def color(value: Any) -> tuple[int, int, int]:
    """sRGB."""
    red, green, blue = row(value, 3)
    return whole(red, 0, 255), whole(green, 0, 255), whole(blue, 0, 255)
