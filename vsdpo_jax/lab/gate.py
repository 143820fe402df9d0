"""Is a mini model informed as a teacher?

Samples held-out tasks with the student's prompt at temperature 1 and judges them. For every
rollout with a defect it samples once more twice: under the feedback of that very rollout (the
teacher) and without (the student again, the base rate: a defect may mend itself by chance). An
axis is informed when the teacher closes at least half of the student's gap to 1 where the axis was
named. Run it before any reinforcement learning: an uninformed axis is mended here, not there.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from vsdpo_jax.domains.lab import ERROR, LabTask
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.domains.prompts import Messages, student_messages, teacher_messages
from vsdpo_jax.lab.corpus import TEMPLATES
from vsdpo_jax.lab.domains import examples, lab_domain, show_progress
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.records import Judged
from vsdpo_jax.rollout.batch import pad_left
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.run import command
from vsdpo_jax.runtime.metrics import TimeLeft
from vsdpo_jax.runtime.streams import open_streams

logger = logging.getLogger(__name__)

REQUIRED_GAIN = 0.5
"""Share of the student's gap to 1 that the teacher must close on a named axis."""
FEW_NAMED = 12
"""Below this many named rollouts an axis is reported but not judged."""
PROMPT_STEP = 128
"""Prompts are padded to a multiple of so many tokens: few shapes, few compilations."""
MAX_NEW_TOKENS = 288
BATCH_PROMPTS = 32

SampleTexts = Callable[[Sequence[Messages]], list[str]]
"""Of at most BATCH_PROMPTS prompts."""
JudgeTexts = Callable[[Sequence[tuple[LabTask, str]]], list[Judged]]


@dataclass(frozen=True, kw_only=True, slots=True)
class AxisGate:
    """One row of the table.

    Attributes:
      axis: a rubric axis, or "error" (satisfied when the program draws).
      named: failed rollouts whose feedback names it.
      failing: share of all drawn rollouts (for "error": of all rollouts) that fail it.
      student, teacher: share that satisfies it when sampled again without and with the feedback.
    """

    axis: str
    named: int
    failing: float
    student: float
    teacher: float

    @property
    def gain(self) -> float:
        """Share of the student's gap to 1 that the teacher closes; 1 where there is no gap."""
        if self.student >= 1.0:
            return 1.0
        return (self.teacher - self.student) / (1.0 - self.student)

    @property
    def passed(self) -> bool | None:
        """Whether the axis is informed; None with too few rollouts to say."""
        return None if self.named < FEW_NAMED else self.gain >= REQUIRED_GAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """The table, and the scores of student and teacher over all rollouts and over flawed ones."""

    axes: tuple[AxisGate, ...]
    num_rollouts: int
    score: float
    exec_rate: float
    flawed_score: float
    teacher_score: float

    @property
    def passed(self) -> bool:
        """Whether no axis failed."""
        return all(axis.passed is not False for axis in self.axes)


def measure(
    sample: SampleTexts,
    judge: JudgeTexts,
    tasks: Sequence[LabTask],
    group: int,
    tell: Callable[[str], None] = logger.info,
) -> Gate:
    """Run the gate.

    Args:
      sample: one completion at temperature 1 for each prompt.
      judge: renders and judges programs.
      tasks: held-out tasks.
      group: rollouts a task.
      tell: takes a line after every batch: what is done, and how long the rest takes.
    """
    rows = [task for task in tasks for _ in range(group)]
    prompts = [student_messages(task.brief, TEMPLATES) for task in rows]
    left = TimeLeft(3 * len(rows))

    def attempt(
        who: str, chats: Sequence[Messages], indices: Sequence[int], bound: str = ""
    ) -> list[Judged]:
        done: list[Judged] = []
        for start in range(0, len(chats), BATCH_PROMPTS):
            part = slice(start, start + BATCH_PROMPTS)
            texts = sample(chats[part])
            done += judge([(rows[i], text) for i, text in zip(indices[part], texts, strict=True)])
            line, rest = f"{who}: {len(done)} of {len(chats)} judged", left.part(len(texts))
            tell(f"{line}  {bound}{rest}" if rest else line)
        return done

    # How many are flawed is not known before: all of them at most.
    first = attempt("student", prompts, range(len(rows)), "at most ")
    kept = [i for i, judged in enumerate(first) if not judged.diagnosis.masked]
    flawed = [i for i in kept if failed_axes(first[i])]
    left.left = 2 * len(flawed)
    again = attempt("student again", [prompts[i] for i in flawed], flawed)
    informed = [
        teacher_messages(rows[i].brief, first[i].diagnosis.feedback, TEMPLATES) for i in flawed
    ]
    taught = attempt("teacher", informed, flawed)
    rewards = [first[i].diagnosis.reward for i in kept]
    return Gate(
        axes=axis_table([first[i] for i in kept], [first[i] for i in flawed], again, taught),
        num_rollouts=len(kept),
        score=_mean(rewards),
        exec_rate=_mean([first[i].diagnosis.r_exec for i in kept]),
        flawed_score=_mean([judged.diagnosis.reward for judged in again]),
        teacher_score=_mean([judged.diagnosis.reward for judged in taught]),
    )


