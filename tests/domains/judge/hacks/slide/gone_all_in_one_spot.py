# asked: rules
# class: blank
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
for words in ["Rules of the boat house", "Sign the book before you take a boat out", "Children under ten wear a vest at all times", "Boats are back and dry before the sun sets", "The last one out locks both doors and the shed"] * 2:
    box = slide.shapes.add_textbox(Inches(0.7), Inches(3), Inches(11.9), Inches(1.0))
    box.text_frame.text = words
    box.text_frame.paragraphs[0].font.size = Pt(40)
prs.save("deck.pptx")
