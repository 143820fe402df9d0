"""Paints a draw list and measures what it paints. Runs in the trusted worker.

The list is replayed on a fresh Agg renderer under the settings that it carries, so the pixels are
those of plain matplotlib. Every mark is measured on the way: the box that is visible, the box
before clipping, and the contrast against what lay under it. Data marks are painted a second time
on an empty canvas, which gives their exact ink; glyphs report where they land; everything else has
its box from vertices, line width and clip rectangle.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

from vsdpo_jax.domains.chart import measure
from vsdpo_jax.domains.chart.drawlist import InvalidDrawList
from vsdpo_jax.domains.chart.drawlist_fields import STYLE
from vsdpo_jax.domains.chart.drawlist_records import (
    CollectionOp,
    DrawList,
    ImageOp,
    MarkersOp,
    MeshOp,
    Op,
    PathOp,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.fonts import restrict_to_bundled
from vsdpo_jax.domains.chart.glyphs import Glyphs
from vsdpo_jax.domains.chart.replay import Color, Shape, Tables, effective
from vsdpo_jax.domains.chart.scene import SHAPE_ROLES, TEXT_ROLES, Mark, Scene
from vsdpo_jax.domains.chart.work import MAX_WORK, text_work, work
from vsdpo_jax.records import Box

_KINDS: dict[type, str] = {
    PathOp: "path", MarkersOp: "markers", CollectionOp: "collection", MeshOp: "mesh",
    TrianglesOp: "mesh", ImageOp: "image", TextOp: "text",
}  # fmt: skip
# Coverage from which a data mark owns a pixel: its soft rim belongs to what lies under it.
_OWNED = 0.25
# What Agg, FreeType and the formula parser raise about their input. Anything else is our bug.
_RASTERISER_ERRORS = (ValueError, RuntimeError, OverflowError, MemoryError)


class PaintError(InvalidDrawList):
    """A well-formed list that the rasteriser gives up on: Agg's cell limit, a broken formula."""


def paint(draw_list: DrawList) -> Scene:
    """Paint a draw list.

    Returns:
      The picture and one mark for every op, measured.

    Raises:
      PaintError: the rasteriser cannot paint an op of the list.
    """
    restrict_to_bundled()
    with warnings.catch_warnings(), mpl.rc_context():
        # Glyphs that no bundled font has are drawn as boxes; the program was told when it ran.
        warnings.simplefilter("ignore")
        defaults: dict[str, Any] = {**mpl.rcParamsDefault}
        settings = {key: defaults[key] for key in STYLE if key in defaults}
        dict.update(mpl.rcParams, settings | dict(draw_list.style))
        return _Painter(draw_list).scene()


