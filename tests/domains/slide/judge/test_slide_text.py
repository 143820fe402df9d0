"""Overflow, contrast and tiny letters on slides made of records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slide_records import FOUR_THIRDS, SlideBuilder, filled, solid

from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.judge.detectors_text import (
    detect_contrast,
    detect_overflow,
    detect_tiny,
)


def card_with(lines, words="Some words", size=20.0) -> SlideBuilder:
    made = SlideBuilder()
    card = made.shape((100, 100, 300, 100), fill=solid(230, 240, 250))
    made.text(words, (100, 100, 300, 100), shape=card, lines=lines, size=size)
    return made


def test_a_sound_slide_has_none():
    view = filled().view()
    for detect in (detect_overflow, detect_contrast, detect_tiny):
        assert detect(view).satisfied


@pytest.mark.parametrize(("height", "fits"), [(88, True), (104, True), (160, False)])
def test_letters_may_not_leave_a_card_below(height, fits):
    reading = detect_overflow(card_with([(110, 110, 200, height)]).view())
    assert reading.satisfied is fits
    if not fits:
        assert reading.defects[0].kind == "text_overflow"
        assert reading.defects[0].region == (100, 100, 300, 100)
        assert "at the bottom by" in reading.defects[0].message


def test_a_box_that_nobody_sees_may_be_left_by_half_a_line():
    made = SlideBuilder()
    made.text("Title", (100, 100, 300, 40), shape=made.shape((100, 100, 300, 30), "textbox"),
              lines=[(100, 100, 200, 45)])  # fmt: skip
    assert detect_overflow(made.view()).satisfied
    box = made.shape((100, 300, 300, 30), "textbox")
    made.text("Text", (0, 0, 1, 1), shape=box, lines=[(100, 300 + 40 * i, 200, 40) for i in (0, 1)])
    assert not detect_overflow(made.view()).satisfied


def test_a_circle_holds_less_than_its_box():
    made = SlideBuilder()
    circle = made.shape((100, 100, 100, 100), fill=solid(0, 0, 90), geometry="ellipse")
    made.text("Wide word", (100, 100, 100, 100), shape=circle, lines=[(102, 135, 96, 30)])
    assert not detect_overflow(made.view()).satisfied


def test_a_font_larger_than_that_of_like_cards_is_to_blame():
    made = SlideBuilder()
    cards = []
    for number, size in enumerate((16.0, 16.0, 32.0)):
        x = 60.0 + 400 * number
        card = made.shape((x, 200, 360, 120), fill=solid(230, 240, 250))
        lines = [(x + 10, 210, 300, 170.0 if size > 20 else 60.0)]
        made.text("Words", (x, 200, 360, 120), shape=card, lines=lines, size=size)
        cards.append((card, made.call(card, "font_size")))
    reading = detect_overflow(made.view())
    assert [d.spans for d in reading.defects] == [(cards[2][1].span,)]


def test_a_text_longer_than_that_of_like_cards_is_to_blame():
    made = SlideBuilder()
    calls = []
    for number, height in enumerate((60.0, 60.0, 170.0)):
        x = 60.0 + 400 * number
        card = made.shape((x, 200, 360, 120), fill=solid(230, 240, 250))
        made.text("Words", (x, 200, 360, 120), shape=card, lines=[(x + 10, 210, 300, height)])
        made.call(card, "font_size")
        calls.append(made.call(card, "text"))
    reading = detect_overflow(made.view())
    assert [d.spans for d in reading.defects] == [(calls[2].span,)]


def test_what_all_shapes_of_a_helper_have_wrong_is_the_helpers_fault():
    def faults(sizes: tuple[float, ...]):
        made = SlideBuilder()
        for number, size in enumerate(sizes):
            index = made.shape((60, 100 + 100 * number, 400, 60), "textbox")
            made.text("Words", (60, 100 + 100 * number, 400, 60), shape=index, size=size)
            sites = ((1000 + 50 * number, 1010 + 50 * number),)
            made.call(index, "font_size", span=(7, 9), sites=sites)
        return detect_tiny(made.view()).defects

    assert {d.spans for d in faults((6.0, 6.0, 6.0))} == {((7, 9),)}
    assert [d.spans for d in faults((16.0, 6.0, 16.0))] == [((1050, 1060),)]


@pytest.mark.parametrize(
    ("size", "bold", "ratio", "fits"),
    [(16, False, 4.4, False), (16, False, 4.5, True), (18, False, 3.1, True),
     (14, True, 3.1, True), (14, False, 3.1, False), (24, False, 2.9, False)],
)  # fmt: skip
def test_contrast_is_asked_for_as_wcag_does(size, bold, ratio, fits):
    made = SlideBuilder()
    made.text("Words", (100, 100, 300, 40), size=size, bold=bold, contrast=ratio)
    assert detect_contrast(made.view()).satisfied is fits


def test_a_pale_colour_is_blamed_or_the_fill_that_others_do_not_have():
    made = SlideBuilder()
    calls = []
    for number, ratio in enumerate((8.0, 1.5)):
        ground = (255, 255, 255) if number == 0 else (40, 40, 40)
        card = made.shape((100 + 400 * number, 100, 300, 100), fill=solid(*ground))
        made.text("Words", (0, 0, 1, 1), shape=card, lines=[(120 + 400 * number, 120, 200, 30)],
                  contrast=ratio, ground=ground, color=(50, 50, 50))  # fmt: skip
        calls.append((made.call(card, "fill"), made.call(card, "font_color")))
    reading = detect_contrast(made.view())
    assert [d.spans for d in reading.defects] == [(calls[1][0].span,)]


def test_a_covered_text_is_not_called_pale():
    made = filled()
    made.text("Covered", (60, 650, 300, 30), visible=0.0, contrast=1.0, covered_by=1)
    assert detect_contrast(made.view()).satisfied


def test_large_pale_numbers_are_ornaments():
    made = filled()
    made.text("01", (60, 600, 100, 80), size=60, contrast=1.4)
    assert detect_contrast(made.view()).satisfied


@given(st.floats(4, 40))
def test_sizes_scale_with_the_slide(size):
    wide, small = SlideBuilder(), SlideBuilder(FOUR_THIRDS)
    wide.text("Words", (100, 100, 300, 40), size=size)
    small.text("Words", (100, 100, 300, 40), size=size * 10 / 13.333)
    one, other = detect_tiny(wide.view()), detect_tiny(small.view())
    assert one.satisfied == other.satisfied == (size >= 9.95)
    assert one.score == pytest.approx(other.score, abs=1e-3)


def test_small_print_at_the_foot_may_be_smaller():
    made = filled()
    made.text("Source: survey of 2024", (60, 690, 300, 20), size=8)
    assert detect_tiny(made.view()).satisfied
    made.text("Body", (60, 500, 300, 20), size=8)
    assert not detect_tiny(made.view()).satisfied


def test_one_call_is_one_fault():
    made = SlideBuilder()
    shape = made.shape((60, 100, 400, 300), "textbox")
    for number in range(4):
        made.text("Words", (60, 100.0 + 40 * number, 400, 20), shape=shape, size=6)
    call = made.call(shape, "font_size")
    reading = detect_tiny(made.view())
    assert [d.spans for d in reading.defects] == [(call.span,)]


def test_without_notes_there_are_no_spans():
    made = SlideBuilder()
    made.text("Words", (60, 100, 400, 20), size=6)
    reading = detect_tiny(made.view(Notes()))
    assert [d.spans for d in reading.defects] == [()]


def test_a_call_on_another_paragraph_is_not_to_blame():
    made = SlideBuilder()
    shape = made.shape((60, 100, 400, 300), "textbox")
    made.text("First", (60, 100, 400, 20), shape=shape, size=6)
    made.text("Second", (60, 140, 400, 20), shape=shape, size=20)
    small = made.call(shape, "font_size", paragraph=0)
    made.call(shape, "font_size", paragraph=1)
    reading = detect_tiny(made.view())
    assert [d.spans for d in reading.defects] == [(small.span,)]
    assert isinstance(small, Call)
