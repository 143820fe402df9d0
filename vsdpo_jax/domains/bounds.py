"""What judging one picture may use of the trusted worker: processor time and memory.

Counts and sizes of a payload are checked, and the work of painting is estimated before it is done;
what slips through, or is quadratic in some detector, is stopped here.
"""

from __future__ import annotations

import contextlib
import errno
import resource
import signal
from collections.abc import Iterator
from types import FrameType

JUDGE_S = 10.0
"""Processor seconds for one picture: decoding, painting and detectors together."""
JUDGE_BYTES = 3 << 30
"""Address space for one picture, on top of what the worker had when it started. The largest canvas
takes 64 MB as a picture, 128 MB as one array of floats."""
KILL_S = 5.0
"""Processor seconds later the process is killed: code of a C library does not come back to Python,
where exceptions are raised."""
_AGAIN_S = 0.5
MACHINE_ERRORS = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOSPC, errno.EDQUOT)
"""What no program can bring about: no descriptors, no disk, a broken one."""


class TakesTooLong(BaseException):
    """The processor time is used up. No Exception: libraries swallow those."""


def address_space() -> int:
    """Bytes of address space that this process uses."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def bounded(cpu_s: float, most_bytes: int) -> Iterator[None]:
    """Run the body under both limits. In the main thread only.

    Args:
      cpu_s: processor seconds of the whole process. When they are used up, TakesTooLong is raised
        in Python code, again and again; KILL_S later, SIGVTALRM ends the process.
      most_bytes: of address space; an allocation beyond it raises MemoryError.

    Raises:
      TakesTooLong, MemoryError: and the libraries may be left in any state.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise TakesTooLong

    before = resource.getrlimit(resource.RLIMIT_AS)
    hard = before[1]
    soft = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    signal.signal(signal.SIGPROF, stop)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s + KILL_S)
    signal.setitimer(signal.ITIMER_PROF, cpu_s, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        resource.setrlimit(resource.RLIMIT_AS, before)
