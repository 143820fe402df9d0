from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.35), Inches(11.9), Inches(0.9))
title.text_frame.text = "The choir and its four voices"
title.text_frame.paragraphs[0].font.size = Pt(36)
title.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER


def box(left, top, width, height, words, fill):
    shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, Inches(left), Inches(top), Inches(width), Inches(height))
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor(*fill)
    shape.line.fill.background()
    shape.text_frame.word_wrap = True
    shape.text_frame.text = words
    shape.text_frame.paragraphs[0].font.size = Pt(22)
    return shape


head = box(4.2, 1.5, 5.0, 0.5, "Conductor: Lea Brandt, with two years to go", (38, 70, 110))  # FAULT text_overflow (also text_contrast)
for index, words in enumerate(["Soprano: 14 singers, rehearse on Monday in the hall", "Alto: 11 singers, need a new deputy", "Tenor: 6 singers and two guests from the school", "Bass: 9 singers, look after the stage as well"]):
    child = box(0.7 + index * 3.05, 4.0, 2.75, 2.8, words, (70, 105, 150))
    line = slide.shapes.add_connector(MSO_CONNECTOR.ELBOW, Inches(6.7), Inches(2.9), Inches(2.07 + index * 3.05), Inches(4.0))
    line.line.color.rgb = RGBColor(120, 120, 120)
prs.save("choir.pptx")
