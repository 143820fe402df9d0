"""Questions to the evidence of a mark: what of it does a person see in the finished picture?"""

from __future__ import annotations

import numpy as np

from vsdpo_jax.domains.chart.paint.scene import Mark


def visible_share(mark: Mark) -> float:
    """The share of its ink that is seen; of marks that were not measured, whether any is there."""
    if mark.evidence is None:
        return float(mark.region is not None)
    return mark.evidence.visible


def seen_in(mark: Mark, box_px: tuple[float, float, float, float]) -> float:
    """The share of a mark's ink inside a box (x, y, width, height) that is seen; 0 without ink.

    A mark that was not measured counts as its box: 1 where ``region`` meets the box.
    """
    x, y, width, height = box_px
    if mark.evidence is None:
        if mark.region is None:
            return 0.0
        left, top, across, down = mark.region
        meets = left <= x + width and x <= left + across and top <= y + height and y <= top + down
        return float(meets)
    places_N2 = mark.evidence.places_N2
    inside = (
        (places_N2[:, 0] >= x)
        & (places_N2[:, 0] <= x + width)
        & (places_N2[:, 1] >= y)
        & (places_N2[:, 1] <= y + height)
    )
    return float(mark.evidence.seen_N[inside].mean()) if inside.any() else 0.0


def ink_count(mark: Mark) -> int:
    """Pixels that a mark inked; of marks that were not measured, their box's."""
    if mark.evidence is None:
        box = mark.region
        return 0 if box is None else int(np.ceil(max(box[2], 1.0) * max(box[3], 1.0)))
    return mark.evidence.ink_px
