"""Answers on the disk: asked once, paid once."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from vsdpo_jax.endpoint.chat import Answer
from vsdpo_jax.runtime.files import write_shared


class Cache:
    """A folder with a file for each answer, named by the digest of its question. Several processes
    may share it.

    Args:
      folder: made when the first answer is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, digest: str) -> Answer | None:
        """The answer to a question; a damaged file is none."""
        try:
            found = json.loads(self._path(digest).read_text(encoding="utf-8"))
            usage = found["usage"]
            return Answer(**{**found, "usage": None if usage is None else tuple(usage)})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, digest: str, answer: Answer) -> None:
        """Keep an answer.

        Raises:
          OSError: it cannot be written.
        """
        content = json.dumps(dataclasses.asdict(answer)) + "\n"
        write_shared(self._path(digest), content.encode())

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.json"