class _Painter:
    """Replays one list.

    Attributes:
      canvas: the renderer of the picture; ``pixels_YXC`` is its uint8 RGBA memory.
      scratch: an empty canvas of the same size, for the ink of one mark at a time.
    """

    def __init__(self, draw_list: DrawList) -> None:
        self.list = draw_list
        self.canvas = RendererAgg(draw_list.width, draw_list.height, draw_list.dpi)
        self.scratch = RendererAgg(draw_list.width, draw_list.height, draw_list.dpi)
        self.pixels_YXC = np.asarray(self.canvas.buffer_rgba())
        self.scratch_YXC = np.asarray(self.scratch.buffer_rgba())
        self.scratch_YXC[:] = 0
        self.height, self.width = self.pixels_YXC.shape[:2]
        self.frame: Box = (0.0, 0.0, float(self.width), float(self.height))
        self.owner_YX = np.zeros((self.height, self.width), np.int16)
        self.tables = Tables(draw_list)
        self.text_ops = _last_text_outlines(draw_list)
        self.budget = MAX_WORK

    def scene(self) -> Scene:
        marks = []
        for number, op in enumerate(self.list.ops):
            try:
                marks.append(self._mark(number, op))
            except _RASTERISER_ERRORS as error:
                raise PaintError(
                    f"op {number} ({_KINDS[type(op)]}) cannot be painted: "
                    f"{type(error).__name__}: {str(error)[:300]}"
                ) from error
        return Scene(
            width_px=self.width,
            height_px=self.height,
            dpi=self.list.dpi,
            image_YXC=measure.picture(self.pixels_YXC),
            marks=tuple(marks),
            axes=self.list.axes,
            data_owner_YX=self.owner_YX,
        )

    def _mark(self, number: int, op: Op) -> Mark:
        if isinstance(op, TextOp):
            return self._text(op)
        if number in self.text_ops and isinstance(op, PathOp):
            return self._text_outline(op)
        return self._shape(op)

    def _common(self, op: Op, is_text: bool) -> dict[str, Any]:
        """The declared half of a mark; a role that does not fit the op is replaced."""
        info = self.list.artists[op.artist]
        fitting, spare = (TEXT_ROLES, "text") if is_text else (SHAPE_ROLES, "text_box")
        return {
            "kind": "text" if is_text else _KINDS[type(op)],
            "role": info.role if info.role in fitting else spare,
            "artist": op.artist,
            "artist_type": info.artist_type,
            "axes": info.axes,
            "span": info.span,
            "label": info.label,
            "setters": dict(info.setters),
        }

    def _text(self, op: TextOp) -> Mark:
        """Paint one line of text; its glyphs tell where they land."""
        pen, clip = self.list.pens[op.pen], self._clip(op, with_path=False)
        font = self.list.fonts[op.font]
        self._spend(text_work(op, font.size_pt * self.list.dpi / 72.0))
        glyphs = Glyphs(self.canvas)
        glyphs.lay_out(op, self.tables)
        full = glyphs.box()
        color = effective(pen.color, pen)
        under_NC = glyphs.under(self.pixels_YXC, clip)
        glyphs.paint()
        ink = full if full is not None else (op.x, op.y, 0.0, 0.0)
        region = measure.intersect(full, clip) if color[3] > 0 else None
        contrast = measure.median_contrast(color, under_NC)
        return Mark(
            **self._common(op, True),
            region=region if region and region[2] > 0 and region[3] > 0 else None,
            full_region=ink,
            color_rgba=color,
            text=op.text,
            font_size_pt=font.size_pt,
            bold=self.tables.is_bold(op.font),
            rotation_deg=op.angle % 360.0,
            contrast=21.0 if contrast is None else contrast,
        )

    def _text_outline(self, op: PathOp) -> Mark:
        """Paint a line of text that path effects turned into an outline."""
        outline = self.list.outlines[op.outline]
        shape = self._affordable(op, is_data=True)
        color = shape.color()
        region, contrast = self._ink(op, shape, color, 0)
        a, b = self.list.transforms[op.transform][:2].tolist()
        assert outline.text is not None
        assert outline.font is not None
        return Mark(
            **self._common(op, True),
            region=region,
            full_region=shape.box(),
            color_rgba=color,
            text=outline.text,
            font_size_pt=self.list.fonts[outline.font].size_pt,
            bold=self.tables.is_bold(outline.font),
            rotation_deg=math.degrees(math.atan2(b, a)) % 360.0,
            contrast=contrast,
        )

    def _shape(self, op: Op) -> Mark:
        common = self._common(op, False)
        shape = self._affordable(op, is_data=common["role"] == "data")
        color, contrast = shape.color(), 21.0
        if common["role"] == "data":
            region, contrast = self._ink(op, shape, color, common["axes"] + 1)
            points = shape.points()
        else:
            points = None
            region = measure.intersect(shape.box(), self._clip(op, with_path=True))
            region = region if shape.is_visible() else None
            shape.paint(self.canvas)
        return Mark(
            **common, region=region, full_region=shape.box(), color_rgba=color, contrast=contrast,
            points_px=points,
        )  # fmt: skip

    def _affordable(self, op: Op, *, is_data: bool) -> Shape:
        """The op as a shape; ValueError when the whole list takes too long to paint."""
        shape = Shape(op, self.tables)
        self._spend(work(shape, self.tables, is_data))
        return shape

    def _spend(self, nanoseconds: float) -> None:
        self.budget -= nanoseconds
        if self.budget < 0:
            raise ValueError(f"painting takes more than {MAX_WORK / 1e9:g} seconds: draw less")

    def _clip(self, op: Op, *, with_path: bool) -> Box | None:
        """What the clip rectangle and path leave of the canvas; None when that is nothing."""
        pen = self.list.pens[op.pen]
        clip: Box | None = self.frame
        height = self.list.height
        if pen.clip_box is not None:
            x0, y0, x1, y1 = pen.clip_box
            x0, x1, y0, y1 = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            clip = measure.intersect(clip, measure.as_box(x0, height - y1, x1, height - y0))
        if with_path and pen.clip_outline is not None and pen.clip_transform is not None:
            clip = measure.intersect(
                clip, self.tables.outline_box(pen.clip_outline, pen.clip_transform)
            )
        return clip

    def _ink(self, op: Op, shape: Shape, color: Color, owner: int) -> tuple[Box | None, float]:
        """Paint a mark and measure its ink: visible box and contrast; ``owner`` 0 owns nothing."""
        box = measure.intersect(shape.box(), self._clip(op, with_path=True))
        window = measure.pixel_window(box, shape.slack(), self.width, self.height)
        if window is None or not shape.is_visible():
            shape.paint(self.canvas)
            return None, 21.0
        shape.paint(self.scratch)
        place = (slice(window[1], window[3]), slice(window[0], window[2]))
        ink_YXC = self.scratch_YXC[place]
        alpha_YX = ink_YXC[..., 3]
        top = int(alpha_YX.max())
        contrast, region = 21.0, None
        if top:
            region = measure.ink_box(alpha_YX >= max(1.0, measure.RIM * top), window)
            solid = measure.sample(np.flatnonzero(alpha_YX >= 0.5 * top))
            rows, columns = np.unravel_index(solid, alpha_YX.shape)
            colors_NC = ink_YXC[rows, columns, :3]
            under_NC = measure.on_white(self.pixels_YXC[place][rows, columns])
            contrast = _ink_contrast(colors_NC, top / 255.0, under_NC, shape.edge_color())
            if owner:
                self.owner_YX[place][alpha_YX >= max(1.0, _OWNED * top)] = owner
            ink_YXC[...] = 0
        shape.paint(self.canvas)
        return region, contrast


def _last_text_outlines(draw_list: DrawList) -> frozenset[int]:
    """The ops that finish an outlined text; a halo or shadow under it is painted before."""
    last: dict[tuple[int, int], int] = {}
    for number, op in enumerate(draw_list.ops):
        if isinstance(op, PathOp) and draw_list.outlines[op.outline].text is not None:
            last[op.artist, op.outline] = number
    return frozenset(last.values())


def _ink_contrast(
    colors_NC: np.ndarray, alpha: float, under_NC: np.ndarray, edge: Color | None
) -> float:
    """Median WCAG ratio of the ink, or of the edge where that stands out more."""
    painted_NC = measure.blend(colors_NC, np.full(len(colors_NC), alpha), under_NC)
    ratios = measure.contrast_ratio(measure.luminance(painted_NC), measure.luminance(under_NC))
    found = float(np.median(ratios))
    if edge is not None and (of_edge := measure.median_contrast(edge, under_NC)) is not None:
        found = max(found, of_edge)
    return found
