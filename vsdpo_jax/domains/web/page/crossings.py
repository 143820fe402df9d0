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
    low_M2, high_M2 = box_M5[:, 1:3], box_M5[:, 1:3] + box_M5[:, 3:]
    # Children come after their parent: who is around whom is a matter of indices.
    last = np.array(last_descendants(elements))
    other_M = box_M5[:, 0].astype(int)
    for number, owner in enumerate(owner_N):
        left, top, right, bottom = zone_N4[number]
        across_M = np.minimum(high_M2[:, 0], right) - np.maximum(low_M2[:, 0], left)
        down_M = np.minimum(high_M2[:, 1], bottom) - np.maximum(low_M2[:, 1], top)
        is_around_M = (other_M <= owner) & (owner <= last[other_M])
        is_within_M = (owner <= other_M) & (other_M <= last[owner])
        meets_M = (across_M >= LEAST_PX) & (down_M >= LEAST_PX)
        result_N[number] = np.any(meets_M & ~is_around_M & ~is_within_M)
    return result_N


def paints(element: PageElement) -> bool:
    """Whether an element shows something of its own beside its text."""
    style = element.style
    return element.shown and (
        element.tag in _SOLID
        or style["background-color"] not in _CLEAR
        or style["background-image"] != "none"
        or any(style[f"border-{side}-width"] != "0px" for side in ("top", "left"))
    )
