"""What of a text a person can see and read."""

from __future__ import annotations

import pytest
from chart_scenes import evidence, scene, text
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.view import (
    SPELLED_RATIO,
    Sight,
    View,
    glyph_text,
    is_pale,
    is_turned,
    likeness,
)

BOX = (100.0, 15.0, 100.0, 14.0)


def sight(mark, **changes):
    view = View(scene([mark], **changes))
    return view.sight(view.parts[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Sight.CLEAR),
        ({"evidence": evidence()}, Sight.CLEAR),
        ({"evidence": evidence(visible=0.6)}, Sight.HURT),
        ({"evidence": evidence(visible=0.3)}, Sight.GONE),
        ({"evidence": evidence(difference=4.0, ground=4.0)}, Sight.GONE),
        ({"evidence": evidence(difference=40.0, ground=0.0)}, Sight.CLEAR),
        ({"font_size_pt": 3.0}, Sight.GONE),
        ({"region": None}, Sight.GONE),
        ({"region": (100.0, 15.0, 60.0, 14.0)}, Sight.HURT),
        ({"region": (100.0, 15.0, 30.0, 14.0)}, Sight.GONE),
    ],
)
def test_a_text_is_clear_hurt_or_gone(changes, expected):
    assert sight(text("Tea", BOX, **changes)) == expected


def test_size_counts_at_the_width_that_is_looked_at():
    poster = {"width_px": 6000, "height_px": 4000, "dpi": 72.0}
    assert sight(text("Tea", BOX), **poster) is Sight.GONE
    assert sight(text("Tea", BOX, font_size_pt=60.0), **poster) is Sight.CLEAR
    assert sight(text("Tea", BOX), dpi=20.0) is Sight.GONE
    assert sight(text("Tea", BOX), dpi=300.0, width_px=2000) is Sight.CLEAR


def test_lines_of_one_text_count_by_their_ink():
    seen = text("Sales of", BOX, artist=7, evidence=evidence(ink_px=900))
    gone = text("Tea", BOX, artist=7, evidence=evidence(ink_px=100, visible=0.0))
    view = View(scene([seen, gone]))
    assert len(view.parts) == 1
    assert view.sight(view.parts[0]) is Sight.CLEAR


def test_glyphs_that_spell_nothing_are_no_letters():
    view = View(scene([text("Tea exports", BOX, unspelled="Te")]))
    assert glyph_text(view.parts[0]) == "\ufffd\ufffda \ufffdxports"


@pytest.mark.parametrize(
    ("shown", "is_slip"),
    [("Tea exprots", True), ("Tea export", True), ("Coffee imports", False), ("", False)],
)
def test_a_slip_of_the_pen_is_not_another_text(shown, is_slip):
    assert (likeness(shown, "Tea exports") >= SPELLED_RATIO) is is_slip
    assert likeness(shown, "Tea exports") < 1.0


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_only_the_same_words_are_the_same(first, second):
    assert (likeness(first, second) == 1.0) is (first == second)


def test_angles():
    upright, turned = text("Tea", BOX, rotation_deg=350.0), text("Tea", BOX, rotation_deg=180.0)
    assert not is_turned(upright, (0.0,))
    assert is_turned(turned, (0.0,))
    assert not is_turned(text("Tea", BOX, rotation_deg=270.0), (0.0, 90.0, 270.0))


def test_a_mark_is_found_by_its_rim_or_by_its_ground():
    white_bar = text("", BOX, evidence=evidence(difference=90.0, ground=0.0))
    rimmed_dot = text("", BOX, evidence=evidence(difference=4.0, ground=50.0))
    pale = text("", BOX, evidence=evidence(difference=4.0, ground=4.0))
    among_others = text("", BOX, evidence=evidence(difference=None, ground=0.0))
    assert [is_pale(m) for m in (white_bar, rimmed_dot, pale, among_others)] == [
        False, False, True, False,
    ]  # fmt: skip


def test_the_same_tick_label_twice_in_one_place_is_one():
    marks = [text("5", (70.0, 100.0, 8.0, 10.0), role="y_tick_label") for _ in range(2)]
    assert len(View(scene(marks)).ticks[(0, "y_tick_label")]) == 1
