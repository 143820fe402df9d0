"""What a benchmark is: one record, in the module ``benchmark`` of one folder.

Scoring a row goes through four functions of the record: ``candidate`` and ``reference`` turn texts
into requests, a room renders a request and reads it, ``compare`` scores two readings. Only rooms
run what models wrote; what leaves them is checked data.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vsdpo_jax.domains.base import Artifact, Option, OptionValue
from vsdpo_jax.domains.rubric import with_picture
from vsdpo_jax.endpoint.chat import Chat
from vsdpo_jax.records import Diagnosis, Judged

Value = float | Mapping[str, float] | None
"""Of an axis: a number, parts by name, or null where it cannot be computed."""
RowStatus = Literal[
    "ok", "no_program", "program_error", "no_artifact", "limit", "tamper", "infra",
    "reference_failed", "missing",
]  # fmt: skip
"""ok: scored. no_program: the answer holds no program. missing: there is no answer. From
program_error to tamper: as records.RenderStatus. infra: the machine failed, the row is null and
tried again. reference_failed: the benchmark's own program draws nothing here, the row is null."""
NULL_STATUSES = ("infra", "reference_failed")
BUSY = 0.03
"""Processor seconds a second on the clock from which a program computes; one that sleeps has less.
"""


class NoProgram(ValueError):
    """An answer holds no program; the message says what it holds instead."""


class DataError(ValueError):
    """A folder is not the benchmark. The message names it and says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """How rows are scored.

    Attributes:
      edition: one of the benchmark's.
      robust: repair what a reward should not inherit.
      data: the benchmark's folder; None: references stand in the rows.
      weights: folder of a model that an axis needs; None: looked for in the hub's cache.
      options: a value for each of ``Benchmark.options`` that is not at its default.
    """

    edition: str
    robust: bool = False
    data: Path | None = None
    weights: Path | None = None
    options: Mapping[str, OptionValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a room renders.

    Attributes:
      room: dotted name of a package with a domain.py.
      source: of the room's renderer.
      formed: whether the answer had the asked form; else it is counted as a format failure.
    """

    room: str
    source: str
    formed: bool = True


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a request.

    Attributes:
      status: as records.RenderStatus.
      error: why there is no reading; "" when ok.
      reading: what the room read, JSON-able; None unless ok.
      cpu_s: of the program.
    """

    status: str
    error: str = ""
    reading: Mapping[str, Any] | None = None
    cpu_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The axes of a row.

    Attributes:
      axes: axis -> value; null where it cannot be computed.
      notes: axis -> why it is null.
      extra: what ``Benchmark.finish`` needs, under names that begin with "_".
    """

    axes: Mapping[str, Value]
    notes: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the summary table.

    Attributes:
      name: its heading.
      value: of a row's axes, in [0, 1]; None: the row counts for nothing here.
    """

    name: str
    value: Callable[[Mapping[str, Any]], float | None]


def axis_column(name: str, *axes: str) -> Column:
    """A column with the mean of these axes, nothing where one of them is null."""

    def value(row: Mapping[str, Any]) -> float | None:
        values = [row[axis] for axis in axes]
        return None if None in values else sum(values) / len(values)

    return Column(name=name, value=value)


@dataclass(frozen=True, kw_only=True)
class JudgedAxis:
    """An axis that a vision model judges from two pictures.

    Attributes:
      name: of the axis; its values are in [0, 1].
      columns: of the summary table, after those of the benchmark.
      picture: ``picture(text, name, is_candidate)``: what draws a picture to show; its room's
        reading has "picture" (PNG in base64) and "is_blank". Raises NoProgram.
      question: ``question(reference, candidate)``, two PNG.
      score: of an answer, in [0, 1]; None: it gives none, so that nothing is known.
    """

    name: str
    columns: tuple[Column, ...]
    picture: Callable[[str, str, bool], Request]
    question: Callable[[bytes, bytes], Chat]
    score: Callable[[str], float | None]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A benchmark.

    Attributes:
      name: under which ``load_benchmark`` finds it.
      task: as papers call it.
      axes: in the order of the output.
      columns: of the summary table.
      editions: of the official evaluator that score differently; the first is the default.
      options: constants that nobody publishes, and what they are here.
      rooms: room -> its options for a scoring; all that its requests may name.
      parts: of corpora that hold its examples (docs/corpora.md), the first is the usual one.
      id_fields, reference_fields: names of a row's fields, the first that is there counts.
      needs_reference: whether rows are compared with a reference.
      references: id -> reference of every example in the benchmark's folder. Raises DataError.
      reference_name: the id of a reference field that holds a path instead of a text; None: a text.
      candidate: ``candidate(answer, id, scoring)``. Raises NoProgram.
      reference: ``reference(text, id, scoring)``.
      compare: ``compare(id, candidate, reference, scoring)`` on readings; no machine can fail it.
      failed: the scores of an answer without a picture.
      doubt: why a request cannot be drawn as it is meant, which makes all axes null; None: it can.
      caution: what of an answer or reference is drawn otherwise here than elsewhere; the row says
        so and is scored all the same. None: nothing.
      is_slow: comparing takes processor seconds, and is done in processes of its own.
      drawn_with: what else its references are drawn with, such as the file of a browser: as long
        as it is the same, readings of references are kept.
      finish: what is computed over many rows at once: it changes the axes of finished rows in
        place and returns notes for the summary; None: nothing.
      judged: the axis that a judge adds where one is asked for; None: it has none.
    """

    name: str
    task: str
    axes: tuple[str, ...]
    columns: tuple[Column, ...]
    editions: tuple[str, ...]
    options: Mapping[str, Option] = field(default_factory=dict)
    rooms: Callable[[Scoring], Mapping[str, Mapping[str, OptionValue]]]
    parts: tuple[str, ...] = ()
    id_fields: tuple[str, ...]
    reference_fields: tuple[str, ...] = ()
    needs_reference: bool
    references: Callable[[Path], dict[str, str]]
    reference_name: Callable[[str], str | None] = lambda text: None
    candidate: Callable[[str, str, Scoring], Request]
    reference: Callable[[str, str, Scoring], Request]
    compare: Callable[[str, Mapping[str, Any], Mapping[str, Any] | None, Scoring], Scores]
    failed: Callable[[], Scores]
    doubt: Callable[[Request], str | None] = lambda request: None
    caution: Callable[[str], str | None] = lambda text: None
    is_slow: bool = False
    drawn_with: Callable[[], str] = lambda: ""
    finish: Callable[[Sequence[dict[str, Any]], Scoring], list[str]] | None = None
    judged: JudgedAxis | None = None


