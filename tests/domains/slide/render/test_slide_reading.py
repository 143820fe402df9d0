"""Records of hand-made decks, to the pixel, against python-pptx's numbers and the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from lxml import etree
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt
from slide_decks import DECKS, TITLE_BODY, Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.records import Deck, Slide
from vsdpo_jax.domains.slide.render.reading import read_deck
from vsdpo_jax.domains.slide.render.source import BadDeck


def deck_of(made: Maker) -> Deck:
    return read_deck(made.bytes(), Notes(), {})


def read(made: Maker) -> Slide:
    return deck_of(made).slides[0]


def colored(image_YXC: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width, height of the pixels of a colour."""
    rows_N, columns_N = np.nonzero(np.all(image_YXC == np.array(color, np.uint8), axis=-1))
    left, top = int(columns_N.min()), int(rows_N.min())
    return left, top, int(columns_N.max()) + 1 - left, int(rows_N.max()) + 1 - top


@pytest.mark.parametrize("size", [(13.333, 7.5), (10.0, 7.5), (10.0, 5.625), (8.0, 11.0)])
def test_pictures_are_1280_wide_and_boxes_are_where_the_paint_is(size):
    made = Maker(size=size)
    made.box(1, 1, 3, 2, fill="C81E64")
    slide = read(made)
    assert slide.image_YXC.shape == (round(1280 * size[1] / size[0]), 1280, 3)
    assert (slide.width, slide.height) == (1280, slide.image_YXC.shape[0])
    (shape,) = slide.shapes
    scale = 1280 / size[0]
    assert shape.box == pytest.approx((scale, scale, 3 * scale, 2 * scale), abs=0.05)
    painted = colored(slide.image_YXC, (0xC8, 0x1E, 0x64))
    assert painted == pytest.approx(shape.box, abs=1.5)


def test_a_turned_shape_has_the_box_around_it_and_its_frame():
    made = Maker()
    box = made.box(4, 3, 4, 1, fill="C81E64")
    box.rotation = 30
    slide = read(made)
    (shape,) = slide.shapes
    assert shape.frame == pytest.approx((384, 288, 384, 96), abs=0.05)
    assert shape.rotation == 30.0
    assert colored(slide.image_YXC, (0xC8, 0x1E, 0x64)) == pytest.approx(shape.box, abs=3)


@pytest.mark.parametrize(
    ("vert", "rotation", "flips", "turn"),
    [
        ("horz", 0, "", 0.0), ("horz", 30, "", 30.0), ("vert270", 0, "", 270.0),
        ("vert", 0, "", 90.0), ("horz", 0, "V", 180.0), ("horz", 0, "H", 0.0),
        ("horz", 180, "V", 0.0),
    ],
)  # fmt: skip
def test_letters_are_turned_as_they_are_drawn(vert, rotation, flips, turn):
    made = Maker()
    box = made.box(4, 3, 4, 1, text="Turned")
    box.rotation = rotation
    box.text_frame._txBody.bodyPr.set("vert", vert)
    for flip in flips:
        box._element.spPr.xfrm.set(f"flip{flip}", "1")
    (text,) = read(made).texts
    assert text.turn == turn


def test_a_mirrored_group_turns_the_letters_that_it_holds():
    made = Maker()
    group = made.slide.shapes.add_group_shape()
    made.box(3, 2, 2, 1, text="Turned", parent=group)
    group._element.grpSpPr.xfrm.set("flipV", "1")
    (text,) = read(made).texts
    assert text.turn == 180.0


def grouped(rotation: float, flip: bool) -> Maker:
    made = Maker()
    group = made.slide.shapes.add_group_shape()
    made.box(3, 2, 2, 1, fill="C81E64", parent=group)
    made.box(6, 3, 1, 2, fill="1EC864", parent=group).rotation = 15
    inner = group.shapes.add_group_shape()
    made.box(4, 4, 1, 0.5, fill="1E64C8", parent=inner)
    inner.rotation = 20
    group.rotation = rotation
    group.left, group.top, group.width = Inches(2), Inches(2), Inches(6)
    if flip:
        group._element.grpSpPr.find(qn("a:xfrm")).set("flipH", "1")
    return made


