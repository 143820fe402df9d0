"""Run a command as on a machine whose kernel refuses a layer: a faked answer to its calls.

    python tests/without_layers.py landlock,seccomp,namespaces COMMAND ...

A seccomp filter, which all descendants inherit, answers as such kernels and containers do:
"landlock" as gVisor and kernels before 5.13, "seccomp" as one without filters, "namespaces" as a
container whose profile forbids user namespaces. It also sets no_new_privs, so that Chromium's
setuid helper does not help.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_CALLS = {
    "x86_64": {"prctl": 157, "seccomp": 317, "unshare": 272, "clone": 56, "clone3": 435},
    "aarch64": {"prctl": 167, "seccomp": 277, "unshare": 97, "clone": 220, "clone3": 435},
}
_LANDLOCK = (444, 445, 446)  # the same everywhere
_SET_SECCOMP, _SET_NO_NEW_PRIVS = 22, 38
_NEW_USER = 0x10000000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_NUMBER, _FIRST_ARGUMENT = 0, 16
Instruction = tuple[int, int, int, int]


def _always(number: int, code: int) -> list[Instruction]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE | code)]


def _when(number: int, jump: int, value: int, code: int) -> list[Instruction]:
    """Refuse a call whose first argument is ``value``, or has a bit of it."""
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (jump, 0, 1, value),
        (_RETURN, 0, 0, _REFUSE | code),
        (_RETURN, 0, 0, _ALLOW),
    ]


def program(layers: list[str], machine: str) -> bytes:
    """The filter, as an array of struct sock_filter."""
    calls = _CALLS[machine]
    refusals = {
        "landlock": [step for number in _LANDLOCK for step in _always(number, errno.ENOSYS)],
        "seccomp": [
            *_always(calls["seccomp"], errno.ENOSYS),
            *_when(calls["prctl"], _EQUAL, _SET_SECCOMP, errno.EINVAL),
        ],
        "namespaces": [
            *_always(calls["clone3"], errno.ENOSYS),
            *_when(calls["unshare"], _ANY_BIT, _NEW_USER, errno.EPERM),
            *_when(calls["clone"], _ANY_BIT, _NEW_USER, errno.EPERM),
        ],
    }
    steps = [(_LOAD, 0, 0, _NUMBER)]
    for layer in layers:
        steps += refusals[layer]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main(layers: str, *command: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    steps = program(layers.split(","), os.uname().machine)
    loaded = _FilterProgram(len(steps) // 8, steps)
    for option, arguments in (
        (_SET_NO_NEW_PRIVS, (1, 0, 0, 0)),
        (_SET_SECCOMP, (2, ctypes.byref(loaded), 0, 0)),
    ):
        if libc.prctl(option, *arguments) != 0:
            sys.exit(f"prctl({option}): {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
