"""The supervisor's end of a fork server: start it, run one program in a child, watch, stop it."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from vsdpo_jax.sandbox import folder, launch, protocol
from vsdpo_jax.sandbox.limits import Limits
from vsdpo_jax.sandbox.process import ONE_THREAD
from vsdpo_jax.sandbox.watch import Exit, Watch

_START_S = 180.0
_GRACE_S = 10.0
_STUDENT_ENVIRONMENT = {
    **ONE_THREAD,
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    # Arenas of 64 MiB per thread would eat the address space of threaded programs.
    "MALLOC_ARENA_MAX": "2",
}


class SandboxUnavailable(RuntimeError):
    """Programs cannot be run here. The message says why and what to do."""


class LayerUnavailable(SandboxUnavailable):
    """What confines programs is missing here; ``unsafe`` runs trusted ones without that part."""


class ServerFailed(Exception):
    """The fork server broke or the machine refused something: no fault of the program."""


def unavailable_text(missing: str) -> str:
    """The message for a machine whose kernel lacks a layer."""
    return (
        f"programs cannot be confined on this machine ({missing}). Model-written programs are run "
        f"behind Landlock and seccomp only: use Linux 5.13 or newer with `landlock` among the "
        f"boot parameter lsm=... (see /sys/kernel/security/lsm), and a container runtime whose "
        f"seccomp profile allows the calls landlock_create_ruleset, landlock_add_rule, "
        f"landlock_restrict_self and prctl(PR_SET_SECCOMP) (the default profiles of recent Docker "
        f"and Podman do; gVisor has no Landlock). For programs that you trust, and only for them, "
        f"--unsafe runs without the missing layers."
    )


class ForkServer:
    """One fork server process and its private folder. Not thread-safe: one program at a time."""

    def __init__(self, recorder: str, limits: Limits, interpreter: str | None, layers: str) -> None:
        """Start the process and wait until it is warm.

        Args:
          recorder: dotted name of the recorder module.
          limits: of every program.
          interpreter: Python executable; None: the running one.
          layers: see sandbox.layers.Layers.

        Raises:
          SandboxUnavailable: it cannot be started.
        """
        self._limits = limits
        self._base = tempfile.mkdtemp(prefix="vsdpo-")
        self._private = os.path.join(self._base, "work")
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        try:
            os.mkdir(self._private, 0o700)
            self._start(recorder, interpreter, layers)
        except BaseException:
            self.stop()
            raise

    def _start(self, recorder: str, interpreter: str | None, layers: str) -> None:
        self._control, theirs = socket.socketpair()
        log = Path(self._base, "log")
        command = launch.command(interpreter, "vsdpo_jax.sandbox.zygote", str(theirs.fileno()))
        environment = {**_STUDENT_ENVIRONMENT, "MPLCONFIGDIR": os.path.join(self._base, "config")}
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        try:
            with theirs, log.open("wb") as stderr:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    pass_fds=[theirs.fileno()],
                    env=environment,
                    start_new_session=True,  # Ctrl-C is for the trainer; it closes the socket
                )
        except OSError as error:
            raise SandboxUnavailable(
                f"cannot start the interpreter {interpreter or sys.executable!r}: {error}. Set "
                f"sandbox.interpreter to a Python executable that has the plotting libraries."
            ) from error
        self._shake_hands(recorder, interpreter, layers, log)

    def _shake_hands(self, recorder: str, interpreter: str | None, layers: str, log: Path) -> None:
        assert self._control is not None
        self._control.settimeout(_START_S)
        setup = {
            "recorder": recorder,
            "limits": dataclasses.asdict(self._limits),
            "layers": layers,
            "base": self._base,
        }
        try:
            protocol.send(self._control, setup)
            answer, _ = protocol.receive(self._control)
        except protocol.ConnectionLost as error:
            raise SandboxUnavailable(
                f"the fork server under {interpreter or sys.executable!r} ended or hung while it "
                f"loaded {recorder}:\n{log.read_text(errors='replace')[-2000:]}"
            ) from error
        self._control.settimeout(None)
        if "fatal" not in answer:
            return
        if answer["missing"]:
            raise LayerUnavailable(unavailable_text(answer["fatal"]))
        raise SandboxUnavailable(
            f"the fork server under {interpreter or sys.executable!r} could not load {recorder}; "
            f"install what is missing there, or set sandbox.interpreter:\n{answer['fatal']}"
        )

    @property
    def pid(self) -> int:
        """Process id of the fork server. Raises ServerFailed when it is not running."""
        if self._process is None:
            raise ServerFailed("the fork server is not running")
        return self._process.pid

    def run(self, source: str, nonce: bytes) -> Exit:
        """Run one program in a fresh child and clean up after it.

        Raises:
          ServerFailed: the server must be replaced.
        """
        if self._control is None:
            raise ServerFailed("the fork server is not running")
        readers: list[int] = []
        writers: list[int] = []
        try:
            for _ in range(3):
                reader, writer = os.pipe()
                os.set_blocking(reader, False)
                readers.append(reader)
                writers.append(writer)
            protocol.send(self._control, {"source": source, "nonce": nonce.hex()}, writers)
            while writers:
                os.close(writers.pop())
            return self._watch(self._control, (readers[0], readers[1], readers[2]))
        except (OSError, protocol.ConnectionLost) as error:
            raise ServerFailed(f"{type(error).__name__}: {error}") from error
        finally:
            for fd in (*readers, *writers):
                os.close(fd)
            folder.empty(self._private)

    def _watch(self, control: socket.socket, pipes: tuple[int, int, int]) -> Exit:
        watch = Watch(self._limits, self._private, pipes)
        pid, killed_at = None, None
        while True:
            if watch.wait(control.fileno(), pid):
                answer, _ = protocol.receive(control)
                if "failed" in answer:
                    raise ServerFailed(answer["failed"])
                if "exit" in answer:
                    return watch.finish(answer["exit"], answer["cpu_s"])
                pid = answer["child"]
            if watch.over and killed_at is None:
                protocol.send(control, {"kill": watch.over})
                killed_at = time.monotonic()
            if killed_at is not None and time.monotonic() - killed_at > _GRACE_S:
                raise ServerFailed("a child could not be killed")

    def stop(self) -> None:
        """End the process, its child and its files. May be called twice."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()  # the child dies with it: parent death signal
                self._process.wait()
            self._process = None
        folder.remove(self._base)
