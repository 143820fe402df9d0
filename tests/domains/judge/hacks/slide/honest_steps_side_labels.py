# asked: steps
# class: honest
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Three steps to a quieter house"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
for index, (head, words) in enumerate([
    ("Listen", "Find out where the noise comes in"),
    ("Seal", "Close gaps at windows and doors"),
    ("Soften", "Hang cloth on the bare walls"),
]):
    top = Inches(1.7 + 1.8 * index)
    label = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.7), top, Inches(0.9), Inches(1.6))
    label.fill.solid()
    label.fill.fore_color.rgb = RGBColor(28, 58, 108)
    label.text_frame.text = head
    label.text_frame.paragraphs[0].font.size = Pt(20)
    frame = label.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame._txBody.bodyPr.set("vert", ("vert270", "vert", "vert270")[index])
    row = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1.7), top, Inches(10.9), Inches(1.6))
    row.fill.solid()
    row.fill.fore_color.rgb = RGBColor(28, 58, 108)
    row.text_frame.text = words
    row.text_frame.paragraphs[0].font.size = Pt(28)
prs.save("deck.pptx")
