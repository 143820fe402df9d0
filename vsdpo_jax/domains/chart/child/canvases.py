"""Hooks that make every way of saving and showing in matplotlib go through ``Saves``.

Agg canvases draw with a renderer that records; other canvases hand their figure to an Agg canvas;
``print_figure`` keeps pictures within the size that is painted.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes._base import _AxesBase
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.backends.backend_pgf import FigureCanvasPgf
from matplotlib.backends.backend_ps import FigureCanvasPS
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from vsdpo_jax.domains.chart.child import writers
from vsdpo_jax.domains.chart.child.attribution import origin_of
from vsdpo_jax.domains.chart.child.recording import RecordingRenderer
from vsdpo_jax.domains.chart.child.saving import Nowhere, Request, Saves, settings
from vsdpo_jax.domains.chart.child.telling import CanvasLimit, Teller
from vsdpo_jax.domains.chart.child.writers import FORMATS, RASTER_FORMATS, VECTOR_FORMATS
from vsdpo_jax.domains.chart.drawlist.codec import MAX_PIXELS

_VECTOR_CANVASES = (FigureCanvasPdf, FigureCanvasPS, FigureCanvasSVG, FigureCanvasPgf)
# A lowered resolution leaves this much of the room: the size of a tight picture is not quite
# proportional to its resolution.
_ROOM = 0.99


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"the figure is {width} x {height} pixels: give it a size")
    if width * height > MAX_PIXELS:
        raise CanvasLimit(
            f"the figure is {width} x {height} pixels, at most {MAX_PIXELS} are painted: "
            "make figsize or dpi smaller",
            width,
            height,
        )


def install(saves: Saves, teller: Teller, ends: Callable[[], bool]) -> None:
    """Hook saving and showing. Once a process.

    ``ends`` says whether the program ends after the call that is running.
    """
    _hook_canvas(saves, teller)
    _hook_vector_canvases()
    _hook_print_figure(saves, teller, ends)
    _hook_pyplot(saves)
    for owner, name in ((Figure, "tight_layout"), (Figure, "draw_without_rendering")):
        setattr(owner, name, teller.told(getattr(owner, name)))
    _before(Figure, "draw_without_rendering", saves.redrawn)
    _before(Figure, "clear", lambda figure: saves.keep(figure))
    for name in ("clear", "remove"):
        _before(_AxesBase, name, lambda axes: saves.keep(axes.figure.figure))


def _before(owner: type, name: str, act: Callable[[Any], None]) -> None:
    """Make ``owner.name`` act on its object first."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        act(self)
        return original(self, *args, **kwargs)

    setattr(owner, name, call)


def _hook_canvas(saves: Saves, teller: Teller) -> None:
    """Agg canvases record, and know the vector formats too."""
    canvas: Any = FigureCanvasAgg
    get_renderer, draw, print_pil = canvas.get_renderer, canvas.draw, canvas._print_pil

    @functools.wraps(get_renderer)
    def recording_renderer(self: Any) -> RecordingRenderer:
        width, height = self.get_width_height(physical=True)
        key = width, height, self.figure.dpi
        if self._lastKey != key or type(self.renderer) is not RecordingRenderer:
            _check_size(width, height)
            self.renderer = RecordingRenderer(width, height, self.figure.dpi)
            self._lastKey = key
        return self.renderer

    @functools.wraps(draw)
    def recorded_draw(self: Any) -> None:
        draw(self)
        saves.drawn(self)

    @functools.wraps(print_pil)
    def print_fast(
        self: Any, filename: Any, fmt: str, pil_kwargs: Any, metadata: Any = None
    ) -> None:
        options = writers.png_options(pil_kwargs) if fmt == "png" else pil_kwargs
        print_pil(self, filename, fmt, options, metadata)

    canvas.get_renderer, canvas._print_pil = recording_renderer, print_fast
    canvas.draw = teller.told(recorded_draw)
    for name in (*(f"print_{fmt}" for fmt in RASTER_FORMATS), "print_to_buffer"):
        setattr(canvas, name, teller.told(_saving(saves, getattr(canvas, name))))
    for fmt in VECTOR_FORMATS:
        printer = _saving(saves, _vector_printer(fmt))
        setattr(canvas, f"print_{fmt}", teller.told(printer))
    for name in ("buffer_rgba", "tostring_argb"):
        _before(canvas, name, lambda self: saves.read(self.figure))


