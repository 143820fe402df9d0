"""Notices when a program replaced the functions that drawing and recording rely on.

A tripwire, not a protection: a program that shares our process can always get around it. It turns
clumsy forgery into status ``tamper``; what protects the score is that the picture and its measures
are made from the draw list by the trusted process.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axes._base import _AxesBase
from matplotlib.axis import Axis, Tick, XAxis, YAxis
from matplotlib.backend_bases import FigureCanvasBase, GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import Collection
from matplotlib.figure import Figure, FigureBase
from matplotlib.font_manager import FontManager, FontProperties
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.textpath import TextToPath

_CLASSES: tuple[type, ...] = (
    Artist, Figure, FigureBase, FigureCanvasBase, FigureCanvasAgg, RendererBase, RendererAgg,
    GraphicsContextBase, _AxesBase, Axes, Axis, XAxis, YAxis, Tick, Collection, Legend, Line2D,
    Patch, Rectangle, Path, Text, Annotation, TextToPath, FontManager, FontProperties,
)  # fmt: skip
_OURS = "vsdpo_jax.domains.chart."
_OTHERS = ("matplotlib.backends.backend_agg", "json")

_watched: list[tuple[str, Any, dict[str, tuple[object, object]]]] = []
_modules: dict[str, types.ModuleType] = {}


def arm() -> None:
    """Remember the functions as they are now; call when all hooks are in place."""
    names = [name for name in sys.modules if name.startswith(_OURS) or name in _OTHERS]
    _modules.update({name: sys.modules[name] for name in names})
    owners: list[tuple[str, Any]] = [(cls.__name__, cls) for cls in _CLASSES]
    for name, module in _modules.items():
        owners.append((name, module))
        owners += [
            (value.__name__, value)
            for value in vars(module).values()
            if isinstance(value, type) and value.__module__ == name
        ]
    _watched[:] = [(name, owner, _functions(owner)) for name, owner in owners]


def replaced() -> list[str]:
    """Names of watched functions that are no longer what they were; empty when all is well."""
    found = [name for name, module in _modules.items() if sys.modules.get(name) is not module]
    for name, owner, before in _watched:
        now = vars(owner)
        for key, (value, code) in before.items():
            if now.get(key) is not value or _code(value) is not code:
                found.append(f"{name}.{key}")
    return found


def _functions(owner: Any) -> dict[str, tuple[object, object]]:
    return {
        key: (value, _code(value))
        for key, value in vars(owner).items()
        if isinstance(
            value, types.FunctionType | types.BuiltinFunctionType | property | staticmethod
            | classmethod | type
        ) and not key.startswith("__abc")
    }  # fmt: skip


def _code(value: object) -> object:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    return value.__code__ if isinstance(value, types.FunctionType) else None
