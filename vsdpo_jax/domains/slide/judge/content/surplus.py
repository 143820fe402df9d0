"""Rows and columns of data that nobody asked for, in the tables that show what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsdpo_jax.domains.ledger import HALF
from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.content.numerals import numbers_of, says
from vsdpo_jax.domains.slide.judge.content.reading import Reader, bare
from vsdpo_jax.domains.words import quoted


def check_surplus(reader: Reader, asked: Mapping[str, Any]) -> None:
    """Name the first row or column of each table that says more than was asked.

    It has the name of an asked one and says something else, or it holds numbers that neither count
    (1, 2, 3, downwards) nor follow from the asked ones (sums, means, differences, shares). Words
    alone are labels.
    """
    tables = asked.get("tables") or ()
    rows = {bare(row[0]) for table in tables for row in table["rows"] if row}
    heads = {bare(text) for table in tables for text in table.get("columns") or ()}
    cells = [t for t in reader.legible if t.cell is not None] if tables else []
    for shape in dict.fromkeys(text.shape for text in cells):
        own = [text for text in cells if text.shape == shape]
        grid = _Grid(reader, own, is_across=False, heads=bool(heads))
        found = grid.surplus(rows) or _Grid(reader, own, is_across=True, heads=True).surplus(heads)
        if found:
            words = quoted(" ".join(text.text for text in found))
            name = reader.view.name(reader.view.slide.shapes[shape])
            reader.ledger.extra(
                "table_more",
                f"extra {words}",
                reader.view.extent(found[0]),
                f"{words} in {name} was not asked for",
                reader.span(found[0], "text"),
            )


class _Grid:
    """The cells of a table by line (its rows, or its columns) and place on it."""

    def __init__(
        self, reader: Reader, texts: Sequence[Text], *, is_across: bool, heads: bool
    ) -> None:
        """Sort the cells.

        Args:
          reader: has found what was asked.
          texts: of the table's cells.
          is_across: whether lines are columns.
          heads: whether the first line with asked texts names the places.
        """
        self._is_across = is_across
        self._cells: dict[tuple[int, int], list[Text]] = {}
        for text in texts:
            row, column = text.cell or (0, 0)
            at = (column, row) if is_across else (row, column)
            self._cells.setdefault(at, []).append(text)
        self._numbers = {
            at: numbers[0]
            for at, own in self._cells.items()
            if (numbers := numbers_of(" ".join(text.text for text in own)))
        }
        used = [at for at, own in self._cells.items() if any(t.index in reader.used for t in own)]
        self._lines = sorted({line for line, _ in used})
        self._places = sorted({place for _, place in used})
        self._known = self._lines[heads:]

    def surplus(self, names: set[str]) -> list[Text]:
        """The texts of the first line that holds data and nothing of what was asked.

        Args:
          names: of asked lines.
        """
        if not self._lines:
            return []
        for line in sorted({line for line, _ in self._cells} - set(self._lines)):
            texts = [t for place in self._places for t in self._cells.get((line, place), ())]
            name = bare(" ".join(t.text for t in self._cells.get((line, self._places[0]), ())))
            if (name in names - {""} and len(texts) > 1) or self._is_data(line):
                return texts
        return []

    def _is_data(self, line: int) -> bool:
        """Whether a line holds numbers that do not follow from those of the asked lines."""
        if not self._is_across and line < self._lines[0]:
            return False  # a head over the asked rows
        places = self._places if self._is_across else self._places[1:]
        filled = [place for place in places if (line, place) in self._numbers]
        values = [self._numbers[line, place] for place in filled]
        if not values or len(values) < HALF * len(places):
            return False
        if self._is_across and values in (
            list(range(len(values))),
            list(range(1, 1 + len(values))),
        ):
            return False
        known = [
            [self._numbers[one, place] for one in self._known if (one, place) in self._numbers]
            for place in filled
        ]
        total = sum(map(sum, known))
        return not all(
            any(says(abs(value), abs(other)) for other in _follow_from(row, total))
            for value, row in zip(values, known, strict=True)
        )


def _follow_from(values: Sequence[float], total: float) -> list[float]:
    """What a person works out of some numbers: sum, mean, extremes, difference, change, share."""
    if not values:
        return []
    first, last, both = values[0], values[-1], sum(values)
    found = [both, both / len(values), max(values), min(values), last - first]
    found += [(last - first) / first] if first else []
    return found + ([both / total] if total else [])
