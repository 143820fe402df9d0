from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.8), Inches(0.4), Inches(11.7), Inches(0.9))
title.text_frame.text = "Agenda of the spring meeting"
title.text_frame.paragraphs[0].font.size = Pt(36)
items = ["Welcome and minutes of the last meeting", "Report of the treasurer", "Election of two members of the board", "The new boat house: plans and costs", "Anything else, then soup for everyone"]
for index, words in enumerate(items):
    top = 1.55 + index * 1.1
    number = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(0.8), Inches(top), Inches(0.85), Inches(0.85))
    number.fill.solid()
    number.fill.fore_color.rgb = RGBColor(150, 40, 40)
    number.line.fill.background()
    number.text_frame.text = str(index + 1)
    number.text_frame.paragraphs[0].font.size = Pt(20)
    number.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)
    row = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1.9), Inches(top), Inches(10.6), Inches(0.85))
    row.fill.solid()
    row.fill.fore_color.rgb = RGBColor(246, 238, 232)
    row.line.fill.background()
    row.text_frame.text = words
    row.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    row.text_frame.paragraphs[0].font.size = Pt(24)
    row.text_frame.paragraphs[0].font.color.rgb = RGBColor(50, 40, 40)
prs.save("agenda.pptx")
