"""Clipping, spelling and size of texts on hand-built scenes with hand-computed numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chart_scenes import line, scene, text, tick_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.detectors_contrast import detect_contrast
from vsdpo_jax.domains.chart.judge.detectors_overlap import detect_overlap
from vsdpo_jax.domains.chart.judge.detectors_text import detect_clip, detect_tiny, size_share


@given(x=st.integers(0, 450), y=st.integers(250, 380))
@settings(max_examples=40, deadline=None)
def test_a_text_in_free_space_changes_no_axis(x, y):
    marks = [text("a", (10.0, 10.0, 50.0, 10.0)), text("b", (40.0, 12.0, 50.0, 10.0))]
    more = [*marks, text("c", (float(x), float(y), 45.0, 10.0))]
    for detect in (detect_overlap, detect_clip, detect_contrast, detect_tiny):
        before, after = detect(scene(marks)), detect(scene(more))
        assert (after.score, after.notes) == (before.score, before.notes)


def test_a_title_cut_at_the_right_edge():
    title = text("A long title", (400.0, 10.0, 125.0, 12.0), role="title")  # 100 of 125 px remain
    reading = detect_clip(scene([title]))
    assert reading.score == pytest.approx(0.8)
    assert reading.notes == ("title right",)
    assert reading.defects[0].region == (400.0, 10.0, 100.0, 12.0)
    assert "80%" in reading.defects[0].message


def test_labels_of_an_axis_are_cut_as_one():
    ticks = tick_labels(["A", "B", "C"], [100, 200, 300])
    low = [replace(t, region=(*t.region[:3], 6.0)) for t in ticks]
    reading = detect_clip(scene(low))
    assert reading.notes == ("x ticks bottom",)
    assert [d.region for d in reading.defects] == [(90.0, 345.0, 220.0, 6.0)]


def test_a_text_off_the_canvas_is_cut_on_that_side():
    gone = text("y", (-60.0, 100.0, 40.0, 10.0), role="y_label", region=None)
    reading = detect_clip(scene([gone]))
    assert reading.score == 0.0
    assert reading.notes == ("y label left",)
    assert reading.defects[0].region == (-60.0, 100.0, 40.0, 10.0)


def test_rounding_to_pixels_is_no_cut():
    small = text("10", (100.3, 100.4, 12.6, 7.4), region=(101.0, 101.0, 11.0, 6.0))
    assert detect_clip(scene([small])).score == 1.0


def test_characters_that_a_font_does_not_spell_are_named():
    title = text("中文 2", (100.0, 10.0, 60.0, 12.0), role="title", unspelled="中文")
    reading = detect_clip(scene([title]))
    assert [d.kind for d in reading.defects] == ["glyph_missing"]
    assert "中文" in reading.defects[0].message
    assert reading.notes == ("title without glyphs",)
    assert reading.score == pytest.approx(0.5)  # two of the four different characters


def test_a_legend_repeats_what_a_plot_was_labelled_with():
    words = text("한국", (100.0, 10.0, 60.0, 12.0), role="legend_text", unspelled="한국")
    marks = [line([(1, 10), (9, 90)], label="한국", span=(5, 9)), words]
    assert detect_clip(scene(marks)).defects[0].spans == ((5, 9),)


def test_the_call_that_moved_a_text_off_the_canvas_is_at_fault():
    box = (480.0, 10.0, 60.0, 12.0)
    moved = text("moved", box, role="title", setters={"place": (90, 99)})
    assert detect_clip(scene([moved])).defects[0].spans == ((90, 99),)
    assert detect_clip(scene([text("born", box, role="title")])).defects[0].spans == ()


def test_tiny_texts_are_named_smallest_first():
    marks = [
        text("T", (10.0, 10.0, 40.0, 6.0), role="title", font_size_pt=6.0),
        *tick_labels(["a", "b"], [100, 200], font_size_pt=5.0),
        text("fine", (10.0, 60.0, 40.0, 6.0), font_size_pt=7.0),
    ]
    reading = detect_tiny(scene(marks))
    assert reading.notes == ("x ticks 5", "title 6")
    assert reading.score == pytest.approx(5 / 6.9)


def test_the_call_that_made_a_text_small_is_at_fault():
    note = text("n", (10.0, 10.0, 40.0, 6.0), font_size_pt=4.0, setters={"size": (80, 99)})
    assert detect_tiny(scene([note])).defects[0].spans == ((80, 99),)


def test_matplotlibs_x_small_can_be_read():
    assert detect_tiny(scene([text("n", (10.0, 10.0, 40.0, 6.0), font_size_pt=6.94)])).satisfied


@pytest.mark.parametrize(
    ("size_pt", "dpi", "width_px", "ok"),
    [
        (10.0, 36.0, 4320, False),  # 120 inches wide: 1.2 px when shown 1000 px wide
        (10.0, 10.0, 64, False),  # 1.4 real pixels, however large they are shown
        (10.0, 100.0, 1600, True),  # 16 inches wide: 8.7 px
        (8.0, 100.0, 1600, False),  # 6.9 px
        (10.0, 50.0, 320, True),
        (10.0, 300.0, 1920, True),
    ],
)
def test_type_is_judged_in_the_picture(size_pt, dpi, width_px, ok):
    note = text("n", (1.0, 1.0, 20.0, 6.0), font_size_pt=size_pt)
    assert detect_tiny(scene([note], dpi=dpi, width_px=width_px)).satisfied is ok


@given(size_pt=st.floats(1, 100), dpi=st.floats(10, 400), inches=st.floats(1, 60))
@settings(max_examples=60, deadline=None)
def test_smaller_type_is_never_easier_to_read(size_pt, dpi, inches):
    drawn = scene([], dpi=dpi, width_px=max(round(dpi * inches), 1))
    assert size_share(drawn, size_pt * 0.9) <= size_share(drawn, size_pt)
