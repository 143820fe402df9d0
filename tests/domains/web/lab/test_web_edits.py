from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.domains.slots import changed_choices
from vsdpo_jax.domains.web.lab.edits import quoted, repair
from vsdpo_jax.domains.web.lab.genres import GENRES, faults_of
from vsdpo_jax.domains.web.lab.predict import predicted_feedback
from vsdpo_jax.domains.web.lab.programs import careful_choices, random_choices, write_program
from vsdpo_jax.domains.web.lab.tasks import make_task

SEEDS = st.integers(0, 2**31)
WORDS = {
    "overlap": "text {} on 'x'", "clip": "text {} cut", "hidden": "text {} behind img",
    "contrast": "text {} 2.1", "tiny": "text {} 7 px", "overflow": "page 720 px wide",
    "images": "image {} broken", "layout": "text {} outside dl", "content": "heading not large",
}  # fmt: skip
"""Notes as the rubric spells them."""


def notes_of(faults):
    notes = {}
    for fault in faults:
        notes.setdefault(fault.axis, []).append(
            WORDS[fault.axis].format(quoted((*fault.texts, "x")[0]))
        )
    return {axis: "; ".join(found[:2]) for axis, found in notes.items()}


def task_of(genre, seed=0):
    return next(t for t in (make_task(s, "train") for s in range(seed, 300)) if t.genre == genre)


def mend(genre, notes, seed=0, strength=0, **values):
    task = task_of(genre)
    flawed = careful_choices(task)
    flawed = replace(flawed, values={**flawed.values, **values})
    assert all(value in GENRES[genre].decisions[name].options for name, value in values.items())
    rng = np.random.default_rng(seed)
    notes = {axis: note.replace("@", quoted(task.rows[0][0]) if task.rows else "")
             for axis, note in notes.items()}  # fmt: skip
    mended = repair(rng, task, flawed, notes, strength)
    return flawed, mended


@settings(max_examples=20)
@given(SEEDS)
def test_single_axes_change_only_responsible_choices(seed):
    cases = [
        ("cards", {"tiny": "text @ 7 px"}, {"dt_size": 7}, {"dt_size"}),
        ("table", {"overflow": "page 720 px wide"}, {"table_width": 700}, {"table_width"}),
        ("cards", {"contrast": "text @ 2.1"}, {"dt_color": "coral"}, None),
        ("nav", {"overlap": "text 'x' on @"}, {"h1_top": -40}, {"h1_top"}),
        ("nav", {"overflow": "page 920 px wide"}, {"img_width": 900}, {"img_width"}),
        ("nav", {"images": "image 'x' broken"}, {"src": "photo.png"}, {"src"}),
        ("form", {"overlap": "text 'x' on @"}, {"label_gap": -18}, {"label_gap"}),
        ("form", {"hidden": "text @ behind input"}, {"label_width": 50}, {"label_width"}),
        ("pricing", {"overlap": "text 'x' on @"}, {"b_margin": -20}, {"b_margin"}),
        ("hero", {"hidden": "text 'x' behind button"}, {"button_top": 60}, None),
    ]  # fmt: skip
    for genre, notes, values, responsible in cases:
        flawed, mended = mend(genre, notes, seed, **values)
        changed = changed_choices(flawed, mended)
        assert changed, (genre, notes)
        if responsible is not None:
            assert changed == responsible
        assert faults_of(task_of(genre), mended.values) == []


def test_what_is_not_named_stays():
    flawed, mended = mend("cards", {"tiny": "text @ 7 px"}, dt_size=7, gap=40, h1_color="coral")
    assert mended.values["gap"] == 40
    assert mended.values["h1_color"] == flawed.values["h1_color"]


def test_an_error_is_mended_and_nothing_else():
    task = task_of("hero")
    flawed = replace(random_choices(np.random.default_rng(3), task), mistake="open_comment")
    mended = repair(np.random.default_rng(0), task, flawed, {ERROR: "Invisible: nothing"})
    assert mended == replace(flawed, mistake=None)


def test_what_is_missing_comes_back():
    task = task_of("nav")
    flawed = replace(careful_choices(task), omitted=frozenset({"row", "picture"}))
    for axis in ("content", "overlap", "contrast"):
        note = f"link {quoted(task.rows[-1][0])} missing"
        mended = repair(np.random.default_rng(0), task, flawed, {axis: note})
        assert mended == careful_choices(task)


def test_every_axis_can_be_repaired_and_others_are_refused():
    for axis in (*WORDS, ERROR):
        mend("cards", {axis: WORDS.get(axis, "x")})
    with pytest.raises(ValueError, match="'speed'"):
        mend("cards", {"speed": "slow"})


def test_names_are_cut_as_notes_cut_them():
    assert quoted("Old Tea") == "'Old Tea'"
    assert quoted("Enjoy live music with your family") == "'Enjoy live music with'"


@given(SEEDS)
def test_all_that_can_be_computed_is_mended_at_once(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0)
    faults = faults_of(task, choices.values)
    mended = repair(rng, task, choices, notes_of(faults))
    assert faults_of(task, mended.values) == []
    blamed = {name for fault in faults for name in fault.names}
    if not any(fault.axis == "tiny" for fault in faults):
        # Type that can be read may need room that nobody was blamed for.
        assert {n for n in changed_choices(choices, mended) if n in choices.values} <= blamed | {
            name for name in choices.values if not name.endswith(("_color", "src"))
        }


@given(SEEDS, st.sampled_from(sorted(WORDS)))
def test_an_edit_breaks_nothing_that_was_right(seed, axis):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0)
    faults = faults_of(task, choices.values)
    notes = notes_of([fault for fault in faults if fault.axis == axis])
    mended = repair(rng, task, choices, notes)
    assert {f.axis for f in faults_of(task, mended.values)} <= {f.axis for f in faults} - {axis}


@given(SEEDS)
def test_what_can_be_predicted_is_mended(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    choices = random_choices(rng, task, mistake_share=0.0, slip_share=0.3, omit_share=0.2)
    notes = {a: n for a, n in predicted_feedback(task, choices).items() if n != "ok"}
    mended = repair(rng, task, choices, notes)
    rest = {a: n for a, n in predicted_feedback(task, mended).items() if n != "ok"}
    again = repair(rng, task, mended, rest)  # what came back may be pale or tiny
    assert set(predicted_feedback(task, again).values()) == {"ok"}


@given(SEEDS)
def test_unchanged_choices_have_no_difference_and_changes_have_spans(seed):
    task = make_task(seed, "train")
    rng = np.random.default_rng(seed)
    before, other = random_choices(rng, task), random_choices(rng, task)
    assert changed_choices(before, before) == set()
    one, two = write_program(task, before), write_program(task, other)
    changed = changed_choices(before, other)
    assert bool(changed & (one.spans.keys() | two.spans.keys())) == (one.source != two.source)
