"""Geometry of outlines, in numpy: curves as straight pieces, groups of points, their boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.path import Path

Corners = tuple[float, float, float, float]
"""(x0, y0, x1, y1)."""

IS_CURVE = np.isin(np.arange(256), (Path.CURVE3, Path.CURVE4))
_PIECES = 8  # that a curve is measured by
_T = np.linspace(0.0, 1.0, _PIECES + 1)[1:, None]
_WEIGHTS = {
    Path.CURVE3: np.hstack([(1 - _T) ** 2, 2 * _T * (1 - _T), _T**2]),
    Path.CURVE4: np.hstack([(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3]),
}
"""float64[8, 3 or 4]: Bernstein weights of start, control points and end."""
HAS_INK = ~np.isin(np.arange(256), (Path.CLOSEPOLY, Path.STOP))  # whose vertices mean nothing


def flattened(path: Path) -> Path:
    """Curves as 8 straight pieces each: within 0.3 % of the size of a quarter circle."""
    vertices, codes = np.asarray(path.vertices), np.asarray(path.codes)
    starts = _segment_starts(codes)
    kinds = codes[starts]
    if not len(starts):
        return Path(np.zeros((0, 2)), np.zeros(0, np.uint8))
    counts = np.where(IS_CURVE[kinds], _PIECES, 1)
    places = np.cumsum(counts) - counts
    found = np.empty((int(counts.sum()), 2))
    found_codes = np.full(len(found), Path.LINETO, np.uint8)
    plain = ~IS_CURVE[kinds]
    found[places[plain]] = vertices[starts[plain]]
    found_codes[places[plain]] = kinds[plain]
    for kind, weights in _WEIGHTS.items():
        these = kinds == kind
        # From the point before the curve over its own control points.
        corners = vertices[starts[these][:, None] + np.arange(-1, weights.shape[1] - 1)]
        spread = places[these][:, None] + np.arange(_PIECES)
        found[spread] = np.einsum("tc,kcx->ktx", weights, corners)
    return Path(found, found_codes)


def _segment_starts(codes: np.ndarray) -> np.ndarray:
    """Where the segments of a path start; a curve takes the next entries, whatever they say."""
    starts, place, known = [], 0, codes.tolist()
    while place < len(known) and known[place] != Path.STOP:
        starts.append(place)
        place += {Path.CURVE3: 2, Path.CURVE4: 3}.get(known[place], 1)
    return np.array(starts, np.intp)


def by_matrices(points_N2: np.ndarray, matrices_K33: np.ndarray, sizes_K: np.ndarray) -> np.ndarray:
    """Points transformed by the matrix of their group, or by the only one.

    ``sizes_K`` holds the lengths of the groups, which follow each other.
    """
    if len(matrices_K33) == 1:
        matrix = matrices_K33[0]
        return points_N2 @ matrix[:2, :2].T + matrix[:2, 2]
    rows = np.repeat(matrices_K33[:, :2], sizes_K, axis=0)
    return np.einsum("nij,nj->ni", rows[:, :, :2], points_N2) + rows[:, :, 2]


def around(boxes: Sequence[Corners | None]) -> Corners | None:
    """The corners around all boxes that are there."""
    known = np.array([box for box in boxes if box is not None])
    if not len(known):
        return None
    (x0, y0), (x1, y1) = known[:, :2].min(axis=0).tolist(), known[:, 2:].max(axis=0).tolist()
    return x0, y0, x1, y1


def grown(places: Corners | None, shape: Corners | None) -> Corners | None:
    """The corners that a shape reaches when it stands at every place."""
    if places is None or shape is None:
        return None
    return (
        places[0] + shape[0], places[1] + shape[1], places[2] + shape[2], places[3] + shape[3]
    )  # fmt: skip


def refuse_far(points_N2: np.ndarray, reach_px: float, what: str) -> None:
    """Raise ValueError where points are farther from the origin than that, or no numbers."""
    if not bool((np.abs(points_N2) <= reach_px).all()):
        raise ValueError(f"{what} reaches more than {reach_px:g} pixels: give it finite sizes")
