"""What the benchmark's pinned libraries (matplotlib 3.8, numpy 1.26) took and current ones refuse.

References were written for the pins, and so were most programs that models have read. Under the
pins themselves nothing here does anything.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import cm
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.contour import ContourSet
from matplotlib.legend import Legend

_NUMPY = {
    "Inf": np.inf, "Infinity": np.inf, "PINF": np.inf, "infty": np.inf, "NINF": -np.inf,
    "NaN": np.nan, "float_": np.float64, "complex_": np.complex128, "string_": np.bytes_,
    "unicode_": np.str_, "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all,
    "sometrue": np.any, "in1d": np.isin, "row_stack": np.vstack, "round_": np.round,
}  # fmt: skip


def install() -> None:
    """Put back what is gone. Once a process."""
    for name, value in _NUMPY.items():
        if name not in np.__dict__:
            setattr(np, name, value)
    if "trapz" not in np.__dict__:
        np.__dict__["trapz"] = np.trapezoid
    if "get_cmap" not in cm.__dict__:
        cm.__dict__["get_cmap"] = _get_cmap
    if "labels" not in inspect.signature(Axes.boxplot).parameters:
        Axes.boxplot, plt.boxplot = map(_with_labels, (Axes.boxplot, plt.boxplot))
    if not hasattr(ContourSet, "collections"):
        # One artist a level there; here one for all levels, which takes the same setters.
        type.__setattr__(ContourSet, "collections", property(lambda self: [self]))
    if not hasattr(Legend, "legendHandles"):
        type.__setattr__(Legend, "legendHandles", property(lambda self: self.legend_handles))


def _get_cmap(name: Any = None, lut: int | None = None) -> Any:
    if name is None:
        name = mpl.rcParams["image.cmap"]
    found = name if isinstance(name, Colormap) else mpl.colormaps[name]
    return found if lut is None else found.resampled(lut)


def _with_labels(boxplot: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(boxplot)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if "labels" in kwargs:
            kwargs["tick_labels"] = kwargs.pop("labels")
        return boxplot(*args, **kwargs)

    return renamed
