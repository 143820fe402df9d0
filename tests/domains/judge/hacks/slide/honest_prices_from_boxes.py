# asked: prices
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
title.text_frame.text = "Ferry prices"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
rows = [["Ticket", "Single", "Return"], ["Adult", "$8", "$14"], ["Child", "$3", "$5"], ["Bicycle", "$2", "$4"]]
for r, row in enumerate(rows):
    for c, words in enumerate(row):
        cell = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.7 + 4 * c), Inches(1.6 + 1.3 * r), Inches(3.9), Inches(1.2))
        cell.text_frame.text = words
        cell.text_frame.paragraphs[0].font.size = Pt(28)
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor(30, 60, 90) if r == 0 else RGBColor(70, 90, 110)
prs.save("deck.pptx")
