"""Asked tables, read by geometry: a cell stands beside its row's and below its column's others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsdpo_jax.domains.boxes import shared
from vsdpo_jax.domains.ledger import HALF
from vsdpo_jax.domains.web.judge.content.roles import Roles
from vsdpo_jax.domains.web.judge.content.stream import Found
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import TextRun
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

ALIGNED = 0.5
"""Share of the shorter of two cells, along an axis, that must lie beside the other."""
MOST_STARTS = 24
"""Places of a table's first cell that are tried."""


def check_table(roles: Roles, number: int, table: Mapping[str, Any]) -> None:
    """One asked table; ``number`` counts from 1 and names it."""
    columns, rows = list(table.get("columns") or []), [list(row) for row in table["rows"]]
    lines = ([columns] if any(map(normal, columns)) else []) + rows
    grid = _Grid(roles, lines)
    best = grid.read()
    name = f"table {number}"
    _check_half(roles, name, rows, best[len(lines) - len(rows) :])
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            place = best[row][column]
            if not normal(text):
                continue
            if place is not None:
                roles.use(place)
                roles.ledger.ok()
            else:
                _complain(roles, grid, name, text, grid.instead(best, row, column))


def _check_half(
    roles: Roles, name: str, rows: Sequence[Sequence[str]], found: Sequence[Sequence[Found | None]]
) -> None:
    """A table of whose cells less than half stand in their places is not the table."""
    cells = [cell for row, cells in zip(rows, found, strict=True) for _, cell in _texts(row, cells)]
    if sum(cell is not None for cell in cells) < HALF * len(cells):
        roles.ledger.unjudged(f"{name} misplaced")


def _texts(row: Sequence[str], cells: Sequence[Found | None]) -> list[tuple[str, Found | None]]:
    """The cells of a row that hold a text."""
    return [(text, cell) for text, cell in zip(row, cells, strict=True) if normal(text)]


def _complain(roles: Roles, grid: _Grid, name: str, text: str, instead: TextRun | None) -> None:
    """A cell that does not stand where it should: elsewhere, another in its place, or nowhere."""
    elsewhere = grid.places[normal(text)]
    if elsewhere:
        for place in elsewhere:
            roles.use(place)
        roles.ledger.wrong(
            "cell_misplaced",
            f"{name} cell {quoted(text)} misplaced",
            elsewhere[0].box,
            f"{name}: {quoted(text)} does not stand in its row and column",
            roles.view.span(elsewhere[0].first.element),
        )
        return
    if instead is not None:
        roles.ledger.wrong(
            "cell_wrong",
            f"{name} cell {quoted(text)} wrong",
            roles.view.place(instead),
            f"{name}: {quoted(instead.text)} stands where {quoted(text)} should",
            roles.view.span(instead.element),
        )
        return
    note = f"{name} cell {quoted(text)} missing"
    message = f"{name}: {quoted(text)} can be seen nowhere on the page"
    roles.ledger.missing("cell_missing", note, grid.region or roles.page_box, message)


