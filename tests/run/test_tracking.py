"""What trackers are told of a run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from configs import mini_chart
from vsdpo_jax.evaluate import Score
from vsdpo_jax.records import Diagnosis, Judged, Render, Rollout, Task
from vsdpo_jax.run import checks
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import SettingsError, from_config
from vsdpo_jax.run.tracking import Tracking, open_tracking
from vsdpo_jax.runtime import trackers
from vsdpo_jax.runtime.episodes import Sample, write_episode

SCORE = Score(score=50.0, stderr=5.0, exec_rate=0.5, axes={"clip": 0.25}, num_tasks=2)


def sample(number: int, *, runs: bool) -> Sample:
    image = np.full((4, 5, 3), 9, np.uint8)
    render = Render(status="ok", image_YXC=image) if runs else Render(status="program_error")
    diagnosis = Diagnosis(
        rubric={"clip": False, "empty": True} if runs else {}, scores={}, defects=(), feedback="",
        r_exec=float(runs), r_vis=0.5 * runs, masked=False,
    )  # fmt: skip
    return Sample(
        task=Task(task_id=f"t{number}", domain="chart", brief=f"Draw {number}"),
        rollout=Rollout(
            task_id=f"t{number}", group_id=0, sample_id=0, policy_version=0, text="plt.plot()",
            tokens_T=np.zeros(1, np.int32), logp_T=np.zeros(1, np.float32),
            offsets_T2=np.zeros((1, 2), np.int32), stop_reason="stop",
        ),
        judged=Judged(render=render, diagnosis=diagnosis),
        statements=(), weight_T=np.ones(1, np.float32), advantage=0.0,
    )  # fmt: skip


class Told:
    """In place of trackers."""

    is_on = True

    def __init__(self):
        self.calls = []

    def scalars(self, *call):
        self.calls.append(call)

    pictures = table = scalars


def test_an_evaluation_is_shown_with_figures_pictures_and_programs(tmp_path: Path):
    samples = [sample(0, runs=True), sample(1, runs=False)]
    write_episode(tmp_path / "eval", "before", samples, num_images=2)
    told = Told()
    Tracking(told, tmp_path, 0).evaluation(0, "before", SCORE)
    figures, pictures, table = told.calls
    assert figures == (0, {
        "eval/score": 50.0, "eval/stderr": 5.0, "eval/exec_rate": 0.5, "eval/num_tasks": 2,
        "eval/axis/clip": 0.25,
    })  # fmt: skip
    (picture,) = pictures[2]
    assert (pictures[:2], picture.caption) == ((0, "eval"), "t0: 0.50")
    np.testing.assert_array_equal(picture.image_YXC, np.full((4, 5, 3), 9))
    assert table[3] == [
        ["t0", 0.5, "clip", "Draw 0", "plt.plot()"],
        ["t1", 0.0, "program_error", "Draw 1", "plt.plot()"],
    ]


def test_what_was_shown_before_a_run_was_interrupted_is_not_shown_again(tmp_path: Path):
    told = Told()
    Tracking(told, tmp_path, 6).evaluation(0, "before", SCORE)
    Tracking(told, tmp_path, 0).evaluation(24, "after", None)  # another process than the first
    Tracking(told, tmp_path, 0).episode(3, 8)  # a warm-up step has none
    assert told.calls == []


def test_of_a_step_as_many_rollouts_are_shown_as_have_pictures(tmp_path: Path):
    samples = [sample(number, runs=True) for number in range(3)]
    write_episode(tmp_path / "episodes", "step_00003", samples, num_images=2)
    told = Told()
    Tracking(told, tmp_path, 0).episode(3, 2)
    pictures, table = told.calls
    assert (len(pictures[2]), len(table[3])) == (2, 2)
    Tracking(told, tmp_path, 0).episode(3, 0)
    assert len(told.calls) == 2


def with_trackers(names: str):
    config = mini_chart.get_config()
    config.trackers = names
    return from_config(config)


def test_the_setting_names_trackers_and_only_the_first_process_has_any(tmp_path: Path):
    assert with_trackers("none").tracker_names == ()
    assert with_trackers("tensorboard+wandb").tracker_names == ("tensorboard", "wandb")
    for names in ("tensorbord", "wandb+wandb", ""):
        with pytest.raises(
            SettingsError, match=r"config\.trackers = .*tensorboard, wandb, trackio"
        ):
            with_trackers(names)
    with open_tracking(with_trackers("tensorboard"), Session(folder=tmp_path), is_kept=False):
        pass
    assert list(tmp_path.iterdir()) == []
    with open_tracking(
        with_trackers("tensorboard"), Session(folder=tmp_path), is_kept=True
    ) as tracking:
        tracking.row(0, {"reward": 0.5})
    assert (tmp_path / "tensorboard").is_dir()


def test_a_package_that_is_missing_is_said_before_any_work(monkeypatch):
    monkeypatch.setattr(trackers, "find_spec", lambda name: None)
    with pytest.raises(
        SettingsError, match=r'wandb is not installed; pip install "vsdpo_jax\[wandb'
    ):
        checks.check_trackers(with_trackers("wandb"))
    checks.check_trackers(dataclasses.replace(with_trackers("wandb"), trackers="none"))
