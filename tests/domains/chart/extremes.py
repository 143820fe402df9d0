"""Well-formed draw lists whose fields are at the ends of their ranges."""

from __future__ import annotations

import random

import numpy as np

from vsdpo_jax.domains.chart.drawlist.codec import encode
from vsdpo_jax.domains.chart.drawlist.records import (
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
)

TEXTS = (
    "",
    " ",
    "\x00",
    "\n",
    "x" * 9,
    "W" * 150,
    "a\u0301" * 40,
    "\u202e" * 9 + "abc",
    "\ufffe",
    "\U0001f642",
    "\u0627\u0644\u0639",
    "\u0e01" + "\u0e47" * 9,
    "$x$",
    "$\\frac{1}{2}$",
    "$",
    "$$",
    "\\",
    "$\\hspace{1e9}x$",
    "$x^{x^{x^{x}}}$",
    "$\\sqrt[3]{\\sum_{i=0}^{n}}$",
    "$\\left($",
    "$" + "\\left(" * 40 + "$",
    "$\\overline{" + "x" * 50 + "}$",
    "kern=0",
    "liga",
    "-liga",
    "kern[0:99999999999]",
    "en",
    "zz-garbage-\x00",
    "normal",
    "bold",
    "zzz",
    "tex",
    "cm",
    "stix",
    "DejaVuSans.ttf",
    "cmex10.ttf",
    "LICENSE_STIX",
    "../ttf",
    "data",
    "title",
    "xtick_label",
    "legend_text",
    "legend_frame",
    "text_box",
    "spine",
    "background",
    "polar",
    "*" * 16,
    "o" * 16,
    "/" * 16,
    ".O+x",
    "log",
    "symlog",
    "path",
    "markers",
    "round",
    "butt",
    "miter",
    "projecting",
)
FLOATS = (
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    1e-300,
    1.0,
    -1.0,
    300.0,
    -300.0,
    8e6,
    1e7,
    1e9,
    -1e9,
    1e15,
    1e300,
    -1e300,
)
_SKETCHES = ((1.0, 100.0, 2.0), (0.0, 0.01, 0.01), (1e3, 1e-2, 1e5), (1e3, 1e5, 1e-2))


def extreme(chance: random.Random) -> bytes:
    """A list with one or two shapes made of values that the checks allow, most of them extreme."""
    ops = tuple(_extreme_op(chance) for _ in range(chance.choice((1, 1, 2))))
    side = float(chance.choice((1, 2, 64, 640, 3000)))
    size_pt = chance.choice((1e-9, 0.01, 1.0, 10.0, 400.0, 2000.0))
    font = Font(
        families=(chance.choice(TEXTS)[:200],),
        style="italic",
        variant="small-caps",
        weight=700,
        stretch=100,
        size_pt=size_pt,
        math_family="dejavusans",
        file=None,
    )
    text = Outline(
        vertices=None,
        codes=None,
        simplify=True,
        simplify_threshold=0.1,
        font=0,
        text=chance.choice(TEXTS),
        is_math=chance.random() < 0.3,
    )
    outlines = (*(_extreme_outline(chance) for _ in range(4)), text)
    transforms = np.array([_extreme_row(chance) for _ in range(3)])
    artist = ArtistInfo(
        artist_type="Line2D",
        role=chance.choice(("data", "title", "grid", "legend_frame")),
        axes=-1,
        span=(1, 5),
        label="",
    )
    draw_list = DrawList(
        width=side,
        height=side,
        dpi=chance.choice((1.0, 72.0, 100.0, 600.0, 5000.0)),
        style={},
        transforms=transforms,
        outlines=outlines,
        pens=tuple(_extreme_pen(chance) for _ in range(2)),
        fonts=(font,),
        artists=(artist,),
        axes=(),
        ops=ops,
    )
    return encode(draw_list)


def _extreme_row(chance: random.Random) -> list[float]:
    if chance.random() < 0.5:
        return [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    return [chance.choice((0.0, 1.0, -1.0, 1e-9, 30.0, 1e5, 1e9, 1e300)) for _ in range(6)]


def _extreme_points(chance: random.Random, count: int) -> np.ndarray:
    scale = chance.choice((1.0, 50.0, 600.0, 600.0, 1e4, 1e6, 1e8, 1e12, 1e300))
    points = np.random.default_rng(chance.randrange(10**6)).uniform(-1, 1, (count, 2)) * scale
    for _ in range(chance.choice((0, 0, 1, 3)) if count else 0):
        points.flat[chance.randrange(points.size)] = chance.choice(FLOATS)
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
        vertices=points,
        codes=None if codes is None else np.array(codes, np.uint8),
        simplify=chance.random() < 0.5,
        simplify_threshold=chance.choice((0.0, 0.1, 1e6)),
    )


