"""Texts of synthetic tasks: which split they belong to, and how a task draws its own."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from vsdpo_jax.domains.lab import Split

HELDOUT_ONE_IN = 6
"""One text, list and combination in this many belongs to the held-out split."""


def split_of(text: str) -> Split:
    """The split that a text, a list or a combination belongs to, from its checksum."""
    return "heldout" if zlib.crc32(text.encode()) % HELDOUT_ONE_IN == 0 else "train"


class SplitDraw:
    """Draws what belongs to one split, for one task."""

    def __init__(self, rng: np.random.Generator, split: Split) -> None:
        self.rng, self.split = rng, split
        self._used: set[str] = set()
        self._begun: set[str] = set()

    def until(self, draw: Callable[[], Any], key: Callable[[Any], str] = str) -> Any:
        """What belongs to the split and was not drawn for this task before."""
        while True:
            drawn = draw()
            name = key(drawn)
            if name not in self._used and split_of(name) == self.split:
                self._used.add(name)
                return drawn

    def phrase(self, draw: Callable[[], str]) -> str:
        """The same for words of which no other phrase of the task has the first.

        A small model copies what follows a word: of two phrases with one beginning it mixes the
        ends (4.6 nats a page went there before this rule).
        """

        def fresh() -> str:
            while True:
                words = draw()
                if words.split()[0] not in self._begun:
                    return words

        words = self.until(fresh)
        self._begun.add(words.split()[0])
        return words
