"""The seccomp program, run by a small interpreter of classic BPF written from its definition."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.sandbox import filters, syscalls

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
ENODEV, EOPNOTSUPP = 0x00050013, 0x0005005F
PID = 4321
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *words)
    program = list(struct.iter_unpack("<HBBI", filters.build(machine, PID)))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x06:
            return constant
        else:
            holds = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            at += if_true if holds else if_false


@pytest.mark.parametrize("machine", ARCH)
def test_numbers_are_the_kernels(machine: str):
    if not HEADERS[machine].exists():
        pytest.skip("kernel headers are not installed")
    text = HEADERS[machine].read_text()
    known = {name: int(n) for name, n in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    if machine == "aarch64":  # asm-generic names one call otherwise
        known["newfstatat"] = known["fstatat"]
    for table in (syscalls.allowed, syscalls.fatal, syscalls.conditional):
        for name, number in table(machine).items():
            assert known.get(name, number) == number, name
            assert name in known or number > 440, name


@pytest.mark.parametrize("machine", ARCH)
def test_tables_do_not_overlap(machine: str):
    tables = [syscalls.allowed(machine), syscalls.fatal(machine), syscalls.conditional(machine)]
    numbers = [number for table in tables for number in table.values()]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("machine", ARCH)
def test_tables_are_what_the_filter_does(machine: str):
    for name, number in syscalls.allowed(machine).items():
        assert verdict(machine, number) == ALLOW, name
    for name, number in syscalls.fatal(machine).items():
        assert verdict(machine, number) == KILL, name


@pytest.mark.parametrize("machine", ARCH)
@given(number=st.integers(0, (1 << 32) - 1))
def test_everything_else_is_refused(machine: str, number: int):
    named = {
        *syscalls.allowed(machine).values(),
        *syscalls.fatal(machine).values(),
        *syscalls.conditional(machine).values(),
    }
    if number not in named:
        x32 = machine == "x86_64" and number >= 0x40000000
        expected = KILL if x32 else ENOSYS if number >= 450 else EPERM
        assert verdict(machine, number) == expected


@pytest.mark.parametrize("machine", ARCH)
def test_other_architectures_are_killed(machine: str):
    for arch in {*ARCH.values(), 0x40000003, 0} - {ARCH[machine]}:
        for number in (0, 1, 39, 63, 172):
            assert verdict(machine, number, arch=arch) == KILL


@pytest.mark.parametrize("machine", ARCH)
def test_arguments_decide(machine: str):
    at = syscalls.conditional(machine)
    cases = [
        ("kill", (PID, 15), ALLOW),
        ("kill", (PID, 9), EPERM),
        ("kill", (PID + 1, 15), EPERM),
        ("kill", (0, 15), EPERM),
        ("kill", (0xFFFFFFFF, 15), EPERM),
        ("tgkill", (PID, PID, 6), ALLOW),
        ("tgkill", (PID, PID, 9), EPERM),
        ("tgkill", (1, 1, 6), EPERM),
        ("clone", (0x3D0F00,), ALLOW),  # what pthread_create asks for
        ("clone", (17,), EPERM),  # fork
        ("clone", (0x4111,), EPERM),  # vfork
        ("clone", (0x10000 | 0x10000000,), EPERM),  # thread in a new user namespace
        ("clone", (0x10000 | 0x80,), EPERM),
        ("clone3", (0, 0), ENOSYS),
        ("prctl", (15,), ALLOW),
        ("prctl", (1, 0), EPERM),  # PR_SET_PDEATHSIG
        ("prctl", (22, 2), EPERM),
        ("prctl", (36, 1), EPERM),
        ("ioctl", (1, 0x5401), ALLOW),
        ("ioctl", (1, 0x5412), EPERM),  # TIOCSTI
        ("fcntl", (1, 4), ALLOW),
        ("fcntl", (1, 8), EPERM),  # F_SETOWN
        ("fcntl", (1, 1024), EPERM),  # F_SETLEASE
        ("mmap", (0, 4096, 3, 0x22), ALLOW),  # memory
        ("mmap", (0, 4096, 3, 0x21), ALLOW),
        ("mmap", (0, 4096, 5, 0x02, 3), ALLOW),  # a library
        ("mmap", (0, 4096, 1, 0x01, 3), ENODEV),
        ("mmap", (0, 4096, 3, 0x03, 3), ENODEV),  # MAP_SHARED_VALIDATE
        ("fallocate", (3, 0, 0, 1 << 30), EOPNOTSUPP),
        ("prlimit64", (0, 7, 0, 1), ALLOW),
        ("prlimit64", (PID, 7, 0, 1), ALLOW),
        ("prlimit64", (1, 7, 0, 1), EPERM),
        ("prlimit64", (0, 7, 1, 0), EPERM),
        ("prlimit64", (0, 7, 1 << 32, 0), EPERM),
    ]
    for name, arguments, expected in cases:
        assert verdict(machine, at[name], *arguments) == expected, (name, arguments)


@pytest.mark.parametrize("machine", ARCH)
@pytest.mark.parametrize("pid", [1, PID, pytest.param(os.getpid(), id="own"), 4194304])
def test_the_template_takes_any_pid(machine: str, pid: int):
    template = filters.build(machine, filters.PID_PLACEHOLDER)
    assert filters.with_pid(template, pid) == filters.build(machine, pid)
