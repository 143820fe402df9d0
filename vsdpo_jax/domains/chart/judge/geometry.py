"""Boxes and slanted text rectangles. Boxes are (x, y, width, height) in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from vsdpo_jax.records import Box

Point = tuple[float, float]

_UPRIGHT_DEG = 5.0
"""Slants below this are read as upright: the box and the slanted rectangle are then the same."""
_ILL_POSED_DEG = 12.0
"""Near 45 degrees a box no longer tells width from height; the font size gives the height."""


def area(box: Box | None) -> float:
    """Area in square pixels; 0 for None."""
    return 0.0 if box is None else max(box[2], 0.0) * max(box[3], 0.0)


def union(boxes: Iterable[Box]) -> Box | None:
    """The smallest box around all; None for no box."""
    rows = list(boxes)
    if not rows:
        return None
    left = min(b[0] for b in rows)
    top = min(b[1] for b in rows)
    right = max(b[0] + b[2] for b in rows)
    bottom = max(b[1] + b[3] for b in rows)
    return (left, top, right - left, bottom - top)


def common_box(first: Box, second: Box) -> Box | None:
    """The box inside both; None when they do not meet."""
    left, top = max(first[0], second[0]), max(first[1], second[1])
    right = min(first[0] + first[2], second[0] + second[2])
    bottom = min(first[1] + first[3], second[1] + second[3])
    if right <= left or bottom <= top:
        return None
    return (left, top, right - left, bottom - top)


def intersection(first: Box, second: Box) -> float:
    """Common area in square pixels."""
    return area(common_box(first, second))


def areas(boxes_N4: np.ndarray) -> np.ndarray:
    """float64[N] areas of boxes."""
    return np.maximum(boxes_N4[:, 2], 0.0) * np.maximum(boxes_N4[:, 3], 0.0)


def common_areas(boxes_N4: np.ndarray, box: Box) -> np.ndarray:
    """float64[N]: the area that each of many boxes has in common with one."""
    x_N, y_N, width_N, height_N = boxes_N4.T
    across_N = np.minimum(x_N + width_N, box[0] + box[2]) - np.maximum(x_N, box[0])
    down_N = np.minimum(y_N + height_N, box[1] + box[3]) - np.maximum(y_N, box[1])
    return np.maximum(across_N, 0.0) * np.maximum(down_N, 0.0)


def iou(first: Box, second: Box) -> float:
    """Intersection over union; 0 when both are empty."""
    common = intersection(first, second)
    total = area(first) + area(second) - common
    return common / total if total > 0 else 0.0


def center(box: Box) -> Point:
    """The middle (x, y)."""
    return (box[0] + box[2] / 2, box[1] + box[3] / 2)


def overlapping_pairs(boxes: Sequence[Box]) -> list[tuple[int, int]]:
    """Index pairs (i < j) whose boxes share area."""
    if len(boxes) < 2:
        return []
    x, y, width, height = np.asarray(boxes, dtype=np.float64).T
    common_x = np.minimum.outer(x + width, x + width) - np.maximum.outer(x, x)
    common_y = np.minimum.outer(y + height, y + height) - np.maximum.outer(y, y)
    first, second = np.nonzero(np.triu((common_x > 0) & (common_y > 0), k=1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def is_upright(rotation_deg: float) -> bool:
    """Whether text at this angle fills its box (0, 90, 180, 270 degrees)."""
    return abs((rotation_deg + 45.0) % 90.0 - 45.0) < _UPRIGHT_DEG


def text_size(box: Box, rotation_deg: float, font_size_px: float) -> tuple[float, float]:
    """Length along the writing and height across it of a text, from its upright box.

    A rectangle a x b turned by t fills a box of a|cos t| + b|sin t| by a|sin t| + b|cos t|; this
    solves for a and b, except near 45 degrees, where b is taken from the font size.
    """
    turn = math.radians(rotation_deg)
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    _, _, width, height = box
    if is_upright(rotation_deg):
        return (width, height) if cos > sin else (height, width)
    if abs(rotation_deg % 90.0 - 45.0) < _ILL_POSED_DEG:
        across = min(font_size_px, width, height)
        along = (width + height) / (cos + sin) - across
    else:
        determinant = cos * cos - sin * sin
        along = (width * cos - height * sin) / determinant
        across = (height * cos - width * sin) / determinant
        across = min(max(across, 1.0), 1.5 * font_size_px)
    return max(along, across), across


def text_polygon(box: Box, rotation_deg: float, font_size_px: float) -> list[Point]:
    """Corners of the slanted rectangle that a text fills inside its upright box."""
    x, y = center(box)
    if is_upright(rotation_deg):
        half_x, half_y, turn = box[2] / 2, box[3] / 2, 0.0
    else:
        along, across = text_size(box, rotation_deg, font_size_px)
        half_x, half_y, turn = along / 2, across / 2, math.radians(-rotation_deg)  # y points down
    cos, sin = math.cos(turn), math.sin(turn)
    corners = ((-half_x, -half_y), (half_x, -half_y), (half_x, half_y), (-half_x, half_y))
    return [(x + u * cos - v * sin, y + u * sin + v * cos) for u, v in corners]


def polygon_area(polygon: Sequence[Point]) -> float:
    """Area by the shoelace formula."""
    total = 0.0
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
        total += x0 * y1 - x1 * y0
    return abs(total) / 2


def polygon_intersection(subject: Sequence[Point], clip: Sequence[Point]) -> float:
    """Common area of two convex polygons with the same sense of rotation (Sutherland-Hodgman)."""
    output = list(subject)
    for start, end in zip(clip, [*clip[1:], *clip[:1]], strict=True):
        points, output = output, []
        for previous, current in zip([*points[-1:], *points[:-1]], points, strict=True):
            before, after = _side(start, end, previous), _side(start, end, current)
            if (before >= 0) != (after >= 0):
                share = before / (before - after)
                output.append(
                    (
                        previous[0] + share * (current[0] - previous[0]),
                        previous[1] + share * (current[1] - previous[1]),
                    )
                )
            if after >= 0:
                output.append(current)
        if not output:
            return 0.0
    return polygon_area(output)


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
