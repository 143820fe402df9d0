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
# Rules of the boat house
slide.shapes.add_picture("photo.jpg", Inches(3), Inches(1), width=Inches(7))
prs.save("deck.pptx")
