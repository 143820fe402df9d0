"""Decks for the tests of the renderers: python-pptx, as programs write them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

BLANK, TITLE_ONLY, TITLE_BODY = 6, 5, 1


class Maker:
    """A deck of one slide, 13.333 x 7.5 inches, being made.

    Attributes:
      deck, slide: of python-pptx.
    """

    def __init__(self, layout: int = BLANK, size: tuple[float, float] = (13.333, 7.5)) -> None:
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(size[0]), Inches(size[1])
        self.slide = self.deck.slides.add_slide(self.deck.slide_layouts[layout])

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str = "",
        *,
        fill: str | None = "1F4E79",
        alpha: float | None = None,
        line: bool = False,
        shape: Any = MSO_SHAPE.RECTANGLE,
        parent: Any = None,
    ) -> Any:
        """A filled shape, in inches."""
        shapes = (parent or self.slide).shapes
        made = shapes.add_shape(shape, Inches(x), Inches(y), Inches(width), Inches(height))
        if fill is None:
            made.fill.background()
        else:
            made.fill.solid()
            made.fill.fore_color.rgb = RGBColor.from_string(fill)
            if alpha is not None:
                color = made._element.spPr.find(qn("a:solidFill"))[0]
                etree.SubElement(color, qn("a:alpha")).set("val", str(round(alpha * 100_000)))
        if not line:
            made.line.fill.background()
        if text:
            made.text_frame.text = text
        return made

    def text(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str,
        *,
        size: float = 18,
        color: str = "000000",
        alpha: float | None = None,
        font: str | None = None,
        bold: bool = False,
        wrap: bool = True,
        parent: Any = None,
    ) -> Any:
        """A text box, in inches."""
        shapes = (parent or self.slide).shapes
        made = shapes.add_textbox(Inches(x), Inches(y), Inches(width), Inches(height))
        made.text_frame.word_wrap = wrap
        made.text_frame.text = text
        for run in (r for p in made.text_frame.paragraphs for r in p.runs):
            run.font.size, run.font.bold = Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(color)
            if font is not None:
                run.font.name = font
            if alpha is not None:
                inside = run._r.rPr.find(qn("a:solidFill"))[0]
                etree.SubElement(inside, qn("a:alpha")).set("val", str(round(alpha * 100_000)))
        return made

    def picture(
        self,
        x: float,
        y: float,
        width: float,
        height: float | None = None,
        image: Image.Image | None = None,
    ) -> Any:
        """A picture, in inches; a checked one where none is given."""
        data = io.BytesIO()
        (image or checked()).save(data, "PNG")
        data.seek(0)
        tall = None if height is None else Inches(height)
        return self.slide.shapes.add_picture(data, Inches(x), Inches(y), Inches(width), tall)

    def table(self, x: float, y: float, width: float, rows: list[list[str]]) -> Any:
        """A table, in inches."""
        size = len(rows), len(rows[0])
        place = Inches(x), Inches(y), Inches(width), Inches(0.4 * size[0])
        frame = self.slide.shapes.add_table(*size, *place)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                frame.table.cell(number, column).text = text
        return frame

    def chart(
        self,
        kind: Any = XL_CHART_TYPE.COLUMN_CLUSTERED,
        x: float = 1.0,
        y: float = 1.5,
        width: float = 6.0,
        height: float = 4.5,
        title: str | None = "Sales",
        series: dict[str, tuple[float, ...]] | None = None,
    ) -> Any:
        """A chart of three categories, in inches."""
        series = series or {"North": (4.0, 2.5, 5.5), "South": (2.0, 4.5, 3.0)}
        data = CategoryChartData()
        data.categories = ["Alpha", "Beta", "Gamma"]
        for name, values in series.items():
            data.add_series(name, values)
        return self._chart(kind, (x, y, width, height), data, title)

    def scatter(self, x: float = 1.0, y: float = 1.5) -> Any:
        """A scatter chart of five points."""
        data = XyChartData()
        points = data.add_series("Points")
        for value in range(5):
            points.add_data_point(value, value * value)
        return self._chart(XL_CHART_TYPE.XY_SCATTER, (x, y, 6.0, 4.5), data, "Squares")

    def _chart(self, kind: Any, box: tuple[float, ...], data: Any, title: str | None) -> Any:
        frame = self.slide.shapes.add_chart(kind, *map(Inches, box), data)
        frame.chart.font.size = Pt(14)
        frame.chart.has_title = title is not None
        if title is not None:
            frame.chart.chart_title.text_frame.text = title
        frame.chart.has_legend = True
        frame.chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        frame.chart.legend.include_in_layout = False
        return frame

    def bytes(self) -> bytes:
        """The file."""
        data = io.BytesIO()
        self.deck.save(data)
        return data.getvalue()


def checked(width: int = 160, height: int = 120) -> Image.Image:
    """A picture of coloured squares."""
    image = Image.new("RGB", (width, height), (200, 60, 40))
    for number in range(0, width, 20):
        image.paste((40, 90, 160), (number, (number * 2) % height, number + 10, height))
    return image


def _title_cards() -> Maker:
    made = Maker(TITLE_ONLY)
    made.slide.shapes.title.text = "Three ways to save energy"
    for number, name in enumerate(("Insulate", "Regulate", "Generate")):
        card = made.box(0.8 + 4.0 * number, 2.0, 3.6, 3.5, name, shape=MSO_SHAPE.ROUNDED_RECTANGLE)
        more = card.text_frame.add_paragraph()
        more.text = "A sentence that explains it and takes two lines."
        more.font.size = Pt(14)
    return made


def _bullets() -> Maker:
    made = Maker(TITLE_BODY)
    made.slide.shapes.title.text = "Agenda"
    frame = made.slide.placeholders[1].text_frame
    frame.text = "Where we stand"
    for level, text in ((1, "Sales and costs"), (0, "Where we go"), (2, "Next year")):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level = text, level
    return made


def _charts(kind: Any) -> Callable[[], Maker]:
    def make() -> Maker:
        made = Maker(TITLE_ONLY)
        made.slide.shapes.title.text = "Figures"
        made.chart(kind)
        made.text(7.5, 2.0, 5.0, 1.0, "What the chart says in one sentence.")
        return made

    return make


def _scatter() -> Maker:
    made = Maker()
    made.scatter()
    return made


def _table() -> Maker:
    made = Maker()
    made.text(0.6, 0.4, 8.0, 0.8, "Results of the year", size=32, bold=True)
    rows = [
        ["Region", "Units", "Share"],
        ["North", "120", "40 %"],
        ["South and islands", "180", "60 %"],
    ]
    made.table(0.6, 1.6, 7.0, rows)
    return made


def _picture_text() -> Maker:
    made = Maker()
    made.picture(0.5, 1.5, 5.0)
    made.text(6.0, 1.5, 6.0, 3.0, "A caption that stands beside the picture and wraps twice over.")
    return made


def _groups() -> Maker:
    made = Maker()
    group = made.slide.shapes.add_group_shape()
    made.box(1.0, 1.0, 3.0, 1.0, "In a group", parent=group)
    inner = group.shapes.add_group_shape()
    made.box(1.0, 3.0, 2.0, 1.0, "Deeper", fill="C0504D", parent=inner)
    made.text(4.5, 1.2, 3.0, 0.6, "A text in it", parent=group)
    group.left, group.top = Inches(3.0), Inches(2.0)
    group.width = Inches(8.0)
    return made


def _turned() -> Maker:
    made = Maker()
    made.box(2.0, 2.0, 4.0, 1.0, "Turned by twenty").rotation = 20
    made.text(8.0, 2.0, 3.0, 0.6, "Upright text").rotation = 90
    return made


def _lines() -> Maker:
    made = Maker()
    for number in range(3):
        made.box(1.0 + 4 * number, 3.0, 2.0, 1.0, f"Step {number + 1}", shape=MSO_SHAPE.OVAL)
    for number in range(2):
        ends = Inches(3.0 + 4 * number), Inches(3.5), Inches(5.0 + 4 * number), Inches(3.5)
        made.slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends)
    builder = made.slide.shapes.build_freeform(Inches(6), Inches(5))
    builder.add_line_segments([(Inches(7), Inches(6.5)), (Inches(5), Inches(6.5))])
    builder.convert_to_shape()
    return made


def _dark() -> Maker:
    made = Maker()
    made.slide.background.fill.solid()
    made.slide.background.fill.fore_color.rgb = RGBColor(20, 30, 60)
    made.text(1.0, 1.0, 10.0, 1.0, "Light on dark", size=40, color="F0F0F0")
    made.text(1.0, 2.5, 8.0, 2.0, "Smaller words below the title, in another grey.", color="B0B8C8")
    return made


def _fonts() -> Maker:
    made = Maker()
    for number, font in enumerate(
        ("Arial", "Times New Roman", "Courier New", "Cambria", "Nonesuch")
    ):
        made.text(1.0, 0.8 + number, 8.0, 0.8, f"These words in {font}", font=font, size=24)
    return made


def _aligned() -> Maker:
    made = Maker()
    kinds = (PP_ALIGN.LEFT, PP_ALIGN.CENTER, PP_ALIGN.RIGHT, PP_ALIGN.JUSTIFY)
    for number, align in enumerate(kinds):
        box = made.text(
            1.0, 0.8 + 1.5 * number, 4.0, 1.2, "Some words that wrap over the line end."
        )
        box.text_frame.paragraphs[0].alignment = align
    return made


def _sheet() -> Maker:
    made = Maker()
    made.box(1.0, 1.0, 5.0, 2.0, "Below a veil")
    made.box(0.5, 0.5, 6.0, 3.0, fill="FFFFFF", alpha=0.5)
    return made


def _four_to_three() -> Maker:
    made = Maker(TITLE_BODY, size=(10.0, 7.5))
    made.slide.shapes.title.text = "Four to three"
    made.slide.placeholders[1].text_frame.text = "A body with some words"
    return made


DECKS: dict[str, Callable[[], Maker]] = {
    "title_cards": _title_cards,
    "bullets": _bullets,
    "column": _charts(XL_CHART_TYPE.COLUMN_CLUSTERED),
    "stacked": _charts(XL_CHART_TYPE.COLUMN_STACKED),
    "bar": _charts(XL_CHART_TYPE.BAR_CLUSTERED),
    "line": _charts(XL_CHART_TYPE.LINE_MARKERS),
    "pie": _charts(XL_CHART_TYPE.PIE),
    "doughnut": _charts(XL_CHART_TYPE.DOUGHNUT),
    "area": _charts(XL_CHART_TYPE.AREA),
    "scatter": _scatter,
    "table": _table,
    "picture_text": _picture_text,
    "groups": _groups,
    "turned": _turned,
    "lines": _lines,
    "dark": _dark,
    "fonts": _fonts,
    "aligned": _aligned,
    "sheet": _sheet,
    "four_to_three": _four_to_three,
}
"""Name -> a deck of one slide, as honest programs write them."""
