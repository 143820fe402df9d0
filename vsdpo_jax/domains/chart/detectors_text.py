"""Detectors on texts: overlap, clipping, contrast and size."""

from __future__ import annotations

from vsdpo_jax.domains.chart.geometry import (
    Box,
    area,
    intersection,
    iou,
    is_upright,
    overlapping_pairs,
    polygon_area,
    polygon_intersection,
    text_polygon,
    union,
)
from vsdpo_jax.domains.chart.parts import (
    SAME_PLACE_IOU,
    STRAIGHT,
    TICK_ROLES,
    Part,
    data_marks,
    data_names,
    grouped_texts,
    is_inked,
    texts,
)
from vsdpo_jax.domains.chart.rubric import Reading
from vsdpo_jax.domains.chart.scene import TEXT_ROLES, Mark, Scene
from vsdpo_jax.records import Defect

OVERLAP_SHARE = 0.05
"""Common area over the smaller text's area. Ink boxes of a clean layout share nothing; 5 % leaves
room for the corner of a descender."""
MAX_TEXTS = 500
"""Every two texts are compared; of more texts the first are. A picture with more is not read."""
CORNER_SHARE = 0.2
"""Tick labels of polar and 3-D axes stand along slanted lines, where the corners of their boxes
meet without ink: 5 to 11 % on good charts."""
VISIBLE_SHARE = 0.98
"""Less than this of a text's ink box inside the canvas and its clip box: it is cut."""
CUT_PX = 1.0
"""Rounding of ink boxes to whole pixels is no cut."""
TEXT_CONTRAST = 4.5
"""WCAG 2, success criterion 1.4.3, normal text."""
LARGE_TEXT_CONTRAST = 3.0
"""The same criterion for large text."""
LARGE_PT, LARGE_BOLD_PT = 18.0, 14.0
"""What the criterion calls large."""
DATA_CONTRAST = 1.3
"""Below this a line, bar or marker vanishes in what lies under it. The criterion for graphics
(3.0) would refuse half of matplotlib's own colour cycle on white."""
SOLID_DATA = ("Line2D", "Rectangle", "PathCollection", "Wedge", "LineCollection")
"""Artists whose marks carry a value each. Filled bands, contours, meshes and images are left out:
light fills are their craft."""
FACES = ("Rectangle", "Wedge")
"""Filled artists that may have an outline."""
THIN_PX = 5.0
"""Lower than this a face is mostly its outline, which lies on the outlines of its neighbours."""
SMALLEST_PT = 7.0
"""Below 7 pt print and slides lose the x-height to a few pixels."""


def detect_overlap(scene: Scene) -> Reading:
    """Texts that lie on other texts. Tick labels of one axis are the ticks detector's matter.

    Score: 1 - the largest common share of the smaller text.
    """
    marks = [m for m in scene.marks if m.role in TEXT_ROLES and is_inked(m) and area(m.region) > 0][
        :MAX_TEXTS
    ]
    pairs = []
    for i, j in overlapping_pairs([m.region for m in marks if m.region is not None]):
        if not _may_touch(marks[i], marks[j]):
            share = overlap_share(marks[i], marks[j], scene.dpi)
            limit = _overlap_limit(scene, marks[i], marks[j])
            pairs.append((share, limit, marks[i], marks[j]))
    score = 1.0 - max((share for share, _, _, _ in pairs), default=0.0)
    wrong = sorted((p for p in pairs if p[0] > p[1]), key=lambda p: -p[0])
    parts = {m.artist: part for part in texts(scene) for m in part.marks}
    defects: dict[int, Defect] = {}
    notes = []
    for share, _, first, second in wrong:
        one, two = parts[first.artist], parts[second.artist]
        notes.append(f"{one.name} on {two.name}")
        for part, other in ((one, two), (two, one)):
            if _is_passive(part, other):
                continue
            message = f"{part.name} overlaps {other.name} ({share:.0%} of the smaller text)"
            defects.setdefault(
                part.marks[0].artist, _defect("overlap", "text_overlap", part, message)
            )
    return Reading(defects=tuple(defects.values()), notes=tuple(notes), score=max(score, 0.0))


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


def _may_touch(first: Mark, second: Mark) -> bool:
    """Lines of one text, labels of one axis, and the same text drawn twice in one place."""
    if first.artist == second.artist:
        return True
    if first.role in TICK_ROLES and (first.role, first.axes) == (second.role, second.axes):
        return True
    same_place = iou(first.full_region, second.full_region) >= SAME_PLACE_IOU
    return first.text == second.text and same_place


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