@pytest.mark.parametrize(("rotation", "flip"), [(0, False), (40, False), (0, True), (290, True)])
def test_groups_move_scale_turn_and_mirror_what_they_hold(rotation, flip):
    slide = read(grouped(rotation, flip))
    colors = {(0xC8, 0x1E, 0x64): 1, (0x1E, 0xC8, 0x64): 2, (0x1E, 0x64, 0xC8): 4}
    for color, index in colors.items():
        shape = slide.shapes[index]
        assert colored(slide.image_YXC, color) == pytest.approx(shape.box, abs=3.5), index
    assert [shape.parent for shape in slide.shapes] == [None, 0, 0, 0, 3]
    assert [shape.kind for shape in slide.shapes].count("group") == 2


def test_kinds_names_and_order_are_the_files():
    made = Maker(TITLE_BODY)
    made.slide.shapes.title.text = "Title"
    made.box(1, 1, 1, 1)
    made.text(1, 1, 1, 1, "x")
    made.picture(1, 1, 1)
    made.table(1, 1, 4, [["a"]])
    made.chart()
    made.slide.shapes.add_connector(1, 0, 0, 99, 99)
    builder = made.slide.shapes.build_freeform(0, 0)
    builder.add_line_segments([(Inches(1), 0), (Inches(1), Inches(1))])
    builder.convert_to_shape()
    slide = read(made)
    assert [shape.kind for shape in slide.shapes] == [
        "placeholder", "placeholder", "autoshape", "textbox", "picture", "table", "chart",
        "connector", "freeform",
    ]  # fmt: skip
    own = list(made.slide.shapes)
    assert [shape.shape_id for shape in slide.shapes] == [shape.shape_id for shape in own]
    assert [shape.name for shape in slide.shapes] == [shape.name for shape in own]
    assert [shape.placeholder for shape in slide.shapes[:3]] == ["title", "object", ""]
    assert [shape.empty for shape in slide.shapes[:3]] == [False, True, False]
    assert slide.layout == "Title and Content"


@pytest.mark.parametrize("layout", range(11))
def test_placeholders_inherit_their_place(layout):
    made = Maker(layout)
    slide = read(made)
    for shape, own in zip(slide.shapes, made.slide.shapes, strict=True):
        scale = 1280 / made.deck.slide_width
        expected = [value * scale for value in (own.left, own.top, own.width, own.height)]
        assert shape.box == pytest.approx(expected, abs=0.05), own.name
        assert shape.empty
        assert shape.kind == "placeholder"


def test_fills_and_lines_are_resolved():
    made = Maker()
    theme = made.box(1, 1, 2, 1)
    theme.fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_2
    lined = made.box(4, 1, 2, 1, fill=None, line=True)
    lined.line.color.rgb = RGBColor(1, 2, 3)
    lined.line.width = Pt(3)
    made.box(7, 1, 2, 1, fill="102030", alpha=0.25)
    graded = made.box(1, 4, 2, 1)
    graded.fill.gradient()
    slide = read(made)
    one, two, three, four = slide.shapes
    assert (one.fill.kind, one.fill.color, one.line_px) == ("solid", (0xC0, 0x50, 0x4D), 0.0)
    assert (two.fill.kind, two.line.color) == ("none", (1, 2, 3))
    assert two.line_px == pytest.approx(4.0, abs=0.01)
    assert (three.fill.color, three.fill.alpha) == ((16, 32, 48), pytest.approx(0.25, abs=0.01))
    assert four.fill.kind == "gradient"
    assert slide.background.color == (255, 255, 255)


