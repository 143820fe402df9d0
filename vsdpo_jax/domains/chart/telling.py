"""Errors that say what a program can change, and on which line.

While drawing no frame of the program made the failing artist, so a trace would name no line, or
the line that saves: neither helps against a misspelled formula. ``from_line`` raises such an error
as if from the line that made the artist.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn

from matplotlib.artist import Artist
from matplotlib.backends.backend_pgf import LatexManager
from matplotlib.texmanager import TexManager

from vsdpo_jax.domains.chart.attribution import STUDENT_FILE, SourceMap, origin_of

NO_LATEX = "text.usetex needs a LaTeX installation, which is not available: use mathtext ($...$)"


class UnsupportedDrawing(RuntimeError):
    """The program uses a drawing feature that is not available here."""


class CanvasLimit(Exception):
    """The picture has more pixels than are painted: ``width`` x ``height``."""

    sandbox_limit = "canvas"

    def __init__(self, message: str, width: int, height: int) -> None:
        super().__init__(message)
        self.width, self.height = width, height


class DrawingLimit(Exception):
    """The figure has more shapes than are painted."""

    sandbox_limit = "payload"


class Tampered(Exception):
    """The program replaced functions that drawing relies on."""

    sandbox_status = "tamper"


class NoArtifact(Exception):
    """The program ran and drew no figure."""


def refuse_latex() -> None:
    """Make every way into LaTeX say that there is none; it would fail over its cache folder."""

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise UnsupportedDrawing(NO_LATEX)

    TexManager.__new__ = staticmethod(refuse)  # type: ignore[method-assign,assignment]
    TexManager._get_base_path = staticmethod(refuse)  # type: ignore[attr-defined]
    LatexManager._get_cached_or_new = staticmethod(refuse)  # type: ignore[attr-defined]


def line_of(error: BaseException, source: SourceMap) -> int | None:
    """The line that made the innermost artist in the frames of ``error``; None without one."""
    line: int | None = None
    trace = error.__traceback__
    while trace is not None:
        # matplotlib wraps every draw(self, ...) into a draw_wrapper(artist, ...).
        for name in ("self", "artist"):
            owner = trace.tb_frame.f_locals.get(name)
            if isinstance(owner, Artist):
                line = source.line(origin_of(owner)) or line
        trace = trace.tb_next
    return line


def from_line(error: Exception, line: int | None) -> NoReturn:
    """Raise ``error`` as if from a line of the program; as it is when the line is not known."""
    if line is None:
        raise error
    stub = compile("\n" * (line - 1) + "raise error", STUDENT_FILE, "exec", dont_inherit=True)
    exec(stub, {"error": error})
    raise error  # not reached: for the type checker


class Teller:
    """Retells errors of the outermost drawing call."""

    def __init__(self) -> None:
        self.source = SourceMap("")
        self._depth = 0

    def told(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, its errors raised from the lines of the artists that they are about."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self._depth:
                return function(*args, **kwargs)
            self._depth += 1
            try:
                return function(*args, **kwargs)
            except Exception as error:
                from_line(error, line_of(error, self.source))
            finally:
                self._depth -= 1

        return call
