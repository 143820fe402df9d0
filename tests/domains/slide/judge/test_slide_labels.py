"""Labels of data at their own points and at others, in rendered charts."""

from __future__ import annotations

import pytest
from chart_decks import SOLD, defects_of, label
from pptx.enum.chart import XL_LABEL_POSITION

from vsdpo_jax.domains.slide.judge.content.labels import says_name

OWN = [[str(value) for value in row] for row in SOLD.values()]
LIES = ["values_lie", "values_lie"]


@pytest.mark.parametrize("kind", ["column", "bar", "line"])
@pytest.mark.parametrize(
    ("said", "found"),
    [
        (OWN, []),
        (OWN[::-1], LIES),
        ([OWN[0], [OWN[1][n] for n in (2, 1, 0, 3)]], LIES),
        ([["420", "510", "390", "460 loaves"], OWN[1]], []),
    ],
)
def test_a_label_tells_the_bar_or_point_it_stands_at(kind, said, found):
    assert defects_of(lambda chart, slide: label(chart, said), kind) == found


@pytest.mark.parametrize(("said", "found"), [("+25 %", []), ("best", []), ("340", LIES)])
def test_one_label_beside_an_axis_may_say_more_but_no_other_value(said, found):
    def change(chart, slide):
        chart.plots[0].series[0].points[1].data_label.text_frame.text = said

    assert defects_of(change) == found


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("column", "INSIDE_END"), ("bar", "CENTER"), ("stacked", "CENTER"),
        ("line", "BELOW"), ("line", "RIGHT"), ("pie", "CENTER"),
    ],
)  # fmt: skip
def test_plain_labels_are_true_wherever_they_stand(kind, place):
    def change(chart, slide):
        chart.plots[0].has_data_labels = True
        chart.plots[0].data_labels.show_value = True
        chart.plots[0].data_labels.position = XL_LABEL_POSITION[place]

    assert "values_lie" not in defects_of(change, kind)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Spring 35%;Summer 40%;Autumn 10%;Winter 15%", []),
        ("Spring 10%;Summer 15%;Autumn 35%;Winter 40%", ["values_lie"]),
        ("Autumn 35%;Winter 40%;Spring 10%;Summer 15%", ["values_lie"]),
    ],
)
def test_a_label_names_the_slice_it_stands_at(said, found):
    def change(chart, slide):
        chart.has_legend = False
        label(chart, [said.split(";")])
        for point in range(4):
            at = chart.plots[0].series[0].points[point].data_label
            at.position = XL_LABEL_POSITION.OUTSIDE_END

    assert defects_of(change, "pie") == found


@pytest.mark.parametrize(
    ("words", "is_said"),
    [("rent", True), ("rent 35%", True), ("35%; rent", True), ("rental", False), ("35%", False)],
)
def test_names_on_labels(words, is_said):
    assert says_name(words, "rent") == is_said
