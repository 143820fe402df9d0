from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
edge = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(0.2), Inches(7.5))
edge.fill.solid()
edge.fill.fore_color.rgb = RGBColor(190, 30, 60)
edge.line.fill.background()
eyebrow = slide.shapes.add_textbox(Inches(0.8), Inches(0.85), Inches(8), Inches(0.4))  # FAULT text_overlap
eyebrow.text_frame.text = "SAFETY AT WORK"
eyebrow.text_frame.paragraphs[0].font.size = Pt(14)
eyebrow.text_frame.paragraphs[0].font.bold = True
eyebrow.text_frame.paragraphs[0].font.color.rgb = RGBColor(190, 30, 60)
title = slide.shapes.add_textbox(Inches(0.8), Inches(0.75), Inches(11.7), Inches(0.9))
title.text_frame.text = "Ladders: five rules that everybody knows"
title.text_frame.paragraphs[0].font.size = Pt(32)
title.text_frame.paragraphs[0].font.bold = True
body = slide.shapes.add_textbox(Inches(0.8), Inches(1.9), Inches(11.7), Inches(4.9))
body.text_frame.word_wrap = True
rules = ["Look at the feet and the rungs before you climb, each time, even after a break of ten minutes", "Stand it at a hand's breadth for each foot of height, and tie it where it can be tied", "Face the ladder, keep three points of contact, and carry tools in the belt", "Nobody stands below while somebody works above; a cone keeps the place free", "Above four meters we use the platform, whatever the hurry may be"]
for index, words in enumerate(rules):
    paragraph = body.text_frame.paragraphs[0] if not index else body.text_frame.add_paragraph()
    paragraph.space_after = Pt(12)
    mark = paragraph.add_run()
    mark.text = f"{index + 1}  "
    mark.font.size, mark.font.bold = Pt(24), True
    mark.font.color.rgb = RGBColor(190, 30, 60)
    rest = paragraph.add_run()
    rest.text = words
    rest.font.size = Pt(24)
foot = slide.shapes.add_textbox(Inches(0.8), Inches(6.95), Inches(8), Inches(0.4))
foot.text_frame.text = "Harbor works, training of new staff"
foot.text_frame.paragraphs[0].font.size = Pt(10)
page = slide.shapes.add_textbox(Inches(11.0), Inches(6.95), Inches(1.5), Inches(0.4))
page.text_frame.text = "7 / 12"
page.text_frame.paragraphs[0].font.size = Pt(10)
page.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
prs.save("ladders.pptx")
