"""Which ends of data marks can be seen in the finished picture."""

from __future__ import annotations

import numpy as np

from vsdpo_jax.domains.chart.judge.content.series import Series, Shape
from vsdpo_jax.domains.chart.judge.content.view import PALE_DIFFERENCE, View, is_pale
from vsdpo_jax.domains.chart.judge.geometry import Box
from vsdpo_jax.domains.chart.judge.sight import seen_in, visible_share
from vsdpo_jax.domains.chart.paint.scene import Mark

SEEN_SHARE = 0.4
"""Of the ink around a vertex; lines of other series may cross it."""
STRIP_SEEN_SHARE = 0.5
"""Of the ink along the end of a bar."""
BAR_SEEN_SHARE = 0.3
"""Of a whole bar."""
OUTLINE_SEEN_SHARE, HOLLOW_COVERED = 0.05, 0.3
"""Of the end of a bar that only its outline shows; and how much of it other paint may take."""
STRIP_PX, STRIP_SHARES = 3.0, (0.06, 0.3)
"""How deep the end of a bar is looked at, in pixels and as shares of its length: farther in where
no ink is nearer (a hatch)."""
NEAR_PX, FAR_PX = 4.0, 12.0
"""How far from a vertex its ink is looked for: farther where none is, as dashes leave it open."""
SAME_PLACE_PX = 2.0
"""Marks this near show the same point: a marker on its line, equal values of two series."""
MAX_POINTS, MAX_LOOKS = 200, 5000
"""Points of one mark, and of all, that are looked at one by one; more are as visible as their mark.
"""
_NOWHERE = -1e6


