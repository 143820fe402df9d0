"""Rendered attempts on synthetic tasks, and repairs that were checked by rendering.

Every program goes the ordinary way: sandbox, painter, detectors. The result is kept on disk, one
JSON object a task, so that pre-training can restart without drawing anything twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vsdpo_jax.domains.lab import Lab, LabTask
from vsdpo_jax.domains.pool import Job
from vsdpo_jax.lab.feedback import named_axes, read_feedback
from vsdpo_jax.records import Judged
from vsdpo_jax.runtime.metrics import TimeLeft

logger = logging.getLogger(__name__)

NAMED_SHARE = 0.8
"""Each failed axis is named with this probability, so that what is not named stays random."""
MAX_STRENGTH = 2

Judge = Callable[[Sequence[Job]], list[Judged]]
"""``RenderPool.map``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One judged program.

    Attributes:
      choices: what made it, together with its task.
      rubric: axis -> satisfied; empty for programs that gave no picture.
      feedback: the exact text that the teacher reads.
    """

    choices: Any
    rubric: dict[str, bool]
    feedback: str

    def passes(self, axes: Sequence[str]) -> bool:
        """Whether it was drawn and satisfies every one of these axes."""
        return bool(self.rubric) and all(self.rubric.get(axis, True) for axis in axes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A pair of programs of one task: the second mends what was named of the first.

    Attributes:
      flawed, mended: indices into ``TaskAttempts.attempts``.
      named: the axes (or "error") that were to be mended; the others may have stayed.
    """

    flawed: int
    mended: int
    named: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class TaskAttempts:
    """Everything rendered for one training task."""

    task: LabTask
    attempts: list[Attempt] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)

    def to_json(self, lab: Lab) -> str:
        """One line of the cache."""
        return json.dumps(
            {
                "seed": self.task.seed,
                "attempts": [
                    {
                        "choices": lab.choices_to_json(attempt.choices),
                        "rubric": attempt.rubric,
                        "feedback": attempt.feedback,
                    }
                    for attempt in self.attempts
                ],
                "repairs": [asdict(repair) for repair in self.repairs],
            }
        )

    @classmethod
    def from_json(cls, lab: Lab, line: str) -> TaskAttempts:
        """Inverse of ``to_json``."""
        values = json.loads(line)
        return cls(
            task=lab.make_task(values["seed"], "train"),
            attempts=[
                Attempt(**{**item, "choices": lab.choices_from_json(item["choices"])})
                for item in values["attempts"]
            ],
            repairs=[
                Repair(**{**item, "named": tuple(item["named"])}) for item in values["repairs"]
            ],
        )


@dataclass(kw_only=True, slots=True)
class _Open:
    """A repair under way."""

    owner: TaskAttempts
    flawed: int
    named: tuple[str, ...]
    trial: Any = None


def render_tasks(
    lab: Lab, judge: Judge, seeds: Sequence[int], attempts_per_task: int
) -> list[TaskAttempts]:
    """Random attempts for each task, and a checked repair for each flawed one where one is found.

    Args:
      lab: of the domain.
      judge: renders and judges a batch of programs.
      seeds: of training tasks.
      attempts_per_task: random programs a task.

    Returns:
      One record a task; attempts whose machine failed are left out.
    """
    rngs = {seed: np.random.default_rng((seed, 0xED17)) for seed in seeds}
    groups = [TaskAttempts(task=lab.make_task(seed, "train")) for seed in seeds]
    trials = [
        (group, lab.random_choices(rngs[group.task.seed], group.task))
        for group in groups
        for _ in range(attempts_per_task)
    ]
    for (group, _), attempt in zip(trials, _judge_all(lab, judge, trials), strict=True):
        if attempt is not None:
            group.attempts.append(attempt)
    open_repairs = list(_flawed(groups, rngs))
    for strength in range(MAX_STRENGTH + 1):
        for item in open_repairs:
            item.trial = _trial(lab, item, rngs[item.owner.task.seed], strength)
        tried = [(item.owner, item.trial) for item in open_repairs if item.trial is not None]
        judged = _judge_all(lab, judge, tried)
        open_repairs = [
            item
            for item, attempt in zip(open_repairs, judged, strict=True)
            if not _settle(item, attempt)
        ]
    return groups


def _flawed(
    groups: Sequence[TaskAttempts], rngs: dict[int, np.random.Generator]
) -> Iterator[_Open]:
    for group in groups:
        for index, attempt in enumerate(group.attempts):
            rng = rngs[group.task.seed]
            named = named_axes(rng, read_feedback(attempt.feedback), NAMED_SHARE)
            if named:
                yield _Open(owner=group, flawed=index, named=tuple(sorted(named)))


def _trial(lab: Lab, item: _Open, rng: np.random.Generator, strength: int) -> Any:
    """The next edit: of the attempt at first, then of the edit that was not enough."""
    flawed = item.owner.attempts[item.flawed]
    notes = read_feedback(flawed.feedback)
    return lab.repair(
        rng, item.owner.task, flawed.choices, {axis: notes[axis] for axis in item.named}, strength
    )


def _settle(item: _Open, attempt: Attempt | None) -> bool:
    """Keep the attempt, and the pair if it mends what was named and breaks nothing."""
    if attempt is None:
        return False
    flawed = item.owner.attempts[item.flawed]
    item.owner.attempts.append(attempt)
    kept = [axis for axis, satisfied in flawed.rubric.items() if satisfied]
    wanted = [axis for axis in item.named if axis != "error"]
    if not attempt.passes([*kept, *wanted]):
        return False
    mended = len(item.owner.attempts) - 1
    item.owner.repairs.append(Repair(flawed=item.flawed, mended=mended, named=item.named))
    return True


def _judge_all(
    lab: Lab, judge: Judge, trials: Sequence[tuple[TaskAttempts, Any]]
) -> list[Attempt | None]:
    jobs = [
        Job(source=lab.write_program(group.task, choices).source, asked=group.task.asked)
        for group, choices in trials
    ]
    found: list[Attempt | None] = []
    for (_, choices), judged in zip(trials, judge(jobs), strict=True):
        diagnosis = judged.diagnosis
        if diagnosis.masked:
            found.append(None)
            continue
        found.append(Attempt(choices=choices, rubric=diagnosis.rubric, feedback=diagnosis.feedback))
    return found


def extend_cache(
    lab: Lab,
    judge: Judge,
    path: Path,
    num_tasks: int,
    attempts_per_task: int,
    batch_tasks: int = 24,
) -> None:
    """Render until the cache holds ``num_tasks`` tasks: seeds 0, 1, 2, ... in order.

    A line that an interruption left unfinished is dropped and rendered again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    done = len(read_cache(lab, path))
    left = TimeLeft(num_tasks, done)
    while done < num_tasks:
        seeds = range(done, min(done + batch_tasks, num_tasks))
        groups = render_tasks(lab, judge, seeds, attempts_per_task)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(group.to_json(lab) + "\n" for group in groups)
        done += len(groups)
        renders = sum(len(group.attempts) for group in groups)
        pairs = sum(len(group.repairs) for group in groups)
        logger.info("rendered %d of %d tasks (+%d programs, +%d repairs)  %s",
                    done, num_tasks, renders, pairs, left.part(len(groups)))  # fmt: skip


def read_cache(lab: Lab, path: Path) -> list[TaskAttempts]:
    """The tasks of a cache; an unfinished last line is cut off the file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return [TaskAttempts.from_json(lab, line) for line in whole.splitlines()]
