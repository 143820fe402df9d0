"""Detectors on single texts: hidden behind something, too pale, too small."""

from __future__ import annotations

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blame import OUT_OF_FLOW, is_negative
from vsdpo_jax.domains.web.judge.controls import collide, control_around
from vsdpo_jax.domains.web.judge.view import (
    CLEAR_ALPHA,
    View,
    alpha_of,
    contrast_ratio,
    pixels,
    rgb_of,
)
from vsdpo_jax.domains.web.page.records import PageElement, TextRun
from vsdpo_jax.records import Defect, Span

CONTRAST = 4.5
"""WCAG 2, success criterion 1.4.3, normal text."""
LARGE_CONTRAST = 3.0
"""The same criterion for large text."""
LARGE_PX, LARGE_BOLD_PX, BOLD = 24.0, 18.66, 700
"""What the criterion calls large: 18 points, or 14 bold."""
ROUNDING = 0.05
"""A ratio that people give as 4.5 may be 4.46."""
TINY_PX = 9.0
"""Height of the font below which a text is tiny: 9 px is what the small print of old pages has."""
TINY_MARK_PX = 6.0
"""The same for raised and lowered marks."""
WATERMARK_PX, WATERMARK_LETTERS = 64.0, 3
"""Large pale numbers and letters behind a text are ornaments, which the criterion leaves out."""
HIDDEN = 0.15
"""Share of a text's ink that something may lie over: a badge on the corner of a word."""
_OPAQUE = ("img", "canvas", "video", "iframe", "embed", "object", "svg", "input", "textarea")
DIALOGS = ("dialog", "alertdialog", "menu", "listbox", "tooltip")
"""Roles of what lies over a page on purpose until it is put away."""


def needed_contrast(run: TextRun) -> float:
    """The ratio that WCAG 2 asks of a text of its size."""
    is_large = run.font_px >= LARGE_PX or (run.font_px >= LARGE_BOLD_PX and run.weight >= BOLD)
    return LARGE_CONTRAST if is_large else CONTRAST


def is_covered(view: View, run: TextRun) -> bool:
    """Whether something that is painted lies over more of a text than may: letters alone do not
    cover, they overlap."""
    if run.covered_by is None or run.hits >= 1.0 - HIDDEN:
        return False
    if run.visible >= (1.0 - HIDDEN) * run.inside:
        return False
    around = view.common(run.covered_by, run.element)
    for element in view.line_up(run.covered_by):
        if element.index == around:
            return False
        if element.loaded is not None or element.tag in _OPAQUE or view.is_painted(element):
            return True
    return False


def detect_hidden(view: View) -> Reading:
    """Texts behind another element. Both are named: the text's element and what lies over it.

    Score: the smallest share of a text that is seen.
    """
    found = []
    for run in view.meant:
        if not is_covered(view, run):
            continue
        assert run.covered_by is not None  # is_covered
        cover = view.page.elements[run.covered_by]
        if any(_is_dialog(element) for element in view.line_up(cover.index)):
            continue
        words = f"text {view.name(run)}"
        if _scrolls_free(view, run, cover):
            continue
        if _are_controls(view, run, cover):
            continue  # which lie on each other: the fault of another axis
        name = cover.tag
        message = f"{words} lies behind {name}: {run.visible:.0%} of it is seen"
        spans = [view.span(run.element), _cover_span(view, cover, run)]
        defect = Defect(
            axis="hidden",
            kind="text_hidden",
            region=view.place(run),
            severity=1,
            message=message,
            spans=tuple(dict.fromkeys(span for span in spans if span is not None)),
        )
        found.append((run.visible, f"{words} behind {name}", defect))
    return reading_of(found)


def _scrolls_free(view: View, run: TextRun, cover: PageElement) -> bool:
    """Whether a text comes out from under a bar that stands fixed in the lower half of the window
    when one scrolls down."""
    bars = [e for e in view.line_up(cover.index) if e.style.get("position") == "fixed"]
    if not bars or bars[-1].box[1] < view.page.viewport[1] / 2:
        return False
    place = view.place(run)
    needed = place[1] + place[3] - bars[-1].box[1]
    return needed <= view.page.height - view.page.viewport[1]


def _are_controls(view: View, run: TextRun, cover: PageElement) -> bool:
    own, other = control_around(view, run.element), control_around(view, cover.index)
    return own is not None and other is not None and collide(view, own, other)


def _is_dialog(element: PageElement) -> bool:
    return element.tag == "dialog" or element.attributes.get("role", "") in DIALOGS


def _cover_span(view: View, cover: PageElement, run: TextRun) -> Span | None:
    """What brought a cover over a text: where it was put, or the element itself."""
    around = view.common(cover.index, run.element)
    for element in view.line_up(cover.index):
        if element.index == around:
            break
        if element.style.get("position") in OUT_OF_FLOW:
            names = ("position",)
        elif element.style.get("transform", "none") != "none":
            names = ("transform", "translate")
        else:
            names = ("margin-top", "margin-left", "margin-bottom", "margin-right")
        for name in names:
            span = element.set_by.get(name)
            if span is not None and (name[:6] != "margin" or is_negative(view, span)):
                return span
    return view.span(cover.index)


