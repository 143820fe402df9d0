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
body.left, body.top, body.width, body.height = Inches(0.7), Inches(1.7), Inches(11.9), Inches(5.3)
frame = body.text_frame
frame.text = "Most visitors came back within a month and brought somebody along"
for words in (
    "The evening hours were full while the mornings stayed half empty",
    "Families asked for a room in which small children may be loud",
    "Volunteers need a short list of who opens and who locks up",
    "Every second question at the desk was about the last bus home",
    "Nobody used the printed plan; the board at the door was enough",
):
    paragraph = frame.add_paragraph()
    paragraph.text = words
for paragraph in frame.paragraphs:
    paragraph.font.size = Pt(28)
prs.save("pilot.pptx")
