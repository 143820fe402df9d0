from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[6])
title = slide.shapes.add_textbox(Inches(0.6), Inches(0.4), Inches(12.1), Inches(0.9))
title.text_frame.text = "Three offers for the new roof"
title.text_frame.paragraphs[0].font.size = Pt(36)
rows = [["Firm", "Price", "Weeks"], ["Old Town Roofers", "84 000", "6"], ["Hill & Son", "79 500", "9"], ["North Timber", "91 200", "4"]]
table = slide.shapes.add_table(4, 3, Inches(0.6), Inches(1.6), Inches(7.4), Inches(3.9)).table
for r, row in enumerate(rows):
    for c, words in enumerate(row):
        table.cell(r, c).text = words
        table.cell(r, c).text_frame.paragraphs[0].font.size = Pt(8)  # FAULT text_tiny (also hole, text_contrast)
note = slide.shapes.add_textbox(Inches(8.4), Inches(1.5), Inches(4.3), Inches(5.3))
note.text_frame.word_wrap = True
note.text_frame.text = "All three keep the old beams."
for words in ("Hill & Son cannot begin before August.", "North Timber brings its own crane and cleans up.", "The bank lends up to 85 000 without a guarantee."):
    note.text_frame.add_paragraph().text = words
for paragraph in note.text_frame.paragraphs:
    paragraph.font.size = Pt(24)
    paragraph.space_after = Pt(16)
foot = slide.shapes.add_textbox(Inches(0.6), Inches(5.8), Inches(7.4), Inches(0.9))
foot.text_frame.word_wrap = True
foot.text_frame.text = "Prices with tax; all offers are good until the end of June and hold for both wings."
foot.text_frame.paragraphs[0].font.size = Pt(18)
foot.text_frame.paragraphs[0].font.color.rgb = RGBColor(80, 80, 80)
prs.save("roof.pptx")
