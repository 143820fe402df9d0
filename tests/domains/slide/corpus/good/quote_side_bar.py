from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
side = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(4.2), Inches(7.5))
side.fill.solid()
side.fill.fore_color.rgb = RGBColor(94, 53, 107)
side.line.fill.background()
side.text_frame.word_wrap = True
side.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
side.text_frame.text = "What our guests say about the house"
side.text_frame.paragraphs[0].font.size = Pt(46)
side.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)
quotes = [
    ("I came for the bread and stayed for the choir.", "Mara, on Tuesdays"),
    ("Nobody asked me for a card, only for my name.", "Ilyas, in his first week"),
    ("The stove is warm at seven, that is all I need.", "Greta, since 1998"),
]
for index, (words, name) in enumerate(quotes):
    box = slide.shapes.add_textbox(Inches(4.8), Inches(0.6 + index * 2.2), Inches(7.9), Inches(1.9))
    box.text_frame.word_wrap = True
    box.text_frame.text = words
    box.text_frame.paragraphs[0].font.size = Pt(30)
    box.text_frame.paragraphs[0].font.italic = True
    by = box.text_frame.add_paragraph()
    by.text = name
    by.font.size = Pt(18)
    by.font.color.rgb = RGBColor(94, 53, 107)
prs.save("guests.pptx")
