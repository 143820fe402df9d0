"""Instructions for presentations, without pictures: the prompts of AeSlides.

The published files could not be read when this was written, so that the columns are ours: an
object a line with ``id``, ``deck_id`` and ``prompt`` (docs/corpora.md).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from vsdpo_jax.data.corpora.base import Corpus, Draft, parquet_files
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.tables import JsonTable, ParquetTable, Row, Table

HELDOUT_PERCENT = 25
"""The paper trains on 5K of about 6.7K prompts and holds out whole decks; the list is not known."""
_COLUMNS = {"id": "text", "deck_id": "text", "prompt": "text"}
_GET = "put prompts.jsonl or *.parquet there, with id, deck_id and prompt (docs/corpora.md)"


def is_held_out(deck_id: str) -> bool:
    """Whether a deck is one of those that are never trained on: by its name alone, so that pages of
    a deck stay together and files may grow."""
    digest = hashlib.sha256(deck_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100 < HELDOUT_PERCENT


class _Decks:
    """The rows of a table that belong to a part."""

    def __init__(self, table: Table, part: str, folder: Path) -> None:
        self._table, self._part = table, part
        rows, decks = [], set()
        for row in range(int(table.unit_sizes_U.sum())):
            try:
                deck = table.read(row)["deck_id"]
            except BadRow:
                deck = None
            # A row that cannot be read is counted among those of training.
            is_ours = (isinstance(deck, str) and is_held_out(deck)) == (part == "heldout")
            if is_ours:
                rows.append(row)
                decks.add(deck)
        if not rows:
            raise CorpusError(
                f"{folder}: no deck of part {part!r} there; decks are dealt by name, a quarter of "
                'them to "heldout", so a few may all be on one side: add decks'
            )
        self._rows = np.array(rows)
        self.unit_sizes_U = np.ones(len(rows), np.int64)
        self.fingerprint = f"{table.fingerprint}-{part}"

    def read(self, row: int) -> Row:
        return self._table.read(int(self._rows[row]))


def _find(folder: Path, part: str) -> Table:
    lines = sorted(folder.glob("*.jsonl")) + sorted(folder.glob("*.json"))
    files = parquet_files(folder, "*.parquet") or parquet_files(folder, "data/*.parquet")
    if len(lines) > 1:
        names = ", ".join(path.name for path in lines)
        raise CorpusError(f"{folder}: which of {names}? Leave one there")
    if lines:
        return _Decks(JsonTable(lines[0], ("deck_id", "prompt")), part, folder)
    if files:
        return _Decks(ParquetTable(files, _COLUMNS), part, folder)
    raise CorpusError(f"{folder}: no prompts; {_GET}")


def _draft(number: int, row: Row) -> Draft:
    if not isinstance(row["prompt"], str):
        raise BadRow("prompt is no text", type(row["prompt"]).__name__)
    return Draft(row_id=str(row.get("id") or number), brief=row["prompt"])


AESLIDES = Corpus(
    name="aeslides",
    parts=("train", "heldout"),
    language="Python",
    find=_find,
    draft=_draft,
    is_disjoint=True,
    get=_GET,
)
