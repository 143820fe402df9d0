"""What a reader sees in a scene: texts, tick groups, legends; their names and their owners.

What concerns the whole scene is found once a scene and shared by all who ask: callers must not
change the lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import TEXT_ROLES, AxesInfo
from vsdpo_jax.domains.chart.judge.geometry import Box, area, areas, center, common_areas, union
from vsdpo_jax.domains.chart.judge.once import once_a_scene
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.records import Element, Span

X_TICKS, Y_TICKS, Z_TICKS = "x_tick_label", "y_tick_label", "z_tick_label"
TICK_ROLES = (X_TICKS, Y_TICKS, Z_TICKS)
LEGEND_ROLES = ("legend_frame", "legend_handle", "legend_text", "legend_title")

SECONDARY = "secondary"
"""Projection of an axis that shows another scale of its parent axes."""
STRAIGHT = ("rectilinear", SECONDARY)
"""Projections whose axes are straight lines beside the data."""

INVISIBLE_ALPHA = 0.02
"""Below this a colour leaves no trace on an 8-bit picture."""
SAME_PLACE_IOU = 0.95
"""Boxes this alike are the same place (twin axes)."""

SEEN_SHARE = 0.02
"""A mark of which less than this is seen is hidden: what is left are the rims of its ink."""
SAME_REGION_PX = 1.0
"""Painted boxes are rounded to whole pixels."""

MAX_NAMED = 100
"""Defects that a detector spells out, the worst; nobody reads more."""
MAX_FRAMES = 1000
"""Frames that one legend entry is compared with; a figure has a few dozen."""

_ROLE_NAMES = {
    "title": "title",
    "suptitle": "suptitle",
    "x_label": "x label",
    "y_label": "y label",
    "z_label": "z label",
    X_TICKS: "x ticks",
    Y_TICKS: "y ticks",
    Z_TICKS: "z ticks",
    "legend_text": "legend",
    "legend_title": "legend",
    "offset_text": "offset",
}
_FAMILY_NAMES = {"Line2D": "line", "Rectangle": "bar", "PathCollection": "points", "Wedge": "wedge"}
_QUOTED_LENGTH = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """Marks that a reader takes for one thing: a text of several lines, the labels of an axis.

    Attributes:
      name: what the feedback calls it ("title", "x ticks", "text 'peak'").
      role: of its marks.
      axes: index into Scene.axes, -1 for the figure.
      marks: at least one, in painting order.
    """

    name: str
    role: str
    axes: int
    marks: tuple[Mark, ...]

    @property
    def region(self) -> Box | None:
        """Box of what is visible; None when nothing is."""
        return union(m.region for m in self.marks if m.region is not None)

    @property
    def full_region(self) -> Box:
        """Box of all of it, visible or not."""
        box = union(m.full_region for m in self.marks)
        assert box is not None  # a part has marks
        return box

    @property
    def place(self) -> Box:
        """Where to point: what is visible, else where it would be."""
        return self.region or self.full_region

    @property
    def text(self) -> str:
        """What it says, lines joined, white space normalised."""
        return " ".join(" ".join(m.text for m in self.marks).split())


def is_inked(mark: Mark) -> bool:
    """Whether the mark has anything to see, were it inside the canvas."""
    if mark.color_rgba[3] < INVISIBLE_ALPHA:
        return False
    return mark.role not in TEXT_ROLES or bool(mark.text.strip())


@once_a_scene
def data_marks(scene: Scene) -> list[Mark]:
    """Marks that show data, colour bars' own marks left out."""
    return [
        mark
        for mark in scene.marks
        if mark.role == "data" and not (mark.axes >= 0 and scene.axes[mark.axes].is_colorbar)
    ]


@once_a_scene
def texts(scene: Scene) -> list[Part]:
    """Every text of the figure with ink, the lines of one text together."""
    groups: dict[int, list[Mark]] = defaultdict(list)
    for mark in scene.marks:
        if mark.role in TEXT_ROLES and is_inked(mark):
            groups[mark.artist].append(mark)
    return [_part(scene, marks) for marks in groups.values()]


@once_a_scene
def grouped_texts(scene: Scene) -> list[Part]:
    """Texts as the reader names them: the tick labels of an axis are one part, the rest single."""
    groups: dict[tuple[int, str, int], list[Mark]] = defaultdict(list)
    for part in texts(scene):
        alone = -1 if part.role in TICK_ROLES else part.marks[0].artist
        groups[(part.axes, part.role, alone)].extend(part.marks)
    return [_part(scene, marks) for marks in groups.values()]


@once_a_scene
def tick_groups(scene: Scene) -> dict[tuple[int, str], list[Part]]:
    """(axes, role) -> its tick labels, one part a label."""
    groups: dict[tuple[int, str], list[Part]] = defaultdict(list)
    for part in texts(scene):
        if part.role in TICK_ROLES and part.axes >= 0:
            groups[(part.axes, part.role)].append(part)
    return groups


