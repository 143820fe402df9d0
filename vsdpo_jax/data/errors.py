"""What is wrong with a source of tasks, for people to mend."""

from __future__ import annotations


class TaskFileError(ValueError):
    """A task file cannot be used. The message names the file, the line and the remedy."""


class CorpusError(TaskFileError):
    """A corpus cannot be used. The message names what was looked for, where, and the remedy."""


class BadRow(Exception):
    """A row of a corpus is no task; another one is taken in its place.

    Attributes:
      kind: why, in words that are the same for all such rows, so that they can be counted.
      detail: the same about this row.
    """

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind} ({detail})" if detail else kind)
        self.kind = kind
        self.detail = detail
