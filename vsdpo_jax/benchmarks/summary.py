"""What is said of scored rows: the paper's columns, the denominators, and the protocol."""

from __future__ import annotations

import datetime
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from vsdpo_jax import __version__
from vsdpo_jax.benchmarks.base import NULL_STATUSES, Benchmark, Scoring

RESAMPLES, SEED, CONFIDENCE = 2000, 0, 95
SHOWN = ("mean", "low", "high")
"""Of a column, line by line."""


def summarize(
    benchmark: Benchmark, rows: Sequence[Mapping[str, Any]], scoring: Scoring, **about: Any
) -> dict[str, Any]:
    """The figures of a result.

    Args:
      benchmark: whose.
      rows: of the result file.
      scoring: how they were scored.
      about: further entries of the protocol.

    Returns:
      "columns": name -> {"mean": of 100, null without rows, "n": rows that it is the mean of,
      "low", "high": see ``interval``, of 100}; "rows", "counts" (status -> rows),
      "format_failures", "cautions" (rows that were drawn otherwise than elsewhere), "protocol".
    """
    columns = {}
    for column in benchmark.columns:
        values = [v for row in rows if (v := _value(column, row)) is not None]
        mean = 100 * sum(values) / len(values) if values else None
        low, high = interval([100 * value for value in values])
        columns[column.name] = {"mean": mean, "n": len(values), "low": low, "high": high}
    counts = Counter(str(row["status"]) for row in rows)
    return {
        "columns": columns,
        "rows": len(rows),
        "counts": dict(sorted(counts.items())),
        "format_failures": sum(bool(row.get("format_failure")) for row in rows),
        "cautions": sum(bool(row.get("caution")) for row in rows),
        "protocol": {
            "task": benchmark.task,
            "edition": _edition(scoring),
            "axes": list(benchmark.axes),
            "judge": None,
            "date": datetime.date.today().isoformat(),
            "n": len(rows),
            "ran": sum(row["status"] == "ok" for row in rows),
            "vsdpo_jax": __version__,
            "python": platform.python_version(),
            "intervals": f"{CONFIDENCE} %, bootstrap over examples, {RESAMPLES} resamples, seed "
            f"{SEED}",
            **about,
        },
    }


def _edition(scoring: Scoring) -> str:
    """Whose rules, and what was changed in them."""
    changed = [f" --option={name}={value}" for name, value in scoring.options.items()]
    return scoring.edition + (" --robust" if scoring.robust else "") + "".join(changed)


def _value(column: Any, row: Mapping[str, Any]) -> float | None:
    """A column's value of a row; a row that is null in an axis counts in no column of it."""
    return None if row["status"] in NULL_STATUSES else column.value(row)


def interval(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The percentile bootstrap interval of a mean (Efron 1979), over the examples.

    Args:
      values: of independent examples.

    Returns:
      The ends between which CONFIDENCE percent of the means of RESAMPLES samples of the same size
      lie, drawn with replacement from SEED; (None, None) for fewer than two values.
    """
    if len(values) < 2:
        return None, None
    rng, given = np.random.default_rng(SEED), np.asarray(values, np.float64)
    means = [given[rng.integers(len(given), size=len(given))].mean() for _ in range(RESAMPLES)]
    rest = (100 - CONFIDENCE) / 2
    low, high = np.percentile(means, [rest, 100 - rest])
    return float(low), float(high)


def versions(names: Sequence[str]) -> dict[str, str]:
    """Installed versions of packages, those that are there."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def table(summary: Mapping[str, Any]) -> str:
    """The figures as people read them: a table, what it is a mean of, and the protocol line."""
    columns, total = summary["columns"], summary["rows"]
    rows = [
        list(columns),
        *(["-" if c[of] is None else f"{c[of]:.1f}" for c in columns.values()] for of in SHOWN),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]
    lines.append(f"means over n = {total} examples" + _short(columns, total))
    lines.append(f"below each mean its interval: {summary['protocol']['intervals']}")
    counts = ", ".join(f"{count} {status}" for status, count in summary["counts"].items())
    told = f"; {summary['cautions']} with a caution" if summary["cautions"] else ""
    lines.append(
        f"rows: {counts}; {summary['format_failures']} without code of the asked form{told}"
    )
    protocol = dict(summary["protocol"])
    head = " | ".join(
        f"{name} {_spelled(value)}"
        for name, value in protocol.items()
        if name not in ("judge", "intervals") and value is not None
    )
    lines.append(f"protocol: {head} | judge {protocol['judge'] or 'none'}")
    return "\n".join(lines) + "\n"


def _short(columns: Mapping[str, Any], total: int) -> str:
    """Which columns are means of fewer rows than the benchmark defines."""
    fewer = {name: c["n"] for name, c in columns.items() if c["n"] != total}
    if not fewer:
        return ""
    told = ", ".join(f"{name} over {n}" for name, n in fewer.items())
    return f"; NOT the benchmark's figure where rows are null: {told}"


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    if isinstance(value, list):
        return "+".join(map(str, value))
    return str(value)
