"""Who decides what stands at an axis: hooks that leave notes, and the owner that follows.

Ticks and tick labels are made lazily, so their birth says nothing. Their owner is the last call
that decides *which* labels stand there or their words: ticks, labels, locators, formatters, scales,
or plotting categories and dates (the unit sets the locator). Limits count as such a call only where
ticks follow them. Without any such call the last one that sets size, rotation or padding of the
labels owns them, else what plotted last, else what made the axes. Colours, lengths and switches of
ticks, margins, grids and inverting decide none of this.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.category import StrCategoryLocator
from matplotlib.ticker import FixedLocator, NullLocator

from vsdpo_jax.domains.chart.child import attribution, setters
from vsdpo_jax.domains.chart.child.attribution import Origin, latest

WORDS = "_vsdpo_words"  # on axis.major and axis.minor, which shared axes have in common
LIMITS = "_vsdpo_limits"
LOOKS = "_vsdpo_looks"
GRID = "_vsdpo_grid"

# Calls on the axes that change tick labels without passing through an axis.
_AXES_METHODS = ("ticklabel_format", "locator_params")
_LOOK_OF = {
    "labelsize": "size", "labelrotation": "place", "rotation": "place", "pad": "place",
    "labelcolor": "color", "colors": "color",
}  # fmt: skip
_FIXED = (FixedLocator, NullLocator, StrCategoryLocator)


def install() -> None:
    """Hook the axis classes. Once a process, after ``attribution.install``."""
    axis: Any = Axis
    for which in ("major", "minor"):
        for what in ("locator", "formatter"):
            _note(f"set_{which}_{what}", WORDS, which)
    _note("_set_lim", LIMITS)
    _note("grid", GRID)
    for name in _AXES_METHODS:
        _note_on_both_axes(name)
    original = axis.set_tick_params

    @functools.wraps(original)
    def set_tick_params(self: Any, which: str = "major", reset: bool = False, **kw: Any) -> None:
        names = {_LOOK_OF[key] for key in kw if key in _LOOK_OF}
        origin = attribution.caller(1) if names else None
        if origin is not None:
            looks = self.__dict__.setdefault(LOOKS, {})
            for part in ("major", "minor") if which == "both" else (which,):
                looks.update({(part, name): origin for name in names})
        original(self, which, reset, **kw)

    axis.set_tick_params = set_tick_params


def _note(name: str, attribute: str, which: str = "") -> None:
    """Make ``Axis.name`` leave its origin on the axis, or on its ticker of that name."""
    original = getattr(Axis, name)

    @functools.wraps(original)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        origin = attribution.caller(1)
        if origin is not None:
            (getattr(self, which) if which else self).__dict__[attribute] = origin
        return original(self, *args, **kwargs)

    setattr(Axis, name, noted)


def _note_on_both_axes(name: str) -> None:
    original = getattr(Axes, name)

    @functools.wraps(original)
    def noted(self: Axes, *args: Any, **kwargs: Any) -> Any:
        origin = attribution.caller(1)
        chosen = kwargs.get("axis", "both")
        if origin is not None:
            for axis_name, axis in (("x", self.xaxis), ("y", self.yaxis)):
                if chosen in (axis_name, "both"):
                    axis.major.__dict__[WORDS] = origin
        return original(self, *args, **kwargs)

    setattr(Axes, name, noted)


def intended(call: Origin | None, birth: Origin | None) -> Origin | None:
    """A call about ticks, unless it is the one that made the axes: that sets limits and tick
    parameters too, without any intent about ticks."""
    made_axes = call is not None and birth is not None and call.is_same_point(birth)
    return None if made_axes else call


def words(axis: Axis, which: str, birth: Origin | None) -> Origin | None:
    """The call that decides which labels stand at the axis; None when none did."""
    ticker: Any = getattr(axis, which)
    found = ticker.__dict__.get(WORDS)
    if isinstance(ticker.locator, _FIXED):
        return found
    return latest(intended(found, birth), intended(axis.__dict__.get(LIMITS), birth))


def looks(axis: Axis, which: str, birth: Origin | None) -> Mapping[str, Origin]:
    """Property of the tick labels -> the call on the axis that set it."""
    noted = axis.__dict__.get(LOOKS) or {}
    found = {name: intended(call, birth) for (part, name), call in noted.items() if part == which}
    return {name: call for name, call in found.items() if call is not None}


def shaping(axis_looks: Mapping[str, Origin], labels: Iterable[Any]) -> Origin | None:
    """The last call that set size or place of tick labels, on the axis or one by one."""
    notes = [axis_looks, *(setters.of(label) for label in labels)]
    return latest(*(note.get(name) for note in notes for name in ("size", "place")))
