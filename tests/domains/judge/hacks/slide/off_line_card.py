# asked: steps
# class: axis:alignment
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
    card = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.7 + 4.05 * index), Inches(1.7), Inches(3.8), Inches(5.0))
    card.fill.solid()
    card.fill.fore_color.rgb = RGBColor(28, 58, 108)
    frame = card.text_frame
    frame.word_wrap = True
    frame.text = head
    frame.paragraphs[0].font.size = Pt(32)
    frame.paragraphs[0].font.bold = True
    frame.add_paragraph().text = words
    frame.paragraphs[1].font.size = Pt(28)
list(slide.shapes)[2].top += Inches(0.05)
prs.save("deck.pptx")
