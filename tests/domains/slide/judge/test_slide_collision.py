"""Collisions on slides made of records: what lies on what, and who is to blame."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slide_records import SlideBuilder, filled, solid

from vsdpo_jax.domains.slide.deck.records import Overlap
from vsdpo_jax.domains.slide.judge.detectors_collision import detect_collision
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS


def kinds(made: SlideBuilder) -> list[str]:
    return [defect.kind for defect in detect_collision(made.view()).defects]


def two_cards(second_x: float) -> SlideBuilder:
    made = SlideBuilder()
    for number, x in enumerate((60.0, second_x, 860.0)):
        card = made.shape((x, 200, 360, 240), fill=solid(20, 60, 120))
        made.text(f"Card {number}", (x, 200, 360, 240), shape=card, lines=[(x + 20, 220, 200, 30)])
    return made


def test_cards_side_by_side_are_fine():
    reading = detect_collision(two_cards(460).view())
    assert reading.satisfied
    assert reading.score == 1.0


def test_cards_on_each_other_collide_and_the_one_out_of_line_is_blamed():
    made = two_cards(460)
    made.shapes[1] = replace(made.shapes[1], box=(360, 230, 360, 240), frame=(360, 230, 360, 240))
    made.shapes[0] = replace(made.shapes[0], seen=0.85)
    reading = detect_collision(made.view())
    assert [d.kind for d in reading.defects] == ["shapes_overlap"]
    assert reading.defects[0].region == (360, 230, 360, 240)
    assert reading.defects[0].spans == ((100, 110),)
    assert reading.score < 0.95


@pytest.mark.parametrize(
    ("changed", "satisfied"),
    [({}, False), ({"collision_share": 0.5}, True), ({"collision_px": 200.0}, True)],
)
def test_what_a_collision_is_can_be_set(changed, satisfied):
    made = two_cards(460)
    made.shapes[1] = replace(made.shapes[1], box=(300, 230, 360, 240), frame=(300, 230, 360, 240))
    made.shapes[0] = replace(made.shapes[0], seen=0.85)
    view = made.view()
    view.settings = {**OPTIONS, **changed}
    assert detect_collision(view).satisfied is satisfied


def test_a_label_within_a_card_and_a_plate_on_a_picture_are_fine():
    made = SlideBuilder()
    made.picture((100, 100, 600, 400))
    plate = made.shape((100, 420, 600, 80), fill=solid(0, 0, 0))
    made.text("Caption", (100, 420, 600, 80), shape=plate, lines=[(120, 440, 200, 30)])
    made.shape((760, 100, 400, 300), fill=solid(230, 240, 250))
    made.text("Label", (780, 120, 200, 40), lines=[(790, 125, 100, 30)])
    assert kinds(made) == []


@pytest.mark.parametrize(("y", "collides"), [(520, False), (470, True)])
def test_a_text_across_the_edge_of_a_picture(y, collides):
    made = SlideBuilder()
    made.picture((100, 100, 600, 400))
    made.text("A caption", (100, y, 400, 60), lines=[(110, y + 5, 300, 50)])
    assert bool(kinds(made)) is collides


def test_letters_on_letters_blame_the_later_text():
    made = filled()
    first = made.text("First words", (60, 650, 300, 30))
    second = made.text("Second words", (70, 655, 300, 30))
    region = (70.0, 655.0, 290.0, 25.0)
    made.overlaps = [Overlap(first=first, second=second, region=region, shared_px=90, share=0.2)]
    reading = detect_collision(made.view())
    assert [d.kind for d in reading.defects] == ["text_overlap"]
    assert reading.defects[0].region == (70, 655, 300, 30)


def test_lines_that_touch_by_their_leading_are_fine():
    made = SlideBuilder()
    made.text("Title", (60, 40, 900, 60))
    made.text("Subtitle", (60, 95, 900, 40))
    assert kinds(made) == []


def test_a_text_grown_out_of_its_box_is_blamed():
    made = SlideBuilder()
    long = made.shape((60, 100, 400, 60), "textbox")
    lines = [(60.0, 100.0 + 40 * row, 400.0, 40.0) for row in range(4)]
    made.text("Far too many words " * 6, (60, 100, 400, 60), shape=long, lines=lines)
    size = made.call(long, "font_size")
    made.text("Below", (60, 200, 400, 40))
    reading = detect_collision(made.view())
    assert [d.kind for d in reading.defects] == ["text_overlap"]
    assert reading.defects[0].region == (60, 100, 400, 60)
    del size


def test_what_hides_a_text_is_named_with_it():
    made = filled()
    text = made.text("Hidden words", (60, 650, 300, 30), visible=0.1)
    cover = made.shape((40, 640, 400, 60), fill=solid(255, 255, 255))
    made.texts[text] = replace(made.texts[text], covered_by=cover)
    reading = detect_collision(made.view())
    assert [d.kind for d in reading.defects] == ["text_hidden"]
    shape = made.texts[text].shape
    assert set(reading.defects[0].spans) == {
        (100 * shape, 100 * shape + 10), (100 * cover, 100 * cover + 10)
    }  # fmt: skip


def test_a_hidden_picture_is_named():
    made = filled()
    cover = len(made.shapes) + 1
    made.picture((900, 20, 300, 90), seen=0.2, covered_by=cover)
    made.shape((900, 20, 300, 90), fill=solid(255, 255, 255))
    assert "data_hidden" in kinds(made)


def test_badges_ornaments_and_shadows_may_lie_on_edges():
    made = SlideBuilder()
    made.shape((68, 208, 360, 240), fill=solid(200, 200, 200), seen=0.06)
    card = made.shape((60, 200, 360, 240), fill=solid(240, 240, 240))
    made.text("Card", (60, 200, 360, 240), shape=card, lines=[(80, 260, 200, 30)])
    badge = made.shape((30, 170, 60, 60), fill=solid(200, 0, 0), geometry="ellipse")
    made.text("1", (30, 170, 60, 60), shape=badge, lines=[(50, 185, 20, 30)])
    made.shape((400, 300, 90, 90), fill=solid(0, 0, 200), geometry="ellipse")
    assert kinds(made) == []


def test_a_whole_slide_behind_everything_collides_with_nothing():
    made = SlideBuilder()
    made.picture((0, 0, 1280, 720))
    made.text("Across", (-10, 300, 900, 60))
    assert kinds(made) == []


@pytest.mark.parametrize(
    ("plate", "alpha", "line", "collides"),
    [
        ((210, 170, 60, 60), 1.0, (225, 190, 30, 24), False),  # a numbered circle
        ((150, 182, 180, 36), 1.0, (180, 188, 120, 24), False),  # "Most popular"
        ((210, 170, 60, 60), 0.3, (225, 190, 30, 24), True),  # the edge is seen through it
        ((210, 170, 60, 60), 0.0, (225, 190, 30, 24), True),
        ((210, 170, 60, 60), 1.0, (150, 190, 180, 24), True),  # wider than its plate
        ((110, 130, 260, 140), 1.0, (150, 190, 180, 24), True),  # no badge any more
    ],
)
def test_a_text_on_a_plate_of_its_own_may_straddle_the_edge_of_a_card(plate, alpha, line, collides):
    made = SlideBuilder()
    card = made.shape((60, 200, 360, 240), fill=solid(240, 240, 240), line=solid(90, 90, 90))
    made.shapes[card] = replace(made.shapes[card], seen=0.9)
    made.text("Card", (60, 200, 360, 240), shape=card, lines=[(80, 300, 200, 30)])
    fill = replace(solid(200, 0, 0), alpha=alpha)
    badge = made.shape(plate, fill=fill, seen=1.0 if alpha else None)
    made.text("First", plate, shape=badge, lines=[line])
    assert bool(kinds(made)) is collides
