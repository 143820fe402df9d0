"""The wire format: what is written is read back, what is damaged is refused, nothing crashes."""

from __future__ import annotations

import dataclasses
import json
import random
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from recorded import HERE, record_all

from vsdpo_jax.domains.chart.drawlist.codec import VERSION, InvalidDrawList, decode, encode
from vsdpo_jax.domains.chart.drawlist.records import (
    SHAPE_ROLES,
    TEXT_ROLES,
    ArtistInfo,
    AxesInfo,
    CollectionOp,
    DrawList,
    Font,
    ImageOp,
    MarkersOp,
    MeshOp,
    Outline,
    PathOp,
    Pen,
    TextOp,
    TrianglesOp,
)
from vsdpo_jax.domains.chart.paint.raster import PaintError, paint

PEN = Pen(
    color=(0.0, 0.5, 1.0, 1.0), alpha=1.0, forced_alpha=False, antialiased=True, cap="butt",
    join="round", linewidth=1.5, dash_offset=0.0, dashes=(3.0, 1.0),
    clip_box=(0.0, 0.0, 50.0, 40.0), clip_outline=None, clip_transform=None, snap=None, hatch="//",
    hatch_color=(0.0, 0.0, 0.0, 1.0), hatch_linewidth=1.0, sketch=None,
)  # fmt: skip
FONT = Font(
    families=("sans-serif",), style="normal", variant="normal", weight="bold", stretch="normal",
    size_pt=10.0, math_family="dejavusans", file=None,
)  # fmt: skip
AXES = AxesInfo(
    region=(5.0, 5.0, 40.0, 30.0), projection="rectilinear", x_limits=(0.0, 1.0),
    y_limits=(0.0, 1.0), x_scale="linear", y_scale="log", span=(0, 4), x_tick_span=None,
    y_tick_span=(1, 2), grid_spec=(1, 1, 0, 0, 0, 0), is_colorbar=False, is_visible=True,
)  # fmt: skip
SQUARE = Outline(
    vertices=np.array([[1.0, 1.0], [9.0, 1.0], [9.0, 9.0], [1.0, 9.0], [1.0, 1.0]]),
    codes=np.array([1, 2, 2, 2, 79], np.uint8), simplify=False, simplify_threshold=0.1,
)  # fmt: skip


def every_kind() -> DrawList:
    """A small list with an op of every kind."""
    ops = (
        PathOp(pen=0, artist=0, outline=0, transform=0, face=(1.0, 0.0, 0.0)),
        MarkersOp(
            pen=0, artist=0, marker=0, marker_transform=0, outline=0, transform=0, face=None
        ),
        CollectionOp(
            pen=0, artist=0, transform=0, outlines=(0, 0), transforms=np.eye(3)[None],
            offsets=np.array([[1.0, 2.0], [np.nan, 3.0]]), offset_transform=0,
            faces=np.array([[1.0, 0.0, 0.0, 0.5]]), edges=np.zeros((0, 4)),
            linewidths=np.array([1.0]), dashes=((0.0, None), (1.0, (2.0, 1.0))),
            antialiased=np.array([1], np.uint8), hatch_colors=np.zeros((0, 4)),
        ),
        MeshOp(
            pen=0, artist=0, transform=0, columns=2, rows=1,
            coordinates=np.arange(12.0).reshape(2, 3, 2), offsets=np.zeros((1, 2)),
            offset_transform=0, faces=np.full((2, 4), 0.5), antialiased=False,
            edges=np.zeros((0, 4)),
        ),
        TrianglesOp(
            pen=0, artist=0, points=np.arange(6.0).reshape(1, 3, 2), colors=np.full((1, 3, 4), 0.2),
            transform=0,
        ),
        ImageOp(pen=0, artist=0, x=1.0, y=2.0, pixels=np.full((3, 4, 4), 200, np.uint8)),
        TextOp(
            pen=0, artist=0, x=5.0, y=20.0, text="ä $x$", font=0, angle=30.0, is_math=True,
            features=("kern",), language="de",
        ),
        PathOp(pen=0, artist=0, outline=1, transform=0, face=None),
    )  # fmt: skip
    outlined = Outline(
        vertices=None, codes=None, simplify=False, simplify_threshold=0.1, text="T", font=0
    )
    artist = ArtistInfo(artist_type="Line2D", role="data", axes=0, span=(3, 9), label="l")
    return DrawList(
        width=50.0, height=40.5, dpi=100.0, style={"text.hinting": "default"},
        transforms=np.array([[1.0, 0, 0, 1, 0, 0]]), outlines=(SQUARE, outlined), pens=(PEN,),
        fonts=(FONT,), artists=(artist,), axes=(AXES,), ops=ops,
    )  # fmt: skip


