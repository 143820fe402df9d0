import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.workdir import DiskFullError, WorkdirError, claim_workdir

CONFIG = {"seed": 0, "credit": {"alpha": 4.0}, "axes": ("clip", "range")}

HOLD = """
import sys, time
from pathlib import Path
from vsdpo_jax.runtime.workdir import claim_workdir
with claim_workdir(Path(sys.argv[1]), {"seed": 0}):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that works in ``tmp_path / "run"``."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "run")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_new_folder_is_made_and_the_settings_are_written(tmp_path):
    with claim_workdir(tmp_path / "runs" / "a", CONFIG) as work:
        assert not work.is_resumed
        written = json.loads((work.path / "config.json").read_text())
    assert written == {"seed": 0, "credit": {"alpha": 4.0}, "axes": ["clip", "range"]}


def test_the_same_run_is_resumed_and_its_settings_stay(tmp_path):
    claim_workdir(tmp_path, CONFIG).release()
    stamp = (tmp_path / "config.json").stat().st_mtime_ns
    with claim_workdir(tmp_path, json.loads(json.dumps(CONFIG))) as work:
        assert work.is_resumed
    assert (tmp_path / "config.json").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({"seed": 1}, ["config.seed: 0 there, 1 now"]),
        ({"credit": {"alpha": 1.0}}, ["config.credit.alpha: 4.0 there, 1.0 now"]),
        ({"credit": {"beta": 4.0}}, ["config.credit.alpha: 4.0 there, gone now",
                                     "config.credit.beta: not there, 4.0 now"]),
        ({"credit": 4}, ['config.credit: {"alpha": 4.0} there, 4 now']),
        ({"seed": 0.0}, ["config.seed: 0 there, 0.0 now"]),
        ({"axes": ["clip"]}, ['config.axes: ["clip", "range"] there, ["clip"] now']),
    ],
)  # fmt: skip
def test_the_folder_of_another_run_names_every_difference(tmp_path, change, lines):
    claim_workdir(tmp_path, CONFIG).release()
    before = (tmp_path / "config.json").read_bytes()
    with pytest.raises(WorkdirError, match="belongs to a run with other settings") as caught:
        claim_workdir(tmp_path, {**CONFIG, **change})
    for line in lines:
        assert line in str(caught.value)
    assert "--workdir" in str(caught.value)
    assert (tmp_path / "config.json").read_bytes() == before
    claim_workdir(tmp_path, CONFIG).release()  # the refusal left no lock


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints", "summary.json", "episodes"])
def test_results_of_nobody_are_not_taken_over(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(WorkdirError, match=f"holds {name} but no config.json"):
        claim_workdir(tmp_path, CONFIG)


def test_other_files_do_not_matter(tmp_path):
    (tmp_path / "log.txt").write_text("my own notes")
    claim_workdir(tmp_path, CONFIG).release()


@pytest.mark.parametrize("name", ["config.json", "elapsed.json"])
def test_a_damaged_file_is_named(tmp_path, name):
    claim_workdir(tmp_path, CONFIG).release()
    (tmp_path / name).write_text("{")
    with pytest.raises(WorkdirError, match=name):
        claim_workdir(tmp_path, CONFIG)


def test_rows_that_cannot_be_kept_are_said_before_work_starts(tmp_path):
    claim_workdir(tmp_path, CONFIG).release()
    (tmp_path / "metrics.jsonl").write_text('{"step": 0}\nzeros\n')
    with pytest.raises(DamagedFileError, match=r"metrics\.jsonl, line 2: .* goes on"):
        claim_workdir(tmp_path, CONFIG)
    (tmp_path / "metrics.jsonl").write_text('{"step": 0}\n')
    claim_workdir(tmp_path, CONFIG).release()  # the refusal left no lock


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_named_and_does_not_hide_what_ended_the_run(tmp_path, monkeypatch, number):
    def full(*args):
        raise OSError(number, os.strerror(number))

    work = claim_workdir(tmp_path / "old", CONFIG)
    monkeypatch.setattr("vsdpo_jax.runtime.workdir.write_atomic", full)
    with pytest.raises(DiskFullError, match=r"new: .* \(\d+ MiB are free there\); make room"):
        claim_workdir(tmp_path / "new", CONFIG)
    with pytest.raises(KeyboardInterrupt), work:
        raise KeyboardInterrupt


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(WorkdirError, match="cannot write there"):
            claim_workdir(place, CONFIG)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(WorkdirError, match="Permission denied"):
        claim_workdir(tmp_path, CONFIG)


def test_a_setting_that_is_not_json(tmp_path):
    with pytest.raises(TypeError, match="cannot be written as JSON"):
        claim_workdir(tmp_path, {"model": object()})
    assert not list(tmp_path.iterdir())


def test_two_processes_do_not_share_a_folder(tmp_path, holder):
    with pytest.raises(WorkdirError, match=f"another run is working there .process {holder.pid}"):
        claim_workdir(tmp_path / "run", {"seed": 0})


def test_two_claims_of_one_process_do_not_share_a_folder(tmp_path):
    with claim_workdir(tmp_path, CONFIG), pytest.raises(WorkdirError, match=str(os.getpid())):
        claim_workdir(tmp_path, CONFIG)
    claim_workdir(tmp_path, CONFIG).release()


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with claim_workdir(tmp_path / "run", {"seed": 0}) as work:
        assert work.is_resumed


def test_a_lock_file_that_was_left_behind_holds_nothing(tmp_path):
    (tmp_path / ".lock").write_text("1\n")  # a living process, which does not hold it
    claim_workdir(tmp_path, CONFIG).release()


def test_seconds_add_up_over_sessions_also_when_one_is_interrupted(tmp_path):
    def work_until_interrupted():
        time.sleep(0.05)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), claim_workdir(tmp_path, CONFIG):
        work_until_interrupted()
    with claim_workdir(tmp_path, CONFIG) as work:
        assert 1.05 <= work.add_seconds(1.0) < 1.5


def test_a_refused_run_leaves_the_folder_to_the_next(tmp_path):
    run = tmp_path / "run"
    with pytest.raises(ValueError, match="at work"):
        fail_at_work(run)
    with claim_workdir(run, CONFIG | {"seed": 1}) as work:
        assert not work.is_resumed


def fail_at_work(run, *, made=None):
    with claim_workdir(run, CONFIG):
        if made:
            (run / made).touch()
        raise ValueError("at work")


@pytest.mark.parametrize("result", ["metrics.jsonl", "checkpoints"])
def test_a_run_that_fails_keeps_what_it_has(tmp_path, result):
    run = tmp_path / "run"
    with pytest.raises(ValueError, match="at work"):
        fail_at_work(run, made=result)
    with claim_workdir(run, CONFIG) as work:
        assert work.is_resumed
    with pytest.raises(ValueError, match="at work"):
        fail_at_work(run)
    assert (run / "config.json").exists()
