"""Which plotting functions a program calls, and how often: the probe of the chart-type axis.

Of nested calls the outermost counts. A call counts when it begins, and one that raises blinds the
official probe for good: no later call is seen.
"""

from __future__ import annotations

import functools
import importlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from matplotlib.projections.polar import PolarAxes

_OF_AXES = (
    "bar", "barh", "plot", "axhline", "axvline", "axvspan", "axhspan", "hlines", "vlines",
    "errorbar", "boxplot", "violinplot", "violin", "hist", "fill_between", "fill_betweenx",
    "scatter", "quiver", "pie", "fill", "imshow", "pcolor", "contour", "contourf", "broken_barh",
    "tripcolor",
)  # fmt: skip
_OF_AXES_3D = ("scatter", "plot", "plot_surface", "bar3d", "bar", "add_collection3d")
_UNTRACED = (
    "pcolormesh", "pcolorfast", "hexbin", "hist2d", "streamplot", "barbs", "stem", "stairs",
    "stackplot", "matshow", "spy", "eventplot", "table", "tricontour", "tricontourf",
)  # fmt: skip
_UNTRACED_3D = ("plot_wireframe", "plot_trisurf", "quiver", "voxels")
# Owner, function, key. 2-D and 3-D bars and scatters share a key under the official pins, as do
# ellipses and circles: the source file of a decorated function is that of its decorator.
PLACES: tuple[tuple[str, str, str], ...] = (
    *(("matplotlib.axes:Axes", name, name) for name in _OF_AXES),
    *(
        ("mpl_toolkits.mplot3d:Axes3D", name, "plot_3d" if name == "plot" else name)
        for name in _OF_AXES_3D
    ),
    ("squarify", "plot", "squarify"),
    ("matplotlib.image:NonUniformImage", "__init__", "non_uniform_image"),
    ("matplotlib.patches:Ellipse", "__init__", "ellipse"),
    ("matplotlib.patches:Circle", "__init__", "ellipse"),
    ("matplotlib_venn._common:VennDiagram", "__init__", "venn"),
    *(
        (owner, f"draw_networkx_{what}", f"draw_networkx_{what}")
        for owner in ("networkx.drawing.nx_pylab", "networkx")
        for what in ("nodes", "edges", "labels")
    ),
)
MORE_PLACES = (
    *(("matplotlib.axes:Axes", name, name) for name in _UNTRACED),
    *(("mpl_toolkits.mplot3d:Axes3D", name, name) for name in _UNTRACED_3D),
)
"""What the official probe does not see; counted for the robust mode."""


class CallProbe:
    """Counts outermost calls.

    Attributes:
      counts: key -> calls.
    """

    def __init__(self, *, recovers: bool) -> None:
        """Describe a probe.

        Args:
          recovers: whether calls are seen again after one that raised.
        """
        self.counts: Counter[str] = Counter()
        self._recovers = recovers
        self._inside = False

    def wrap(self, function: Callable[..., Any], key: str) -> Callable[..., Any]:
        """``function``, counted under ``key``."""

        @functools.wraps(function)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return function(*args, **kwargs)
            self._inside = True
            is_polar = key == "plot" and bool(args) and type(args[0]) is PolarAxes
            self.counts["plot_polar" if is_polar else key] += 1
            try:
                result = function(*args, **kwargs)
            except BaseException:
                self._inside = not self._recovers
                raise
            self._inside = False
            return result

        return counted


def owner_of(place: str) -> Any:
    """The module or class of "module" or "module:Class"; None where it is not installed."""
    module, _, name = place.partition(":")
    try:
        found = importlib.import_module(module)
    except ImportError:
        return None
    return getattr(found, name) if name else found


def install() -> tuple[CallProbe, CallProbe]:
    """Wrap the functions. Once a process.

    Returns:
      The official probe, and one that also sees what that does not and recovers.
    """
    official, robust = CallProbe(recovers=False), CallProbe(recovers=True)
    for place, name, key in (*PLACES, *MORE_PLACES):
        owner = owner_of(place)
        function = None if owner is None else getattr(owner, name, None)
        if function is None:
            continue
        if (place, name, key) in PLACES:
            function = official.wrap(function, key)
        setattr(owner, name, robust.wrap(function, key))
    return official, robust
