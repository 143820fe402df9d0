"""The start of a session: all processes agree on code, settings and folder, and it is noted."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import jax

from vsdpo_jax.run.monitor import IDENTITY
from vsdpo_jax.run.settings import Settings, SettingsError, to_dict
from vsdpo_jax.runtime.checkpoint import latest_step
from vsdpo_jax.runtime.hosts import Hosts, HostsError
from vsdpo_jax.runtime.workdir import SESSIONS, Workdir, claim_workdir

_SEEN_WITHIN_S = 30.0
"""What one host wrote on a shared disk is seen by the others within this."""


@contextlib.contextmanager
def claim(workdir: Path, settings: Settings, hosts: Hosts) -> Iterator[Workdir | None]:
    """Take the folder of a run for all its processes; the first one gets it.

    Raises:
      SettingsError: a bucket, which has no locks.
      HostsError: processes with other code or settings, or another folder under the same name.
      WorkdirError: as ``claim_workdir``.
    """
    if found := re.match(r"(\w+):/+(.*)", str(workdir)):
        raise SettingsError(
            f"{found[1]}://{found[2]}: a run's folder needs locks and renames, which buckets lack; "
            "mount the bucket (gcsfuse, mountpoint-s3) and name a folder there, or a shared disk"
        )
    config = to_dict(settings)
    identity = {key: os.environ.get(name, "") for key, name in IDENTITY}
    if hosts.count > 1:
        hosts.check_same({
            "config": config, "workdir": str(workdir), "jax": jax.__version__,
            "code": code_digest(), **identity,
        })  # fmt: skip
    if not hosts.is_first:
        line = hosts.broadcast("the workdir", b"").decode()
        _check_seen(workdir / SESSIONS, line, hosts)
        yield None
        return
    with claim_workdir(workdir, config) as work:
        if work.is_resumed and (line := resumption(work, settings)) is not None:
            sys.stderr.write(f"{line}\n")
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        session = {
            "session": uuid.uuid4().hex, "started": now, "processes": hosts.names, **identity,
        }  # fmt: skip
        line = work.note_session(session)
        hosts.broadcast("the workdir", line.encode())
        yield work


def resumption(work: Workdir, settings: Settings) -> str | None:
    """The first line of a session that goes on with a run: from where, and what has changed; None
    where no step was saved."""
    updates = latest_step(work.path)
    if updates is None:
        return None
    done, total = settings.train.next_step(updates), settings.train.num_steps
    changed = "".join(f"; config.{line}" for line in work.changes)
    return f"resumed: {work.path}, {done} of {total} steps are done{changed}"


def code_digest() -> str:
    """Of the package's modules, to tell hosts with other code; without git."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _check_seen(path: Path, line: str, hosts: Hosts) -> None:
    end = time.monotonic() + _SEEN_WITHIN_S
    while True:
        with contextlib.suppress(OSError):
            if line in path.read_text(encoding="utf-8").splitlines():
                return
        if time.monotonic() > end:
            raise HostsError(
                f"--workdir={path.parent}: {hosts.names[hosts.index]} does not see there what "
                f"{hosts.names[0]} wrote; use a folder that all hosts share"
            )
        time.sleep(0.1)