def test_texts_have_their_runs_lines_and_room():
    made = Maker()
    box = made.text(1, 1, 4, 2, "Some words that are longer than the line", size=24, font="Arial")
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.font.size, run.font.bold = " and bold", Pt(12), True
    made.text(1, 4, 1, 1, "Not broken at all", wrap=False)
    first, second = read(made).texts
    assert first.text == "Some words that are longer than the line and bold"
    assert [(r.text, r.font, r.drawn_with, r.bold) for r in first.runs] == [
        ("Some words that are longer than the line", "Arial", "Liberation Sans", False),
        (" and bold", "Calibri", "Carlito", True),
    ]
    assert [r.size_pt for r in first.runs] == pytest.approx([24, 12])
    assert first.room == pytest.approx((105.6, 100.8, 364.8, 182.4), abs=0.05)
    assert " ".join(line.text for line in first.lines) == first.text
    assert len(first.lines) == 2
    assert (first.wraps, second.wraps) == (True, False)
    assert len(second.lines) == 1
    x, _, width, _ = second.lines[0].box
    assert x + width > second.room[0] + second.room[2]


def test_boxes_of_lines_are_around_their_ink():
    slide = read(DECKS["aligned"]())
    differs = np.any(slide.image_YXC != slide.textless_YXC, axis=-1)
    for line in (line for text in slide.texts for line in text.lines):
        x, y, width, height = line.box
        part = differs[round(y) - 2 : round(y + height) + 3, round(x) - 6 : round(x + width) + 7]
        rows, columns = np.nonzero(part)
        assert abs(columns.min() - 6) <= 3
        assert abs(part.shape[1] - 7 - columns.max()) <= 4
        assert rows.max() - rows.min() <= height + 3
    assert [text.align for text in slide.texts] == ["left", "center", "right", "justify"]


def test_everything_but_letters_is_the_same_in_the_textless_picture():
    slide = read(DECKS["column"]())
    differs = np.any(slide.image_YXC != slide.textless_YXC, axis=-1)
    for text in slide.texts:
        for x, y, width, height in (line.box for line in text.lines):
            differs[int(y) - 3 : int(y + height) + 4, int(x) - 3 : int(x + width) + 4] = False
    assert not differs.any()


def test_bullets_and_levels():
    slide = read(DECKS["bullets"]())
    body = [text for text in slide.texts if text.shape == 1]
    assert [(text.level, text.bullet, text.paragraph) for text in body] == [
        (0, True, 0), (1, True, 1), (0, True, 2), (2, True, 3),
    ]  # fmt: skip
    assert not slide.texts[0].bullet


def test_cells_have_their_place_and_rows_grow():
    slide = read(DECKS["table"]())
    (table,) = (shape for shape in slide.shapes if shape.kind == "table")
    assert (table.rows, table.columns) == (3, 3)
    cells = {text.cell: text for text in slide.texts if text.source == "cell"}
    assert cells[2, 1].text == "180"
    assert cells[0, 0].runs[0].bold
    made = Maker()
    frame = made.table(1, 1, 2, [["many words that wrap in the narrow cell", "b"], ["c", "d"]])
    grown = read(made).shapes[0]
    assert grown.box[3] > frame.height * 1280 / made.deck.slide_width + 40


@pytest.mark.parametrize(
    ("kind", "word", "count"),
    [
        (XL_CHART_TYPE.COLUMN_CLUSTERED, "column", 6),
        (XL_CHART_TYPE.COLUMN_STACKED, "column", 6),
        (XL_CHART_TYPE.BAR_CLUSTERED, "bar", 6),
        (XL_CHART_TYPE.LINE, "line", 4),
        (XL_CHART_TYPE.LINE_MARKERS, "line", 10),
        (XL_CHART_TYPE.PIE, "pie", 3),
        (XL_CHART_TYPE.DOUGHNUT, "doughnut", 3),
        (XL_CHART_TYPE.RADAR, "radar", 6),
    ],
)
def test_charts_tell_what_they_show(kind, word, count):
    made = Maker()
    made.chart(kind)
    slide = read(made)
    chart = slide.shapes[0].chart
    assert (chart.kind, chart.categories) == (word, ("Alpha", "Beta", "Gamma"))
    assert chart.series[0].name == "North"
    assert chart.series[0].values == (4.0, 2.5, 5.5)
    if word != "doughnut":
        assert len(chart.marks) == count
    x, y, width, height = slide.shapes[0].box
    for (left, top, wide, high), series, *_ in chart.marks:
        assert x <= left < left + wide <= x + width
        assert y <= top < top + high <= y + height
        assert series in (0, 1)
    sources = {text.source for text in slide.texts}
    assert {"chart_title", "key"} <= sources
    (title,) = (text for text in slide.texts if text.source == "chart_title")
    assert title.text == "Sales"
    keys = {text.text for text in slide.texts if text.source == "key"}
    assert keys == (
        {"Alpha", "Beta", "Gamma"} if word in ("pie", "doughnut") else {"North", "South"}
    )
    if word not in ("pie", "doughnut"):
        shown = [text.text for text in slide.texts if text.source == "category"]
        assert sorted(shown) == ["Alpha", "Beta", "Gamma"]


