"""Long sorted lines are drawn whole, at the pixels of plain matplotlib.

Of a line with more than 1000 sorted points matplotlib hands only the slice within the x limits to
the renderer, so a draw list would not show what is cut off. Here the points to the left and to the
right of the slice are sub-paths of their own: the clip rectangle hides them, and a sub-path starts
dashes and simplification anew, so the slice is painted as if it were alone. Points that are so
close to the axes that a cap or a marker could reach inside are left out.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.transforms import TransformedPath

# Agg snaps paths of at most so many vertices, if all their segments are upright or level.
_MAX_SNAPPED = 1024
_SNAP_PX = 1e-4
_SOFT_PX = 2.0  # anti-aliasing and rounding


def install() -> None:
    """Hook Line2D. Once a process."""
    line: Any = Line2D
    original = line._transform_path

    @functools.wraps(original)
    def transform_path(self: Any, subslice: slice | None = None) -> None:
        original(self, subslice)
        if subslice is None or self.get_path_effects() or self.get_sketch_params() is not None:
            return
        seen: Any = self._transformed_path._path
        left, right = self._xy[: subslice.start], self._xy[subslice.stop :]
        if (len(left) or len(right)) and not _may_snap(self, seen):
            low, high = self.axes.get_xbound()
            reach = _reach(self, high - low)
            parts = [left[left[:, 0] < low - reach], seen, right[right[:, 0] > high + reach]]
            self._transformed_path = TransformedPath(_joined(parts, seen), self.get_transform())

    line._transform_path = transform_path


def _reach(line: Any, width: float) -> float:
    """How far caps and markers can reach, in data units of an axes ``width`` units wide."""
    points = 2 * line.get_linewidth() + line.get_markersize() + line.get_markeredgewidth()
    pixels = points * line.get_figure(root=True).dpi / 72.0 + _SOFT_PX
    return pixels * width / max(line.axes.bbox.width, 1.0)


def _may_snap(line: Any, seen: Any) -> bool:
    """Whether the slice alone would be snapped to pixels: beside more points it would not be."""
    if not 2 <= len(seen.vertices) <= _MAX_SNAPPED or line.get_snap() is not None:
        return False
    steps = np.abs(np.diff(line.get_transform().transform(seen.vertices), axis=0))
    return not bool((steps.min(axis=1, initial=np.inf) >= _SNAP_PX).any())


def _joined(parts: list[Any], seen: Any) -> Path:
    """One path of three sub-paths, simplified if the middle one alone is."""
    pieces = [part.vertices if part is seen else part for part in parts]
    codes = [np.full(len(piece), Path.LINETO, Path.code_type) for piece in pieces]
    for piece in codes:
        piece[:1] = Path.MOVETO
    whole: Any = Path(
        np.concatenate(pieces),
        np.concatenate(codes),
        _interpolation_steps=seen._interpolation_steps,
    )
    whole.should_simplify = seen.should_simplify
    whole.simplify_threshold = seen.simplify_threshold
    return whole
