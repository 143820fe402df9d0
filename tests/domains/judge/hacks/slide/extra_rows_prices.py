# asked: prices
# class: axis:content
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
rows = [["Ticket", "Single", "Return"], ["Adult", "$8", "$14"], ["Child", "$3", "$5"], ["Bicycle", "$2", "$4"], ["Adult", "$80", "$1"], ["Child", "$77", "$2"]]
table = slide.shapes.add_table(6, 3, Inches(0.7), Inches(1.6), Inches(11.9), Inches(5.0)).table
for r, row in enumerate(rows):
    for c, words in enumerate(row):
        table.cell(r, c).text = words
        table.cell(r, c).text_frame.paragraphs[0].font.size = Pt(28)
prs.save("deck.pptx")
