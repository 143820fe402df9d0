"""The figures of the report: means over tasks with standard errors, cured and introduced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vsdpo_jax.reporting.runs import ReportError, Shown
from vsdpo_jax.runtime.episodes import Sample

SATISFIED, FAILED, MASKED = "1", "0", "?"
"""What is known of a task and an axis. A program that did not run satisfies no axis; a machine that
failed says nothing."""
CURED, INTRODUCED = "cured", "introduced"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Case:
    """One task, and what one or two policies drew for it.

    Attributes:
      sides: one rollout, or the two that are compared.
      axes: of the rubric.
      states: for each side, the state of every axis, a letter each.
    """

    sides: tuple[Shown, ...]
    axes: tuple[str, ...]
    states: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        states = tuple(_states(side.sample, self.axes) for side in self.sides)
        object.__setattr__(self, "states", states)

    @property
    def is_judged(self) -> bool:
        return not any(side.sample.judged.diagnosis.masked for side in self.sides)

    @property
    def gain(self) -> float:
        """Reward of the last side, less that of the first where there are two."""
        rewards = [side.sample.judged.diagnosis.reward for side in self.sides]
        return rewards[-1] - rewards[0] if len(rewards) == 2 else rewards[0]

    def fates(self) -> dict[str, str]:
        """Axis -> cured or introduced, where the two sides differ."""
        if len(self.states) < 2 or not self.is_judged:
            return {}
        pairs = zip(self.axes, *self.states, strict=True)
        return {
            axis: CURED if second == SATISFIED else INTRODUCED
            for axis, first, second in pairs
            if first != second
        }


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over tasks and its standard error (ddof = 1; NaN for a single task)."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.1f}" + ("" if math.isnan(self.error) else f" ± {self.error:.1f}")

    @property
    def signed(self) -> str:
        return ("+" if self.value >= 0 else "") + str(self).replace("-", "−")

    @property
    def is_clear(self) -> bool:
        """Below twice its error a difference says nothing."""
        return abs(self.value) > 2 * self.error


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line of the score table, in percent.

    Attributes:
      means: of each side.
      change: mean difference over the tasks judged on both sides, paired; None with one side.
      cured, introduced: tasks on which an axis went over to satisfied, and away from it.
      example: what a defect of the axis reads.
    """

    name: str
    is_axis: bool
    means: tuple[Mean, ...]
    change: Mean | None
    cured: int
    introduced: int
    example: str


def pair_up(first: Sequence[Shown], second: Sequence[Shown] | None) -> list[Case]:
    """A case for every task; of two sequences, for every task that both have.

    Raises:
      ReportError: they have no task in common.
    """
    if second is None:
        axes = _axes(first)
        return [Case(sides=(one,), axes=axes) for one in first]
    others = {_key(other): other for other in second}
    pairs = [(one, others[_key(one)]) for one in first if _key(one) in others]
    if not pairs:
        raise ReportError(
            f"these evaluations ({len(first)} and {len(second)} rollouts) have no task in common; "
            "compare runs of the same held-out tasks"
        )
    axes = _axes([side for pair in pairs for side in pair])
    return [Case(sides=pair, axes=axes) for pair in pairs]


def rows(cases: Sequence[Case]) -> list[Row]:
    """The score table: the score, the share of programs that run, every axis."""
    examples = _examples(cases)
    result = [
        _row("score", cases, lambda sample, _: 100 * sample.judged.diagnosis.reward),
        _row("runs", cases, lambda sample, _: 100 * float(sample.judged.diagnosis.r_exec)),
    ]
    for index, axis in enumerate(cases[0].axes):

        def satisfied(sample: Sample, states: str, index: int = index) -> float:
            return 100 * float(states[index] == SATISFIED)

        result.append(_row(axis, cases, satisfied, examples.get(axis, ""), is_axis=True))
    return result


def mean_of(values: Sequence[float]) -> Mean:
    """Mean and standard error of values, one a task; NaN without any."""
    array = np.asarray(values, np.float64)
    if not len(array):
        return Mean(math.nan, math.nan)
    error = float(array.std(ddof=1)) / math.sqrt(len(array)) if len(array) > 1 else math.nan
    return Mean(float(array.mean()), error)


def format_table(columns: Mapping[str, Mapping[str, Any]]) -> str:
    """The score table for a terminal: a column for each evaluation.

    Args:
      columns: name -> {"score", "stderr", "exec_rate", "axes", "num_tasks"} as in summary.json.
    """
    axes = dict.fromkeys(axis for column in columns.values() for axis in column["axes"])
    lines = [
        ["held-out tasks", *columns],
        ["score (0-100)", *(f"{c['score']:.1f} ± {c['stderr']:.1f}" for c in columns.values())],
        ["runs", *(f"{c['exec_rate']:.2f}" for c in columns.values())],
        *(
            [axis, *(f"{c['axes'].get(axis, math.nan):.2f}" for c in columns.values())]
            for axis in axes
        ),
        ["tasks", *(str(column["num_tasks"]) for column in columns.values())],
    ]
    widths = [max(18, 2 + max(map(len, column))) for column in zip(*lines, strict=True)]
    return "\n".join(
        line[0].ljust(widths[0])
        + "".join(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in lines
    )


def _row(name: str, cases: Sequence[Case], value: Any, example: str = "", *, is_axis=False) -> Row:
    num_sides = len(cases[0].sides)
    kept = [
        [
            value(case.sides[side].sample, case.states[side])
            for case in cases
            if not case.sides[side].sample.judged.diagnosis.masked
        ]
        for side in range(num_sides)
    ]
    change, fates = None, []
    if num_sides == 2:
        judged = [case for case in cases if case.is_judged]
        values = [
            [value(case.sides[side].sample, case.states[side]) for side in (0, 1)]
            for case in judged
        ]
        change = mean_of([second - first for first, second in values])
        fates = [case.fates().get(name) for case in judged] if is_axis else []
    return Row(
        name=name, is_axis=is_axis, means=tuple(map(mean_of, kept)), change=change,
        cured=fates.count(CURED), introduced=fates.count(INTRODUCED), example=example,
    )  # fmt: skip


def _states(sample: Sample, axes: Sequence[str]) -> str:
    diagnosis = sample.judged.diagnosis
    if diagnosis.masked:
        return MASKED * len(axes)
    return "".join(SATISFIED if diagnosis.rubric.get(axis) else FAILED for axis in axes)


def _axes(shown: Sequence[Shown]) -> tuple[str, ...]:
    rubrics = (side.sample.judged.diagnosis.rubric for side in shown)
    return tuple(dict.fromkeys(axis for rubric in rubrics for axis in rubric))


def _key(shown: Shown) -> tuple[str, str]:
    """Tasks are the same when they say the same: ids of two task files may meet by chance."""
    return shown.sample.task.task_id, shown.sample.task.brief


def _examples(cases: Sequence[Case]) -> dict[str, str]:
    """Axis -> the message of its first defect: what the axis means, in its own words."""
    return {axis: message for axis, message in reversed(list(_messages(cases)))}


def _messages(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    for case in cases:
        for side in case.sides:
            for defect in side.sample.judged.diagnosis.defects:
                if defect.severity:
                    yield defect.axis, defect.message
