"""The painter: pixels of plain matplotlib, and measures that brute force confirms."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from recorded import HERE, plain_pictures, record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode, encode
from vsdpo_jax.domains.chart.drawlist.records import (
    SHAPE_ROLES,
    TEXT_ROLES,
    DrawList,
    MarkersOp,
    PathOp,
    TextOp,
)
from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.raster import PaintError, paint
from vsdpo_jax.domains.chart.paint.scene import Mark, Scene

PROGRAMS = sorted((HERE / "programs").glob("*.py"))
HEAD = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n"
SMALL = {
    "contrast": "fig.set_facecolor('#777777')\nax.axis('off')\n"
    "fig.text(0.1, 0.1, 'mid', color='white', fontsize=20)\n"
    "fig.text(0.1, 0.5, 'half', color='black', alpha=0.5, fontsize=20)\n"
    "ax.plot([0, 1], [0, 1], color='#777777', lw=5)\n",
    "cut": "fig.text(0.97, 0.5, 'runs out of the picture', fontsize=14, fontweight='bold')\n"
    "fig.text(0.5, -0.2, 'outside')\nax.plot([0, 1], [0, 4], lw=3)\nax.set_ylim(0, 1)\n"
    "ax.text(0.5, 0.999, 'clipped', clip_on=True, fontsize=30)\n"
    "ax.text(0.2, 0.5, 'up', rotation=90)\n",
    "bars": "ax.bar([0, 1], [2, 3], width=0.5, label='b', color=['w', 'r'], edgecolor='k')\n"
    "ax.scatter([0.5, 0.7], [1, 2], s=400, label='s')\n"
    "ax.plot([0, 1, 2], [1, float('nan'), 2], 'o-')\n",
    "owner": "ax.bar([0], [1], width=1, color='b')\nother = ax.twinx()\n"
    "other.plot([-0.5, 0.5], [0.5, 0.5], lw=10, color='r')\nax.set_xlim(-1, 1)\n"
    "fig.legend(['only'], loc='center')\n",
    "halo": "import matplotlib.patheffects as pe\nax.set_facecolor('k')\n"
    "ax.text(0.3, 0.5, 'halo', color='w', fontsize=30, rotation=20, weight='bold',\n"
    "        path_effects=[pe.withStroke(linewidth=6, foreground='#777777')])\n",
    "pie": "ax.pie([1, 1, 2])\n",
    "hidden": "ax.plot([0, 1], [0, 1], alpha=0, label='ghost')\n"
    "ax.plot([5, 6], [5, 6])\nax.set(xlim=(0, 1), ylim=(0, 1))\n"
    "ax.text(0.5, 0.5, 'ghost', alpha=0)\nax.text(0.5, 0.2, '   ')\n",
    "image": "ax.imshow([[0, 1], [2, 3]])\n",
}


@pytest.fixture(scope="module")
def draw_lists() -> dict[str, DrawList]:
    sources = {path.stem: path.read_text() for path in PROGRAMS}
    sources |= {f"small_{name}": HEAD + source for name, source in SMALL.items()}
    found = {}
    for name, recorded in record_all(sources).items():
        assert recorded.payload is not None, (name, recorded.error)
        found[name] = decode(recorded.payload)
    return found


@pytest.fixture(scope="module")
def scenes(draw_lists) -> dict[str, Scene]:
    return {name: paint(draw_list) for name, draw_list in draw_lists.items()}


@pytest.fixture(scope="module")
def plain() -> dict[str, np.ndarray]:
    """Pictures of plain matplotlib: another process, none of our code."""
    return plain_pictures({path.stem: path.read_text() for path in PROGRAMS})


def _only(scene: Scene, **wanted: object) -> Mark:
    found = [m for m in scene.marks if all(getattr(m, k) == v for k, v in wanted.items())]
    assert len(found) == 1, [(m.role, m.text, m.artist_type) for m in found]
    return found[0]


def test_there_are_enough_programs():
    assert len(PROGRAMS) >= 30


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_pixels_are_those_of_plain_matplotlib(program: Path, scenes, plain):
    image = scenes[program.stem].image_YXC
    expected = measure.on_white(plain[program.stem])
    assert image.dtype == np.uint8
    assert image.shape == expected.shape
    assert int((image != expected).any(axis=-1).sum()) == 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_painting_twice_gives_the_same_scene(program: Path, draw_lists, scenes):
    again = paint(draw_lists[program.stem])
    before = scenes[program.stem]
    assert (again.image_YXC == before.image_YXC).all()
    assert (again.data_owner_YX == before.data_owner_YX).all()
    assert [m.region for m in again.marks] == [m.region for m in before.marks]


def _ink(draw_list: DrawList, number: int) -> np.ndarray:
    """Brute force: the pixels that one op changes on an empty canvas, bool[Y, X]."""
    scene = paint(dataclasses.replace(draw_list, ops=(draw_list.ops[number],)))
    return (scene.image_YXC != 255).any(axis=-1)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_regions_hold_the_ink_that_brute_force_finds(program: Path, draw_lists, scenes):
    draw_list, scene = draw_lists[program.stem], scenes[program.stem]
    chosen = range(len(draw_list.ops))
    if len(chosen) > 10:  # a spread over the list; most of the rest are more ticks
        chosen = [*range(0, len(draw_list.ops), len(draw_list.ops) // 10)]
    for number in chosen:
        mark = scene.marks[number]
        if min(mark.color_rgba[:3]) > 0.98:
            continue  # white on white leaves nothing to find
        ink = _ink(draw_list, number)
        if not ink.any():
            continue
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        assert mark.region is not None, mark
        x, y, width, height = mark.region
        # A soft rim, a join and snapping reach beyond the exact box of a shape.
        slack = 1.0 if isinstance(draw_list.ops[number], TextOp) else 4.0
        corners = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert np.allclose((x, y, x + width, y + height), corners, atol=slack), (mark, corners)


@pytest.mark.parametrize("name", [p.stem for p in PROGRAMS] + [f"small_{n}" for n in SMALL])
def test_every_mark_is_sane(name, scenes):
    scene = scenes[name]
    for mark in scene.marks:
        assert mark.role in (TEXT_ROLES if mark.kind == "text" else SHAPE_ROLES)
        assert -1 <= mark.axes < len(scene.axes)
        if mark.evidence is not None:
            assert mark.region is not None
            assert 1.0 <= mark.evidence.contrast <= 21.0
            assert 0.0 <= mark.evidence.visible <= 1.0
            assert 0.0 <= mark.evidence.covered <= 1.0
        assert (mark.points_px is not None) == (mark.role == "data")
        assert mark.kind == "text" or not mark.text
        if mark.region is not None:
            x, y, width, height = mark.region
            assert width >= 0
            assert height >= 0
            assert x >= 0
            assert y >= 0
            assert x + width <= scene.width_px
            assert y + height <= scene.height_px
    assert scene.image_YXC.shape == (scene.height_px, scene.width_px, 3)
    assert scene.data_owner_YX.shape == (scene.height_px, scene.width_px)
    assert scene.data_owner_YX.max() <= len(scene.axes)


def _evidence(scene, **wanted):
    found = _only(scene, **wanted).evidence
    assert found is not None
    return found


def test_contrast_of_texts_is_the_wcag_ratio(scenes):
    # #777777: linear 0.18447; white on it (1.05 / 0.23447) = 4.478.
    scene = scenes["small_contrast"]
    assert _evidence(scene, text="mid").contrast == pytest.approx(4.478, abs=0.005)
    # Black at half strength over it is #3b3b3b or #3c3c3c (linear 0.0437): 0.23447 / 0.0943.
    assert _evidence(scene, text="half").contrast == pytest.approx(2.49, abs=0.05)


def test_a_line_in_the_colour_of_its_background_is_not_seen(scenes):
    line = _evidence(scenes["small_contrast"], role="data")
    assert (line.visible, line.difference) == (0.0, pytest.approx(0.0))


def test_texts_that_leave_the_canvas_keep_their_full_region(scenes):
    scene = scenes["small_cut"]
    mark = _only(scene, text="runs out of the picture")
    assert mark.region is not None
    assert mark.region[0] + mark.region[2] == scene.width_px
    assert mark.full_region[0] + mark.full_region[2] > scene.width_px + 50
    assert mark.full_region[:2] == mark.region[:2]
    assert (mark.font_size_pt, mark.bold, mark.rotation_deg) == (14.0, True, 0.0)
    assert _only(scene, text="outside").region is None


def test_rotated_text_is_higher_than_wide(scenes):
    mark = _only(scenes["small_cut"], text="up")
    assert mark.rotation_deg == 90.0
    assert mark.region is not None
    assert mark.region[3] > mark.region[2]


def test_clipping_cuts_regions_but_not_points(scenes):
    scene = scenes["small_cut"]
    line, axes = _only(scene, role="data"), scene.axes[0].region
    assert line.region is not None
    assert line.points_px is not None
    top = axes[1]
    assert line.region[1] == pytest.approx(top, abs=1.5)
    assert line.full_region[1] < top - 500
    # (1, 4) with limits (0, 1): three axes heights above the top.
    assert line.points_px[1, 1] == pytest.approx(top - 3 * axes[3], abs=0.01)
    text = _only(scene, text="clipped")
    assert text.region is not None
    assert text.region[1] == pytest.approx(top, abs=0.01)
    assert text.full_region[1] < text.region[1]


def test_points_and_labels_of_data(scenes):
    scene = scenes["small_bars"]
    axes = scene.axes[0]
    bars = [m for m in scene.marks if m.artist_type == "Rectangle" and m.role == "data"]
    assert [m.label for m in bars] == ["b", "b"]
    for mark, height in zip(bars, (2, 3), strict=True):
        assert mark.points_px is not None
        assert mark.points_px.shape == (4, 2)
        low, high = axes.y_limits
        drawn = np.ptp(mark.points_px[:, 1]) / axes.region[3] * (high - low)
        assert drawn == pytest.approx(height, rel=1e-4)
    white = bars[0].evidence  # but with a black edge
    assert white is not None
    assert white.difference == pytest.approx(100.0, abs=1.0)
    assert bars[0].color_rgba == (1.0, 1.0, 1.0, 1.0)
    dots = _only(scene, artist_type="PathCollection")
    assert dots.label == "s"
    assert dots.points_px is not None
    assert dots.points_px.shape == (2, 2)
    line = [m for m in scene.marks if m.artist_type == "Line2D" and m.role == "data"]
    assert [m.kind for m in line] == ["path", "markers"]
    assert all(m.points_px is not None and m.points_px.shape == (2, 2) for m in line)


def test_the_last_data_mark_owns_a_pixel_and_a_legend_does_not_erase_it(scenes):
    scene = scenes["small_owner"]
    x, y, width, height = scene.axes[0].region
    middle = int(x + width / 2)
    assert scene.data_owner_YX[int(y + height - 5), middle] == 1
    assert scene.data_owner_YX[int(y + height / 2), middle] == 2
    assert scene.data_owner_YX[int(y + height / 2), int(x + 5)] == 0
    frame = _only(scene, role="legend_frame").region
    assert frame is not None
    inside = scene.data_owner_YX[
        int(frame[1]) : int(frame[1] + frame[3]), int(frame[0]) : int(frame[0] + frame[2])
    ]
    assert (inside > 0).all()


def test_outlined_texts_are_texts(scenes):
    scene = scenes["small_halo"]
    mark = _only(scene, text="halo")
    assert (mark.kind, mark.role, mark.font_size_pt, mark.bold) == ("text", "text", 30.0, True)
    assert mark.rotation_deg == pytest.approx(20.0)
    # White over its own #777777 halo, not over the black of the axes.
    assert _evidence(scene, text="halo").contrast == pytest.approx(4.478, abs=0.01)
    halo = [m for m in scene.marks if m.artist == mark.artist and m.kind == "path"]
    assert [m.role for m in halo] == ["text_box"]


def test_curved_shapes_have_the_box_of_the_curve(scenes):
    scene = scenes["small_pie"]
    wedges = [m for m in scene.marks if m.role == "data"]
    assert len(wedges) == 3
    for mark in wedges:
        assert mark.region is not None
        assert np.allclose(mark.region, mark.full_region, atol=2.0)


def test_invisible_marks_have_no_region(scenes):
    scene = scenes["small_hidden"]
    lines = [m for m in scene.marks if m.role == "data"]
    assert [m.region for m in lines] == [None, None]
    assert (scene.data_owner_YX == 0).all()
    assert _only(scene, text="ghost").region is None
    assert _only(scene, text="   ").region is None


def test_an_image_has_four_corners(scenes):
    mark = _only(scenes["small_image"], kind="image")
    assert mark.points_px is not None
    assert mark.points_px.shape == (4, 2)
    assert mark.region == pytest.approx(scenes["small_image"].axes[0].region, abs=1.0)


def test_axes_are_told(scenes):
    axes = scenes["log_axes"].axes
    assert [a.projection for a in axes] == ["rectilinear", "secondary"]
    assert axes[0].x_scale == axes[0].y_scale == "log"
    assert [a.is_colorbar for a in scenes["scatter_colorbar"].axes] == [False, True]
    assert scenes["scatter_colorbar"].axes[0].x_limits == (-2.0, 2.0)
    assert scenes["polar"].axes[0].projection == "polar"
    assert scenes["three_d"].axes[0].projection == "3d"
    mosaic = [a.grid_spec for a in scenes["constrained"].axes[:3]]
    assert sorted(mosaic) == [(2, 2, 0, 0, 0, 0), (2, 2, 0, 0, 1, 1), (2, 2, 1, 1, 0, 1)]
    assert [a.grid_spec for a in scenes["insets"].axes] == [(1, 1, 0, 0, 0, 0), None]


def test_a_formula_that_cannot_be_parsed_is_a_paint_error(draw_lists):
    draw_list = draw_lists["mathtext"]
    broken = tuple(
        dataclasses.replace(op, text=r"$\frac{1}$") if isinstance(op, TextOp) else op
        for op in draw_list.ops
    )
    with pytest.raises(PaintError, match=r"op \d+ \(text\) cannot be painted"):
        paint(dataclasses.replace(draw_list, ops=broken))


def test_fonts_outside_matplotlib_are_not_opened(draw_lists):
    draw_list = draw_lists["line"]
    for name in ("../../../etc/passwd", "/etc/passwd", "Missing.ttf"):
        fonts = tuple(dataclasses.replace(font, file=name) for font in draw_list.fonts)
        with pytest.raises(PaintError, match="none of matplotlib's own fonts"):
            paint(dataclasses.replace(draw_list, fonts=fonts))


def test_a_role_that_does_not_fit_the_op_is_replaced(draw_lists):
    draw_list = draw_lists["line"]
    artists = tuple(
        dataclasses.replace(a, role="title" if a.role == "data" else "data")
        for a in draw_list.artists
    )
    scene = paint(dataclasses.replace(draw_list, artists=artists))
    assert {m.role for m in scene.marks if m.kind == "text"} == {"text"}
    assert {m.role for m in scene.marks if m.kind != "text"} == {"data", "text_box"}


def test_settings_of_the_painting_process_do_not_matter(draw_lists, scenes):
    import matplotlib as mpl

    changes = {"text.hinting": "none", "mathtext.fontset": "stix", "font.family": "monospace",
               "path.simplify": False, "agg.path.chunksize": 200}  # fmt: skip
    with mpl.rc_context(changes):
        image = paint(draw_lists["mathtext"]).image_YXC
        assert mpl.rcParams["mathtext.fontset"] == "stix"
    assert (image == scenes["mathtext"].image_YXC).all()


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [((0, 0, 0), (255, 255, 255), 21.0), ((255, 0, 0), (255, 255, 255), 3.998),
     ((119, 119, 119), (255, 255, 255), 4.478), ((5, 5, 5), (5, 5, 5), 1.0)],
)  # fmt: skip
def test_wcag_ratios_by_hand(first, second, ratio):
    light = measure.luminance(np.array([first], np.uint8))
    dark = measure.luminance(np.array([second], np.uint8))
    assert measure.contrast_ratio(light, dark)[0] == pytest.approx(ratio, abs=0.001)
    assert measure.contrast_ratio(dark, light)[0] == pytest.approx(ratio, abs=0.001)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((0, 0, 0), (255, 255, 255), 100.0),  # lightness alone
        ((229, 229, 229), (255, 255, 255), 9.2),
        ((31, 119, 180), (255, 127, 14), 63.2),  # Lab 48 -3 -39 and 67 43 72
        ((255, 255, 240), (255, 255, 255), 3.7),  # ivory on white
        ((12, 200, 7), (12, 200, 7), 0.0),
    ],
)
def test_colour_differences_by_hand(first, second, wanted):
    one, two = np.array([first], np.uint8), np.array([second], np.uint8)
    assert measure.difference(one, two)[0] == pytest.approx(wanted, abs=2.0)
    assert measure.difference(two, one)[0] == measure.difference(one, two)[0]


def _one_op(draw_lists, changes: dict[str, object], op: object, vertices: np.ndarray) -> DrawList:
    """A list of one op on one outline, with the first pen changed."""
    base = draw_lists["line"]
    curve = np.array([1, 4, 4, 4], np.uint8) if len(vertices) == 4 else None
    plain_pen = {"hatch": None, "dashes": None, "clip_box": None, "clip_outline": None,
                 "clip_transform": None, "linewidth": 1.0, "sketch": None}  # fmt: skip
    pen = dataclasses.replace(base.pens[0], **{**plain_pen, **changes})  # pyright: ignore
    outline = dataclasses.replace(base.outlines[0], vertices=vertices, codes=curve, text=None)
    transforms = np.array([[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    return dataclasses.replace(
        base, pens=(pen,), outlines=(outline,), transforms=transforms, ops=(op,)
    )


_SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
_CURVE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
_MARKER = MarkersOp(
    pen=0, artist=0, marker=0, marker_transform=0, outline=0, transform=0, face=(1.0, 0.0, 0.0)
)
_PATH = PathOp(pen=0, artist=0, outline=0, transform=0, face=(1.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("changes", "op", "vertices"),
    [
        ({}, _MARKER, _SQUARE * 1e6),
        ({"sketch": (1.0, 128.0, 16.0)}, _PATH, _SQUARE * 3e7),
        ({"dashes": (0.1, 0.1)}, _PATH, _SQUARE * 1e8),
        ({}, _PATH, _CURVE * 1e300),
        ({}, _MARKER, np.tile(_SQUARE * 300, (4000, 1))),
    ],
    ids=["marker", "sketch", "dashes", "curve", "many_markers"],
)
def test_small_lists_that_take_forever_are_refused_at_once(draw_lists, changes, op, vertices):
    draw_list = _one_op(draw_lists, changes, op, vertices)
    start = time.process_time()
    with pytest.raises(PaintError, match="painting takes more than 10 seconds"):
        paint(decode(encode(draw_list)))
    assert time.process_time() - start < 2.0


def test_far_away_straight_lines_are_painted(draw_lists):
    """Data far outside the limits is an honest mistake: Agg cuts such lines to the canvas."""
    line = dataclasses.replace(_PATH, face=None)
    scene = paint(_one_op(draw_lists, {"dashes": (3.0, 1.0)}, line, _SQUARE * 1e12))
    assert scene.marks[0].full_region[2] > 1e11
    assert scene.marks[0].region is not None


def test_a_path_that_agg_gives_up_on_is_a_paint_error(draw_lists):
    vertices = np.random.default_rng(0).uniform(0, 3000, (60_000, 2))
    draw_list = _one_op(draw_lists, {}, dataclasses.replace(_PATH, face=None), vertices)
    unsimplified = dataclasses.replace(draw_list.outlines[0], simplify=False)
    with pytest.raises(PaintError, match="cell block limit"):
        paint(dataclasses.replace(draw_list, outlines=(unsimplified,), width=3000.0, height=3000.0))
