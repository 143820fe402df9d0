"""What is left of texts and shapes: every way to hide something takes it from sight."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PIL import Image
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt
from slide_decks import DECKS, Maker

from vsdpo_jax.domains.slide.deck.notes import Notes
from vsdpo_jax.domains.slide.deck.records import Slide
from vsdpo_jax.domains.slide.render.reading import read_deck


def read(made: Maker) -> Slide:
    return read_deck(made.bytes(), Notes(), {}).slides[0]


@pytest.mark.parametrize("name", sorted(set(DECKS) - {"sheet", "area"}))
def test_honest_slides_are_wholly_seen(name):
    slide = read(DECKS[name]())
    for text in slide.texts:
        assert text.visible > 0.97, text.text
        assert text.ink_px > 20
        assert text.contrast > 2
        assert text.covered_by is None
    for shape in slide.shapes:
        assert shape.seen is None or shape.seen > 0.95, shape.name
        assert shape.covered_by is None
    assert not [o for o in slide.overlaps if o.share > 0.01 and name != "scatter"]


def test_ink_of_the_fonts_outlines_is_the_ink_in_the_picture():
    slide = read(DECKS["title_cards"]())
    differs = np.any(slide.image_YXC != slide.textless_YXC, axis=-1)
    ink = sum(text.ink_px for text in slide.texts)
    assert 0.5 * np.count_nonzero(differs) < ink < np.count_nonzero(differs)


def visible_of(build, steps) -> list[float]:
    found = []
    for step in steps:
        made = Maker()
        build(made, step)
        slide = read(made)
        found.append(next(t.visible for t in slide.texts if t.text.startswith("Words")))
    return found


def cover(made, share):
    made.text(1, 1, 6, 1, "Words to be covered", size=32)
    made.box(0.9, 0.9, 0.01 + 6 * share, 1.4, fill="FFFFFF")


def sheet(made, share):
    made.text(1, 1, 6, 1, "Words to be covered", size=32)
    made.box(0.5, 0.5, 8, 3, fill="FFFFFF", alpha=share)


def fade(made, share):
    made.text(1, 1, 6, 1, "Words that fade", size=32, alpha=1 - share)


def pale(made, share):
    grey = f"{round(255 * share):02X}" * 3
    made.text(1, 1, 6, 1, "Words that pale", size=32, color=grey)


def shrink(made, share):
    made.text(1, 1, 6, 1, "Words that shrink", size=max(24 * (1 - share), 1))


def push(made, share):
    made.text(9 + 4.4 * share, 1, 4, 1, "Words pushed out", size=32, wrap=False)


def under_picture(made, share):
    made.text(1, 1, 6, 1, "Words to be covered", size=32)
    made.picture(0.9, 0.9, 0.01 + 6 * share, 1.4)


@pytest.mark.parametrize("way", [cover, sheet, fade, pale, shrink, push, under_picture])
def test_no_step_towards_hiding_raises_what_is_visible(way):
    visible = visible_of(way, (0.0, 0.3, 0.6, 0.9, 1.0))
    assert visible[0] > 0.95
    assert all(b <= a + 0.02 for a, b in itertools.pairwise(visible)), visible
    assert visible[-1] < 0.02


@pytest.mark.parametrize("way", [sheet, pale, fade])
def test_contrast_falls_with_what_hides(way):
    ratios = []
    for step in (0.0, 0.4, 0.8):
        made = Maker()
        way(made, step)
        ratios.append(read(made).texts[0].contrast)
    assert ratios[0] == pytest.approx(21.0)
    assert ratios[0] > ratios[1] + 3 > ratios[2] + 6


def test_colours_and_contrast_are_those_of_wcag():
    made = Maker()
    made.box(1, 1, 6, 2, "White on blue", fill="1F4E79")
    made.text(1, 4, 6, 1, "Grey on white", color="777777", size=20)
    blue, grey = read(made).texts
    assert (blue.ink_color, blue.ground) == ((255, 255, 255), (0x1F, 0x4E, 0x79))
    assert blue.contrast == pytest.approx(8.66, abs=0.01)
    assert (grey.ink_color, grey.ground) == ((0x77, 0x77, 0x77), (255, 255, 255))
    assert grey.contrast == pytest.approx(4.48, abs=0.01)


def test_a_text_over_two_grounds_has_the_contrast_of_the_worse():
    made = Maker()
    made.box(1, 1, 2.5, 1, fill="202020")
    made.text(1, 1.2, 5, 1, "White words over both", color="FFFFFF", size=28, wrap=False)
    text = read(made).texts[0]
    assert 0.2 < text.visible < 0.9  # what lies on the white slide is not seen
    made = Maker()
    made.box(1, 1, 2.5, 1, fill="202020")
    made.text(1, 1.2, 5, 1, "White words over both", color="DDDDDD", size=28, wrap=False)
    assert read(made).texts[0].contrast < 1.5


def test_what_covers_a_text_is_named():
    made = Maker()
    made.text(1, 1, 6, 1, "Words", size=32)
    made.box(8, 5, 2, 1, fill="FF0000")
    made.box(0.5, 0.5, 8, 3, fill="00AA00")
    made.text(9, 6.8, 4, 1, "Other words", size=14)
    slide = read(made)
    assert slide.texts[0].visible == 0.0
    assert slide.shapes[slide.texts[0].covered_by].fill.color == (0, 0xAA, 0)
    assert slide.texts[0].ink_color is None
    assert slide.texts[0].contrast == 1.0
    assert slide.texts[1].covered_by is None


def test_a_text_in_the_colour_of_its_ground_is_covered_by_nothing():
    made = Maker()
    made.text(1, 1, 6, 1, "Words", size=32, color="FEFEFE")
    text = read(made).texts[0]
    assert (text.visible, text.covered_by) == (0.0, None)


def test_letters_on_a_cover_do_not_show_what_is_below():
    made = Maker()
    made.text(1, 1, 6, 1, "Words below the card", size=32)
    made.box(0.5, 0.5, 8, 3, fill="FFFFFF")
    made.text(1, 1, 6, 1, "Other words on top", size=32)
    below, top = read(made).texts
    assert below.visible < 0.01
    assert below.covered_by == 1
    assert top.visible > 0.98
    assert read(made).overlaps == ()


def test_the_same_words_twice_in_one_place_count_once():
    made = Maker()
    made.text(1, 1, 6, 1, "Words", size=32)
    made.text(1, 1, 6, 1, "Words", size=32)
    slide = read(made)
    assert [t.visible for t in slide.texts] == [0.0, 1.0]
    assert slide.overlaps[0].share > 0.95


def test_texts_that_collide_are_found_with_their_place():
    made = Maker()
    made.text(1, 1, 6, 1, "First of the words", size=32)
    made.text(1.2, 1.15, 6, 1, "Second of them all", size=32)
    made.text(1, 4, 6, 1, "Far away", size=32)
    slide = read(made)
    (overlap,) = slide.overlaps
    assert (overlap.first, overlap.second) == (0, 1)
    x, y, width, height = overlap.region
    assert 96 < x < x + width < 700
    assert 96 < y < y + height < 200
    assert overlap.share > 0.05


def test_letters_of_a_font_that_is_specks_are_not_seen():
    made = Maker()
    made.text(1, 1, 6, 1, "Specks of words", size=2.5)
    text = read(made).texts[0]
    assert text.visible == 0.0
    assert text.runs[0].size_pt == pytest.approx(2.5)


def test_shapes_below_a_sheet_are_seen_as_far_as_it_lets():
    for alpha, least, most in ((0.0, 1, 1), (0.5, 1, 1), (0.99, 0, 0.1), (None, 0, 0)):
        made = Maker()
        made.box(1, 1, 3, 2, fill="AA3300")
        made.box(0.5, 0.5, 8, 5, fill="FFFFFF", alpha=alpha)
        shape = read(made).shapes[0]
        assert least <= shape.seen <= most, alpha
        assert shape.covered_by == (1 if shape.seen < 1 else None)


def test_half_a_cover_leaves_half():
    made = Maker()
    made.box(1, 1, 4, 2, fill="AA3300")
    made.box(3, 0.5, 5, 5, fill="113355")
    shape = read(made).shapes[0]
    assert shape.seen == pytest.approx(0.5, abs=0.02)
    assert shape.covered_by == 1


@pytest.mark.parametrize(
    "kind", [XL_CHART_TYPE.COLUMN_CLUSTERED, XL_CHART_TYPE.PIE, XL_CHART_TYPE.LINE]
)
def test_charts_and_tables_under_a_sheet_are_gone(kind):
    made = Maker()
    made.chart(kind)
    made.table(8, 2, 4, [["a", "b"], ["c", "d"]])
    before = read(made)
    assert all(shape.seen > 0.98 for shape in before.shapes)
    assert before.shapes[0].chart.marks
    made.box(0.2, 0.2, 12.9, 7, fill="FFFFFF")
    after = read(made)
    assert [shape.seen for shape in after.shapes[:2]] == [0.0, 0.0]
    assert [shape.covered_by for shape in after.shapes[:2]] == [2, 2]
    assert after.shapes[0].chart.marks == ()
    assert {text.visible for text in after.texts} == {0.0}
    assert {text.covered_by for text in after.texts} == {2}


def test_marks_in_the_colour_of_the_ground_are_not_shown():
    made = Maker()
    frame = made.chart(series={"North": (4.0, 2.5, 5.5), "South": (2.0, 4.5, 3.0)})
    fill = frame.chart.plots[0].series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor(255, 255, 255)
    chart = read(made).shapes[0].chart
    assert {mark.series for mark in chart.marks} == {1}
    assert [key.text for key in chart.keys] == ["South"]
    assert len(chart.marks) == 3


def test_a_series_without_paint_is_not_shown():
    made = Maker()
    frame = made.chart(series={"North": (4.0, 2.5, 5.5), "South": (2.0, 4.5, 3.0)})
    frame.chart.plots[0].series[0].format.fill.background()
    chart = read(made).shapes[0].chart
    assert {mark.series for mark in chart.marks} == {1}
    assert [key.text for key in chart.keys] == ["South"]


def test_labels_that_name_slices_are_whole():
    made = Maker()
    frame = made.chart(XL_CHART_TYPE.PIE, series={"North": (4.0, 1.0, 5.5)})
    frame.chart.plots[0].has_data_labels = True
    labels = frame.chart.plots[0].data_labels
    labels.show_category_name, labels.show_percentage = True, True
    slide = read(made)
    names = [text for text in slide.texts if text.source == "data_label"]
    assert [text.text.split(",")[0] for text in names] == ["Alpha", "Beta", "Gamma"]
    assert all(text.visible > 0.98 for text in names)


def test_a_card_in_the_colour_of_the_slide_is_not_seen_and_its_line_is():
    made = Maker()
    made.box(1, 1, 3, 2, fill="FFFFFF")
    made.box(5, 1, 3, 2, fill="FFFFFF", line=True)
    card, lined = read(made).shapes
    assert (card.seen, lined.seen) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("image", "seen"),
    [
        (Image.new("RGB", (40, 30), (255, 255, 255)), 0.0),
        (Image.new("RGBA", (40, 30), (200, 0, 0, 0)), 0.0),
        (Image.new("RGBA", (40, 30), (200, 0, 0, 128)), 1.0),
        (Image.new("RGB", (40, 30), (250, 200, 100)), 1.0),
    ],
)
def test_pictures_are_seen_where_they_differ_from_what_is_below(image, seen):
    made = Maker()
    made.picture(2, 2, 4, image=image)
    assert read(made).shapes[0].seen == pytest.approx(seen, abs=0.02)


def test_a_transparent_picture_hides_nothing():
    made = Maker()
    made.box(1, 1, 3, 2, "Words below", fill="AA3300")
    made.picture(0.5, 0.5, 6, image=Image.new("RGBA", (40, 30), (255, 255, 255, 0)))
    slide = read(made)
    assert slide.shapes[0].seen == 1.0
    assert slide.texts[0].visible > 0.98


def test_text_on_a_gradient_and_a_picture_is_measured_where_it_lies():
    made = Maker()
    ramp = Image.linear_gradient("L").rotate(90).point(lambda value: min(2 * value, 255))
    made.picture(1, 1, 6, image=ramp.convert("RGB"))
    made.text(1.2, 2, 5.5, 1, "White words from dark to light", size=26, color="FFFFFF", wrap=False)
    text = read(made).texts[0]
    assert 1.0 <= text.contrast < 2.0
    assert 0.3 < text.visible < 0.9


def test_shapes_off_the_slide_are_seen_as_far_as_they_are_on_it():
    made = Maker()
    made.box(12.333, 1, 2, 2, fill="AA3300")
    made.box(20, 1, 2, 2, fill="AA3300")
    made.box(-1, -1, 2, 2, fill="AA3300")
    half, gone, quarter = (shape.seen for shape in read(made).shapes)
    assert half == pytest.approx(0.5, abs=0.02)
    assert gone == 0.0
    assert quarter == pytest.approx(0.25, abs=0.02)


def test_a_veil_of_many_thin_sheets_hides_as_one_does():
    made = Maker()
    made.text(1, 1, 6, 1, "Words", size=32)
    for _ in range(12):
        made.box(0.5, 0.5, 8, 3, fill="FFFFFF", alpha=0.45)
    text = read(made).texts[0]
    assert text.visible < 0.02
    assert text.covered_by is not None


def test_hidden_shapes_show_nothing():
    made = Maker()
    box = made.box(1, 1, 3, 2, "Words")
    box._element.nvSpPr.cNvPr.set("hidden", "1")
    slide = read(made)
    assert (slide.texts[0].visible, slide.texts[0].lines) == (0.0, ())
    assert slide.shapes[0].seen is None


def test_opacity_of_letters_is_the_files():
    made = Maker()
    made.text(1, 1, 6, 1, "Half", size=40, alpha=0.5)
    text = read(made).texts[0]
    assert text.ink_color == (128, 128, 128) or text.ink_color == (127, 127, 127)
    assert text.runs[0].color == (0, 0, 0, 0.5)


def test_a_word_in_another_colour_counts_for_the_contrast():
    made = Maker()
    box = made.text(1, 1, 8, 1, "Black words and ", size=32)
    run = box.text_frame.paragraphs[0].add_run()
    run.text, run.font.size = "pale ones here", Pt(32)
    run.font.color.rgb = RGBColor(230, 230, 230)
    box.width = Inches(11)
    assert read(made).texts[0].contrast < 1.5
