"""What the author of lab slides knows of type and colour: widths of Calibri, lines, contrast.

Widths are those of Carlito, whose advances are Calibri's (the ``hmtx`` table, units of 2048 to the
em), less what kerning and ligatures take from texts of the lab on average.
"""

from __future__ import annotations

from functools import cache

UNITS = 2048
KERNED = 0.994
LINE = 1.2
"""Height of a line over its font size, as rendered."""
CM_PER_PT = 2.54 / 72

_REGULAR = {
    "'": 452, " ": 463, "il": 470, "j": 490, ",": 511, "I": 516, ".": 517, ":": 548, "f": 625,
    "-": 627, "J": 653, "t": 686, "r": 714, "s": 801, "z": 809, "L": 861, "c": 866, "x": 887,
    "v": 925, "y": 927, "k": 931, "FS": 941, "Z": 959, "g": 964, "a": 981, "TY": 998, "E": 1000,
    "e": 1019, "0123456789": 1038, "P": 1058, "X": 1063, "K": 1064, "bdhnpqu": 1076, "o": 1080,
    "C": 1092, "R": 1112, "B": 1114, "V": 1162, "A": 1185, "D": 1260, "H": 1276, "G": 1292,
    "U": 1314, "N": 1322, "O": 1356, "Q": 1378, "&": 1397, "w": 1464, "m": 1636, "M": 1751,
    "W": 1822,
}  # fmt: skip
_BOLD = {
    " ": 463, "'": 478, "il": 503, "j": 523, ",": 528, "I": 546, ".": 547, ":": 565, "-": 627,
    "f": 648, "J": 678, "t": 710, "r": 728, "z": 814, "s": 817, "c": 857, "L": 866, "F": 940,
    "x": 941, "S": 968, "v": 969, "y": 970, "g": 971, "Z": 979, "k": 983, "E": 999, "a": 1011,
    "T": 1014, "e": 1031, "0123456789": 1038, "Y": 1064, "C": 1084, "P": 1090, "bdhnpqu": 1099,
    "o": 1101, "K": 1120, "X": 1128, "B": 1148, "R": 1153, "V": 1211, "A": 1241, "D": 1291,
    "H": 1292, "G": 1305, "U": 1337, "N": 1349, "O": 1385, "Q": 1405, "&": 1443, "w": 1526,
    "m": 1666, "M": 1790, "W": 1856,
}  # fmt: skip
_WIDTHS = tuple(
    {letter: units for letters, units in table.items() for letter in letters}
    for table in (_REGULAR, _BOLD)
)

THEME = {
    5: "4f81bd", 6: "c0504d", 7: "9bbb59", 8: "8064a2", 9: "4bacc6", 10: "f79646",
    13: "000000", 14: "ffffff", 15: "1f497d", 16: "eeece1",
}  # fmt: skip
"""MSO_THEME_COLOR -> sRGB in hexadecimal, of the theme that python-pptx brings."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line, in centimetres.

    Args:
      text: in letters, digits and the commonest signs of English.
      size: font size in points.
      bold: of the bold face.

    Raises:
      KeyError: a character has no known width.
    """
    widths = _WIDTHS[bold]
    return sum(widths[letter] for letter in text) * size * KERNED * CM_PER_PT / UNITS


@cache
def wrapped(text: str, size: float, width: float, bold: bool = False) -> tuple[str, ...]:
    """The lines of a paragraph in a box, broken as early as a renderer does.

    They are broken at spaces, and within a word that has no room on a line of its own.

    Args:
      text, size, bold: as for ``text_width``.
      width: of the box without margins, in centimetres.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
        while text_width(lines[-1], size, bold=bold) > width and len(lines[-1]) > 1:
            fits = _letters_that_fit(lines[-1], size, width, bold)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return tuple(lines)


def _letters_that_fit(word: str, size: float, width: float, bold: bool) -> int:
    """How many letters of a word have room, at least one and never all."""
    fits = 1
    while fits < len(word) - 1 and text_width(word[: fits + 1], size, bold=bold) <= width:
        fits += 1
    return fits


def longest_word(text: str, size: float, bold: bool = False) -> float:
    """Width of the widest word, in centimetres: what has no room is broken."""
    return max(text_width(word, size, bold=bold) for word in text.split())


def line_height(size: float) -> float:
    """Of a line in a font of ``size`` points, in centimetres."""
    return LINE * size * CM_PER_PT


@cache
def contrast(one: int, other: int) -> float:
    """WCAG 2 contrast ratio of two colours of the theme, 1 to 21.

    Raises:
      KeyError: a number is not in THEME.
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(index: int) -> float:
    shares = (channel / 255 for channel in bytes.fromhex(THEME[index]))
    red, green, blue = (s / 12.92 if s <= 0.03928 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
