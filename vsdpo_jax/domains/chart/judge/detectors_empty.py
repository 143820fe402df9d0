"""The detector on axes that show nothing: a visible frame with nothing visible inside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from vsdpo_jax.domains.chart.judge.geometry import Box, area, areas, common_areas
from vsdpo_jax.domains.chart.judge.parts import (
    LEGEND_ROLES,
    MAX_NAMED,
    SEEN_SHARE,
    axes_prefix,
    is_inked,
    is_plain,
    place_words,
    shares_place,
)
from vsdpo_jax.domains.chart.judge.sight import visible_share
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.records import Defect, Span

CONTENT_ROLES = ("data", "text", "annotation", "arrow", "text_box")
"""What fills an axes when it is seen inside."""
FRAME_ROLES = ("spine", "tick", "grid", "x_tick_label", "y_tick_label", "z_tick_label")
"""What makes an axes without content look like one that waits for data."""
TOOLKIT_GRIDS = ("GridlinesCollection", "Line3DCollection")
"""Collections that toolkits draw grid lines with; other collections and patches that are not in
data units are guides (axvspan)."""
SAME_COLOR = 0.02
"""Largest difference of a channel between a background and what lies behind it to be no panel."""
WITHIN_SHARE = 0.9
"""Share of an axes inside another from which it is a part of that."""
COVERED_SHARE = 0.999
"""Share of an axes under a background from which nothing of it is seen."""
_WHITE = (1.0, 1.0, 1.0)
OPAQUE = 0.98
"""Alpha from which a background hides what it covers."""


def detect_empty(scene: Scene) -> Reading:
    """Visible axes that show nothing, and figures without any content.

    Colour bars, second scales, twins of axes with content, axes around others, panels kept for a
    legend and axes that paint nothing do not count. Data that are all hidden fill no axes.
    Score: 1 / (1 + number of empty axes, at most MAX_NAMED).
    """
    sight = _Sight(scene)
    empty: list[int] = []
    judged: set[Box] = set()  # axes in one place are one axes to the eye
    for index, axes in enumerate(scene.axes):
        if is_plain(axes) and index not in sight.filled and axes.region not in judged:
            if sight.looks_empty(index):
                judged.add(axes.region)
                fillers = sight.shown if index in sight.hidden else sight.filled
                if not fillers.intersection(shares_place(scene, index)):
                    empty.append(index)
        if len(empty) == MAX_NAMED:
            break
    defects = [_empty_axes(scene, sight, index) for index in empty]
    notes = [f"{(axes_prefix(scene, i) or 'axes').strip()} without data" for i in empty]
    number = len(empty)
    if not empty and not sight.filled and not sight.keyed:
        number, notes = 1, ["figure without data"]
        defects = [_empty("figure", _canvas(scene), scene, ())]
    return Reading(defects=tuple(defects), notes=tuple(notes), score=1.0 / (1 + number))


class _Sight:
    """What is seen where.

    Attributes:
      filled: axes with visible content, -1 for the figure's own. What stands over data that are
        all hidden is none.
      shown: axes with visible data.
      keyed: axes with a visible legend.
      framed: axes with a visible frame, ticks, grid or panel.
      hidden: axes without visible data -> its data that were painted and are not seen.
      with_data: axes that have data, seen or not.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.filled: set[int] = set()
        self.shown: set[int] = set()
        self.keyed: set[int] = set()
        self.framed: set[int] = set()
        self.hidden: dict[int, list[Mark]] = defaultdict(list)
        self.with_data = {mark.axes for mark in scene.marks if mark.role == "data"}
        self._paper: Sequence[float] | None = None
        self._panels: dict[int, Sequence[float]] = {}
        self._last = {mark.axes: number for number, mark in enumerate(scene.marks)}
        sheets: list[tuple[int, int, Box]] = []
        loose: list[Box] = []
        for number, mark in enumerate(scene.marks):
            if mark.region is None or not is_inked(mark):
                continue
            if mark.role == "background" and mark.color_rgba[3] >= OPAQUE:
                sheets.append((number, mark.axes, mark.region))
            if mark.axes < 0 and mark.role in CONTENT_ROLES:
                loose.append(mark.region)
            self._note(mark, mark.region)
        for index in self.shown:
            self.hidden.pop(index, None)
        self.filled.difference_update(self.hidden)
        self._sheet_places_N2 = np.array([s[:2] for s in sheets], np.int64).reshape(-1, 2)
        self._sheets_N4 = np.array([s[2] for s in sheets], np.float64).reshape(-1, 4)
        inner = [scene.axes[i].region for i in self.filled if i >= 0 and scene.axes[i].is_visible]
        self._inner_N4 = np.array([*inner, *loose], np.float64).reshape(-1, 4)

    def _note(self, mark: Mark, region: Box) -> None:
        if mark.role == "background":
            self._note_background(mark)
        elif visible_share(mark) <= SEEN_SHARE:
            if mark.role == "data":
                self.hidden[mark.axes].append(mark)
        elif mark.role in LEGEND_ROLES:
            self.keyed.add(mark.axes)
        elif mark.role in FRAME_ROLES and not _is_guide(mark):
            if self._stands_out(mark):
                self.framed.add(mark.axes)
        elif mark.role in CONTENT_ROLES or (_is_guide(mark) and self._stands_out(mark)):
            if mark.role == "data":
                self.shown.add(mark.axes)
            if mark.axes < 0 or _touches(region, self._scene.axes[mark.axes].region):
                self.filled.add(mark.axes)

    def _note_background(self, mark: Mark) -> None:
        """The figure's own comes first; then panels of axes and drawings on the figure itself."""
        if mark.axes < 0 and self._paper is None:
            self._paper = mark.color_rgba
            return
        if self._stands_out(mark):
            (self.framed if mark.axes >= 0 else self.filled).add(mark.axes)
        if mark.axes >= 0:
            self._panels[mark.axes] = mark.color_rgba

    def _stands_out(self, mark: Mark) -> bool:
        """Whether its paint, which is not measured, has another colour than its ground."""
        ground = self._panels.get(mark.axes, self._paper or _WHITE)
        pairs = zip(mark.color_rgba[:3], ground[:3], strict=True)
        return mark.color_rgba[3] * max(abs(one - two) for one, two in pairs) > SAME_COLOR

    def looks_empty(self, index: int) -> bool:
        """Whether an axes without content of its own strikes the eye: by its frame, or because
        its data were painted over. Axes around others, or around a text or picture of the figure,
        have content."""
        region = self._scene.axes[index].region
        if index in self.hidden:
            return True
        sizes_N = areas(self._inner_N4)
        inside_N = common_areas(self._inner_N4, region) >= WITHIN_SHARE * sizes_N
        if np.any(inside_N & (0 < sizes_N) & (sizes_N < WITHIN_SHARE * area(region))):
            return False
        return index in self.framed and not self._is_covered(index)

    def _is_covered(self, index: int) -> bool:
        """Whether an opaque background that was painted after all of an axes covers it whole."""
        region = self._scene.axes[index].region
        number_N, axes_N = self._sheet_places_N2.T
        later_N = (number_N > self._last.get(index, -1)) & (axes_N != index)
        whole_N = common_areas(self._sheets_N4, region) >= COVERED_SHARE * area(region)
        return bool(np.any(later_N & whole_N))