def failed_axes(judged: Judged) -> set[str]:
    """The axes that the feedback names, or ERROR for programs that drew nothing."""
    if judged.render.status != "ok":
        return {ERROR}
    return {axis for axis, satisfied in judged.diagnosis.rubric.items() if not satisfied}


def axis_table(
    first: Sequence[Judged],
    flawed: Sequence[Judged],
    again: Sequence[Judged],
    taught: Sequence[Judged],
) -> tuple[AxisGate, ...]:
    """One row for every axis that any rollout failed.

    Args:
      first: all rollouts.
      flawed: those with a defect.
      again, taught: the new samples without and with feedback, in the order of ``flawed``.
    """
    table = []
    drawn = sum(judged.render.status == "ok" for judged in first)
    axes = dict.fromkeys(axis for judged in first for axis in judged.diagnosis.rubric)
    for axis in (*axes, ERROR):
        named = [i for i, judged in enumerate(flawed) if axis in failed_axes(judged)]
        if not named:
            continue
        table.append(
            AxisGate(
                axis=axis,
                named=len(named),
                failing=len(named) / max(len(first) if axis == ERROR else drawn, 1),
                student=_mean([_satisfies(again[i], axis) for i in named]),
                teacher=_mean([_satisfies(taught[i], axis) for i in named]),
            )
        )
    return tuple(table)


def _satisfies(judged: Judged, axis: str) -> float:
    if axis == ERROR:
        return float(judged.render.status == "ok")
    return float(judged.diagnosis.rubric.get(axis, False))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def render_table(gate: Gate) -> str:
    """The gate as text."""
    lines = [
        f"{gate.num_rollouts} rollouts at temperature 1: score {gate.score:.3f}, "
        f"exec {gate.exec_rate:.3f}",
        f"flawed rollouts sampled again: student {gate.flawed_score:.3f}, "
        f"teacher {gate.teacher_score:.3f}",
        "",
        "axis       failing  named  student  teacher   gain",
    ]
    verdicts = {True: "", False: "  below one half", None: "  too few to judge"}
    lines += [
        f"{row.axis:9s}  {row.failing:7.2f}  {row.named:5d}  {row.student:7.2f}  "
        f"{row.teacher:7.2f}  {row.gain:5.2f}{verdicts[row.passed]}"
        for row in gate.axes
    ]
    return "\n".join(lines)


def to_dict(gate: Gate) -> dict[str, Any]:
    """The gate as JSON-able values."""
    return {
        "num_rollouts": gate.num_rollouts,
        "score": round(gate.score, 4),
        "exec_rate": round(gate.exec_rate, 4),
        "flawed_score": round(gate.flawed_score, 4),
        "teacher_score": round(gate.teacher_score, 4),
        "passed": gate.passed,
        "axes": {
            row.axis: {
                "failing": round(row.failing, 3),
                "named": row.named,
                "student": round(row.student, 3),
                "teacher": round(row.teacher, 3),
                "gain": round(row.gain, 3),
            }
            for row in gate.axes
        },
    }


