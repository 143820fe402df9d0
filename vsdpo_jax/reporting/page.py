"""report.html: what a run learned, or how two runs differ, on a page that needs no network.

Reads what a run left in its folder and nothing else, so it can be made again at any time, without a
model. What came from a model is escaped by the templates, and a policy in the page forbids a
browser every address but the page's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from vsdpo_jax.reporting import cards
from vsdpo_jax.reporting.curves import SMOOTHING, curves
from vsdpo_jax.reporting.figures import CURED, INTRODUCED, Case, Row, mean_of, pair_up, rows
from vsdpo_jax.reporting.picture_files import Pictures
from vsdpo_jax.reporting.runs import (
    AFTER,
    BEFORE,
    LAST_STATES,
    ReportError,
    RunRecords,
    Shown,
    read_run,
)
from vsdpo_jax.reporting.sides import shown_text, sides_of, view
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.metrics import stage_label

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subject:
    """What a page is about: one run, or two.

    Attributes:
      runs: one, or the two that are compared.
      labels: of the sides of a case.
      cases: the tasks.
      what: the tasks in words.
      note: which tasks are left out; "" for none.
    """

    runs: tuple[RunRecords, ...]
    labels: tuple[str, ...]
    cases: list[Case]
    what: str
    note: str = ""


def write_report(workdir: Path, *, compare: Path | None = None, out: Path | None = None) -> Path:
    """Write the report of a run, also of one that goes on.

    Args:
      workdir: of the run.
      compare: of another run of the same tasks, which takes the place of "after".
      out: the file, or a folder for report.html; None: into ``workdir``.

    Returns:
      Its path.

    Raises:
      ReportError: there is nothing to report or compare, and why.
      DamagedFileError: a file of the run is damaged.
    """
    subject = _subject(read_run(workdir), None if compare is None else read_run(compare))
    path = _target(workdir, compare, out)
    path.parent.mkdir(parents=True, exist_ok=True)
    sides = [side for case in subject.cases for side in case.sides]
    pictures = Pictures(path, sum(side.picture is not None for side in sides))
    try:
        page = _render(subject, pictures)
        pictures.finish()
        # Halves of characters, which a tokenizer can make, are no UTF-8.
        write_atomic(path, page.encode("utf-8", "backslashreplace"))
    finally:
        pictures.abandon()
    return path


def _target(workdir: Path, compare: Path | None, out: Path | None) -> Path:
    name = "report.html" if compare is None else f"compared_with_{compare.resolve().name}.html"
    if out is None:
        return workdir / name
    return out if out.suffix == ".html" else out / name


def _subject(run: RunRecords, other: RunRecords | None) -> Subject:
    if other is not None:
        return _comparison(run, other)
    for state in (AFTER, "policy", BEFORE):
        if run.evaluations.get(state):
            break
    else:
        cases = pair_up(run.last_update, None)
        return Subject(runs=(run,), labels=("rollout",), cases=cases,
                       what="the rollouts of the newest update")  # fmt: skip
    if state == AFTER and run.evaluations.get(BEFORE):
        cases = pair_up(run.evaluations[BEFORE], run.evaluations[AFTER])
        return Subject(runs=(run,), labels=(BEFORE, AFTER), cases=cases, what="held-out tasks")
    cases = pair_up(run.evaluations[state], None)
    return Subject(runs=(run,), labels=(state,), cases=cases, what="held-out tasks")


def _comparison(run: RunRecords, other: RunRecords) -> Subject:
    """Raises ReportError where two runs cannot be compared."""
    if run.domain != other.domain:
        raise ReportError(
            f"{run.workdir} is about domain {run.domain!r}, {other.workdir} about "
            f"{other.domain!r}; their programs and axes cannot be compared: give two runs of one "
            "domain"
        )
    shown = [_last_state(one) for one in (run, other)]
    labels = [run.label, other.label]
    if labels[0] == labels[1]:
        labels = [one.workdir.resolve().as_posix() for one in (run, other)]
    cases = pair_up(*shown)
    left_out = max(map(len, shown)) - len(cases)
    note = f"{left_out} tasks that only one of the runs has are left out." if left_out else ""
    return Subject(
        runs=(run, other), labels=tuple(labels), cases=cases,
        what="the held-out tasks of both runs", note=note,
    )  # fmt: skip


def _last_state(run: RunRecords) -> Sequence[Shown]:
    for state in LAST_STATES:
        if state != BEFORE and run.evaluations.get(state):
            return run.evaluations[state]
    raise ReportError(
        f"{run.workdir}: there is no evaluation after training to compare with; the same command "
        "goes on with the run, and without --compare it is reported as far as it is"
    )


def _render(subject: Subject, pictures: Pictures) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    macros: Any = environment.get_template("card.html.jinja").module
    card = macros.card

    def card_of(number: int, *, is_kept: bool = False) -> str:
        case = subject.cases[number]
        sides = sides_of(case, subject.labels, pictures, is_kept=is_kept)
        task = case.sides[0].sample.task
        title, brief = shown_text(task.task_id), shown_text(task.brief)
        return card(number, title, brief, sides, 100 * case.gain)

    run = subject.runs[0]
    shown = cards.chosen(subject.cases)
    table = rows(subject.cases)
    style, script = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "report.js")
    )
    return environment.get_template("page.html.jinja").render(
        policy=_policy(style, script, has_files=not pictures.is_embedded),
        style=style, script=script, subject=subject, run=run, pictures=pictures,
        table=table, tiles=_tiles(subject, table),
        curves=curves(subject.runs), smoothing=SMOOTHING,
        walk=_walk(run, pictures), stages=_stages(run.metrics),
        cards=[card_of(number, is_kept=True) for number in shown],
        packs=list(cards.packs(card_of(number) for number in range(len(subject.cases)))),
        index=cards.index(subject.cases),
        configs=[(one.label, json.dumps(dict(one.config), indent=2)) for one in subject.runs],
        differences=_differences(subject.runs),
    ) + "\n"  # fmt: skip


def _policy(style: str, script: str, *, has_files: bool) -> str:
    """The page's Content-Security-Policy: its own style and script, no network, no frames."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    pictures = "data: 'self' file:" if has_files else "data:"
    return (
        f"default-src 'none'; img-src {pictures}; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; base-uri 'none'; form-action 'none'"
    )


