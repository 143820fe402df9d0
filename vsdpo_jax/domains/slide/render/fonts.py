"""Which fonts draw: families that files ask for, and the free ones that stand in for them.

Rewards depend on fonts: with DejaVu instead of Carlito, Calibri's texts are a quarter wider and
leave their boxes. So what stands in for what is fixed here, for every renderer, and recorded in
every deck.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

# It warns of the clock of whoever made a font.
logging.getLogger("fontTools").setLevel(logging.ERROR)
STYLES = ((False, False), (True, False), (False, True), (True, True))
"""Bold, italic: the four files of a family, in this order."""
FALLBACK = "DejaVu Sans"
"""What draws where nothing better is there; matplotlib brings it."""
FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
)
WANTED = ("Carlito", "Caladea", "Liberation Sans", "Liberation Serif", "Liberation Mono")
"""Families of the same widths as Calibri, Cambria, Arial, Times New Roman and Courier New."""

_SUBSTITUTES = {
    "calibri": "Carlito",
    "calibri light": "Carlito",
    "cambria": "Caladea",
    "cambria math": "Caladea",
    "arial": "Liberation Sans",
    "helvetica": "Liberation Sans",
    "helvetica neue": "Liberation Sans",
    "times new roman": "Liberation Serif",
    "times": "Liberation Serif",
    "courier new": "Liberation Mono",
    "courier": "Liberation Mono",
    # No free fonts have their widths; the nearest ones.
    "aptos": "Carlito",
    "aptos display": "Carlito",
    "candara": "Carlito",
    "corbel": "Carlito",
    "segoe ui": "Liberation Sans",
    "segoe ui light": "Liberation Sans",
    "segoe ui semibold": "Liberation Sans",
    "arial black": "Liberation Sans",
    "verdana": "DejaVu Sans",
    "tahoma": "DejaVu Sans",
    "consolas": "Liberation Mono",
    "garamond": "Liberation Serif",
    "georgia": "Liberation Serif",
    "palatino linotype": "Liberation Serif",
    "book antiqua": "Liberation Serif",
}
_FILES = {
    "Carlito": "Carlito-{}.ttf",
    "Caladea": "Caladea-{}.ttf",
    "Liberation Sans": "LiberationSans-{}.ttf",
    "Liberation Serif": "LiberationSerif-{}.ttf",
    "Liberation Mono": "LiberationMono-{}.ttf",
    "DejaVu Sans": "DejaVuSans{}.ttf",
    "DejaVu Serif": "DejaVuSerif{}.ttf",
    "DejaVu Sans Mono": "DejaVuSansMono{}.ttf",
}
KNOWN = tuple(_FILES)
"""Families that can draw."""
_NAMES = ("Regular", "Bold", "Italic", "BoldItalic")
_OBLIQUES = ("", "-Bold", "-Oblique", "-BoldOblique")
_SERIFS = ("DejaVu Serif", "-Italic", "-BoldItalic")
_HINTING = ("fpgm", "prep", "cvt ", "gasp", "hdmx", "VDMX", "LTSH")


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """One file of a family.

    Attributes:
      data: the file.
      blank: the same with the same widths, and without ink.
      ascent, descent: how far a "d" reaches above the baseline and a "p" below it, in units of the
        font's size. What fonts declare differs by a fifth between fonts of one look.
      glyphs: code point -> number of its glyph.
    """

    data: bytes
    blank: bytes
    ascent: float
    descent: float
    glyphs: Mapping[int, int]


_LENT = " from DejaVu Sans"
"""Ends the name of a family whose missing letters FALLBACK draws."""


def lent(family: str) -> str:
    """The name under which FALLBACK draws the letters that a family lacks."""
    return family + _LENT


def asked(family: str) -> str:
    """The family of a name that may be one of ``lent``."""
    return family.removesuffix(_LENT)


def lacks(family: str, text: str) -> bool:
    """Whether some letter is not in the font that draws a family, and is in FALLBACK."""
    if text.isascii():
        return False
    own, other = face(family, False, False).glyphs, faces(FALLBACK)[0].glyphs
    return any(ord(c) not in own and ord(c) in other for c in text)


@cache
def drawn_with(family: str) -> str:
    """The family that draws where another is asked for; never fails.

    A family that is asked for by its own name is taken where it is one of ours.
    """
    if family.endswith(_LENT):
        return FALLBACK
    known = {name.lower(): name for name in _FILES}
    name = family.strip().lower()
    for candidate in (known.get(name), _SUBSTITUTES.get(name), "Carlito"):
        if candidate is not None and _paths(candidate) is not None:
            return candidate
    return FALLBACK


def missing() -> list[str]:
    """Those of WANTED that are not installed."""
    return [family for family in WANTED if _paths(family) is None]


def forget() -> None:
    """Look for fonts anew: some were installed since."""
    for remembered in (drawn_with, faces, _paths, _find, _installed):
        remembered.cache_clear()


@cache
def faces(family: str) -> tuple[Face, ...]:
    """The four files of a family of ours, in the order of STYLES."""
    paths = _paths(family)
    if paths is None:
        raise KeyError(f"the font {family!r} is not installed")
    return tuple(_face(path) for path in paths)


@cache
def _paths(family: str) -> tuple[Path, ...] | None:
    pattern = _FILES[family]
    styles = _NAMES
    if family.startswith("DejaVu"):
        styles = (*_OBLIQUES[:2], *(_SERIFS[1:] if family == _SERIFS[0] else _OBLIQUES[2:]))
    found = [_find(pattern.format(style)) for style in styles]
    return None if None in found else tuple(path for path in found if path is not None)


@cache
def _find(name: str) -> Path | None:
    return _installed().get(name)


@cache
def _installed() -> dict[str, Path]:
    """File name -> where it is; matplotlib's own come last."""
    found: dict[str, Path] = {}
    pattern = re.compile("|".join(f"{re.escape(p.partition('{')[0])}" for p in _FILES.values()))
    for folder in (*_matplotlib(), *FOLDERS):
        for place, _, names in os.walk(folder):
            found.update({name: Path(place, name) for name in names if pattern.match(name)})
    return found


