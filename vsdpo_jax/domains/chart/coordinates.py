"""From pixels to data values and back, on the two scales that can be read without the program."""

from __future__ import annotations

import math

import numpy as np

from vsdpo_jax.domains.chart.scene import AxesInfo

READABLE_SCALES = ("linear", "log")


def is_readable(axes: AxesInfo) -> bool:
    """Whether values can be read back: straight axes with linear or logarithmic scales."""
    return axes.projection == "rectilinear" and all(
        scale in READABLE_SCALES
        and math.isfinite(low)
        and math.isfinite(high)
        and low != high
        and (scale == "linear" or (low > 0 and high > 0))
        for scale, (low, high) in (
            (axes.x_scale, axes.x_limits),
            (axes.y_scale, axes.y_limits),
        )
    )


def fractions_of(points_px: np.ndarray, axes: AxesInfo) -> np.ndarray:
    """float64[N, 2] position of each point along x and y: 0 at the first limit, 1 at the second.

    Args:
      points_px: float[N, 2] pixels, y from the top.
    """
    left, top, width, height = axes.region
    points = np.asarray(points_px, dtype=np.float64)
    across = (points[:, 0] - left) / max(width, 1e-9)
    up = (top + height - points[:, 1]) / max(height, 1e-9)
    return np.stack([across, up], axis=1)


def to_value(fraction: np.ndarray, limits: tuple[float, float], scale: str) -> np.ndarray:
    """Data values at positions along an axis; overflow gives inf."""
    low, high = limits
    with np.errstate(over="ignore", under="ignore"):
        if scale == "log":
            return np.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))
        return low + fraction * (high - low)


def to_fraction(value: np.ndarray, limits: tuple[float, float], scale: str) -> np.ndarray:
    """Positions of data values along an axis; -inf for what a log scale cannot show."""
    low, high = limits
    value = np.asarray(value, dtype=np.float64)
    if scale == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(value > 0, np.log(np.maximum(value, 1e-300)), -np.inf)
        return (logs - math.log(low)) / (math.log(high) - math.log(low))
    return (value - low) / (high - low)


def spell(value: float, limits: tuple[float, float], scale: str) -> str:
    """A value as people write it, to about a thousandth of the axis: "75", "0.125", "3e+06"."""
    if not math.isfinite(value):
        return "infinity" if value > 0 else "-infinity"
    if scale == "log":
        return f"{value:.3g}"
    step = math.floor(math.log10(abs(limits[1] - limits[0]) / 1000))
    return f"{round(value, -step) + 0.0:.6g}"
