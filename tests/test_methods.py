"""Every method's config takes real steps: programs sampled, drawn, judged, learned from."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from configs import methods, mini_chart
from vsdpo_jax import train
from vsdpo_jax.run import opening
from vsdpo_jax.run.rehearsal import seeing_model
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime.metrics import read_metrics

STEPS = 2
"""The first is on-policy, the second begins with what was learned."""


def small(method, **leaves):
    config = mini_chart.get_config(method)
    config.train.num_steps = STEPS
    config.train.checkpoint_every = STEPS
    if config.train.warm_up_steps > 0:
        config.train.warm_up_steps = 1
    config.rollout.prompts_per_step = 2
    config.rollout.group_size = 4
    config.data.num_heldout = 2
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def steps(settings, tmp_path):
    """The rows of metrics of STEPS updates."""
    with opening.open_run(settings) as run:
        train.improve(run, run.fresh_state(), Session(folder=tmp_path))
    return read_metrics(tmp_path / "metrics.jsonl")


def reads_pictures(method):
    return "image" in from_config(mini_chart.get_config(method)).teacher.channels


def method_cases():
    """Every method that reads text; in the short run one of each kind of loss and teacher.

    The update itself takes every combination of settings in tests/core/test_step_methods.py.
    """
    short = ("visual_sdpo", "grpo", "opsd", "sft_then_joint", "credit_baseline", "no_feedback")
    assert set(short) <= methods.METHODS.keys()
    return [
        pytest.param(name, marks=() if name in short else pytest.mark.long)
        for name in methods.METHODS
        if not reads_pictures(name)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("method", method_cases())
def test_steps_of_every_method(method, tmp_path):
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
        assert ["reward" in row for row in rows] == [False, True]
    if method == "no_feedback":  # the same weights read the same prompt
        assert rows[0]["kl/mean"] == pytest.approx(0, abs=1e-6)
    if method == "credit_baseline":
        assert all(row["rollouts/with_baseline"] == row["rollouts/with_teacher"] for row in rows)
        assert all(row["teacher/generic"] != 0 for row in rows)
    if method == "visual_sdpo":
        assert rows[0]["kl/mean"] > 1e-4


def test_every_method_is_documented_with_what_it_reproduces():
    page = (Path(__file__).parents[1] / "docs" / "objective.md").read_text("utf-8")
    table = page.split("## Methods")[1]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    named = re.findall(r"`(\w+)`", " ".join(row.split(" | ")[0] for row in rows))
    assert sorted(named) == sorted(methods.METHODS)
    assert all(len(row.split(" | ")) == 3 for row in rows)


def test_the_teacher_of_opsd_is_the_initial_policy():
    assert from_config(mini_chart.get_config("opsd")).teacher.kind == "frozen"


@pytest.fixture(scope="module")
def seeing(tmp_path_factory):
    return seeing_model("chart", tmp_path_factory.mktemp("seeing"))


@pytest.mark.slow
@pytest.mark.parametrize("method", [name for name in methods.METHODS if reads_pictures(name)])
def test_steps_with_pictures_in_the_teachers_context(method, seeing, tmp_path):
    leaves = {"model__path": str(seeing), "model__max_pixels": 16384, "teacher__kind": "live"}
    rows = steps(small(method, **leaves), tmp_path)
    for row in rows:
        assert row["update/skipped"] == 0
        assert row["kl/mean"] > 0
        assert row["policy/behaviour_gap"] < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("leaves", [
    {"model__lora_rank": 4, "optim__learning_rate": 1e-2},
    {"model__freeze": ("embeddings",), "train__epochs_per_batch": 2,
     "teacher__kind": "trust_region", "objective__reference_kl": 0.1},
])  # fmt: skip
def test_parts_epochs_and_teachers_in_the_real_loop(leaves, tmp_path):
    settings = small("visual_sdpo", **leaves)
    rows = steps(settings, tmp_path)
    assert all(row["update/skipped"] == 0 for row in rows)
    if settings.model.lora_rank:  # the frozen teacher is the base: no second copy of the weights
        assert rows[-1]["policy/behaviour_gap"] < 1e-3
