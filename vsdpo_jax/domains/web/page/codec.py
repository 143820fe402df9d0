"""A page as bytes, and back with every value checked.

Layout: ``VSPG``, uint32 version, uint64 header length, the header (JSON), then the picture (uint8
rows), then where the textless picture differs: flat pixel indices (uint32, ascending) and colours.
Nothing is pickled. Computed styles and winners of the cascade, which many elements share, are
written once.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np

from vsdpo_jax.domains.colors import differing
from vsdpo_jax.domains.web.page.records import (
    BLAMED,
    STYLE,
    Control,
    Overlap,
    Page,
    PageElement,
    RuleMatch,
    TextLine,
    TextRun,
    TextSource,
)

MAX_ELEMENTS = 30_000
MAX_TEXTS = 10_000
MAX_CHARACTERS = 1_000_000  # of all texts together
MAX_SIDE = 20_000
MAX_PIXELS = 40_000_000
MAX_BYTES = 400_000_000
FAR = 1e7
"""No coordinate lies farther out: what the page puts beyond is put there."""

_MAGIC, _VERSION = b"VSPG", 1
_PREFIX = struct.Struct("<4sIQ")
_SOURCES = frozenset(get_args(TextSource))
_BLAMED, _ATTRIBUTE_CHARS = frozenset(BLAMED), 2_000


class InvalidPage(Exception):
    """The bytes are no page; the message says what is wrong in one sentence."""


def encode(page: Page) -> bytes:
    """The bytes of a page."""
    styles: dict[tuple[str, ...], int] = {}
    setters: dict[tuple[Any, ...], int] = {}

    def style_of(style: Mapping[str, str]) -> int:
        return styles.setdefault(tuple(style[name] for name in STYLE), len(styles))

    def setter_of(set_by: Mapping[str, Any]) -> int:
        return setters.setdefault(tuple((k, *set_by[k]) for k in sorted(set_by)), len(setters))

    elements = [_element_row(e, style_of(e.style), setter_of(e.set_by)) for e in page.elements]
    texts = [_text_row(t, setter_of(t.set_by)) for t in page.texts]
    differs_N = differing(page.image_YXC, page.textless_YXC).astype("<u4")
    header = {
        "width": page.width,
        "height": page.height,
        "viewport": list(page.viewport),
        "elements": elements,
        "texts": texts,
        "overlaps": [[o.first, o.second, o.region, o.shared_px, o.share] for o in page.overlaps],
        "rules": [[r.rule, r.span, r.elements] for r in page.rules],
        "styles": [list(style) for style in styles],
        "setters": [list(setter) for setter in setters],
        "differs": len(differs_N),
    }
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return b"".join(
        [
            _PREFIX.pack(_MAGIC, _VERSION, len(text)),
            text,
            np.ascontiguousarray(page.image_YXC).tobytes(),
            differs_N.tobytes(),
            page.textless_YXC.reshape(-1, 3)[differs_N].tobytes(),
        ]
    )


def decode(payload: bytes) -> Page:
    """Read a page.

    Raises:
      InvalidPage: the bytes are no page within the limits above: an index out of its table, a
        number that is not finite, a picture of another size ...
    """
    try:
        return _read(payload)
    except InvalidPage:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise InvalidPage(f"page: {type(error).__name__}: {error!s:.200}") from None


def _element_row(element: PageElement, style: int, setter: int) -> list[Any]:
    control = element.control
    return [
        *(-1 if element.parent is None else element.parent, element.tag, element.source),
        *(element.span, element.start_tag, element.scripted, element.box, element.fragments),
        *(element.shown, style, dict(element.attributes), element.loaded),
        control
        and [control.kind, control.value, control.placeholder, control.checked, control.labels],
        *(element.clip, element.opacity, element.font_px, element.seen, setter),
    ]


def _text_row(run: TextRun, setter: int) -> list[Any]:
    return [
        *(run.element, run.block, run.glued, run.source, run.pseudo, run.text),
        [[line.box, line.text] for line in run.lines],
        *(run.color, run.font_px, run.weight, run.clip, run.inside, run.ellipsis, run.visible),
        *(run.ink_px, run.ink_color, run.ground, run.contrast, run.hits, run.covered_by, setter),
    ]


def _fail(reason: str) -> None:
    raise InvalidPage(f"page: {reason}")


def _whole(value: Any, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        _fail(f"{value!r:.40} is not a whole number from {low} to {high}")
    return value


def _number(value: Any, low: float, high: float) -> float:
    if type(value) not in (int, float) or not low <= value <= high:
        _fail(f"{value!r:.40} is not a number from {low} to {high}")
    return float(value)


def _text(value: Any, longest: int = MAX_CHARACTERS) -> str:
    if type(value) is not str or len(value) > longest:
        _fail(f"{value!r:.40} is not a text of at most {longest} characters")
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


def _box(value: Any) -> tuple[float, float, float, float]:
    x, y, width, height = _row(value, 4)
    return (
        *(_number(x, -FAR, FAR), _number(y, -FAR, FAR)),
        *(_number(width, 0.0, 2 * FAR), _number(height, 0.0, 2 * FAR)),
    )  # pyright: ignore[reportReturnType]  # two pairs unpacked are four


def _span(value: Any) -> tuple[int, int]:
    start, end = _row(value, 2)
    return _whole(start, 0, 2**40), _whole(end, start, 2**40)


def _color(value: Any) -> tuple[int, int, int]:
    red, green, blue = _row(value, 3)
    return _whole(red, 0, 255), _whole(green, 0, 255), _whole(blue, 0, 255)


def _list(value: Any, longest: int) -> list[Any]:
    if type(value) is not list or len(value) > longest:
        _fail(f"{value!r:.40} is not a list of at most {longest}")
    return value


def _read(payload: bytes) -> Page:
    header, start = _header(payload)
    width, height = _whole(header["width"], 1, MAX_SIDE), _whole(header["height"], 1, MAX_SIDE)
    if width * height > MAX_PIXELS:
        _fail(f"{width} x {height} pixels, at most {MAX_PIXELS}")
    styles = [_style(row) for row in _list(header["styles"], MAX_ELEMENTS)]
    setters = [_setter(row) for row in _list(header["setters"], MAX_ELEMENTS + MAX_TEXTS)]
    rows = _list(header["elements"], MAX_ELEMENTS)
    elements = tuple(_element(i, row, len(rows), styles, setters) for i, row in enumerate(rows))
    text_rows = _list(header["texts"], MAX_TEXTS)
    texts = tuple(_run(i, row, len(elements), setters) for i, row in enumerate(text_rows))
    if sum(len(run.text) for run in texts) > MAX_CHARACTERS:
        _fail(f"more than {MAX_CHARACTERS} characters")
    image_YXC, textless_YXC = _pictures(payload, start, width, height, header["differs"])
    wide, high = _row(header["viewport"], 2)
    return Page(
        width=width,
        height=height,
        viewport=(_whole(wide, 1, MAX_SIDE), _whole(high, 1, MAX_SIDE)),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        elements=elements,
        texts=texts,
        overlaps=tuple(_overlap(row, len(texts)) for row in _list(header["overlaps"], 2**20)),
        rules=tuple(_rule(row, len(elements)) for row in _list(header["rules"], 2**20)),
    )


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the header holds {name}")


def _header(payload: bytes) -> tuple[dict[str, Any], int]:
    if not _PREFIX.size <= len(payload) <= MAX_BYTES:
        _fail(f"{len(payload)} bytes")
    magic, version, size = _PREFIX.unpack_from(payload)
    if magic != _MAGIC or version != _VERSION or size > len(payload) - _PREFIX.size:
        _fail("the bytes do not start like a page")
    end = _PREFIX.size + size
    header = json.loads(payload[_PREFIX.size : end].decode(), parse_constant=_refuse_constant)
    if type(header) is not dict:
        _fail("the header is no table")
    return header, end


def _pictures(
    payload: bytes, start: int, width: int, height: int, differs: Any
) -> tuple[np.ndarray, np.ndarray]:
    num_pixels = width * height
    count = _whole(differs, 0, num_pixels)
    if len(payload) != start + 3 * num_pixels + 7 * count:
        _fail("the pictures are of another size")
    image_YXC = np.frombuffer(payload, np.uint8, 3 * num_pixels, start).reshape(height, width, 3)
    start += 3 * num_pixels
    places_N = np.frombuffer(payload, "<u4", count, start)
    if count and (int(places_N[-1]) >= num_pixels or not bool(np.all(np.diff(places_N) > 0))):
        _fail("pixels of the textless picture out of place")
    textless_YXC = image_YXC.copy()
    textless_YXC.reshape(-1, 3)[places_N] = np.frombuffer(
        payload, np.uint8, 3 * count, start + 4 * count
    ).reshape(-1, 3)
    return image_YXC, textless_YXC


def _style(row: Any) -> dict[str, str]:
    if set(map(type, _row(row, len(STYLE)))) != {str} or max(map(len, row)) > MAX_CHARACTERS:
        _fail(f"{row!r:.40} are no values of properties")
    return dict(zip(STYLE, row, strict=True))


def _setter(row: Any) -> dict[str, tuple[int, int]]:
    found = {}
    for entry in _list(row, len(BLAMED)):
        name, start, end = _row(entry, 3)
        if name not in _BLAMED:
            _fail(f"{name!r:.40} is no property that is read")
        found[name] = _span([start, end])
    return found


def _element(index: int, row: Any, count: int, styles: list[Any], setters: list[Any]) -> Any:
    parent, tag, source, span, start_tag, scripted, box, fragments, shown = _row(row, 18)[:9]
    style, attributes, loaded, control, clip, opacity, font_px, seen, setter = row[9:]
    parent = _whole(parent, -1, index - 1)
    if type(attributes) is not dict:
        _fail(f"{attributes!r:.40} are no attributes")
    return PageElement(
        index=index,
        parent=None if parent < 0 else parent,
        tag=_text(tag, _ATTRIBUTE_CHARS),
        source=_maybe(lambda value: _whole(value, 0, 2**31), source),
        span=_maybe(_span, span),
        start_tag=_maybe(_span, start_tag),
        scripted=_flag(scripted),
        box=_box(box),
        fragments=tuple(_box(part) for part in _list(fragments, MAX_CHARACTERS)),
        shown=_flag(shown),
        style=styles[_whole(style, 0, len(styles) - 1)],
        attributes={name: _text(value, _ATTRIBUTE_CHARS) for name, value in attributes.items()},
        loaded=_maybe(_flag, loaded),
        control=_maybe(lambda value: _control(value, count), control),
        clip=_box(clip),
        opacity=_number(opacity, 0.0, 1.0),
        font_px=_number(font_px, 0.0, FAR),
        seen=_maybe(lambda value: _number(value, 0.0, 1.0), seen),
        set_by=setters[_whole(setter, 0, len(setters) - 1)],
    )


def _control(row: Any, count: int) -> Control:
    kind, value, placeholder, checked, labels = _row(row, 5)
    return Control(
        kind=_text(kind, _ATTRIBUTE_CHARS),
        value=_text(value),
        placeholder=_text(placeholder),
        checked=_flag(checked),
        labels=tuple(_whole(label, 0, count - 1) for label in _list(labels, count)),
    )


def _run(index: int, row: Any, count: int, setters: list[Any]) -> TextRun:
    element, block, glued, source, pseudo, text, lines, color, font_px, weight = _row(row, 21)[:10]
    clip, inside, ellipsis, visible, ink_px, ink_color, ground, contrast = row[10:18]
    hits, covered_by, setter = row[18:]
    if source not in _SOURCES:
        _fail(f"{source!r:.40} is no source of texts")
    red, green, blue, alpha = _row(color, 4)
    return TextRun(
        index=index,
        element=_whole(element, 0, count - 1),
        block=_whole(block, 0, count - 1),
        glued=_flag(glued),
        source=source,
        pseudo=_text(pseudo, _ATTRIBUTE_CHARS),
        text=_text(text),
        lines=tuple(
            TextLine(box=_box(line), text=_text(words))
            for line, words in (_row(entry, 2) for entry in _list(lines, MAX_CHARACTERS))
        ),
        color=(*_color([red, green, blue]), _number(alpha, 0.0, 1.0)),
        font_px=_number(font_px, 0.0, FAR),
        weight=_number(weight, 1.0, 1000.0),
        clip=_box(clip),
        inside=_number(inside, 0.0, 1.0),
        ellipsis=_flag(ellipsis),
        visible=_number(visible, 0.0, 1.0),
        ink_px=_whole(ink_px, 0, MAX_PIXELS),
        ink_color=_maybe(_color, ink_color),
        ground=_color(ground),
        contrast=_number(contrast, 1.0, 21.0),
        hits=_number(hits, 0.0, 1.0),
        covered_by=_maybe(lambda value: _whole(value, 0, count - 1), covered_by),
        set_by=setters[_whole(setter, 0, len(setters) - 1)],
    )


def _overlap(row: Any, count: int) -> Overlap:
    first, second, region, shared_px, share = _row(row, 5)
    return Overlap(
        first=_whole(first, 0, count - 1),
        second=_whole(second, first, count - 1),
        region=_box(region),
        shared_px=_whole(shared_px, 0, MAX_PIXELS),
        share=_number(share, 0.0, 1.0),
    )


def _rule(row: Any, count: int) -> RuleMatch:
    rule, span, elements = _row(row, 3)
    return RuleMatch(
        rule=_whole(rule, 0, 2**31),
        span=_span(span),
        elements=tuple(_whole(element, 0, count - 1) for element in _list(elements, count)),
    )
