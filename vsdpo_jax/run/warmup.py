"""Supervised updates on reference programs: SFT, alone or before the joint objective."""

from __future__ import annotations

import jax
import numpy as np

from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.data.tasks import TaskFileError
from vsdpo_jax.records import Rollout, Task
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import opening, stages
from vsdpo_jax.runtime.metrics import StageClock


def imitate_references(
    run: opening.Run, state: TrainState, step: int, clock: StageClock
) -> tuple[TrainState, dict[str, float]]:
    """One update of -log p of the tasks' reference programs, one task a row.

    Of several processes each gives the rows of its own devices; the figures are those of all.

    Raises:
      TaskFileError: a task without a reference program, or one too long for the settings.
    """
    rows = run.settings.rollout.prompts_per_step * run.settings.rollout.group_size
    with clock("1_prompts"):
        tasks = run.tasks.train(step, rows)
        chats = stages.encode_prompts(run.processor, run.settings, tasks)
        limit = run.settings.rollout.max_new_tokens
        rollouts = [
            reference_rollout(run.processor, task, row, limit) for row, task in enumerate(tasks)
        ]
    with clock("6_update"):
        own = rollouts if run.share.rows is None else [rollouts[row] for row in run.share.rows]
        batch = run.make_batch(
            chats, [None] * len(own), own, np.ones(len(own), bool),
            weights=[np.ones(len(rollout.tokens_T)) for rollout in own],
            advantages=np.zeros(len(own)),
        )  # fmt: skip
        state, metrics = run.sft_step(state, batch)
        metrics = jax.device_get(metrics)
    lengths = [len(rollout.tokens_T) for rollout in rollouts]
    row = {name: float(value) for name, value in metrics.items()}
    row |= {"length/mean": float(np.mean(lengths)), "length/max": float(max(lengths))}
    return state, row | {f"seconds/{name}": value for name, value in clock.seconds.items()}


def reference_rollout(processor: Processor, task: Task, row: int, limit: int) -> Rollout:
    """The reference program as if the policy had written it, stop token included."""
    if task.reference is None:
        raise TaskFileError(
            f"task {task.task_id} has no reference program to imitate: add the field 'reference' "
            'to the task file (data.references = True for the tasks of the "lab")'
        )
    tokens_T = np.concatenate([processor.encode(task.reference), processor.stop_ids[:1]])
    if len(tokens_T) > limit:
        raise TaskFileError(
            f"task {task.task_id}: its reference program has {len(tokens_T)} tokens, but "
            f"rollout.max_new_tokens is {limit}; raise it, or leave the task out"
        )
    text, offsets_T2 = processor.decode(tokens_T)
    return Rollout(
        task_id=task.task_id,
        group_id=row,
        sample_id=0,
        policy_version=0,
        tokens_T=tokens_T.astype(np.int32),
        logp_T=np.zeros(len(tokens_T), np.float32),
        offsets_T2=offsets_T2,
        text=text,
        stop_reason="stop",
    )
