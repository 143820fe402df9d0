import json

import pytest
from runtime_samples import make_sample, write_run

from vsdpo_jax.reporting.runs import ReportError, read_run
from vsdpo_jax.runtime.episodes import write_episode
from vsdpo_jax.runtime.files import DamagedFileError


def test_a_whole_run_has_nothing_to_note(tmp_path):
    write_run(tmp_path, num_tasks=3, num_steps=2)
    run = read_run(tmp_path)
    assert (list(run.evaluations), run.domain, run.notes) == (["before", "after"], "chart", [])
    assert (len(run.first_update), len(run.metrics), run.seconds) == (3, 2, 171.4)
    before = run.evaluations["before"]
    assert [one.picture is not None for one in before] == [True, True, False]
    assert before[0].sample.judged.render.image_YXC.size == 0  # pixels stay on the disk


def test_what_is_no_run_is_said(tmp_path):
    with pytest.raises(ReportError, match="there is no such folder; give the --workdir"):
        read_run(tmp_path / "missing")
    with pytest.raises(ReportError, match="not the folder of a run"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ReportError, match="nothing to report yet"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(DamagedFileError, match=r"config\.json"):
        read_run(tmp_path)


def test_a_run_that_goes_on_is_read_as_far_as_it_is(tmp_path):
    write_run(tmp_path, num_tasks=2, num_steps=3)
    (tmp_path / "config.json").write_text(json.dumps({"train": {"num_steps": 9}}))
    (tmp_path / "eval" / "after.jsonl").unlink()
    (note,) = read_run(tmp_path).notes
    assert "3 of 9 updates are there, and no evaluation after" in note
    (tmp_path / "eval" / "before.jsonl").unlink()
    run = read_run(tmp_path)
    assert "no evaluation before or after" in run.notes[0]
    assert run.evaluations == {}
    assert len(run.last_update) == 2


def test_the_folder_of_an_evaluation_is_one_too(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    write_episode(tmp_path / "eval", "policy", [make_sample(0)], num_images=1)
    run = read_run(tmp_path)
    assert (list(run.evaluations), run.notes, run.seconds) == (["policy"], [], None)


def test_half_written_episodes_are_left_out_and_said(tmp_path):
    write_run(tmp_path, num_tasks=2, num_steps=3)
    episodes = tmp_path / "episodes"
    (episodes / "step_00000.npz").write_bytes(b"PK\x03\x04half")
    (episodes / "step_00002.jsonl").unlink()  # put in place last: never there of a half one
    run = read_run(tmp_path)
    (note,) = run.notes
    assert note.startswith("Left out, since it cannot be read: episodes/step_00000")
    assert len(run.first_update) == len(run.last_update) == 2
    lines = (tmp_path / "eval" / "after.jsonl").read_text()
    (tmp_path / "eval" / "after.jsonl").write_text(lines[:-40])
    with pytest.raises(DamagedFileError, match=r"after\.jsonl, line 2 is damaged"):
        read_run(tmp_path)
