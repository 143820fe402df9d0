# asked: rules
# class: axis:collision
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
body = slide.shapes.add_textbox(Inches(0.7), Inches(1.7), Inches(11.9), Inches(5.2))
body.text_frame.word_wrap = True
for index, words in enumerate([
    "Sign the book before you take a boat out",
    "Children under ten wear a vest at all times",
    "Boats are back and dry before the sun sets",
    "The last one out locks both doors and the shed",
]):
    paragraph = body.text_frame.paragraphs[0] if index == 0 else body.text_frame.add_paragraph()
    paragraph.text = words
    paragraph.font.size = Pt(36)
    paragraph.space_after = Pt(42)
for n in range(40):
    x = 0.3 * n
    line = slide.shapes.add_connector(1, Inches(x), Inches(0.4 if n % 2 else 7.0), Inches(x + 3), Inches(7.0 if n % 2 else 0.4))
    line.line.color.rgb = RGBColor(200 if n % 3 else 0, 0, 90)
    line.line.width = Pt(1.5)
prs.save("deck.pptx")
