"""Axes that compare a chart with a reference picture: text, layout, chart type, colour, look.

ChartMimic's formulas (``agreement.py``, which its scorer uses too) on what is seen in two finished
pictures, in place of what a program called: so that nothing hidden counts. The look stands for its
judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from vsdpo_jax.domains.chart.judge.agreement import (
    ONE,
    Color,
    assigned,
    assignment,
    common,
)
from vsdpo_jax.domains.chart.judge.content.check import main_box
from vsdpo_jax.domains.chart.judge.parts import TICK_ROLES, Part, data_marks, is_inked, texts
from vsdpo_jax.domains.chart.judge.rubric import OPTIONS
from vsdpo_jax.domains.chart.paint.scene import Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect

SSIM_WIDTH_PX = 128
"""Pictures are compared at this width: shapes count, anti-aliasing does not."""
SSIM_WINDOW_PX = 7


def compare(
    scene: Scene, reference: Scene, settings: Mapping[str, float] = OPTIONS
) -> dict[str, Reading]:
    """The reference axes of a painted chart: axis -> reading, score in [0, 1].

    Args:
      scene, reference: the pictures.
      settings: the scores from which an axis is satisfied (``rubric.OPTIONS``).
    """
    compared = {
        "ref_text": compare_texts,
        "ref_layout": compare_layout,
        "ref_type": compare_types,
        "ref_color": compare_colors,
        "ref_visual": compare_looks,
    }
    return {
        axis: measure(scene, reference, settings[f"min_{axis}"])
        for axis, measure in compared.items()
    }


def compare_texts(scene: Scene, reference: Scene, least: float) -> Reading:
    """F1 of the multisets of texts, tick labels left out."""
    drawn, wanted = _said(scene), _said(reference)
    score = common([p.text for p in drawn], [p.text for p in wanted], empty=ONE)["f1"]
    if score >= least:
        return Reading(score=score)
    wrong, missing = _unmatched([(p.text, p.place) for p in drawn], [p.text for p in wanted])
    defects = [
        _defect("ref_text", "text_differs", box, f"the reference has no text '{text}'")
        for text, box in wrong
    ]
    for text in missing:
        message = f"the text '{text}' of the reference is missing"
        defects.append(_defect("ref_text", "text_absent", main_box(scene), message))
    notes = [f"missing '{text}'" for text in missing] + [f"extra '{text}'" for text, _ in wrong]
    return Reading(defects=tuple(defects), notes=tuple(notes), score=score)


def _said(scene: Scene) -> list[Part]:
    return [p for p in texts(scene) if p.role not in TICK_ROLES and p.region is not None]


def _unmatched(
    drawn: Sequence[tuple[str, Box]], wanted: Sequence[str]
) -> tuple[list[tuple[str, Box]], list[str]]:
    """What is drawn and not wanted, and what is wanted and not drawn, each as often as it is."""
    left = Counter(wanted)
    extra = []
    for text, box in drawn:
        if left[text] > 0:
            left[text] -= 1
        else:
            extra.append((text, box))
    return extra, list(left.elements())


def compare_layout(scene: Scene, reference: Scene, least: float) -> Reading:
    """F1 of the multisets of grid places (rows, columns, first and last cell) of the axes."""
    drawn, wanted = _grid(scene), _grid(reference)
    score = common(list(drawn.elements()), list(wanted.elements()), empty=ONE)["f1"]
    if score >= least:
        return Reading(score=score)
    words = f"{drawn.total()} axes for {wanted.total()}"
    if drawn.total() == wanted.total():
        words = "axes placed otherwise"
    boxes = [a.region for a in scene.axes if a.is_visible and (wanted[a.grid_spec] == 0)]
    message = f"the grid of axes differs from the reference: {words}"
    return Reading(
        defects=tuple(
            _defect("ref_layout", "layout_differs", box, message)
            for box in boxes or [main_box(scene)]
        ),
        notes=(words,),
        score=score,
    )


def _grid(scene: Scene) -> Counter[tuple[int, ...] | None]:
    return Counter(a.grid_spec for a in scene.axes if a.is_visible)


def compare_types(scene: Scene, reference: Scene, least: float) -> Reading:
    """F1 of the multisets of data artist types."""
    drawn, wanted = _types(scene), _types(reference)
    score = common(list(drawn.values()), list(wanted.values()), empty=ONE)["f1"]
    if score >= least:
        return Reading(score=score)
    surplus = Counter(drawn.values()) - Counter(wanted.values())
    missing = Counter(wanted.values()) - Counter(drawn.values())
    regions = {m.artist: m.region for m in data_marks(scene) if m.region is not None}
    defects = [
        _defect("ref_type", "type_differs", regions[artist], f"the reference has no such {kind}")
        for artist, kind in drawn.items()
        if surplus[kind] > 0 and artist in regions
    ]
    for kind, count in missing.items():
        message = f"{count} {kind} of the reference are missing"
        defects.append(_defect("ref_type", "type_absent", main_box(scene), message))
    notes = [f"missing {count} {kind}" for kind, count in missing.items()]
    notes += [f"extra {count} {kind}" for kind, count in surplus.items()]
    return Reading(defects=tuple(defects), notes=tuple(notes), score=score)


def _types(scene: Scene) -> dict[int, str]:
    return {m.artist: m.artist_type for m in data_marks(scene) if is_inked(m)}


def compare_colors(scene: Scene, reference: Scene, least: float) -> Reading:
    """F1 of the sets of data colours, the most similar of equal types of marks to each other."""
    drawn, wanted = _colors(scene), _colors(reference)
    score = assigned(drawn, wanted, empty=ONE)["f1"]
    if score >= least:
        return Reading(score=score)
    alike = [(i, j) for i, j, similarity in assignment(drawn, wanted) if similarity >= least]
    kept, met = {i for i, _ in alike}, {j for _, j in alike}
    extra = [color for i, color in enumerate(drawn) if i not in kept]
    missing = [color for j, color in enumerate(wanted) if j not in met]
    defects = [
        _defect("ref_color", "color_differs", mark.region, f"{hexed} is not in the reference")
        for kind, hexed in extra
        for mark in data_marks(scene)
        if (mark.artist_type, _hex(mark.color_rgba)) == (kind, hexed) and mark.region is not None
    ]
    if not defects:
        hexes = ", ".join(hexed for _, hexed in missing)
        message = f"colours of the reference are missing: {hexes}"
        defects = [_defect("ref_color", "color_absent", main_box(scene), message)]
    notes = [f"missing {hexed}" for _, hexed in missing] + [f"extra {hexed}" for _, hexed in extra]
    return Reading(defects=tuple(defects), notes=tuple(notes), score=score)


def _colors(scene: Scene) -> list[Color]:
    """The different colours of the data by type of mark, in drawing order."""
    marks = [mark for mark in data_marks(scene) if is_inked(mark)]
    return list(dict.fromkeys((mark.artist_type, _hex(mark.color_rgba)) for mark in marks))


def _hex(rgba: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in rgba[:3])


def compare_looks(scene: Scene, reference: Scene, least: float) -> Reading:
    """Structural similarity of the grey pictures at SSIM_WIDTH_PX, in [0, 1]."""
    height = max(round(SSIM_WIDTH_PX * reference.height_px / reference.width_px), SSIM_WINDOW_PX)
    size = (SSIM_WIDTH_PX, height)
    score = ssim(_grey(scene.image_YXC, size), _grey(reference.image_YXC, size))
    if score >= least:
        return Reading(score=score)
    whole = (0.0, 0.0, float(scene.width_px), float(scene.height_px))
    message = f"the picture looks unlike the reference (similarity {score:.2f})"
    defect = _defect("ref_visual", "looks_differ", whole, message)
    return Reading(defects=(defect,), notes=(f"similarity {score:.2f}",), score=score)


def _grey(image_YXC: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    resized = Image.fromarray(image_YXC).convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(resized, dtype=np.float64) / 255.0


def ssim(first_YX: np.ndarray, second_YX: np.ndarray) -> float:
    """Mean structural similarity of two grey pictures in [0, 1] (Wang et al. 2004), at least 0.

    A uniform window and the paper's constants K1 = 0.01, K2 = 0.03.
    """

    def blur(image: np.ndarray) -> np.ndarray:
        return uniform_filter(image, SSIM_WINDOW_PX)

    mean_a, mean_b = blur(first_YX), blur(second_YX)
    var_a = blur(first_YX**2) - mean_a**2
    var_b = blur(second_YX**2) - mean_b**2
    cov = blur(first_YX * second_YX) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    quality = ((2 * mean_a * mean_b + c1) * (2 * cov + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)
    )
    return float(np.clip(quality.mean(), 0.0, 1.0))


def _defect(axis: str, kind: str, region: Box, message: str) -> Defect:
    return Defect(axis=axis, kind=kind, region=region, severity=1, message=message)
