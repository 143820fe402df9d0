"""What authors believe of their slides against what a renderer draws and the judge sees."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.domains.slide.judge.content.asked import validate_asked
from vsdpo_jax.domains.slide.judge.diagnose import judge
from vsdpo_jax.domains.slide.judge.rubric import AXES
from vsdpo_jax.domains.slide.lab import LAB
from vsdpo_jax.domains.slide.lab.programs import MISTAKES
from vsdpo_jax.domains.slide.lab.tasks import GENRES
from vsdpo_jax.domains.slide.render.renderer import SlideRenderer
from vsdpo_jax.lab.feedback import read_feedback
from vsdpo_jax.sandbox import Limits

AGREES = 0.9
"""Of random programs, for each axis, whether it is satisfied as foreseen."""
REPAIRED_SHARE = 0.9
"""Of flawed slides whose every axis is satisfied after at most three edits."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def look():
    """(task, choices) -> Judged, in one renderer."""
    with SlideRenderer(Limits(), {"renderer": "fast", "max_slides": 4}) as renderer:

        def judged(task, choices):
            source = LAB.write_program(task, choices).source
            return judge(renderer.run(source), source, JudgeOptions(asked=task.asked))

        yield judged


def some_of_each(split, start, count):
    """``count`` tasks of every genre."""
    found = {genre: [] for genre in GENRES}
    seed = start
    while any(len(tasks) < count for tasks in found.values()):
        task = LAB.make_task(seed, split)
        if len(found[task.genre]) < count:
            found[task.genre].append(task)
        seed += 1
    return [task for tasks in found.values() for task in tasks]


@pytest.mark.parametrize(("split", "count"), [("train", 3), ("heldout", 2)])
def test_careful_slides_satisfy_every_axis(look, split, count):
    for task in some_of_each(split, 500, count):
        diagnosis = look(task, LAB.careful_choices(task)).diagnosis
        assert diagnosis.reward == 1.0, (task.task_id, diagnosis.feedback)
        assert set(diagnosis.rubric) == set(AXES)


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_programs_with_a_mistake_give_no_deck(look, mistake):
    task = some_of_each("train", 500, 1)[GENRES.index("picture")]
    judged = look(task, replace(LAB.careful_choices(task), mistake=mistake))
    assert judged.render.status == "program_error"
    assert set(read_feedback(judged.diagnosis.feedback)) == {ERROR}


def test_predictions_are_what_the_judge_says(look):
    right: Counter[str] = Counter()
    total = 0
    for seed in range(3000, 3050):
        task = LAB.make_task(seed, "train")
        choices = LAB.random_choices(np.random.default_rng(seed), task, mistake_share=0.0)
        real = read_feedback(look(task, choices).diagnosis.feedback)
        if ERROR in real:  # nothing can be seen
            continue
        total += 1
        predicted = LAB.predicted_feedback(task, choices)
        right.update(axis for axis in AXES if (real[axis] == "ok") == (predicted[axis] == "ok"))
    assert total >= 45
    assert all(right[axis] >= AGREES * total for axis in AXES), (total, right)


def test_repairs_converge(look):
    """As the corpus makes them: the edit is made again with more strength until it holds."""
    tried = mended = 0
    for task in some_of_each("train", 900, 2):
        rng = np.random.default_rng(task.seed)
        flawed = LAB.random_choices(rng, task, mistake_share=0.0)
        notes = read_feedback(look(task, flawed).diagnosis.feedback)
        named = {axis: note for axis, note in notes.items() if note != "ok"}
        if not named or ERROR in named:
            continue
        tried += 1
        for strength in range(3):
            edit = LAB.repair(rng, task, flawed, named, strength)
            rubric = look(task, edit).diagnosis.rubric
            if rubric and all(rubric.values()):
                mended += 1
                break
    assert tried >= 8
    assert mended >= REPAIRED_SHARE * tried


def test_what_is_asked_follows_the_schema():
    for split in ("train", "heldout"):
        for seed in range(100):
            validate_asked(LAB.make_task(seed, split).asked)
