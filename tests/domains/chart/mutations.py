"""Draw lists made wrong on purpose: well-formed ones with fields at the ends of their ranges.

Most random values are refused at the door; those that the checks let through are what the painter
meets, so values near every limit are chosen more often than nonsense.

As a script, for long runs: ``python mutations.py FIRST LAST list.vsdl...`` tells every list that
ends the process, takes long or swells.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import resource
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
from extremes import FLOATS, TEXTS, extreme

from vsdpo_jax.domains import bounds
from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.chart.judge.diagnose import judge
from vsdpo_jax.sandbox import SandboxResult

_ASKED = {
    "kind": "bar",
    "title": "Tea exports",
    "categories": ["Jan", "Feb", "Mar"],
    "series": [{"name": "t", "values": [20, 35, 50]}],
}

_NUMBERS = (
    0.0,
    -0.0,
    5e-324,
    1e-300,
    1e-9,
    1e-4,
    0.01,
    0.5,
    1.0,
    2.0,
    3.5,
    7.0,
    24.0,
    100.0,
    254.0,
    999.0,
    1999.0,
    4999.0,
    9999.0,
    65535.0,
    1e5,
    999999.0,
    1e6,
    9.9e6,
    1e7,
    1e9,
    1e15,
    1e300,
    1.7e308,
    -1e-6,
    -1.0,
    -5.0,
    -400.0,
    -1e5,
    -1e7,
    -1e9,
    -1e300,
    10**309,
    2**31,
    2**32,
    2**63,
    -(2**31),
)

Path = tuple[Any, ...]


def split(payload: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Header and arrays of a well-formed payload."""
    (size,) = struct.unpack_from("<Q", payload, 8)
    header = json.loads(payload[16 : 16 + size])
    place = 16 + size + -(16 + size) % 8
    arrays = []
    for dtype, shape in header["arrays"]:
        array = np.frombuffer(payload, dtype, int(np.prod(shape)), place).reshape(shape).copy()
        arrays.append(array)
        place += array.nbytes + -array.nbytes % 8
    return header, arrays


def join(header: dict[str, Any], arrays: list[np.ndarray]) -> bytes:
    """The payload of a header, which need not be right, and arrays."""
    header["arrays"] = [[array.dtype.str, list(array.shape)] for array in arrays]
    text = json.dumps(header).encode()
    body = b"".join(a.tobytes() + b"\0" * (-a.nbytes % 8) for a in arrays)
    return (
        b"VSDL" + struct.pack("<IQ", 2, len(text)) + text + b"\0" * (-(16 + len(text)) % 8) + body
    )


def places(value: Any, path: Path = ()) -> list[Path]:
    """Where the leaves and lists of a header are."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(child, (*path, key))
    return found


def mutated(payload: bytes, chance: random.Random) -> bytes:
    """The payload with one to six parts changed; the same for the same state of ``chance``."""
    header, arrays = split(payload)
    del header["arrays"]
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        if arrays and chance.random() < 0.3:
            _change_array(arrays, chance)
        else:
            _change_header(header, chance)
    return join(header, arrays)


def _change_array(arrays: list[np.ndarray], chance: random.Random) -> None:
    number = chance.randrange(len(arrays))
    array = arrays[number]
    how = chance.randrange(6)
    if how == 0:
        array = array[: chance.randrange(len(array) + 1)]
    elif how == 1 and array.nbytes < 10_000:
        array = np.concatenate([array] * chance.choice((2, 3, 50)))
    elif array.size and array.dtype == np.uint8:
        array.flat[chance.randrange(array.size)] = chance.choice((0, 1, 2, 3, 4, 79, 255))
    elif how == 2 and array.size:
        with np.errstate(all="ignore"):
            array = array * chance.choice(FLOATS)
    elif array.size:
        for _ in range(chance.choice((1, 1, 5))):
            array.flat[chance.randrange(array.size)] = chance.choice(FLOATS)
    arrays[number] = np.ascontiguousarray(array)


def _change_header(header: dict[str, Any], chance: random.Random) -> None:
    table = chance.choice(list(header))  # a table first: most places are in the largest one
    known = places(header[table], (table,)) or [(table,)]
    path = chance.choice(known)
    holder = header
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = _other(holder[path[-1]], chance)


def _other(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice((0, 1, 2, 3, value + 1, *map(int, (1e3, 1e6, 1e9)), -1))
    if isinstance(value, float):
        return chance.choice(_NUMBERS)
    if isinstance(value, str):
        return chance.choice(TEXTS)
    if isinstance(value, list):
        how = chance.randrange(5)
        if how == 0:
            return []
        if how == 1:
            return value[: chance.randrange(len(value) + 1)]
        if how == 2 and len(str(value)) < 2000:
            return value * chance.choice((2, 16, 17, 300))
        return [*value, *value[:1]]
    return chance.choice((None, 0, 1.0, True, "x", [3.0, 1.0], [0.0, 0.0, 30.0, 30.0]))


def endings(
    payloads: list[bytes], first: int, last: int, look: Callable[[bytes], str]
) -> list[str]:
    """How processes ended in which ``look`` saw the lists first to last; [] when none did.

    Every list has 5 seconds of processor time and 1 GiB on top. What ``look`` says goes to the
    error stream.
    """
    progress = mmap.mmap(-1, 8)
    number, said = first, []
    while number < last:
        pid = os.fork()
        if pid == 0:
            _look_at(payloads, number, last, look, progress)
        _, status = os.waitpid(pid, 0)
        (current,) = struct.unpack("<q", progress[:8])
        if status:
            said.append(f"{current}: ended with {os.waitstatus_to_exitcode(status)}")
            number = current + 1
        else:
            number = last
    return said


def _look_at(
    payloads: list[bytes],
    first: int,
    last: int,
    look: Callable[[bytes], str],
    progress: mmap.mmap,
) -> None:
    """Never returns: the child of ``endings``."""
    code = 1
    try:
        most = bounds.address_space() + (1 << 30)
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        for current in range(first, last):
            progress[:8] = struct.pack("<q", current)
            chance = random.Random(current)
            is_mutated = payloads and current % 2
            payload = mutated(chance.choice(payloads), chance) if is_mutated else extreme(chance)
            signal.setitimer(signal.ITIMER_PROF, 5.0)
            error = look(payload)
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            if error:
                sys.stderr.write(f"{current}: {error}\n")
        code = 0
    finally:
        os._exit(code)


def look(payload: bytes) -> str:
    """Judge a payload as the worker does; "" or the exception that came out of it."""
    result = SandboxResult(status="ok", payload=payload)
    try:
        judge(result, "x" * 500, JudgeOptions(asked=_ASKED))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(where.filename)}:{where.lineno}"
        return f"{type(error).__name__}: {error!s:.80} at {place}"
    return ""


def _main(first: str, last: str, *files: str) -> None:
    payloads = []
    for file in files:
        with open(file, "rb") as opened:
            payloads.append(opened.read())
    for line in endings(payloads, int(first), int(last), look):
        print(line)


if __name__ == "__main__":
    _main(*sys.argv[1:])
