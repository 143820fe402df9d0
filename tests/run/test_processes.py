"""Real processes on loopback: what they learn, what they write, and how they end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import processes
import pytest

from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.runtime.episodes import read_episode
from vsdpo_jax.runtime.metrics import read_metrics

SCRIPT = Path(processes.__file__)
SECONDS = 900  # of patience: on an idle machine a run takes 20
LONG_SECONDS = 4 * 3600  # of the tests marked long, where a process may get a twentieth of a core
pytestmark = pytest.mark.timeout(3 * SECONDS)
STEPS = 3
TIGHT = {"rtol": 1e-5, "atol": 1e-5}
LOSSES = ("loss/total", "loss/vsdpo", "kl/mean", "reward", "grad/norm", "samples/masked")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return processes.make_model(tmp_path_factory.mktemp("processes"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(folder, workdir, count=1, *, steps=STEPS, leaves=None, only=None, **environment):
    """The processes of a run; ``leaves(index)`` are settings of one of them."""
    port, common = free_port(), {**os.environ, "CACHE": str(folder / "cache"), **environment}
    common.pop("PYTEST_CURRENT_TEST", None)
    started = []
    for index in range(count) if only is None else only:
        several = {
            "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}", "JAX_NUM_PROCESSES": str(count),
            "JAX_PROCESS_ID": str(index),
        } if count > 1 else {}  # fmt: skip
        chosen = {"train.num_steps": steps, **(leaves(index) if leaves else {})}
        command = [sys.executable, str(SCRIPT), str(folder), str(workdir), json.dumps(chosen)]
        log = (folder / f"{workdir.name}.{index}.log").open("a+")
        started.append(
            subprocess.Popen(command, env=common | several, stdout=log, stderr=log, text=True)
        )
        started[-1].log = Path(log.name)
        log.close()
    return started


def finish(started, patience=SECONDS):
    """Exit codes and what each said."""
    try:
        codes = [process.wait(patience) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    return codes, [process.log.read_text() for process in started]


def run(folder, name, count=1, patience=SECONDS, **options):
    workdir = folder / name
    codes, said = finish(start(folder, workdir, count, **options), patience)
    assert codes == [0] * count, "\n".join(said)[-3000:]
    return workdir


@pytest.fixture(scope="module")
def alone(folder):
    return run(folder, "alone")


def assert_same(have, want):
    with np.load(have / "params.npz") as found, np.load(want / "params.npz") as expected:
        assert found.files == expected.files
        for name in expected.files:
            np.testing.assert_allclose(found[name], expected[name], **TIGHT, err_msg=name)
    rows, expected_rows = (read_metrics(place / "metrics.jsonl") for place in (have, want))
    assert [row["step"] for row in rows] == [row["step"] for row in expected_rows]
    for row, other in zip(rows, expected_rows, strict=True):
        for name in LOSSES:
            np.testing.assert_allclose(row[name], other[name], **TIGHT, err_msg=name)
        assert row.keys() == other.keys() | ({"run_id", "commit"} & row.keys())


@pytest.fixture(scope="module")
def two(folder, alone):
    del alone  # compiles first
    return run(
        folder, "two", 2, leaves=lambda _: {"mesh.fsdp": 2}, VSDPO_RUN_ID="run-7",
        VSDPO_COMMIT="abc123",
    )  # fmt: skip


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(alone, two):
    """A host without any picture and one whose rollouts are all masked are among the steps."""
    assert_same(two, alone)


@pytest.mark.slow
def test_weights_on_devices_of_several_processes_are_written_by_one(two):
    assert len(list((two / "weights").glob("model-*.safetensors"))) > 2
    params, _ = weights.load(two / "weights")
    with np.load(two / "params.npz") as expected:
        leaves = jax.tree.leaves_with_path(params)
        assert {jax.tree_util.keystr(path) for path, _ in leaves} == set(expected.files)
        for path, leaf in leaves:
            np.testing.assert_array_equal(leaf, expected[jax.tree_util.keystr(path)])


@pytest.mark.slow
def test_files_are_written_once_and_hold_what_all_did(alone, two):
    assert {path.name for path in two.iterdir()} == {path.name for path in alone.iterdir()} | {
        "step_done_1"
    }
    for row in read_metrics(two / "metrics.jsonl"):
        assert (row["run_id"], row["commit"]) == ("run-7", "abc123")
    (session,) = map(json.loads, (two / "sessions.jsonl").read_text().splitlines())
    assert (session["run_id"], session["commit"]) == ("run-7", "abc123")
    assert session["processes"] == [f"{socket.gethostname()} (process {i})" for i in range(2)]
    for folder, name in (("episodes", "step_00002"), ("eval", "after")):
        have, want = (read_episode(place / folder, name) for place in (two, alone))
        for one, other in zip(have, want, strict=True):
            assert one.rollout.text == other.rollout.text
            assert repr(one.judged.diagnosis) == repr(other.judged.diagnosis)  # nan where masked
            np.testing.assert_allclose(one.advantage, other.advantage, **TIGHT)
            image, wanted = one.judged.render.image_YXC, other.judged.render.image_YXC
            assert (image is None) == (wanted is None)
            if image is not None:
                np.testing.assert_array_equal(image, wanted)
    before, after = (json.loads((p / "summary.json").read_text()) for p in (alone, two))
    assert {**after, "seconds": 0} == {**before, "seconds": 0}


def wait_for_step(workdir, index, step, processes_):
    end, file = time.monotonic() + SECONDS, workdir / f"step_done_{index}"
    while not file.exists() or not file.read_text() or int(file.read_text()) < step:
        assert time.monotonic() < end
        assert all(process.poll() is None for process in processes_)
        time.sleep(0.05)


@pytest.mark.slow
def test_a_stopped_run_is_saved_and_goes_on_with_another_number_of_processes(folder, alone, two):
    """SIGTERM to one of two; then one process with one device goes on from their checkpoint."""
    del two
    workdir = folder / "stopped"
    started = start(folder, workdir, 2, STEP_SLEEP="2")
    wait_for_step(workdir, 1, 0, started)
    started[1].send_signal(signal.SIGTERM)
    codes, said = finish(started)
    assert codes == [75, 75], said
    assert "stopped after step 1 of 3, which is saved; the same command goes on" in said[0]
    assert (workdir / "checkpoints" / "1").is_dir()
    assert not (workdir / "summary.json").exists()
    run(folder, "stopped")
    assert_same(workdir, alone)


def in_bucket(url, last, count):
    """What each of ``count`` processes says that saves up to step ``last`` in a bucket."""
    several = {
        "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{free_port()}",
        "JAX_NUM_PROCESSES": str(count),
    }
    command = [sys.executable, str(SCRIPT.with_name("bucket_processes.py")), url, str(last)]
    started = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | ({**several, "JAX_PROCESS_ID": str(index)} if count > 1 else {}),
        )
        for index in range(count)
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=SECONDS)[0] for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0] * count, "\n".join(said)[-3000:]
    return said


@pytest.mark.slow
def test_several_processes_save_in_a_bucket_and_one_goes_on_there(gcs):
    """Each writes the rows that lie on its device; a process with all rows reads them."""
    assert all("found 0\n" in text for text in in_bucket("gs://bucket/run", 2, 2))
    manifests = [name for name in gcs.names() if name.endswith("MANIFEST.json")]
    assert manifests == ["run/checkpoints/2/MANIFEST.json"]
    assert any("ocdbt.process_1/" in name for name in gcs.names("run/data/"))
    assert "run/lock.json" not in gcs.names()
    (text,) = in_bucket("gs://bucket/run", 3, 1)
    assert "found 2\n" in text
    rows = gcs.objects["bucket", "run/metrics.jsonl"][1].decode().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [0, 1, 2]


@pytest.mark.slow
def test_a_process_that_is_killed_in_mid_run_ends_the_other_within_the_bound(folder, two):
    del two
    workdir = folder / "lost"
    started = start(folder, workdir, 2, STEP_SLEEP="1", DEAD_S="10")
    wait_for_step(workdir, 1, 0, started)
    started[1].kill()
    killed = time.monotonic()
    codes, said = finish(started)
    assert codes == [3, -signal.SIGKILL]
    assert time.monotonic() - killed < 120  # the bound, and what a busy machine adds
    name = f"{socket.gethostname()} (process 1)"
    assert f"error: {name} has been silent for 10 s; the run ends here" in said[0]


@pytest.mark.slow
def test_processes_with_other_settings_are_refused_and_named(folder):
    codes, said = finish(start(
        folder, folder / "other", 2, leaves=lambda index: {"credit.alpha": 1.0 + index}
    ))  # fmt: skip
    assert codes == [2, 2], said
    name = socket.gethostname()
    line = f"config.credit.alpha: 1.0 on {name} (process 0), 2.0 on {name} (process 1)"
    assert all(line in text for text in said)
    assert not (folder / "other").exists()


@pytest.mark.long
def test_a_process_that_does_not_come_is_waited_for_as_long_as_was_said(folder):
    started = time.monotonic()
    codes, (said,) = finish(
        start(folder, folder / "absent", 2, only=[0], VSDPO_START_TIMEOUT_S="1")
    )
    assert codes == [2]
    assert "1 of 2 processes did not come within 1 s: JAX_PROCESS_ID 1" in said
    assert "Traceback" not in said
    assert time.monotonic() - started < 120


def is_long(test):
    """Marks a test of minutes, and of hours on a busy machine."""
    return pytest.mark.long(pytest.mark.timeout(2 * LONG_SECONDS)(test))


def twenty_steps(folder, name, count=1, *, mesh=None, **environment):
    """At the rate of the mini configs: 1e-2 moves a weight as far in each step as they do in 25."""
    chosen = {"optim.learning_rate": 4e-4, **(mesh or {})}
    return run(
        folder, name, count, steps=20, patience=LONG_SECONDS, leaves=lambda _: chosen,
        **environment,
    )  # fmt: skip


def one_of_twenty_steps(folder):
    done = folder / "one" / "params.npz"
    return done.parent if done.exists() else twenty_steps(folder, "one")


@is_long
@pytest.mark.parametrize("count", [2, 4], ids=["two", "four"])
def test_processes_learn_in_twenty_steps_what_one_learns(folder, count):
    expected = one_of_twenty_steps(folder)
    workdir = twenty_steps(folder, f"processes_{count}", count, mesh={"mesh.fsdp": 2})
    assert_same(workdir, expected)


@is_long
@pytest.mark.parametrize(
    ("devices", "mesh"), [(2, {"mesh.fsdp": 2}), (4, {"mesh.fsdp": 2}), (8, {"mesh.fsdp": 4})]
)
def test_devices_learn_in_twenty_steps_what_one_learns(folder, devices, mesh):
    expected = one_of_twenty_steps(folder)
    workdir = twenty_steps(folder, f"devices_{devices}", mesh=mesh, DEVICES=str(devices))
    assert_same(workdir, expected)


@is_long
def test_five_hundred_steps_leave_memory_and_descriptors_flat(folder):
    workdir = run(
        folder, "many", steps=500, patience=LONG_SECONDS,
        leaves=lambda _: {"train.checkpoint_every": 50},
    )  # fmt: skip
    rows = read_metrics(workdir / "metrics.jsonl")
    early, late = rows[50:100], rows[-50:]
    memory = [np.median([row["host/memory_mb"] for row in part]) for part in (early, late)]
    assert memory[1] < 1.03 * memory[0]
    # Some more are open in the one step of each part that a checkpoint is written beside.
    descriptors = [np.median([row["host/descriptors"] for row in part]) for part in (early, late)]
    assert descriptors[1] <= descriptors[0]
    assert all(row["compiles/count"] == 0 for row in late)
