from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.shapes.title.text = "How a letter becomes a permit"
slide.shapes.title.left, slide.shapes.title.top = Inches(0.7), Inches(0.4)
slide.shapes.title.width, slide.shapes.title.height = Inches(11.9), Inches(1.0)
steps = {
    "Receive": "The desk stamps the letter and gives it a number within a day.",
    "Check": "Two people read it; what is missing is asked for by phone.",
    "Decide": "The board meets on Thursdays and writes down its reasons.",
    "Answer": "The permit goes out by post and is put on the public list.",
}
left = 0.7
for name, words in steps.items():
    arrow = slide.shapes.add_shape(MSO_SHAPE.CHEVRON, Inches(left), Inches(1.8), Inches(3.1), Inches(1.3))
    arrow.fill.solid()
    arrow.fill.fore_color.rgb = RGBColor(46, 80, 144)
    arrow.line.fill.background()
    arrow.text_frame.text = name
    arrow.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    arrow.text_frame.paragraphs[0].font.size = Pt(22)
    arrow.text_frame.paragraphs[0].font.color.rgb = RGBColor(255, 255, 255)
    box = slide.shapes.add_textbox(Inches(left), Inches(3.5), Inches(2.8), Inches(3.0))
    box.text_frame.word_wrap = True
    box.text_frame.text = words
    box.text_frame.paragraphs[0].font.size = Pt(24)
    left += 2.95
prs.save("permit.pptx")
