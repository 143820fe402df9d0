"""Numbers that are written at the ends of bars and points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.judge.content.numerals import Numeral, read_numeral
from vsdpo_jax.domains.chart.judge.content.scale import Scale, declared
from vsdpo_jax.domains.chart.judge.content.series import Series
from vsdpo_jax.domains.chart.judge.content.view import View, glyph_text
from vsdpo_jax.domains.chart.judge.geometry import center
from vsdpo_jax.domains.chart.judge.parts import Part

BESIDE_EM = 2.5
"""How far the middle of a number may be from the end that it belongs to."""
AGREE_PX, AGREE_SHARE = 2.0, 0.02
"""How well lengths agree with the numbers at their ends: pixels, and share of the longest."""
MAX_NUMBERS = 300
"""Of more numbers, or ends, the first are matched."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Labelled:
    """The numbers at the ends of a series.

    Attributes:
      numbers_N: the number at each point, None where there is none.
      says_N: bool[N] where a number stands that agrees with ``scale``.
      scale: the scale that the numbers and the ends give; None: there are too few, or they do not
        agree.
    """

    numbers_N: tuple[Numeral | None, ...]
    says_N: np.ndarray
    scale: Scale | None

    @property
    def is_full(self) -> bool:
        """Whether every end has a number that is a value and no change or share."""
        return bool(self.numbers_N) and all(n is not None and n.is_plain for n in self.numbers_N)


def label_series(
    view: View, series: Series, numbers: Sequence[tuple[Part, Numeral]], company: int
) -> Labelled:
    """The numbers of the figure that belong to the ends of a series, and the scale they tell.

    Args:
      view: the scene.
      series: a painted series.
      numbers: see ``numbers_of``.
      company: how many marks of its family there are in its axes: where there is more than one, one
        number alone says nothing about lengths.
    """
    ends = len(series.ends_N)
    found: list[Numeral | None] = [None] * ends
    if numbers and ends <= MAX_NUMBERS:
        for point, number in _assigned(view, series, numbers).items():
            found[point] = number
    known = np.array([n is not None for n in found], bool)
    values_N = np.array([np.nan if n is None else n.value * n.factors[0] for n in found])
    scale, says_N = None, np.zeros(ends, bool)
    if known.sum() >= min(2, company):
        scale = _told(view, series, values_N, known)
    if scale is not None:
        off_N = np.abs(scale.px(values_N) - series.ends_N)
        longest = float(np.ptp([*scale.px(values_N[known]), scale.px(0.0)]))
        says_N = known & (off_N <= AGREE_PX / min(view.zoom, 1.0) + AGREE_SHARE * longest)
        if not says_N[known].mean() > 0.5:
            scale, says_N = None, np.zeros(ends, bool)
    return Labelled(numbers_N=tuple(found), says_N=says_N, scale=scale)


def numbers_of(view: View) -> list[tuple[Part, Numeral]]:
    """The texts placed by hand that are numbers."""
    found = [(part, read_numeral(glyph_text(part))) for part in view.free_texts]
    return [(part, number) for part, number in found if number is not None][:MAX_NUMBERS]


def _assigned(
    view: View, series: Series, numbers: Sequence[tuple[Part, Numeral]]
) -> dict[int, Numeral]:
    """Point -> its number: the nearest pairs first, each once."""
    centers_K2 = np.array([center(part.full_region) for part, _ in numbers])
    if series.is_horizontal:
        centers_K2 = centers_K2[:, ::-1]
    em_K = np.array([view.em_px(part.marks[0]) for part, _ in numbers])
    widths_K = np.array([part.full_region[2] for part, _ in numbers])
    reach_K = BESIDE_EM * em_K + (0.5 * widths_K if series.is_horizontal else 0.0)
    along_NK = np.abs(centers_K2[None, :, 0] - series.places_N[:, None])
    over_NK = np.abs(centers_K2[None, :, 1] - series.ends_N[:, None])
    if series.family == "bar":
        low, high = np.sort([series.starts_N, series.ends_N], axis=0)
        inside = (centers_K2[None, :, 1] >= low[:, None]) & (
            centers_K2[None, :, 1] <= high[:, None]
        )
        fits = (along_NK <= series.sides_N[:, None] + 0.5 * em_K) & (inside | (over_NK <= reach_K))
    else:
        fits = np.hypot(along_NK, over_NK) <= reach_K + (0.0 if series.is_horizontal else 0.5) * (
            widths_K
        )
    distance_NK = np.where(fits, np.hypot(along_NK, over_NK), np.inf)
    found: dict[int, Numeral] = {}
    taken = set()
    order = np.argsort(distance_NK, axis=None, kind="stable")
    for flat in order[: int(fits.sum())]:
        point, place = divmod(int(flat), len(numbers))
        if point not in found and place not in taken:
            found[point] = numbers[place][1]
            taken.add(place)
    return found


def _told(view: View, series: Series, values_N: np.ndarray, known: np.ndarray) -> Scale | None:
    """The scale on which the ends stand at their numbers; lengths are proportional to them."""
    plain = declared(view.scene.axes[series.axes], series.value_axis)
    values, ends = values_N[known], series.ends_N[known]
    if plain is None:
        return None
    if plain.kind == "log":
        shown = plain.value(ends)
        if (values <= 0).any() or not np.isfinite(shown).all():
            return None
        return plain.multiplied(float(np.median(values / shown)))
    if series.family == "bar":
        lengths, nonzero = ends - series.starts_N[known], values != 0
        if not nonzero.any():
            return None
        slope = float(np.median(lengths[nonzero] / values[nonzero]))
        base = float(np.median(series.starts_N[known]))
    elif len(values) < 2 or np.ptp(values) == 0:
        slope = plain.length_px / (plain.limits[1] - plain.limits[0])
        base = float(np.median(ends - slope * values))
    else:
        low, high = int(np.argmin(values)), int(np.argmax(values))
        slope = float((ends[high] - ends[low]) / (values[high] - values[low]))
        base = float(np.median(ends - slope * values))
    if slope == 0 or slope * plain.length_px * (plain.limits[1] - plain.limits[0]) < 0:
        return None
    low = (plain.start_px - base) / slope
    return Scale(
        start_px=plain.start_px,
        length_px=plain.length_px,
        limits=(low, low + plain.length_px / slope),
        kind="linear",
    )
