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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.scene import SHAPE_ROLES, TEXT_ROLES, AxesInfo
from vsdpo_jax.domains.chart.wire import (
    Codec, Reader, WireError, Writer, array, choice, either, flag, index, integer, number, optional,
    record, sequence, tagged, text,
)  # fmt: skip
from vsdpo_jax.records import Span

MAGIC = b"VSDL"
VERSION = 1

MAX_PIXELS = 16_000_000  # 48 x 33 inches at 100 dpi; a screen is 2 to 8 million
MAX_BYTES = 256 * 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024 * 1024
MAX_OPS = 100_000
MAX_VERTICES = 4_000_000  # over all outlines
MAX_TEXT = 10_000  # characters of one text
MAX_MATH = 2_000  # characters of one formula
MAX_MATH_NESTING = 24  # open braces at once; the formula parser is recursive
MAX_FONT_PT = 2_000.0
MAX_NAME = 200
HATCHES = frozenset("/\\|-+xoO.*")
PATH_CODES = (0, 1, 2, 3, 4, 79)
HINTINGS = (
    "default", "no_autohint", "force_autohint", "no_hinting", "auto", "native", "either", "none",
)  # fmt: skip
FONTSETS = ("dejavusans", "dejavuserif", "cm", "stix", "stixsans", "custom")
GENERIC_FAMILIES = ("serif", "sans-serif", "cursive", "fantasy", "monospace")
MATH_STYLES = ("rm", "it", "bf", "bfit", "cal", "sf", "tt")


class InvalidDrawList(Exception):
    """The bytes are no draw list; the message says what is wrong in one sentence."""


