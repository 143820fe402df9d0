"""The fork server: imports the plotting stack once, then forks a child per program.

Started by exec (never by fork: the parent may run a multi-threaded runtime) under the interpreter
of the ``sandbox.interpreter`` setting. One thread, standard library and recorder only. It runs no
program itself, and it ends, with its child and its files, when the control socket closes.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import select
import signal
import site
import socket
import sys
import sysconfig
import time
import traceback
from types import ModuleType
from typing import Any

from vsdpo_jax.sandbox import child, folder, layers, protocol
from vsdpo_jax.sandbox.limits import Limits

# What the loader and the plotting stack open lazily. Not /proc, not /etc.
_SYSTEM_FILES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    "/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom", "/dev/zero",
)  # fmt: skip


def main(control_fd: str) -> None:
    """Serve until the control socket closes.

    Args:
      control_fd: number of the inherited socket. The first message is
        ``{recorder, limits, layers, base}``; the answer is ``{pid}`` or ``{fatal, missing}``.
    """
    control = socket.socket(fileno=int(control_fd))
    control.set_inheritable(False)
    setup, _ = protocol.receive(control)
    try:
        _serve(control, setup)
    except protocol.ConnectionLost:
        pass
    finally:
        folder.remove(setup["base"])


def _serve(control: socket.socket, setup: dict[str, Any]) -> None:
    try:
        server = _prepare(control, setup)
    except layers.LayerMissing as error:
        protocol.send(control, {"fatal": str(error), "missing": True})
        return
    except BaseException:
        protocol.send(control, {"fatal": traceback.format_exc(limit=-6), "missing": False})
        return
    protocol.send(control, {"pid": os.getpid()})
    while True:
        server.serve_one()


def _prepare(control: socket.socket, setup: dict[str, Any]) -> _Server:
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    layers.adopt_orphans()
    # Where it is installed, pandas keeps its texts in it, and its allocator finds no room in a
    # locked child: every program with a table of texts ended with a memory error. Without it pandas
    # does what it does on a machine that has none, so that pictures do not depend on that either.
    sys.modules["pyarrow"] = None  # type: ignore[assignment]  # an import then raises ImportError
    recorder = importlib.import_module(setup["recorder"])
    recorder.preload()
    private = os.path.join(setup["base"], "work")
    put_on = layers.prepare(setup["layers"], _readable(), private)
    gc.collect()
    gc.freeze()
    return _Server(control, recorder, Limits(**setup["limits"]), put_on, private)


def _readable() -> list[str]:
    """Files that programs may read: the interpreter, its libraries, what the loader needs.

    Folders that a .pth file added (editable installs) are left out: they hold people's projects.
    """
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += [*site.getsitepackages(), os.path.join(sys.base_prefix, "lib")]
    if site.ENABLE_USER_SITE:
        paths.append(site.getusersitepackages())
    paths += [entry for entry in sys.path if os.path.basename(entry) == "lib-dynload"]
    paths += os.environ.get("LD_LIBRARY_PATH", "").split(":")
    return list(dict.fromkeys(os.path.realpath(path) for path in [*paths, *_SYSTEM_FILES] if path))


def _address_space() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


class _Server:
    """The loop: one request, one child, one answer."""

    def __init__(
        self,
        control: socket.socket,
        recorder: ModuleType,
        limits: Limits,
        put_on: layers.Layers,
        private: str,
    ) -> None:
        self._control = control
        self._recorder = recorder
        self._limits = limits
        self._layers = put_on
        self._private = private
        self._base_bytes = _address_space()
        self._wake, write_end = os.pipe()
        os.set_blocking(write_end, False)
        os.set_blocking(self._wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)

    def serve_one(self) -> None:
        """Take ``{source, nonce}`` and three file descriptors, answer ``{exit}``.

        Raises:
          ConnectionLost: the supervisor is gone; the child has been killed.
        """
        request, fds = protocol.receive(self._control, max_fds=3)
        if "kill" in request:  # for a child that ended in the meantime
            return
        try:
            pid = self._fork(request, fds)
        except OSError as error:
            protocol.send(self._control, {"failed": f"fork: {error}"})
            return
        finally:
            for fd in fds:
                os.close(fd)
        try:
            protocol.send(self._control, {"child": pid})
            status, usage = self._wait(pid)
        except protocol.ConnectionLost:
            self._kill(pid)
            os.waitpid(pid, 0)
            self._reap_orphans()
            raise
        self._reap_orphans()
        cpu_s = usage.ru_utime + usage.ru_stime
        protocol.send(self._control, {"exit": status, "cpu_s": cpu_s})

    def _fork(self, request: dict[str, Any], fds: list[int]) -> int:
        stdout, stderr, result = fds
        server_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            job = child.Job(
                source=request["source"],
                nonce=bytes.fromhex(request["nonce"]),
                stdout=stdout,
                stderr=stderr,
                result=result,
                private=self._private,
                server_pid=server_pid,
                base_bytes=self._base_bytes,
            )
            child.run(job, self._recorder, self._limits, self._layers)
        return pid

    def _wait(self, pid: int) -> tuple[int, resource.struct_rusage]:
        """Wait for the child, killing it when told to. Only this process can reap it, so the pid
        cannot have been taken over by another process.
        """
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._control, select.POLLIN)
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                return status, usage
            ready = {fd for fd, _ in poll.poll()}
            if self._wake in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake, 4096)
            if self._control.fileno() in ready:
                protocol.receive(self._control)  # {kill}
                self._kill(pid)

    def _kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)  # not there yet when the child has not called setsid
        os.kill(pid, signal.SIGKILL)

    def _reap_orphans(self) -> None:
        """Kill what a child left behind. Only without seccomp can there be anything."""
        while True:
            try:
                done, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if done == 0:
                with open(f"/proc/self/task/{os.getpid()}/children") as file:
                    for pid in file.read().split():
                        os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.001)
