"""Ways that take something away from a chart, and disguises that change only its program's text.

A way appends lines to a program that rework the figure it has made: what it does to a picture is
then the same for every idiom in which the chart was written.
"""

from __future__ import annotations

import re
from typing import Any

from suite import Disguise, Way

STEPS = 4
_SAVING = re.compile(r"^(?:plt\.show\(|(?:plt|fig)\.savefig\()")
_SETUP = """
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import collections, colors, lines, patches, text, transforms
_figure = plt.gcf()
_figure.draw_without_rendering()
_all = [a for a in _figure.findobj() if a is not _figure and a is not _figure.patch]
_lines = [a for x in _figure.axes for a in x.lines]
_bars = [a for x in _figure.axes for a in x.patches]
_points = [a for x in _figure.axes for a in x.collections]
"""


def before_saving(source: str, lines: str) -> str:
    """The program with lines put in before it shows or saves its figure."""
    rows = source.rstrip("\n").split("\n")
    end = len(rows)
    while end and _SAVING.match(rows[end - 1]):
        end -= 1
    return "\n".join([*rows[:end], lines.strip("\n"), *rows[end:]]) + "\n"


def _rework(lines: str, steps: int = STEPS):
    """A way's function: ``lines`` see how far the way has gone as ``_gone``, from 0 to 1."""

    def apply(source: str, step: int) -> str:
        return before_saving(source, f"{_SETUP}_gone = {step / steps}\n{lines}")

    return apply


