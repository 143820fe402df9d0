"""A run's folder: one run owns it, one process at a time writes to it.

config.json   the resolved settings; what the folder belongs to
sessions.jsonl  one line for every start: when, where, run id and commit
metrics.jsonl, episodes/, eval/, checkpoints/, summary.json, report.html
tensorboard/, trackers.json  what trackers show, and under which names they know the run
elapsed.json  wall seconds over all sessions of the run
judge.json    what a judge behind an endpoint was asked and cost, likewise
.lock         held while a process works here; the kernel frees it when the process dies
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from vsdpo_jax.runtime.files import read_json, write_atomic
from vsdpo_jax.runtime.metrics import read_metrics

_OF_THE_MACHINE = (
    "distributed", "trackers", "mesh", "sandbox.num_workers", "train.num_microbatches",
    "train.stop_within_s", "train.keep_checkpoints", "train.keep_best", "train.checkpoint_every",
    "train.async_checkpoints",
    "judge.key_variable", "judge.in_flight", "judge.requests_per_minute", "judge.tokens_per_minute",
    "judge.timeout_s", "judge.cache", "judge.question_price", "judge.answer_price", "judge.budget",
)  # fmt: skip
"""Settings with which the same run goes on elsewhere: they change where and how, not what."""

_OURS = ("checkpoints", "metrics.jsonl", "episodes", "eval", "summary.json")


_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "its owner's quota is used up",
    errno.EFBIG: "a file would be larger than this process may write (ulimit -f)",
}
SESSIONS = "sessions.jsonl"
_SCANT_BYTES = 16 << 20


class WorkdirError(RuntimeError):
    """A workdir cannot be used. The message says why and what to do."""


class DiskFullError(WorkdirError):
    """There is no room to write.

    Args:
      folder: where.
      number: errno, one for which ``is_full``.
      purpose: what the room was for.
    """

    def __init__(self, folder: Path, number: int | None, purpose: str = ""):
        there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
        free = shutil.disk_usage(there).free >> 20
        super().__init__(
            f"{folder}: {_FULL.get(number or 0, 'no room')}{purpose and ' '}{purpose} ({free} MiB "
            "are free there); make room, and the same command goes on from the last checkpoint"
        )


def is_full(number: int | None) -> bool:
    """Whether an errno says that there is no room."""
    return number in _FULL


@contextlib.contextmanager
def full_disk_is_said(workdir: Path) -> Iterator[None]:
    """Within this, a full disk is a DiskFullError that names the folder without room."""
    try:
        yield
    except OSError as error:
        if not is_full(error.errno):
            raise
        # A write does not say where it went: into the run's folder, or into that for passing files.
        temporary = Path(tempfile.gettempdir())
        free = {folder: shutil.disk_usage(folder).free
                for folder in (workdir, temporary) if folder.is_dir()}  # fmt: skip
        scant = [folder for folder in free if free[folder] < _SCANT_BYTES]
        raise DiskFullError(next(iter(scant), workdir), error.errno) from error


class Workdir:
    """A claimed folder; a context manager that lets go of it, and of a claim that came to nothing.

    Attributes:
      path: the folder.
      is_resumed: whether the same run was here before.
      changes: settings of the machine that were others then, "mesh.fsdp: 1 there, 2 now".
    """

    def __init__(self, path: Path, is_resumed: bool, lock: IO[str], changes: Sequence[str] = ()):
        self.path = path
        self.is_resumed = is_resumed
        self.changes = tuple(changes)
        self._lock = lock
        self._claimed_at = time.monotonic()
        self._seconds_before = _read_elapsed(path)

    def add_seconds(self, seconds: float) -> float:
        """Wall seconds of the whole run: all sessions before this one, plus ``seconds``."""
        return self._seconds_before + seconds

    def note_session(self, record: Mapping[str, Any]) -> str:
        """Append a line to sessions.jsonl; what was written."""
        line = json.dumps(dict(record))
        with (self.path / SESSIONS).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
        return line

    def release(self) -> None:
        """Note the time spent and let go. A second call does nothing."""
        if self._lock.closed:
            return
        try:
            total = self.add_seconds(time.monotonic() - self._claimed_at)
            write_atomic(self.path / "elapsed.json", json.dumps({"seconds": total}) + "\n")
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_empty = not any((self.path / name).exists() for name in _OURS)
        if error is not None and not self.is_resumed and is_empty:
            # A run that was refused leaves the folder to the next, whose settings are mended.
            for name in ("config.json", SESSIONS):
                (self.path / name).unlink(missing_ok=True)
        # What ended the run is what to say, not that the time could not be noted either.
        with contextlib.nullcontext() if error is None else contextlib.suppress(OSError):
            self.release()


def claim_workdir(workdir: Path, resolved_config: Mapping[str, Any]) -> Workdir:
    """Take ``workdir`` for a run with these settings; make it when missing.

    A folder without config.json becomes this run's, unless it holds results: nothing says whose
    they are. A folder with config.json is resumed when every leaf is the same.

    Args:
      workdir: the folder.
      resolved_config: every setting, JSON-able.

    Raises:
      WorkdirError: it cannot be written, another process works in it, or it belongs to another run.
      DamagedFileError: its metrics.jsonl holds something else.
      TypeError: a setting is not JSON-able.
    """
    config = _as_json(resolved_config)
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        lock = _lock(workdir)
    except OSError as error:
        raise _unwritable(workdir, error) from error
    try:
        changes = _check_owner(workdir, config)
        if changes is None or changes:
            write_atomic(workdir / "config.json", json.dumps(config, indent=2) + "\n")
        read_metrics(workdir / "metrics.jsonl")  # rows that cannot be kept are said now
        return Workdir(workdir, changes is not None, lock, changes or ())
    except OSError as error:
        lock.close()
        raise _unwritable(workdir, error) from error
    except BaseException:
        lock.close()
        raise


def _unwritable(workdir: Path, error: OSError) -> WorkdirError:
    if is_full(error.errno):
        return DiskFullError(workdir, error.errno)
    return WorkdirError(
        f"workdir {workdir}: cannot write there ({error.strerror}); give another --workdir"
    )


def _lock(workdir: Path) -> IO[str]:
    """Hold the lock of a folder by flock: the kernel releases it with the process, so that no dead
    process keeps a folder and no number of a dead process is mistaken for a living one."""
    file = (workdir / ".lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise WorkdirError(
            f"workdir {workdir}: another run is working there (process {owner}); wait for it, end "
            "it, or give another --workdir"
        ) from error
    except OSError:
        file.close()
        raise
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _check_owner(workdir: Path, config: dict[str, Any]) -> list[str] | None:
    """What has changed since this run was here, None where it was not; WorkdirError when another
    one was."""
    path = workdir / "config.json"
    if not path.exists():
        found = [name for name in _OURS if (workdir / name).exists()]
        if found:
            raise WorkdirError(
                f"workdir {workdir}: holds {', '.join(found)} but no config.json, so nobody knows "
                "which run they belong to; give another --workdir, or delete them"
            )
        return None
    try:
        before = read_json(path)
    except ValueError as error:
        raise WorkdirError(f"workdir {workdir}: {error}") from error
    lines = list(_differences(before, config, ""))
    differences = [f"config.{line}" for line in lines if not _is_of_machine(line)]
    if differences:
        raise WorkdirError(
            f"workdir {workdir} belongs to a run with other settings:\n  "
            + "\n  ".join(differences)
            + "\nGive another --workdir, undo the change to go on with that run, or delete the "
            "folder to start over."
        )
    return lines


def _is_of_machine(line: str) -> bool:
    leaf = line.split(":")[0]
    return any(leaf == name or leaf.startswith(f"{name}.") for name in _OF_THE_MACHINE)


def _differences(before: Any, now: Any, name: str) -> Iterator[str]:
    """One line for each leaf that differs."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            leaf = f"{name}.{key}" if name else key
            if key not in now:
                yield f"{leaf}: {json.dumps(before[key])} there, gone now"
            elif key not in before:
                yield f"{leaf}: not there, {json.dumps(now[key])} now"
            else:
                yield from _differences(before[key], now[key], leaf)
    elif json.dumps(before) != json.dumps(now):
        yield f"{name}: {json.dumps(before)} there, {json.dumps(now)} now"


def _as_json(config: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(dict(config)))
    except TypeError as error:
        raise TypeError(f"resolved_config: a setting cannot be written as JSON: {error}") from error


def _read_elapsed(workdir: Path) -> float:
    path = workdir / "elapsed.json"
    if not path.exists():
        return 0.0
    try:
        return float(read_json(path)["seconds"])
    except (ValueError, KeyError, TypeError) as error:
        raise WorkdirError(f"workdir {workdir}: elapsed.json is damaged; delete it") from error