def detect_clip(scene: Scene) -> Reading:
    """Texts cut by the edge of the canvas or by a clip box.

    Score: the smallest visible share of a text.
    """
    cut = []
    worst = 1.0
    for part in grouped_texts(scene):
        share = min(_visible_share(m) for m in part.marks)
        worst = min(worst, share)
        if share < VISIBLE_SHARE:
            cut.append((share, part))
    defects, notes = [], []
    for share, part in sorted(cut, key=lambda item: item[0]):
        edges = _cut_edges(part, scene)
        notes.append(f"{part.name} {' '.join(edges)}")
        message = f"{part.name} is cut at the {' and '.join(edges)} edge ({share:.0%} visible)"
        if edges == ["hidden"]:
            message = f"{part.name} is hidden by its clip box"
        defects.append(_defect("clip", "text_clipped", part, message))
    return Reading(defects=tuple(defects), notes=tuple(notes), score=worst)


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


def detect_contrast(scene: Scene) -> Reading:
    """Texts below the WCAG ratio, and data marks that vanish in their background.

    Score: the smallest measured ratio over the ratio that is needed, at most 1.
    """
    readings = (_text_contrast(scene), _data_contrast(scene))
    found = sorted((item for items in readings for item in items), key=lambda item: item[0])
    return Reading(
        defects=tuple(defect for share, _, defect in found if share < 1.0),
        notes=tuple(note for share, note, _ in found if share < 1.0),
        score=min([1.0, *(share for share, _, _ in found)]),
    )


_Contrast = tuple[float, str, Defect]
"""Ratio over the ratio that is needed, the note, the defect should the share be below 1."""


def _text_contrast(scene: Scene) -> list[_Contrast]:
    found = []
    for part in grouped_texts(scene):
        mark = min(part.marks, key=lambda m: m.contrast / needed_contrast(m))
        needed = needed_contrast(mark)
        message = f"{part.name} has contrast {mark.contrast:.1f}, below {needed:g}"
        defect = _defect("contrast", "text_contrast", part, message)
        found.append((mark.contrast / needed, f"{part.name} {mark.contrast:.1f}", defect))
    return found


def _data_contrast(scene: Scene) -> list[_Contrast]:
    by_artist: dict[int, list[Mark]] = {}
    for mark in data_marks(scene):
        if mark.artist_type in SOLID_DATA and is_inked(mark) and _has_face(mark):
            by_artist.setdefault(mark.artist, []).append(mark)
    # A line with markers is seen by either.
    best = [(max(marks, key=lambda m: m.contrast), marks) for marks in by_artist.values()]
    worst = min((mark.contrast for mark, _ in best), default=DATA_CONTRAST)
    found = []
    names = data_names(scene)
    for mark, marks in best:
        if mark.contrast >= DATA_CONTRAST and mark.contrast > worst:
            continue  # neither a defect nor the score: not worth a name
        region = union(m.region for m in marks if m.region is not None)
        assert region is not None  # _has_face
        name = names[mark.artist]
        defect = Defect(
            axis="contrast",
            kind="data_contrast",
            region=region,
            severity=1,
            message=f"{name} has contrast {mark.contrast:.1f} against its background",
        )
        found.append((mark.contrast / DATA_CONTRAST, f"{name} {mark.contrast:.1f}", defect))
    return found


def _has_face(mark: Mark) -> bool:
    """Whether contrast can be told: of a bar that is lower than its own outline it cannot."""
    if mark.region is None:
        return False
    return mark.artist_type not in FACES or min(mark.region[2:]) >= THIN_PX


def needed_contrast(mark: Mark) -> float:
    """The WCAG ratio that a text of this size needs."""
    large = mark.font_size_pt >= (LARGE_BOLD_PT if mark.bold else LARGE_PT)
    return LARGE_TEXT_CONTRAST if large else TEXT_CONTRAST


def detect_tiny(scene: Scene) -> Reading:
    """Texts smaller than SMALLEST_PT.

    Score: the smallest size over SMALLEST_PT, at most 1.
    """
    sizes = [(min(m.font_size_pt for m in part.marks), part) for part in grouped_texts(scene)]
    score = min((size / SMALLEST_PT for size, _ in sizes), default=1.0)
    wrong = sorted((item for item in sizes if item[0] < SMALLEST_PT), key=lambda item: item[0])
    return Reading(
        defects=tuple(
            _defect("tiny", "text_tiny", part, f"{part.name} is set in {size:g} pt, below 7 pt")
            for size, part in wrong
        ),
        notes=tuple(f"{part.name} {size:.3g}" for size, part in wrong),
        score=min(score, 1.0),
    )


def _defect(axis: str, kind: str, part: Part, message: str) -> Defect:
    return Defect(axis=axis, kind=kind, region=part.place, severity=1, message=message)
