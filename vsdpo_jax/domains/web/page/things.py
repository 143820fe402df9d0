"""What a person sees of pictures and form fields."""

from __future__ import annotations

import numpy as np

from vsdpo_jax.domains.colors import difference
from vsdpo_jax.domains.web.page.evidence import SEEN, seen_map
from vsdpo_jax.records import Box

PLAIN = 0.02
"""Share of a picture's pixels unlike its commonest colour, below which it shows nothing."""
OUTLINED = 0.5
"""Share of a field's edge that tells it from what is around it, from which the field is seen."""

_STRIP = 3  # pixels inside the edge of a field in which its border lies
_AROUND = 2  # pixels outside of it where its surroundings are


def pixels_of(box: Box, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a box inside a picture."""
    x, y, across, down = box
    x0, y0 = int(np.clip(round(x), 0, width)), int(np.clip(round(y), 0, height))
    x1, y1 = int(np.clip(round(x + across), x0, width)), int(np.clip(round(y + down), y0, height))
    return slice(y0, y1), slice(x0, x1)


def is_plain(image_YXC: np.ndarray) -> bool:
    """Whether a part of a picture has one colour as people see it."""
    pixels_N3 = image_YXC.reshape(-1, 3)
    if not len(pixels_N3):
        return True
    pixels_N3 = pixels_N3[:: -(-len(pixels_N3) // 20_000)]
    middle_3 = np.rint(np.median(pixels_N3, axis=0)).astype(np.uint8)
    return float(np.mean(difference(pixels_N3, middle_3[None]) >= SEEN)) < PLAIN


def edge_share(image_YXC: np.ndarray, box: Box) -> float:
    """The share of a field's edge at which it differs from its surroundings, in [0, 1]."""
    height, width = image_YXC.shape[:2]
    rows, columns = pixels_of(box, height, width)
    y0, y1, x0, x1 = rows.start, rows.stop, columns.start, columns.stop
    if y1 - y0 < 2 or x1 - x0 < 2:
        return 0.0
    found = []
    for strip_KN3, around_N3 in (
        (image_YXC[y0 : y0 + _STRIP, x0:x1], image_YXC[max(y0 - _AROUND, 0), x0:x1]),
        (image_YXC[y1 - _STRIP : y1, x0:x1], image_YXC[min(y1 + _AROUND - 1, height - 1), x0:x1]),
        (
            image_YXC[y0:y1, x0 : x0 + _STRIP].swapaxes(0, 1),
            image_YXC[y0:y1, max(x0 - _AROUND, 0)],
        ),
        (
            image_YXC[y0:y1, x1 - _STRIP : x1].swapaxes(0, 1),
            image_YXC[y0:y1, min(x1 + _AROUND - 1, width - 1)],
        ),
    ):
        found.append((difference(strip_KN3, around_N3[None]) >= SEEN).any(0))
    return float(np.mean(np.concatenate(found)))


def changed_share(image_YXC: np.ndarray, without_YXC: np.ndarray, box: Box) -> float:
    """The share of a box's pixels that change when what is in it is taken away."""
    rows, columns = pixels_of(box, *image_YXC.shape[:2])
    part_YXC = image_YXC[rows, columns]
    if part_YXC.size == 0:
        return 0.0
    return float(seen_map(part_YXC, np.ascontiguousarray(without_YXC[rows, columns])).mean())


def changed_edge(image_YXC: np.ndarray, without_YXC: np.ndarray, box: Box) -> float:
    """The share of a field's edge that changes when the field is taken away."""
    height, width = image_YXC.shape[:2]
    rows, columns = pixels_of(box, height, width)
    part_YXC = np.ascontiguousarray(image_YXC[rows, columns])
    if min(part_YXC.shape[:2]) < 2:
        return 0.0
    seen_YX = seen_map(part_YXC, np.ascontiguousarray(without_YXC[rows, columns]))
    sides = (seen_YX[:_STRIP].any(0), seen_YX[-_STRIP:].any(0))
    flanks = (seen_YX[:, :_STRIP].any(1), seen_YX[:, -_STRIP:].any(1))
    return float(np.mean(np.concatenate([*sides, *flanks])))
