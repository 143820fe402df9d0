"""AeSlides' metrics (arXiv 2604.22840) on pictures and boxes: their formulas and constants.

Aspect ratio, whitespace and imbalance are as published; docs/slides.md says what the detectors add
to them. Pictures are 1280 wide: the sizes of the filters are pixels of such a picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from vsdpo_jax.records import Box

WIDE = 16 / 9
_STEEP, _TALL_STEEP, TALL_MARGIN = 16.0, 64.0, 0.04
BLUR_SIGMA, BLUR_RADIUS = 3.5, 10
BOX_WIDE, BOX_HIGH = 201, 151
STD_CLIP, STD_CONTENT = 50.0, 0.05
"""Grey levels at which the local deviation is clipped, and the share of that which is content."""
CROP_TOP, CROP_BOTTOM, CROP_SIDE = 0.15, 0.10, 0.10
RATIO_LOW, RATIO_HIGH = 0.8, 0.995
X_TOLERANCE, Y_TOLERANCE = 0.0075, 0.145
"""Shares of width and height by which the centre of weight may be off."""
MIN_OPACITY, MIN_AREA, MIN_LINE_AREA = 0.05, 4.0, 2.0
LONG_TEXT = 40
"""Texts of more letters weigh by their lines."""
ICON_WEIGHT = 0.5
# OpenCV's integer weights of red, green and blue, of 2**14; float32 holds such sums exactly.
_GRAY = np.array([4899, 9617, 1868], np.float32)
_GRAY_WHOLE = 2.0**14
_ROWS = 32  # that are blurred at once


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Item:
    """Something that weighs.

    Attributes:
      kind: "text", "image", "icon", "control", or "box", which weighs nothing.
      box: where.
      lines: of a text.
      num_letters: of a text.
      opacity: 0 to 1.
    """

    kind: str
    box: Box
    lines: Sequence[Box] = ()
    num_letters: int = 0
    opacity: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Balance:
    """The centre of weight.

    Attributes:
      score: distance from the middle in tolerances; above 1 it is off.
      center: pixels.
      offset: the same from the middle, in shares of width and height.
      num_items: how many boxes weigh, lines of long texts one by one.
    """

    score: float
    center: tuple[float, float]
    offset: tuple[float, float]
    num_items: int


def aspect_ratio(width: float, height: float) -> float:
    """Score of a canvas in [0, 1]: 1 at 16:9, falling faster where it is too tall; 0 without area.

    exp(-16 e^2 - 64 max(-e - 0.04, 0)^2) with e = ln(width / height / (16 / 9)).
    """
    if width <= 0 or height <= 0:
        return 0.0
    error = math.log(width / height / WIDE)
    tall = max(-error - TALL_MARGIN, 0.0)
    return math.exp(-_STEEP * error**2 - _TALL_STEEP * tall**2)


def gray(image_YXC: np.ndarray) -> np.ndarray:
    """float64[Y, X] of uint8[Y, X, 3], rounded to levels as OpenCV's BGR2GRAY does."""
    weighed_YX = image_YXC.astype(np.float32) @ _GRAY
    return np.floor((weighed_YX + _GRAY_WHOLE / 2) / _GRAY_WHOLE).astype(np.float64)


def content_mask(image_YXC: np.ndarray) -> np.ndarray:
    """Where a picture has content: bool[Y, X].

    The local standard deviation of the blurred grey picture, over 201 x 151 pixels, is more than
    2.5 levels.
    """
    blurred_YX = _blur_down(_blur_down(gray(image_YXC)).T).T
    mean_YX, square_YX = _local_mean(blurred_YX), _local_mean(blurred_YX * blurred_YX)
    deviation_YX = np.sqrt(np.maximum(square_YX - mean_YX * mean_YX, 0.0))
    return np.minimum(deviation_YX, STD_CLIP) / STD_CLIP > STD_CONTENT


