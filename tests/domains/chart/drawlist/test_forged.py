"""Lists that no honest program sends: refused with a sentence, or a picture; never a crash, never
an exception of the decoder or the painter, and never for long."""

from __future__ import annotations

import dataclasses
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import mutations
import numpy as np
import pytest
from mutations import join, split
from recorded import HERE, ROOT, record_all

from vsdpo_jax.domains.base import JudgeOptions
from vsdpo_jax.domains.chart.drawlist.codec import InvalidDrawList, decode, encode
from vsdpo_jax.domains.chart.drawlist.records import (
    CollectionOp,
    DrawList,
    ImageOp,
    MarkersOp,
    MeshOp,
    Outline,
    PathOp,
    TextOp,
    TrianglesOp,
)  # fmt: skip
from vsdpo_jax.domains.chart.judge.diagnose import judge
from vsdpo_jax.domains.chart.paint import outlines
from vsdpo_jax.domains.chart.paint.raster import paint
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import SandboxResult

BARS = (
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
    "ax.bar(['Jan', 'Feb', 'Mar'], [20, 35, 50])\nax.set_title('Tea exports')\n"
    "ax.set_xlabel('Month')\nax.set_ylabel('Tons')\nax.set_ylim(0, 40)\n"
)
HEAD = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
Change = Callable[[DrawList], DrawList]


@pytest.fixture(scope="module")
def bars() -> DrawList:
    recorded = record_all({"bars": BARS})["bars"]
    assert recorded.payload is not None, recorded.error
    return decode(recorded.payload)


def seen(payload: bytes) -> Judged:
    """What becomes of a payload on the trusted side, in a few seconds."""
    started = time.process_time()
    judged = judge(SandboxResult(status="ok", payload=payload), BARS, JudgeOptions())
    assert time.process_time() - started < 8.0
    return judged


def _data(draw_list: DrawList, *ops: Any, **tables: Any) -> DrawList:
    """With ops of a new data artist, and outlines appended."""
    artist = dataclasses.replace(draw_list.artists[0], role="data", artist_type="Line2D", axes=0)
    number = len(draw_list.artists)
    return dataclasses.replace(
        draw_list,
        artists=(*draw_list.artists, artist),
        ops=(*draw_list.ops, *(dataclasses.replace(op, artist=number) for op in ops)),
        **tables,
    )


def _outlined(draw_list: DrawList, outline: Outline, kind: str = "path") -> DrawList:
    """With an outline, drawn as a path, as a marker, under markers or as a clip path."""
    number, tables = len(draw_list.outlines), {"outlines": (*draw_list.outlines, outline)}
    face = (1.0, 0.0, 0.0, 1.0)
    still = np.vstack([draw_list.transforms, [[1.0, 0, 0, 1, 0, 0]]])
    at = len(draw_list.transforms)
    marker, line = (number, 0) if kind == "marker" else (0, number)
    op: Any = MarkersOp(
        pen=0, artist=0, marker=marker, marker_transform=at, outline=line, transform=at, face=face
    )
    if kind in ("path", "clip"):
        op = PathOp(
            pen=0, artist=0, outline=0 if kind == "clip" else number, transform=at, face=face
        )
    if kind == "clip":
        pen = dataclasses.replace(draw_list.pens[0], clip_outline=number, clip_transform=at)
        op = dataclasses.replace(op, pen=len(draw_list.pens))
        tables["pens"] = (*draw_list.pens, pen)
    return _data(draw_list, op, transforms=still, **tables)


def _path(vertices: Any, codes: list[int] | None = None) -> Outline:
    return Outline(
        vertices=np.array(vertices, float).reshape(-1, 2), simplify=True, simplify_threshold=0.1,
        codes=None if codes is None else np.array(codes, np.uint8),
    )  # fmt: skip


def _text(words: str, is_math: bool = False) -> Outline:
    return Outline(
        vertices=None, codes=None, simplify=True, simplify_threshold=0.1, text=words, font=0,
        is_math=is_math,
    )  # fmt: skip


