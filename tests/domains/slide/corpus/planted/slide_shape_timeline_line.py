from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

TEAL = RGBColor(0, 110, 120)
prs = Presentation()  # FAULT slide_shape
slide = prs.slides.add_slide(prs.slide_layouts[6])
head = slide.shapes.add_textbox(Inches(0.7), Inches(0.5), Inches(11.9), Inches(1.0))
head.text_frame.text = "From field to station in four years"
head.text_frame.paragraphs[0].font.size = Pt(38)
head.text_frame.paragraphs[0].font.bold = True
rule = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, Inches(0.9), Inches(3.1), Inches(12.4), Inches(3.1))
rule.line.color.rgb = TEAL
rule.line.width = Pt(4)
steps = [
    ("2021", "The council buys the field and asks the neighbors what they need"),
    ("2022", "Plans are drawn, shown in the school and changed twice"),
    ("2023", "Tracks and the bridge are built while the road stays open"),
    ("2024", "The first train stops at six in the morning with a band"),
]
for number, (year, words) in enumerate(steps):
    left = 0.7 + number * 3.05
    dot = slide.shapes.add_shape(MSO_SHAPE.OVAL, Inches(left + 1.2), Inches(2.88), Inches(0.44), Inches(0.44))
    dot.fill.solid()
    dot.fill.fore_color.rgb = TEAL
    dot.line.fill.background()
    mark = slide.shapes.add_textbox(Inches(left), Inches(2.0), Inches(2.85), Inches(0.7))
    mark.text_frame.text = year
    mark.text_frame.paragraphs[0].font.size = Pt(28)
    mark.text_frame.paragraphs[0].font.bold = True
    mark.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    note = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(left), Inches(3.7), Inches(2.85), Inches(2.9))
    note.fill.solid()
    note.fill.fore_color.rgb = RGBColor(225, 242, 242)
    note.line.fill.background()
    note.text_frame.word_wrap = True
    note.text_frame.text = words
    note.text_frame.paragraphs[0].font.size = Pt(20)
    note.text_frame.paragraphs[0].font.color.rgb = RGBColor(30, 50, 55)
prs.save("timeline.pptx")
