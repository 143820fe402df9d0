"""Every method's config takes three real steps: programs sampled, drawn, judged, learned from."""

from __future__ import annotations

import math

import pytest

from configs import methods, mini_chart
from vsdpo_jax import runs, train
from vsdpo_jax.runtime.metrics import read_metrics
from vsdpo_jax.settings import from_config

STEPS = 3


def small(method, **leaves):
    config = mini_chart.get_config(method)
    config.train.num_steps = STEPS
    config.train.checkpoint_every = STEPS
    if config.train.warm_up_steps:
        config.train.warm_up_steps = STEPS if method == "sft" else 1
    config.rollout.prompts_per_step = 2
    config.rollout.group_size = 4
    config.data.num_heldout = 2
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def steps(settings, tmp_path):
    """The rows of metrics of STEPS updates."""
    with runs.open_run(settings) as run:
        train.improve(run, run.fresh_state(), tmp_path)
    return read_metrics(tmp_path / "metrics.jsonl")


def reads_pictures(method):
    return "image" in from_config(mini_chart.get_config(method)).teacher.channels


@pytest.mark.slow
@pytest.mark.parametrize("method", [name for name in methods.METHODS if not reads_pictures(name)])
def test_three_steps_of_every_method(method, tmp_path):
    rows = steps(small(method), tmp_path)
    assert len(rows) == STEPS
    for row in rows:
        assert row["update/skipped"] == 0
        assert math.isfinite(row["loss/total"])
        assert row["grad/norm"] >= 0
    if method == "grpo":
        assert all(row["loss/vsdpo"] == 0 for row in rows)
    if method == "sft":
        assert all("reward" not in row for row in rows)
    if method == "sft_then_joint":
        assert ["reward" in row for row in rows] == [False, True, True]
    if method == "no_feedback":  # the same weights read the same prompt
        assert rows[0]["kl/mean"] == pytest.approx(0, abs=1e-6)
    if method == "visual_sdpo":
        assert rows[0]["kl/mean"] > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [
    {"model__lora_rank": 4, "optim__learning_rate": 1e-2},
    {"model__freeze": ("embeddings",), "train__epochs_per_batch": 2},
    {"teacher__kind": "trust_region", "objective__reference_kl": 0.1},
])  # fmt: skip
def test_parts_epochs_and_teachers_in_the_real_loop(leaves, tmp_path):
    settings = small("visual_sdpo", **leaves)
    rows = steps(settings, tmp_path)
    assert all(row["update/skipped"] == 0 for row in rows)
    if settings.model.lora_rank:  # the frozen teacher is the base: no second copy of the weights
        assert rows[-1]["policy/behaviour_gap"] < 1e-3