def read(artifact: Artifact, reading: Mapping[str, Any]) -> Judged:
    """The judgement of a room: a reading, no verdict, and no picture worth sending."""
    verdict = Diagnosis(rubric={}, scores={}, defects=(), feedback="", r_exec=1.0, r_vis=0.0)
    judged = with_picture(artifact, "", np.zeros((1, 1, 3), np.uint8), (), verdict)
    judged.extra["reading"] = dict(reading)
    return judged


def outcome_of(judged: Judged) -> Outcome:
    """What a pool's judgement says.

    A program that meets the clock while it computes is not at fault: the machine is too busy.
    """
    render = judged.render
    if render.limit == "wall" and render.cpu_s >= BUSY * render.wall_s:
        error = (
            f"the program ran for {render.wall_s:.0f} s on the clock and got {render.cpu_s:.1f} s "
            f"of processor time: the machine is too busy; use fewer --workers"
        )
        return Outcome(status="infra", error=error, cpu_s=render.cpu_s)
    if render.status != "ok":
        limit = f"{render.limit} limit: " if render.limit else ""
        error = render.error if render.error.startswith(limit) else limit + render.error
        return Outcome(status=render.status, error=error, cpu_s=render.cpu_s)
    return Outcome(status="ok", reading=judged.extra["reading"], cpu_s=render.cpu_s)


def find_benchmarks() -> tuple[str, ...]:
    """The names of the benchmarks: folders of this package with a file benchmark.py."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/benchmark.py")))


@cache
def load_benchmark(name: str) -> Benchmark:
    """Import a benchmark's record.

    Raises:
      ValueError: there is no such benchmark.
    """
    known = find_benchmarks()
    if name not in known:
        raise ValueError(f"{name!r} is unknown; known: {', '.join(known)}")
    return importlib.import_module(f"{__package__}.{name}.benchmark").BENCHMARK
