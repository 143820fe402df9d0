"""Rows and columns of tables that nobody asked for."""

from __future__ import annotations

import pytest
from slide_records import SlideBuilder

from vsdpo_jax.domains.slide.judge.content.check import check_content

ROWS = [["Ticket", "Single", "Return"], ["Adult", "$8", "$14"], ["Child", "$3", "$5"]]
ASKED = {"title": "Ferry prices", "tables": [{"columns": ROWS[0], "rows": ROWS[1:]}]}


def kinds(rows, asked=ASKED) -> list[str]:
    made = SlideBuilder()
    made.text("Ferry prices", (60, 40, 900, 60), size=40)
    shape = made.shape((60, 140, 1100, 400), "table", rows=len(rows), columns=len(rows[0]))
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            if words:
                room = (60.0 + 200 * c, 140.0 + 60 * r, 200.0, 60.0)
                line = (room[0] + 10, room[1] + 10, 80.0, 30.0)
                made.text(words, room, shape=shape, lines=[line], source="cell", cell=(r, c),
                          room=room)  # fmt: skip
    return [d.kind for d in check_content(made.view(), asked).reading.defects]


def beside(*columns: list[str]) -> list[list[str]]:
    return [[*row, *more] for row, more in zip(ROWS, zip(*columns, strict=True), strict=True)]


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, ["Adult", "$80", "$1"]], [*ROWS, ["Child", "free", "free"]],
        [*ROWS, ["Dog", "$6", "$7"]], beside(["Real", "$80", "$30"]),
        beside(["Single", "much", "more"]), [["Adult", "$80", "$1"], *ROWS],
        [[last, *row] for row, last in zip(ROWS, ["Real", "$80", "$30"], strict=True)],
        [*ROWS, ["Total", "$99", "$1"]],
    ],
)  # fmt: skip
def test_other_data_beside_the_asked_ones_are_named(rows):
    assert kinds(rows) == ["table_more"]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS, [*ROWS, ["Total", "$11", "$19"]], [*ROWS, ["Mean", "$5.50", "$9.50"]],
        [*ROWS, ["Valid for one day", "", ""]], [*ROWS, ["Dog", "free", "free"]],
        [["", "2024", "2025"], *ROWS], [["Prices of 2024", "", ""], *ROWS],
        [[number, *row] for row, number in zip(ROWS, ["No.", "1", "2"], strict=True)],
        beside(["Both", "$22", "$8"]), beside(["More", "$6", "$2"]), beside(["", "+75 %", "+67 %"]),
        beside(["Share", "73 %", "27 %"]), beside(["Note", "from 15 years on", "with an adult"]),
    ],
)  # fmt: skip
def test_heads_notes_numbers_and_totals_are_not(rows):
    assert kinds(rows) == []


def test_rows_without_asked_heads_may_have_some():
    asked = {"title": "Ferry prices", "tables": [{"rows": ROWS[1:]}]}
    assert kinds([["", "2024", "2025"], *ROWS[1:]], asked) == []
    assert kinds([*ROWS[1:], ["Total", "$11", "$19"]], asked) == []
    assert kinds([*ROWS[1:], ["Dog", "$1", "$1"]], asked) == ["table_more"]
