"""Who works in a folder of a bucket: an object that its owner writes again every few seconds.

Each writing depends on the generation that the owner saw last, so that of two processes one loses.
No clock is compared with another's: whoever waits looks whether the generation changes while a time
of its own passes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import time

from vsdpo_jax.runtime.bucket import Bucket, BucketError

NAME = "lock.json"
BEAT_S = 10.0
"""How often the owner writes."""
STALE_S = 60.0
"""An owner that has not written for so long is dead, and its lock is taken over."""


class BucketLock:
    """Held from its making until ``release``, or until somebody takes it over.

    Args:
      bucket: the folder.
      session: of the owner, a name of its own.

    Raises:
      BucketError: another run works there; or the folder cannot be written.
    """

    def __init__(self, bucket: Bucket, session: str):
        self._bucket, self._session = bucket, session
        self._beats = 0
        self._mutex = threading.Lock()
        self._closing = threading.Event()
        self._is_lost = False
        self._generation = self._acquire()
        threading.Thread(target=self._beat, name="bucket lock", daemon=True).start()

    def check(self) -> None:
        """Write it again; nothing happens where it was let go.

        Raises:
          BucketError: somebody has taken it over, or the bucket cannot be reached.
        """
        with self._mutex:
            if self._closing.is_set():
                return
            if not self._is_lost:
                found = self._bucket.swap(NAME, self._record(), self._generation)
                self._is_lost = found is None
                self._generation = found or self._generation
        if self._is_lost:
            raise BucketError(
                f"{self._bucket.url}: another process took this run over, because this one had not "
                f"written for {STALE_S:g} s; {self._owner()} goes on with it"
            )

    def release(self) -> None:
        """Let go; nothing happens where it is lost or let go already, or cannot be taken away."""
        with self._mutex, contextlib.suppress(BucketError):
            if self._closing.is_set():
                return
            self._closing.set()
            if not self._is_lost:
                self._bucket.swap(NAME, None, self._generation)

    def _acquire(self) -> bytes:
        content, seen = self._bucket.read_version(NAME)
        while True:
            if content is not None:
                content, seen = self._wait(content, seen)
            mine = self._bucket.swap(NAME, self._record(), seen)
            if mine is not None:
                return mine
            content, seen = self._bucket.read_version(NAME)  # somebody was quicker

    def _wait(self, content: bytes, seen: bytes) -> tuple[bytes | None, bytes]:
        """Until the owner's lock has gone, or has been as it is for STALE_S.

        One that is at work is waited for a little longer: it may be about to end, saving what it
        did after SIGTERM.
        """
        sys.stderr.write(
            f"{self._bucket.url} is held by {_described(content)}; whether it still works is seen "
            f"within {1.5 * STALE_S:g} s\n"
        )
        end = time.monotonic() + 1.5 * STALE_S
        since = time.monotonic()
        while time.monotonic() - since < STALE_S:
            time.sleep(min(1.0, STALE_S / 10))
            now, generation = self._bucket.read_version(NAME)
            if now is None:
                return None, generation
            if generation != seen:
                content, seen, since = now, generation, time.monotonic()
            if time.monotonic() > end:
                raise BucketError(
                    f"workdir {self._bucket.url}: another run is working there "
                    f"({_described(content)}); wait for it, end it, or give another --workdir"
                )
        return content, seen

    def _beat(self) -> None:
        while not self._closing.wait(BEAT_S):
            try:
                self.check()
            except BucketError as error:
                if self._is_lost:  # the next save says it, too, and ends the run
                    sys.stderr.write(f"error: {error}\n")
                    return

    def _record(self) -> bytes:
        self._beats += 1
        record = {
            "session": self._session, "host": socket.gethostname(), "process": os.getpid(),
            "beat": self._beats,
        }  # fmt: skip
        return json.dumps(record).encode()

    def _owner(self) -> str:
        content = self._bucket.read(NAME)
        return "nobody" if content is None else _described(content)


def _described(content: bytes) -> str:
    try:
        record = json.loads(content)
        return f"process {int(record['process'])} of {record['host']}"
    except (ValueError, KeyError, TypeError):
        return f"somebody who wrote {content[:80]!r}"
