"""Which call set the default that an artist got its size or colour from.

A text that looks as ``rcParams`` said when it was made owes that to the call that set them: an
assignment, ``rc``, ``update``, a style, a theme or a context. Every change of a setting below is
kept with its time; leaving a context is a change too. That an artist owes its look to a setting is
seen by its value, and a call that names the property itself passed its own.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes._base import _AxesBase
from matplotlib.colors import to_rgba
from matplotlib.font_manager import font_scalings
from matplotlib.lines import Line2D
from matplotlib.text import Text

from vsdpo_jax.domains.chart.child import attribution
from vsdpo_jax.domains.chart.child.attribution import Origin, latest

# Role of a text -> the settings that say its size and colour; one that says nothing ("auto",
# "inherit", None) leaves it to the next.
_SIZES = {
    "title": ("axes.titlesize",), "suptitle": ("figure.titlesize",),
    "x_label": ("axes.labelsize", "figure.labelsize"),
    "y_label": ("axes.labelsize", "figure.labelsize"), "z_label": ("axes.labelsize",),
    "x_tick_label": ("xtick.labelsize",), "y_tick_label": ("ytick.labelsize",),
    "z_tick_label": ("xtick.labelsize",), "legend_text": ("legend.fontsize",),
    "legend_title": ("legend.title_fontsize",),
}  # fmt: skip
_COLORS = {
    "title": ("axes.titlecolor",), "x_label": ("axes.labelcolor",),
    "y_label": ("axes.labelcolor",), "z_label": ("axes.labelcolor",),
    "x_tick_label": ("xtick.labelcolor", "xtick.color"),
    "y_tick_label": ("ytick.labelcolor", "ytick.color"),
    "z_tick_label": ("xtick.labelcolor", "xtick.color"), "legend_text": ("legend.labelcolor",),
}  # fmt: skip
_OTHERS = (
    "font.size", "text.color", "lines.linewidth", "lines.markersize", "axes.prop_cycle",
    "axes.facecolor", "text.usetex",
)  # fmt: skip
_WATCHED = frozenset(
    (*_OTHERS, *(key for keys in (*_SIZES.values(), *_COLORS.values()) for key in keys))
)
# What a call says when it passes a value of its own.
_OWN = {
    "size": re.compile(r"size\b|fontdict|\bprop\b|properties|\blw\b|linewidth"),
    "color": re.compile(r"colou?rs?\b|\bf?e?c\s*=|fontdict|cmap"),
}
_CYCLE = "_vsdpo_cycle"
_LAST = 1 << 62  # later than any origin

# Setting -> (time, value, call), oldest first; the first entry is the value before any change.
_history: dict[str, list[tuple[int, Any, Origin | None]]] = {}


def install() -> None:
    """Hook rcParams. Once a process."""
    params: Any = mpl.RcParams
    set_one, update = params._set, params._update_raw

    @functools.wraps(set_one)
    def set_watched(self: Any, key: str, val: Any) -> None:
        if key in _WATCHED and self is mpl.rcParams:
            _note(key, val)
        set_one(self, key, val)

    @functools.wraps(update)
    def update_watched(self: Any, other_params: Any) -> None:
        update(self, other_params)
        if self is mpl.rcParams:
            for key, past in _history.items():
                value = dict.get(self, key)
                if past[-1][1] != value:
                    past.append((attribution.tick(), value, None))

    params._set, params._update_raw = set_watched, update_watched
    _hook_cycle()


def _hook_cycle() -> None:
    base: Any = _AxesBase
    original = base.set_prop_cycle

    @functools.wraps(original)
    def set_prop_cycle(self: Any, *args: Any, **kwargs: Any) -> None:
        origin = attribution.caller(1)
        original(self, *args, **kwargs)
        if origin is not None:
            self.__dict__[_CYCLE] = origin

    base.set_prop_cycle = set_prop_cycle


def _note(key: str, value: Any) -> None:
    before = dict.get(mpl.rcParams, key)
    if before == value:
        return
    origin = attribution.caller(2)
    past = _history.get(key)
    if past is None:
        if origin is None:
            return
        past = _history[key] = [(0, before, None)]
    past.append((attribution.tick(), value, origin))


def _at(key: str, time: int) -> tuple[Any, Origin | None]:
    """The value of a setting at a time, and the call that had set it."""
    past = _history.get(key)
    if past is None:
        return dict.get(mpl.rcParams, key), None
    return next(entry[1:] for entry in reversed(past) if entry[0] <= time or entry is past[0])


def call_behind(key: str, value: Any) -> Origin | None:
    """The call of the program that set a setting to its present value, if that is ``value``."""
    present, origin = _at(key, _LAST)
    return origin if present == value else None


def setter(
    artist: Artist, role: str, name: str, times: Iterable[int | None], birth_text: str
) -> Origin | None:
    """The call that set the default from which an artist has its size or colour.

    Args:
      artist: what was drawn. role: its role. name: "size" or "color".
      times: when it may have been made: orders of origins; None counts as the end.
      birth_text: the expression that made it; one that passes a value of its own ends the search.

    Returns:
      None when no setting that the program changed explains the look.
    """
    cycle = getattr(artist.axes, _CYCLE, None)
    if not (_history or cycle) or name not in _OWN or _OWN[name].search(birth_text):
        return None
    if cycle is not None and name == "color" and role == "data":
        return cycle
    find = {"size": _size_setter, "color": _color_setter}[name]
    for time in dict.fromkeys(_LAST if time is None else time for time in times):
        found = find(artist, role, time)
        if found is not None:
            return found
    return None


def background_setter(axes: Any, time: int) -> Origin | None:
    """The call that set the default from which an axes has its background."""
    value, origin = _at("axes.facecolor", time)
    return origin if origin and _same(value, axes.patch.get_facecolor()) else None


def _size_setter(artist: Any, role: str, time: int) -> Origin | None:
    if isinstance(artist, Line2D):
        candidates = (
            ("lines.linewidth", artist.get_linewidth()),
            ("lines.markersize", artist.get_markersize()),
        )
        found = ((*_at(key, time), actual) for key, actual in candidates)
        return latest(*(origin for value, origin, actual in found if value == actual))
    if not isinstance(artist, Text):
        return None
    for key in _SIZES.get(role, ("font.size",)):
        value, origin = _at(key, time)
        if value is None:
            value, origin = _at("font.size", time)
        if isinstance(value, str):
            base, base_origin = _at("font.size", time)
            value, origin = font_scalings[value] * base, latest(origin, base_origin)
        if origin is not None and abs(max(value, 1.0) - artist.get_fontsize()) < 1e-6:
            return origin
    return None


def _color_setter(artist: Any, role: str, time: int) -> Origin | None:
    if not isinstance(artist, Text):
        if role != "data":
            return None
        cycle, origin = _at("axes.prop_cycle", time)
        if origin is None:
            return None
        known = cycle.by_key().get("color", ())
        same = any(_same(color, seen) for color in known for seen in _seen(artist))
        return origin if same else None
    for key in (*_COLORS.get(role, ()), "text.color"):
        value, origin = _at(key, time)
        if value is None or value in ("auto", "inherit"):
            continue
        return origin if _same(value, artist.get_color()) else None
    return None


def _seen(artist: Any) -> list[Any]:
    """The colours of a data artist."""
    if isinstance(artist, Line2D):
        return [artist.get_color()]
    found = [artist.get_facecolor(), artist.get_edgecolor()]
    return [color for color in found if len(color) == 4 and not hasattr(color[0], "__len__")]


def _same(value: Any, seen: Any) -> bool:
    """Whether two colours are the same but for transparency."""
    return to_rgba(value)[:3] == to_rgba(seen)[:3]
