"""Texts that lines run through, on rendered decks."""

from __future__ import annotations

import pytest
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR
from pptx.util import Inches, Pt
from slide_decks import Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.judge.detectors_collision import detect_collision
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.domains.slide.render.reading import read_deck

WORDS = "Boats are back and dry before the sun sets"


def draw(made: Maker, start, end, width=1.5, color="C00000") -> None:
    ends = (Inches(value) for value in (*start, *end))
    line = made.slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
    line.line.color.rgb, line.line.width = RGBColor.from_string(color), Pt(width)


def said() -> Maker:
    """A text whose letters stand from x 1.1 to 9.6 and y 2.05 to 2.55 inches."""
    made = Maker()
    made.text(1.0, 2.0, 11.0, 0.8, WORDS, size=32)
    return made


def found(made: Maker):
    deck = read_deck(made.bytes(), Notes(), {})
    return detect_collision(View(deck, deck.slides[0])).defects


@pytest.mark.parametrize(
    "lines",
    [
        [((0.6, 0.4), (9.0, 4.2), 14), ((0.6, 4.2), (9.0, 0.4), 14)],
        [((1.2 + 0.5 * n, 1.0), (2.4 + 0.5 * n, 4.0), 1.5) for n in range(12)],
        [((1.0, 2.35), (9.0, 2.35), 2)],
        [((1.0, 2.28), (9.0, 2.42), 2)],
    ],
    ids=["cross", "scribble", "struck", "slanted"],
)
def test_lines_through_letters_collide(lines):
    made = said()
    for start, end, width in lines:
        draw(made, start, end, width)
    (defect, *_) = found(made)
    assert defect.kind == "text_struck"
    assert WORDS[:10] in defect.message


@pytest.mark.parametrize(
    ("start", "end", "color"),
    [
        ((1.0, 2.62), (9.0, 2.62), "C00000"),  # below
        ((1.0, 1.98), (9.0, 1.98), "C00000"),  # above
        ((0.2, 2.35), (1.13, 2.35), "C00000"),  # ends at it
        ((5.0, 1.0), (5.0, 4.0), "C00000"),  # across one letter
        ((1.0, 2.35), (9.0, 2.35), "F3F3F3"),  # pale
    ],
)
def test_underlines_leaders_and_pale_lines_are_fine(start, end, color):
    made = said()
    draw(made, start, end, 1.5, color)
    assert not found(made)


def test_a_line_behind_plates_is_a_timeline():
    made = Maker()
    draw(made, (1.0, 3.0), (12.0, 3.0), 4, "475569")
    for number in range(4):
        made.box(1.5 + 2.8 * number, 2.7, 1.6, 0.6, f"Step {number + 1}", fill="0F766E")
    assert not found(made)


@pytest.mark.parametrize(("y", "collides"), [(2.33, True), (2.65, False)])
def test_a_bar_over_letters_strikes_them_and_one_below_does_not(y, collides):
    made = said()
    made.box(1.0, y, 8.5, 0.06, fill="C00000")
    assert bool(found(made)) is collides