def whole(parts: Sequence[Part]) -> Part:
    """Several parts as one, named after the first."""
    marks = tuple(mark for part in parts for mark in part.marks)
    return replace(parts[0], marks=marks)


def _part(scene: Scene, marks: Sequence[Mark]) -> Part:
    first = marks[0]
    name = _ROLE_NAMES.get(first.role)
    if name is None:
        said = " ".join(" ".join(m.text for m in marks).split())
        name = f"text '{said[:_QUOTED_LENGTH]}'"
    return Part(
        name=axes_prefix(scene, first.axes) + name,
        role=first.role,
        axes=first.axes,
        marks=tuple(marks),
    )


def is_plain(axes: AxesInfo) -> bool:
    """Whether a reader counts it as an axes: visible, no colour bar, no second scale of another."""
    return axes.is_visible and not axes.is_colorbar and axes.projection != SECONDARY


def axes_prefix(scene: Scene, index: int) -> str:
    """ "axes 2 " where a figure has several, "colorbar " for colour bars, "" else."""
    return "" if index < 0 else _prefixes(scene)[index]


@once_a_scene
def _prefixes(scene: Scene) -> tuple[str, ...]:
    several = sum(is_plain(axes) for axes in scene.axes) > 1
    found, number = [], 0
    for axes in scene.axes:
        number += is_plain(axes)
        numbered = f"axes {number} " if several and is_plain(axes) else ""
        found.append("colorbar " if axes.is_colorbar else numbered)
    return tuple(found)


@once_a_scene
def data_names(scene: Scene) -> dict[int, str]:
    """Artist -> "line North", "bar 2": what the feedback calls a data mark."""
    names: dict[int, str] = {}
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for mark in data_marks(scene):
        if mark.artist in names:
            continue
        counts[(mark.axes, mark.artist_type)] += 1
        label = mark.label if mark.label and not mark.label.startswith("_") else ""
        label = label or str(counts[(mark.axes, mark.artist_type)])
        family = _FAMILY_NAMES.get(mark.artist_type, "data")
        names[mark.artist] = f"{axes_prefix(scene, mark.axes)}{family} {label[:_QUOTED_LENGTH]}"
    return names


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Legend:
    """One legend.

    Attributes:
      axes: index into Scene.axes, -1 for the figure's.
      region: its frame, or the box around its entries where it has no frame.
      marks: frame, handles and texts.
    """

    axes: int
    region: Box
    marks: tuple[Mark, ...]


@once_a_scene
def legends(scene: Scene) -> list[Legend]:
    """Every visible legend: one a frame; entries without a frame are joined by axes and span."""
    inked = [m for m in scene.marks if m.role in LEGEND_ROLES and m.region is not None]
    frames = [m for m in inked if m.role == "legend_frame"]
    members: dict[int, list[Mark]] = {id(frame): [frame] for frame in frames}
    entries = [m for m in inked if m.role != "legend_frame" and is_inked(m)]
    loose: dict[tuple[int, Span | None], list[Mark]] = defaultdict(list)
    for mark, frame in zip(entries, _frames_of(entries, frames), strict=True):
        (members[id(frame)] if frame else loose[(mark.axes, mark.span)]).append(mark)
    found = [Legend(axes=f.axes, region=_box(f), marks=tuple(members[id(f)])) for f in frames]
    for (axes, _), marks in loose.items():
        region = union(_box(m) for m in marks)
        if region is not None:
            found.append(Legend(axes=axes, region=region, marks=tuple(marks)))
    return found


def _frames_of(entries: Sequence[Mark], frames: Sequence[Mark]) -> list[Mark | None]:
    """For each entry the last painted frame of the same legend that holds half of it or more."""
    # Of frames in one place the last painted wins always, so the others need no comparison.
    groups: dict[tuple[int, Span | None], dict[Box, Mark]] = defaultdict(dict)
    for frame in reversed(frames):
        groups[(frame.axes, frame.span)].setdefault(_box(frame), frame)
    boxes = {key: np.array(list(group)[:MAX_FRAMES], np.float64) for key, group in groups.items()}
    owners = {key: list(group.values())[:MAX_FRAMES] for key, group in groups.items()}
    found: list[Mark | None] = []
    for mark in entries:
        key = (mark.axes, mark.span)
        frame = None
        if key in boxes:
            inside_N = common_areas(boxes[key], _box(mark)) >= 0.5 * area(mark.region)
            frame = owners[key][int(np.argmax(inside_N))] if inside_N.any() else None
        found.append(frame)
    return found


def _box(mark: Mark) -> Box:
    assert mark.region is not None  # callers filter
    return mark.region


