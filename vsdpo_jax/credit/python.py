"""Python: the smallest ``ast`` statement, simple or compound, around a place in a program.

``plt.title("x")`` inside a loop is its own statement, the loop's header belongs to the loop.
"""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from vsdpo_jax.credit.language import Language
from vsdpo_jax.credit.statements import Statements

# What the tokenizer of Python takes for the end of a line; str.splitlines() knows more of them.
_LINE_END = re.compile(r"\r\n|\r|\n")
# Neither can be parsed (NUL) or encoded (lone surrogates): the line that holds one ends the prefix.
_UNPARSABLE = re.compile("[\x00\ud800-\udfff]")
_OPEN_TRY = re.compile(r"[ \t\f]*try\b")
_BLANK = re.compile(r"[ \t\f]*(#.*)?$")
# Each attempt parses the prefix anew, so an adversarial program must not ask for thousands.
_MAX_ATTEMPTS = 64


def parse(source: str) -> Statements:
    """Finds the statements of any string.

    Of a program that does not parse (cut off, wrong syntax, a NUL, a lone surrogate, nested deeper
    than the parser goes) the longest prefix of whole lines that parses is used; the rest has no
    statements. An adversarial program may get a shorter prefix: at most 64 cuts are tried.

    Args:
      source: program text; never executed.

    Returns:
      Its statements; empty when not even the first line parses.
    """
    line_starts = [0, *(match.end() for match in _LINE_END.finditer(source))]
    tree, parsed_end = _parse_longest_prefix(source, line_starts)
    if tree is None:
        return Statements(source=source, spans=(), lines=(), parsed_end=0)
    position_of = _byte_columns_to_characters(source, line_starts)
    found = []
    for node in _statement_nodes(tree):
        first_line, start = node.lineno, position_of(node.lineno, node.col_offset)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and (
            node.decorator_list
        ):
            # The node of a decorator is its expression: the "@" stands somewhere before it.
            decorator = node.decorator_list[0]
            start = source.rfind("@", 0, position_of(decorator.lineno, decorator.col_offset))
            first_line = bisect_right(line_starts, start)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        end = position_of(node.end_lineno, node.end_col_offset)
        found.append(((start, end), (first_line, node.end_lineno)))
    found.sort(key=lambda item: (item[0][0], -item[0][1]))
    return Statements(
        source=source,
        spans=tuple(span for span, _ in found),
        lines=tuple(lines for _, lines in found),
        parsed_end=parsed_end,
    )


def decode(data: bytes) -> str:
    """The text of a file, in the encoding that it declares; bytes that are no text stay marked."""
    lines = iter(data.splitlines(keepends=True))
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return data.decode("utf-8", "surrogateescape")


def _parse_longest_prefix(source: str, line_starts: list[int]) -> tuple[ast.Module | None, int]:
    """The tree of the longest parsable prefix of whole lines, and the prefix's end.

    The parser names the line of its first error, so the prefix before that line is tried next; it
    may end in an open block or bracket, whose error names an earlier line, and so on.
    """
    bad = _UNPARSABLE.search(source)
    count = len(line_starts) if bad is None else bisect_right(line_starts, bad.start()) - 1

    def prefix(lines: int) -> str:
        return source[: line_starts[lines]] if lines < len(line_starts) else source

    for _ in range(_MAX_ATTEMPTS):
        if count <= 0:
            return None, 0
        result = _try_parse(prefix(count))
        if isinstance(result, ast.Module):
            return result, len(prefix(count))
        if isinstance(result, SyntaxError) and result.lineno is not None:
            count = _next_cut(result, count, source, line_starts)
        else:
            count = _before_too_complex(prefix, count)
    return None, 0


def _try_parse(source: str) -> ast.Module | SyntaxError | MemoryError | RecursionError:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "invalid escape sequence": the student's, not ours
        try:
            return ast.parse(source)
        except (SyntaxError, MemoryError, RecursionError) as error:
            return error


def _next_cut(error: SyntaxError, count: int, source: str, line_starts: list[int]) -> int:
    """How many lines to try after the first ``count`` failed with ``error``."""

    def line(number: int) -> str:
        end = line_starts[number] if number < len(line_starts) else len(source)
        return source[line_starts[number - 1] : end].rstrip("\r\n")

    assert error.lineno is not None
    if error.lineno <= count:
        count = error.lineno
        if "'except' or 'finally'" in error.msg:
            # No prefix that ends inside an open try block parses: go before the block at once.
            while count > 1 and not _OPEN_TRY.match(line(count)):
                count -= 1
    # A blank line cannot have completed anything.
    while count > 1 and _BLANK.match(line(count)):
        count -= 1
    return count - 1


def _before_too_complex(prefix: Callable[[int], str], count: int) -> int:
    """The most lines, below ``count``, that the parser does not give up on for their nesting."""
    low = 0
    while low < count - 1:
        middle = (low + count) // 2
        if isinstance(_try_parse(prefix(middle)), MemoryError | RecursionError):
            count = middle
        else:
            low = middle
    return low


def _statement_nodes(tree: ast.Module) -> list[ast.stmt]:
    """Every statement below ``tree``; expressions, which hold none, are not entered."""
    found: list[ast.stmt] = []
    todo: list[ast.AST] = [tree]
    while todo:
        for child in ast.iter_child_nodes(todo.pop()):
            if isinstance(child, ast.stmt):
                found.append(child)
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                todo.append(child)
    return found


def _byte_columns_to_characters(source: str, line_starts: list[int]) -> Callable[[int, int], int]:
    """``ast`` counts columns in UTF-8 bytes: returns (line from 1, byte column) -> character."""
    bounds = list(pairwise([*line_starts, len(source)]))
    characters_before: dict[int, np.ndarray | None] = {}  # None: the line is ASCII

    def position(line: int, column: int) -> int:
        start, end = bounds[line - 1]
        if line not in characters_before:
            characters_before[line] = _characters_before_byte(source[start:end])
        before = characters_before[line]
        return start + (column if before is None else int(before[column]))

    return position


def _characters_before_byte(text: str) -> np.ndarray | None:
    if text.isascii():
        return None
    is_first_byte = (np.frombuffer(text.encode(), np.uint8) & 0xC0) != 0x80
    return np.concatenate([[0], np.cumsum(is_first_byte)])


PYTHON = Language(name="Python", fences=("python", "python3", "py"), parse=parse, decode=decode)
