"""The pool: order, options, workers that die, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from vsdpo_jax.domains import pool as pool_module
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.sandbox import Limits, SandboxUnavailable

HERE = Path(__file__).parent
FAKE = "fakes.one_pixel"
LIMITS = Limits(cpu_s=2, wall_s=10)


@pytest.fixture(autouse=True, scope="module")
def importable() -> Iterator[None]:
    """Workers find the fake domain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        yield


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    with RenderPool(FAKE, num_workers=2, limits=LIMITS) as pool:
        yield pool


def payload(word: str) -> Job:
    return Job(source=f"payload = {word!r}")


def test_results_come_in_order(pool: RenderPool):
    jobs = [payload(f"sleep {(7 - i) / 50}") for i in range(8)]
    done: list[int] = []
    judged = pool.map(jobs, on_done=lambda index, _: done.append(index))
    assert [j.diagnosis.feedback for j in judged] == [job.source for job in jobs]
    assert sorted(done) == list(range(8))
    assert len({j.extra["pid"] for j in judged}) == 2
    assert os.getpid() not in {j.extra["pid"] for j in judged}


def test_no_jobs(pool: RenderPool):
    assert pool.map([]) == []


def test_failures_are_results(pool: RenderPool):
    judged = pool.map(
        [Job(source="1/0"), Job(source=""), Job(source="import os; os._exit(0)"), payload("ok")]
    )
    assert [j.render.status for j in judged] == [
        "program_error",
        "no_artifact",
        "program_error",
        "ok",
    ]


def test_options_reach_the_judge(pool: RenderPool):
    reference = "print(1); payload = b'reference'"
    judged = pool.map([Job(source="payload = b'x'", asked={"title": "T"}, reference=reference)] * 3)
    for each in judged:
        assert each.extra["options"].asked == {"title": "T"}
        assert each.extra["options"].reference_payload == b"reference"
        assert each.extra["payload"] == b"x"


def test_a_reference_is_drawn_once(tmp_path: Path):
    with RenderPool(FAKE, num_workers=1, limits=LIMITS) as pool:
        reference = "import time; payload = str(time.time_ns())"
        jobs = [Job(source="payload = b'x'", reference=reference)] * 3
        drawn = {j.extra["options"].reference_payload for j in pool.map(jobs)}
        assert len(drawn) == 1


def test_a_reference_that_fails_masks_the_job(pool: RenderPool):
    (judged,) = pool.map([Job(source="payload = b'x'", reference="1/0")])
    assert judged.diagnosis.masked
    assert "reference program" in judged.render.error
    assert "ZeroDivisionError" in judged.render.error


def test_wrong_options_mask_the_job_before_the_program_runs(pool: RenderPool):
    (judged,) = pool.map([Job(source="1/0", asked={"nonsense": 1})])
    assert judged.diagnosis.masked
    assert "unknown key 'nonsense'" in judged.render.error


@pytest.mark.parametrize(
    "error", ["ZeroDivisionError", "ValueError", "RecursionError", "OverflowError", "KeyError"]
)
def test_what_the_judge_raises_about_a_picture_is_the_programs_error(pool: RenderPool, error: str):
    judged = pool.map([Job(source=f"print('x'); payload = 'raise {error}'"), payload("ok")])
    assert [j.render.status for j in judged] == ["program_error", "ok"]
    assert not judged[0].diagnosis.masked
    assert judged[0].diagnosis.reward == 0.0
    assert f"could not be judged ({error}: " in judged[0].render.error
    assert "the judge broke" in judged[0].diagnosis.feedback
    assert "\n" not in judged[0].render.error
    assert judged[0].render.stdout == "x\n"


def test_a_machine_that_fails_while_judging_masks_the_job(pool: RenderPool):
    (judged,) = pool.map([payload("disk-full")])
    assert judged.diagnosis.masked
    assert "no space left" in judged.render.error


