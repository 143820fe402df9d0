"""Similarities of texts by Ratcliff and Obershelp (``difflib``), each computed once."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache

import numpy as np

MOST_KNOWN = 200_000
"""Pairs that are remembered: some hundred pages of sixty texts. Candidates for one reference share
most of their texts with it, so that what one candidate has cost the next has for nothing."""


class Ratios:
    """``SequenceMatcher(None, first, second, autojunk).ratio()`` of pairs of texts.

    Args:
      autojunk: as of ``difflib``: whether characters that make up more than a hundredth of a second
        text of two hundred or more start no match. Two paragraphs that differ in one clause then
        have the ratio 0.18, and 0.94 without.
    """

    def __init__(self, *, autojunk: bool) -> None:
        self._matcher = SequenceMatcher(None, autojunk=autojunk)
        self._column: str | None = None
        self._known: dict[tuple[str, str], float] = {}

    def matrix(self, first: Sequence[str], second: Sequence[str]) -> np.ndarray:
        """float64[N, M] in [0, 1]: of each first text with each second one."""
        known = self._known
        if len(known) > MOST_KNOWN:
            known.clear()
        columns = []
        for text in second:
            column = []
            for other in first:
                ratio = known.get((other, text))
                if ratio is None:
                    ratio = known[other, text] = self._ratio(other, text)
                column.append(ratio)
            columns.append(column)
        return np.array(columns, np.float64).reshape(len(second), len(first)).T

    def _ratio(self, first: str, second: str) -> float:
        if first == second:
            return 1.0
        if self._column is not second:
            self._column = second
            self._matcher.set_seq2(second)  # which it indexes: once for a whole column
        self._matcher.set_seq1(first)
        return self._matcher.ratio()


@cache
def shared_ratios(*, autojunk: bool) -> Ratios:
    """The one table of this process."""
    return Ratios(autojunk=autojunk)
