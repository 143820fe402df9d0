"""What is visible in whole charts: programs whose picture is right or wrong to anybody's eye."""

from __future__ import annotations

import pytest
from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.judge.detectors import detect
from vsdpo_jax.domains.chart.paint.raster import paint

HEAD = "import numpy as np\nimport matplotlib.pyplot as plt\nimport matplotlib.patheffects as pe\n"

# name: (program, kinds of defects that a person finds)
PROGRAMS: dict[str, tuple[str, set[str]]] = {
    # Hue tells marks apart where lightness does not.
    "red dots on a blue band": (
        "plt.plot([0, 4], [1, 1], lw=25, color='tab:blue')\n"
        "plt.plot([1, 2, 3], [1, 1, 1], 'o', ms=12, color='tab:red')\nplt.ylim(0, 2)",
        set(),
    ),
    "bullet bars": (
        "plt.barh([0], [6], height=0.8, color='tab:blue')\n"
        "plt.barh([0], [4], height=0.3, color='tab:red')",
        set(),
    ),
    "two histograms": (
        "a, b = np.random.normal(0, 1, 4000), np.random.normal(.6, 1, 4000)\n"
        "bins = np.linspace(-4, 5, 50)\n"
        "plt.hist(a, bins, alpha=.8, color='tab:blue', label='before')\n"
        "plt.hist(b, bins, alpha=.8, color='tab:orange', label='after')\nplt.legend()",
        set(),
    ),
    "green wedge beside red": ("plt.pie([1, 1], colors=['tab:green', 'tab:red'])", set()),
    # A mark is not lost in its own company, nor on a grid line.
    "line on a grid line": (
        "plt.grid(True)\nplt.xlim(0, 3)\nplt.ylim(0, 4)\n"
        "plt.plot([.2, 2.8], [2, 2], color='tab:orange')",
        set(),
    ),
    "medians on grid lines": (
        "plt.boxplot([[-2, -1, 0, 1, 2], [-1, 0, 3]])\nplt.gca().yaxis.grid(True)",
        set(),
    ),
    "wedges on their shadow": (
        "plt.pie([3, 4, 5], colors=['tab:green', 'tab:blue', 'tab:orange'], shadow=True)",
        set(),
    ),
    "three hundred faint lines": (
        "t = np.linspace(0, 1, 40)\nfor k in range(300):\n"
        "    plt.plot(t, np.random.randn(40) * .5, color='C0', alpha=.1)",
        set(),
    ),
    "dashes over the own line": (
        "x = np.linspace(0, 6, 90)\nplt.plot(x, np.sin(x), 'C0')\nplt.plot(x, np.sin(x), 'C0--')",
        set(),
    ),
    "outline of an area": (
        "x = np.linspace(0, 6, 90)\nplt.fill_between(x, np.sin(x) + 2, color='C0')\n"
        "plt.plot(x, np.sin(x) + 2, color='C0')\nplt.ylim(0, 4)",
        set(),
    ),
    "error bars on bars": (
        "plt.bar(range(3), [3, 4, 5], yerr=.6, capsize=4, color='C0')\n"
        "plt.errorbar(range(3), [2, 3, 4], yerr=.01, fmt='o', mfc='white', color='C1')",
        set(),
    ),
    "white bars with black edges": (
        "plt.bar(range(3), [3, 4, 5], color='white', edgecolor='black')",
        set(),
    ),
    "low bars": ("plt.bar(range(4), [300, 200, .2, .1])", set()),
    "line with a white stroke": (
        "plt.plot([1, 3, 2], path_effects=[pe.withStroke(linewidth=5, foreground='w')])",
        set(),
    ),
    "dots with white edges": (
        "plt.scatter(np.random.rand(40), np.random.rand(40), s=36, edgecolors='w', linewidths=.8)",
        set(),
    ),
    # What vanishes.
    "ivory line": ("plt.plot([1, 3, 2], color='ivory')", {"data_contrast"}),
    "white hair bars": ("plt.bar(range(3), [3, 4, 5], .02, color='white')", {"data_contrast"}),
    "hair of a line": ("plt.plot([1, 3, 2], 'k', lw=.05)", {"data_contrast"}),
    "white line with dust": (
        "plt.plot([1, 3, 2], 'w', marker='o', ms=1, mfc='k', mec='k')",
        {"data_contrast"},
    ),
    "grey on grey": (
        "plt.gca().set_facecolor('#888888')\nplt.scatter(range(9), range(9), c='#8c8c8c')",
        {"data_contrast"},
    ),
    "one faint line": ("plt.plot([1, 3, 2], alpha=.06)", {"data_contrast"}),
    # Later paint.
    "text behind a bar": (
        "plt.text(0, 2, 'behind the bar', ha='center', zorder=0)\nplt.bar([0], [4], .9)",
        {"text_hidden"},
    ),
    "tick labels behind the next axes": (
        "f = plt.figure()\nf.add_axes([.1, .5, .8, .4]).plot([1, 2])\n"
        "f.add_axes([.1, .1, .8, .385]).plot([2, 1])",
        {"text_hidden"},
    ),
    "legend on a remark": (
        "plt.plot([1, 2], [1, 2], label='series name')\n"
        "plt.text(.05, .93, 'an important remark', transform=plt.gca().transAxes, va='top')\n"
        "plt.legend(loc='upper left')",
        {"text_hidden"},
    ),
    "area on a legend": (
        "t = np.linspace(0, 10, 200)\nplt.plot(t, np.sin(t), label='sine')\n"
        "plt.legend(loc='upper right')\n"
        "plt.twinx().fill_between(t, 0, t ** 2, color='tab:orange')",
        {"text_hidden"},
    ),
    "bars behind bars": (
        "plt.bar(range(5), [3, 4, 2, 5, 3], label='first')\n"
        "plt.bar(range(5), [4, 5, 3, 6, 4], label='second')\nplt.legend()",
        {"data_hidden"},
    ),
    "line behind an area": (
        "plt.plot([1, 2, 1])\nplt.fill_between([0, 1, 2], [2, 3, 2], color='C1', zorder=5)",
        {"data_hidden"},
    ),
    "opaque twin": (
        "plt.bar(range(3), [3, 4, 5])\nb = plt.twinx()\nb.patch.set_visible(True)\n"
        "b.plot([1, 2, 1], 'C1')",
        {"data_hidden"},
    ),
    "white box on a bar": (
        "plt.bar(range(3), [3, 4, 5])\n"
        "plt.text(1, 2, 'n', bbox=dict(fc='w', ec='w', pad=80), ha='center', va='center')",
        {"data_hidden"},
    ),
    "faint sheets": (
        "plt.plot([1, 3, 2])\n"
        "for k in range(12):\n    plt.axhspan(0, 4, color='white', alpha=.4, zorder=9)",
        {"data_contrast"},
    ),
    # What may lie before something else.
    "half covered bars": (
        "plt.bar(range(3), [3, 4, 5], .8)\nplt.bar(range(3), [2, 3, 4], .5)",
        set(),
    ),
    "curve through a free label": (
        "plt.plot([0, 1], [0, 1])\nplt.text(.2, .8, 'label', fontsize=14)\nplt.axvline(.5)",
        set(),
    ),
    "inset in free space": (
        "plt.plot(range(10), np.arange(10) ** 2)\n"
        "plt.gca().inset_axes([.15, .55, .35, .35]).plot([1, 2])",
        set(),
    ),
    # Ink on ink.
    "halo drawn apart": (
        "plt.plot([1, 3, 2])\n"
        "plt.text(1, 2.5, 'peak value', color='w',"
        " path_effects=[pe.withStroke(linewidth=7, foreground='w')])\n"
        "plt.text(1, 2.5, 'peak value')",
        set(),
    ),
    "tails beside a tick label": (
        "plt.figure(figsize=(4, 3))\nplt.plot([0, 1], [0, 1])\nplt.xlim(0, 1)\nplt.ylim(0, 1)\n"
        "plt.title('Measured values and fits of May, my y, gyg')",
        set(),
    ),
    "two remarks in one place": (
        "plt.plot([1, 3, 2])\nplt.text(.5, 1.5, 'first remark')\nplt.text(.6, 1.51, 'second')",
        {"text_overlap"},
    ),
    "remark on a dense curve": (
        "x = np.linspace(0, 20, 400)\nplt.plot(x, np.sin(3 * x), color='black')\n"
        "plt.text(10, 0, 'Unreadable remark on a dense curve', ha='center', size=9)",
        {"text_contrast"},
    ),
    "remark on the frame": (
        "plt.plot([1, 2])\n"
        "plt.text(.5, 1, 'on the frame', transform=plt.gca().transAxes, va='center_baseline')",
        {"text_contrast"},
    ),
    # Glyphs.
    "title in boxes": ("plt.plot([1, 2, 3])\nplt.title('\\u4e2d\\u6587')", {"glyph_missing"}),
    "ticks in boxes": ("plt.bar(['\\u4e00\\u6708', '\\u4e8c\\u6708'], [3, 4])", {"glyph_missing"}),
    "emoji in a legend": (
        "plt.plot([1, 2], label='up \\U0001f680')\nplt.legend()",
        {"glyph_missing"},
    ),
    "title in symbols": (
        "plt.plot([1, 2])\nplt.title('Exports', fontfamily='cmsy10')",
        {"glyph_missing"},
    ),
    "blots": (
        "plt.plot([1, 2])\nplt.title('Exports', path_effects=[pe.Stroke(linewidth=9)])",
        {"glyph_missing"},
    ),
    "letters with an outline": (
        "plt.plot([1, 2])\nplt.title('Exports', fontsize=20, color='w',"
        " path_effects=[pe.withStroke(linewidth=3, foreground='k')])",
        set(),
    ),
    "accents and formulas": (
        "plt.plot([1, 2])\nplt.title(r'Größe: $\\sqrt{x^2} \\leq \\mu$ °C')",
        set(),
    ),
    # Sizes.
    "x-small": ("plt.plot([1, 2])\nplt.text(.2, 1.5, 'a note', fontsize='x-small')", set()),
    "wall poster": ("plt.figure(figsize=(60, 45), dpi=20)\nplt.plot([1, 2])", {"text_tiny"}),
    "four points": ("plt.plot([1, 2])\nplt.text(.2, 1.5, 'a note', fontsize=4)", {"text_tiny"}),
}  # fmt: skip
KINDS = {
    "data_contrast", "data_hidden", "text_hidden", "text_overlap", "text_contrast",
    "glyph_missing", "text_tiny",
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    names = {f"p{i}": name for i, name in enumerate(PROGRAMS)}
    recorded = record_all({key: HEAD + PROGRAMS[name][0] for key, name in names.items()})
    kinds = {}
    for key, name in names.items():
        payload = recorded[key].payload
        assert payload is not None, (name, recorded[key].error)
        readings = detect(paint(decode(payload))).values()
        kinds[name] = [d.kind for reading in readings for d in reading.defects]
    return kinds


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_person_would_say_the_same(name, found):
    assert KINDS.intersection(found[name]) == PROGRAMS[name][1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_series_is_one_defect(name, found):
    data = [kind for kind in found[name] if kind.startswith("data_")]
    assert len(data) == len(set(data))
