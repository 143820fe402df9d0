"""Score rows: references and answers go through the pools of their rooms, pairs are compared.

A chunk of rows at a time, so that an interruption loses no more than what is running. What the
machine failed is tried again and is never a 0.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from vsdpo_jax.benchmarks.base import (
    Benchmark,
    NoProgram,
    Outcome,
    Request,
    Scores,
    Scoring,
    load_benchmark,
    outcome_of,
)
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.benchmarks.references import References
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.sandbox import Limits

CHUNK = 64
ATTEMPTS = 3
"""Of a request that the machine fails, each of two tries in the pool itself."""
ERROR_LENGTH = 300
_KEPT_REFERENCES = 256


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where programs run.

    Attributes:
      limits: of every program.
      workers: processes; None: one a core.
      interpreter: that runs Python programs; None: the running one.
      unsafe: without the sandbox layers that this kernel lacks.
    """

    limits: Limits
    workers: int | None = None
    interpreter: str | None = None
    unsafe: bool = False


@dataclass(kw_only=True)
class Pools:
    """The pools of a benchmark's rooms, started when they are first needed.

    Attributes:
      stack: that ends them.
      references: readings that were kept; None: none are.
      opened: those that were started.
    """

    benchmark: Benchmark
    scoring: Scoring
    machine: Machine
    stack: contextlib.ExitStack
    references: References | None = None
    opened: dict[str, RenderPool] = field(default_factory=dict)

    def render(self, requests: Sequence[Request], on_done: Callable[[int, Outcome], None]) -> None:
        """Render requests, room by room; those that the machine fails again and again."""
        for room in dict.fromkeys(request.room for request in requests):
            left = [i for i, request in enumerate(requests) if request.room == room]
            for attempt in range(ATTEMPTS):
                left = self._attempt(room, requests, left, on_done, attempt == ATTEMPTS - 1)
                if not left:
                    break

    def render_references(
        self, requests: Sequence[Request], on_done: Callable[[int, Outcome], None]
    ) -> None:
        """Render requests of references, those that nobody has rendered before."""
        kept = self.references
        if kept is None:
            self.render(requests, on_done)
            return
        options = self.benchmark.rooms(self.scoring)
        left = []
        for index, request in enumerate(requests):
            outcome = kept.get(request, options[request.room])
            if outcome is None:
                left.append(index)
            else:
                on_done(index, outcome)

        def take(place: int, outcome: Outcome) -> None:
            request = requests[left[place]]
            kept.put(request, options[request.room], outcome)
            on_done(left[place], outcome)

        self.render([requests[index] for index in left], take)

    def _attempt(
        self,
        room: str,
        requests: Sequence[Request],
        indices: list[int],
        on_done: Callable[[int, Outcome], None],
        is_last: bool,
    ) -> list[int]:
        failed = []

        def take(place: int, judged: Any) -> None:
            outcome = outcome_of(judged)
            if outcome.status == "infra" and not is_last:
                failed.append(indices[place])
            else:
                on_done(indices[place], outcome)

        self._pool(room).map([Job(source=requests[i].source) for i in indices], take)
        return failed

    def _pool(self, room: str) -> RenderPool:
        if room not in self.opened:
            pool = RenderPool(
                room,
                num_workers=self.machine.workers,
                limits=self.machine.limits,
                interpreter=self.machine.interpreter,
                unsafe=self.machine.unsafe,
                options=self.benchmark.rooms(self.scoring)[room],
            )
            self.opened[room] = self.stack.enter_context(pool)
        return self.opened[room]


def score(
    benchmark: Benchmark,
    rows: Sequence[Row],
    scoring: Scoring,
    machine: Machine,
    on_row: Callable[[Row, dict[str, Any]], None],
    references: References | None = None,
) -> None:
    """Score rows, in no particular order.

    Args:
      benchmark: whose.
      rows: what is to be scored.
      scoring: how.
      machine: where.
      on_row: called with each row and its result.
      references: readings that were kept; None: every reference is rendered.

    Raises:
      SandboxUnavailable, RuntimeError: programs cannot be run here (see RenderPool).
    """
    with contextlib.ExitStack() as stack:
        pools = Pools(
            benchmark=benchmark, scoring=scoring, machine=machine, stack=stack,
            references=references,
        )  # fmt: skip
        executor = stack.enter_context(_executor(benchmark, machine))
        known: dict[str, Outcome] = {}
        for start in range(0, len(rows), CHUNK):
            chunk = _Chunk(benchmark, scoring, executor, on_row)
            chunk.score(rows[start : start + CHUNK], pools, known)
            while len(known) > _KEPT_REFERENCES:
                known.pop(next(iter(known)))


@contextlib.contextmanager
def _executor(benchmark: Benchmark, machine: Machine) -> Iterator[Executor | None]:
    if not benchmark.is_slow:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(machine.workers, mp_context=context)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


