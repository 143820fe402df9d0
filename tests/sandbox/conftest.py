"""What the attacks reach for, and sandboxes to run them in."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@dataclass
class Bait:
    """Canaries of the parent."""

    folder: Path
    secret: str
    listeners: dict[str, socket.socket]

    def fill(self, source: str) -> str:
        """Put the parent's addresses into a program."""
        tcp, udp = (self.listeners[name].getsockname()[1] for name in ("tcp", "udp"))
        values = {
            "SECRET": repr(str(self.folder / "secret")),
            "OUTSIDE": repr(str(self.folder)),
            "OUTSIDE_BARE": str(self.folder),
            "PROJECT": repr(str(Path(__file__).parents[2])),
            "HOME": repr(str(Path.home())),
            "UNIX": repr(self.listeners["unix"].getsockname()),
            "ABSTRACT": repr(self.listeners["abstract"].getsockname()),
            "TCP": str(tcp),
            "UDP": str(udp),
            "PARENT": str(os.getpid()),
        }
        for name, value in values.items():
            source = source.replace(f"{{{name}}}", value)
        return source

    def assert_untouched(self) -> None:
        """No attack achieved anything that the parent can see."""
        secret = self.folder / "secret"
        assert secret.read_text() == self.secret
        status = secret.stat()
        assert (status.st_mode & 0o777, status.st_nlink) == (0o644, 1)
        assert status.st_mtime > 1_000_000
        assert os.listxattr(secret) == []
        assert sorted(os.listdir(self.folder)) == ["secret", "unix"]
        for name, listener in self.listeners.items():
            with contextlib.suppress(BlockingIOError):
                arrived = listener.recv(16) if name == "udp" else listener.accept()
                pytest.fail(f"something arrived at {name}: {arrived!r}")


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
