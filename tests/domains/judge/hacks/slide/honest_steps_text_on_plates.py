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
    left = Inches(0.7 + 4.05 * index)
    plate = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, left, Inches(1.7), Inches(3.8), Inches(5.0))
    plate.fill.solid()
    plate.fill.fore_color.rgb = RGBColor(245, 240, 230)
    for top, text, size in ((2.6, head, 34), (3.6, words, 28)):
        box = slide.shapes.add_textbox(left + Inches(0.2), Inches(top), Inches(3.4), Inches(1.5))
        box.text_frame.word_wrap = True
        box.text_frame.text = text
        box.text_frame.paragraphs[0].font.size = Pt(size)
prs.save("deck.pptx")
