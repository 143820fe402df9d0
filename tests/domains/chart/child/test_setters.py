"""Which call set a property of a mark after it was made, on hand-labelled programs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from painted import code_at, paint_all

from vsdpo_jax.domains.chart.paint.scene import Scene

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\n"


@dataclass(frozen=True)
class Setter:
    """A program, "role" or "role:text", and the expected setters; "" stands for no setter."""

    name: str
    source: str
    mark: str
    setters: dict[str, str]


PLAIN = "fig, ax = plt.subplots()\nax.plot([1, 2], label='a')\n"
LABELS = "labels = [f'a long category name {k}' for k in range(8)]\nfig, ax = plt.subplots()\n"
SET = "ax.set_xticks(range(8), labels)"
TICKS = LABELS + f"ax.bar(range(8), range(8))\n{SET}\n"
SETTERS = [
    Setter("color", PLAIN + "t = ax.set_title('T')\nt.set_color('#f4f4f4')\n", "title:T",
           {"color": "t.set_color('#f4f4f4')"}),
    Setter("setp", PLAIN + "n = ax.text(0, 1, 'n')\nplt.setp(n, fontsize=4, color='y')\n",
           "text:n", dict.fromkeys(("size", "color"), "plt.setp(n, fontsize=4, color='y')")),
    Setter("set", PLAIN + "n = ax.text(0, 1, 'n')\nn.set(alpha=0.1, size=3, x=0.5)\n", "text:n",
           dict.fromkeys(("color", "size", "place"), "n.set(alpha=0.1, size=3, x=0.5)")),
    Setter("last_one", PLAIN + "n = ax.text(0, 1, 'n', size=3)\nn.set_size(4)\nn.set_size(5)\n",
           "text:n", {"size": "n.set_size(5)"}),
    Setter("birth", PLAIN + "ax.set_title('T', fontsize=4, color='y', x=0.1)\n", "title:T", {}),
    Setter("birth_again", PLAIN + "ax.set_title('S', fontsize=4)\nax.set_title('T', size=5)\n",
           "title:T", {}),
    Setter("before_the_words", PLAIN + "ax.title.set_color('y')\nax.set_title('T')\n", "title:T",
           {"color": "ax.title.set_color('y')"}),
    Setter("replaced_words", PLAIN + "n = ax.text(0, 1, 'o', size=4)\nn.set_text('n')\n", "text:n",
           dict.fromkeys(("color", "size", "place"), "ax.text(0, 1, 'o', size=4)")),
    Setter("position", PLAIN + "n = ax.text(0, 1, 'n')\nn.set_position((5, 5))\n", "text:n",
           {"place": "n.set_position((5, 5))"}),
    Setter("annotation", PLAIN + "n = ax.annotate('n', (0, 1), (1, 1))\nn.set_ha('right')\n",
           "annotation:n", {"place": "n.set_ha('right')"}),
    Setter("label_coords", PLAIN + "ax.set_xlabel('x')\nax.xaxis.set_label_coords(0.5, 0)\n",
           "x_label:x", {"place": "ax.xaxis.set_label_coords(0.5, 0)"}),
    Setter("label_pad", PLAIN + "ax.set_xlabel('x')\nax.xaxis.labelpad = -20\n", "x_label:x",
           {"place": "ax.xaxis.labelpad"}),
    Setter("line", PLAIN + "ax.lines[0].set(color='y', lw=0.1)\n", "data",
           dict.fromkeys(("color", "size"), "ax.lines[0].set(color='y', lw=0.1)")),
    Setter("line_data", PLAIN + "ax.lines[0].set_data([0, 1], [2, 3])\n", "data",
           {"place": "ax.lines[0].set_data([0, 1], [2, 3])"}),
    Setter("bars", "fig, ax = plt.subplots()\nfor bar in ax.bar([1, 2], [3, 4]):\n"
           "    bar.set_facecolor('w')\n", "data", {"color": "bar.set_facecolor('w')"}),
    Setter("points", "fig, ax = plt.subplots()\np = ax.scatter([1, 2], [3, 4])\n"
           "p.set_sizes([0.1])\np.set_alpha(0.02)\n", "data",
           {"size": "p.set_sizes([0.1])", "color": "p.set_alpha(0.02)"}),
    Setter("mesh", "fig, ax = plt.subplots()\np = ax.imshow([[1, 2]])\np.set_cmap('Blues')\n",
           "data", {"color": "p.set_cmap('Blues')"}),
    Setter("legend_place", PLAIN + "g = ax.legend()\ng.set_loc('lower left')\n", "legend_frame",
           {"place": "g.set_loc('lower left')"}),
    Setter("legend_text_place", PLAIN + "g = ax.legend()\ng.set_bbox_to_anchor((0, 2))\n",
           "legend_text:a", {"place": "g.set_bbox_to_anchor((0, 2))"}),
    Setter("legend_text_size", PLAIN + "g = ax.legend()\n[t.set_fontsize(3) for t in g.texts]\n",
           "legend_text:a", {"size": "t.set_fontsize(3)"}),
    Setter("tick_params", TICKS + "ax.tick_params(colors='w', labelsize=5, labelrotation=90)\n",
           "x_tick_label", dict.fromkeys(
               ("color", "size", "place"),
               "ax.tick_params(colors='w', labelsize=5, labelrotation=90)")),
    Setter("tick_lengths", TICKS + "ax.tick_params(length=0, width=3, color='w')\n",
           "x_tick_label", {}),
    Setter("tick_labels_one_by_one", TICKS + "for t in ax.get_xticklabels():\n"
           "    t.set_fontsize(4)\n", "x_tick_label", {"size": "t.set_fontsize(4)"}),
    Setter("in_a_helper", "def dim(t):\n    t.set_alpha(0.1)\n" + PLAIN
           + "n = ax.text(0, 1, 'n')\ndim(n)\n", "text:n", {"color": "t.set_alpha(0.1)"}),
    Setter("layout_sets_nothing", PLAIN + "ax.set_title('T')\nax.set_xlabel('x')\nax.legend()\n"
           "fig.tight_layout()\nfig.canvas.draw()\nfig.align_labels()\n", "title:T", {}),
    Setter("saving_sets_nothing", PLAIN + "fig.savefig('a.png', facecolor='y')\n"
           "fig.savefig('b.png', transparent=True)\n", "background", {}),
    Setter("settings_size", "plt.rcParams['font.size'] = 5\n" + PLAIN + "ax.text(0, 1, 'n')\n",
           "text:n", {"size": "plt.rcParams['font.size']"}),
    Setter("settings_relative", "plt.rc('font', size=3)\n" + PLAIN + "ax.set_title('T')\n",
           "title:T", {"size": "plt.rc('font', size=3)"}),
    Setter("settings_ticks", "plt.rcParams.update({'xtick.labelsize': 4})\n" + PLAIN,
           "x_tick_label", {"size": "plt.rcParams.update({'xtick.labelsize': 4})"}),
    Setter("settings_color", "plt.rcParams.update({'text.color': '#eeeeee'})\n" + PLAIN
           + "ax.text(0, 1, 'n')\n", "text:n",
           {"color": "plt.rcParams.update({'text.color': '#eeeeee'})"}),
    Setter("settings_style", "plt.style.use('dark_background')\n" + PLAIN + "ax.set_title('T')\n",
           "title:T", {"color": "plt.style.use('dark_background')"}),
    Setter("settings_context", "with plt.rc_context({'axes.labelsize': 3}):\n"
           "    fig, ax = plt.subplots()\n    ax.set_xlabel('x')\nax.plot([1, 2])\n", "x_label:x",
           {"size": "plt.rc_context({'axes.labelsize': 3})"}),
    Setter("settings_left", "with plt.rc_context({'font.size': 3}):\n    pass\n" + PLAIN
           + "ax.text(0, 1, 'n')\n", "text:n", {}),
    Setter("settings_of_another_size", "plt.rcParams['font.size'] = 5\n" + PLAIN
           + "ax.text(0, 1, 'n', fontsize=9)\n", "text:n", {}),
    Setter("settings_passed_as_well", "plt.rcParams['font.size'] = 5\n" + PLAIN
           + "ax.text(0, 1, 'n', fontsize=5)\n", "text:n", {}),
    Setter("settings_cycle", "from cycler import cycler\n"
           "plt.rcParams['axes.prop_cycle'] = cycler(color=['#fafafa'])\n" + PLAIN, "data",
           {"color": "plt.rcParams['axes.prop_cycle']"}),
    Setter("cycle_of_the_axes", "fig, ax = plt.subplots()\nax.set_prop_cycle(color=['#fafafa'])\n"
           "ax.plot([1, 2])\n", "data", {"color": "ax.set_prop_cycle(color=['#fafafa'])"}),
    Setter("settings_theme", "import seaborn as sns\nsns.set_theme(font_scale=0.3)\n" + PLAIN
           + "ax.set_xlabel('x')\n", "x_label:x",
           dict.fromkeys(("size", "color"), "sns.set_theme(font_scale=0.3)")),
]  # fmt: skip
BACKGROUNDS = {
    "none": ("", None),
    "axes": ("ax.set_facecolor('k')\n", "ax.set_facecolor('k')"),
    "patch": ("ax.patch.set_alpha(0.1)\n", "ax.patch.set_alpha(0.1)"),
    "figure_through": ("ax.patch.set_visible(False)\nfig.set_facecolor('k')\n",
                       "fig.set_facecolor('k')"),
    "settings": ("plt.rcParams['axes.facecolor'] = 'k'\nfig, ax = plt.subplots()\n"
                 "plt.close(1)\n", "plt.rcParams['axes.facecolor']"),
}  # fmt: skip


@pytest.fixture(scope="module")
def scenes() -> dict[str, tuple[str, Scene]]:
    sources = {case.name: HEAD + case.source for case in SETTERS}
    sources |= {f"back_{name}": HEAD + PLAIN + source for name, (source, _) in BACKGROUNDS.items()}
    return paint_all(sources)


@pytest.mark.parametrize("case", SETTERS, ids=lambda case: case.name)
def test_who_set_it_later(case, scenes):
    source, scene = scenes[case.name]
    role, _, text = case.mark.partition(":")
    marks = [m for m in scene.marks if m.role == role and (not text or m.text == text)]
    assert marks
    for mark in marks:
        assert {name: code_at(source, span) for name, span in mark.setters.items()} == case.setters


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_who_coloured_the_background(name, scenes):
    source, scene = scenes[f"back_{name}"]
    assert code_at(source, scene.axes[0].background_span) == BACKGROUNDS[name][1]
