"""Detectors on single texts: hidden behind something, too pale, too small."""

from __future__ import annotations

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.blame import OUT_OF_FLOW, is_negative
from vsdpo_jax.domains.web.judge.view import CLEAR_ALPHA, View, alpha_of, pixels
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
HIDDEN = 0.15
"""Share of a text's ink that something may lie over: a badge on the corner of a word."""
DIALOGS = ("dialog", "alertdialog", "menu", "listbox", "tooltip")
"""Roles of what lies over a page on purpose until it is put away."""


def needed_contrast(run: TextRun) -> float:
    """The ratio that WCAG 2 asks of a text of its size."""
    is_large = run.font_px >= LARGE_PX or (run.font_px >= LARGE_BOLD_PX and run.weight >= BOLD)
    return LARGE_CONTRAST if is_large else CONTRAST


def is_covered(run: TextRun) -> bool:
    """Whether something lies over more of a text than may."""
    if run.covered_by is None or run.hits >= 1.0 - HIDDEN:
        return False
    return run.visible < (1.0 - HIDDEN) * run.inside


def detect_hidden(view: View) -> Reading:
    """Texts behind another element. Both are named: the text's element and what lies over it.

    Score: the smallest share of a text that is seen.
    """
    found = []
    for run in view.meant:
        if not is_covered(run):
            continue
        assert run.covered_by is not None  # is_covered
        cover = view.page.elements[run.covered_by]
        if any(_is_dialog(element) for element in view.line_up(cover.index)):
            continue
        words = f"text {view.name(run)}"
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
    found = []
    for run in view.meant:
        needed = needed_contrast(run)
        if run.contrast >= needed - ROUNDING or is_covered(run) or run.ink_px == 0:
            continue
        if view.is_disabled(run.element):
            continue
        words = f"text {view.name(run)}"
        message = f"{words} has contrast {run.contrast:.1f} to what is behind it, below {needed:g}"
        defect = view.defect("contrast", "text_contrast", run, message, pale_span(view, run))
        found.append((run.contrast / needed, f"{words} {run.contrast:.1f}", defect))
    return reading_of(found)


def pale_span(view: View, run: TextRun) -> Span | None:
    """The declaration that made a text pale.

    An opacity below 1 around it, else the later of who set its colour and who set the ground behind
    it, where the ground is nearer: a colour that suits the page does not suit every box on it.
    """
    own = view.element(run)
    if own.opacity < 1.0 - CLEAR_ALPHA:
        for element in view.line_up(own.index):
            faded = element.style.get("opacity", "1") not in ("1", "")
            if faded and "opacity" in element.set_by:
                return element.set_by["opacity"]
    for element in view.line_up(own.index):
        if element.style.get("filter", "none") != "none" and "filter" in element.set_by:
            return element.set_by["filter"]
    color = view.setter(run, "-webkit-text-fill-color", "color")
    color_depth = _depth_of_setter(view, run, color)
    for depth, element in enumerate(view.line_up(own.index)):
        if not _has_ground(element):
            continue
        ground = _ground_span(element)
        if color is None or depth < color_depth:
            return ground or color
        return color
    return color or _ground_span(view.page.elements[0])


def _has_ground(element: PageElement) -> bool:
    if element.style.get("background-image", "none") != "none":
        return True
    return alpha_of(element.style.get("background-color", "")) > CLEAR_ALPHA


def _ground_span(element: PageElement) -> Span | None:
    has_image = element.style.get("background-image", "none") != "none"
    first, second = "background-color", "background-image"
    if has_image:
        first, second = second, first
    return element.set_by.get(first) or element.set_by.get(second)


def _depth_of_setter(view: View, run: TextRun, color: Span | None) -> int:
    """How many elements up the colour of a text was set; it is inherited from there."""
    depth = 0
    if color is None or run.pseudo:
        return depth
    for up, element in enumerate(view.line_up(run.element)):
        set_by = element.set_by
        if (set_by.get("-webkit-text-fill-color") or set_by.get("color")) != color:
            break
        depth = up
    return depth


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
