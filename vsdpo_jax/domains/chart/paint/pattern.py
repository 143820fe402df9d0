"""What tells marks apart beside their colour: dashes, hatches and the shape of markers."""

from __future__ import annotations

import zlib

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import CollectionOp, MarkersOp, Op, PathOp
from vsdpo_jax.domains.chart.paint.replay import Tables

_STEPS = 20
"""Corners of a marker are compared in twentieths of its size."""
_CORNERS = 1000
"""Of more corners of a marker the first are compared."""


def pattern_of(op: Op, tables: Tables) -> str:
    """A word that is the same for the same dashes, hatch and marker, whatever their size.

    Lines: lengths of dashes over the width of the line. Markers: a checksum of the outline. "" for
    plain lines and fills.
    """
    pen = tables.list.pens[op.pen]
    if isinstance(op, PathOp):
        dashes = ""
        if pen.dashes and pen.linewidth > 0:
            dashes = " ".join(f"{length / pen.linewidth:.1f}" for length in pen.dashes)
        return f"{dashes}|{pen.hatch}" if pen.hatch else dashes
    if isinstance(op, MarkersOp):
        outline = tables.apply(tables.shape(op.marker), op.marker_transform)
        return outline_word(outline, is_open=op.face is None or not op.face[-1])
    if isinstance(op, CollectionOp) and op.outlines and len(op.offsets):
        outline = tables.apply(tables.shape(op.outlines[0]), op.transform)
        return outline_word(outline, is_open=not bool((op.faces[:, 3] > 0).any()))
    return ""


def outline_word(points_N2: np.ndarray, *, is_open: bool) -> str:
    """A checksum of an outline, moved and scaled to one size."""
    points_N2 = points_N2[np.isfinite(points_N2).all(axis=1)][:_CORNERS]
    size = float(np.ptp(points_N2, axis=0).max()) if len(points_N2) else 0.0
    if not size > 0:
        return ""
    middle = 0.5 * (points_N2.min(axis=0) + points_N2.max(axis=0))
    corners = np.unique(np.rint((points_N2 - middle) / size * _STEPS).astype(np.int8), axis=0)
    return f"{zlib.crc32(corners.tobytes()):08x}{'-' if is_open else ''}"
