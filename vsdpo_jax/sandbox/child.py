"""The driver in the child: confine, run one program, report, leave. Standard library only.

Everything here shares its address space with the program. What it reports is therefore a claim;
see layers.py.
"""

from __future__ import annotations

import contextlib
import errno
import linecache
import mmap
import os
import random
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass
from types import ModuleType

from vsdpo_jax.sandbox import layers, protocol
from vsdpo_jax.sandbox.limits import Limits

STUDENT = "<student>"
"""File name of the program in traces; recorders compile it under this name."""

_SETUP_FAILED = 113
_MAX_FRAMES = 12
_DISK_FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT)
# Address space kept back, so that a program that used up its own can still be reported.
_RESERVE_BYTES = 64 << 20
_FIRST_FREE_FD = 4


@dataclass(frozen=True, kw_only=True)
class Job:
    """One program to run.

    Attributes:
      source: the program.
      nonce: opens the result stream.
      stdout, stderr, result: file descriptors.
      private: folder that becomes the working directory.
      server_pid: of the fork server.
      base_bytes: address space in use before the program runs.
    """

    source: str
    nonce: bytes
    stdout: int
    stderr: int
    result: int
    private: str
    server_pid: int
    base_bytes: int


def run(job: Job, recorder: ModuleType, limits: Limits, put_on: layers.Layers) -> None:
    """Never returns: ends the process. Called straight after fork, in the only thread."""
    code = _SETUP_FAILED
    try:
        result = _set_up(job, limits, put_on)
        code = 1
        reserve = mmap.mmap(-1, _RESERVE_BYTES)
        _write(result, protocol.ready(job.nonce))
        frame = _execute(job.source, recorder, limits, reserve)
        _flush()
        _write(result, protocol.encode_frame(frame))
        _write(result, frame.payload)
        code = 0
    except BaseException as error:
        with contextlib.suppress(BaseException):
            os.write(2, f"{type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(code)


def _set_up(job: Job, limits: Limits, put_on: layers.Layers) -> int:
    """Confine this process. Returns the file descriptor of the result pipe."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()
    layers.die_with_parent()
    if os.getppid() != job.server_pid:
        raise layers.LayerMissing("the fork server is gone")
    result = _arrange_fds(job, put_on.ruleset)
    os.chdir(job.private)
    os.umask(0o077)
    for name in ("HOME", "TMPDIR", "MPLCONFIGDIR"):
        os.environ[name] = job.private
    tempfile.tempdir = job.private
    _seed()
    layers.limit_resources(limits, job.base_bytes + _RESERVE_BYTES)
    put_on.put_on()
    if put_on.ruleset is not None:
        os.close(put_on.ruleset)
    return result


def _arrange_fds(job: Job, ruleset: int | None) -> int:
    """stdin, stdout, stderr, result on 0 to 3 (plus the ruleset); everything else closed."""
    keep = max(job.stdout, job.stderr, job.result, ruleset or 0, _FIRST_FREE_FD) + 1
    null = os.open(os.devnull, os.O_RDONLY)
    sources = (null, job.stdout, job.stderr, job.result)
    for offset, fd in enumerate(sources):  # first out of each other's way
        os.dup2(fd, keep + 10 + offset, inheritable=False)
    for target in range(len(sources)):
        os.dup2(keep + 10 + target, target, inheritable=target <= 2)
    if ruleset is None:
        os.closerange(_FIRST_FREE_FD, os.sysconf("SC_OPEN_MAX"))
    else:
        os.closerange(_FIRST_FREE_FD, ruleset)
        os.closerange(ruleset + 1, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = open(fd, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    return 3


def _seed() -> None:
    """The same program draws the same picture."""
    random.seed(0)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(0)


def _execute(
    source: str, recorder: ModuleType, limits: Limits, reserve: mmap.mmap
) -> protocol.Frame:
    linecache.cache[STUDENT] = (len(source), None, source.splitlines(keepends=True), STUDENT)
    try:
        payload = recorder.run(source)
    except MemoryError as error:
        reserve.close()
        return _out_of_memory(error)
    except recorder.NoArtifact as error:
        return protocol.Frame(status="no_artifact", error=str(error))
    except BaseException as error:
        return _failure(error)
    finally:
        if not reserve.closed:
            reserve.close()
    if not isinstance(payload, bytes):
        return protocol.Frame(status="tamper", error="the recorder returned something else")
    if len(payload) > limits.payload_bytes:
        text = f"the drawing takes {len(payload)} bytes; {limits.payload_bytes} are allowed"
        return protocol.Frame(status="limit", limit="payload", error=text)
    return protocol.Frame(status="ok", payload=payload)


def _out_of_memory(error: MemoryError) -> protocol.Frame:
    try:
        text = trace(error)
    except MemoryError:
        text = "MemoryError"
    return protocol.Frame(status="limit", limit="memory", error=text)


def _failure(error: BaseException) -> protocol.Frame:
    """A recorder's exception class may say ``sandbox_limit = name`` or ``sandbox_status``."""
    limit = getattr(type(error), "sandbox_limit", None)
    if isinstance(limit, str) and limit in protocol.LIMITS and limit:
        return protocol.Frame(status="limit", limit=limit, error=trace(error))
    if getattr(type(error), "sandbox_status", None) == "tamper":
        return protocol.Frame(status="tamper", error=trace(error))
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return protocol.Frame(status="limit", limit="memory", error=trace(error))
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return protocol.Frame(status="limit", limit="disk", error=trace(error))
    return protocol.Frame(status="program_error", error=trace(error))


def trace(error: BaseException) -> str:
    """The program's own frames and the exception, as an interpreter prints them; bounded."""
    stack = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in stack if frame.filename == STUDENT]
    left_out = len(frames) - _MAX_FRAMES
    half = _MAX_FRAMES // 2
    lines = ["Traceback (most recent call last):\n"] if frames else []
    if left_out > 0:
        lines += traceback.format_list(frames[:half])
        lines += [f"  ... {left_out} more ...\n", *traceback.format_list(frames[-half:])]
    else:
        lines += traceback.format_list(frames)
    if isinstance(error, SystemExit):
        last = f"SystemExit: {error.code!r}\n"
    else:
        last = "".join(traceback.format_exception_only(type(error), error))
    text = "".join(lines)
    room = protocol.ERROR_BYTES // 4  # an escaped character takes up to four bytes
    return (text[:room] + last[: 2 * room]).rstrip("\n")


def _flush() -> None:
    """Prints must not be lost in a buffer; the program may have closed or replaced the streams."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(BaseException):
            stream.flush()  # pyright: ignore[reportOptionalMemberAccess]


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
