"""The seven stages between two updates, as functions from records to records.

train.py calls them in order; evaluate.py calls the first three. Nothing here keeps state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from vsdpo_jax import credit
from vsdpo_jax.domains import prompts
from vsdpo_jax.domains.base import extract_program
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged, Rollout, StatementCredit, Task
from vsdpo_jax.rollout import batch as batches
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.rollout.sampler import Sampler
from vsdpo_jax.settings import Settings


def encode_prompts(
    processor: Processor, settings: Settings, tasks: Sequence[Task]
) -> list[np.ndarray]:
    """Stage 1, prompts: what the student reads, as token ids (Eq. 1's x)."""
    return [
        processor.encode_chat(prompts.student_messages(task.brief, settings.teacher.templates))
        for task in tasks
    ]


def sample_rollouts(
    sampler: Sampler,
    params: Any,
    processor: Processor,
    tasks: Sequence[Task],
    prompt_ids: Sequence[np.ndarray],
    key: jax.Array,
    *,
    group_size: int,
    prompt_limit: int,
    temperature: float,
    policy_version: int,
) -> list[Rollout]:
    """Stage 2, rollouts: ``group_size`` completions of every prompt, groups side by side."""
    tokens_PS, mask_PS = batches.pad_left(
        prompt_ids, prompt_limit, pad_id=processor.pad_id, setting="rollout.prompt_limit"
    )
    samples = jax.device_get(
        sampler.sample(params, tokens_PS, mask_PS, key, group_size, temperature)
    )
    rollouts = []
    for row, length in enumerate(samples.length_B):
        tokens_T = np.asarray(samples.tokens_BT[row, :length], np.int32)
        text, offsets_T2 = processor.decode(tokens_T)
        rollouts.append(
            Rollout(
                task_id=tasks[row // group_size].task_id,
                group_id=row // group_size,
                sample_id=row % group_size,
                policy_version=policy_version,
                tokens_T=tokens_T,
                logp_T=np.asarray(samples.logp_BT[row, :length], np.float32),
                offsets_T2=offsets_T2,
                text=text,
                stop_reason="stop" if samples.stopped_B[row] else "length",
            )
        )
    return rollouts


def judge_rollouts(
    pool: RenderPool,
    tasks: Sequence[Task],
    rollouts: Sequence[Rollout],
    on_done: Callable[[int, Judged], None] | None = None,
) -> list[Judged]:
    """Stage 3, render and diagnose: every rollout's picture, rubric, defects and reward (Eq. 8)."""
    jobs = [
        Job(
            source=extract_program(rollout.text)[0],
            asked=tasks[rollout.group_id].asked,
            reference=tasks[rollout.group_id].reference,
        )
        for rollout in rollouts
    ]
    return pool.map(jobs, on_done=on_done)


def assign_credit(
    rollout: Rollout, judged: Judged, alpha: float
) -> tuple[tuple[StatementCredit, ...], np.ndarray]:
    """Stage 4, credit: responsibility of every statement (Eq. 4), weight of every token (Eq. 5)."""
    program, offset = extract_program(rollout.text)
    assigned = credit.assign(program, judged.render.elements, judged.diagnosis.defects, alpha)
    weight_S = np.array([statement.weight for statement in assigned])
    weight_T = credit.token_weights(rollout.offsets_T2, credit.parse(program), weight_S, offset)
    return tuple(assigned), weight_T


def encode_teacher(
    processor: Processor, settings: Settings, task: Task, judged: Judged
) -> np.ndarray:
    """Stage 5, teacher contexts: the prompt with this rollout's feedback (Eq. 2's x, v).

    A feedback that does not fit teacher.prompt_limit (a long error trace, many defects) loses its
    end; the prompt itself is never cut.
    """
    templates = settings.teacher.templates
    if settings.teacher.context == "none":
        return processor.encode_chat(prompts.student_messages(task.brief, templates))
    feedback = judged.diagnosis.feedback
    while True:
        ids = processor.encode_chat(prompts.teacher_messages(task.brief, feedback, templates))
        over = len(ids) - settings.teacher.prompt_limit
        if over <= 0 or not feedback:
            return ids
        # A token is at least one character, so this never cuts more than it has to.
        feedback = feedback[: max(len(feedback) - over, 0)]
