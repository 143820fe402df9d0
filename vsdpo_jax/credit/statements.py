"""A program as statements: the units that carry credit (section 2.3 of the paper)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vsdpo_jax.records import Span


@dataclass(frozen=True, kw_only=True)
class Statements:
    """The statements of a program, outer before inner, in the order of the text.

    Attributes:
      source: the whole program, unparsed rest included.
      spans: [start, end) in characters, decorators included; any two are nested or apart.
      lines: first and last line of each, counted from 1.
      parsed_end: end of the parsed prefix in characters; ``len(source)`` when all of it parses.
    """

    source: str
    spans: tuple[Span, ...]
    lines: tuple[tuple[int, int], ...]
    parsed_end: int
    _starts: list[int] = field(init=False, repr=False, compare=False)
    _owners: list[int] = field(init=False, repr=False, compare=False)
    _parents: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts, owners, parents = _segments(self.spans)
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_owners", owners)
        object.__setattr__(self, "_parents", parents)

    @classmethod
    def of_spans(cls, source: str, spans: Sequence[Span], parsed_end: int) -> Statements:
        """Statements of a language whose lines end in a line feed.

        Args:
          source: the whole program.
          spans: in any order; any two are nested or apart.
          parsed_end: end of what could be parsed.
        """
        ordered = sorted(set(spans), key=lambda span: (span[0], -span[1]))
        breaks = [index for index, character in enumerate(source) if character == "\n"]
        lines = [
            (bisect_left(breaks, start) + 1, bisect_left(breaks, max(end - 1, start)) + 1)
            for start, end in ordered
        ]
        return cls(source=source, spans=tuple(ordered), lines=tuple(lines), parsed_end=parsed_end)

    def __len__(self) -> int:
        return len(self.spans)

    def smallest_enclosing(self, span: Span) -> int | None:
        """The index of the smallest statement that holds all of ``span``; None without one."""
        start, end = span
        if start < 0 or end < start:
            return None
        index = self._owners[bisect_right(self._starts, start) - 1]
        while index >= 0 and self.spans[index][1] < end:
            index = self._parents[index]
        return index if index >= 0 else None

    def owner_of_characters(self) -> np.ndarray:
        """int64[len(source)]: the smallest statement around each character; -1 without one."""
        ends = [*self._starts[1:], max(self._starts[-1], len(self.source))]
        return np.repeat(self._owners, np.subtract(ends, self._starts))


def _segments(spans: tuple[Span, ...]) -> tuple[list[int], list[int], list[int]]:
    """Cuts the text at every boundary of a span.

    Returns:
      The start of each segment, the innermost span over it (-1: none), and each span's parent.
    """
    starts, owners, parents = [0], [-1], []
    open_spans: list[int] = []

    def cut(position: int) -> None:
        owner = open_spans[-1] if open_spans else -1
        if starts[-1] == position:
            owners[-1] = owner
        else:
            starts.append(position)
            owners.append(owner)

    for index, (start, _) in enumerate(spans):
        while open_spans and spans[open_spans[-1]][1] <= start:
            cut(spans[open_spans.pop()][1])
        parents.append(open_spans[-1] if open_spans else -1)
        open_spans.append(index)
        cut(start)
    while open_spans:
        cut(spans[open_spans.pop()][1])
    return starts, owners, parents