def detect_contrast(view: View) -> Reading:
    """Texts below the WCAG ratio against what is really behind them.

    Texts of disabled controls are left out, as the criterion leaves them; placeholders are not.
    Score: the smallest ratio over what is needed, at most 1.
    """
    pale = [run for run in view.meant if _is_pale(view, run)]
    grounds = {run.index: pale_ground(view, run) for run in pale}
    guilty = {span for run in pale if (span := grounds[run.index][1]) is not None}
    found = []
    for run in pale:
        needed = needed_contrast(run)
        behind, is_sure = grounds[run.index]
        # A ground that is wrong for one text on it is wrong for the others.
        span = is_sure or (behind if behind in guilty else pale_span(view, run))
        words = f"text {view.name(run)}"
        message = f"{words} has contrast {run.contrast:.1f} to what is behind it, below {needed:g}"
        defect = view.defect("contrast", "text_contrast", run, message, span)
        found.append((run.contrast / needed, f"{words} {run.contrast:.1f}", defect))
    return reading_of(found)


def _is_pale(view: View, run: TextRun) -> bool:
    if run.font_px >= WATERMARK_PX and len(run.text.strip()) <= WATERMARK_LETTERS:
        return False
    if run.contrast >= needed_contrast(run) - ROUNDING or run.ink_px == 0:
        return False
    return not is_covered(view, run) and not view.is_disabled(run.element)


def _faded_by(view: View, run: TextRun) -> Span | None:
    """An opacity or a filter around a text."""
    own = view.element(run)
    for element in view.line_up(own.index):
        if element.style.get("opacity", "1") not in ("1", "") and "opacity" in element.set_by:
            return element.set_by["opacity"]
        if element.style.get("filter", "none") != "none" and "filter" in element.set_by:
            return element.set_by["filter"]
    return None


def pale_span(view: View, run: TextRun) -> Span | None:
    """The declaration that made a text pale, where its ground is not at fault."""
    faded = _faded_by(view, run)
    if faded is not None:
        return faded
    color = view.setter(run, "-webkit-text-fill-color", "color")
    return color or _ground_span(_ground_of(view, run.element) or view.page.elements[0])


def pale_ground(view: View, run: TextRun) -> tuple[Span | None, Span | None]:
    """What set the ground behind a text; and again, where that is surely at fault: the colour was
    set farther out and can be read on the ground that it was set for."""
    ground = _ground_of(view, run.element)
    behind = None if ground is None else _ground_span(ground)
    if ground is None or behind is None or _faded_by(view, run) is not None:
        return behind, None
    setter = _color_setter(view, run)
    if setter is None:
        return behind, behind
    if not view.is_within(ground.index, setter) or ground.index == setter:
        return behind, None
    outer = _ground_of(view, setter)
    outer_color = (255, 255, 255) if outer is None else rgb_of(outer.style["background-color"])
    is_fit = contrast_ratio(run.color[:3], outer_color) >= needed_contrast(run) - ROUNDING
    return behind, behind if is_fit else None


def _ground_of(view: View, index: int) -> PageElement | None:
    """The nearest element around another that has a background."""
    for element in view.line_up(index):
        if element.style.get("background-image", "none") != "none":
            return element
        if alpha_of(element.style.get("background-color", "")) > CLEAR_ALPHA:
            return element
    return None


def _ground_span(element: PageElement) -> Span | None:
    has_image = element.style.get("background-image", "none") != "none"
    first, second = "background-color", "background-image"
    if has_image:
        first, second = second, first
    return element.set_by.get(first) or element.set_by.get(second)


def _color_setter(view: View, run: TextRun) -> int | None:
    """The outermost element from which a text has its colour; None: nobody set it."""
    color = view.setter(run, "-webkit-text-fill-color", "color")
    if color is None:
        return None
    if run.pseudo and color in run.set_by.values():
        own = view.element(run).set_by
        if own.get("color") != color:
            return run.element
    setter = run.element
    for element in view.line_up(run.element):
        set_by = element.set_by
        if (set_by.get("-webkit-text-fill-color") or set_by.get("color")) != color:
            break
        setter = element.index
    return setter


def detect_tiny(view: View) -> Reading:
    """Texts in fonts that are too small to read, as they stand in the picture.

    Score: the smallest height of a font over what is needed, at most 1.
    """
    found = []
    for run in view.meant:
        is_mark = any(e.tag in ("sup", "sub") for e in view.line_up(run.element))
        needed = TINY_MARK_PX if is_mark else TINY_PX
        if run.font_px >= needed - ROUNDING:
            continue
        words = f"text {view.name(run)}"
        message = f"{words} is {run.font_px:.1f} px high, below {needed:g}"
        span = _small_span(view, run)
        defect = view.defect("tiny", "text_tiny", run, message, span)
        found.append((run.font_px / needed, f"{words} {run.font_px:.0f} px", defect))
    return reading_of(found)


def _small_span(view: View, run: TextRun) -> Span | None:
    """What made a text small: a scale around it, or its font's size."""
    size = pixels(view.element(run).style.get("font-size", ""))
    if size > 0 and run.font_px < 0.95 * size and not run.pseudo:
        for element in view.line_up(run.element):
            for name in ("scale", "zoom", "transform"):
                if name in element.set_by:
                    return element.set_by[name]
    return view.setter(run, "font-size")


def reading_of(found: list[tuple[float, str, Defect]]) -> Reading:
    """A reading of what was found: measure over need, note, defect; the worst first."""
    found.sort(key=lambda item: item[0])
    return Reading(
        defects=tuple(defect for _, _, defect in found),
        notes=tuple(note for _, note, _ in found),
        score=max(0.0, min([1.0, *(share for share, _, _ in found)])),
    )
