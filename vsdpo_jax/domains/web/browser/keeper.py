"""Runs a browser as somebody else, and sees to it that nothing of it is left.

The program between Playwright's driver and Chromium; standard library only. It hands the driver's
pipes on, gives the browser a user and a network namespace of its own, adopts every process that the
browser's processes leave behind, and ends and reaps all of them when the browser, the driver or the
worker ends, however that comes about. What a page does never reaches it.

    python -I -S keeper.py WORKER_PID FOLDER UID NETWORK EXECUTABLE [argument ...]
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_PIPES = (3, 4)  # of the DevTools protocol, given by the driver
_ENDING_S = 5.0
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(worker: str, folder: str, uid: str, network: str, *command: str) -> None:
    """Run a browser to its end and exit as it did.

    Args:
      worker: process id; the browser ends with it.
      folder: private; removed when the worker is gone. Holds home/, which the browser may write.
      uid: user (and group) id of the browser; "-1": the one of this process.
      network: "none": no network where the kernel grants that; "host": the machine's.
      command: of the browser.
    """
    Path(folder, "keeper").write_text(str(os.getpid()))
    _LIBC.prctl(_SET_CHILD_SUBREAPER, 1)
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGTERM)  # the driver's end
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, frame: None)
    worker_fd = _open_worker(int(worker))
    browser = os.fork()
    if browser == 0:
        _become(int(uid), network, folder)
        os.execv(command[0], [*command, f"--user-data-dir={folder}/home/profile"])
    for fd in _PIPES:
        os.close(fd)
    status = _wait(browser, wake, worker_fd) if worker_fd is not None else None
    _end_all()
    if _is_gone(worker_fd):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF if status is not None else 1)


def _open_worker(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _is_gone(worker_fd: int | None) -> bool:
    return worker_fd is None or bool(select.select([worker_fd], [], [], 0)[0])


def _become(uid: int, network: str, folder: str) -> None:
    """In the child: another user, no network, and gone with its parent."""
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if network == "none":
        _leave_network(uid)
    if uid >= 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL)
    home = f"{folder}/home"
    os.chdir(home)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, HOME=home, TMPDIR=home, XDG_RUNTIME_DIR=home, LANG="C.UTF-8", TZ="UTC")


def _leave_network(uid: int) -> None:
    """A network namespace of its own; not granted everywhere, and not the only layer."""
    if uid >= 0:  # root
        _LIBC.unshare(_NEW_NET)
        return
    me, group = os.getuid(), os.getgid()
    if _LIBC.unshare(_NEW_USER | _NEW_NET) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        Path("/proc/self/uid_map").write_text(f"{me} {me} 1")


def _wait(browser: int, wake: int, worker_fd: int) -> int | None:
    """The browser's wait status; None when it has to be ended first."""
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(worker_fd, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if worker_fd in ready:
            return None
        told = os.read(wake, 512)
        while reaped := _reap():
            if reaped[0] == browser:
                return reaped[1]
        if set(told) - {signal.SIGCHLD}:
            return None


def _reap() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None


def _end_all() -> None:
    """Kill and reap until there is no descendant: orphans come here (PR_SET_CHILD_SUBREAPER)."""
    deadline = time.monotonic() + _ENDING_S
    while time.monotonic() < deadline:
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def descendants(root: int) -> list[int]:
    """Process ids below one, from a look at every process."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            children.setdefault(parent_of(int(name)), []).append(int(name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def parent_of(pid: int) -> int:
    """The process id of a process's parent; -1 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except OSError:
        return -1


if __name__ == "__main__":
    main(*sys.argv[1:])
