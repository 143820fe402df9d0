"""Checkpoints of a run in a bucket: arrays first, then one object that makes them a checkpoint.

    data/6-1c9f.../default/...          what Orbax wrote, in a folder that no other session uses
    checkpoints/6/MANIFEST.json         that folder, sizes and digests of all its objects, the score
    checkpoints/6.damaged/MANIFEST.json one that a later session could not use

A checkpoint is there when its manifest is; that is one request, made only where there is none yet
and after the lock was found to be held. A process that is killed before leaves objects that nobody
names, which the next session takes away. To leave an old one out its manifest goes first.

Digests are those that the server computed when an object arrived. A restore compares them with a
new listing: what is missing, cut or replaced is found without reading a byte.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax

from vsdpo_jax.runtime import orbax_files
from vsdpo_jax.runtime.bucket import Bucket, BucketError, Entry
from vsdpo_jax.runtime.checkpoint import STATE, DamagedError, Saving, listed, superfluous
from vsdpo_jax.runtime.hosts import ALONE, Hosts
from vsdpo_jax.runtime.spool import CHECKPOINTS, DATA
from vsdpo_jax.runtime.streams import warn
from vsdpo_jax.runtime.workdir import WorkdirError

MANIFEST = "MANIFEST.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What makes a checkpoint.

    Attributes:
      step: updates.
      data: the folder of its objects.
      score: for train.keep_best; None: unknown.
      files: name in that folder -> size and digests.
    """

    step: int
    data: str
    score: float | None
    files: dict[str, Entry]

    @staticmethod
    def parse(content: bytes, step: int) -> Manifest:
        """ValueError: it is no manifest, or of another step."""
        try:
            values = json.loads(content)
            files = {name: Entry(*entry) for name, entry in values.pop("files").items()}
            found = Manifest(**values, files=files)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"{MANIFEST} is not what was written") from error
        if found.step != step:
            raise ValueError(f"it is of step {found.step} and has been renamed")
        return found

    def to_json(self) -> bytes:
        """As it is written."""
        files = {name: list(dataclasses.astuple(entry)) for name, entry in self.files.items()}
        values = {"step": self.step, "data": self.data, "score": self.score, "files": files}
        return json.dumps(values, indent=1).encode()


def save(bucket: Bucket, state: Any, **options: Any) -> None:
    """``saving`` at once."""
    for _ in saving(bucket, state, **options):
        pass


def saving(
    bucket: Bucket,
    state: Any,
    *,
    session: str,
    commit: Callable[[], None],
    keep: int,
    keep_best: int = 0,
    score: float | None = None,
    hosts: Hosts = ALONE,
) -> Saving:
    """Save ``state`` under its own step; keep the newest ``keep`` checkpoints and the best.

    Args:
      bucket: of the run.
      state: pytree of arrays with a scalar attribute ``step``; free once the first value is there.
      session: a name that no other session of any run has.
      commit: called before the checkpoint counts: rows of metrics go up, the lock is looked at.
      keep, keep_best, score, hosts: as in checkpoint.saving.

    Yields:
      What is written.

    Raises:
      BucketError: the bucket cannot be written, or the run belongs to another process by now.
    """
    step = int(state.step)
    is_there = hosts.is_first and step in steps(bucket)
    if hosts.broadcast("steps", b"1" if is_there else b"0") == b"0":
        data = f"{DATA}{step}-{session}"
        with _said_of(bucket, step):
            writing = orbax_files.Writing(bucket.path / data / STATE, state, lambda: None)
        del state  # its buffers are the next update's
        yield writing
        with _said_of(bucket, step):
            writing.result()
        hosts.wait("the checkpoint's files")
        if hosts.is_first:
            files = {
                name.removeprefix(f"{data}/"): entry
                for name, entry in bucket.find(f"{data}/").items()
            }
            commit()
            _put_in_place(bucket, Manifest(step=step, data=data, score=score, files=files))
    if hosts.is_first:
        _leave_out_old(bucket, keep, keep_best)


@contextlib.contextmanager
def _said_of(bucket: Bucket, step: int) -> Iterator[None]:
    try:
        yield
    except jax.errors.JaxRuntimeError:  # of another process that was lost
        raise
    except Exception as error:  # Orbax raises what it likes
        raise bucket.error(f"cannot write the checkpoint of step {step} to it", error) from error


def _put_in_place(bucket: Bucket, manifest: Manifest) -> None:
    name = _name(str(manifest.step))
    content, generation = bucket.read_version(name)
    if content is not None or bucket.swap(name, manifest.to_json(), generation) is None:
        raise BucketError(
            f"{bucket.url}: another process has saved step {manifest.step} meanwhile, so that it "
            "goes on with this run; end one of them"
        )


def _leave_out_old(bucket: Bucket, keep: int, keep_best: int) -> None:
    there = steps(bucket)
    scores = {step: _score(bucket, step) if keep_best else None for step in there}
    for step in superfluous(scores, keep, keep_best):
        content = bucket.read(_name(str(step)))
        bucket.delete([_name(str(step))])
        if content is not None and (data := _data(content)):
            bucket.delete_folder(f"{data}/")


