import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.prompts import (
    BUILT_IN,
    CHANNELS,
    TeacherContext,
    TemplateError,
    check_templates,
    student_messages,
    teacher_messages,
)


@pytest.mark.parametrize("templates", BUILT_IN)
def test_one_user_turn_with_brief_and_feedback(templates):
    (student,) = student_messages("Draw bars.", templates)
    (teacher,) = teacher_messages("Draw bars.", '{"clip": "title right"}', templates)
    assert student["role"] == teacher["role"] == "user"
    assert "Draw bars." in student["content"]
    assert "Draw bars." in teacher["content"]
    assert '{"clip": "title right"}' in teacher["content"]
    assert "clip" not in student["content"]


def test_mini_student_reads_the_brief_and_nothing_else():
    assert student_messages("Draw bars.", "mini") == [{"role": "user", "content": "Draw bars."}]


@given(st.text(), st.text())
def test_braces_in_texts_stay_as_they_are(brief, feedback):
    brief, feedback = brief + "{feedback}", feedback + "{brief}"
    content = teacher_messages(brief, feedback, "mini")[0]["content"]
    assert content.startswith(brief)
    assert content.endswith(feedback)


def test_own_templates_from_a_folder(tmp_path):
    (tmp_path / "student.txt").write_text("Task: {brief}\n")
    (tmp_path / "teacher.txt").write_text("{feedback} of {brief}")
    (tmp_path / "rubric.txt").write_text("<{rubric}>")
    assert student_messages("a", str(tmp_path))[0]["content"] == "Task: a"
    assert teacher_messages("a", "b", str(tmp_path))[0]["content"] == "<b> of a"


def test_unknown_template_set_is_named(tmp_path):
    with pytest.raises(TemplateError, match=r"student\.txt: there is no such template"):
        student_messages("a", str(tmp_path / "none"))


def test_template_without_its_field_is_refused(tmp_path):
    (tmp_path / "teacher.txt").write_text("{brief}")
    with pytest.raises(TemplateError, match="feedback"):
        teacher_messages("a", "b", str(tmp_path))


def test_every_channel_has_its_words_and_they_come_in_order():
    context = TeacherContext(rubric="R-TEXT", image="P-IXELS", reference="REF()", sibling="SIB()")
    (turn,) = teacher_messages("Draw bars.", context)
    before, image, after = turn["content"]
    assert image == {"type": "image", "image": "P-IXELS"}
    assert before["text"].index("Draw bars.") < before["text"].index("R-TEXT")
    assert after["text"].index("REF()") < after["text"].index("SIB()")
    assert "error" not in after["text"]


@pytest.mark.parametrize("channel", [*CHANNELS, "error"])
def test_a_channel_alone(channel):
    context = TeacherContext(**{channel: "W-ORDS"})
    (turn,) = teacher_messages("Draw bars.", context, "mini")
    content = turn["content"]
    if channel == "image":
        assert content[1] == {"type": "image", "image": "W-ORDS"}
        content = "".join(item.get("text", "") for item in content)
        assert "W-ORDS" not in content
    else:
        assert content.count("W-ORDS") == 1
    assert "{" not in content
    assert not context.is_empty
    assert TeacherContext().is_empty


@given(st.text())
def test_a_text_cannot_move_the_picture(brief):
    (turn,) = teacher_messages(brief, TeacherContext(image="P", rubric=brief + "{image}"))
    assert [item["type"] for item in turn["content"]] == ["text", "image", "text"]
    assert brief in turn["content"][0]["text"]


def test_channels_that_a_set_lacks_have_the_default_words(tmp_path):
    (tmp_path / "teacher.txt").write_text("{brief} {feedback}")
    content = teacher_messages("a", TeacherContext(error="Trace"), str(tmp_path))[0]["content"]
    assert content.startswith("a An earlier program")
    assert content.endswith("Trace")


def test_own_channel_templates(tmp_path):
    (tmp_path / "teacher.txt").write_text("{brief}: {feedback}")
    (tmp_path / "image.txt").write_text("see {image}")
    (turn,) = teacher_messages("a", TeacherContext(image="P"), str(tmp_path))
    assert turn["content"] == [{"type": "text", "text": "a: see "}, {"type": "image", "image": "P"}]


def test_pictures_of_the_task_come_first_for_both():
    (student,) = student_messages("Draw this.", images=["one.png", "two.png"])
    assert [item["type"] for item in student["content"]] == ["image", "image", "text"]
    (teacher,) = teacher_messages("Draw this.", TeacherContext(image="P"), images=["one.png"])
    pictures = [item["image"] for item in teacher["content"] if item["type"] == "image"]
    assert pictures == ["one.png", "P"]


def test_every_template_of_the_channels_is_checked_at_once(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir()
        (folder / "student.txt").write_text("{brief}")
        (folder / "teacher.txt").write_text("{brief} {feedback}")
    check_templates(str(good), CHANNELS)  # those of the channels come from the default set
    (bad / "error.txt").write_text("No field.")
    (bad / "sibling.txt").write_bytes(b"\xff{sibling}")
    check_templates(str(bad), ["rubric", "reference"])
    with pytest.raises(TemplateError, match=r"error\.txt: it must contain \{error\}"):
        check_templates(str(bad), ["image"])  # read where nothing was drawn
    with pytest.raises(TemplateError, match=r"sibling\.txt: no UTF-8 text"):
        check_templates(str(bad), ["rubric", "sibling"])


def test_a_misspelled_field_is_named_and_other_braces_are_text(tmp_path):
    (tmp_path / "error.txt").write_text("{eror} came of {error}")
    with pytest.raises(TemplateError, match=r"\{eror\} is no field; did you mean \{error\}\?"):
        teacher_messages("a", TeacherContext(error="Trace"), str(tmp_path))
    (tmp_path / "student.txt").write_text('{brief} Write f"{name}: {value}", not {}.')
    content = student_messages("Draw.", str(tmp_path))[0]["content"]
    assert content == 'Draw. Write f"{name}: {value}", not {}.'
