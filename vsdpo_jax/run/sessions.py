"""A session of a run: all processes agree on code, settings and folder, and it is noted.

A run's folder is on a disk that all hosts share, or in a bucket. In a bucket are its checkpoints;
everything else is written to a folder of this machine and uploaded (runtime/spool.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax

from vsdpo_jax.run.monitor import IDENTITY
from vsdpo_jax.run.settings import Settings, to_dict
from vsdpo_jax.runtime import bucket_checkpoint, checkpoint
from vsdpo_jax.runtime.bucket import Bucket, is_url
from vsdpo_jax.runtime.bucket_lock import BucketLock
from vsdpo_jax.runtime.files import DamagedFileError, digest_of_modules
from vsdpo_jax.runtime.hosts import ALONE, Hosts, HostsError
from vsdpo_jax.runtime.spool import Spool
from vsdpo_jax.runtime.workdir import (
    SESSIONS,
    Workdir,
    WorkdirError,
    claim_workdir,
    full_disk_is_said,
)

_SEEN_WITHIN_S = 30.0
"""What one host wrote is seen by the others within this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remote:
    """A bucket as the place of a run.

    Attributes:
      bucket: the folder in it.
      session: this session's name.
      spool, lock: of the first process alone.
    """

    bucket: Bucket
    session: str
    spool: Spool | None = None
    lock: BucketLock | None = None

    def publish(self) -> None:
        """Small files go up, from the first process and while the run is its own."""
        if self.spool is not None and self.lock is not None:
            self.lock.check()
            self.spool.publish()


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Where a run keeps what it makes; every process has one.

    Attributes:
      folder: of this machine, for everything but checkpoints; the first process writes there.
      hosts: all processes of the run.
      workdir: claimed; None in all processes but the first.
      remote: the bucket; None: all is in ``folder``.
    """

    folder: Path
    hosts: Hosts = ALONE
    workdir: Workdir | None = None
    remote: Remote | None = None

    def restore(self, state: Any) -> Any:
        """The newest good checkpoint, or ``state`` where there is none; see checkpoint.restore."""
        if self.remote is None:
            return checkpoint.restore(self.folder, state, self.hosts)
        return bucket_checkpoint.restore(self.remote.bucket, state, self.hosts)

    def saving(
        self, state: Any, *, keep: int, keep_best: int = 0, score: float | None = None
    ) -> checkpoint.Saving:
        """Save ``state`` under its step, all rows before it; see checkpoint.saving."""
        kept: dict[str, Any] = {"keep": keep, "keep_best": keep_best, "score": score}
        if self.remote is None:
            return checkpoint.saving(self.folder, state, hosts=self.hosts, **kept)
        return bucket_checkpoint.saving(
            self.remote.bucket, state, session=self.remote.session,
            commit=self.remote.publish, hosts=self.hosts, **kept,
        )  # fmt: skip

    def save(self, state: Any, **kept: Any) -> None:
        """``saving`` at once."""
        for _ in self.saving(state, **kept):
            pass

    def latest_step(self) -> int | None:
        """Updates of the newest checkpoint; None where there is none."""
        if self.remote is None:
            return checkpoint.latest_step(self.folder)
        return max(bucket_checkpoint.steps(self.remote.bucket), default=None)

    def say_resumed(self, settings: Settings) -> None:
        """The first line of a session that goes on with a run: from where, what has changed."""
        updates, work = self.latest_step(), self.workdir
        if updates is None or work is None or not work.is_resumed:
            return
        done, total = settings.train.next_step(updates), settings.train.num_steps
        place = work.path if self.remote is None else self.remote.bucket.url
        changed = "".join(f"; config.{line}" for line in work.changes)
        sys.stderr.write(f"resumed: {place}, {done} of {total} steps are done{changed}\n")

    def publish(self) -> None:
        """What has been written to ``folder`` is where it is kept."""
        if self.remote is not None:
            self.remote.publish()

    def name(self, path: Path) -> str:
        """A file of ``folder``, as people find it."""
        if self.remote is None:
            return str(path)
        return f"{self.remote.bucket.url}/{path.relative_to(self.folder).as_posix()}"


@contextlib.contextmanager
def claim(workdir: Path | str, settings: Settings, hosts: Hosts) -> Iterator[Session]:
    """Take the folder of a run for all its processes.

    Raises:
      BucketError: not an address of a bucket, or one that cannot be written.
      HostsError: processes with other code or settings, or another folder under the same name.
      WorkdirError: as ``claim_workdir``.
    """
    config = to_dict(settings)
    identity = {key: os.environ.get(name, "") for key, name in IDENTITY}
    bucket = Bucket(str(workdir)) if is_url(workdir) else None
    if hosts.count > 1:
        hosts.check_same({
            "config": config, "workdir": str(workdir), "jax": jax.__version__,
            "code": digest_of_modules(), **identity,
        })  # fmt: skip
    record = {"processes": hosts.names, **identity}
    if bucket is None:
        with full_disk_is_said(Path(workdir)):
            yield from _on_disk(Path(workdir), settings, record, hosts)
    elif hosts.is_first:
        yield from _first_of_bucket(bucket, settings, record, hosts)
    else:
        with _folder(bucket) as folder:
            line = hosts.broadcast("the workdir", b"").decode()
            _check_seen(lambda: (bucket.read(SESSIONS) or b"").decode(), line, bucket.url, hosts)
            remote = Remote(bucket=bucket, session=json.loads(line)["session"])
            yield Session(folder=folder, hosts=hosts, remote=remote)


def _on_disk(
    workdir: Path, settings: Settings, record: dict[str, Any], hosts: Hosts
) -> Iterator[Session]:
    if not hosts.is_first:
        line = hosts.broadcast("the workdir", b"").decode()
        path = workdir / SESSIONS
        _check_seen(lambda: path.read_text(encoding="utf-8"), line, str(workdir), hosts)
        yield Session(folder=workdir, hosts=hosts)
        return
    with claim_workdir(workdir, to_dict(settings)) as work:
        session = Session(folder=workdir, hosts=hosts, workdir=work)
        session.say_resumed(settings)
        line = work.note_session(_noted(uuid.uuid4().hex, record))
        hosts.broadcast("the workdir", line.encode())
        yield session


def _first_of_bucket(
    bucket: Bucket, settings: Settings, record: dict[str, Any], hosts: Hosts
) -> Iterator[Session]:
    session = uuid.uuid4().hex
    lock = BucketLock(bucket, session)
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        folder = stack.enter_context(_folder(bucket))
        stack.enter_context(full_disk_is_said(folder))
        stack.enter_context(_said_of(folder, bucket.url))
        spool = Spool(folder, bucket)
        spool.fetch()
        bucket_checkpoint.leave_out_orphans(bucket)
        remote = Remote(bucket=bucket, session=session, spool=spool, lock=lock)
        with _published(remote), claim_workdir(folder, to_dict(settings)) as work:
            opened = Session(folder=folder, hosts=hosts, workdir=work, remote=remote)
            opened.say_resumed(settings)
            line = work.note_session(_noted(session, record))
            remote.publish()
            hosts.broadcast("the workdir", line.encode())
            yield opened


def _noted(session: str, record: dict[str, Any]) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"session": session, "started": now, **record}


@contextlib.contextmanager
def _folder(bucket: Bucket) -> Iterator[Path]:
    """A folder of this machine that goes with the session; reports are titled by its name."""
    outer = Path(tempfile.mkdtemp(prefix="vsdpo_spool_"))
    folder = outer / bucket.path.name
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(outer, ignore_errors=True)


@contextlib.contextmanager
def _published(remote: Remote) -> Iterator[None]:
    """Whatever ends the session, its files go up; what ended it is what to say."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(WorkdirError, OSError):
            remote.publish()
        raise
    remote.publish()


@contextlib.contextmanager
def _said_of(folder: Path, url: str) -> Iterator[None]:
    """Messages about files here name those that people find in the bucket."""
    try:
        yield
    except (WorkdirError, DamagedFileError) as error:
        if str(folder) in str(error):
            error.args = (str(error).replace(str(folder), url), *error.args[1:])
        raise


def _check_seen(read: Callable[[], str], line: str, place: str, hosts: Hosts) -> None:
    end = time.monotonic() + _SEEN_WITHIN_S
    while True:
        with contextlib.suppress(OSError):
            if line in read().splitlines():
                return
        if time.monotonic() > end:
            raise HostsError(
                f"--workdir={place}: {hosts.names[hosts.index]} does not see there what "
                f"{hosts.names[0]} wrote; use a folder that all hosts share"
            )
        time.sleep(0.1)
