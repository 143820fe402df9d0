from pptx import Presentation
from pptx.chart.data import ChartData
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
title = slide.shapes.title
title.left, title.top, title.width, title.height = Inches(6.9), Inches(0.3), Inches(6.1), Inches(1.0)
title.text = "Water level at three gauges"
title.text_frame.paragraphs[0].font.size = Pt(28)
data = ChartData()
data.categories = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
data.add_series("Upper weir", (1.2, 1.5, 2.1, 1.9, 1.4, 1.1))
data.add_series("Mill", (0.9, 1.1, 1.7, 1.6, 1.2, 0.8))
data.add_series("Estuary", (2.4, 2.5, 2.9, 2.7, 2.5, 2.3))
chart = slide.shapes.add_chart(
    XL_CHART_TYPE.LINE_MARKERS, Inches(6.9), Inches(1.4), Inches(6.1), Inches(5.7), data  # FAULT lopsided (also hole)
).chart
chart.has_legend = True
chart.legend.position = XL_LEGEND_POSITION.RIGHT
chart.legend.include_in_layout = False
chart.font.size = Pt(16)
prs.save("levels.pptx")
