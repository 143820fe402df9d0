"""Whether a person can read a text in the finished picture."""

from __future__ import annotations

import math
import re

from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement, TextRun

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
_Linear = tuple[float, float, float, float]  # a, b, c, d of CSS: where the axes of x and y go
_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
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
        element.style.get(name, "none") != "none"
        for element in view.line_up(run.element)
        for name in ("transform", "rotate")
    )


def is_turned(view: View, index: int) -> bool:
    """Whether a text is mirrored, stands on its head or lies down, by the transforms around it."""
    whole = (1.0, 0.0, 0.0, 1.0)
    for element in view.line_up(index):
        for own in (_transform(element), _scale(element), _rotation(element)):
            whole = whole if own is None else _after(whole, own)
    a, b, c, d = whole
    area = a * d - b * c
    sides = math.hypot(a, b) * math.hypot(c, d)
    if area < 0 or area < UPRIGHT * sides:
        return True
    return abs(math.degrees(math.atan2(b, a))) > 100.0


def _after(inner: _Linear, outer: _Linear) -> _Linear:
    """One map and then another."""
    a, b, c, d = inner
    e, f, g, h = outer
    return (e * a + g * b, f * a + h * b, e * c + g * d, f * c + h * d)


def _transform(element: PageElement) -> _Linear | None:
    found = _MATRIX.match(element.style.get("transform", "none"))
    if found is None:
        return None
    numbers = [float(number) for number in found[2].split(",")]
    a, b, c, d = (numbers[i] for i in ((0, 1, 4, 5) if found[1] else range(4)))
    return (a, b, c, d)


def _scale(element: PageElement) -> _Linear | None:
    """Of the property "scale": "2", "-1 1" or "1 1 1"."""
    words = element.style.get("scale", "none").split()
    if words in ([], ["none"]):
        return None
    across = float(words[0])
    return (across, 0.0, 0.0, float(words[1]) if len(words) > 1 else across)


def _rotation(element: PageElement) -> _Linear | None:
    """Of the property "rotate", seen from the front: "90deg", "y 180deg" or "1 0 0 90deg"."""
    words = element.style.get("rotate", "none").split()
    if words in ([], ["none"]):
        return None
    angle = math.radians(float(words[-1].removesuffix("deg")))
    axis = _AXES["z"]
    if len(words) == 2:
        axis = _AXES[words[0]]
    elif len(words) == 4:
        axis = (float(words[0]), float(words[1]), float(words[2]))
    length = math.hypot(*axis) or 1.0
    x, y, z = (part / length for part in axis)
    cos, sin = math.cos(angle), math.sin(angle)
    # Rodrigues: R = cos I + sin [axis]x + (1 - cos) axis axis^T
    rest = 1.0 - cos
    return (cos + rest * x * x, rest * x * y + sin * z, rest * x * y - sin * z, cos + rest * y * y)
