"""The kernel layers around a program: no_new_privs, Landlock, seccomp, rlimits, capabilities.

ctypes and system calls only; none of them needs privilege or a set-up step outside the process,
so they work in containers and as any user. Each layer alone leaves holes: Landlock knows nothing of
UDP, unix sockets, chmod or processes; seccomp knows nothing of paths.

What no layer can do: a program shares its address space with the recorder, so it can forge the
result. The result is therefore only data, and whoever receives it must check it and measure the
picture itself.

Standard library only: this file runs inside the fork server.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from vsdpo_jax.sandbox import filters, syscalls
from vsdpo_jax.sandbox.limits import Limits

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
# Same numbers on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_VERSION = 1
_LANDLOCK_PATH_BENEATH = 1
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522

# linux/landlock.h, access rights to files by the ABI that brought them.
_FS_ABI_1 = (1 << 13) - 1
_FS_REFER, _FS_TRUNCATE, _FS_IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FS_REMOVE_DIR, _FS_REMOVE_FILE, _FS_MAKE_DIR, _FS_MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_NET_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract unix sockets, signals

_READ = _FS_READ_FILE | _FS_READ_DIR
_PRIVATE = (
    _READ | _FS_WRITE_FILE | _FS_REMOVE_DIR | _FS_REMOVE_FILE | _FS_MAKE_DIR | _FS_MAKE_REG
    | _FS_REFER | _FS_TRUNCATE
)  # fmt: skip

STACK_BYTES = 32 << 20
OPEN_FILES = 256


class LayerMissing(Exception):
    """The kernel refused a layer. The message says which and why."""


def _system_call(what: str, number: int, *arguments: object) -> int:
    result = _LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise LayerMissing(f"{what}: {os.strerror(code)}")
    return result


def _prctl(what: str, option: int, *arguments: object) -> None:
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    words += [ctypes.c_ulong(0)] * (4 - len(words))
    if _LIBC.prctl(ctypes.c_int(option), *words) != 0:
        raise LayerMissing(f"{what}: {os.strerror(ctypes.get_errno())}")


def die_with_parent() -> None:
    """Be killed when the thread that made this process ends, even by SIGKILL."""
    _prctl("parent death signal", _PR_SET_PDEATHSIG, int(signal.SIGKILL))


def adopt_orphans() -> None:
    """Become the parent of orphaned descendants, so that none outlives this process unseen."""
    _prctl("child subreaper", _PR_SET_CHILD_SUBREAPER, 1)


def landlock_abi() -> int:
    """The kernel's Landlock version.

    Raises:
      LayerMissing: the kernel has none (before 5.13, not built in, or not enabled at boot).
    """
    return _system_call("Landlock", _LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION)


def landlock_ruleset(readable: Sequence[str], private: str) -> int:
    """Rules: read ``readable``, own ``private``, no other file; no TCP, no signals outwards.

    Args:
      readable: paths of files and folders; those that do not exist are passed over.
      private: the folder in which files may be made, changed and removed.

    Returns:
      A file descriptor for ``landlock_restrict``, above those of the standard streams and the
      result pipe.
    """
    abi = landlock_abi()
    handled = _FS_ABI_1 | sum(
        right
        for since, right in ((2, _FS_REFER), (3, _FS_TRUNCATE), (5, _FS_IOCTL_DEV))
        if abi >= since
    )
    attributes = struct.pack("<Q", handled)
    attributes += struct.pack("<Q", _NET_TCP) if abi >= 4 else b""
    attributes += struct.pack("<Q", _SCOPES) if abi >= 6 else b""
    ruleset = _system_call(
        "Landlock rules", _LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0
    )
    for path in readable:
        if os.path.isdir(path):
            _allow_beneath(ruleset, path, _READ)
        elif os.path.exists(path):
            _allow_beneath(ruleset, path, _FS_READ_FILE)
    _allow_beneath(ruleset, "/dev/null", _FS_READ_FILE | _FS_WRITE_FILE | (_FS_TRUNCATE & handled))
    _allow_beneath(ruleset, private, _PRIVATE & handled)
    high = fcntl.fcntl(ruleset, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(ruleset)
    return high


def _allow_beneath(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", rights, place)  # struct landlock_path_beneath_attr is packed
        _system_call(
            f"Landlock rule for {path}", _LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, rule, 0
        )
    finally:
        os.close(place)


def no_new_privileges() -> None:
    """Setuid programs and file capabilities lose their effect; Landlock and seccomp require it."""
    _prctl("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)


def landlock_restrict(ruleset: int) -> None:
    """Put this process under the rules, for good."""
    _system_call("Landlock restriction", _LANDLOCK_RESTRICT, ruleset, 0)


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def seccomp_load(program: bytes) -> None:
    """Put this process (its only thread) under a filter, for good."""
    filter_ = _FilterProgram(len(program) // 8, program)
    _prctl("seccomp", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_))


def drop_capabilities(machine: str) -> None:
    """Empty every capability set. The user stays the same: root without capabilities."""
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    _prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    _system_call("capabilities", _CAPSET[machine], header, bytes(24))


def limit_resources(limits: Limits, base_bytes: int) -> None:
    """Set the rlimits of this process.

    Args:
      limits: of the program.
      base_bytes: address space in use before the program runs.
    """
    cpu = limits.cpu_s
    address_space = base_bytes + limits.memory_bytes
    wanted = {
        # SIGXCPU at the limit; SIGKILL one second later for those who ignore it.
        resource.RLIMIT_CPU: (cpu, cpu + 1),
        resource.RLIMIT_AS: (address_space, address_space),
        resource.RLIMIT_FSIZE: (limits.disk_bytes, limits.disk_bytes),
        resource.RLIMIT_STACK: (STACK_BYTES, STACK_BYTES),
        resource.RLIMIT_NOFILE: (OPEN_FILES, OPEN_FILES),
        # 0 would still feed crash handlers that the core pattern names; 1 is the kernel's "never".
        resource.RLIMIT_CORE: (1, 1),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
    }
    for kind, (soft, hard) in wanted.items():
        highest = resource.getrlimit(kind)[1]
        if highest != resource.RLIM_INFINITY:
            soft, hard = min(soft, highest), min(hard, highest)
        resource.setrlimit(kind, (soft, hard))


@dataclass(frozen=True, kw_only=True)
class Layers:
    """What the fork server prepares once and every child puts on.

    Attributes:
      mode: "required": every layer or LayerMissing; "available": those that the kernel has, for
        trusted programs only; "none": none, to measure what the layers cost and to show that the
        self-test notices their absence.
      machine: architecture.
      ruleset: Landlock file descriptor, or None where the layer is left out.
      filter_template: seccomp filter for filters.PID_PLACEHOLDER, or None likewise.
    """

    mode: str
    machine: str
    ruleset: int | None
    filter_template: bytes | None

    def put_on(self) -> None:
        """Confine this process, for good. Raises LayerMissing."""
        if self.mode == "none":
            return
        for step in (self._drop_capabilities, self._restrict_files, self._filter_calls):
            try:
                step()
            except LayerMissing:
                if self.mode == "required":
                    raise

    def _drop_capabilities(self) -> None:
        if self.machine in _CAPSET:
            drop_capabilities(self.machine)

    def _restrict_files(self) -> None:
        if self.ruleset is not None:
            landlock_restrict(self.ruleset)

    def _filter_calls(self) -> None:
        if self.filter_template is not None:
            seccomp_load(filters.with_pid(self.filter_template, os.getpid()))


def prepare(mode: str, readable: Sequence[str], private: str) -> Layers:
    """Get the layers ready.

    Args:
      mode: see Layers.
      readable, private: see ``landlock_ruleset``.

    Raises:
      LayerMissing: in mode "required".
    """
    machine = os.uname().machine
    if mode == "none":
        return Layers(mode=mode, machine=machine, ruleset=None, filter_template=None)
    ruleset, template = None, None
    try:
        no_new_privileges()
        ruleset = landlock_ruleset(readable, private)
    except LayerMissing:
        if mode == "required":
            raise
    if machine in syscalls.ARCHITECTURES:
        template = filters.build(machine, filters.PID_PLACEHOLDER)
    elif mode == "required":
        known = " and ".join(syscalls.ARCHITECTURES)
        raise LayerMissing(f"seccomp: no filter for {machine}, only for {known}")
    return Layers(mode=mode, machine=machine, ruleset=ruleset, filter_template=template)
