"""Do the glyphs of a font spell a text? Some fonts show a box or a symbol for a letter."""

from __future__ import annotations

import functools
import unicodedata

from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import FT2Font

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LAST_RESORT = "LastResort"


def unspelled(text: str, font: FontProperties, is_math: bool) -> str:
    """The characters of a text that are drawn as boxes or as other signs, each once, in order.

    Of formulas only characters outside ASCII are looked at: the rest are commands and letters of
    fonts that the formula parser picks.
    """
    paths = tuple(str(path) for path in fontManager._find_fonts_by_props(font))  # pyright: ignore[reportAttributeAccessIssue]
    characters = dict.fromkeys(text)
    return "".join(
        char
        for char in characters
        if not (is_math and char.isascii()) and not _is_spelled(char, paths)
    )


@functools.lru_cache(maxsize=20_000)
def _is_spelled(char: str, paths: tuple[str, ...]) -> bool:
    if char.isspace() or unicodedata.category(char) in ("Cc", "Cf", "Mn"):
        return True  # nothing to see, or a mark on its neighbour
    for path in paths:
        if _LAST_RESORT in path:
            continue
        font = get_font(path)
        index = font.get_char_index(ord(char))
        if index:
            return _is_named_so(char, font, index)
    return False


def _is_named_so(char: str, font: FT2Font, index: int) -> bool:
    """Whether the glyph of an ASCII letter or digit is one: symbol fonts map arrows to them."""
    if not (char.isascii() and char.isalnum()):
        return True
    name = font.get_glyph_name(index).split(".")[0]  # pyright: ignore[reportArgumentType]
    wanted = _DIGITS[int(char)] if char.isdigit() else char
    return name in (wanted, f"uni{ord(char):04X}")