def test_bars_stand_where_their_colour_is():
    slide = read(DECKS["column"]())
    (chart,) = (shape.chart for shape in slide.shapes if shape.chart is not None)
    for (x, y, width, height), series, *_ in chart.marks:
        color = slide.image_YXC[int(y + height / 2), int(x + width / 2)]
        assert tuple(color) == ((0x4F, 0x81, 0xBD), (0xC0, 0x50, 0x4D))[series]
    assert [mark[1:3] for mark in chart.marks] == [(s, p) for p in range(3) for s in range(2)]
    assert {key.text: key.color for key in chart.keys} == {
        chart.series[mark.series].name: mark.color for mark in chart.marks
    }
    heights = [mark.box[3] for mark in chart.marks if mark.series == 0]
    assert heights[2] / heights[0] == pytest.approx(5.5 / 4.0, abs=0.05)


def test_a_line_that_stays_level_is_a_mark():
    made = Maker()
    made.chart(XL_CHART_TYPE.LINE, series={"Flat": (3.0, 3.0, 3.0)})
    assert len(read(made).shapes[0].chart.marks) == 2


def test_titles_of_axes_and_labels_of_data_are_told_apart():
    made = Maker()
    frame = made.chart()
    for axis, title in ((frame.chart.category_axis, "Month"), (frame.chart.value_axis, "Euros")):
        axis.has_title = True
        axis.axis_title.text_frame.text = title
    frame.chart.plots[0].has_data_labels = True
    texts = read(made).texts
    assert {t.text for t in texts if t.source == "axis_title"} == {"Month", "Euros"}
    assert sum(t.source == "data_label" for t in texts) == 6
    assert {t.text for t in texts if t.source == "value"} == {str(n) for n in range(7)}


def test_pictures_tell_their_size_and_crop():
    made = Maker()
    picture = made.picture(1, 1, 4, image=Image.new("RGB", (300, 100), (9, 9, 9)))
    picture.crop_left, picture.crop_bottom = 0.25, 0.1
    made.picture(6, 1, 4, image=Image.new("RGB", (300, 100), (9, 9, 9)))
    first, second = (shape.picture for shape in read(made).shapes)
    assert (first.width, first.height, first.loaded) == (300, 100, True)
    assert first.crop == pytest.approx((0.25, 0, 0, 0.1), abs=1e-4)
    assert first.digest == second.digest != ""


def test_text_upright_and_mirrored():
    made = Maker()
    box = made.text(2, 2, 1, 3, "Upwards")
    box.text_frame._txBody.bodyPr.set("vert", "vert270")
    text = read(made).texts[0]
    x, y, width, height = text.lines[0].box
    assert height > 2 * width
    assert x >= 192
    assert y + height <= 480


@pytest.mark.parametrize(
    ("fill", "degrees", "is_turned"),
    [(None, 180, True), (None, 20, True), ("1F4E79", 180, True), ("1F4E79", 20, False)],
)
def test_text_that_is_turned_in_its_shape_is_where_it_would_be_in_a_turned_one(
    fill, degrees, is_turned
):
    boxes = []
    for way in ("text", "shape"):
        made = Maker()
        box = made.box(3, 2, 5, 2, "Some words", fill=fill)
        if way == "text":
            box.text_frame._txBody.bodyPr.set("rot", str(60_000 * degrees))
        else:
            box.rotation = degrees
        boxes.append(read(made).texts[0].lines[0].box)
    assert (boxes[0] == pytest.approx(boxes[1], abs=0.1)) is is_turned


