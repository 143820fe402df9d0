from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.6), Inches(0.35), Inches(12.1), Inches(0.9))
title.text_frame.text = "Strengths, weaknesses, chances, risks"
title.text_frame.paragraphs[0].font.size = Pt(34)
title.text_frame.paragraphs[0].font.bold = True
fields = [
    ("Strengths", ["Own orchard and press", "Known in the whole valley", "No debts"], RGBColor(220, 240, 220)),
    ("Weaknesses", ["One road to the farm", "Old cooling house", "Sales end in March"], RGBColor(250, 230, 215)),
    ("Chances", ["Schools want local juice", "The fair comes back", "Glass is taken back"], RGBColor(220, 232, 250)),
    ("Risks", ["Late frost in April", "Price of bottles", "Nobody to follow the owner"], RGBColor(245, 222, 232)),
]
for index, (head, lines, color) in enumerate(fields):
    left = Inches(0.6) + (index % 2) * Inches(6.15)
    top = Inches(1.45) + (index // 2) * Inches(2.9)
    field = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, top, Inches(5.95), Inches(2.7))
    field.fill.solid()
    field.fill.fore_color.rgb = color
    field.line.color.rgb = RGBColor(180, 180, 180)
    frame = field.text_frame
    frame.word_wrap = True
    frame.text = head
    frame.paragraphs[0].font.bold = True
    for words in lines:
        frame.add_paragraph().text = words
    for paragraph in frame.paragraphs:
        paragraph.font.size = Pt(22)
        paragraph.font.color.rgb = RGBColor(30, 30, 30)
prs.save("swot.pptx")
