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

from vsdpo_jax.domains import bounds
from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.chart.diagnose import judge
from vsdpo_jax.domains.chart.drawlist import encode
from vsdpo_jax.domains.chart.drawlist_records import (
    ArtistInfo,
    CollectionOp,
    DrawList,
    Font,
    ImageOp,
    MarkersOp,
    MeshOp,
    Op,
    Outline,
    PathOp,
    Pen,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.sandbox import SandboxResult

_ASKED = {
    "kind": "bar", "title": "Tea exports", "categories": ["Jan", "Feb", "Mar"],
    "series": [{"name": "t", "values": [20, 35, 50]}],
}  # fmt: skip

_NUMBERS = (
    0.0, -0.0, 5e-324, 1e-300, 1e-9, 1e-4, 0.01, 0.5, 1.0, 2.0, 3.5, 7.0, 24.0, 100.0, 254.0, 999.0,
    1999.0, 4999.0, 9999.0, 65535.0, 1e5, 999999.0, 1e6, 9.9e6, 1e7, 1e9, 1e15, 1e300, 1.7e308,
    -1e-6, -1.0, -5.0, -400.0, -1e5, -1e7, -1e9, -1e300, 10**309, 2**31, 2**32, 2**63, -(2**31),
)  # fmt: skip
_TEXTS = (
    "", " ", "\x00", "\n", "x" * 9, "W" * 150, "a\u0301" * 40, "\u202e" * 9 + "abc", "\ufffe",
    "\U0001f642", "\u0627\u0644\u0639", "\u0e01" + "\u0e47" * 9, "$x$", "$\\frac{1}{2}$", "$", "$$",
    "\\", "$\\hspace{1e9}x$", "$x^{x^{x^{x}}}$", "$\\sqrt[3]{\\sum_{i=0}^{n}}$", "$\\left($",
    "$" + "\\left(" * 40 + "$", "$\\overline{" + "x" * 50 + "}$", "kern=0", "liga", "-liga",
    "kern[0:99999999999]", "en", "zz-garbage-\x00", "normal", "bold", "zzz", "tex", "cm", "stix",
    "DejaVuSans.ttf", "cmex10.ttf", "LICENSE_STIX", "../ttf", "data", "title", "xtick_label",
    "legend_text", "legend_frame", "text_box", "spine", "background", "polar", "*" * 16, "o" * 16,
    "/" * 16, ".O+x", "log", "symlog", "path", "markers", "round", "butt", "miter", "projecting",
)  # fmt: skip
_FLOATS = (
    np.nan, np.inf, -np.inf, 0.0, 1e-300, 1.0, -1.0, 300.0, -300.0, 8e6, 1e7, 1e9, -1e9, 1e15,
    1e300, -1e300,
)  # fmt: skip

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


def extreme(chance: random.Random) -> bytes:
    """A list with one or two shapes made of values that the checks allow, most of them extreme."""
    ops = tuple(_extreme_op(chance) for _ in range(chance.choice((1, 1, 2))))
    side = float(chance.choice((1, 2, 64, 640, 3000)))
    size_pt = chance.choice((1e-9, 0.01, 1.0, 10.0, 400.0, 2000.0))
    font = Font(
        families=(chance.choice(_TEXTS)[:200],), style="italic", variant="small-caps", weight=700,
        stretch=100, size_pt=size_pt, math_family="dejavusans", file=None,
    )  # fmt: skip
    text = Outline(
        vertices=None, codes=None, simplify=True, simplify_threshold=0.1, font=0,
        text=chance.choice(_TEXTS), is_math=chance.random() < 0.3,
    )  # fmt: skip
    outlines = (*(_extreme_outline(chance) for _ in range(4)), text)
    transforms = np.array([_extreme_row(chance) for _ in range(3)])
    artist = ArtistInfo(
        artist_type="Line2D", role=chance.choice(("data", "title", "grid", "legend_frame")),
        axes=-1, span=(1, 5), label="",
    )  # fmt: skip
    draw_list = DrawList(
        width=side, height=side, dpi=chance.choice((1.0, 72.0, 100.0, 600.0, 5000.0)), style={},
        transforms=transforms, outlines=outlines, pens=tuple(_extreme_pen(chance) for _ in range(2)),
        fonts=(font,), artists=(artist,), axes=(), ops=ops,
    )  # fmt: skip
    return encode(draw_list)


def _extreme_row(chance: random.Random) -> list[float]:
    if chance.random() < 0.5:
        return [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    return [chance.choice((0.0, 1.0, -1.0, 1e-9, 30.0, 1e5, 1e9, 1e300)) for _ in range(6)]


def _extreme_points(chance: random.Random, count: int) -> np.ndarray:
    scale = chance.choice((1.0, 50.0, 600.0, 600.0, 1e4, 1e6, 1e8, 1e12, 1e300))
    points = np.random.default_rng(chance.randrange(10**6)).uniform(-1, 1, (count, 2)) * scale
    for _ in range(chance.choice((0, 0, 1, 3)) if count else 0):
        points.flat[chance.randrange(points.size)] = chance.choice(_FLOATS)
    return points


def _extreme_outline(chance: random.Random) -> Outline:
    codes: list[int] | None = None
    count = chance.choice((0, 1, 2, 3, 5, 30, 3000))
    if chance.random() < 0.6:
        codes = [1] if count else []
        while len(codes) < count:
            codes += chance.choice(
                ([1], [2], [2], [3, 3], [4, 4, 4], [79], [2, 0], [3, 4], [4, 1, 2])
            )
    points = _extreme_points(chance, count if codes is None else len(codes))
    return Outline(
        vertices=points, codes=None if codes is None else np.array(codes, np.uint8),
        simplify=chance.random() < 0.5, simplify_threshold=chance.choice((0.0, 0.1, 1e6)),
    )  # fmt: skip


def _extreme_pen(chance: random.Random) -> Pen:
    period = chance.choice((1e-4, 0.1, 3.0, 1e6))
    clip = chance.random() < 0.3
    return Pen(
        color=(0.0, 0.5, 1.0, chance.choice((0.0, 0.5, 1.0))), alpha=0.7,
        forced_alpha=chance.random() < 0.3, antialiased=chance.random() < 0.7,
        cap=chance.choice(("butt", "projecting", "round")),
        join=chance.choice(("miter", "round", "bevel")),
        linewidth=chance.choice((0.0, 1e-9, 1.0, 1.0, 20.0, 5e3, 1e6)),
        dash_offset=chance.choice((0.0, 1.0, -1.0, 999.0)) * period,
        dashes=chance.choice((None, None, (period, 0.0), (0.0, period), (period,) * 32, (0.0,) * 30 + (0.0, 1.0))),
        clip_box=chance.choice((None, None, (0.0, 0.0, 0.0, 0.0), (9.0, 9.0, 5.0, 5.0), (-1e9, -1e9, 1e9, 1e9))),
        clip_outline=chance.randrange(4) if clip else None, clip_transform=0 if clip else None,
        snap=chance.choice((None, True, False)), hatch=chance.choice((None, None, "/", "*" * 16, "ox.")),
        hatch_color=(1.0, 0.0, 0.0, 1.0), hatch_linewidth=chance.choice((0.0, 1.0, 100.0)),
        sketch=chance.choice((None, None, None, (1.0, 100.0, 2.0), (0.0, 0.01, 0.01), (1e3, 1e-2, 1e5), (1e3, 1e5, 1e-2))),
    )  # fmt: skip


def _extreme_op(chance: random.Random) -> Op:
    face = chance.choice((None, (1.0, 0.0, 0.0, 1.0), (0.0, 1.0, 0.0, 0.5)))
    common = {"pen": chance.randrange(2), "artist": 0}
    kind = chance.choice(("path", "markers", "collection", "mesh", "triangles", "image", "text"))
    count = chance.choice((0, 1, 2, 40))
    colors = np.full((chance.choice((0, 1, 2)), 4), 0.5)
    if kind == "path":
        outline = chance.choice((0, 1, 2, 3, 3, 4))
        return PathOp(**common, outline=outline, transform=chance.randrange(3), face=face)
    if kind == "markers":
        return MarkersOp(
            **common,
            marker=0,
            marker_transform=0,
            outline=1,
            transform=chance.randrange(3),
            face=face,
        )
    if kind == "collection":
        matrices = np.array([np.eye(3) * chance.choice((0.0, 1.0, 1e5, 1e300, np.nan))] * count)
        return CollectionOp(
            **common, transform=0, outlines=tuple(range(chance.randrange(5)))[:4],
            transforms=matrices.reshape(-1, 3, 3), offsets=_extreme_points(chance, count),
            offset_transform=chance.randrange(3), faces=colors, edges=colors[::-1],
            linewidths=np.array(chance.choice(([], [0.0], [1.0, 1e6]))),
            dashes=chance.choice(((), ((0.0, None),), ((5.0, (0.0, 1.0)), (0.0, None)))),
            antialiased=np.array(chance.choice(([0], [1], [1, 0])), np.uint8),
            hatch_colors=np.full((chance.choice((0, 1, 3)), 4), 0.2),
        )  # fmt: skip
    if kind == "mesh":
        rows, columns = chance.choice(((1, 1), (1, 30), (20, 20)))
        points = _extreme_points(chance, (rows + 1) * (columns + 1))
        return MeshOp(
            **common, transform=chance.randrange(3), columns=columns, rows=rows,
            coordinates=points.reshape(rows + 1, columns + 1, 2), offsets=_extreme_points(chance, count),
            offset_transform=0, faces=colors[:1], antialiased=chance.random() < 0.5,
            edges=np.full((chance.choice((0, 1, 7)), 4), 0.1),
        )  # fmt: skip
    if kind == "triangles":
        return TrianglesOp(
            **common, points=_extreme_points(chance, 3 * count).reshape(-1, 3, 2),
            colors=np.full((count, 3, 4), 0.3), transform=chance.randrange(3),
        )  # fmt: skip
    far = chance.choice((0.0, 5.0, -5.0, 300.5, -1e7, 1e7))
    if kind == "image":
        shape = chance.choice(((0, 0), (0, 9), (9, 0), (1, 1), (300, 300), (1, 5000)))
        return ImageOp(**common, x=far, y=far, pixels=np.full((*shape, 4), 99, np.uint8))
    return TextOp(
        **common, x=far, y=far, text=chance.choice(_TEXTS), font=0,
        angle=chance.choice((0.0, 90.0, 33.3, -1e6)), is_math=chance.random() < 0.4,
        features=chance.choice((None, ("kern",), ("zz=zz",), ())), language=chance.choice((None, "en", "x" * 200)),
    )  # fmt: skip


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
            array = array * chance.choice(_FLOATS)
    elif array.size:
        for _ in range(chance.choice((1, 1, 5))):
            array.flat[chance.randrange(array.size)] = chance.choice(_FLOATS)
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
        return chance.choice(_TEXTS)
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