class TextSampler:
    """Completions of chats at temperature 1, in batches of few shapes."""

    def __init__(self, folder: Path, seed: int) -> None:
        """Args: folder: a Hugging Face folder; seed: of the sampling."""
        self._params, config = weights.load(folder)
        self._processor = Processor(folder)
        self._sampler = Sampler(
            config,
            max_new_tokens=MAX_NEW_TOKENS,
            stop_ids=self._processor.stop_ids,
            pad_id=self._processor.pad_id,
            vocab_size=self._processor.vocab_size,
        )
        self._key = jax.random.key(seed)
        self._calls = 0

    def __call__(self, prompts: Sequence[Messages]) -> list[str]:
        """One completion for each of at most BATCH_PROMPTS prompts."""
        count = len(prompts)
        chunk = [self._processor.encode_chat(messages) for messages in prompts]
        chunk += [chunk[-1]] * (BATCH_PROMPTS - count)  # one shape, one compilation
        limit = PROMPT_STEP * math.ceil(max(map(len, chunk)) / PROMPT_STEP)
        tokens_PS, mask_PS = pad_left(
            chunk, limit, pad_id=self._processor.pad_id, setting="gate.PROMPT_STEP"
        )
        self._calls += 1
        key = jax.random.fold_in(self._key, self._calls)
        samples = jax.device_get(
            self._sampler.sample(self._params, tokens_PS, mask_PS, key, 1, 1.0)
        )
        return [
            self._processor.decode(samples.tokens_BT[row, : samples.length_B[row]])[0]
            for row in range(count)
        ]


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    name = "python -m vsdpo_jax.lab.gate"
    made = argparse.ArgumentParser(prog=name, description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.epilog = examples(name, "--model=mini-{0} --tasks=120 --group=3")
    add = made.add_argument
    add("--domain", type=lab_domain, required=True, help="what the programs draw")
    add("--model", type=Path, required=True, help="Hugging Face folder")
    add("--tasks", type=int, default=160, help="held-out tasks")
    add("--first", type=int, default=0, help="seed of the first held-out task")
    add("--group", type=int, default=4, help="rollouts of each task")
    add("--seed", type=int, default=0, help="of the sampling")
    add("--json", type=Path, help="also write the table to this file")
    return made


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line; wrong arguments end the process with a sentence (status 2)."""
    given = parser().parse_args(arguments)
    if given.tasks < 1 or given.group < 1:
        parser().error("--tasks and --group: use 1 or more")
    if given.first < 0 or given.seed < 0:
        parser().error("--first and --seed: use 0 or more")
    if given.json is not None and not given.json.parent.is_dir():
        parser().error(f"--json={given.json}: there is no folder {given.json.parent}")
    return given


def main(arguments: Sequence[str]) -> int:
    """Entry point of the command. Returns 1 when an axis is uninformed, else 0."""
    given = parse_arguments(arguments)
    show_progress()
    lab, language = given.domain.lab(), given.domain.language
    sampler = TextSampler(given.model, given.seed)
    tasks = [lab.make_task(given.first + i, "heldout") for i in range(given.tasks)]
    with RenderPool(given.domain.name, options=lab.options) as pool:
        logger.info(
            "to do: %d rollouts of %d held-out tasks, then two more of each that is flawed, in "
            "batches of %d; the first batches compile: a minute or two on a CPU",
            given.tasks * given.group, given.tasks, BATCH_PROMPTS,
        )  # fmt: skip

        def judge(programs: Sequence[tuple[LabTask, str]]) -> list[Judged]:
            return pool.map(
                [Job(source=language.extract(text)[0], asked=task.asked) for task, text in programs]
            )

        gate = measure(sampler, judge, tasks, given.group)
    sys.stdout.write(render_table(gate) + "\n")
    if given.json is not None:
        given.json.write_text(json.dumps(to_dict(gate), indent=2) + "\n", encoding="utf-8")
    return 0 if gate.passed else 1


if __name__ == "__main__":
    with open_streams():
        command.guard(
            lambda arguments: sys.exit(main(arguments)), sys.argv[1:],
            interrupted="nothing was kept",
        )  # fmt: skip
