from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.8), Inches(0.45), Inches(11.7), Inches(0.9))
title.text_frame.text = "Four promises to the people next door"
title.text_frame.paragraphs[0].font.size = Pt(34)
title.text_frame.paragraphs[0].font.bold = True
under = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, Inches(0.9), Inches(1.4), Inches(12.4), Inches(1.4))
under.line.color.rgb = RGBColor(200, 120, 40)
rows = [
    (MSO_SHAPE.SUN, "Work begins at eight and ends at five, and never on a Sunday"),
    (MSO_SHAPE.LIGHTNING_BOLT, "Power is cut for an hour at most, and told two days before"),
    (MSO_SHAPE.HEART, "A phone that somebody answers hangs at the gate, day and night"),
    (MSO_SHAPE.CLOUD, "Dust is kept down with water from our own well, not from the tap"),
]
for index, (kind, words) in enumerate(rows):
    top = 1.8 + index * 1.35
    icon = slide.shapes.add_shape(kind, Inches(0.9), Inches(top), Inches(0.9), Inches(0.9))
    icon.fill.solid()
    icon.fill.fore_color.rgb = RGBColor(200, 120, 40)
    icon.line.fill.background()
    text = slide.shapes.add_textbox(Inches(2.1), Inches(top), Inches(10.4), Inches(0.9))
    text.text_frame.word_wrap = True
    text.text_frame.text = words
    text.text_frame.paragraphs[0].font.size = Pt(54)  # FAULT text_overflow (also off_slide, text_overlap, text_hidden, shapes_overlap)
prs.save("promises.pptx")
