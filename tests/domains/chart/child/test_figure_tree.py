"""Roles of what is drawn by unusual means."""

from __future__ import annotations

import pytest
from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import DrawList, decode
from vsdpo_jax.domains.chart.drawlist.records import TextOp

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\n"
AXES = HEAD + "fig, ax = plt.subplots()\nax.plot([1, 2])\n"
ARTIST_AXES = (
    HEAD + "import mpl_toolkits.axisartist as AA\nfig = plt.figure()\n"
    "ax = fig.add_subplot(axes_class=AA.Axes)\nax.plot([1, 2, 3])\n"
)
LINE = "from matplotlib.lines import Line2D\nfig.add_artist(Line2D([0.1, 0.9], [0.2, 0.8], lw=5))\n"
SHAPE = "from matplotlib.patches import Circle\nfig.add_artist(Circle((0.5, 0.5), 0.2))\n"
IMAGE = "fig.figimage(np.arange(4800.0).reshape(60, 80), 20, 30)\n"

# Program -> artist type -> (role, axes).
ROLES = {
    "artist_axes_grid": (ARTIST_AXES + "ax.grid(True)\n", "GridlinesCollection", ("grid", 0)),
    "artist_axes_ticks": (ARTIST_AXES, "Ticks", ("tick", 0)),
    "artist_axes_line": (ARTIST_AXES, "Line2D", ("data", 0)),
    "floating_axis": (
        ARTIST_AXES + "ax.axis['y=2'] = ax.new_floating_axis(0, 2)\n", "Ticks", ("tick", 0),
    ),
    "rug": (AXES + "ax.eventplot([1.2, 1.5])\n", "EventCollection", ("data", 0)),
    "guide": (AXES + "ax.axline((0, 1), slope=1)\n", "AxLine", ("grid", 0)),
    "band": (AXES + "ax.axvspan(0.2, 0.4)\n", "Rectangle", ("grid", 0)),
    "figure_image": (HEAD + "fig = plt.figure()\n" + IMAGE, "FigureImage", ("data", -1)),
    "figure_image_beside_axes": (AXES + IMAGE, "FigureImage", ("data", -1)),
    "drawing_without_axes": (HEAD + "fig = plt.figure()\n" + SHAPE, "Circle", ("data", -1)),
    "line_without_axes": (HEAD + "fig = plt.figure()\n" + LINE, "Line2D", ("data", -1)),
    "shape_beside_axes": (AXES + SHAPE, "Circle", ("background", -1)),
}  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> dict[str, DrawList]:
    sources = {name: source for name, (source, *_) in ROLES.items()}
    sources["artist_axes_labels"] = (
        ARTIST_AXES
        + "ax.set_xlabel('x')\nax.axis['left'].label"
        + (".set_text('y')\nax.set_xticks([0, 1], ['no', 'yes'])\n")
    )
    found = {}
    for name, recorded in record_all(sources).items():
        assert recorded.payload is not None, (name, recorded.error)
        found[name] = decode(recorded.payload)
    return found


@pytest.mark.parametrize("name", ROLES)
def test_role_of_an_artist(name, drawn):
    _, artist_type, expected = ROLES[name]
    found = {(a.role, a.axes) for a in drawn[name].artists if a.artist_type == artist_type}
    assert expected in found
    if artist_type != "Rectangle":  # the backgrounds are rectangles, too
        assert found == {expected}


def test_labels_of_artist_axes_have_roles(drawn):
    draw_list = drawn["artist_axes_labels"]
    roles = {
        op.text: draw_list.artists[op.artist].role for op in draw_list.ops if isinstance(op, TextOp)
    }
    assert roles["yes"] == "x_tick_label"
    assert roles["x"] == "x_label"
    assert roles["y"] == "y_label"
    assert "y_tick_label" in roles.values()