def test_letters_that_a_font_lacks_are_lent_and_nothing_else_changes():
    made = Maker()
    made.text(1, 1, 8, 1, "Done ✓ and ★ rated", size=28)
    made.text(1, 3, 8, 1, "漢字 have no font here", size=28)
    lent, none = read(made).texts
    assert lent.text == "Done ✓ and ★ rated"
    assert lent.visible > 0.98
    assert [run.font for run in lent.runs] == ["Calibri"]
    assert none.text == "漢字 have no font here"


def test_patterns_are_painted():
    made = Maker()
    box = made.box(1, 1, 3, 2)
    box.fill.patterned()
    box.fill.fore_color.rgb, box.fill.back_color.rgb = RGBColor(200, 0, 0), RGBColor(0, 0, 100)
    shape = read(made).shapes[0]
    assert shape.fill.color == (100, 0, 50)
    assert shape.seen == 1.0


def test_shrinking_is_told():
    made = Maker()
    box = made.text(1, 1, 3, 1, "Words")
    fit = etree.SubElement(box.text_frame._txBody.bodyPr, qn("a:normAutofit"))
    fit.set("fontScale", "62500")
    assert read(made).texts[0].shrunk == 0.625


def test_a_deck_tells_its_fonts_and_renderer():
    made = Maker()
    made.text(1, 1, 4, 1, "Words", font="Georgia")
    made.text(1, 3, 4, 1, "Words", font="Nonesuch")
    deck = deck_of(made)
    assert deck.fonts["Georgia"] == "Liberation Serif"
    assert deck.fonts["Calibri"] == "Carlito"
    assert deck.fonts["Nonesuch"] in ("Carlito", "DejaVu Sans")
    assert deck.renderer == "betteroffice-pptx 0.2.1"
    assert deck.size_emu == (made.deck.slide_width, made.deck.slide_height)


@pytest.mark.parametrize("size", [(1, 50), (50, 1)])
def test_slides_that_are_no_slides_are_refused(size):
    made = Maker()
    made.deck.slide_width, made.deck.slide_height = Inches(size[0]), Inches(size[1])
    with pytest.raises(BadDeck, match="no slide has such sides"):
        deck_of(made)


def test_astronomic_and_negative_places_are_kept_in_bounds():
    made = Maker()
    box = made.box(1, 1, 2, 1, "far")
    box.left, box.width = Emu(-(2**31)), Emu(2**31 - 1)
    other = made.box(1, 1, 0, 0, "no size")
    other.width = other.height = Emu(0)
    slide = read(made)
    assert all(abs(value) <= 2e6 for shape in slide.shapes for value in shape.box)
    assert len(slide.texts) == 2


@pytest.mark.parametrize("shape", [s for s in MSO_SHAPE if s.value < 190][::9])
def test_preset_shapes_are_painted_within_their_frame(shape):
    made = Maker()
    made.box(4, 2, 4, 3, fill="C81E64", shape=shape)
    slide = read(made)
    assert slide.shapes[0].geometry
    if slide.shapes[0].seen:
        x, y, width, height = colored(slide.image_YXC, (0xC8, 0x1E, 0x64))
        assert min(x - 380, y - 190, 772 - x - width, 484 - y - height) >= 0


def test_hidden_slides_are_left_out():
    made = Maker()
    made.text(1, 1, 5, 1, "Nobody sees this")
    made.slide._element.set("show", "0")
    with pytest.raises(BadDeck, match="every slide of the deck is hidden"):
        deck_of(made)
    made.slide = made.deck.slides.add_slide(made.deck.slide_layouts[6])
    made.text(1, 1, 5, 1, "Words")
    deck = deck_of(made)
    assert [slide.number for slide in deck.slides] == [1]
    assert [text.text for text in deck.slides[0].texts] == ["Words"]
