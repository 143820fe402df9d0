"""Detectors on the layout: legend over data, crowded ticks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import TEXT_ROLES, AxesInfo
from vsdpo_jax.domains.chart.judge.detectors_overlap import (
    CORNER_SHARE,
    MAX_TEXTS,
    overlap_share,
)
from vsdpo_jax.domains.chart.judge.geometry import (
    Box,
    area,
    center,
    common_areas,
    intersection,
    is_upright,
    overlapping_pairs,
    text_size,
    union,
)
from vsdpo_jax.domains.chart.judge.parts import (
    LEGEND_ROLES,
    MAX_NAMED,
    SEEN_SHARE,
    STRAIGHT,
    X_TICKS,
    Y_TICKS,
    Legend,
    Part,
    axes_prefix,
    data_marks,
    is_inked,
    legends,
    place_words,
    tick_groups,
    tick_span,
    whole,
)
from vsdpo_jax.domains.chart.judge.sight import ink_count, visible_share
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Defect, Span

COVERED_SHARE = 0.01
"""Share of an axes' data ink under a legend. A legend in free space covers nothing; 1 % leaves
room for the frame to graze a line."""
BACKDROP_SHARE = 0.9
"""A picture over this share of the axes box (images, maps, contours) leaves no free place for any
legend, and none is asked for."""
FILLED_SHARE = 0.85
"""So do areas that fill this much of all places for a legend together, as far as the places lie
within the reach of the data. A stack of areas of one height fills 1.0, bars of the usual width 0.8
where all are as high as the axes."""
FILLED_PLACE = 0.5
"""And at least this much of every place: a rising area leaves a corner free. As much of a place
must be within reach of the data, or it is free."""
CONTOURS = ("QuadContourSet", "TriContourSet")
SAMPLED_PX = 50_000_000
"""Pixels under legends that are counted in all; of more an even part is."""
COUNTED_PX = 100_000
"""Up to this size of a box its pixels are counted; of larger ones from sums of the whole canvas,
which cost 15 ms for 640 x 480."""
TICK_GAP_EM = 0.2
"""Neighbours closer than this, in font sizes, read as one word (a space is 0.3 em wide)."""
SMALL_TICK_PT = 8.0
"""Labels that would fit at this size are too large; others are too many, or too long."""
SAME_LABEL_PX = 2.0
"""The same word this near is one label, drawn twice."""
LEGEND_PAD_PT = 5.0
"""Where matplotlib puts a legend: half a font size of 10 pt inside the axes."""
PLACES = (
    "upper right", "upper left", "lower right", "lower left", "upper center", "lower center",
)  # fmt: skip
"""Where the feedback looks for room, corners first."""


def detect_legend(scene: Scene) -> Reading:
    """Legends that cover data, where they are seen and a free place is to be had.

    Score: 1 - the largest share of an axes' data ink under a legend.
    """
    seen = [legend for legend in legends(scene) if _is_seen(legend)]
    if not seen:
        return Reading()
    inks = _DataInk(scene, len(seen))
    found = []
    worst = 0.0
    for legend in seen:
        owner, share = inks.covered(legend.region)
        if share > COVERED_SHARE:
            found.append((share, owner, legend))
        else:
            worst = max(worst, share)
    defects, notes = [], []
    texts = _TextBoxes(scene) if found else None
    for share, owner, legend in sorted(found, key=lambda item: -item[0])[:MAX_NAMED]:
        around = scene.axes[owner].region
        if _is_filled(scene, legend, owner, inks):
            continue
        worst = max(worst, share)
        assert texts is not None  # made for what was found
        place, free = (
            place_words(legend.region, around),
            free_place(scene, legend, owner, inks, texts),
        )
        notes.append(f"{axes_prefix(scene, owner)}covers {place}, free {free}")
        message = f"the legend covers {share:.1%} of the data ({place}); room is {free}"
        defects.append(
            Defect(
                axis="legend",
                kind="legend_covers_data",
                region=legend.region,
                severity=1,
                message=message,
                spans=_placed_by(legend),
            )
        )
    return Reading(defects=tuple(defects), notes=tuple(notes), score=max(1.0 - worst, 0.0))


def _is_seen(legend: Legend) -> bool:
    """Whether a reader sees any entry. A frame alone counts: its paint is not measured."""
    entries = [mark for mark in legend.marks if mark.role != "legend_frame"]
    return not entries or any(visible_share(mark) > SEEN_SHARE for mark in entries)


def _placed_by(legend: Legend) -> tuple[Span, ...]:
    """The call that moved the legend, else the one that made it."""
    moved = (mark.setters.get("place") for mark in legend.marks)
    made = (mark.span for mark in legend.marks)
    spans = [span for span in (*moved, *made) if span is not None]
    return tuple(spans[:1])


class _DataInk:
    """Sums of data ink in boxes, by axes.

    Data that would not be seen without the legend either, pale or under a sheet, are no ink.
    """

    def __init__(self, scene: Scene, num_legends: int) -> None:
        owner = scene.data_owner_YX
        self._owner = owner
        self._part_px = max(SAMPLED_PX // max(num_legends, 1), 10_000)
        counts = np.bincount(owner.ravel(), minlength=len(scene.axes) + 1)[1:]
        self._totals = counts.astype(np.float64)
        self._unseen = [m for m in data_marks(scene) if m.axes >= 0 and _is_unseen(scene, m)]
        for mark in self._unseen:
            self._totals[mark.axes] -= ink_count(mark)
        for mark in data_marks(scene):
            if mark.axes >= 0 and _is_backdrop(mark, scene.axes[mark.axes]):
                self._totals[mark.axes] = np.inf
        self._regions: dict[int, list[Box]] = defaultdict(list)
        for mark in data_marks(scene):
            if mark.region is not None:
                self._regions[mark.axes].append(mark.region)
        self._sums: np.ndarray | None = None

    def reach(self, index: int) -> Box:
        """The box around all visible data of an axes."""
        around = union(self._regions[index]) or (0.0, 0.0, 0.0, 0.0)
        self._regions[index] = [around]
        return around

    def covered(self, box: Box) -> tuple[int, float]:
        """The axes with the largest share of its ink inside the box, and that share."""
        if not len(self._totals):
            return -1, 0.0
        cut = self._cut(box)
        step = math.ceil(math.sqrt(max(cut.size, 1) / self._part_px))
        inside = np.bincount(cut[::step, ::step].ravel(), minlength=len(self._totals) + 1)[1:]
        inside = inside * float(step * step)
        for mark in self._unseen[:MAX_NAMED]:
            inside[mark.axes] -= ink_count(mark) * _inked_share(mark, box)
        shares = inside / np.maximum(self._totals, 1.0)
        index = int(np.argmax(shares))
        return index, float(np.clip(shares[index], 0.0, 1.0))

    def count(self, box: Box) -> int:
        """Pixels of data ink inside the box, of any axes."""
        if area(box) <= COUNTED_PX:
            return int(np.count_nonzero(self._cut(box)))
        if self._sums is None:
            padded = np.pad(self._owner > 0, ((1, 0), (1, 0)))
            self._sums = padded.astype(np.int32).cumsum(axis=0).cumsum(axis=1)
        top, bottom, left, right = self._edges(box)
        sums = self._sums
        return int(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])

    def _cut(self, box: Box) -> np.ndarray:
        top, bottom, left, right = self._edges(box)
        return self._owner[top:bottom, left:right]

    def _edges(self, box: Box) -> tuple[int, int, int, int]:
        height, width = self._owner.shape
        left, right = np.clip((round(box[0]), round(box[0] + box[2])), 0, width).tolist()
        top, bottom = np.clip((round(box[1]), round(box[1] + box[3])), 0, height).tolist()
        return top, max(bottom, top), left, max(right, left)


def _is_unseen(scene: Scene, mark: Mark) -> bool:
    """Whether nothing is seen of the mark, and neither a legend nor other data are the reason."""
    if mark.evidence is None or mark.evidence.visible > SEEN_SHARE:
        return False
    coverer = mark.evidence.coverer
    return coverer is None or scene.marks[coverer].role not in (*LEGEND_ROLES, "data")


def _inked_share(mark: Mark, box: Box) -> float:
    """The share of a measured mark's ink that lies inside the box."""
    if mark.evidence is None or not len(mark.evidence.places_N2):
        return 0.0
    x_N, y_N = mark.evidence.places_N2.T
    inside_N = (x_N >= box[0]) & (x_N < box[0] + box[2]) & (y_N >= box[1])
    return float((inside_N & (y_N < box[1] + box[3])).mean())


