"""Points of a program's execution and where they stand in its text.

Standard library only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import ast
import dis
import re
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from vsdpo_jax.domains.slide.deck.notes import Span

STUDENT_FILE = "<student>"
MAX_FRAMES = 16
"""Frames of the program that an origin keeps, the innermost ones."""

Origin = tuple[int, ...]
"""Frames of the program, innermost first: numbers of a code object and an instruction in turn."""

# Their positions are those of the target alone: ``shape.left``, not ``shape.left = Inches(1)``.
_STORES = {
    dis.opmap[name]
    for name in ("STORE_ATTR", "STORE_SUBSCR", "DELETE_ATTR", "DELETE_SUBSCR")
    if name in dis.opmap
}


class Origins:
    """Tells where the program stands; code objects are slow to hash, so they get numbers."""

    def __init__(self) -> None:
        self.codes: list[CodeType] = []
        self._numbers: dict[int, int] = {}

    def here(self) -> Origin:
        """The frames of the program that run now; () without one."""
        frame: FrameType | None = sys._getframe(1)
        found: list[int] = []
        while frame is not None:
            code = frame.f_code
            if code.co_filename == STUDENT_FILE:
                number = self._numbers.get(id(code))
                if number is None:
                    number = self._numbers[id(code)] = len(self.codes)
                    self.codes.append(code)
                found += (number, frame.f_lasti)
                if len(found) == 2 * MAX_FRAMES:
                    break
            frame = frame.f_back
        return tuple(found)


class SourceMap:
    """Turns origins into character spans of a program.

    Args:
      source: the program as it was compiled.
      origins: that saw it run.
    """

    def __init__(self, source: str, origins: Origins) -> None:
        self._source = source
        self._origins = origins
        self._starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", source))]
        self._positions: dict[int, list[tuple[int | None, ...]]] = {}
        self._spans: dict[tuple[int, int], Span | None] = {}
        self._statements: list[Span] | None = None

    def spans(self, origin: Origin) -> tuple[Span, ...]:
        """[start, end) of what was running in each frame of the program, innermost first."""
        pairs = zip(origin[::2], origin[1::2], strict=True)
        return tuple(span for pair in pairs if (span := self._span(*pair)) is not None)

    def _span(self, number: int, instruction: int) -> Span | None:
        if (number, instruction) not in self._spans:
            self._spans[number, instruction] = self._find(number, instruction)
        return self._spans[number, instruction]

    def _find(self, number: int, instruction: int) -> Span | None:
        code = self._origins.codes[number]
        if number not in self._positions:
            self._positions[number] = list(code.co_positions())
        line, end_line, column, end_column = self._positions[number][instruction // 2]
        if line is None or end_line is None:
            return None
        start = self._offset(line, column if column is not None else 0)
        end = self._offset(end_line, end_column)
        if not 0 <= start < end <= len(self._source):
            return None
        if code.co_code[instruction] in _STORES:
            return self._statement((start, end))
        return start, end

    def _statement(self, span: Span) -> Span:
        """The smallest statement without a body around ``span``; ``span`` where there is none."""
        if self._statements is None:
            self._statements = sorted(
                (
                    (
                        self._offset(node.lineno, node.col_offset),
                        self._offset(node.end_lineno or node.lineno, node.end_col_offset),
                    )
                    for node in _statements(ast.parse(self._source))
                    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete)
                ),
                key=lambda found: found[1] - found[0],
            )
        around = (s for s in self._statements if s[0] <= span[0] and span[1] <= s[1])
        return next(around, span)

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
        before = text.encode("utf-8", "surrogatepass")[:byte_column]
        return start + len(before.decode("utf-8", "ignore"))


def _statements(tree: ast.Module) -> Iterator[Any]:
    """Statements at any depth; expressions, which are most of a program, hold none."""
    pending: list[Any] = [tree]
    while pending:
        node = pending.pop()
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            pending += getattr(node, field, ())
        yield node
