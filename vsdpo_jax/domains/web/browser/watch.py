"""What a browser's processes use while a page is rendered, and its end when that is too much."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from vsdpo_jax.domains.web.browser.keeper import parent_of
from vsdpo_jax.sandbox import Limits

# A page takes about 2 GB a processor second of memory: what it gets between two looks is beyond its
# limit. A look costs 1.4 ms, a glance at the clocks of the processes .01.
_POLL_S, _LOOK_CPU_S, _LOOK_WALL_S = 0.04, 0.1, 0.25
_LOOK_AGAIN_S = 1.0  # process ids that are not ours may become so
_CPU_CLOCK = 2  # of a process: what clock_getcpuclockid(3) puts below the process id
_TICKS_S = 1.0 / os.sysconf("SC_CLK_TCK")
_MOST_READS = 5


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What processes use.

    Attributes:
      cpu_s: processor seconds, of those that have ended too.
      memory_bytes: private memory of all, and the largest share of shared memory.
    """

    cpu_s: float
    memory_bytes: int


class Family:
    """A process and all that it, and what it started, has started.

    Attributes:
      root: its process id.
    """

    def __init__(self, root: int, others: Iterable[int] = ()) -> None:
        """Describe a family.

        Args:
          root: process id; it adopts orphans, so that nobody leaves (keeper.py).
          others: further processes whose time is counted.
        """
        self.root = root
        self._others = tuple(others)
        self._members = {root}
        self._strangers: set[str] = set()
        self._forget_at = 0.0

    def members(self) -> list[int]:
        """Process ids that are alive or not yet reaped."""
        now = time.monotonic()
        if now >= self._forget_at:
            self._strangers.clear()
            self._forget_at = now + _LOOK_AGAIN_S
        known = {str(pid) for pid in self._members}
        alive = [name for name in os.listdir("/proc") if name.isdigit()]
        new = [name for name in alive if name not in known and name not in self._strangers]
        parents = {int(name): parent_of(int(name)) for name in new}
        self._members.intersection_update(map(int, alive))
        while joined := [pid for pid, parent in parents.items() if parent in self._members]:
            self._members.update(joined)
            for pid in joined:
                del parents[pid]
        self._strangers.update(map(str, parents))
        return list(self._members)

    def glance_s(self) -> float:
        """Processor seconds of those that were alive at the last ``members``."""
        total_s = 0.0
        for pid in self._members:
            with contextlib.suppress(OSError):
                total_s += time.clock_gettime((~pid << 3) | _CPU_CLOCK)
        return total_s

    def usage(self) -> Usage:
        """What all of them use now; of the others, the time alone."""
        cpu_s, private, shared = self._cpu_s(), 0, 0
        for pid in self._members:
            with contextlib.suppress(OSError, ValueError):
                own, common = _memory(pid)
                private += own
                shared = max(shared, common)
        return Usage(cpu_s=cpu_s, memory_bytes=private + shared)

    def _cpu_s(self) -> float:
        """Processor seconds of all and of those that they have reaped.

        The time of a process becomes its parent's when that reaps it. Halfway through a reading it
        would be missed or counted twice, and a process of the browser that has read many pages has
        used more than one page may: it is read again until nobody was reaped meanwhile.
        """
        total = 0
        for _ in range(_MOST_READS):
            pids = [*self.members(), *self._others]
            ticks = [_ticks(pid) for pid in pids]
            total = sum(map(sum, filter(None, ticks)))
            again = [_ticks(pid) for pid in pids]
            if [each and each[1] for each in ticks] == [each and each[1] for each in again]:
                break
        return total * _TICKS_S


def _ticks(pid: int) -> tuple[int, int] | None:
    """Processor time of a process, and of the children that it has reaped; None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def _memory(pid: int) -> tuple[int, int]:
    """Bytes of private memory and of memory that may be shared with another process."""
    private = shared = 0
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(b"RssAnon:"):
                private = int(line.split()[1]) << 10
            elif line.startswith(b"RssShmem:"):
                shared = int(line.split()[1]) << 10
                break
    return private, shared


class Watch:
    """A context manager that ends a browser when what is done within takes too much.

    Attributes:
      over: the limit that was met ("cpu", "wall" or "memory"), "" while there is none.
      cpu_s, wall_s: seconds so far; final when the context is left.
      memory_bytes: of the browser, at the last look.
    """

    def __init__(self, family: Family, limits: Limits) -> None:
        """Describe what is watched.

        Args:
          family: the browser's processes; its root ends them all when it is told to.
          limits: what one page may take: seconds and bytes on top of what the browser had.
        """
        self.over = ""
        self.cpu_s = self.wall_s = 0.0
        self.memory_bytes = 0
        self._family = family
        self._limits = limits
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="web-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._before = self._family.usage()
        self._glanced_s = -math.inf  # the first poll looks: with scripts a page has a new process
        self._started = self._looked = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
        if not self.over:
            self._look()

    def _poll(self) -> None:
        while not self._done.wait(_POLL_S):
            if not self._is_due():
                continue
            self._look()
            if self.over:
                end(self._family.root)
                return

    def _is_due(self) -> bool:
        """Whether enough was done since the last look: on a busy machine little is in 40 ms."""
        used_s = self._family.glance_s() - self._glanced_s
        return used_s >= _LOOK_CPU_S or time.monotonic() - self._looked >= _LOOK_WALL_S

    def _look(self) -> None:
        now = self._family.usage()
        self._glanced_s, self._looked = self._family.glance_s(), time.monotonic()
        self.memory_bytes = now.memory_bytes
        self.wall_s = self._looked - self._started
        self.cpu_s = max(self.cpu_s, now.cpu_s - self._before.cpu_s)
        if now.memory_bytes - self._before.memory_bytes > self._limits.memory_bytes:
            self.over = "memory"
        elif self.cpu_s > self._limits.cpu_s:
            self.over = "cpu"
        elif self.wall_s > self._limits.wall_s:
            self.over = "wall"


def end(keeper: int) -> None:
    """Have a keeper end its browser and itself. Returns at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(keeper, signal.SIGTERM)
