"""What authors believe of their pages against what a browser shows and the judge sees."""

import re

import numpy as np
import pytest

from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.domains.slots import Choices
from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer
from vsdpo_jax.domains.web.domain import DOMAIN
from vsdpo_jax.domains.web.judge.content.asked import validate_asked
from vsdpo_jax.domains.web.judge.diagnose import judge
from vsdpo_jax.domains.web.judge.rubric import AXES
from vsdpo_jax.domains.web.lab import LAB
from vsdpo_jax.domains.web.lab.edits import quoted
from vsdpo_jax.domains.web.lab.pieces import VIEWPORT
from vsdpo_jax.domains.web.lab.predict import PREDICTED_AXES
from vsdpo_jax.domains.web.lab.programs import MISTAKES
from vsdpo_jax.domains.web.lab.tasks import GENRES
from vsdpo_jax.domains.words import quoted as judge_quoted
from vsdpo_jax.lab.feedback import read_feedback
from vsdpo_jax.sandbox import Limits

SETTINGS = DOMAIN.complete(None)
OPTIONS = {"scripts": False, "viewport_width": VIEWPORT[0], "viewport_height": VIEWPORT[1]}
REPAIRED_SHARE = 0.9
"""Of flawed pages whose every named axis is satisfied after at most three edits."""


@pytest.fixture(scope="module")
def look():
    """(task, choices) -> Judged, in one browser."""
    with BrowserRenderer(Limits(), OPTIONS) as renderer:

        def judged(task, choices):
            source = LAB.write_program(task, choices).source
            return judge(
                renderer.run(source), source, JudgeOptions(asked=task.asked, options=SETTINGS)
            )

        yield judged


def one_of_each(split, start):
    found = {}
    seed = start
    while len(found) < len(GENRES):
        task = LAB.make_task(seed, split)
        found.setdefault(task.genre, task)
        seed += 1
    return list(found.values())


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_careful_pages_satisfy_every_axis(look, split):
    for task in one_of_each(split, 500):
        diagnosis = look(task, LAB.careful_choices(task)).diagnosis
        assert diagnosis.reward == 1.0, (task.task_id, diagnosis.feedback)
        assert set(diagnosis.rubric) == set(AXES)


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_pages_with_a_mistake_show_nothing(look, mistake):
    task = LAB.make_task(5, "train")
    careful = LAB.careful_choices(task)
    judged = look(task, Choices(values=careful.values, mistake=mistake))
    assert judged.render.status == "no_artifact"
    assert set(read_feedback(judged.diagnosis.feedback)) == {ERROR}


def test_predictions_are_what_the_judge_says(look):
    """On a careful layout, where nothing is cut or covered."""
    wrong = []
    tasks = [*one_of_each("train", 700), *one_of_each("train", 800)]
    for task in tasks:
        careful, rng = LAB.careful_choices(task), np.random.default_rng(task.seed)
        drawn = LAB.random_choices(rng, task, mistake_share=0.0, slip_share=0.3, omit_share=0.15)
        colors = {k: v for k, v in drawn.values.items() if k.endswith("_color") or k == "src"}
        sizes = {
            name: size for name, size in drawn.values.items()
            if name.endswith("_size") and size <= careful.values[name]
        }  # fmt: skip
        values = {**careful.values, **colors, **sizes}
        choices = Choices(values=values, omitted=drawn.omitted, slip=drawn.slip)
        real = read_feedback(look(task, choices).diagnosis.feedback)
        predicted = LAB.predicted_feedback(task, choices)
        wrong += [(task.task_id, a, predicted[a], real[a]) for a in PREDICTED_AXES
                  if predicted[a] != real[a]]  # fmt: skip
    assert len(wrong) <= 0.05 * len(tasks) * len(PREDICTED_AXES), wrong


def test_repairs_converge(look):
    """As the corpus makes them: the edit is made again with more strength until it holds."""
    tried = mended = 0
    for task in [*one_of_each("train", 900), *one_of_each("train", 950)]:
        rng = np.random.default_rng(task.seed)
        flawed = LAB.random_choices(rng, task, mistake_share=0.0)
        notes = read_feedback(look(task, flawed).diagnosis.feedback)
        named = {axis: note for axis, note in notes.items() if note != "ok"}
        if not named:
            continue
        tried += 1
        for strength in range(3):
            edit = LAB.repair(rng, task, flawed, named, strength)
            rubric = look(task, edit).diagnosis.rubric
            if rubric and all(rubric.values()):
                mended += 1
                break
    assert tried >= 10
    assert mended >= REPAIRED_SHARE * tried


def test_what_is_asked_follows_the_schema():
    for split in ("train", "heldout"):
        for seed in range(100):
            validate_asked(LAB.make_task(seed, split).asked)


def test_names_are_cut_as_the_judge_cuts_them():
    for seed in range(100):
        task = LAB.make_task(seed, "train")
        for text in re.split(r"[:;,.] ", task.brief):
            assert quoted(text) == judge_quoted(text)
