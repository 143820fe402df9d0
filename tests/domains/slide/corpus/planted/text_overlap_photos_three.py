from pptx import Presentation
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "Three views from the tower"
title.text_frame.paragraphs[0].font.size = Pt(36)
title.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
for index, words in enumerate(("To the north, over the old quarry", "To the east, where the road ends", "To the south, in the evening light")):
    left = Inches(0.7) + index * Inches(4.1)
    slide.shapes.add_picture("photo.jpg", left, Inches(1.7), width=Inches(3.7))
    caption = slide.shapes.add_textbox(left, Inches(4.6), Inches(3.7), Inches(1.2))
    caption.text_frame.word_wrap = True
    caption.text_frame.text = words
    caption.text_frame.paragraphs[0].font.size = Pt(22)
    caption.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
last = slide.shapes.add_textbox(Inches(0.7), Inches(4.65), Inches(11.9), Inches(0.8))  # FAULT text_overlap
last.text_frame.word_wrap = True
last.text_frame.text = "The tower is open from May to October; the last climb is an hour before sunset."
last.text_frame.paragraphs[0].font.size = Pt(20)
last.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
prs.save("tower.pptx")
