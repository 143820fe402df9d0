"""The detector on contrast: texts that cannot be read, data that cannot be told from what is beside
them in the finished picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from vsdpo_jax.domains.chart.judge.detectors_overlap import TEXT_HIDDEN, halos
from vsdpo_jax.domains.chart.judge.detectors_text import defect_of
from vsdpo_jax.domains.chart.judge.geometry import intersection, union
from vsdpo_jax.domains.chart.judge.parts import (
    Part,
    data_marks,
    data_names,
    grouped_texts,
    is_inked,
)
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Box, Defect, Span

TEXT_CONTRAST = 4.5
"""WCAG 2, success criterion 1.4.3, normal text."""
LARGE_TEXT_CONTRAST = 3.0
"""The same criterion for large text."""
CLUTTER = 0.05
"""Share of the places between the letters of a text that may look like pieces of letters. A line
that touches a text takes one to three hundredths, one that runs through it six and more."""
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
"""What the criterion calls large."""
DATA_DIFFERENCE = 10.0
"""Below this (measure.difference) a line, bar or marker vanishes in what is beside it: a grey of
229 on white. The criterion for graphics (a ratio of 3) would refuse half of matplotlib's own
colour cycle on white."""
SOLID_DATA = ("Line2D", "Rectangle", "PathCollection", "Wedge", "LineCollection")
"""Artists whose marks carry a value each. Filled bands, contours, meshes and images are left out:
light fills are their craft."""
FACES = ("Rectangle", "Wedge")
"""Filled artists: the lowest of them are pale because they are low."""
THIN_PX = 1.5
"""Lower than this a face does not fill one row of pixels."""
UNMISSED = 0.002
"""Without a mark of which less is visible the picture would look the same. The outline of a broad
white bar is a hundredth of it."""
FAINT_ALPHA = 0.5
"""Marks up to this alpha are drawn to add up: of many faint lines the bundle is what is seen."""
DOT_PX = 8.0
"""Ink of one marker from which it shows a line that cannot be seen itself."""


def detect_contrast(scene: Scene) -> Reading:
    """Texts below the WCAG ratio, and data that vanish in what is beside them.

    Score: the smallest measure over what is needed, at most 1.
    """
    readings = (_text_contrast(scene), _data_contrast(scene))
    found = sorted((item for items in readings for item in items), key=lambda item: item[0])
    return Reading(
        defects=tuple(defect for share, _, defect in found if share < 1.0),
        notes=tuple(note for share, note, _ in found if share < 1.0),
        score=min([1.0, *(share for share, _, _ in found)]),
    )


_Contrast = tuple[float, str, Defect]
"""Measure over need, the note, the defect should the share be below 1."""


def _text_contrast(scene: Scene) -> list[_Contrast]:
    found = []
    spare = halos(scene)
    for part in grouped_texts(scene):
        shares = [
            (mark.evidence.contrast / needed_contrast(mark), mark.evidence.contrast, mark)
            for mark in part.marks
            if mark.evidence is not None
            and id(mark) not in spare
            and not (mark.evidence.covered > TEXT_HIDDEN and mark.evidence.coverer is not None)
        ]
        if not shares:
            continue
        share, contrast, mark = min(shares, key=lambda item: item[0])
        clutter = max(m.evidence.clutter for _, _, m in shares if m.evidence is not None)
        if share >= 1.0 and clutter > CLUTTER:
            message = f"{part.name} lies on lines of its own darkness ({clutter:.0%} of it)"
            defect = _text_defect(scene, part, message)
            found.append((1.0 - clutter, f"{part.name} on lines", defect))
            continue
        needed = needed_contrast(mark)
        message = f"{part.name} has contrast {contrast:.1f}, below {needed:g}"
        found.append((share, f"{part.name} {contrast:.1f}", _text_defect(scene, part, message)))
    return found


def _text_defect(scene: Scene, part: Part, message: str) -> Defect:
    defect = defect_of("contrast", "text_contrast", part, message, "color")
    background = _background_span(scene, part.marks[0], part.place)
    if defect.spans or background is None:
        return defect
    return Defect(
        axis="contrast",
        kind="text_contrast",
        region=part.place,
        severity=1,
        message=message,
        spans=(background,),
    )


def _background_span(scene: Scene, mark: Mark, box: Box) -> Span | None:
    """Who coloured what lies behind a mark, after it was made; None when nobody did.

    A mark that was made on a background that was already there should have minded it.
    """
    if mark.axes < 0 or intersection(scene.axes[mark.axes].region, box) == 0:
        return None
    span = scene.axes[mark.axes].background_span
    return span if span is not None and (mark.span is None or span > mark.span) else None


def _data_contrast(scene: Scene) -> list[_Contrast]:
    artists: dict[int, list[Mark]] = defaultdict(list)
    for mark in data_marks(scene):
        if mark.artist_type in SOLID_DATA and is_inked(mark) and mark.evidence is not None:
            artists[mark.artist].append(mark)
    series: dict[Hashable, list[list[Mark]]] = defaultdict(list)
    for own in artists.values():
        last = own[-1]  # a stroke around a line is painted before it
        key = (last.axes, last.artist_type, last.span, last.label, last.color_rgba)
        series[key].append(own)
    measured = [
        (difference, [mark for own in group for mark in own])
        for group in series.values()
        if (difference := _difference(group)) is not None
    ]
    worst = min((difference for difference, _ in measured), default=DATA_DIFFERENCE)
    names = data_names(scene)
    found = []
    for difference, marks in measured:
        if difference >= DATA_DIFFERENCE and difference > worst:
            continue  # neither a defect nor the score: not worth a name
        region = union(m.region for m in marks if m.region is not None) or marks[0].full_region
        name = names[marks[0].artist]
        spans = dict.fromkeys(m.setters["color"] for m in marks if "color" in m.setters)
        background = _background_span(scene, marks[0], region)
        if not spans and background is not None:
            spans = {background: None}
        defect = Defect(
            axis="contrast",
            kind="data_contrast",
            region=region,
            severity=1,
            message=f"{name} vanishes in what is beside it (colour difference {difference:.0f}, "
            f"below {DATA_DIFFERENCE:g})",
            spans=tuple(spans),
        )
        found.append((difference / DATA_DIFFERENCE, f"{name} pale", defect))
    return found


def _difference(group: Sequence[Sequence[Mark]]) -> float | None:
    """How far a series stands out; None where only company or later paint is beside it.

    Args:
      group: the marks of each of its artists.
    """
    first = group[0][-1]
    if first.artist_type in FACES:
        group = [own for own in group if min(own[-1].full_region[2:]) >= THIN_PX] or group
    known = sorted(value for own in group if (value := _of_artist(own)) is not None)
    if not known:
        return None
    if first.artist_type != "Line2D":
        return known[len(known) // 2]
    if first.color_rgba[3] <= FAINT_ALPHA and len(group) > 1:
        grounds = (m.evidence.ground for own in group for m in own if m.evidence is not None)
        return max(known[-1], *grounds)
    return known[-1]


def _of_artist(marks: Sequence[Mark]) -> float | None:
    """A line with markers is seen by either, unless the markers are dust."""
    if marks[0].artist_type == "Line2D":
        marks = [m for m in marks if m.kind == "path" or _dot_px(m) >= DOT_PX] or marks
    return max((value for m in marks if (value := _told(m)) is not None), default=None)


def _told(mark: Mark) -> float | None:
    """How far a mark stands out; one that nobody would miss looks like its ground."""
    evidence = mark.evidence
    if evidence is None:
        return None
    if max(evidence.visible, evidence.covered) < UNMISSED and evidence.ground < DATA_DIFFERENCE:
        return evidence.ground
    return evidence.difference


def _dot_px(mark: Mark) -> float:
    """Ink of one of the markers of a mark."""
    count = 1 if mark.points_px is None else max(len(mark.points_px), 1)
    return 0.0 if mark.evidence is None else mark.evidence.ink_px / count


def needed_contrast(mark: Mark) -> float:
    """The WCAG ratio that a text of this size needs."""
    large = mark.font_size_pt >= (LARGE_BOLD_PT if mark.bold else LARGE_PT)
    return LARGE_TEXT_CONTRAST if large else TEXT_CONTRAST
