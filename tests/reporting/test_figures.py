import dataclasses
import math

import pytest
from runtime_samples import make_sample

from vsdpo_jax.reporting.figures import Case, format_table, mean_of, pair_up, rows
from vsdpo_jax.reporting.runs import ReportError, Shown

AXES = ("clip", "content")


def shown(number=0, clip=True, content=True, reward=1.0, **changes):
    sample = make_sample(
        number, reward=reward, rubric={"clip": clip, "content": content}, **changes
    )
    return Shown(sample=sample, picture=None)


def pair(first, second):
    return Case(sides=(first, second), axes=AXES)


def test_an_axis_is_cured_or_introduced_where_two_programs_differ():
    case = pair(shown(clip=False), shown(content=False))
    assert case.states == ("01", "10")
    assert case.fates() == {"clip": "cured", "content": "introduced"}


def test_a_program_that_did_not_run_satisfies_nothing_and_a_failed_machine_says_nothing():
    ran, failed = shown(), shown(status="program_error")
    assert pair(failed, ran).fates() == {"clip": "cured", "content": "cured"}
    masked = pair(shown(status="infra"), ran)
    assert (masked.states[0], masked.fates(), masked.is_judged) == ("??", {}, False)


def test_means_stand_with_their_errors_and_changes_with_those_of_the_paired_differences():
    rewards = [(0.0, 0.5), (0.25, 0.75), (0.5, 1.0), (0.75, 1.0)]
    cases = [
        pair(shown(i, clip=i > 1, reward=first), shown(i, content=i > 0, reward=second))
        for i, (first, second) in enumerate(rewards)
    ]
    score, runs, clip, content = rows(cases)
    assert [row.name for row in (score, runs, clip, content)] == ["score", "runs", *AXES]
    # 100 * std((0, .25, .5, .75), ddof=1) / 2; the differences .5 .5 .5 .25 have std .125.
    assert str(score.means[0]) == "37.5 ± 16.1"
    assert score.change.signed == "+43.8 ± 6.2"
    assert score.change.is_clear
    assert (clip.cured, clip.introduced, content.cured, content.introduced) == (2, 0, 0, 1)
    # A share of 2 in 4: sqrt(50 * 50 / 3); its change, 1 1 0 0, has the same.
    assert [str(clip.means[0]), str(clip.change)] == ["50.0 ± 28.9", "50.0 ± 28.9"]
    assert not clip.change.is_clear
    assert content.change.signed == "−25.0 ± 25.0"
    assert clip.example == "the title <leaves> the picture (clip)"


def test_machines_that_failed_are_left_out_of_means_and_changes():
    kept = [pair(shown(i, reward=0.5), shown(i, reward=0.75)) for i in range(2)]
    lost = pair(shown(2, status="infra"), shown(2, reward=0.0))
    score = rows([*kept, lost])[0]
    assert score.means[0].value == 50.0
    assert score.means[1].value == 50.0
    assert score.change.value == 25.0


def test_a_single_task_has_no_error():
    assert str(mean_of([3.0])) == "3.0"
    assert math.isnan(mean_of([]).value)
    assert rows([Case(sides=(shown(reward=0.5),), axes=AXES)])[0].change is None


def test_tasks_are_paired_by_what_they_say():
    first, second = [shown(i) for i in range(3)], [shown(i) for i in (2, 1, 7)]
    cases = pair_up(first, second)
    assert [case.sides[1].sample.task.task_id for case in cases] == ["task-1", "task-2"]
    other = dataclasses.replace(second[0].sample.task, brief="Something else")
    stranger = Shown(sample=dataclasses.replace(second[0].sample, task=other), picture=None)
    with pytest.raises(ReportError, match=r"\(3 and 1 rollouts\) have no task in common"):
        pair_up(first, [stranger])


def test_the_table_for_a_terminal():
    column = {
        "score": 55.25,
        "stderr": 1.0,
        "exec_rate": 0.9,
        "axes": {"clip": 0.5},
        "num_tasks": 64,
    }
    other = {**column, "score": 88.0, "axes": {"clip": 0.75, "range": 1.0}}
    assert format_table({"before": column, "after": other}).splitlines() == [
        "held-out tasks                before             after",
        "score (0-100)             55.2 ± 1.0        88.0 ± 1.0",
        "runs                            0.90              0.90",
        "clip                            0.50              0.75",
        "range                            nan              1.00",
        "tasks                             64                64",
    ]
