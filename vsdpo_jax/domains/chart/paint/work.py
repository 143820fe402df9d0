"""An estimate of what painting an op costs, so that no draw list keeps the painter busy for long.

Limits on counts alone do not do it: a hundred thousand markers the size of the canvas, or a dashed
outline that leaves the canvas by a million pixels, are a few kilobytes. The estimate is in
nanoseconds of Agg on one core; the factors were measured on a 640 x 480 canvas and are rounded up.
"""

from __future__ import annotations

import numpy as np
from matplotlib.path import Path

from vsdpo_jax.domains.chart.drawlist.records import (
    CollectionOp,
    ImageOp,
    MarkersOp,
    MeshOp,
    PathOp,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.paint import outlines
from vsdpo_jax.domains.chart.paint.replay import MARKER_PX, REACH_PX, Shape, Tables

MAX_WORK = 10e9  # ten seconds; charts take 5 to 50 milliseconds

_OP = 50e3  # Python around one call
_VERTEX = 60.0
_FILLED_PIXEL = 2.0
_STROKED_PIXEL = 4.0
_DASH = 200.0
_DASH_STEP = 3.0  # of the walk to where a pattern starts
_SKETCHED_PIXEL = 300.0
_SKETCH_WIDTH = 60.0  # of a pixel that the line wobbles by
_HATCH_VERTEX = 600.0
_HATCH_DPI = 2.0
_MAX_CELLS = 20e6  # of a hatch, 24 bytes each: Agg does not survive to be out of memory
_HATCH_WIDTH = 60.0  # of a pixel of the stroke of one vertex; it is not cut to anything
_ITEM = 400.0
_FEW = 16  # vertices of a rectangle, a tick, a grid line
_NEAR = 5000.0  # pixels; a box not much larger than a canvas
_CHARACTER = 30e3
_GLYPH_PIXEL = 4.0
_PARSED = 500e3  # a character of a formula
_CURVED_PIXEL = 25.0
_FAR = 1e9  # pixels; farther away, straight lines cost nothing more
_WIDE = 32.0  # pixels of a stroke
_MEASURED_PIXEL = 8.0  # of a data mark: ink, owner and contrast


def work(shape: Shape, tables: Tables) -> float:
    """Nanoseconds that painting (and, for data, measuring) a shape may take.

    Raises:
      ValueError: it reaches farther than the rasteriser can count.
    """
    op, canvas = shape.op, tables.list.width * tables.list.height
    total = _OP
    if isinstance(op, PathOp) and not tables.is_laid_out(op.outline):
        outline = tables.list.outlines[op.outline]
        assert outline.text is not None
        total += len(outline.text) * (_CHARACTER + (_PARSED if outline.is_math else 0.0))
        if total > MAX_WORK:
            return total
    total += _MEASURED_PIXEL * min(canvas, float(_areas(np.array([shape.box()[2:]]))[0]))
    if shape.pen.clip_outline is not None and shape.pen.clip_transform is not None:
        clip = tables.outline_box(shape.pen.clip_outline, shape.pen.clip_transform)
        total += _FILLED_PIXEL * canvas
        if clip is not None and tables.is_curved(shape.pen.clip_outline):
            total += _CURVED_PIXEL * min(clip[2] + clip[3], _FAR)
    if isinstance(op, ImageOp):
        return total + _FILLED_PIXEL * op.pixels.shape[0] * op.pixels.shape[1]
    if isinstance(op, MeshOp):
        return total + _mesh(shape, op, tables, canvas)
    if isinstance(op, TrianglesOp):
        points = tables.apply(op.points.reshape(-1, 2), op.transform)
        numbers = np.where(np.isnan(points), 0.0, points)  # Agg skips triangles without a number
        outlines.refuse_far(numbers, REACH_PX, "a shaded triangle")
        return total + _triangles(points.reshape(-1, 3, 2), tables.list.height)
    if isinstance(op, MarkersOp):
        marker = tables.apply(tables.shape(op.marker), op.marker_transform)
        if not bool((np.abs(marker) <= MARKER_PX - shape.stroke_px()).all()):
            return np.inf
    quick = _simple(shape, tables, canvas)
    return total + (_outlined(shape, tables, canvas) if quick is None else quick)


def _mesh(shape: Shape, op: MeshOp, tables: Tables, canvas: float) -> float:
    """Cells of one colour without patterns from their boxes, others like outlines."""
    stroke_px, pen = shape.stroke_px(), shape.pen
    if pen.hatch is not None or pen.dashes or pen.sketch or stroke_px > _WIDE:
        return _outlined(shape, tables, canvas)
    grid = tables.apply(op.coordinates.reshape(-1, 2), op.transform).reshape(op.coordinates.shape)
    corners = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]], axis=2)
    return _polygons(corners.reshape(-1, 4, 2), stroke_px, tables)


