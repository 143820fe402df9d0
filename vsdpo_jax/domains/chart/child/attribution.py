"""Which program text made an artist: birth hooks, content setters and places in the source.

Every hook walks up the Python frames to the innermost frame of the program (file name
``<student>``) and keeps its code object and instruction offset; the offsets into the source are
worked out at the end, for what was drawn only. The rules:

- an artist belongs to the expression that was running when it was made;
- a text belongs to the expression that last set its content (``set_text``, ``set_title``, ...);
- who set its colour, size or place later is kept beside it: setters.py;
- ticks and tick labels are made lazily: axis_notes.py says whom they belong to;
- what is made while drawing, saving or laying out is not blamed on the call that triggered it
  (``tight_layout``, ``savefig``): it belongs to whatever it is a part of.
"""

from __future__ import annotations

import dis
import functools
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes._base import _AxesBase
from matplotlib.axis import Axis
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.figure import Figure, FigureBase
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.text import Text

from vsdpo_jax.records import Span

STUDENT_FILE = "<student>"

BIRTH = "_vsdpo_birth"
CONTENT = "_vsdpo_content"
_BEFORE_WITH = dis.opmap.get("BEFORE_WITH")


@dataclass(frozen=True, slots=True)
class Origin:
    """A point of the program's execution: ``order`` counts origins, later ones are larger."""

    order: int
    code: CodeType
    instruction: int

    def __reduce__(self) -> tuple[Any, ...]:
        """Code objects cannot be pickled, figures can: their origins stay good in this process."""
        number = next((n for n, code in enumerate(_pickled) if code is self.code), None)
        if number is None:
            number = len(_pickled)
            _pickled.append(self.code)
        return _unpickled, (self.order, number, self.instruction)

    def is_same_point(self, other: Origin) -> bool:
        """Whether both are the same call in the program's text."""
        return self.code is other.code and self.instruction == other.instruction


# The code objects of pickled origins.
_pickled: list[CodeType] = []


def _unpickled(order: int, number: int, instruction: int) -> Origin | None:
    """The origin that was pickled; None in another process."""
    return Origin(order, _pickled[number], instruction) if number < len(_pickled) else None


class _Clock:
    """Numbers the origins of one run."""

    def __init__(self) -> None:
        self.now = 0

    def tick(self) -> int:
        self.now += 1
        return self.now


_clock = _Clock()
# Ids of the code of functions that draw or lay out: nothing made below them is blamed on the
# statement above. Code objects themselves are slow to hash.
_layout_codes: set[int] = set()
# The same, and functions that touch ticks as a side effect of another purpose.
_side_effect_codes: set[int] = set()


def now() -> int:
    """The number of the last origin: it grows with every call on artists."""
    return _clock.now


def tick() -> int:
    """A number after that of every origin so far."""
    return _clock.tick()


def _innermost(
    frame: FrameType | None, stops: set[int], birth: Origin | None = None
) -> Origin | None:
    """The innermost frame of the program at or above ``frame``.

    None if a stop lies between, or if the frame stands where ``birth`` did.
    """
    while frame is not None:
        code = frame.f_code
        if code.co_filename == STUDENT_FILE:
            if birth is not None and birth.code is code and birth.instruction == frame.f_lasti:
                return None
            return Origin(_clock.tick(), code, frame.f_lasti)
        if id(code) in stops:
            return None
        frame = frame.f_back
    return None


def caller(depth: int, birth: Origin | None = None) -> Origin | None:
    """The call of the program that runs the function ``depth`` frames up, as a call of a setter.

    None for drawing, laying out and side effects, and for the expression of ``birth``.
    """
    return _innermost(sys._getframe(depth + 1), _side_effect_codes, birth)


def install() -> None:
    """Hook the artist classes. Call once per process, after matplotlib was imported."""
    axes: Any = _AxesBase  # parts of it are not in matplotlib's type stubs
    axis: Any = Axis
    layout = (
        axis._update_ticks, axis.get_major_ticks, axis.get_minor_ticks, axis.get_tightbbox,
        Artist.get_tightbbox, axes.get_tightbbox, axes.autoscale_view, axes._unstale_viewLim,
        FigureBase.get_tightbbox, Figure.draw, Figure.tight_layout, Figure.savefig,
        FigureCanvasBase.print_figure,
        ConstrainedLayoutEngine.execute, TightLayoutEngine.execute,
    )  # fmt: skip
    # Clearing (making an axes does it too) resets limits; shared and twin axes move ticks to
    # other sides; inside grid() the tick parameters are those of the grid lines.
    side_effects = (
        axes._AxesBase__clear, axes.twinx, axes.twiny, axes.label_outer, axes._label_outer_xaxis,
        axes._label_outer_yaxis, axis.grid, axis.set_inverted,
    )  # fmt: skip
    _layout_codes.update(id(_unwrapped(function).__code__) for function in layout)
    _side_effect_codes.update(_layout_codes)
    _side_effect_codes.update(id(_unwrapped(function).__code__) for function in side_effects)
    _hook_birth()
    _hook_text()


