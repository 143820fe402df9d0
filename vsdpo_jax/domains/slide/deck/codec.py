"""A deck as bytes, and back with every value checked.

Layout: ``VSSD``, uint32 version, uint64 header length, the header (JSON), then for every slide the
picture (uint8 rows) and where the textless one differs: flat pixel indices (uint32, ascending) and
colours. Nothing is pickled.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from vsdpo_jax.domains.colors import differing
from vsdpo_jax.domains.slide.deck.records import (
    WIDTH,
    Chart,
    Deck,
    Fill,
    FillKind,
    Overlap,
    Picture,
    Series,
    Shape,
    ShapeKind,
    Slide,
    Text,
    TextLine,
    TextRun,
    TextSource,
)
from vsdpo_jax.domains.slide.deck.wire import InvalidDeck, from_rows, to_rows

MAX_SLIDES = 64
MAX_SHAPES = 5_000  # of one slide
MAX_TEXTS = 20_000  # of one slide
MAX_CHARACTERS = 1_000_000  # of all texts together
MAX_HEIGHT = 12_800
MAX_BYTES = 400_000_000
FAR = 1e7
"""No coordinate lies farther out, in pixels."""

_MAGIC, _VERSION = b"VSSD", 1
_PREFIX = struct.Struct("<4sIQ")
_NAME = 4_096  # characters of a name
_KINDS = frozenset(get_args(ShapeKind))
_FILLS = frozenset(get_args(FillKind))
_SOURCES = frozenset(get_args(TextSource))
_ALIGNS = frozenset(("left", "center", "right", "justify"))
_CHARTS = frozenset(("bar", "column", "line", "pie", "doughnut", "area", "scatter", "bubble",
                     "radar", "other"))  # fmt: skip
_EMU = 2**40


def encode(deck: Deck) -> bytes:
    """The bytes of a deck."""
    slides, pictures = [], []
    for slide in deck.slides:
        differs_N = differing(slide.image_YXC, slide.textless_YXC).astype("<u4")
        slides.append(_slide_row(slide, len(differs_N)))
        colors_N3 = slide.textless_YXC.reshape(-1, 3)[differs_N]
        pictures += [slide.image_YXC.tobytes(), differs_N.tobytes(), colors_N3.tobytes()]
    header = {
        "size_emu": deck.size_emu,
        "num_slides": deck.num_slides,
        "renderer": deck.renderer,
        "fonts": dict(deck.fonts),
        "notes": to_rows(deck.notes),
        "slides": slides,
    }
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([_PREFIX.pack(_MAGIC, _VERSION, len(text)), text, *pictures])


def decode(payload: bytes) -> Deck:
    """The deck of ``encode``.

    Raises:
      InvalidDeck: these bytes are none; whatever they are, nothing else is raised.
    """
    try:
        return _read(payload)
    except InvalidDeck:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidDeck(f"deck: {type(error).__name__}: {error}") from error


def _slide_row(slide: Slide, differs: int) -> list[Any]:
    return [
        *(slide.number, slide.height, slide.layout, _fill_row(slide.background)),
        [_shape_row(shape) for shape in slide.shapes],
        [_text_row(text) for text in slide.texts],
        [[o.first, o.second, o.region, o.shared_px, o.share] for o in slide.overlaps],
        differs,
    ]


def _fill_row(fill: Fill) -> list[Any]:
    return [fill.kind, fill.color, fill.alpha]


def _shape_row(shape: Shape) -> list[Any]:
    picture, chart = shape.picture, shape.chart
    return [
        *(shape.shape_id, shape.name, shape.kind, shape.parent, shape.placeholder),
        *(shape.geometry, shape.box, shape.frame, shape.rotation, _fill_row(shape.fill)),
        *(_fill_row(shape.line), shape.line_px, shape.empty, shape.seen, shape.covered_by),
        picture and [picture.width, picture.height, picture.crop, picture.loaded, picture.digest],
        chart
        and [
            chart.kind,
            chart.categories,
            [[series.name, series.values] for series in chart.series],
            chart.marks,
        ],
        *(shape.rows, shape.columns),
    ]


def _text_row(text: Text) -> list[Any]:
    return [
        *(text.shape, text.source, text.paragraph, text.cell, text.text, text.level, text.bullet),
        [[r.text, r.font, r.drawn_with, r.size_pt, r.bold, r.color] for r in text.runs],
        [[line.box, line.text] for line in text.lines],
        *(text.room, text.align, text.wraps, text.shrunk, text.visible, text.ink_px),
        *(text.ink_color, text.ground, text.contrast, text.covered_by),
    ]


def _fail(reason: str) -> None:
    raise InvalidDeck(f"deck: {reason}")


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        _fail(f"{value!r:.40} is not a whole number from {low} to {high}")
    return value


def _number(value: Any, low: float, high: float) -> float:
    if type(value) not in (int, float) or not low <= value <= high:
        _fail(f"{value!r:.40} is not a number from {low} to {high}")
    return float(value)


def _string(value: Any, longest: int = _NAME) -> str:
    if type(value) is not str or len(value) > longest:
        _fail(f"{value!r:.40} is not a text of at most {longest} characters")
    return value


def _word(value: Any, known: frozenset[str]) -> Any:
    if type(value) is not str or value not in known:
        _fail(f"{value!r:.40} is none of {', '.join(sorted(known))}")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        _fail(f"{value!r:.40} is not true or false")
    return value


def _maybe(read: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else read(value)


def _row(value: Any, length: int) -> list[Any]:
    if type(value) is not list or len(value) != length:
        _fail(f"{value!r:.40} is not a row of {length}")
    return value


def _list(value: Any, longest: int) -> list[Any]:
    if type(value) is not list or len(value) > longest:
        _fail(f"{value!r:.40} is not a list of at most {longest}")
    return value


def _box(value: Any) -> tuple[float, float, float, float]:
    x, y, width, height = _row(value, 4)
    return (
        *(_number(x, -FAR, FAR), _number(y, -FAR, FAR)),
        *(_number(width, 0.0, 2 * FAR), _number(height, 0.0, 2 * FAR)),
    )  # pyright: ignore[reportReturnType]  # two pairs unpacked are four


def _color(value: Any) -> tuple[int, int, int]:
    red, green, blue = _row(value, 3)
    return _whole(red, 0, 255), _whole(green, 0, 255), _whole(blue, 0, 255)


def _fill(value: Any) -> Fill:
    kind, color, alpha = _row(value, 3)
    return Fill(
        kind=_word(kind, _FILLS), color=_maybe(_color, color), alpha=_number(alpha, 0.0, 1.0)
    )


def _read(payload: bytes) -> Deck:
    header, start = _header(payload)
    width, height = _row(header["size_emu"], 2)
    if type(header["fonts"]) is not dict:
        _fail("its fonts are no table")
    slides = []
    for row in _list(header["slides"], MAX_SLIDES):
        slide, start = _slide(row, payload, start)
        slides.append(slide)
    if start != len(payload):
        _fail("the pictures are of another size")
    if sum(len(text.text) for slide in slides for text in slide.texts) > MAX_CHARACTERS:
        _fail(f"more than {MAX_CHARACTERS} characters")
    return Deck(
        size_emu=(_whole(width, 1, _EMU), _whole(height, 1, _EMU)),
        slides=tuple(slides),
        num_slides=_whole(header["num_slides"], len(slides), 2**31),
        renderer=_string(header["renderer"]),
        fonts={_string(name): _string(value) for name, value in header["fonts"].items()},
        notes=from_rows(header["notes"]),
    )


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the header holds {name}")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits:.40} is not finite")
    return value


def _header(payload: bytes) -> tuple[dict[str, Any], int]:
    if not _PREFIX.size <= len(payload) <= MAX_BYTES:
        _fail(f"{len(payload)} bytes")
    magic, version, size = _PREFIX.unpack_from(payload)
    if magic != _MAGIC or version != _VERSION or size > len(payload) - _PREFIX.size:
        _fail("the bytes do not start like a deck")
    end = _PREFIX.size + size
    header = json.loads(
        payload[_PREFIX.size : end].decode(), parse_constant=_refuse_constant, parse_float=_finite
    )
    if type(header) is not dict:
        _fail("the header is no table")
    return header, end


def _slide(value: Any, payload: bytes, start: int) -> tuple[Slide, int]:
    number, height, layout, background, shape_rows, text_rows, overlaps, differs = _row(value, 8)
    height = _whole(height, 1, MAX_HEIGHT)
    image_YXC, textless_YXC, end = _pictures(payload, start, height, differs)
    count = len(_list(shape_rows, MAX_SHAPES))
    shapes = tuple(_shape(index, row, count) for index, row in enumerate(shape_rows))
    texts = tuple(_text(i, row, shapes) for i, row in enumerate(_list(text_rows, MAX_TEXTS)))
    slide = Slide(
        number=_whole(number, 0, 2**31),
        width=WIDTH,
        height=height,
        layout=_string(layout),
        background=_fill(background),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        shapes=shapes,
        texts=texts,
        overlaps=tuple(_overlap(row, len(texts)) for row in _list(overlaps, 2**20)),
    )
    return slide, end


def _pictures(
    payload: bytes, start: int, height: int, differs: Any
) -> tuple[np.ndarray, np.ndarray, int]:
    num_pixels = WIDTH * height
    count = _whole(differs, 0, num_pixels)
    end = start + 3 * num_pixels + 7 * count
    if len(payload) < end:
        _fail("the pictures are of another size")
    image_YXC = np.frombuffer(payload, np.uint8, 3 * num_pixels, start).reshape(height, WIDTH, 3)
    start += 3 * num_pixels
    places_N = np.frombuffer(payload, "<u4", count, start)
    if count and (
        int(places_N[-1]) >= num_pixels or not bool(np.all(places_N[1:] > places_N[:-1]))
    ):
        _fail("pixels of a textless picture out of place")
    textless_YXC = image_YXC.copy()
    colors_N3 = np.frombuffer(payload, np.uint8, 3 * count, start + 4 * count).reshape(-1, 3)
    textless_YXC.reshape(-1, 3)[places_N] = colors_N3
    return image_YXC, textless_YXC, end


def _shape(index: int, value: Any, count: int) -> Shape:
    shape_id, name, kind, parent, placeholder, geometry, box, frame, rotation = _row(value, 19)[:9]
    fill, line, line_px, empty, seen, covered_by, picture, chart, rows, columns = value[9:]
    return Shape(
        index=index,
        shape_id=_whole(shape_id, 0, 2**32 - 1),
        name=_string(name),
        kind=_word(kind, _KINDS),
        parent=_maybe(lambda v: _whole(v, 0, index - 1), parent),
        placeholder=_string(placeholder),
        geometry=_string(geometry),
        box=_box(box),
        frame=_box(frame),
        rotation=_number(rotation, 0.0, 360.0),
        fill=_fill(fill),
        line=_fill(line),
        line_px=_number(line_px, 0.0, FAR),
        empty=_flag(empty),
        seen=_maybe(lambda v: _number(v, 0.0, 1.0), seen),
        covered_by=_maybe(lambda v: _whole(v, 0, count - 1), covered_by),
        picture=_maybe(_picture, picture),
        chart=_maybe(_chart, chart),
        rows=_whole(rows, 0, 2**20),
        columns=_whole(columns, 0, 2**20),
    )


def _picture(value: Any) -> Picture:
    width, height, crop, loaded, digest = _row(value, 5)
    left, top, right, bottom = (_number(side, -FAR, FAR) for side in _row(crop, 4))
    return Picture(
        width=_whole(width, 0, 2**31),
        height=_whole(height, 0, 2**31),
        crop=(left, top, right, bottom),
        loaded=_flag(loaded),
        digest=_string(digest),
    )


def _chart(value: Any) -> Chart:
    kind, categories, series, marks = _row(value, 4)
    rows = [_row(row, 2) for row in _list(series, 2**16)]
    return Chart(
        kind=_word(kind, _CHARTS),
        categories=tuple(_string(text) for text in _list(categories, 2**16)),
        series=tuple(
            Series(
                name=_string(name),
                values=tuple(
                    _maybe(lambda v: _number(v, -math.inf, math.inf), entry)
                    for entry in _list(values, 2**16)
                ),
            )
            for name, values in rows
        ),
        marks=tuple(
            (_box(box), _maybe(lambda v: _whole(v, 0, len(rows) - 1), number))
            for box, number in (_row(mark, 2) for mark in _list(marks, 2**18))
        ),
    )


def _text(index: int, value: Any, shapes: tuple[Shape, ...]) -> Text:
    shape, source, paragraph, cell, text, level, bullet, runs, lines, room = _row(value, 19)[:10]
    align, wraps, shrunk, visible, ink_px, ink_color, ground, contrast, covered_by = value[10:]
    if not _string(text, MAX_CHARACTERS).strip():
        _fail("a text says nothing")
    return Text(
        index=index,
        shape=_whole(shape, 0, len(shapes) - 1),
        source=_word(source, _SOURCES),
        paragraph=_whole(paragraph, 0, 2**31),
        cell=_maybe(_cell, cell),
        text=text,
        level=_whole(level, 0, 8),
        bullet=_flag(bullet),
        runs=tuple(_run(row) for row in _list(runs, MAX_CHARACTERS)),
        lines=tuple(
            TextLine(box=_box(box), text=_string(words, MAX_CHARACTERS))
            for box, words in (_row(row, 2) for row in _list(lines, MAX_CHARACTERS))
        ),
        room=_box(room),
        align=_word(align, _ALIGNS),
        wraps=_flag(wraps),
        shrunk=_number(shrunk, 0.0, 1.0),
        visible=_number(visible, 0.0, 1.0),
        ink_px=_whole(ink_px, 0, 2**31),
        ink_color=_maybe(_color, ink_color),
        ground=_color(ground),
        contrast=_number(contrast, 1.0, 21.0),
        covered_by=_maybe(lambda v: _whole(v, 0, len(shapes) - 1), covered_by),
    )


def _cell(value: Any) -> tuple[int, int]:
    row, column = _row(value, 2)
    return _whole(row, 0, 2**20), _whole(column, 0, 2**20)


def _run(value: Any) -> TextRun:
    text, font, drawn_with, size_pt, bold, color = _row(value, 6)
    *rgb, alpha = _row(color, 4)
    return TextRun(
        text=_string(text, MAX_CHARACTERS),
        font=_string(font),
        drawn_with=_string(drawn_with),
        size_pt=_number(size_pt, 0.0, FAR),
        bold=_flag(bold),
        color=(*_color(rgb), _number(alpha, 0.0, 1.0)),
    )


def _overlap(value: Any, count: int) -> Overlap:
    first, second, region, shared_px, share = _row(value, 5)
    first = _whole(first, 0, count - 1)
    return Overlap(
        first=first,
        second=_whole(second, first + 1, count - 1),
        region=_box(region),
        shared_px=_whole(shared_px, 0, 2**31),
        share=_number(share, 0.0, 1.0),
    )
