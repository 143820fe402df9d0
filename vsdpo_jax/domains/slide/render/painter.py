"""A renderer that may hang or crash, in a process of its own that costs nothing but its deck."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from multiprocessing.connection import Connection
from types import TracebackType
from typing import IO, Any, Literal

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.wire import to_rows
from vsdpo_jax.domains.slide.render.server import Setup
from vsdpo_jax.sandbox import Limits, SandboxUnavailable, launch
from vsdpo_jax.sandbox.process import KEPT_MEMORY, ONE_THREAD

_LOGGER = logging.getLogger(__name__)
MOST_DECKS = 500
"""After so many decks the process is replaced, which takes half a second."""
MOST_BYTES = 512 << 20
"""Its memory after a deck from which it is replaced; it starts with 90 MB."""

_MODULE = "vsdpo_jax.domains.slide.render.server"
_START_S = 120.0
_STOP_S = 5.0
_ATTEMPTS = 2
_ENVIRONMENT = {
    **ONE_THREAD,
    **KEPT_MEMORY,
    # More than a worker keeps: pictures, and what the renderer makes them of.
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}

Status = Literal["program_error", "limit", "infra"]


class PaintFailed(Exception):
    """A deck could not be painted.

    Attributes:
      status: whose fault it is: "program_error", "limit" or "infra" (no deck can bring it about).
      limit: which one was met, for "limit".
      reason: one sentence.
    """

    def __init__(self, status: Status, limit: str | None, reason: str) -> None:
        super().__init__(reason)
        self.status: Status = status
        self.limit = limit
        self.reason = reason


class _Ended(Exception):
    """The process ended or was ended."""


class _Process:
    """The process as its owner sees it.

    Attributes:
      decks: that it has painted.
    """

    def __init__(self, setup: Setup) -> None:
        """Start it.

        Raises:
          _Ended: it does not start.
          SandboxUnavailable: what it renders with is not there.
        """
        self.decks = -1  # its first message says that it is ready
        self._folder = tempfile.TemporaryDirectory(prefix="vsdpo-slide-")
        setup = replace(setup, folder=self._folder.name)
        ours, theirs = socket.socketpair()
        self._connection = Connection(ours.detach())
        # Its last words tell a failed allocation from another crash.
        self._said: IO[bytes] = tempfile.TemporaryFile()
        try:
            with theirs:
                self._process = subprocess.Popen(
                    launch.command(None, _MODULE, str(theirs.fileno()), json.dumps(asdict(setup))),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._said,
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, **_ENVIRONMENT},
                    start_new_session=True,
                )
        except OSError as error:
            self._connection.close()
            self._tidy()
            raise _Ended(str(error)) from error
        answer = self.receive(_START_S)
        if answer is None:
            words = self.last_words()
            self.stop()
            raise _Ended(f"it does not start: {words}")
        if answer[0]["status"] != "ready":
            self.stop()
            raise SandboxUnavailable(answer[0]["reason"])

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, *pieces: bytes) -> None:
        """A request; that it has died is said by ``receive``."""
        with contextlib.suppress(OSError):
            self._connection.send_bytes(b"".join(pieces))

    def receive(self, within_s: float) -> tuple[dict[str, Any], bytes] | None:
        """Its answer; None when it has ended, and ended it is when it takes longer."""
        try:
            if self._connection.poll(within_s):
                head, _, payload = self._connection.recv_bytes().partition(b"\n")
                self.decks += 1
                return json.loads(head), payload
            self.end()
        except (EOFError, OSError, ValueError):
            self._finish()
        return None

    @property
    def ended_by(self) -> int:
        """The signal that ended it; 0: none."""
        code = self._process.returncode
        return -code if code is not None and code < 0 else 0

    def last_words(self) -> str:
        """The end of what it printed."""
        self._said.seek(0, os.SEEK_END)
        self._said.seek(max(self._said.tell() - 2_000, 0))
        return self._said.read().decode("utf-8", "replace").strip()

    def end(self) -> None:
        """Kill it with everything that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, politely at first."""
        self._connection.close()
        self._finish()
        self._tidy()

    def _tidy(self) -> None:
        self._said.close()
        self._folder.cleanup()

    def _finish(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self.end()


class Painter:
    """A context manager that renders decks, one after another, in a process of its own.

    Not thread-safe. A process that a deck ends, or that is ended for what a deck takes, is replaced
    when the next deck comes; so is one that has done its share.
    """

    def __init__(self, options: Mapping[str, Any], limits: Limits | None = None) -> None:
        """Describe a painter; the first deck starts its process, entering the context too.

        Args:
          options: of the domain: "renderer", "max_slides".
          limits: of every deck: processor seconds, seconds on the clock, bytes of memory and of
            the result.
        """
        self._limits = limits or Limits()
        self._setup = Setup(
            options=dict(options),
            cpu_s=float(self._limits.cpu_s),
            memory_bytes=self._limits.memory_bytes,
            folder="",
        )
        self._process: _Process | None = None

    def __enter__(self) -> Painter:
        """Start the process.

        Raises:
          PaintFailed: it does not start ("infra").
          SandboxUnavailable: what it renders with is not there.
        """
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next deck would start another."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    @property
    def pid(self) -> int | None:
        """Id of the process; None while there is none."""
        return self._process.pid if self._process is not None else None

    def paint(self, pptx: bytes, notes: Notes) -> bytes:
        """Render a deck and measure what is seen of it.

        Args:
          pptx: a file that has passed the checks of ``deck.archive``.
          notes: of the child.

        Returns:
          The encoded Deck.

        Raises:
          PaintFailed: it could not be painted. A process that ends on a deck without having met a
            limit is given a second chance.
        """
        failed = PaintFailed("infra", None, "not painted")
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(pptx, notes)
            except PaintFailed as error:
                failed = error
                if error.status == "program_error" and self._process is not None:
                    raise
                if error.status == "limit" and error.limit != "wall":
                    raise
        raise failed

    def _attempt(self, pptx: bytes, notes: Notes) -> bytes:
        try:
            process = self._start()
        except SandboxUnavailable as error:
            raise PaintFailed("infra", None, str(error)) from error
        told = json.dumps(to_rows(notes), separators=(",", ":")).encode()
        process.send(b"%010d" % len(told), told, pptx)
        answer = process.receive(self._limits.wall_s)
        if answer is None:
            failure = self._ended(process)
            self.close()
            raise failure
        head, payload = answer
        is_spent = process.decks > MOST_DECKS or head["memory"] > MOST_BYTES
        if is_spent or head["status"] in ("limit", "infra"):
            # What was stopped halfway may have left its libraries in any state.
            self.close()
        if head["status"] != "ok":
            limit = head.get("limit")
            raise PaintFailed(head["status"], limit, head["reason"] or self._met(limit))
        if len(payload) > self._limits.payload_bytes:
            raise PaintFailed("limit", "payload", self._met("payload"))
        return payload

    def _start(self) -> _Process:
        if self._process is None:
            try:
                self._process = _Process(self._setup)
            except _Ended as error:
                raise PaintFailed("infra", None, f"the renderer: {error}") from error
        return self._process

    def _ended(self, process: _Process) -> PaintFailed:
        """Why a process ended while it painted."""
        words = process.last_words()
        if process.ended_by == signal.SIGPROF:
            return PaintFailed("limit", "cpu", self._met("cpu"))
        if "memory allocation of" in words or "MemoryError" in words:
            return PaintFailed("limit", "memory", self._met("memory"))
        if process.ended_by == signal.SIGKILL:
            return PaintFailed("limit", "wall", self._met("wall"))
        _LOGGER.warning("the renderer ended on a deck (%d): %s", process.ended_by, words)
        return PaintFailed("program_error", None, "the renderer ended while it drew the deck")

    def _met(self, limit: str | None) -> str:
        allowed = {
            "cpu": f"{self._limits.cpu_s} s of processor time",
            "wall": f"{self._limits.wall_s:g} s on the clock",
            "memory": f"{self._limits.memory_bytes >> 20} MiB of memory",
            "payload": f"{self._limits.payload_bytes:,} bytes",
        }[limit or "memory"]
        return f"{limit} limit: rendering the deck takes more than {allowed}"
