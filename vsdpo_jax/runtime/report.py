"""report.html: what a run learned, on one page without anything from outside.

Reads what train.py left in a workdir and nothing else, so it can be made again at any time.
"""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.runtime.episodes import Sample, read_episode
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.metrics import read_metrics

GALLERY_TASKS = 12
STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def format_table(columns: Mapping[str, Mapping[str, Any]]) -> str:
    """The score table for a terminal: a column for each evaluation."""
    lines = [f"{'held-out tasks':<18}" + "".join(f"{name:>18}" for name in columns)]
    lines += [
        f"{row[0]:<18}" + "".join(f"{cell:>18}" for cell in row[1:]) for row in _rows(columns)
    ]
    return "\n".join(lines)


def _rows(columns: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    axes = dict.fromkeys(axis for column in columns.values() for axis in column["axes"])
    rows = [
        ["score (0-100)", *(f"{c['score']:.1f} ± {c['stderr']:.1f}" for c in columns.values())],
        ["runs", *(f"{c['exec_rate']:.2f}" for c in columns.values())],
    ]
    rows += [
        [axis, *(f"{column['axes'].get(axis, float('nan')):.2f}" for column in columns.values())]
        for axis in axes
    ]
    rows.append(["tasks", *(str(column["num_tasks"]) for column in columns.values())])
    return rows


def write_report(workdir: Path) -> Path:
    """Write ``workdir``/report.html and return its path."""
    summary = json.loads((workdir / "summary.json").read_text())
    metrics = read_metrics(workdir / "metrics.jsonl")
    before = read_episode(workdir / "eval", "before")
    after = read_episode(workdir / "eval", "after")
    columns = {name: summary[name] for name in ("before", "after")}
    gain = columns["after"]["score"] - columns["before"]["score"]
    body = [
        "<h1>Visual-SDPO run report</h1>",
        f"<p class=lead>On {columns['after']['num_tasks']} held-out tasks the score went from "
        f"<b>{columns['before']['score']:.1f}</b> to <b>{columns['after']['score']:.1f}</b> "
        f"({gain:+.1f}) in {summary['seconds']:.0f} seconds, seed {summary['seed']}. "
        "One program is sampled per task; the score is 100 times the mean reward, and a program "
        "that does not run scores 0.</p>",
        _table(columns),
        "<h2>Learning</h2>",
        _curves(metrics),
        "<h2>The same tasks, before and after</h2>",
        "<p>Boxes mark defects. A line of code is shaded by the weight of its tokens in the loss: "
        "the darker, the more it was held responsible (Eq. 4 and 5).</p>",
        *(_pair(*pair) for pair in _gallery(before, after)),
    ]
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Visual-SDPO run</title><style>{STYLE}</style><main>{''.join(body)}</main></html>\n"
    )
    path = workdir / "report.html"
    write_atomic(path, page)
    return path


def _table(columns: Mapping[str, Mapping[str, Any]]) -> str:
    head = "<tr><th></th>" + "".join(f"<th>{name}</th>" for name in columns) + "</tr>"
    rows = "".join(
        "<tr>" + f"<th>{html.escape(row[0])}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in _rows(columns)
    )  # fmt: skip
    return f"<table class=scores>{head}{rows}</table>"


CURVES = (
    ("Reward and execution", (("reward", "reward"), ("exec_rate", "runs"),
                              ("axis/content", "content"))),
    ("KL(student || teacher) per token", (("kl/credited", "credited tokens"),
                                          ("kl/other", "other tokens"))),
    ("Entropy of the policy", (("policy/entropy", "entropy"),)),
    ("Length of a program (tokens)", (("length/mean", "mean"), ("length/max", "longest"))),
    ("Seconds per stage", (("seconds/2_rollouts", "rollouts"),
                           ("seconds/3_render_and_diagnose", "render and diagnose"),
                           ("seconds/6_update", "update"))),
)  # fmt: skip


