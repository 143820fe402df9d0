from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Cm, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Cm(33.867), Cm(19.05)
slide = prs.slides.add_slide(prs.slide_layouts[6])
bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, prs.slide_width, Cm(2.8))
bar.fill.solid()
bar.fill.fore_color.rgb = RGBColor(0x0B, 0x4F, 0x4A)
bar.line.fill.background()
bar.text_frame.text = "Where the money goes"
bar.text_frame.paragraphs[0].font.size = Pt(36)
bar.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)

data = CategoryChartData()
data.categories = ["Rent", "Staff", "Power", "Events"]
data.add_series("Share", (35, 40, 10, 15))
chart = slide.shapes.add_chart(XL_CHART_TYPE.PIE, Cm(1.8), Cm(3.8), Cm(15), Cm(14.2), data).chart
chart.has_legend = True
chart.legend.position = XL_LEGEND_POSITION.BOTTOM
chart.legend.include_in_layout = False
chart.font.size = Pt(16)
plot = chart.plots[0]
plot.has_data_labels = True
plot.data_labels.show_percentage = True
plot.data_labels.show_value = False
plot.data_labels.font.size = Pt(16)
plot.data_labels.font.bold = True

text = slide.shapes.add_textbox(Cm(18), Cm(4.4), Cm(14), Cm(13))
text.text_frame.word_wrap = True
for index, words in enumerate([
    "Three quarters pay for people and rooms",
    "Power fell by a fifth since the new roof was laid",
    "Events bring back twice what they cost",
    "Rent is fixed until the end of the decade",
]):
    paragraph = text.text_frame.paragraphs[0] if not index else text.text_frame.add_paragraph()
    paragraph.text = words
    paragraph.font.size = Pt(24)
    paragraph.space_after = Pt(20)
prs.save("money.pptx")
