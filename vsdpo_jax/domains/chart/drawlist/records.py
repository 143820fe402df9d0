"""The parts of a draw list: renderer calls as data, and the tables that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

Color = tuple[float, ...]


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Font:
    """Font properties by value: what ``FontProperties`` is made of; ``file`` is a bundled name."""

    families: tuple[str, ...]
    style: str
    variant: str
    weight: int | str
    stretch: int | str
    size_pt: float
    math_family: str
    file: str | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Outline:
    """A path. With ``text`` set it is the outline of a text, which the painter lays out itself.

    Attributes:
      vertices: float64[N, 2]; not-a-number breaks a line.
      codes: uint8[N] or None.
      simplify, simplify_threshold: line simplification, threshold in pixels.
      text, font, is_math, features, language: of a text outline; vertices and codes are None then.
    """

    vertices: np.ndarray | None
    codes: np.ndarray | None
    simplify: bool
    simplify_threshold: float
    text: str | None = None
    font: int | None = None
    is_math: bool = False
    features: tuple[str, ...] | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pen:
    """A graphics context. Lengths in points, boxes (x0, y0, x1, y1) in pixels from the bottom left.

    ``clip_outline`` and ``clip_transform`` index the tables; None without a clip path.
    """

    color: Color
    alpha: float
    forced_alpha: bool
    antialiased: bool
    cap: str
    join: str
    linewidth: float
    dash_offset: float
    dashes: tuple[float, ...] | None
    clip_box: tuple[float, float, float, float] | None
    clip_outline: int | None
    clip_transform: int | None
    snap: bool | None
    hatch: str | None
    hatch_color: Color | None
    hatch_linewidth: float
    sketch: tuple[float, float, float] | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PathOp:
    """One outline, transformed, filled with ``face`` (unless None) and stroked with the pen."""

    pen: int
    artist: int
    outline: int
    transform: int
    face: Color | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MarkersOp:
    """A marker outline at every vertex of another outline."""

    pen: int
    artist: int
    marker: int
    marker_transform: int
    outline: int
    transform: int
    face: Color | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class CollectionOp:
    """Many outlines at once; properties cycle.

    Attributes:
      transforms: float64[M, 3, 3]. offsets: float64[K, 2].
      faces, edges, hatch_colors: float64[*, 4]. linewidths: float64[*]. antialiased: uint8[*].
      dashes: (offset, lengths or None) each.
    """

    pen: int
    artist: int
    transform: int
    outlines: tuple[int, ...]
    transforms: np.ndarray
    offsets: np.ndarray
    offset_transform: int
    faces: np.ndarray
    edges: np.ndarray
    linewidths: np.ndarray
    dashes: tuple[tuple[float, tuple[float, ...] | None], ...]
    antialiased: np.ndarray
    hatch_colors: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeshOp:
    """A quadrilateral mesh of ``coordinates`` float64[rows + 1, columns + 1, 2]."""

    pen: int
    artist: int
    transform: int
    columns: int
    rows: int
    coordinates: np.ndarray
    offsets: np.ndarray
    offset_transform: int
    faces: np.ndarray
    antialiased: bool
    edges: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TrianglesOp:
    """Gouraud-shaded triangles: points float64[N, 3, 2], colors float64[N, 3, 4]."""

    pen: int
    artist: int
    points: np.ndarray
    colors: np.ndarray
    transform: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImageOp:
    """An image uint8[Y, X, 4] with its lower left corner at (x, y)."""

    pen: int
    artist: int
    x: float
    y: float
    pixels: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TextOp:
    """One line of text; the baseline starts at (x, y), y counted from the top."""

    pen: int
    artist: int
    x: float
    y: float
    text: str
    font: int
    angle: float
    is_math: bool
    features: tuple[str, ...] | None
    language: str | None


Op = PathOp | MarkersOp | CollectionOp | MeshOp | TrianglesOp | ImageOp | TextOp


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ArtistInfo:
    """What the program's process declares about an artist; see scene.Mark.

    ``setters`` are pairs (property, span), each property at most once.
    """

    artist_type: str
    role: str
    axes: int
    span: Span | None
    label: str
    setters: tuple[tuple[str, Span], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DrawList:
    """The renderer calls of one figure.

    Attributes:
      width, height: of the canvas in pixels, as the figure has them (whole pixels are painted).
      dpi: pixels an inch.
      style: the settings that the renderer reads while it paints; keys of STYLE.
      transforms: float64[N, 6], rows (a, b, c, d, e, f) of x' = a x + c y + e, y' = b x + d y + f.
      outlines, pens, fonts: tables that ops index.
      artists, axes: declared by the program's process.
      ops: in painting order.
    """

    width: float
    height: float
    dpi: float
    style: Mapping[str, Any]
    transforms: np.ndarray
    outlines: tuple[Outline, ...]
    pens: tuple[Pen, ...]
    fonts: tuple[Font, ...]
    artists: tuple[ArtistInfo, ...]
    axes: tuple[AxesInfo, ...]
    ops: tuple[Op, ...]
