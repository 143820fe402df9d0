"""The ink that letters would leave if nothing hid them, from the outlines of their fonts."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.geometry import center, turned
from vsdpo_jax.domains.slide.render.texts import Inked

CORE = 0.5
"""Cover, as a share of the greatest in the run, from which a pixel is a letter's: thin letters
never cover a pixel whole."""

_BARE = 48  # of 255: less ink than this is no letter
_STEPS = 4  # straight pieces of a curve; a letter at 100 px leaves it by .2 px
_PHASES = 4  # places within a pixel at which a glyph is drawn
_SMALL = 24.0  # pixels of a font below which glyphs are drawn finer
_MOST_KEPT = 20_000
_FAR_OUT = 4_096  # pixels outside the picture where nothing is drawn any more

Contour = list[tuple[float, float]]
Piece = tuple[int, int, np.ndarray, int]
"""What a glyph inks: left, top, uint8[Y, X] cover and how many of its pixels are a letter's."""


@dataclass(frozen=True, slots=True)
class RunInk:
    """What a run of glyphs inks.

    Attributes:
      x, y: left upper pixel of its part of the picture.
      cover_YX: uint8, how much of each pixel is covered; empty outside the picture.
      core_YX: bool, the pixels that are its letters'.
      core_px: of its letters, those outside the picture too.
      size: of the font, pixels.
      alpha: how opaque it is by the file.
      color: as painted.
    """

    x: int
    y: int
    cover_YX: np.ndarray
    core_YX: np.ndarray
    core_px: int
    size: float
    alpha: float
    color: tuple[int, int, int]

    def of(self, picture: np.ndarray) -> np.ndarray:
        """Its part of a picture."""
        height, width = self.cover_YX.shape
        return picture[self.y : self.y + height, self.x : self.x + width]


class _Pen(BasePen):
    """Flattens an outline."""

    def __init__(self, glyphs: object) -> None:
        super().__init__(glyphs)  # pyright: ignore[reportArgumentType]
        self.contours: list[Contour] = []

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.contours.append([pt])

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.contours[-1].append(pt)

    def _qCurveToOne(self, pt1: tuple[float, float], pt2: tuple[float, float]) -> None:
        start = self.contours[-1][-1]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
            self.contours[-1].append(
                (a * start[0] + b * pt1[0] + c * pt2[0], a * start[1] + b * pt1[1] + c * pt2[1])
            )


class _Outlines:
    """Outlines of a font's glyphs, in units of its size, y downwards."""

    def __init__(self, data: bytes) -> None:
        self._font = TTFont(io.BytesIO(data), lazy=True)
        self._units = float(self._font["head"].unitsPerEm)  # pyright: ignore
        self._glyphs = self._font.getGlyphSet()
        self._order = self._font.getGlyphOrder()
        self._known: dict[int, list[Contour]] = {}
        self._bitmaps: dict[tuple[int, float, int, int], Piece] = {}

    def contours(self, number: int) -> list[Contour]:
        """Of one glyph, the largest first: what lies in another is painted after it."""
        if number not in self._known:
            pen = _Pen(self._glyphs)
            if number < len(self._order):
                self._glyphs[self._order[number]].draw(pen)
            scaled = [[(x / self._units, -y / self._units) for x, y in c] for c in pen.contours]
            self._known[number] = sorted(scaled, key=lambda c: -abs(_signed_area(c)))
        return self._known[number]

    def bitmap(self, number: int, size: float, x: float, y: float) -> Piece:
        """A glyph whose origin lies at (x, y)."""
        across, down = math.floor(x * _PHASES), math.floor(y * _PHASES)
        left, top = across // _PHASES, down // _PHASES
        key = (number, size, across % _PHASES, down % _PHASES)
        if key not in self._bitmaps:
            if len(self._bitmaps) >= _MOST_KEPT:
                self._bitmaps.clear()
            shift = [(phase + 0.5) / _PHASES for phase in key[2:]]
            outlines = [
                [(px * size + shift[0], py * size + shift[1]) for px, py in contour]
                for contour in self.contours(number)
            ]
            self._bitmaps[key] = rasterized(outlines, 8 if size < _SMALL else 4)
        dx, dy, cover_YX, core_px = self._bitmaps[key]
        return left + dx, top + dy, cover_YX, core_px


