from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

NAVY, PALE, INK = RGBColor(20, 40, 80), RGBColor(232, 238, 248), RGBColor(40, 44, 52)


def heading(slide, words):
    box = slide.shapes.add_textbox(Inches(0.6), Inches(0.4), Inches(12.1), Inches(0.9))
    box.text_frame.text = words
    box.text_frame.paragraphs[0].font.size = Pt(36)
    box.text_frame.paragraphs[0].font.bold = True
    box.text_frame.paragraphs[0].font.color.rgb = NAVY


def card(slide, left, head, words):
    shape = slide.shapes.add_shape(
        MSO_SHAPE.ROUNDED_RECTANGLE, Inches(left), Inches(1.6), Inches(3.85), Inches(5.2)
    )
    shape.fill.solid()
    shape.fill.fore_color.rgb = PALE
    shape.line.fill.background()
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.text = head
    frame.paragraphs[0].font.size = Pt(26)
    frame.paragraphs[0].font.bold = True
    frame.paragraphs[0].font.color.rgb = NAVY
    body = frame.add_paragraph()
    body.text = words
    body.font.size = Pt(20)
    body.font.color.rgb = RGBColor(190, 200, 215)  # FAULT text_contrast
    body.space_before = Pt(12)
    body.alignment = PP_ALIGN.CENTER


prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
heading(slide, "Three steps to a quieter house")
card(slide, 0.6, "Listen", "Walk through each room with a meter and write down where the noise comes in and when it does.")
card(slide, 4.74, "Seal", "Close gaps at windows, doors and sockets with tape that lasts; it costs less than curtains.")
card(slide, 8.88, "Soften", "Hang cloth on bare walls and lay a rug; hard floors throw every step back into the room.")
prs.save("cards.pptx")
