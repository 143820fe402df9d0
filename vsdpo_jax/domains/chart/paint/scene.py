"""The picture as the trusted side sees it: what was painted, where, and by which program text.

A Scene is made by raster.py from a draw list and read by the judge. Pixels, boxes, texts and
contrasts are measured by the trusted process while it paints; roles, axes limits and spans are
what the program's own process declared (they can hide a defect, never paint a better picture).
Boxes are (x, y, width, height) in pixels from the top-left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.records import Box, Span


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
