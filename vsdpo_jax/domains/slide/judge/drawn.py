"""Where in its frame a chart draws something, and where its plot is empty."""

from __future__ import annotations

import numpy as np

from vsdpo_jax.domains.boxes import area, bottom, intersect, right
from vsdpo_jax.domains.slide.deck.records import Chart, Color, Mark, Shape, Text
from vsdpo_jax.domains.slide.judge.content.marks import LEAST, LEVELS, STROKED
from vsdpo_jax.domains.slide.judge.detectors_text import letters
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.records import Box

LOOSE = (*STROKED, "area", "pie", "doughnut")
"""Kinds whose marks leave much of their boxes free: only pixels tell where they are."""
FOUND = 0.002
"""Share of a mark's box that has its colour, if that is flat: a thin slanted line has 0.01."""
_HALF, _BEYOND, _OFF = 0.5, 1.15, 24.0
_SAMPLES, _REACH, _MOSTLY = 41, 2, 0.5


def lies_on_marks(view: View, shape: Shape, text: Text) -> bool:
    """Whether a text lies on the marks of a chart.

    Bars fill their boxes. Of slices, areas and lines the pixels tell, unless their colour is not
    flat, or the text has paint of its own that changes it.
    """
    chart, box = shape.chart, letters(text)
    if chart is None:
        return False
    share = view.settings["collision_share"]
    marks = [m for m in chart.marks if area(intersect(box, m.box)) > share * area(box)]
    if not marks or chart.kind not in LOOSE or view.is_filled(view.shape_of(text)):
        return bool(marks)
    for mark in marks:
        if not _is_flat(view, mark):
            return True
        is_stroked = chart.kind in STROKED
        is_on = not is_stroked and _is_near(text.ground, mark.color)
        is_on = is_on or _share_inked(view, text, mark, columns=is_stroked) > share
        if is_on:
            return True
    return False


def inked(pixels_YXC: np.ndarray, color: Color, ground: Color) -> np.ndarray:
    """bool[Y, X]: what a paint covers by half or more, as soft edges have it."""
    way_3 = np.subtract(color, ground).astype(float)
    length = float(way_3 @ way_3)
    if np.abs(way_3).max() < LEVELS:
        return np.zeros(pixels_YXC.shape[:2], bool)
    made_YXC = pixels_YXC.astype(float) - np.array(ground, float)
    share_YX = made_YXC @ way_3 / length
    off_YX = np.abs(made_YXC - share_YX[..., None] * way_3).max(axis=-1)
    return (share_YX >= _HALF) & (share_YX <= _BEYOND) & (off_YX <= _OFF)


def _share_inked(view: View, text: Text, mark: Mark, *, columns: bool) -> float:
    """Share of the box of a text's letters, or of its columns, that a mark paints, in [0, 1]."""
    box = letters(text)
    mask_YX = inked(crop(view, intersect(box, mark.box)), mark.color, text.ground)
    if columns:
        return float(np.count_nonzero(mask_YX.any(axis=0))) / max(box[2], 1.0)
    return float(np.count_nonzero(mask_YX)) / max(area(box), 1.0)


def is_free(view: View, shape: Shape, box: Box) -> bool:
    """Whether a box on a chart covers nothing that the chart draws but lines of its grid.

    False where it is not known: where a mark is missing, the box may be what hides it.
    """
    chart = shape.chart
    if chart is None or not _are_all_seen(chart):
        return False
    if any(_is_under(view, chart, mark, box) for mark in chart.marks):
        return False
    share = view.settings["collision_share"]
    for text in view.texts.get(shape.index, ()):
        if text.lines:
            x, y, width, height = letters(text)
            key = 1.5 * height if text.source == "key" else 0.0
            place = (x - key, y, width + key, height)
            if area(intersect(place, box)) > share * area(place):
                return False
    return True


def _are_all_seen(chart: Chart) -> bool:
    """Whether a mark is seen for every value, as far as that can be counted."""
    rows = [[abs(v) for v in series.values if v is not None] for series in chart.series]
    greatest = max((v for row in rows for v in row), default=0.0)
    if not chart.marks or greatest <= 0:
        return False
    if chart.kind == "line":
        widest = max(mark.box[2] for mark in chart.marks)
        pieces = sum(mark.box[2] > widest / 2 for mark in chart.marks)  # the others are markers
        return pieces == sum(max(len(row) - 1, 0) for row in rows)
    if chart.kind == "area":
        return len(chart.marks) >= len(rows)
    least = sum(v >= LEAST * greatest for row in rows for v in row)
    return chart.kind in ("column", "bar", "pie", "doughnut") and len(chart.marks) >= least


def _is_under(view: View, chart: Chart, mark: Mark, box: Box) -> bool:
    """Whether a box covers some of a mark; of a slanted line, of what runs through its box."""
    if min(intersect(mark.box, box)[2:]) <= 0:
        return False
    x, y, width, height = mark.box
    if chart.kind != "line" or min(width, height) < 4 * _REACH:
        return True
    along_N = np.linspace(0.0, 1.0, _SAMPLES)
    xs_N, best, is_best_under = x + along_N * width, _MOSTLY, True
    for ys_N in (y + along_N * height, y + height - along_N * height):
        is_in_N = (xs_N >= box[0] - _REACH) & (xs_N <= right(box) + _REACH)
        is_in_N &= (ys_N >= box[1] - _REACH) & (ys_N <= bottom(box) + _REACH)
        out = [(px, py) for px, py, is_in in zip(xs_N, ys_N, is_in_N, strict=True) if not is_in]
        hits = [_has_color(view, px, py, mark) for px, py in out]
        share = sum(hits) / max(len(hits), 1)
        if share > best:
            best, is_best_under = share, bool(is_in_N.any())
    return is_best_under


def _has_color(view: View, x: float, y: float, mark: Mark) -> bool:
    side = 2.0 * _REACH + 1.0
    pixels_YXC = crop(view, (x - _REACH, y - _REACH, side, side))
    return bool(np.any(_matches(pixels_YXC, mark)))


def _is_flat(view: View, mark: Mark) -> bool:
    """Whether the colour of a mark is found where it is painted."""
    pixels_YXC = crop(view, mark.box)
    return bool(pixels_YXC.size) and float(np.mean(_matches(pixels_YXC, mark))) >= FOUND


def _matches(pixels_YXC: np.ndarray, mark: Mark) -> np.ndarray:
    apart_YX = np.abs(pixels_YXC.astype(int) - np.array(mark.color)).max(axis=-1)
    return apart_YX < 2 * LEVELS


def _is_near(color: Color, other: Color) -> bool:
    return bool(np.abs(np.subtract(color, other)).max() < LEVELS)


def crop(view: View, box: Box) -> np.ndarray:
    """uint8[Y, X, 3]: the part of the picture without letters that a box covers."""
    return view.slide.textless_YXC[slices(box, view.whole)]


def slices(box: Box, within: Box) -> tuple[slice, slice]:
    """Rows and columns of a box in the pixels that another covers."""
    x0, y0 = max(round(within[0]), 0), max(round(within[1]), 0)
    left, top = max(round(box[0]) - x0, 0), max(round(box[1]) - y0, 0)
    return (
        slice(top, max(round(bottom(box)) - y0, top)),
        slice(left, max(round(right(box)) - x0, left)),
    )
