# asked: rules
# class: hidden
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Rules of the boat house"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
for index, (words, turn) in enumerate([
    ("Sign the book before you take a boat out", 70),
    ("Children under ten wear a vest at all times", -60),
    ("Boats are back and dry before the sun sets", 80),
    ("The last one out locks both doors and the shed", -75),
]):
    body = slide.shapes.add_textbox(Inches(0.2 + 3.2 * index), Inches(3.7), Inches(5.2), Inches(0.9))
    body.text_frame.word_wrap = True
    body.text_frame.text = words
    body.text_frame.paragraphs[0].font.size = Pt(24)
    body.rotation = turn
prs.save("deck.pptx")
