from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.util import Emu, Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Who does what in the garden"
title.text_frame.paragraphs[0].font.size = Pt(36)
duties = [("Beds", "Ada digs, sows and waters from April to June and keeps the seed list."), ("Trees", "Ben prunes in winter, thins in July and calls the pickers in time."), ("Tools", "Cleo sharpens, oils and counts; nothing leaves the shed unsigned."), ("Compost", "Dov turns the heaps each month and sells what is left over.")]
for index, (head, words) in enumerate(duties):
    group = slide.shapes.add_group_shape()
    left = Inches(0.7) + index * Inches(3.02)
    top = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, Inches(1.6), Inches(2.84), Inches(0.9))
    top.fill.solid()
    top.fill.fore_color.rgb = RGBColor(60, 100, 50)
    top.line.fill.background()
    top.text_frame.text = head
    top.text_frame.paragraphs[0].font.size = Pt(24)
    top.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)
    body = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, left, Inches(2.5), Inches(2.84), Inches(4.3))
    body.fill.solid()
    body.fill.fore_color.rgb = RGBColor(236, 244, 230)
    body.line.fill.background()
    body.text_frame.word_wrap = True
    body.text_frame.text = words
    body.text_frame.paragraphs[0].font.size = Pt(24)
    body.text_frame.paragraphs[0].font.color.rgb = RGBColor(35, 50, 30)
prs.save("garden.pptx")
