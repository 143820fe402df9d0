"""Checkpoints of a run: the train state, written by Orbax and kept under its step.

    checkpoints/6/default/...   the state
                  score.json    reward since the checkpoint before, for train.keep_best
                  SHA256SUMS    digests of all its files; ``sha256sum --check`` reads it too
                6.damaged/      one that a later session could not use

A checkpoint is whole or absent: it is written beside its place, put on the disk, then renamed. Most
of what can happen to it afterwards Orbax does not notice (a flipped byte among the weights) or ends
in an exception of any type, so that every file is compared with its digest before it is read.

Saving has two parts. ``saving`` copies the arrays to the host and begins to write; files and their
digests are made in threads, beside the next updates; what makes them a checkpoint is done by the
thread that updates, in its order. Until then the one before is the newest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jax

from vsdpo_jax.runtime import orbax_files
from vsdpo_jax.runtime.files import sync_folder
from vsdpo_jax.runtime.hosts import ALONE, Hosts
from vsdpo_jax.runtime.streams import warn
from vsdpo_jax.runtime.workdir import DiskFullError, Workdir, WorkdirError, claim_workdir, is_full

__all__ = ["Workdir", "WorkdirError", "check", "claim_workdir", "latest_step", "restore", "save",
           "saving"]  # fmt: skip

STATE, SUMS, SCORE = "default", "SHA256SUMS", "score.json"
_HEADER = re.compile(r"# step (\d+), (\d+) files")
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_OS_ERROR = re.compile(r"os_error_code='(\d+)'")


class DamagedError(WorkdirError):
    """A checkpoint is not what was written. The message says which, and what is wrong with it."""


def latest_step(workdir: Path) -> int | None:
    """The step of the newest checkpoint, or None."""
    return max(_steps(workdir), default=None)


Saving = Generator[orbax_files.Writing[Any], None, None]
"""A checkpoint that is begun. Its first value is what is written beside the updates, or there is
none, where the step is saved already; after it the generator commits and ends. ``close`` leaves it.
"""


def save(workdir: Path, state: Any, **options: Any) -> None:
    """``saving`` at once."""
    for _ in saving(workdir, state, **options):
        pass


def saving(
    workdir: Path,
    state: Any,
    *,
    keep: int,
    keep_best: int = 0,
    score: float | None = None,
    hosts: Hosts = ALONE,
) -> Saving:
    """Save ``state`` under its own step; keep the newest ``keep`` checkpoints and the best.

    A step that is there already is left as it is. Older checkpoints go only when the files of this
    one are on the disk. Of several processes each writes what lies on its devices, and the first
    one puts the whole in its place.

    Args:
      workdir: of the run, the same folder for all.
      state: pytree of arrays with a scalar attribute ``step``; free once the first value is there.
      keep: checkpoints that stay, 1 or more.
      keep_best: so many more, those with the highest score.
      score: how good the run is, kept with the checkpoint; None: unknown.
      hosts: all processes, which call this, and go on with it, together.

    Yields:
      What is written.

    Raises:
      DiskFullError: there is no room; nothing of this checkpoint is left then.
    """
    root, step = workdir / "checkpoints", int(state.step)
    if hosts.broadcast("steps", b"1" if step in _steps(workdir) else b"0") == b"0":
        temporary, size = root / ".new", sum(leaf.nbytes for leaf in jax.tree.leaves(state))
        try:
            if hosts.is_first:
                shutil.rmtree(temporary, ignore_errors=True)  # of a run that was killed
                temporary.mkdir(parents=True)
                (temporary / SCORE).write_text(json.dumps({"score": score}) + "\n")
            hosts.wait("the checkpoint's folder")
            writing = orbax_files.Writing(
                temporary.absolute() / STATE, state, lambda: _digested(temporary, hosts)
            )
            del state  # its buffers are the next update's
            yield writing
            _write_sums(temporary, step, writing.result(), hosts)
            if hosts.is_first:
                temporary.replace(root / str(step))
        except GeneratorExit:  # left as a kill would leave it
            raise
        except BaseException as error:
            if hosts.is_first:
                shutil.rmtree(temporary, ignore_errors=True)
            number = _error_number(error)
            if not is_full(number):
                raise
            raise DiskFullError(root, number, f"for a checkpoint of {size >> 20} MiB") from None
        if hosts.is_first:
            sync_folder(root)
    if hosts.is_first:
        _leave_out_old(workdir, keep, keep_best)


def _leave_out_old(workdir: Path, keep: int, keep_best: int) -> None:
    root = workdir / "checkpoints"
    scores = {step: read_score(root / str(step)) if keep_best else None for step in _steps(workdir)}
    for old in superfluous(scores, keep, keep_best):
        # A name of its own first, so that no half of a checkpoint stands under its step.
        doomed = root / f".{old}.old"
        (root / str(old)).replace(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def superfluous(scores: Mapping[int, float | None], keep: int, keep_best: int) -> list[int]:
    """Steps that are neither among the newest nor among the best.

    Args:
      scores: step -> score of its checkpoint; None: unknown, and not the best.
      keep: newest ones that stay.
      keep_best: so many more, those with the highest score; of the same score the newer.
    """
    steps = sorted(scores)
    known = sorted((score, step) for step, score in scores.items() if score is not None)
    best = {step for _, step in known[-keep_best:]} if keep_best else set()
    return [step for step in steps[:-keep] if step not in best]


def read_score(place: Path) -> float | None:
    """The score of a checkpoint; None where it is unknown."""
    try:
        value = json.loads((place / SCORE).read_text(encoding="utf-8"))["score"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, float) else None


def restore(workdir: Path, state: Any, hosts: Hosts = ALONE) -> Any:
    """The newest good checkpoint, or ``state`` itself where there is none at all.

    A damaged one is said in a sentence, set aside under another name, and the one before is used.

    Args:
      workdir: of the run.
      state: pytree of arrays, or of jax.ShapeDtypeStruct with shardings: structure, shapes, types
        and places of what comes back, whatever mesh it was written from.
      hosts: all processes, which call this together.

    Raises:
      WorkdirError: there are checkpoints and all are damaged, or the newest good one holds other
        parameters than this run has. Nothing has been changed then.
    """
    root, damaged = workdir / "checkpoints", {}
    steps = json.loads(hosts.broadcast("steps", json.dumps(_steps(workdir)).encode()))
    for step in sorted(steps, reverse=True):
        place = root / str(step)
        # Read by one: what all would find is the same, and a shared disk is slow enough.
        found = json.loads(hosts.broadcast("check", json.dumps(_found(place, hosts)).encode()))
        if isinstance(found, str):
            damaged[step] = found
            continue
        if found and hosts.is_first:
            warn(f"{place}: {listed(found)} not written by this run and not read")
        restored = orbax_files.read(place.absolute() / STATE, state, str(place))
        for bad, reason in damaged.items() if hosts.is_first else ():
            aside = _set_aside(root / str(bad))
            warn(f"{reason}; it is {aside.name} now, and the run goes on from update {step}")
        return restored
    if damaged:
        raise WorkdirError(
            f"{next(iter(damaged.values()))}, and there is no good one before it; delete {root} to "
            "start over, or put a copy there"
        )
    return state


def _found(place: Path, hosts: Hosts) -> list[str] | str:
    """Files too many, or what is wrong with a checkpoint; for the first process alone."""
    if not hosts.is_first:
        return []
    try:
        return check(place)
    except DamagedError as error:
        return str(error)


def check(place: Path) -> list[str]:
    """Compare every file of a checkpoint with its digest.

    Args:
      place: ``workdir/checkpoints/<step>``.

    Returns:
      Names of files that are in the folder and were not written with it.

    Raises:
      DamagedError: a file is missing, changed or cannot be read.
    """
    try:
        expected = _read_sums(place)
        missing = [name for name in expected if not (place / name).is_file()]
        if missing:
            raise ValueError(f"{listed(missing)} missing or no file")
        digests = _digests([place / name for name in expected])
        changed = [name for name, have in zip(expected, digests, strict=True)
                   if have != expected[name]]  # fmt: skip
        if changed:
            raise ValueError(f"{listed(changed)} not what was written")
        return sorted(set(_files(place)) - expected.keys() - {SUMS})
    except OSError as error:
        reason = f"{Path(error.filename or place).name}: {error.strerror}"
    except ValueError as error:
        reason = str(error)
    raise DamagedError(f"{place}: this checkpoint is damaged ({reason})")


def _steps(workdir: Path) -> list[int]:
    """Steps that have a checkpoint, whatever is in it."""
    root = workdir / "checkpoints"
    try:
        names = os.listdir(root)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise WorkdirError(
            f"{root}: cannot be read ({error.strerror}); mend that, or give another --workdir"
        ) from error
    return [int(name) for name in names if re.fullmatch(r"0|[1-9]\d*", name, re.ASCII)]


def _digested(folder: Path, hosts: Hosts) -> dict[str, str]:
    """File -> digest, of this process's share of what is now on the disk."""
    own = sorted(_files(folder))[hosts.index :: hosts.count]
    return dict(zip(own, _digests([folder / name for name in own], sync=True), strict=True))


