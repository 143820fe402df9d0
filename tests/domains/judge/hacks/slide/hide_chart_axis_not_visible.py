# asked: bread
# class: hidden
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
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
    XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(0.7), Inches(1.5), Inches(11.9), Inches(5.5), data
).chart
chart.has_title = False
chart.has_legend = True
chart.legend.position = XL_LEGEND_POSITION.BOTTOM
chart.legend.include_in_layout = False
chart.font.size = Pt(18)
chart.value_axis.visible = False
chart.value_axis.has_major_gridlines = False
prs.save("deck.pptx")
