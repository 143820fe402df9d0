"""Paints a draw list and measures what it paints. Runs in the trusted worker.

The list is replayed on a fresh Agg renderer under the settings that it carries, so the pixels are
those of plain matplotlib. Every mark is measured on the way: the box that is visible and the box
before clipping. Shapes are painted a second time on an empty canvas, which gives their exact cover;
glyphs report where they land. What is left of each mark at the end is evidence.py's matter.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg

from vsdpo_jax.domains.chart.drawlist.codec import InvalidDrawList
from vsdpo_jax.domains.chart.drawlist.fields import STYLE
from vsdpo_jax.domains.chart.drawlist.fonts import restrict_to_bundled
from vsdpo_jax.domains.chart.drawlist.records import (
    SHAPE_ROLES,
    TEXT_ROLES,
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
from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.evidence import Role, Witness
from vsdpo_jax.domains.chart.paint.glyphs import Glyphs
from vsdpo_jax.domains.chart.paint.measure import PixelBox
from vsdpo_jax.domains.chart.paint.pattern import pattern_of
from vsdpo_jax.domains.chart.paint.replay import Shape, Tables, effective
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene
from vsdpo_jax.domains.chart.paint.spelling import unspelled
from vsdpo_jax.domains.chart.paint.work import MAX_WORK, text_work, work
from vsdpo_jax.records import Box

_KINDS: dict[type, str] = {
    PathOp: "path", MarkersOp: "markers", CollectionOp: "collection", MeshOp: "mesh",
    TrianglesOp: "mesh", ImageOp: "image", TextOp: "text",
}  # fmt: skip
# Cover from which a data mark owns a pixel: its soft rim belongs to what lies under it.
_OWNED = 0.25
# Pixels around glyphs that are looked at.
_MARGIN_PX = 4.0
# Width of a stroke over the size of the text from which letters turn into blots; a stem of DejaVu
# Sans is 0.09 em wide, of its bold face 0.17.
_BLOT_EM = 0.2
_GUIDES = ("grid", "tick")
_JUDGED = (*TEXT_ROLES, "data", "legend_handle", "legend_frame")
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
        self.witness = Witness(self.pixels_YXC, len(draw_list.ops))

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
        picture_YXC = measure.picture(self.pixels_YXC)
        evidence = self.witness.finish(picture_YXC, [_witnessed(mark) for mark in marks])
        return Scene(
            width_px=self.width,
            height_px=self.height,
            dpi=self.list.dpi,
            image_YXC=picture_YXC,
            marks=tuple(
                Mark(**fields, evidence=evidence.get(number)) for number, fields in enumerate(marks)
            ),
            axes=self.list.axes,
            data_owner_YX=self.owner_YX,
        )

    def _mark(self, number: int, op: Op) -> dict[str, Any]:
        """The fields of the op's mark; evidence comes at the end."""
        if isinstance(op, TextOp):
            return self._text(number, op)
        if number in self.text_ops and isinstance(op, PathOp):
            return self._text_outline(number, op)
        return self._shape(number, op)

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

    def _text(self, number: int, op: TextOp) -> dict[str, Any]:
        """Paint one line of text; its glyphs tell where they land."""
        pen, clip = self.list.pens[op.pen], self._clip(op, with_path=False)
        font = self.list.fonts[op.font]
        self._spend(text_work(op, font.size_pt * self.list.dpi / 72.0))
        glyphs = Glyphs(self.canvas)
        glyphs.lay_out(op, self.tables)
        full = glyphs.box()
        color = effective(pen.color, pen)
        ink = full if full is not None else (op.x, op.y, 0.0, 0.0)
        region = measure.intersect(full, clip) if color[3] > 0 else None
        region = region if region and region[2] > 0 and region[3] > 0 else None
        mark = dict(
            **self._common(op, True),
            region=region,
            full_region=ink,
            color_rgba=color,
            text=op.text,
            font_size_pt=font.size_pt,
            bold=self.tables.is_bold(op.font),
            rotation_deg=op.angle % 360.0,
            unspelled=unspelled(op.text, self.tables.font(op.font), op.is_math),
        )
        window = measure.pixel_window(region, _MARGIN_PX, self.width, self.height)
        if window is None:
            glyphs.paint()
            return mark
        cover_YX = glyphs.cover(window, clip, color[3])
        self._watched(number, mark, cover_YX, window, glyphs.paint)
        return mark

    def _text_outline(self, number: int, op: PathOp) -> dict[str, Any]:
        """Paint a line of text that path effects turned into an outline."""
        outline = self.list.outlines[op.outline]
        shape = self._affordable(op)
        a, b = self.list.transforms[op.transform][:2].tolist()
        assert outline.text is not None
        assert outline.font is not None
        size_pt = self.list.fonts[outline.font].size_pt
        # A stroke as thick as a stem fills the eyes of the letters.
        is_blot = shape.edge_color() is not None and shape.pen.linewidth > _BLOT_EM * size_pt
        mark = dict(
            **self._common(op, True),
            region=None,
            full_region=shape.box(),
            color_rgba=shape.color(),
            text=outline.text,
            font_size_pt=size_pt,
            bold=self.tables.is_bold(outline.font),
            rotation_deg=math.degrees(math.atan2(b, a)) % 360.0,
            unspelled=outline.text
            if is_blot
            else unspelled(outline.text, self.tables.font(outline.font), outline.is_math),
        )
        return self._inked(number, mark, op, shape, 0)

    def _shape(self, number: int, op: Op) -> dict[str, Any]:
        common = self._common(op, False)
        shape = self._affordable(op)
        is_data = common["role"] == "data"
        mark = dict(
            **common,
            region=None,
            full_region=shape.box(),
            color_rgba=shape.color(),
            points_px=shape.points() if is_data else None,
        )
        if common["role"] in ("data", "legend_handle"):
            mark["pattern"] = pattern_of(op, self.tables)
        return self._inked(number, mark, op, shape, common["axes"] + 1 if is_data else 0)

    def _affordable(self, op: Op) -> Shape:
        """The op as a shape; ValueError when the whole list takes too long to paint."""
        shape = Shape(op, self.tables)
        self._spend(work(shape, self.tables))
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

    def _inked(
        self, number: int, mark: dict[str, Any], op: Op, shape: Shape, owner: int
    ) -> dict[str, Any]:
        """Paint a shape and measure its ink; ``owner`` 0 owns no pixels."""
        box = measure.intersect(shape.box(), self._clip(op, with_path=True))
        window = measure.pixel_window(box, shape.slack(), self.width, self.height)
        if window is None or not shape.is_visible():
            shape.paint(self.canvas)
            return mark
        shape.paint(self.scratch)
        ink_YXC = self.scratch_YXC[window[1] : window[3], window[0] : window[2]]
        cover_YX = ink_YXC[..., 3].copy()
        ink_YXC[...] = 0
        top = int(cover_YX.max())
        self._watched(number, mark, cover_YX, window, lambda: shape.paint(self.canvas))
        if top:
            if owner:
                place = (slice(window[1], window[3]), slice(window[0], window[2]))
                self.owner_YX[place][cover_YX >= max(1.0, _OWNED * top)] = owner
            mark["region"] = measure.ink_box(cover_YX >= max(1.0, measure.RIM * top), window)
        return mark

    def _watched(
        self,
        number: int,
        mark: dict[str, Any],
        cover_YX: np.ndarray,
        window: PixelBox,
        paint: Callable[[], None],
    ) -> None:
        """Paint a mark under the eyes of the witness."""
        is_text = mark["kind"] == "text"
        if mark["role"] in _JUDGED:
            self.witness.before(number, cover_YX, window, is_text=is_text)
        paint()
        self.witness.after(number, cover_YX, window, is_text=is_text)


def _witnessed(mark: dict[str, Any]) -> Role:
    return Role(
        color_rgba=mark["color_rgba"],
        axes=mark["axes"],
        is_data=mark["role"] == "data",
        is_text=mark["kind"] == "text",
        is_guide=mark["role"] in _GUIDES,
        is_ground=mark["role"] == "background" and mark["color_rgba"][3] > 0,
    )


def _last_text_outlines(draw_list: DrawList) -> frozenset[int]:
    """The ops that finish an outlined text; a halo or shadow under it is painted before."""
    last: dict[tuple[int, int], int] = {}
    for number, op in enumerate(draw_list.ops):
        if isinstance(op, PathOp) and draw_list.outlines[op.outline].text is not None:
            last[op.artist, op.outline] = number
    return frozenset(last.values())