class _Chunk:
    """Scores some rows."""

    def __init__(
        self,
        benchmark: Benchmark,
        scoring: Scoring,
        executor: Executor | None,
        on_row: Callable[[Row, dict[str, Any]], None],
    ) -> None:
        self._benchmark = benchmark
        self._scoring = scoring
        self._executor = executor
        self._on_row = on_row
        self._waiting: list[tuple[Row, Request, Outcome, Future[Scores]]] = []

    def score(self, rows: Sequence[Row], pools: Pools, known: dict[str, Outcome]) -> None:
        """Score ``rows``; ``known`` holds readings of references by their text, and gets more."""
        answered: list[tuple[Row, Request]] = []
        for row in rows:
            request = self._request(row)
            if request is not None:
                answered.append((row, request))
        self._read_references([row for row, _ in answered], pools, known)
        requests = [request for _, request in answered]

        def take(index: int, outcome: Outcome) -> None:
            row, request = answered[index]
            self._compare(row, request, outcome, known.get(row.reference or ""))
            self._collect(wait=False)

        pools.render(requests, take)
        self._collect(wait=True)

    def _request(self, row: Row) -> Request | None:
        """What is rendered of an answer; a row without a program is finished at once."""
        if row.answer is None:
            self._finish(row, "missing", "there is no prediction", self._benchmark.failed())
            return None
        try:
            return self._benchmark.candidate(row.answer, row.name, self._scoring)
        except NoProgram as error:
            self._finish(row, "no_program", str(error), self._benchmark.failed())
            return None

    def _read_references(
        self, rows: Sequence[Row], pools: Pools, known: dict[str, Outcome]
    ) -> None:
        needed = {row.reference: row.name for row in rows if row.reference is not None}
        texts = [text for text in needed if text not in known]
        requests = [self._benchmark.reference(t, needed[t], self._scoring) for t in texts]

        def take(index: int, outcome: Outcome) -> None:
            known[texts[index]] = outcome

        pools.render_references(requests, take)

    def _compare(
        self, row: Row, request: Request, outcome: Outcome, reference: Outcome | None
    ) -> None:
        if outcome.status == "infra":
            self._finish(row, "infra", outcome.error, self._null())
        elif reference is not None and reference.status != "ok":
            status = "infra" if reference.status == "infra" else "reference_failed"
            error = f"the reference: {reference.status}: {reference.error}"
            self._finish(row, status, error, self._null())
        elif outcome.status != "ok":
            scores = self._benchmark.failed()
            self._finish(row, outcome.status, outcome.error, scores, request, outcome)
        else:
            theirs = None if reference is None else reference.reading
            task = (self._benchmark.name, row.name, outcome.reading or {}, theirs, self._scoring)
            if self._executor is None:
                self._scored(row, request, outcome, _compared(*task))
            else:
                future = self._executor.submit(_compared, *task)
                self._waiting.append((row, request, outcome, future))

    def _collect(self, *, wait: bool) -> None:
        ready = [entry for entry in self._waiting if wait or entry[3].done()]
        for entry in ready:
            self._waiting.remove(entry)
            row, request, outcome, future = entry
            self._scored(row, request, outcome, future.result())

    def _scored(self, row: Row, request: Request, outcome: Outcome, scores: Scores) -> None:
        error = str((outcome.reading or {}).get("error", ""))
        status = "program_error" if error else "ok"
        self._finish(row, status, error, scores, request, outcome)

    def _null(self) -> Scores:
        return Scores(axes=dict.fromkeys(self._benchmark.axes))

    def _finish(
        self,
        row: Row,
        status: str,
        error: str,
        scores: Scores,
        request: Request | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        formed = status != "no_program" and (request is None or request.formed)
        if request is not None and (reason := self._benchmark.doubt(request)):
            nothing = dict.fromkeys(self._benchmark.axes)
            scores = Scores(axes=nothing, notes=dict.fromkeys(nothing, reason))
        result: dict[str, Any] = {"id": row.name, "status": status, **scores.axes, **scores.extra}
        if error:
            result["error"] = error[-ERROR_LENGTH:]
        if scores.notes:
            result["null_because"] = dict(scores.notes)
        if not formed:
            result["format_failure"] = True
        if said := self._cautions(row):
            result["caution"] = said
        if outcome is not None:
            result["cpu_s"] = round(outcome.cpu_s, 3)
            result.update(_kept(outcome.reading or {}))
        self._on_row(row, result)

    def _cautions(self, row: Row) -> str:
        texts = {"the answer": row.answer, "the reference": row.reference}
        found = {whose: self._benchmark.caution(text) for whose, text in texts.items() if text}
        return "; ".join(f"{whose} {words}" for whose, words in found.items() if words)


def _kept(reading: Mapping[str, Any]) -> dict[str, Any]:
    """What the summary needs of a reading: in the journal, not in the result."""
    return {"_versions": reading["versions"]} if reading.get("versions") else {}


def _compared(
    benchmark: str,
    name: str,
    candidate: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    scoring: Scoring,
) -> Scores:
    """``Benchmark.compare``, by name: of another process, too."""
    return load_benchmark(benchmark).compare(name, candidate, reference, scoring)
