"""The legible texts of a page as one row of letters, in which asked texts are looked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, pairwise

from vsdpo_jax.domains.boxes import gaps, shared, union
from vsdpo_jax.domains.web.judge.content.legible import is_legible
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import TextRun
from vsdpo_jax.domains.words import normal
from vsdpo_jax.records import Box

NEXT_LINE, NEXT_WORD = 2.0, 4.0
"""How far the parts of one text may lie apart, down and across, in heights of its font."""
ON_LINE = 0.5
"""Share of the lower of two lines that lies beside the other, where they are one line."""
MOST_HITS = 400
"""Places of one text that are looked at."""
_OPEN, _SPACE, _TIGHT = "open", "space", "tight"
"""What may stand between two letters that follow each other: between blocks one is free to see a
space or none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A place where a text stands, to be read.

    Attributes:
      runs: the texts that it lies in.
      box: around them.
      start, end: within the letters of the stream.
      is_whole: its runs hold nothing but it and signs (arrows, colons, stars).
    """

    runs: tuple[TextRun, ...]
    box: Box
    start: int
    end: int
    is_whole: bool

    @property
    def first(self) -> TextRun:
        return self.runs[0]


class Stream:
    """All letters that can be read, in the order of the document, without white space.

    Args:
      view: the page.
      everything: texts that cannot be read, too.
    """

    def __init__(self, view: View, *, everything: bool = False) -> None:
        self.view = view
        self.runs: list[TextRun] = []
        self._starts: list[int] = []
        letters: list[str] = []
        self._gaps: list[str] = []  # before each letter
        before: TextRun | None = None
        for run in view.page.texts:
            is_there = bool(run.lines) if everything else is_legible(view, run)
            words = normal(run.text) if is_there else ""
            if not words:
                before = before if is_there else None
                continue
            self.runs.append(run)
            self._starts.append(len(letters))
            gap = _gap(before, run)
            for letter in words:
                if letter == " ":
                    gap = _SPACE
                else:
                    letters.append(letter)
                    self._gaps.append(gap)
                    gap = _TIGHT
            before = run
        self.letters = "".join(letters)

    @cached_property
    def places(self) -> dict[int, Box]:
        return {run.index: self.view.place(run) for run in self.runs}

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """Text -> its place in ``runs``."""
        return {run.index: number for number, run in enumerate(self.runs)}

    @cached_property
    def _block_letters(self) -> list[range]:
        """Of each run the letters of its block, as far as nothing of another stands between."""
        ends = [*self._starts[1:], len(self.letters)]
        found: list[range] = []
        for _, group in groupby(zip(self.runs, self._starts, ends, strict=True), _block_of):
            parts = list(group)
            found += [range(parts[0][1], parts[-1][2])] * len(parts)
        return found

    @cached_property
    def _words_before(self) -> list[int]:
        """Letters and digits before each letter, and before the end."""
        return list(accumulate(map(str.isalnum, self.letters), initial=0))

    @cached_property
    def _letters_before(self) -> list[int]:
        """Of each element, and of the end, the letters of texts of elements before it."""
        counts = [0] * len(self.view.page.elements)
        for run in self.runs:
            counts[run.element] += len(self.letters_of(run))
        return list(accumulate(counts, initial=0))

    def count_within(self, element: int) -> int:
        """How many letters can be read in an element."""
        before = self._letters_before
        return before[self.view.last[element] + 1] - before[element]

    def letters_of(self, run: TextRun) -> range:
        """Which letters are a run's."""
        at = self._numbers[run.index]
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self.letters)
        return range(self._starts[at], end)

    def place_of(self, run: TextRun) -> Found:
        """A run as a place."""
        letters = self.letters_of(run)
        return Found(
            runs=(run,),
            box=self.places[run.index],
            start=letters.start,
            end=letters.stop,
            is_whole=self._is_whole(letters.start, letters.stop),
        )

    def find(self, text: str) -> list[Found]:
        """Where a text stands, between words that are not its own."""
        wanted = normal(text)
        bare = wanted.replace(" ", "")
        if not bare:
            return []
        spaced = _spaced(wanted)
        found = []
        for at in _occurrences(self.letters, bare):
            if not self._is_apart(at, bare) or not self._has_spaces(at, spaced):
                continue
            runs = self._runs(at, at + len(bare))
            if not self._is_together(runs):
                continue
            box = union(self.places[run.index] for run in runs) or (0.0, 0.0, 0.0, 0.0)
            found.append(
                Found(
                    runs=tuple(runs),
                    box=box,
                    start=at,
                    end=at + len(bare),
                    is_whole=self._is_whole(at, at + len(bare)),
                )
            )
            if len(found) >= MOST_HITS:
                break
        return found

    def _runs(self, start: int, end: int) -> list[TextRun]:
        return self.runs[self._number_at(start) : self._number_at(end - 1) + 1]

    def _is_apart(self, at: int, bare: str) -> bool:
        """Whether a place does not begin or end within a word."""
        end = at + len(bare)
        before = self._tight(range(at, max(at - 2, 0), -1), -1)
        after = self._tight(range(end, min(end + 2, len(self.letters))), 0)
        return not _joins(bare[0], before) and not _joins(bare[-1], after)

    def _tight(self, places: Iterable[int], shift: int) -> str:
        """The letters next to a border, up to two, with nothing between."""
        letters = ""
        for place in places:
            if self._gaps[place] != _TIGHT:
                break
            letters += self.letters[place + shift]
        return letters

    def _has_spaces(self, at: int, spaced: Sequence[bool]) -> bool:
        for step, wants_space in enumerate(spaced):
            gap = self._gaps[at + step] if step else _OPEN
            if gap != _OPEN and (gap == _SPACE) != wants_space:
                return False
        return True

    def _is_together(self, runs: Sequence[TextRun]) -> bool:
        """Whether the parts of a text stand one after another, as one reads on: to the right on the
        same line, or on the next one below."""
        return all(self._follows(first, second) for first, second in pairwise(runs))

    def _follows(self, first: TextRun, second: TextRun) -> bool:
        size = max(first.font_px, second.font_px)
        before, after = first.lines[-1].box, second.lines[0].box
        across, down = gaps(before, after)
        if shared(before[1], before[3], after[1], after[3]) >= ON_LINE:
            if across > NEXT_WORD * size:
                return False
            if first.block == second.block:
                return True  # in the order in which the browser sets them
            is_leftward = self.view.element(second).style.get("direction") == "rtl"
            step = after[0] - before[0]
            return step <= size if is_leftward else step >= -size
        return down <= NEXT_LINE * size and after[1] > before[1]

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether nothing but signs stands beside a place in its block."""
        left = self._block_letters[self._number_at(start)].start
        right = self._block_letters[self._number_at(end - 1)].stop
        words = self._words_before
        return words[start] == words[left] and words[right] == words[end]

    def _number_at(self, letter: int) -> int:
        return bisect_right(self._starts, letter) - 1


def _block_of(part: tuple[TextRun, int, int]) -> int:
    return part[0].block


def _gap(before: TextRun | None, run: TextRun) -> str:
    if before is None or before.block != run.block:
        return _OPEN
    return _TIGHT if run.glued else _SPACE


def _spaced(wanted: str) -> list[bool]:
    """Of each letter, whether a space stands before it."""
    flags, space = [], False
    for letter in wanted:
        if letter == " ":
            space = True
        else:
            flags.append(space)
            space = False
    return flags


def _joins(letter: str, beside: str) -> bool:
    """Whether what stands beside a letter, nearest first, goes on with its word or number."""
    if not letter.isalnum() or not beside:
        return False
    if beside[0].isalnum():
        return True
    return letter.isdigit() and beside[0] in ".,:'/" and beside[1:].isdigit()


def _occurrences(letters: str, bare: str) -> Iterator[int]:
    at = letters.find(bare)
    while at >= 0:
        yield at
        at = letters.find(bare, at + 1)
