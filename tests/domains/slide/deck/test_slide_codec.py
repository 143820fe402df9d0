"""A deck survives the way through bytes, and hostile bytes are refused in one way."""

from __future__ import annotations

import dataclasses
import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.slide.deck.codec import InvalidDeck, decode, encode
from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.deck.records import (
    Chart,
    Deck,
    Fill,
    Key,
    Mark,
    Overlap,
    Picture,
    Series,
    Shape,
    Slide,
    Text,
    TextLine,
    TextRun,
)

PREFIX = struct.Struct("<4sIQ")


def plain_shape(index: int, **changes) -> Shape:
    shape = Shape(
        index=index,
        shape_id=index + 2,
        name=f"Shape {index}",
        kind="autoshape",
        parent=None,
        placeholder="",
        geometry="rect",
        box=(10.0, 20.0, 30.5, 40.0),
        frame=(10.0, 20.0, 30.5, 40.0),
        rotation=0.0,
        fill=Fill(kind="solid", color=(1, 2, 3), alpha=0.5),
        line=Fill(kind="none"),
        line_px=0.0,
        empty=False,
        seen=0.25,
        covered_by=None,
    )
    return dataclasses.replace(shape, **changes)


def plain_text(index: int, shape: int) -> Text:
    return Text(
        index=index,
        shape=shape,
        source="cell",
        paragraph=1,
        cell=(2, 3),
        text="Fünf 漢字 😀",
        level=1,
        bullet=True,
        runs=(TextRun(text="Fünf", font="Calibri", drawn_with="Carlito", size_pt=18.0, bold=True,
                      color=(9, 8, 7, 0.5)),),
        lines=(TextLine(box=(1.0, 2.0, 3.0, 4.0), text="Fünf 漢字 😀"),),
        room=(0.0, 0.0, 99.0, 99.0),
        turn=270.0,
        align="center",
        wraps=True,
        shrunk=0.9,
        visible=0.75,
        ink_px=123,
        ink_color=(1, 1, 1),
        ground=(255, 254, 253),
        contrast=12.5,
        covered_by=0,
    )  # fmt: skip


def plain_deck() -> Deck:
    rng = np.random.default_rng(0)
    image_YXC = rng.integers(0, 256, (4, 1280, 3), dtype=np.uint8)
    textless_YXC = image_YXC.copy()
    textless_YXC[3, 5] ^= 1
    textless_YXC[3, 1200:] = 7
    chart = Chart(
        kind="bar",
        categories=("a", "b"),
        series=(Series(name="s", values=(1.5, None), pattern="dash"),),
        marks=(
            Mark((1.0, 1.0, 2.0, 2.0), 0, 1, (1, 2, 3)),
            Mark((3.0, 1.0, 2.0, 2.0), None, None, (0, 0, 255)),
        ),
        keys=(Key("s", (1, 2, 3)),),
    )
    picture = Picture(width=3, height=4, crop=(0.1, 0.0, -0.2, 0.0), loaded=True, digest="ab")
    slide = Slide(
        number=0,
        width=1280,
        height=4,
        layout="Blank",
        background=Fill(kind="gradient", color=None),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        shapes=(
            plain_shape(0, kind="group", seen=None),
            plain_shape(1, parent=0, kind="chart", chart=chart),
            plain_shape(2, kind="picture", picture=picture, covered_by=1, rotation=30.0),
        ),
        texts=(plain_text(0, 1), plain_text(1, 2)),
        overlaps=(Overlap(first=0, second=1, region=(0.0, 0.0, 5.0, 5.0), shared_px=9, share=0.5),),
    )
    call = Call(what="font_size", span=(3, 9), sites=((1, 2), (0, 99)), paragraph=0, cell=(1, 2))
    notes = Notes(shapes={(0, 2): (call,)}, slides={0: (call, call)}, deck=(call,))
    return Deck(
        size_emu=(12_192_000, 381_000),
        slides=(slide, dataclasses.replace(slide, number=1)),
        num_slides=3,
        renderer="test 1",
        fonts={"Calibri": "Carlito"},
        notes=notes,
    )


def fields(record):
    """Everything of a record, arrays as lists."""
    if dataclasses.is_dataclass(record):
        return {f.name: fields(getattr(record, f.name)) for f in dataclasses.fields(record)}
    if isinstance(record, np.ndarray):
        return record.tolist()
    if isinstance(record, dict):
        return {key: fields(value) for key, value in record.items()}
    return [fields(entry) for entry in record] if isinstance(record, tuple) else record


def test_a_deck_comes_back_as_it_was():
    deck = plain_deck()
    assert fields(decode(encode(deck))) == fields(deck)
    assert encode(decode(encode(deck))) == encode(deck)


def header_of(payload: bytes) -> tuple[dict, bytes]:
    _, _, size = PREFIX.unpack_from(payload)
    return json.loads(payload[PREFIX.size : PREFIX.size + size]), payload[PREFIX.size + size :]


def with_header(header: dict, rest: bytes) -> bytes:
    text = json.dumps(header).encode()
    return PREFIX.pack(b"VSSD", 1, len(text)) + text + rest


def paths(value, at=()):
    """Every place of a header."""
    yield at
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, entry in entries:
        yield from paths(entry, (*at, key))


def test_any_value_of_another_type_is_refused_or_still_a_deck():
    payload = encode(plain_deck())
    header, rest = header_of(payload)
    refused = 0
    for place in list(paths(header))[1:]:
        for wrong in (None, -1, 1e300, "?", [], {}):
            changed = json.loads(json.dumps(header))
            inside = changed
            for key in place[:-1]:
                inside = inside[key]
            inside[place[-1]] = wrong
            try:
                decode(with_header(changed, rest))
            except InvalidDeck:
                refused += 1
    assert refused > 1_500


@pytest.mark.parametrize(
    "payload",
    [b"", b"VSSD", b"nonsense" * 9, PREFIX.pack(b"VSSD", 2, 0), PREFIX.pack(b"VSSD", 1, 2**60)],
)
def test_what_is_no_deck_is_refused(payload):
    with pytest.raises(InvalidDeck):
        decode(payload)


@given(st.data())
def test_bytes_cut_or_turned_are_refused_or_a_deck(data):
    payload = bytearray(encode(plain_deck()))
    head = PREFIX.size + PREFIX.unpack_from(payload)[2]
    at = data.draw(st.integers(0, head - 1))
    payload[at] ^= 1 << data.draw(st.integers(0, 7))
    if data.draw(st.booleans()):
        del payload[data.draw(st.integers(0, len(payload) - 1)) :]
    try:
        decode(bytes(payload))
    except InvalidDeck:
        pass


def test_pixels_of_the_textless_picture_stand_in_order():
    header, rest = header_of(encode(plain_deck()))
    start = 1280 * 4 * 3
    swapped = (
        rest[:start] + rest[start + 4 : start + 8] + rest[start : start + 4] + rest[start + 8 :]
    )
    with pytest.raises(InvalidDeck, match="out of place"):
        decode(with_header(header, swapped))


def test_numbers_that_json_alone_knows_are_refused():
    header, rest = header_of(encode(plain_deck()))
    text = json.dumps(header).replace('"shrunk"', '"shrunk"').replace("12.5", "NaN").encode()
    with pytest.raises(InvalidDeck, match="NaN"):
        decode(PREFIX.pack(b"VSSD", 1, len(text)) + text + rest)