def _tiles(subject: Subject, table: Sequence[Row]) -> list[tuple[str, str, str]]:
    """(what, figure, note) of the first line."""
    cases, run = subject.cases, subject.runs[0]
    score, runs = table[:2]
    fates = [fate for case in cases for fate in case.fates().values()]
    arrow = " → ".join
    tiles = [
        (
            "score", arrow(f"{mean.value:.1f}" for mean in score.means),
            f"{score.change.signed} (standard error)" if score.change else f"{score.means[0]}",
        ),
        (
            "programs that run", arrow(f"{mean.value:.0f}" for mean in runs.means) + " %",
            f"of {len(cases)} {'tasks' if subject.labels != ('rollout',) else 'rollouts'}",
        ),
    ]  # fmt: skip
    if score.change:
        cured, introduced = (f"{fates.count(fate)} {fate}" for fate in (CURED, INTRODUCED))
        tiles.append(("axes of tasks", cured, introduced))
    if len(subject.runs) == 1 and run.metrics:
        minutes, seconds = divmod(round(run.seconds or 0), 60)
        note = f"{len(run.metrics)} updates, seed {run.config.get('seed', '?')}"
        time = f"{minutes} min {seconds:02d} s" if run.seconds is not None else "not noted"
        tiles.append(("time", time, note))
    return tiles


def _walk(run: RunRecords, pictures: Pictures) -> dict[str, Any] | None:
    """A rollout of the first update whose defects are few and well traced, to be followed."""
    candidates = [
        shown
        for shown in run.first_update
        if shown.picture is not None
        and any(defect.severity for defect in shown.sample.judged.diagnosis.defects)
        and any(statement.responsibility > 0 for statement in shown.sample.statements)
    ]
    if not candidates:
        return None
    shown = min(candidates, key=lambda one: len(one.sample.judged.diagnosis.defects))
    sample = shown.sample
    return {
        "side": view(shown, "rollout", pictures, {}, is_kept=True),
        "brief": shown_text(sample.task.brief),
        "reward": sample.judged.diagnosis.reward,
        "culprit": max(sample.statements, key=lambda statement: statement.responsibility),
        "advantage": sample.advantage,
    }


def _stages(metrics: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Mean seconds of each stage of an update; the first one, which compiles, apart."""
    names = [name for name in (metrics[-1] if metrics else {}) if name.startswith("seconds/")]
    if not names:
        return None
    steady = metrics[1:] if len(metrics) > 1 else metrics
    means = {name: mean_of([row.get(name) or 0.0 for row in steady]) for name in names}
    total = sum(mean.value for mean in means.values())
    return {
        "total": total,
        "first": float(np.sum([metrics[0].get(name) or 0.0 for name in names])),
        "rows": [
            (stage_label(name), mean.value, 0.0 if math.isnan(mean.error) else mean.error,
             100 * mean.value / max(total, 1e-9))
            for name, mean in means.items()
        ],
    }  # fmt: skip


def _differences(runs: Sequence[RunRecords]) -> list[tuple[str, str, str]]:
    """(setting, its value in the first run, in the second) where two runs differ."""
    if len(runs) < 2:
        return []
    first, second = (_leaves(run.config, "") for run in runs)
    absent = "not there"
    return [
        (name, first.get(name, absent), second.get(name, absent))
        for name in sorted(first.keys() | second.keys())
        if first.get(name, absent) != second.get(name, absent)
    ]


def _leaves(value: Any, name: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {name: json.dumps(value)}
    found: dict[str, str] = {}
    for key, inner in value.items():
        found |= _leaves(inner, f"{name}.{key}" if name else str(key))
    return found
