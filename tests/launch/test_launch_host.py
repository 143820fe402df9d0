"""launch/host.sh: who the other hosts are, start, signal; drills on hosts that are folders."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
from launching import NASTY


def host_sh(place, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {
        "VSDPO_RUN_ID": "mini-1",
        "VSDPO_PYTHON": str(place.stub),
        "HOSTNAME": "here",
        **environment,
    }
    return subprocess.run(
        ["bash", place.repo / "launch" / "host.sh", *words],
        text=True,
        check=False,
        capture_output=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env={**place.environment, **given},
    )


def told(place, cluster: str, **environment: str) -> dict:
    """What the trainer is told of the other hosts."""
    done = host_sh(place, "train", cluster, "--workdir=x", NASTY, STUB_CODE="0", **environment)
    assert done.returncode == 0, done
    said = json.loads(done.stdout.splitlines()[1])
    assert said["argv"] == ["-m", "vsdpo_jax.train", "--workdir=x", NASTY]
    assert (said["run"], said["cwd"]) == ("mini-1", str(place.repo))
    return said["jax"]


def trio(address: str, count: int, number: int) -> dict[str, str]:
    return {
        "JAX_COORDINATOR_ADDRESS": address,
        "JAX_NUM_PROCESSES": str(count),
        "JAX_PROCESS_ID": str(number),
    }


def test_hosts_of_a_tpu_slice_by_its_metadata(place):
    answers = json.dumps(
        [
            ["worker-network-endpoints", "a:b:10.0.0.5,c:d:10.0.0.6", "", 0],
            ["agent-worker-number", "1", "", 0],
        ]
    )
    assert told(place, "tpu_vm", FAKE_ANSWERS=answers) == trio("10.0.0.5:8476", 2, 1)
    answers = json.dumps([["worker-network-endpoints", "a:b:10.0.0.5", "", 0]])
    assert told(place, "tpu_vm", FAKE_ANSWERS=answers) == {}, "one host needs nobody"


def test_hosts_of_the_other_clusters(place):
    assert told(place, "none") == {}
    assert told(place, "gke", TPU_WORKER_HOSTNAMES="s-0-0.s,s-0-1.s", TPU_WORKER_ID="0") == trio(
        "s-0-0.s:8476", 2, 0
    )
    assert told(
        place,
        "skypilot",
        SKYPILOT_NODE_IPS="10.1.1.1\n10.1.1.2",
        SKYPILOT_NUM_NODES="2",
        SKYPILOT_NODE_RANK="1",
    ) == trio("10.1.1.1:8476", 2, 1)
    slurm = {
        "SLURM_JOB_NODELIST": "n[1-2]",
        "SLURM_NTASKS": "2",
        "SLURM_PROCID": "1",
        "SLURM_JOB_ID": "4100",
        "FAKE_ANSWERS": json.dumps([["hostnames n[1-2]", "n1\nn2\n", "", 0]]),
    }
    assert told(place, "slurm", **slurm) == trio("n1:61444", 2, 1)
    assert told(place, "given", **trio("h:1", 2, 0)) == trio("h:1", 2, 0)


def test_what_the_platform_does_not_say_is_an_error(place):
    done = host_sh(place, "train", "gke", "--workdir=x")
    assert done.returncode != 0
    assert "TPU_WORKER_HOSTNAMES" in done.stderr
    done = host_sh(place, "train", "ec2", "--workdir=x")
    assert (
        done.stderr == "error: here: no cluster ec2 (none, given, tpu_vm, gke, slurm, skypilot)\n"
    )
    done = host_sh(place, "train", "none", VSDPO_PYTHON="/no/python")
    assert (done.returncode, done.stderr) == (2, "error: here: no /no/python; run setup first\n")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("0", "finished in "),
        ("75", "ended with 75: saved; the same command goes on"),
        ("4", "ended with 4"),
        ("3", "ended with 3: another process was lost; the same command goes on"),
    ],
)
def test_the_trainer_s_code_is_the_host_s(place, code, said):
    done = host_sh(place, "train", "none", "--workdir=x", STUB_CODE=code, VSDPO_COMMIT="abc")
    assert done.returncode == int(code)
    assert done.stdout.splitlines()[0] == "here: run mini-1, commit abc, process 0 of 1"
    assert done.stdout.splitlines()[-1].startswith(f"here: {said}")


def wait_until(condition, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_start_status_and_signals(place, tmp_path):
    workdir = tmp_path / "a run"
    given = {"VSDPO_STATE": str(tmp_path / "my state"), "STUB_STEP_S": "0.2"}
    words = ("start", "none", f"--workdir={workdir}", "--config.train.num_steps=500")
    assert host_sh(place, "status", **given).stdout == "here: never started\n"
    assert host_sh(place, *words, **given).stdout.startswith("here: started run mini-1 (process ")
    try:
        assert "is running (process " in host_sh(place, *words, **given).stdout
        wait_until(lambda: (workdir / "checkpoints").exists())
        assert "here: running (process " in host_sh(place, "status", **given).stdout
        host_sh(place, "signal", "TERM", **given)
        wait_until(lambda: host_sh(place, "status", **given).stdout == "here: ended with 75\n")
        done = host_sh(place, "signal", "TERM", **given)
        assert "nothing to signal" in done.stdout
        kept = (workdir / "metrics.jsonl").read_text()
        host_sh(place, *words, **given)
        wait_until(lambda: len((workdir / "metrics.jsonl").read_text()) > len(kept))
        assert (workdir / "metrics.jsonl").read_text().startswith(kept), (
            "saved at SIGTERM: no row twice"
        )
        other = host_sh(place, "status", VSDPO_RUN_ID="mini-2", **given)
        assert other.stdout == "here: never started\n"
    finally:
        host_sh(place, "signal", "KILL", **given)
    wait_until(lambda: host_sh(place, "status", **given).stdout == "here: ended with 137\n")
    log = (tmp_path / "my state" / "here" / "mini-1.log").read_text()
    assert log.count("run mini-1, commit") == 2


def test_a_number_of_a_dead_process_is_no_run(place, tmp_path):
    given = {"VSDPO_STATE": str(tmp_path)}
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "mini-1.pid").write_text(f"{sleeper.pid}\n")
        assert host_sh(place, "status", **given).stdout == "here: ended with 137\n"
        assert "nothing to signal" in host_sh(place, "signal", "KILL", **given).stdout
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def hosts(place, tmp_path, count: int) -> dict[str, str]:
    """The environment in which ssh goes to folders, one a host, none with a .venv of its own."""
    homes = [tmp_path / f"home {number}" for number in range(count)]
    for home in homes:
        home.mkdir()
    return {
        "FAKE_HOSTS": json.dumps([str(home) for home in homes]),
        "VSDPO_PYTHON": str(place.stub),
        "STUB_BUCKETS": str(tmp_path / "buckets"),
        "DRILL_POLL": "0.2",
        "STUB_STEP_S": "0.3",
    }


def install(place, target: str, environment: dict[str, str]) -> None:
    """Setup, as far as it goes where nothing can be installed: the code arrives and is unpacked."""
    result = place.run(target, "--yes", "setup", **environment)
    assert "host.sh: line" not in result.error or "python: No such file" in result.error, result


def test_the_drill_of_a_gpu_box(place, tmp_path):
    environment = hosts(place, tmp_path, 1)
    place.settings("gpu_box", "--config.train.num_steps=40")
    install(place, "gpu_box", environment)
    there = tmp_path / "home 0" / "vsdpo_jax"
    assert (there / "launch" / "COMMIT").read_text() == f"{place.commit}\n"
    result = place.run("gpu_box", "--yes", "drill", **environment)
    try:
        assert result.code == 0, result
        assert re.search(
            r"\nPROVED: \d+ of \d+ rows kept, checkpoint \d+ -> \d+, steps 0 to \d+ each once\n",
            result.out,
        )
        assert "running" in place.run("gpu_box", "status", **environment).out
    finally:
        place.run("gpu_box", "stop", **environment)
    wait_until(lambda: "ended with" in place.run("gpu_box", "status", **environment).out)
    log = next((tmp_path / "home 0" / "vsdpo_runs").glob("*/mini-1.log")).read_text()
    assert [line.split(": ", 1)[1] for line in log.splitlines() if "ended with" in line] == [
        "ended with 137",
        "ended with 75: saved; the same command goes on",
    ]
    here = tmp_path / "runs here"
    assert place.run("gpu_box", "fetch", RUNS_HERE=str(here), **environment).code == 0
    assert (here / "mini-1" / "metrics.jsonl").read_text().startswith('{"step": 0')
    assert not (here / "mini-1" / "checkpoints").exists()
    assert place.run("gpu_box", "--yes", "delete", **environment).code == 0
    assert [path.name for path in (tmp_path / "home 0").iterdir()] == ["vsdpo_jax"]
    assert [path.name for path in there.iterdir()] == ["runs"]


def test_the_drill_of_a_slice_of_two_hosts(place, tmp_path):
    environment = hosts(place, tmp_path, 2)
    endpoints = ["worker-network-endpoints", "a:b:127.0.0.1,c:d:127.0.0.1", "", 0]
    environment["FAKE_ANSWERS"] = json.dumps([endpoints])
    place.settings("tpu_vm", "ACCELERATOR_TYPE=v5p-16", "--config.train.num_steps=40")
    # the number of a host is what its metadata say
    curl = place.folder / "bin" / "curl"
    fake = curl.read_text()
    curl.write_text(
        f'#!/bin/sh\ncase "$*" in *worker-number*) echo $FAKE_HOST ;; '
        f"*) echo {endpoints[1]} ;; esac\n"
    )
    try:
        install(place, "tpu_vm", environment)
        result = place.run("tpu_vm", "--yes", "drill", **environment)
        assert result.code == 0, result
        assert "\nPROVED: " in result.out
        assert result.out.count("started run mini-1") == 4
    finally:
        place.run("tpu_vm", "stop", **environment)
        curl.write_text(fake)
    wait_until(lambda: "running" not in place.run("tpu_vm", "status", **environment).out)


def test_hosts_with_another_commit_refuse(place, tmp_path):
    environment = hosts(place, tmp_path, 1)
    place.settings("gpu_box")
    install(place, "gpu_box", environment)
    (tmp_path / "home 0" / "vsdpo_jax" / "launch" / "COMMIT").write_text("abc\n")
    result = place.run("gpu_box", "train", **environment)
    assert result.code == 2
    assert f"commit abc is here, not {place.commit}: send that" in result.error
