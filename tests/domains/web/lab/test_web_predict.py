from dataclasses import replace

import pytest

from vsdpo_jax.domains.slots import Choices
from vsdpo_jax.domains.web.lab.predict import PREDICTED_AXES, predicted_feedback
from vsdpo_jax.domains.web.lab.programs import careful_choices
from vsdpo_jax.domains.web.lab.tasks import PageTask, make_task

TASK = PageTask(
    seed=0, split="train", genre="nav", page="ivory", block="navy", heading="Open Art",
    text="Taste warm meals with your family", rows=(("Old Tea",), ("City Club",), ("Night Books",)),
    picture="Blue Market", picture_file="rick.jpg",
)  # fmt: skip


def with_values(task=TASK, **values) -> Choices:
    choices = careful_choices(task)
    return replace(choices, values={**choices.values, **values})


def test_careful_pages_have_no_predicted_fault():
    for seed in range(200):
        task = make_task(seed, "heldout")
        assert predicted_feedback(task, careful_choices(task)) == dict.fromkeys(
            PREDICTED_AXES, "ok"
        )


def test_notes_by_hand():
    flawed = with_values(p_color="coral", a_color="brown", a_size=7, h1_size=8, src="photo.png")
    assert predicted_feedback(TASK, flawed) == {
        # Brown on navy is 2.26, coral on ivory 2.48, both of 4.5.
        "contrast": "text 'Old Tea' 2.3; text 'City Club' 2.3",
        "tiny": "text 'Old Tea' 7 px; text 'City Club' 7 px",
        "images": "image 'Blue Market' broken; image 'Blue Market' missing",
        "content": "heading not large; image 'Blue Market' missing",
    }


def test_large_type_may_be_paler():
    assert predicted_feedback(TASK, with_values(h1_color="coral"))["contrast"] == (
        "text 'Open Art' 2.5"
    )
    mixed = with_values(h1_color="coral", p_color="orange")
    # 1.96 of 4.5 is worse than 2.48 of 3.
    assert predicted_feedback(TASK, mixed)["contrast"] == (
        "text 'Taste warm meals with' 2.0; text 'Open Art' 2.5"
    )


def test_what_is_missing_fails_every_axis_that_would_judge_it():
    bare = replace(careful_choices(TASK), omitted=frozenset({"row", "text"}))
    missing = "text 'Taste warm meals with' missing; link 'Night Books' missing"
    assert predicted_feedback(TASK, bare) == {
        "contrast": missing, "tiny": missing, "images": "ok", "content": missing,
    }  # fmt: skip


def test_a_slip_is_wrong_where_it_is_near_and_missing_where_it_is_not():
    near = replace(careful_choices(TASK), slip=(2, "Light Books"))
    assert predicted_feedback(TASK, near)["content"] == "link 'Night Books' wrong"
    assert predicted_feedback(TASK, near)["tiny"] == "ok"
    far = replace(careful_choices(TASK), slip=(2, "Independent Books"))
    assert predicted_feedback(TASK, far)["tiny"] == "link 'Night Books' missing"


def test_a_slip_in_a_table_is_wrong_however_far_it_is():
    task = next(t for t in (make_task(s, "train") for s in range(99)) if t.genre == "table")
    slip = replace(careful_choices(task), slip=(2, "7"))
    assert predicted_feedback(task, slip) == {
        "contrast": "ok", "tiny": "ok", "images": "ok",
        "content": f"table 1 cell '{task.rows[0][2]}' wrong",
    }  # fmt: skip


def test_a_mistake_has_no_rubric():
    with pytest.raises(ValueError, match="open_style"):
        predicted_feedback(TASK, replace(careful_choices(TASK), mistake="open_style"))
