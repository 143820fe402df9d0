import math

import numpy as np
import pytest

from vsdpo_jax.evaluate import summarize
from vsdpo_jax.monitor import Watch, axis_rates, step_metrics
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
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
