from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.domains.slide.judge.rubric import AXES
from vsdpo_jax.domains.slide.lab.edits import repair
from vsdpo_jax.domains.slide.lab.faults import faults_of
from vsdpo_jax.domains.slide.lab.predict import predicted_feedback
from vsdpo_jax.domains.slide.lab.programs import careful_choices, random_choices, write_program
from vsdpo_jax.domains.slide.lab.tasks import make_task
from vsdpo_jax.domains.slots import changed_choices

SEEDS = st.integers(0, 2**31)


def task_of(genre):
    return next(t for t in (make_task(s, "train") for s in range(300)) if t.genre == genre)


def named(task, choices):
    return {a: n for a, n in predicted_feedback(task, choices).items() if n != "ok"}


@pytest.mark.parametrize(("genre", "values", "axis"), [
    ("picture", {"ph": 14}, "images"),
    ("picture", {"layout": 1}, "placeholders"),
    ("bullets", {"size": 8}, "tiny"),
    ("bullets", {"wide": 34}, "aspect_ratio"),
    ("columns", {"y1": 5.2}, "alignment"),
    ("columns", {"y1": 3}, "collision"),
    ("cards", {"size1": 48}, "content"),
    ("table", {"h": 2, "w": 8}, "imbalance"),
    ("title", {"width": 25.4}, "aspect_ratio"),
])  # fmt: skip
def test_one_slip_is_mended_where_it_is(genre, values, axis):
    task = task_of(genre)
    careful = careful_choices(task)
    flawed = replace(careful, values={**careful.values, **values})
    notes = named(task, flawed)
    assert axis in notes
    mended = repair(np.random.default_rng(0), task, flawed, notes)
    assert faults_of(task, mended.values) == []
    assert len(changed_choices(flawed, mended)) <= 4
    assert changed_choices(flawed, mended) & set(values) or len(values) > 1


def test_what_is_not_named_stays():
    task = task_of("picture")
    careful = careful_choices(task)
    flawed = replace(careful, values={**careful.values, "ph": 14, "layout": 5})
    mended = repair(np.random.default_rng(0), task, flawed, {"placeholders": "title empty"})
    assert changed_choices(flawed, mended) == {"layout"}


def test_an_error_is_mended_and_nothing_else():
    task = task_of("title")
    flawed = replace(random_choices(np.random.default_rng(3), task), mistake="enum")
    mended = repair(np.random.default_rng(0), task, flawed, {ERROR: "ValueError"})
    assert mended == replace(flawed, mistake=None)


def test_what_is_missing_comes_back():
    task = task_of("picture")
    flawed = replace(careful_choices(task), omitted=frozenset({"text", "picture"}))
    for axis, note in (("content", "image missing"), ("tiny", "text 'x' missing")):
        mended = repair(np.random.default_rng(0), task, flawed, {axis: note})
        assert mended == careful_choices(task)


def test_every_axis_can_be_repaired_and_others_are_refused():
    task = task_of("cards")
    for axis in (*AXES, ERROR):
        repair(np.random.default_rng(0), task, careful_choices(task), {axis: "x"})
    with pytest.raises(ValueError, match="'speed'"):
        repair(np.random.default_rng(0), task, careful_choices(task), {"speed": "slow"})


@settings(max_examples=40)
@given(SEEDS)
def test_all_that_can_be_predicted_is_mended(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0, slip_share=0.3, omit_share=0.2)
    for _ in range(2):  # what came back may not fit
        choices = repair(rng, task, choices, named(task, choices))
    assert named(task, choices) == {}


@settings(max_examples=60)
@given(SEEDS, st.sampled_from(AXES))
def test_an_edit_breaks_nothing_that_was_right(seed, axis):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0, omit_share=0.0, slip_share=0.0)
    faults = {fault.axis for fault in faults_of(task, choices.values)}
    mended = repair(rng, task, choices, {axis: "x"} if axis in faults else {})
    assert {fault.axis for fault in faults_of(task, mended.values)} <= faults - {axis}


@settings(max_examples=40)
@given(SEEDS)
def test_mended_texts_have_room_to_spare_where_the_task_leaves_any(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0)
    notes = named(task, choices)
    if not {"overflow", "collision", "content"} & set(notes):
        return
    values = repair(rng, task, choices, notes).values
    larger = {name: 1.14 * value for name, value in values.items()
              if name.rstrip("0123456789") in ("title_size", "size", "head")}  # fmt: skip
    crowded = {fault.axis for fault in faults_of(task, {**values, **larger})}
    careful = careful_choices(task).values
    assert not crowded & {"overflow", "collision"} or all(
        values[name] == careful[name] for name in values if name != "ink"
    )


def test_a_title_that_is_mended_is_clearly_larger():
    task = task_of("bullets")
    careful = careful_choices(task)
    flawed = replace(careful, values={**careful.values, "title_size": 36, "size": 36})
    for seed in range(10):
        mended = repair(np.random.default_rng(seed), task, flawed, named(task, flawed))
        assert mended.values["title_size"] >= 1.15 * mended.values["size"]


@settings(max_examples=25)
@given(SEEDS)
def test_stronger_edits_end_at_a_careful_layout(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0)
    mended = repair(rng, task, choices, {axis: "x" for axis in AXES}, strength=2)
    assert faults_of(task, mended.values) == []


@given(SEEDS)
def test_unchanged_choices_have_no_difference_and_changes_have_spans(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    before, other = random_choices(rng, task), random_choices(rng, task)
    assert changed_choices(before, before) == set()
    one, two = write_program(task, before), write_program(task, other)
    changed = changed_choices(before, other)
    assert bool(changed & (one.spans.keys() | two.spans.keys())) == (one.source != two.source)