_COVER = """
_figure.add_artist(patches.Rectangle(
    (0, 0), _gone, 1, transform=_figure.transFigure, color=_figure.get_facecolor(), zorder=1000))
"""
_COVER_DATA_FIRST = """
_inner = _figure.axes[0].get_position()
_left, _low = _inner.x0 * (1 - _gone), _inner.y0 * (1 - _gone)
_figure.add_artist(patches.Rectangle(
    (_left, _low), _gone - _left, 1 - _low, transform=_figure.transFigure, color="white",
    zorder=1000))
"""
_FADE_ALPHA = """
for _a in _all:
    _a.set_alpha((1.0 if _a.get_alpha() is None else _a.get_alpha()) * (1 - _gone))
"""
_FADE_COLOR = """
_paper = np.array(colors.to_rgba(_figure.axes[0].get_facecolor()))

def _mixed(color):
    color = colors.to_rgba_array(color)
    color[:, :3] += (_paper[:3] - color[:, :3]) * _gone
    return color

for _a in _all:
    if isinstance(_a, text.Text):
        _a.set_color(_mixed(_a.get_color())[0])
    elif isinstance(_a, lines.Line2D):
        _a.set_markerfacecolor(_mixed(_a.get_markerfacecolor())[0])
        _a.set_markeredgecolor(_mixed(_a.get_markeredgecolor())[0])
        _a.set_color(_mixed(_a.get_color())[0])
    elif isinstance(_a, (patches.Patch, collections.Collection)):
        _face, _edge = _mixed(_a.get_facecolor()), _mixed(_a.get_edgecolor())
        _single = isinstance(_a, patches.Patch)
        _a.set_facecolor(_face[0] if _single else _face)
        _a.set_edgecolor(_edge[0] if _single else _edge)
"""
_SHRINK = """
_left = 1 - _gone
for _a in _all:
    if isinstance(_a, text.Text):
        _a.set_fontsize(max(_a.get_fontsize() * _left, 0.1))
    elif isinstance(_a, lines.Line2D):
        _a.set_linewidth(_a.get_linewidth() * _left)
        _a.set_markersize(_a.get_markersize() * _left)
        _a.set_markeredgewidth(_a.get_markeredgewidth() * _left)
for _a in _points:
    _a.set_sizes(np.asarray(_a.get_sizes()) * _left**2)
    _a.set_linewidth(np.asarray(_a.get_linewidth()) * _left)
for _a in _bars:
    _lying = _a.get_width() > _a.get_height() if _a.get_x() == 0 else False
    _a.set_linewidth(_a.get_linewidth() * _left)
    if _lying:
        _a.set(y=_a.get_y() + _a.get_height() * _gone / 2, height=_a.get_height() * _left)
    else:
        _a.set(x=_a.get_x() + _a.get_width() * _gone / 2, width=_a.get_width() * _left)
for _x in _figure.axes:
    if _gone == 1 and _x.get_legend():
        _x.get_legend().remove()
for _l in list(_figure.legends) if _gone == 1 else []:
    _l.remove()
"""
_CLIP = """
_window = transforms.Bbox.from_bounds(
    0, 0, max(_figure.bbox.width * (1 - _gone), 0.5), max(_figure.bbox.height * (1 - _gone), 0.5))
for _a in _all:
    _a.set_clip_path(None)
    _a.set_clip_box(_window)
    _a.set_clip_on(True)
"""
_FLATTEN = """
for _x in _figure.axes:
    _x.set(xlim=_x.get_xlim(), ylim=_x.get_ylim())
for _a in _lines:
    _y = np.asarray(_a.get_ydata(), dtype=float)
    _a.set_ydata(_y + (_y.mean() - _y) * _gone)
for _a in _points:
    _at = np.array(_a.get_offsets(), dtype=float)
    _at[:, 1] += (_at[:, 1].mean() - _at[:, 1]) * _gone
    _a.set_offsets(_at)
_flat = _bars and _bars[0].get_x() == 0 and len({_a.get_y() for _a in _bars}) > 1
_size = [_a.get_width() if _flat else _a.get_height() for _a in _bars]
for _a, _s in zip(_bars, _size):
    _s = _s + (np.mean(_size) - _s) * _gone
    _a.set_width(_s) if _flat else _a.set_height(_s)
"""
_SWAP_KEYS = """
_keys = _figure.legends + [x.get_legend() for x in _figure.axes if x.get_legend()]
_keys = _keys[0].get_texts() if _keys else [t for x in _figure.axes for t in x.texts]
_names = [t.get_text() for t in _keys]
_names[:2] = _names[1::-1]
if _gone == 1:
    _names = _names[2:] + _names[:2] if len(_names) > 2 else _names
for _t, _name in zip(_keys, _names):
    _t.set_text(_name)
"""
_PARTS = (
    """
for _x in _figure.axes:
    for _place in ("left", "center", "right"):
        _x.set_title("", loc=_place)
if _figure.get_suptitle():
    _figure.suptitle("")
""",
    """
for _x in _figure.axes:
    _x.set_xlabel("")
""",
    """
for _x in _figure.axes:
    _x.set_ylabel("")
""",
    """
for _l in [*_figure.legends, *(x.get_legend() for x in _figure.axes if x.get_legend())]:
    _l.remove()
""",
    """
for _a in (_lines + _bars + _points)[1:]:
    _a.remove()
""",
    """
for _x in _figure.axes:
    for _t in list(_x.texts):
        _t.remove()
    _x.set(xticks=[], yticks=[])
""",
    """
for _a in (_lines + _bars + _points)[:1]:
    _a.remove()
""",
)


def _leave_out(source: str, step: int) -> str:
    return before_saving(source, _SETUP + "".join(_PARTS[:step]))


def _has_keys(asked: dict[str, Any]) -> bool:
    return len(asked["series"]) > 1


CHART_WAYS = (
    Way(name="cover from the left", steps=STEPS, apply=_rework(_COVER), end="nothing"),
    Way(name="cover the data first", steps=STEPS, apply=_rework(_COVER_DATA_FIRST), end="nothing"),
    Way(name="fade by alpha", steps=STEPS, apply=_rework(_FADE_ALPHA), end="nothing"),
    Way(name="fade into the paper", steps=STEPS, apply=_rework(_FADE_COLOR), end="nothing"),
    Way(name="shrink", steps=STEPS, apply=_rework(_SHRINK), end="nothing"),
    Way(name="clip away", steps=STEPS, apply=_rework(_CLIP), end="nothing"),
    Way(name="leave out", steps=len(_PARTS), apply=_leave_out, end="nothing"),
    Way(name="flatten", steps=STEPS, apply=_rework(_FLATTEN), end="wrong"),
    Way(name="swap keys", steps=2, apply=_rework(_SWAP_KEYS, 2), end="wrong", fits=_has_keys),
)