def _simple(shape: Shape, tables: Tables, canvas: float) -> float | None:
    """A bound for a single outline of few vertices, from its box; None for anything else."""
    op, pen = shape.op, shape.pen
    if isinstance(op, PathOp):
        count, times = len(tables.shape(op.outline)), 1
    elif isinstance(op, MarkersOp):
        count, times = len(tables.shape(op.marker)), len(tables.shape(op.outline))
    else:
        return None
    width, height = shape.box()[2:]
    large = max(width, height) > _NEAR or shape.stroke_px() > _NEAR
    if count > _FEW or times != 1 or pen.sketch or pen.dashes or pen.hatch or large:
        return None
    strokes = count * (width + height) * (shape.stroke_px() + 1.0)
    area = min(width * height, canvas)
    return _ITEM + _VERTEX * count + _STROKED_PIXEL * strokes + _FILLED_PIXEL * area


def text_work(op: TextOp, size_px: float) -> float:
    """Nanoseconds that laying out and painting one line of text may take."""
    per_character = _CHARACTER + _GLYPH_PIXEL * size_px**2 + (_PARSED if op.is_math else 0.0)
    return _OP + len(op.text) * per_character


def _outlined(shape: Shape, tables: Tables, canvas: float) -> float:
    """Fill, stroke, dashes and sketching of the outlines of an op, as often as they are drawn."""
    times = shape.times()
    found = 0.0
    for points, starts in shape.outlines() if times else ():
        found += _drawn_once(shape, points, starts, tables, canvas)
        if times * found > MAX_WORK:
            break
    return times * found


def _drawn_once(
    shape: Shape, points: np.ndarray, starts: np.ndarray, tables: Tables, canvas: float
) -> float:
    """``_outlined`` of some outlines: float64[N, 2] in pixels, and where each starts."""
    op, pen, px_per_pt = shape.op, shape.pen, tables.list.dpi / 72.0
    points = np.clip(np.nan_to_num(points, nan=0.0, posinf=_FAR, neginf=-_FAR), -_FAR, _FAR)
    steps = np.hypot(*np.diff(points, axis=0).T)
    diagonal = float(np.hypot(tables.list.width, tables.list.height))
    length, visible = float(steps.sum()), float(np.minimum(steps, diagonal).sum())
    stroke_px = shape.stroke_px() + 1.0
    found = _ITEM * len(starts) + _STROKED_PIXEL * visible * min(stroke_px, diagonal)
    # A round join or cap has a vertex for every 1/8 pixel that it may deviate: root of its width.
    found += _VERTEX * len(points) * (1.0 + float(np.sqrt(stroke_px)) * (stroke_px > _WIDE))
    areas = _areas(
        np.maximum.reduceat(points, starts, axis=0) - np.minimum.reduceat(points, starts, axis=0)
    )
    if shape.is_filled() or pen.hatch is not None:
        found += _FILLED_PIXEL * float(np.minimum(areas, canvas).sum())
    if pen.hatch is not None:
        found += len(starts) * _hatching(pen.hatch, pen.hatch_linewidth, tables.list.dpi)
    if isinstance(op, MarkersOp):
        # A marker is rasterised whole, beyond the canvas too, before it is stamped.
        found += _FILLED_PIXEL * float(areas.sum()) / shape.times()
    # Agg cuts unfilled lines to the canvas before it dashes them, filled outlines only after.
    is_whole = shape.is_filled() or pen.hatch is not None
    reach = length if is_whole else visible
    # A collection without patterns of its own has the pen's.
    own = op.dashes if isinstance(op, CollectionOp) else ()
    patterns = {(at, each) for at, each in own or [(pen.dash_offset, pen.dashes)] if each}
    dash = _DASH * (1.0 + min(stroke_px, diagonal) / 8.0) + 4.0 * _VERTEX * float(
        np.sqrt(stroke_px)
    )
    costs = [_dashing(reach, len(starts), dash, at, each, px_per_pt) for at, each in patterns]
    found += max(costs, default=0.0)
    if pen.sketch is not None:
        # Where waves are short, every pixel of the line goes there and back.
        found += (_SKETCHED_PIXEL + _SKETCH_WIDTH * pen.sketch[0]) * reach
    # Straight lines are cut to the canvas first; curves are flattened wherever they go.
    if shape.is_curved():
        found += _CURVED_PIXEL * length
    is_far = float(np.abs(points).max()) >= _FAR
    if is_far and ((is_whole and (patterns or pen.sketch)) or shape.is_curved()):
        return np.inf  # where it really goes was cut off above
    return found


