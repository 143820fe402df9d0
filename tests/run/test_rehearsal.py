"""A dry run of an 8B config on a corpus that we made."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from corpus_files import write_chart2code, write_chartmimic

from configs import chart_8b
from vsdpo_jax.corpus import check
from vsdpo_jax.run import rehearsal
from vsdpo_jax.run.settings import from_config

ROOT = Path(__file__).parents[2]


def settings(root, method="visual_sdpo", **leaves):
    config = chart_8b.get_config(method)
    config.data.root = str(root)
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


def test_what_is_rehearsed_stays_the_experiment(tmp_path):
    chosen = settings(tmp_path)
    small = rehearsal.rehearsed(chosen, tmp_path / "model")
    for same in ("rubric", "credit", "sandbox", "optim"):
        assert getattr(small, same) == getattr(chosen, same)
    assert small.trackers == "none", "no run of anybody is made for it"
    assert small.data == dataclasses.replace(chosen.data, num_heldout=2)
    assert (small.teacher.kind, small.teacher.channels) == ("live", ("rubric", "image"))
    assert small.num_images("student") == 1
    imitating = rehearsal.rehearsed(settings(tmp_path, "sft"), tmp_path / "again")
    assert imitating.train.num_imitating == 2
    assert imitating.rollout.max_new_tokens == rehearsal.PROGRAM_TOKENS


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_config_of_8b_goes_through_every_stage_on_its_corpora(tmp_path):
    """Pictures in, programs drawn beside their references, a teacher that sees, two updates."""
    write_chart2code(tmp_path)
    write_chartmimic(tmp_path)
    check("chart2code_160k", str(tmp_path), None, "")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    result = subprocess.run(
        [
            sys.executable, "-m", "vsdpo_jax.train", "--config=configs/chart_8b.py", "--dry_run",
            f"--config.data.root={tmp_path}", "--config.sandbox.num_workers=1",
        ],
        capture_output=True, text=True, cwd=ROOT, check=False,
        env={**os.environ, "TMPDIR": str(scratch)},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "evaluate before: 2/2 tasks" in result.stderr
    assert result.stdout.endswith("dry run: every stage ran, with a mini model; nothing was kept\n")
    assert list(scratch.iterdir()) == []
