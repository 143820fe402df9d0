"""Which values of a chart a person sees, counted on charts made of records."""

from __future__ import annotations

import pytest

from vsdpo_jax.domains.slide.deck.records import Chart, Key, Mark, Series
from vsdpo_jax.domains.slide.judge.content.marks import are_told_apart, bare_marks, count_unseen

BLUE, RED = (40, 80, 160), (200, 60, 40)
VALUES = {"Plan": (4.0, 9.0, 6.0), "Fact": (5.0, 7.0, 0.01)}


def chart(kind="column", values=VALUES, without=(), patterns=("", ""), **given) -> Chart:
    """Bars side by side, but for those ``without``: (series, point)."""
    marks = [
        Mark((100.0 * point + 40 * number, 200.0, 40.0, 90.0), number, point, (BLUE, RED)[number])
        for point in range(3)
        for number in range(len(values))
        if (number, point) not in without
    ]
    series = tuple(
        Series(name=name, values=row, pattern=pattern)
        for (name, row), pattern in zip(values.items(), patterns, strict=False)
    )
    keys = (Key("Plan", BLUE), Key("Fact", RED))
    made = {"marks": tuple(marks), "keys": keys, **given}
    return Chart(kind=kind, categories=("a", "b", "c"), series=series, **made)


def unseen(made: Chart, number: int) -> int:
    return count_unseen(made, bare_marks(made), number)


@pytest.mark.parametrize(
    ("without", "counts"),
    [
        ([], (0, 0)),
        ([(0, 1)], (1, 0)),
        ([(1, 0), (1, 1), (1, 2)], (0, 2)),  # the third is too small to be seen by anybody
        ([(0, 0), (0, 1), (0, 2)], (3, 0)),
    ],
)
def test_every_value_has_a_bar(without, counts):
    made = chart(without=without)
    assert (unseen(made, 0), unseen(made, 1)) == counts


def test_bars_of_unknown_series_may_be_anybodys():
    marks = tuple(mark._replace(series=None, point=None) for mark in chart().marks)
    assert unseen(chart(marks=marks), 0) == 0
    assert unseen(chart(marks=marks[:1]), 0) == 2


def test_a_bar_wholly_behind_another_is_not_seen_and_one_that_looks_out_is():
    hidden, cover = chart().marks[:2]
    rest = chart().marks[2:]
    over = cover._replace(box=hidden.box)
    assert unseen(chart(marks=(hidden, over, *rest)), 0) == 1
    x, y, width, height = hidden.box
    over = cover._replace(box=(x, y + 30, width, height - 30))
    assert unseen(chart(marks=(hidden, over, *rest)), 0) == 0


def test_a_line_is_seen_by_its_pieces():
    pieces = [(0, 0), (1, 0), (1, 1), (1, 2)]
    made = chart("line", without=pieces)
    assert (unseen(made, 0), unseen(made, 1)) == (0, 2)
    assert unseen(chart("line", without=[(0, 0), (0, 1)]), 0) == 1


def test_without_marks_nothing_is_counted():
    assert unseen(chart("doughnut", marks=()), 0) == 0


@pytest.mark.parametrize(
    ("given", "labelled", "clear"),
    [
        ({}, (), True),
        ({"keys": (Key("Plan", BLUE),)}, (), False),
        ({"keys": (Key("Plan", BLUE),)}, ("fact",), True),
        ({"keys": (Key("Plan", BLUE), Key("Fact", (50, 90, 170)))}, (), False),
        ({"keys": (), "kind": "line"}, ("plan", "fact"), True),
    ],
)
def test_series_are_told_apart_by_keys_or_labels(given, labelled, clear):
    assert are_told_apart(chart(**given), ["plan", "fact"], labelled) == clear


def test_lines_of_one_colour_are_told_apart_by_their_dashes():
    keys = (Key("Plan", BLUE), Key("Fact", BLUE))
    names = ["plan", "fact"]
    assert are_told_apart(chart("line", keys=keys, patterns=("solid", "dash")), names, ())
    assert not are_told_apart(chart("line", keys=keys), names, ())
    assert not are_told_apart(chart(keys=keys, patterns=("solid", "dash")), names, ())


def test_slices_named_on_the_pie_need_no_colours():
    pie = {"kind": "pie", "values": {"Share": (4.0, 9.0, 6.0)}}
    names = ["a", "b", "c"]
    keys = tuple(Key(name, BLUE) for name in names)
    assert are_told_apart(chart(**pie, keys=keys), names, set(names))
    assert not are_told_apart(chart(**pie, keys=keys), names, ())
