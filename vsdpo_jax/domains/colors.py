"""Colours as people see them: CIE 1976 L*a*b* and WCAG's contrast."""

from __future__ import annotations

import numpy as np

_SRGB = np.arange(256) / 255.0
_LINEAR = np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4)
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# IEC 61966-2-1, D65; rows give X, Y, Z over those of white.
_XYZ = np.array(
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ]
)


def differing(first_YXC: np.ndarray, second_YXC: np.ndarray) -> np.ndarray:
    """int64[N] ascending flat indices of the pixels that two pictures do not share."""
    places_N = np.flatnonzero(np.ravel(first_YXC) != np.ravel(second_YXC)) // 3
    if not len(places_N):
        return places_N
    return places_N[np.concatenate([[True], np.diff(places_N) > 0])]


def lab(colors_N3: np.ndarray) -> np.ndarray:
    """float64[N, 3] L*, a*, b* of uint8 sRGB."""
    xyz_N3 = _LINEAR[colors_N3] @ _XYZ.T
    cube_N3 = np.where(xyz_N3 > 216 / 24389, np.cbrt(xyz_N3), (24389 / 27 * xyz_N3 + 16) / 116)
    x, y, z = cube_N3[..., 0], cube_N3[..., 1], cube_N3[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def difference(first_N3: np.ndarray, second_N3: np.ndarray) -> np.ndarray:
    """float64[N] CIE 1976 difference of uint8 colours; just noticeable is about 2.3."""
    return np.linalg.norm(lab(first_N3) - lab(second_N3), axis=-1)


def contrast(first_N3: np.ndarray, second_N3: np.ndarray) -> np.ndarray:
    """float64[N] WCAG 2 contrast ratio of colours 0 to 255, 1 to 21."""
    first_N, second_N = _relative(first_N3), _relative(second_N3)
    return (np.maximum(first_N, second_N) + 0.05) / (np.minimum(first_N, second_N) + 0.05)


def _relative(colors_N3: np.ndarray) -> np.ndarray:
    return _LINEAR[np.clip(np.rint(colors_N3), 0, 255).astype(np.uint8)] @ _LUMINANCE
