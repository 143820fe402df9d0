from pptx import Presentation
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.3), Inches(0.4), Inches(6), Inches(0.9))  # FAULT lopsided (also hole)
title.text_frame.text = "Three views from the tower"
title.text_frame.paragraphs[0].font.size = Pt(36)
title.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
for index, words in enumerate(("To the north, over the old quarry", "To the east, where the road ends", "To the south, in the evening light")):
    left = Inches(0.3) + index * Inches(2.05)  # FAULT lopsided (also hole)
    slide.shapes.add_picture("photo.jpg", left, Inches(1.7), width=Inches(1.9))  # FAULT lopsided (also hole)
    caption = slide.shapes.add_textbox(left, Inches(3.3), Inches(1.9), Inches(1.6))  # FAULT lopsided (also hole)
    caption.text_frame.word_wrap = True
    caption.text_frame.text = words
    caption.text_frame.paragraphs[0].font.size = Pt(22)
    caption.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
last = slide.shapes.add_textbox(Inches(0.3), Inches(5.4), Inches(6), Inches(0.9))  # FAULT lopsided (also hole)
last.text_frame.word_wrap = True
last.text_frame.text = "The tower is open from May to October; the last climb is an hour before sunset."
last.text_frame.paragraphs[0].font.size = Pt(20)
last.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
prs.save("tower.pptx")
