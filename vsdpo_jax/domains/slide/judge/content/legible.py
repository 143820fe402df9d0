"""Whether a person can read a text in the finished picture."""

from __future__ import annotations

from itertools import pairwise

from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.view import PX_PER_POINT, View

SEEN, HURT = 0.7, 0.5
"""Share of a text's ink that must be seen: with less, letters are guessed; and with less than the
second it is not there."""
CONTRAST = 1.7
"""Below this ratio a text is not found by one who does not know that it is there."""
DUST_PT = 5.0
"""Lower fonts are dust, on a slide of 13.333 in."""
OVERPRINTED = 0.25
"""Share of a text's ink that may be ink of another text as well."""
UPSIDE_DOWN = 100.0
"""Degrees from upright beyond which nobody reads on."""
STEP = 0.45
"""Heights of a line from one to the next: with less they lie on each other."""
ADVANCE, FEW_LETTERS = 0.2, 4
"""Width of a letter over the height of its font: with less, letters lie on each other."""
SYMBOLS = ("wingdings", "webdings", "symbol", "opensymbol", "marlett", "zapf", "dingbats")


def is_legible(view: View, text: Text) -> bool:
    """Whether a text is there to be read: seen, large enough, upright, in letters."""
    return _is_there(view, text, SEEN, OVERPRINTED)


def is_hurt(view: View, text: Text) -> bool:
    """Whether a text is there, and harmed so that one can guess it."""
    return _is_there(view, text, HURT, 2 * OVERPRINTED)


def _is_there(view: View, text: Text, seen: float, overprinted: float) -> bool:
    if not text.lines or text.visible < seen or text.contrast < CONTRAST:
        return False
    if text.ink_px <= 0 or text.ink_color is None or view.size(text) < DUST_PT:
        return False
    if overprint(view, text) > overprinted or _is_turned(view, text):
        return False
    return not _is_symbols(text) and _has_room(view, text)


def overprint(view: View, text: Text) -> float:
    """Share of a text's ink where another text has ink, too."""
    shared = sum(o.shared_px for o in view.slide.overlaps if text.index in (o.first, o.second))
    return shared / max(text.ink_px, 1)


def _is_turned(view: View, text: Text) -> bool:
    turn = view.shape_of(text).rotation % 360
    return UPSIDE_DOWN < turn < 360 - UPSIDE_DOWN


def _is_symbols(text: Text) -> bool:
    """Whether most letters are drawn as signs."""
    total = sum(len(run.text) for run in text.runs)
    signs = sum(
        len(run.text)
        for run in text.runs
        if any(name in f"{run.font} {run.drawn_with}".casefold() for name in SYMBOLS)
    )
    return 2 * signs > total


def _has_room(view: View, text: Text) -> bool:
    """Whether letters stand beside, and lines below each other."""
    is_upright = abs((view.shape_of(text).rotation + 45) % 180 - 45) < 20
    if not is_upright:
        return True
    for above, below in pairwise(text.lines):
        if 0 <= below.box[1] - above.box[1] < STEP * above.box[3] and _share_columns(above, below):
            return False
    size = view.size(text) / view.scale * PX_PER_POINT * view.scale
    for line in text.lines:
        count = len(line.text.strip())
        if count >= FEW_LETTERS and line.box[2] < ADVANCE * size * count:
            return False
    return True


def _share_columns(above, below) -> bool:
    left = max(above.box[0], below.box[0])
    right = min(above.box[0] + above.box[2], below.box[0] + below.box[2])
    return right - left > 0.2 * min(above.box[2], below.box[2])


def why_not(view: View, text: Text) -> str:
    """What keeps a text from being read."""
    if view.size(text) < DUST_PT:
        return f"its font is {view.size(text):.1f} pt high"
    if text.covered_by is not None and text.visible < SEEN:
        return f"{view.name(view.slide.shapes[text.covered_by])} lies over it"
    if text.visible < SEEN or text.contrast < CONTRAST:
        return f"contrast {text.contrast:.1f}, {text.visible:.0%} of it is seen"
    if overprint(view, text) > OVERPRINTED:
        return "another text is printed over it"
    return "it is turned, or its letters are spoilt"
