"""The page as a person sees it: elements, texts with what is left of them, and the picture.

Everything is in CSS pixels of the whole page, which are pixels of the picture (device scale 1):
``(x, y, width, height)`` from the top left corner of the page. What scripts, styles or attributes
*declare* is here to name culprits; what is *shown* was measured in the finished picture.
``codec`` writes a page as bytes and checks what it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from vsdpo_jax.records import Box, Span

Color = tuple[int, int, int]
"""sRGB, 0 to 255."""

TextSource = Literal["text", "value", "placeholder", "button", "option", "marker", "pseudo", "alt"]
"""Where a text comes from. text: a text node (SVG's included). value, placeholder: shown in a text
field. button: the label of an <input> that is a button. option: what a <select> shows. marker: of a
list. pseudo: ::before or ::after. alt: shown in place of a broken image."""

STYLE = (
    "display",
    "position",
    "visibility",
    "opacity",
    "color",
    "background-color",
    "background-image",
    "font-size",
    "font-weight",
    "font-style",
    "font-family",
    "line-height",
    "text-align",
    "text-decoration-line",
    "text-overflow",
    "white-space",
    "overflow-x",
    "overflow-y",
    "float",
    "z-index",
    "rotate",
    "scale",
    "transform",
    "filter",
    "clip-path",
    "mix-blend-mode",
    "writing-mode",
    "direction",
    "border-top-width",
    "border-right-width",
    "border-bottom-width",
    "border-left-width",
    "border-top-color",
    "border-top-left-radius",
    "object-fit",
)
"""The computed properties of ``PageElement.style``, as getComputedStyle spells their values."""

BLAMED = (
    *("color", "-webkit-text-fill-color", "background-color", "background-image", "opacity"),
    *("background-size", "background-position-x", "background-position-y", "background-clip"),
    *("font-size", "font-weight", "font-family", "line-height", "letter-spacing", "word-spacing"),
    *("text-indent", "text-align", "text-shadow", "text-transform", "text-overflow"),
    *("text-decoration-line", "white-space-collapse", "text-wrap-mode", "overflow-wrap"),
    *("word-break", "writing-mode", "direction", "vertical-align", "-webkit-line-clamp"),
    *("overflow-x", "overflow-y", "visibility", "display", "content-visibility", "content"),
    *("position", "top", "right", "bottom", "left", "float", "clear", "z-index"),
    *("margin-top", "margin-right", "margin-bottom", "margin-left"),
    *("padding-top", "padding-right", "padding-bottom", "padding-left"),
    *("width", "height", "min-width", "min-height", "max-width", "max-height", "box-sizing"),
    *("transform", "translate", "scale", "rotate", "zoom", "filter", "mix-blend-mode"),
    *("clip", "clip-path", "mask-image", "box-shadow", "outline-style", "outline-width"),
    *("border-top-width", "border-right-width", "border-bottom-width", "border-left-width"),
    *("border-top-color", "border-top-style", "object-fit", "object-position", "aspect-ratio"),
    *("flex-direction", "flex-wrap", "flex-basis", "flex-grow", "flex-shrink"),
    *("justify-content", "align-items", "align-content", "row-gap", "column-gap", "column-count"),
    *("grid-template-columns", "grid-template-rows", "grid-column-start", "grid-row-start"),
    *("animation-name", "fill", "list-style-type"),
)
"""The properties of ``PageElement.set_by``, longhands. ``white-space`` is split as CSS splits it:
into ``white-space-collapse`` and ``text-wrap-mode``."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Control:
    """What a form control shows and is called.

    Attributes:
      kind: of an <input> its type in effect ("text" where it is unknown); else "textarea",
        "select", "button", "meter", "progress", "output".
      value: what it holds, as typed: of a <select> the text of the options that it shows.
      placeholder: its placeholder; shown only where there is a TextRun of it.
      checked: of a checkbox or radio button.
      labels: the elements that label it: <label for> and a <label> around it, in order. Names for
        assistive technology are not visible and are left out.
    """

    kind: str
    value: str
    placeholder: str
    checked: bool
    labels: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PageElement:
    """One element of the document. Children come after their parent, in the order of the document.

    Attributes:
      index: its place in ``Page.elements``.
      parent: index of the element around it in the document; None for <html>.
      tag: its name in lower case.
      source: index of its tag in the markup of the source; None for what the parser implied and
        what scripts made.
      span: of the source that made it: from its start tag to its end; what scripts made has the
        span of the script (see ``scripted``); None: the parser implied it.
      start_tag: span of its start tag, or None.
      scripted: a script made it. It is credited to the last <script> of the source that stands
        before it in the document, or else to the first.
      box: its border box, as the box around all of its fragments; zeros where it has none.
      fragments: its border boxes, where it has several (an inline element that wraps).
      shown: laid out with an area and not hidden by display, visibility, content-visibility or
        a closed <details>. Whether it can be *seen* is told by ``seen`` and by texts.
      style: the computed values of ``STYLE``.
      attributes: id, class, href, src, alt, type, name, value, placeholder, for, title, role,
        colspan, rowspan, where given (cut at 2,000 characters).
      loaded: of an image (img, input type=image, svg image), whether its picture is there; None:
        no image.
      control: of a form control.
      clip: what clipping ancestors and the edges of the page leave of its box; width or height 0
        where nothing is left.
      opacity: of it and all around it, multiplied.
      font_px: height of its font in pixels of the page: font-size times scale and zoom.
      seen: of images, canvases, videos, form controls: the share of its box that a person sees of
        it; of a picture or field that nothing tells from what is around it 0; None: not measured.
        A field's inside may be as its surroundings if its edge is seen.
      set_by: property of ``BLAMED`` -> span of the declaration that won the cascade, or of the
        presentational attribute where none did; inherited values name what set them on the
        ancestor; what only the browser's own style sheet set is left out. Declarations that use
        var() win as themselves.
    """

    index: int
    parent: int | None
    tag: str
    source: int | None
    span: Span | None
    start_tag: Span | None
    scripted: bool
    box: Box
    fragments: tuple[Box, ...]
    shown: bool
    style: Mapping[str, str]
    attributes: Mapping[str, str]
    loaded: bool | None
    control: Control | None
    clip: Box
    opacity: float
    font_px: float
    seen: float | None = None
    set_by: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextLine:
    """One line of a text as it is laid out.

    Attributes:
      box: height is the font's, from ascent to descent, not the line height's.
      text: what stands on it, white space collapsed and text-transform applied.
    """

    box: Box
    text: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextRun:
    """A text in one font and colour: one text node, or what stands in for one.

    Attributes:
      index: its place in ``Page.texts``; texts are in the order of the document.
      element: whose text it is.
      block: the nearest block container (paragraph, cell, button, flex item ...) around it. The
        runs of one block, in order, are its text.
      glued: nothing stands between this run and the one before it in its block, not even white
        space: "<b>H</b>ello" is one word.
      source: see TextSource.
      pseudo: "::before" and the like, where it is not the element's own text; else "".
      text: as laid out; "" never occurs. Text that is not laid out (display: none) is here too,
        without lines.
      lines: in order.
      color: rgba; of the glyphs' fill as computed, alpha and all opacities around it in the last
        number, 0 to 1.
      font_px: height of the font in pixels of the page (font-size times scale and zoom).
      weight: 1 to 1000.
      clip: what clipping ancestors and the edges of the page leave, as PageElement.clip.
      inside: the share of its glyphs that lies inside ``clip``, and is not cut off by an ellipsis
        or a line clamp.
      ellipsis: its end is replaced by an ellipsis or cut by a line clamp.
      visible: the share of its ink that a person sees in the finished picture, in [0, 1]: nothing
        of what is clipped, covered, transparent or within a just noticeable difference
        (``evidence.SEEN``) of what lies behind it, and nothing of what is smaller than
        ``evidence.SMALLEST``.
      ink_px: how many pixels its glyphs would ink if nothing hid them.
      ink_color: of its glyphs, as finally painted; None: none of its ink is seen.
      ground: what lies behind its glyphs (median of the picture without texts).
      contrast: WCAG 2 ratio of the glyphs' colour to what lies behind them: that of the worst fifth
        of its ink (``evidence.WORST``). 1 where nothing is seen.
      hits: of some places where its ink is not seen, the share in which its element is the topmost
        thing that paints anything all the same: what hides it is its own (colour, opacity, filter,
        a pseudo-element) and not another element. 1 where all of its ink is seen.
      covered_by: the element that most often is the topmost thing in the other places. A ::before
        or ::after that covers a text counts as its element; None: no element covers it.
      set_by: of a pseudo-element, as PageElement.set_by; else empty: ask the element.
    """

    index: int
    element: int
    block: int
    glued: bool
    source: TextSource
    pseudo: str
    text: str
    lines: tuple[TextLine, ...]
    color: tuple[int, int, int, float]
    font_px: float
    weight: float
    clip: Box
    inside: float
    ellipsis: bool
    visible: float
    ink_px: int
    ink_color: Color | None
    ground: Color
    contrast: float
    hits: float
    covered_by: int | None
    set_by: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Overlap:
    """Ink of two texts in one place, both of which are seen there when the other is away.

    Attributes:
      first, second: indices of texts, first <= second; the same where lines of one text collide.
      region: box around the shared ink.
      shared_px: pixels that both ink.
      share: of the ink of the one that has less.
    """

    first: int
    second: int
    region: Box
    shared_px: int
    share: float


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RuleMatch:
    """A style rule of the source that applies (its conditions hold), and whom it selects.

    Attributes:
      rule: its index in the style sheet of the source.
      span: of the source.
      elements: indices, ascending; of a rule on a pseudo-element, whose it is.
    """

    rule: int
    span: Span
    elements: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Page:
    """A page as rendered.

    Attributes:
      width, height: of the whole page and of the pictures.
      viewport: width and height of the window.
      image_YXC: uint8[Y, X, 3], the finished picture.
      textless_YXC: uint8[Y, X, 3], the same page with the glyphs of every text transparent,
        bullets of lists among them; underlines and strokes through text stay.
      elements, texts, overlaps, rules: see there.
    """

    width: int
    height: int
    viewport: tuple[int, int]
    image_YXC: np.ndarray
    textless_YXC: np.ndarray
    elements: tuple[PageElement, ...]
    texts: tuple[TextRun, ...]
    overlaps: tuple[Overlap, ...]
    rules: tuple[RuleMatch, ...]


def last_descendants(elements: Sequence[PageElement]) -> list[int]:
    """Of each element, the index of its last descendant, or its own."""
    ends = list(range(len(elements)))
    for element in reversed(elements):
        if element.parent is not None:
            ends[element.parent] = max(ends[element.parent], ends[element.index])
    return ends
