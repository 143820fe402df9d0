"""What CLIP is shown of a page: its picture without texts, as Design2Code squashes it.

The benchmark paints texts over (``benchmarks``); here the browser has drawn the page without them,
which leaves what lies behind a text as it is.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from vsdpo_jax.domains.web.judge.rubric import CLIP
from vsdpo_jax.records import Box, Defect

SIDE = 224
"""Of the tower's pictures, pixels."""


def squashed(image_YXC: np.ndarray) -> np.ndarray:
    """uint8[SIDE, SIDE, 3]: a picture squashed to a square of its shorter side, then resized.

    Args:
      image_YXC: uint8[Y, X, 3].
    """
    side = min(image_YXC.shape[:2])
    square = Image.fromarray(image_YXC).resize((side, side), Image.Resampling.LANCZOS)
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def unlike(region: Box) -> Defect:
    """The defect of a page that looks unlike its reference.

    Args:
      region: where they differ most.
    """
    return Defect(
        axis=CLIP,
        kind="looks_differ",
        region=region,
        severity=1,
        message="without its texts the page looks unlike the reference to CLIP",
    )
