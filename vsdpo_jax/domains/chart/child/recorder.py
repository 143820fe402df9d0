"""Runs a chart program and returns what it drew as a draw list. For the sandboxed child.

``preload`` imports and warms the plotting stack in the fork server; ``run`` executes one program.
saving.py says which picture is the artifact and records it.

Everything here shares its process with the program, which can change it at will. The check for
replaced functions is a tripwire, not the protection: the protection is that pixels, boxes and
texts come from the painter, on the trusted side.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import builtins
import functools
import gc
import importlib
import io
import linecache
import random
import re
import sys
import threading
import types
import warnings
from typing import Any, NoReturn

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vsdpo_jax.domains.chart.child import (
    attribution,
    axis_notes,
    canvases,
    defaults,
    long_lines,
    movies,
    setters,
    tripwire,
)
from vsdpo_jax.domains.chart.child.attribution import STUDENT_FILE, SourceMap
from vsdpo_jax.domains.chart.child.ending import Program
from vsdpo_jax.domains.chart.child.figure_tree import FigureTree
from vsdpo_jax.domains.chart.child.recording import RecordingRenderer, style
from vsdpo_jax.domains.chart.child.saving import Saves
from vsdpo_jax.domains.chart.child.telling import (
    DrawingLimit,
    NoArtifact,
    Tampered,
    Teller,
    UnsupportedDrawing,
    from_span,
    refuse_latex,
)
from vsdpo_jax.domains.chart.drawlist import codec
from vsdpo_jax.domains.chart.drawlist.codec import DrawList
from vsdpo_jax.domains.chart.drawlist.fields import MAX_OPS, MAX_VERTICES
from vsdpo_jax.domains.chart.drawlist.fonts import refuse_foreign_files, restrict_to_bundled

__all__ = ["NoArtifact", "preload", "record", "run"]

SEED = 0
_OPTIONAL = (
    "pandas", "scipy", "scipy.stats", "scipy.interpolate", "scipy.ndimage",
    "scipy.cluster.hierarchy", "seaborn", "mpl_toolkits.mplot3d", "mpl_toolkits.axes_grid1",
    "matplotlib.table",
    "matplotlib.patheffects", "matplotlib.dates", "matplotlib.animation", "matplotlib.tri",
    "matplotlib.mathtext", "matplotlib.sankey",
)  # fmt: skip


_teller = Teller()


def _record(figure: Figure, renderer: RecordingRenderer) -> DrawList:
    return _draw_list(figure, renderer, _teller.source)


_saves = Saves(_record)
_program = Program("", STUDENT_FILE)


def _ends() -> bool:
    return threading.active_count() == 1 and _program.ends_after(sys._getframe(1))


def preload() -> None:
    """Import and warm the plotting stack, restrict the fonts, hook matplotlib. Once a process."""
    for name in _OPTIONAL:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # programs that import it fail with their own ImportError
    restrict_to_bundled()
    # Making a figure allocates tens of thousands of objects and frees few; collecting every 700
    # took 5 % of a run.
    gc.set_threshold(50_000, 20, 20)
    _seed_generators()
    _hook_warnings()
    long_lines.install()
    refuse_latex()
    refuse_foreign_files(UnsupportedDrawing)
    attribution.install()
    axis_notes.install()
    setters.install()
    defaults.install()
    movies.install()
    canvases.install(_saves, _teller, _ends)
    _warm_up()
    tripwire.arm()


def run(source: str) -> bytes:
    """Execute ``source`` as a main program and return the draw list of its figure.

    Raises:
      NoArtifact: it drew nothing.
      CanvasLimit: the figure is too large to paint.
      Tampered: it replaced functions that drawing relies on.
      Exception: whatever the program raised; SystemExit unless it means success.
    """
    lines = [line + "\n" for line in re.split(r"\r\n|\r|\n", source)]
    linecache.cache[STUDENT_FILE] = (len(source), None, lines, STUDENT_FILE)
    code = compile(source, STUDENT_FILE, "exec", dont_inherit=True)
    random.seed(SEED)
    np.random.seed(SEED)
    global _program
    _teller.source, _program = SourceMap(source), Program(source, STUDENT_FILE)
    try:
        exec(code, _main_namespace())
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise
    replaced = tripwire.replaced()
    if replaced:
        raise Tampered(f"the program replaced {', '.join(replaced[:5])}, which drawing relies on")
    found = _saves.artifact()
    if found is None:
        raise NoArtifact("the program ended without a figure: nothing was plotted, saved or shown")
    return _checked(found)


def _checked(found: DrawList) -> bytes:
    """Encode, and read back: what the painter would refuse is the program's error, said here."""
    vertices = sum(len(o.vertices) for o in found.outlines if o.vertices is not None)
    if len(found.ops) > MAX_OPS or vertices > MAX_VERTICES:
        raise DrawingLimit(
            f"the figure takes {len(found.ops)} draw calls with {vertices} vertices, at most "
            f"{MAX_OPS} and {MAX_VERTICES} are painted: draw less, or aggregate the data"
        )
    payload = codec.encode(found)
    try:
        codec.decode(payload)
    except codec.InvalidDrawList as error:
        _refuse(found, str(error))
    return payload


