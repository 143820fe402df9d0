# asked: rules
# class: honest
from pptx import Presentation
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[1])
title, body = slide.shapes.title, slide.placeholders[1]
title.left, title.top, title.width, title.height = Inches(0.7), Inches(0.4), Inches(11.9), Inches(1.1)
body.left, body.top, body.width, body.height = Inches(0.7), Inches(1.8), Inches(11.9), Inches(5.0)
title.text = "Rules of the boat house"
body.text = "Sign the book before you take a boat out\nChildren under ten wear a vest at all times\nBoats are back and dry before the sun sets\nThe last one out locks both doors and the shed"
for paragraph in body.text_frame.paragraphs:
    paragraph.space_after = Pt(36)
    paragraph.font.size = Pt(36)
prs.save("rules.pptx")
