"""The four axes on traces, and colours as the official evaluator compares them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vsdpo_jax.benchmarks.chartmimic.axes import score as score_of
from vsdpo_jax.benchmarks.chartmimic.axes import unlike
from vsdpo_jax.benchmarks.chartmimic.trace import Trace, from_json, to_json
from vsdpo_jax.domains.chart.judge.agreement import ZERO, similarities

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())["pairs"]
COLORS = json.loads(Path(__file__).with_name("color_similarity.json").read_text())["rows"]


def trace(**fields):
    plain = {"types": {}, "all_types": {}, "versions": {}}
    return Trace(**{**plain, **fields})


def official(pair, side):
    """The trace that the official probes recorded, with groups in place of files."""
    found = pair["trace"]
    layout = found["layout"][side] or []
    fields = ("nrows", "ncols", "row_start", "row_end", "col_start", "col_end")
    colors = [tuple(entry.split("--")) for entry in found["color"][side] or []]
    return trace(
        texts=tuple((text, True) for text in found["text"][side] or []),
        layout=tuple(tuple(row[name] for name in fields) for row in layout),
        types=found["chart_type"][side] or {},
        colors=tuple(colors),
    )


@pytest.mark.parametrize("first_second_value", COLORS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_colours_are_as_similar_as_the_official_evaluator_says(first_second_value):
    first, second, value = first_second_value
    assert similarities([first], [second])[0, 0] == pytest.approx(value, abs=2e-4)


@pytest.mark.parametrize("pair", GOLDEN, ids=[pair["id"] for pair in GOLDEN])
def test_official_traces_give_official_scores(pair):
    found = score_of(official(pair, "candidate"), official(pair, "reference"), pair["id"])
    for axis, expected in pair["official"].items():
        if expected["f1"] is None:  # the official evaluator raised
            assert found[axis] == ZERO
            continue
        for part in ("precision", "recall", "f1"):
            assert found[axis][part] == pytest.approx(expected[part], abs=2e-4), (axis, part)


def test_near_colours_are_left_out_of_many_only():
    greys = [("bar", f"#{level:02X}{level:02X}{level:02X}") for level in range(0, 240, 20)]
    assert unlike(greys[:10]) == greys[:10]
    kept = unlike(greys)
    assert kept[0] == greys[0]
    assert 1 < len(kept) < len(greys)


def test_robust_repairs_what_a_reward_should_not_inherit():
    both = trace(
        texts=(("Tea", True), ("hidden", False)),
        types={"bar": 1},
        all_types={"bar": 1, "pcolormesh": 1},
        all_colors=(("bar", "#FF0000"), ("bar", "#00FF00")),
    )
    other = trace(texts=(("Tea", True),), types={"bar": 1}, all_types={"bar": 1},
                  all_colors=(("bar", "#FF0000"),))  # fmt: skip
    assert score_of(both, other, "x")["text"]["f1"] == pytest.approx(2 / 3)
    robust = score_of(both, other, "x", robust=True)
    assert robust["text"]["f1"] == 1.0
    assert robust["layout"]["f1"] == 1.0, "two charts without a grid are alike"
    assert robust["chart_type"]["f1"] == pytest.approx(2 / 3)
    assert robust["color"]["f1"] == pytest.approx(2 / 3)


def test_a_trace_survives_the_way_as_json():
    one = trace(texts=(("a", True),), layout=((1, 1, 0, 0, 0, 0),), types={"bar": 2},
                colors=(("bar", "#FF0000"),))  # fmt: skip
    assert from_json(json.loads(json.dumps(to_json(one)))) == one