class Seer:
    """Looks at the ends of shapes, each once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._grow = max(1.0, 1.0 / view.zoom)
        self._points: dict[int, np.ndarray] = {}
        self._bars: dict[tuple[int, float], bool] = {}
        self._own: dict[int, np.ndarray] = {}
        self._covers: set[tuple[int, int]] | None = None
        self._looks = 0

    def seen(self, series: Series) -> np.ndarray:
        """bool[N]: which ends of a series can be seen."""
        if series.family == "bar":
            return np.array([self._bar(series, i) for i in range(len(series.ends_N))], bool)
        flags = [self._vertices(shape) for shape in series.shapes]
        starts = np.cumsum([0, *(len(f) for f in flags)])
        return np.concatenate(flags)[starts[series.owners_N] + series.turns_N]

    def _bar(self, series: Series, index: int) -> bool:
        shape = series.shapes[series.owners_N[index]]
        end, start = float(series.ends_N[index]), float(series.starts_N[index])
        key = (id(shape), end)
        if key not in self._bars:
            self._bars[key] = shape.is_readable and self._sees_end(series, index, start, end)
        return self._bars[key]

    def _sees_end(self, series: Series, index: int, start: float, end: float) -> bool:
        mark = series.shapes[series.owners_N[index]].mark
        axes = self._view.scene.axes[series.axes].region
        low, long = (axes[0], axes[2]) if series.is_horizontal else (axes[1], axes[3])
        if not low - 1 <= end <= low + long + 1:
            return False
        needed = STRIP_SEEN_SHARE
        if _is_hollow(mark):
            needed = OUTLINE_SEEN_SHARE
        elif visible_share(mark) < BAR_SEEN_SHARE:
            return False
        place, side = float(series.places_N[index]), float(series.sides_N[index])
        for share in STRIP_SHARES:
            depth = max(STRIP_PX * self._grow, share * abs(end - start))
            across = min(end, end - np.copysign(depth, end - start)) - 0.5
            box = (place - side - 0.5, across, 2 * side + 1.0, depth + 1.0)
            if series.is_horizontal:
                box = (box[1], box[0], box[3], box[2])
            if seen_in(mark, box) >= needed:
                return True
        return False

    def _vertices(self, shape: Shape) -> np.ndarray:
        """bool[N]: which points of a line or of a group of points can be seen.

        What lies under another mark's point in the same place is seen in that one.
        """
        known = self._points.get(id(shape))
        if known is not None:
            return known
        points_N2 = _somewhere(shape.points_N2)
        left, top, width, height = self._view.scene.axes[shape.mark.axes].region
        inside_N = np.all(
            (points_N2 >= (left - 1, top - 1))
            & (points_N2 <= (left + width + 1, top + height + 1)),
            axis=1,
        )
        seen_N = inside_N & shape.is_readable
        if seen_N.any():
            seen_N &= self._near(shape)
            hidden = np.flatnonzero(inside_N & ~seen_N)[:MAX_POINTS] if shape.is_readable else []
            for index in hidden:
                seen_N[index] = not self._other_points().isdisjoint(_cells(points_N2[index]))
        self._points[id(shape)] = seen_N
        return seen_N

    def _near(self, shape: Shape) -> np.ndarray:
        """bool[N]: whether the ink of a shape around each of its points is seen."""
        if shape.picks_N is not None:
            return self._around(shape.mark, np.asarray(shape.mark.points_px))[shape.picks_N]
        return self._around(shape.mark, shape.points_N2)

    def _around(self, mark: Mark, points_N2: np.ndarray) -> np.ndarray:
        """bool[N]: whether the ink of a mark around points is seen."""
        known = self._own.get(id(mark))
        if known is not None and len(known) == len(points_N2):
            return known
        points_N2 = _somewhere(points_N2)
        first_N2 = points_N2[: max(0, min(MAX_POINTS, MAX_LOOKS - self._looks))]
        self._looks += len(first_N2)
        if mark.evidence is None:
            near = [seen_in(mark, _square(point, NEAR_PX)) >= SEEN_SHARE for point in first_N2]
            seen_N = np.array(near, bool)
        else:
            seen_N = self._measured(mark, first_N2)
        rest = np.full(len(points_N2) - len(seen_N), visible_share(mark) >= SEEN_SHARE)
        self._own[id(mark)] = np.concatenate([seen_N, rest])
        return self._own[id(mark)]

    def _measured(self, mark: Mark, points_N2: np.ndarray) -> np.ndarray:
        evidence = mark.evidence
        assert evidence is not None  # callers check
        seen_N = np.zeros(len(points_N2), bool)
        places_X, places_Y = evidence.places_N2.T.astype(np.float32) + 0.5
        for index, (x, y) in enumerate(points_N2.tolist()):
            off = np.maximum(np.abs(places_X - x), np.abs(places_Y - y))
            for reach in (NEAR_PX, FAR_PX):
                near = off <= reach * self._grow
                if near.any():
                    seen_N[index] = evidence.seen_N[near].mean() >= SEEN_SHARE
                    break
        return seen_N

    def _other_points(self) -> set[tuple[int, int]]:
        """Cells of SAME_PLACE_PX in which a data mark shows a point of its own."""
        if self._covers is None:
            self._covers = set()
            for mark in self._view.data:
                points = mark.points_px
                if points is None or mark.kind not in ("path", "markers", "collection"):
                    continue
                if mark.artist_type not in ("Line2D", "PathCollection") or is_pale(mark):
                    continue
                points_N2 = _somewhere(points)
                for point in points_N2[self._around(mark, points_N2)][:MAX_POINTS]:
                    self._covers.add(_cell(point))
        return self._covers


def _is_hollow(mark: Mark) -> bool:
    """Whether a bar has the colour of its ground, and is told by its outline alone."""
    evidence = mark.evidence
    if evidence is None or evidence.difference is None:
        return False
    return (
        evidence.ground < PALE_DIFFERENCE <= evidence.difference
        and evidence.covered < HOLLOW_COVERED
    )


def _somewhere(points_N2: np.ndarray) -> np.ndarray:
    """Points as float64, missing ones far away."""
    points_N2 = np.asarray(points_N2, np.float64)
    return np.nan_to_num(points_N2, nan=_NOWHERE, posinf=_NOWHERE, neginf=_NOWHERE)


def _square(point: np.ndarray, reach: float) -> Box:
    return (float(point[0]) - reach, float(point[1]) - reach, 2 * reach, 2 * reach)


def _cell(point: np.ndarray) -> tuple[int, int]:
    return int(point[0] // SAME_PLACE_PX), int(point[1] // SAME_PLACE_PX)


def _cells(point: np.ndarray) -> list[tuple[int, int]]:
    """The cell of a point and those around it."""
    x, y = _cell(point)
    return [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
