"""What shapes paint, and what of it later shapes leave to be seen.

The display list is painted once more, at half the picture's size and in flat colours: upwards to
find where a shape differs from what lies below it, downwards to find how much of that difference
the shapes above let through. Painting "over" is affine, so a difference that passes sheets of
transmittance t is t times as large. What gradients and pictures look like is taken from the
finished picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from vsdpo_jax.domains.colors import difference
from vsdpo_jax.domains.slide.deck.records import WIDTH
from vsdpo_jax.domains.slide.render.display import Area, Paint
from vsdpo_jax.domains.slide.render.shapes import Found

SEEN = 3.0
"""Difference (CIE 1976) from which a person notices a pixel; just noticeable is about 2.3."""
COARSE = 2
"""Pixels of the picture for one of these canvases."""
SHOWN = 0.5
"""Share of a mark's own paint that is seen, from which the mark counts as shown."""
DISTINCT = 0.2
"""Share of an area that has to differ from what lies below for it to count: a white bar on a white
chart differs where it crosses the lines of the grid."""
WHOLE = 0.98
"""Share of a shape's paint from which nothing of it is said to be covered."""

_SEEN_STEPS = math.ceil(SEEN)  # for differences in whole steps
_DIFFERENT = 255  # of differences that are not known, or larger
_MOST_COLORS = 4_096
_THIN = 1.0  # width of a line on the canvas, at least


@dataclass(frozen=True, slots=True)
class _Patch:
    """Part of a canvas that an area covers: where, which pixels (or all), how opaque."""

    x: int
    y: int
    mask_YX: np.ndarray
    alpha: float | np.ndarray
    is_whole: bool

    def of(self, canvas: np.ndarray) -> np.ndarray:
        height, width = self.mask_YX.shape
        return canvas[self.y : self.y + height, self.x : self.x + width]


@dataclass(slots=True)
class _Painted:
    """What an area painted.

    Attributes:
      area: of the display list.
      patches: inside and edge.
      differs: for each patch uint8[y, x], the difference to what lay below; 0 outside.
      drawn: the same as measured in the finished picture, where nothing was painted since; None
        for flat colours, which are known.
      outside: share of its box that lies off the slide.
    """

    area: Area
    patches: list[_Patch]
    differs: list[np.ndarray]
    drawn: list[np.ndarray | None]
    outside: float


@dataclass(frozen=True, slots=True)
class Sight:
    """What is left of a shape.

    Attributes:
      seen: see ``Shape.seen``.
      covered_by: see ``Shape.covered_by``.
      shown: for each of its areas, whether it is seen.
    """

    seen: float | None
    covered_by: int | None
    shown: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Above:
    """What lies above a shape.

    Attributes:
      through_YX: float32, the share of a difference that the shapes above let through.
      owner_YX: int32, index of the shape that takes most of the rest; -1: none.
    """

    through_YX: np.ndarray
    owner_YX: np.ndarray


@dataclass(slots=True)
class _Canvas:
    """Flat colours as they are painted: indices into a list of colours; 0 is not known."""

    label_YX: np.ndarray
    colors: list[tuple[float, float, float]] = field(default_factory=lambda: [(0.0, 0.0, 0.0)])

    def label(self, color: tuple[float, float, float]) -> int:
        if len(self.colors) >= _MOST_COLORS:
            return 0
        self.colors.append(color)
        return len(self.colors) - 1

    def paint(self, patch: _Patch, paint: Paint) -> np.ndarray:
        """Paint a patch; returns how it differs from what was there."""
        below_YX = patch.of(self.label_YX)
        inside_N = below_YX if patch.is_whole else below_YX[patch.mask_YX]
        if inside_N.size and inside_N.min() == inside_N.max():
            made, differs = self._over(int(inside_N.flat[0]), paint)
            below_YX[... if patch.is_whole else patch.mask_YX] = made
            return patch.mask_YX * np.uint8(differs)
        labels_N = np.flatnonzero(np.bincount(inside_N.ravel()))
        made_L = np.zeros(len(self.colors), np.int16)
        differs_L = np.zeros(len(self.colors), np.uint8)
        for label in labels_N:
            made, differs_L[label] = self._over(int(label), paint)
            made_L[label] = made
        differs_YX = np.where(patch.mask_YX, differs_L[below_YX], 0).astype(np.uint8)
        below_YX[patch.mask_YX] = made_L[inside_N.ravel()]
        return differs_YX

    def _over(self, label: int, paint: Paint) -> tuple[int, int]:
        """The colour that a paint makes of another, and how much that differs."""
        if not paint.stops or (label == 0 and max(stop[3] for stop in paint.stops) < 1.0):
            return 0, _DIFFERENT if not paint.stops or max(s[3] for s in paint.stops) > 0 else 0
        ground = self.colors[label]
        made = [_blend(ground, stop) for stop in paint.stops]
        differs = _DIFFERENT
        if label:
            differs = max(_apart(_rounded(color), _rounded(ground)) for color in made)
        if not differs:
            return label, 0
        return (self.label(made[0]) if len(made) == 1 else 0), differs