def _is_backdrop(mark: Mark, axes: AxesInfo) -> bool:
    is_picture = mark.kind in ("image", "mesh") or mark.artist_type in CONTOURS
    return is_picture and area(mark.region) > BACKDROP_SHARE * area(axes.region)


def _is_filled(scene: Scene, legend: Legend, owner: int, inks: _DataInk) -> bool:
    """Whether areas of data fill every place in the axes that the legend could have."""
    reach = inks.reach(owner)
    places = [*_candidates(scene, legend, scene.axes[owner].region).values(), legend.region]
    shares = [
        inks.count(box) / max(intersection(box, reach), FILLED_PLACE * area(box), 1.0)
        for box in places
    ]
    return min(shares) >= FILLED_PLACE and sum(shares) / len(shares) >= FILLED_SHARE


def _candidates(scene: Scene, legend: Legend, around: Box) -> dict[str, Box]:
    """The boxes that the legend would take at each of PLACES; none where it does not fit."""
    pad = LEGEND_PAD_PT * scene.dpi / 72
    _, _, width, height = legend.region
    if width + 2 * pad > around[2] or height + 2 * pad > around[3]:
        return {}
    columns = {
        "left": around[0] + pad,
        "right": around[0] + around[2] - pad - width,
        "center": around[0] + (around[2] - width) / 2,
    }
    rows = {"upper": around[1] + pad, "lower": around[1] + around[3] - pad - height}
    names = ((place, place.split()) for place in PLACES)
    return {place: (columns[column], rows[row], width, height) for place, (row, column) in names}


