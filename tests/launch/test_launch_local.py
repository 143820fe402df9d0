"""launch/local: processes on this machine, their drill, and the trainer itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import pytest
from launching import CLEAN, ROOT

from vsdpo_jax.runtime.metrics import read_metrics

PROVED = re.compile(
    r"\nPROVED: (\d+) of (\d+) rows kept, checkpoint (\d+) -> (\d+), steps 0 to (\d+) each once\n"
)


@pytest.fixture
def runs(place, tmp_path):
    """Two processes of the stub; ended whatever comes."""
    place.settings("local", f"RUNS={tmp_path}/my runs", "--config.train.num_steps=60")
    place.environment |= {
        "VSDPO_PYTHON": str(place.stub),
        "DRILL_POLL": "0.3",
        "STUB_STEP_S": "0.3",
    }
    yield tmp_path / "my runs"
    place.run("local", "stop")
    assert place.run("local", "wait").code in (0, 2, 3, 75, 137, 143)


def said_by(runs, number: int) -> list[dict]:
    log = next((runs / ".launch" / "local-1" / f"process-{number}").glob("*/local-1.log"))
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_two_processes_from_start_to_end(place, runs):
    result = place.run("local", "train", "--", "--config.train.num_steps=6", "--config.note=a  b")
    assert (result.code, result.out.count("started run local-1")) == (0, 2), result
    assert place.run("local", "wait").code == 0
    for number in (0, 1):
        (said,) = said_by(runs, number)
        assert said["jax"]["JAX_PROCESS_ID"] == str(number)
        assert said["jax"]["JAX_NUM_PROCESSES"] == "2"
        assert (said["run"], said["commit"]) == ("local-1", place.commit)
        assert said["argv"][-1] == "--config.note=a  b"
    assert [row["step"] for row in read_metrics(runs / "local-1" / "metrics.jsonl")] == list(
        range(6)
    )
    status = place.run("local", "status").out
    assert [line.split(" ", 4)[-1] for line in status.splitlines()] == ["with 0", "with 0"]
    result = place.run("local", "--yes", "drill")
    assert result.code == 2
    assert "run local-1 is finished; give the drill a run of its own" in result.error
    assert place.run("local", "--yes", "delete").code == 0
    assert list(runs.rglob("*local-1*")) == []


def test_stop_saves_and_train_goes_on(place, runs):
    place.run("local", "train")
    deadline = time.monotonic() + 60
    while not (runs / "local-1" / "checkpoints").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "run local-1 is running already" in place.run("local", "train").out
    result = place.run("local", "--yes", "delete")
    assert (result.code, "is running; launch/local/run.sh stop first" in result.error) == (2, True)
    place.run("local", "stop")
    assert place.run("local", "wait").code == 75
    kept = (runs / "local-1" / "metrics.jsonl").read_text()
    place.run("local", "resume", "--", f"--config.train.num_steps={kept.count('step') + 2}")
    assert place.run("local", "wait").code == 0
    assert (runs / "local-1" / "metrics.jsonl").read_text().startswith(kept)


def test_the_drill_proves_a_resume(place, runs):
    result = place.run("local", "--yes", "drill")
    assert result.code == 0, result
    match = PROVED.search(result.out)
    assert match, result.out
    kept, before, checkpoint, newest, last = map(int, match.groups())
    assert 1 <= kept <= before
    assert checkpoint < newest <= last + 1


def test_the_drill_is_no_proof_where_the_run_begins_anew(place, runs):
    """A trainer that forgets its checkpoints fails the drill."""
    stub = place.stub.read_text()
    forgetful = stub.replace("exec ", f'rm -rf "{runs}/local-1"; exec ')
    place.stub.write_text(forgetful)
    try:
        result = place.run("local", "--yes", "drill", NUM_PROCESSES="1")
        assert result.code == 2
        assert "NOT PROVED: no row from before the kill is left" in result.error, result
    finally:
        place.run("local", "stop", NUM_PROCESSES="1")
        place.stub.write_text(stub)


def test_a_drill_that_waits_in_vain_says_so(place, runs):
    result = place.run(
        "local", "--yes", "drill", DRILL_SECONDS="2", STUB_STEP_S="6", NUM_PROCESSES="1"
    )
    assert result.code == 2
    assert re.search(
        r"drill: waited \d+ s in vain until a checkpoint and a row of metrics are there; "
        "DRILL_SECONDS",
        result.error,
    )
    place.run("local", "stop", NUM_PROCESSES="1")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_drill_of_the_trainer_itself(tmp_path):
    """Two starts of the mini policy at its smallest."""
    path = tmp_path / "settings.env"
    path.write_text(
        f"NUM_PROCESSES=1\nRUNS='{tmp_path}/my runs'\nDRILL_SECONDS=900\n"
        + "".join(
            f"--config.{leaf}\n"
            for leaf in (
                "rollout.prompts_per_step=2",
                "rollout.group_size=2",
                "rollout.eval_batch=4",
                "data.num_heldout=4",
                "train.num_steps=4",
                "train.checkpoint_every=1",
                "log.episode_images=1",
            )
        )
    )
    words = ["bash", ROOT / "launch" / "local" / "run.sh", f"--env_file={path}", "--yes"]
    environment = {**CLEAN, "HOME": str(tmp_path), "VSDPO_PYTHON": sys.executable}
    try:
        done = subprocess.run(
            [*words, "drill"], capture_output=True, text=True, check=False, env=environment
        )
        assert done.returncode == 0, done
        assert PROVED.search(done.stdout), done.stdout
        assert subprocess.run([*words, "wait"], env=environment, check=False).returncode == 0
    finally:
        subprocess.run([*words, "stop"], env=environment, check=False)
    rows = read_metrics(tmp_path / "my runs" / "local-1" / "metrics.jsonl")
    assert [row["step"] for row in rows] == [0, 1, 2, 3]
    assert (tmp_path / "my runs" / "local-1" / "summary.json").exists()


def test_a_run_that_cannot_start_says_why(place, runs):
    place.run("local", "train", VSDPO_PYTHON="/no/python")
    result = place.run("local", "train", VSDPO_PYTHON="/no/python")
    assert result.code == 2
    assert "no /no/python; run setup first" in result.error
