"""The seccomp filter, built by hand as classic BPF (linux/filter.h, linux/seccomp.h).

Standard library only: this file runs inside the fork server.
"""

from __future__ import annotations

import errno
import struct

from vsdpo_jax.sandbox import syscalls

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_MISSING = 0x00050000 | errno.ENOSYS
_UNSUPPORTED = 0x00050000 | errno.EOPNOTSUPP
_NO_MAPPING = 0x00050000 | errno.ENODEV

_NUMBER, _ARCH = 0, 4  # offsets in struct seccomp_data
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
# C libraries try recent calls first and fall back when they are missing, not when refused.
_FIRST_RECENT = 450

_CLONE_THREAD = 0x00010000
# CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET}, CLONE_PTRACE, CLONE_PARENT
_CLONE_FOREIGN = 0x80 | 0x20000 | 0x2000000 | 0x4000000 | 0x8000000 | 0x70000000 | 0x2000 | 0x8000

# TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX: what isatty and file objects ask.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_OFD_* F_DUPFD_CLOEXEC
# F_GETPIPE_SZ F_GET_SEALS. Not F_SETOWN, F_SETSIG, F_SETLEASE: they send signals.
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
# PR_SET_NAME PR_GET_NAME PR_GET_SECCOMP PR_CAPBSET_READ PR_GET_NO_NEW_PRIVS PR_SET_VMA. Not
# PR_SET_PDEATHSIG: the child must die with the fork server.
_PRCTLS = (15, 16, 21, 23, 39, 0x53564D41)
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
# SIGKILL from nobody known means that the machine failed, and such samples are masked; a program
# must not be able to mask itself.
_SIGKILL = 9

Instruction = tuple[int, int, int, int]


def _argument(index: int) -> int:
    """Offset of the low half of an argument; both architectures are little-endian."""
    return 16 + 8 * index


def _result(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)


def _one_of(offset: int, values: tuple[int, ...]) -> list[Instruction]:
    """Allow when the word at ``offset`` is one of ``values``, else refuse."""
    program: list[Instruction] = [(_LOAD_WORD, 0, 0, offset)]
    for value in values:
        program += [(_JUMP_EQUAL, 0, 1, value), _result(_ALLOW)]
    return [*program, _result(_REFUSE)]


def _own_process_only(pid: int, signal_argument: int) -> list[Instruction]:
    return [
        (_LOAD_WORD, 0, 0, _argument(0)),
        (_JUMP_EQUAL, 1, 0, pid),
        _result(_REFUSE),
        (_LOAD_WORD, 0, 0, _argument(signal_argument)),
        (_JUMP_EQUAL, 0, 1, _SIGKILL),
        _result(_REFUSE),
        _result(_ALLOW),
    ]


def _threads_only() -> list[Instruction]:
    return [
        (_LOAD_WORD, 0, 0, _argument(0)),
        (_JUMP_ANY_BIT, 0, 1, _CLONE_FOREIGN),
        _result(_REFUSE),
        (_JUMP_ANY_BIT, 0, 1, _CLONE_THREAD),
        _result(_ALLOW),
        _result(_REFUSE),
    ]


def _no_shared_files() -> list[Instruction]:
    """Memory, and private copies of files. A shared mapping keeps a file that was closed and
    deleted on the disk, where nobody can see it from outside."""
    return [
        (_LOAD_WORD, 0, 0, _argument(3)),
        (_JUMP_ANY_BIT, 0, 1, _MAP_ANONYMOUS),
        _result(_ALLOW),
        (_JUMP_ANY_BIT, 0, 1, _MAP_SHARED),
        _result(_NO_MAPPING),
        _result(_ALLOW),
    ]


def _reading_own_limits_only(pid: int) -> list[Instruction]:
    """prlimit64(0 or own pid, any resource, NULL, out)."""
    return [
        (_LOAD_WORD, 0, 0, _argument(2)),
        (_JUMP_EQUAL, 1, 0, 0),
        _result(_REFUSE),
        (_LOAD_WORD, 0, 0, _argument(2) + 4),
        (_JUMP_EQUAL, 1, 0, 0),
        _result(_REFUSE),
        *_one_of(_argument(0), (0, pid)),
    ]


def _prologue(machine: str) -> list[Instruction]:
    program: list[Instruction] = [
        (_LOAD_WORD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        _result(_KILL_PROCESS),  # 32-bit calls (int 0x80) have other numbers
        (_LOAD_WORD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        program += [(_JUMP_AT_LEAST, 0, 1, _X32_BIT), _result(_KILL_PROCESS)]
    return program


def build(machine: str, pid: int) -> bytes:
    """The filter for one process, as an array of struct sock_filter.

    Args:
      machine: "x86_64" or "aarch64".
      pid: of the process that will load it; it may signal itself only.
    """
    program = _prologue(machine)
    for number in sorted(syscalls.allowed(machine).values()):
        program += [(_JUMP_EQUAL, 0, 1, number), _result(_ALLOW)]
    for number in syscalls.fatal(machine).values():
        program += [(_JUMP_EQUAL, 0, 1, number), _result(_KILL_PROCESS)]
    blocks = {
        "ioctl": _one_of(_argument(1), _IOCTLS),
        "fcntl": _one_of(_argument(1), _FCNTLS),
        "prctl": _one_of(_argument(0), _PRCTLS),
        "clone": _threads_only(),
        # Its flags lie in memory, out of a filter's sight; the C library then falls back to clone.
        "clone3": [_result(_MISSING)],
        "kill": _own_process_only(pid, 1),
        "tgkill": _own_process_only(pid, 2),
        "mmap": _no_shared_files(),
        # Gigabytes in no time, before anybody can look; the C library then writes block by block.
        "fallocate": [_result(_UNSUPPORTED)],
        "prlimit64": _reading_own_limits_only(pid),
    }
    for name, number in syscalls.conditional(machine).items():
        program += [(_JUMP_EQUAL, 0, len(blocks[name]), number), *blocks[name]]
    program += [(_JUMP_AT_LEAST, 0, 1, _FIRST_RECENT), _result(_MISSING), _result(_REFUSE)]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


PID_PLACEHOLDER = 0x7EDCBA98
"""A number that is no pid and no other constant of the filter."""


def with_pid(template: bytes, pid: int) -> bytes:
    """A filter built for PID_PLACEHOLDER, for ``pid`` instead: cheaper than building it anew."""
    return template.replace(struct.pack("<I", PID_PLACEHOLDER), struct.pack("<I", pid))
