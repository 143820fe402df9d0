"""What a running child prints and uses, seen from outside."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass

from vsdpo_jax.sandbox import folder, protocol
from vsdpo_jax.sandbox.limits import Limits

# A program writes 2 to 5 GB/s to a page cache and starts 30 threads a millisecond; what it takes
# between two looks is what it gets beyond its limits.
_POLL_S = 0.01
_HEAD_BYTES, _TAIL_BYTES = 4096, 12288
# Frame header, error and opening on top of the payload, with room to spare.
_RESULT_SLACK = 2 * protocol.ERROR_BYTES


class Tail:
    """Keeps the beginning and the end of a stream and counts the rest."""

    def __init__(self) -> None:
        self.total = 0
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self.total += len(data)
        room = max(0, _HEAD_BYTES - len(self._head))
        self._head += data[:room]
        self._tail += data[room:]
        del self._tail[:-_TAIL_BYTES]

    def text(self) -> str:
        """What was kept, undecodable bytes replaced."""
        left_out = self.total - len(self._head) - len(self._tail)
        middle = f"\n[... {left_out} bytes left out ...]\n".encode() if left_out else b""
        return bytes(self._head + middle + self._tail).decode("utf-8", "replace")


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a child ended, as seen from outside.

    Attributes:
      status: wait status.
      exceeded: the limit that it exceeded and was killed for if it still ran, "" otherwise.
        "result": the result pipe carried more than any frame can.
      result: everything that came through the result pipe.
      stdout, stderr: text that was printed.
      cpu_s, wall_s: seconds.
    """

    status: int
    exceeded: str
    result: bytes
    stdout: str
    stderr: str
    cpu_s: float
    wall_s: float


def threads(pid: int) -> int:
    """How many threads a process has; 0 when it is gone."""
    try:
        # One entry a thread; the number of links says it without listing them.
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except OSError:
        return 0


class Watch:
    """Reads the pipes of one child and compares what it uses with the limits.

    Attributes:
      over: the first limit that was exceeded, "" while there is none; see Exit.exceeded.
    """

    def __init__(self, limits: Limits, private: str, pipes: tuple[int, int, int]) -> None:
        """Start the clock.

        Args:
          limits: of the program.
          private: its folder.
          pipes: non-blocking read ends of stdout, stderr and result.
        """
        self._limits = limits
        self._private = private
        self._pipes = pipes
        self._open = set(pipes)
        self._tails = (Tail(), Tail())
        self._result = bytearray()
        self._started = time.monotonic()
        self._next_check = self._started + _POLL_S
        self.over = ""

    def wait(self, control: int, pid: int | None) -> bool:
        """Wait until something happens, take in what the pipes hold, check clock and disk.

        Args:
          control: file descriptor of the control socket.
          pid: of the child, when known.

        Returns:
          Whether the control socket has a message.
        """
        poll = select.poll()
        for fd in (control, *self._open):
            poll.register(fd, select.POLLIN)
        timeout_s = max(0.0, self._next_check - time.monotonic())
        ready = {fd for fd, _ in poll.poll(timeout_s * 1000)}
        # The result first: it holds the word that the program has started, and a flood of printed
        # text ends all reading.
        for fd in sorted(ready & self._open, key=lambda fd: fd != self._pipes[2]):
            if not self._drain(fd):
                self._open.discard(fd)
        if time.monotonic() >= self._next_check:
            self._check(pid)
        return control in ready

    def finish(self, status: int, cpu_s: float) -> Exit:
        """The child has ended: take in the rest."""
        wall_s = time.monotonic() - self._started
        for fd in self._open:
            self._drain(fd)
        self._check_disk(None)
        return Exit(
            status=status,
            exceeded=self.over,
            result=bytes(self._result),
            stdout=self._tails[0].text(),
            stderr=self._tails[1].text(),
            cpu_s=cpu_s,
            wall_s=wall_s,
        )

    def _drain(self, fd: int) -> bool:
        """Read what a pipe holds now. Returns False when there is no more to come or to take."""
        while not self.over:
            try:
                data = os.read(fd, 1 << 18)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._take(fd, data)
        return False

    def _take(self, fd: int, data: bytes) -> None:
        if fd == self._pipes[2]:
            self._result += data
            if len(self._result) > self._limits.payload_bytes + _RESULT_SLACK:
                self.over = "result"
            return
        self._tails[self._pipes.index(fd)].add(data)
        if sum(tail.total for tail in self._tails) > self._limits.output_bytes:
            self.over = "output"

    def _check(self, pid: int | None) -> None:
        if time.monotonic() - self._started > self._limits.wall_s:
            self.over = self.over or "wall"
        self._check_disk(pid)
        if pid is not None and threads(pid) > self._limits.max_threads:
            self.over = self.over or "processes"
        self._next_check = time.monotonic() + _POLL_S

    def _check_disk(self, pid: int | None) -> None:
        used, files = folder.usage(self._private, self._limits.max_files, pid)
        if used > self._limits.disk_bytes or files > self._limits.max_files:
            self.over = self.over or "disk"