def _unwrapped(function: Callable[..., Any]) -> Any:
    while "__wrapped__" in vars(function):
        function = function.__wrapped__  # type: ignore[attr-defined]
    return function


def _hook_birth() -> None:
    original = Artist.__init__

    @functools.wraps(original)
    def init(self: Artist) -> None:
        original(self)
        self.__dict__[BIRTH] = _innermost(sys._getframe(1), _layout_codes)

    Artist.__init__ = init  # type: ignore[method-assign]


def _hook_text() -> None:
    original = Text.set_text

    @functools.wraps(original)
    def set_text(self: Text, s: Any) -> None:
        original(self, s)
        origin = _innermost(sys._getframe(1), _side_effect_codes)
        if origin is not None:
            self.__dict__[CONTENT] = origin

    Text.set_text = set_text  # type: ignore[method-assign]


def origin_of(artist: Artist) -> Origin | None:
    """Who owns an ordinary artist: the setter of its content (texts), else its birth."""
    notes = artist.__dict__
    return notes.get(CONTENT) or notes.get(BIRTH)


def latest(*origins: Origin | None) -> Origin | None:
    """The origin that ran last."""
    known = [origin for origin in origins if origin is not None]
    return max(known, key=lambda origin: origin.order) if known else None


class SourceMap:
    """Turns origins into character spans of the source.

    Args:
      source: the program as it was compiled.
    """

    def __init__(self, source: str) -> None:
        self._starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", source))]
        self._source = source
        self._positions: dict[CodeType, list[tuple[int | None, ...]]] = {}

    def span(self, origin: Origin | None) -> Span | None:
        """[start, end) of the expression that was running; None when it is not known."""
        if origin is None:
            return None
        positions = self._positions.get(origin.code)
        if positions is None:
            positions = self._positions[origin.code] = list(origin.code.co_positions())
        number = origin.instruction // 2
        if origin.code.co_code[origin.instruction] == _BEFORE_WITH and number:
            number -= 1  # the context, not all that stands in it
        line, end_line, column, end_column = positions[number]
        if line is None or end_line is None:
            return None
        start = self._offset(line, column if column is not None else 0)
        end = self._offset(end_line, end_column)
        return (start, end) if 0 <= start < end <= len(self._source) else None

    def text(self, span: Span | None) -> str:
        """The program text of a span; empty for None."""
        return "" if span is None else self._source[span[0] : span[1]]

    def positions(self, span: Span) -> tuple[int, int, int, int]:
        """Line from 1, column in UTF-8 bytes, and both of the end, as syntax trees have them."""
        places = []
        for offset in span:
            line = self.line_at(offset)
            before = self._source[self._starts[line - 1] : offset]
            places += [line, len(before.encode("utf-8", "surrogatepass"))]
        line, column, end_line, end_column = places
        return line, column, end_line, end_column

    def line(self, origin: Origin | None) -> int | None:
        """The line number, from 1."""
        span = self.span(origin)
        return None if span is None else self.line_at(span[0])

    def line_at(self, offset: int) -> int:
        """The number of the line, from 1, that holds a character offset."""
        return sum(start <= offset for start in self._starts)

    def _offset(self, line: int, byte_column: int | None) -> int:
        """Character offset of a UTF-8 byte column; the end of the line for column None."""
        if line > len(self._starts):
            return len(self._source)
        start = self._starts[line - 1]
        end = self._starts[line] if line < len(self._starts) else len(self._source)
        text = self._source[start:end]
        if byte_column is None:
            return start + len(text.rstrip("\r\n"))
        if text.isascii():
            return start + min(byte_column, len(text))
        return start + len(
            text.encode("utf-8", "surrogatepass")[:byte_column].decode("utf-8", "ignore")
        )
