# asked: steps
# class: blank
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
for index, words in enumerate(["Three steps to a quieter house", "Listen", "Seal", "Soften"]):
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.7 + 3 * index), Inches(1.7), Inches(2.8), Inches(5.0))
    shape.name = words
prs.save("deck.pptx")
