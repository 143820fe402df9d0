"""One line of text of a draw list, laid out first and painted after it was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path

from vsdpo_jax.domains.chart import measure
from vsdpo_jax.domains.chart.drawlist_records import TextOp
from vsdpo_jax.domains.chart.replay import Tables
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

    def under(self, pixels_YXC: np.ndarray, clip: Box | None) -> np.ndarray:
        """uint8[N, 3]: what now lies where at least half of a pixel will be inked."""
        height, width = pixels_YXC.shape[:2]
        window = measure.pixel_window(clip, 0.0, width, height)
        found = []
        for image, x, y, _, _ in self._bitmaps:
            if window is None or not image.size:
                continue
            top = y - image.shape[0]
            rows = slice(max(top, window[1]), min(y, window[3]))
            columns = slice(max(x, window[0]), min(x + image.shape[1], window[2]))
            if rows.stop <= rows.start or columns.stop <= columns.start:
                continue
            cut = image[rows.start - top : rows.stop - top, columns.start - x : columns.stop - x]
            solid = cut >= max(1, int(image.max()) // 2)
            found.append(pixels_YXC[rows, columns][solid])
        if not found:
            return np.zeros((0, 3), np.uint8)
        return measure.on_white(np.concatenate(found))

    def paint(self) -> None:
        """Paint what was held back, in order."""
        for call in self._bitmaps:
            self._target.draw_text_image(*call)
        for call in self._boxes:
            self._target.draw_path(*call)
