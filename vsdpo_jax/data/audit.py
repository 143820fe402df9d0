"""Read a whole corpus: every row is a task or is named, with why; optionally draw every program.

The subset that runs and looks like itself (Chart2Code's users keep programs that score 1 against
themselves: random values, kinds that no axis reads and pictures without a mark go) is what is left.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vsdpo_jax.benchmarks.base import Scoring, load_benchmark
from vsdpo_jax.benchmarks.predictions import Row as ScoredRow
from vsdpo_jax.benchmarks.scoring import Machine, score
from vsdpo_jax.data.corpora.base import Corpus, Reader
from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.pictures import Spool
from vsdpo_jax.data.verdicts import Verdicts, head_of, read_verdicts
from vsdpo_jax.domains.base import Domain
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged, Task

BATCH = 64
SAME = 1 - 1e-6

SelfScore = Callable[[Sequence[Task]], Sequence[BadRow | None]]
"""For each task, why its reference program does not do as a target; None: it does."""


def audit(
    reader: Reader,
    path: Path,
    *,
    self_score: SelfScore | None = None,
    test: str = "",
    on_batch: Callable[[int], None] = lambda done: None,
) -> Verdicts:
    """Look at every row of a part, in order, from where an earlier call stopped.

    Args:
      reader: the opened part.
      path: of the file of verdicts.
      self_score: the test that programs have to pass, too.
      test: its name, so that a check does not go on with another one; "" without.
      on_batch: told how many rows are done.

    Raises:
      CorpusError: a file that is of another table or another kind of check.
    """
    head = head_of(reader, test)
    verdicts = read_verdicts(path) if path.exists() else Verdicts(head=head)
    if verdicts.head != head:
        raise CorpusError(
            f"{path}: is of other files, or of a check by another test "
            f"({verdicts.head['test'] or 'none'}); delete it to check again"
        )
    digests = path.with_suffix(".digests")  # of all rows that are done, to know a copy by
    seen, earlier = _read_digests(digests, verdicts.done), Counter(verdicts.notes)
    reader.notes.clear()
    with _written(path), path.open("ab") as file, digests.open("ab") as known:
        file.truncate(verdicts.size)
        known.truncate(8 * verdicts.done)
        if not verdicts.size:
            file.write(_line(head))
        for start in range(verdicts.done, reader.num_rows, BATCH):
            rows = range(start, min(start + BATCH, reader.num_rows))
            bad, digest_R = _judge(reader, rows, seen, self_score)
            for row, error in bad.items():
                verdicts.rows[row] = error.kind
                file.write(_line({"row": row, "kind": error.kind, "detail": error.detail}))
            known.write(digest_R.tobytes())
            known.flush()
            verdicts.done = rows.stop
            verdicts.notes = dict(earlier + reader.notes)
            file.write(_line({"done": verdicts.done, "notes": verdicts.notes}))
            file.flush()
            on_batch(verdicts.done)
        verdicts.size = file.tell()
    digests.unlink()
    return verdicts


@contextlib.contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be written ({error.strerror}); make room or give rights, and the same "
            "command goes on"
        ) from error


def _read_digests(path: Path, count: int) -> dict[int, int]:
    """Digest -> the first row that has it, of rows that an earlier call has done."""
    if not count or not path.exists():
        return {}
    known = np.fromfile(path, np.int64, count)
    first: dict[int, int] = {}
    for row, digest in enumerate(known.tolist()):
        if digest:
            first.setdefault(digest, row)
    return first


def _judge(
    reader: Reader, rows: range, seen: dict[int, int], self_score: SelfScore | None
) -> tuple[dict[int, BadRow], np.ndarray]:
    """Rows that are left out -> why; the digest of each row, 0 where there is no task."""
    bad, tasks, spool = {}, {}, Spool()
    digest_R = np.zeros(len(rows), np.int64)
    for place, row in enumerate(rows):
        try:
            task = reader.task(row, spool)
            digest = _digest(task)
            digest_R[place] = digest
            if digest in seen:
                raise BadRow("same as an earlier row", f"row {seen[digest]}")
            seen[digest] = row
            tasks[row] = task
        except BadRow as error:
            bad[row] = error
    if self_score is not None and tasks:
        verdicts = self_score(list(tasks.values()))
        bad |= {row: error for row, error in zip(tasks, verdicts, strict=True) if error is not None}
    return dict(sorted(bad.items())), digest_R


def _digest(task: Task) -> int:
    """Of what makes a task the same as another: brief, program and picture."""
    digest = hashlib.sha256(f"{task.brief}\0{task.reference}\0".encode("utf-8", "surrogatepass"))
    for image in task.images:
        digest.update(Path(image).read_bytes())
    return int.from_bytes(digest.digest()[:8], "big", signed=True) or 1


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value) + "\n").encode()


def drawn_twice(domain: Domain, pool: RenderPool) -> SelfScore:
    """The test with the domain's own judge: the program draws something, and a second drawing
    earns full marks against it on every axis that compares.

    Args:
      domain: of the programs.
      pool: of this domain, entered.
    """

    def self_score(tasks: Sequence[Task]) -> list[BadRow | None]:
        programs = [task.reference for task in tasks]
        jobs = [Job(source=program or "", asked=None, reference=None) for program in programs]
        found = [_drawing_fault(judged) for judged in _settled(pool, jobs)]
        for place, program in enumerate(programs):
            if program is None:
                found[place] = BadRow("no reference program")
        good = [place for place, error in enumerate(found) if error is None]
        again = [
            Job(source=jobs[place].source, asked=None, reference=jobs[place].source)
            for place in good
        ]
        for place, judged in zip(good, _settled(pool, again), strict=True):
            found[place] = _likeness_fault(domain, judged)
        return found

    return self_score


def _settled(pool: RenderPool, jobs: Sequence[Job]) -> list[Judged]:
    """Judgements; those that the machine failed are tried once more."""
    judged = pool.map(list(jobs))
    failed = [place for place, result in enumerate(judged) if result.diagnosis.masked]
    for place, result in zip(failed, pool.map([jobs[place] for place in failed]), strict=True):
        judged[place] = result
    return judged


def _drawing_fault(judged: Judged) -> BadRow | None:
    render = judged.render
    if render.status == "ok":
        return None
    reason = (render.error.strip().splitlines() or [""])[-1][:200]
    return BadRow(f"program draws nothing: {render.limit or render.status}", reason)


def _likeness_fault(domain: Domain, judged: Judged) -> BadRow | None:
    if judged.render.status != "ok":
        return BadRow("program draws nothing the second time", judged.render.status)
    scores = judged.diagnosis.scores
    low = [
        f"{axis} {scores.get(axis, 0.0):.3f}"
        for axis in domain.reference_axes
        if scores.get(axis, 0.0) < SAME
    ]
    return BadRow("program does not match itself", ", ".join(low)) if low else None


def scored_by(name: str, corpus: Corpus, machine: Machine) -> SelfScore:
    """The test with a benchmark's scorer: 1 on every axis for a program against itself.

    Args:
      name: of the benchmark.
      corpus: whose programs.
      machine: where they run.

    Raises:
      ValueError: there is no such benchmark, or it compares with nothing.
    """
    benchmark = load_benchmark(name)
    if not benchmark.needs_reference:
        raise ValueError(f"{name!r} compares with no reference")
    scoring = Scoring(edition=benchmark.editions[0])

    def self_score(tasks: Sequence[Task]) -> list[BadRow | None]:
        found: list[BadRow | None] = [BadRow("no reference program")] * len(tasks)
        rows = [
            ScoredRow(
                number=place, name=task.task_id.rpartition("/")[2],
                reference=corpus.scored_form(task.reference),
                answer=f"```{corpus.language.lower()}\n{task.reference}\n```",
            )
            for place, task in enumerate(tasks)
            if task.reference is not None
        ]  # fmt: skip

        def take(row: ScoredRow, result: dict[str, Any]) -> None:
            found[row.number] = _score_fault(benchmark.axes, result)

        score(benchmark, rows, scoring, machine, take)
        return found

    return self_score


def _score_fault(axes: Sequence[str], result: Mapping[str, Any]) -> BadRow | None:
    if result["status"] != "ok":
        return BadRow(f"program is not scored: {result['status']}", result.get("error", ""))
    values = {axis: result[axis] for axis in axes}
    numbers = {
        axis: value["f1"] if isinstance(value, Mapping) else value for axis, value in values.items()
    }
    low = [f"{axis} {value}" for axis, value in numbers.items() if value is None or value < SAME]
    return BadRow("program does not match itself", ", ".join(low)) if low else None
