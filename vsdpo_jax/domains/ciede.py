"""How alike two colours are by CIEDE2000, as published evaluators have it."""

from __future__ import annotations

import numpy as np


def color_similarity(first_P3: np.ndarray, second_P3: np.ndarray) -> np.ndarray:
    """float64[P] in [0, 1]: 1 less a hundredth of the CIEDE2000 difference of sRGB colours.

    Args:
      first_P3, second_P3: channels in [0, 255].
    """
    return np.clip(1.0 - ciede2000(lab_of_rgb(first_P3), lab_of_rgb(second_P3)) / 100.0, 0.0, 1.0)


_XYZ_OF_RGB = np.array(
    [
        (0.412424, 0.357579, 0.180464),
        (0.212656, 0.715158, 0.0721856),
        (0.0193324, 0.119193, 0.950444),
    ]
)
"""Of the original's colour library; a matrix of more digits moves a score by up to 2e-4."""
_WHITE = np.array((0.95047, 1.0, 1.08883))


def lab_of_rgb(rgb_P3: np.ndarray) -> np.ndarray:
    """CIELAB of sRGB channels in [0, 255], under D65 and for two degrees: float64[P, 3]."""
    share = np.asarray(rgb_P3, np.float64).reshape(-1, 3) / 255.0
    linear = np.where(share > 0.04045, ((share + 0.055) / 1.055) ** 2.4, share / 12.92)
    xyz = linear @ _XYZ_OF_RGB.T / _WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ciede2000(first_P3: np.ndarray, second_P3: np.ndarray) -> np.ndarray:
    """float64[P]: the CIEDE2000 difference of CIELAB colours (Sharma, Wu and Dalal 2005)."""
    l1, a1, b1 = np.asarray(first_P3, np.float64).T
    l2, a2, b2 = np.asarray(second_P3, np.float64).T
    chroma_7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    grey = 1 + 0.5 * (1 - np.sqrt(chroma_7 / (chroma_7 + 25.0**7)))
    a1, a2 = a1 * grey, a2 * grey
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    is_grey = c1 * c2 == 0
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(is_grey, 0.0, np.where(np.abs(h2 - h1) == 180, h2 - h1, turn))
    delta_l, delta_c = l2 - l1, c2 - c1
    delta_h = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    apart = np.abs(h1 - h2) > 180
    mean_h = (h1 + h2) / 2 + np.where(apart, np.where(h1 + h2 < 360, 180.0, -180.0), 0.0)
    mean_h = np.where(is_grey, h1 + h2, mean_h)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    weight_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    weight_c, weight_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    spin = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    spin *= -np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    across, down, around = delta_l / weight_l, delta_c / weight_c, delta_h / weight_h
    return np.sqrt(np.maximum(across**2 + down**2 + around**2 + spin * down * around, 0.0))
