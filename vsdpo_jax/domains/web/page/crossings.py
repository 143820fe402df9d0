"""Which texts a painted box of something else crosses, so that they may be covered.

The ink that is seen within a line may be that of a text on the cover: it is no sign that the line
itself is seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsdpo_jax.domains.web.page.records import PageElement, last_descendants

LEAST_PX = 2.0
"""By which a box has to reach into a line in both directions: edges of neighbours may touch."""
_TOGETHER, _BOXES = 64, 4096
"""Lines and boxes that are compared at once; lines from the top down, so few boxes are near."""
_SOLID = frozenset({"img", "canvas", "video", "iframe", "object", "embed", "input", "button",
                    "select", "textarea", "progress", "meter"})  # fmt: skip
_CLEAR = ("rgba(0, 0, 0, 0)", "transparent")


def crossed(
    elements: Sequence[PageElement],
    owner_N: Sequence[int],
    zone_N4: np.ndarray,
) -> np.ndarray:
    """Which lines a box crosses that paints something and holds neither them nor is within.

    Args:
      elements: of the page.
      owner_N: index of the element whose text each of N lines is.
      zone_N4: left, top, right, bottom of where its letters are.

    Returns:
      bool[N].
    """
    result_N = np.zeros(len(owner_N), bool)
    painted = [element for element in elements if paints(element)]
    if not painted or not len(owner_N):
        return result_N
    boxes = [(e.index, *box) for e in painted for box in (e.fragments or (e.clip,))]
    box_M5 = np.array(boxes, np.float64)
    box_M4 = np.concatenate([box_M5[:, 1:3], box_M5[:, 1:3] + box_M5[:, 3:]], 1)
    other_M, last = box_M5[:, 0].astype(int), np.array(last_descendants(elements))
    owners, order_N = np.array(owner_N), np.argsort(zone_N4[:, 1], kind="stable")
    for start in range(0, len(order_N), _TOGETHER):
        group_K = order_N[start : start + _TOGETHER]
        top, bottom = zone_N4[group_K, 1].min(), zone_N4[group_K, 3].max()
        near_L = np.flatnonzero((box_M4[:, 1] < bottom) & (box_M4[:, 3] > top))
        for first in range(0, len(near_L), _BOXES):
            some_L = near_L[first : first + _BOXES]
            result_N[group_K] |= _crossed(
                zone_N4[group_K], owners[group_K], box_M4[some_L], other_M[some_L], last
            )
    return result_N


def _crossed(
    zone_K4: np.ndarray,
    owner_K: np.ndarray,
    box_L4: np.ndarray,
    other_L: np.ndarray,
    last: np.ndarray,
) -> np.ndarray:
    """bool[K]: ``crossed`` for some lines and boxes (left, top, right, bottom)."""
    low_KL2 = np.maximum(zone_K4[:, None, :2], box_L4[None, :, :2])
    high_KL2 = np.minimum(zone_K4[:, None, 2:], box_L4[None, :, 2:])
    meets_KL = (high_KL2 - low_KL2 >= LEAST_PX).all(-1)
    # Children come after their parent: who is around whom is a matter of indices.
    owner_K1 = owner_K[:, None]
    is_around_KL = (other_L <= owner_K1) & (owner_K1 <= last[other_L])
    is_within_KL = (owner_K1 <= other_L) & (other_L <= last[owner_K1])
    return np.any(meets_KL & ~is_around_KL & ~is_within_KL, axis=1)


def paints(element: PageElement) -> bool:
    """Whether an element shows something of its own beside its text."""
    style = element.style
    return element.shown and (
        element.tag in _SOLID
        or style["background-color"] not in _CLEAR
        or style["background-image"] != "none"
        or any(style[f"border-{side}-width"] != "0px" for side in ("top", "left"))
    )
