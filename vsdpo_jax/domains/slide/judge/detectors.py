"""All detectors that need nothing of what was asked."""

from __future__ import annotations

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.judge.detectors_collision import detect_collision
from vsdpo_jax.domains.slide.judge.detectors_frame import (
    detect_aspect_ratio,
    detect_imbalance,
    detect_whitespace,
)
from vsdpo_jax.domains.slide.judge.detectors_layout import (
    detect_alignment,
    detect_images,
    detect_placeholders,
)
from vsdpo_jax.domains.slide.judge.detectors_text import (
    detect_contrast,
    detect_overflow,
    detect_tiny,
)
from vsdpo_jax.domains.slide.judge.view import View

DETECTORS = {
    "aspect_ratio": detect_aspect_ratio,
    "whitespace": detect_whitespace,
    "collision": detect_collision,
    "imbalance": detect_imbalance,
    "overflow": detect_overflow,
    "contrast": detect_contrast,
    "tiny": detect_tiny,
    "alignment": detect_alignment,
    "images": detect_images,
    "placeholders": detect_placeholders,
}


def detect(view: View) -> dict[str, Reading]:
    """Axis -> reading, in the order of the rubric."""
    return {axis: detector(view) for axis, detector in DETECTORS.items()}