def _dashing(
    reach_px: float, count: int, dash: float, start_pt: float, dashes_pt: tuple[float, ...],
    px_per_pt: float,
) -> float:  # fmt: skip
    """Dashing lines of ``reach_px`` in ``count`` pieces; ``dash`` is what one dash costs."""
    period_px = max(sum(dashes_pt) * px_per_pt, 1e-6)
    dashes = reach_px / period_px * len(dashes_pt) / 2.0
    walk = abs(start_pt) * px_per_pt / period_px * len(dashes_pt)
    return dash * dashes + _DASH_STEP * walk * count


def _hatching(hatch: str, linewidth_pt: float, dpi: float) -> float:
    """Painting the pattern of a hatch, dpi x dpi pixels, which Agg does anew for every outline."""
    pattern = Path.hatch(hatch)
    lines = 0 if pattern is None else len(np.asarray(pattern.vertices))
    stroke_px = linewidth_pt * dpi / 72.0
    if lines * (8.0 + 4.0 * stroke_px) > _MAX_CELLS:
        return np.inf
    one = _HATCH_VERTEX + _HATCH_WIDTH * stroke_px + _HATCH_DPI * dpi
    return lines * one + 2.0 * _FILLED_PIXEL * dpi**2


def _areas(sizes_N2: np.ndarray) -> np.ndarray:
    """Areas of boxes, at least a pixel wide and high."""
    sizes = np.clip(np.abs(sizes_N2), 1.0, _FAR)
    return sizes[:, 0] * sizes[:, 1]


def _polygons(corners_NC2: np.ndarray, stroke_px: float, tables: Tables) -> float:
    """Painting many small polygons given by their corners."""
    width, height = tables.list.width, tables.list.height
    finite = corners_NC2[np.isfinite(corners_NC2).all(axis=(1, 2))]
    if not len(finite):
        return _ITEM * len(corners_NC2)
    sizes = np.clip(np.ptp(finite, axis=1), 1.0, _FAR)
    found = _ITEM * len(corners_NC2)
    found += _FILLED_PIXEL * float(np.minimum(_areas(sizes), width * height).sum())
    if stroke_px:
        around = np.minimum(sizes, [width, height]).sum(axis=1) * 2.0
        found += _STROKED_PIXEL * float(around.sum()) * min(stroke_px + 1.0, max(width, height))
    return found


def _triangles(corners_NC2: np.ndarray, height: float) -> float:
    """Painting shaded triangles: every row of a span is walked from its left end."""
    finite = corners_NC2[np.isfinite(corners_NC2).all(axis=(1, 2))]
    sizes = np.clip(np.ptp(finite, axis=1), 1.0, _FAR) if len(finite) else np.zeros((0, 2))
    rows = np.minimum(sizes[:, 1], height)
    return _ITEM * len(corners_NC2) + _FILLED_PIXEL * float((sizes[:, 0] * rows).sum())
