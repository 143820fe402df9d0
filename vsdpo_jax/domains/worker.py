"""A render worker: a trusted process with a sandbox of its own that judges programs.

Started by exec, so that it never shares a process image with the trainer's runtime, under the
interpreter of the programs, so that what is drawn and what is painted come from the same library.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import signal
import threading
import traceback
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from vsdpo_jax.domains.base import Domain, JudgeOptions, load_domain, masked
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Limits, Sandbox, SandboxUnavailable

_CACHED_REFERENCES = 64


@dataclass(frozen=True, kw_only=True)
class Job:
    """One program to judge.

    Attributes:
      source: the program.
      asked: what was asked for, in the domain's schema; None: the content axis is left out.
      reference: a reference program, or None. It is run like any other program.
    """

    source: str
    asked: dict[str, Any] | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerSetup:
    """What a worker needs to know; see RenderPool."""

    domain: str
    limits: Limits
    unsafe: bool
    axis_weights: dict[str, float] | None


@dataclass(frozen=True, kw_only=True)
class WorkerReady:
    """The worker takes jobs, or says why it cannot.

    Attributes:
      error: "" when ready.
      kind: what ``error`` is: "sandbox" (SandboxUnavailable), "value" (a bad argument) or "crash".
    """

    error: str = ""
    kind: str = ""


def main(connection_fd: str) -> None:
    """Serve jobs until the connection closes.

    Args:
      connection_fd: number of the inherited socket. A WorkerSetup comes first, then Jobs; the
        answers are a WorkerReady, then a Judged per Job.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(connection_fd)) as connection:
        os.set_inheritable(connection.fileno(), False)
        try:
            _serve(connection, connection.recv())
        except (EOFError, ConnectionError):
            return  # the pool is gone; the sandbox has been closed on the way


def _serve(connection: Connection, setup: WorkerSetup) -> None:
    with contextlib.ExitStack() as stack:
        try:
            domain = load_domain(setup.domain)
            domain.check(setup.axis_weights)
            sandbox = Sandbox(domain.recorder, setup.limits, unsafe=setup.unsafe)
            stack.enter_context(sandbox)
        except SandboxUnavailable as error:
            connection.send(WorkerReady(error=str(error), kind="sandbox"))
            return
        except (ValueError, TypeError) as error:
            connection.send(WorkerReady(error=str(error), kind="value"))
            return
        except Exception:
            connection.send(WorkerReady(error=traceback.format_exc(), kind="crash"))
            return
        judge = _Judge(domain, sandbox, setup.axis_weights)
        busy = threading.Event()
        threading.Thread(target=_leave_with_pool, args=(connection, busy), daemon=True).start()
        connection.send(WorkerReady())
        while True:
            job = connection.recv()
            busy.set()
            judged = judge(job)
            busy.clear()
            connection.send(judged)


def _leave_with_pool(connection: Connection, busy: threading.Event) -> None:
    """Do not finish a job that nobody waits for: a program may sleep for a minute.

    The fork server notices the end of this process, kills the program and removes its files.
    """
    hang_up = select.poll()
    hang_up.register(connection.fileno(), select.POLLRDHUP)
    hang_up.poll()
    if busy.is_set():
        os._exit(0)


class ReferenceFailed(Exception):
    """A reference program drew nothing: the task is broken, not the rollout."""


class _Judge:
    """Runs a job and has the domain judge it."""

    def __init__(
        self, domain: Domain, sandbox: Sandbox, axis_weights: dict[str, float] | None
    ) -> None:
        self._domain = domain
        self._sandbox = sandbox
        self._axis_weights = axis_weights
        self._references: OrderedDict[str, bytes] = OrderedDict()

    def __call__(self, job: Job) -> Judged:
        """Never raises: what fails here is no fault of the program, so the sample is masked."""
        try:
            options = JudgeOptions(
                asked=job.asked,
                reference_payload=None if job.reference is None else self._draw(job.reference),
                axis_weights=self._axis_weights,
            )
            return self._domain.judge(self._sandbox.run(job.source), job.source, options)
        except ReferenceFailed as error:
            return masked(str(error))
        except Exception:
            return masked(f"judging failed:\n{traceback.format_exc()}")

    def _draw(self, reference: str) -> bytes:
        key = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()
        if key not in self._references:
            result = self._sandbox.run(reference)
            if result.status != "ok":
                raise ReferenceFailed(
                    f"the reference program of the task ended with status {result.status!r}: "
                    f"{result.error}"
                )
            self._references[key] = result.payload
            if len(self._references) > _CACHED_REFERENCES:
                self._references.popitem(last=False)
        self._references.move_to_end(key)
        return self._references[key]
