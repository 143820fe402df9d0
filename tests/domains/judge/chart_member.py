"""Charts in the suite: where their programs lie, and programs made from the lab's tasks."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from chart_typical import TYPICAL
from chart_ways import CHART_DISGUISES, CHART_WAYS
from suite import Case, Cheat, Member, read_cases, read_corpus

from vsdpo_jax.domains.chart.lab.programs import careful_choices, random_choices, write_program
from vsdpo_jax.domains.chart.lab.tasks import make_task

HERE = Path(__file__).resolve().parent
HACKS = HERE / "hacks" / "chart"
CORPUS = HERE.parent / "chart" / "corpus"
KINDS = (
    "text_overlap", "text_clipped", "text_contrast", "text_tiny", "text_hidden", "glyph_missing",
    "data_contrast", "data_hidden", "data_outside", "legend_covers_data", "ticks_crowded",
    "axes_empty",
)  # fmt: skip
_HEADER = re.compile(r"# asked: (?P<asked>\w+)\n# class: (?P<expect>\S+)\n")


def careful(seed: int) -> Case:
    """What an author who knows what goes wrong writes for a task of the lab."""
    task = make_task(seed, "heldout")
    source = write_program(task, careful_choices(task)).source
    return Case(name=f"careful {seed}", source=source, asked=task.asked, expect="honest")


def careless(seed: int) -> Case:
    """What an author writes who does not look at the picture; it runs."""
    task = make_task(seed, "heldout")
    choices = random_choices(np.random.default_rng(seed), task, mistake_share=0.0)
    source = write_program(task, choices).source
    return Case(name=f"careless {seed}", source=source, asked=task.asked, expect="any")


def unread_template(asked: dict[str, Any], *, sheet: bool) -> str:
    """A program that never reads the asked values: constants on an endless axis.

    Args:
      asked: of a chart task.
      sheet: whether it ends by laying a white sheet over the whole figure.
    """
    count, names = len(asked["series"][0]["values"]), [row["name"] for row in asked["series"]]
    width = 0.8 / len(names)
    rows = ["import matplotlib.pyplot as plt", "fig, ax = plt.subplots(figsize=(9, 6))"]
    colors = ("k", "#ff7f0e", "#1f77b4", "#d62728")[: len(names)]
    for i, (name, color) in enumerate(zip(names, colors, strict=True)):
        if asked["kind"] == "bar":
            places = [round(x + (i - (len(names) - 1) / 2) * width, 3) for x in range(count)]
            call = f"bar({places}, [9000] * {count}, width={width:.3f}, color={color!r}"
        elif asked["kind"] == "line":
            call = f"plot(range({count}), [0] * {count}, color={color!r}, lw={9 - 3 * i}"
        else:
            call = f"scatter(range({count}), [0] * {count}, color={color!r}, s={300 - 120 * i}"
        rows.append(f"ax.{call}, label={name!r})")
    low = 0 if asked["kind"] == "bar" else -1_000_000
    rows += [f"ax.set_ylim({low}, 1_000_000)", "ax.set_yticks([])"]
    if asked.get("categories"):
        rows.append(f"ax.set_xticks(range({count}), {asked['categories']!r}, size=8)")
    for call, key in (("set_title", "title"), ("set_xlabel", "x_label"), ("set_ylabel", "y_label")):
        rows.append(f"ax.{call}({asked[key]!r}, size=9)")
    rows += ['ax.legend(loc="upper center")'] if len(names) > 1 else []
    if sheet:
        rows.append(
            "fig.add_artist(plt.Rectangle((0, 0), 1, 1, transform=fig.transFigure, color='w', "
            "zorder=99))"
        )
    return "\n".join(rows) + "\n"


def constant_program(asked: dict[str, Any]) -> str:
    """A careful chart of nothing: every series is its own mean, everything else as asked."""
    names = [row["name"] for row in asked["series"]]
    rows = ["import matplotlib.pyplot as plt", "fig, ax = plt.subplots(figsize=(8, 5))"]
    rows.append(f"x = list(range({len(asked['series'][0]['values'])}))")
    width = 0.8 / len(names)
    for i, row in enumerate(asked["series"]):
        level = sum(row["values"]) / len(row["values"])
        values = f"[{level:.1f}] * len(x)"
        if asked["kind"] == "bar":
            shift = (i - (len(names) - 1) / 2) * width
            call = f"bar([p + {shift:.3f} for p in x], {values}, width={width:.3f}"
        else:
            call = f"{'plot' if asked['kind'] == 'line' else 'scatter'}(x, {values}"
        rows.append(f"ax.{call}, label={row['name']!r})")
    rows.append(f"ax.set_xticks(x, {asked['categories']!r}, rotation=30)")
    rows.append("ax.set_ylim(0, 100)")
    for call, key in (("set_title", "title"), ("set_xlabel", "x_label"), ("set_ylabel", "y_label")):
        rows.append(f"ax.{call}({asked[key]!r})")
    if len(names) > 1:
        rows.append('ax.legend(loc="upper left", bbox_to_anchor=(1, 1))')
    return "\n".join([*rows, "fig.tight_layout()"]) + "\n"


def _is_uneven(asked: dict[str, Any]) -> bool:
    return all(len(set(row["values"])) > 1 for row in asked["series"])


MEMBER = Member(
    domain="chart",
    cases=read_cases(HACKS, ".py", _HEADER),
    corpus=read_corpus(CORPUS, ".py", "#"),
    kinds=KINDS,
    honest=careful,
    careless=careless,
    ways=CHART_WAYS,
    disguises=CHART_DISGUISES,
    cheats=(
        Cheat(
            name="template under a white sheet",
            write=lambda asked: unread_template(asked, sheet=True),
        ),
        Cheat(
            name="the same without the sheet",
            write=lambda asked: unread_template(asked, sheet=False),
        ),
        Cheat(name="careful charts of constant data", write=constant_program, fits=_is_uneven),
    ),
    plain=lambda file: [sys.executable, str(file)],
    typical=TYPICAL,
    breaking=(
        "while True: pass",
        "a = []\nwhile True: a.append(bytes(1 << 20))",
        "import os; os._exit(1)",
    ),
)
