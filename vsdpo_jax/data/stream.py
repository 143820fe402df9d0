"""Tasks drawn from corpora: one row after another, bad ones replaced and told.

A row that is no task (its picture does not decode, its program does not parse, its prompt is longer
than the settings allow) gives way to another one, which depends on seed and slot alone, like the
order itself: so a run can be resumed from its step, and what every host draws is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from vsdpo_jax.data.corpora import HUB, Reader, parse
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.order import Order
from vsdpo_jax.data.pictures import Spool
from vsdpo_jax.data.verdicts import dropped_rows
from vsdpo_jax.records import Task
from vsdpo_jax.runtime.streams import warn

MOST_ATTEMPTS = 64
_NAMED = 8  # rows that are named one by one; then a count at every power of ten

Fits = Callable[[Task], None]
"""Raises BadRow for a task that a run cannot use."""


class Ledger:
    """What was left out of a part, and what its tasks lack: counted, and told to people.

    Attributes:
      skipped: kind -> rows.
      rows: numbers of the rows that were left out.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.skipped: Counter[str] = Counter()
        self.rows: set[int] = set()
        self._told_notes = 0

    def skip(self, row: int, error: BadRow) -> None:
        """Count a row that is left out; one that is met again counts once."""
        if row in self.rows:
            return
        self.rows.add(row)
        self.skipped[error.kind] += 1
        count = len(self.rows)
        if count <= _NAMED:
            warn(f"{self._reader.name} row {row} is left out: {error}")
        elif _is_round(count):
            warn(f"{self._reader.name}: {count} rows left out so far ({_listed(self.skipped)})")

    def tell_notes(self) -> None:
        """Say how many tasks lack something, when there are ten times as many as last time."""
        count = sum(self._reader.notes.values())
        if count >= max(1, 10 * self._told_notes):
            self._told_notes = count
            warn(f"{self._reader.name}: so far {_listed(self._reader.notes)}")


def _is_round(count: int) -> bool:
    return str(count).strip("0") == "1"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} x {kind}" for kind, count in counts.most_common())


class Part:
    """The tasks of one part of a corpus, by slot.

    Args:
      reader: the opened part.
      seed, process_index, process_count: as for Order.
      fits: of the run.
      dropped: rows that are left out.
      spool: for pictures.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        seed: int,
        process_index: int,
        process_count: int,
        fits: Fits,
        dropped: np.ndarray | None,
        spool: Spool,
    ) -> None:
        self.reader, self.ledger = reader, Ledger(reader)
        self._fits, self._spool = fits, spool
        self.order = Order(
            reader.table.unit_sizes_U, seed=seed, process_index=process_index,
            process_count=process_count, dropped=dropped,
        )  # fmt: skip
        if not len(self.order.rows):
            raise CorpusError(
                f"{reader.name}: of {reader.num_rows} rows none is left for this host"
                f"{'' if dropped is None else f', {len(dropped)} having failed the check'}"
            )

    def task(self, slot: int) -> Task:
        """The task of a slot.

        Raises:
          CorpusError: row after row is no task.
        """
        for attempt in range(MOST_ATTEMPTS):
            row = self.order.spare(slot, attempt) if attempt else self.order.row(slot)
            task = self.read(row)
            if task is not None:
                return task
        raise CorpusError(
            f"{self.reader.name}: {MOST_ATTEMPTS} rows drawn one after another and none can be "
            f"used: {_listed(self.ledger.skipped)}. python -m vsdpo_jax.corpus "
            f"--corpus={self.reader.name} reads all rows and tells what each lacks"
        )

    def read(self, row: int) -> Task | None:
        """The task of a row; None where it cannot be used, which is counted."""
        try:
            task = self.reader.task(row, self._spool)
            self._fits(task)
        except BadRow as error:
            self.ledger.skip(row, error)
            return None
        self.ledger.tell_notes()
        return task


def open_parts(
    spec: str,
    *,
    domain: str,
    language: str,
    root: str,
    checked: bool = False,
    seed: int = 0,
    process_index: int = 0,
    process_count: int = 1,
    fits: Fits = lambda task: None,
    spool: Spool | None = None,
) -> list[Part]:
    """The parts that a setting names.

    Args:
      spec: ``name:part+name:part``.
      domain, language: of the programs.
      root: the folder with the folders of corpora, or HUB.
      checked: rows that the check found wanting are left out (vsdpo_jax.corpus).
      seed, process_index, process_count: as for Order.
      fits: of the run.
      spool: for pictures; None: a new one.

    Raises:
      CorpusError: an unknown name, another language, what is not there or is not the corpus.
    """
    spool, parts = spool or Spool(), []
    for corpus, part in parse(spec):
        if corpus.language != language:
            raise CorpusError(
                f"{corpus.name} holds programs in {corpus.language}, and those of domain "
                f"{domain!r} are in {language}: name another corpus, or set config.data.domain"
            )
        if part in corpus.caution:
            warn(f"{corpus.name}:{part}: {corpus.caution[part]}")
        reader = Reader(corpus, part, root, domain)
        if checked and root == HUB:
            raise CorpusError(
                'config.data.checked = True: what the check found lies beside the files, and "hub" '
                "has none; use False, or download the corpus"
            )
        dropped = dropped_rows(reader, root) if checked else None
        parts.append(
            Part(
                reader, seed=seed, process_index=process_index, process_count=process_count,
                fits=fits, dropped=dropped, spool=spool,
            )
        )  # fmt: skip
    return parts


def alternate(parts: Sequence[Part]) -> Callable[[int], Task]:
    """(slot) -> task, the parts in turn: each gives as many tasks as any other."""
    return lambda slot: parts[slot % len(parts)].task(slot // len(parts))


def first_tasks(parts: Sequence[Part], count: int) -> list[Task]:
    """The first tasks of each part in turn, every row once.

    Raises:
      CorpusError: there are not as many that can be used.
    """
    streams = [
        (task for slot in range(len(part.order.rows))
         if (task := part.read(part.order.row(slot))) is not None)
        for part in parts
    ]  # fmt: skip
    tasks: list[Task] = []
    while streams and len(tasks) < count:
        for stream in list(streams):
            task = next(stream, None)
            if task is None:
                streams.remove(stream)
            elif len(tasks) < count:
                tasks.append(task)
    if len(tasks) < count:
        lost = sum((part.ledger.skipped for part in parts), Counter())
        names = "+".join(part.reader.name for part in parts)
        raise CorpusError(
            f"config.data.num_heldout = {count}: {names} has {len(tasks)} tasks that can be used"
            + (f"; left out: {_listed(lost)}" if lost else "")
        )
    return tasks


def check_disjoint(train: str, heldout: str) -> None:
    """No row is trained on and held out.

    Raises:
      CorpusError: parts that may share rows.
    """
    for corpus, part in parse(train):
        for other, other_part in parse(heldout):
            if corpus is other and (part == other_part or not corpus.is_disjoint):
                raise CorpusError(
                    f"config.data.heldout = {heldout!r}: {other.name}:{other_part} shares rows "
                    f"with {corpus.name}:{part}, which is trained on; hold out another corpus"
                )
