import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.prompts import (
    BUILT_IN,
    TemplateError,
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
    assert student_messages("a", str(tmp_path))[0]["content"] == "Task: a"
    assert teacher_messages("a", "b", str(tmp_path))[0]["content"] == "b of a"


def test_unknown_template_set_is_named(tmp_path):
    with pytest.raises(TemplateError, match=r"student\.txt: there is no such template"):
        student_messages("a", str(tmp_path / "none"))


def test_template_without_its_field_is_refused(tmp_path):
    (tmp_path / "teacher.txt").write_text("{brief}")
    with pytest.raises(TemplateError, match="feedback"):
        teacher_messages("a", "b", str(tmp_path))
