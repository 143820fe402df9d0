"""The learning curves of report.html: drawings inside the page, for light and dark screens."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from vsdpo_jax.reporting.picture_files import data_uri
from vsdpo_jax.reporting.runs import RunRecords


@dataclass(frozen=True)
class Scheme:
    """Colours of the drawings on one kind of screen."""

    ink: str
    grid: str
    series: tuple[str, ...]


LIGHT = Scheme("#1d232b", "#e3e6ea", (
    "#1f5fa8", "#c2571a", "#2f7d3a", "#8b4fa3", "#b3261e", "#0f7c86", "#8a6d00", "#5b6673",
    "#c2508f",
))  # fmt: skip
DARK = Scheme("#dfe4ea", "#3a424d", (
    "#6fb1ff", "#ff9a5c", "#6fcf7f", "#cf9bea", "#ff7f78", "#4fd0db", "#e0c04a", "#a9b4c2",
    "#f59ac9",
))  # fmt: skip
DASHES = ("-", "--")
"""Of the lines of the first and the second run; of one run, of lines beyond the colours."""
MANY = 4
"""Above so many lines the single updates are left out, and the legend stands beside."""
DRAWING: dict[Any, Any] = {
    "svg.fonttype": "none",  # letters stay text: a fifth of the size
    "svg.hashsalt": "report",  # the same figures are the same bytes
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
}
SMOOTHING = 5
"""Updates in the moving mean: a step has few rollouts, so its rates are noisy."""

Panel = tuple[str, tuple[tuple[str, str], ...], bool]
"""(title, ((column of metrics.jsonl, label), ...), whether it is a share in [0, 1])."""

PANELS: tuple[Panel, ...] = (
    ("Reward, and share of programs that run", (("reward", "reward"), ("exec_rate", "runs")), True),
    (
        "Distance to the teacher: KL per token, nats",
        (("kl/credited", "statements at fault"), ("kl/other", "other tokens")),
        False,
    ),
    ("Entropy of the policy, nats per token", (("policy/entropy", "entropy"),), False),
    ("Length of a program, tokens", (("length/mean", "mean"), ("length/max", "longest")), False),
    ("Gradient norm", (("grad/norm", "norm"),), False),
)


@dataclass(frozen=True, slots=True)
class Curve:
    """One drawing: its title, what it shows in words, its addresses for both kinds of screens."""

    title: str
    words: str
    light: str
    dark: str


def curves(runs: Sequence[RunRecords]) -> list[Curve]:
    """The curves of one run or two; a panel whose columns no run wrote is left out.

    The axes of the rubric are drawn for one run alone: twenty lines say less than the table.
    """
    columns = dict.fromkeys(name for run in runs for row in run.metrics for name in row)
    rubric = tuple(
        (name, name.removeprefix("axis/")) for name in columns if name.startswith("axis/")
    )
    panels = PANELS
    if len(runs) == 1:
        by_axis = ("Share of programs that satisfy an axis", rubric, True)
        panels = (PANELS[0], by_axis, *PANELS[1:])
    drawn = []
    for title, series, is_share in panels:
        lines = [
            line
            for run, dash in zip(runs, DASHES, strict=False)
            for line in _series(run, [pair for pair in series if pair[0] in columns], dash)
        ]
        if lines:
            drawing = _draw(title, lines, is_share=is_share)
            words = "; ".join(line.words for line in lines)
            drawn.append(Curve(title, words, *map(_address, (drawing, _darkened(drawing)))))
    return drawn


def moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of each value and the ``width - 1`` before it; NaN values do not count."""
    padded = np.concatenate([np.full(width - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    count = np.sum(np.isfinite(windows), axis=1)
    total = np.sum(np.where(np.isfinite(windows), windows, 0.0), axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Line:
    """One column of one run: where it stands in the list of colours, and what is drawn."""

    label: str
    color: int
    dash: str
    rollouts: np.ndarray
    values: np.ndarray

    @property
    def words(self) -> str:
        known = self.values[np.isfinite(self.values)]
        if not len(known):
            return f"{self.label}: no value"
        return f"{self.label} from {known[0]:.3g} to {known[-1]:.3g}"


def _series(run: RunRecords, series: Sequence[tuple[str, str]], dash: str) -> list[_Line]:
    if not run.metrics:
        return []
    size = max(len(run.first_update), 1)
    rollouts = np.array([(row["step"] + 1) * size for row in run.metrics], np.float64)
    prefix = "" if dash == DASHES[0] else "2: "
    return [
        _Line(
            label=prefix + label, color=index,
            dash=dash if index < len(LIGHT.series) else DASHES[1], rollouts=rollouts,
            values=np.array([_number(row.get(name)) for row in run.metrics], np.float64),
        )
        for index, (name, label) in enumerate(series)
    ]  # fmt: skip


def _draw(title: str, lines: Sequence[_Line], *, is_share: bool) -> str:
    """An SVG picture in the colours of LIGHT."""
    with mpl.rc_context(DRAWING):
        figure = Figure(figsize=(5.2, 3.0), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        for line in lines:
            color = LIGHT.series[line.color % len(LIGHT.series)]
            if len(lines) <= MANY or len(line.values) < 2:
                axes.plot(
                    line.rollouts, line.values, ".", color=color, alpha=0.45, markersize=6,
                    markeredgewidth=0,
                )  # fmt: skip
            axes.plot(
                line.rollouts, moving_mean(line.values, SMOOTHING), line.dash, color=color,
                linewidth=1.8, label=line.label,
            )  # fmt: skip
        _dress(axes, title, num_lines=len(lines), is_share=is_share)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return stream.getvalue().decode()


def _darkened(drawing: str) -> str:
    """The same picture in the colours of DARK: drawing it twice costs twice."""
    pairs = zip((LIGHT.ink, LIGHT.grid, *LIGHT.series), (DARK.ink, DARK.grid, *DARK.series),
                strict=True)  # fmt: skip
    for light, dark in pairs:
        drawing = drawing.replace(light, dark)
    return drawing


def _address(drawing: str) -> str:
    return data_uri(drawing.encode(), "image/svg+xml")


def _dress(axes: Axes, title: str, *, num_lines: int, is_share: bool) -> None:
    axes.set_title(title, fontsize=10, loc="left", color=LIGHT.ink)
    axes.set_xlabel("rollouts", fontsize=9, color=LIGHT.ink)
    axes.set_xlim(left=0)
    if is_share:
        axes.set_ylim(0, 1.02)
    else:
        axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=LIGHT.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, length=3, colors=LIGHT.ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(LIGHT.ink)
    if num_lines > MANY:
        axes.legend(
            fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5),
            labelcolor=LIGHT.ink,
        )  # fmt: skip
    elif num_lines > 1:
        axes.legend(fontsize=8, frameon=False, labelcolor=LIGHT.ink)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
