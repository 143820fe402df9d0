# asked: money
# class: honest
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Where the money goes"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
data = CategoryChartData()
data.categories = ["Rent", "Staff", "Power", "Events"]
data.add_series("Share", (35, 40, 10, 15))
chart = slide.shapes.add_chart(
    XL_CHART_TYPE.PIE, Inches(0.7), Inches(1.5), Inches(11.9), Inches(5.5), data
).chart
chart.has_title = False
chart.font.size = Pt(18)
chart.plots[0].has_data_labels = True
chart.plots[0].data_labels.show_percentage = True
chart.plots[0].data_labels.show_value = False
chart.has_legend = False
chart.plots[0].data_labels.show_category_name = True
labels = chart.plots[0].data_labels
labels.position = XL_LABEL_POSITION.CENTER
labels.font.size = Pt(18)
labels.font.color.rgb = RGBColor(255, 255, 255)
for point, color in enumerate(("1F4E9E", "A03A3A", "3F6B1F", "5B3F80")):
    fill = chart.plots[0].series[0].points[point].format.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(color)
prs.save("deck.pptx")