def _same(first: Any, second: Any) -> bool:
    """Deep equality of records with arrays."""
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and np.array_equal(
            first, second, equal_nan=first.dtype.kind == "f"
        )
    if dataclasses.is_dataclass(first):
        return type(first) is type(second) and all(
            _same(getattr(first, f.name), getattr(second, f.name))
            for f in dataclasses.fields(first)
        )
    if isinstance(first, tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return first == second and type(first) is type(second)


def _edited(change: Any) -> bytes:
    """The encoded list with its JSON header changed by ``change(header)``."""
    payload = encode(every_kind())
    (size,) = struct.unpack_from("<Q", payload, 8)
    header = json.loads(payload[16 : 16 + size])
    body = payload[16 + size + -size % 8 :]
    change(header)
    text = json.dumps(header).encode()
    return payload[:8] + struct.pack("<Q", len(text)) + text + b"\0" * (-len(text) % 8) + body


def test_every_kind_comes_back():
    assert _same(decode(encode(every_kind())), every_kind())


def test_every_kind_can_be_painted():
    scene = paint(decode(encode(every_kind())))
    assert (scene.width_px, scene.height_px) == (50, 40)
    assert [m.kind for m in scene.marks] == [
        "path", "markers", "collection", "mesh", "mesh", "image", "text", "text",
    ]  # fmt: skip


_finite = st.floats(-1e6, 1e6)
_unit = st.floats(0, 1)
_side = st.integers(0, 5)


@st.composite
def _pens(draw: st.DrawFn) -> Pen:
    return dataclasses.replace(
        PEN,
        color=tuple(draw(st.lists(_unit, min_size=3, max_size=4))),
        alpha=draw(_unit),
        linewidth=draw(st.floats(0, 100)),
        dashes=draw(st.none() | st.tuples(st.floats(0.5, 9), st.floats(0, 9))),
        clip_box=draw(st.none() | st.tuples(_finite, _finite, _finite, _finite)),
        snap=draw(st.none() | st.booleans()),
        hatch=draw(st.none() | st.text("/\\|-+xoO.*", min_size=1, max_size=6)),
        cap=draw(st.sampled_from(["butt", "round", "projecting"])),
        sketch=draw(st.none() | st.tuples(st.floats(0, 5), st.floats(1, 99), st.floats(1, 50))),
    )


@st.composite
def _lists(draw: st.DrawFn) -> DrawList:
    number = draw(st.integers(1, 8))
    vertices = draw(hnp.arrays(np.float64, (number, 2), elements=st.floats(width=64)))
    text = draw(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30))
    op = TextOp(
        pen=0, artist=0, x=draw(_finite), y=draw(_finite), text=text, font=0,
        angle=draw(st.floats(-360, 360)), is_math=False, features=None, language=None,
    )  # fmt: skip
    artist = ArtistInfo(
        artist_type=draw(st.text(max_size=20).filter(str.isascii)),
        role=draw(st.sampled_from([*TEXT_ROLES, *SHAPE_ROLES])),
        axes=draw(st.sampled_from([-1, 0])),
        span=draw(st.none() | st.tuples(st.integers(0, 99), st.integers(100, 200))),
        label=text,
    )
    outline = Outline(
        vertices=vertices, codes=None, simplify=draw(st.booleans()), simplify_threshold=draw(_unit)
    )
    path = PathOp(pen=0, artist=0, outline=0, transform=0, face=None)
    image = ImageOp(
        pen=0, artist=0, x=0.0, y=0.0,
        pixels=draw(hnp.arrays(np.uint8, st.tuples(_side, _side, st.just(4)))),
    )  # fmt: skip
    return dataclasses.replace(
        every_kind(), pens=(draw(_pens()),), outlines=(outline,), artists=(artist,),
        transforms=draw(hnp.arrays(np.float64, (1, 6), elements=st.floats(width=64))),
        ops=(op, path, image),
    )  # fmt: skip


@given(_lists())
@settings(max_examples=150, deadline=None)
def test_round_trip_law(draw_list):
    assert _same(decode(encode(draw_list)), draw_list)


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(data):
    with pytest.raises(InvalidDrawList):
        decode(data)