def leave_out_orphans(bucket: Bucket) -> None:
    """Take away arrays that no manifest names: of sessions that ended before their commit."""
    names = [_name(folder) for folder in bucket.folders(CHECKPOINTS)]
    contents = dict(bucket.read_all(names))
    named = {_data(content) for content in contents.values()}
    if None in named:  # a manifest that cannot be read may name any of them
        return
    for folder in bucket.folders(DATA):
        if f"{DATA}{folder}" not in named:
            bucket.delete_folder(f"{DATA}{folder}/")


def restore(bucket: Bucket, state: Any, hosts: Hosts = ALONE) -> Any:
    """The newest good checkpoint, or ``state`` itself where there is none at all.

    A damaged one is said in a sentence, set aside under another name, and the one before is used.

    Args:
      bucket: of the run.
      state: as in checkpoint.restore.
      hosts: all processes, which call this together.

    Raises:
      WorkdirError: there are checkpoints and all are damaged, or the newest good one holds other
        parameters than this run has. Nothing has been changed then.
    """
    damaged: dict[int, str] = {}
    there = steps(bucket) if hosts.is_first else []
    for step in reversed(json.loads(hosts.broadcast("steps", json.dumps(there).encode()))):
        place = f"{bucket.url}/{CHECKPOINTS}{step}"
        found = _found(bucket, step) if hosts.is_first else {}
        found = json.loads(hosts.broadcast("check", json.dumps(found).encode()))
        if "damaged" in found:
            damaged[step] = found["damaged"]
            continue
        if found["more"] and hosts.is_first:
            warn(f"{place}: {listed(found['more'])} not written by this run and not read")
        restored = orbax_files.read(bucket.path / found["data"] / STATE, state, place)
        for bad, reason in damaged.items() if hosts.is_first else ():
            aside = _set_aside(bucket, bad)
            warn(f"{reason}; it is {aside} now, and the run goes on from update {step}")
        return restored
    if damaged:
        raise WorkdirError(
            f"{next(iter(damaged.values()))}, and there is no good one before it; delete "
            f"{bucket.url}/{CHECKPOINTS} and {bucket.url}/{DATA} to start over, or put copies there"
        )
    return state


def check(bucket: Bucket, step: int) -> tuple[Manifest, list[str]]:
    """Compare every object of a checkpoint with what the manifest tells of it.

    Returns:
      (the manifest, names of objects that lie there and are not in it).

    Raises:
      DamagedError: one is missing or changed.
    """
    try:
        content = bucket.read(_name(str(step)))
        if content is None:
            raise ValueError(f"{MANIFEST} is missing")
        manifest = Manifest.parse(content, step)
        prefix = f"{manifest.data}/"
        have = {name.removeprefix(prefix): entry for name, entry in bucket.find(prefix).items()}
        missing = [name for name in manifest.files if name not in have]
        if missing:
            raise ValueError(f"{listed(missing)} missing")
        changed = [name for name, entry in manifest.files.items() if not entry.is_same(have[name])]
        if changed:
            raise ValueError(f"{listed(changed)} not what was written")
        return manifest, sorted(have.keys() - manifest.files.keys())
    except ValueError as error:
        place = f"{bucket.url}/{CHECKPOINTS}{step}"
        raise DamagedError(f"{place}: this checkpoint is damaged ({error})") from error


def steps(bucket: Bucket) -> list[int]:
    """Steps that have a checkpoint, whatever is in it, in order."""
    names = bucket.folders(CHECKPOINTS)
    return sorted(int(name) for name in names if re.fullmatch(r"0|[1-9]\d*", name, re.ASCII))


def _found(bucket: Bucket, step: int) -> dict[str, Any]:
    try:
        manifest, more = check(bucket, step)
    except DamagedError as error:
        return {"damaged": str(error)}
    return {"data": manifest.data, "more": more}


def _set_aside(bucket: Bucket, step: int) -> str:
    """Move the manifest of a damaged checkpoint, so that its step is free; the new name."""
    there = bucket.folders(CHECKPOINTS)
    names = (f"{step}.damaged{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, 99))))
    aside = next(name for name in names if name not in there)
    bucket.write({_name(aside): bucket.read(_name(str(step))) or b""})
    bucket.delete([_name(str(step))])
    return aside


def _name(folder: str) -> str:
    return f"{CHECKPOINTS}{folder}/{MANIFEST}"


def _score(bucket: Bucket, step: int) -> float | None:
    try:
        score = Manifest.parse(bucket.read(_name(str(step))) or b"", step).score
    except ValueError:
        return None
    return score if isinstance(score, float) else None


def _data(content: bytes) -> str | None:
    """The folder that a manifest names, also a damaged one's; None where that cannot be read."""
    try:
        data = json.loads(content)["data"]
    except (ValueError, KeyError, TypeError):
        return None
    return data if isinstance(data, str) and re.fullmatch(rf"{DATA}[\w-]+", data) else None
