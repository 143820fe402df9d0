"""Where the asked categories stand: the names along the axis that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vsdpo_jax.domains.chart.judge.content.asked import normal
from vsdpo_jax.domains.chart.judge.content.series import Shape
from vsdpo_jax.domains.chart.judge.content.view import (
    SPELLED_RATIO,
    Sight,
    View,
    glyph_text,
    is_turned,
    likeness,
)
from vsdpo_jax.domains.chart.judge.geometry import Box, center
from vsdpo_jax.domains.chart.judge.parts import X_TICKS, Y_TICKS, Part, is_plain

LETTER_SHAPE_PX = 2.0
"""How far the middle of a slanted word's box may lie from where the word hangs."""
LABEL_EM = 3.0
"""How far from the axes a name placed by hand may be."""
SAME_AXIS_PX = 2.0
"""Axes that begin and end this alike along one direction share it."""
MAX_HOMES = 50
"""Of more axes with data the first are looked at."""
_ROLES = {"x": X_TICKS, "y": Y_TICKS}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Categories:
    """The asked categories on one axis of an axes.

    Attributes:
      axes: index into Scene.axes.
      axis: "x" or "y".
      names: the asked names, each once, in order.
      places: place of each in pixels; not-a-number where none stands.
      sights: how well each can be seen.
      labels: all names and numbers along that axis.
      slips: asked name -> what stands there instead, with a slip of the pen.
    """

    axes: int
    axis: str
    names: tuple[str, ...]
    places: np.ndarray
    sights: tuple[Sight, ...]
    labels: tuple[Part, ...]
    slips: dict[str, str] = field(default_factory=dict)

    def sight(self, name: str) -> Sight:
        """How well one of the names can be seen."""
        return self.sights[self.names.index(name)]

    @property
    def found(self) -> int:
        """How many names stand somewhere."""
        return int(np.isfinite(self.places).sum())


def find_categories(
    view: View, wanted: Sequence[str], shapes: Sequence[Shape]
) -> dict[tuple[int, str], Categories]:
    """The asked categories along x and y of each axes with data: (axes, "x" or "y") -> them.

    They are tick labels of the axes, or of one that shares its column (its row); or texts placed by
    hand beside or in it.
    """
    names = tuple(dict.fromkeys(normal(c) for c in wanted if normal(c)))
    homes = sorted({s.mark.axes for s in shapes})
    if not homes:
        homes = [i for i, axes in enumerate(view.scene.axes) if is_plain(axes)]
    found = {}
    for home in homes[:MAX_HOMES]:
        by_hand = [p for p in view.free_texts if _is_beside(view, p, home)]
        for axis in ("x", "y"):
            readings = [
                _read(view, home, axis, names, parts, False)
                for (index, role), parts in view.ticks.items()
                if role == _ROLES[axis] and _shares(view, index, home, axis)
            ]
            readings.append(_read(view, home, axis, names, by_hand, True))
            found[(home, axis)] = max(readings, key=lambda reading: reading.found)
    return found


def _shares(view: View, index: int, home: int, axis: str) -> bool:
    """Whether an axes is this one, or begins and ends along the axis where this one does."""
    side = 0 if axis == "x" else 1
    here, there = view.scene.axes[index].region, view.scene.axes[home].region
    return index == home or (
        abs(here[side] - there[side]) <= SAME_AXIS_PX
        and abs(here[2 + side] - there[2 + side]) <= SAME_AXIS_PX
    )


def _is_beside(view: View, part: Part, home: int) -> bool:
    x, y = center(part.full_region)
    reach = LABEL_EM * view.em_px(part.marks[0])
    left, top, width, height = view.scene.axes[home].region
    return left - reach <= x <= left + width + reach and top - reach <= y <= top + height + reach


def _read(
    view: View, home: int, axis: str, names: Sequence[str], parts: Sequence[Part], by_hand: bool
) -> Categories:
    """The names among some labels: the asked words, else what is one slip away from them."""
    said = [glyph_text(part) for part in parts]
    first = {text: part for text, part in zip(reversed(said), reversed(parts), strict=True)}
    chosen: dict[str, Part] = {name: first[name] for name in names if name in first}
    slips: dict[str, str] = {}
    if not by_hand and len(parts) <= 4 * len(names):
        spare = [(t, p) for t, p in zip(said, parts, strict=True) if t not in names]
        for name in names:
            near = [(likeness(t, name), t, p) for t, p in spare if name not in chosen]
            best = max(near, key=lambda item: item[0], default=None)
            if best is not None and best[0] >= SPELLED_RATIO:
                chosen[name], slips[name] = best[2], best[1]
    kept = [name for name in names if name in chosen]
    places = np.full(len(names), np.nan)
    if kept:
        found = _places([chosen[name] for name in kept], axis)
        places[[names.index(name) for name in kept]] = found
    sights = tuple(_sight(view, chosen[name]) if name in chosen else Sight.GONE for name in names)
    labels = tuple(chosen.values()) if by_hand else tuple(parts)
    return Categories(
        axes=home,
        axis=axis,
        names=tuple(names),
        places=places,
        sights=sights,
        labels=labels,
        slips=slips,
    )


def _sight(view: View, part: Part) -> Sight:
    """How well a name can be read; one that stands on its head cannot be read well."""
    if is_turned(part.marks[0], (0.0,), 95.0):
        return min(Sight.HURT, view.sight(part))
    return view.sight(part)


def _places(labels: Sequence[Part], axis: str) -> np.ndarray:
    """Where each label stands along its axis, in pixels.

    Slanted labels may hang by an end instead of their middle; ticks are evenly spaced, so the
    most even of the three is right. On crowded axes the shape of the letters makes one more even
    than another by chance; there the one that agrees with the order of painting is taken.
    """
    boxes: list[Box] = [part.full_region for part in labels]
    if axis == "y":
        return np.array([center(box)[1] for box in boxes])
    if len(boxes) < 2:
        return np.array([center(box)[0] for box in boxes])
    starts = np.array([box[0] for box in boxes])
    ends = np.array([box[0] + box[2] for box in boxes])
    options = (0.5 * (starts + ends), ends, starts)
    if len(labels) < 2:
        return options[0]
    unevenness = [float(np.std(np.diff(np.sort(places)))) for places in options]
    near = [
        places
        for places, value in zip(options, unevenness, strict=True)
        if value <= min(unevenness) + LETTER_SHAPE_PX
    ]
    in_order = [places for places in near if np.all(np.diff(places) > 0)]
    return in_order[0] if in_order else options[int(np.argmin(unevenness))]
