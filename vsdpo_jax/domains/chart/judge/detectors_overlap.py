"""The detector on things that lie on one another: text on text, and what later paint hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import TEXT_ROLES
from vsdpo_jax.domains.chart.judge.detectors_text import defect_of
from vsdpo_jax.domains.chart.judge.geometry import (
    Box,
    area,
    center,
    common_box,
    intersection,
    is_upright,
    overlapping_pairs,
    polygon_area,
    polygon_intersection,
    text_polygon,
    union,
)
from vsdpo_jax.domains.chart.judge.parts import (
    STRAIGHT,
    TICK_ROLES,
    Part,
    axes_prefix,
    data_marks,
    data_names,
    grouped_texts,
    is_inked,
    texts,
)
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Defect, Span

OVERLAP_SHARE = 0.05
"""Common area over the smaller text's area. Ink boxes of a clean layout share nothing; 5 % leaves
room for the corner of a descender."""
TOUCH_PX = 1
"""Glyphs nearer than this to each other touch."""
TOUCHES = 3
"""Places of ink that touch, from which two texts lie on each other: boxes may meet without."""
MAX_TEXTS = 500
"""Every two texts are compared; of more texts the first are. A picture with more is not read."""
CORNER_SHARE = 0.2
"""Tick labels of polar and 3-D axes stand along slanted lines, where the corners of their boxes
meet without ink: 5 to 11 % on good charts."""
SAME_PLACE_PX = 2.0
"""Middles this near are one place: the same words twice there are a halo, or twin labels."""
TEXT_HIDDEN = 0.1
"""Share of a text that later paint may take: a line that crosses it takes a few hundredths."""
FRAME_HIDDEN = 0.02
"""Share of a legend's box that later data may take."""
DATA_SEEN = 0.1
"""Less than this of the ink of a series left in the picture: it is hidden."""
DATA_LOST = 0.25
"""Share of a series that boxes, tables, panels and backgrounds may take; other data may take more,
as bars before bars do."""
MARK_LOST = 0.95
"""Share of one mark, a value of its series, that they may take."""
DEEP = ("3d",)
"""Projections in which things rightly stand behind others."""
_THIN = (("grid", "Line2D"), ("guide", "Line2D"), ("tick", "Line2D"), ("spine", "Spine"))
"""Lines that strike a text through instead of hiding it: the contrast detector's matter."""
_FREE = {"text": 2, "annotation": 2, "suptitle": 1}
"""How freely a text was placed; of two that meet the freer one is the stray."""


def detect_overlap(scene: Scene) -> Reading:
    """Texts that lie on other texts, and texts and data that are hidden by later paint.

    Tick labels of one axis are the ticks detector's matter.
    Score: 1 - the largest share that is lost.
    """
    found = [*_overlaps(scene), *_hidden_texts(scene), *_hidden_data(scene)]
    found.sort(key=lambda item: -item[0])
    return Reading(
        defects=tuple(defect for _, _, defect in found),
        notes=tuple(dict.fromkeys(note for _, note, _ in found)),
        score=max(1.0 - max((share for share, _, _ in found), default=0.0), 0.0),
    )


_Found = tuple[float, str, Defect]
"""The share that is lost, the note, the defect."""


def _overlaps(scene: Scene) -> list[_Found]:
    spare = halos(scene)
    marks = [
        m
        for m in scene.marks
        if m.role in TEXT_ROLES and is_inked(m) and area(m.region) > 0 and id(m) not in spare
        and (m.evidence is None or m.evidence.visible > 0)
    ][:MAX_TEXTS]  # fmt: skip
    parts = {m.artist: part for part in texts(scene) for m in part.marks}
    worst: dict[tuple[int, int], float] = {}
    for i, j in overlapping_pairs([m.region for m in marks if m.region is not None]):
        first, second = marks[i], marks[j]
        if _may_touch(first, second):
            continue
        share = overlap_share(first, second, scene.dpi)
        if share > _overlap_limit(scene, first, second) and _touch(first, second):
            key = (first.artist, second.artist)
            worst[key] = max(worst.get(key, 0.0), share)
    found: list[_Found] = []
    seen: set[int] = set()
    for (one, two), share in sorted(worst.items(), key=lambda item: -item[1]):
        first, second = parts[one], parts[two]
        note = f"{first.name} on {second.name}"
        for part, other in _at_fault(first, second):
            if part.marks[0].artist in seen:
                continue
            seen.add(part.marks[0].artist)
            message = f"{part.name} overlaps {other.name} ({share:.0%} of the smaller text)"
            found.append(
                (share, note, defect_of("overlap", "text_overlap", part, message, "place"))
            )
    return found


