"""Detectors on single texts: are they whole, do their glyphs spell them, are they large enough?"""

from __future__ import annotations

from dataclasses import replace

from vsdpo_jax.domains.chart.judge.geometry import Box, area
from vsdpo_jax.domains.chart.judge.parts import Part, data_marks, grouped_texts
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Defect, Span

VISIBLE_SHARE = 0.98
"""Less than this of a text's ink box inside the canvas and its clip box: it is cut."""
CUT_PX = 1.0
"""Rounding of ink boxes to whole pixels is no cut."""
SMALLEST_PT = 6.9
"""Type below 7 pt loses its x-height in print and on slides; matplotlib's own "x-small" is 6.94."""
SMALLEST_PX = 6.0
"""A letter needs about three pixels of x-height, which is half of the type size."""
SMALLEST_PX_OF_1000 = 8.0
"""Type size when the picture is a thousand pixels wide, as pages and screens show it."""


def detect_clip(scene: Scene) -> Reading:
    """Texts cut by the edge of the canvas or by a clip box, and texts that glyphs do not spell.

    Score: the smallest visible share of a text; characters that are not spelled are not visible.
    """
    found: list[tuple[float, str, Defect]] = []
    worst = 1.0
    for part in grouped_texts(scene):
        share = min(_visible_share(m) for m in part.marks)
        worst = min(worst, share)
        if share < VISIBLE_SHARE:
            found.append((share, *_cut(scene, part, share)))
        strange = [m for m in part.marks if m.unspelled]
        if strange:
            spelled = min(1.0 - len(m.unspelled) / max(len(set(m.text)), 1) for m in strange)
            worst = min(worst, max(spelled, 0.0))
            defect = _unspelled(scene, part, strange)
            found.append((spelled, f"{part.name} without glyphs", defect))
    found.sort(key=lambda item: item[0])
    return Reading(
        defects=tuple(defect for _, _, defect in found),
        notes=tuple(note for _, note, _ in found),
        score=worst,
    )


def _cut(scene: Scene, part: Part, share: float) -> tuple[str, Defect]:
    edges = _cut_edges(part, scene)
    message = f"{part.name} is cut at the {' and '.join(edges)} edge ({share:.0%} visible)"
    if edges == ["hidden"]:
        message = f"{part.name} is hidden by its clip box"
    return f"{part.name} {' '.join(edges)}", defect_of(
        "clip", "text_clipped", part, message, "place", "size"
    )


def _unspelled(scene: Scene, part: Part, strange: list[Mark]) -> Defect:
    characters = "".join(dict.fromkeys("".join(m.unspelled for m in strange)))[:20]
    message = f"{part.name} is not spelled by its font: '{characters}' shows boxes or other signs"
    defect = defect_of("clip", "glyph_missing", part, message, "text")
    if defect.spans or part.role != "legend_text":
        return defect
    # A legend only repeats the words that a plot was labelled with.
    words = {part.text, *(m.text for m in part.marks)}
    spans = dict.fromkeys(
        m.span for m in data_marks(scene) if m.span is not None and m.label in words
    )
    return replace(defect, spans=tuple(spans))


def _visible_share(mark: Mark) -> float:
    """Visible over whole area of a text's ink box; 1 where only rounding differs."""
    if mark.region is None:
        return 0.0
    whole, seen = mark.full_region, mark.region
    lost = max(
        seen[0] - whole[0],
        seen[1] - whole[1],
        whole[0] + whole[2] - seen[0] - seen[2],
        whole[1] + whole[3] - seen[1] - seen[3],
    )
    if lost <= CUT_PX:
        return 1.0
    return min(area(seen) / max(area(whole), 1.0), 1.0)


def _cut_edges(part: Part, scene: Scene) -> list[str]:
    """The sides on which ink is missing; "hidden" for a text swallowed by a clip box."""
    edges: dict[str, None] = {}
    for mark in part.marks:
        if _visible_share(mark) >= VISIBLE_SHARE:
            continue
        whole = mark.full_region
        seen: Box = mark.region or (0.0, 0.0, float(scene.width_px), float(scene.height_px))
        missing = {
            "left": seen[0] - whole[0],
            "right": whole[0] + whole[2] - seen[0] - seen[2],
            "top": seen[1] - whole[1],
            "bottom": whole[1] + whole[3] - seen[1] - seen[3],
        }
        edges.update((side, None) for side, lost in missing.items() if lost > CUT_PX)
    return [side for side in ("left", "right", "top", "bottom") if side in edges] or ["hidden"]


def detect_tiny(scene: Scene) -> Reading:
    """Texts too small to read, in points, in pixels, or as a share of the picture.

    Score: the smallest size over the size that is needed, at most 1.
    """
    sizes = [(min(_size(scene, m) for m in part.marks), part) for part in grouped_texts(scene)]
    score = min((size for size, _ in sizes), default=1.0)
    wrong = sorted((item for item in sizes if item[0] < 1.0), key=lambda item: item[0])
    defects, notes = [], []
    for _, part in wrong:
        mark = min(part.marks, key=lambda m: _size(scene, m))
        if mark.font_size_pt < SMALLEST_PT:
            notes.append(f"{part.name} {mark.font_size_pt:.3g}")
            message = f"{part.name} is set in {mark.font_size_pt:g} pt, below 7 pt"
        else:
            wide = mark.font_size_pt * scene.dpi / 72 * 1000 / scene.width_px
            notes.append(f"{part.name} small")
            message = f"{part.name} is {wide:.1f} px high when the picture is 1000 px wide"
        defects.append(defect_of("tiny", "text_tiny", part, message, "size"))
    return Reading(defects=tuple(defects), notes=tuple(notes), score=min(score, 1.0))


def _size(scene: Scene, mark: Mark) -> float:
    """The size of a text over the smallest that can be read; at least 1 where it can."""
    return size_share(scene, mark.font_size_pt)


def size_share(scene: Scene, font_size_pt: float) -> float:
    """A type size over the smallest that can be read in this picture."""
    size_px = font_size_pt * scene.dpi / 72.0
    return min(
        font_size_pt / SMALLEST_PT,
        size_px / SMALLEST_PX,
        size_px * 1000.0 / scene.width_px / SMALLEST_PX_OF_1000,
    )


def defect_of(axis: str, kind: str, part: Part, message: str, *setters: str) -> Defect:
    """A defect of a text, owned by the call that set the property at fault, where there is one.

    Args:
      setters: properties that may be at fault, the likeliest first; the first that was set counts.
    """
    spans: dict[Span, None] = {}
    for setter in setters:
        spans = spans or dict.fromkeys(m.setters[setter] for m in part.marks if setter in m.setters)
    return Defect(
        axis=axis, kind=kind, region=part.place, severity=1, message=message, spans=tuple(spans)
    )
