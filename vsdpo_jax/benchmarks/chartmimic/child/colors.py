"""Which colours a program paints its data in: the probe of the colour axis.

Of nested calls the outermost counts. What a call made is kept under its group and colour, the last
of a name for all before it, and read again when the program has ended: recolouring counts, but of
bars that were made in one colour and recoloured one by one only the last is seen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from matplotlib import colors as mcolors
from matplotlib.cbook import silent_list
from matplotlib.patches import Circle, Ellipse, PathPatch
from matplotlib.projections.polar import PolarAxes

from vsdpo_jax.benchmarks.chartmimic.child.calls import owner_of

Read = Callable[[Any], list[str]]
Units = Callable[[tuple[Any, ...], dict[str, Any], Any], Iterable[tuple[Any, Read]]]


def _hex(color: Any) -> str:
    """Upper-case #RRGGBB; a text of nine characters stays as it is.

    Raises:
      ValueError: it is no colour.
    """
    if isinstance(color, str):
        if color.startswith("#") and len(color) in (7, 9):
            return color.upper()
        return mcolors.to_hex(mcolors.to_rgba(color)).upper()
    if isinstance(color, list | tuple | np.ndarray) and len(color) in (3, 4):
        return mcolors.to_hex(tuple(color)).upper()
    raise ValueError(f"no colour: {color!r}")


def _line(artist: Any) -> list[str]:
    return [_hex(artist.get_color())]


def _face(artist: Any) -> list[str]:
    return [_hex(artist.get_facecolor())]


def _original_face(artist: Any) -> list[str]:
    """As set, before alpha; a text in place of numbers ends the official probe."""
    color = artist._original_facecolor
    if isinstance(color, str):
        raise ValueError(f"set by name: {color!r}")
    return [_hex(list(color))]


def _first_face(artist: Any) -> list[str]:
    return [_hex(list(artist.get_facecolor()[0]))]


def _any_first_face(artist: Any) -> list[str]:
    return _first_face(artist) if len(artist.get_facecolor()) else []


def _faces(artist: Any) -> list[str]:
    return [_hex(color) for color in artist.get_facecolor().tolist()]


def _edges(artist: Any) -> list[str]:
    return [_hex(list(color)) for color in artist.get_edgecolor()]


def _map_name(artist: Any) -> list[str]:
    return [artist.get_cmap().name]


def _arrows_or_lines(result: Any) -> list[str]:
    if type(result) is list:
        return [_hex(arrow.get_facecolor()) for arrow in result]
    return _edges(result)


def _whole(read: Read) -> Units:
    return lambda args, kwargs, result: [(result, read)]


def _each(read: Read) -> Units:
    return lambda args, kwargs, result: [(item, read) for item in result]


def _made_line(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    _hex(result[1]["color"])
    return [(result[0], _line)]


def _mapped(read: Read) -> Units:
    """The name of the colour map where the call gives one, else what ``read`` finds."""

    def units(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        given = kwargs.get("cmap")
        if given is None:
            return [(result, read)]
        name = given if type(given) is str else given.name
        return [(result, lambda artist: [name])]

    return units


def _boxes(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(box, _face) for box in result["boxes"] if type(box) is PathPatch]


def _bodies(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(body, _first_face) for body in result["bodies"]]


def _bins(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    patches = result[2]
    if type(patches) is silent_list:
        patches = [patch for container in patches for patch in container]
    return [(patch, _face) for patch in patches]


def _wedges(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(wedge, _face) for wedge in result[0]]


def _contained(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(patch, _face) for container in result.containers for patch in container]


def _itself(read: Read, *kinds: type) -> Units:
    """What a constructor made, where it is exactly of one of ``kinds``."""
    return lambda args, kwargs, result: [(args[0], read)] if type(args[0]) in kinds else []


def _patches(diagram: Any) -> list[str]:
    return [_hex(patch.get_facecolor()) for patch in diagram.patches]


def _labels(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(text, _line) for text in result.values()]


def _diagram(args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    return [(args[0], _patches)]


_AXES, _AXES_3D = "matplotlib.axes:Axes", "mpl_toolkits.mplot3d:Axes3D"
_POLAR, _LINES = "matplotlib.projections.polar:PolarAxes", "matplotlib.axes._base"
# Owner, function, group, what it made.
PLACES: tuple[tuple[str, str, str, Units], ...] = (
    (f"{_LINES}:_process_plot_var_args", "_makeline", "line", _made_line),  # matplotlib < 3.10
    (f"{_LINES}:_process_plot_var_args", "_make_line", "line", _made_line),
    (_AXES, "bar", "bar", _each(_original_face)),
    (_AXES, "scatter", "scatter", _mapped(_any_first_face)),
    (_AXES, "axhline", "axhline", _whole(_line)),
    (_AXES, "axvline", "axvline", _whole(_line)),
    (_AXES, "_fill_between_x_or_y", "fill_between", _whole(_first_face)),
    (_AXES, "pie", "pie", _wedges),
    (_AXES, "axvspan", "axvspan", _whole(_face)),
    (_AXES, "axhspan", "axhspan", _whole(_face)),
    (_AXES, "hlines", "hlines", _whole(_edges)),
    (_AXES, "vlines", "vlines", _whole(_edges)),
    (_AXES, "boxplot", "boxplot", _boxes),
    (_AXES, "violinplot", "violinplot", _bodies),
    (_AXES, "hist", "hist", _bins),
    (_AXES, "quiver", "quiver", _whole(_faces)),
    (_AXES, "imshow", "imshow", _whole(_map_name)),
    (_AXES, "pcolor", "pcolor", _whole(_map_name)),
    (_AXES, "contour", "contour", _whole(_map_name)),
    (_AXES, "contourf", "contourf", _whole(_map_name)),
    (_AXES, "fill", "fill", _each(_face)),
    (_AXES, "broken_barh", "broken_barh", _whole(_faces)),
    (_AXES, "tripcolor", "tripcolor", _whole(_map_name)),
    (_POLAR, "plot", "plot_polar", _each(_line)),
    ("squarify", "plot", "squarify", _contained),
    ("matplotlib.patches:Ellipse", "__init__", "ellipse", _itself(_face, Ellipse, Circle)),
    ("matplotlib.patches:Circle", "__init__", "ellipse", _itself(_face, Ellipse, Circle)),
    ("matplotlib.image:NonUniformImage", "__init__", "non_uniform_image",
     lambda args, kwargs, result: [(args[0], _map_name)]),
    ("matplotlib_venn._common:VennDiagram", "__init__", "venn", _diagram),
    (_AXES_3D, "scatter", "scatter_3d", _mapped(_faces)),
    (_AXES_3D, "plot", "plot_3d", _each(_line)),
    (_AXES_3D, "plot_surface", "plot_surface", _mapped(_first_face)),
    (_AXES_3D, "bar3d", "bar3d", _whole(_first_face)),
    (_AXES_3D, "bar", "bar_3d", _each(_face)),
    (_AXES_3D, "add_collection3d", "add_collection3d", _whole(_faces)),
    *(
        (owner, f"draw_networkx_{what}", f"draw_networkx_{what}", units)
        for owner in ("networkx.drawing.nx_pylab", "networkx")
        for what, units in (
            ("nodes", _whole(_faces)), ("edges", _whole(_arrows_or_lines)), ("labels", _labels),
        )
    ),
)  # fmt: skip
MORE_PLACES: tuple[tuple[str, str, str, Units], ...] = (
    (_AXES, "pcolormesh", "pcolormesh", _whole(_map_name)),
    (_AXES, "hexbin", "hexbin", _whole(_map_name)),
)
"""What the official probe does not see; read for the robust mode."""


class ColorProbe:
    """Remembers what outermost calls made."""

    def __init__(self, *, recovers: bool) -> None:
        """Describe a probe.

        Args:
          recovers: whether it goes on after a failure, and keeps all artists of a colour.
        """
        self._recovers = recovers
        self._inside = False
        self._made: dict[tuple[str, str], tuple[Any, Read]] = {}
        self._all: list[tuple[str, Any, Read]] = []

    def wrap(self, function: Callable[..., Any], group: str, units: Units) -> Callable[..., Any]:
        """``function``, what it makes kept under ``group``."""

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return function(*args, **kwargs)
            self._inside = True
            try:
                result = function(*args, **kwargs)
            except BaseException:
                self._inside = not self._recovers
                raise
            try:
                is_polar = group == "scatter" and type(args[0]) is PolarAxes
                self._keep("scatter_polar" if is_polar else group, units(args, kwargs, result))
                self._inside = False
            except Exception:
                # Under the official probe the program ends here, so that it sees no more.
                self._inside = not self._recovers
            return result

        return watched

    def _keep(self, group: str, units: Iterable[tuple[Any, Read]]) -> None:
        for unit, read in units:
            if self._recovers:
                self._all.append((group, unit, read))
                continue
            colors = read(unit)
            if colors or read is not _any_first_face:
                self._made[group, colors[-1]] = (unit, read)

    def colors(self) -> list[tuple[str, str]]:
        """Group and colour of what was made, as it is now, each once, in the order of making."""
        if self._recovers:
            return self._all_colors()
        try:
            found = [
                (group, color)
                for (group, _), (unit, read) in self._made.items()
                for color in read(unit)
            ]
        except Exception:
            return []  # the official probe dies of it
        return list(dict.fromkeys(found))

    def _all_colors(self) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for group, unit, read in self._all:
            try:
                colors = _face(unit) if read is _original_face else read(unit)
            except Exception:
                continue
            found.update(dict.fromkeys((group, color) for color in colors))
        return list(found)


def install() -> tuple[ColorProbe, ColorProbe]:
    """Wrap the functions. Once a process.

    Returns:
      The official probe, and one that recovers and sees all artists.
    """
    official, robust = ColorProbe(recovers=False), ColorProbe(recovers=True)
    for number, (place, name, group, units) in enumerate((*PLACES, *MORE_PLACES)):
        owner = owner_of(place)
        function = None if owner is None else getattr(owner, name, None)
        if function is None:
            continue
        if number < len(PLACES):
            function = official.wrap(function, group, units)
        setattr(owner, name, robust.wrap(function, group, units))
    return official, robust
