from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])


def say(left, top, width, height, words, size, bold=False, color=(40, 40, 40)):
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    box.text_frame.word_wrap = True
    box.text_frame.text = words
    font = box.text_frame.paragraphs[0].font
    font.size, font.bold, font.color.rgb = Pt(size), bold, RGBColor(*color)
    return box


def plate(left, top, width, height, color):
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(left), Inches(top), Inches(width), Inches(height))
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor(*color)
    shape.line.fill.background()
    return shape


say(0.7, 0.4, 11.9, 0.9, "Saving water at the school", 36, True)
plate(0.7, 1.6, 5.8, 5.2, (226, 240, 250))
say(1.0, 1.9, 5.2, 1.3, "38 %", 66, True, (10, 80, 140))
say(1.0, 3.3, 5.2, 3.2, "less water than two years ago, mostly because the taps now close by themselves and the roof feeds the garden tanks.", 24)
plate(6.8, 1.66, 5.8, 5.2, (230, 244, 228))  # FAULT near_miss
say(7.1, 1.9, 5.2, 1.3, "9 taps", 66, True, (30, 100, 40))
say(7.1, 3.3, 5.2, 3.2, "were mended by the pupils themselves; class 8b keeps the list and checks every first Monday of the month.", 24)
prs.save("water.pptx")
