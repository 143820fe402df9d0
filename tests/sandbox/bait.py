"""What the attacks reach for."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest


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
