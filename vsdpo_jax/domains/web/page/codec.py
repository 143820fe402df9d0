"""A page as bytes, and back with every value checked.

Layout: see ``domains.fields``; ``VSPG`` and one pair of pictures. Computed styles and winners of
the cascade, which many elements share, are written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from vsdpo_jax.domains import fields
from vsdpo_jax.domains.fields import FAR, Unsound
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

_MAGIC, _VERSION = b"VSPG", 1
_SOURCES = frozenset(get_args(TextSource))
_BLAMED, _ATTRIBUTE_CHARS = frozenset(BLAMED), 2_000


class InvalidPage(Exception):
    """The bytes are no page; the message says what is wrong in one sentence."""


def encode(page: Page) -> bytes:
    """The bytes of a page."""
    styles: dict[tuple[str, ...], int] = {}
    setters: dict[tuple[Any, ...], int] = {}

    numbers: dict[int, int] = {}  # by identity: elements that look alike share one

    def style_of(style: Mapping[str, str]) -> int:
        if id(style) not in numbers:
            values = tuple(style[name] for name in STYLE)
            numbers[id(style)] = styles.setdefault(values, len(styles))
        return numbers[id(style)]

    def setter_of(set_by: Mapping[str, Any]) -> int:
        return setters.setdefault(tuple((k, *set_by[k]) for k in sorted(set_by)), len(setters))

    elements = [_element_row(e, style_of(e.style), setter_of(e.set_by)) for e in page.elements]
    texts = [_text_row(t, setter_of(t.set_by)) for t in page.texts]
    differs, parts = fields.picture_bytes(page.image_YXC, page.textless_YXC)
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
        "differs": differs,
    }
    return fields.pack(_MAGIC, _VERSION, header, parts)


def decode(payload: bytes) -> Page:
    """Read a page.

    Raises:
      InvalidPage: the bytes are no page within the limits above: an index out of its table, a
        number that is not finite, a picture of another size ...
    """
    try:
        return _read(payload)
    except Unsound as error:
        raise InvalidPage(f"page: {error}") from None
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


def _read(payload: bytes) -> Page:
    header, start = fields.unpack(_MAGIC, _VERSION, payload)
    width, height = (
        fields.whole(header["width"], 1, MAX_SIDE),
        fields.whole(header["height"], 1, MAX_SIDE),
    )
    if width * height > MAX_PIXELS:
        raise Unsound(f"{width} x {height} pixels, at most {MAX_PIXELS}")
    styles = [_style(row) for row in fields.items(header["styles"], MAX_ELEMENTS)]
    setters = [_setter(row) for row in fields.items(header["setters"], MAX_ELEMENTS + MAX_TEXTS)]
    rows = fields.items(header["elements"], MAX_ELEMENTS)
    elements = tuple(_element(i, row, len(rows), styles, setters) for i, row in enumerate(rows))
    text_rows = fields.items(header["texts"], MAX_TEXTS)
    texts = tuple(_run(i, row, len(elements), setters) for i, row in enumerate(text_rows))
    if sum(len(run.text) for run in texts) > MAX_CHARACTERS:
        raise Unsound(f"more than {MAX_CHARACTERS} characters")
    image_YXC, textless_YXC, end = fields.pictures(payload, start, width, height, header["differs"])
    if end != len(payload):
        raise Unsound("the pictures are of another size")
    wide, high = fields.row(header["viewport"], 2)
    return Page(
        width=width,
        height=height,
        viewport=(fields.whole(wide, 1, MAX_SIDE), fields.whole(high, 1, MAX_SIDE)),
        image_YXC=image_YXC,
        textless_YXC=textless_YXC,
        elements=elements,
        texts=texts,
        overlaps=tuple(
            _overlap(row, len(texts)) for row in fields.items(header["overlaps"], 2**20)
        ),
        rules=tuple(_rule(row, len(elements)) for row in fields.items(header["rules"], 2**20)),
    )


def _text(value: Any, longest: int = MAX_CHARACTERS) -> str:
    return fields.string(value, longest)


def _style(row: Any) -> dict[str, str]:
    if set(map(type, fields.row(row, len(STYLE)))) != {str} or max(map(len, row)) > MAX_CHARACTERS:
        raise Unsound(f"{row!r:.40} are no values of properties")
    return dict(zip(STYLE, row, strict=True))


def _setter(row: Any) -> dict[str, tuple[int, int]]:
    found = {}
    for entry in fields.items(row, len(BLAMED)):
        name, start, end = fields.row(entry, 3)
        if name not in _BLAMED:
            raise Unsound(f"{name!r:.40} is no property that is read")
        found[name] = fields.span([start, end])
    return found


def _element(index: int, row: Any, count: int, styles: list[Any], setters: list[Any]) -> Any:
    parent, tag, source, span, start_tag, scripted, box, fragments, shown = fields.row(row, 18)[:9]
    style, attributes, loaded, control, clip, opacity, font_px, seen, setter = row[9:]
    parent = fields.whole(parent, -1, index - 1)
    if type(attributes) is not dict:
        raise Unsound(f"{attributes!r:.40} are no attributes")
    return PageElement(
        index=index,
        parent=None if parent < 0 else parent,
        tag=_text(tag, _ATTRIBUTE_CHARS),
        source=fields.maybe(lambda value: fields.whole(value, 0, 2**31), source),
        span=fields.maybe(fields.span, span),
        start_tag=fields.maybe(fields.span, start_tag),
        scripted=fields.flag(scripted),
        box=fields.box(box),
        fragments=tuple(fields.box(part) for part in fields.items(fragments, MAX_CHARACTERS)),
        shown=fields.flag(shown),
        style=styles[fields.whole(style, 0, len(styles) - 1)],
        attributes={name: _text(value, _ATTRIBUTE_CHARS) for name, value in attributes.items()},
        loaded=fields.maybe(fields.flag, loaded),
        control=fields.maybe(lambda value: _control(value, count), control),
        clip=fields.box(clip),
        opacity=fields.number(opacity, 0.0, 1.0),
        font_px=fields.number(font_px, 0.0, FAR),
        seen=fields.maybe(lambda value: fields.number(value, 0.0, 1.0), seen),
        set_by=setters[fields.whole(setter, 0, len(setters) - 1)],
    )


def _control(row: Any, count: int) -> Control:
    kind, value, placeholder, checked, labels = fields.row(row, 5)
    return Control(
        kind=_text(kind, _ATTRIBUTE_CHARS),
        value=_text(value),
        placeholder=_text(placeholder),
        checked=fields.flag(checked),
        labels=tuple(fields.whole(label, 0, count - 1) for label in fields.items(labels, count)),
    )


def _run(index: int, row: Any, count: int, setters: list[Any]) -> TextRun:
    element, block, glued, source, pseudo, text, lines, color, font_px, weight = fields.row(
        row, 21
    )[:10]
    clip, inside, ellipsis, visible, ink_px, ink_color, ground, contrast = row[10:18]
    hits, covered_by, setter = row[18:]
    red, green, blue, alpha = fields.row(color, 4)
    return TextRun(
        index=index,
        element=fields.whole(element, 0, count - 1),
        block=fields.whole(block, 0, count - 1),
        glued=fields.flag(glued),
        source=fields.word(source, _SOURCES),
        pseudo=_text(pseudo, _ATTRIBUTE_CHARS),
        text=_text(text),
        lines=tuple(
            TextLine(box=fields.box(line), text=_text(words))
            for line, words in (
                fields.row(entry, 2) for entry in fields.items(lines, MAX_CHARACTERS)
            )
        ),
        color=(*fields.color([red, green, blue]), fields.number(alpha, 0.0, 1.0)),
        font_px=fields.number(font_px, 0.0, FAR),
        weight=fields.number(weight, 1.0, 1000.0),
        clip=fields.box(clip),
        inside=fields.number(inside, 0.0, 1.0),
        ellipsis=fields.flag(ellipsis),
        visible=fields.number(visible, 0.0, 1.0),
        ink_px=fields.whole(ink_px, 0, MAX_PIXELS),
        ink_color=fields.maybe(fields.color, ink_color),
        ground=fields.color(ground),
        contrast=fields.number(contrast, 1.0, 21.0),
        hits=fields.number(hits, 0.0, 1.0),
        covered_by=fields.maybe(lambda value: fields.whole(value, 0, count - 1), covered_by),
        set_by=setters[fields.whole(setter, 0, len(setters) - 1)],
    )


def _overlap(row: Any, count: int) -> Overlap:
    first, second, region, shared_px, share = fields.row(row, 5)
    return Overlap(
        first=fields.whole(first, 0, count - 1),
        second=fields.whole(second, first, count - 1),
        region=fields.box(region),
        shared_px=fields.whole(shared_px, 0, MAX_PIXELS),
        share=fields.number(share, 0.0, 1.0),
    )


def _rule(row: Any, count: int) -> RuleMatch:
    rule, span, elements = fields.row(row, 3)
    return RuleMatch(
        rule=fields.whole(rule, 0, 2**31),
        span=fields.span(span),
        elements=tuple(
            fields.whole(element, 0, count - 1) for element in fields.items(elements, count)
        ),
    )
