"""What processes use, while some of them end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from vsdpo_jax.domains.web.browser import watch
from vsdpo_jax.domains.web.browser.watch import Family

USED_S = 0.3
PARENT = f"""
import os, sys, time
child = os.fork()
if child == 0:
    while time.process_time() < {USED_S}:
        pass
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(child, flush=True)
sys.stdin.readline()
os.waitpid(child, 0)
print("reaped", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def parent() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process whose child has ended and is reaped when a line comes; the child's process id."""
    command = [sys.executable, "-I", "-S", "-c", PARENT]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.mark.parametrize("child_first", [False, True])
def test_who_is_reaped_while_the_family_is_read_counts_once(
    parent: tuple[subprocess.Popen[str], int],
    child_first: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process, child = parent
    family, read, seen = Family(process.pid), watch._ticks, []
    assert set(family.members()) == {process.pid, child}
    before_s = family.usage().cpu_s
    assert before_s == pytest.approx(USED_S, abs=0.1)

    def reaping(pid: int) -> tuple[int, int] | None:
        if len(seen) == 1:  # between the first two
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "reaped\n"
        seen.append(pid)
        return read(pid)

    pids = sorted(family.members(), key=lambda pid: pid == child, reverse=child_first)
    monkeypatch.setattr(watch, "_ticks", reaping)
    monkeypatch.setattr(family, "members", lambda: pids)
    used_s = family.usage().cpu_s
    assert seen[:2] == pids
    assert used_s == pytest.approx(before_s, abs=0.1)
