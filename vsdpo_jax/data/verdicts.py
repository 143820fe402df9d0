"""What a check of a whole corpus found, as a file beside it: one line a row that is left out.

    {"corpus": "name:part", "fingerprint": "...", "num_rows": 600, "test": ""}
    {"row": 17, "kind": "program does not parse", "detail": "..."}
    {"done": 256, "notes": {"takes pictures from the network, ...": 12}}

A check that was interrupted goes on after the last "done".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vsdpo_jax.data.corpora.base import Reader
from vsdpo_jax.data.errors import CorpusError

HEAD = ("corpus", "fingerprint", "num_rows", "test")


@dataclass(kw_only=True, slots=True)
class Verdicts:
    """The rows of a part that are left out.

    Attributes:
      head: of the file.
      rows: number -> kind.
      notes: what rows that are kept lack -> how many.
      done: rows that have been looked at, from the first.
      size: bytes of the file up to there.
    """

    head: dict[str, Any]
    rows: dict[int, str] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    done: int = 0
    size: int = 0


def verdict_path(reader: Reader, root: str) -> Path:
    """Where the file of a part lies."""
    return Path(root) / reader.corpus.name / f"checked-{reader.part}.jsonl"


def head_of(reader: Reader, test: str) -> dict[str, Any]:
    """The first line: what was checked, and by which test programs were run; "": none."""
    values = (reader.name, reader.table.fingerprint, reader.num_rows, test)
    return dict(zip(HEAD, values, strict=True))


def read_verdicts(path: Path) -> Verdicts:
    """The verdicts in a file, up to its last "done": what comes after is done again.

    Raises:
      CorpusError: the file is no such file.
    """
    found, size, pending = None, 0, {}
    try:
        with path.open("rb") as file:
            for line in file:
                size += len(line)
                if not line.endswith(b"\n"):
                    break  # an interrupted write
                value = json.loads(line)
                if found is None:
                    head = {key: value[key] for key in HEAD}
                    found = Verdicts(head=head, size=size)
                elif "done" in value:
                    found.rows |= pending
                    found.notes = value["notes"]
                    found.done, found.size, pending = value["done"], size, {}
                else:
                    pending[value["row"]] = value["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error!r}); delete it, check again") from None
    if found is None:
        raise CorpusError(f"{path}: is empty; delete it and check again")
    return found


def dropped_rows(reader: Reader, root: str) -> np.ndarray:
    """Numbers of the rows that a whole check of this very table left out.

    Raises:
      CorpusError: there was none, it was not finished, or of other files.
    """
    path = verdict_path(reader, root)
    again = f"python -m vsdpo_jax.corpus --corpus={reader.name} --root={root}"
    if not path.exists():
        raise CorpusError(
            f"config.data.checked = True: {path} is not there: check the corpus first, {again} "
            "--draw --domain=DOMAIN; or use False"
        )
    verdicts = read_verdicts(path)
    if verdicts.head["fingerprint"] != reader.table.fingerprint:
        raise CorpusError(f"{path}: is of other files than those there; delete it, then {again}")
    if verdicts.done < reader.num_rows:
        raise CorpusError(
            f"{path}: {verdicts.done} of {reader.num_rows} rows are checked; go on with {again}"
        )
    return np.array(sorted(verdicts.rows), np.int64)