@given(st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_damaged_bytes_are_refused_or_another_list(seed):
    """A law: flipped, cut and doubled bytes raise InvalidDrawList or decode, nothing else; what
    decodes is painted or refused by a PaintError."""
    chance = random.Random(seed)
    data = bytearray(encode(every_kind()))
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        how = chance.randrange(4)
        if how == 0:
            data[place] = chance.randrange(256)
        elif how == 1:
            del data[place : place + chance.randint(1, 30)]
        elif how == 2:
            data[place:place] = bytes(data[place : place + chance.randint(1, 30)])
        else:
            data[place] ^= 1 << chance.randrange(8)
        if not data:
            break
    try:
        found = decode(bytes(data))
    except InvalidDrawList:
        return
    assert isinstance(found, DrawList)
    try:
        paint(found)
    except PaintError:
        pass


_VALUES = (None, True, -1, 0, 1, 3, 10**30, 1e308, -1e308, 0.5, "", "x" * 300, "\ud800", [], [0],
           [[]], {}, {"a": 1}, [1, 2, 3, 4], [[0, 0]] * 3, "NaN")  # fmt: skip


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            found += _places(child, (*path, key))
    return found


def test_any_value_in_any_place_of_the_header_is_refused_or_fits():
    """Every header value replaced by values of every type: refused, or painted without a crash."""
    payload = encode(every_kind())
    (size,) = struct.unpack_from("<Q", payload, 8)
    places = _places(json.loads(payload[16 : 16 + size]))
    assert len(places) > 150
    refused = 0
    for path in places:
        for value in _VALUES:

            def put(header: Any, path: Any = path, value: Any = value) -> None:
                for key in path[:-1]:
                    header = header[key]
                header[path[-1]] = value

            try:
                paint(decode(_edited(put)))
            except PaintError:
                continue
            except InvalidDrawList:
                refused += 1
    assert refused > len(places) * len(_VALUES) * 0.7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h.update(width=0.0), "not a number from 1"),
        (lambda h: h.update(width=60000.0, height=60000.0), "canvas above"),
        (lambda h: h.update(extra=1), "must have the keys"),
        (lambda h: h["style"].update(backend="Agg"), "unknown setting"),
        (lambda h: h["style"].update({"mathtext.fontset": "/etc/passwd"}), "none of"),
        (lambda h: h["ops"][0].__setitem__(0, "exec"), "unknown kind"),
        (lambda h: h["ops"][0][1].__setitem__(0, 7), "no index into 1 pens"),
        (lambda h: h["ops"][0][1].__setitem__(0, True), "no index into 1 pens"),
        (lambda h: h["ops"][6][1].__setitem__(4, "x" * 20_000), "text of at most"),
        (lambda h: h["ops"][6][1].__setitem__(4, "$" + "{" * 30 + "}" * 30 + "$"), "nested braces"),
        (lambda h: h["ops"][6][1].__setitem__(4, "$" + "x" * 3000 + "$"), "formula of"),
        (lambda h: h["pens"][0].__setitem__(8, [0.0, 0.0]), "dash pattern"),
        (lambda h: h["pens"][0].__setitem__(8, [1.0, 1.0, 1.0]), "dash pattern"),
        (lambda h: h["pens"][0].__setitem__(13, "Q"), "hatch"),
        (lambda h: h["pens"][0].__setitem__(0, [2.0, 0.0, 0.0]), "not a number from"),
        (lambda h: h["artists"][0].__setitem__(2, 5), "axes 5 of 1"),
        (lambda h: h["artists"][0].__setitem__(3, [9, 9]), "is empty"),
        (lambda h: h["arrays"].append(["<f8", [1]]), "end within an array"),
        (lambda h: h["arrays"].append(["<f8", [0]]), "arrays too many"),
        (lambda h: h["arrays"].pop(), "bytes too many"),
        (lambda h: h["arrays"][0].__setitem__(0, "|O"), "array entry"),
        (lambda h: h["arrays"][0].__setitem__(1, [2**40, 2**40]), "array shape"),
        (lambda h: h["ops"][3][1].__setitem__(3, 5), "for its mesh"),
        (lambda h: h["outlines"][1].__setitem__(5, None), "a text outline has a font"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named(change, message):
    with pytest.raises(InvalidDrawList, match=message):
        decode(_edited(change))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(value):
    payload = encode(every_kind()).replace(b'"dpi":100.0', b'"dpi":' + value.encode(), 1)
    with pytest.raises(InvalidDrawList):
        decode(payload)


def test_deep_and_long_json_is_refused():
    for header in (b"[" * 100_000, b'{"width":' * 5000, b"9" * 100_000, b"\xff\xfe"):
        payload = b"VSDL" + struct.pack("<IQ", VERSION, len(header)) + header
        with pytest.raises(InvalidDrawList, match=r"no JSON|keys"):
            decode(payload)


def test_unknown_path_codes_and_lengths_are_refused():
    for codes in (np.array([1, 2, 2, 2, 77], np.uint8), np.array([1, 2], np.uint8)):
        outline = dataclasses.replace(SQUARE, codes=codes)
        ops = every_kind().ops[:2]
        draw_list = dataclasses.replace(every_kind(), outlines=(outline,), ops=ops)
        with pytest.raises(InvalidDrawList, match=r"codes?"):
            decode(encode(draw_list))


def test_trailing_and_missing_bytes_are_refused():
    payload = encode(every_kind())
    for data in (payload + b"\0", payload[:-1], payload + payload, payload[:20], b""):
        with pytest.raises(InvalidDrawList):
            decode(data)


def test_real_lists_survive_damage_without_a_crash():
    """The same law on what real charts write; a tenth of a second each."""
    sources = {name: (HERE / "programs" / f"{name}.py").read_text() for name in ("pie", "contour")}
    chance = random.Random(1)
    for recorded in record_all(sources).values():
        assert recorded.payload is not None
        for _ in range(60):
            data = bytearray(recorded.payload)
            for _ in range(chance.randint(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                paint(decode(bytes(data)))
            except InvalidDrawList:
                continue
