"""The draw list: what a program's process hands to the painter, and its checked wire format.

A draw list is data, never code: the renderer calls of one figure, the tables they share
(outlines, pens, fonts, transforms) and what the process declares about artists and axes. The wire
format is a JSON header and raw little-endian arrays; nothing is pickled. ``decode`` trusts
nothing: every size, index, enumeration and number is checked before the painter sees it, so a
forged list is at worst another honest picture.

Layout: ``VSDL``, uint32 version, uint64 header length, the header, zero padding to 8 bytes, then
each array of the header's ``arrays`` table in order, each padded to 8 bytes.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.drawlist.checks import check
from vsdpo_jax.domains.chart.drawlist.fields import (
    MAX_BYTES,
    MAX_DPI,
    MAX_HEADER_BYTES,
    MAX_PIXELS,
    STYLE,
    TABLES,
)  # fmt: skip
from vsdpo_jax.domains.chart.drawlist.records import DrawList
from vsdpo_jax.domains.chart.drawlist.wire import Reader, WireError, Writer, number, shown

__all__ = ["MAX_PIXELS", "DrawList", "InvalidDrawList", "decode", "encode"]

MAGIC = b"VSDL"
VERSION = 2


class InvalidDrawList(Exception):
    """The bytes are no draw list; the message says what is wrong in one sentence."""


def encode(draw_list: DrawList) -> bytes:
    """The wire form of a draw list."""
    writer = Writer()
    header: dict[str, Any] = {
        "width": draw_list.width,
        "height": draw_list.height,
        "dpi": draw_list.dpi,
        "style": {key: STYLE[key].encode(v, writer) for key, v in draw_list.style.items()},
    }
    for name, codec in TABLES:
        header[name] = codec.encode(getattr(draw_list, name), writer)
    header["arrays"] = [[array.dtype.str, list(array.shape)] for array in writer.arrays]
    text_bytes = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    chunks = [MAGIC, struct.pack("<IQ", VERSION, len(text_bytes)), text_bytes]
    chunks.append(_padding(_PREFIX + len(text_bytes)))
    for array in writer.arrays:
        chunks += [array.tobytes(), _padding(array.nbytes)]
    return b"".join(chunks)


def decode(payload: bytes) -> DrawList:
    """Read and check a draw list.

    Raises:
      InvalidDrawList: whatever the bytes are that are no draw list within the limits above.
    """
    try:
        header, arrays = _split(payload)
        draw_list = _read(header, Reader(arrays))
        check(draw_list)
    except WireError as error:
        raise InvalidDrawList(f"draw list: {error}") from None
    except RecursionError:
        raise InvalidDrawList("draw list: the header is nested too deeply") from None
    return draw_list


_PREFIX = len(MAGIC) + struct.calcsize("<IQ")
_OUTLINE_ARRAYS, _OP_ARRAYS = 2, 7  # vertices and codes; those of a collection
_DTYPES = {"<f8": np.dtype("<f8"), "|u1": np.dtype("|u1")}
_KEYS = {"width", "height", "dpi", "style", "arrays", *(name for name, _ in TABLES)}


def _padding(size: int) -> bytes:
    return b"\0" * (-size % 8)


def _refuse_constant(name: str) -> float:
    raise WireError(f"the header holds {name}")


def _split(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header as JSON and the arrays as views of one copy of the payload."""
    if len(payload) > MAX_BYTES:
        raise WireError(f"{len(payload)} bytes, at most {MAX_BYTES} are read")
    if len(payload) < _PREFIX or payload[: len(MAGIC)] != MAGIC:
        raise WireError("the bytes do not start like a draw list")
    version, size = struct.unpack_from("<IQ", payload, len(MAGIC))
    if version != VERSION or size > min(MAX_HEADER_BYTES, len(payload) - _PREFIX):
        raise WireError(f"version {version} with a header of {size} bytes")
    try:
        header = json.loads(
            payload[_PREFIX : _PREFIX + size].decode(), parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is no JSON: {error!s:.100}") from None
    if type(header) is not dict or set(header) != _KEYS:
        raise WireError(f"the header must have the keys {', '.join(sorted(_KEYS))}")
    _check_array_count(header)
    # Agg takes writable arrays only; a copy also leaves the caller's bytes alone.
    memory = bytearray(payload)
    arrays = []
    position = _PREFIX + size
    position += -position % 8
    for entry in header["arrays"]:
        dtype, shape = _array_shape(entry)
        count = math.prod(shape)
        nbytes = count * dtype.itemsize
        if position + nbytes > len(payload):
            raise WireError("the bytes end within an array")
        arrays.append(np.frombuffer(memory, dtype, count, position).reshape(shape))
        position += nbytes + -nbytes % 8
    if position != len(payload):
        raise WireError(f"{len(payload) - position} bytes too many")
    return header, arrays


def _check_array_count(header: dict[str, Any]) -> None:
    """No more arrays than fields that take one: an array costs a hundred times its entry."""
    tables = [header[name] for name in ("arrays", "outlines", "ops")]
    if not all(type(table) is list for table in tables):
        raise WireError("arrays, outlines or ops is no list")
    arrays, outlines, ops = map(len, tables)
    most = 1 + _OUTLINE_ARRAYS * outlines + _OP_ARRAYS * ops
    if arrays > most:
        raise WireError(f"{arrays - most} arrays too many or more")


def _array_shape(entry: Any) -> tuple[np.dtype, tuple[int, ...]]:
    if type(entry) is not list or len(entry) != 2 or type(entry[0]) is not str:
        raise WireError(f"array entry {shown(entry)}")
    dtype, shape = _DTYPES.get(entry[0]), entry[1]
    if dtype is None or type(shape) is not list or not 1 <= len(shape) <= 3:
        raise WireError(f"array entry {shown(entry)}")
    if not all(type(size) is int and 0 <= size <= MAX_BYTES for size in shape):
        raise WireError(f"array shape {shown(shape)}")
    return dtype, tuple(shape)


def _read(header: dict[str, Any], reader: Reader) -> DrawList:
    """Check the header's values, table after table."""
    style = header["style"]
    if type(style) is not dict or not set(style) <= set(STYLE):
        raise WireError("style holds an unknown setting")
    found: dict[str, Any] = {
        "width": number(1, 2**16).decode(header["width"], reader),
        "height": number(1, 2**16).decode(header["height"], reader),
        "dpi": number(1, MAX_DPI).decode(header["dpi"], reader),
        "style": {key: STYLE[key].decode(value, reader) for key, value in style.items()},
    }
    if int(found["width"]) * int(found["height"]) > MAX_PIXELS:
        raise WireError(f"canvas above {MAX_PIXELS} pixels")
    for name, codec in TABLES:
        try:
            found[name] = codec.decode(header[name], reader)
        except WireError as error:
            raise WireError(f"{name}{error}") from None
        reader.sizes[name] = len(found[name])
    if reader.used != len(reader.arrays):
        raise WireError(f"{len(reader.arrays) - reader.used} arrays too many")
    return DrawList(**found)
