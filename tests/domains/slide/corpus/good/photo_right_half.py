from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
picture = slide.shapes.add_picture("photo.jpg", Inches(6.667), 0, Inches(6.666), Inches(7.5))
picture.crop_left = 0.16667
picture.crop_right = 0.16667
head = slide.shapes.add_textbox(Inches(0.6), Inches(0.7), Inches(5.6), Inches(1.6))
head.text_frame.word_wrap = True
head.text_frame.text = "A week in the hills"
head.text_frame.paragraphs[0].font.size = Pt(44)
head.text_frame.paragraphs[0].font.bold = True
head.text_frame.paragraphs[0].font.color.rgb = RGBColor(20, 60, 40)
text = slide.shapes.add_textbox(Inches(0.6), Inches(2.4), Inches(5.6), Inches(4.5))
text.text_frame.word_wrap = True
text.text_frame.text = "Seven days, five huts and one long ridge from which both lakes can be seen."
for words in (
    "Luggage goes by mule from hut to hut, so a small bag will do.",
    "We walk five hours a day and rest when it rains.",
    "Places for twelve; the guide speaks four languages.",
):
    text.text_frame.add_paragraph().text = words
for paragraph in text.text_frame.paragraphs:
    paragraph.font.size = Pt(22)
    paragraph.space_after = Pt(12)
prs.save("hills.pptx")
