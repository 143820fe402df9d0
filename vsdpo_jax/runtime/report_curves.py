"""The learning curves of report.html, as pictures inside the page."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLORS = (
    "#1f5fa8", "#c2571a", "#3a7d44", "#8b4fa3", "#b3261e", "#0f7c86", "#8a6d00", "#5b6673",
    "#d16ba5",
)  # fmt: skip
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


def curves(metrics: Sequence[Mapping[str, Any]], *, rollouts_per_step: int) -> str:
    """HTML of the curves over rollouts; a panel whose columns the run did not write is left out.

    Args:
      metrics: rows of metrics.jsonl.
      rollouts_per_step: how many rollouts an update uses.
    """
    if not metrics:
        return "<p>No updates were made.</p>"
    columns = dict.fromkeys(name for row in metrics for name in row)
    rubric = tuple(
        (name, name.removeprefix("axis/")) for name in columns if name.startswith("axis/")
    )
    panels = (PANELS[0], ("Share of programs that satisfy an axis", rubric, True), *PANELS[1:])
    pictures = []
    for title, series, is_share in panels:
        known = [(name, label) for name, label in series if name in columns]
        if known:
            png = _panel(title, known, metrics, rollouts_per_step, is_share=is_share)
            pictures.append(f'<img class="curve" alt="{html.escape(title)}" src="{data_uri(png)}">')
    return (
        f"<p>Every dot is one update of {rollouts_per_step} rollouts; lines are means over "
        f'{SMOOTHING} updates.</p><div class="curves">{"".join(pictures)}</div>'
    )


def moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of each value and the ``width - 1`` before it; NaN values do not count."""
    padded = np.concatenate([np.full(width - 1, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    count = np.sum(np.isfinite(windows), axis=1)
    total = np.sum(np.where(np.isfinite(windows), windows, 0.0), axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def data_uri(png: bytes) -> str:
    """A PNG file as an address that needs no file."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _panel(
    title: str,
    series: Sequence[tuple[str, str]],
    metrics: Sequence[Mapping[str, Any]],
    rollouts_per_step: int,
    *,
    is_share: bool,
) -> bytes:
    figure = Figure(figsize=(5.2, 3.0), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    rollouts = np.array([(row["step"] + 1) * rollouts_per_step for row in metrics], np.float64)
    for (name, label), color in zip(series, _colors(len(series)), strict=True):
        values = np.array([_number(row.get(name)) for row in metrics], np.float64)
        axes.plot(rollouts, values, ".", color=color, alpha=0.45, markersize=6, markeredgewidth=0)
        axes.plot(rollouts, moving_mean(values, SMOOTHING), color=color, linewidth=1.8, label=label)
    _dress(axes, title, num_series=len(series), is_share=is_share)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def _dress(axes: Axes, title: str, *, num_series: int, is_share: bool) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel("rollouts", fontsize=9)
    axes.set_xlim(left=0)
    if is_share:
        axes.set_ylim(0, 1.02)
    else:
        axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#e3e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, length=3)
    axes.spines[["top", "right"]].set_visible(False)
    if num_series > 4:
        axes.legend(fontsize=7.5, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    elif num_series > 1:
        axes.legend(fontsize=8, frameon=False)


def _colors(count: int) -> list[str]:
    return [COLORS[index % len(COLORS)] for index in range(count)]


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