def _rounded(color: Sequence[float]) -> tuple[int, int, int]:
    red, green, blue = (round(value) for value in color)
    return red, green, blue


@lru_cache(maxsize=1 << 16)
def _apart(first: tuple[int, int, int], second: tuple[int, int, int]) -> int:
    """How two colours differ, in whole steps."""
    return min(int(difference(*np.array([[first], [second]], np.uint8))[0]), _DIFFERENT)


def _blend(ground: Sequence[float], stop: Sequence[float]) -> tuple[float, float, float]:
    red, green, blue = (g + stop[3] * (c - g) for g, c in zip(ground, stop[:3], strict=True))
    return red, green, blue


def look(
    shapes: Sequence[Found],
    background: Paint | None,
    textless_YXC: np.ndarray,
    watch: Callable[[int, Above], None],
) -> list[Sight]:
    """What is left of every shape.

    Args:
      shapes: of a slide, in the order of painting.
      background: what lies behind them.
      textless_YXC: the finished picture without letters.
      watch: called for every shape, from the top down, with its index and what lies above it.
    """
    height = math.ceil(textless_YXC.shape[0] / COARSE)
    small_YXC = textless_YXC[::COARSE, ::COARSE]
    canvas = _Canvas(np.zeros((height, WIDTH // COARSE), np.int16))
    if background is None or background.kind == "solid":
        color = (255, 255, 255) if background is None else background.stops[0][:3]
        canvas.label_YX[:] = canvas.label(color)
    painted = []
    for found in shapes:
        areas = found.item.areas if found.item is not None else []
        painted.append([_paint(area, canvas, found.alpha_YX, small_YXC) for area in areas])
    above = Above(
        np.ones(canvas.label_YX.shape, np.float32), np.full(canvas.label_YX.shape, -1, np.int32)
    )
    sights: list[Sight] = []
    for found, areas in zip(reversed(shapes), reversed(painted), strict=True):
        index = found.shape.index
        watch(index, above)
        sights.append(_sight(areas, above))
        for patch in (patch for one in areas for patch in one.patches):
            _cover(patch, above, index)
    return sights[::-1]


def _cover(patch: _Patch, above: Above, index: int) -> None:
    through_YX, owner_YX = patch.of(above.through_YX), patch.of(above.owner_YX)
    if patch.is_whole and isinstance(patch.alpha, float):
        if patch.alpha > 0:
            taken = np.float32(patch.alpha)
            owner_YX[through_YX * taken > 1.0 - through_YX] = index
            through_YX *= 1.0 - taken
        return
    taken_YX = patch.mask_YX * np.float32(1.0) * patch.alpha
    is_most_YX = (through_YX * taken_YX > 1.0 - through_YX) & patch.mask_YX
    owner_YX[is_most_YX & (taken_YX > 0)] = index
    through_YX *= 1.0 - taken_YX


def _sight(areas: Sequence[_Painted], above: Above) -> Sight:
    """What of a shape's areas passes what lies above it.

    Areas of one shape do not cover each other here: a chart's bars stand on its grid.
    """
    total = left = 0.0
    owners: list[np.ndarray] = []
    shown = []
    for one in areas:
        own_total = own_left = 0.0
        for patch, known_YX, drawn_YX in zip(one.patches, one.differs, one.drawn, strict=True):
            differs_YX, through_YX = known_YX, patch.of(above.through_YX)
            if drawn_YX is not None:
                differs_YX = _completed(drawn_YX, known_YX, through_YX)
            is_own_YX = differs_YX >= _SEEN_STEPS
            count = float(np.count_nonzero(is_own_YX))
            if count < DISTINCT * np.count_nonzero(patch.mask_YX):
                continue
            is_bare = bool(through_YX.min(initial=1.0) == 1.0)
            is_left_YX = is_own_YX if is_bare else differs_YX * through_YX >= SEEN
            own_total += count / max(1.0 - one.outside, 1e-3)
            own_left += float(np.count_nonzero(is_left_YX))
            owners.append(patch.of(above.owner_YX)[is_own_YX & ~is_left_YX])
        is_gone = not one.patches and one.outside >= 1.0
        total += 1.0 if is_gone else own_total
        left += own_left
        shown.append(own_left > SHOWN * own_total)
    if not any(one.area.fill is not None or one.area.stroke is not None for one in areas):
        return Sight(None, None, tuple(shown))
    seen = min(left / total, 1.0) if total else 0.0
    return Sight(seen, most_common(owners) if seen < WHOLE else None, tuple(shown))


def _completed(drawn_YX: np.ndarray, known_YX: np.ndarray, through_YX: np.ndarray) -> np.ndarray:
    """How a picture or gradient differs from what lies below: by what of it lies bare."""
    is_bare_YX = (through_YX > 0.99) & (known_YX > 0)
    if not is_bare_YX.any():
        return known_YX
    is_distinct = float(np.mean(drawn_YX[is_bare_YX] >= SEEN)) >= 0.5
    return np.where(is_bare_YX, drawn_YX, known_YX if is_distinct else 0)


def most_common(owners: Sequence[np.ndarray]) -> int | None:
    """The shape that hides most; None where nothing is hidden by one."""
    every = np.concatenate(owners) if owners else np.zeros(0, np.int32)
    every = every[every >= 0]
    return int(np.bincount(every).argmax()) if len(every) else None


def _paint(
    area: Area, canvas: _Canvas, alpha_YX: np.ndarray | None, small_YXC: np.ndarray
) -> _Painted:
    size = canvas.label_YX.shape
    made = _Painted(area, [], [], [], _outside(area, size))
    if area.fill is not None:
        patch = _fill_patch(area, size, alpha_YX)
        if patch is not None:
            is_flat = area.fill.kind == "solid"
            drawn_YX = None if is_flat else _as_drawn(patch, canvas, small_YXC)
            made.patches.append(patch)
            made.drawn.append(drawn_YX)
            made.differs.append(canvas.paint(patch, area.fill))
    if area.stroke is not None and area.stroke_px > 0:
        patch = _stroke_patch(area, size)
        if patch is not None:
            made.patches.append(patch)
            made.drawn.append(None)
            made.differs.append(canvas.paint(patch, Paint("solid", (area.stroke,))))
    return made


def _as_drawn(patch: _Patch, canvas: _Canvas, small_YXC: np.ndarray) -> np.ndarray | None:
    """How the finished picture differs from one flat colour below; None: there is none."""
    labels_N = patch.of(canvas.label_YX)[patch.mask_YX]
    if not labels_N.size or labels_N.min() != labels_N.max() or labels_N[0] == 0:
        return None
    pixels_N3 = patch.of(small_YXC)[patch.mask_YX]
    ground_N3 = np.array([canvas.colors[int(labels_N[0])]]).round().astype(np.uint8)
    drawn_YX = np.zeros(patch.mask_YX.shape, np.uint8)
    drawn_YX[patch.mask_YX] = np.minimum(difference(pixels_N3, ground_N3), _DIFFERENT)
    return drawn_YX


def _outside(area: Area, size: tuple[int, int]) -> float:
    """Share of an area's box that lies off the slide."""
    x, y, width, height = (value / COARSE for value in area.on_slide)
    width, height = max(width, _THIN), max(height, _THIN)
    across = min(x + width, size[1]) - max(x, 0.0)
    down = min(y + height, size[0]) - max(y, 0.0)
    return 1.0 - max(across, 0.0) * max(down, 0.0) / (width * height)


def _alpha_of(area: Area) -> float:
    stops = area.fill.stops if area.fill is not None else ()
    return area.opacity * (sum(stop[3] for stop in stops) / len(stops) if stops else 1.0)


def _fill_patch(area: Area, size: tuple[int, int], alpha_YX: np.ndarray | None) -> _Patch | None:
    is_upright = area.turn % 90.0 == 0.0 and area.geometry in ("rect", "image", "line")
    if is_upright:
        x, y, width, height = (value / COARSE for value in area.on_slide)
        made = _rectangle(x, y, x + width, y + height, size)
    else:
        made = _polygons(area, size, None)
    if made is None:
        return None
    left, top, mask_YX = made
    alpha: float | np.ndarray = _alpha_of(area)
    if alpha_YX is not None and is_upright and min(mask_YX.shape) > 0:
        # Pictures that leave the slide are taken as a whole: what of them is opaque is near enough.
        fitted = Image.fromarray(alpha_YX).resize(mask_YX.shape[::-1], Image.Resampling.BOX)
        alpha = np.asarray(fitted, np.float32) / 255 * area.opacity
    return _Patch(left, top, mask_YX, alpha, is_upright)


def _stroke_patch(area: Area, size: tuple[int, int]) -> _Patch | None:
    alpha = area.stroke[3] if area.stroke is not None else 0.0
    x, y, width, height = (value / COARSE for value in area.box)
    half = max(area.stroke_px / COARSE, _THIN) / 2
    is_straight = area.geometry == "line" and area.turn == 0.0 and min(width, height) < 0.01
    if is_straight:
        made = _rectangle(x - half, y - half, x + width + half, y + height + half, size)
    else:
        made = _polygons(area, size, 2 * half)
    return None if made is None else _Patch(*made, alpha, is_straight)


def _rectangle(
    left: float, top: float, right: float, bottom: float, size: tuple[int, int]
) -> tuple[int, int, np.ndarray] | None:
    x0, y0 = max(round(left), 0), max(round(top), 0)
    x1, y1 = (
        min(max(round(right), round(left) + 1), size[1]),
        min(max(round(bottom), round(top) + 1), size[0]),
    )
    if x1 <= x0 or y1 <= y0:
        return None
    return x0, y0, np.ones((y1 - y0, x1 - x0), bool)


def _polygons(
    area: Area, size: tuple[int, int], stroke: float | None
) -> tuple[int, int, np.ndarray] | None:
    polygons = [[(x / COARSE, y / COARSE) for x, y in polygon] for polygon in area.polygons()]
    points = [point for polygon in polygons for point in polygon]
    if not points:
        return None
    margin = math.ceil((stroke or 0.0) / 2) + 1
    x0 = max(math.floor(min(x for x, _ in points)) - margin, 0)
    y0 = max(math.floor(min(y for _, y in points)) - margin, 0)
    x1 = min(math.ceil(max(x for x, _ in points)) + margin, size[1])
    y1 = min(math.ceil(max(y for _, y in points)) + margin, size[0])
    if x1 <= x0 or y1 <= y0:
        return None
    image = Image.new("1", (x1 - x0, y1 - y0))
    draw = ImageDraw.Draw(image)
    for polygon in polygons:
        moved = [(x - x0 - 0.5, y - y0 - 0.5) for x, y in polygon]
        if stroke is not None:
            draw.line(moved, fill=1, width=max(round(stroke), 1))
        elif len(moved) > 2:
            draw.polygon(moved, fill=1)
    return x0, y0, np.asarray(image, bool)
