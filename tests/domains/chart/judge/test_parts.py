"""Texts, legends, names and elements."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chart_scenes import AXES_BOX, axes, bar, frame, legend, line, scene, text, tick_labels

from vsdpo_jax.domains.chart.judge.parts import (
    data_names,
    elements_of,
    grouped_texts,
    is_inset,
    legends,
    place_words,
    shares_place,
    texts,
)

BLUE, RED = (0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 1.0)


def test_lines_of_a_text_and_labels_of_an_axis_are_one_part():
    two = [
        text("Sales  of", (100.0, 5.0, 80.0, 10.0), role="title", artist=1),
        text("Tea", (120.0, 20.0, 40.0, 10.0), role="title", artist=1),
    ]
    ticks = tick_labels(["a", "b"], [100, 200])
    picture = scene([*two, *ticks])
    assert [p.text for p in texts(picture)] == ["Sales of Tea", "a", "b"]
    grouped = grouped_texts(picture)
    assert [p.name for p in grouped] == ["title", "x ticks"]
    assert grouped[0].region == (100.0, 5.0, 80.0, 25.0)


def test_names_tell_axes_apart_only_where_there_are_several():
    word = text("peak value of the whole long year", (10.0, 10.0, 20.0, 10.0), role="annotation")
    assert grouped_texts(scene([word]))[0].name == "text 'peak value of the wh'"
    infos = [axes(), axes(is_colorbar=True), axes(region=(0.0, 0.0, 50.0, 50.0))]
    marks = [
        text("x", (10.0, 10.0, 20.0, 10.0), role="x_label", axes=2),
        text("y", (10.0, 40.0, 20.0, 10.0), role="y_label", axes=1),
        text("t", (10.0, 70.0, 20.0, 10.0), role="suptitle", axes=-1),
    ]
    names = [p.name for p in grouped_texts(scene(marks, infos))]
    assert names == ["axes 2 x label", "colorbar y label", "suptitle"]


def test_data_are_named_by_label_or_number():
    marks = [line([(0, 0), (1, 1)]), line([(0, 0), (2, 2)]), line([(0, 1), (1, 1)], label="North")]
    picture = scene(marks)
    assert list(data_names(picture).values()) == ["line 1", "line 2", "line North"]
    hidden = scene([replace(marks[0], label="_child0")])
    assert list(data_names(hidden).values()) == ["line 1"]


def test_framed_legends_of_one_axes_stay_apart():
    first = legend(["A"], [BLUE], (100.0, 50.0, 90.0, 30.0))
    second = [replace(m, span=(90, 95)) for m in legend(["B"], [RED], (300.0, 50.0, 90.0, 30.0))]
    found = legends(scene([*first, *second]))
    assert [x.region for x in found] == [(100.0, 50.0, 90.0, 30.0), (300.0, 50.0, 90.0, 30.0)]
    assert [len(x.marks) for x in found] == [3, 3]
    bare = legends(scene([*first[1:], *second[1:]]))
    assert [x.region for x in bare] == [(105.0, 55.0, 65.0, 10.0), (305.0, 55.0, 65.0, 10.0)]


def test_an_invisible_frame_still_bounds_its_legend():
    box = frame((100.0, 50.0, 90.0, 30.0), color_rgba=(1.0, 1.0, 1.0, 0.0))
    assert len(legends(scene([box]))) == 1


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((90.0, 50.0, 20.0, 20.0), "upper left"),
        ((450.0, 300.0, 20.0, 20.0), "lower right"),
        ((270.0, 180.0, 20.0, 20.0), "center"),
        ((270.0, 50.0, 20.0, 20.0), "upper center"),
        ((90.0, 180.0, 20.0, 20.0), "center left"),
        ((900.0, 180.0, 20.0, 20.0), "center right"),
    ],
)
def test_places_in_words(box, words):
    assert place_words(box, AXES_BOX) == words


def test_twins_and_insets():
    infos = [axes(), axes(), axes(region=(300.0, 60.0, 90.0, 60.0))]
    picture = scene([], infos)
    assert shares_place(picture, 0) == [1]
    assert [is_inset(picture, i) for i in range(3)] == [False, False, True]


def test_elements_carry_every_owner():
    bars = [bar(x, 10 * x, label="A", color_rgba=BLUE) for x in (1, 2, 3)]
    ticks = tick_labels(["a", "b"], [100, 200])
    key = legend(["A"], [BLUE], (380.0, 50.0, 90.0, 30.0))
    stray = text("no owner", (10.0, 10.0, 20.0, 10.0), span=None)
    unseen = text("off", (-60.0, 10.0, 20.0, 10.0))
    elements = elements_of(scene([*bars, *ticks, *key, stray, unseen]))
    by_role = {}
    for element in elements:
        by_role.setdefault(element.role, []).append(element)
    assert [e.region for e in by_role["axes"]] == [AXES_BOX]
    assert [(e.region, e.span) for e in by_role["x_ticks"]] == [
        ((90.0, 345.0, 120.0, 10.0), (10, 15))
    ]
    assert [e.region for e in by_role["legend"]] == [(380.0, 50.0, 90.0, 30.0)]
    assert len(by_role["data"]) == 4  # three bars and their series
    assert "no owner" not in {e.text for e in elements}
    assert [e.region for e in elements if e.text == "off"] == [(-60.0, 10.0, 20.0, 10.0)]


def test_ticks_belong_to_the_statement_that_the_axes_names():
    ticks = tick_labels(["1", "2"], [100, 200], role="y_tick_label")
    elements = elements_of(scene(ticks, [axes(y_tick_span=(77, 78))]))
    assert [(e.role, e.span) for e in elements if e.role == "y_ticks"] == [("y_ticks", (77, 78))]


def test_invisible_axes_are_no_twins_and_hold_no_insets():
    hidden = axes(is_visible=False)
    small = axes(region=(300.0, 60.0, 90.0, 60.0))
    assert shares_place(scene([], [axes(), hidden]), 0) == []
    assert not is_inset(scene([], [hidden, small]), 1)
    assert is_inset(scene([], [hidden, small, axes()]), 1)


def test_an_entry_belongs_to_the_last_painted_frame_around_it():
    under, over = frame((100.0, 50.0, 90.0, 30.0)), frame((90.0, 45.0, 120.0, 60.0))
    beside = frame((300.0, 50.0, 90.0, 30.0))
    word = text("A", (110.0, 55.0, 40.0, 10.0), role="legend_text", span=(70, 80))
    sizes = {x.region: len(x.marks) for x in legends(scene([under, over, beside, word]))}
    assert sizes == {under.region: 1, over.region: 2, beside.region: 1}
    doubled = [under, frame(under.region), word]
    assert [len(x.marks) for x in legends(scene(doubled))] == [1, 2]
    other_span = [replace(under, span=(1, 2)), word]
    assert [x.region for x in legends(scene(other_span))] == [under.region, word.region]
