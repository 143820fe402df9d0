"""Elements of a page from the rows that scripts/elements.js returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsdpo_jax.domains.web.page.records import STYLE, Control, PageElement
from vsdpo_jax.records import Box, Span

if TYPE_CHECKING:
    from vsdpo_jax.domains.web.source.instrument import Instrumented

_IMPLIED = frozenset({"html", "head", "body", "tbody", "colgroup", "tr"})
"""Elements that a parser makes without a tag of the source, and scripts hardly ever."""


def to_box(numbers: list[float]) -> Box:
    """A box of floats: JSON writes whole numbers as such."""
    x, y, width, height = numbers
    return float(x), float(y), float(width), float(height)


def read_elements(raw: dict[str, Any], instrumented: Instrumented) -> list[PageElement]:
    """The elements, with their spans.

    What has no tag of the source was implied by the parser or made by a script. Which script made
    it cannot be known without watching them: it is credited to the last <script> of the source
    before it in the document, or else to the first.
    """
    tags = instrumented.markup.tags
    styles = [dict(zip(STYLE, values, strict=True)) for values in raw["styles"]]
    sources = [row[2] if 0 <= row[2] < len(tags) else None for row in raw["rows"]]
    scripts = [
        source
        for source, row in zip(sources, raw["rows"], strict=True)
        if source is not None and row[1] == "script"
    ]
    maker = scripts[0] if scripts else None
    elements = []
    for index, (row, source) in enumerate(zip(raw["rows"], sources, strict=True)):
        if source is not None and row[1] == "script":
            maker = source
        scripted = source is None and maker is not None and row[1] not in _IMPLIED
        by = maker if scripted else source
        tag = None if by is None else tags[by]
        elements.append(_element(index, row, styles, source, scripted, tag))
    return elements


def _element(
    index: int, row: list[Any], styles: list[Any], source: int | None, scripted: bool, tag: Any
) -> PageElement:
    parent, name, _, box, fragments, shown, style, attributes, loaded, control = row[:10]
    clip, opacity, font_px = row[10:]
    span: Span | None = None if tag is None else tag.span
    return PageElement(
        index=index,
        parent=None if parent < 0 else parent,
        tag=name,
        source=source,
        span=span,
        start_tag=None if tag is None else tag.start_tag,
        scripted=scripted,
        box=to_box(box),
        fragments=tuple(to_box(part) for part in fragments),
        shown=shown,
        style=styles[style],
        attributes=attributes,
        loaded=loaded,
        control=control
        and Control(
            kind=control[0],
            value=control[1],
            placeholder=control[2],
            checked=control[3],
            labels=tuple(control[4]),
        ),
        clip=to_box(clip),
        opacity=float(opacity),
        font_px=float(font_px),
    )
