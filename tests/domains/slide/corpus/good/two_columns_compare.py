from pptx import Presentation
from pptx.util import Inches, Pt

prs = Presentation()
prs.slide_width, prs.slide_height = Inches(13.333), Inches(7.5)
slide = prs.slides.add_slide(prs.slide_layouts[4])
places = {0: (0.7, 0.4, 11.9, 1.0), 1: (0.7, 1.6, 5.8, 0.8), 2: (0.7, 2.5, 5.8, 4.4), 3: (6.8, 1.6, 5.8, 0.8), 4: (6.8, 2.5, 5.8, 4.4)}
for placeholder in slide.placeholders:
    left, top, width, height = places[placeholder.placeholder_format.idx]
    placeholder.left, placeholder.top = Inches(left), Inches(top)
    placeholder.width, placeholder.height = Inches(width), Inches(height)
slide.placeholders[0].text = "Renting or buying the van"
slide.placeholders[1].text = "Renting"
slide.placeholders[3].text = "Buying"
rent = ["Nothing to pay before May", "Repairs are not our business", "Another size whenever we like", "Costs more after three years", "Has to be brought back clean"]
buy = ["Half is paid by the district", "The name can stand on its side", "Shelves may be screwed in", "Someone must wash and lock it", "Worth little after ten years"]
for index, lines in ((2, rent), (4, buy)):
    frame = slide.placeholders[index].text_frame
    frame.text = lines[0]
    for words in lines[1:]:
        frame.add_paragraph().text = words
    for paragraph in frame.paragraphs:
        paragraph.font.size = Pt(26)
prs.save("van.pptx")
