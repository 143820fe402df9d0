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
for words in ["Sign the book before you take a boat out", "Children under ten wear a vest at all times", "Boats are back and dry before the sun sets", "The last one out locks both doors and the shed"]:
    box = slide.shapes.add_textbox(Inches(0.7), Inches(3), Inches(11.9), Inches(1.0))
    box.text_frame.text = words
    box.text_frame.paragraphs[0].font.size = Pt(36)
prs.save("deck.pptx")
