from pptx import Presentation
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width = Inches(13.333)
prs.slide_height = Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
title = slide.shapes.title
title.left, title.top, title.width, title.height = Inches(0.7), Inches(0.4), Inches(11.9), Inches(1.1)
title.text = "What we learned from the pilot"
body = slide.placeholders[1]
body.left, body.top, body.width, body.height = Inches(0.7), Inches(1.7), Inches(11.9), Inches(5.3)  # FAULT hole (also lopsided)
frame = body.text_frame
frame.text = "Most came back"
for words in (
    "Evenings were full",
):
    paragraph = frame.add_paragraph()
    paragraph.text = words
for paragraph in frame.paragraphs:
    paragraph.font.size = Pt(28)
prs.save("pilot.pptx")
