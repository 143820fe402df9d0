"""The four numbers of a slide, in [0, 1].

Aspect ratio and whitespace are the published formulas. The rule of imbalance is published, its
reward is not; of collision nothing is: docs/benchmarks.md says which constants are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vsdpo_jax.domains.boxes import area, intersect
from vsdpo_jax.domains.slide.domain import DOMAIN as SLIDE
from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.aeslides import Balance
from vsdpo_jax.records import Box

AXES = ("aspect_ratio", "whitespace", "collision", "imbalance")
STEEPNESS, PER_PAIR, MOST_PAIRS = 12.0, 0.9, 10
HALF_AT = 3.0
"""Distance of the centre of weight, in official tolerances, at which the score is a half."""
COLLISION = {name: SLIDE.options[name] for name in ("collision_share", "collision_px")}
"""When two things collide: settings of the slide domain, as AeSlides publishes no rule."""
_CELL = 4


def balanced(balance: Balance) -> float:
    """1 within the official tolerance, falling as a Gaussian beyond it."""
    beyond = max(0.0, balance.score - 1.0) / (HALF_AT - 1.0)
    return math.exp(-math.log(2.0) * beyond**2)


def filled(image_YXC: np.ndarray) -> float:
    """The official smoothstep of the share of the picture's middle that has content."""
    _, middle = aeslides.content_ratios(aeslides.content_mask(image_YXC))
    return aeslides.smoothstep(middle)


def apart(
    boxes: Sequence[Box],
    pairs: Sequence[tuple[int, int]],
    size: tuple[int, int],
    settings: Mapping[str, Any],
) -> float:
    """exp(-12 s) 0.9^(pairs - 1), s the shared area of colliding pairs over that of all content.

    Args:
      boxes: of all content.
      pairs: of them, those that may collide.
      size: width and height of the picture.
      settings: a value for each of COLLISION.
    """
    share, short_px = settings["collision_share"], settings["collision_px"]
    shared = []
    for first, second in pairs:
        both = intersect(boxes[first], boxes[second])
        smaller = min(area(boxes[first]), area(boxes[second]))
        if min(both[2:]) >= short_px and smaller > 0 and area(both) > share * smaller:
            shared.append(both)
    total = _covered(boxes, size)
    severity = _covered(shared, size) / total if total else 0.0
    further = min(max(len(shared) - 1, 0), MOST_PAIRS)
    return math.exp(-STEEPNESS * severity) * PER_PAIR**further


def _covered(boxes: Sequence[Box], size: tuple[int, int]) -> float:
    """Area that boxes cover together, on a grid."""
    grid = np.zeros((size[1] // _CELL + 1, size[0] // _CELL + 1), bool)
    for x, y, width, height in boxes:
        rows = slice(max(round(y / _CELL), 0), max(math.ceil((y + height) / _CELL), 0))
        columns = slice(max(round(x / _CELL), 0), max(math.ceil((x + width) / _CELL), 0))
        grid[rows, columns] = True
    return float(grid.sum()) * _CELL**2
