"""Axes of rendered charts, and the colours that tell whose a bar or line is."""

from __future__ import annotations

import pytest
from chart_decks import COLORS, defects_of, paint, write
from pptx.oxml.ns import qn

from vsdpo_jax.domains.slide.judge.content.scales import fault_of_ticks

LIES = ["values_lie", "values_lie"]
STACK = {f"Row {n}": (90, 80, 100, 95) for n in range(4)}


def scaled(low: float, high: float):
    def change(chart, slide):
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = low, high

    return change


@pytest.mark.parametrize("kind", ["column", "line"])
@pytest.mark.parametrize(
    ("low", "high", "found"), [(0, 765, []), (0, 2400, LIES), (-2400, 2400, LIES)]
)
def test_an_axis_leaves_values_to_be_compared(kind, low, high, found):
    assert defects_of(scaled(low, high), kind) == found


@pytest.mark.parametrize(
    ("kind", "rows", "low", "high"),
    [
        ("line", {"One": (15, 22, 25, 17), "Two": (12, 14, 19, 16)}, 0, 30),
        ("line", {"One": (98, 99, 101, 98), "Two": (97, 98, 99, 99)}, 0, 120),
        ("column", {"One": (-40, 30, 20, -10), "Two": (25, -30, 10, 40)}, -60, 60),
        ("stacked", STACK, 0, 450),
    ],
)
def test_zero_based_lines_stacks_and_negative_values_are_right(kind, rows, low, high):
    assert "values_lie" not in defects_of(scaled(low, high), kind, rows)


def test_shares_may_be_small_on_an_axis_of_the_whole():
    shares = {"One": (22, 24, 25, 21), "Two": (24, 22, 20, 23)}
    assert defects_of(scaled(0, 100), "column", shares) == []


@pytest.mark.parametrize(("kind", "found"), [("column", LIES), ("stacked", LIES), ("line", [])])
def test_columns_do_not_hang_from_the_top_but_lines_of_ranks_go_down(kind, found):
    def change(chart, slide):
        scaling = chart.value_axis._element.find(qn("c:scaling"))
        scaling.get_or_add_orientation().set("val", "maxMin")

    assert defects_of(change, kind) == found


@pytest.mark.parametrize(
    ("painted", "found"),
    [
        ({(0, 1): "E0A020"}, []),  # set off
        ({(n, p): COLORS[1 - n] for n in (0, 1) for p in range(4)}, ["key_wrong"]),
        ({(0, 2): COLORS[1], (1, 2): COLORS[0]}, ["key_wrong"]),
    ],
)
def test_bars_have_no_other_series_colour(painted, found):
    def change(chart, slide):
        for (number, point), color in painted.items():
            paint(chart.plots[0].series[number].points[point].format.fill, color)

    assert defects_of(change) == found


def test_a_single_series_may_have_all_colours():
    def change(chart, slide):
        for point, color in enumerate((*COLORS, "E0A020", "208040")):
            paint(chart.plots[0].series[0].points[point].format.fill, color)

    assert defects_of(change, rows={"Sold": (420, 510, 390, 460)}) == []


@pytest.mark.parametrize(
    ("colors", "found"),
    [(COLORS, []), (COLORS[::-1], ["key_unseen"]), (("000000",) * 2, ["key_unseen"])],
)
def test_texts_in_the_colour_of_lines_name_them(colors, found):
    def change(chart, slide):
        chart.has_legend = False
        write(slide, "Market hall", 11.5, 2.4, 18, colors[0])
        write(slide, "Station", 11.5, 4.2, 18, colors[1])

    assert defects_of(change, "line") == found


@pytest.mark.parametrize(
    ("ticks", "values", "fault"),
    [
        ([0, 2, 4, 6], [5, 3], ""), ([0, 2, 4], [9], "out of the axis"),
        ([0, 50, 100], [9], "axis lies"), ([3], [3], "unseen"),
    ],
)  # fmt: skip
def test_numbers_of_an_axis(ticks, values, fault):
    assert fault_of_ticks(ticks, values) == fault