Transform = tuple[float, float, float, float, float, float]
Color = tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Font:
    """Font properties by value: what ``FontProperties`` is made of; ``file`` is a bundled name."""

    families: tuple[str, ...]
    style: str
    variant: str
    weight: int | str
    stretch: int | str
    size_pt: float
    math_family: str
    file: str | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Outline:
    """A path. With ``text`` set it is the outline of a text, which the painter lays out itself.

    Attributes:
      vertices: float64[N, 2]; not-a-number breaks a line.
      codes: uint8[N] or None.
      simplify, simplify_threshold: line simplification, threshold in pixels.
      text, font, is_math, features, language: of a text outline; vertices and codes are None then.
    """

    vertices: np.ndarray | None
    codes: np.ndarray | None
    simplify: bool
    simplify_threshold: float
    text: str | None = None
    font: int | None = None
    is_math: bool = False
    features: tuple[str, ...] | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pen:
    """A graphics context. Lengths in points, boxes (x0, y0, x1, y1) in pixels from the bottom left.

    ``clip_outline`` and ``clip_transform`` index the tables; None without a clip path.
    """

    color: Color
    alpha: float
    forced_alpha: bool
    antialiased: bool
    cap: str
    join: str
    linewidth: float
    dash_offset: float
    dashes: tuple[float, ...] | None
    clip_box: tuple[float, float, float, float] | None
    clip_outline: int | None
    clip_transform: int | None
    snap: bool | None
    hatch: str | None
    hatch_color: Color | None
    hatch_linewidth: float
    sketch: tuple[float, float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PathOp:
    """One outline, transformed, filled with ``face`` (unless None) and stroked with the pen."""

    pen: int
    artist: int
    outline: int
    transform: int
    face: Color | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MarkersOp:
    """A marker outline at every vertex of another outline."""

    pen: int
    artist: int
    marker: int
    marker_transform: int
    outline: int
    transform: int
    face: Color | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CollectionOp:
    """Many outlines at once; properties cycle.

    Attributes:
      transforms: float64[M, 3, 3]. offsets: float64[K, 2].
      faces, edges, hatch_colors: float64[*, 4]. linewidths: float64[*]. antialiased: uint8[*].
      dashes: (offset, lengths or None) each.
    """

    pen: int
    artist: int
    transform: int
    outlines: tuple[int, ...]
    transforms: np.ndarray
    offsets: np.ndarray
    offset_transform: int
    faces: np.ndarray
    edges: np.ndarray
    linewidths: np.ndarray
    dashes: tuple[tuple[float, tuple[float, ...] | None], ...]
    antialiased: np.ndarray
    hatch_colors: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeshOp:
    """A quadrilateral mesh of ``coordinates`` float64[rows + 1, columns + 1, 2]."""

    pen: int
    artist: int
    transform: int
    columns: int
    rows: int
    coordinates: np.ndarray
    offsets: np.ndarray
    offset_transform: int
    faces: np.ndarray
    antialiased: bool
    edges: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrianglesOp:
    """Gouraud-shaded triangles: points float64[N, 3, 2], colors float64[N, 3, 4]."""

    pen: int
    artist: int
    points: np.ndarray
    colors: np.ndarray
    transform: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImageOp:
    """An image uint8[Y, X, 4] with its lower left corner at (x, y)."""

    pen: int
    artist: int
    x: float
    y: float
    pixels: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextOp:
    """One line of text; the baseline starts at (x, y), y counted from the top."""

    pen: int
    artist: int
    x: float
    y: float
    text: str
    font: int
    angle: float
    is_math: bool
    features: tuple[str, ...] | None
    language: str | None


Op = PathOp | MarkersOp | CollectionOp | MeshOp | TrianglesOp | ImageOp | TextOp


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ArtistInfo:
    """What the program's process declares about an artist; see scene.Mark."""

    artist_type: str
    role: str
    axes: int
    span: Span | None
    label: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DrawList:
    """The renderer calls of one figure.

    Attributes:
      width, height: of the canvas in pixels, as the figure has them (whole pixels are painted).
      dpi: pixels an inch.
      style: the settings that the renderer reads while it paints; keys of STYLE.
      transforms: float64[N, 6], rows (a, b, c, d, e, f) of x' = a x + c y + e, y' = b x + d y + f.
      outlines, pens, fonts: tables that ops index.
      artists, axes: declared by the program's process.
      ops: in painting order.
    """

    width: float
    height: float
    dpi: float
    style: Mapping[str, Any]
    transforms: np.ndarray
    outlines: tuple[Outline, ...]
    pens: tuple[Pen, ...]
    fonts: tuple[Font, ...]
    artists: tuple[ArtistInfo, ...]
    axes: tuple[AxesInfo, ...]
    ops: tuple[Op, ...]


_coordinate = number(-1e7, 1e7)
_color = sequence(number(-1e-6, 1 + 1e-6), 4, 3)
_colors = array("<f8", (None, 4), low=-1e-6, high=1 + 1e-6, longest=16_000_000)
_points = array("<f8", (None, 2), longest=2 * MAX_VERTICES)
_name = text(MAX_NAME)
_span = optional(sequence(integer(0, 2**31), 2, 2))
_length = number(0, 1e6)
_dashes = optional(sequence(_length, 64))
_dash_offset = number(-1e6, 1e6)


def _write_dashes(value: tuple[float, tuple[float, ...] | None], writer: Writer) -> list[Any]:
    return [_dash_offset.encode(value[0], writer), _dashes.encode(value[1], writer)]


def _read_dashes(value: Any, reader: Reader) -> tuple[float, tuple[float, ...] | None]:
    if type(value) is not list or len(value) != 2:
        raise WireError(f"{value!r:.60} is no dash pattern")
    return _dash_offset.decode(value[0], reader), _dashes.decode(value[1], reader)


_box = sequence(number(-1e9, 1e9), 4, 4)
_features = optional(sequence(_name, 64))
_limits = sequence(number(-1.8e308, 1.8e308), 2, 2)

STYLE: dict[str, Codec] = {
    "agg.path.chunksize": integer(0, 10**9),
    "text.hinting": choice(*HINTINGS),
    "text.kerning_factor": optional(integer(0, 100)),
    "font.enable_last_resort": flag(),
    "font.size": number(0, MAX_FONT_PT),
    "font.family": sequence(_name, 64),
    "font.style": _name,
    "font.variant": _name,
    "font.weight": either(_name, lambda value: isinstance(value, str), integer(0, 1000)),
    "font.stretch": either(_name, lambda value: isinstance(value, str), integer(0, 1000)),
    **{f"font.{family}": sequence(_name, 64) for family in GENERIC_FAMILIES},
    "mathtext.fontset": choice(*FONTSETS),
    "mathtext.default": choice(*MATH_STYLES, "regular", "tex", "bb", "frak", "scr", "circled",
                               "normal", "default"),
    "mathtext.fallback": choice("cm", "stix", "stixsans", None),
    **{f"mathtext.{style}": _name for style in MATH_STYLES},
}  # fmt: skip
"""The settings that the renderer reads while it paints, with what they may hold."""

_font = record(
    Font,
    {
        "families": sequence(_name, 64, 1),
        "style": choice("normal", "italic", "oblique"),
        "variant": choice("normal", "small-caps"),
        "weight": STYLE["font.weight"],
        "stretch": STYLE["font.stretch"],
        "size_pt": number(0, MAX_FONT_PT),
        "math_family": _name,
        "file": optional(_name),
    },
)
_outline = record(
    Outline,
    {
        "vertices": optional(_points),
        "codes": optional(array("|u1", (None,))),
        "simplify": flag(),
        "simplify_threshold": number(0, 1e6),
        "text": optional(text(MAX_TEXT)),
        "font": optional(index("fonts")),
        "is_math": flag(),
        "features": _features,
        "language": optional(_name),
    },
)
_pen = record(
    Pen,
    {
        "color": _color,
        "alpha": number(0, 1),
        "forced_alpha": flag(),
        "antialiased": flag(),
        "cap": choice("butt", "projecting", "round"),
        "join": choice("miter", "round", "bevel"),
        "linewidth": _length,
        "dash_offset": _dash_offset,
        "dashes": _dashes,
        "clip_box": optional(_box),
        "clip_outline": optional(index("outlines")),
        "clip_transform": optional(index("transforms")),
        "snap": optional(flag()),
        "hatch": optional(text(64)),
        "hatch_color": optional(_color),
        "hatch_linewidth": _length,
        "sketch": optional(sequence(_length, 3, 3)),
    },
)
_head = {"pen": index("pens"), "artist": index("artists")}
_op = tagged(
    {
        PathOp: ("path", record(PathOp, {
            **_head, "outline": index("outlines"), "transform": index("transforms"),
            "face": optional(_color),
        })),
        MarkersOp: ("markers", record(MarkersOp, {
            **_head, "marker": index("outlines"), "marker_transform": index("transforms"),
            "outline": index("outlines"), "transform": index("transforms"),
            "face": optional(_color),
        })),
        CollectionOp: ("collection", record(CollectionOp, {
            **_head, "transform": index("transforms"),
            "outlines": sequence(index("outlines"), 1_000_000),
            "transforms": array("<f8", (None, 3, 3), longest=9_000_000), "offsets": _points,
            "offset_transform": index("transforms"), "faces": _colors, "edges": _colors,
            "linewidths": array("<f8", (None,), low=0, high=1e6, longest=1_000_000),
            "dashes": sequence(Codec(_write_dashes, _read_dashes), 1_000_000),
            "antialiased": array("|u1", (None,), low=0, high=1, longest=1_000_000),
            "hatch_colors": _colors,
        })),
        MeshOp: ("mesh", record(MeshOp, {
            **_head, "transform": index("transforms"), "columns": integer(1, MAX_VERTICES),
            "rows": integer(1, MAX_VERTICES),
            "coordinates": array("<f8", (None, None, 2), longest=2 * MAX_VERTICES),
            "offsets": _points, "offset_transform": index("transforms"), "faces": _colors,
            "antialiased": flag(), "edges": _colors,
        })),
        TrianglesOp: ("triangles", record(TrianglesOp, {
            **_head, "points": array("<f8", (None, 3, 2), longest=2 * MAX_VERTICES),
            "colors": array("<f8", (None, 3, 4), low=-1e-6, high=1 + 1e-6),
            "transform": index("transforms"),
        })),
        ImageOp: ("image", record(ImageOp, {
            **_head, "x": _coordinate, "y": _coordinate,
            "pixels": array("|u1", (None, None, 4), longest=4 * MAX_PIXELS),
        })),
        TextOp: ("text", record(TextOp, {
            **_head, "x": _coordinate, "y": _coordinate, "text": text(MAX_TEXT),
            "font": index("fonts"), "angle": number(-1e6, 1e6), "is_math": flag(),
            "features": _features, "language": optional(_name),
        })),
    }
)  # fmt: skip
_artist = record(
    ArtistInfo,
    {
        "artist_type": _name,
        "role": choice(*TEXT_ROLES, *SHAPE_ROLES),
        "axes": integer(-1, 10_000),
        "span": _span,
        "label": text(MAX_TEXT),
    },
)
_axes = record(
    AxesInfo,
    {
        "region": _box,
        "projection": _name,
        "x_limits": _limits,
        "y_limits": _limits,
        "x_scale": _name,
        "y_scale": _name,
        "span": _span,
        "x_tick_span": _span,
        "y_tick_span": _span,
        "grid_spec": optional(sequence(integer(0, 100_000), 6, 6)),
        "is_colorbar": flag(),
        "is_visible": flag(),
    },
)
_transforms = array("<f8", (None, 6), longest=6_000_000)
# Tables in the order in which they are written; a table may index those before it.
_TABLES: tuple[tuple[str, Codec], ...] = (
    ("fonts", sequence(_font, 10_000)),
    ("transforms", _transforms),
    ("outlines", sequence(_outline, 1_000_000)),
    ("pens", sequence(_pen, MAX_OPS)),
    ("axes", sequence(_axes, 10_000)),
    ("artists", sequence(_artist, MAX_OPS)),
    ("ops", sequence(_op, MAX_OPS)),
)


def encode(draw_list: DrawList) -> bytes:
    """The wire form of a draw list."""
    writer = Writer()
    header: dict[str, Any] = {
        "width": draw_list.width,
        "height": draw_list.height,
        "dpi": draw_list.dpi,
        "style": {key: STYLE[key].encode(v, writer) for key, v in draw_list.style.items()},
    }
    for name, codec in _TABLES:
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
_KEYS = {"width", "height", "dpi", "style", "arrays", *(name for name, _ in _TABLES)}


def _padding(size: int) -> bytes:
    return b"\0" * (-size % 8)


def _refuse_constant(name: str) -> float:
    raise WireError(f"the header holds {name}")


def _split(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The header as JSON and the arrays as read-only views."""
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
    arrays = []
    position = _PREFIX + size
    position += -position % 8
    for entry in header["arrays"]:
        dtype, shape = _array_shape(entry)
        count = math.prod(shape)
        nbytes = count * dtype.itemsize
        if position + nbytes > len(payload):
            raise WireError("the bytes end within an array")
        arrays.append(np.frombuffer(payload, dtype, count, position).reshape(shape))
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
    for name, codec in _TABLES:
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
        _check_span(artist.span, f"artists[{place}]")
    for place, axes in enumerate(draw_list.axes):
        for span in (axes.span, axes.x_tick_span, axes.y_tick_span):
            _check_span(span, f"axes[{place}]")
    for place, op in enumerate(draw_list.ops):
        where = f"ops[{place}]"
        if isinstance(op, TextOp):
            _check_math(op.text, op.is_math, where)
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
