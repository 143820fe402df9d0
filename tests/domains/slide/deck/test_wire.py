"""The child's payload: what is packed comes back, and hostile bytes are refused."""

from __future__ import annotations

import copy
import json
import struct

import pytest

from vsdpo_jax.domains.slide.deck import wire
from vsdpo_jax.domains.slide.deck.notes import Call, Notes, shape_key
from vsdpo_jax.domains.slide.deck.wire import InvalidDeck, from_rows, pack, to_rows, unpack

NOTES = Notes(
    shapes={
        (0, 2): (
            Call(what="made", span=(10, 30), sites=((50, 60), (70, 80))),
            Call(what="text", span=(90, 99), sites=((50, 60), (70, 80)), paragraph=1, run=0),
        ),
        shape_key(1, 7, 2): (Call(what="fill", span=(1, 2), cell=(3, 4)),),
    },
    slides={0: (Call(what="made", span=(0, 5)),), 1: ()},
    deck=(Call(what="size", span=(0, 3)),),
)


def test_a_payload_comes_back():
    notes, pptx = unpack(pack(NOTES, b"PK\x03\x04 anything"))
    assert notes == NOTES
    assert pptx == b"PK\x03\x04 anything"
    assert unpack(pack(Notes(), b"")) == (Notes(), b"")


def test_keys_of_copies_are_their_own():
    assert shape_key(0, 7) == (0, 7)
    assert len({shape_key(0, 7, k) for k in range(3)} | {shape_key(0, 8)}) == 4


def test_places_that_calls_share_are_written_once():
    assert len(to_rows(NOTES)["sites"]) == 2


BAD_VALUES = {
    "what": (["deck", 0, 0], 99),
    "what_negative": (["deck", 0, 0], -1),
    "what_bool": (["deck", 0, 0], True),
    "span_backwards": (["deck", 0, 1], 4),
    "span_negative": (["deck", 0, 1], -1),
    "span_float": (["deck", 0, 1], 0.5),
    "sites_index": (["deck", 0, 3], 2),
    "sites_chain": (["sites", 1], [[0, 1]] * (wire.MAX_SITES + 1)),
    "paragraph": (["deck", 0, 4], 2**40),
    "cell": (["deck", 0, 6], [1]),
    "row": (["deck", 0], []),
    "slide": (["slides", 0, 0], "0"),
    "slide_twice": (["slides", 1, 0], 0),
    "shape_twice": (["shapes", 1], [0, 2, []]),
    "shape_key": (["shapes", 0, 1], 2**70),
    "shape_slide": (["shapes", 0, 0], -1),
    "table": (["shapes"], {}),
    "calls": (["shapes", 0, 2], None),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_values_out_of_place_are_refused(name):
    path, value = BAD_VALUES[name]
    rows = copy.deepcopy(to_rows(NOTES))
    assert from_rows(copy.deepcopy(rows)) == NOTES
    inner = rows
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(InvalidDeck):
        from_rows(rows)


def _framed(text: bytes, magic: bytes = b"VSLD", version: int = 1, length: int | None = None):
    return struct.pack("<4sIQ", magic, version, len(text) if length is None else length) + text


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"VSLD",
        b"PK\x03\x04" + b"\0" * 60,
        _framed(b"{}", magic=b"XXXX"),
        _framed(b"{}", version=2),
        _framed(b"{}", length=3),
        _framed(b"{}", length=2**63),
        _framed(b"{}"),
        _framed(b"[]"),
        _framed(b"nonsense"),
        _framed(b"\xff\xfe"),
        _framed(b"[" * 100_000),
        _framed(json.dumps({**to_rows(NOTES), "more": 1}).encode()),
        _framed(json.dumps({**to_rows(NOTES), "deck": [[9**999] * 7]}).encode()),
    ],
)
def test_what_is_no_payload_is_refused(payload):
    with pytest.raises(InvalidDeck):
        unpack(payload)


def test_calls_are_counted_over_all_lists(monkeypatch):
    monkeypatch.setattr(wire, "MAX_CALLS", 4)
    many = Notes(deck=(Call(what="size", span=(0, 3)),) * 3, slides=NOTES.slides, shapes={})
    from_rows(to_rows(many))
    with pytest.raises(InvalidDeck):
        from_rows(to_rows(NOTES))