def _at_fault(first: Part, second: Part) -> list[tuple[Part, Part]]:
    """Which of two texts should give way, each with the other: the stray one, else both."""
    for part, other in ((first, second), (second, first)):
        if _is_passive(part, other):
            return [(other, part)]
    moved = ["place" in part.marks[0].setters for part in (first, second)]
    free = [_FREE.get(part.role, 0) for part in (first, second)]
    if moved[0] != moved[1]:
        return [(first, second)] if moved[0] else [(second, first)]
    if free[0] != free[1]:
        return [(first, second)] if free[0] > free[1] else [(second, first)]
    if (
        free[0]
        and (spans := [part.marks[0].span for part in (first, second)])
        and None not in spans
    ):
        # Of two remarks the one that was written later should have minded the other.
        order = (spans[0] or (0, 0)) < (spans[1] or (0, 0))
        if spans[0] != spans[1]:
            return [(second, first)] if order else [(first, second)]
    return [(first, second), (second, first)]


def overlap_share(first: Mark, second: Mark, dpi: float) -> float:
    """Common area of two texts over the smaller one's, by slanted rectangles where they slant."""
    one, two = first.region, second.region
    if one is None or two is None:
        return 0.0
    if is_upright(first.rotation_deg) and is_upright(second.rotation_deg):
        return intersection(one, two) / max(min(area(one), area(two)), 1.0)
    polygons = [
        text_polygon(m.full_region, m.rotation_deg, m.font_size_pt * dpi / 72)
        for m in (first, second)
    ]
    smaller = max(min(polygon_area(p) for p in polygons), 1.0)
    return min(polygon_intersection(*polygons) / smaller, 1.0)


def _touch(first: Mark, second: Mark) -> bool:
    """Whether ink of two texts meets; texts that were not measured fill their boxes."""
    if first.evidence is None or second.evidence is None:
        return True
    assert first.region is not None  # callers filter
    assert second.region is not None
    common = common_box(first.region, second.region)
    if common is None:
        return False
    left, top = int(common[0]) - TOUCH_PX, int(common[1]) - TOUCH_PX
    width, height = (int(np.ceil(side)) + 2 * TOUCH_PX + 1 for side in common[2:])
    inked_YX = np.zeros((height + 2 * TOUCH_PX, width + 2 * TOUCH_PX), bool)
    for place in _inside(first.evidence.places_N2, left, top, width, height):
        x, y = place[:, 0] - left, place[:, 1] - top
        for down in range(2 * TOUCH_PX + 1):
            for right in range(2 * TOUCH_PX + 1):
                inked_YX[y + down, x + right] = True
    met = 0
    for place in _inside(second.evidence.places_N2, left, top, width, height):
        x, y = place[:, 0] - left + TOUCH_PX, place[:, 1] - top + TOUCH_PX
        met += int(np.count_nonzero(inked_YX[y, x]))
    return met >= TOUCHES


def _inside(
    places_N2: np.ndarray, left: int, top: int, width: int, height: int
) -> Iterable[np.ndarray]:
    x, y = places_N2[:, 0], places_N2[:, 1]
    inside = (x >= left) & (x < left + width) & (y >= top) & (y < top + height)
    if inside.any():
        yield places_N2[inside]


def halos(scene: Scene) -> frozenset[int]:
    """ids of texts that the same words are painted over in the same place: halos and doubles."""
    by_words: dict[str, list[Mark]] = defaultdict(list)
    for mark in scene.marks:
        if mark.role in TEXT_ROLES and mark.text.strip():
            by_words[mark.text].append(mark)
    found: set[int] = set()
    for same in by_words.values():
        middles = np.array([center(m.full_region) for m in same[:MAX_TEXTS]])
        for index, mark in enumerate(same[: MAX_TEXTS - 1]):
            apart = np.abs(middles[index + 1 :] - middles[index]).max(axis=1)
            if len(apart) and apart.min() <= SAME_PLACE_PX:
                found.add(id(mark))
    return frozenset(found)


def _may_touch(first: Mark, second: Mark) -> bool:
    """Lines of one text, and labels of one axis."""
    if first.artist == second.artist:
        return True
    return first.role in TICK_ROLES and (first.role, first.axes) == (second.role, second.axes)


def _is_passive(part: Part, other: Part) -> bool:
    """Tick labels under the label of their own axis: matplotlib keeps them apart unless told."""
    return other.role == part.role.replace("tick_label", "label") != part.role and (
        part.axes == other.axes
    )


def _overlap_limit(scene: Scene, first: Mark, second: Mark) -> float:
    """The share that two texts may have in common."""
    slanted = all(
        m.role in TICK_ROLES and m.axes >= 0 and scene.axes[m.axes].projection not in STRAIGHT
        for m in (first, second)
    )
    return CORNER_SHARE if slanted else OVERLAP_SHARE


