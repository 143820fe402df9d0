"""Axes that compare a chart with a reference picture: text, layout, chart type, colour, look.

Plain definitions on two painted scenes; the exact ChartMimic evaluator is to take their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from vsdpo_jax.domains.chart.judge.content.check import main_box
from vsdpo_jax.domains.chart.judge.parts import TICK_ROLES, Part, data_marks, is_inked, texts
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect

TEXT_F1 = 0.9
LAYOUT_F1 = 0.99
TYPE_F1 = 0.9
COLOR_F1 = 0.8
"""Colours are picked by eye, texts are read."""
VISUAL_SSIM = 0.8
"""Two renders of the same data in other colours and sizes score 0.5 to 0.75."""

SAME_COLOR_DISTANCE = 0.1
"""Euclidean distance in RGB of [0, 1]^3: about one step of a palette's neighbours."""
SSIM_WIDTH_PX = 128
"""Pictures are compared at this width: shapes count, anti-aliasing does not."""
SSIM_WINDOW_PX = 7


def compare(scene: Scene, reference: Scene) -> dict[str, Reading]:
    """The reference axes of a painted chart: axis -> reading, score in [0, 1]."""
    return {
        "ref_text": compare_texts(scene, reference),
        "ref_layout": compare_layout(scene, reference),
        "ref_type": compare_types(scene, reference),
        "ref_color": compare_colors(scene, reference),
        "ref_visual": compare_looks(scene, reference),
    }


def f1(common: float, drawn: int, wanted: int) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing on either side."""
    return 2.0 * common / (drawn + wanted) if drawn + wanted else 1.0


def _multiset_f1(drawn: Counter[Hashable], wanted: Counter[Hashable]) -> float:
    return f1((drawn & wanted).total(), drawn.total(), wanted.total())


def compare_texts(scene: Scene, reference: Scene) -> Reading:
    """F1 of the multisets of texts, tick labels left out."""
    drawn, wanted = _said(scene), _said(reference)
    score = _multiset_f1(Counter(p.text for p in drawn), Counter(p.text for p in wanted))
    if score >= TEXT_F1:
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


def compare_layout(scene: Scene, reference: Scene) -> Reading:
    """F1 of the multisets of grid places (rows, columns, first and last cell) of the axes."""
    drawn, wanted = _grid(scene), _grid(reference)
    score = _multiset_f1(drawn, wanted)
    if score >= LAYOUT_F1:
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


def _grid(scene: Scene) -> Counter[Hashable]:
    return Counter(a.grid_spec for a in scene.axes if a.is_visible)


def compare_types(scene: Scene, reference: Scene) -> Reading:
    """F1 of the multisets of data artist types."""
    drawn, wanted = _types(scene), _types(reference)
    score = _multiset_f1(Counter(drawn.values()), Counter(wanted.values()))
    if score >= TYPE_F1:
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


def compare_colors(scene: Scene, reference: Scene) -> Reading:
    """F1 of the sets of data colours, matched within SAME_COLOR_DISTANCE, nearest first."""
    drawn, wanted = _colors(scene), _colors(reference)
    distance = np.linalg.norm(
        np.array(drawn).reshape(-1, 1, 3) - np.array(wanted).reshape(1, -1, 3),
        axis=2,
    )
    free, open_ = set(range(len(drawn))), set(range(len(wanted)))
    for flat in np.argsort(distance, axis=None, kind="stable"):
        row, column = divmod(int(flat), len(wanted))
        if distance[row, column] <= SAME_COLOR_DISTANCE and row in free and column in open_:
            free.discard(row)
            open_.discard(column)
    score = f1(len(drawn) - len(free), len(drawn), len(wanted))
    if score >= COLOR_F1:
        return Reading(score=score)
    hexes = [_hex(wanted[column]) for column in sorted(open_)]
    defects = [
        _defect("ref_color", "color_differs", mark.region, f"{_hex(color)} is not in the reference")
        for color in (drawn[row] for row in sorted(free))
        for mark in _with_color(scene, color)
        if mark.region is not None
    ]
    if not defects:
        message = f"colours of the reference are missing: {', '.join(hexes)}"
        defects = [_defect("ref_color", "color_absent", main_box(scene), message)]
    notes = [f"missing {name}" for name in hexes]
    notes += [f"extra {_hex(drawn[row])}" for row in sorted(free)]
    return Reading(defects=tuple(defects), notes=tuple(notes), score=score)


def _colors(scene: Scene) -> list[tuple[float, ...]]:
    """The different colours of the data, in drawing order."""
    return list(dict.fromkeys(m.color_rgba[:3] for m in data_marks(scene) if is_inked(m)))


def _with_color(scene: Scene, rgb: tuple[float, ...]) -> list[Mark]:
    return [m for m in data_marks(scene) if m.color_rgba[:3] == rgb]


def _hex(rgb: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in rgb)


def compare_looks(scene: Scene, reference: Scene) -> Reading:
    """Structural similarity of the grey pictures at SSIM_WIDTH_PX, in [0, 1]."""
    height = max(round(SSIM_WIDTH_PX * reference.height_px / reference.width_px), SSIM_WINDOW_PX)
    size = (SSIM_WIDTH_PX, height)
    score = ssim(_grey(scene.image_YXC, size), _grey(reference.image_YXC, size))
    if score >= VISUAL_SSIM:
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
