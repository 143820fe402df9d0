"""Figures and what they are means of."""

from __future__ import annotations

import numpy as np
import pytest

from vsdpo_jax.benchmarks.base import Scoring, axis_column, find_benchmarks, load_benchmark
from vsdpo_jax.benchmarks.summary import RESAMPLES, interval, summarize, table

CHARTS = load_benchmark("chartmimic")


def row(status, f1, ran, **more):
    parts = None if f1 is None else {"precision": f1, "recall": f1, "f1": f1}
    axes = dict.fromkeys(("text", "layout", "chart_type", "color"), parts)
    return {"id": "a", "status": status, **axes, "exec": ran, **more}


def test_failures_count_and_nulls_are_said():
    rows = [
        row("ok", 0.5, 1.0),
        row("program_error", 0.0, 0.0),
        row("no_program", 0.0, 0.0, format_failure=True),
        row("infra", None, None),
    ]
    figures = summarize(CHARTS, rows, Scoring(edition="code_pass"), cpu_s=60)
    low = figures["columns"]["Low"]
    assert (low["mean"], low["n"]) == (100 * 0.5 / 3, 3)
    assert 0.0 <= low["low"] < low["mean"] < low["high"] <= 50.0
    assert figures["columns"]["Exec"]["n"] == 3
    text = table(figures)
    assert "means over n = 4 examples; NOT the benchmark's figure where rows are null: Exec" in text
    assert "1 without code of the asked form" in text
    assert "edition code_pass" in text
    assert "judge none" in text


def test_a_whole_result_says_its_denominator():
    rows = [row("ok", 1.0, 1.0), row("missing", 0.0, 0.0)]
    text = table(summarize(CHARTS, rows, Scoring(edition="code_pass", robust=True)))
    assert "means over n = 2 examples\n" in text
    assert "edition code_pass --robust" in text
    assert "50.0" in text


def test_columns_read_the_axes_that_a_failure_has():
    for name in find_benchmarks():
        benchmark = load_benchmark(name)
        scores = benchmark.failed()
        assert tuple(scores.axes) == benchmark.axes
        nothing = dict.fromkeys(benchmark.axes)
        assert all(column.value(nothing) is None for column in benchmark.columns)


def test_a_column_is_the_mean_of_its_axes_and_nothing_where_one_is_null():
    column = axis_column("Both", "text", "color")
    assert column.name == "Both"
    assert column.value({"text": 0.5, "color": 1.0, "layout": 0.0}) == 0.75
    assert column.value({"text": 0.0, "color": None}) is None


def test_intervals_are_those_of_the_mean_and_the_same_every_time():
    values = np.random.default_rng(1).normal(50.0, 10.0, 400).tolist()
    low, high = interval(values)
    assert interval(values) == (low, high)
    # Of many normal values the percentile interval is mean -+ 1.96 standard errors.
    error = 1.96 * np.std(values) / 20
    assert low == pytest.approx(np.mean(values) - error, abs=0.15)
    assert high == pytest.approx(np.mean(values) + error, abs=0.15)
    assert interval([3.0, 3.0]) == (3.0, 3.0)
    assert interval([3.0]) == (None, None)
    figures = summarize(CHARTS, [row("ok", 0.5, 1.0)], Scoring(edition="code_pass"))
    assert f"95 %, bootstrap over examples, {RESAMPLES} resamples, seed 0" in table(figures)
    assert "-" in table(figures).splitlines()[2]
