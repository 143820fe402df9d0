"""Asked tables, read by geometry: a cell stands beside its row's and below its column's others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsdpo_jax.domains.boxes import area, shared, union
from vsdpo_jax.domains.ledger import HALF
from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.content.legible import is_legible, why_not
from vsdpo_jax.domains.slide.judge.content.reading import Reader, bare
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

ALIGNED = 0.5
"""Share of the shorter of two cells, along an axis, that must lie beside the other."""


class _Cell:
    """A readable text, or the paragraphs of a cell, where something of a table may stand."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.texts = texts
        self.words = bare(" ".join(text.text for text in texts))
        own = texts[0].room if texts[0].cell is not None or len(texts) == 1 else None
        lines = union(line.box for text in texts for line in text.lines)
        self.box: Box = own if own and area(own) > 0 else lines or texts[0].room


def check_table(reader: Reader, number: int, table: Mapping[str, Any]) -> None:
    """One asked table; ``number`` counts from 1 and names it."""
    columns, rows = list(table.get("columns") or []), [list(row) for row in table["rows"]]
    lines = ([columns] if any(map(normal, columns)) else []) + rows
    grid = _best_grid(reader, lines)
    name = f"table {number}"
    right = total = 0
    for line, cells in zip(lines, grid, strict=True):
        for column, text in enumerate(line):
            if not normal(text):
                continue
            total += 1
            cell = cells[column]
            if cell is None:
                _complain(reader, name, text, grid, lines.index(line), column)
                continue
            right += 1
            reader.ledger.ok()
            for part in cell.texts:
                reader.used.setdefault(part.index, []).append(normal(text))
    if right < HALF * total:
        reader.ledger.unjudged(f"{name} misplaced")


def _cells_of(reader: Reader) -> list[list[_Cell]]:
    """Readable cells of each table, then the texts of all frames."""
    tables: dict[int, dict[tuple[int, int], list[Text]]] = {}
    for text in reader.legible:
        if text.cell is not None:
            tables.setdefault(text.shape, {}).setdefault(text.cell, []).append(text)
    groups = [[_Cell(texts) for texts in cells.values()] for cells in tables.values()]
    frames = [text for text in reader.legible if text.source == "frame"]
    return [*groups, [_Cell([text]) for text in frames]]


def _best_grid(reader: Reader, lines: Sequence[Sequence[str]]) -> list[list[_Cell | None]]:
    """The reading in which most cells stand in their row and column."""
    best: list[list[_Cell | None]] = [[None] * len(line) for line in lines]
    most = 0
    for cells in _cells_of(reader):
        by_words: dict[str, list[_Cell]] = {}
        for cell in cells:
            by_words.setdefault(cell.words, []).append(cell)
        starts = {
            (column, id(cell)): cell
            for line in lines[:2]
            for column, text in enumerate(line)
            for cell in by_words.get(bare(text), ())
        }
        for start in starts.values():
            grid = _grid(lines, by_words, start)
            count = sum(cell is not None for row in grid for cell in row)
            if count > most:
                best, most = grid, count
    return best


def _grid(
    lines: Sequence[Sequence[str]], by_words: Mapping[str, Sequence[_Cell]], start: _Cell
) -> list[list[_Cell | None]]:
    """Lay the lines over the cells, from the line of one cell downwards."""
    grid: list[list[_Cell | None]] = []
    heads: list[_Cell | None] = []
    low = start.box[1] - 1.0
    for line in lines:
        row = _row(line, by_words, heads, low, start if not heads else None)
        grid.append(row)
        heads = [head or cell for head, cell in zip(heads or [None] * len(line), row, strict=True)]
        found = [cell.box[1] + cell.box[3] / 2 for cell in row if cell is not None]
        low = max([low, *found])
    return grid


def _row(
    line: Sequence[str],
    by_words: Mapping[str, Sequence[_Cell]],
    heads: Sequence[_Cell | None],
    low: float,
    start: _Cell | None,
) -> list[_Cell | None]:
    """The cells of a line that stand beside each other, below what was read before."""
    options = [
        [
            cell
            for cell in by_words.get(bare(text), ())
            if cell.box[1] + cell.box[3] / 2 > low
            and (not heads or heads[column] is None or _is_below(cell, heads[column]))
        ]
        if normal(text)
        else []
        for column, text in enumerate(line)
    ]
    starts = [start] if start is not None else [cell for cells in options for cell in cells]
    best: list[_Cell | None] = [None] * len(line)
    key = (0, 0.0)
    for first in starts:
        row: list[_Cell | None] = []
        right = -1e9
        for cells in options:
            beside = [c for c in cells if _is_beside(c, first) and c.box[0] > right]
            cell = min(beside, key=lambda c: c.box[0], default=None)
            right = cell.box[0] if cell is not None else right
            row.append(cell)
        trial = (sum(cell is not None for cell in row), -first.box[1])
        if trial > key or not any(best):
            best, key = row, trial
    return best


def _is_beside(cell: _Cell, other: _Cell) -> bool:
    return shared(cell.box[1], cell.box[3], other.box[1], other.box[3]) >= ALIGNED


def _is_below(cell: _Cell, head: _Cell | None) -> bool:
    return head is not None and (
        shared(cell.box[0], cell.box[2], head.box[0], head.box[2]) >= ALIGNED
    )


def _complain(
    reader: Reader,
    name: str,
    text: str,
    grid: Sequence[Sequence[_Cell | None]],
    row: int,
    column: int,
) -> None:
    """A cell that does not stand where it should: elsewhere, another in its place, or nowhere."""
    wanted = bare(text)
    view = reader.view
    elsewhere = [t for t in reader.legible if t.source in ("cell", "frame")]
    own = next((t for t in elsewhere if bare(t.text) == wanted), None)
    beside = next((cell for cell in grid[row] if cell is not None), None)
    above = next((line[column] for line in grid if line[column] is not None), None)
    instead = None
    if beside is not None and above is not None:
        crossing = (_Cell([t]) for t in elsewhere)
        instead = next((c for c in crossing if _is_beside(c, beside) and _is_below(c, above)), None)
    if own is not None:
        reader.used.setdefault(own.index, []).append(normal(text))
        reader.ledger.wrong(
            "cell_misplaced",
            f"{name} cell {quoted(text)} misplaced",
            view.extent(own),
            f"{name}: {quoted(text)} does not stand in its row and column",
            reader.span(own, "text"),
        )
        return
    if instead is not None:
        said = instead.texts[0]
        reader.used.setdefault(said.index, []).append(normal(said.text))
        reader.ledger.wrong(
            "cell_wrong",
            f"{name} cell {quoted(text)} wrong",
            view.extent(said),
            f"{name}: {quoted(said.text)} stands where {quoted(text)} should",
            reader.span(said, "text"),
        )
        return
    hidden = [t for t in view.slide.texts if not is_legible(view, t) and bare(t.text) == wanted]
    note = f"{name} cell {quoted(text)} missing"
    if hidden:
        message = f"{name}: {quoted(text)} cannot be read: {why_not(view, hidden[0])}"
        region, span = view.shape_of(hidden[0]).box, reader.span(hidden[0])
        reader.ledger.missing("cell_unseen", note, region, message, span=span)
        return
    message = f"{name}: {quoted(text)} can be seen nowhere on the slide"
    tables = [s for s in view.slide.shapes if s.kind == "table"]
    region = tables[0].box if tables else view.whole
    call = view.first_of(tables[0], []) if tables else None
    span = view.guilty(call) or reader.slide_span
    reader.ledger.missing("cell_missing", note, region, message, span=span)