def _hidden_texts(scene: Scene) -> list[_Found]:
    """Texts, and boxes of legends, of which later paint that is no text took a part."""
    spare = halos(scene)
    names = data_names(scene)
    found = []
    for part in grouped_texts(scene):
        taken = [(*hidden, m) for m in part.marks if (hidden := _taken(scene, m)) is not None]
        taken = [item for item in taken if item[0] > TEXT_HIDDEN and id(item[2]) not in spare]
        if not taken:
            continue
        share, by, mark = max(taken, key=lambda item: item[0])
        hidden = union(m.region for _, _, m in taken if m.region is not None)
        what = _name(scene, names, by)
        message = f"{part.name} is hidden by {what} ({share:.0%} covered)"
        defect = _hidden("text_hidden", hidden or part.place, message, (mark, by))
        found.append((share, f"{part.name} behind {what}", defect))
    for mark in scene.marks:
        taken_by = _taken(scene, mark) if mark.role == "legend_frame" else None
        if taken_by is None or taken_by[0] <= FRAME_HIDDEN or taken_by[1].role != "data":
            continue
        what = _name(scene, names, taken_by[1])
        message = f"the legend is hidden by {what} ({taken_by[0]:.0%} covered)"
        region = mark.region or mark.full_region
        defect = _hidden("text_hidden", region, message, (mark, taken_by[1]))
        found.append((taken_by[0], f"legend behind {what}", defect))
    return found


def _taken(scene: Scene, mark: Mark) -> tuple[float, Mark] | None:
    """How much of a mark later paint took, and which mark took most; None: nothing, or a text."""
    evidence = mark.evidence
    if evidence is None or evidence.coverer is None:
        return None
    by = scene.marks[evidence.coverer]
    if by.artist == mark.artist or by.role in TEXT_ROLES:
        return None
    if (by.role, by.artist_type) in _THIN and evidence.covered < 0.5:
        return None
    return evidence.covered, by


def _hidden_data(scene: Scene) -> list[_Found]:
    """Series of which next to nothing is left; what its own colour covers is still seen."""
    series: dict[Hashable, list[Mark]] = defaultdict(list)
    for mark in data_marks(scene):
        is_deep = mark.axes >= 0 and scene.axes[mark.axes].projection in DEEP
        if mark.evidence is not None and not is_deep and mark.artist_type != "Shadow":
            key = (mark.axes, mark.artist_type, mark.span, mark.label, mark.color_rgba)
            series[key].append(mark)
    found, names = [], data_names(scene) if series else {}
    for marks in series.values():
        share, by = _lost(scene, marks)
        if by is None or (by.role, by.artist_type) in _THIN or _is_company(marks[0], by):
            continue
        gone = [m for m in marks if m.evidence is not None and _lost_share(m) > MARK_LOST]
        if by.role == "data":
            is_hidden = share > 1.0 - DATA_SEEN
        else:
            is_hidden = share > DATA_LOST or bool(gone)
        if not is_hidden:
            continue
        region = union(m.region for m in gone or marks if m.region is not None)
        what, name = _name(scene, names, by), names[marks[0].artist]
        message = f"{name} is hidden by {what} ({share:.0%} of it)"
        defect = _hidden("data_hidden", region or marks[0].full_region, message, (marks[0], by))
        found.append((share, f"{name} behind {what}", defect))
    return found


def _lost_share(mark: Mark) -> float:
    """The share of a mark's ink that was taken by later paint and left no trace."""
    assert mark.evidence is not None  # callers filter
    return min(1.0 - mark.evidence.visible, mark.evidence.covered)


def _lost(scene: Scene, marks: Sequence[Mark]) -> tuple[float, Mark | None]:
    """The share of a series that is lost to later paint, and what took most of it."""
    ink = lost = 0.0
    takers: dict[int, float] = defaultdict(float)
    for mark in marks:
        evidence = mark.evidence
        assert evidence is not None  # callers filter
        ink += evidence.ink_px
        lost += _lost_share(mark) * evidence.ink_px
        if evidence.coverer is not None:
            takers[evidence.coverer] += evidence.covered * evidence.ink_px
    if not takers or not ink:
        return 0.0, None
    return lost / ink, scene.marks[max(takers, key=lambda number: takers[number])]


def _is_company(mark: Mark, by: Mark) -> bool:
    """Paint of the same colour, or the marker of the same error bar or stem."""
    if by.role in TEXT_ROLES or by.artist == mark.artist:
        return True
    if by.role != "data" or by.axes != mark.axes:
        return False
    same_color = max(
        abs(a - b) for a, b in zip(mark.color_rgba[:3], by.color_rgba[:3], strict=True)
    )
    is_part = by.span == mark.span and by.label == mark.label
    is_marker = by.artist_type == "Line2D" != mark.artist_type
    return same_color < 0.02 or (is_part and is_marker)


def _hidden(kind: str, region: Box, message: str, marks: Sequence[Mark]) -> Defect:
    spans: dict[Span, None] = dict.fromkeys(m.span for m in marks if m.span is not None)
    return Defect(
        axis="overlap", kind=kind, region=region, severity=1, message=message, spans=tuple(spans)
    )


def _name(scene: Scene, names: dict[int, str], mark: Mark) -> str:
    """What the feedback calls something that hides something else."""
    if mark.role == "data":
        return names.get(mark.artist, "data")
    if mark.role == "background":
        return f"{axes_prefix(scene, mark.axes)}background"
    return {"legend_frame": "legend", "text_box": "box", "legend_handle": "legend"}.get(
        mark.role, mark.role
    )