def _collection(draw_list: DrawList, outline: Outline, **changes: Any) -> DrawList:
    op = CollectionOp(
        pen=0, artist=0, transform=0, outlines=(len(draw_list.outlines),),
        transforms=np.zeros((0, 3, 3)), offsets=np.zeros((1, 2)), offset_transform=0,
        faces=np.ones((1, 4)), edges=np.ones((1, 4)) * 0.5, linewidths=np.ones(1), dashes=(),
        antialiased=np.ones(1, np.uint8), hatch_colors=np.zeros((0, 4)),
    )  # fmt: skip
    op = dataclasses.replace(op, **changes)
    return _data(draw_list, op, outlines=(*draw_list.outlines, outline))


def _axes(draw_list: DrawList, **changes: Any) -> DrawList:
    return dataclasses.replace(
        draw_list, axes=(dataclasses.replace(draw_list.axes[0], **changes), *draw_list.axes[1:])
    )


def _pens(draw_list: DrawList, **changes: Any) -> DrawList:
    pens = tuple(dataclasses.replace(pen, **changes) for pen in draw_list.pens)
    return dataclasses.replace(draw_list, pens=pens)


def _texts(draw_list: DrawList, **changes: Any) -> DrawList:
    ops = (dataclasses.replace(o, **changes) if isinstance(o, TextOp) else o for o in draw_list.ops)
    return dataclasses.replace(draw_list, ops=tuple(ops))


def _fonts(draw_list: DrawList, **changes: Any) -> DrawList:
    fonts = tuple(dataclasses.replace(font, **changes) for font in draw_list.fonts)
    return dataclasses.replace(draw_list, fonts=fonts)


def _mesh(draw_list: DrawList, *, offsets: int = 1, pen: int = 0, cells: int = 1) -> DrawList:
    grid = np.stack(np.meshgrid(np.arange(cells + 1.0), [0.0, 9.0]), axis=2)
    return _data(draw_list, MeshOp(
        pen=pen, artist=0, transform=0, columns=cells, rows=1, coordinates=grid,
        offsets=np.zeros((offsets, 2)), offset_transform=0, faces=np.ones((1, 4)),
        antialiased=False, edges=np.ones((1, 4)) * 0.5,
    ))  # fmt: skip


def _triangles(draw_list: DrawList, points: Any, times: int = 1) -> DrawList:
    return _data(draw_list, TrianglesOp(
        pen=0, artist=0, points=np.array([points] * times, float),
        colors=np.ones((times, 3, 4)) * 0.5, transform=0,
    ))  # fmt: skip


def _image(draw_list: DrawList, rows: int, columns: int, at: float = 0.0) -> DrawList:
    pixels = np.zeros((rows, columns, 4), np.uint8)
    return _data(draw_list, ImageOp(pen=0, artist=0, x=at, y=-at, pixels=pixels))


