"""Which statement every mark is traced to, on hand-labelled programs."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from painted import code_at, paint_all

from vsdpo_jax.domains.chart.child.attribution import Origin, SourceMap
from vsdpo_jax.domains.chart.paint.scene import Scene

HEAD = "import matplotlib.pyplot as plt\nimport numpy as np\n"


@dataclass(frozen=True)
class Case:
    """A program and what must hold: ``owners`` maps "role" or "role:text" to the owning code."""

    name: str
    source: str
    owners: dict[str, str | None]
    x_ticks: str | None = None
    y_ticks: str | None = None
    axes: str | None = None
    extra: dict[str, str] = field(default_factory=dict)


CASES = [
    Case(
        "setters_win_over_birth",
        "fig, ax = plt.subplots()\nax.set_title('first')\nline, = ax.plot([1, 2])\n"
        "ax.set_title('second', color='r')\nax.set_xlabel('x')\nline.set_color('g')\n"
        "plt.ylabel('y')\nplt.tight_layout()\n",
        {
            "title:second": "ax.set_title('second', color='r')",
            "x_label:x": "ax.set_xlabel('x')",
            "y_label:y": "plt.ylabel('y')",
            "data": "ax.plot([1, 2])",
            "spine": "plt.subplots()",
            "background": "plt.subplots()",
            "x_tick_label": "ax.plot([1, 2])",
            "tick": "ax.plot([1, 2])",
        },
        x_ticks="ax.plot([1, 2])",
        y_ticks="ax.plot([1, 2])",
        axes="plt.subplots()",
    ),
    Case(
        "set_text_later",
        "fig, ax = plt.subplots()\nt = ax.text(0.5, 0.5, 'old')\nt.set_text('new')\n"
        "t.set_fontsize(20)\nax.title.set_text('T')\nfig.suptitle('S')\nfig.suptitle('S2')\n",
        {
            "text:new": "t.set_text('new')",
            "title:T": "ax.title.set_text('T')",
            "suptitle:S2": "fig.suptitle('S2')",
        },
    ),
    Case(
        "legend_parts",
        "fig, ax = plt.subplots()\nax.plot([1, 2], label='a')\n"
        "leg = ax.legend(title='T')\nleg.get_texts()[0].set_text('changed')\nax.grid(False)\n",
        {
            "legend_frame": "ax.legend(title='T')",
            "legend_handle": "ax.legend(title='T')",
            "legend_title:T": "ax.legend(title='T')",
            "legend_text:changed": "leg.get_texts()[0].set_text('changed')",
        },
    ),
    Case(
        "explicit_ticks_win",
        "fig, ax = plt.subplots()\nax.set_xticks([0, 1, 2], ['a', 'b', 'c'])\n"
        "ax.plot([0, 1, 2])\nax.tick_params(axis='y', labelsize=6)\nax.plot([2, 1, 0])\n",
        {
            "x_tick_label:a": "ax.set_xticks([0, 1, 2], ['a', 'b', 'c'])",
            "y_tick_label": "ax.tick_params(axis='y', labelsize=6)",
        },
        x_ticks="ax.set_xticks([0, 1, 2], ['a', 'b', 'c'])",
        y_ticks="ax.tick_params(axis='y', labelsize=6)",
    ),
    Case(
        "last_plot_owns_lazy_ticks",
        "plt.plot([1, 2])\nplt.plot([3, 9])\nplt.title('t')\nplt.tight_layout()\n"
        "plt.savefig('a.png')\n",
        {"x_tick_label": "plt.plot([3, 9])", "y_tick_label": "plt.plot([3, 9])"},
        axes="plt.plot([1, 2])",
    ),
    Case(
        "empty_axes_own_their_ticks",
        "fig, ax = plt.subplots()\nfig.tight_layout()\nfig.subplots_adjust(left=0.2)\n",
        {"x_tick_label": "plt.subplots()"},
        x_ticks="plt.subplots()",
    ),
    Case(
        "limits_own_ticks",
        "plt.plot([1, 2])\nplt.xlim(0, 5)\nplt.gca().set_ylim(0, 9)\nplt.plot([1, 3])\n",
        {"x_tick_label": "plt.xlim(0, 5)", "y_tick_label": "plt.gca().set_ylim(0, 9)"},
    ),
    Case(
        "xticks_after_layout",
        "plt.bar(['aa', 'bb'], [1, 2])\nplt.tight_layout()\nplt.xticks(rotation=45)\n"
        "plt.margins(0.2)\nplt.autoscale()\n",
        {
            "x_tick_label": "plt.bar(['aa', 'bb'], [1, 2])",
            "y_tick_label": "plt.bar(['aa', 'bb'], [1, 2])",
        },
    ),
    Case(
        "label_loop",
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nfor label in ax.get_xticklabels():\n"
        "    label.set_rotation(30)\nplt.setp(ax.get_yticklabels(), fontsize=5)\n",
        {
            "x_tick_label": "label.set_rotation(30)",
            "y_tick_label": "plt.setp(ax.get_yticklabels(), fontsize=5)",
        },
    ),
    Case(
        "grid_owns_lines_only",
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nax.grid(axis='y', color='r')\n",
        {"grid": "ax.grid(axis='y', color='r')", "y_tick_label": "ax.plot([1, 2])"},
        y_ticks="ax.plot([1, 2])",
    ),
    Case(
        "scale_and_formatter",
        "fig, ax = plt.subplots()\nax.plot([1, 10, 100])\nax.set_yscale('log')\n"
        "ax.xaxis.set_major_formatter('{x:.1f} s')\n",
        {
            "y_tick_label": "ax.set_yscale('log')",
            "x_tick_label": "ax.xaxis.set_major_formatter('{x:.1f} s')",
        },
    ),
    Case(
        "one_line",
        "fig, ax = plt.subplots(); ax.plot([1, 2]); ax.set_title('a'); ax.set_xlabel('b')\n",
        {
            "data": "ax.plot([1, 2])",
            "title:a": "ax.set_title('a')",
            "x_label:b": "ax.set_xlabel('b')",
        },
    ),
    Case(
        "loop_and_comprehension",
        "fig, axs = plt.subplots(1, 2)\nfor ax in axs:\n    ax.plot([1, 2])\n"
        "    ax.set_title('t')\n[ax.scatter([1], [1]) for ax in axs]\n",
        {
            "data/Line2D": "ax.plot([1, 2])",
            "data/PathCollection": "ax.scatter([1], [1])",
            "title:t": "ax.set_title('t')",
        },
    ),
    Case(
        "helper_functions",
        "def draw(ax, values):\n    ax.bar(range(len(values)), values)\n    name(ax)\n\n"
        "name = lambda ax: ax.set_title('named')\nfig, ax = plt.subplots()\ndraw(ax, [1, 2])\n",
        {"data": "ax.bar(range(len(values)), values)", "title:named": "ax.set_title('named')"},
    ),
    Case(
        "chained_over_lines",
        "import pandas as pd\nframe = pd.DataFrame({'a': [3, 1, 2]})\n"
        "ax = (\n    frame.sort_values('a')\n    .plot(kind='barh', legend=False)\n)\n"
        "ax.set_title(\n    'wrapped',\n    loc='left',\n)\n",
        {
            # CPython starts a call that goes on over lines at the method's name.
            "data": "plot(kind='barh', legend=False)",
            "title:wrapped": "ax.set_title(\n    'wrapped',\n    loc='left',\n)",
        },
    ),
    Case(
        "seaborn_calls",
        "import seaborn as sns\nsns.set_style('whitegrid')\nfig, ax = plt.subplots()\n"
        "sns.barplot(x=['a', 'b'], y=[1, 2], ax=ax)\nsns.despine()\nax.set_ylabel('n')\n",
        {
            "data": "sns.barplot(x=['a', 'b'], y=[1, 2], ax=ax)",
            "y_label:n": "ax.set_ylabel('n')",
            "x_tick_label:a": "sns.barplot(x=['a', 'b'], y=[1, 2], ax=ax)",
        },
    ),
    Case(
        "unicode_before_the_call",
        "fig, ax = plt.subplots()\n"
        "name = 'größe — 数'; ax.set_title(name); ax.set_xlabel('ä' + 'ö')\n",
        {"title:größe — 数": "ax.set_title(name)", "x_label:äö": "ax.set_xlabel('ä' + 'ö')"},
    ),
    Case(
        "windows_line_ends",
        "fig, ax = plt.subplots()\r\nax.plot([1, 2])\r\nax.set_title('t')\r\n",
        {"data": "ax.plot([1, 2])", "title:t": "ax.set_title('t')"},
    ),
    Case(
        "colorbar",
        "fig, ax = plt.subplots()\nim = ax.imshow([[1, 2], [3, 4]])\n"
        "bar = fig.colorbar(im, label='value')\nbar.set_ticks([1, 4])\n",
        {
            "data/AxesImage": "ax.imshow([[1, 2], [3, 4]])",
            "data/QuadMesh": "fig.colorbar(im, label='value')",
            "y_label:value": "fig.colorbar(im, label='value')",
        },
    ),
    Case(
        "annotation_parts",
        "fig, ax = plt.subplots()\nax.plot([0, 1])\n"
        "ax.annotate('here', (0.5, 0.5), (0.1, 0.9), arrowprops={'color': 'k'}, bbox={})\n"
        "ax.axhline(0.3)\nax.arrow(0, 0, 0.1, 0.1)\n",
        {
            "annotation:here": "ax.annotate('here', (0.5, 0.5), (0.1, 0.9), "
            "arrowprops={'color': 'k'}, bbox={})",
            "text_box": "ax.annotate('here', (0.5, 0.5), (0.1, 0.9), "
            "arrowprops={'color': 'k'}, bbox={})",
            "arrow/FancyArrow": "ax.arrow(0, 0, 0.1, 0.1)",
            "grid": "ax.axhline(0.3)",
        },
    ),
    Case(
        "shared_axes_follow_the_explicit_limit",
        "fig, (a, b) = plt.subplots(2, 1, sharex=True)\na.plot([1, 2])\nb.plot([1, 2])\n"
        "a.set_xlim(0, 4)\n",
        {"x_tick_label": "a.set_xlim(0, 4)"},
    ),
    Case(
        "twin",
        "fig, ax = plt.subplots()\nax.plot([1, 2])\ntwin = ax.twinx()\ntwin.plot([5, 4], 'r')\n",
        {"data": None},
        y_ticks="ax.plot([1, 2])",
    ),
    Case(
        "three_dimensions",
        "ax = plt.figure().add_subplot(projection='3d')\nax.scatter([0, 1], [0, 1], [0, 1])\n"
        "ax.set_zlabel('z')\n",
        {
            "z_label:z": "ax.set_zlabel('z')",
            "data": "ax.scatter([0, 1], [0, 1], [0, 1])",
            "z_tick_label": "ax.scatter([0, 1], [0, 1], [0, 1])",
        },
    ),
    Case(
        "pie_and_table",
        "fig, (a, b) = plt.subplots(1, 2)\na.pie([1, 2], labels=['p', 'q'], autopct='%d')\n"
        "b.table([['1', '2']], loc='center')\n",
        {
            "data": "a.pie([1, 2], labels=['p', 'q'], autopct='%d')",
            "text:p": "a.pie([1, 2], labels=['p', 'q'], autopct='%d')",
            "text:2": "b.table([['1', '2']], loc='center')",
        },
    ),
    Case(
        "statements_of_a_main_block",
        "def main():\n    fig, ax = plt.subplots()\n    ax.hist([1, 2, 2])\n    plt.show()\n\n"
        "if __name__ == '__main__':\n    main()\n",
        {"data": "ax.hist([1, 2, 2])"},
        axes="plt.subplots()",
    ),
    Case(
        "layout_in_the_middle",
        "fig, ax = plt.subplots(layout='constrained')\nax.plot([1, 2])\nfig.canvas.draw()\n"
        "ax.bar([1], [3])\n",
        {"x_tick_label": "ax.bar([1], [3])", "y_tick_label": "ax.bar([1], [3])"},
    ),
]


LABELS = "labels = [f'a long category name {k}' for k in range(8)]\nfig, ax = plt.subplots()\n"
SET = "ax.set_xticks(range(8), labels)"
TICKS = LABELS + f"ax.bar(range(8), range(8))\n{SET}\n"
CATEGORIES = LABELS + "ax.bar(labels, range(8))\n"
CASES += [
    Case(f"ticks_stay_with_their_labels_{name}", TICKS + source, {"x_tick_label": SET}, SET)
    for name, source in {
        "minor": "ax.tick_params(which='minor', bottom=False, left=False)\n",
        "length": "ax.tick_params(axis='x', length=0)\n",
        "colours": "ax.tick_params(colors='gray')\n",
        "switch": "ax.tick_params(axis='both', left=False, direction='in', width=2)\n",
        "limits": "ax.set_xlim(-1, 8)\n",
        "inverted": "ax.invert_xaxis()\nax.invert_yaxis()\n",
        "margins": "ax.margins(x=0.1)\nax.grid(axis='x')\nax.minorticks_on()\n",
        "size": "ax.tick_params(labelsize=9)\n",
        "rotation": "plt.setp(ax.get_xticklabels(), rotation=10)\n",
        "spines": "ax.spines[['top', 'right']].set_visible(False)\nplt.axis([-1, 8, 0, 9])\n",
    }.items()
] + [
    Case(f"categories_belong_to_plotting_{name}", CATEGORIES + source,
         {"x_tick_label": "ax.bar(labels, range(8))"}, "ax.bar(labels, range(8))")
    for name, source in {
        "limits": "ax.set_xlim(-1, 8)\n",
        "size": "ax.tick_params(axis='x', labelsize=9, length=0)\n",
        "rotation": "plt.xticks(rotation=20)\n",
        "inverted": "ax.invert_xaxis()\n",
    }.items()
] + [
    Case("limits_decide_automatic_ticks",
         "fig, ax = plt.subplots()\nax.plot([1, 2])\nax.set_xlim(0, 900)\nax.invert_yaxis()\n",
         {"y_tick_label": "ax.plot([1, 2])"}, "ax.set_xlim(0, 900)", "ax.plot([1, 2])"),
    Case("a_later_locator_replaces_labels",
         TICKS + "ax.xaxis.set_major_locator(plt.MultipleLocator(0.1))\n", {},
         "ax.xaxis.set_major_locator(plt.MultipleLocator(0.1))"),
    Case("shared_axes_share_their_labels",
         "fig, (a, b) = plt.subplots(2, 1, sharex=True)\na.plot([1, 2])\nb.plot([1, 2])\n"
         "a.set_xticks([0, 1])\n", {"x_tick_label": "a.set_xticks([0, 1])"},
         "a.set_xticks([0, 1])"),
    Case("dates_follow_limits",
         "import datetime as dt\nfig, ax = plt.subplots()\n"
         "days = [dt.date(2020, 1, d) for d in (1, 9)]\nax.plot(days, [1, 2])\n"
         "ax.set_xlim(days[0], dt.date(2021, 1, 1))\n", {},
         "ax.set_xlim(days[0], dt.date(2021, 1, 1))"),
]  # fmt: skip


@pytest.fixture(scope="module")
def scenes() -> dict[str, tuple[str, Scene]]:
    sources = {case.name: HEAD + case.source for case in CASES}
    return paint_all(sources)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_owner_of_every_kind_of_mark(case, scenes):
    source, scene = scenes[case.name]
    for selector, owner in case.owners.items():
        role, _, text = selector.partition(":")
        role, _, artist_type = role.partition("/")
        marks = [
            mark
            for mark in scene.marks
            if mark.role == role
            and (not text or mark.text == text)
            and (not artist_type or mark.artist_type == artist_type)
        ]
        assert marks, selector
        if owner is not None:
            assert {code_at(source, mark.span) for mark in marks} == {owner}, selector


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_owner_of_axes_and_ticks(case, scenes):
    source, scene = scenes[case.name]
    first = scene.axes[0]
    spans = (first.span, first.x_tick_span, first.y_tick_span)
    for expected, span in zip((case.axes, case.x_ticks, case.y_ticks), spans, strict=True):
        if expected is not None:
            assert code_at(source, span) == expected


def test_all_data_marks_have_an_owner(scenes):
    for name, (_, scene) in scenes.items():
        assert all(m.span is not None for m in scene.marks if m.role == "data"), name


def test_twin_axes_have_owners_of_their_own(scenes):
    source, scene = scenes["twin"]
    assert code_at(source, scene.axes[1].span) == "ax.twinx()"
    assert code_at(source, scene.axes[1].y_tick_span) == "twin.plot([5, 4], 'r')"
    lines = {m.axes: code_at(source, m.span) for m in scene.marks if m.role == "data"}
    assert lines == {0: "ax.plot([1, 2])", 1: "twin.plot([5, 4], 'r')"}


@given(
    before=st.text(alphabet="aäß数🙂 ", max_size=12),
    line_end=st.sampled_from(["\n", "\r\n"]),
    blank=st.integers(0, 3),
)
def test_source_map_finds_the_call_behind_any_text(before, line_end, blank):
    """A law: the span of a call is the text of the call, whatever stands before it."""
    source = line_end.join(["", *[""] * blank, f"s = '''{before}'''; probe(1 +", "  2)", ""])
    seen = []

    def probe(_: int) -> None:
        import sys

        frame = sys._getframe(1)
        seen.append(Origin(1, frame.f_code, frame.f_lasti))

    exec(compile(source, "<student>", "exec"), {"probe": probe})
    span = SourceMap(source).span(seen[0])
    assert span is not None
    assert source[slice(*span)] == f"probe(1 +{line_end}  2)"
    assert SourceMap(source).line(seen[0]) == blank + 2


def test_source_map_without_an_origin_is_none():
    assert SourceMap("x").span(None) is None
    assert SourceMap("x").line(None) is None
