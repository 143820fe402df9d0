"""From pixels to data values and back, on the two scales that can be read without the program."""

from __future__ import annotations

import math
import sys

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo

READABLE_SCALES = ("linear", "log")
SMALLEST_SPAN = 1e-290
"""Below this a thousandth of an axis loses digits: floats are denormal from 2e-308 on."""
EPSILON = sys.float_info.epsilon


def is_readable(axes: AxesInfo) -> bool:
    """Whether values can be read back: straight axes with linear or logarithmic scales."""
    return axes.projection == "rectilinear" and all(
        scale in READABLE_SCALES and _is_span(limits, scale)
        for scale, limits in (
            (axes.x_scale, axes.x_limits),
            (axes.y_scale, axes.y_limits),
        )
    )


def _is_span(limits: tuple[float, float], scale: str) -> bool:
    """Whether two limits are far enough apart, and not too far, to place values between them."""
    low, high = limits
    if scale == "log":
        if not (0 < low < math.inf and 0 < high < math.inf):
            return False
        low, high = math.log(low), math.log(high)
    span = abs(high - low)
    return SMALLEST_SPAN < span < math.inf and span > 4 * EPSILON * max(abs(low), abs(high))


def fractions_of(points_px: np.ndarray, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] position of each point along x and y: 0 at the first limit, 1 at the second.

    Args:
      points_px: float[N, 2] pixels, y from the top.
    """
    left, top, width, height = axes.region
    points = np.asarray(points_px, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        across = (points[:, 0] - left) / max(width, 1e-9)
        up = (top + height - points[:, 1]) / max(height, 1e-9)
    return np.stack([across, up], axis=1)


def to_value(fraction: np.ndarray, limits: tuple[float, float], scale: str) -> np.ndarray:
    """Data values at positions along an axis; overflow gives inf, what has no place nan."""
    low, high = limits
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if scale == "log":
            return np.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))
        return low + fraction * (high - low)


def to_fraction(value: np.ndarray, limits: tuple[float, float], scale: str) -> np.ndarray:
    """Positions of data values along an axis; -inf for what a log scale cannot show."""
    low, high = limits
    value = np.asarray(value, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if scale == "log":
            logs = np.where(value > 0, np.log(np.maximum(value, 1e-300)), -np.inf)
            return (logs - math.log(low)) / (math.log(high) - math.log(low))
        return (value - low) / (high - low)


def spell(value: float, limits: tuple[float, float], scale: str) -> str:
    """A value as people write it, to about a thousandth of the axis: "75", "0.125", "3e+06"."""
    if math.isnan(value):
        return "nothing"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    if scale == "log":
        return f"{value:.3g}"
    step = abs(limits[1] - limits[0]) / 1000
    if not SMALLEST_SPAN / 1000 < step < math.inf or abs(value) > 1e15 * step:
        return f"{value:.6g}"
    return f"{round(value, -math.floor(math.log10(step))) + 0.0:.6g}"
