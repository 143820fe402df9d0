from dataclasses import replace

import pytest
from lab_cases import judge_by_text, judged_as

from vsdpo_jax.domains.chart.lab import LAB
from vsdpo_jax.domains.lab import ERROR
from vsdpo_jax.lab.attempts import TaskAttempts, extend_cache, read_cache, render_tasks
from vsdpo_jax.lab.feedback import read_feedback
from vsdpo_jax.records import Judged, Render


def test_repairs_mend_what_is_named_and_break_nothing():
    groups = render_tasks(LAB, judge_by_text, range(40), 2)
    repairs = [(group, pair) for group in groups for pair in group.repairs]
    assert {name for _, pair in repairs for name in pair.named} >= {"clip", ERROR}
    for group, pair in repairs:
        flawed, mended = group.attempts[pair.flawed], group.attempts[pair.mended]
        assert mended.rubric
        assert all(mended.rubric[axis] for axis in pair.named if axis != ERROR)
        assert all(mended.rubric[axis] for axis, good in flawed.rubric.items() if good)


def test_flaws_that_nothing_mends_are_tried_three_times_and_left():
    calls = []

    def hopeless(jobs):
        calls.append(len(jobs))
        return [judged_as({"clip": "x label bottom"}) for _ in jobs]

    (group,) = render_tasks(LAB, hopeless, [7], 1)
    assert calls == [1, 1, 1, 1]
    assert group.repairs == []
    assert len(group.attempts) == 4


def test_machine_failures_are_left_out():
    def broken(jobs):
        masked = replace(judged_as({}).diagnosis, masked=True)
        return [Judged(render=Render(status="infra"), diagnosis=masked) for _ in jobs]

    (group,) = render_tasks(LAB, broken, [7], 2)
    assert group.attempts == []


def test_cache_lines_come_back_the_same():
    for group in render_tasks(LAB, judge_by_text, range(12), 2):
        again = TaskAttempts.from_json(LAB, group.to_json(LAB))
        assert again == group


def test_the_cache_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "attempts.jsonl"
    extend_cache(LAB, judge_by_text, path, 6, 1, batch_tasks=4)
    whole = path.read_text()
    path.write_text(whole[: whole.rfind("\n", 0, -1) + 30])  # a line cut by an interruption
    extend_cache(LAB, judge_by_text, path, 6, 1, batch_tasks=4)
    groups = read_cache(LAB, path)
    assert [group.task.seed for group in groups] == list(range(6))
    assert path.read_text().splitlines()[:5] == whole.splitlines()[:5]


@pytest.mark.parametrize("axis", ["clip", ERROR])
def test_feedback_of_an_attempt_is_kept_word_for_word(axis):
    groups = render_tasks(LAB, judge_by_text, range(30), 2)
    texts = {attempt.feedback for group in groups for attempt in group.attempts}
    assert any(read_feedback(text).get(axis, "ok") != "ok" for text in texts)
