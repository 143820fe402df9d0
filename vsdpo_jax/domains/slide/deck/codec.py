"""A deck as bytes, and back with every value checked.

Layout: see ``domains.fields``; ``VSSD`` and a pair of pictures for every slide.
"""

from __future__ import annotations

import sys
from typing import Any, get_args

from vsdpo_jax.domains import fields
from vsdpo_jax.domains.fields import FAR, Unsound
from vsdpo_jax.domains.slide.deck.records import (
    WIDTH,
    Chart,
    Deck,
    Fill,
    FillKind,
    Key,
    Mark,
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

_MAGIC, _VERSION = b"VSSD", 1
_NAME = 4_096  # characters of a name
_KINDS = frozenset(get_args(ShapeKind))
_FILLS = frozenset(get_args(FillKind))
_SOURCES = frozenset(get_args(TextSource))
_ALIGNS = frozenset(("left", "center", "right", "justify"))
_CHARTS = frozenset(("bar", "column", "line", "pie", "doughnut", "area", "scatter", "bubble",
                     "radar", "other"))  # fmt: skip
_EMU = 2**40
_HUGE = sys.float_info.max


def encode(deck: Deck) -> bytes:
    """The bytes of a deck."""
    slides, pictures = [], []
    for slide in deck.slides:
        differs, parts = fields.picture_bytes(slide.image_YXC, slide.textless_YXC)
        slides.append(_slide_row(slide, differs))
        pictures += parts
    header = {
        "size_emu": deck.size_emu,
        "num_slides": deck.num_slides,
        "renderer": deck.renderer,
        "fonts": dict(deck.fonts),
        "notes": to_rows(deck.notes),
        "slides": slides,
    }
    return fields.pack(_MAGIC, _VERSION, header, pictures)


def decode(payload: bytes) -> Deck:
    """The deck of ``encode``.

    Raises:
      InvalidDeck: these bytes are none; whatever they are, nothing else is raised.
    """
    try:
        return _read(payload)
    except InvalidDeck:
        raise
    except Unsound as error:
        raise InvalidDeck(f"deck: {error}") from None
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
            [[series.name, series.values, series.pattern] for series in chart.series],
            chart.marks,
            chart.keys,
        ],
        *(shape.rows, shape.columns),
    ]


def _text_row(text: Text) -> list[Any]:
    return [
        *(text.shape, text.source, text.paragraph, text.cell, text.text, text.level, text.bullet),
        [[r.text, r.font, r.drawn_with, r.size_pt, r.bold, r.color] for r in text.runs],
        [[line.box, line.text] for line in text.lines],
        *(text.room, text.turn, text.align, text.wraps, text.shrunk, text.visible, text.ink_px),
        *(text.ink_color, text.ground, text.contrast, text.covered_by),
    ]


def _string(value: Any, longest: int = _NAME) -> str:
    return fields.string(value, longest)


def _fill(value: Any) -> Fill:
    kind, color, alpha = fields.row(value, 3)
    return Fill(
        kind=fields.word(kind, _FILLS),
        color=fields.maybe(fields.color, color),
        alpha=fields.number(alpha, 0.0, 1.0),
    )


def _read(payload: bytes) -> Deck:
    header, start = fields.unpack(_MAGIC, _VERSION, payload)
    width, height = fields.row(header["size_emu"], 2)
    if type(header["fonts"]) is not dict:
        raise Unsound("its fonts are no table")
    slides = []
    for row in fields.items(header["slides"], MAX_SLIDES):
        slide, start = _slide(row, payload, start)
        slides.append(slide)
    if start != len(payload):
        raise Unsound("the pictures are of another size")
    if sum(len(text.text) for slide in slides for text in slide.texts) > MAX_CHARACTERS:
        raise Unsound(f"more than {MAX_CHARACTERS} characters")
    return Deck(
        size_emu=(fields.whole(width, 1, _EMU), fields.whole(height, 1, _EMU)),
        slides=tuple(slides),
        num_slides=fields.whole(header["num_slides"], len(slides), 2**31),
        renderer=_string(header["renderer"]),
        fonts={_string(name): _string(value) for name, value in header["fonts"].items()},
        notes=from_rows(header["notes"]),
    )


def _slide(value: Any, payload: bytes, start: int) -> tuple[Slide, int]:
    number, height, layout, background, shape_rows, text_rows, overlaps, differs = fields.row(
        value, 8
    )
    height = fields.whole(height, 1, MAX_HEIGHT)
    image_YXC, textless_YXC, end = fields.pictures(payload, start, WIDTH, height, differs)
    count = len(fields.items(shape_rows, MAX_SHAPES))
    shapes = tuple(_shape(index, row, count) for index, row in enumerate(shape_rows))
    texts = tuple(_text(i, row, shapes) for i, row in enumerate(fields.items(text_rows, MAX_TEXTS)))
    slide = Slide(
        number=fields.whole(number, 0, 2**31),
        width=WIDTH,
        height=height,
        layout=_string(layout),
        background=_fill(background),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        shapes=shapes,
        texts=texts,
        overlaps=tuple(_overlap(row, len(texts)) for row in fields.items(overlaps, 2**20)),
    )
    return slide, end


