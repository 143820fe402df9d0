"""All detectors that need neither what was asked nor a reference."""

from __future__ import annotations

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.web.judge.detectors_clip import detect_clip
from vsdpo_jax.domains.web.judge.detectors_images import detect_images
from vsdpo_jax.domains.web.judge.detectors_layout import detect_layout, detect_overflow
from vsdpo_jax.domains.web.judge.detectors_overlap import detect_overlap
from vsdpo_jax.domains.web.judge.detectors_text import detect_contrast, detect_hidden, detect_tiny
from vsdpo_jax.domains.web.judge.view import View

DETECTORS = {
    "overlap": detect_overlap,
    "clip": detect_clip,
    "hidden": detect_hidden,
    "contrast": detect_contrast,
    "tiny": detect_tiny,
    "overflow": detect_overflow,
    "images": detect_images,
    "layout": detect_layout,
}


def detect(view: View) -> dict[str, Reading]:
    """Axis -> reading, in the order of the rubric."""
    return {axis: detector(view) for axis, detector in DETECTORS.items()}
