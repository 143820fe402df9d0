"""Which picture a program hands over, recorded when it is saved.

Every way to save ends in a ``print_*`` method of an Agg canvas: ``savefig``, ``print_figure``,
``PdfPages``, animation writers, buffers. What such a method draws is recorded there and then, by
matplotlib's own path, so ``bbox_inches``, ``dpi``, colours, transparency and animated artists are
as in the saved file; and the file is written. Only the last picture is kept.

``show`` draws nothing by itself: the figure is drawn when the program ends, or before it is
cleared, as saving at its own dpi draws it, under the settings of the moment of showing. A figure
that was saved and not changed since keeps its saved picture when it is shown.

The artifact is the picture that was saved or shown last, else the current figure at the end, else
the figure whose pixels the program read last.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from vsdpo_jax.domains.chart.child import attribution, writers
from vsdpo_jax.domains.chart.child.recording import RecordingRenderer
from vsdpo_jax.domains.chart.child.writers import FORMATS
from vsdpo_jax.domains.chart.drawlist.codec import DrawList

Record = Callable[[Figure, RecordingRenderer], DrawList]

# Pictures up to this size are kept to be written again in another format.
_KEPT_PIXELS = 4_000_000
_NEVER = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What one call of print_figure asks for, apart from where the file goes."""

    look: str
    settings: dict[str, Any]


@dataclass(kw_only=True, slots=True)
class _Picture:
    """The picture that was saved last.

    Attributes:
      figure: dead when the program dropped it.
      time: the clock of attribution when saving ended: calls on artists made since then move it.
    """

    figure: weakref.ref[Figure]
    draw_list: DrawList
    pixels_YXC: np.ndarray | None
    dpi: float
    request: Request | None = None
    time: int = _NEVER


class Saves:
    """What was saved and shown in this process."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._picture: _Picture | None = None
        self._shown: tuple[Figure, dict[str, Any]] | None = None
        self._read: tuple[Figure, dict[str, Any]] | None = None
        self._printing = 0
        self._taken = False

    def forget(self) -> None:
        """Begin anew."""
        self._picture = self._shown = self._read = None

    @contextmanager
    def printing(self) -> Iterator[None]:
        """What an Agg canvas draws in here is saved."""
        self._printing += 1
        self._taken = False
        try:
            yield
        finally:
            self._printing -= 1

    def drawn(self, canvas: Any) -> None:
        """An Agg canvas has just drawn its figure."""
        if not self._printing:
            self.redrawn(canvas.figure)
            return
        renderer: RecordingRenderer = canvas.renderer
        pixels = np.asarray(renderer.buffer_rgba())
        keep = renderer.paints and pixels.shape[0] * pixels.shape[1] <= _KEPT_PIXELS
        self._picture = None  # two of them need not be in memory at once
        self._picture = _Picture(
            figure=weakref.ref(canvas.figure),
            draw_list=self._record(canvas.figure, renderer),
            pixels_YXC=pixels.copy() if keep else None,
            dpi=float(canvas.figure.dpi),
        )
        self._shown, self._taken = None, True

    @property
    def taken(self) -> bool:
        """Whether a picture was recorded since ``printing`` began."""
        return self._taken

    def finish(self, figure: Figure, request: Request | None = None) -> None:
        """Saving has ended: from here on, changes of the figure count as changes."""
        picture = self._picture
        if self._printing or picture is None or not self._taken or picture.figure() is not figure:
            return
        # Saving put colours, size and layout engine back, which marks the figure as stale.
        figure.stale = False
        picture.time = attribution.now()
        picture.request = request or picture.request

    def write_again(
        self, figure: Figure, request: Request, target: Any, fmt: str | None, options: Any
    ) -> bool:
        """Write the last picture if drawing would make the same; whether it did."""
        picture = self._picture
        if picture is None or picture.pixels_YXC is None or picture.request != request:
            return False
        fmt = (fmt or writers.format_of(target)).lower()
        simple = set(options) <= {"metadata", "pil_kwargs"} and fmt in FORMATS
        if not simple or not self._unchanged(figure):
            return False
        try:
            writers.write(fmt, target, picture.pixels_YXC, picture.dpi, **options)
        except OSError as error:
            if not writers.may_stay_unwritten(error, target):
                raise
        self._shown = None
        return True

    def _unchanged(self, figure: Figure) -> bool:
        picture = self._picture
        return (
            picture is not None
            and picture.figure() is figure
            and not figure.stale
            and picture.time == attribution.now()
        )

    def redrawn(self, figure: Figure) -> None:
        """A figure was drawn for another purpose, so it no longer tells whether it was changed."""
        if self._picture is not None and self._picture.figure() is figure:
            self._picture.time = _NEVER

    def show(self, figure: Figure) -> None:
        """Remember that ``figure`` is what the program wants to be seen."""
        if self._unchanged(figure):
            self._shown = None
        else:
            self._shown = figure, settings()

    def read(self, figure: Figure) -> None:
        """Remember that the program read the pixels of a figure."""
        if not self._printing:
            self._read = figure, settings()

    def keep(self, figure: Any) -> None:
        """Draw the shown figure now, because it is about to be cleared."""
        if self._shown is not None and figure is self._shown[0]:
            self._draw(*self._shown)

    def artifact(self) -> DrawList | None:
        """The draw list of the artifact; None when there is none."""
        if self._shown is not None:
            self._draw(*self._shown)
        elif self._picture is None and plt.get_fignums():
            self._draw(plt.gcf(), settings())
        elif self._picture is None and self._read is not None:
            self._draw(*self._read)
        return None if self._picture is None else self._picture.draw_list

    def _draw(self, figure: Figure, settings: dict[str, Any]) -> None:
        """Draw a figure as saving it whole, at its own dpi and in its own colours, would."""
        with mpl.rc_context():
            dict.update(mpl.rcParams, settings, **{"savefig.bbox": None})
            nowhere: Any = Nowhere()
            figure.canvas.print_figure(
                nowhere, dpi=figure.dpi, facecolor="auto", edgecolor="auto", format="raw"
            )


class Nowhere:
    """A file that keeps nothing, so that nothing has to be painted for it."""

    def write(self, data: Any) -> int:
        return len(data)

    def seek(self, place: int) -> int:
        return place


def settings() -> dict[str, Any]:
    return dict.copy(mpl.rcParams)