def _saving(saves: Saves, printer: Callable[..., Any]) -> Callable[..., Any]:
    """A ``print_*`` method whose drawing is saved, wherever its file may go."""

    @functools.wraps(printer)
    def save(self: Any, *args: Any, **kwargs: Any) -> Any:
        with saves.printing():
            try:
                found = printer(self, *args, **kwargs)
            except OSError as error:
                target = args[0] if args else None
                if not (saves.taken and writers.may_stay_unwritten(error, target)):
                    raise
                found = None
        saves.finish(self.figure)
        return found

    return save


def _vector_printer(fmt: str) -> Callable[..., Any]:
    def print_vector(self: Any, filename: Any, **options: Any) -> None:
        FigureCanvasAgg.draw(self)
        pixels_YXC = np.asarray(self.buffer_rgba())
        writers.write(fmt, filename, pixels_YXC, float(self.figure.dpi), **options)

    print_vector.__name__ = f"print_{fmt}"
    return print_vector


def _hook_vector_canvases() -> None:
    """Other canvases hand the figure to an Agg canvas."""
    for canvas in _VECTOR_CANVASES:
        for fmt in (*VECTOR_FORMATS, "png"):
            if hasattr(canvas, f"print_{fmt}"):
                setattr(canvas, f"print_{fmt}", _print_by_agg(fmt))
    base: Any = FigureCanvasBase
    original = base._switch_canvas_and_return_print_method

    @functools.wraps(original)
    @contextmanager
    def switch(self: Any, fmt: str, backend: str | None = None) -> Iterator[Callable[..., Any]]:
        if fmt not in VECTOR_FORMATS or isinstance(self, FigureCanvasAgg):
            backend = None if fmt in VECTOR_FORMATS else backend
            with original(self, fmt, backend) as printer:
                yield printer
            return
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas._is_saving = self._is_saving
        try:
            yield getattr(canvas, f"print_{fmt}")
        finally:
            self.figure.canvas = self

    base._switch_canvas_and_return_print_method = switch


def _print_by_agg(fmt: str) -> Callable[..., Any]:
    def print_vector(self: Any, filename: Any, **options: Any) -> Any:
        canvas: Any = FigureCanvasAgg(self.figure)
        try:
            return getattr(canvas, f"print_{fmt}")(filename, **options)
        finally:
            self.figure.canvas = self

    print_vector.__name__ = f"print_{fmt}"
    return print_vector


def _hook_print_figure(saves: Saves, teller: Teller, ends: Callable[[], bool]) -> None:
    original = FigureCanvasBase.print_figure

    @functools.wraps(original)
    def print_figure(
        self: Any, filename: Any, dpi: Any = None, facecolor: Any = None, edgecolor: Any = None,
        orientation: str = "portrait", format: str | None = None, *, bbox_inches: Any = None,
        pad_inches: Any = None, bbox_extra_artists: Any = None, backend: str | None = None,
        **kwargs: Any,
    ) -> Any:  # fmt: skip
        _check_target(filename)
        figure = self.figure
        given: dict[str, Any] = settings()
        dots: Any = given["savefig.dpi"] if dpi is None else dpi
        if isinstance(dots, str) and dots == "figure":
            dots = getattr(figure, "_original_dpi", figure.dpi)
        bbox = given["savefig.bbox"] if bbox_inches is None else bbox_inches
        look = (dots, facecolor, edgecolor, bbox, pad_inches, backend)
        extra = tuple(id(artist) for artist in bbox_extra_artists or ())
        request = Request(look=repr((look, extra)), settings=given)
        if saves.write_again(figure, request, filename, format, kwargs):
            return None
        plain = backend is None and set(kwargs) <= {"metadata", "pil_kwargs"}
        is_path = isinstance(filename, str | os.PathLike)
        suffix = (format or writers.format_of(filename)).lower()
        if plain and is_path and suffix in FORMATS and ends():
            filename, format, kwargs = Nowhere(), "raw", {}

        def draw(dpi: float) -> Any:
            return original(
                self, filename, dpi, facecolor, edgecolor, orientation, format,
                bbox_inches=bbox_inches, pad_inches=pad_inches,
                bbox_extra_artists=bbox_extra_artists, backend=backend, **kwargs,
            )  # fmt: skip

        RecordingRenderer.layout_suffices = bbox is None
        RecordingRenderer.paints = not isinstance(filename, Nowhere)
        try:
            found = _within_limit(draw, float(dots), figure)
        except CanvasLimit as limit:
            if isinstance(bbox, str) and bbox == "tight":
                raise _of_the_farthest(limit, figure) from None
            raise
        finally:
            RecordingRenderer.layout_suffices, RecordingRenderer.paints = False, True
        saves.finish(figure, request)
        return found

    told: Any = teller.told(print_figure)
    FigureCanvasBase.print_figure = told
    savefig = Figure.savefig

    @functools.wraps(savefig)
    def save_figure(self: Figure, *args: Any, **kwargs: Any) -> None:
        savefig(self, *args, **kwargs)
        saves.finish(self)  # transparency was put back

    Figure.savefig = save_figure


