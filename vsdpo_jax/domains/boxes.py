"""Boxes ``(x, y, width, height)`` in pixels of the picture."""

from __future__ import annotations

from collections.abc import Iterable

from vsdpo_jax.records import Box

EMPTY: Box = (0.0, 0.0, 0.0, 0.0)


def right(box: Box) -> float:
    return box[0] + box[2]


def bottom(box: Box) -> float:
    return box[1] + box[3]


def area(box: Box) -> float:
    return max(box[2], 0.0) * max(box[3], 0.0)


def union(boxes: Iterable[Box]) -> Box | None:
    """The box around all that have an area; None where none has."""
    boxes = [box for box in boxes if area(box) > 0]
    if not boxes:
        return None
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return (left, top, max(map(right, boxes)) - left, max(map(bottom, boxes)) - top)


def intersect(first: Box, second: Box) -> Box:
    """What two boxes share; width or height is 0 where that is nothing."""
    left, top = max(first[0], second[0]), max(first[1], second[1])
    width = min(right(first), right(second)) - left
    height = min(bottom(first), bottom(second)) - top
    return (left, top, max(width, 0.0), max(height, 0.0))


def shared(low: float, size: float, other_low: float, other_size: float) -> float:
    """How much of the shorter of two stretches lies in the other, in [0, 1]."""
    common = min(low + size, other_low + other_size) - max(low, other_low)
    return max(common, 0.0) / max(min(size, other_size), 1e-6)


def gaps(first: Box, second: Box) -> tuple[float, float]:
    """How far apart two boxes are along x and along y; 0 where they share a stretch."""
    across = max(first[0] - right(second), second[0] - right(first), 0.0)
    down = max(first[1] - bottom(second), second[1] - bottom(first), 0.0)
    return across, down


def excess(inner: Box, outer: Box) -> tuple[float, float, float, float]:
    """How far a box sticks out of another: left, top, right, bottom; negative inside."""
    return (
        outer[0] - inner[0],
        outer[1] - inner[1],
        right(inner) - right(outer),
        bottom(inner) - bottom(outer),
    )
