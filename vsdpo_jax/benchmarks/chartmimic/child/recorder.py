"""Runs a program of the benchmark and returns what the probes saw of it. For the sandboxed child.

One run serves all four axes: the probes do not disturb each other. Everything here shares its
process with the program, which can change it at will: the sandbox keeps the machine safe, not the
trace honest, and neither does the official evaluator.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import types
import warnings
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

from vsdpo_jax.benchmarks.chartmimic.child import calls, colors, compat, texts

STUDENT_FILE = "<student>"
SAVED = "prediction.pdf"
"""The file that a candidate's last line writes."""
NEEDS_SAVED = f"# {SAVED} is needed\n"
"""Last line of a program that has drawn only where that file is there."""
_OPTIONAL = (
    "pandas", "scipy.stats", "scipy.interpolate", "scipy.ndimage", "seaborn", "networkx",
    "squarify", "matplotlib_venn", "mpl_toolkits.mplot3d", "mpl_toolkits.axes_grid1",
    "matplotlib.backends.backend_pdf", "matplotlib.tri", "matplotlib.patheffects",
    "matplotlib.dates", "matplotlib.mathtext",
)  # fmt: skip


class NoArtifact(Exception):
    """The program ended and its figure was not saved."""


_counts: tuple[calls.CallProbe, calls.CallProbe]
_colors: tuple[colors.ColorProbe, colors.ColorProbe]


def preload() -> None:
    """Import and warm the plotting stack, install the probes. Once a process."""
    global _counts, _colors
    for name in _OPTIONAL:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # programs that import it fail with their own ImportError
    warnings.simplefilter("ignore")
    compat.install()
    _warm_up()
    _counts, _colors = calls.install(), colors.install()
    texts.install()


def _warm_up() -> None:
    """Draw once, so that lazy imports and font caches are ready before the first fork."""
    figure, axes = plt.subplots()
    axes.plot([1, 2], [1, 2], label="$x^2$")
    axes.set_title("Warm up")
    axes.legend()
    figure.savefig(io.BytesIO(), format="pdf", bbox_inches="tight")
    plt.close("all")


def run(source: str) -> bytes:
    """Execute ``source`` as a main program and return the trace as JSON (trace.py reads it).

    Raises:
      NoArtifact: a candidate left no picture.
      Exception: whatever the program raised.
    """
    code = compile(source, STUDENT_FILE, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=STUDENT_FILE)
    sys.modules["__main__"] = module
    sys.argv[:] = [STUDENT_FILE]
    try:
        exec(code, module.__dict__)
    except SystemExit as stop:
        if source.endswith(NEEDS_SAVED):
            raise NoArtifact(f"the program ended itself (exit code {stop.code!r})") from None
    if source.endswith(NEEDS_SAVED) and not os.path.exists(SAVED):
        raise NoArtifact("the program ended without a saved figure")
    trace = {
        "texts": texts.drawn,
        "layout": _layout(),
        "types": dict(_counts[0].counts),
        "all_types": dict(_counts[1].counts),
        "colors": _colors[0].colors(),
        "all_colors": _colors[1].colors(),
        "versions": _versions(),
    }
    return json.dumps(trace).encode("utf-8", "backslashreplace")


def _layout() -> list[list[int]]:
    """Rows, columns, first and last row, first and last column of the current figure's axes.

    ``plt.gcf`` makes a figure where there is none, which has no axes.
    """
    found = []
    for axes in plt.gcf().axes:
        spec: Any = axes.get_subplotspec()
        if spec is not None:
            grid = spec.get_gridspec()
            rows, columns = spec.rowspan, spec.colspan
            found.append(
                [grid.nrows, grid.ncols, rows.start, rows.stop - 1, columns.start, columns.stop - 1]
            )
    return found


def _versions() -> dict[str, str]:
    names = ("matplotlib", "numpy", "seaborn", "networkx", "squarify", "matplotlib_venn")
    found = {name: getattr(sys.modules.get(name), "__version__", "") for name in names}
    return {"python": sys.version.split()[0], **{k: v for k, v in found.items() if v}}