def _check_target(filename: Any) -> None:
    """Refuse what is no file, before anything is drawn."""
    if isinstance(filename, str | bytes | os.PathLike | PdfPages):
        return
    if not callable(getattr(filename, "write", None)):
        raise ValueError("fname must be a PathLike or file handle")


def _within_limit(draw: Callable[[float], Any], dpi: float, figure: Figure) -> Any:
    """Draw at ``dpi``, or as finely as can be painted if the figure's own resolution can be."""
    while True:
        try:
            return draw(dpi)
        except CanvasLimit as limit:
            pixels = limit.width * limit.height
            if pixels * min(figure.dpi / dpi, 1.0) ** 2 > MAX_PIXELS:
                raise
            dpi = _ROOM * dpi * math.sqrt(MAX_PIXELS / pixels)
            sys.stderr.write(f"{limit}; saved with dpi={dpi:.4g}\n")


def _of_the_farthest(limit: CanvasLimit, figure: Any) -> CanvasLimit:
    """The same limit, in words about the artist that makes a tight picture too large."""
    renderer = figure._get_renderer()
    page = figure.bbox.extents
    farthest, artist = 0.0, None
    for owner in (figure, *figure.axes):
        for found in owner.get_default_bbox_extra_artists():
            box = found.get_tightbbox(renderer)
            if box is None or isinstance(found, _AxesBase):
                continue
            out = np.concatenate([page[:2] - box.extents[:2], box.extents[2:] - page[2:]])
            if out.max() > farthest:
                farthest, artist = float(out.max()), found
    if artist is None:
        return limit
    words = f"the text {artist.get_text()[:60]!r}" if isinstance(artist, Text) else f"a {artist}"
    error = CanvasLimit(
        f"bbox_inches='tight' makes the picture {limit.width} x {limit.height} pixels, at most "
        f"{MAX_PIXELS} are painted: {words:.100} reaches {farthest:.3g} pixels beyond the figure",
        limit.width,
        limit.height,
    )
    error.origin = origin_of(artist)
    return error


def _hook_pyplot(saves: Saves) -> None:
    def save_current(*args: Any, **kwargs: Any) -> None:
        plt.gcf().savefig(*args, **kwargs)  # matplotlib draws the figure once more afterwards

    def show_all(*args: Any, **kwargs: Any) -> None:
        if plt.get_fignums():
            saves.show(plt.gcf())

    def show(self: Figure, warn: bool = True) -> None:
        if self.canvas.manager is None:
            raise AttributeError(
                "Figure.show works only for figures managed by pyplot, normally created by "
                "pyplot.figure()"
            )
        saves.show(self)

    replacements: list[tuple[Any, str, Any]] = [
        (plt, "savefig", save_current), (plt, "show", show_all), (Figure, "show", show),
    ]  # fmt: skip
    for owner, name, function in replacements:
        setattr(owner, name, functools.wraps(getattr(owner, name))(function))
