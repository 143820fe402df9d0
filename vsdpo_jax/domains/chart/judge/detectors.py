"""The detectors of the chart rubric, one an axis: ``Scene -> Reading``."""

from __future__ import annotations

from collections.abc import Callable

from vsdpo_jax.domains.chart.judge.detectors_contrast import detect_contrast
from vsdpo_jax.domains.chart.judge.detectors_data import detect_range
from vsdpo_jax.domains.chart.judge.detectors_empty import detect_empty
from vsdpo_jax.domains.chart.judge.detectors_layout import detect_legend, detect_ticks
from vsdpo_jax.domains.chart.judge.detectors_overlap import detect_overlap
from vsdpo_jax.domains.chart.judge.detectors_text import detect_clip, detect_tiny
from vsdpo_jax.domains.chart.paint.scene import Scene
from vsdpo_jax.domains.rubric import Reading

DETECTORS: dict[str, Callable[[Scene], Reading]] = {
    "overlap": detect_overlap,
    "clip": detect_clip,
    "legend": detect_legend,
    "ticks": detect_ticks,
    "contrast": detect_contrast,
    "tiny": detect_tiny,
    "empty": detect_empty,
    "range": detect_range,
}
"""Every axis that needs the picture alone; content needs the task, ref_* a reference."""


def detect(scene: Scene) -> dict[str, Reading]:
    """Run every detector on a painted chart: axis -> reading."""
    return {axis: detector(scene) for axis, detector in DETECTORS.items()}