class _TextBoxes:
    """The boxes of all texts that are seen, and whose they are."""

    def __init__(self, scene: Scene) -> None:
        marks = [
            m for m in scene.marks if m.role in TEXT_ROLES and m.region is not None and is_inked(m)
        ]
        self._boxes_N4 = np.array([m.region for m in marks], np.float64).reshape(-1, 4)
        self._artists_N = np.array([m.artist for m in marks], np.int64)

    def meet(self, box: Box, but: set[int]) -> bool:
        """Whether a text of other artists than ``but`` shares area with the box."""
        common_N = common_areas(self._boxes_N4, box) > 0
        return bool(set(self._artists_N[common_N].tolist()) - but)


def free_place(scene: Scene, legend: Legend, owner: int, inks: _DataInk, texts: _TextBoxes) -> str:
    """The ``loc`` inside the axes where this legend would cover least, or "outside".

    A place is free when the legend fits into the axes there and covers neither data nor a text;
    where it stands now is not an answer.
    """
    around = scene.axes[owner].region
    own = {mark.artist for mark in legend.marks}
    for place, box in _candidates(scene, legend, around).items():
        if place == place_words(legend.region, around):
            continue
        if inks.count(box) == 0 and not texts.meet(box, own):
            return place
    return "outside"


def detect_ticks(scene: Scene) -> Reading:
    """Tick labels that are crowded or touch their neighbours, an axis a defect.

    Score: the smallest room over the room that is needed, at most 1.
    """
    worst = 1.0
    found = []
    for (index, role), labels in tick_groups(scene).items():
        seen = _once([label for label in labels if _takes_room(label)])
        room = tick_room(scene, index, role, seen)
        worst = min(worst, room)
        if room < 1.0:
            found.append((room, index, role, seen))
    defects, notes = [], []
    for room, index, role, labels in sorted(found, key=lambda item: item[0])[:MAX_NAMED]:
        name = f"{axes_prefix(scene, index)}{role[0]}"
        notes.append(f"{name} crowded")
        defects.append(
            Defect(
                axis="ticks",
                kind="ticks_crowded",
                region=whole(labels).place,
                severity=1,
                message=f"the {name} tick labels are crowded ({room:.0%} of the room they need)",
                spans=_crowded_by(scene.axes[index], role, labels, room),
            )
        )
    return Reading(defects=tuple(defects), notes=tuple(notes), score=worst)


def _takes_room(label: Part) -> bool:
    """Whether the label is seen; one that is hidden or faded does not crowd the others."""
    return label.region is not None and any(visible_share(m) > SEEN_SHARE for m in label.marks)


def _once(labels: Sequence[Part]) -> list[Part]:
    """The labels without those that say the same in the same place, as twins and doubles do."""
    kept: dict[tuple[str, int, int], Part] = {}
    for label in labels:
        x, y = center(label.place)
        column, row = round(x / SAME_LABEL_PX), round(y / SAME_LABEL_PX)
        near = [(label.text, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        if not any(key in kept for key in near):
            kept[(label.text, column, row)] = label
    return list(kept.values())


def _crowded_by(axes: AxesInfo, role: str, labels: Sequence[Part], room: float) -> tuple[Span, ...]:
    """The call that made the labels so large, where at a small size they would fit; else
    whoever put these labels there."""
    sizes = [(m.font_size_pt, m.setters.get("size")) for part in labels for m in part.marks]
    size, enlarged_by = max(sizes, key=lambda item: item[0])
    if enlarged_by is not None and room * size >= SMALL_TICK_PT:
        return (enlarged_by,)
    owner = tick_span(axes, role) or labels[0].marks[0].span
    return () if owner is None else (owner,)


def tick_room(scene: Scene, index: int, role: str, labels: Sequence[Part]) -> float:
    """Room over need of the labels of one axis: at least 1 when they are read apart.

    On straight axes each pair of neighbours in a row needs a gap. Elsewhere (polar, 3-D) no two
    labels may overlap.
    """
    axes = scene.axes[index]
    if len(labels) < 2:
        return 1.0
    if axes.projection not in STRAIGHT or role not in (X_TICKS, Y_TICKS):
        return _room_without_axis(scene, labels)
    side = 0 if role == X_TICKS else 1
    room = 1.0
    for row in _rows(labels, 1 - side):
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
