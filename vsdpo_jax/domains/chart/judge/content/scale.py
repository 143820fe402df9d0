"""The scale of an axis as its visible tick labels tell it; what the program declares is a guess.

The declared limits say where a value stands to a fraction of a pixel; labels stand within a few
pixels of their ticks. So the labels decide which scale is true, and the declared one, when they
agree with it, says exactly where.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.domains.chart.judge.content.numerals import Numeral, read_numeral, read_offset
from vsdpo_jax.domains.chart.judge.content.view import Sight, View, glyph_text
from vsdpo_jax.domains.chart.judge.coordinates import is_readable, to_fraction, to_value
from vsdpo_jax.domains.chart.judge.geometry import center
from vsdpo_jax.domains.chart.judge.parts import X_TICKS, Y_TICKS, Part

MAX_LABELS = 60
"""Of more labels an even sample is read."""
LABEL_PX, LABEL_SHARE = 3.0, 0.01
"""How far labels may stand from evenness: rounding of glyphs, and a share of the axis."""
LABEL_SHIFT_EM = 0.75
"""How far all labels together may stand beside their ticks: above a grid line, say."""
TRUE_SHARE = 0.8
"""Of the labels that are numbers; a stray one does not make the others false."""
SNAP = 0.02
"""Relative error of a factor that is estimated from labels a few pixels off their ticks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A scale in pixels.

    Attributes:
      start_px, length_px: where the first limit stands and the way to the second, signed.
      limits: values at the two ends, as the labels say them.
      kind: "linear" or "log".
    """

    start_px: float
    length_px: float
    limits: tuple[float, float]
    kind: str

    def px(self, values: np.ndarray | float) -> np.ndarray:
        """Where values stand; far off the picture for what a log scale cannot show."""
        fraction = to_fraction(np.asarray(values, np.float64), self.limits, self.kind)
        return self.start_px + np.clip(fraction, -1e6, 1e6) * self.length_px

    def value(self, px: np.ndarray | float) -> np.ndarray:
        """The value at a place."""
        fraction = (np.asarray(px, np.float64) - self.start_px) / self.length_px
        return to_value(fraction, self.limits, self.kind)

    def multiplied(self, factor: float, addend: float = 0.0) -> Scale:
        """The same places with other values: value * factor + addend."""
        low, high = (limit * factor + addend for limit in self.limits)
        return replace(self, limits=(low, high))


class Said(Enum):
    """What the labels of an axis say."""

    MISSING = "missing"
    WRONG = "wrong"
    TRUE = "true"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScaleReading:
    """What the labels of an axis say.

    Attributes:
      said: whether there are labels, and whether they agree with each other.
      scales: the scales that they may mean (a percent sign may stand for .01); empty unless TRUE.
      labels: the labels.
    """

    said: Said
    scales: tuple[Scale, ...] = ()
    labels: tuple[Part, ...] = ()


def declared(axes: AxesInfo, name: str) -> Scale | None:
    """The scale that the program declares for axis "x" or "y"; None where it cannot be read."""
    if not is_readable(axes):
        return None
    left, top, width, height = axes.region
    if name == "x":
        return Scale(
            start_px=left, length_px=max(width, 1e-6), limits=axes.x_limits, kind=axes.x_scale
        )
    return Scale(
        start_px=top + height,
        length_px=-max(height, 1e-6),
        limits=axes.y_limits,
        kind=axes.y_scale,
    )


def read_scale(view: View, index: int, name: str) -> ScaleReading:
    """Read axis "x" or "y" of an axes from the labels that can be seen.

    An axes without labels of its own is read by those of another one with the same limits in the
    same row (or column).
    """
    scale = declared(view.scene.axes[index], name)
    if scale is None:
        return ScaleReading(said=Said.MISSING)
    owner, labels = _labels(view, index, name, scale)
    numbers = [(part, number) for part in labels if (number := read_numeral(glyph_text(part)))]
    if len(numbers) < 2:
        return ScaleReading(said=Said.MISSING, labels=tuple(labels))
    numbers = numbers[:: 1 + len(numbers) // MAX_LABELS]
    multiplier, addend = _offset(view, owner, name)
    values = np.array([number.value for _, number in numbers]) * multiplier + addend
    places = _places([part for part, _ in numbers], name)
    slack_px = LABEL_PX / min(view.zoom, 1.0) + LABEL_SHARE * abs(scale.length_px)
    em_px = view.em_px(numbers[0][0].marks[0])
    found = []
    for factor in _common_factors([number for _, number in numbers]):
        agreed = _agreeing(scale, places, values * factor, slack_px, LABEL_SHIFT_EM * em_px)
        if agreed is not None:
            found.append(agreed)
    said = Said.TRUE if found else Said.WRONG
    return ScaleReading(said=said, scales=tuple(found), labels=tuple(labels))


def _labels(view: View, index: int, name: str, scale: Scale) -> tuple[int, list[Part]]:
    """The labels of the axis, or of another one that shows the same scale at the same place."""
    role = X_TICKS if name == "x" else Y_TICKS
    own = view.ticks.get((index, role))
    if own:
        return index, own
    for other, parts in view.ticks.items():
        if other[1] == role and other[0] != index:
            theirs = declared(view.scene.axes[other[0]], name)
            if theirs is not None and _same(scale, theirs):
                return other[0], parts
    return index, []


def _same(first: Scale, second: Scale) -> bool:
    span = abs(first.limits[1] - first.limits[0])
    near = all(abs(a - b) <= 1e-6 * span for a, b in zip(first.limits, second.limits, strict=True))
    place = abs(first.start_px - second.start_px) < 2 and (
        abs(first.length_px - second.length_px) < 2
    )
    return near and place and first.kind == second.kind


def _offset(view: View, index: int, name: str) -> tuple[float, float]:
    """What the offset text of an axis does to its labels: (factor, addend)."""
    left, top, width, height = view.scene.axes[index].region
    for part in view.parts:
        if part.role != "offset_text" or part.axes != index or view.sight(part) == Sight.GONE:
            continue
        x, y = center(part.full_region)
        beside_x = y > top + height or (y > top and x > left + width)
        if beside_x == (name == "x"):
            found = read_offset(glyph_text(part))
            if found is not None:
                return found
    return 1.0, 0.0


def _common_factors(numbers: Sequence[Numeral]) -> list[float]:
    """The factors that the units of all labels allow; each its own where they differ."""
    rows = [set(number.factors) for number in numbers if number.value]
    common = set.intersection(*rows) if rows else {1.0}
    return [f for f in dict.fromkeys(f for n in numbers for f in n.factors) if f in common]


def _places(parts: Sequence[Part], name: str) -> np.ndarray:
    """float64[3, N]: middle, end and start of each label along the axis.

    Slanted labels hang by an end.
    """
    boxes = np.array([part.full_region for part in parts])
    if name == "y":
        middle = boxes[:, 1] + 0.5 * boxes[:, 3]
        return np.stack([middle, middle, middle])
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    return np.stack([0.5 * (left + right), right, left])


def _agreeing(
    scale: Scale, places_3N: np.ndarray, values_N: np.ndarray, slack_px: float, shift_px: float
) -> Scale | None:
    """The scale that labels tell: the declared one, or one with other values in its places."""
    with np.errstate(invalid="ignore", over="ignore"):
        told_N = scale.px(values_N)
    for places_N in places_3N:
        if _stands(places_N - told_N, slack_px, shift_px):
            return scale
    for places_N in places_3N:
        other = _rescaled(scale, places_N, values_N)
        if other is not None and _stands(places_N - other.px(values_N), slack_px, shift_px):
            return other
    return None


def _stands(off_N: np.ndarray, slack_px: float, shift_px: float) -> bool:
    """Whether labels stand at their places, but for a shift of them all."""
    shift = float(np.median(off_N))
    right = np.abs(off_N - shift) <= slack_px
    enough = int(right.sum()) >= max(2, math.ceil(TRUE_SHARE * len(off_N)))
    return enough and abs(shift) <= shift_px + slack_px


def _rescaled(scale: Scale, places_N: np.ndarray, values_N: np.ndarray) -> Scale | None:
    """A scale of the labels' own values, where these run as the declared ones do."""
    shown_N = scale.value(places_N)
    if scale.kind == "log":
        if (values_N <= 0).any():
            return None
        return scale.multiplied(_snapped(math.exp(float(np.median(np.log(values_N / shown_N))))))
    if np.ptp(shown_N) == 0 or np.ptp(values_N) == 0 or not np.isfinite(shown_N).all():
        return None
    low, high = int(np.argmin(shown_N)), int(np.argmax(shown_N))
    factor = _snapped(float((values_N[high] - values_N[low]) / (shown_N[high] - shown_N[low])))
    addend = float(np.median(values_N - factor * shown_N))
    first, second = scale.limits
    if abs(addend) < SNAP * abs(factor * (second - first)):
        addend = 0.0
    other = scale.multiplied(factor, addend)
    return other if other.limits[0] != other.limits[1] else None


def _snapped(factor: float) -> float:
    """The power of ten that a factor is meant to be, when it is near one."""
    size = abs(factor)
    if not (1e-300 < size < 1e300):
        return factor
    power = 10.0 ** round(math.log10(size))
    return math.copysign(power, factor) if abs(size / power - 1.0) < SNAP else factor
