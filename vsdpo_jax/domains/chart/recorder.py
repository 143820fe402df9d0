"""Runs a chart program and returns what it drew as a draw list. For the sandboxed child.

``preload`` imports and warms the plotting stack in the fork server; ``run`` executes one program.
Figures are not painted here: saving and showing only mark a figure, and the artifact is drawn once
by a renderer that records. Which figure is the artifact: the one saved or shown last, else the
current one. It is drawn at its own dpi; ``bbox_inches``, ``dpi`` and ``transparent`` of savefig
are ignored, ``facecolor`` and ``edgecolor`` are kept, and no file is written.

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
import linecache
import os
import random
import re
import sys
import types
from collections.abc import Callable
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes._base import _AxesBase
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from vsdpo_jax.domains.chart import attribution, drawlist, tripwire
from vsdpo_jax.domains.chart.attribution import STUDENT_FILE, SourceMap, origin_of
from vsdpo_jax.domains.chart.drawlist import MAX_PIXELS, DrawList
from vsdpo_jax.domains.chart.drawlist_fields import MAX_OPS, MAX_VERTICES
from vsdpo_jax.domains.chart.figure_tree import FigureTree
from vsdpo_jax.domains.chart.fonts import restrict_to_bundled
from vsdpo_jax.domains.chart.recording import RecordingCanvas, UnsupportedDrawing, style

SEED = 0
_OPTIONAL = (
    "pandas", "scipy", "scipy.stats", "scipy.interpolate", "scipy.ndimage",
    "scipy.cluster.hierarchy", "seaborn", "mpl_toolkits.mplot3d", "mpl_toolkits.axes_grid1",
    "matplotlib.table",
    "matplotlib.patheffects", "matplotlib.dates", "matplotlib.animation", "matplotlib.tri",
    "matplotlib.mathtext", "matplotlib.sankey",
)  # fmt: skip


class NoArtifact(Exception):
    """The program ran and drew no figure."""


class CanvasLimit(Exception):
    """The figure has more pixels than are painted."""

    sandbox_limit = "canvas"


class DrawingLimit(Exception):
    """The figure has more shapes than are painted."""

    sandbox_limit = "payload"


class Tampered(Exception):
    """The program replaced functions that drawing relies on."""

    sandbox_status = "tamper"


class _Saves:
    """The figures that were saved or shown in this process, the last one last.

    A request remembers the settings that were in force: a program may leave a style context
    between saving and its end. ``early`` holds draw lists of figures that were changed past
    recognition (cleared) after they were saved.
    """

    def __init__(self) -> None:
        self.last: Figure | None = None
        self.settings: dict[str, Any] = {}
        self.colors: dict[str, Any] = {}
        self.early: DrawList | None = None
        self.source = SourceMap("")

    def request(self, figure: Figure, **colors: Any) -> None:
        """Remember that ``figure`` is what the program wants to be seen."""
        self.last, self.early = figure, None
        self.settings, self.colors = {**mpl.rcParams}, colors

    def keep(self, figure: Any) -> None:
        """Draw the requested figure now, because it is about to be cleared."""
        if self.last is not None and figure is self.last and self.early is None:
            self.early = self.draw()

    def draw(self) -> DrawList | None:
        """The draw list of the artifact; None when there is none."""
        if self.early is not None:
            return self.early
        if self.last is not None:
            with mpl.rc_context():
                dict.update(mpl.rcParams, self.settings)
                with self.last._cm_set(**self.colors):  # pyright: ignore[reportAttributeAccessIssue]
                    return record(self.last, self.source)
        return record(plt.gcf(), self.source) if plt.get_fignums() else None


_saves = _Saves()


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
    attribution.install()
    _hook_saving()
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
    _saves.source = SourceMap(source)
    try:
        exec(code, _main_namespace())
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise
    replaced = tripwire.replaced()
    if replaced:
        raise Tampered(f"the program replaced {', '.join(replaced[:5])}, which drawing relies on")
    found = _saves.draw()
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
    payload = drawlist.encode(found)
    try:
        drawlist.decode(payload)
    except drawlist.InvalidDrawList as error:
        raise UnsupportedDrawing(f"the figure cannot be painted: {error}") from None
    return payload


def record(figure: Figure, source: SourceMap) -> DrawList:
    """Draw ``figure`` once into a draw list; layout and pixels are those of ``canvas.draw()``."""
    width, height = (float(size) for size in figure.bbox.size)
    if int(width) < 1 or int(height) < 1:
        raise ValueError(f"the figure is {width:g} x {height:g} pixels: give it a size")
    if int(width) * int(height) > MAX_PIXELS:
        raise CanvasLimit(
            f"the figure is {int(width)} x {int(height)} pixels, at most {MAX_PIXELS} are painted: "
            "make figsize or dpi smaller"
        )
    canvas = RecordingCanvas(figure)
    try:
        canvas.draw()
    except Exception as error:
        _raise_from_line(error, source)
    renderer = canvas.get_renderer()
    tree = FigureTree(figure, renderer.owners, source)
    artists = tuple(tree.artist_info(artist) for artist in renderer.artists)
    drawn = {info.axes for info in artists}
    return DrawList(
        width=renderer.width,
        height=renderer.height,
        dpi=renderer.dpi,
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


def _raise_from_line(error: Exception, source: SourceMap) -> None:
    """Raise an error of the draw as if from the program's line that made the failing artist.

    While drawing no frame of the program is active, so a trace would name no line: neither for a
    misspelled formula nor for anything else that matplotlib only looks at when it draws.
    """
    line: int | None = None
    trace = error.__traceback__
    while trace is not None:
        # matplotlib wraps every draw(self, ...) into a draw_wrapper(artist, ...).
        name = {"draw": "self", "draw_wrapper": "artist"}.get(trace.tb_frame.f_code.co_name, "")
        owner = trace.tb_frame.f_locals.get(name)
        if isinstance(owner, Artist):
            line = source.line(origin_of(owner)) or line
        trace = trace.tb_next
    if line is None:
        raise error
    stub = compile("\n" * (line - 1) + "raise error", STUDENT_FILE, "exec", dont_inherit=True)
    exec(stub, {"error": error})


def _seed_generators() -> None:
    """Give generators that are made without a seed one, so that a program draws one picture."""
    original = np.random.default_rng

    @functools.wraps(original)
    def default_rng(seed: Any = None) -> np.random.Generator:
        return original(SEED if seed is None else seed)

    np.random.default_rng = default_rng


def _hook_saving() -> None:
    """Make saving and showing mark a figure instead of painting it."""

    def savefig(self: Figure, fname: Any, *, transparent: Any = None, **kwargs: Any) -> None:
        _check_format(self, fname, kwargs.get("format"))
        colors = {}
        for name in ("facecolor", "edgecolor"):
            color: Any = kwargs.get(name)
            color = dict.get(mpl.rcParams, f"savefig.{name}") if color is None else color
            if not (isinstance(color, str) and color == "auto"):
                colors[name] = to_rgba(color)
        _saves.request(self, **colors)

    def save_current(*args: Any, **kwargs: Any) -> None:
        plt.gcf().savefig(*args, **kwargs)

    def show_all(*args: Any, **kwargs: Any) -> None:
        if plt.get_fignums():
            _saves.request(plt.gcf())

    def show(self: Figure, warn: bool = True) -> None:
        if self.canvas.manager is None:
            raise AttributeError(
                "Figure.show works only for figures managed by pyplot, normally created by "
                "pyplot.figure()"
            )
        _saves.request(self)

    replacements: list[tuple[Any, str, Any]] = [
        (Figure, "savefig", savefig), (plt, "savefig", save_current), (plt, "show", show_all),
        (Figure, "show", show),
    ]  # fmt: skip
    for owner, name, function in replacements:
        setattr(owner, name, functools.wraps(getattr(owner, name))(function))
    _draw_before(Figure, "clear", lambda figure: figure)
    _draw_before(_AxesBase, "clear", lambda axes: axes.figure.figure)
    _draw_before(_AxesBase, "remove", lambda axes: axes.figure.figure)


def _draw_before(owner: type, name: str, figure_of: Callable[[Any], Any]) -> None:
    """Make ``owner.name`` draw the figure first if it was already saved."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def clear(self: Any, *args: Any, **kwargs: Any) -> Any:
        _saves.keep(figure_of(self))
        return original(self, *args, **kwargs)

    setattr(owner, name, clear)


def _check_format(figure: Figure, fname: Any, requested: str | None) -> None:
    """Refuse what matplotlib would refuse: an unknown format, a target that is no file."""
    if isinstance(fname, os.PathLike):
        fname = os.fspath(fname)
    if not isinstance(fname, str | bytes) and not callable(getattr(fname, "write", None)):
        raise ValueError("fname must be a PathLike or file handle")
    suffix = os.path.splitext(fname)[1][1:] if isinstance(fname, str) else ""
    wanted = (requested or suffix or figure.canvas.get_default_filetype()).lower()
    supported = figure.canvas.get_supported_filetypes()
    if wanted not in supported:
        known = ", ".join(sorted(supported))
        raise ValueError(f"Format {wanted!r} is not supported (supported formats: {known})")


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
    drawlist.encode(record(figure, SourceMap("")))
    plt.figure().tight_layout()
    plt.close("all")
    mpl.rcdefaults()
    mpl.use("Agg")
