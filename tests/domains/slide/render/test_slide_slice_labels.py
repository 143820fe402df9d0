"""Labels on the slices of a pie: in the middle of what they name, whole, and where nothing lies."""

from __future__ import annotations

import pytest
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.util import Pt
from slide_decks import Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.records import Slide, Text
from vsdpo_jax.domains.slide.render.reading import read_deck

DARK = ("1F4E9E", "A03A3A", "3F6B1F")


def pie(place: XL_LABEL_POSITION, color: str = "FFFFFF") -> Maker:
    """A pie of dark slices, each named."""
    made = Maker()
    chart = made.chart(XL_CHART_TYPE.PIE, series={"North": (40.0, 35.0, 25.0)}).chart
    plot = chart.plots[0]
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_category_name, labels.show_percentage, labels.show_value = True, True, False
    labels.position = place
    labels.font.size = Pt(18)
    labels.font.color.rgb = RGBColor.from_string(color)
    for point, fill in enumerate(DARK):
        paint = plot.series[0].points[point].format.fill
        paint.solid()
        paint.fore_color.rgb = RGBColor.from_string(fill)
    return made


def read(made: Maker) -> Slide:
    return read_deck(made.bytes(), Notes(), {}).slides[0]


def labels_of(slide: Slide) -> list[Text]:
    return [text for text in slide.texts if text.source == "data_label"]


def middle(text: Text) -> float:
    (line,) = text.lines
    return line.box[0] + line.box[2] / 2


@pytest.mark.parametrize("place", [XL_LABEL_POSITION.CENTER, XL_LABEL_POSITION.INSIDE_END])
def test_white_labels_are_read_on_dark_slices(place):
    slide = read(pie(place))
    found = labels_of(slide)
    assert [text.text for text in found] == ["Alpha, 40%", "Beta, 35%", "Gamma, 25%"]
    for text, fill in zip(found, DARK, strict=True):
        assert text.ground == tuple(bytes.fromhex(fill))
        assert text.visible > 0.98
        assert text.contrast > 4.5
    (chart,) = slide.shapes
    x, _, width, _ = chart.box
    right, below, left = map(middle, found)
    assert left < below < x + width / 2 < right


def test_labels_beside_the_slices_need_the_slides_ground():
    white = labels_of(read(pie(XL_LABEL_POSITION.OUTSIDE_END)))
    assert max(text.visible for text in white) < 0.9
    dark = labels_of(read(pie(XL_LABEL_POSITION.OUTSIDE_END, "000000")))
    assert min(text.visible for text in dark) > 0.98


def test_what_lies_above_the_pie_hides_its_labels():
    made = pie(XL_LABEL_POSITION.CENTER)
    made.box(1.0, 1.5, 6.0, 4.5, fill="FFFFFF")
    assert {text.visible for text in labels_of(read(made))} == {0.0}
