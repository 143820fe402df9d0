"""Whether a person can read a text in the finished picture."""

from __future__ import annotations

import math
from itertools import pairwise

from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.view import PX_PER_POINT, View
from vsdpo_jax.records import Box

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
STEEP, LABEL_LETTERS = 45.0, 30
"""Degrees from upright beyond which only labels are read, with a tilted head; and how many letters
such a label has."""
STEP = 0.45
"""Heights of a line from one to the next: with less they lie on each other."""
ADVANCE, FEW_LETTERS = 0.2, 4
"""Width of a letter over the height of its font: with less, letters lie on each other."""
SYMBOLS = ("wingdings", "webdings", "symbol", "opensymbol", "marlett", "zapf", "dingbats")


def is_legible(view: View, text: Text) -> bool:
    """Whether a text is there to be read: seen, large enough, upright or a label, in letters."""
    return _is_there(view, text, SEEN, OVERPRINTED) and not _is_steep(text)


def is_hurt(view: View, text: Text) -> bool:
    """Whether a text is there, and harmed so that one can guess it."""
    return _is_there(view, text, HURT, 2 * OVERPRINTED)


def _is_there(view: View, text: Text, seen: float, overprinted: float) -> bool:
    if not is_seen(view, text, seen) or text.ink_color is None:
        return False
    if overprint(view, text) > overprinted or _lean(text) > UPSIDE_DOWN:
        return False
    return not _is_symbols(text) and _has_room(view, text)


def overprint(view: View, text: Text) -> float:
    """Share of a text's ink where another text has ink, too."""
    shared = sum(o.shared_px for o in view.slide.overlaps if text.index in (o.first, o.second))
    return shared / max(text.ink_px, 1)


def is_seen(view: View, text: Text, share: float = HURT) -> bool:
    """Whether a person sees that letters or signs are there, on their head or not.

    Args:
      share: of their ink that must be seen.
    """
    is_large = text.ink_px > 0 and view.size(text) >= DUST_PT
    return bool(text.lines) and is_large and text.visible >= share and text.contrast >= CONTRAST


def _lean(text: Text) -> float:
    """Degrees from upright to how the letters are drawn, in [0, 180]."""
    return min(text.turn, 360 - text.turn)


def _is_steep(text: Text) -> bool:
    """Whether more than a label climbs or falls steeply."""
    is_own = text.source in ("frame", "cell")
    return is_own and _lean(text) > STEEP and len(text.text) > LABEL_LETTERS


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
    if abs((text.turn + 45) % 90 - 45) >= 20:
        return True
    boxes = [_as_read(line.box, text.turn) for line in text.lines]
    for above, below in pairwise(boxes):
        if 0 <= below[1] - above[1] < STEP * above[3] and _share_columns(above, below):
            return False
    size = view.size(text) / view.scale * PX_PER_POINT * view.scale
    for line, box in zip(text.lines, boxes, strict=True):
        count = len(line.text.strip())
        if count >= FEW_LETTERS and box[2] < ADVANCE * size * count:
            return False
    return True


def _as_read(box: Box, turn: float) -> Box:
    """The box of a line before it was turned, about the slide's corner, to the upright ``box``."""
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    x, y = x * cosine + y * sine, y * cosine - x * sine
    along, across = abs(cosine), abs(sine)
    scale = along**2 - across**2
    width = (box[2] * along - box[3] * across) / scale
    height = (box[3] * along - box[2] * across) / scale
    return x - width / 2, y - height / 2, width, height


def _share_columns(above: Box, below: Box) -> bool:
    left = max(above[0], below[0])
    right = min(above[0] + above[2], below[0] + below[2])
    return right - left > 0.2 * min(above[2], below[2])


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
    if _lean(text) > STEEP:
        return f"it is turned by {_lean(text):.0f} degrees"
    return "its letters are spoilt"
