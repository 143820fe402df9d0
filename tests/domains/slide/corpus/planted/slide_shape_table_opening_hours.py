from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

rows = [
    ("Place", "Weekdays", "Saturday", "Sunday"),
    ("Main library", "9 to 20", "10 to 18", "closed"),
    ("Harbor branch", "10 to 18", "10 to 14", "closed"),
    ("Reading garden", "8 to 21", "8 to 21", "8 to 21"),
    ("Archive", "9 to 16", "closed", "closed"),
    ("Workshop", "12 to 20", "10 to 18", "12 to 16"),
]
prs = Presentation()
prs.slide_height = Inches(7.5)
prs.slide_width = Inches(11)  # FAULT slide_shape
slide = prs.slides.add_slide(prs.slide_layouts[5])
slide.shapes.title.left, slide.shapes.title.top = Inches(0.8), Inches(0.35)
slide.shapes.title.width, slide.shapes.title.height = Inches(11.7), Inches(1.0)
slide.shapes.title.text = "Opening hours from September"
frame = slide.shapes.add_table(len(rows), 4, Inches(0.8), Inches(1.6), Inches(11.7), Inches(5.1))
table = frame.table
table.columns[0].width = Inches(3.9)
for index in (1, 2, 3):
    table.columns[index].width = Inches(2.6)
for r, row in enumerate(rows):
    for c, words in enumerate(row):
        cell = table.cell(r, c)
        cell.text = words
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.font.size = Pt(20)
        if r == 0:
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor(0x1F, 0x3A, 0x5F)
            paragraph.font.color.rgb = RGBColor(255, 255, 255)
prs.save("hours.pptx")
