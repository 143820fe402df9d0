from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width = Inches(13.333)
prs.slide_height = Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[8])  # FAULT placeholder_empty
box = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
box.text_frame.text = "Bread sold each quarter, two shops"
box.text_frame.paragraphs[0].font.size = Pt(36)
box.text_frame.paragraphs[0].font.bold = True

data = CategoryChartData()
data.categories = ["Spring", "Summer", "Autumn", "Winter"]
data.add_series("Market hall", (420, 510, 390, 460))
data.add_series("Station", (300, 340, 410, 280))
frame = slide.shapes.add_chart(
    XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(0.7), Inches(1.5), Inches(8.2), Inches(5.4), data
)
chart = frame.chart
chart.has_legend = True
chart.legend.position = XL_LEGEND_POSITION.BOTTOM
chart.legend.include_in_layout = False
chart.font.size = Pt(16)

side = slide.shapes.add_textbox(Inches(9.2), Inches(1.7), Inches(3.4), Inches(5.0))
side.text_frame.word_wrap = True
lines = ["Summer is the best season at the hall", "The station gains when schools start", "Winter rolls sell only before nine", "One oven serves both shops"]
side.text_frame.text = lines[0]
for words in lines[1:]:
    side.text_frame.add_paragraph().text = words
for paragraph in side.text_frame.paragraphs:
    paragraph.font.size = Pt(20)
    paragraph.font.color.rgb = RGBColor(64, 64, 64)
    paragraph.space_after = Pt(18)
prs.save("bread.pptx")