def _matplotlib() -> list[Path]:
    """Where matplotlib keeps its fonts; importing it would take as long as drawing ten decks."""
    spec = importlib.util.find_spec("matplotlib")
    places = [] if spec is None else spec.submodule_search_locations or []
    return [Path(place, "mpl-data", "fonts", "ttf") for place in places]


def _face(path: Path) -> Face:
    data = path.read_bytes()
    with TTFont(io.BytesIO(data), lazy=True) as font:
        units = font["head"].unitsPerEm  # pyright: ignore[reportAttributeAccessIssue]
        names, outlines = font.getBestCmap() or {}, font["glyf"]
        ascent = outlines[names[ord("d")]].yMax / units  # pyright: ignore[reportIndexIssue]
        descent = -outlines[names[ord("p")]].yMin / units  # pyright: ignore[reportIndexIssue]
        glyphs = {code: font.getGlyphID(name) for code, name in names.items()}
    return Face(data=data, blank=_blank(data), ascent=ascent, descent=descent, glyphs=glyphs)


def _blank(data: bytes) -> bytes:
    """A font that lays texts out in the same way and paints nothing."""
    with TTFont(io.BytesIO(data)) as font:
        outlines = font["glyf"]
        for name in font.getGlyphOrder():
            outlines[name] = Glyph()  # pyright: ignore[reportIndexIssue]
        for table in _HINTING:
            if table in font:
                del font[table]
        output = io.BytesIO()
        font.save(output)
    return output.getvalue()


def face(family: str, bold: bool, italic: bool) -> Face:
    """The file that draws a family that is asked for."""
    return faces(drawn_with(family))[STYLES.index((bold, italic))]
