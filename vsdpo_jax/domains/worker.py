"""A render worker: a trusted process with a renderer of its own that judges programs.

Started by exec, so that it never shares a process image with the trainer's runtime, under the
interpreter of the programs, so that what is drawn and what is painted come from the same library.

Whose fault is a failure? A program must not be able to mask itself, so everything that goes wrong
while its payload is decoded, painted and looked at is its own error, be it RecursionError,
MemoryError (judging has a limit on memory of its own, which is met long before the machine's) or
the end of its processor time. "infra" is left for what no payload can bring about: options that
are wrong, a reference that draws nothing, a sandbox that cannot run programs, a machine without
file descriptors or disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import select
import signal
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Literal, cast

from vsdpo_jax.domains import bounds
from vsdpo_jax.domains.base import (
    Artifact,
    Domain,
    FileRenderer,
    JudgeOptions,
    OptionValue,
    Renderer,
    RendererSetup,
    load_domain,
)
from vsdpo_jax.domains.rubric import NoWeight, masked, without_picture
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import LayerUnavailable, Limits, SandboxUnavailable

_LOGGER = logging.getLogger(__name__)
_CACHED_REFERENCES = 64
_JUDGE_WALL_S = 60.0  # on a busy machine; the processor time runs out much earlier
_SANDBOX_SLACK_S = 30.0  # killing, emptying the folder; on top of the program's own wall clock
_SANDBOX_START_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """One program to judge.

    Attributes:
      source: the program.
      asked: what was asked for, in the domain's schema; None: the content axis is left out.
      reference: a reference program, or None. It is run like any other program.
      file: a finished file in place of a program, whose ``source`` is ""; only where the domain has
        ``file_suffixes``.
    """

    source: str
    asked: dict[str, Any] | None = None
    reference: str | None = None
    file: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class WorkerSetup:
    """What a worker needs to know; see RenderPool."""

    domain: str
    limits: Limits
    unsafe: bool
    axis_weights: dict[str, float] | None
    options: Mapping[str, OptionValue] | None


@dataclass(frozen=True, kw_only=True)
class WorkerReady:
    """The worker takes jobs, or says why it cannot.

    Attributes:
      error: "" when ready.
      kind: what ``error`` is: "layer" (LayerUnavailable), "sandbox" (SandboxUnavailable), "value"
        (a bad argument) or "crash".
    """

    error: str = ""
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Working:
    """What the worker does next with its job, and how long that may take.

    Attributes:
      stage: "reference" (running and judging it), "program" (running it) or "judging".
      allowed_s: seconds on the clock after which the worker counts as hung.
    """

    stage: Literal["reference", "program", "judging"]
    allowed_s: float


@dataclass(frozen=True, kw_only=True)
class JobDone:
    """The answer to a Job.

    Attributes:
      judged: the judgement.
      leaves: the worker ends: judging was stopped halfway, so its libraries may be in any state.
    """

    judged: Judged
    leaves: bool


def main(connection_fd: str) -> None:
    """Serve jobs until the connection closes.

    Args:
      connection_fd: number of the inherited socket. A WorkerSetup comes first, then Jobs; the
        answers are a WorkerReady, then for each Job a Working or more and a JobDone.
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
            verdict = JudgeOptions(
                axis_weights=domain.weights(setup.axis_weights),
                options=domain.complete(setup.options),
            )
            opened = domain.open_renderer(
                RendererSetup(limits=setup.limits, unsafe=setup.unsafe, options=verdict.options)
            )
            renderer = stack.enter_context(opened)
        except SandboxUnavailable as error:
            kind = "layer" if isinstance(error, LayerUnavailable) else "sandbox"
            connection.send(WorkerReady(error=str(error), kind=kind))
            return
        except (ValueError, TypeError) as error:
            connection.send(WorkerReady(error=str(error), kind="value"))
            return
        except Exception:
            connection.send(WorkerReady(error=traceback.format_exc(), kind="crash"))
            return
        judge = _Judge(domain, renderer, verdict, setup.limits, connection.send)
        busy = threading.Event()
        threading.Thread(target=_leave_with_pool, args=(connection, busy), daemon=True).start()
        connection.send(WorkerReady())
        while True:
            job = connection.recv()
            busy.set()
            judged = judge(job)
            busy.clear()
            connection.send(JobDone(judged=judged, leaves=judge.is_spoiled))
            if judge.is_spoiled:
                return


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
    """Runs a job and has the domain judge it.

    Attributes:
      is_spoiled: judging was stopped halfway; this process should not judge any more.
    """

    def __init__(
        self,
        domain: Domain,
        renderer: Renderer,
        options: JudgeOptions,
        limits: Limits,
        tell: Callable[[Working], None],
    ) -> None:
        self.is_spoiled = False
        self._domain = domain
        self._renderer = renderer
        self._options = options
        self._limits = limits
        self._tell = tell
        self._most_bytes = bounds.address_space() + bounds.JUDGE_BYTES
        self._references: OrderedDict[str, bytes] = OrderedDict()

    def __call__(self, job: Job) -> Judged:
        """Judge a job; whatever fails is a judgement too (see the module)."""
        try:
            if job.asked is not None:
                self._domain.check_asked(job.asked)
            options = replace(
                self._options,
                asked=job.asked,
                reference_payload=None if job.reference is None else self._draw(job.reference),
            )
            if job.file is None:
                artifact = self._run(job.source, "program")
            else:
                artifact = self._open(job.file)
        except ReferenceFailed as error:
            return masked(str(error))
        except Exception:
            return masked(f"the job could not be run:\n{traceback.format_exc()}")
        self._tell(Working(stage="judging", allowed_s=_JUDGE_WALL_S))
        return self._judge(artifact, job.source, options)

    def _open(self, file: bytes) -> Artifact:
        if not self._domain.file_suffixes:
            raise ValueError(f"domain {self._domain.name!r} judges programs only, no files")
        allowed_s = self._limits.wall_s + _SANDBOX_SLACK_S + _SANDBOX_START_S
        self._tell(Working(stage="program", allowed_s=allowed_s))
        return cast(FileRenderer, self._renderer).open(file)

    def _run(self, source: str, stage: Literal["reference", "program"]) -> Artifact:
        def tell(starts: bool) -> None:
            allowed_s = self._limits.wall_s + _SANDBOX_SLACK_S
            allowed_s += _SANDBOX_START_S if starts else 0.0
            allowed_s += _JUDGE_WALL_S if stage == "reference" else 0.0
            self._tell(Working(stage=stage, allowed_s=allowed_s))

        return self._renderer.run(source, on_attempt=tell)

    def _judge(self, artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
        """The judgement of one payload, within the bounds of time and memory."""
        pictures = 1 if options.reference_payload is None else 2
        try:
            with bounds.bounded(pictures * bounds.JUDGE_S, self._most_bytes):
                return self._domain.judge(artifact, source, options)
        except bounds.TakesTooLong:
            self.is_spoiled = True
            reason = (
                f"the picture takes more than {bounds.JUDGE_S:g} seconds to paint and judge: "
                f"draw less"
            )
        except MemoryError:
            self.is_spoiled = True
            reason = (
                f"the picture takes more than {bounds.JUDGE_BYTES >> 30} GiB of memory to paint "
                f"and judge: draw less"
            )
        except NoWeight as error:
            return masked(str(error))
        except Exception as error:
            _LOGGER.warning("judging failed", exc_info=True)
            if isinstance(error, OSError) and error.errno in bounds.MACHINE_ERRORS:
                return masked(f"judging failed:\n{traceback.format_exc()}")
            said = f"{type(error).__name__}: {str(error)[:300]}"
            reason = f"the picture could not be judged ({said}): draw it with ordinary values"
        if artifact.status == "infra":
            return masked(artifact.error)
        return without_picture(artifact, "program_error", reason)

    def _draw(self, reference: str) -> bytes:
        """The payload of a reference, after it was judged by itself: what fails later is not it."""
        key = hashlib.sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()
        if key not in self._references:
            artifact = self._run(reference, "reference")
            plain = JudgeOptions(options=self._options.options)
            render = self._judge(artifact, reference, plain).render
            if render.status != "ok":
                raise ReferenceFailed(
                    f"the reference program of the task ended with status {render.status!r}: "
                    f"{render.error}"
                )
            self._references[key] = artifact.payload
            if len(self._references) > _CACHED_REFERENCES:
                self._references.popitem(last=False)
        self._references.move_to_end(key)
        return self._references[key]
