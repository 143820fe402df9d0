"""Texts of a slide joined with the letters of its printed page instead of the fast renderer's."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from vsdpo_jax.domains.slide.deck.records import Text, TextLine
from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.display import Glyph, LineRun, Rgba
from vsdpo_jax.domains.slide.render.geometry import center, clamped, union, upright
from vsdpo_jax.domains.slide.render.printed import Letter
from vsdpo_jax.domains.slide.render.texts import Drawn, Inked
from vsdpo_jax.records import Box

_SAME_LINE = 0.3  # heights of a font by which letters of one line lie apart, at most
_RESIZED = 0.02


def rejoin(texts: Sequence[Drawn], letters: Sequence[Letter]) -> list[Drawn]:
    """The texts with the lines and the ink of a printed page.

    A text is the nearest place in the order of painting with the same letters that is no other's.
    Labels of charts that the page does not show are left out: another renderer, other labels.

    Args:
      texts: as the fast renderer draws them.
      letters: of the page.
    """
    page = _Page(letters)
    found: list[Drawn] = []
    # The longest first: "Sales" stands in "Sales of the year" too.
    order = sorted(range(len(texts)), key=lambda n: -len(_squeezed(texts[n].text.text)))
    places = {number: page.take(texts[number]) for number in order}
    for number, drawn in enumerate(texts):
        place = places[number]
        if place is None and drawn.text.source not in ("frame", "cell"):
            continue
        index = len(found)
        if place is None:
            text = replace(drawn.text, index=index, lines=())
            found.append(Drawn(text, ()))
        else:
            found.append(_redrawn(drawn, index, [letters[n] for n in place]))
    return found


def _squeezed(text: str) -> str:
    """Letters alone, ligatures taken apart."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class _Page:
    """Finds texts among the letters of a page; a letter belongs to one text."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self._letters = letters
        pieces = [_squeezed(letter.text) for letter in letters]
        self._text = "".join(pieces)
        self._at = [n for n, piece in enumerate(pieces) for _ in piece]
        self._known = frozenset(self._text)
        self._is_taken = bytearray(len(self._text))

    def take(self, drawn: Drawn) -> list[int] | None:
        """Indices of the letters of a text; None: the page does not show it."""
        # What no font of the machine has may be drawn as anything.
        wanted = "".join(c for c in _squeezed(drawn.text.text) if c in self._known)
        expected = _expected(drawn.text)
        best: tuple[float, int] | None = None
        start = self._text.find(wanted) if wanted else -1
        while start >= 0:
            if not any(self._is_taken[start : start + len(wanted)]):
                first = self._letters[self._at[start]]
                away = math.dist((first.x, first.y), expected)
                best = min(best, (away, start)) if best is not None else (away, start)
            start = self._text.find(wanted, start + 1)
        if best is None:
            return None
        end = best[1] + len(wanted)
        self._is_taken[best[1] : end] = bytes([1]) * len(wanted)
        return list(dict.fromkeys(self._at[best[1] : end]))


def _expected(text: Text) -> tuple[float, float]:
    if not text.lines:
        return center(text.room)
    x, y, _, height = text.lines[0].box
    return x, y + height


def _redrawn(drawn: Drawn, index: int, letters: Sequence[Letter]) -> Drawn:
    text = drawn.text
    colors = _colors(drawn)
    ink: list[Inked] = []
    for number, letter in enumerate(letters):
        color, alpha = colors[min(number, len(colors) - 1)] if colors else ((0, 0, 0, 1.0), 1.0)
        ink.append(_inked(letter, color, alpha))
    lines, start = [], 0
    for line in _lines(letters):
        words, start = _words(text.text, start, "".join(_squeezed(one.text) for one in line))
        lines.append(TextLine(box=_line_box(line), text=words))
    before = [i.run.size for i in drawn.ink if i.run.start < i.run.end for _ in i.run.glyphs]
    factor = 1.0
    if before:
        factor = (
            sorted(one.size for one in letters)[len(letters) // 2]
            / sorted(before)[len(before) // 2]
        )
    runs = text.runs
    if abs(factor - 1.0) > _RESIZED:
        runs = tuple(replace(run, size_pt=run.size_pt * factor) for run in runs)
    turn = letters[0].turn % 360.0
    redrawn = replace(text, index=index, lines=tuple(lines), runs=runs, turn=turn)
    return Drawn(redrawn, tuple(ink))


def _colors(drawn: Drawn) -> list[tuple[Rgba, float]]:
    """Colour and opacity of each letter, spaces left out."""
    return [
        (inked.run.color, inked.alpha)
        for inked in drawn.ink
        if inked.run.start < inked.run.end
        for _ in _squeezed(inked.run.text)
    ]


@cache
def _font(name: str) -> tuple[str, bool, bool]:
    """Family, bold and italic of a font by its name in a PDF."""
    base, _, style = name.partition("-")
    known = {family.replace(" ", ""): family for family in fonts.KNOWN}
    family = known.get(base, base)
    return family, "Bold" in style, "Italic" in style or "Oblique" in style


def _inked(letter: Letter, color: Rgba, alpha: float) -> Inked:
    family, bold, italic = _font(letter.font)
    glyphs = fonts.face(family, bold, italic).glyphs
    code = ord(letter.text[0])
    run = LineRun(
        text=letter.text,
        start=0,
        end=1,
        family=family,
        size=letter.size,
        bold=bold,
        italic=italic,
        color=color,
        x=letter.x,
        width=letter.right - letter.x,
        glyphs=(Glyph(glyphs.get(code, 0), letter.x, letter.y),),
    )
    return Inked(run, (letter.x, letter.y, 0.0, 0.0), letter.turn, alpha)


def _lines(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    line: list[Letter] = []
    for letter in letters:
        if line and not _follows(line[-1], letter):
            yield line
            line = []
        line.append(letter)
    if line:
        yield line


def _follows(last: Letter, letter: Letter) -> bool:
    """Whether a letter stands on the baseline of the one before it, after it."""
    angle = math.radians(last.turn)
    dx, dy = letter.x - last.x, letter.y - last.y
    along = math.cos(angle) * dx + math.sin(angle) * dy
    off = -math.sin(angle) * dx + math.cos(angle) * dy
    size = max(last.size, letter.size)
    return abs(off) <= _SAME_LINE * size and along >= -0.1 * size


def _line_box(line: Sequence[Letter]) -> Box:
    boxes = []
    for letter, following in zip(line, [*line[1:], None], strict=True):
        face = fonts.face(*_font(letter.font))
        away = letter.right - letter.x if letter.turn == 0.0 else 0.5 * letter.size
        if following is not None:
            away = math.dist((letter.x, letter.y), (following.x, following.y))
        ascent, descent = face.ascent * letter.size, face.descent * letter.size
        frame = (letter.x, letter.y - ascent, max(away, 0.0), ascent + descent)
        boxes.append(upright(frame, letter.turn, (letter.x, letter.y)))
    return clamped(union(boxes) or (0.0, 0.0, 0.0, 0.0))


def _words(text: str, start: int, letters: str) -> tuple[str, int]:
    """The part of a text from ``start`` that has these letters, and where it ends."""
    while start < len(text) and text[start].isspace():
        start += 1
    end, count = start, 0
    while end < len(text) and count < len(letters):
        count += len(_squeezed(text[end]))
        end += 1
    return text[start:end], end
