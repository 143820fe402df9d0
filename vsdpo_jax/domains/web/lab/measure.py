"""What the author of lab pages knows of type and colour: widths of Arial, lines, contrast.

Widths are those of Liberation Sans, whose advances are Arial's (the ``hmtx`` table, units of 2048
to the em). Kerning is left out: it makes names of the lab narrower by less than 2 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

from vsdpo_jax.domains.web.judge.view import contrast_ratio

UNITS = 2048
LINE = 1.15
"""Height of a line over its font size where ``line-height`` is normal."""

_REGULAR = {
    "'": 391, "ijl": 455, "ftI!,./:; ": 569, "r()-": 682, "cksvxyzJ": 1024,
    "0123456789abdeghnopquL#$?": 1139, "FTZ": 1251, "ABEKPSVXY&": 1366, "wCDHNRU": 1479,
    "GOQ": 1593, "mM": 1706, "%": 1821, "W": 1933,
}  # fmt: skip
_BOLD = {
    "'": 487, "ijlI,./ ": 569, "ft!()-:;": 682, "r": 797, "z": 1024,
    "0123456789aceksvxyJ#$": 1139, "bdghnopquFLTZ?": 1251, "EPSVXY": 1366, "ABCDHKNRU&": 1479,
    "wGOQ": 1593, "M": 1706, "m%": 1821, "W": 1933,
}  # fmt: skip
_WIDTHS = tuple(
    {letter: units for letters, units in table.items() for letter in letters}
    for table in (_REGULAR, _BOLD)
)

COLORS = {
    "white": "ffffff", "ivory": "fffff0", "azure": "f0ffff", "linen": "faf0e6",
    "lavender": "e6e6fa", "beige": "f5f5dc", "khaki": "f0e68c", "gold": "ffd700",
    "black": "000000", "navy": "000080", "maroon": "800000", "indigo": "4b0082",
    "darkgreen": "006400",
    "purple": "800080", "brown": "a52a2a", "orange": "ffa500", "coral": "ff7f50",
}  # fmt: skip
"""CSS colour keyword -> sRGB in hexadecimal."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line, in pixels.

    Args:
      text: in letters, digits and the commonest signs of English.
      size: font size in pixels.
      bold: of the bold face.

    Raises:
      KeyError: a character has no known width.
    """
    widths = _WIDTHS[bold]
    return sum(widths[letter] for letter in text) * size / UNITS


def longest_word(text: str, size: float, *, bold: bool = False) -> float:
    """Width of the widest word, in pixels: what wrapping cannot make narrower."""
    return max(text_width(word, size, bold=bold) for word in text.split())


def count_lines(text: str, size: float, width: float, *, bold: bool = False) -> int:
    """Lines that the text takes in a box, broken at spaces as early as a browser does.

    Args:
      text, size, bold: as for ``text_width``.
      width: of the box, in pixels.
    """
    return len(_lines(text, size, width, bold))


def widest_line(text: str, size: float, width: float, *, bold: bool = False) -> float:
    """Width of the widest of the lines that ``count_lines`` counts, in pixels."""
    lines = _lines(text, size, width, bold)
    return max(text_width(line, size, bold=bold) for line in lines)


def _lines(text: str, size: float, width: float, bold: bool) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size, bold=bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def block_height(texts: Sequence[tuple[str, float, bool]], width: float) -> float:
    """Height of texts below each other, margins not counted.

    Args:
      texts: (text, font size, whether bold).
      width: of the box, in pixels.
    """
    return sum(
        count_lines(text, size, width, bold=bold) * math.ceil(LINE * size)
        for text, size, bold in texts
    )


@cache
def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two named colours, 1 to 21.

    Raises:
      KeyError: a name is not in COLORS.
    """
    return contrast_ratio(_channels(one), _channels(other))


def _channels(name: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(COLORS[name])
    return red, green, blue
