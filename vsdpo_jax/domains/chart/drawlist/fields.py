"""What every field of a draw list may hold: the limits and the codec of each record."""

from __future__ import annotations

import sys
from typing import Any

from vsdpo_jax.domains.chart.drawlist.records import (
    SETTABLE,
    SHAPE_ROLES,
    TEXT_ROLES,
    ArtistInfo,
    AxesInfo,
    CollectionOp,
    Font,
    ImageOp,
    MarkersOp,
    MeshOp,
    Outline,
    PathOp,
    Pen,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.drawlist.wire import (
    Codec,
    Reader,
    WireError,
    Writer,
    array,
    choice,
    either,
    flag,
    index,
    integer,
    number,
    optional,
    record,
    sequence,
    shown,
    tagged,
    text,
)  # fmt: skip
from vsdpo_jax.records import Span

MAX_PIXELS = 16_000_000  # 48 x 33 inches at 100 dpi; a screen is 2 to 8 million
MAX_BYTES = 256 * 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024 * 1024
MAX_OPS = 20_000  # a hundred microseconds each
MAX_VERTICES = 4_000_000  # over all outlines
MAX_TEXT = 10_000  # characters of one text
MAX_OUTLINED_TEXT = 50_000  # characters of all texts that path effects turned into outlines
MAX_OUTLINES = 200_000  # ten microseconds each
MAX_REPEATED = 8_000_000  # vertices of all outlines of collections, as often as transformed
MAX_AXES = 1_000  # detectors compare axes with each other
MAX_DPI = 5_000.0  # Agg allocates dpi x dpi pixels for hatches; at 32,768 their size overflows
MAX_MATH = 2_000  # characters of one formula
MAX_MATH_NESTING = 24  # open braces at once; the formula parser is recursive
MAX_FONT_PT = 2_000.0
MAX_GLYPH_PIXELS = 50_000_000  # of one text: 5,000 characters of 100 x 100 pixels
MAX_DASHES = 32  # Agg keeps so many; were the first of them all zero, it would never end
MIN_PERIOD_PT = 1e-4  # of a dash pattern
MAX_DASH_PERIODS = 1_000  # of an offset
MAX_HATCH = 16  # letters; each makes the pattern denser
MAX_HATCH_PT = 100.0  # width of its lines
MIN_SPAN, MAX_SPAN = 1e-290, 1e300  # of an axis
MAX_NAME = 200
HATCHES = frozenset("/\\|-+xoO.*")
PATH_CODES = (0, 1, 2, 3, 4, 79)
HINTINGS = (
    "default", "no_autohint", "force_autohint", "no_hinting", "auto", "native", "either", "none",
)  # fmt: skip
FONTSETS = ("dejavusans", "dejavuserif", "cm", "stix", "stixsans", "custom")
GENERIC_FAMILIES = ("serif", "sans-serif", "cursive", "fantasy", "monospace")
MATH_STYLES = ("rm", "it", "bf", "bfit", "cal", "sf", "tt")


_coordinate = number(-1e7, 1e7)
_color = sequence(number(-1e-6, 1 + 1e-6), 4, 3)
_colors = array("<f8", (None, 4), low=-1e-6, high=1 + 1e-6, longest=16_000_000)
_points = array("<f8", (None, 2), longest=2 * MAX_VERTICES)
_name = text(MAX_NAME)
_span = optional(sequence(integer(0, 2**31), 2, 2))
_length = number(0, 1e6)
# Pixels that a line wobbles by, of a wave, and a factor; Agg divides by the last two.
_SKETCH = (number(0, 1e2), number(1e-2, 1e5), number(1e-2, 1e5))
_dashes = optional(sequence(_length, MAX_DASHES))
_dash_offset = number(-1e6, 1e6)


def _write_dashes(value: tuple[float, tuple[float, ...] | None], writer: Writer) -> list[Any]:
    return [_dash_offset.encode(value[0], writer), _dashes.encode(value[1], writer)]


def _read_dashes(value: Any, reader: Reader) -> tuple[float, tuple[float, ...] | None]:
    if type(value) is not list or len(value) != 2:
        raise WireError(f"{value!r:.60} is no dash pattern")
    return _dash_offset.decode(value[0], reader), _dashes.decode(value[1], reader)


def _write_sketch(value: tuple[float, float, float], writer: Writer) -> list[float]:
    return [float(part) for part in value]


def _read_sketch(value: Any, reader: Reader) -> tuple[float, ...]:
    if type(value) is not list or len(value) != len(_SKETCH):
        raise WireError(f"{shown(value)} is no sketch")
    return tuple(part.decode(each, reader) for part, each in zip(_SKETCH, value, strict=True))


def _write_setter(value: tuple[str, Span], writer: Writer) -> list[Any]:
    return [value[0], *value[1]]


def _read_setter(value: Any, reader: Reader) -> tuple[str, Span]:
    if type(value) is not list or len(value) != 3:
        raise WireError(f"{value!r:.60} is no setter")
    start, end = (_offset.decode(offset, reader) for offset in value[1:])
    return _property.decode(value[0], reader), (start, end)


_property, _offset = choice(*SETTABLE), integer(0, 2**31)
_box = sequence(number(-1e9, 1e9), 4, 4)
_features = optional(sequence(_name, 64))
_limits = sequence(number(-sys.float_info.max, sys.float_info.max), 2, 2)

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
        "hatch": optional(text(MAX_HATCH)),
        "hatch_color": optional(_color),
        "hatch_linewidth": number(0, MAX_HATCH_PT),
        "sketch": optional(Codec(_write_sketch, _read_sketch)),
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
        "axes": integer(-1, MAX_AXES),
        "span": _span,
        "label": text(MAX_TEXT),
        "setters": sequence(Codec(_write_setter, _read_setter), len(SETTABLE)),
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
        "x_limit_span": _span,
        "y_limit_span": _span,
        "background_span": _span,
        "grid_spec": optional(sequence(integer(0, 100_000), 6, 6)),
        "is_colorbar": flag(),
        "is_visible": flag(),
    },
)
_transforms = array("<f8", (None, 6), longest=6_000_000)
# Tables in the order in which they are written; a table may index those before it.
TABLES: tuple[tuple[str, Codec], ...] = (
    ("fonts", sequence(_font, 10_000)),
    ("transforms", _transforms),
    ("outlines", sequence(_outline, MAX_OUTLINES)),
    ("pens", sequence(_pen, MAX_OPS)),
    ("axes", sequence(_axes, MAX_AXES)),
    ("artists", sequence(_artist, MAX_OPS)),
    ("ops", sequence(_op, MAX_OPS)),
)
