"""Ops of a draw list as calls of an Agg renderer, with the boxes they reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.font_manager import FontProperties, weight_dict
from matplotlib.path import Path
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Bbox

from vsdpo_jax.domains.chart.drawlist.fonts import bundled_folder
from vsdpo_jax.domains.chart.drawlist.records import (
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
from vsdpo_jax.domains.chart.paint import measure, outlines
from vsdpo_jax.records import Box

Color = tuple[float, float, float, float]

REACH_PX = 1e7
"""How far from the canvas a shape may reach that Agg does not cut to the canvas first: clip paths
and shaded triangles. It counts in 1/256 pixels and 32 bits (8.4e6), and saturates beyond."""
MARKER_PX = 10_000.0
"""How far a marker may reach from its own place. Agg keeps it as coverage, pixel by pixel."""
_CHUNK = 250_000  # vertices that are looked at together
BOLD = 600  # font weights from here on are bold ("semibold")


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

    def is_laid_out(self, number: int) -> bool:
        """Whether an outline costs nothing more than its vertices; not so a text seen first."""
        return number in self._paths or self.list.outlines[number].text is None

    def pen(self, number: int) -> ReplayPen:
        """A pen as a graphics context."""
        found = self._pens.get(number)
        if found is None:
            pen = self.list.pens[number]
            clip = None
            if pen.clip_outline is not None and pen.clip_transform is not None:
                self.refuse_far(pen.clip_outline, pen.clip_transform, REACH_PX, "a clip path")
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
                    path = outlines.flattened(path)
                found = path.vertices[outlines.HAS_INK[path.codes]]
            self._shapes[number] = found
        return found

    def is_curved(self, number: int) -> bool:
        """Whether an outline has curves."""
        codes: Any = self.path(number).codes
        return codes is not None and bool(outlines.IS_CURVE[codes].any())

    def refuse_far(self, outline: int, transform: int, reach_px: float, what: str) -> None:
        """Raise ValueError where an outline has vertices that are far off or no numbers."""
        outlines.refuse_far(self.apply(self.shape(outline), transform), reach_px, what)

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
    # The folder holds a licence text, too.
    if path.suffix != ".ttf" or path.parent != bundled_folder() or not path.is_file():
        raise ValueError(f"{name!r} is none of matplotlib's own fonts")
    return path


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
        elif isinstance(op, MeshOp):
            is_stroked = len(op.edges) or (op.antialiased and len(op.faces))
            points *= self.tables.list.dpi / 72.0 if is_stroked else 0.0  # Agg scales it twice
        elif isinstance(op, ImageOp | TrianglesOp):
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
        if isinstance(op, CollectionOp | MeshOp):
            if not len(op.edges):
                return None  # cells stroked in their own colours
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

    def outlines(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """What is drawn, some hundred thousand vertices at a time, and where its outlines start.

        For a path, markers, a collection or a mesh (cell by cell); float64[N, 2] in pixels, y from
        the bottom, and intp[K]. Only outlines with vertices are told.
        """
        op, tables = self.op, self.tables
        if isinstance(op, CollectionOp):
            yield from self._collected()
            return
        if isinstance(op, MeshOp):
            yield from self._cells()
            return
        if isinstance(op, MarkersOp):
            points = tables.apply(tables.shape(op.marker), op.marker_transform)
        else:
            points = self._vertices()
        if len(points):
            yield points, np.zeros(1, np.intp)

    def times(self) -> int:
        """How often everything of ``outlines`` is drawn."""
        op = self.op
        if isinstance(op, MarkersOp):
            return len(self.tables.shape(op.outline))
        if isinstance(op, CollectionOp):
            groups = max(len(op.outlines), len(op.transforms), 1)
            return -(-max(len(op.outlines), len(op.offsets)) // groups) if op.outlines else 0
        return 1

    def box(self) -> Box:
        """The box before clipping, stroke included, from the top left."""
        if self._box is None:
            op, tables, pad = self.op, self.tables, self.stroke_px() / 2
            if isinstance(op, ImageOp):
                rows, columns = op.pixels.shape[:2]
                corners: Any = (op.x, op.y, op.x + columns, op.y + rows)
            elif isinstance(op, MarkersOp):
                marker = measure.bounds(tables.apply(tables.shape(op.marker), op.marker_transform))
                corners = outlines.grown(measure.bounds(self._centres()), marker)
            elif isinstance(op, CollectionOp):
                boxes = [measure.bounds(points) for points, _ in self.outlines()]
                corners = outlines.grown(measure.bounds(self._offsets()), outlines.around(boxes))
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
            found = self._offsets()
            if len(found) <= 1 and not np.any(found):
                found = np.concatenate([found[:0], *(points for points, _ in self.outlines())])
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

    def _cells(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """``outlines`` of a mesh, before the offsets."""
        op = self.op
        assert isinstance(op, MeshOp)
        step = max(1, _CHUNK // (5 * op.columns))
        for first in range(0, op.rows, step):
            grid = op.coordinates[first : first + step + 1]
            corners = (grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:], grid[:-1, :-1])
            points = np.stack(corners, axis=2).reshape(-1, 2)
            yield self.tables.apply(points, op.transform), np.arange(0, len(points), 5)

    def _collected(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """``outlines`` of a collection, before the offsets."""
        op, tables = self.op, self.tables
        assert isinstance(op, CollectionOp)
        if not op.outlines:
            return
        shapes = [tables.shape(number) for number in op.outlines]
        lengths = np.array([len(shape) for shape in shapes], np.intp)
        groups = np.arange(max(len(shapes), len(op.transforms)))
        each = lengths[groups % len(shapes)]
        ends = np.cumsum(each)
        first = 0
        while first < len(groups):
            done = int(ends[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
            chosen, sizes = groups[first:last], each[first:last]
            points = np.concatenate([shapes[number] for number in (chosen % len(shapes)).tolist()])
            if len(op.transforms):
                same = len(op.transforms) == 1
                matrices = op.transforms if same else op.transforms[chosen % len(op.transforms)]
                points = outlines.by_matrices(points, matrices, sizes)
            if len(points):
                starts = (ends[first:last] - sizes - done)[sizes > 0]
                yield tables.apply(points, op.transform), starts
            first = last