def _curves(metrics: Sequence[Mapping[str, Any]]) -> str:
    if not metrics:
        return "<p>No updates were made.</p>"
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = []
    for title, curves in CURVES:
        figure = Figure(figsize=(4.2, 2.5), dpi=110, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        for (name, label), color in zip(curves, ("#1f5fa8", "#c2571a", "#3a7d44"), strict=False):
            values = [np.nan if row.get(name) is None else row[name] for row in metrics]
            axes.plot([row["step"] + 1 for row in metrics], values, label=label, color=color)
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel("update", fontsize=9)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        if len(curves) > 1:
            axes.legend(fontsize=8, frameon=False)
        stream = io.BytesIO()
        figure.savefig(stream, format="png")
        panels.append(f'<img class=curve alt="{title}" src="{_data_uri(stream.getvalue())}">')
    return f"<div class=curves>{''.join(panels)}</div>"


def _gallery(
    before: Sequence[Sample], after: Sequence[Sample]
) -> list[tuple[Sample, Sample]]:  # fmt: skip
    """Tasks spread evenly over the gain, the worst included: no picked cherries."""
    pairs = sorted(
        zip(before, after, strict=True),
        key=lambda pair: pair[0].judged.diagnosis.reward - pair[1].judged.diagnosis.reward,
    )
    if len(pairs) <= GALLERY_TASKS:
        return pairs
    return [pairs[i] for i in np.linspace(0, len(pairs) - 1, GALLERY_TASKS).round().astype(int)]


def _pair(before: Sample, after: Sample) -> str:
    return (
        f"<section><p class=brief>{html.escape(before.task.brief)}</p><div class=pair>"
        f"{_side('before', before)}{_side('after', after)}</div></section>"
    )


def _side(name: str, sample: Sample) -> str:
    diagnosis = sample.judged.diagnosis
    axes = "".join(
        f'<span class="{"good" if satisfied else "bad"}">{"✓" if satisfied else "✗"} {axis}</span>'
        for axis, satisfied in diagnosis.rubric.items()
    )
    defects = "".join(
        f"<li><b>{html.escape(defect.axis)}</b> {html.escape(defect.message)}</li>"
        for defect in diagnosis.defects if defect.severity
    )  # fmt: skip
    return (
        f"<div><h3>{name}: {100 * diagnosis.reward:.0f}</h3>{_picture(sample)}"
        f"<div class=axes>{axes}</div><ul>{defects}</ul>"
        f"<details><summary>program</summary>{_program(sample)}</details></div>"
    )


def _picture(sample: Sample) -> str:
    render = sample.judged.render
    if render.image_YXC is None:
        reason = html.escape(render.error[-600:] or render.status)
        return f"<pre class=failure>{html.escape(render.status)}\n{reason}</pre>"
    height, width = render.image_YXC.shape[:2]
    boxes = "".join(
        f'<i title="{html.escape(d.message)}" style="left:{100 * d.region[0] / width:.2f}%;'
        f"top:{100 * d.region[1] / height:.2f}%;width:{100 * d.region[2] / width:.2f}%;"
        f'height:{100 * d.region[3] / height:.2f}%"></i>'
        for d in sample.judged.diagnosis.defects if d.severity
    )  # fmt: skip
    stream = io.BytesIO()
    # 64 colours halve the page and cannot be told apart from the picture at this size.
    Image.fromarray(render.image_YXC).quantize(64).save(stream, "PNG", optimize=True)
    return f'<div class=picture><img alt="" src="{_data_uri(stream.getvalue())}">{boxes}</div>'


def _program(sample: Sample) -> str:
    rollout = sample.rollout
    largest = max(float(sample.weight_T.max(initial=1.0)), 1.0 + 1e-9)
    parts = []
    for (start, end), weight in zip(rollout.offsets_T2, sample.weight_T, strict=True):
        text = html.escape(rollout.text[start:end])
        share = (float(weight) - 1) / (largest - 1)
        if share > 0.01:
            text = f'<mark style="--w:{share:.2f}" title="weight {weight:.2f}">{text}</mark>'
        parts.append(text)
    return f"<pre>{''.join(parts)}</pre>"


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()
