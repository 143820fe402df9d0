"""Slides with one chart, written as programs write them, rendered and judged."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.judge.content.check import check_content
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.domains.slide.render.reading import read_deck

SEASONS = ("Spring", "Summer", "Autumn", "Winter")
SOLD = {"Market hall": (420, 510, 390, 460), "Station": (300, 340, 410, 280)}
SPENT = {"Share": (35, 40, 10, 15)}
COLORS = ("1F4E9E", "C0504D")
TYPES = {
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED, "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "line": XL_CHART_TYPE.LINE_MARKERS, "pie": XL_CHART_TYPE.PIE,
    "stacked": XL_CHART_TYPE.COLUMN_STACKED,
}  # fmt: skip


def defects_of(
    change: Callable[[Any, Any], object], kind="column", rows=None, names=SEASONS
) -> list[str]:
    """Kinds of what is wrong with the content of a slide; ``change`` gets its chart and itself."""
    rows = rows or (SPENT if kind == "pie" else SOLD)
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    slide: Any = deck.slides.add_slide(deck.slide_layouts[6])
    write(slide, "Bread sold each quarter", 0.7, 0.4, 40)
    data = CategoryChartData()
    data.categories = names
    for name, values in rows.items():
        data.add_series(name, values)
    x, y, width, height = map(Inches, (0.7, 1.5, 10.7, 5.5))
    chart = slide.shapes.add_chart(TYPES[kind], x, y, width, height, data).chart
    chart.has_title, chart.has_legend, chart.font.size = False, True, Pt(18)
    chart.legend.position = XL_LEGEND_POSITION.BOTTOM
    chart.legend.include_in_layout = False
    for series, color in zip(chart.plots[0].series, COLORS, strict=False):
        if kind == "line":
            series.format.line.color.rgb = RGBColor.from_string(color)
        elif kind != "pie":
            paint(series.format.fill, color)
    change(chart, slide)
    saved = io.BytesIO()
    deck.save(saved)
    read = read_deck(saved.getvalue(), Notes(), {})
    series = [{"name": name, "values": list(values)} for name, values in rows.items()]
    kind = "column" if kind == "stacked" else kind
    asked = {"kind": kind, "categories": list(names), "series": series}
    view = View(read, read.slides[0], "", dict(OPTIONS))
    content = check_content(view, {"title": "Bread sold each quarter", "charts": [asked]})
    return [defect.kind for defect in content.reading.defects]


def write(slide: Any, words: str, x: float, y: float, size: float, color="000000") -> None:
    """A text, in inches and points."""
    frame = slide.shapes.add_textbox(Inches(x), Inches(y), Inches(1.8), Inches(0.5)).text_frame
    frame.word_wrap, frame.text = False, words
    frame.paragraphs[0].font.size = Pt(size)
    frame.paragraphs[0].font.color.rgb = RGBColor.from_string(color)


def paint(fill: Any, color: str) -> None:
    """One colour."""
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(color)


def label(chart: Any, said: list[list[str]]) -> None:
    """Labels of its own for every point, a row for each series."""
    for series, row in zip(chart.plots[0].series, said, strict=True):
        for point, words in enumerate(row):
            frame = series.points[point].data_label.text_frame
            frame.text = words
            frame.paragraphs[0].runs[0].font.size = Pt(14)
