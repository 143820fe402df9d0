import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.draws import split_of
from vsdpo_jax.domains.slide.lab.tasks import (
    COLORS,
    GENRES,
    KINDS,
    lists_of,
    make_task,
    texts_of,
)

SEEDS = st.integers(0, 2**31)
SPLITS = st.sampled_from(["train", "heldout"])


def asked_texts(asked):
    texts = [asked["title"]] + ([asked["subtitle"]] if "subtitle" in asked else [])
    for key in ("bullets", "texts"):
        texts += asked.get(key, [])
    for table in asked.get("tables", []):
        texts += [*table["columns"], *(cell for row in table["rows"] for cell in row)]
    for chart in asked.get("charts", []):
        texts += [*chart["categories"], *(series["name"] for series in chart["series"])]
    return texts


@given(SEEDS, SPLITS)
def test_same_arguments_make_the_same_task(seed, split):
    assert make_task(seed, split) == make_task(seed, split)


@given(SEEDS, SPLITS)
def test_a_task_is_well_formed(seed, split):
    task = make_task(seed, split)
    assert task.color in COLORS
    assert (task.kind in KINDS) == (task.genre == "chart") == ("charts" in task.asked)
    assert task.asked.get("images", 0) == task.has_picture
    texts = asked_texts(task.asked)
    assert all(texts)
    names = [text for text in texts if " " in text]
    assert len(set(names)) == len(names), "two things of one name cannot be told apart"
    for row in task.rows:
        assert len(row) == len(task.rows[0])


@given(SEEDS, SPLITS)
def test_the_brief_states_everything_that_is_asked(seed, split):
    task = make_task(seed, split)
    for text in asked_texts(task.asked):
        assert f'"{text}"' in task.brief
    for chart in task.asked.get("charts", []):
        assert chart["kind"] in task.brief
        for series in chart["series"]:
            assert ",".join(str(value) for value in series["values"]) in task.brief
    assert f"color {task.color}" in task.brief
    assert ("photo.jpg" in task.brief) == task.has_picture
    assert "\n" not in task.brief


@given(SEEDS, SPLITS)
def test_texts_lists_and_combination_belong_to_the_split(seed, split):
    task = make_task(seed, split)
    assert {split_of(text) for text in [*texts_of(task), *lists_of(task)]} == {split}


def test_heldout_decks_share_nothing_with_training_decks():
    train = [make_task(seed, "train") for seed in range(1500)]
    heldout = [make_task(seed, "heldout") for seed in range(300)]
    for parts in (texts_of, lists_of):
        ours, theirs = ({part for t in tasks for part in parts(t)} for tasks in (train, heldout))
        assert len(ours) > 400
        assert len(theirs) > 80
        assert not ours & theirs


def test_training_covers_genres_colours_phrasings_and_counts():
    tasks = [make_task(seed, "train") for seed in range(600)]
    assert {task.genre for task in tasks} == set(GENRES)
    assert {task.color for task in tasks} == {*COLORS}
    assert {task.kind for task in tasks} == {"", *KINDS}
    assert {(task.genre, task.phrasing) for task in tasks} == {
        (genre, phrasing) for genre in GENRES for phrasing in (0, 1)
    }
    counts = {"bullets": {3, 4, 5}, "cards": {2, 3, 4}, "timeline": {3, 4, 5}}
    for genre, expected in counts.items():
        assert {len(task.rows) for task in tasks if task.genre == genre} == expected


def test_task_ids_differ_between_seeds_and_splits():
    ids = {make_task(seed, split).task_id for seed in range(20) for split in ("train", "heldout")}
    assert len(ids) == 40


def test_as_task_carries_brief_and_asked():
    task = make_task(3, "heldout")
    record = task.as_task()
    assert (record.task_id, record.domain) == (task.task_id, "slide")
    assert (record.brief, record.asked) == (task.brief, task.asked)


@pytest.mark.parametrize(("seed", "split", "match"), [
    (0, "test", "'test'"), (-1, "train", "negative"),
])  # fmt: skip
def test_bad_arguments_are_named(seed, split, match):
    with pytest.raises(ValueError, match=match):
        make_task(seed, split)


def test_no_two_phrases_of_a_task_begin_alike():
    for seed in range(300):
        task = make_task(seed, "heldout")
        firsts = [text.split()[0] for text in texts_of(task)]
        assert task.genre == "chart" or len(set(firsts)) == len(firsts), task