def same_box(first: Box, second: Box, tolerance_px: float) -> bool:
    """Whether the four edges agree."""
    return all(
        abs(a - b) <= tolerance_px and abs(a + la - b - lb) <= tolerance_px
        for a, la, b, lb in (
            (first[0], first[2], second[0], second[2]),
            (first[1], first[3], second[1], second[3]),
        )
    )


def shares_place(scene: Scene, index: int) -> list[int]:
    """Indices of other visible axes at the same place: the twins of an axes."""
    boxes_N4, sizes_N = _axes_boxes(scene)
    here = scene.axes[index].region
    common_N = common_areas(boxes_N4, here)
    total_N = sizes_N + area(here) - common_N
    same = np.flatnonzero((common_N > 0) & (common_N >= SAME_PLACE_IOU * total_N)).tolist()
    return [i for i in same if i != index]


def is_inset(scene: Scene, index: int) -> bool:
    """Whether the axes lies inside another, much larger one: a zoomed detail."""
    return _insets(scene)[index]


@once_a_scene
def _insets(scene: Scene) -> tuple[bool, ...]:
    boxes_N4, sizes_N = _axes_boxes(scene)
    found = []
    for axes in scene.axes:
        size = area(axes.region)
        around_N = common_areas(boxes_N4, axes.region) > 0.9 * size
        found.append(bool(np.any(around_N & (sizes_N > 1.5 * size))))
    return tuple(found)


@once_a_scene
def _axes_boxes(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """float64[N, 4] boxes of the axes and float64[N] their areas; of invisible ones no box."""
    boxes_N4 = np.array([axes.region for axes in scene.axes], np.float64).reshape(-1, 4)
    boxes_N4[[not axes.is_visible for axes in scene.axes], 2:] = 0.0
    return boxes_N4, areas(boxes_N4)


def place_words(box: Box, around: Box) -> str:
    """Where a box lies inside another, in the words of matplotlib's ``loc``."""
    x, y = center(box)
    column = _third((x - around[0]) / max(around[2], 1.0), ("left", "center", "right"))
    row = _third((y - around[1]) / max(around[3], 1.0), ("upper", "center", "lower"))
    return "center" if row == column else f"{row} {column}"


def _third(share: float, names: tuple[str, str, str]) -> str:
    return names[0] if share < 1 / 3 else names[1] if share <= 2 / 3 else names[2]


@once_a_scene
def elements_of(scene: Scene) -> tuple[Element, ...]:
    """Everything that a statement can be credited for.

    Every visible mark with a span; every text, artist and labelled series of several marks as a
    whole; every axes, tick group and legend as a whole; texts that are off the canvas where they
    would be, as they are somebody's doing, too.
    """
    found = [_element(m.region, m.span, m.role, m.text) for m in scene.marks]
    found += [_element(a.region, a.span, "axes") for a in scene.axes if a.is_visible]
    found += [_tick_element(scene, key, parts) for key, parts in tick_groups(scene).items()]
    for legend in legends(scene):
        span = next((m.span for m in legend.marks if m.span is not None), None)
        found.append(_element(legend.region, span, "legend"))
    for part in grouped_texts(scene):
        if part.region is None:
            found.append(_element(part.full_region, part.marks[0].span, part.role, part.text))
    found += _joined_elements(scene.marks)
    return tuple(element for element in found if element is not None)


def _joined_elements(marks: Iterable[Mark]) -> list[Element | None]:
    """Whole artists and whole series, where they have several marks."""
    groups: dict[tuple[object, ...], list[Mark]] = defaultdict(list)
    for mark in marks:
        groups[("artist", mark.artist, mark.role, mark.span)].append(mark)
        if mark.role == "data":
            key = ("series", mark.axes, mark.span, mark.label, mark.color_rgba)
            groups[key].append(mark)
    joined: list[Element | None] = []
    for key, members in groups.items():
        several = len({m.artist for m in members}) > 1 if key[0] == "series" else len(members) > 1
        if several:
            region = union(m.region for m in members if m.region is not None)
            said = " ".join(m.text for m in members).strip()
            joined.append(_element(region, members[0].span, members[0].role, said))
    return joined


def _tick_element(scene: Scene, key: tuple[int, str], parts: Sequence[Part]) -> Element | None:
    index, role = key
    region = whole(parts).place
    return _element(region, tick_span(scene.axes[index], role), role.removesuffix("_label") + "s")


def tick_span(axes: AxesInfo, role: str) -> Span | None:
    """Who owns the tick labels of an axis."""
    spans = {X_TICKS: axes.x_tick_span, Y_TICKS: axes.y_tick_span}
    return spans.get(role, axes.span)


def _element(region: Box | None, span: Span | None, role: str, text: str = "") -> Element | None:
    if region is None or span is None:
        return None
    return Element(region=region, span=span, role=role, text=text)