def _blur_down(values_YX: np.ndarray) -> np.ndarray:
    """Columns blurred with a Gaussian and mirrored at their ends: products of matrices take half
    the time of scipy's filter.
    """
    weights_N = np.exp(-0.5 * (np.arange(-BLUR_RADIUS, BLUR_RADIUS + 1) / BLUR_SIGMA) ** 2)
    band_YN = np.zeros((_ROWS, _ROWS + 2 * BLUR_RADIUS))
    for row in range(_ROWS):
        band_YN[row, row : row + len(weights_N)] = weights_N / weights_N.sum()
    mirrored_YX = np.pad(values_YX, ((BLUR_RADIUS, BLUR_RADIUS), (0, 0)), "reflect")
    blurred_YX = np.empty_like(values_YX)
    for top in range(0, len(values_YX), _ROWS):
        rows = min(_ROWS, len(values_YX) - top)
        around_NX = mirrored_YX[top : top + rows + 2 * BLUR_RADIUS]
        blurred_YX[top : top + rows] = band_YN[:rows, : len(around_NX)] @ around_NX
    return blurred_YX


def _local_mean(values_YX: np.ndarray) -> np.ndarray:
    down_YX = _mean_down(values_YX, BOX_HIGH)
    return ndimage.uniform_filter1d(down_YX, BOX_WIDE, axis=1, mode="reflect")


def _mean_down(values_YX: np.ndarray, size: int) -> np.ndarray:
    """Means over so many rows around each, mirrored at the ends: a sum that a row enters and one
    leaves. scipy goes down the columns one by one, which takes twice as long.
    """
    mirrored_NX = np.pad(values_YX, ((size // 2, size // 2), (0, 0)), "symmetric")
    means_YX = np.empty_like(values_YX)
    sum_X = mirrored_NX[:size].sum(0)
    np.divide(sum_X, size, out=means_YX[0])
    for row in range(1, len(values_YX)):
        sum_X += mirrored_NX[row + size - 1]
        sum_X -= mirrored_NX[row - 1]
        np.divide(sum_X, size, out=means_YX[row])
    return means_YX


def crop(height: int, width: int) -> tuple[slice, slice]:
    """The middle of a picture, without its head, foot and sides."""
    side = int(width * CROP_SIDE)
    return (
        slice(int(height * CROP_TOP), height - int(height * CROP_BOTTOM)),
        slice(side, width - side),
    )


def content_ratios(mask_YX: np.ndarray) -> tuple[float, float]:
    """Shares of a picture and of its middle that have content."""
    return float(mask_YX.mean()), float(mask_YX[crop(*mask_YX.shape)].mean())


def smoothstep(ratio: float, low: float = RATIO_LOW, high: float = RATIO_HIGH) -> float:
    """3 t^2 - 2 t^3 between two ratios, 0 below and 1 above."""
    t = min(max((ratio - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def balance(
    items: Sequence[Item],
    width: float,
    height: float,
    x_tolerance: float = X_TOLERANCE,
    y_tolerance: float = Y_TOLERANCE,
) -> Balance:
    """The centre of weight of items on a canvas; its middle where nothing weighs.

    Pictures and short texts weigh by their area on the canvas, long texts by that of their lines,
    icons by half.
    """
    total = x_sum = y_sum = 0.0
    count = 0
    for item in items:
        boxes = [] if item.opacity < MIN_OPACITY else _weighing(item, width, height)
        count += len(boxes)
        for box, weight in boxes:
            total += weight
            x_sum += weight * (box[0] + box[2] / 2)
            y_sum += weight * (box[1] + box[3] / 2)
    center = (x_sum / total, y_sum / total) if total > 0 else (width / 2, height / 2)
    offset = (center[0] / width - 0.5, center[1] / height - 0.5)
    score = math.hypot(offset[0] / x_tolerance, offset[1] / y_tolerance)
    return Balance(score=score, center=center, offset=offset, num_items=count)


def _weighing(item: Item, width: float, height: float) -> list[tuple[Box, float]]:
    """Boxes of an item with their weights."""
    if item.kind == "box":
        return []
    whole = _clipped(item.box, width, height)
    if whole[2] * whole[3] < MIN_AREA:
        return []
    if item.kind == "text" and item.num_letters > LONG_TEXT and item.lines:
        lines = [_clipped(line, width, height) for line in item.lines]
        return [(b, b[2] * b[3]) for b in lines if b[2] * b[3] >= MIN_LINE_AREA]
    weight = whole[2] * whole[3] * (ICON_WEIGHT if item.kind == "icon" else 1.0)
    return [(whole, weight)]


def _clipped(box: Box, width: float, height: float) -> Box:
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[0] + box[2], width), min(box[1] + box[3], height)
    return (left, top, max(right - left, 0.0), max(bottom - top, 0.0))
