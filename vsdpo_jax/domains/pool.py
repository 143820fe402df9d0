"""Judge many programs at once: one render worker per core, each with a renderer of its own."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from types import TracebackType

from vsdpo_jax.domains.base import Artifact, OptionValue
from vsdpo_jax.domains.rubric import masked, without_picture
from vsdpo_jax.domains.worker import Job, JobDone, WorkerReady, WorkerSetup, Working
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import LayerUnavailable, Limits, SandboxUnavailable, launch
from vsdpo_jax.sandbox.process import KEPT_MEMORY, ONE_THREAD

__all__ = ["Job", "RenderPool"]

_LOGGER = logging.getLogger(__name__)
_START_S = 240.0
_ACCEPT_S = 30.0  # until a worker says that it has taken a job
_STOP_S = 15.0
# A job that ended or held so many workers is at fault itself.
_ATTEMPTS = 2
# Workers that die one after another while they start or are idle: the machine is at fault.
_DEATHS_IN_A_ROW = 8
# Different jobs that end their workers one after another, and none between them that does not: the
# machine is at fault then, too (out of memory, for instance).
_KILLERS_IN_A_ROW = 16
_WORKERS_PER_CORE = 4


class _Worker:
    """One worker process as the pool sees it.

    Attributes:
      job: index of the job that it works on, None when idle.
      stage: what it said last that it does with its job, "" until it has accepted it.
      ready: whether it has started.
      deadline: when it counts as hung.
    """

    def __init__(self, setup: WorkerSetup, interpreter: str | None) -> None:
        ours, theirs = socket.socketpair()
        self.connection = Connection(ours.detach())
        self.job: int | None = None
        self.stage = ""
        self.ready = False
        self.deadline = time.monotonic() + _START_S
        try:
            with theirs:
                self._process = subprocess.Popen(
                    launch.command(interpreter, "vsdpo_jax.domains.worker", str(theirs.fileno())),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env={**os.environ, **ONE_THREAD, **KEPT_MEMORY, "MPLBACKEND": "Agg"},
                    start_new_session=True,  # Ctrl-C is for the trainer; it closes the connection
                )
        except OSError as error:
            self.connection.close()
            raise SandboxUnavailable(
                f"cannot start the interpreter {interpreter or sys.executable!r}: {error}. Set "
                f"sandbox.interpreter to a Python executable that has the plotting libraries."
            ) from error
        try:
            self.connection.send(setup)
        except OSError:
            pass  # it died at once; the next receive says so

    def receive(self) -> WorkerReady | Working | JobDone | None:
        """Its next message; None when it died."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return None

    @property
    def ended_by(self) -> int | None:
        """The signal that ended it; None when it still runs or ended otherwise."""
        try:
            code = self._process.wait(0.5)  # its socket closes a little before it is gone
        except subprocess.TimeoutExpired:
            return None
        return -code if code < 0 else None

    def stop(self, wait_s: float) -> None:
        """End it: politely at first, so that its sandbox cleans up."""
        self.connection.close()
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its fork server notices and cleans up
            self._process.wait()


