from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width = Inches(13.333)
prs.slide_height = Inches(9.5)  # FAULT slide_shape (also hole)
slide = prs.slides.add_slide(prs.slide_layouts[6])

title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(1.0))
title.text_frame.word_wrap = True
title.text_frame.text = "Why the river path matters"
run = title.text_frame.paragraphs[0].runs[0]
run.font.size = Pt(40)
run.font.bold = True
run.font.color.rgb = RGBColor(0x12, 0x3B, 0x5D)

body = slide.shapes.add_textbox(Inches(0.7), Inches(1.7), Inches(6.0), Inches(5.2))
frame = body.text_frame
frame.word_wrap = True
points = [
    "Two schools and the market lie within ten minutes on foot",
    "Cyclists keep off the main road and arrive sooner",
    "Flood meadows along the bank stay open for birds",
    "Benches, light and shade make it a place to stay",
    "The city owns nine tenths of the land already",
]
for index, point in enumerate(points):
    paragraph = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
    paragraph.text = point
    paragraph.font.size = Pt(22)
    paragraph.font.color.rgb = RGBColor(0x33, 0x33, 0x33)
    paragraph.space_after = Pt(14)

slide.shapes.add_picture("photo.jpg", Inches(7.1), Inches(1.8), width=Inches(5.5))
note = slide.shapes.add_textbox(Inches(7.1), Inches(6.05), Inches(5.5), Inches(0.5))
note.text_frame.text = "The valley in May, seen from the old bridge"
note.text_frame.paragraphs[0].font.size = Pt(14)
note.text_frame.paragraphs[0].font.color.rgb = RGBColor(0x55, 0x55, 0x55)
prs.save("deck.pptx")
