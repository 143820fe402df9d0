"""report.html: what a run learned, on one page without anything from outside.

Reads what train.py left in a workdir and nothing else, so it can be made again at any time:
summary.json, metrics.jsonl, config.json, the episodes, and the evaluations before and after.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vsdpo_jax.runtime.episodes import Sample, read_episode
from vsdpo_jax.runtime.files import read_json, write_atomic
from vsdpo_jax.runtime.metrics import read_metrics, stage_label
from vsdpo_jax.runtime.report_curves import curves
from vsdpo_jax.runtime.report_samples import compare, walk_through

GALLERY_TASKS = 12
STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")

INTRODUCTION = """
<p>A policy reads a task and writes a program that draws. Each program is run, its picture is
measured on the axes of a rubric, and the defects are traced to the statements that caused them. A
teacher, the same model with this feedback in its context, scores the policy's own tokens again;
the update moves the policy towards the teacher, most of all on the statements at fault, and
towards rollouts that scored better than others of the same task.</p>
<p>A program's reward is 0 when it fails, else the weighted share of the axes that its picture
satisfies; the <b>score</b> is 100 times the mean reward on tasks that were never trained on, one
sampled program a task. <b>Runs</b> and the axes are shares of all these tasks: a program that fails
satisfies no axis. After ± stands the standard error over tasks.</p>
"""


def format_table(columns: Mapping[str, Mapping[str, Any]]) -> str:
    """The score table for a terminal: a column for each evaluation.

    Args:
      columns: name -> {"score", "stderr", "exec_rate", "axes", "num_tasks"} as in summary.json.
    """
    axes = dict.fromkeys(axis for column in columns.values() for axis in column["axes"])
    rows = [
        ["held-out tasks", *columns],
        ["score (0-100)", *(f"{c['score']:.1f} ± {c['stderr']:.1f}" for c in columns.values())],
        ["runs", *(f"{c['exec_rate']:.2f}" for c in columns.values())],
        *(
            [axis, *(f"{c['axes'].get(axis, math.nan):.2f}" for c in columns.values())]
            for axis in axes
        ),
        ["tasks", *(str(column["num_tasks"]) for column in columns.values())],
    ]
    widths = [max(18, 2 + max(map(len, column))) for column in zip(*rows, strict=True)]
    return "\n".join(
        row[0].ljust(widths[0])
        + "".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def write_report(workdir: Path) -> Path:
    """Write ``workdir``/report.html.

    Returns:
      Its path.

    Raises:
      FileNotFoundError: the run has not ended: no summary or no evaluation.
      ValueError: a file is damaged, or the evaluations are of different tasks.
    """
    summary = read_json(workdir / "summary.json")
    metrics = read_metrics(workdir / "metrics.jsonl")
    pairs = _pair_up(
        read_episode(workdir / "eval", "before"), read_episode(workdir / "eval", "after")
    )
    first_step = _first_step(workdir)
    body = [
        "<h1>Visual-SDPO: what this run learned</h1>",
        _headline(summary, len(metrics)),
        INTRODUCTION,
        "<h2>Held-out tasks, before and after</h2>",
        _score_table(summary, pairs),
        "<h2>Learning curves</h2>",
        curves(metrics, rollouts_per_step=max(len(first_step), 1)),
        "<h2>One rollout, followed through</h2>",
        walk_through(first_step),
        f"<h2>The same tasks, before and after</h2>{_gallery(pairs)}",
        "<h2>Where the time went</h2>",
        _stages(metrics),
        "<h2>Settings</h2>",
        _settings(workdir),
    ]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Visual-SDPO run: {html.escape(workdir.name)}</title><style>{STYLE}</style>"
        f"<main>{''.join(body)}</main></html>\n"
    )
    path = workdir / "report.html"
    write_atomic(path, page)
    return path


def _pair_up(before: Sequence[Sample], after: Sequence[Sample]) -> list[tuple[Sample, Sample]]:
    if [one.task.task_id for one in before] != [one.task.task_id for one in after]:
        raise ValueError("eval/before and eval/after hold different tasks; evaluate both again")
    return list(zip(before, after, strict=True))


def _first_step(workdir: Path) -> list[Sample]:
    """The samples of the first update whose episode is there; none when there is none."""
    names = sorted(path.stem for path in (workdir / "episodes").glob("step_*.jsonl"))
    return read_episode(workdir / "episodes", names[0]) if names else []


def _headline(summary: Mapping[str, Any], num_updates: int) -> str:
    before, after = summary["before"], summary["after"]
    gain = after["score"] - before["score"]
    error = math.hypot(before["stderr"], after["stderr"])
    minutes, seconds = divmod(round(summary["seconds"]), 60)
    tiles = (
        ("score", f"{before['score']:.1f} → {after['score']:.1f}", f"{gain:+.1f} ± {error:.1f}"),
        (
            "programs that run",
            f"{100 * before['exec_rate']:.0f} → {100 * after['exec_rate']:.0f} %",
            f"of {after['num_tasks']} tasks",
        ),
        (
            "time",
            f"{minutes} min {seconds:02d} s",
            f"{num_updates} updates, seed {summary['seed']}",
        ),
    )
    cells = "".join(
        f'<div class="tile"><div class="label">{label}</div><div class="value">{value}</div>'
        f'<div class="note">{note}</div></div>'
        for label, value, note in tiles
    )
    return f'<div class="tiles">{cells}</div>'


def _score_table(summary: Mapping[str, Any], pairs: Sequence[tuple[Sample, Sample]]) -> str:
    before, after = summary["before"], summary["after"]
    rows = [_row("score", before["score"], before["stderr"], after["score"], after["stderr"], "")]
    b, a = 100 * before["exec_rate"], 100 * after["exec_rate"]
    b_error, a_error = _rate_error(b, before["num_tasks"]), _rate_error(a, after["num_tasks"])
    rows.append(_row("runs", b, b_error, a, a_error, "the program ends without error and draws"))
    for axis in dict.fromkeys([*before["axes"], *after["axes"]]):
        b, a = 100 * before["axes"].get(axis, 0.0), 100 * after["axes"].get(axis, 0.0)
        b_error, a_error = _rate_error(b, before["num_tasks"]), _rate_error(a, after["num_tasks"])
        rows.append(_row(axis, b, b_error, a, a_error, _example(axis, pairs)))
    return (
        '<div class="wide"><table class="scores"><tr><th></th><th>before</th><th>after</th>'
        "<th>change</th><th>0 … 100</th><th>a defect of this axis reads</th></tr>"
        f"{''.join(rows)}</table></div>"
    )


def _row(
    name: str, before: float, before_error: float, after: float, after_error: float, note: str
) -> str:
    change = after - before
    # Below twice its error a change says nothing.
    is_clear = abs(change) > 2 * math.hypot(before_error, after_error)
    kind = ("up" if change > 0 else "down") if is_clear else "flat"
    bars = "".join(
        f'<div class="bar {side}"><b style="width:{_percent(value)}%"></b></div>'
        for side, value in (("before", before), ("after", after))
    )
    return (
        f"<tr><th>{html.escape(name)}</th><td>{before:.1f} ± {before_error:.1f}</td>"
        f'<td>{after:.1f} ± {after_error:.1f}</td><td class="{kind}">{change:+.1f}</td>'
        f'<td class="bars">{bars}</td><td class="example">{html.escape(note)}</td></tr>'
    )


def _rate_error(percent: float, count: int) -> float:
    """Standard error of a share of ``count`` tasks, in percent (ddof = 1)."""
    return math.sqrt(percent * (100 - percent) / (count - 1)) if count > 1 else 0.0


def _percent(value: float) -> str:
    return f"{min(max(value, 0.0), 100.0):.1f}"


def _example(axis: str, pairs: Sequence[tuple[Sample, Sample]]) -> str:
    """The message of the first defect of an axis: what the axis means, in its own words."""
    for pair in pairs:
        for sample in pair:
            for defect in sample.judged.diagnosis.defects:
                if defect.axis == axis and defect.severity:
                    return defect.message
    return ""


def _gallery(pairs: Sequence[tuple[Sample, Sample]]) -> str:
    """Tasks spread evenly over the gain, from the greatest to the worst: none is picked."""
    ordered = sorted(
        (pair for pair in pairs if not any(sample.judged.diagnosis.masked for sample in pair)),
        key=lambda pair: pair[0].judged.diagnosis.reward - pair[1].judged.diagnosis.reward,
    )
    if len(ordered) > GALLERY_TASKS:
        chosen = np.linspace(0, len(ordered) - 1, GALLERY_TASKS).round().astype(int)
        ordered = [ordered[index] for index in chosen]
    return (
        f"<p>{len(ordered)} of {len(pairs)} tasks, spread evenly from the greatest gain to the "
        "greatest loss. Boxes mark defects, numbered as in the list below the picture. In a "
        "program, colour marks the tokens of statements that were held responsible: the stronger, "
        "the more weight they get in the loss.</p>" + "".join(compare(*pair) for pair in ordered)
    )


def _stages(metrics: Sequence[Mapping[str, Any]]) -> str:
    """Mean seconds of each stage of an update; the first one, which compiles, apart."""
    names = [name for name in (metrics[-1] if metrics else {}) if name.startswith("seconds/")]
    if not names:
        return "<p>No updates were made.</p>"
    steady = metrics[1:] if len(metrics) > 1 else metrics
    means = {name: float(np.mean([row.get(name) or 0.0 for row in steady])) for name in names}
    total = max(sum(means.values()), 1e-9)
    first = sum(metrics[0].get(name) or 0.0 for name in names)
    rows = "".join(
        f"<tr><th>{html.escape(stage_label(name))}</th><td>{seconds:.2f} s</td>"
        f"<td>{100 * seconds / total:.0f} %</td>"
        f'<td class="bars"><div class="bar after"><b style="width:'
        f'{_percent(100 * seconds / total)}%"></b></div></td></tr>'
        for name, seconds in means.items()
    )
    return (
        f"<p>An update takes {total:.1f} s (mean, without the first one, which also compiles and "
        f'took {first:.1f} s).</p><table class="scores stages">{rows}</table>'
    )


def _settings(workdir: Path) -> str:
    text = json.dumps(read_json(workdir / "config.json"), indent=2)
    return (
        "<details><summary>config.json: every setting of the run</summary>"
        f"<pre>{html.escape(text)}</pre></details>"
    )
