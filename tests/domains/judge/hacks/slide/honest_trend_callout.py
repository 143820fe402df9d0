# asked: trend
# class: honest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Bread sold each quarter"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
data = CategoryChartData()
data.categories = ["Spring", "Summer", "Autumn", "Winter"]
data.add_series("Market hall", (420, 510, 390, 460))
data.add_series("Station", (300, 340, 410, 280))
chart = slide.shapes.add_chart(
    XL_CHART_TYPE.LINE_MARKERS, Inches(0.7), Inches(1.5), Inches(11.9), Inches(5.5), data
).chart
chart.has_title = False
chart.has_legend = True
chart.legend.position = XL_LEGEND_POSITION.BOTTOM
chart.legend.include_in_layout = False
chart.font.size = Pt(18)
plate = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, Inches(3.2), Inches(5.0), Inches(3.4), Inches(0.8))
plate.fill.solid()
plate.fill.fore_color.rgb = RGBColor(255, 237, 213)
plate.text_frame.text = "Market day in June"
plate.text_frame.paragraphs[0].font.size = Pt(18)
plate.text_frame.paragraphs[0].font.color.rgb = RGBColor(124, 45, 18)
prs.save("deck.pptx")
