"""The way of the data in one update: python docs/figures/dataflow.py writes dataflow.png."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

matplotlib.use("agg")
HOST, DEVICE, UNTRUSTED = "#e8f0fa", "#e9f5e6", "#fbe6e1"
# x, y, width, height, colour, what it is, what crosses or holds there
BOXES = [
    (0.2, 7.0, 2.6, 1.1, HOST, "1 prompts", "Task -> token ids"),
    (7.0, 7.0, 2.8, 1.1, DEVICE, "2 rollouts", "G programs a prompt\ntokens_BT, logp_BT"),
    (0.2, 4.6, 2.6, 1.3, UNTRUSTED, "3 run", "locked child or browser;\nsends draw calls"),
    (3.6, 4.6, 2.6, 1.3, HOST, "3 paint and look", "own picture, checked;\nDefect{axis, region}"),
    (3.6, 2.3, 2.6, 1.3, HOST, "4 credit", "Eq. 4 on statements,\nEq. 5 on tokens: weight_T"),
    (
        0.2,
        2.3,
        2.6,
        1.3,
        HOST,
        "5 teacher contexts",
        "prompt and the feedback\non this very rollout",
    ),
    (
        7.0,
        2.3,
        2.8,
        1.3,
        DEVICE,
        "6 update",
        "student and teacher forward,\nweighted KL + beta GRPO",
    ),
    (3.6, 0.2, 2.6, 1.1, HOST, "7 record", "metrics, episode, checkpoint"),
]
# The corners of each arrow; a label and its place
ARROWS = [
    ([(2.8, 7.55), (7.0, 7.55)], "prompt ids", (4.9, 7.72)),
    (
        [(8.0, 7.0), (8.0, 6.45), (1.5, 6.45), (1.5, 5.9)],
        "Rollout: text, and the characters of each token",
        (4.2, 6.62),
    ),
    ([(2.8, 5.25), (3.6, 5.25)], "", (0, 0)),
    ([(4.9, 4.6), (4.9, 3.6)], "Judged", (5.35, 4.1)),
    ([(4.3, 4.6), (4.3, 4.1), (1.5, 4.1), (1.5, 3.6)], "", (0, 0)),
    ([(6.2, 2.95), (7.0, 2.95)], "weights", (6.45, 3.12)),
    ([(1.5, 2.3), (1.5, 1.75), (7.9, 1.75), (7.9, 2.3)], "TrainBatch: fixed shapes", (4.9, 1.92)),
    ([(9.0, 3.6), (9.0, 7.0)], "new weights", (9.02, 5.3)),
    ([(8.9, 2.3), (8.9, 0.75), (6.2, 0.75)], "metrics", (7.6, 0.92)),
]


def draw() -> Figure:
    figure = Figure(figsize=(10, 8.2), dpi=110)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 10), ylim=(0, 8.9))
    axes.axis("off")
    axes.axvline(6.75, ymax=0.93, color="#999999", linestyle=(0, (2, 4)))
    axes.text(0.2, 8.45, "HOST: records (numpy, primitives)", fontsize=11, color="#444444")
    axes.text(7.0, 8.45, "DEVICE: arrays, jitted", fontsize=11, color="#444444")
    for x, y, width, height, color, title, text in BOXES:
        style = "round,pad=0,rounding_size=0.12"
        patch = FancyBboxPatch((x, y), width, height, style, facecolor=color, edgecolor="#555555")
        axes.add_patch(patch)
        middle = x + width / 2
        axes.text(middle, y + height - 0.3, title, ha="center", va="center", weight="bold")
        axes.text(middle, y + (height - 0.3) / 2 - 0.05, text, ha="center", va="center", fontsize=9)
    for corners, label, place in ARROWS:
        *_, before, end = corners
        axes.plot(*zip(*corners[:-1], strict=True), color="#333333", linewidth=1.2)
        arrow = {"arrowstyle": "-|>", "color": "#333333", "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", end, before, arrowprops=arrow)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(*place, label, ha="center", va="center", fontsize=9, color="#333333", bbox=box)
    axes.text(0.2, 4.37, "hostile until proven otherwise", fontsize=8.5, color="#a33c25")
    return figure


if __name__ == "__main__":
    draw().savefig(Path(__file__).with_suffix(".png"))