def _shape(index: int, value: Any, count: int) -> Shape:
    shape_id, name, kind, parent, placeholder, geometry, box, frame, rotation = fields.row(
        value, 19
    )[:9]
    fill, line, line_px, empty, seen, covered_by, picture, chart, rows, columns = value[9:]
    return Shape(
        index=index,
        shape_id=fields.whole(shape_id, 0, 2**32 - 1),
        name=_string(name),
        kind=fields.word(kind, _KINDS),
        parent=fields.maybe(lambda v: fields.whole(v, 0, index - 1), parent),
        placeholder=_string(placeholder),
        geometry=_string(geometry),
        box=fields.box(box),
        frame=fields.box(frame),
        rotation=fields.number(rotation, 0.0, 360.0),
        fill=_fill(fill),
        line=_fill(line),
        line_px=fields.number(line_px, 0.0, FAR),
        empty=fields.flag(empty),
        seen=fields.maybe(lambda v: fields.number(v, 0.0, 1.0), seen),
        covered_by=fields.maybe(lambda v: fields.whole(v, 0, count - 1), covered_by),
        picture=fields.maybe(_picture, picture),
        chart=fields.maybe(_chart, chart),
        rows=fields.whole(rows, 0, 2**20),
        columns=fields.whole(columns, 0, 2**20),
    )


def _picture(value: Any) -> Picture:
    width, height, crop, loaded, digest = fields.row(value, 5)
    left, top, right, bottom = (fields.number(side, -FAR, FAR) for side in fields.row(crop, 4))
    return Picture(
        width=fields.whole(width, 0, 2**31),
        height=fields.whole(height, 0, 2**31),
        crop=(left, top, right, bottom),
        loaded=fields.flag(loaded),
        digest=_string(digest),
    )


def _chart(value: Any) -> Chart:
    kind, categories, series, marks, keys = fields.row(value, 5)
    rows = [fields.row(row, 3) for row in fields.items(series, 2**16)]
    return Chart(
        kind=fields.word(kind, _CHARTS),
        categories=tuple(_string(text) for text in fields.items(categories, 2**16)),
        series=tuple(
            Series(
                name=_string(name),
                values=tuple(
                    fields.maybe(lambda v: fields.number(v, -_HUGE, _HUGE), entry)
                    for entry in fields.items(values, 2**16)
                ),
                pattern=_string(pattern),
            )
            for name, values, pattern in rows
        ),
        marks=tuple(_mark(mark, len(rows)) for mark in fields.items(marks, 2**18)),
        keys=tuple(
            Key(_string(text), fields.color(color))
            for text, color in (fields.row(key, 2) for key in fields.items(keys, 2**16))
        ),
    )


def _mark(value: Any, num_series: int) -> Mark:
    box, series, point, color = fields.row(value, 4)
    return Mark(
        box=fields.box(box),
        series=fields.maybe(lambda v: fields.whole(v, 0, num_series - 1), series),
        point=fields.maybe(lambda v: fields.whole(v, 0, 2**16), point),
        color=fields.color(color),
    )


def _text(index: int, value: Any, shapes: tuple[Shape, ...]) -> Text:
    row = fields.row(value, 20)
    shape, source, paragraph, cell, text, level, bullet, runs, lines, room = row[:10]
    turn, align, wraps, shrunk, visible, ink_px, ink_color, ground, contrast, covered_by = row[10:]
    if not _string(text, MAX_CHARACTERS).strip():
        raise Unsound("a text says nothing")
    return Text(
        index=index,
        shape=fields.whole(shape, 0, len(shapes) - 1),
        source=fields.word(source, _SOURCES),
        paragraph=fields.whole(paragraph, 0, 2**31),
        cell=fields.maybe(_cell, cell),
        text=text,
        level=fields.whole(level, 0, 8),
        bullet=fields.flag(bullet),
        runs=tuple(_run(run) for run in fields.items(runs, MAX_CHARACTERS)),
        lines=tuple(
            TextLine(box=fields.box(box), text=_string(words, MAX_CHARACTERS))
            for box, words in (fields.row(line, 2) for line in fields.items(lines, MAX_CHARACTERS))
        ),
        room=fields.box(room),
        turn=fields.number(turn, 0.0, 360.0),
        align=fields.word(align, _ALIGNS),
        wraps=fields.flag(wraps),
        shrunk=fields.number(shrunk, 0.0, 1.0),
        visible=fields.number(visible, 0.0, 1.0),
        ink_px=fields.whole(ink_px, 0, 2**31),
        ink_color=fields.maybe(fields.color, ink_color),
        ground=fields.color(ground),
        contrast=fields.number(contrast, 1.0, 21.0),
        covered_by=fields.maybe(lambda v: fields.whole(v, 0, len(shapes) - 1), covered_by),
    )


def _cell(value: Any) -> tuple[int, int]:
    row, column = fields.row(value, 2)
    return fields.whole(row, 0, 2**20), fields.whole(column, 0, 2**20)


def _run(value: Any) -> TextRun:
    text, font, drawn_with, size_pt, bold, color = fields.row(value, 6)
    *rgb, alpha = fields.row(color, 4)
    return TextRun(
        text=_string(text, MAX_CHARACTERS),
        font=_string(font),
        drawn_with=_string(drawn_with),
        size_pt=fields.number(size_pt, 0.0, FAR),
        bold=fields.flag(bold),
        color=(*fields.color(rgb), fields.number(alpha, 0.0, 1.0)),
    )


def _overlap(value: Any, count: int) -> Overlap:
    first, second, region, shared_px, share = fields.row(value, 5)
    first = fields.whole(first, 0, count - 1)
    return Overlap(
        first=first,
        second=fields.whole(second, first + 1, count - 1),
        region=fields.box(region),
        shared_px=fields.whole(shared_px, 0, 2**31),
        share=fields.number(share, 0.0, 1.0),
    )
