from dataclasses import replace

import pytest

from vsdpo_jax.domains.slide.judge.rubric import AXES
from vsdpo_jax.domains.slide.lab.predict import predicted_feedback
from vsdpo_jax.domains.slide.lab.programs import careful_choices
from vsdpo_jax.domains.slide.lab.tasks import SlideTask, make_task
from vsdpo_jax.domains.slots import Choices

PICTURE = SlideTask(
    seed=0, split="train", genre="picture", color=15, title="Old Market", text="Share fresh bread",
)  # fmt: skip
CARDS = SlideTask(
    seed=0, split="train", genre="cards", color=8, title="Old Market",
    rows=(("Enjoy live music",), ("Share fresh bread all year",)),
)  # fmt: skip
NO_WRAP = " b.text_frame.word_wrap=False\n"
ALL_OK = dict.fromkeys(AXES, "ok")


def with_values(task, **values) -> Choices:
    choices = careful_choices(task)
    assert set(values) <= set(choices.values)
    return replace(choices, values={**choices.values, **values})


def wrong(task, choices) -> dict[str, str]:
    return {a: note for a, note in predicted_feedback(task, choices).items() if note != "ok"}


def test_careful_slides_have_no_predicted_fault():
    for seed in range(80):
        task = make_task(seed, "heldout")
        assert predicted_feedback(task, careful_choices(task)) == ALL_OK


@pytest.mark.parametrize(("values", "expected"), [
    ({"width": 30}, {"aspect_ratio": "slide 1.57, not 1.78"}),
    ({"layout": 5}, {"placeholders": "title empty"}),
    ({"ph": 14}, {"images": "picture 2 stretched"}),
    ({"ink": 13}, {"contrast": "text 'Old Market' 2.3; text 'Share fresh bread' 2.3"}),
    ({"title_size": 9}, {"tiny": "text 'Old Market' 9 pt",
                         "content": "title 9 pt not larger than text 32 pt"}),
    ({"w": 6, "wrap": NO_WRAP}, {"overflow": "text 'Share fresh bread' over its box"}),
])  # fmt: skip
def test_notes_by_hand(values, expected):
    found = wrong(PICTURE, with_values(PICTURE, **values))
    assert {axis: found.get(axis) for axis in expected} == expected


def test_boxes_one_by_one():
    """Two cards below each other that are all but in line; one on the title."""
    places = {"x0": 2, "y0": 5, "w0": 30, "h0": 6, "x1": 2, "y1": 12, "w1": 30, "h1": 6}
    inside = {"size0": 36, "size1": 36}
    assert wrong(CARDS, with_values(CARDS, **places, **inside)) == {}
    off = with_values(CARDS, **{**places, "x1": 2.2}, **inside)
    assert wrong(CARDS, off) == {"alignment": "'Share fresh bread all' 8 px off"}
    high = with_values(CARDS, **{**places, "y0": 3}, **inside)
    assert wrong(CARDS, high)["collision"] == "text 'Old Market' behind 'Enjoy live music'"


def test_what_is_missing_fails_every_axis_that_would_judge_it():
    bare = replace(careful_choices(CARDS), omitted=frozenset({"row"}))
    found = wrong(CARDS, bare)
    missing = "text 'Share fresh bread all' missing"
    assert found["content"] == missing
    for axis in ("aspect_ratio", "collision", "overflow", "contrast", "tiny", "alignment"):
        assert found[axis] == missing
    assert "placeholders" not in found
    gone = wrong(PICTURE, replace(careful_choices(PICTURE), omitted=frozenset({"picture"})))
    assert gone["images"] == "image missing"
    assert "contrast" not in gone


def test_white_letters_beside_their_box_are_not_there():
    """On the bare page nobody sees them."""
    choices = with_values(
        PICTURE, ink=14, size=40, w=6, x=26, wrap=" b.text_frame.word_wrap=False\n"
    )
    assert "text 'Share fresh bread'" in wrong(PICTURE, choices)["content"]


def test_a_slip_is_wrong_where_it_is_near():
    near = replace(careful_choices(CARDS), slip=(1, "Share fresh bread all years"))
    assert wrong(CARDS, near) == {"content": "text 'Share fresh bread all' wrong"}


def test_a_mistake_has_no_rubric():
    with pytest.raises(ValueError, match="enum"):
        predicted_feedback(CARDS, replace(careful_choices(CARDS), mistake="enum"))
