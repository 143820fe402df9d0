"""Proof, at start-up, that the layers hold on this machine: canned attacks in real children.

Each attack's success would be seen by the parent (a canary file, a listening socket, a printed
secret, the way the child ended). The attacks also say what happened to them, and every one of them
must have been tried: silence is no proof.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vsdpo_jax.sandbox import folder, protocol
from vsdpo_jax.sandbox.forkserver import ForkServer, LayerUnavailable, unavailable_text
from vsdpo_jax.sandbox.watch import Exit

# Run by a recorder of any domain; {name} fields are filled by repr.
_ATTACKS = """
import ctypes, os, socket

def attempt(name, attack):
    try:
        attack()
    except OSError as error:
        print("held", name, flush=True)
    else:
        print("open", name, flush=True)

def read(path):
    with open(path) as file:
        print(file.read(), flush=True)

def write(path):
    with open(path, "w") as file:
        file.write("broken out")

def connect(family, kind, address):
    with socket.socket(family, kind) as caller:
        caller.sendto(b"hello", address) if kind == socket.SOCK_DGRAM else caller.connect(address)

def fork():
    if os.fork() == 0:
        os._exit(0)

def own(path):
    write(path)
    read(path)
    os.unlink(path)

attempt("read a file", lambda: read({secret_file}))
attempt("list a folder", lambda: os.listdir({folder}))
attempt("write a file", lambda: write({canary_file}))
attempt("change permissions", lambda: os.chmod({secret_file}, 0o777))
attempt("read the environment", lambda: read("/proc/self/environ"))
attempt("open TCP", lambda: connect(socket.AF_INET, socket.SOCK_STREAM, {tcp}))
attempt("send UDP", lambda: connect(socket.AF_INET, socket.SOCK_DGRAM, {udp}))
attempt("open a unix socket", lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM, {unix}))
attempt("start a process", fork)
attempt("signal the parent", lambda: os.kill(os.getppid(), 0))
own("scratch")
print("done", flush=True)
attempt("run a command", lambda: os.execv("/bin/echo", ["echo", "open run a command"]))
"""
_HELD = _ATTACKS.count('\nattempt("')

_PTRACE = """
import ctypes
print("begin", flush=True)
ctypes.CDLL(None).ptrace(0, 0, None, None)
print("end", flush=True)
"""

_proven: set[str | None] = set()


@dataclass(frozen=True, kw_only=True)
class _Bait:
    """What the attacks reach for, and what the parent looks at afterwards."""

    folder: Path
    secret: str
    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket

    @property
    def secret_file(self) -> Path:
        return self.folder / "secret"

    @property
    def canary_file(self) -> Path:
        return self.folder / "canary"

    def program(self) -> str:
        names = {
            "secret_file": str(self.secret_file),
            "canary_file": str(self.canary_file),
            "folder": str(self.folder),
            "tcp": self.tcp.getsockname(),
            "udp": self.udp.getsockname(),
            "unix": self.unix.getsockname(),
        }
        program = _ATTACKS
        for name, value in names.items():
            program = program.replace(f"{{{name}}}", repr(value))
        return program

    def taken(self) -> list[str]:
        """What an attack achieved, as far as the parent can see."""
        found = []
        if self.canary_file.exists():
            found.append("a file outside the private folder was written")
        if self.secret_file.stat().st_mode & 0o777 != 0o644:
            found.append("permissions outside the private folder were changed")
        for name, listener in (("TCP", self.tcp), ("unix socket", self.unix)):
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                found.append(f"a {name} connection arrived")
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(16)
            found.append("a UDP packet arrived")
        return found


@contextlib.contextmanager
def _bait() -> Iterator[_Bait]:
    place = Path(tempfile.mkdtemp(prefix="vsdpo-bait-"))
    with contextlib.ExitStack() as stack:
        stack.callback(folder.remove, place)
        tcp, udp, unix = (
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        )
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        unix.bind(f"\0vsdpo-{secrets.token_hex(8)}")
        for listener in (tcp, unix):
            listener.listen(1)
        for each in (tcp, udp, unix):
            each.setblocking(False)
        bait = _Bait(folder=place, secret=secrets.token_hex(16), tcp=tcp, udp=udp, unix=unix)
        place.chmod(0o755)
        bait.secret_file.write_text(bait.secret)
        bait.secret_file.chmod(0o644)
        yield bait


def _run(server: ForkServer, program: str) -> Exit:
    return server.run(program, os.urandom(protocol.NONCE_BYTES))


def failures(server: ForkServer) -> list[str]:
    """Run the attacks. Returns what got through or was not tried; [] when every layer holds.

    Raises:
      ServerFailed: the attacks could not be run.
    """
    with _bait() as bait:
        exit_ = _run(server, bait.program())
        found = bait.taken()
        if bait.secret in exit_.stdout + exit_.stderr or bait.secret.encode() in exit_.result:
            found.append("a file outside the private folder was read")
    refused = re.search(r"^LayerMissing: (.*)$", exit_.stderr, re.MULTILINE)
    if refused and not exit_.stdout:
        return [f"the kernel refused {refused[1]}"]
    lines = exit_.stdout.splitlines()
    found += [f"an attack succeeded: {line[5:]}" for line in lines if line.startswith("open ")]
    held = sum(line.startswith("held ") for line in lines)
    if not found and (held != _HELD or "done" not in lines or "broken out" not in lines):
        found.append(
            f"only {held} of {_HELD} attacks could be tried, or the private folder did not work: "
            f"{exit_.stdout[-500:]} {exit_.stderr[-500:]} {exit_.result[-500:]!r}"
        )
    exit_ = _run(server, _PTRACE)
    killed = os.WIFSIGNALED(exit_.status) and os.WTERMSIG(exit_.status) == signal.SIGSYS
    if "begin" not in exit_.stdout or not killed:
        found.append("tracing another process was not punished")
    return found


def check(server: ForkServer, interpreter: str | None) -> None:
    """Refuse a server whose layers do not hold. Proven once per interpreter and process.

    Raises:
      LayerUnavailable: with what got through and the remedy.
      ServerFailed: the attacks could not be run.
    """
    if interpreter in _proven:
        return
    found = failures(server)
    if found:
        raise LayerUnavailable(unavailable_text("self-test: " + "; ".join(found)))
    _proven.add(interpreter)
