"""One line of text of a draw list, laid out first and painted after it was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path

from vsdpo_jax.domains.chart.drawlist.records import TextOp
from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.measure import PixelBox
from vsdpo_jax.domains.chart.paint.replay import Tables
from vsdpo_jax.records import Box


class _Layout:
    """The two questions that text layout asks of a text."""

    def __init__(self, op: TextOp) -> None:
        self._op = op

    def get_fontfeatures(self) -> tuple[str, ...] | None:
        return self._op.features

    def get_language(self) -> str | None:
        return self._op.language


class Glyphs:
    """Lays out one line of text on a renderer and holds the painting back until it was measured.

    Stands in for the renderer's painting half while the text is laid out.
    """

    def __init__(self, renderer: RendererAgg) -> None:
        self._renderer = renderer
        self._target: Any = renderer._renderer
        self._bitmaps: list[tuple[np.ndarray, int, int, Any, Any]] = []
        self._boxes: list[tuple[Any, Any, Any, Any]] = []
        self._height = renderer.height

    def lay_out(self, op: TextOp, tables: Tables) -> None:
        """Place the glyphs of ``op`` without painting them."""
        gc: Any = tables.pen(op.pen)
        renderer: Any = self._renderer
        renderer._renderer = self
        try:
            renderer.draw_text(
                gc, op.x, op.y, op.text, tables.font(op.font), op.angle, op.is_math, _Layout(op)
            )
        finally:
            renderer._renderer = self._target

    def draw_text_image(self, image: Any, x: int, y: int, angle: float, gc: Any) -> None:
        """What the renderer calls for a glyph: its bitmap, left column and the row below it."""
        self._bitmaps.append((np.array(image), x, y, angle, gc))

    def draw_path(self, gc: Any, path: Path, transform: Any, rgbFace: Any = None) -> None:
        """What the renderer calls for a fraction bar or a root sign's line."""
        copy = GraphicsContextBase()
        copy.copy_properties(gc)
        self._boxes.append((copy, path, transform, rgbFace))

    def box(self) -> Box | None:
        """The box of all ink before clipping; None for blank text."""
        corners: list[tuple[float, ...]] = [
            (x, y - image.shape[0], x + image.shape[1], y)
            for image, x, y, _, _ in self._bitmaps
            if image.size
        ]
        for _, path, transform, _ in self._boxes:
            found = measure.bounds(transform.transform(path.vertices[:-1]))
            if found is not None:
                x0, y0, x1, y1 = found
                corners.append((x0, self._height - y1, x1, self._height - y0))
        if not corners:
            return None
        low, high = np.min(corners, axis=0), np.max(corners, axis=0)
        return measure.as_box(low[0], low[1], high[2], high[3])

    def cover(self, window: PixelBox, clip: Box | None, alpha: float) -> np.ndarray:
        """uint8[Y, X]: how far the glyphs will cover the pixels of ``window`` in their colour."""
        x0, y0, x1, y1 = window
        cover_YX = np.zeros((y1 - y0, x1 - x0), np.uint8)
        limits = None if clip is None else measure.pixel_window(clip, 0.0, x1, y1)
        if limits is None:
            return cover_YX
        for image, x, y, _, _ in self._bitmaps:
            top = y - image.shape[0]
            rows = slice(max(top, limits[1], y0), min(y, limits[3]))
            columns = slice(max(x, limits[0], x0), min(x + image.shape[1], limits[2]))
            if rows.stop <= rows.start or columns.stop <= columns.start:
                continue
            cut = image[rows.start - top : rows.stop - top, columns.start - x : columns.stop - x]
            place = cover_YX[
                rows.start - y0 : rows.stop - y0, columns.start - x0 : columns.stop - x0
            ]
            np.maximum(place, np.rint(cut * alpha).astype(np.uint8), out=place)
        for _, path, transform, _ in self._boxes:
            bar = measure.bounds(transform.transform(path.vertices[:-1]))
            if bar is not None:
                box = measure.as_box(bar[0], self._height - bar[3], bar[2], self._height - bar[1])
                inside = measure.pixel_window(measure.intersect(box, clip), 0.0, x1, y1)
                if inside is not None:
                    rows = slice(max(inside[1] - y0, 0), max(inside[3] - y0, 0))
                    columns = slice(max(inside[0] - x0, 0), max(inside[2] - x0, 0))
                    cover_YX[rows, columns] = round(255 * alpha)
        return cover_YX

    def paint(self) -> None:
        """Paint what was held back, in order."""
        for call in self._bitmaps:
            self._target.draw_text_image(*call)
        for call in self._boxes:
            self._target.draw_path(*call)
