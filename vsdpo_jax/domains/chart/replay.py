"""Ops of a draw list as calls of an Agg renderer, with the boxes they reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.font_manager import FontProperties, weight_dict
from matplotlib.path import Path
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Bbox

from vsdpo_jax.domains.chart import measure
from vsdpo_jax.domains.chart.drawlist_records import (
    CollectionOp,
    DrawList,
    ImageOp,
    MarkersOp,
    MeshOp,
    Op,
    PathOp,
    Pen,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.fonts import bundled_folder
from vsdpo_jax.records import Box

Color = tuple[float, float, float, float]

BOLD = 600  # font weights from here on are bold ("semibold")
_IS_CURVE = np.isin(np.arange(256), (Path.CURVE3, Path.CURVE4))
_HAS_INK = ~np.isin(np.arange(256), (Path.CLOSEPOLY, Path.STOP))  # whose vertices mean nothing


class ReplayPen(GraphicsContextBase):
    """A graphics context made from a recorded pen."""

    def __init__(self, pen: Pen, clip: tuple[Path, Affine2D] | None) -> None:
        super().__init__()
        self._clip = clip
        self._rgb = pen.color
        self._alpha = pen.alpha
        self._forced_alpha = pen.forced_alpha
        self._antialiased = int(pen.antialiased)
        self.set_capstyle(cast(Any, pen.cap))
        self.set_joinstyle(cast(Any, pen.join))
        self._linewidth = pen.linewidth
        self._dashes = pen.dash_offset, None if pen.dashes is None else list(pen.dashes)
        self._cliprect = None if pen.clip_box is None else Bbox.from_extents(*pen.clip_box)
        self._snap = pen.snap
        self._hatch = pen.hatch
        self._hatch_color = pen.hatch_color
        self._hatch_linewidth = pen.hatch_linewidth
        self._sketch = pen.sketch

    def get_clip_path(self) -> tuple[Path | None, Affine2D | None]:
        """The clip path as (path, affine transform)."""
        return self._clip or (None, None)


class Tables:
    """The tables of a draw list as matplotlib objects, made when first used."""

    def __init__(self, draw_list: DrawList) -> None:
        self.list = draw_list
        self.height = draw_list.height
        self._paths: dict[int, Path] = {}
        self._pens: dict[int, ReplayPen] = {}
        self._fonts: dict[int, FontProperties] = {}
        self._shapes: dict[int, np.ndarray] = {}
        self._text_to_path = TextToPath()

    def matrix(self, number: int) -> np.ndarray:
        """float64[3, 3] of a transform."""
        a, b, c, d, e, f = self.list.transforms[number].tolist()
        return np.array([[a, c, e], [b, d, f], [0.0, 0.0, 1.0]])

    def affine(self, number: int) -> Affine2D:
        """A transform as matplotlib has it."""
        return Affine2D(self.matrix(number))

    def apply(self, points_N2: np.ndarray, transform: int) -> np.ndarray:
        """Transformed points, y still from the bottom."""
        a, b, c, d, e, f = self.list.transforms[transform].tolist()
        x, y = points_N2[:, 0], points_N2[:, 1]
        found = np.empty((len(points_N2), 2))
        found[:, 0] = a * x + c * y + e
        found[:, 1] = b * x + d * y + f
        return found

    def path(self, number: int) -> Path:
        """An outline as a path; the outline of a text is laid out here."""
        found = self._paths.get(number)
        if found is None:
            outline = self.list.outlines[number]
            if outline.text is not None and outline.font is not None:
                vertices, codes = self._text_to_path.get_text_path(
                    self.font(outline.font), outline.text, ismath=outline.is_math,
                    features=cast(Any, outline.features), language=outline.language,
                )  # fmt: skip
                found = Path(vertices, codes)
            else:
                codes = None if outline.codes is None else outline.codes.copy()
                found = Path(outline.vertices, codes)  # pyright: ignore[reportArgumentType]
            found.should_simplify = outline.simplify
            found.simplify_threshold = outline.simplify_threshold
            self._paths[number] = found
        return found

    def pen(self, number: int) -> ReplayPen:
        """A pen as a graphics context."""
        found = self._pens.get(number)
        if found is None:
            pen = self.list.pens[number]
            clip = None
            if pen.clip_outline is not None and pen.clip_transform is not None:
                clip = self.path(pen.clip_outline), self.affine(pen.clip_transform)
            found = self._pens[number] = ReplayPen(pen, clip)
        return found

    def font(self, number: int) -> FontProperties:
        """A font as matplotlib has it."""
        found = self._fonts.get(number)
        if found is None:
            font = self.list.fonts[number]
            file = None
            if font.file is not None:
                file = str(_bundled_file(font.file))
            found = self._fonts[number] = FontProperties(
                family=list(font.families), style=cast(Any, font.style),
                variant=cast(Any, font.variant), weight=font.weight, stretch=font.stretch,
                size=font.size_pt, fname=file, math_fontfamily=font.math_family,
            )  # fmt: skip
        return found

    def is_bold(self, number: int) -> bool:
        """Whether a font is bold."""
        weight = self.list.fonts[number].weight
        return (weight_dict.get(weight, 400) if isinstance(weight, str) else weight) >= BOLD

    def shape(self, number: int) -> np.ndarray:
        """float64[N, 2]: where an outline really goes: curves flattened, no placeholders."""
        found = self._shapes.get(number)
        if found is None:
            path: Any = self.path(number)
            if path.codes is None:
                found = path.vertices
            else:
                if self.is_curved(number):
                    path = _flattened(path)
                found = path.vertices[_HAS_INK[path.codes]]
            self._shapes[number] = found
        return found

    def is_curved(self, number: int) -> bool:
        """Whether an outline has curves."""
        codes: Any = self.path(number).codes
        return codes is not None and bool(_IS_CURVE[codes].any())

    def outline_box(self, outline: int, transform: int) -> Box | None:
        """The box of a transformed outline, from the top left."""
        return self.flip(measure.bounds(self.apply(self.shape(outline), transform)))

    def flip(
        self, corners: tuple[float, float, float, float] | None, pad: float = 0.0
    ) -> Box | None:
        """Corners with y from the bottom to a box with y from the top, grown by ``pad``."""
        if corners is None:
            return None
        x0, y0, x1, y1 = corners
        return measure.as_box(x0 - pad, self.height - y1 - pad, x1 + pad, self.height - y0 + pad)


def _bundled_file(name: str) -> Any:
    path = bundled_folder() / name
    if path.parent != bundled_folder() or not path.is_file():
        raise ValueError(f"{name!r} is none of matplotlib's own fonts")
    return path


def _flattened(path: Path) -> Path:
    """Curves as 8 straight pieces each: within 0.3 % of the size of a quarter circle."""
    codes, vertices = [], []
    for points, code in path.iter_segments(simplify=False, curves=True):
        if code in (Path.CURVE3, Path.CURVE4):
            corners = np.array([vertices[-1], *points.reshape(-1, 2)])
            t = np.linspace(0.0, 1.0, 9)[1:, None]
            if code == Path.CURVE3:
                weights = np.hstack([(1 - t) ** 2, 2 * t * (1 - t), t**2])
            else:
                weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
            vertices.extend(weights @ corners)
            codes.extend([Path.LINETO] * len(t))
        else:
            vertices.append(points[-2:])
            codes.append(code)
    return Path(np.array(vertices).reshape(-1, 2), codes)


def effective(color: Sequence[float], pen: Pen) -> Color:
    """A colour with the alpha that Agg paints it with."""
    red, green, blue, *rest = color
    alpha = pen.alpha if pen.forced_alpha or not rest else rest[0]
    return (float(red), float(green), float(blue), float(alpha))


class Shape:
    """An op that is no text: how to paint it and where it reaches."""

    def __init__(self, op: Op, tables: Tables) -> None:
        self.op, self.tables = op, tables
        self.pen = tables.list.pens[op.pen]
        self._box: Box | None = None

    def paint(self, renderer: Any) -> None:
        """Call the renderer."""
        op, tables = self.op, self.tables
        gc: Any = tables.pen(op.pen)
        if isinstance(op, PathOp):
            renderer.draw_path(gc, tables.path(op.outline), tables.affine(op.transform), op.face)
        elif isinstance(op, MarkersOp):
            renderer.draw_markers(
                gc, tables.path(op.marker), tables.affine(op.marker_transform),
                tables.path(op.outline), tables.affine(op.transform), op.face,
            )  # fmt: skip
        elif isinstance(op, CollectionOp):
            renderer.draw_path_collection(
                gc, tables.affine(op.transform), [tables.path(n) for n in op.outlines],
                op.transforms, op.offsets, tables.affine(op.offset_transform), op.faces, op.edges,
                op.linewidths, [(start, None if d is None else list(d)) for start, d in op.dashes],
                op.antialiased.astype(bool), [None], "screen", hatchcolors=op.hatch_colors,
            )  # fmt: skip
        elif isinstance(op, MeshOp):
            renderer.draw_quad_mesh(
                gc, tables.affine(op.transform), op.columns, op.rows, op.coordinates, op.offsets,
                tables.affine(op.offset_transform), op.faces, op.antialiased, op.edges,
            )  # fmt: skip
        elif isinstance(op, TrianglesOp):
            renderer.draw_gouraud_triangles(gc, op.points, op.colors, tables.affine(op.transform))
        elif isinstance(op, ImageOp):
            renderer.draw_image(gc, op.x, op.y, op.pixels)

    def stroke_px(self) -> float:
        """Width of the stroke in pixels; 0 without one."""
        op = self.op
        points = self.pen.linewidth
        if isinstance(op, CollectionOp):
            points = float(op.linewidths.max()) if len(op.linewidths) and len(op.edges) else 0.0
        elif isinstance(op, PathOp | MarkersOp) and effective(self.pen.color, self.pen)[3] == 0:
            points = 0.0
        elif isinstance(op, ImageOp | MeshOp | TrianglesOp):
            points = 0.0
        return points * self.tables.list.dpi / 72.0

    def slack(self) -> float:
        """Pixels beyond the box that joins, snapping and sketching may still touch."""
        sketch = self.pen.sketch[0] * 2 if self.pen.sketch else 0.0
        return 2.0 + 4.0 * self.stroke_px() + sketch

    def color(self) -> Color:
        """The colour that carries the op: its fill, or its edge when it has none."""
        op = self.op
        if isinstance(op, PathOp | MarkersOp):
            face = None if op.face is None else effective(op.face, self.pen)
            return face if face and face[3] > 0 else effective(self.pen.color, self.pen)
        if isinstance(op, CollectionOp | MeshOp):
            for table in (op.faces, op.edges):
                inked = table[table[:, 3] > 0] if len(table) else table
                if len(inked):
                    return tuple(inked[0].tolist())
            return (0.0, 0.0, 0.0, 0.0)
        if isinstance(op, TrianglesOp):
            return tuple(op.colors.reshape(-1, 4).mean(axis=0).tolist()) if op.colors.size else (
                0.0, 0.0, 0.0, 0.0)  # fmt: skip
        assert isinstance(op, ImageOp)
        inked = op.pixels.reshape(-1, 4)
        inked = inked[inked[:, 3] > 0]
        return tuple((inked.mean(axis=0) / 255.0).tolist()) if len(inked) else (0.0, 0.0, 0.0, 0.0)

    def edge_color(self) -> Color | None:
        """The colour of the stroke; None without one."""
        if self.stroke_px() == 0:
            return None
        op = self.op
        if isinstance(op, CollectionOp):
            color = tuple(op.edges[0].tolist())
        else:
            color = effective(self.pen.color, self.pen)
        return color if color[3] > 0 else None

    def is_visible(self) -> bool:
        """Whether fill, stroke or hatch leave any ink."""
        if self.color()[3] > 0 and (self.is_filled() or self.stroke_px() > 0):
            return True
        return self.pen.hatch is not None or self.edge_color() is not None

    def is_filled(self) -> bool:
        """Whether the inside of the shape is inked."""
        op = self.op
        if isinstance(op, PathOp | MarkersOp):
            return op.face is not None and effective(op.face, self.pen)[3] > 0
        return not isinstance(op, CollectionOp) or bool((op.faces[:, 3] > 0).any())

    def is_curved(self) -> bool:
        """Whether an outline that is drawn has curves."""
        op = self.op
        if isinstance(op, CollectionOp):
            return any(self.tables.is_curved(number) for number in set(op.outlines))
        if isinstance(op, PathOp | MarkersOp):
            number = op.outline if isinstance(op, PathOp) else op.marker
            return self.tables.is_curved(number)
        return False

    def outlines(self) -> tuple[np.ndarray, np.ndarray, int]:
        """What is drawn repeatedly: all points, where each outline starts in them, how often.

        For a path, markers or a collection; points in pixels, y from the bottom.
        """
        op, tables = self.op, self.tables
        if isinstance(op, PathOp):
            return self._vertices(), np.zeros(1, np.intp), 1
        if isinstance(op, MarkersOp):
            points = tables.apply(tables.shape(op.marker), op.marker_transform)
            return points, np.zeros(1, np.intp), len(tables.shape(op.outline))
        assert isinstance(op, CollectionOp)
        lengths = [len(tables.shape(number)) for number in op.outlines]
        groups = max(len(lengths), len(op.transforms)) if lengths else 0
        each = np.array([lengths[i % len(lengths)] for i in range(groups)], np.intp)
        starts = np.concatenate([[0], np.cumsum(each)[:-1]]) if groups else np.zeros(0, np.intp)
        drawn = max(len(lengths), len(op.offsets))
        return self._outline_points(), starts[each > 0], -(-drawn // max(groups, 1))

    def box(self) -> Box:
        """The box before clipping, stroke included, from the top left."""
        if self._box is None:
            op, tables, pad = self.op, self.tables, self.stroke_px() / 2
            if isinstance(op, ImageOp):
                rows, columns = op.pixels.shape[:2]
                corners: Any = (op.x, op.y, op.x + columns, op.y + rows)
            elif isinstance(op, MarkersOp):
                marker = measure.bounds(tables.apply(tables.shape(op.marker), op.marker_transform))
                corners = _grown(measure.bounds(self._centres()), marker)
            elif isinstance(op, CollectionOp):
                outline = measure.bounds(self._outline_points())
                corners = _grown(measure.bounds(self._offsets()), outline)
            else:
                corners = measure.bounds(self._vertices())
            self._box = tables.flip(corners, pad) or (0.0, 0.0, 0.0, 0.0)
        return self._box

    def points(self) -> np.ndarray:
        """float32[N, 2]: the op's vertices (or centres) from the top left, finite ones only."""
        op = self.op
        if isinstance(op, ImageOp):
            x, y, width, height = self.box()
            return np.array(
                [(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32
            )
        if isinstance(op, MarkersOp):
            found = self._centres()
        elif isinstance(op, CollectionOp):
            offsets = self._offsets()
            one_place = len(offsets) <= 1 and not np.any(offsets)
            found = self._outline_points() if one_place else offsets
        else:
            found = self._vertices()
        found = found[np.isfinite(found).all(axis=1)].copy()
        found[:, 1] = self.tables.height - found[:, 1]
        return found.astype(np.float32)

    def _vertices(self) -> np.ndarray:
        op, tables = self.op, self.tables
        if isinstance(op, PathOp):
            return tables.apply(tables.shape(op.outline), op.transform)
        if isinstance(op, MeshOp):
            return tables.apply(op.coordinates.reshape(-1, 2), op.transform)
        assert isinstance(op, TrianglesOp)
        return tables.apply(op.points.reshape(-1, 2), op.transform)

    def _centres(self) -> np.ndarray:
        """Where a marker stands: the vertices, not the control points between them."""
        op, tables = self.op, self.tables
        assert isinstance(op, MarkersOp)
        return tables.apply(tables.shape(op.outline), op.transform)

    def _offsets(self) -> np.ndarray:
        op = self.op
        assert isinstance(op, CollectionOp)
        if not len(op.offsets):
            return np.zeros((1, 2))
        return self.tables.apply(op.offsets, op.offset_transform)

    def _outline_points(self) -> np.ndarray:
        """All vertices of a collection's outlines, before the offsets, in pixels."""
        op, tables = self.op, self.tables
        assert isinstance(op, CollectionOp)
        if not op.outlines:
            return np.zeros((0, 2))
        shapes = [tables.shape(number) for number in op.outlines]
        if len(op.transforms) <= 1:
            points = np.concatenate(shapes)
            if len(op.transforms):
                points = _by_matrix(points, op.transforms[0])
        else:
            count = max(len(shapes), len(op.transforms))
            if len(shapes) == 1:
                points = np.einsum("kij,nj->kni", op.transforms[:, :2, :2], shapes[0])
                points = (points + op.transforms[:, None, :2, 2]).reshape(-1, 2)
            else:
                points = np.concatenate([
                    _by_matrix(shapes[i % len(shapes)], op.transforms[i % len(op.transforms)])
                    for i in range(count)
                ])  # fmt: skip
        return tables.apply(points, op.transform)


def _by_matrix(points_N2: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return points_N2 @ matrix[:2, :2].T + matrix[:2, 2]


def _grown(
    places: tuple[float, float, float, float] | None,
    shape: tuple[float, float, float, float] | None,
) -> tuple[float, float, float, float] | None:
    """The corners that a shape reaches when it stands at every place."""
    if places is None or shape is None:
        return None
    return (
        places[0] + shape[0], places[1] + shape[1], places[2] + shape[2], places[3] + shape[3]
    )  # fmt: skip
