"""A dry run of an 8B config on a corpus that we made."""

import dataclasses

import pytest
from corpus_files import write_chart2code, write_chartmimic

from configs import chart_8b
from vsdpo_jax import train
from vsdpo_jax.corpus import check
from vsdpo_jax.data.errors import CorpusError
from vsdpo_jax.run import opening, rehearsal
from vsdpo_jax.run.settings import from_config
from vsdpo_jax.runtime.episodes import read_episode
from vsdpo_jax.runtime.metrics import read_metrics


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
    assert small.data == dataclasses.replace(chosen.data, num_heldout=2)
    assert (small.teacher.kind, small.teacher.channels) == ("live", ("rubric", "image"))
    assert small.num_images("student") == 1
    imitating = rehearsal.rehearsed(settings(tmp_path, "sft"), tmp_path / "again")
    assert imitating.train.num_imitating == 2
    assert imitating.rollout.max_new_tokens == rehearsal.PROGRAM_TOKENS


@pytest.mark.slow
def test_a_config_of_8b_goes_through_every_stage_on_its_corpora(tmp_path):
    """Pictures in, programs drawn beside their references, a teacher that sees, two updates."""
    write_chart2code(tmp_path)
    write_chartmimic(tmp_path)
    small = rehearsal.rehearsed(settings(tmp_path), tmp_path / "model")
    with pytest.raises(CorpusError, match="check the corpus first"), opening.open_run(small):
        pass
    check("chart2code_160k", str(tmp_path), None, "")
    train.train(small, tmp_path / "run")
    rows = read_metrics(tmp_path / "run" / "metrics.jsonl")
    assert [row["step"] for row in rows] == [0, 1]
    first = read_episode(tmp_path / "run" / "episodes", "step_00000")
    held = read_episode(tmp_path / "run" / "eval", "before")
    assert {sample.task.task_id.split("/")[0] for sample in first} == {"chart2code_160k:direct"}
    assert {sample.task.task_id.split("/")[0] for sample in held} == {"chartmimic:direct_600"}
    assert all(sample.task.reference and sample.task.images for sample in [*first, *held])
