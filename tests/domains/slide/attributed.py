"""Programs of every construct, with what their notes must say.

Each saves deck.pptx, so that it can be run with and without hooks. ``EXPECTED`` has for each of
them (shape of slide 0 by id, what, (paragraph, run, cell), the program text) of calls that must be
there, in any order.
"""

from __future__ import annotations

HEAD = """import copy
from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt
prs = Presentation()
slide = prs.slides.add_slide(prs.slide_layouts[6])
shapes = slide.shapes
"""
BOX = "shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1))"
RECT = "shapes.add_shape(MSO_SHAPE.RECTANGLE, 0, 0, Inches(2), Inches(1))"
CHART = (
    "data = CategoryChartData()\ndata.categories = ['a', 'b']\ndata.add_series('s', (1, 2))\n"
    "chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)"
    ".chart\n"
)
MADE_CHART = "shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)"
MADE_SLIDE = "prs.slides.add_slide(prs.slide_layouts[6])"

PROGRAMS = {
    "textbox": f"box = {BOX}\nframe = box.text_frame\nframe.text = 'one'\n"
    "frame.word_wrap = True\nframe.auto_size = MSO_AUTO_SIZE.NONE\n"
    "frame.vertical_anchor = MSO_ANCHOR.MIDDLE\nframe.margin_left = Inches(0.5)\n"
    "second = frame.add_paragraph()\nsecond.text = 'two'\nsecond.alignment = PP_ALIGN.CENTER\n"
    "second.space_after = Pt(9)\nsecond.level = 1\n",
    "runs": f"p = {BOX}.text_frame.paragraphs[0]\na = p.add_run()\na.text = 'left '\n"
    "b = p.add_run()\nb.text = 'right'\nb.font.size = Pt(9)\nb.font.bold = True\n"
    "b.font.name = 'Arial'\nb.font.color.rgb = RGBColor(250, 250, 250)\n"
    "a.hyperlink.address = 'https://example.org'\n",
    "geometry": f"box = {RECT}\nbox.left = Inches(9)\nbox.width = Inches(5)\nbox.rotation = 30\n",
    "set_twice": f"box = {RECT}\nbox.left = Inches(9)\nbox.left = Inches(1)\n",
    "paint": f"box = {RECT}\nbox.fill.solid()\nbox.fill.fore_color.rgb = RGBColor(1, 2, 3)\n"
    "box.line.color.rgb = RGBColor(4, 5, 6)\nbox.line.width = Pt(3)\nbox.shadow.inherit = False\n",
    "chained": f"{BOX}.text_frame.text = 'one'\n",
    "helper": "def label(text, x):\n    box = shapes.add_textbox(x, 0, 9, 9)\n"
    "    box.text_frame.text = text\n    return box\ndef row(texts):\n"
    "    return [label(t, Inches(i)) for i, t in enumerate(texts)]\n"
    "row(['a', 'b'])\nlast = label('c', 0)\n",
    "loop": "for i, text in enumerate(('a', 'b', 'c')):\n"
    "    box = shapes.add_textbox(Inches(i), 0, 9, 9)\n    box.text_frame.text = text\n"
    "box.top = Inches(3)\n",
    "class": "class Card:\n    def __init__(self, text):\n        self.box = "
    f"{RECT}\n        self.paint()\n        self.box.text_frame.text = text\n"
    "    def paint(self):\n        self.box.fill.background()\ncard = Card('x')\n",
    "setattr": f"box = {RECT}\nfor name, value in {{'left': 5, 'height': 7}}.items():\n"
    "    setattr(box, name, value)\n",
    "placeholder": "page = prs.slides.add_slide(prs.slide_layouts[1])\n"
    "prs.slides._sldIdLst.remove(prs.slides._sldIdLst[0])\n"
    "page.shapes.title.text = 'Title'\nbody = page.placeholders[1]\nbody.text = 'body'\n"
    "body.left, body.top = Inches(1), Inches(2)\n",
    "layout": "layout = prs.slide_layouts[1]\nlayout.placeholders[0].top = Inches(3)\n"
    "page = prs.slides.add_slide(layout)\n"
    "prs.slides._sldIdLst.remove(prs.slides._sldIdLst[0])\npage.shapes.title.text = 'Title'\n",
    "table": "frame = shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1))\ntable = frame.table\n"
    "table.cell(0, 1).text = 'head'\ncell = table.cell(1, 0)\ncell.text = 'x'\n"
    "cell.fill.solid()\ncell.fill.fore_color.rgb = RGBColor(1, 2, 3)\ncell.margin_top = 0\n"
    "cell.vertical_anchor = MSO_ANCHOR.BOTTOM\n"
    "cell.text_frame.paragraphs[0].runs[0].font.size = Pt(7)\n"
    "table.columns[0].width = Inches(3)\ntable.rows[1].height = Inches(2)\n"
    "table.first_row = False\nframe.left = Inches(1)\n",
    "table_loop": "table = shapes.add_table(2, 2, 0, 0, 9, 9).table\n"
    "for r, row in enumerate((('a', 'b'), ('c', 'd'))):\n    for c, text in enumerate(row):\n"
    "        table.cell(r, c).text = text\n",
    "chart": CHART + "chart.has_legend = True\nchart.legend.position = XL_LEGEND_POSITION.BOTTOM\n"
    "chart.has_title = True\nchart.chart_title.text_frame.text = 'T'\nchart.font.size = Pt(9)\n"
    "series = chart.plots[0].series[0]\nseries.format.fill.solid()\n"
    "series.format.fill.fore_color.rgb = RGBColor(1, 2, 3)\nchart.value_axis.maximum_scale = 5\n"
    "chart.category_axis.tick_labels.font.size = Pt(6)\n",
    "chart_data": CHART + "other = CategoryChartData()\nother.categories = ['x']\n"
    "other.add_series('t', (3,))\nchart.replace_data(other)\n",
    "picture": "pic = shapes.add_picture('photo.jpg', 0, 0, width=Inches(3))\n"
    "pic.crop_left = 0.2\npic.height = Inches(5)\n",
    "picture_placeholder": "page = prs.slides.add_slide(prs.slide_layouts[8])\n"
    "prs.slides._sldIdLst.remove(prs.slides._sldIdLst[0])\n"
    "page.placeholders[1].insert_picture('photo.jpg')\n",
    "group": "group = shapes.add_group_shape()\n"
    "dot = group.shapes.add_shape(MSO_SHAPE.OVAL, 0, 0, 9000, 9000)\n"
    "group.left = Inches(3)\ngroup.width = Inches(1)\ndot.top = 500\n",
    "connector": "line = shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 900, 900)\n"
    "line.end_x = Inches(4)\nline.line.width = Pt(2)\n",
    "freeform": "pen = shapes.build_freeform(0, 0)\npen.add_line_segments([(900, 0), (900, 900)])\n"
    "form = pen.convert_to_shape()\nform.fill.background()\n",
    "copy": f"box = {RECT}\nbox.text_frame.text = 'one'\nbox.left = Inches(2)\n"
    "twin = copy.deepcopy(box._element)\nshapes._spTree.append(twin)\n"
    "shapes[1].top = Inches(4)\nbox.text_frame.paragraphs[0].font.size = Pt(8)\n",
    "deleted": f"first = {RECT}\nsecond = {BOX}\n"
    "first._element.getparent().remove(first._element)\nsecond.text_frame.text = 'here'\n",
    "order": f"first = {RECT}\nsecond = {BOX}\nshapes._spTree.remove(first._element)\n"
    "shapes._spTree.append(first._element)\n",
    "rewritten": f"box = {BOX}\nbox.text_frame.text = 'old'\n"
    "box.text_frame.paragraphs[0].runs[0].font.size = Pt(50)\nbox.text_frame.text = 'new'\n",
    "beneath": f"box = {RECT}\nbox.fill.solid()\nbox.fill.fore_color.rgb = RGBColor(1, 2, 3)\n"
    "color = box._element.find('.//' + qn('a:srgbClr'))\n"
    "alpha = etree.SubElement(color, qn('a:alpha'))\nalpha.set('val', '9')\n"
    "body = box.text_frame._txBody.find(qn('a:bodyPr'))\nbody.attrib['lIns'] = '0'\n"
    "box._element.spPr.find(qn('a:xfrm')).set('rot', '600000')\n",
    "parsed": "from pptx.oxml import parse_xml\nmarkup = etree.tostring("
    f"{RECT}._element)\n"
    "shapes._spTree.append(parse_xml(markup.replace(b'id=\"2\"', b'id=\"9\"')))\n",
    "comprehension": "boxes = [shapes.add_textbox(x, 0, 9, 9) for x in (1, 2)]\n"
    "list(map(lambda b: b.fill.solid(), boxes))\n",
    "exec": f"exec(\"box = {RECT}\")\nbox.left = 7\n",
    "unicode": "ä = shapes.add_textbox(0, 0, 9, 9); ä.text_frame.text = 'größe'; ä.left = 5\n",
    "lines": "box = shapes.add_textbox(\n    left=0, top=0,\n    width=9, height=9,\n)\r\n"
    "box.text_frame.text = (\n    'one'\n)\n",
}  # fmt: skip

