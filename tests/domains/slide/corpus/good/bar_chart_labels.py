from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
words = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(1.0))
words.text_frame.text = "Five most read books this winter"
words.text_frame.paragraphs[0].font.size = Pt(36)
words.text_frame.paragraphs[0].font.bold = True
data = CategoryChartData()
data.categories = ["The Salt Road", "Harbor Lights", "A Small Orchard", "Northbound", "Bees in March"]
data.add_series("Loans", (182, 164, 141, 120, 97))
chart = slide.shapes.add_chart(
    XL_CHART_TYPE.BAR_CLUSTERED, Inches(0.7), Inches(1.5), Inches(11.9), Inches(5.5), data
).chart
chart.has_legend = False
chart.has_title = False
chart.font.size = Pt(18)
plot = chart.plots[0]
plot.gap_width = 60
plot.has_data_labels = True
plot.data_labels.font.size = Pt(18)
plot.data_labels.show_value = True
plot.series[0].format.fill.solid()
plot.series[0].format.fill.fore_color.rgb = RGBColor(70, 110, 160)
prs.save("books.pptx")