def test_a_reference_that_cannot_be_judged_masks_the_job(pool: RenderPool):
    jobs = [
        Job(source="payload = b'x'", reference="payload = 'raise ValueError'"),
        Job(source="payload = b'x'", reference="payload = 'loop'"),
        Job(source="payload = b'x'", reference="payload = 'die'"),
    ]
    judged = pool.map(jobs)
    assert [j.diagnosis.masked for j in judged] == [True] * 3
    assert all("reference program" in j.render.error for j in judged)


@pytest.mark.parametrize("word", ["loop", "swell"])
def test_judging_has_limits_and_the_worker_is_replaced(pool: RenderPool, word: str):
    judged = pool.map([payload(word), *[payload("sleep 0.1")] * 3])
    assert [j.render.status for j in judged] == ["program_error", *["ok"] * 3]
    wanted = {"loop": "more than 0.6 seconds", "swell": "more than 3 GiB"}[word]
    assert wanted in judged[0].diagnosis.feedback


def test_judging_that_does_not_come_back_to_python_is_killed(pool: RenderPool):
    started = time.monotonic()
    judged = pool.map([payload("loop-in-c"), payload("ok")])
    assert [j.render.status for j in judged] == ["program_error", "ok"]
    assert "stopped the judge" in judged[0].render.error
    assert time.monotonic() - started < 30


def test_a_worker_that_dies_is_replaced_and_the_job_done_again(pool: RenderPool, tmp_path: Path):
    judged = pool.map([payload("ok"), payload(f"die-once {tmp_path / 'mark'}"), payload("ok")])
    assert [j.render.status for j in judged] == ["ok"] * 3


@pytest.mark.parametrize("word", ["die", "crash"])
def test_a_job_that_kills_two_workers_is_its_programs_error(
    pool: RenderPool, caplog: pytest.LogCaptureFixture, word: str
):
    judged = pool.map([payload(word), *[payload("ok")] * 4])
    assert [j.render.status for j in judged] == ["program_error", *["ok"] * 4]
    assert not judged[0].diagnosis.masked
    assert judged[0].diagnosis.reward == 0.0
    assert "stopped the judge" in judged[0].diagnosis.feedback
    assert f"begins with \"payload = '{word}'\"" in caplog.text


def test_jobs_that_kill_workers_do_not_end_the_training(
    pool: RenderPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool_module, "_DEATHS_IN_A_ROW", 2)
    judged = pool.map([payload("die")] * 3)
    assert [j.render.status for j in judged] == ["program_error"] * 3


def test_a_worker_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VSDPO_FAKE_JUDGE_WALL_S", "0.7")
    with RenderPool(FAKE, num_workers=1, limits=LIMITS) as pool:
        judged = pool.map([payload("sleep 100"), payload("ok")])
    assert [j.render.status for j in judged] == ["program_error", "ok"]


def test_a_stopped_worker_is_replaced(pool: RenderPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pool_module, "_ACCEPT_S", 0.7)
    os.kill(pool.map([payload("ok")])[0].extra["pid"], signal.SIGSTOP)
    assert [j.render.status for j in pool.map([payload("ok")] * 3)] == ["ok"] * 3


def test_a_machine_on_which_every_job_dies_is_an_error(
    pool: RenderPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool_module, "_KILLERS_IN_A_ROW", 2)
    with pytest.raises(RuntimeError, match="ended or held every render worker"):
        pool.map([payload("die"), payload("crash"), payload("die")])
    monkeypatch.undo()
    assert pool.map([payload("ok")])[0].render.status == "ok"


def test_workers_that_die_before_they_take_a_job_are_an_error(
    pool: RenderPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool_module, "_DEATHS_IN_A_ROW", 1)
    os.kill(pool.map([payload("ok")])[0].extra["pid"], signal.SIGKILL)
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="died one after another"):
        pool.map([payload("ok")] * 2)
    monkeypatch.undo()
    assert pool.map([payload("ok")])[0].render.status == "ok"


def test_idle_workers_that_were_killed_are_replaced(pool: RenderPool):
    for each in pool.map([payload("sleep 0.1")] * 2):
        os.kill(each.extra["pid"], signal.SIGKILL)
    time.sleep(0.1)
    assert [j.render.status for j in pool.map([payload("ok")] * 3)] == ["ok"] * 3