Expected = tuple[int, str, tuple[int | None, int | None, tuple[int, int] | None], str]
_ALL = (None, None, None)


def _cell(row: int, column: int, paragraph: int | None = None, run: int | None = None):
    return (paragraph, run, (row, column))


EXPECTED: dict[str, list[Expected]] = {
    "textbox": [
        (2, "made", _ALL, BOX),
        (2, "text", _ALL, "frame.text = 'one'"),
        (2, "wrap", _ALL, "frame.word_wrap = True"),
        (2, "fit", _ALL, "frame.auto_size = MSO_AUTO_SIZE.NONE"),
        (2, "align", _ALL, "frame.vertical_anchor = MSO_ANCHOR.MIDDLE"),
        (2, "margin", _ALL, "frame.margin_left = Inches(0.5)"),
        (2, "text", (1, None, None), "frame.add_paragraph()"),
        (2, "text", (1, 0, None), "second.text = 'two'"),
        (2, "align", (1, None, None), "second.alignment = PP_ALIGN.CENTER"),
        (2, "margin", (1, None, None), "second.space_after = Pt(9)"),
        (2, "style", (1, None, None), "second.level = 1"),
    ],
    "runs": [
        (2, "text", (0, 0, None), "a.text = 'left '"),
        (2, "text", (0, 1, None), "b.text = 'right'"),
        (2, "font_size", (0, 1, None), "b.font.size = Pt(9)"),
        (2, "font_style", (0, 1, None), "b.font.bold = True"),
        (2, "font_name", (0, 1, None), "b.font.name = 'Arial'"),
        (2, "font_color", (0, 1, None), "b.font.color.rgb = RGBColor(250, 250, 250)"),
        (2, "font_color", (0, 0, None), "a.hyperlink.address = 'https://example.org'"),
    ],
    "geometry": [
        (2, "made", _ALL, RECT),
        (2, "place", _ALL, "box.left = Inches(9)"),
        (2, "size", _ALL, "box.width = Inches(5)"),
        (2, "rotation", _ALL, "box.rotation = 30"),
    ],
    "set_twice": [(2, "made", _ALL, RECT), (2, "place", _ALL, "box.left = Inches(1)")],
    "paint": [
        (2, "fill", _ALL, "box.fill.solid()"),
        (2, "fill", _ALL, "box.fill.fore_color.rgb = RGBColor(1, 2, 3)"),
        (2, "line", _ALL, "box.line.color.rgb = RGBColor(4, 5, 6)"),
        (2, "line", _ALL, "box.line.width = Pt(3)"),
    ],
    "chained": [(2, "made", _ALL, BOX), (2, "text", _ALL, f"{BOX}.text_frame.text = 'one'")],
    "helper": [
        (2, "made", _ALL, "shapes.add_textbox(x, 0, 9, 9)"),
        (3, "text", _ALL, "box.text_frame.text = text"),
        (4, "text", _ALL, "box.text_frame.text = text"),
    ],
    "loop": [
        (4, "made", _ALL, "shapes.add_textbox(Inches(i), 0, 9, 9)"),
        (4, "text", _ALL, "box.text_frame.text = text"),
        (4, "place", _ALL, "box.top = Inches(3)"),
    ],
    "class": [
        (2, "made", _ALL, RECT),
        (2, "fill", _ALL, "self.box.fill.background()"),
        (2, "text", _ALL, "self.box.text_frame.text = text"),
    ],
    "setattr": [
        (2, "place", _ALL, "setattr(box, name, value)"),
        (2, "size", _ALL, "setattr(box, name, value)"),
    ],
    "placeholder": [
        (2, "made", _ALL, "prs.slides.add_slide(prs.slide_layouts[1])"),
        (2, "text", _ALL, "page.shapes.title.text = 'Title'"),
        (3, "text", _ALL, "body.text = 'body'"),
        (3, "place", _ALL, "body.left, body.top = Inches(1), Inches(2)"),
    ],
    "layout": [(2, "place", _ALL, "layout.placeholders[0].top = Inches(3)")],
    "table": [
        (2, "made", _ALL, "shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1))"),
        (2, "text", _cell(0, 1), "table.cell(0, 1).text = 'head'"),
        (2, "text", _cell(1, 0), "cell.text = 'x'"),
        (2, "fill", _cell(1, 0), "cell.fill.fore_color.rgb = RGBColor(1, 2, 3)"),
        (2, "margin", _cell(1, 0), "cell.margin_top = 0"),
        (2, "align", _cell(1, 0), "cell.vertical_anchor = MSO_ANCHOR.BOTTOM"),
        (2, "font_size", _cell(1, 0, 0, 0),
         "cell.text_frame.paragraphs[0].runs[0].font.size = Pt(7)"),
        (2, "size", _ALL, "table.columns[0].width = Inches(3)"),
        (2, "size", _ALL, "table.rows[1].height = Inches(2)"),
        (2, "style", _ALL, "table.first_row = False"),
        (2, "place", _ALL, "frame.left = Inches(1)"),
    ],
    "table_loop": [
        (2, "text", _cell(r, c), "table.cell(r, c).text = text") for r in (0, 1) for c in (0, 1)
    ],
    "chart": [
        (2, "made", _ALL, MADE_CHART),
        (2, "style", _ALL, "chart.has_legend = True"),
        (2, "style", _ALL, "chart.legend.position = XL_LEGEND_POSITION.BOTTOM"),
        (2, "text", _ALL, "chart.chart_title.text_frame.text = 'T'"),
        (2, "font_size", _ALL, "chart.font.size = Pt(9)"),
        (2, "fill", _ALL, "series.format.fill.fore_color.rgb = RGBColor(1, 2, 3)"),
        (2, "style", _ALL, "chart.value_axis.maximum_scale = 5"),
        (2, "font_size", _ALL, "chart.category_axis.tick_labels.font.size = Pt(6)"),
    ],
    "chart_data": [
        (2, "made", _ALL, MADE_CHART), (2, "data", _ALL, "chart.replace_data(other)"),
    ],
    "picture": [
        (2, "made", _ALL, "shapes.add_picture('photo.jpg', 0, 0, width=Inches(3))"),
        (2, "crop", _ALL, "pic.crop_left = 0.2"),
        (2, "size", _ALL, "pic.height = Inches(5)"),
    ],
    "picture_placeholder": [
        (3, "made", _ALL, "page.placeholders[1].insert_picture('photo.jpg')"),
    ],
    "group": [
        (2, "made", _ALL, "shapes.add_group_shape()"),
        (2, "place", _ALL, "group.left = Inches(3)"),
        (2, "size", _ALL, "group.width = Inches(1)"),
        (3, "made", _ALL, "group.shapes.add_shape(MSO_SHAPE.OVAL, 0, 0, 9000, 9000)"),
        (3, "place", _ALL, "dot.top = 500"),
    ],
    "connector": [
        (2, "made", _ALL, "shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 900, 900)"),
        (2, "size", _ALL, "line.end_x = Inches(4)"),
        (2, "line", _ALL, "line.line.width = Pt(2)"),
    ],
    "freeform": [
        (2, "made", _ALL, "pen.convert_to_shape()"), (2, "fill", _ALL, "form.fill.background()"),
    ],
    "copy": [
        (2, "made", _ALL, RECT),
        (2, "place", _ALL, "box.left = Inches(2)"),
        (2, "font_size", (0, None, None), "box.text_frame.paragraphs[0].font.size = Pt(8)"),
        (2 + (1 << 32), "made", _ALL, "shapes._spTree.append(twin)"),
        (2 + (1 << 32), "made", _ALL, RECT),
        (2 + (1 << 32), "text", _ALL, "box.text_frame.text = 'one'"),
        (2 + (1 << 32), "place", _ALL, "box.left = Inches(2)"),
        (2 + (1 << 32), "place", _ALL, "shapes[1].top = Inches(4)"),
    ],
    "deleted": [(3, "made", _ALL, BOX), (3, "text", _ALL, "second.text_frame.text = 'here'")],
    "order": [
        (2, "made", _ALL, RECT), (2, "order", _ALL, "shapes._spTree.append(first._element)"),
    ],
    "rewritten": [(2, "made", _ALL, BOX), (2, "text", _ALL, "box.text_frame.text = 'new'")],
    "beneath": [
        (2, "fill", _ALL, "etree.SubElement(color, qn('a:alpha'))"),
        (2, "fill", _ALL, "alpha.set('val', '9')"),
        (2, "margin", _ALL, "body.attrib['lIns'] = '0'"),
        (2, "rotation", _ALL, "box._element.spPr.find(qn('a:xfrm')).set('rot', '600000')"),
    ],
    "parsed": [
        (9, "made", _ALL,
         "shapes._spTree.append(parse_xml(markup.replace(b'id=\"2\"', b'id=\"9\"')))"),
    ],
    "comprehension": [
        (3, "made", _ALL, "shapes.add_textbox(x, 0, 9, 9)"),
        (3, "fill", _ALL, "b.fill.solid()"),
    ],
    "exec": [(2, "made", _ALL, f'exec("box = {RECT}")'), (2, "place", _ALL, "box.left = 7")],
    "unicode": [
        (2, "made", _ALL, "shapes.add_textbox(0, 0, 9, 9)"),
        (2, "text", _ALL, "ä.text_frame.text = 'größe'"),
        (2, "place", _ALL, "ä.left = 5"),
    ],
    "lines": [
        (2, "made", _ALL, "shapes.add_textbox(\n    left=0, top=0,\n    width=9, height=9,\n)"),
        (2, "text", _ALL, "box.text_frame.text = (\n    'one'\n)"),
    ],
}  # fmt: skip

SOURCES = {name: HEAD + body + "prs.save('deck.pptx')\n" for name, body in PROGRAMS.items()}