class RenderPool:
    """A context manager that judges programs in parallel.

    Workers that die or hang are replaced and their job is tried once more. A job that stops a
    second worker comes back as a program error: its program made a picture that the judge cannot
    bear, and training goes on. Not thread-safe.
    """

    def __init__(
        self,
        domain: str,
        num_workers: int | None = None,
        limits: Limits | None = None,
        interpreter: str | None = None,
        unsafe: bool = False,
        axis_weights: dict[str, float] | None = None,
        options: Mapping[str, OptionValue] | None = None,
    ) -> None:
        """Describe a pool; entering the context starts it.

        Args:
          domain: name for ``load_domain``.
          num_workers: processes, at most four a core; None: as many as this process may use cores.
          limits: of every program; None: the defaults.
          interpreter: Python executable that runs and paints; None: the running one.
          unsafe: run without the layers that this kernel lacks. For trusted programs only.
          axis_weights: see JudgeOptions.
          options: of the domain, see ``Domain.options``; None: its defaults.
        """
        cores = len(os.sched_getaffinity(0))
        if num_workers is None:
            num_workers = cores
        if num_workers < 1:
            raise ValueError(f"num_workers must be at least 1, got {num_workers}")
        if num_workers > _WORKERS_PER_CORE * cores:
            raise ValueError(
                f"num_workers must be at most {_WORKERS_PER_CORE * cores}, {_WORKERS_PER_CORE} for "
                f"each of the {cores} cores that this process may use, got {num_workers}"
            )
        self._num_workers = num_workers
        self._interpreter = interpreter
        self._setup = WorkerSetup(
            domain=domain,
            limits=limits or Limits(),
            unsafe=unsafe,
            axis_weights=axis_weights,
            options=options,
        )
        self._workers: list[_Worker] = []
        self._deaths = 0
        self._killers = 0

    def __enter__(self) -> RenderPool:
        """Start the workers, all at once.

        Raises:
          SandboxUnavailable: programs cannot be run here; LayerUnavailable: not confined.
          ValueError: the domain or the weights are not usable.
          RuntimeError: the workers crash.
        """
        try:
            self._fill()
            while not all(worker.ready for worker in self._workers):
                self._listen([], lambda index, judged: None, deque(), [])
                self._fill()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers and everything that they started."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.connection.close()  # all at once, then wait for each
        for worker in workers:
            worker.stop(_STOP_S if worker.job is None else 0.0)

    def map(
        self, jobs: Sequence[Job], on_done: Callable[[int, Judged], None] | None = None
    ) -> list[Judged]:
        """Judge every job.

        Args:
          jobs: what to judge.
          on_done: called with index and judgement as each job ends, in no particular order.

        Returns:
          One judgement per job, in the order of ``jobs``.

        Raises:
          SandboxUnavailable, RuntimeError: as on start, when workers must be replaced; RuntimeError
            also when every job ends its workers.
        """
        results: list[Judged | None] = [None] * len(jobs)
        attempts = [0] * len(jobs)
        waiting = deque(range(len(jobs)))

        def finish(index: int, judged: Judged) -> None:
            if judged.render.status == "infra":
                _LOGGER.warning("job %d is masked: %s", index, judged.render.error)
            results[index] = judged
            if on_done is not None:
                on_done(index, judged)

        try:
            while any(result is None for result in results):
                self._fill()
                self._hand_out(jobs, waiting)
                self._listen(jobs, finish, waiting, attempts)
        except BaseException:
            for worker in [worker for worker in self._workers if worker.job is not None]:
                self._discard(worker)  # its answer would come to the wrong question
            raise
        return [result for result in results if result is not None]

    def _fill(self) -> None:
        while len(self._workers) < self._num_workers:
            self._workers.append(_Worker(self._setup, self._interpreter))

    def _discard(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.stop(0.0)

    def _hand_out(self, jobs: Sequence[Job], waiting: deque[int]) -> None:
        for worker in self._workers:
            if not waiting or not worker.ready or worker.job is not None:
                continue
            worker.job, worker.stage = waiting.popleft(), ""
            worker.deadline = time.monotonic() + _ACCEPT_S
            try:
                worker.connection.send(jobs[worker.job])
            except OSError:
                pass  # it died while idle; the next receive says so

    def _listen(
        self,
        jobs: Sequence[Job],
        finish: Callable[[int, Judged], None],
        waiting: deque[int],
        attempts: list[int],
    ) -> None:
        """Take in what the workers say, or the fact that one died or hangs."""
        busy = [w for w in self._workers if w.job is not None or not w.ready]
        timeout_s = max(0.0, min(w.deadline for w in busy) - time.monotonic())
        ready = wait([w.connection for w in busy], timeout_s)
        for worker in busy:
            if worker.connection in ready:
                message = worker.receive()
            elif time.monotonic() > worker.deadline:
                message = None
            else:
                continue
            if isinstance(message, Working):
                worker.stage = message.stage
                worker.deadline = time.monotonic() + message.allowed_s
            elif isinstance(message, JobDone) and worker.job is not None:
                self._deaths = self._killers = 0
                index, worker.job = worker.job, None
                if message.leaves:
                    self._discard(worker)
                finish(index, message.judged)
            elif isinstance(message, WorkerReady):
                self._started(worker, message)
            else:
                self._lost(worker, jobs, finish, waiting, attempts)

    def _started(self, worker: _Worker, message: WorkerReady) -> None:
        if not message.error:
            worker.ready = True
            return
        errors = {
            "layer": LayerUnavailable, "sandbox": SandboxUnavailable, "value": ValueError,
            "crash": RuntimeError,
        }  # fmt: skip
        raise errors[message.kind](message.error)

    def _lost(
        self,
        worker: _Worker,
        jobs: Sequence[Job],
        finish: Callable[[int, Judged], None],
        waiting: deque[int],
        attempts: list[int],
    ) -> None:
        """A worker died or hangs: that is its job's doing once it has accepted one."""
        index, stage, ended_by = worker.job, worker.stage, worker.ended_by
        self._discard(worker)
        if index is None or not stage:
            self._lost_idle(worker)
            if index is not None:
                waiting.appendleft(index)
            return
        attempts[index] += 1
        # The limit on judging time is no accident that a second attempt could avoid.
        if attempts[index] < _ATTEMPTS and ended_by != signal.SIGVTALRM:
            waiting.appendleft(index)
            return
        self._killers += 1
        if self._killers >= _KILLERS_IN_A_ROW:
            raise RuntimeError(
                f"{self._killers} different programs one after another ended or held every render "
                f"worker that took them; what the workers said is above on the error stream. Is "
                f"the machine out of memory?"
            )
        finish(index, self._blame(index, jobs[index], stage))

    def _lost_idle(self, worker: _Worker) -> None:
        self._deaths += 1
        if not worker.ready and not any(other.ready for other in self._workers):
            raise SandboxUnavailable(
                f"the render workers under {self._interpreter or sys.executable!r} end while they "
                f"start; what they said is above on the error stream. sandbox.interpreter must be "
                f"Python 3.10 or newer with numpy and the plotting libraries."
            )
        if self._deaths >= _DEATHS_IN_A_ROW:
            raise RuntimeError(
                f"{self._deaths} render workers died one after another; what they said is above on "
                f"the error stream. Is the machine out of memory?"
            )

    def _blame(self, index: int, job: Job, stage: str) -> Judged:
        """The judgement of a job that ended or held as many workers as it was given."""
        if stage == "reference":
            return masked("the reference program of the task stopped the render workers")
        digest = hashlib.sha256(job.source.encode("utf-8", "surrogatepass")).hexdigest()
        _LOGGER.warning(
            "job %d stopped its render workers and is a program error; its program has sha256 %s "
            "and begins with %r",
            index, digest, job.source[:200],
        )  # fmt: skip
        what = "program" if stage == "program" else "program's picture"
        reason = f"the {what} stopped the judge: draw less, and with ordinary values"
        return without_picture(Artifact(status="program_error", error=reason))
