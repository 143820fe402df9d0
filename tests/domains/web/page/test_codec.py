"""A page survives its bytes, and other bytes are refused."""

from __future__ import annotations

import json
import struct
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.web.page.codec import InvalidPage, decode, encode
from vsdpo_jax.domains.web.page.records import (
    STYLE,
    Control,
    Overlap,
    Page,
    PageElement,
    RuleMatch,
    TextLine,
    TextRun,
)

BOX = (1.5, 2.0, 3.0, 4.0)


def small_page() -> Page:
    image_YXC = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    textless_YXC = image_YXC.copy()
    textless_YXC[1, 2] = 200
    textless_YXC[3, 4] = 7
    plain = {
        "source": None,
        "span": None,
        "start_tag": None,
        "scripted": False,
        "box": BOX,
        "fragments": (BOX, BOX),
        "shown": True,
        "style": dict.fromkeys(STYLE, "x"),
        "attributes": {"id": "a"},
        "loaded": None,
        "control": None,
        "clip": BOX,
        "opacity": 0.5,
        "font_px": 16.0,
    }
    field = {
        **plain,
        "span": (3, 9),
        "start_tag": (3, 6),
        "source": 0,
        "loaded": True,
        "seen": 0.25,
        "set_by": {"color": (1, 2)},
        "control": Control(kind="text", value="v", placeholder="", checked=False, labels=(0,)),
    }
    run = TextRun(
        index=0,
        element=1,
        block=0,
        glued=True,
        source="text",
        pseudo="",
        text="Größe",
        lines=(TextLine(box=BOX, text="Größe"),),
        color=(1, 2, 3, 0.5),
        font_px=12.0,
        weight=400.0,
        clip=BOX,
        inside=1.0,
        ellipsis=False,
        visible=0.75,
        ink_px=9,
        ink_color=(1, 2, 3),
        ground=(4, 5, 6),
        contrast=4.5,
        hits=1.0,
        covered_by=0,
        set_by={"color": (4, 5)},
    )
    return Page(
        width=5,
        height=4,
        viewport=(5, 4),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        elements=(
            PageElement(index=0, parent=None, tag="html", **plain),
            PageElement(index=1, parent=0, tag="input", **field),
        ),
        texts=(run,),
        overlaps=(Overlap(first=0, second=0, region=BOX, shared_px=4, share=0.5),),
        rules=(RuleMatch(rule=2, span=(0, 4), elements=(0, 1)),),
    )


def plain(value: Any) -> Any:
    """A record as nested tuples."""
    if is_dataclass(value):
        return tuple(plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, dict):
        return tuple(sorted((key, plain(one)) for key, one in value.items()))
    return tuple(plain(one) for one in value) if isinstance(value, tuple) else value


def test_a_page_survives_its_bytes() -> None:
    page = small_page()
    assert plain(decode(encode(page))) == plain(page)


def rewritten(change: Any) -> bytes:
    payload = encode(small_page())
    (size,) = struct.unpack_from("<Q", payload, 8)
    header = json.loads(payload[16 : 16 + size])
    change(header)
    text = json.dumps(header).encode()
    return payload[:8] + struct.pack("<Q", len(text)) + text + payload[16 + size :]


def assign(*path: Any) -> Any:
    *way, last, value = path

    def change(header: Any) -> None:
        for step in way:
            header = header[step]
        header[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        assign("width", 6),
        assign("width", 10**9),
        assign("height", 0),
        assign("viewport", [5]),
        assign("differs", 3),
        assign("elements", 1, 0, 1),  # its own parent
        assign("elements", 0, 0, -2),
        assign("elements", 0, 6, [0, 0, float("nan"), 1]),
        assign("elements", 0, 6, [0, 0, float("inf"), 1]),
        assign("elements", 0, 6, [0, 0, -1, 1]),
        assign("elements", 0, 6, [0, 0, 1]),
        assign("elements", 0, 9, 2),  # a style that there is not
        assign("elements", 1, 3, [9, 3]),
        assign("elements", 1, 12, 4, [2]),  # a label that there is not
        assign("elements", 1, 16, 1.5),
        assign("elements", 0, []),
        assign("texts", 0, 0, 2),
        assign("texts", 0, 3, "painted"),
        assign("texts", 0, 7, [0, 0, 256, 1]),
        assign("texts", 0, 13, 1.01),
        assign("texts", 0, 13, "1"),
        assign("texts", 0, 17, 0.9),
        assign("texts", 0, 19, 2),
        assign("overlaps", 0, 0, 1),
        assign("rules", 0, 2, [0, 2]),
        assign("setters", [[["behaviour", 0, 1]]]),
        assign("styles", [["x"]]),
        assign("texts", None),
    ],
)
def test_what_the_judge_assumes_is_checked(change: Any) -> None:
    with pytest.raises(InvalidPage, match="page: "):
        decode(rewritten(change))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_other_bytes_are_refused_or_a_page(data: st.DataObject) -> None:
    payload = bytearray(encode(small_page()))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([0, 0, 1, 7, 500]))
    try:
        page = decode(bytes(payload[: len(payload) - cut]))
    except InvalidPage:
        return
    assert isinstance(page, Page)
    assert cut == 0
