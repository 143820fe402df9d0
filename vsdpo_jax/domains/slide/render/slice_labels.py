"""Labels that a file puts on the slices of a pie, painted there and above all slices.

The fast renderer begins such a label where its middle belongs, and paints later slices over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vsdpo_jax.domains.slide.render import charts
from vsdpo_jax.domains.slide.render.display import Item, Line, LineRun, TextBox
from vsdpo_jax.domains.slide.render.evidence import near
from vsdpo_jax.domains.slide.render.geometry import shared
from vsdpo_jax.domains.slide.render.ink import RunInk, run_ink
from vsdpo_jax.domains.slide.render.prepare_charts import INSIDE, place_of
from vsdpo_jax.domains.slide.render.shapes import Found
from vsdpo_jax.domains.slide.render.source import Element, path, tag
from vsdpo_jax.domains.slide.render.texts import Inked


def center_labels(found: Sequence[Found], image_YXC: np.ndarray, textless_YXC: np.ndarray) -> None:
    """Move labels on slices to where they belong, in the display list and in the picture. In place.

    Labels that a later shape meets stay as they are.

    Args:
      found: the shapes of a slide in the order of painting.
      image_YXC, textless_YXC: uint8, the fast renderer's picture with and without letters.
    """
    for number, shape in enumerate(found):
        item = shape.item
        if item is None or not _are_inside(shape.chart_root):
            continue
        later = [other.shape.box for other in found[number + 1 :] if other.shape.kind != "group"]
        old, new = [], []
        for label in _labels(shape, item):
            given = item.texts[label]
            moved = _moved(given, -given.box[2] / 2)
            if not any(shared(box, each.box) > 0 for box in later for each in (given, moved)):
                item.texts[label] = moved
                old += _inks(given, image_YXC)
                new += _inks(moved, image_YXC)
        for ink in old:
            lies_YX = near(ink.cover_YX > 0)
            ink.of(image_YXC)[lies_YX] = ink.of(textless_YXC)[lies_YX]
        for ink in new:
            cover_YX1 = ink.cover_YX[..., None] / 255
            part_YXC = ink.of(image_YXC)
            part_YXC[:] = np.rint(part_YXC + cover_YX1 * (np.array(ink.color) - part_YXC))


def _are_inside(root: Element | None) -> bool:
    """Whether a chart is a pie whose labels all lie on its slices."""
    pie = path(root, "c:chart", "c:plotArea", "c:pieChart")
    if pie is None:
        return False
    own = path(pie, "c:ser", "c:dLbls")
    labels = own if own is not None else path(pie, "c:dLbls")
    return (
        labels is not None
        and place_of(labels) in INSIDE
        and all(place_of(point) in INSIDE for point in labels.findall(tag("c:dLbl")))
    )


def _labels(shape: Found, item: Item) -> list[int]:
    chart, root = shape.shape.chart, shape.chart_root
    if chart is None or root is None:
        return []
    order = [-1 - entry for entry in item.stream if entry < 0]
    sources = charts.sources(root, chart, item)
    return [n for n, source in zip(order, sources, strict=True) if source == "data_label"]


def _moved(box: TextBox, dx: float) -> TextBox:
    x, y, width, height = box.box
    lines = tuple(
        Line(line.start, line.end, line.baseline, tuple(_moved_run(run, dx) for run in line.runs))
        for line in box.lines
    )
    return replace(box, box=(x + dx, y, width, height), lines=lines)


def _moved_run(run: LineRun, dx: float) -> LineRun:
    glyphs = tuple(replace(glyph, x=glyph.x + dx) for glyph in run.glyphs)
    return replace(run, x=run.x + dx, glyphs=glyphs)


def _inks(box: TextBox, image_YXC: np.ndarray) -> list[RunInk]:
    height, width = image_YXC.shape[:2]
    runs = (run for line in box.lines for run in line.runs)
    return [run_ink(Inked(run, box.box, box.turn, 1.0), width, height) for run in runs]
