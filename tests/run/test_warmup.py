"""Reference programs as completions."""

from dataclasses import replace

import numpy as np
import pytest

from vsdpo_jax.data.tasks import TaskFileError, open_tasks
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import opening
from vsdpo_jax.run.warmup import reference_rollout


@pytest.fixture(scope="module")
def processor():
    return Processor(opening.mini_folder("chart"))


@pytest.fixture(scope="module")
def tasks():
    source = open_tasks(
        domain="chart", train="lab", heldout="lab", num_heldout=2, seed=0, references=True
    )
    assert all(task.reference is None for task in source.heldout)
    return source.train(0, 24)


def test_a_reference_is_a_completion_that_ends_itself(processor, tasks):
    made = reference_rollout(processor, tasks[0], 3, 224)
    assert made.text == tasks[0].reference
    assert made.tokens_T[-1] in processor.stop_ids
    assert made.group_id == 3
    assert np.all(made.offsets_T2[-1] == len(made.text))


def test_a_missing_or_long_reference_is_named(processor, tasks):
    with pytest.raises(TaskFileError, match=r"has no reference program.*data\.references"):
        reference_rollout(processor, replace(tasks[0], reference=None), 0, 224)
    with pytest.raises(TaskFileError, match=r"rollout\.max_new_tokens is 20"):
        reference_rollout(processor, tasks[0], 0, 20)


@pytest.mark.slow
def test_references_of_the_lab_are_good(processor, tasks):
    """They are written with care, not checked one by one: nearly all satisfy every axis."""
    with RenderPool("chart") as pool:
        judged = pool.map([Job(source=task.reference, asked=task.asked) for task in tasks])
    assert all(result.render.status == "ok" for result in judged)
    satisfied = [all(result.diagnosis.rubric.values()) for result in judged]
    assert np.mean(satisfied) >= 0.9, [result.diagnosis.feedback for result in judged]
    for row, task in enumerate(tasks):
        reference_rollout(processor, task, row, 224)
