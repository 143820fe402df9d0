"""Whether a person can read a text in the finished picture."""

from __future__ import annotations

import math
import re

from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import TextRun

SEEN = 0.7
"""Share of a text's ink that must be seen: with less, letters are guessed."""
INSIDE = 0.9
"""Share of its glyphs that nothing may cut away: a text of which a word is missing is another."""
INK, INK_LETTERS = 0.16, 4
"""Ink of a text of so many letters or more, over the area of its lines (spread letters, half a
height each): of four hundred texts of clean pages the leanest has 0.21, under stripes 0.11."""
OVERPRINTED = 0.25
"""Share of a text's ink that may be ink of another text as well."""
HURT = 0.5
"""Share of a text, seen and not cut, from which on it is there and harmed."""
CONTRAST = 1.7
"""Below this ratio a text is not found by one who does not know that it is there. From here to the
ratio of WCAG it is there, and pale."""
FONT_PX = 6.0
"""Lower fonts are dust: from here to the height of the tiny axis a text is there, and tiny."""
ADVANCE = 0.2
"""Width of a letter over the font's height, in the mean of a line: with less, letters lie on each
other. A line of the narrowest (ill, lit) has 0.25."""
UPRIGHT = 0.4
"""Sine of the angle between the stems of letters and their line: italics have 0.97."""
FEW_LETTERS = 4
"""A line of fewer letters may be of narrow ones only."""
_MATRIX = re.compile(r"matrix(3d)?\(([^)]*)\)")


def is_legible(view: View, run: TextRun) -> bool:
    """Whether a run is there to be read: seen, whole, large enough, upright, in its own letters."""
    if not run.lines or run.source == "alt" or run.ink_color is None:
        return False
    if run.visible < SEEN or run.inside < INSIDE or run.contrast < CONTRAST:
        return False
    if run.font_px < FONT_PX or run.ink_px <= 0:
        return False
    if view.overprinted.get(run.index, 0.0) > OVERPRINTED:
        return False
    return _has_ink(run) and _has_room(view, run) and not is_turned(view, run.element)


def is_hurt(view: View, run: TextRun) -> bool:
    """Whether a run is there and harmed: cut or covered in part, so that one can guess it."""
    if not run.lines or run.source == "alt" or run.ink_color is None:
        return False
    if run.visible < HURT or run.inside < HURT or run.contrast < CONTRAST:
        return False
    if run.font_px < FONT_PX or view.overprinted.get(run.index, 0.0) > HURT:
        return False
    return _has_ink(run) and _has_room(view, run) and not is_turned(view, run.element)


def _has_ink(run: TextRun) -> bool:
    """Whether the letters of a run have as much ink as letters have."""
    if sum(map(str.isalnum, run.text)) < INK_LETTERS:
        return True
    length = min(sum(line.box[2] for line in run.lines), 0.5 * run.font_px * len(run.text))
    return run.ink_px >= INK * run.font_px * length


def _has_room(view: View, run: TextRun) -> bool:
    """Whether the letters of a run stand beside each other."""
    is_upright = view.element(run).style.get("writing-mode", "horizontal-tb") != "horizontal-tb"
    for line in run.lines:
        letters = len(line.text.strip())
        length = max(line.box[2:]) if is_upright or _is_slanted(view, run) else line.box[2]
        if letters >= FEW_LETTERS and length < ADVANCE * run.font_px * letters:
            return False
    return True


def _is_slanted(view: View, run: TextRun) -> bool:
    return any(
        element.style.get("transform", "none") != "none" for element in view.line_up(run.element)
    )


def is_turned(view: View, index: int) -> bool:
    """Whether a text is mirrored, stands on its head or lies down, by the transforms around it."""
    a, b, c, d = 1.0, 0.0, 0.0, 1.0
    for element in view.line_up(index):
        found = _MATRIX.match(element.style.get("transform", "none"))
        if found is None:
            continue
        numbers = [float(number) for number in found[2].split(",")]
        if found[1]:
            numbers = [numbers[i] for i in (0, 1, 4, 5)]
        e, f, g, h = numbers[:4]
        a, b, c, d = e * a + g * b, f * a + h * b, e * c + g * d, f * c + h * d
    area = a * d - b * c
    sides = math.hypot(a, b) * math.hypot(c, d)
    if area < 0 or area < UPRIGHT * sides:
        return True
    return abs(math.degrees(math.atan2(b, a))) > 100.0
