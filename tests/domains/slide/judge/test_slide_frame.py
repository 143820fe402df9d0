"""Aspect ratio, whitespace and imbalance on slides made of records."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slide_records import FOUR_THIRDS, SlideBuilder, filled, solid

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.domains.slide.deck.records import Fill
from vsdpo_jax.domains.slide.judge.detectors_frame import (
    detect_aspect_ratio,
    detect_imbalance,
    detect_whitespace,
    is_cover,
    largest_rectangle,
    official_balance,
)
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS


def kinds(reading) -> list[str]:
    return [defect.kind for defect in reading.defects]


def test_a_sound_slide_satisfies_all_three():
    view = filled().view()
    for detect in (detect_aspect_ratio, detect_whitespace, detect_imbalance):
        reading = detect(view)
        assert reading.satisfied, reading.notes
        assert reading.score == pytest.approx(1.0, abs=1e-3)


def test_a_slide_of_four_to_three_goes_back_to_its_size():
    made = SlideBuilder(FOUR_THIRDS)
    made.text("Title", (60, 40, 900, 60))
    size = Call(what="size", span=(5, 9))
    notes = Notes(deck=(Call(what="made", span=(0, 3)), size))
    reading = detect_aspect_ratio(made.view(notes))
    assert kinds(reading) == ["slide_shape"]
    assert reading.defects[0].spans == ((5, 9),)
    assert reading.score == pytest.approx(0.005, abs=1e-3)


def test_content_laid_out_for_the_wide_slide_is_not_blamed_on_a_narrow_one():
    made = SlideBuilder(FOUR_THIRDS)
    made.text("Far right", (1200, 40, 400, 60))
    assert kinds(detect_aspect_ratio(made.view())) == ["slide_shape"]
    made.text("Far below", (60, 940, 400, 60))
    assert kinds(detect_aspect_ratio(made.view())) == ["slide_shape", "off_slide"]


def test_a_text_off_the_slide_names_what_placed_it():
    made = filled()
    index = made.text("Out of sight", (1100, 600, 300, 40))
    call = made.call(made.texts[index].shape, "place")
    reading = detect_aspect_ratio(made.view())
    assert kinds(reading) == ["off_slide"]
    assert reading.defects[0].region == (1100, 600, 300, 40)
    assert reading.defects[0].spans == (call.span,)
    assert "right by 120 px" in reading.defects[0].message


def test_a_hundredth_of_a_side_may_stand_out():
    made = filled()
    made.text("Just out", (900, 600, 380 + 12, 40))
    assert detect_aspect_ratio(made.view()).satisfied
    made.text("Out", (900, 600, 380 + 14, 40))
    assert not detect_aspect_ratio(made.view()).satisfied


def test_ornaments_and_bleeding_pictures_may_leave_the_slide():
    made = filled()
    made.shape((1100, -150, 300, 300), fill=solid(200, 220, 240), geometry="ellipse")
    made.picture((-100, 400, 400, 300))
    assert detect_aspect_ratio(made.view()).satisfied


def test_a_picture_or_chart_mostly_off_the_slide_is_wrong():
    made = filled()
    made.picture((1100, 300, 400, 300))
    made.chart((900, 500, 350, 300), "column", ["a"], [("s", [1])])
    assert kinds(detect_aspect_ratio(made.view())) == ["off_slide", "off_slide"]


def test_a_blank_half_is_a_hole_with_its_neighbours():
    made = SlideBuilder()
    made.text("Title", (60, 40, 900, 60), size=40)
    lines = [(60.0, 140.0 + 60 * row, 420.0, 40.0) for row in range(9)]
    index = made.text("Some words", (60, 140, 440, 540), lines=lines)
    reading = detect_whitespace(made.view())
    assert kinds(reading) == ["hole"]
    x, _, width, height = reading.defects[0].region
    assert x > 560
    assert x + width <= 1152
    assert height > 400
    shape = made.texts[index].shape
    assert (100 * shape, 100 * shape + 10) in reading.defects[0].spans
    assert "at the right" in reading.notes[0]
    assert "'Some words'" in reading.defects[0].message


def half_empty(background: Fill | None = None) -> SlideBuilder:
    made = SlideBuilder(background=background)
    made.text("Title", (60, 40, 900, 60), size=40)
    lines = [(60.0, 140.0 + 60 * row, 420.0, 40.0) for row in range(9)]
    made.text("Some words", (60, 140, 440, 540), lines=lines)
    return made


def with_gradient(made: SlideBuilder) -> None:
    made.background = Fill(kind="gradient", color=(128, 128, 128))
    ramp = np.linspace(0, 255, 1280).astype(np.uint8)
    made.image[:] = ramp[None, :, None]


def with_ground_picture(made: SlideBuilder) -> None:
    made.picture((0, 0, 1280, 720))


def with_dots(made: SlideBuilder) -> None:
    for x in range(560, 1240, 60):
        for y in range(140, 700, 60):
            made.shape((x, y, 20, 20), fill=solid(200, 60, 60), geometry="ellipse")


def with_lines(made: SlideBuilder) -> None:
    for y in range(140, 700, 40):
        made.shape((560, y, 680, 2), "connector", fill=solid(0, 0, 0))


def with_text_of_the_ground(made: SlideBuilder) -> None:
    image = made.image.copy()
    made.text("Unseen " * 40, (560, 140, 680, 540), visible=0.0, contrast=1.0)
    made.image = image


def with_empty_placeholder(made: SlideBuilder) -> None:
    made.shape((560, 140, 680, 540), "placeholder", placeholder="body", empty=True)


def with_off_slide_shapes(made: SlideBuilder) -> None:
    made.picture((1300, 140, 680, 540))


@pytest.mark.parametrize(
    "trick",
    [
        with_gradient, with_ground_picture, with_dots, with_lines, with_text_of_the_ground,
        with_empty_placeholder, with_off_slide_shapes,
    ],
)  # fmt: skip
def test_tricks_fill_no_hole(trick):
    plain = detect_whitespace(half_empty().view())
    made = half_empty()
    trick(made)
    reading = detect_whitespace(made.view())
    assert not reading.satisfied
    assert reading.score <= plain.score + 1e-6


def test_what_the_layout_draws_is_no_trick():
    made = half_empty()
    made.paint((560, 140, 720, 560), None)
    assert detect_whitespace(made.view()).satisfied


def test_a_picture_beside_the_text_fills_its_half():
    made = half_empty()
    made.picture((560, 140, 660, 540))
    assert detect_whitespace(made.view()).satisfied


def test_a_cover_is_not_measured():
    made = SlideBuilder()
    made.text("Annual report", (340, 280, 600, 80), size=48)
    made.text("Spring", (340, 370, 300, 40), size=24)
    view = made.view()
    assert is_cover(view)
    assert detect_whitespace(view).satisfied
    made.picture((900, 500, 200, 150))
    assert not is_cover(made.view())


def test_a_title_alone_at_the_top_is_no_cover():
    made = SlideBuilder()
    made.text("Annual report", (60, 40, 900, 60), size=44)
    assert not detect_whitespace(made.view()).satisfied


def test_weight_on_one_side_names_what_weighs_there():
    made = SlideBuilder()
    made.picture((40, 120, 400, 300))
    light = made.text("Small note", (40, 500, 200, 30))
    reading = detect_imbalance(made.view())
    assert kinds(reading) == ["lopsided"]
    assert reading.defects[0].region == (40, 120, 400, 300)
    assert reading.notes == ("weight at the left",)
    assert made.texts[light].shape == 1
    assert reading.score < 0.95


@given(st.floats(0, 900), st.floats(0, 500))
@settings(max_examples=25, deadline=None)
def test_imbalance_is_the_same_in_a_mirror(x, y):
    one, other = SlideBuilder(), SlideBuilder()
    one.picture((x, y, 300, 200))
    other.picture((1280 - x - 300, y, 300, 200))
    first, second = detect_imbalance(one.view()), detect_imbalance(other.view())
    assert first.satisfied == second.satisfied
    assert first.score == pytest.approx(second.score)


@pytest.mark.parametrize(
    ("detect", "strict", "lenient"),
    [
        (detect_imbalance, {"x_tolerance": 0.01}, {"x_tolerance": 1.0, "y_tolerance": 1.0}),
        (detect_whitespace, {"min_content": 1.0}, {"min_content": 0.0}),
        (detect_aspect_ratio, {"aspect_tolerance": 0.0}, {"aspect_tolerance": 1.0}),
    ],
)
def test_thresholds_are_settings(detect, strict, lenient):
    made = SlideBuilder(FOUR_THIRDS)
    made.picture((40, 120, 400, 300))
    for changes, is_satisfied in ((strict, False), (lenient, True)):
        view = made.view()
        view.settings = {**OPTIONS, **changes}
        assert detect(view).satisfied == is_satisfied


def test_settings_of_the_judge_are_options_of_the_domain():
    domain = load_domain("slide")
    assert {name: domain.complete({})[name] for name in OPTIONS} == OPTIONS
    with pytest.raises(ValueError, match=r"options.min_content: 2.0 must be 0 to 1"):
        domain.complete({"min_content": 2.0})


def test_invisible_things_weigh_nothing():
    made = filled()
    before = detect_imbalance(made.view())
    made.text("Ghost " * 20, (900, 20, 360, 690), visible=0.0, contrast=1.0)
    made.shape((900, 20, 360, 690), "placeholder", placeholder="body", empty=True)
    assert detect_imbalance(made.view()).score == before.score


def test_the_official_balance_is_of_letters_and_things():
    made = SlideBuilder()
    made.shape((0, 0, 400, 300), fill=solid(230, 240, 250))
    made.picture((490, 260, 300, 200))
    found = official_balance(made.view())
    assert found.score == pytest.approx(0.0, abs=1e-9)
    made.text("Left", (90, 310, 100, 100))
    moved = official_balance(made.view())
    assert moved.center[0] == pytest.approx((640 * 60000 + 140 * 10000) / 70000)


def test_the_largest_rectangle_is_empty():
    empty = np.zeros((720, 1280), bool)
    empty[320:640, 640:1120] = True
    empty[320:400, 160:640] = True
    assert largest_rectangle(empty) == (640.0, 320.0, 480.0, 320.0)
    thin = np.zeros((720, 1280), bool)
    thin[5:9, 3:40] = True
    assert largest_rectangle(thin) == (3.0, 5.0, 37.0, 4.0)
