"""Every attack, judged by the parent: by the result, the canaries and the process table."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest
from attacks import ALL, Attack
from bait import Bait

from vsdpo_jax.sandbox import Sandbox

FAMILIES = {
    "files": ("read a public secret", "write outside", "symbolic link", "chmod outside"),
    "secrets": ("own environment", "own memory"),
    "network": ("tcp", "udp", "unix path", "unix abstract", "netlink", "mptcp"),
    "processes": ("fork", "subprocess", "execve", "thread bomb"),
    "signals": ("kill the parent", "kill everyone", "stop itself"),
    "memory": ("ten gigabytes", "list bomb"),
    "disk": ("one huge file", "many files"),
    "output": ("flood stdout", "flood stderr"),
    "timing": ("endless loop", "sleep", "regular expression bomb"),
    "forged results": ("two frames", "garbage on every descriptor"),
}


def test_the_table_covers_every_family_with_sixty_programs():
    names = [attack.name for attack in ALL]
    assert len(set(names)) == len(names) >= 60
    assert {name for family in FAMILIES.values() for name in family} <= set(names)


@pytest.mark.parametrize("attack", ALL, ids=[attack.name for attack in ALL])
def test_attack(attack: Attack, bait: Bait, sandbox: Sandbox, impatient_sandbox: Sandbox) -> None:
    if "call(" in attack.source and os.uname().machine != "x86_64":
        pytest.skip("written with the numbers of x86-64")
    chosen = impatient_sandbox if attack.impatient else sandbox
    private = chosen._server._private  # type: ignore[union-attr]

    result = chosen.run(bait.fill(attack.source))

    assert result.status == attack.status, result
    assert result.limit == (None if not attack.limit else result.limit), result
    assert not attack.limit or result.limit in attack.limit, result
    assert attack.error in result.error, result
    assert attack.printed in result.stdout, result
    said = result.stdout + result.stderr + result.error + result.payload.decode("latin-1")
    assert bait.secret not in said
    bait.assert_untouched()
    assert os.listdir(private) == []
    assert stray_processes(chosen) == []
    assert len(result.error) < 9000
    assert chosen.run("payload = 'still here'").payload == b"still here"


def stray_processes(sandbox: Sandbox) -> list[psutil.Process]:
    """Descendants of the fork server, of which there must be none between programs."""
    server = sandbox._server
    assert server is not None
    return psutil.Process(server.pid).children(recursive=True)


def test_nothing_planted_elsewhere():
    assert not Path("/dev/shm/planted").exists()