def _saved(ending: str):
    def apply(source: str, number: int) -> str:
        rows = source.rstrip("\n").split("\n")
        while rows and _SAVING.match(rows[-1]):
            rows.pop()
        return "\n".join([*rows, ending]) + "\n"

    return apply


def _indented(source: str) -> str:
    return "\n".join(f"    {row}" if row else row for row in source.rstrip("\n").split("\n"))


def _in_main(source: str, number: int) -> str:
    return f"def main():\n{_indented(source)}\n\n\nmain()\n"


def _guarded(source: str, number: int) -> str:
    return f'if __name__ == "__main__":\n{_indented(source)}\n'


def _in_helper(source: str, number: int) -> str:
    """The lines on ``ax`` as a function of it, called where they stood."""
    rows = source.rstrip("\n").split("\n")
    own = [row for row in rows if row.startswith("ax.")]
    first = next((i for i, row in enumerate(rows) if row.startswith("ax.")), len(rows))
    names = [row for row in rows[:first] if re.match(r"\w+ = \[", row)]
    before = [row for row in rows[:first] if row not in names]
    after = [row for row in rows[first:] if not row.startswith("ax.")]
    body = _indented("\n".join([*names, *own, "return ax"]))
    return (
        "\n".join([*before[:1], f"def draw(ax):\n{body}", *before[1:], "draw(ax)", *after]) + "\n"
    )


def _other_order(source: str, number: int) -> str:
    """The calls that set title and labels in another order; they do not depend on each other."""
    rows = source.split("\n")
    places = [i for i, row in enumerate(rows) if re.match(r"ax\.set_(title|xlabel|ylabel)\(", row)]
    turn = number % len(places) if places else 0
    for place, source_place in zip(places, [*places[turn:], *places[:turn]], strict=True):
        rows[place] = source.split("\n")[source_place]
    return "\n".join(rows)


def _other_names(source: str, number: int) -> str:
    renamed = re.sub(r"(?<![\w.\"'])ax\b(?!\s*=[^=].*\))", f"panel{number}", source)
    renamed = re.sub(r"\bax\b(?= = )", f"panel{number}", renamed)
    return re.sub(r"(?<![\w.\"'])fig\b", "the_figure", renamed)


def _comments(source: str, number: int) -> str:
    rows = source.rstrip("\n").split("\n")
    return f"# Number {number}.\n\n" + "  # as asked\n\n".join(rows) + "\n"


def _other_dpi(source: str, number: int) -> str:
    dpi = 80 + number % 121
    return f'import matplotlib\n\nmatplotlib.rcParams["figure.dpi"] = {dpi}\n{source}'


CHART_DISGUISES = (
    Disguise(name="order of calls", apply=_other_order),
    Disguise(name="names of variables", apply=_other_names),
    Disguise(name="comments", apply=_comments),
    Disguise(name="in a main function", apply=_in_main),
    Disguise(name="under a guard", apply=_guarded),
    Disguise(name="in a helper", apply=_in_helper),
    Disguise(name="dpi of the figure", apply=_other_dpi),
    Disguise(
        name="dpi of the file",
        apply=lambda s, n: _saved(f'fig.savefig("a.png", dpi={80 + n % 121})')(s, n),
    ),
    Disguise(name="not saved", apply=_saved("")),
    Disguise(name="shown twice", apply=_saved("plt.show()\nplt.show()")),
    Disguise(name="saved by pyplot", apply=_saved('plt.savefig("other.png")')),
    Disguise(name="saved as PDF", apply=_saved('fig.savefig("chart.pdf")')),
    Disguise(name="saved in memory", apply=_saved("import io\nfig.savefig(io.BytesIO())")),
    Disguise(
        name="saved tight",
        apply=_saved('plt.savefig("chart.png", bbox_inches="tight")'),
        needs_whole=True,
    ),
)
