import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.lab.tasks import (
    CATEGORIES,
    VALUE_MAX,
    VALUE_STEP,
    combination,
    make_task,
    spell_values,
)
from vsdpo_jax.domains.draws import split_of

SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_same_arguments_make_the_same_task(seed, split):
    assert make_task(seed, split) == make_task(seed, split)


@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_a_task_is_well_formed(seed, split):
    task = make_task(seed, split)
    names = [name for name, _ in task.series]
    assert 3 <= len(task.categories) <= 5
    assert len(set(task.categories)) == len(task.categories)
    assert len(set(names)) == len(names) <= (2 if task.kind == "bar" else 3)
    for _, values in task.series:
        assert len(values) == len(task.categories)
        assert all(v % VALUE_STEP == 0 and VALUE_STEP <= v <= VALUE_MAX for v in values)
    assert task.x_label in dict(CATEGORIES)


@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_the_brief_states_everything_that_is_asked(seed, split):
    task = make_task(seed, split)
    asked = task.asked
    texts = [asked["title"], asked["x_label"], asked["y_label"], asked["kind"]]
    texts += asked["categories"] + [row["name"] for row in asked["series"]]
    texts += [spell_values(tuple(row["values"])) for row in asked["series"]]
    assert all(text in task.brief for text in texts)


@given(SEEDS, st.sampled_from(["train", "heldout"]))
def test_title_values_and_combination_belong_to_the_split(seed, split):
    task = make_task(seed, split)
    names = tuple(name for name, _ in task.series)
    assert split_of(task.title) == split
    assert split_of(combination(task.categories, names)) == split
    assert all(split_of(spell_values(values)) == split for _, values in task.series)


def test_heldout_tasks_share_nothing_with_training_tasks():
    train = [make_task(seed, "train") for seed in range(2000)]
    heldout = [make_task(seed, "heldout") for seed in range(500)]

    def parts(tasks):
        titles = {task.title for task in tasks}
        values = {values for task in tasks for _, values in task.series}
        pairs = {(task.categories, tuple(n for n, _ in task.series)) for task in tasks}
        return titles, values, pairs

    for ours, theirs in zip(parts(train), parts(heldout), strict=True):
        assert len(ours) > 100
        assert len(theirs) > 50
        assert not ours & theirs


def test_training_covers_every_kind_and_number_of_series():
    tasks = [make_task(seed, "train") for seed in range(400)]
    assert {task.kind for task in tasks} == {"bar", "line", "scatter"}
    assert {len(task.series) for task in tasks} == {1, 2, 3}
    assert {task.phrasing for task in tasks} == {0, 1, 2}


def test_task_ids_differ_between_seeds_and_splits():
    ids = {make_task(seed, split).task_id for seed in range(20) for split in ("train", "heldout")}
    assert len(ids) == 40


def test_as_task_carries_brief_and_asked():
    task = make_task(3, "heldout")
    record = task.as_task()
    assert (record.task_id, record.domain) == (task.task_id, "chart")
    assert (record.brief, record.asked) == (task.brief, task.asked)


@pytest.mark.parametrize(("seed", "split", "match"), [
    (0, "test", "'test'"), (-1, "train", "negative"),
])  # fmt: skip
def test_bad_arguments_are_named(seed, split, match):
    with pytest.raises(ValueError, match=match):
        make_task(seed, split)
