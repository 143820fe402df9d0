"""AeSlides' metrics (arXiv 2604.22840) on pictures and boxes: their formulas and constants.

Aspect ratio, whitespace and imbalance are as published; docs/slides.md says what the detectors add
to them. Pictures are 1280 wide: the sizes of the filters are pixels of such a picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

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
_ROWS = 32  # whose colours stay in the cache


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
    """uint8[Y, X] of uint8[Y, X, 3], rounded as OpenCV's BGR2GRAY did with weights of 14 bits."""
    gray_YX = np.empty(image_YXC.shape[:2], np.uint8)
    for top in range(0, len(gray_YX), _ROWS):
        weighed_YX = image_YXC[top : top + _ROWS].astype(np.float32) @ _GRAY
        weighed_YX += _GRAY_WHOLE / 2
        weighed_YX /= _GRAY_WHOLE
        gray_YX[top : top + _ROWS] = weighed_YX  # which takes the whole part
    return gray_YX


def content_mask(image_YXC: np.ndarray) -> np.ndarray:
    """Where a picture has content: bool[Y, X].

    The local standard deviation of the blurred grey picture, over 201 x 151 pixels, is more than
    2.5 levels; its square is compared.
    """
    weights_N = np.exp(-0.5 * (np.arange(-BLUR_RADIUS, BLUR_RADIUS + 1) / BLUR_SIGMA) ** 2)
    weights_N /= weights_N.sum()
    blurred_YX = cv2.sepFilter2D(
        gray(image_YXC), cv2.CV_64F, weights_N, weights_N, borderType=cv2.BORDER_REFLECT_101
    )
    size, edges = (BOX_WIDE, BOX_HIGH), cv2.BORDER_REFLECT
    mean_YX = cv2.boxFilter(blurred_YX, cv2.CV_64F, size, borderType=edges)
    square_YX = cv2.sqrBoxFilter(blurred_YX, cv2.CV_64F, size, dst=blurred_YX, borderType=edges)
    square_YX -= np.multiply(mean_YX, mean_YX, out=mean_YX)
    return square_YX > (STD_CLIP * STD_CONTENT) ** 2


def crop(height: int, width: int) -> tuple[slice, slice]:
    """The middle of a picture, without its head, foot and sides."""
    side = int(width * CROP_SIDE)
    return (
        slice(int(height * CROP_TOP), height - int(height * CROP_BOTTOM)),
        slice(side, width - side),
    )


def content_ratios(mask_YX: np.ndarray) -> tuple[float, float]:
    """Shares of a picture and of its middle that have content."""
    middle_YX = mask_YX[crop(*mask_YX.shape)]
    return _share(mask_YX), _share(middle_YX)


def _share(mask_YX: np.ndarray) -> float:
    """The mean of a mask, which counting gives ten times as fast."""
    return float(np.count_nonzero(mask_YX) / mask_YX.size)


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
