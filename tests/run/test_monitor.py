import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest

from configs import mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.evaluate import summarize
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
from vsdpo_jax.run.monitor import Watch, announcement, axis_rates, step_metrics
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime.episodes import Sample


def make_sample(reward, *, group=0, rubric=None, r_exec=1.0, masked=False, tokens=3):
    image = np.zeros((2, 2, 3), np.uint8)
    return Sample(
        task=Task(task_id="t", domain="chart", brief="b"),
        rollout=Rollout(
            task_id="t", group_id=group, sample_id=0, policy_version=0, text="abc",
            tokens_T=np.zeros(tokens, np.int32), logp_T=np.zeros(tokens, np.float32),
            offsets_T2=np.zeros((tokens, 2), np.int32), stop_reason="stop",
        ),
        judged=Judged(
            render=Render(status="infra") if masked else Render(status="ok", image_YXC=image),
            diagnosis=Diagnosis(
                rubric=rubric or {}, scores={}, defects=(), feedback="", r_exec=r_exec,
                r_vis=reward, masked=masked,
            ),
        ),
        statements=(), weight_T=np.ones(tokens, np.float32), advantage=0.0,
    )  # fmt: skip


def test_the_score_is_the_mean_with_its_standard_error():
    # Rewards 0, 50, 100 per cent: mean 50, deviation (ddof 1) 50, error 50 / sqrt(3).
    score = summarize([make_sample(r) for r in (0.0, 0.5, 1.0)])
    assert (score.score, score.num_tasks, score.exec_rate) == (50.0, 3, 1.0)
    assert math.isclose(score.stderr, 50 / math.sqrt(3))


def test_a_failed_machine_counts_nowhere_and_a_failed_program_counts_as_zero():
    good = make_sample(1.0, rubric={"clip": True})
    failed = make_sample(0.0, r_exec=0.0)
    broken = make_sample(0.0, r_exec=0.0, masked=True)
    score = summarize([good, failed, broken])
    assert (score.score, score.num_tasks, score.exec_rate) == (50.0, 2, 0.5)
    assert score.axes == {"clip": 0.5} == axis_rates([good, failed, broken])
    with pytest.raises(RuntimeError, match="could be judged"):
        summarize([broken])


def test_flat_groups_and_masked_samples_are_counted():
    samples = [make_sample(r, group=g) for g, r in ((0, 0.5), (0, 0.5), (1, 0.2), (1, 0.4))]
    samples.append(make_sample(0.0, group=1, masked=True))
    row = step_metrics(samples, {"kl/mean": np.float32(0.25)}, {"2_rollouts": 3.0}, 2)
    assert row["groups/flat_fraction"] == 0.5
    assert row["samples/masked"] == 1
    assert math.isclose(row["reward"], 0.4)
    assert row["kl/mean"] == 0.25
    assert row["tokens_per_second"] == 5.0
    assert row["sampler/compiles"] == 2


def test_the_watch_warns_of_a_lasting_fall_once_and_not_of_noise():
    watch = Watch(0.1)
    noisy = [0.9, 0.8, 1.0, 0.9, 0.75, 1.0, 0.9, 0.8]
    assert not [w for value in noisy for w in watch.look({"exec_rate": value})]
    warnings = [w for _ in range(4) for w in watch.look({"exec_rate": 0.6})]
    assert len(warnings) == 1
    assert "exec_rate fell from 0.9" in warnings[0]
    assert watch.look({"exec_rate": float("nan")}) == []


@pytest.mark.parametrize("name", ["length/mean", "policy/entropy"])
@pytest.mark.parametrize("end", [3.0, 0.2])
def test_the_watch_warns_when_length_or_entropy_runs_away(name, end):
    watch = Watch(0.1)
    noisy = [1.0, 0.8, 1.3, 0.9, 1.1, 0.7, 1.2, 1.0]
    assert not [w for value in noisy for w in watch.look({name: value})]
    warnings = [w for _ in range(3) for w in watch.look({name: end})]
    assert len(warnings) == 1
    assert f"{name} went from 1" in warnings[0]


def row(**figures):
    """Of an update on rollouts."""
    return {"reward": 0.5} | {name.replace("__", "/"): value for name, value in figures.items()}