def _crowd(draw_list: DrawList, count: int) -> DrawList:
    axes = tuple(
        dataclasses.replace(draw_list.axes[0], region=(float(i % 600), float(i // 600), 1.0, 1.0))
        for i in range(count)
    )
    return dataclasses.replace(draw_list, axes=(*draw_list.axes, *axes))


_BIG = _path(np.linspace(0, 300, 400_000))
_FAR_CURVE = _path([[0, 0], [1e12, 0], [1e12, 1e12], [0, 9]], [1, 4, 4, 4])
_TRIANGLE = [[0, 0], [9, 0], [5, 9]]

REFUSED: dict[str, tuple[str, Change]] = {
    "no antialiased": (
        r"set_antialiased\(\)",
        lambda d: _collection(d, _path(_TRIANGLE), antialiased=np.zeros(0, np.uint8)),
    ),
    "denormal limits": ("goes from 0 to", lambda d: _axes(d, y_limits=(0.0, 5e-324))),
    "limits of no length": ("goes from 3 to 3", lambda d: _axes(d, x_limits=(3.0, 3.0))),
    "huge limits": ("goes from", lambda d: _axes(d, y_limits=(-1.7e308, 1.7e308))),
    "a path without a start": (
        "not with MOVETO", lambda d: _outlined(d, _path(_TRIANGLE, [2, 2, 2]))
    ),
    "a path that stops first": (
        "not with MOVETO", lambda d: _outlined(d, _path(_TRIANGLE, [0, 2, 2]))
    ),
    "a curve without its end": (
        "within a curve", lambda d: _outlined(d, _path(_TRIANGLE, [1, 4, 4]))
    ),
    "a curve through the end of a polygon": (
        "within a curve", lambda d: _outlined(d, _path([*_TRIANGLE, [3, 3]], [1, 4, 79, 4]))
    ),
    "markers along a curve": (
        "markers along a curve", lambda d: _outlined(d, _FAR_CURVE, "markers")
    ),
    "a text as marker": ("outlined text", lambda d: _outlined(d, _text("a"), "marker")),
    "a text as clip path": ("outlined text", lambda d: _outlined(d, _text("a"), "clip")),
    "a text in a collection": ("outlined text", lambda d: _collection(d, _text("a"))),
    "texts without end": ("outlined characters", lambda d: dataclasses.replace(
        d, outlines=(*d.outlines, *[_text("a" * 10_000)] * 6))),
    "an outline sixty times": (
        "draw fewer shapes",
        lambda d: _collection(d, _BIG, transforms=np.tile(np.eye(3), (60, 1, 1))),
    ),
    "an outline ninety times": (
        "draw fewer shapes", lambda d: _collection(d, _BIG, outlines=(len(d.outlines),) * 90)
    ),
    "more offsets than cells": ("offsets for 1 cells", lambda d: _mesh(d, offsets=40)),
    "more axes than are compared": ("list of 0 to", lambda d: _crowd(d, 2000)),
    "a dash pattern of zeros": (
        "list of 0 to 32", lambda d: _pens(d, dashes=(0.0,) * 32 + (1.0, 1.0))
    ),
    "an offset of many patterns": (
        "dash offset", lambda d: _pens(d, dashes=(1e-3, 1e-3), dash_offset=1e6)
    ),
    "more dots than a hatch has room for": (
        "not a number from 1 to", lambda d: dataclasses.replace(d, dpi=32768.0)
    ),
    "an endless hatch": ("text of at most", lambda d: _pens(d, hatch="*" * 64)),
    "a wide hatch": ("not a number", lambda d: _pens(d, hatch="/", hatch_linewidth=1e6)),
    "a sketch of no length": ("not a number", lambda d: _pens(d, sketch=(1.0, 0.0, 2.0))),
    "glyphs as large as the picture": (
        "characters of", lambda d: _texts(_fonts(d, size_pt=2000.0), text="x" * 100)
    ),
    "a deep formula": (
        "nested braces", lambda d: _texts(d, text="$" + "{" * 30 + "}" * 30 + "$", is_math=True)
    ),
}  # fmt: skip
NOT_PAINTED: dict[str, tuple[str, Change]] = {
    "a marker like a hall": ("10 seconds", lambda d: _outlined(d, _path(
        [[0, 0], [1e5, 0], [1e5, 1e5]]), "marker")),
    "a marker beyond counting": ("10 seconds", lambda d: _outlined(d, _path(
        [[1e300, 0], [1e300, 9], [0, 9]]), "marker")),
    "a marker of no numbers": ("10 seconds", lambda d: _outlined(d, _path(
        [[np.nan, 0], [9, 9], [0, 9]]), "marker")),
    "a curve to the end of the world": ("10 seconds", lambda d: _outlined(d, _FAR_CURVE)),
    "a far clip path": ("10 seconds", lambda d: _outlined(d, _FAR_CURVE, "clip")),
    "a far triangle": ("shaded triangle", lambda d: _triangles(d, [[0, 0], [1e15, 3], [5, 1e300]])),
    "wide triangles": ("shaded triangle", lambda d: _triangles(
        d, [[0, 0], [9e4, 9e4], [-9e4, 9e4]], 2000)),
    "transforms beyond numbers": ("cannot be painted", lambda d: dataclasses.replace(
        d, transforms=d.transforms * 1e300)),
    "a hatch in every cell": ("10 seconds", lambda d: _pens(
        _mesh(d, cells=20_000), hatch="*" * 16)),
    "cells with dashes of nothing": ("10 seconds", lambda d: _pens(
        _mesh(d, cells=20_000), dashes=(1e-4, 0.0), linewidth=9.0)),
    "a stroke like a wall": ("10 seconds", lambda d: _pens(
        _outlined(d, _BIG), linewidth=1e6, join="round", cap="round")),
    "a font that is a licence": ("none of matplotlib's own", lambda d: _fonts(
        d, file="LICENSE_DEJAVU")),
    "a font elsewhere": ("none of matplotlib's own", lambda d: _fonts(d, file="../ttf/cmr10.ttf")),
    "a weight that is none": ("weight='zzz'", lambda d: _fonts(d, weight="zzz")),
    "a feature that is none": ("feature", lambda d: _texts(d, features=("zz=zz",))),
    "a formula that is none": ("cannot be painted", lambda d: _texts(
        d, text="$\\frac{1$", is_math=True)),
    "a wide formula": ("cannot be painted", lambda d: _texts(
        d, text="$" + "\\frac{1}{2}" * 150 + "$", is_math=True)),
}  # fmt: skip
PAINTED: dict[str, Change] = {
    "an outline without vertices": lambda d: _outlined(d, _path([])),
    "a marker without vertices": lambda d: _outlined(d, _path([]), "marker"),
    "a clip path without vertices": lambda d: _outlined(d, _path([]), "clip"),
    "an outlined text without letters": lambda d: _outlined(d, _text("")),
    "a path that only moves": lambda d: _outlined(d, _path(_TRIANGLE, [1, 1, 1])),
    "a path that stops soon": lambda d: _outlined(d, _path(_TRIANGLE, [1, 0, 0])),
    "no dashes or widths": lambda d: _collection(d, _path(_TRIANGLE), linewidths=np.zeros(0)),
    "an image without pixels": lambda d: _image(_image(d, 0, 0), 1, 0, 1e6),
    "a dash of nothing": lambda d: _pens(d, dashes=(0.0, 1e-3)),
    "axes without a size": lambda d: _axes(d, region=(0.0, 0.0, 0.0, -1e9)),
    "a picture of one pixel": lambda d: dataclasses.replace(d, width=1.0, height=1.0),
    "letters of no size": lambda d: _fonts(d, size_pt=1e-9),
    "a language of no country": lambda d: _texts(d, language="zz-garbage"),
    "triangles without a number": lambda d: _triangles(d, [[0, 0], [np.nan, 3], [5, 9]]),
    "formulas in the style of none": lambda d: _texts(
        dataclasses.replace(d, style={**d.style, "mathtext.default": "tex"}), text="$x$",
        is_math=True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_painter_takes_for_granted_is_asked_for(bars: DrawList, name: str):
    message, change = REFUSED[name]
    payload = encode(change(bars))
    with pytest.raises(InvalidDrawList, match=message):
        decode(payload)
    judged = seen(payload)
    assert judged.render.status == "tamper"
    assert judged.diagnosis.reward == 0.0


@pytest.mark.parametrize("name", NOT_PAINTED)
def test_what_the_rasteriser_cannot_bear_is_the_programs_error(bars: DrawList, name: str):
    message, change = NOT_PAINTED[name]
    judged = seen(encode(change(bars)))
    assert judged.render.status == "program_error"
    assert message in judged.render.error


@pytest.mark.parametrize("name", PAINTED)
def test_what_looks_odd_and_harms_nobody_is_painted(bars: DrawList, name: str):
    scene = paint(decode(encode(PAINTED[name](bars))))
    assert len(scene.marks) >= len(bars.ops)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("width", 10**309, "1 to 65536"),
        ("dpi", 10**400, "not a number"),
        ("axes", 10**309, "not a number"),
        ("arrays", None, "arrays too many"),
        ("ops", None, "is no list"),
    ],
)
def test_headers_beyond_all_numbers_are_refused(bars: DrawList, key: str, value: Any, message: str):
    header, arrays = split(encode(bars))
    if key == "axes":
        header["axes"][0][2] = [0, value]
    elif key == "arrays":
        arrays += [np.zeros(0, np.uint8)] * 100_000
    else:
        header[key] = value
    with pytest.raises(InvalidDrawList, match=message):
        decode(join(header, arrays))


def test_a_value_nested_without_end_is_refused(bars: DrawList):
    text = b'{"width":' + b"[" * 900 + b"]" * 900 + b"}"
    payload = b"VSDL" + struct.pack("<IQ", 2, len(text)) + text
    with pytest.raises(InvalidDrawList):
        decode(payload)


def test_refusing_costs_next_to_nothing(bars: DrawList):
    """Counts come before the work: a list of megabytes is refused while it is read."""
    header, arrays = split(encode(bars))
    header["fonts"] = [list(range(5))] * 400_000
    started = time.process_time()
    with pytest.raises(InvalidDrawList, match="is not a list of 0 to"):
        decode(join(header, arrays))
    assert time.process_time() - started < 5.0


def test_the_honest_programs_that_meet_a_check_read_which_call(bars: DrawList):
    sources = {
        "empty": HEAD + "ax.scatter([0, 1], [5, 6], edgecolors='k').set_antialiased([])\n",
        "both": HEAD
        + "q = ax.scatter([0, 1], [5, 6], edgecolors='k')\nq.set_linewidths([])\n"
        + "q.set_antialiased([])\n",
        "dashes": HEAD + "ax.scatter([0, 1], [5, 6], edgecolors='k').set_linestyle([])\n",
        "nothing": HEAD + "ax.plot([], [])\nax.scatter([], [])\nax.fill_between([], [])\n",
        "sizes": HEAD + "ax.scatter([1, 2, 3], [1, 2, 3], s=[10, 20, 30])\n",
        "far": HEAD + "ax.scatter([0, 1, 1e12], [0, 1, 1e300])\nax.plot([0, 1e300], 'o--')\n"
        "ax.set(xlim=(0, 1), ylim=(0, 1))\n",
    }  # fmt: skip
    recorded = record_all(sources)
    for name in ("empty", "both"):
        error = recorded[name].error
        assert error is not None
        assert "set_antialiased" in str(error)
    for name in ("dashes", "nothing", "sizes", "far"):
        payload = recorded[name].payload
        assert payload is not None, recorded[name].error
        paint(decode(payload))


def test_curves_are_measured_in_numpy_as_matplotlib_walks_them():
    """The same points as Path.iter_segments gives, with Bernstein polynomials between."""
    path = mutations.np  # only to say that nothing here is random
    assert path is np
    codes = np.array([1, 2, 3, 3, 4, 4, 4, 79, 1, 4, 4, 4], np.uint8)
    vertices = np.random.default_rng(3).uniform(0, 100, (len(codes), 2))
    from matplotlib.path import Path

    found = outlines.flattened(Path(vertices, codes))
    expected = []
    last = None
    for corners, code in Path(vertices, codes).iter_segments(simplify=False, remove_nans=False):
        points = corners.reshape(-1, 2)
        if code in (Path.CURVE3, Path.CURVE4):
            steps = [np.vstack([last, points])] * 8
            for t, step in zip(np.linspace(0, 1, 9)[1:], steps, strict=True):
                while len(step) > 1:  # de Casteljau
                    step = (1 - t) * step[:-1] + t * step[1:]
                expected.append(step[0])
        else:
            expected.append(points[-1])
        last = points[-1]
    keep = np.asarray(found.codes) != Path.CLOSEPOLY
    assert np.allclose(np.asarray(found.vertices)[keep], np.array(expected)[keep])


def test_extreme_and_mutated_lists_end_no_process_and_take_no_time():
    """A law, in a process of its own; mutations.py runs many more."""
    script = (
        "import logging, mutations, sys\n"
        "from pathlib import Path\n"
        "logging.disable(logging.CRITICAL)\n"
        "payloads = [Path(name).read_bytes() for name in sys.argv[1:]]\n"
        "print(mutations.endings(payloads, 0, 240, mutations.look))\n"
    )
    sources = {
        name: (HERE / "programs" / f"{name}.py").read_text()
        for name in ("pie", "hatches", "quiver")
    }
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, recorded in record_all(sources).items():
            assert recorded.payload is not None
            files.append(str(Path(folder, name)))
            Path(folder, name).write_bytes(recorded.payload)
        done = subprocess.run(
            [sys.executable, "-c", script, *files],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}"},
            capture_output=True,
            text=True,
            check=True,
            timeout=200,
        )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
