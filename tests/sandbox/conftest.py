"""Baits of the attacks, and sandboxes to run them in."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bait import Bait

from vsdpo_jax.sandbox import Limits, Sandbox

sys.path.insert(0, str(Path(__file__).parent))

PLAIN = "vsdpo_jax.sandbox.plain"
MIB = 1 << 20
SMALL = {
    "cpu_s": 1,
    "memory_bytes": 512 * MIB,
    "disk_bytes": 8 * MIB,
    "max_files": 50,
    "payload_bytes": 4 * MIB,
}


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    """A secret, a folder open to everyone, listening sockets, a secret in the environment."""
    place = tmp_path_factory.mktemp("bait")
    for folder in (place, *place.parents[:2]):  # readable for everyone: only the sandbox protects
        folder.chmod(0o755)
    place.chmod(0o777)
    secret = "canary-" + os.urandom(12).hex()
    (place / "secret").write_text(secret)
    (place / "secret").chmod(0o644)
    os.environ["VSDPO_TEST_SECRET"] = secret
    with contextlib.ExitStack() as stack:
        listeners = {}
        for name, kind, address in (
            ("tcp", socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("unix", socket.SOCK_STREAM, str(place / "unix")),
            ("abstract", socket.SOCK_STREAM, f"\0canary-{os.getpid()}"),
        ):
            family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
            listeners[name] = stack.enter_context(socket.socket(family, kind))
            listeners[name].bind(address)
            listeners[name].setblocking(False)
            if kind == socket.SOCK_STREAM:
                listeners[name].listen(8)
        yield Bait(folder=place, secret=secret, listeners=listeners)
    del os.environ["VSDPO_TEST_SECRET"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Small limits; a clock so generous that a busy machine does not decide."""
    with Sandbox(PLAIN, Limits(wall_s=60, **SMALL)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def impatient_sandbox() -> Iterator[Sandbox]:
    """The same with a short clock, for programs that sleep."""
    with Sandbox(PLAIN, Limits(wall_s=1.5, **SMALL)) as sandbox:
        yield sandbox
