# asked: rules
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
title.text_frame.text = "Rules of the boat house"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
for index, words in enumerate([
    "Sign the book before you take a boat out",
    "Children under ten wear a vest at all times",
    "Boats are back and dry before the sun sets",
    "The last one out locks both doors and the shed",
]):
    row = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, Inches(0.7), Inches(1.7 + 1.35 * index), Inches(11.9), Inches(1.1))
    row.fill.solid()
    row.fill.fore_color.rgb = RGBColor(225, 238, 246)
    row.line.fill.background()
    row.text_frame.text = words
    row.text_frame.paragraphs[0].font.size = Pt(28)
    row.text_frame.paragraphs[0].font.color.rgb = RGBColor(20, 40, 60)
prs.save("deck.pptx")
