"""Detectors on the layout: legend over data, crowded ticks, empty axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vsdpo_jax.domains.chart.detectors_overlap import (
    CORNER_SHARE,
    MAX_TEXTS,
    overlap_share,
)
from vsdpo_jax.domains.chart.geometry import (
    Box,
    area,
    center,
    intersection,
    is_upright,
    overlapping_pairs,
    text_size,
)
from vsdpo_jax.domains.chart.parts import (
    CONTENT_ROLES,
    STRAIGHT,
    X_TICKS,
    Y_TICKS,
    Legend,
    Part,
    axes_prefix,
    data_marks,
    is_inked,
    is_plain,
    legends,
    place_words,
    shares_place,
    tick_groups,
    whole,
)
from vsdpo_jax.domains.chart.rubric import Reading
from vsdpo_jax.domains.chart.scene import TEXT_ROLES, AxesInfo, Mark, Scene
from vsdpo_jax.records import Defect

COVERED_SHARE = 0.01
"""Share of an axes' data ink under a legend. A legend in free space covers nothing; 1 % leaves
room for the frame to graze a line."""
BACKDROP_SHARE = 0.9
"""A picture over this share of the axes box (images, maps, contours) leaves no free place for any
legend, and none is asked for."""
CONTOURS = ("QuadContourSet", "TriContourSet")
TICK_SLACK = 1.15
"""Labels need 15 % more room than their own length to be read apart."""
TICK_GAP_EM = 0.2
"""Neighbours closer than this, in font sizes, read as one word (a space is 0.3 em wide)."""
LEGEND_PAD_PT = 5.0
"""Where matplotlib puts a legend: half a font size of 10 pt inside the axes."""
PLACES = (
    "upper right", "upper left", "lower right", "lower left", "upper center", "lower center",
)  # fmt: skip
"""Where the feedback looks for room, corners first."""


def detect_legend(scene: Scene) -> Reading:
    """Legends that cover data.

    Score: 1 - the largest share of an axes' data ink under a legend.
    """
    found = []
    worst = 0.0
    inks = _DataInk(scene)
    for legend in legends(scene):
        owner, share = inks.covered(legend.region)
        worst = max(worst, share)
        if share > COVERED_SHARE:
            found.append((share, owner, legend))
    defects, notes = [], []
    for share, owner, legend in sorted(found, key=lambda item: -item[0]):
        around = scene.axes[owner].region
        place, free = place_words(legend.region, around), free_place(scene, legend, owner, inks)
        notes.append(f"{axes_prefix(scene, owner)}covers {place}, free {free}")
        message = f"the legend covers {share:.1%} of the data ({place}); room is {free}"
        defects.append(
            Defect(
                axis="legend",
                kind="legend_covers_data",
                region=legend.region,
                severity=1,
                message=message,
            )
        )
    return Reading(defects=tuple(defects), notes=tuple(notes), score=max(1.0 - worst, 0.0))


class _DataInk:
    """Sums of data ink in boxes, by axes."""

    def __init__(self, scene: Scene) -> None:
        owner = scene.data_owner_YX
        counts = np.bincount(owner.ravel(), minlength=len(scene.axes) + 1)[1:]
        self._owner = owner
        self._totals = counts.astype(np.float64)
        for mark in data_marks(scene):
            if mark.axes >= 0 and _is_backdrop(mark, scene.axes[mark.axes]):
                self._totals[mark.axes] = np.inf

    def covered(self, box: Box) -> tuple[int, float]:
        """The axes with the largest share of its ink inside the box, and that share."""
        if not len(self._totals):
            return -1, 0.0
        inside = np.bincount(self._cut(box).ravel(), minlength=len(self._totals) + 1)[1:]
        shares = inside / np.maximum(self._totals, 1.0)
        index = int(np.argmax(shares))
        return index, float(shares[index])

    def count(self, box: Box) -> int:
        """Pixels of data ink inside the box, of any axes."""
        return int(np.count_nonzero(self._cut(box)))

    def _cut(self, box: Box) -> np.ndarray:
        height, width = self._owner.shape
        left, right = np.clip((round(box[0]), round(box[0] + box[2])), 0, width)
        top, bottom = np.clip((round(box[1]), round(box[1] + box[3])), 0, height)
        return self._owner[top:bottom, left:right]


def _is_backdrop(mark: Mark, axes: AxesInfo) -> bool:
    is_picture = mark.kind in ("image", "mesh") or mark.artist_type in CONTOURS
    return is_picture and area(mark.region) > BACKDROP_SHARE * area(axes.region)


def free_place(scene: Scene, legend: Legend, owner: int, inks: _DataInk) -> str:
    """The ``loc`` inside the axes where this legend would cover least, or "outside".

    A place is free when the legend fits into the axes there and covers neither data nor a text;
    where it stands now is not an answer.
    """
    around = scene.axes[owner].region
    pad = LEGEND_PAD_PT * scene.dpi / 72
    _, _, width, height = legend.region
    if width + 2 * pad > around[2] or height + 2 * pad > around[3]:
        return "outside"
    own = {m.artist for m in legend.marks}
    texts = [
        m.region
        for m in scene.marks
        if m.role in TEXT_ROLES and m.region is not None and m.artist not in own and is_inked(m)
    ]
    for place in PLACES:
        if place == place_words(legend.region, around):
            continue
        row, column = place.split()
        x = {"left": around[0] + pad, "right": around[0] + around[2] - pad - width}.get(
            column, around[0] + (around[2] - width) / 2
        )
        y = around[1] + pad if row == "upper" else around[1] + around[3] - pad - height
        box = (x, y, width, height)
        if inks.count(box) == 0 and not any(intersection(box, text) > 0 for text in texts):
            return place
    return "outside"


def detect_ticks(scene: Scene) -> Reading:
    """Tick labels that are crowded or touch their neighbours, an axis a defect.

    Score: the smallest room over the room that is needed, at most 1.
    """
    worst = 1.0
    found = []
    for (index, role), labels in tick_groups(scene).items():
        room = tick_room(scene, index, role, labels)
        worst = min(worst, room)
        if room < 1.0:
            found.append((room, index, role, labels))
    defects, notes = [], []
    for room, index, role, labels in sorted(found, key=lambda item: item[0]):
        name = f"{axes_prefix(scene, index)}{role[0]}"
        notes.append(f"{name} crowded")
        defects.append(
            Defect(
                axis="ticks",
                kind="ticks_crowded",
                region=whole(labels).place,
                severity=1,
                message=f"the {name} tick labels are crowded ({room:.0%} of the room they need)",
            )
        )
    return Reading(defects=tuple(defects), notes=tuple(notes), score=worst)


def tick_room(scene: Scene, index: int, role: str, labels: Sequence[Part]) -> float:
    """Room over need of the labels of one axis: at least 1 when they are read apart.

    On straight axes the labels of a row need TICK_SLACK times their length along the axis, and
    each pair of neighbours a gap. Elsewhere (polar, 3-D) no two labels may overlap.
    """
    axes = scene.axes[index]
    if len(labels) < 2:
        return 1.0
    if axes.projection not in STRAIGHT or role not in (X_TICKS, Y_TICKS):
        return _room_without_axis(scene, labels)
    side = 0 if role == X_TICKS else 1
    room = 1.0
    for row in _rows(labels, 1 - side):
        extents = [_extent(label, side, scene.dpi)[0] for label in row]
        room = min(room, axes.region[2 + side] / max(TICK_SLACK * sum(extents), 1.0))
        for first, second in pairwise(row):
            room = min(room, _room_between(first, second, side, scene.dpi))
    return min(room, 1.0)


def _rows(labels: Sequence[Part], across: int) -> list[list[Part]]:
    """Labels that stand beside each other, each row sorted along the axis; dates have two rows."""
    rows: list[list[Part]] = []
    end = -np.inf
    for label in sorted(labels, key=lambda part: part.place[across]):
        start = label.place[across]
        if start < end:
            rows[-1].append(label)
            end = max(end, start + label.place[2 + across])
        else:
            rows.append([label])
            end = start + label.place[2 + across]
    return [sorted(row, key=lambda part: center(part.place)[1 - across]) for row in rows]


def _extent(label: Part, side: int, dpi: float) -> tuple[float, bool]:
    """Length that a label takes along its axis, and whether its slant decides it.

    A slanted line of text of height b takes b / sin(angle to the axis), like books that lean.
    """
    mark = label.marks[0]
    upright = label.place[2 + side]
    turn = math.radians(mark.rotation_deg)
    sine = abs(math.sin(turn) if side == 0 else math.cos(turn))
    if is_upright(mark.rotation_deg) or len(label.marks) > 1:
        return upright, False
    _, across = text_size(label.place, mark.rotation_deg, mark.font_size_pt * dpi / 72)
    leaning = across / max(sine, 1e-3)
    return min(leaning, upright), leaning < upright


def _room_between(first: Part, second: Part, side: int, dpi: float) -> float:
    """Distance of two neighbours along the axis over the distance that they need."""
    (one, slant_one), (two, slant_two) = _extent(first, side, dpi), _extent(second, side, dpi)
    needed = (one + two) / 2 + TICK_GAP_EM * first.marks[0].font_size_pt * dpi / 72
    (x0, y0), (x1, y1) = center(first.place), center(second.place)
    apart = abs((x1 - x0, y1 - y0)[side])
    if slant_one and slant_two:
        turn = math.radians(first.marks[0].rotation_deg)
        sine = abs(math.sin(turn) if side == 0 else math.cos(turn))
        apart = abs((x1 - x0) * math.sin(turn) + (y1 - y0) * math.cos(turn)) / sine
    return apart / max(needed, 1.0)


def _room_without_axis(scene: Scene, labels: Sequence[Part]) -> float:
    """1 when no two labels overlap, less the more they do."""
    marks = [label.marks[0] for label in labels[:MAX_TEXTS]]
    pairs = overlapping_pairs([label.place for label in labels[:MAX_TEXTS]])
    worst = max((overlap_share(marks[i], marks[j], scene.dpi) for i, j in pairs), default=0.0)
    return 1.0 if worst <= CORNER_SHARE else 1.0 - worst


def detect_empty(scene: Scene) -> Reading:
    """Visible axes that show nothing, and figures without any.

    Colour bars, second scales, twins of axes with data and axes that paint nothing do not count.
    Score: 1 / (1 + number of empty axes).
    """
    filled, framed = set(), set()
    for mark in scene.marks:
        if mark.region is None or not is_inked(mark):
            continue
        (filled if mark.role in CONTENT_ROLES else framed).add(mark.axes)
    empty = [
        index
        for index, axes in enumerate(scene.axes)
        if is_plain(axes)
        and index in framed
        and index not in filled
        and not filled.intersection(shares_place(scene, index))
    ]
    boxes = [(axes_prefix(scene, i) or "axes ", scene.axes[i].region) for i in empty]
    if not scene.axes and not filled:
        boxes = [("figure ", _canvas(scene))]
    return Reading(
        defects=tuple(
            Defect(
                axis="empty",
                kind="axes_empty",
                region=region,
                severity=1,
                message=f"{name.strip()} ({place_words(region, _canvas(scene))}) shows no data",
            )
            for name, region in boxes
        ),
        notes=tuple(f"{name.strip()} without data" for name, _ in boxes),
        score=1.0 / (1 + len(boxes)),
    )


def _canvas(scene: Scene) -> Box:
    return (0.0, 0.0, float(scene.width_px), float(scene.height_px))
