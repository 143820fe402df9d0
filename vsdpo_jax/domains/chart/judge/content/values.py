"""Which asked values a person can read off a painted series."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsdpo_jax.domains.chart.judge.content.scale import (
    Said,
    Scale,
    ScaleReading,
    declared,
    read_scale,
)
from vsdpo_jax.domains.chart.judge.content.seeing import Seer
from vsdpo_jax.domains.chart.judge.content.series import Series, Shape
from vsdpo_jax.domains.chart.judge.content.value_labels import Labelled, label_series, numbers_of
from vsdpo_jax.domains.chart.judge.content.view import View

VALUE_PX, VALUE_SHARE = 1.5, 0.015
"""A value counts within so many pixels (of the picture, and at the width that is looked at) and
within this share of the asked values' own range: a careful reader does not do better."""
LEAST_AXIS_SHARE = 1 / 6
"""Of the axis: asked values reach over this much of it, from zero or from each other. Default
margins leave .9; a few pixels for all values say nothing."""
LEAST_LOG_STEP = 0.1
"""On a log axis VALUE_PX may be this much of a value."""
LEAST_AXIS_PX, LEAST_OWN_AXIS_PX = 40.0, 20.0
"""Length of an axis that shows anything: at the width that is looked at, and of the picture."""
LEAST_STEP_PX = 8.0
"""Between neighbours along the category axis, at the width that is looked at."""
EVEN_STEP = 0.6
"""Share of the mean step that neighbours are apart: months have 28 to 31 days."""
STACK_PX = 1.5
"""How near a bar starts to the end of the one that it stands on."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Match:
    """An asked row of values against a painted series.

    Attributes:
      right_V: bool[V] which asked values can be read off rightly.
      points_V: intp[V] the point that stands for each asked value; -1: none.
      others: how many visible points stand for none, but for those of categories without a name.
      scale: the scale by which it was read; None: the axis cannot be read.
      is_fine: whether that scale tells the asked values apart.
    """

    right_V: np.ndarray
    points_V: np.ndarray
    others: int
    scale: Scale | None
    is_fine: bool

    @property
    def right(self) -> int:
        """How many values are right."""
        return int(self.right_V.sum())

    @property
    def share(self) -> float:
        """Share of right values."""
        return float(self.right_V.mean())


class Reader:
    """Reads values off painted series; what several rows and readings need is found once."""

    def __init__(
        self,
        view: View,
        rows: Sequence[Sequence[float]],
        places: Mapping[tuple[int, str], np.ndarray],
        shapes: Sequence[Shape],
    ) -> None:
        """Args:
        view: the scene.
        rows: the values of each asked series.
        places: (axes, "x" or "y") -> where each asked category stands along it, in pixels;
          not-a-number for one that cannot be found. Without entries values are read in order.
        shapes: the data marks that show values.
        """
        self.view, self.shapes = view, shapes
        self._rows = [np.asarray(row, np.float64) for row in rows]
        self._places = places
        self._seer = Seer(view)
        self._numbers = numbers_of(view)
        self._ends = _bar_ends(view, shapes)
        self._scales: dict[tuple[int, str], ScaleReading] = {}
        self._labels: dict[tuple[object, ...], Labelled] = {}
        self._matches: dict[tuple[object, ...], Match] = {}

    def seen(self, series: Series) -> np.ndarray:
        """bool[N]: which ends of a series can be seen."""
        return self._seer.seen(series)

    def scale(self, index: int, name: str) -> ScaleReading:
        """What the labels of an axis say."""
        key = (index, name)
        if key not in self._scales:
            self._scales[key] = read_scale(self.view, index, name)
        return self._scales[key]

    def match(self, row: int, series: Series) -> Match:
        """The asked row ``row`` against a painted series, by the scale that suits it best."""
        key = (row, series.family, *(id(s) for s in series.shapes))
        if key not in self._matches:
            self._matches[key] = self._match(row, series)
        return self._matches[key]

    def _match(self, row: int, series: Series) -> Match:
        values = self._rows[row]
        points_V, others = self._assigned(series, len(values))
        best = Match(
            right_V=np.zeros(len(values), bool),
            points_V=points_V,
            others=others,
            scale=None,
            is_fine=True,
        )
        reading = self.scale(series.axes, series.value_axis)
        labelled = self._labelled(series)
        by_labels = reading.said is Said.MISSING and labelled.scale is not None
        for scale in (labelled.scale,) if by_labels else reading.scales:
            assert scale is not None  # by_labels
            right_V = self._right(series, points_V, values, scale)
            if by_labels:
                right_V &= labelled.says_N[points_V]
            else:
                right_V &= ~self._denied(labelled, series, points_V, row, scale)
            if best.scale is None or right_V.sum() > best.right:
                is_fine = self._tolerance_px(series, scale) is not None
                best = replace(best, right_V=right_V, scale=scale, is_fine=is_fine)
        return best

    def guess(self, row: int, series: Series) -> float:
        """Share of values that a series would show, were its axis and its categories to be read.

        It tells a series whose axis is at fault from one that nobody asked for.
        """
        values = self._rows[row]
        scale = declared(self.view.scene.axes[series.axes], series.value_axis)
        if scale is None or len(series.ends_N) != len(values):
            return 0.0
        wanted_px = scale.px(values)
        if series.family == "bar":
            wanted_px = wanted_px + np.where(
                [self._is_stacked(series, i) for i in range(len(values))],
                series.starts_N - scale.px(0.0),
                0.0,
            )
        near_px = VALUE_PX + VALUE_SHARE * abs(scale.length_px)
        return float((np.abs(series.ends_N - wanted_px) <= near_px).mean())

    def _labelled(self, series: Series) -> Labelled:
        key = (series.family, *(id(s) for s in series.shapes))
        if key not in self._labels:
            company = sum(
                len(s.points_N2) if s.family != "bar" else 1
                for s in self.shapes
                if s.mark.axes == series.axes and s.family == series.family
            )
            self._labels[key] = label_series(self.view, series, self._numbers, company)
        return self._labels[key]

    def is_labelled(self, series: Series) -> bool:
        """Whether the values are written at the ends, so that the axis may say nothing."""
        return self._labelled(series).scale is not None

    def _assigned(self, series: Series, count: int) -> tuple[np.ndarray, int]:
        """The point of each asked value, by its category's place, else by order; and the rest."""
        visible = np.flatnonzero(self.seen(series))
        places = self._places.get((series.axes, series.category_axis))
        points_V = np.full(count, -1, np.intp)
        if places is None or len(places) != count:
            if not self._is_spread(series):
                return points_V, 0
            points = min(count, len(series.ends_N))
            points_V[:points] = np.arange(points)
            return points_V, int(np.sum(visible >= count))
        found = np.flatnonzero(np.isfinite(places))
        if len(found):
            off_NF = np.abs(series.places_N[:, None] - places[found][None, :])
            nearest = off_NF.argmin(axis=1)
            reach = 0.5 * self._step(places[found], series)
            for turn, category in enumerate(found):
                mine = np.flatnonzero((nearest == turn) & (off_NF[:, turn] <= reach))
                if len(mine):
                    points_V[category] = mine[off_NF[mine, turn].argmin()]
        spare = int((~np.isin(visible, points_V)).sum())
        return points_V, max(0, spare - int((~np.isfinite(places)).sum()))

    def _step(self, places: np.ndarray, series: Series) -> float:
        """Distance of neighbouring categories; the whole axis for a single one."""
        if len(places) > 1:
            return float(np.diff(np.sort(places)).min())
        return self._side(series, of_values=False)

    def _side(self, series: Series, *, of_values: bool) -> float:
        """Length of the axes along its values or its categories."""
        region = self.view.scene.axes[series.axes].region
        return region[2] if series.is_horizontal == of_values else region[3]

    def _is_spread(self, series: Series) -> bool:
        """Whether points are apart along the category axis, so that each can be told."""
        if len(series.places_N) < 2:
            return True
        places = np.sort(series.places_N)
        span = float(places[-1] - places[0])
        if not self._places and series.family == "scatter":  # measured at any x
            return span >= LEAST_AXIS_SHARE * self._side(series, of_values=False)
        step = span / (len(places) - 1)
        is_wide = step * self.view.zoom >= LEAST_STEP_PX
        return is_wide and bool(np.diff(places).min() >= EVEN_STEP * step)

    def _right(
        self, series: Series, points_V: np.ndarray, values_V: np.ndarray, scale: Scale
    ) -> np.ndarray:
        """bool[V]: which values stand at their places, on an axis that tells them apart."""
        right_V = np.zeros(len(values_V), bool)
        near_px = self._tolerance_px(series, scale)
        if near_px is None:
            return right_V
        found = points_V >= 0
        points = points_V[found]
        wanted_px, ends_px = scale.px(values_V[found]), series.ends_N[points]
        seen = self.seen(series)[points]
        if series.family == "bar":
            zero = float(scale.px(0.0))
            starts_px = series.starts_N[points]
            on_zero = self._stands_on_zero(series, starts_px, zero, near_px)
            stacked = np.array([self._is_stacked(series, int(p)) for p in points], bool)
            stacked &= ~on_zero & (scale.kind == "linear")
            wanted_px = np.where(stacked, wanted_px + starts_px - zero, wanted_px)
            is_flat = (np.abs(ends_px - starts_px) < 1.0) & (np.abs(wanted_px - zero) <= near_px)
            seen = (seen | is_flat) & (on_zero | stacked)
        right_V[found] = seen & (np.abs(ends_px - wanted_px) <= near_px)
        return right_V

    def _stands_on_zero(
        self, series: Series, starts_px: np.ndarray, zero: float, near_px: float
    ) -> np.ndarray:
        """bool[P]: which bars start at zero, or where the axis begins after it."""
        left, top, width, height = self.view.scene.axes[series.axes].region
        low, high = (left, left + width) if series.is_horizontal else (top, top + height)
        cut = ((starts_px <= low + 1) & (zero <= low + 1)) | (
            (starts_px >= high - 1) & (zero >= high - 1)
        )
        return cut | (np.abs(starts_px - zero) <= near_px)

    def _is_stacked(self, series: Series, point: int) -> bool:
        """Whether a bar starts where another one ends."""
        place = float(series.places_N[point])
        for cell in (-1, 0, 1):
            key = (series.axes, series.is_horizontal, int(place // STACK_PX) + cell)
            for edge in self._ends.get(key, ()):
                if abs(edge - series.starts_N[point]) <= STACK_PX:
                    return True
        return False

    def _tolerance_px(self, series: Series, scale: Scale) -> float | None:
        """How far from its place a value counts; None on an axis that tells no values apart."""
        length = abs(scale.length_px)
        zoom = self.view.zoom
        sides = self.view.scene.axes[series.axes].region[2:]
        if min(sides) < LEAST_OWN_AXIS_PX or min(sides) * zoom < LEAST_AXIS_PX:
            return None
        values = np.concatenate(self._rows)
        places = scale.px(values)
        low, high = sorted((scale.start_px, scale.start_px + scale.length_px))
        shown = (places >= low - 2) & (places <= high + 2)
        if not shown.any():
            return None
        values, places = values[shown], places[shown]
        near_px = VALUE_PX * max(1.0, 1.0 / zoom)
        span = float(np.ptp(places))
        if scale.kind == "log":
            decades = abs(np.log(scale.limits[1] / scale.limits[0]))
            is_fine = np.expm1(near_px * decades / length) <= LEAST_LOG_STEP
            if span < LEAST_AXIS_SHARE * length and not is_fine:
                return None
        else:
            highest = float(np.abs(values).max())
            from_zero = highest * length / abs(scale.limits[1] - scale.limits[0])
            reach = max(span, from_zero)
            if highest > 0 and reach < LEAST_AXIS_SHARE * length:
                return None
            span = reach if series.family == "bar" else span
        return max(near_px, VALUE_SHARE * min(span, length))

    def _denied(
        self,
        labelled: Labelled,
        series: Series,
        points_V: np.ndarray,
        row: int,
        scale: Scale,
    ) -> np.ndarray:
        """bool[V]: which values a number at the mark's end denies.

        Numbers may tell another thing: only where every end has one that is neither the value, nor
        where the bar ends on the axis, nor another series' value there, they are taken for a lie.
        """
        denied_V = np.zeros(len(points_V), bool)
        if not labelled.is_full:
            return denied_V
        for place, point in enumerate(points_V.tolist()):
            number = labelled.numbers_N[point] if point >= 0 else None
            if number is None:
                continue
            said = [number.value * factor for factor in number.factors]
            meant = [float(values[place]) for values in self._rows if place < len(values)]
            meant.append(float(scale.value(series.ends_N[point])))
            slack = max(0.51 * number.step, VALUE_SHARE * float(np.abs(self._rows[row]).max()))
            slacks = [slack * factor for factor in number.factors]
            denied_V[place] = not any(
                abs(value - other) <= max(near, VALUE_SHARE * abs(other))
                for value, near in zip(said, slacks, strict=True)
                for other in meant
            )
        return denied_V

    def spell(self, series: Series, match: Match, place: int) -> str:
        """The value that a reader finds for an asked one, "40" rather than "39.97"."""
        point, scale = int(match.points_V[place]), match.scale
        if point < 0 or scale is None or not self.seen(series)[point]:
            return "nothing"
        value = float(scale.value(series.ends_N[point]))
        if series.family == "bar" and self._is_stacked(series, point):
            value -= float(scale.value(series.starts_N[point]))
        step = 0.01 * abs(scale.limits[1] - scale.limits[0])
        if scale.kind == "log":
            step = 0.01 * abs(value)
        if not (math.isfinite(value) and step > 0):
            return "nothing"
        return f"{round(value, max(0, -math.floor(math.log10(step)))):.6g}"


def _bar_ends(view: View, shapes: Sequence[Shape]) -> dict[tuple[int, bool, int], list[float]]:
    """(axes, is horizontal, cell of the middle along the categories) -> where bars there end."""
    found: dict[tuple[int, bool, int], list[float]] = defaultdict(list)
    zeros: dict[tuple[int, bool], float] = {}
    for shape in shapes:
        if shape.family != "bar":
            continue
        index = shape.mark.axes
        for is_horizontal in (False, True):
            key = (index, is_horizontal)
            if key not in zeros:
                scale = declared(view.scene.axes[index], "x" if is_horizontal else "y")
                assert scale is not None  # shapes stand on readable axes
                zeros[key] = float(scale.px(0.0))
            along, across = (1, 0) if is_horizontal else (0, 1)
            low, high = shape.points_N2[:, across].tolist()
            is_low = abs(low - zeros[key]) <= abs(high - zeros[key])
            place = float(shape.points_N2[:, along].mean())
            found[(*key, int(place // STACK_PX))].append(high if is_low else low)
    return found
