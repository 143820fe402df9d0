import math
import re

import pytest
from lab_cases import judge_by_text, judged_as, judged_error

from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.domains.pool import Job
from vsdpo_jax.lab import gate as gate_module
from vsdpo_jax.lab.gate import AxisGate, axis_table, failed_axes, measure, render_table, to_dict

TASKS = [make_task(seed, "heldout") for seed in range(10)]
GIVEN = ["--domain=chart", "--model=nowhere"]
GOOD = "import matplotlib.pyplot as plt\nfig.tight_layout()\n"
CUT = "import matplotlib.pyplot as plt\n"


def judge(programs):
    return judge_by_text([Job(source=text, asked=task.asked) for task, text in programs])


def test_an_informed_teacher_passes():
    def sample(prompts):
        return [GOOD if "Feedback" in p[0]["content"] else CUT for p in prompts]

    gate = measure(sample, judge, TASKS, 2)
    (row,) = gate.axes
    assert (row.axis, row.named, row.failing) == ("clip", 20, 1.0)
    assert (row.student, row.teacher, row.gain, row.passed) == (0.0, 1.0, 1.0, True)
    assert gate.num_rollouts == 20
    assert gate.score == pytest.approx(8 / 9)
    assert (gate.exec_rate, gate.teacher_score) == (1.0, 1.0)
    assert gate.passed


def test_a_teacher_that_ignores_feedback_fails():
    gate = measure(lambda prompts: [CUT for _ in prompts], judge, TASKS, 2)
    assert not gate.passed
    assert gate.axes[0].gain == 0.0
    assert "below one half" in render_table(gate)


def test_the_teacher_reads_the_feedback_of_its_own_rollout():
    seen = []

    def sample(prompts):
        seen.append([p[0]["content"] for p in prompts])
        return ["axs" if i % 2 else CUT for i in range(len(prompts))]

    measure(sample, judge, TASKS, 1)
    first, again, taught = seen
    assert again == first
    for index, content in enumerate(taught):
        assert content.startswith(first[index])
        assert ("NameError" in content) == bool(index % 2)


def test_how_long_the_rest_takes_is_said_batch_by_batch(monkeypatch):
    monkeypatch.setattr(gate_module, "BATCH_PROMPTS", 4)
    said = []
    gate = measure(lambda prompts: [CUT for _ in prompts], judge, TASKS, 1, said.append)
    assert gate.num_rollouts == 10
    assert [line.split("  ")[0] for line in said] == [
        f"{who}: {done} of 10 judged"
        for who in ("student", "student again", "teacher")
        for done in (4, 8, 10)
    ]
    left = [line.partition("  ")[2] for line in said]
    assert (left[0], left[-1]) == ("", "")  # the first compiles, after the last nothing is left
    assert [text.startswith("at most about ") for text in left[1:3]] == [True, True]
    assert all(re.fullmatch(r"about \d+ s left", text) for text in left[3:-1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--domain"),
        (["--domain=chrat", "--model=m"], "chrat"),
        ([*GIVEN, "--group=0"], "use 1 or more"),
        ([*GIVEN, "--seed=-1"], "use 0 or more"),
        ([*GIVEN, "--json=no/where/gate.json"], "there is no folder no/where"),
    ],
)
def test_wrong_arguments_are_said_before_anything_is_sampled(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        gate_module.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_table_by_hand():
    good, cut, failed = judged_as({}), judged_as({"clip": "title right"}), judged_error()
    first = [good, cut, cut, failed]
    table = {
        row.axis: row
        for row in axis_table(first, first[1:], [good, cut, failed], [good, failed, good])
    }
    clip, error = table["clip"], table["error"]
    assert (clip.named, clip.student, clip.teacher) == (2, 0.5, 0.5)
    assert clip.failing == pytest.approx(2 / 3)
    assert (error.named, error.failing, error.student, error.teacher) == (1, 0.25, 0.0, 1.0)


def test_gain_and_verdicts():
    def row(named, student, teacher):
        return AxisGate(axis="clip", named=named, failing=0.5, student=student, teacher=teacher)

    assert row(50, 0.4, 0.7).gain == pytest.approx(0.5)
    assert row(50, 1.0, 1.0).gain == 1.0
    assert row(50, 0.5, 0.4).passed is False
    assert row(5, 0.5, 0.4).passed is None


def test_failed_axes():
    assert failed_axes(judged_error()) == {"error"}
    assert failed_axes(judged_as({"tiny": "title 5"})) == {"tiny"}


def test_nothing_flawed_leaves_an_empty_table():
    gate = measure(lambda prompts: [GOOD for _ in prompts], judge, TASKS, 1)
    assert gate.axes == ()
    assert gate.passed
    assert math.isnan(gate.teacher_score)
    assert to_dict(gate)["score"] == 1.0
