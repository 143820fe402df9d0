"""The record of ChartMimic, direct mimic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from vsdpo_jax.benchmarks.base import (
    Benchmark,
    Column,
    DataError,
    Request,
    Scores,
    Scoring,
    axis_column,
)
from vsdpo_jax.benchmarks.chartmimic import extract
from vsdpo_jax.benchmarks.chartmimic.axes import AXES, score
from vsdpo_jax.benchmarks.chartmimic.domain import request
from vsdpo_jax.benchmarks.chartmimic.high import ROOM as PICTURE_ROOM
from vsdpo_jax.benchmarks.chartmimic.high import high_level
from vsdpo_jax.benchmarks.chartmimic.trace import from_json
from vsdpo_jax.domains.chart.judge.agreement import ZERO

ROOM = "vsdpo_jax.benchmarks.chartmimic"
EDITIONS = ("code_pass", "no_filter")


def _rooms(scoring: Scoring) -> dict[str, dict[str, Any]]:
    return {ROOM: {"edition": scoring.edition, "robust": scoring.robust}, PICTURE_ROOM: {}}


def _references(folder: Path) -> dict[str, str]:
    programs = sorted(folder.glob("*.py"))
    if not programs:
        raise DataError(
            f"{folder}: holds no <id>.py, so it is not the benchmark; name the folder of one task, "
            f"for instance direct_600"
        )
    return {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in programs}


def _reference_name(text: str) -> str | None:
    """Published tables hold the path of a program in place of the program, too."""
    is_path = "\n" not in text and text.strip().endswith(".py")
    return PurePosixPath(text.strip()).stem if is_path else None


def _candidate(answer: str, name: str, scoring: Scoring) -> Request:
    return Request(room=ROOM, source=request(extract.candidate(answer), is_candidate=True))


def _reference(text: str, name: str, scoring: Scoring) -> Request:
    return Request(room=ROOM, source=request(text, is_candidate=False))


def _compare(
    name: str, candidate: Mapping[str, Any], reference: Mapping[str, Any] | None, scoring: Scoring
) -> Scores:
    assert reference is not None
    ours, theirs = from_json(candidate["trace"]), from_json(reference["trace"])
    found = score(ours, theirs, name, robust=scoring.robust)
    return Scores(axes={**found, "exec": float(candidate["executes"])})


def _failed() -> Scores:
    return Scores(axes={**{axis: dict(ZERO) for axis in AXES}, "exec": 0.0})


def _column(name: str, axis: str) -> Column:
    return Column(name=name, value=lambda axes: axes[axis] and axes[axis]["f1"])


def _low(axes: Mapping[str, Any]) -> float | None:
    values = [axes[axis] for axis in AXES]
    return None if None in values else sum(value["f1"] for value in values) / len(values)


LOW = Column(name="Low", value=_low)
BENCHMARK = Benchmark(
    name="chartmimic",
    task="ChartMimic direct mimic, low level",
    axes=(*AXES, "exec"),
    columns=(
        axis_column("Exec", "exec"),
        _column("Text", "text"),
        _column("Layout", "layout"),
        _column("Type", "chart_type"),
        _column("Color", "color"),
        LOW,
    ),
    editions=EDITIONS,
    rooms=_rooms,
    parts=("chartmimic:direct_600", "chartmimic:direct_1800"),
    id_fields=("id", "index"),
    reference_fields=("reference", "ground_truth_figure_code"),
    needs_reference=True,
    references=_references,
    reference_name=_reference_name,
    candidate=_candidate,
    reference=_reference,
    compare=_compare,
    failed=_failed,
    judged=high_level(LOW),
)
