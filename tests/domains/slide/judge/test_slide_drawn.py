"""Where charts draw something, on rendered decks: what may stand on them and what may not."""

from __future__ import annotations

import pytest
from pptx.enum.chart import XL_CHART_TYPE
from slide_decks import Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.judge.detectors_collision import detect_collision
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.domains.slide.render.reading import read_deck

RISE = {"Rides": (1.0, 1.0, 9.0)}


def kinds(made: Maker) -> list[str]:
    deck = read_deck(made.bytes(), Notes(), {})
    return [defect.kind for defect in detect_collision(View(deck, deck.slides[0])).defects]


def plotted(kind, series=RISE) -> Maker:
    """A chart of 8 x 5 inches at (1, 1.5) without title."""
    made = Maker()
    made.chart(kind, width=8.0, height=5.0, title=None, series=series)
    return made


@pytest.mark.parametrize(
    ("box", "collides"),
    [
        ((1.9, 1.9, 3.0, 1.0), False),  # above the flat piece
        ((5.6, 1.8, 1.2, 0.7), False),  # in the box of the steep piece, beside the line
        ((6.2, 2.6, 2.0, 1.0), True),  # on the steep piece
        ((1.9, 4.6, 6.5, 1.0), True),  # on the flat piece, markers and all
        ((1.0, 2.0, 1.2, 1.0), True),  # on labels of the axis
        ((5.0, 2.6, 4.0, 2.4), True),  # hides a whole piece
    ],
)
def test_a_plate_may_stand_where_a_line_chart_draws_nothing(box, collides):
    made = plotted(XL_CHART_TYPE.LINE_MARKERS)
    made.box(*box, text="Lamps", fill="FFEDD5", line=True)
    assert bool(kinds(made)) is collides


@pytest.mark.parametrize(
    ("box", "collides"),
    [((1.9, 1.8, 3.0, 1.0), False), ((6.8, 2.6, 1.2, 1.0), True), ((6.4, 1.6, 2.4, 4.4), True)],
)
def test_a_plate_may_stand_beside_bars(box, collides):
    made = plotted(XL_CHART_TYPE.COLUMN_CLUSTERED)
    made.box(*box, text="Lamps", fill="FFEDD5")
    assert bool(kinds(made)) is collides


@pytest.mark.parametrize(("x", "collides"), [(4.5, False), (3.0, True)])
def test_a_number_may_stand_in_the_hole_of_a_doughnut(x, collides):
    made = plotted(XL_CHART_TYPE.DOUGHNUT, {"Share": (70.0, 20.0, 10.0)})
    made.text(x, 3.3, 1.0, 0.6, "70 %", size=24)
    assert bool(kinds(made)) is collides


@pytest.mark.parametrize(("color", "collides"), [("FEF3C7", False), (None, True)])
def test_a_band_behind_a_chart_marks_a_part_of_it(color, collides):
    """Where the chart has a ground of its own, the title of the band is hidden by it."""
    made = Maker()
    made.box(5.0, 1.6, 1.8, 4.2, fill="FEF3C7")
    made.text(5.0, 1.6, 1.8, 0.5, "Closed", size=14)
    frame = made.chart(XL_CHART_TYPE.LINE, width=8.0, height=5.0, title=None, series=RISE)
    if color is None:
        made.slide.shapes._spTree.remove(frame._element)
        made.box(1.0, 1.5, 8.0, 5.0, "A card over it", fill="FFFFFF", line=True)
    assert bool(kinds(made)) is collides


@pytest.mark.parametrize(("x", "y", "collides"), [(8.7, 1.7, False), (5.7, 3.0, True)])
def test_a_label_may_reach_into_the_margin_of_a_chart(x, y, collides):
    made = plotted(XL_CHART_TYPE.LINE)
    made.text(x, y, 2.5, 0.5, "Rides, 9 in all")
    assert bool(kinds(made)) is collides
