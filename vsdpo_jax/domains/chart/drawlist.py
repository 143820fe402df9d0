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

from vsdpo_jax.domains.chart.drawlist_fields import (
    HATCHES,
    MAX_BYTES,
    MAX_GLYPH_PIXELS,
    MAX_HEADER_BYTES,
    MAX_MATH,
    MAX_MATH_NESTING,
    MAX_PIXELS,
    MAX_VERTICES,
    PATH_CODES,
    STYLE,
    TABLES,
)  # fmt: skip
from vsdpo_jax.domains.chart.drawlist_records import (
    CollectionOp,
    DrawList,
    MeshOp,
    Outline,
    Pen,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.wire import Reader, WireError, Writer, number
from vsdpo_jax.records import Span

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
        _check_geometry(draw_list)
    except WireError as error:
        raise InvalidDrawList(f"draw list: {error}") from None
    return draw_list


_PREFIX = len(MAGIC) + struct.calcsize("<IQ")
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
    if type(header["arrays"]) is not list:
        raise WireError("arrays is no list")
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


def _array_shape(entry: Any) -> tuple[np.dtype, tuple[int, ...]]:
    if type(entry) is not list or len(entry) != 2 or type(entry[0]) is not str:
        raise WireError(f"array entry {entry!r:.60}")
    dtype, shape = _DTYPES.get(entry[0]), entry[1]
    if dtype is None or type(shape) is not list or not 1 <= len(shape) <= 3:
        raise WireError(f"array entry {entry!r:.60}")
    if not all(type(size) is int and 0 <= size <= MAX_BYTES for size in shape):
        raise WireError(f"array shape {shape!r:.60}")
    return dtype, tuple(shape)


def _read(header: dict[str, Any], reader: Reader) -> DrawList:
    """Check the header's values, table after table."""
    style = header["style"]
    if type(style) is not dict or not set(style) <= set(STYLE):
        raise WireError("style holds an unknown setting")
    found: dict[str, Any] = {
        "width": number(1, 2**16).decode(header["width"], reader),
        "height": number(1, 2**16).decode(header["height"], reader),
        "dpi": number(1, 1e5).decode(header["dpi"], reader),
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


def _check_geometry(draw_list: DrawList) -> None:
    """What a single field cannot tell: lengths that must agree, and the sum of all sizes."""
    for place, outline in enumerate(draw_list.outlines):
        _check_outline(outline, f"outlines[{place}]")
    vertices = sum(len(o.vertices) for o in draw_list.outlines if o.vertices is not None)
    if vertices > MAX_VERTICES:
        raise WireError(f"{vertices} vertices, at most {MAX_VERTICES} are painted")
    for place, pen in enumerate(draw_list.pens):
        _check_pen(pen, f"pens[{place}]")
    for place, artist in enumerate(draw_list.artists):
        if artist.axes >= len(draw_list.axes):
            raise WireError(f"artists[{place}].axes {artist.axes} of {len(draw_list.axes)}")
        for span in (artist.span, *(span for _, span in artist.setters)):
            _check_span(span, f"artists[{place}]")
        if len({name for name, _ in artist.setters}) != len(artist.setters):
            raise WireError(f"artists[{place}] sets a property twice")
    for place, axes in enumerate(draw_list.axes):
        for span in (
            axes.span, axes.x_tick_span, axes.y_tick_span, axes.x_limit_span, axes.y_limit_span,
            axes.background_span,
        ):  # fmt: skip
            _check_span(span, f"axes[{place}]")
    for place, op in enumerate(draw_list.ops):
        where = f"ops[{place}]"
        if isinstance(op, TextOp):
            _check_math(op.text, op.is_math, where)
            size_px = draw_list.fonts[op.font].size_pt * draw_list.dpi / 72.0
            if len(op.text) * size_px**2 > MAX_GLYPH_PIXELS:
                raise WireError(f"{where} {len(op.text)} characters of {size_px:.0f} pixels")
        elif isinstance(op, CollectionOp):
            for _, dashes in op.dashes:
                _check_dashes(dashes, where)
        elif isinstance(op, MeshOp):
            if op.coordinates.shape[:2] != (op.rows + 1, op.columns + 1):
                raise WireError(f"{where} coordinates {op.coordinates.shape} for its mesh")
            if len(op.faces) not in (0, 1, op.rows * op.columns):
                raise WireError(f"{where} {len(op.faces)} colours for {op.rows * op.columns} cells")
        elif isinstance(op, TrianglesOp) and len(op.points) != len(op.colors):
            raise WireError(f"{where} {len(op.points)} triangles with {len(op.colors)} colours")


def _check_span(span: Span | None, where: str) -> None:
    if span is not None and span[0] >= span[1]:
        raise WireError(f"{where} span {span} is empty")


def _check_outline(outline: Outline, where: str) -> None:
    if outline.text is not None:
        if outline.font is None or outline.vertices is not None or outline.codes is not None:
            raise WireError(f"{where} a text outline has a font and no vertices")
        _check_math(outline.text, outline.is_math, where)
        return
    if outline.vertices is None:
        raise WireError(f"{where} has neither vertices nor a text")
    if outline.codes is not None:
        if len(outline.codes) != len(outline.vertices):
            raise WireError(f"{where} {len(outline.codes)} codes, {len(outline.vertices)} vertices")
        if not bool(_IS_CODE[outline.codes].all()):
            raise WireError(f"{where} holds an unknown path code")


_IS_CODE = np.isin(np.arange(256), PATH_CODES)


def _check_pen(pen: Pen, where: str) -> None:
    if (pen.clip_outline is None) != (pen.clip_transform is None):
        raise WireError(f"{where} a clip path needs an outline and a transform")
    if pen.hatch is not None and not set(pen.hatch) <= HATCHES:
        raise WireError(f"{where} hatch {pen.hatch!r:.60}")
    _check_dashes(pen.dashes, where)


def _check_dashes(dashes: tuple[float, ...] | None, where: str) -> None:
    # A pattern of next to no length makes the painter cut a line into billions of dashes.
    if dashes is not None and (len(dashes) % 2 or sum(dashes) < 1e-4):
        raise WireError(f"{where} dash pattern {dashes!r:.60}")


def _check_math(content: str, is_math: bool, where: str) -> None:
    if not is_math:
        return
    if len(content) > MAX_MATH:
        raise WireError(f"{where} formula of {len(content)} characters, at most {MAX_MATH}")
    depth = deepest = 0
    for char in content:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    if deepest > MAX_MATH_NESTING:
        raise WireError(f"{where} formula with {deepest} nested braces")