def test_an_interrupt_leaves_a_working_pool(pool: RenderPool):
    def map_and_interrupt() -> None:
        threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT)).start()
        pool.map([payload("sleep 30")] * 2)

    with pytest.raises(KeyboardInterrupt):
        map_and_interrupt()
    assert pool.map([payload("ok")])[0].diagnosis.feedback == "payload = 'ok'"


def test_an_error_in_the_callback_leaves_a_working_pool(pool: RenderPool):
    def fail(index: int, judged: object) -> None:
        raise LookupError("callback")

    with pytest.raises(LookupError):
        pool.map([payload("ok"), payload("sleep 0.5"), payload("ok")], on_done=fail)
    assert pool.map([payload("ok")])[0].diagnosis.feedback == "payload = 'ok'"


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with RenderPool(FAKE, num_workers=2, limits=LIMITS) as pool:
        pool.map([Job(source="open('x', 'w').write('x'); payload = b''")] * 4)
        workers = [psutil.Process(worker._process.pid) for worker in pool._workers]
        servers = [server for worker in workers for server in worker.children(recursive=True)]
        assert (len(workers), len(servers)) == (2, 2)
    assert not any(process.is_running() for process in (*workers, *servers))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_worker_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with RenderPool(FAKE, num_workers=1, limits=LIMITS) as pool:
        worker = psutil.Process(pool._workers[0]._process.pid)
        (server,) = worker.children()
        worker.send_signal(number)
        psutil.wait_procs([server], timeout=5)
        assert not server.is_running()
        assert list(tmp_path.iterdir()) == []
        assert pool.map([payload("ok")])[0].render.status == "ok"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_end_of_the_trainer_ends_everything(tmp_path: Path, number: signal.Signals):
    program = (
        "from vsdpo_jax.domains.pool import Job, RenderPool\n"
        "from vsdpo_jax.sandbox import Limits\n"
        f"with RenderPool({FAKE!r}, num_workers=2, limits=Limits(cpu_s=20, wall_s=60)) as pool:\n"
        "    print('started', flush=True)\n"
        "    pool.map([Job(source='import time; time.sleep(59)')] * 2)\n"
    )
    trainer = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=HERE.parents[1],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    )
    assert trainer.stdout is not None
    with trainer.stdout:
        assert trainer.stdout.readline() == "started\n"
    family: list[psutil.Process] = []
    while len(family) < 6:  # workers, fork servers, programs
        family = psutil.Process(trainer.pid).children(recursive=True)
        time.sleep(0.02)
    trainer.send_signal(number)
    trainer.wait(20)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


def test_start_up_errors_surface(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match="'nothing' is unknown"):
        RenderPool("nothing", num_workers=1).__enter__()
    with pytest.raises(ValueError, match="unknown axis 'third'"):
        RenderPool(FAKE, num_workers=1, axis_weights={"third": 1.0}).__enter__()
    with pytest.raises(SandboxUnavailable, match=r"/no/such.*sandbox\.interpreter"):
        RenderPool(FAKE, num_workers=2, interpreter="/no/such").__enter__()
    with pytest.raises(SandboxUnavailable, match="end while they start"):
        RenderPool(FAKE, num_workers=2, interpreter="/bin/false").__enter__()
    with pytest.raises(ValueError, match="at least 1"):
        RenderPool(FAKE, num_workers=0)
    with pytest.raises(ValueError, match="num_workers must be at most"):
        RenderPool(FAKE, num_workers=4 * len(os.sched_getaffinity(0)) + 1)
    monkeypatch.setenv("VSDPO_FAKE_RECORDER", "vsdpo_jax.nothing")
    with pytest.raises(SandboxUnavailable, match="could not load"):
        RenderPool(FAKE, num_workers=2).__enter__()


def test_workers_import_no_jax(pool: RenderPool):
    (judged,) = pool.map([payload("modules")])
    assert judged.extra["jax"] is False


def test_default_is_one_worker_per_core():
    assert RenderPool("chart")._num_workers == len(os.sched_getaffinity(0))
