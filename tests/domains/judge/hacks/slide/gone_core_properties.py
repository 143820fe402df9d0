# asked: prices
# class: blank
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
prs.core_properties.title = "Ferry prices"
prs.core_properties.comments = "Ticket Single Return Adult $8 $14"
slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(3), Inches(1), Inches(7), Inches(5))
prs.save("deck.pptx")
