from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
for left, top, size in ((11.0, -1.6, 4.0), (-1.4, 5.6, 3.2)):
    circle = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(left), Inches(top), Inches(size), Inches(size))
    circle.fill.solid()
    circle.fill.fore_color.rgb = RGBColor(253, 236, 214)
    circle.line.fill.background()
title = slide.shapes.add_textbox(Inches(0.8), Inches(0.6), Inches(11.0), Inches(1.0))
title.text_frame.text = "Before you book a stall"
title.text_frame.paragraphs[0].font.size = Pt(40)
title.text_frame.paragraphs[0].font.bold = True
title.text_frame.paragraphs[0].font.color.rgb = RGBColor(120, 60, 10)
body = slide.shapes.add_textbox(Inches(0.8), Inches(0.8), Inches(11.7), Inches(5.9))  # FAULT text_overlap (also hole, lopsided)
body.text_frame.word_wrap = True
lines = [
    "Stalls are three meters wide; bring your own table and a cloth that reaches the ground",
    "Power is there for lamps, not for ovens; ask for the corner stalls if you bake",
    "Cars leave the square by eight and come back after five in the afternoon",
    "We sell what we made: no goods from the wholesale market, please",
    "Children under twelve may sell for free on the steps of the town hall",
]
for index, words in enumerate(lines):
    paragraph = body.text_frame.paragraphs[0] if index == 0 else body.text_frame.add_paragraph()
    paragraph.text = words
    paragraph.font.size = Pt(24)
    paragraph.space_after = Pt(16)
prs.save("stall.pptx")
