"""Whether a program ends after the call that is running, so that nothing can read what it writes.

Painting a picture and writing its file takes a fifth of the child's time for a usual chart, and
most programs end with saving. The judgement is made on the program's text: every frame of the
program must stand in a plain statement of a module or function, outside loops, ``with`` and
``try``, and after it come only calls that show or close figures or print.

Standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import FrameType

_SAVING = ("savefig", "print_figure")
_HARMLESS = ("show", "close", "clf", "cla")  # of pyplot


class Program:
    """The text of a program, parsed when first asked about."""

    def __init__(self, source: str, file: str) -> None:
        self._source = source
        self._file = file
        self._bodies: dict[tuple[str, int], list[ast.stmt]] | None = None

    def ends_after(self, frame: FrameType | None) -> bool:
        """Whether nothing that matters runs after a call of ``savefig`` that leads to ``frame``.

        Frames below the innermost one of the program are those of saving; between two frames of
        the program there must be no other, which could go on afterwards: a function is called by
        its name, not by a library.
        """
        names: tuple[str, ...] = _SAVING
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        while frame is not None and frame.f_code.co_filename == self._file:
            code = frame.f_code
            if not _last(self._body(code.co_name, code.co_firstlineno), frame.f_lineno, names):
                return False
            if code.co_name == "<module>":
                return True
            frame, names = frame.f_back, (code.co_name,)
        return False

    def _body(self, name: str, line: int) -> Sequence[ast.stmt]:
        if self._bodies is None:
            tree = ast.parse(self._source)
            self._bodies = {("<module>", 1): tree.body}
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                    # A second function on the same line leaves neither known.
                    key = node.name, node.lineno
                    self._bodies[key] = [] if key in self._bodies else node.body
        return self._bodies.get((name, line if name != "<module>" else 1), ())


def _last(body: Sequence[ast.stmt], line: int, names: Sequence[str]) -> bool:
    """Whether the statement at ``line`` calls one of ``names`` and only harmless ones follow."""
    for place, statement in enumerate(body):
        if not statement.lineno <= line <= (statement.end_lineno or line):
            continue
        follow = body[place + 1 :]
        if any(other.lineno <= line for other in follow) or not all(map(_is_harmless, follow)):
            return False
        if isinstance(statement, ast.If):
            return any(_last(part, line, names) for part in (statement.body, statement.orelse))
        return isinstance(statement, ast.Expr) and _calls_once(statement.value, names)
    return False


def _calls_once(call: ast.expr, names: Sequence[str]) -> bool:
    """Whether an expression is a single call, so that it is the one that is running, by name."""
    if not isinstance(call, ast.Call) or sum(isinstance(n, ast.Call) for n in ast.walk(call)) > 1:
        return False
    name = call.func
    called = name.attr if isinstance(name, ast.Attribute) else None
    while isinstance(name, ast.Attribute):
        name = name.value
    return isinstance(name, ast.Name) and (called or name.id) in names


def _is_harmless(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.Pass):
        return True
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    call = statement.value
    values = (*call.args, *(keyword.value for keyword in call.keywords))
    if not all(isinstance(value, ast.Constant | ast.Name) for value in values):
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id == "print"
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in _HARMLESS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("plt", "pyplot")
    )
