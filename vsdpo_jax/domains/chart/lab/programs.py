"""Chart programs with random layout choices: the mediocre author that the mini model learns from.

A program is a pure function of a task and of ``Choices``. Each choice knows which characters of
the program it made (``Program.spans``), so that the corpus can re-choose one decision and leave
the rest of the program as it is, or mask the loss of a bad one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from vsdpo_jax.domains.chart.lab.tasks import (
    VALUE_MAX,
    VALUE_STEP,
    ChartTask,
    spell_names,
    spell_values,
)
from vsdpo_jax.domains.lab import Program, ProgramText, pick

FIGURE_SIZES = ((3, 2), (3, 3), (4, 3), (5, 3), (5, 4), (6, 4), (7, 4), (8, 5))
FIGURE_SHARES = (0.06, 0.14, 0.24, 0.18, 0.14, 0.11, 0.07, 0.06)
DARK_COLORS = ("navy", "teal", "crimson", "purple", "green", "maroon", "black", "indigo")
PALE_COLORS = ("ivory", "azure", "snow", "honeydew", "seashell", "mintcream")
"""WCAG ratio against white at most 1.09: marks in these colours vanish."""
DARK_TEXT = ("black", "navy", "maroon")
PALE_TEXT = ("silver", "gold", "khaki", "lightgray")
"""WCAG ratio against white at most 1.9: below 3 at every size."""
TITLE_SIZES = (5, 6, 8, 10, 12, 14, 16, 20, 24)
TITLE_SHARES = (0.08, 0.08, 0.08, 0.12, 0.16, 0.14, 0.12, 0.12, 0.1)
LABEL_SIZES = (5, 6, 8, 10, 12, 14)
LABEL_SHARES = (0.07, 0.07, 0.24, 0.3, 0.2, 0.12)
TICK_SIZES = (5, 6, 8, 9, 10, 12, 14)
TICK_SHARES = (0.06, 0.06, 0.16, 0.16, 0.2, 0.2, 0.16)
LEGEND_SIZES = (5, 6, 8, 10, 12)
LEGEND_SHARES = (0.07, 0.07, 0.26, 0.34, 0.26)
ROTATIONS = (0, 30, 45, 90)
ROTATION_SHARES = (0.72, 0.08, 0.12, 0.08)
LEGEND_PLACES = (
    "upper left", "upper right", "lower left", "lower right", "upper center", "lower center",
    "center left", "center right", "center",
)  # fmt: skip
OUTSIDE = "outside"
"""A legend beside the axes, spelled loc="upper left", bbox_to_anchor=(1, 1)."""
OMITTABLE = ("title", "x_label", "y_label", "legend", "series")
_MISTAKE_SPANS = {
    "attribute_title": "title_method",
    "attribute_label": "y_method",
    "call_title": "title_method",
    "keyword_size": "title_keyword",
    "keyword_color": "keyword_color",
    "missing_paren": "missing_paren",
    "wrong_length": "values0",
    "wrong_name": "wrong_name",
    "missing_import": "import",
    "bad_place": "legend_place",
    "bad_color": "color0",
    "bad_rotation": "rotation",
}
MISTAKES = tuple(_MISTAKE_SPANS)
"""API mistakes; each makes the program fail (checked by running them, tests/lab)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """The decisions of a program's author.

    Attributes:
      figure_size: inches, whole.
      spare_axes: a second axes that stays empty.
      colors: one a series.
      title_size, x_size, y_size, tick_size, legend_size: points.
      title_color: None for the default.
      x_pad, y_pad: labelpad in points; negative pulls the label onto the ticks. None: default.
      rotation: of the x tick labels, degrees.
      y_top: set_ylim(0, y_top), or None for automatic limits.
      legend_place: a loc word or OUTSIDE.
      tight: calls tight_layout.
      omitted: which of OMITTABLE is left out ("series": the last one).
      repeated_title: the title stands as the figure's title too.
      slip: (series, category, wrong value), or None.
      mistake: one of MISTAKES, or None.
    """

    figure_size: tuple[int, int]
    spare_axes: bool
    colors: tuple[str, ...]
    title_size: int
    title_color: str | None
    x_size: int
    x_pad: int | None
    y_size: int
    y_pad: int | None
    tick_size: int
    rotation: int
    y_top: int | None
    legend_place: str
    legend_size: int
    tight: bool
    omitted: frozenset[str] = frozenset()
    repeated_title: bool = False
    slip: tuple[int, int, int] | None = None
    mistake: str | None = None


def choices_to_json(choices: Choices) -> dict[str, Any]:
    """Plain values; ``choices_from_json`` reads them."""
    return {**asdict(choices), "omitted": sorted(choices.omitted)}


def choices_from_json(values: dict[str, Any]) -> Choices:
    """Inverse of ``choices_to_json``."""
    known = {item.name: values[item.name] for item in fields(Choices)}
    known["omitted"] = frozenset(known["omitted"])
    for name in ("figure_size", "colors", "slip"):
        known[name] = None if known[name] is None else tuple(known[name])
    return Choices(**known)