def _signed_area(contour: Contour) -> float:
    """Positive for what is filled: TrueType's outer contours, y downwards."""
    area = 0.0
    for (x0, y0), (x1, y1) in zip(contour, contour[1:] + contour[:1], strict=True):
        area += x0 * y1 - x1 * y0
    return area


def rasterized(contours: Sequence[Contour], finer: int) -> Piece:
    """Contours in pixels; later ones that turn otherwise are holes."""
    points = [point for contour in contours for point in contour]
    if not points:
        return 0, 0, np.zeros((0, 0), np.uint8), 0
    left, top = (math.floor(min(point[axis] for point in points)) for axis in (0, 1))
    right, bottom = (math.ceil(max(point[axis] for point in points)) + 1 for axis in (0, 1))
    width, height = right - left, bottom - top
    image = Image.new("L", (width * finer, height * finer))
    draw = ImageDraw.Draw(image)
    for contour in contours:
        # The rasterizer takes whole pixels by their middle and draws the edge as well.
        moved = [((x - left) * finer - 0.5, (y - top) * finer - 0.5) for x, y in contour]
        if len(moved) > 2:
            draw.polygon(moved, fill=255 if _signed_area(contour) > 0 else 0)
    fine_YX = np.asarray(image, np.uint16).reshape(height, finer, width, finer)
    cover_YX = (fine_YX.sum((1, 3)) // finer**2).astype(np.uint8)
    return left, top, cover_YX, int(np.count_nonzero(_core(cover_YX)))


@cache
def _outlines(family: str, style: int) -> _Outlines:
    return _Outlines(fonts.faces(family)[style].data)


def run_ink(inked: Inked, width: int, height: int) -> RunInk:
    """What a run inks of a picture of width x height pixels."""
    run = inked.run
    family = fonts.drawn_with(run.family)
    outlines = _outlines(family, fonts.STYLES.index((run.bold, run.italic)))
    pieces = [piece for piece in _pieces(inked, outlines) if piece[2].size]
    left = max(min((x for x, *_ in pieces), default=0), 0)
    top = max(min((y for _, y, *_ in pieces), default=0), 0)
    right = min(max((x + c.shape[1] for x, _, c, _ in pieces), default=0), width)
    bottom = min(max((y + c.shape[0] for _, y, c, _ in pieces), default=0), height)
    cover_YX = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.uint8)
    for x, y, piece_YX, _ in pieces:
        _add(cover_YX, piece_YX, x - left, y - top)
    return RunInk(
        x=left,
        y=top,
        cover_YX=cover_YX,
        core_YX=_core(cover_YX),
        core_px=sum(core_px for *_, core_px in pieces),
        size=run.size,
        alpha=inked.alpha,
        color=run.color[:3],
    )


def _pieces(inked: Inked, outlines: _Outlines) -> list[Piece]:
    run = inked.run
    if inked.turn % 360.0 == 0.0:
        return [
            outlines.bitmap(glyph.number, run.size, glyph.x, glyph.y)
            for glyph in run.glyphs
            if max(abs(glyph.x), abs(glyph.y)) < _FAR_OUT
        ]
    pivot = center(inked.box)
    found = []
    for glyph in run.glyphs:
        contours = [
            [
                turned((glyph.x + x * run.size, glyph.y + y * run.size), pivot, inked.turn)
                for x, y in contour
            ]
            for contour in outlines.contours(glyph.number)
        ]
        if contours and max(map(abs, contours[0][0])) < _FAR_OUT:
            found.append(rasterized(contours, 4))
    return found


def _core(cover_YX: np.ndarray) -> np.ndarray:
    return cover_YX >= max(CORE * int(cover_YX.max(initial=0)), _BARE)


def _add(canvas_YX: np.ndarray, piece_YX: np.ndarray, x: int, y: int) -> None:
    """Lay a glyph's cover on a canvas; what lies outside is left out."""
    height, width = canvas_YX.shape
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + piece_YX.shape[1], width), min(y + piece_YX.shape[0], height)
    if x1 > x0 and y1 > y0:
        part_YX = canvas_YX[y0:y1, x0:x1]
        np.maximum(part_YX, piece_YX[y0 - y : y1 - y, x0 - x : x1 - x], out=part_YX)
