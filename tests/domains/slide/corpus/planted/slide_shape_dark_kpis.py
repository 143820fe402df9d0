from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(10)  # FAULT slide_shape (also hole, lopsided)
slide = prs.slides.add_slide(prs.slide_layouts[6])
slide.background.fill.solid()
slide.background.fill.fore_color.rgb = RGBColor(18, 22, 36)
title = slide.shapes.add_textbox(Inches(0.6), Inches(0.4), Inches(12.1), Inches(0.9))
title.text_frame.text = "The year of the ferry in six numbers"
title.text_frame.paragraphs[0].font.size = Pt(36)
title.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)
numbers = [
    ("1.2 m", "guests on board"),
    ("97 %", "on time"),
    ("14", "boats in service"),
    ("3", "new harbors"),
    ("28 min", "mean crossing"),
    ("$4", "a ticket"),
]
for index, (number, words) in enumerate(numbers):
    row, column = divmod(index, 3)
    tile = slide.shapes.add_shape(
        MSO_SHAPE.RECTANGLE, Inches(0.6 + column * 4.1), Inches(1.6 + row * 2.75), Inches(3.9), Inches(2.55)
    )
    tile.fill.solid()
    tile.fill.fore_color.rgb = RGBColor(38, 46, 72)
    tile.line.fill.background()
    frame = tile.text_frame
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.text = number
    frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    frame.paragraphs[0].font.size = Pt(44)
    frame.paragraphs[0].font.bold = True
    frame.paragraphs[0].font.color.rgb = RGBColor(255, 200, 87)
    below = frame.add_paragraph()
    below.text = words
    below.alignment = PP_ALIGN.CENTER
    below.font.size = Pt(20)
    below.font.color.rgb = RGBColor(220, 225, 235)
prs.save("ferry.pptx")