def y_tops(task: ChartTask, *, enough: bool) -> list[int]:
    """Upper limits in tens that show all values, or that cut the largest but no whole series."""
    fit = -(-task.highest // 10) * 10
    if enough:
        return [fit, fit + 10, fit + 20, fit + 30, fit + 40]
    first = (task.highest - 1) // 10 * 10
    seen = max(min(values) for _, values in task.series)
    return [top for top in (first, first - 10, first - 20, first - 30) if top >= max(seen, 10)]


def random_colors(rng: np.random.Generator, count: int, pale_share: float) -> tuple[str, ...]:
    """Different dark colours, each pale instead with the given probability."""
    dark = [DARK_COLORS[i] for i in rng.permutation(len(DARK_COLORS))[:count]]
    pale = [PALE_COLORS[i] for i in rng.permutation(len(PALE_COLORS))[:count]]
    return tuple(pale[i] if rng.random() < pale_share else dark[i] for i in range(count))


def random_choices(
    rng: np.random.Generator,
    task: ChartTask,
    *,
    mistake_share: float = 0.1,
    slip_share: float = 0.05,
    spare_share: float = 0.15,
) -> Choices:
    """Decisions of an author who does not look at the picture.

    The shares are those of programs with an API mistake, a wrong value and spare axes.
    """
    low = y_tops(task, enough=False)
    if low and rng.random() < 0.45:
        y_top = pick(rng, low)
    else:
        y_top = pick(rng, y_tops(task, enough=True)) if rng.random() < 0.8 else None
    shares = {"title": 0.05, "x_label": 0.04, "y_label": 0.05, "legend": 0.06, "series": 0.03}
    omitted = {name for name in OMITTABLE if rng.random() < shares[name]}
    if len(task.series) == 1:
        omitted -= {"legend", "series"}
    slip = None
    if rng.random() < slip_share:
        row = int(rng.integers(len(task.series) - ("series" in omitted)))
        column = int(rng.integers(len(task.categories)))
        slip = (row, column, _wrong_value(rng, task.series[row][1][column]))
    title_color = None
    if rng.random() < 0.45:
        title_color = pick(rng, PALE_TEXT if rng.random() < 0.5 else DARK_TEXT)
    return Choices(
        figure_size=pick(rng, FIGURE_SIZES, FIGURE_SHARES),
        spare_axes=bool(rng.random() < spare_share),
        colors=random_colors(rng, len(task.series), pale_share=0.15),
        title_size=pick(rng, TITLE_SIZES, TITLE_SHARES),
        title_color=title_color,
        x_size=pick(rng, LABEL_SIZES, LABEL_SHARES),
        x_pad=pick(rng, (-8, -12)) if rng.random() < 0.2 else None,
        y_size=pick(rng, LABEL_SIZES, LABEL_SHARES),
        y_pad=pick(rng, (-12, -18)) if rng.random() < 0.18 else None,
        tick_size=pick(rng, TICK_SIZES, TICK_SHARES),
        rotation=pick(rng, ROTATIONS, ROTATION_SHARES),
        y_top=y_top,
        legend_place=pick(rng, (*LEGEND_PLACES, OUTSIDE), (2, 2, 2, 2, 1, 1, 1, 1, 1, 1)),
        legend_size=pick(rng, LEGEND_SIZES, LEGEND_SHARES),
        tight=bool(rng.random() < 0.5),
        omitted=frozenset(omitted),
        repeated_title=bool(rng.random() < 0.06),
        slip=slip,
        mistake=_mistake(rng, task, omitted) if rng.random() < mistake_share else None,
    )


def _wrong_value(rng: np.random.Generator, value: int) -> int:
    """Another value of the grid, so far away that every chart shows it."""
    grid = range(VALUE_STEP, VALUE_MAX + 1, VALUE_STEP)
    return pick(rng, [other for other in grid if abs(other - value) > VALUE_STEP])


def _mistake(rng: np.random.Generator, task: ChartTask, omitted: set[str]) -> str:
    """A mistake in a statement that the program has."""
    possible = set(MISTAKES)
    if "title" in omitted:
        possible -= {"attribute_title", "call_title", "keyword_size", "missing_paren"}
    if "y_label" in omitted:
        possible -= {"attribute_label"}
    if "legend" in omitted or len(task.series) == 1:
        possible -= {"bad_place"}
    return pick(rng, sorted(possible))


def careful_choices(task: ChartTask) -> Choices:
    """Decisions of an author who knows what goes wrong: for reference programs."""
    return Choices(
        figure_size=FIGURE_SIZES[-1],
        spare_axes=False,
        colors=DARK_COLORS[: len(task.series)],
        title_size=12,
        title_color=None,
        x_size=10,
        x_pad=None,
        y_size=10,
        y_pad=None,
        tick_size=9,
        rotation=45 if max(len(name) for name in task.categories) > 6 else 0,
        y_top=None,
        legend_place=OUTSIDE,
        legend_size=10,
        tight=True,
    )


def write_program(task: ChartTask, choices: Choices) -> Program:
    """The matplotlib program that these choices make for this task."""
    out = ProgramText()
    mistake = choices.mistake
    out.put("" if mistake == "missing_import" else "import matplotlib.pyplot as plt\n", "import")
    out.put("fig, ")
    out.put("(ax, ax2)" if choices.spare_axes else "ax", "spare_axes")
    out.put(" = plt.subplots(")
    out.put("1, 2, " if choices.spare_axes else "", "spare_axes")
    out.put("figsize=")
    out.put(f"({choices.figure_size[0]}, {choices.figure_size[1]})", "figure_size")
    out.put(")\n")
    _put_data(out, task, choices)
    _put_texts(out, task, choices)
    _put_layout(out, task, choices)
    out.put("plt.show()\n")
    return out.done(None if mistake is None else _MISTAKE_SPANS[mistake])


def _put_data(out: ProgramText, task: ChartTask, choices: Choices) -> None:
    mistake = choices.mistake
    is_grouped = task.kind == "bar" and len(task.series) > 1
    out.put(f"x = [{spell_names(task.categories)}]\n")
    method = {"bar": "bar", "line": "plot", "scatter": "scatter"}[task.kind]
    for row, (name, values) in enumerate(drawn_series(task, choices)):
        is_first = row == 0
        out.put("axs" if mistake == "wrong_name" else "ax", "wrong_name")
        out.put(f".{method}(x, [")
        out.put(spell_values(values), f"values{row}")
        # Two bars meet at their category's place: one hangs to the left of it.
        width = f'{"-0.4" if is_first else "0.4"}, align="edge", ' if is_grouped else ""
        out.put(f"], {width}")
        out.put("colour" if mistake == "keyword_color" and is_first else "color", "keyword_color")
        out.put('="')
        is_bad = mistake == "bad_color" and is_first
        out.put(f"dark {choices.colors[row]}" if is_bad else choices.colors[row], f"color{row}")
        out.put('"')
        if len(task.series) > 1:
            out.put(', label="')
            out.put(name, f"name{row}")
            out.put('"')
        out.put(")\n")
    out.put("", "series")


def drawn_series(task: ChartTask, choices: Choices) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names and values as the program spells them, mistakes included."""
    drawn = list(task.series[: len(task.series) - ("series" in choices.omitted)])
    if choices.slip is not None:
        row, column, value = choices.slip
        name, values = drawn[row]
        drawn[row] = (name, (*values[:column], value, *values[column + 1 :]))
    if choices.mistake == "wrong_length":
        drawn[0] = (drawn[0][0], drawn[0][1][:-1])
    return tuple(drawn)


def _put_texts(out: ProgramText, task: ChartTask, choices: Choices) -> None:
    mistake = choices.mistake
    repeated = f'fig.suptitle("{task.title}")\n' if choices.repeated_title else ""
    out.put(repeated, "repeated_title")
    if "title" in choices.omitted:
        out.put("", "title")
    else:
        out.put("ax.")
        methods = {"attribute_title": "set_titel", "call_title": "title"}
        out.put(methods.get(mistake or "", "set_title"), "title_method")
        out.put(f'("{task.title}", ')
        out.put("font_size" if mistake == "keyword_size" else "fontsize", "title_keyword")
        out.put("=")
        out.put(str(choices.title_size), "title_size")
        color = f', color="{choices.title_color}"' if choices.title_color else ""
        out.put(color, "title_color")
        out.put("" if mistake == "missing_paren" else ")", "missing_paren")
        out.put("\n")
    for axis, text, points, pad in (
        ("x", task.x_label, choices.x_size, choices.x_pad),
        ("y", task.y_label, choices.y_size, choices.y_pad),
    ):
        if f"{axis}_label" in choices.omitted:
            out.put("", f"{axis}_label")
            continue
        is_bad = mistake == "attribute_label" and axis == "y"
        out.put("ax.")
        out.put("ylabel" if is_bad else f"set_{axis}label", f"{axis}_method")
        out.put(f'("{text}", fontsize=')
        out.put(str(points), f"{axis}_size")
        out.put("" if pad is None else f", labelpad={pad}", f"{axis}_pad")
        out.put(")\n")


def _put_layout(out: ProgramText, task: ChartTask, choices: Choices) -> None:
    mistake = choices.mistake
    out.put('ax.tick_params("x", labelsize=')
    out.put(str(choices.tick_size), "tick_size")
    rotation = f", rotation={choices.rotation}" if choices.rotation else ""
    out.put(', rotation="flat"' if mistake == "bad_rotation" else rotation, "rotation")
    out.put(")\n")
    out.put("" if choices.y_top is None else f"ax.set_ylim(0, {choices.y_top})\n", "y_top")
    if len(task.series) > 1 and "legend" in choices.omitted:
        out.put("", "legend")
    elif len(task.series) > 1:
        out.put('ax.legend(loc="')
        place = '", bbox_to_anchor=(1, 1)' if choices.legend_place == OUTSIDE else '"'
        word = "upper left" if choices.legend_place == OUTSIDE else choices.legend_place
        out.put(("top left" if mistake == "bad_place" else word) + place, "legend_place")
        out.put(", fontsize=")
        out.put(str(choices.legend_size), "legend_size")
        out.put(")\n")
    out.put("fig.tight_layout()\n" if choices.tight else "", "tight")
