"""A benchmark as a corpus holds it: all of its examples, by name, none left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vsdpo_jax.data.corpora import Reader, parse
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.pictures import Spool
from vsdpo_jax.records import Task


class Examples:
    """The examples of one part of a corpus.

    Args:
      spec: ``name:part``.
      root: the folder with the folders of corpora.
      domain: of the tasks.

    Attributes:
      spec: of the part, in full.
      language: of its programs.
      references: id -> program; None: the corpus has none. In the corpus's order.

    Raises:
      CorpusError: it is not there, or a row of it cannot be read: a benchmark is whole or is none.
    """

    def __init__(self, spec: str, root: str, domain: str = "") -> None:
        parts = parse(spec)
        if len(parts) > 1:
            raise CorpusError(f"{spec!r} names several parts; a benchmark is one")
        self._reader = Reader(*parts[0], root, domain)
        self._spool = Spool(keep=None)
        self.spec, self.language = self._reader.name, parts[0][0].language
        self.references: dict[str, str | None] = {}
        self._rows: dict[str, int] = {}
        for row in range(self._reader.num_rows):
            try:
                values = self._reader.table.read(row)
                draft = self._reader.corpus.draft(row, values)
            except BadRow as error:
                raise CorpusError(
                    f"{self.spec} row {row}: {error}; a benchmark is scored whole: get it again"
                ) from None
            if draft.row_id in self._rows:
                raise CorpusError(f"{self.spec} row {row}: the id {draft.row_id!r} occurs twice")
            self._rows[draft.row_id] = row
            # What is no target of training (styles from the network) is scored all the same.
            whole = values.get("code", values.get("text"))
            self.references[draft.row_id] = draft.reference or whole

    def task(self, name: str) -> Task:
        """An example as a task, its picture checked.

        Raises:
          BadRow: it is no task.
        """
        return self._reader.task(self._rows[name], self._spool)


def find_root(specs: Sequence[str], folder: Path) -> str | None:
    """The root of corpora that a folder means: itself, or the one around it; None: neither."""
    names = {corpus.name for spec in specs for corpus, _ in parse(spec)}
    if any((folder / name).is_dir() for name in names):
        return str(folder)
    return str(folder.absolute().parent) if folder.absolute().name in names else None