class _Grid:
    """The places of all cells of a table, and the best way to lay its lines over them."""

    def __init__(self, roles: Roles, lines: Sequence[Sequence[str]]) -> None:
        self.view: View = roles.view
        self.stream = roles.stream
        self.lines = lines
        texts = {normal(text): text for line in lines for text in line}
        self.places: dict[str, list[Found]] = {}
        for key, text in texts.items():
            found = roles.stream.find(text)
            whole = [place for place in found if place.is_whole]
            self.places[key] = whole or found
        self.region: Box | None = None

    def read(self) -> list[list[Found | None]]:
        """Of each cell the place where it stands in its row and column; None where it does not.

        The reading that has most cells, started from each place of each cell of the first line
        (of the next one where none of it is anywhere).
        """
        best: list[list[Found | None]] = [[None] * len(line) for line in self.lines]
        most, total = 0, sum(bool(normal(t)) for line in self.lines for t in line)
        tries = 0
        for row, line in enumerate(self.lines):
            if most and row > 0:
                break  # values under other heads are other values
            for column, text in enumerate(line):
                for place in self.places[normal(text)] if normal(text) else ():
                    if tries >= MOST_STARTS or most == total:
                        return self._kept(best)
                    tries += 1
                    trial = self._from(row, column, place)
                    count = sum(cell is not None for cells in trial for cell in cells)
                    if count > most:
                        best, most = trial, count
        return self._kept(best)

    def instead(
        self, grid: Sequence[Sequence[Found | None]], row: int, column: int
    ) -> TextRun | None:
        """What can be read at the crossing of a row and a column whose cell is not there."""
        beside = next((cell for cell in grid[row] if cell is not None), None)
        above = next((line[column] for line in grid if line[column] is not None), None)
        if beside is None or above is None:
            return None
        for run in self.stream.runs:
            place = self.stream.place_of(run)
            if self._on_line(place, beside) and self._in_column(place, above):
                return run
        return None

    def _kept(self, best: list[list[Found | None]]) -> list[list[Found | None]]:
        kept = [cell.box for cells in best for cell in cells if cell is not None]
        if kept:
            left, top = min(b[0] for b in kept), min(b[1] for b in kept)
            width = max(b[0] + b[2] for b in kept) - left
            height = max(b[1] + b[3] for b in kept) - top
            self.region = (left, top, width, height)
        return best

    def _from(self, row: int, column: int, start: Found) -> list[list[Found | None]]:
        """Lay the lines from one cell whose place is given: its line, then the others below."""
        grid: list[list[Found | None]] = [[None] * len(line) for line in self.lines]
        grid[row] = self._line(row, column, start)
        heads = list(grid[row])
        low = self._lower(grid[row])
        for below in range(row + 1, len(self.lines)):
            grid[below] = self._below(below, heads, low)
            heads = [h or c for h, c in zip(heads, grid[below], strict=True)]
            low = self._lower(grid[below]) or low
        return grid

    def _line(self, row: int, column: int, start: Found) -> list[Found | None]:
        """The cells of a line beside one of them, from left to right or from right to left."""
        line = self.lines[row]
        for step in (1, -1):
            cells: list[Found | None] = [None] * len(line)
            cells[column] = start
            is_whole = True
            for way in (1, -1):
                last = start
                at = column + way
                while 0 <= at < len(line):
                    cells[at] = self._beside(line[at], last, start, way * step)
                    is_whole &= cells[at] is not None or not normal(line[at])
                    last = cells[at] or last
                    at += way
            if is_whole or step < 0:
                return cells
            first = cells
            if sum(c is not None for c in first) > 1:
                return first
        return [None] * len(line)

    def _beside(self, text: str, last: Found, start: Found, way: int) -> Found | None:
        """The nearest place of a text on the line of another, to the right of a third or left."""
        best, near = None, float("inf")
        for place in self.places.get(normal(text), ()):
            if place.start == last.start or place.start == start.start:
                continue
            if not self._on_line(place, start):
                continue
            far = way * (_middle(place.box, 0) - _middle(last.box, 0))
            if 0 < far < near:
                best, near = place, far
        return best

    def _below(
        self, row: int, heads: Sequence[Found | None], low: float | None
    ) -> list[Found | None]:
        """The cells of a line under what stands above them, all on one line of the page."""
        candidates = [
            (place, column)
            for column, text in enumerate(self.lines[row])
            for place in (self.places[normal(text)] if normal(text) else ())
            if low is None or _middle(place.box, 1) > low
            if heads[column] is None or self._in_column(place, heads[column])
        ]
        best: list[Found | None] = [None] * len(self.lines[row])
        most, height = 0, float("inf")
        for start, _ in candidates[:MOST_STARTS]:
            cells: list[Found | None] = [None] * len(self.lines[row])
            for place, column in candidates:
                if cells[column] is None and self._on_line(place, start):
                    cells[column] = place
            count = sum(cell is not None for cell in cells)
            if (count, -_middle(start.box, 1)) > (most, -height):
                best, most, height = cells, count, _middle(start.box, 1)
        return best

    def _lower(self, cells: Sequence[Found | None]) -> float | None:
        """Where the next line has to be below of: the middle of the lowest cell."""
        return max((_middle(cell.box, 1) for cell in cells if cell is not None), default=None)

    def _cell(self, place: Found) -> Box:
        """The box of the cell in which a text stands, where it is its own."""
        box = self.view.page.elements[place.first.block].box
        return box if place.is_whole and box[2] > 0 else place.box

    def _on_line(self, first: Found, second: Found) -> bool:
        one, two = first.box, second.box
        if shared(one[1], one[3], two[1], two[3]) >= ALIGNED:
            return True
        a, b = self._cell(first), self._cell(second)
        return self._is_cell(first) and shared(a[1], a[3], b[1], b[3]) >= 0.9

    def _is_cell(self, place: Found) -> bool:
        return self.view.page.elements[place.first.block].tag in ("td", "th")

    def _in_column(self, place: Found, head: Found | None) -> bool:
        if head is None:
            return False
        one, two = place.box, head.box
        if shared(one[0], one[2], two[0], two[2]) >= ALIGNED:
            return True
        a, b = self._cell(place), self._cell(head)
        return shared(a[0], a[2], b[0], b[2]) >= ALIGNED


def _middle(box: Box, side: int) -> float:
    return box[side] + box[side + 2] / 2
