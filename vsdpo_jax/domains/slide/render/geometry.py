"""Boxes in the plane, y downwards, angles clockwise in degrees."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vsdpo_jax.records import Box

FAR = 1e6
"""No coordinate lies farther out, in pixels: what a file puts beyond is put there."""


def clamp(value: float) -> float:
    """A coordinate within FAR; what is no number is 0."""
    if -FAR <= value <= FAR:
        return value
    return math.copysign(FAR, value) if math.isfinite(value) else 0.0


def clamped(box: Box) -> Box:
    """A box whose corners are within FAR."""
    x, y = clamp(box[0]), clamp(box[1])
    return x, y, max(clamp(box[0] + box[2]) - x, 0.0), max(clamp(box[1] + box[3]) - y, 0.0)


def center(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def turned(point: tuple[float, float], about: tuple[float, float], degrees: float):
    """A point after a turn; exact for quarters."""
    quarter, rest = divmod(degrees, 90.0)
    if rest == 0.0:
        cosine, sine = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4]
    else:
        angle = math.radians(degrees)
        cosine, sine = math.cos(angle), math.sin(angle)
    dx, dy = point[0] - about[0], point[1] - about[1]
    return about[0] + cosine * dx - sine * dy, about[1] + sine * dx + cosine * dy


def upright(box: Box, degrees: float, about: tuple[float, float] | None = None) -> Box:
    """The upright box around a turned one.

    Args:
      about: the middle of the turn; None: of the box.
    """
    if degrees % 360.0 == 0.0:
        return box
    middle = center(box) if about is None else about
    x, y, width, height = box
    corners = ((x, y), (x + width, y), (x, y + height), (x + width, y + height))
    return around([turned(corner, middle, degrees) for corner in corners])


def around(points: Sequence[tuple[float, float]]) -> Box:
    """The upright box around points."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def union(boxes: Iterable[Box]) -> Box | None:
    """The box around boxes; None around none."""
    corners = [c for x, y, w, h in boxes for c in ((x, y), (x + w, y + h))]
    return around(corners) if corners else None


def shared(first: Box, second: Box) -> float:
    """The area that two boxes share."""
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return across * down if across > 0 and down > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Placement:
    """How the space of a group's children lies on the slide.

    A child's frame keeps its sides and is turned as a whole, as in the files: its middle moves with
    the group, its own turn is added to the group's.

    Attributes:
      scale_x, scale_y, offset_x, offset_y: of the group's inner space, before its turns.
      turns: (middle, degrees, mirrored left to right, mirrored top to bottom), innermost first.
    """

    scale_x: float = 1.0
    scale_y: float = 1.0
    offset_x: float = 0.0
    offset_y: float = 0.0
    turns: tuple[tuple[tuple[float, float], float, bool, bool], ...] = ()

    def place(self, box: Box, degrees: float, flip: tuple[bool, bool]):
        """Frame, turn and mirroring on the slide of a child's own ones."""
        x, y = box[0] * self.scale_x + self.offset_x, box[1] * self.scale_y + self.offset_y
        width, height = box[2] * self.scale_x, box[3] * self.scale_y
        middle = (x + width / 2, y + height / 2)
        across, down = flip
        for pivot, turn, is_across, is_down in self.turns:
            if is_across:
                middle, degrees, across = (
                    (2 * pivot[0] - middle[0], middle[1]),
                    -degrees,
                    not across,
                )
            if is_down:
                middle, degrees, down = (middle[0], 2 * pivot[1] - middle[1]), -degrees, not down
            middle, degrees = turned(middle, pivot, turn), degrees + turn
        frame = (middle[0] - width / 2, middle[1] - height / 2, width, height)
        return frame, degrees % 360.0, (across, down)

    def inside(self, outer: Box, inner: Box, degrees: float, flip: tuple[bool, bool]) -> Placement:
        """The placement of what a group holds.

        Args:
          outer: where the group lies in its own parent's space.
          inner: the box in its inner space that fills it.
          degrees, flip: of the group.
        """
        wide = outer[2] / inner[2] if inner[2] else 1.0
        high = outer[3] / inner[3] if inner[3] else 1.0
        frame = (
            outer[0] * self.scale_x + self.offset_x,
            outer[1] * self.scale_y + self.offset_y,
            outer[2] * self.scale_x,
            outer[3] * self.scale_y,
        )
        turn = (center(frame), degrees, *flip)
        is_plain = not degrees and not any(flip)
        return Placement(
            scale_x=self.scale_x * wide,
            scale_y=self.scale_y * high,
            offset_x=frame[0] - inner[0] * wide * self.scale_x,
            offset_y=frame[1] - inner[1] * high * self.scale_y,
            turns=self.turns if is_plain else (turn, *self.turns),
        )
