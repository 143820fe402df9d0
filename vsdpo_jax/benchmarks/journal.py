"""Rows that are done, on the disk while others are still to come: OUT.part beside OUT.

The first line says what is scored and how; a row follows as it is finished, in no order. A line
that was cut off counts as not there. The whole result is written at the end, in the input's order.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.runtime.files import sync_folder, write_atomic


class JournalError(RuntimeError):
    """The result cannot be written there. The message says why and what to do."""


def digest_of(row: Row) -> str:
    """What a row's score depends on."""
    text = json.dumps([row.name, row.answer, row.reference])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Journal:
    """A context manager that holds the rows of one result file. One process at a time.

    Attributes:
      done: digest -> the finished row.
      is_resumed: whether there were any at the start.
    """

    def __init__(self, out: Path, header: Mapping[str, Any]) -> None:
        """Describe a journal; entering the context opens it.

        Args:
          out: the result file.
          header: what the rows depend on besides themselves, JSON-able.
        """
        self.done: dict[str, dict[str, Any]] = {}
        self.is_resumed = False
        self._out = out
        self._path = out.with_name(f"{out.name}.part")
        self._header = json.loads(json.dumps(dict(header)))

    def __enter__(self) -> Self:
        """Open it, and read what is there.

        Raises:
          JournalError: another process writes it, it belongs to other settings, or the result is
            there and whole.
          OSError: it cannot be written.
        """
        if self._out.is_dir():
            raise JournalError(f"{self._out} is a folder; name a file")
        if self._out.exists() and not self._path.exists():
            raise JournalError(
                f"{self._out} is there already, and whole; remove it or name another --out"
            )
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise
        return self

    def _open(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalError(
                f"{self._path}: another process is writing it; wait, or name another --out"
            ) from None
        self._file.seek(0)
        lines = self._file.read().split(b"\n")
        whole = lines[:-1]  # what stands after the last line end was cut off
        if not whole:
            self._file.truncate(0)
            self._append(self._header)
            sync_folder(self._path.parent)
            return
        self._file.truncate(sum(len(line) + 1 for line in whole))
        found = _parsed(whole[0])
        if found != self._header:
            raise JournalError(
                f"{self._path} holds rows that were scored otherwise "
                f"({_difference(found, self._header)}); give another --out, or remove it"
            )
        for line in whole[1:]:
            entry = _parsed(line)
            if isinstance(entry, dict) and isinstance(entry.get("row"), dict):
                self.done[str(entry.get("digest"))] = entry["row"]
        self.is_resumed = bool(self.done)

    def add(self, digest: str, row: Mapping[str, Any]) -> None:
        """Keep a finished row.

        Raises:
          OSError: the disk is full; what was kept before stays.
        """
        self._append({"digest": digest, "row": row})
        self.done[digest] = dict(row)

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()

    def finish(self, rows: list[dict[str, Any]], *, keep: bool) -> None:
        """Write the whole result.

        Args:
          rows: in the order of the input.
          keep: leave the journal, because some rows are to be tried again.

        Raises:
          OSError: it cannot be written.
        """
        write_atomic(self._out, "".join(json.dumps(row) + "\n" for row in rows))
        if not keep:
            self._path.unlink()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _difference(before: Any, now: Mapping[str, Any]) -> str:
    if not isinstance(before, dict):
        return "its first line is damaged"
    names = [name for name in now if before.get(name) != now[name]]
    return "; ".join(f"{name}: {before.get(name)!r} there, {now[name]!r} now" for name in names)
