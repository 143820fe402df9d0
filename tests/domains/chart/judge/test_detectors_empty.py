"""Empty axes on hand-built scenes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chart_scenes import (
    AXES_BOX,
    axes,
    bar,
    evidence,
    legend,
    line,
    scene,
    spine,
    text,
    tick_labels,
)

from vsdpo_jax.domains.chart.judge.detectors_empty import detect_empty


def test_framed_axes_without_data_are_empty():
    reading = detect_empty(scene([spine()]))
    assert reading.defects[0].region == AXES_BOX
    assert reading.score == 0.5
    assert reading.notes == ("axes without data",)


def test_axes_with_data_texts_or_nothing_at_all_are_not_empty():
    assert detect_empty(scene([spine(), bar(1, 50)])).satisfied
    assert detect_empty(scene([spine(), text("42 %", (200.0, 200.0, 40.0, 20.0))])).satisfied
    both = [axes(is_colorbar=True), axes(region=(5.0, 5.0, 50.0, 30.0))]
    assert detect_empty(scene([spine(), bar(1, 50, both[1], axes=1)], both)).satisfied
    both[0] = axes(is_visible=False)
    assert detect_empty(scene([bar(1, 50, both[1], axes=1)], both)).satisfied


def test_the_empty_one_of_two_is_named_and_twins_share_their_data():
    right = axes(region=(300.0, 40.0, 180.0, 300.0), span=(6, 9))
    left = axes(region=(60.0, 40.0, 180.0, 300.0))
    marks = [bar(1, 50), spine(), replace(spine(), axes=1)]
    reading = detect_empty(scene(marks, [left, right]))
    assert [d.region for d in reading.defects] == [right.region]
    assert reading.notes == ("axes 2 without data",)
    assert detect_empty(scene(marks, [axes(), axes()])).satisfied


def test_a_figure_without_axes_is_empty():
    assert detect_empty(scene([], [])).defects[0].region == (0.0, 0.0, 500.0, 400.0)
    assert detect_empty(scene([text("hi", (9.0, 9.0, 20.0, 9.0), axes=-1)], [])).satisfied


def sheet(box, color=(1.0, 1.0, 1.0, 1.0), **changes):
    """A filled background."""
    mark = replace(text("", box, role="background", span=(60, 66)), color_rgba=color)
    return replace(mark, kind="path", artist_type="Rectangle", **changes)


def guide(**changes):
    return replace(line([(0, 50), (10, 50)], role="guide"), **changes)


HIDDEN = evidence(visible=0.0, covered=1.0, coverer=2)
FADED = evidence(visible=0.0)


@pytest.mark.parametrize(
    "mark",
    [
        guide(),
        guide(role="grid", artist_type="Rectangle"),  # axvspan
        guide(role="grid", artist_type="AxLine"),
        text("42 %", (200.0, 200.0, 40.0, 20.0)),
        text("here", (200.0, 200.0, 40.0, 20.0), role="annotation"),
        text("", (200.0, 200.0, 40.0, 20.0), role="text_box"),  # the cell of a table
        text("over the frame", (470.0, 200.0, 40.0, 20.0)),
        text("of the figure", (200.0, 200.0, 40.0, 20.0), axes=-1),
        replace(bar(5, 50, axes=-1), kind="image"),
    ],
)
def test_what_fills_a_frame(mark):
    assert detect_empty(scene([spine(), mark])).satisfied


@pytest.mark.parametrize(
    "mark",
    [
        guide(role="grid"),  # a grid line
        guide(role="grid", artist_type="GridlinesCollection"),
        guide(role="grid", artist_type="Rectangle", color_rgba=(1.0, 1.0, 1.0, 1.0)),
        guide(color_rgba=(0.0, 0.0, 0.0, 0.0)),
        text("(b)", (40.0, 10.0, 20.0, 12.0)),
        text("Later", (200.0, 10.0, 40.0, 20.0), role="title"),
        text("", (200.0, 200.0, 40.0, 20.0)),
        bar(5, 50, evidence=FADED),
        bar(50, 50, region=None),
    ],
)
def test_what_does_not(mark):
    assert not detect_empty(scene([spine(), mark])).satisfied


def test_a_panel_kept_for_a_legend_is_not_empty_but_a_frame_around_one_is():
    infos = [axes(), axes(region=(300.0, 40.0, 180.0, 300.0))]
    key = legend(["A"], [(0.0, 0.0, 1.0, 1.0)], (350.0, 100.0, 90.0, 40.0))
    key = [replace(m, axes=1) for m in key]
    assert detect_empty(scene([spine(), bar(1, 50), *key], infos)).satisfied
    framed = [replace(spine(), axes=1), *key]
    reading = detect_empty(scene([spine(), bar(1, 50), *framed], infos))
    assert reading.notes == ("axes 2 without data",)


def test_frames_are_what_stands_out_from_the_figure():
    infos = [axes(), axes(region=(300.0, 40.0, 180.0, 300.0))]
    plot, box = bar(1, 50), infos[1].region
    figure = sheet((0.0, 0.0, 500.0, 400.0), (0.9, 0.9, 0.9, 1.0), axes=-1)
    same = sheet(box, (0.9, 0.9, 0.9, 1.0), axes=1)
    assert detect_empty(scene([figure, same, plot], infos)).satisfied
    panel = sheet(box, (1.0, 1.0, 1.0, 1.0), axes=1)
    assert not detect_empty(scene([figure, panel, plot], infos)).satisfied
    ticks = tick_labels(["0", "1"], [320, 460], axes=1)
    assert not detect_empty(scene([figure, same, *ticks, plot], infos)).satisfied
    pale = [replace(m, color_rgba=(0.9, 0.9, 0.9, 1.0)) for m in ticks]
    assert detect_empty(scene([figure, same, *pale, plot], infos)).satisfied


def test_data_that_are_all_hidden_fill_no_axes_whatever_hides_them():
    note = text("over it", (200.0, 200.0, 40.0, 20.0))
    hidden = replace(bar(5, 50), evidence=HIDDEN)
    cover = sheet((0.0, 0.0, 500.0, 400.0), axes=-1)
    reading = detect_empty(scene([spine(), hidden, cover, note]))
    assert [d.spans for d in reading.defects] == [((60, 66),)]
    assert detect_empty(scene([spine(), hidden, cover, note, bar(2, 40)])).satisfied
    # No frame is needed: something was there.
    assert not detect_empty(scene([hidden, cover, cover, note])).satisfied


def test_a_twin_on_top_hides_what_is_under_it():
    twins = [axes(), axes()]
    hidden = replace(bar(5, 50), evidence=HIDDEN)
    front = sheet(AXES_BOX, axes=1)
    word = text(".", (200.0, 200.0, 4.0, 4.0), axes=1)
    reading = detect_empty(scene([spine(), hidden, front, word], twins))
    assert [d.spans for d in reading.defects] == [((60, 66),)]
    graph = line([(0, 10), (10, 60)], axes=1)
    assert detect_empty(scene([spine(), hidden, front, graph], twins)).satisfied


def test_who_made_the_data_vanish_is_to_blame():
    data = bar(5, 50, evidence=FADED)
    assert detect_empty(scene([spine(), data])).defects[0].spans == ((50, 60),)
    ground = axes(background_span=(88, 89))
    assert detect_empty(scene([spine(), data], [ground])).defects[0].spans == ((88, 89),)
    colored = replace(data, setters={"color": (91, 95)})
    assert detect_empty(scene([spine(), colored], [ground])).defects[0].spans == ((91, 95),)
    limits = axes(x_limit_span=(16, 19))
    outside = bar(50, 50, region=None)
    assert detect_empty(scene([spine(), outside], [limits])).defects[0].spans == ((16, 19),)
    assert detect_empty(scene([spine()], [limits])).defects[0].spans == ((0, 5),)


def test_axes_around_others_and_axes_under_others_are_left_alone():
    inner = axes(region=(100.0, 60.0, 150.0, 200.0))
    small = line([(0, 10), (10, 60)], inner, axes=1)
    assert detect_empty(scene([spine(), small], [axes(), inner])).satisfied
    assert not detect_empty(scene([spine(), replace(spine(), axes=1)], [axes(), inner])).satisfied
    # An axes that another covers whole is not seen at all.
    large = axes(region=(0.0, 0.0, 500.0, 400.0))
    cover = sheet(large.region, axes=1)
    graph = line([(0, 10), (10, 60)], large, axes=1)
    assert detect_empty(scene([spine(), cover, graph], [axes(), large])).satisfied
    assert not detect_empty(scene([cover, graph, spine()], [axes(), large])).satisfied
    glass = replace(cover, color_rgba=(1.0, 1.0, 1.0, 0.5))
    assert not detect_empty(scene([spine(), glass, graph], [axes(), large])).satisfied


def test_a_blank_picture_is_empty():
    reading = detect_empty(scene([]))
    assert reading.defects[0].region == (0.0, 0.0, 500.0, 400.0)
    assert reading.notes == ("figure without data",)
    title = text("Only words", (200.0, 15.0, 60.0, 14.0), role="title")
    assert not detect_empty(scene([title])).satisfied
    key = legend(["A"], [(0.0, 0.0, 1.0, 1.0)], (350.0, 100.0, 90.0, 40.0))
    assert detect_empty(scene([replace(m, axes=-1) for m in key], [])).satisfied


def test_axes_in_one_place_are_one_defect_and_of_many_a_hundred_are_named():
    twins = [axes(), axes()]
    assert len(detect_empty(scene([spine(), replace(spine(), axes=1)], twins)).defects) == 1
    many = [axes(region=(float(i), 0.0, 1.0, 300.0)) for i in range(150)]
    reading = detect_empty(scene([replace(spine(), axes=i) for i in range(150)], many))
    assert len(reading.defects) == 100
    assert reading.score == pytest.approx(1 / 101)


def test_drawings_on_a_figure_without_axes_are_content():
    paper = sheet((0.0, 0.0, 500.0, 400.0), axes=-1)
    drawing = sheet((100.0, 100.0, 80.0, 80.0), (0.2, 0.4, 0.8, 1.0), axes=-1)
    assert detect_empty(scene([paper, drawing], [])).satisfied
    white = sheet((100.0, 100.0, 80.0, 80.0), axes=-1)
    assert not detect_empty(scene([paper, white], [])).satisfied
    assert not detect_empty(scene([paper], [])).satisfied
    assert not detect_empty(scene([paper, spine(), drawing])).satisfied