def _is_guide(mark: Mark) -> bool:
    """Lines and bands that were put in by hand; grid lines are Line2D or a toolkit's."""
    by_hand = mark.artist_type not in ("Line2D", *TOOLKIT_GRIDS)
    return mark.role == "guide" or (mark.role == "grid" and by_hand)


def _touches(box: Box, around: Box) -> bool:
    """Whether a box, which may be a line or a point, reaches into another."""
    return (
        box[0] <= around[0] + around[2]
        and around[0] <= box[0] + box[2]
        and box[1] <= around[1] + around[3]
        and around[1] <= box[1] + box[3]
    )


def _empty_axes(scene: Scene, sight: _Sight, index: int) -> Defect:
    axes = scene.axes[index]
    hidden = sight.hidden.get(index, ())
    name = (axes_prefix(scene, index) or "axes").strip()
    limits = axes.x_limit_span or axes.y_limit_span if index in sight.with_data else None
    blamed = _hidden_by(scene, hidden) or limits or axes.span
    return _empty(name, axes.region, scene, () if blamed is None else (blamed,))


def _empty(name: str, region: Box, scene: Scene, spans: tuple[Span, ...]) -> Defect:
    place = place_words(region, _canvas(scene))
    return Defect(
        axis="empty",
        kind="axes_empty",
        region=region,
        severity=1,
        message=f"{name} ({place}) shows no data",
        spans=spans,
    )


def _hidden_by(scene: Scene, hidden: Sequence[Mark]) -> Span | None:
    """Who hid the data of an axes: what was painted over them, else the call that gave them, or
    their ground, its colour."""
    for mark in hidden:
        coverer = None if mark.evidence is None else mark.evidence.coverer
        span = mark.setters.get("color") if coverer is None else scene.marks[coverer].span
        if span is None and coverer is None and mark.axes >= 0:
            span = scene.axes[mark.axes].background_span
        if span is not None or mark.span is not None:
            return span or mark.span
    return None


def _canvas(scene: Scene) -> Box:
    return (0.0, 0.0, float(scene.width_px), float(scene.height_px))