CAUSES = {
    "ran, so that every reward is 0": row(exec_rate=0.0, groups__flat_fraction=1.0, reward=0.0),
    "group of this step is flat": row(exec_rate=1.0, groups__flat_fraction=1.0),
    "could be judged": row(reward=float("nan"), samples__masked=8.0),
    "ratio is 1": row(loss__total=-1e-8, grad__norm=0.3, groups__flat_fraction=0.5),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_watch_gives_one_cause_of_a_reward_that_teaches_nothing(cause):
    watch = Watch(0.1)
    told = [watch.look(CAUSES[cause]) for _ in range(5)]
    assert [len(warnings) for warnings in told] == (
        [1, 0, 0, 0, 0] if cause == "ratio is 1" else [1, 1, 0, 1, 0]
    )
    assert cause in told[0][0]
    assert watch.look(row(exec_rate=0.9, groups__flat_fraction=0.5, loss__total=0.1)) == []


@pytest.mark.parametrize(
    ("teacher", "has_grpo", "figures", "said"),
    [
        ("ema", True, row(groups__flat_fraction=1.0, teacher__feedback=1.0), "only the teacher"),
        ("ema", True, row(groups__flat_fraction=1.0, teacher__feedback=0.0), "nothing is learned"),
        ("none", True, row(groups__flat_fraction=1.0), "nothing is learned"),
        ("live", False, row(teacher__feedback=0.0, loss__total=0.0, grad__norm=0.0),
         "the teacher had nothing to read in this step and the reward has no weight"),
        ("live", False, row(teacher__feedback=1.0, loss__total=0.0, grad__norm=0.0),
         "the teacher and the policy, which have the same weights as yet, read the same"),
    ],
)  # fmt: skip
def test_the_watch_says_who_teaches_nothing(teacher, has_grpo, figures, said):
    (warning,) = Watch(0.1, teacher, has_grpo=has_grpo).look(figures)
    assert said in warning


def test_the_watch_expects_flat_groups_where_the_reward_has_no_weight():
    flat = row(exec_rate=1.0, groups__flat_fraction=1.0)
    assert Watch(0.1, has_grpo=False).look(flat) == []


def test_what_is_said_before_anything_long():
    state = TrainState(
        params={"w": np.zeros((1000, 1000), np.float32)}, opt_state=(), step=np.int32(6),
        teacher_params={"w": np.zeros((1000, 1000), np.float32)},
    )  # fmt: skip
    run = SimpleNamespace(
        settings=from_config(mini_chart.get_config()), frozen={"f": np.zeros(500_000)},
        tasks=SimpleNamespace(heldout=range(128)),
    )  # fmt: skip
    model, work, disk = announcement(run, state, 10**9)
    assert model.startswith("model: 1.5 M parameters, 1.0 M of them trained, on 8 x cpu")
    assert "18 of 24 steps, each 4 x 8 rollouts of at most 224 tokens; 128 held-out" in work
    assert disk == "disk: 8 MB a checkpoint, every 6 steps, 2 kept; 1.0 GB are free"
    assert "the disk is too small" in announcement(run, state, 20 * 10**6)[-1]
    done = announcement(run, dataclasses.replace(state, step=np.int32(24)), 10**9)
    assert "all 24 steps are done" in done[1]


def test_the_watch_counts_updates_that_changed_nothing_and_does_not_repeat_itself():
    watch = Watch(0.1)
    assert watch.look({"update/skipped": 0.0}) == []
    (first,) = watch.look({"update/skipped": 1.0})
    assert "this update changed nothing" in first
    assert "optim.learning_rate" in first
    later = [watch.look({"update/skipped": 1.0}) for _ in range(2, 9)]
    assert [bool(warnings) for warnings in later] == [1, 0, 1, 0, 0, 0, 1]
    assert "the last 8 updates" in later[-1][0]
    assert watch.look({"update/skipped": 0.0}) == []
    assert "this update" in watch.look({"update/skipped": 1.0})[0]


def test_the_watch_warns_of_a_teacher_that_hears_nothing_once():
    watch = Watch(0.1, "ema")
    silent = [watch.look(row(teacher__feedback=0.0)) for _ in range(9)]
    assert [bool(warnings) for warnings in silent] == [0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert "teacher.context" in silent[3][0]
    watch = Watch(0.1, "ema")
    for feedback in (0.0, 0.0, 0.0, 0.25) * 3:  # siblings are rare at first
        assert watch.look(row(teacher__feedback=feedback)) == []


@pytest.mark.parametrize(
    ("teacher", "figures"),
    [
        ("none", row(teacher__feedback=0.0)),  # GRPO wants none
        ("ema", {"teacher/feedback": 0.0}),  # a warm-up on reference programs
        ("ema", row(teacher__feedback=1.0)),
        ("ema", row()),
    ],
)
def test_the_watch_expects_no_feedback_where_there_is_no_teacher(teacher, figures):
    watch = Watch(0.1, teacher)
    assert not [warning for _ in range(9) for warning in watch.look(figures)]


# docs/LOG.md, "what steadies the live teacher": kl/max of three runs, two of them of live weights.
COLLAPSED = (5.65, 5.79, 6.96, 12.29, 1.85, 1.91, 2.04, 9.28, 11.41, 5.71, 6.9, 3.71)
HEALTHY = (5.5, 8.31, 2.81, 1.65, 2.06, 10.26, 1.41, 1.93, 1.62, 7.02, 0.99, 3.74, 0.83, 9.72, 1.04)
AVERAGED = (5.65, 5.79, 6.69, 12.21, 1.77, 2.04, 10.11, 3.7, 3.07, 0.97, 10.84, 10.89, 1.1, 3.78)


def jumps(teacher, peaks):
    """Numbers of the updates with a warning."""
    watch = Watch(0.1, teacher)
    return [step for step, peak in enumerate(peaks) if watch.look(row(kl__max=peak))]


def test_the_watch_warns_of_a_live_teacher_that_runs_away_before_its_rates_fall():
    assert jumps("live", COLLAPSED) == [8]  # the execution rate gives its warning at 10
    watch = Watch(0.1, "live")
    (warning,) = [w for peak in COLLAPSED for w in watch.look(row(kl__max=peak))]
    assert "kl/max, as a rule 5.7 nats, reached 9.3" in warning
    assert "--config.teacher.kind=ema, or a larger --config.objective.beta" in warning
    assert jumps("live", [*COLLAPSED, 9.0, 9.0]) == [8, 13]  # and again after it was calm


def test_the_watch_is_quiet_about_jumps_that_do_no_harm():
    assert jumps("live", HEALTHY) == []
    assert jumps("ema", AVERAGED) == []
    assert jumps("live", [2 * peak for peak in HEALTHY[1::-1] * 8]) == []  # always like that
    assert jumps("live", [float("nan")] * 9) == []
