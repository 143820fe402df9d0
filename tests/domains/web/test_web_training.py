"""Training on pages, some of which give no picture."""

from __future__ import annotations

import math

import jax
import pytest

from configs import mini_web
from vsdpo_jax import train
from vsdpo_jax.domains.pool import RenderPool
from vsdpo_jax.run import opening
from vsdpo_jax.run.rehearsal import seeing_model
from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime.metrics import read_metrics

STEPS = 4


@pytest.mark.slow
def test_pages_without_a_picture_cost_no_stall_and_no_compilation(tmp_path, monkeypatch, caplog):
    """The teacher reads pictures; of a step's eight pages all, half, none and half have one.

    The policy writes charts: what it writes is replaced.
    """
    config = mini_web.get_config("image_and_rubric")
    for name, value in {
        "model.path": str(seeing_model("chart", tmp_path / "model")), "model.max_pixels": 16384,
        "rollout.prompts_per_step": 2, "rollout.group_size": 4, "data.num_heldout": 2,
        "rollout.prompt_limit": 256, "teacher.prompt_limit": 640,
        "train.num_steps": STEPS, "train.checkpoint_every": STEPS,
    }.items():  # fmt: skip
        group, leaf = name.split(".")
        config[group][leaf] = value
    original, seen = RenderPool.map, []

    def map_some(pool, jobs, **others):
        drawn = (8, 4, 0, 4)[len(seen)]
        page = "<!DOCTYPE html><h1>A page</h1>"
        judged = original(pool, [
            type(job)(source=page if row < drawn else "", asked=None)
            for row, job in enumerate(jobs)
        ], **others)  # fmt: skip
        seen.append(sum(one.render.image_YXC is not None for one in judged))
        return judged

    monkeypatch.setattr(RenderPool, "map", map_some)
    with opening.open_run(from_config(config)) as run, jax.log_compiles():
        (tmp_path / "run").mkdir()
        train.improve(run, run.fresh_state(), Session(folder=tmp_path / "run"))
        assert run.sampler.num_compiles == 1
    assert seen == [8, 4, 0, 4]
    compiled = [message for message in caplog.messages if "XLA compilation of jit(step)" in message]
    assert len(compiled) == 1
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert [row["exec_rate"] for row in rows] == [1, 0.5, 0, 0.5]
    for row in rows:
        assert row["update/skipped"] == 0
        assert math.isfinite(row["loss/total"])
