"""Which call set a property of an artist after it was made: colour, size or place.

The hooks leave, on the artist, the last call of the program that set each property; a call within
the expression that made the artist is birth and is not noted. What matplotlib does while it draws
or lays out is nobody's call.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from typing import Any

from matplotlib import collections, colorizer, image, lines, patches, text
from matplotlib.artist import Artist
from matplotlib.axis import Axis
from matplotlib.legend import Legend

from vsdpo_jax.domains.chart.child import attribution
from vsdpo_jax.domains.chart.child.attribution import BIRTH, Origin

SETTERS = "_vsdpo_setters"

# Canonical names: matplotlib's aliases (set_size, set_c, set_lw, ...) call them. What overrides a
# method and calls it needs no entry of its own.
_METHODS: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (Artist, "color", ("set_alpha", "_set_alpha_for_array")),
    (text.Text, "color", ("set_color",)),
    (text.Text, "size", ("set_fontsize", "set_fontproperties")),
    (text.Text, "place", (
        "set_x", "set_y", "set_rotation", "set_horizontalalignment", "set_verticalalignment",
    )),
    (lines.Line2D, "color", ("set_color", "set_markerfacecolor", "set_markeredgecolor")),
    (lines.Line2D, "size", ("set_linewidth", "set_markersize", "set_markeredgewidth")),
    (lines.Line2D, "place", ("set_xdata", "set_ydata")),
    (patches.Patch, "color", ("set_facecolor", "set_edgecolor")),
    (patches.Patch, "size", ("set_linewidth",)),
    (patches.Rectangle, "place", (
        "set_x", "set_y", "set_width", "set_height", "set_bounds", "set_xy", "set_angle",
    )),
    (patches.Polygon, "place", ("set_xy",)),
    (patches.Wedge, "place", ("set_center", "set_radius", "set_theta1", "set_theta2")),
    (patches.Ellipse, "place", ("set_center", "set_width", "set_height")),
    (patches.Circle, "place", ("set_radius",)),
    (patches.FancyBboxPatch, "place", ("set_x", "set_y", "set_width", "set_height", "set_bounds")),
    (collections.Collection, "color", ("set_facecolor", "set_edgecolor")),
    (collections.Collection, "size", ("set_linewidth",)),
    (collections.Collection, "place", ("set_offsets", "set_paths")),
    (collections._CollectionWithSizes, "size", ("set_sizes",)),
    (collections.PolyCollection, "place", ("set_verts",)),
    (collections.LineCollection, "place", ("set_segments",)),
    (colorizer._ColorizerInterface, "color", ("set_cmap", "set_norm", "set_clim")),
    (image._ImageBase, "place", ("set_data",)),
    (image.AxesImage, "place", ("set_extent",)),
    (Legend, "place", ("set_loc", "set_bbox_to_anchor", "set_ncols")),
)  # fmt: skip

# Functions of matplotlib that make or place artists by their setters: two calls of three. A look
# at the name is half the price of a walk up the frames.
_MAKERS = frozenset(("__init__", "_reset_visual_defaults", "update_position"))


def install() -> None:
    """Hook the setters. Once a process, after ``attribution.install``."""
    for owner, name, methods in _METHODS:
        for method in methods:
            _note_setter(owner, method, name)
    _hook_label_place()


def note(artist: Artist, name: str) -> None:
    """Leave on ``artist`` that the running call of the program set a property."""
    notes = artist.__dict__
    origin = attribution.caller(2, notes.get(BIRTH))
    if origin is not None:
        setters = notes.get(SETTERS)
        if setters is None:
            notes[SETTERS] = {name: origin}
        else:
            setters[name] = origin


def of(artist: Artist) -> Mapping[str, Origin]:
    """Property -> the last call that set it."""
    return artist.__dict__.get(SETTERS) or {}


def _note_setter(owner: type, method: str, name: str) -> None:
    original = getattr(owner, method)

    @functools.wraps(original)
    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        if sys._getframe(1).f_code.co_name not in _MAKERS:
            note(self, name)
        return original(self, *args, **kwargs)

    setattr(owner, method, noted)


def _hook_label_place() -> None:
    """The label of an axis is moved through the axis: by a method and by an attribute."""
    axis: Any = Axis
    original = axis.set_label_coords

    @functools.wraps(original)
    def set_label_coords(self: Any, *args: Any, **kwargs: Any) -> None:
        note(self.label, "place")
        original(self, *args, **kwargs)

    def get_labelpad(self: Any) -> float:
        return self.__dict__["labelpad"]

    def set_labelpad(self: Any, pad: float) -> None:
        if "labelpad" in self.__dict__:
            note(self.label, "place")
        self.__dict__["labelpad"] = pad

    axis.set_label_coords = set_label_coords
    axis.labelpad = property(get_labelpad, set_labelpad)
