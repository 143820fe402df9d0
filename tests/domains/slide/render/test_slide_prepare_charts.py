"""Charts as PowerPoint shows them, whatever the fast renderer makes of their files."""

from __future__ import annotations

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.util import Pt
from slide_decks import Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.records import Slide
from vsdpo_jax.domains.slide.render.prepare_charts import prepared_chart
from vsdpo_jax.domains.slide.render.reading import read_deck

ONE = {"North": (4.1, 2.6, 5.5)}
TWO = {"North": (4.1, 2.6, 5.5), "South": (2.3, 4.5, 3.4)}
DARK = ("14213D", "7C2D12")


def read(made: Maker) -> Slide:
    return read_deck(made.bytes(), Notes(), {}).slides[0]


def texts(slide: Slide, source: str) -> list[str]:
    return [text.text for text in slide.texts if text.source == source]


def labelled(kind: XL_CHART_TYPE, place: XL_LABEL_POSITION | None) -> Maker:
    """Dark bars with white labels."""
    made = Maker()
    chart = made.chart(kind, width=10.0, series=TWO).chart
    plot = chart.plots[0]
    plot.has_data_labels = True
    if place is not None:
        plot.data_labels.position = place
    plot.data_labels.font.size = Pt(14)
    plot.data_labels.font.color.rgb = RGBColor(255, 255, 255)
    for series, color in zip(plot.series, DARK, strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(color)
    return made


@pytest.mark.parametrize("visible", [True, False])
def test_an_axis_is_there_unless_it_is_deleted(visible):
    made = Maker()
    chart = made.chart(series=ONE).chart
    chart.value_axis.visible = visible
    slide = read(made)
    assert bool(texts(slide, "value")) is visible
    assert sorted(texts(slide, "category")) == ["Alpha", "Beta", "Gamma"]


@pytest.mark.parametrize("title", [None, "Sales"])
def test_the_title_of_an_axis_is_no_title_of_the_chart(title):
    made = Maker()
    chart = made.chart(title=title, series=ONE).chart
    chart.category_axis.has_title = True
    chart.category_axis.axis_title.text_frame.text = "Month"
    slide = read(made)
    assert [text.text for text in slide.texts].count("Month") == 1
    assert texts(slide, "axis_title") == ["Month"]
    assert texts(slide, "chart_title") == ([title] if title else [])


@pytest.mark.parametrize(("is_varied", "count"), [(None, 1), (False, 1), (True, 3)])
def test_points_have_colours_of_their_own_where_the_file_says_so(is_varied, count):
    made = Maker()
    plot = made.chart(series=ONE).chart.plots[0]
    if is_varied is not None:
        plot.vary_by_categories = is_varied
    (shape,) = read(made).shapes
    assert shape.chart is not None
    assert len({mark.color for mark in shape.chart.marks}) == count


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (XL_CHART_TYPE.COLUMN_CLUSTERED, XL_LABEL_POSITION.CENTER),
        (XL_CHART_TYPE.COLUMN_CLUSTERED, XL_LABEL_POSITION.INSIDE_END),
        (XL_CHART_TYPE.BAR_CLUSTERED, XL_LABEL_POSITION.INSIDE_END),
        (XL_CHART_TYPE.COLUMN_STACKED, None),
        (XL_CHART_TYPE.COLUMN_STACKED, XL_LABEL_POSITION.INSIDE_END),
        (XL_CHART_TYPE.BAR_STACKED_100, None),
    ],
)
def test_labels_inside_bars_lie_on_their_own_bar(kind, place):
    slide = read(labelled(kind, place))
    found = [text for text in slide.texts if text.source == "data_label"]
    assert len(found) == 6
    for text in found:
        ours = DARK[float(text.text) not in TWO["North"]]
        assert text.ground == tuple(bytes.fromhex(ours)), text.text
        assert min(text.visible - 0.95, text.contrast - 4.5) > 0.0, text.text


def test_white_labels_beside_bars_stay_unseen():
    slide = read(labelled(XL_CHART_TYPE.COLUMN_CLUSTERED, XL_LABEL_POSITION.OUTSIDE_END))
    found = [text for text in slide.texts if text.source == "data_label"]
    assert {text.visible for text in found} == {0.0}


def test_shares_end_at_the_whole():
    made = Maker()
    made.chart(XL_CHART_TYPE.COLUMN_STACKED_100, series=TWO)
    assert sorted(int(text.rstrip("%")) for text in texts(read(made), "value"))[-1] == 100


def test_a_chart_that_is_drawn_as_it_is_stays_as_it_is():
    space = etree.fromstring(
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart>'
        '<c:autoTitleDeleted val="1"/><c:plotArea><c:pieChart><c:varyColors val="1"/><c:ser/>'
        "</c:pieChart></c:plotArea></c:chart></c:chartSpace>"
    )
    assert prepared_chart(space) is None
