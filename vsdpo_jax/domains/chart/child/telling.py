"""Errors that say what a program can change, and on which line.

While drawing no frame of the program made the failing artist, so a trace would name no line, or
the line that saves: neither helps against a misspelled formula. Such an error is raised as if
from the call that made the artist.

Standard library and plotting stack only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import Any, NoReturn

from matplotlib.artist import Artist
from matplotlib.backends.backend_pgf import LatexManager
from matplotlib.texmanager import TexManager

from vsdpo_jax.domains.chart.child import defaults
from vsdpo_jax.domains.chart.child.attribution import STUDENT_FILE, Origin, SourceMap, origin_of
from vsdpo_jax.records import Span


class UnsupportedDrawing(RuntimeError):
    """The program uses a drawing feature that is not available here.

    ``origin`` is the call that asked for it, where that is not the one that made the artist.
    """

    origin: Origin | None = None


class CanvasLimit(Exception):
    """The picture has more pixels than are painted: ``width`` x ``height``."""

    sandbox_limit = "canvas"
    origin: Origin | None = None

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


def no_latex() -> UnsupportedDrawing:
    """The error of a text that needs LaTeX, from the setting that turned it on."""
    error = UnsupportedDrawing(
        "text.usetex needs a LaTeX installation, which is not available: use mathtext ($...$)"
    )
    error.origin = defaults.call_behind("text.usetex", True)
    return error


def refuse_latex() -> None:
    """Make every way into LaTeX say that there is none; it would fail over its cache folder."""

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise no_latex()

    TexManager.__new__ = staticmethod(refuse)  # type: ignore[method-assign,assignment]
    TexManager._get_base_path = staticmethod(refuse)  # type: ignore[attr-defined]
    LatexManager._get_cached_or_new = staticmethod(refuse)  # type: ignore[attr-defined]


def maker_of(error: BaseException) -> Origin | None:
    """The call that made the innermost artist in the frames of ``error``; None without one."""
    if isinstance(error, UnsupportedDrawing | CanvasLimit) and error.origin is not None:
        return error.origin
    found: Origin | None = None
    trace = error.__traceback__
    while trace is not None:
        # matplotlib wraps every draw(self, ...) into a draw_wrapper(artist, ...).
        for name in ("self", "artist"):
            artist = trace.tb_frame.f_locals.get(name)
            if isinstance(artist, Artist):
                found = origin_of(artist) or found
        trace = trace.tb_next
    return found


def from_origin(error: Exception, origin: Origin | None, source: SourceMap) -> NoReturn:
    """Raise ``error`` as if from a call of the program; as it is when the call is not known."""
    from_span(error, source.span(origin), source)


def from_span(error: Exception, span: Span | None, source: SourceMap) -> NoReturn:
    """Raise ``error`` as if from a place in the program; as it is without one."""
    if span is None:
        raise error
    line, column, end_line, end_column = source.positions(span)
    stub = ast.parse("raise error")
    for node in ast.walk(stub):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno, node.col_offset = line, column
            node.end_lineno, node.end_col_offset = end_line, end_column
    exec(compile(stub, STUDENT_FILE, "exec", dont_inherit=True), {"error": error})
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
                from_origin(error, maker_of(error), self.source)
            finally:
                self._depth -= 1

        return call
