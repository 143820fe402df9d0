"""Browsers that end, hang and are replaced; nothing of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from plain_renders import GOOD, LIMITS, family, folders, picture, renderer

from vsdpo_jax.domains.web.browser import renderer as renderer_module
from vsdpo_jax.domains.web.browser.session import Session
from vsdpo_jax.sandbox import Limits, SandboxUnavailable

ROOT = Path(__file__).resolve().parents[4]


def _is_kind(process: psutil.Process, kind: str) -> bool:
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:  # one of a browser that is just ending
        return False
    if kind == "keeper":
        return "keeper.py" in command
    if kind == "driver":
        return "run-driver" in command
    if kind == "browser":
        return "--user-data-dir" in command and "--type=" not in command and "keeper" not in command
    return f"--type={kind}" in command


def _kill(kind: str, before: set[int]) -> None:
    """Kill the processes of a kind that are not among those of others."""
    found = [p for p in family() if p.pid not in before and p.is_running() and _is_kind(p, kind)]
    assert found, kind
    for process in found:
        process.kill()


@pytest.mark.parametrize("kind", ["renderer", "browser", "keeper", "gpu-process", "utility"])
def test_a_browser_that_is_killed_in_mid_page(kind: str, good: bytes) -> None:
    """The page is rendered once more; nobody is left behind, and nothing."""
    before, old = {process.pid for process in family()}, folders()
    kills = [kind]

    def read(session: Session, source: str) -> bytes:
        session.open(source)
        while kills:
            _kill(kills.pop(), before)
        return picture(session, source)

    # Without its network service a browser waits: the wall is met, and met once it says nothing.
    with renderer(read=read, limits=Limits(cpu_s=4, wall_s=15.0)) as opened:
        attempts: list[bool] = []
        artifact = opened.run(GOOD, attempts.append)
        assert artifact.status == "ok", artifact.error
        assert artifact.payload == good
        assert attempts in ([False], [False, True])
        assert opened.run(GOOD).payload == good
    left = [process for process in family() if process.pid not in before]
    assert left == []
    assert folders() <= old


def test_a_page_that_ends_every_browser_is_an_error_of_the_page(good: bytes) -> None:
    before = {process.pid for process in family()}

    def read(session: Session, source: str) -> bytes:
        if source == "bad":
            session.open("x")
            _kill("browser", before)
        return picture(session, source)

    with renderer(read=read) as opened:
        artifact = opened.run("bad")
        assert artifact.status == "program_error"
        assert "the browser ended while it read or drew the page" in artifact.error
        assert opened.run(GOOD).payload == good


def test_what_waits_meets_the_wall() -> None:
    def read(session: Session, source: str) -> bytes:
        if source == "waits":
            session.evaluate("() => new Promise(() => 0)")
        return picture(session, source)

    with renderer(limits=Limits(cpu_s=1, wall_s=1.5), read=read) as opened:
        artifact = opened.run("waits")
        assert (artifact.status, artifact.limit) == ("limit", "wall")
        assert artifact.wall_s >= 1.5
        assert artifact.cpu_s < 1.0


def test_an_interrupt_leaves_nothing(good: bytes) -> None:
    before = {process.pid for process in family()}

    def read(session: Session, source: str) -> bytes:
        session.open(source)
        if source == "interrupt":
            raise KeyboardInterrupt
        return picture(session, source)

    with renderer(read=read) as opened:
        with pytest.raises(KeyboardInterrupt):
            opened.run("interrupt")
        kinds = [p for p in family() if p.pid not in before and _is_kind(p, "browser")]
        assert kinds == []
        assert opened.run(GOOD).payload == good


def test_browsers_are_replaced(monkeypatch: pytest.MonkeyPatch, good: bytes) -> None:
    """By count and by memory, with the same bytes before and after, and one at a time."""
    before = {process.pid for process in family()}

    def keepers() -> set[int]:
        return {p.pid for p in family() if p.pid not in before and _is_kind(p, "keeper")}

    monkeypatch.setattr(renderer_module, "MOST_PAGES", 2)
    with renderer() as opened:
        seen = set()
        for _ in range(5):
            assert opened.run(GOOD).payload == good
            assert len(keepers()) <= 1
            seen |= keepers()
        assert len(seen) == 3
        monkeypatch.setattr(renderer_module, "MOST_BYTES", 1)
        assert opened.run(GOOD).payload == good
        assert keepers() == set()


def test_an_error_of_ours_is_not_the_page_s(caplog: pytest.LogCaptureFixture, good: bytes) -> None:
    """In our process or in a script of ours; it is said, and the browser is kept."""

    def read(session: Session, source: str) -> bytes:
        if source == "here":
            raise KeyError("ours")
        if source == "there":
            session.open("x")
            session.evaluate("() => { throw new TypeError('ours') }")
        return picture(session, source)

    with renderer(read=read) as opened:
        for source in ("here", "there"):
            caplog.clear()
            artifact = opened.run(source)
            assert (artifact.status, artifact.limit) == ("infra", None)
            assert "ours" in artifact.error
            assert "ours" in caplog.text
        assert opened.run(GOOD).payload == good


@pytest.mark.parametrize(
    ("error", "limit"), [(RecursionError("deep"), "elements"), (MemoryError(), "memory")]
)
def test_what_is_too_much_for_us_is_a_limit(error: Exception, limit: str) -> None:
    def read(session: Session, source: str) -> bytes:
        raise error

    with renderer(read=read) as opened:
        artifact = opened.run("x")
    assert (artifact.status, artifact.limit) == ("limit", limit)


def test_a_full_disk_is_the_machine_s_fault() -> None:
    def read(session: Session, source: str) -> bytes:
        raise OSError(28, "No space left on device")

    with renderer(read=read) as opened:
        assert opened.run("x").status == "infra"


def test_more_payload_than_is_allowed() -> None:
    limits = Limits(cpu_s=LIMITS.cpu_s, payload_bytes=1000)
    with renderer(limits=limits) as opened:
        artifact = opened.run("x")
    assert (artifact.status, artifact.limit) == ("limit", "payload")


def test_the_browser_does_not_outlive_a_worker_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL of the worker, in the middle of a page that loops."""
    script = tmp_path / "worker.py"
    script.write_text(
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from plain_renders import renderer\n"
        "with renderer(scripts=True) as opened:\n"
        "    opened.run('<p>x')\n"
        "    print('ready', flush=True)\n"
        "    opened.run('<p>x<script>for (;;) {}</script>')\n"
    )
    worker = subprocess.Popen(
        [sys.executable, script, str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert worker.stdout is not None
    with worker.stdout:
        assert worker.stdout.readline() == b"ready\n"
        time.sleep(0.3)
        started = psutil.Process(worker.pid).children(recursive=True)
        assert folders(worker.pid)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert len(started) > 5
    _, alive = psutil.wait_procs(started, timeout=15)
    assert alive == []
    assert not folders(worker.pid)


def test_what_a_killed_keeper_leaves_is_swept_by_the_next_browser(tmp_path: Path) -> None:
    """And nothing of a living one."""
    script = tmp_path / "worker.py"
    script.write_text(
        "import os, signal, sys; sys.path.insert(0, sys.argv[1])\n"
        "from plain_renders import renderer\n"
        "with renderer() as opened:\n"
        "    os.kill(opened._browser.family.root, signal.SIGKILL)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, script, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert worker.wait() == -signal.SIGKILL
    assert folders(worker.pid)
    with renderer() as first:
        assert not folders(worker.pid)
        mine = folders()
        with renderer():
            assert mine < folders()
            assert first.run("x").status == "ok"


FAKES = {
    "ends": ("exit 3", "the browser does not start"),
    "finds no sandbox": (
        "echo '[1:1:FATAL:zygote_host_impl_linux.cc] No usable sandbox! Update' >&2; exit 1",
        "no way to confine pages here: let unprivileged users make user namespaces",
    ),
}


@pytest.mark.parametrize("name", FAKES)
def test_a_browser_that_does_not_start(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body, message = FAKES[name]
    fake = Path("/tmp", f"vsdpo-fake-{os.getpid()}")
    fake.write_text(f"#!/bin/sh\n{body}\n")
    fake.chmod(0o755)
    old = folders()
    try:
        monkeypatch.setenv("VSDPO_CHROMIUM", str(fake))
        with pytest.raises(SandboxUnavailable, match=message), renderer():
            pass
    finally:
        fake.unlink()
    assert folders() <= old


def test_a_browser_that_does_not_start_any_more_is_the_machine_s_fault(
    monkeypatch: pytest.MonkeyPatch, good: bytes, is_healthy: Callable
) -> None:
    with renderer() as opened:
        monkeypatch.setattr(renderer_module, "MOST_PAGES", 1)
        assert opened.run(GOOD).payload == good
        monkeypatch.setenv("VSDPO_CHROMIUM", "/bin/false")
        artifact = opened.run(GOOD)
        assert artifact.status == "infra"
        assert "does not start" in artifact.error
        monkeypatch.delenv("VSDPO_CHROMIUM")
        is_healthy(opened)
