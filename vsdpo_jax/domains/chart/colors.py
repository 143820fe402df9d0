"""Differences of colour that people see."""

from __future__ import annotations

import numpy as np

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_WHITE = _TO_XYZ.sum(axis=1)


def lab(rgb_NC: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of sRGB colours in [0, 1]: float64[..., 3]."""
    rgb_NC = np.clip(np.asarray(rgb_NC, np.float64), 0.0, 1.0)
    linear = np.where(rgb_NC <= 0.04045, rgb_NC / 12.92, ((rgb_NC + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def shown_on_white(rgba: tuple[float, float, float, float]) -> np.ndarray:
    """L*a*b* of a colour over white paper."""
    alpha = min(max(rgba[3], 0.0), 1.0)
    return lab(np.asarray(rgba[:3]) * alpha + 1.0 - alpha)


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """CIE76 difference of two L*a*b* colours; 2 is just noticed side by side."""
    return float(np.linalg.norm(first - second))
