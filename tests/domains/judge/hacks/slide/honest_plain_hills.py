# asked: hills
# class: honest
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.7), Inches(0.4), Inches(11.9), Inches(0.9))
title.text_frame.text = "A week in the hills"
title.text_frame.paragraphs[0].font.size = Pt(44)
title.text_frame.paragraphs[0].font.bold = True
under = slide.shapes.add_textbox(Inches(0.7), Inches(1.3), Inches(11.9), Inches(0.6))
under.text_frame.text = "Five huts and one long ridge"
under.text_frame.paragraphs[0].font.size = Pt(22)
picture = slide.shapes.add_picture("photo.jpg", Inches(6.8), Inches(2.2), width=Inches(5.8))
body = slide.shapes.add_textbox(Inches(0.7), Inches(2.2), Inches(5.8), Inches(4.6))
body.text_frame.word_wrap = True
body.text_frame.text = "Luggage goes by mule from hut to hut"
body.text_frame.add_paragraph().text = "We walk five hours a day"
body.text_frame.add_paragraph().text = "The guide speaks four languages"
for paragraph in body.text_frame.paragraphs:
    paragraph.font.size = Pt(28)
    paragraph.space_after = Pt(36)
prs.save("deck.pptx")
