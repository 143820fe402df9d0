"""A run's small files on this machine, kept in a bucket: all that a workdir has but checkpoints.

A run writes them here as on any disk. ``publish`` uploads what has changed, whole, before a
checkpoint is committed; a resumed session fetches all of it first. So the bucket has at least the
rows and episodes of the steps before its newest checkpoint, and what came after is made again.
"""

from __future__ import annotations

from pathlib import Path

from vsdpo_jax.runtime.bucket import Bucket
from vsdpo_jax.runtime.bucket_lock import NAME as LOCK

CHECKPOINTS, DATA = "checkpoints/", "data/"
"""Folders of the bucket that no spool holds: committed checkpoints, and the arrays of all."""
_LAST = (".jsonl", ".json", ".html")
"""Files that say that others are whole: they go up after these, and are taken away before."""


class Spool:
    """A folder here and one in a bucket.

    Args:
      folder: here; empty.
      bucket: there.
    """

    def __init__(self, folder: Path, bucket: Bucket):
        self.folder, self._bucket = folder, bucket
        self._sent: dict[str, tuple[int, int]] = {}

    def fetch(self) -> None:
        """Download everything."""
        names = [
            name
            for name in self._bucket.find()
            if not name.startswith((CHECKPOINTS, DATA)) and name != LOCK
        ]
        for name, content in self._bucket.read_all(names):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._sent = self._files()

    def publish(self) -> None:
        """Upload what is new or changed, and take away there what has gone here.

        Raises:
          BucketError: it cannot be written; the next call tries all again.
        """
        files = self._files()
        changed = [name for name, version in files.items() if self._sent.get(name) != version]
        gone = [name for name in self._sent if name not in files]
        for is_last in (True, False):
            self._bucket.delete(name for name in gone if name.endswith(_LAST) is is_last)
        for is_last in (False, True):
            self._bucket.write({
                name: self.folder / name for name in changed if name.endswith(_LAST) is is_last
            })  # fmt: skip
        self._sent = files

    def _files(self) -> dict[str, tuple[int, int]]:
        """Name -> what changes when a file is written."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                state = path.stat()
                found[name.as_posix()] = state.st_mtime_ns, state.st_size
        return found