def _refuse(found: DrawList, reason: str) -> NoReturn:
    """Say what cannot be painted, from the line of the artist that the reason names."""
    place = re.search(r"(ops|artists)\[(\d+)\]", reason)
    span, words = None, "the figure"
    if place is not None:
        number = int(place[2])
        artist = found.artists[found.ops[number].artist if place[1] == "ops" else number]
        span, words = artist.span, f"a {artist.artist_type}"
    error = UnsupportedDrawing(f"{words} cannot be painted: {reason}")
    from_span(error, span, _teller.source)


def record(figure: Figure, source: SourceMap) -> DrawList:
    """The draw list of a figure, drawn as saving draws it at its own dpi. Needs ``preload``."""
    _teller.source = source
    figure.savefig(io.BytesIO(), format="png")
    found = _saves.artifact()
    assert found is not None  # it was just saved
    return found


def _draw_list(figure: Figure, renderer: RecordingRenderer, source: SourceMap) -> DrawList:
    """The draw list of what ``renderer`` holds of ``figure``, which it has just drawn."""
    tree = FigureTree(figure, renderer, source)
    artists = tuple(tree.artist_info(artist) for artist in renderer.artists)
    drawn = {info.axes for info in artists}
    return DrawList(
        width=float(renderer.width),
        height=float(renderer.height),
        dpi=float(renderer.dpi),
        style=style(),
        transforms=np.array(renderer.transforms.rows, np.float64).reshape(-1, 6),
        outlines=tuple(renderer.outlines.rows),
        pens=tuple(renderer.pens.rows),
        fonts=tuple(renderer.fonts.rows),
        artists=artists,
        axes=tuple(tree.axes_info(i, i in drawn) for i in range(len(tree.axes))),
        ops=tuple(renderer.ops),
    )


def _main_namespace() -> dict[str, Any]:
    """The namespace of a fresh main module, which also takes the place of the running one."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=STUDENT_FILE, __builtins__=builtins)
    sys.modules["__main__"] = module
    sys.argv[:] = [STUDENT_FILE]
    return module.__dict__


def _seed_generators() -> None:
    """Give generators that are made without a seed one, so that a program draws one picture."""
    original = np.random.default_rng

    @functools.wraps(original)
    def default_rng(seed: Any = None) -> np.random.Generator:
        return original(SEED if seed is None else seed)

    np.random.default_rng = default_rng


def _hook_warnings() -> None:
    """Print warnings of libraries once each and without the place of the library on this host."""
    original = warnings.showwarning
    shown = set()

    @functools.wraps(original)
    def show(message: Any, category: Any, filename: str, lineno: int, *args: Any) -> None:
        if filename == STUDENT_FILE:
            original(message, category, filename, lineno, *args)
        elif (category, str(message)) not in shown:
            shown.add((category, str(message)))
            sys.stderr.write(f"{category.__name__}: {message}\n")

    warnings.showwarning = show


def _warm_up() -> None:
    """Draw once, so that lazy imports, font caches and parsers are ready before the first fork."""
    figure, axes = plt.subplots(1, 2, layout="constrained")
    axes[0].plot([1, 2, 3], [1, 4, 9], "o--", label="$x^2$")
    axes[0].fill_between([1, 2, 3], [1, 2, 3], alpha=0.3)
    axes[0].annotate("peak", (3, 9), (1, 5), arrowprops={"arrowstyle": "->"})
    axes[0].set_title("Warm up: $\\frac{a}{b}$ — ünïcode")
    axes[0].legend()
    axes[0].grid(True)
    image = axes[1].imshow(np.arange(9.0).reshape(3, 3))
    figure.colorbar(image, ax=axes[1])
    axes[1].scatter([0, 1], [1, 0], c=[0, 1], s=[20, 60])
    for weight in ("normal", "bold"):
        figure.text(0.5, 0.5, "0123456789 abc", weight=weight, style="italic")
    figure.savefig(io.BytesIO(), bbox_inches="tight")
    found = _saves.artifact()
    assert found is not None
    codec.encode(found)
    _saves.forget()
    plt.figure().tight_layout()
    plt.close("all")
    mpl.rcdefaults()
    mpl.use("Agg")
