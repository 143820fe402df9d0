"""From a model's answer to the program that is run, by the official rules."""

from __future__ import annotations

import ast
import re

from vsdpo_jax.benchmarks.base import NoProgram

_BLOCK = re.compile(r"```python(.*?)```", re.DOTALL)
# From the first call to the end of the program: the official pattern is greedy over lines.
_SAVE = re.compile(r"plt\.savefig\(.*", re.DOTALL)
_SHOW = re.compile(r"plt.show\(.*", re.DOTALL)
SAVE = 'plt.savefig("prediction.pdf")\n# prediction.pdf is needed\n'
"""The last lines of a candidate: it has drawn only where that file is there (child/recorder.py)."""
PRELUDE = (
    "import inspect, os, sys, warnings\n"
    "import matplotlib, matplotlib.pyplot as plt, numpy as np, networkx, networkx as nx, squarify\n"
    "from matplotlib.axes import Axes\n"
    "from mpl_toolkits.mplot3d import Axes3D\n"
    "from matplotlib.patches import Circle, Ellipse\n"
)
"""Names that the official probes of chart types and colours bring into a program."""


def candidate(answer: str) -> str:
    """The program of an answer: its first block fenced as ```python, up to saving or showing.

    Raises:
      NoProgram: there is no such block. Other fences do not count.
    """
    block = _BLOCK.search(answer)
    if block is None:
        raise NoProgram(_what_instead(answer))
    return _SHOW.sub("", _SAVE.sub("", block[1])).strip()


def checked(body: str) -> str:
    """The variant that decides whether a program executes."""
    return f"{body}\n{SAVE}"


def wrapped(body: str, *, prelude: bool = False) -> str:
    """The variant that is scored: an exception leaves what was drawn before it."""
    inside = "\n".join(f"    {line}" for line in body.split("\n"))
    before = PRELUDE if prelude else ""
    return f"{before}try:\n{inside}\nexcept Exception as e:\n    pass\n{SAVE}"


def wrapping_changes(body: str) -> bool:
    """Whether the scored variant draws other texts: lines within quotes gain four spaces."""
    try:
        plain = ast.parse(body).body
        inner = ast.parse(wrapped(body)).body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return not isinstance(inner, ast.Try) or _dump(plain) != _dump(inner.body)


def _dump(body: list[ast.stmt]) -> str:
    tree = ast.Module(body=body, type_ignores=[])
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(value=None)  # a comment in quotes
    return ast.dump(tree)


def _what_instead(answer: str) -> str:
    if not answer.strip():
        return "the answer is empty"
    if "```python" in answer:
        return "the block that begins with ```python has no end (cut off?)"
    if "```" in answer:
        return "no block is fenced as ```python (other fences do not count)"
    return "the answer has no fenced block"