def _extreme_pen(chance: random.Random) -> Pen:
    period = chance.choice((1e-4, 0.1, 3.0, 1e6))
    clip = chance.random() < 0.3
    return Pen(
        color=(0.0, 0.5, 1.0, chance.choice((0.0, 0.5, 1.0))),
        alpha=0.7,
        forced_alpha=chance.random() < 0.3,
        antialiased=chance.random() < 0.7,
        cap=chance.choice(("butt", "projecting", "round")),
        join=chance.choice(("miter", "round", "bevel")),
        linewidth=chance.choice((0.0, 1e-9, 1.0, 1.0, 20.0, 5e3, 1e6)),
        dash_offset=chance.choice((0.0, 1.0, -1.0, 999.0)) * period,
        dashes=chance.choice(
            (None, None, (period, 0.0), (0.0, period), (period,) * 32, (0.0,) * 30 + (0.0, 1.0))
        ),
        clip_box=chance.choice(
            (None, None, (0.0, 0.0, 0.0, 0.0), (9.0, 9.0, 5.0, 5.0), (-1e9, -1e9, 1e9, 1e9))
        ),
        clip_outline=chance.randrange(4) if clip else None,
        clip_transform=0 if clip else None,
        snap=chance.choice((None, True, False)),
        hatch=chance.choice((None, None, "/", "*" * 16, "ox.")),
        hatch_color=(1.0, 0.0, 0.0, 1.0),
        hatch_linewidth=chance.choice((0.0, 1.0, 100.0)),
        sketch=chance.choice(
            (
                None,
                None,
                None,
                (1.0, 100.0, 2.0),
                (0.0, 0.01, 0.01),
                (1e3, 1e-2, 1e5),
                (1e3, 1e5, 1e-2),
            )
        ),
    )


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
            **common,
            transform=0,
            outlines=tuple(range(chance.randrange(5)))[:4],
            transforms=matrices.reshape(-1, 3, 3),
            offsets=_extreme_points(chance, count),
            offset_transform=chance.randrange(3),
            faces=colors,
            edges=colors[::-1],
            linewidths=np.array(chance.choice(([], [0.0], [1.0, 1e6]))),
            dashes=chance.choice(((), ((0.0, None),), ((5.0, (0.0, 1.0)), (0.0, None)))),
            antialiased=np.array(chance.choice(([0], [1], [1, 0])), np.uint8),
            hatch_colors=np.full((chance.choice((0, 1, 3)), 4), 0.2),
        )
    if kind == "mesh":
        rows, columns = chance.choice(((1, 1), (1, 30), (20, 20)))
        points = _extreme_points(chance, (rows + 1) * (columns + 1))
        return MeshOp(
            **common,
            transform=chance.randrange(3),
            columns=columns,
            rows=rows,
            coordinates=points.reshape(rows + 1, columns + 1, 2),
            offsets=_extreme_points(chance, count),
            offset_transform=0,
            faces=colors[:1],
            antialiased=chance.random() < 0.5,
            edges=np.full((chance.choice((0, 1, 7)), 4), 0.1),
        )
    if kind == "triangles":
        return TrianglesOp(
            **common,
            points=_extreme_points(chance, 3 * count).reshape(-1, 3, 2),
            colors=np.full((count, 3, 4), 0.3),
            transform=chance.randrange(3),
        )
    far = chance.choice((0.0, 5.0, -5.0, 300.5, -1e7, 1e7))
    if kind == "image":
        shape = chance.choice(((0, 0), (0, 9), (9, 0), (1, 1), (300, 300), (1, 5000)))
        return ImageOp(**common, x=far, y=far, pixels=np.full((*shape, 4), 99, np.uint8))
    return TextOp(
        **common,
        x=far,
        y=far,
        text=chance.choice(TEXTS),
        font=0,
        angle=chance.choice((0.0, 90.0, 33.3, -1e6)),
        is_math=chance.random() < 0.4,
        features=chance.choice((None, ("kern",), ("zz=zz",), ())),
        language=chance.choice((None, "en", "x" * 200)),
    )