def _write_sums(folder: Path, step: int, digests: dict[str, str], hosts: Hosts = ALONE) -> None:
    """List the files of ``folder`` with their digests, and put that on the disk."""
    for said in hosts.exchange("digests", json.dumps(digests).encode()):
        digests = digests | json.loads(said)
    if not hosts.is_first:
        return
    names = sorted(_files(folder))
    # A shared disk may have shown others less of it.
    missing = [name for name in names if name not in digests]
    found = _digests([folder / name for name in missing], sync=True)
    digests |= dict(zip(missing, found, strict=True))
    lines = [f"# step {step}, {len(names)} files"]
    lines += [f"{digests[name]}  {name}" for name in names]
    with (folder / SUMS).open("w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    for inner, _, _ in os.walk(folder):
        sync_folder(Path(inner))


def _read_sums(place: Path) -> dict[str, str]:
    """File name -> digest. ValueError where a single byte of the list cannot be right."""
    if not place.is_dir():
        raise ValueError("it is no folder")
    if not (place / SUMS).is_file():
        raise ValueError(f"{SUMS} is missing or no file")
    head, *lines = (place / SUMS).read_text(encoding="utf-8").split("\n")
    header, parsed = _HEADER.fullmatch(head), [_LINE.fullmatch(line) for line in lines[:-1]]
    found = {line[2]: line[1] for line in parsed if line}
    if header is None or lines[-1:] != [""] or not len(found) == len(parsed) == int(header[2]):
        raise ValueError(f"{SUMS} is not what was written")
    if header[1] != place.name:
        raise ValueError(f"it is of step {header[1]} and has been renamed")
    return found


def _files(folder: Path) -> list[str]:
    """Names of everything in ``folder`` that is no folder, from there."""
    return [
        str((Path(inner) / name).relative_to(folder))
        for inner, _, names in os.walk(folder)
        for name in names
    ]


def _digests(paths: list[Path], *, sync: bool = False) -> list[str]:
    def digest(path: Path) -> str:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if sync:
                os.fsync(file.fileno())
            return found

    with ThreadPoolExecutor() as threads:  # hashing leaves the interpreter's lock
        return list(threads.map(digest, paths))


def _set_aside(place: Path) -> Path:
    """Rename a damaged checkpoint, so that its step is free; the new name."""
    names = (f"{place.name}.damaged{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 99))))
    aside = next(place.with_name(name) for name in names if not place.with_name(name).exists())
    try:
        place.rename(aside)
    except OSError as error:
        raise WorkdirError(
            f"{place}: this checkpoint is damaged and cannot be renamed ({error.strerror}); delete "
            "it to go on from the one before"
        ) from error
    return aside


def listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more files" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more} {'is' if len(names) == 1 else 'are'}"


def _error_number(error: BaseException) -> int | None:
    """errno of an OSError, also of one that Orbax has made a text of."""
    if isinstance(error, OSError):
        return error.errno
    found = _OS_ERROR.search(str(error))
    return int(found[1]) if found else None
