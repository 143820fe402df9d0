"""The picture as the trusted side sees it: what was painted, where, and by which program text.

A Scene is made by raster.py from a draw list and read by detectors.py. Pixels, boxes, texts and
contrasts are measured by the trusted process while it paints; roles, axes limits and spans are
what the program's own process declared (they can hide a defect, never paint a better picture).
Boxes are (x, y, width, height) in pixels from the top-left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vsdpo_jax.records import Box, Span

TEXT_ROLES = (
    "title", "suptitle", "x_label", "y_label", "z_label", "x_tick_label", "y_tick_label",
    "z_tick_label", "legend_text", "legend_title", "annotation", "offset_text", "text",
)  # fmt: skip
SHAPE_ROLES = (
    "data", "tick", "grid", "spine", "legend_frame", "legend_handle", "background", "arrow",
    "text_box", "guide",
)  # fmt: skip
SETTABLE = ("color", "size", "place", "text")
"""Properties of an artist whose later setter is known."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Evidence:
    """What is left of a mark in the finished picture (evidence.py says how it is measured).

    Attributes:
      ink_px: pixels that it covered by at least half of its own strongest cover.
      visible: share of them that would look different without the mark.
      covered: share of them that later paint took, by half or more.
      coverer: index into Scene.marks of what took most of them; None when nothing did.
      difference: colour difference (measure.difference) of its rim, or of its ink where that is
        more, from what lies beside it, without marks of its own colour in the same axes, grid lines
        and ticks; None where nothing else is beside it.
      ground: median difference of its ink, as it looks in the end, from the background of its axes.
      contrast: texts only: the median WCAG ratio of its letters and what is between them.
      clutter: texts only: share of the places between its letters that look like pieces of them.
      places_N2: int32[N, 2] (x, y) of its ink, all of it or an even sample.
      seen_N: bool[N]: which of them would look different without the mark.
    """

    ink_px: int
    visible: float
    covered: float
    coverer: int | None
    difference: float | None
    ground: float
    contrast: float
    clutter: float
    places_N2: np.ndarray
    seen_N: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Mark:
    """One recorded draw call, painted.

    Attributes:
      kind: "text", "path", "markers", "collection", "image" or "mesh".
      role: one of TEXT_ROLES or SHAPE_ROLES.
      artist: marks of one artist share this number.
      artist_type: the artist's class name ("Line2D", "Rectangle", "Text", ...).
      axes: index into Scene.axes; -1 for what belongs to the figure.
      span: program text that made it (credit widens it to a statement); None when unknown.
      region: box of what is visible after clipping to canvas and clip path; None: nothing is.
      full_region: box before any clipping.
      color_rgba: the colour that carries it (text colour, fill, or edge of an unfilled path).
      text, font_size_pt, bold, rotation_deg: texts only. One mark per drawn line of text.
      points_px: float32[N, 2] unclipped vertices (x, y), data marks only; a bar's four corners, a
        line's points, a scatter's centres.
      label: the legend label that the artist carries ("" when none).
      setters: property ("color", "size", "place", "text") -> the later call that set it; a
        property that was never set again is absent and belongs to ``span``.
      unspelled: characters of a text that its glyphs do not spell (boxes, symbols), in order.
      pattern: data and legend handles: what tells it apart beside its colour, the same word for the
        same dashes, hatch and shape of markers (pattern.py); "" for plain lines and fills.
      evidence: texts, data and legend handles: what is left of it in the finished picture; None:
        not measured, because it has no ink on the canvas or is a guide.
    """

    kind: str
    role: str
    artist: int
    artist_type: str
    axes: int
    span: Span | None
    region: Box | None
    full_region: Box
    color_rgba: tuple[float, float, float, float]
    text: str = ""
    font_size_pt: float = 0.0
    bold: bool = False
    rotation_deg: float = 0.0
    points_px: np.ndarray | None = None
    label: str = ""
    setters: Mapping[str, Span] = field(default_factory=dict)
    unspelled: str = ""
    pattern: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AxesInfo:
    """One axes of the figure.

    Attributes:
      region: the box of the data area.
      projection: "rectilinear", "polar", "3d", ...
      x_limits, y_limits: (left, right) and (bottom, top) data values at the box's edges.
      x_scale, y_scale: "linear", "log", ...
      span: the expression that created the axes.
      x_tick_span, y_tick_span: who owns the tick labels: the call that decides which labels stand
        there (limits only where ticks follow them), else the last one that shaped them, else what
        plotted last, else what created the axes.
      x_limit_span, y_limit_span: the last explicit call that set the limits of that axis; None when
        none did.
      grid_spec: (nrows, ncols, row_start, row_end, col_start, col_end), ends inclusive; None for
        axes placed by hand.
      is_colorbar, is_visible: as named.
      background_span: the last explicit call that coloured the axes' background; None: none did.
    """

    region: Box
    projection: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_scale: str
    y_scale: str
    span: Span | None
    x_tick_span: Span | None
    y_tick_span: Span | None
    grid_spec: tuple[int, int, int, int, int, int] | None
    is_colorbar: bool
    is_visible: bool
    x_limit_span: Span | None = None
    y_limit_span: Span | None = None
    background_span: Span | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, weakref_slot=True)
class Scene:
    """A painted figure.

    Attributes:
      width_px, height_px, dpi: of the canvas.
      image_YXC: uint8[Y, X, 3], composited on white.
      marks: in painting order.
      axes: in the figure's order.
      data_owner_YX: int16[Y, X]: 1 + axes index of the data mark that painted a pixel last (what
        is painted over it later does not erase it); 0 where no data was painted.
    """

    width_px: int
    height_px: int
    dpi: float
    image_YXC: np.ndarray
    marks: tuple[Mark, ...]
    axes: tuple[AxesInfo, ...]
    data_owner_YX: np.ndarray
