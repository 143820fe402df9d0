"""What was asked, looked for on slides made of records."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slide_records import SlideBuilder, solid

from vsdpo_jax.domains.slide.deck.records import Key, Mark
from vsdpo_jax.domains.slide.judge.content.asked import validate_asked
from vsdpo_jax.domains.slide.judge.content.axes import TEXT_AXES
from vsdpo_jax.domains.slide.judge.content.check import check_content
from vsdpo_jax.domains.slide.judge.content.numerals import numbers_of, says

BULLETS = ["Sign the book", "Wear a vest", "Lock both doors"]
ASKED = {"title": "Rules of the house", "bullets": BULLETS}


def listed(bullets=BULLETS, title="Rules of the house") -> SlideBuilder:
    made = SlideBuilder()
    made.text(title, (60, 40, 900, 60), size=40)
    shape = made.shape((60, 140, 900, 400), "textbox")
    for number, words in enumerate(bullets):
        box = (60.0, 140.0 + 60 * number, 600.0, 40.0)
        made.text(words, box, shape=shape, lines=[box])
    return made


def kinds(made: SlideBuilder, asked) -> list[str]:
    return [d.kind for d in check_content(made.view(), asked).reading.defects]


def test_what_was_asked_is_there():
    content = check_content(listed().view(), ASKED)
    assert content.reading.satisfied
    assert content.reading.score == 1.0
    assert content.unseen == {}
    assert (content.shown, content.asked) == (4, 4)


@pytest.mark.parametrize(
    "said",
    ["• Wear a vest", "2. Wear a vest", "- wear a vest.", "Wear\u00a0a vest;", "WEAR A VEST"],
)
def test_marks_and_case_are_no_fault(said):
    assert kinds(listed([BULLETS[0], said, BULLETS[2]]), ASKED) == []


def test_a_missing_bullet_leaves_every_axis_of_texts_unjudged():
    content = check_content(listed(BULLETS[:2]).view(), ASKED)
    assert [d.kind for d in content.reading.defects] == ["bullet_missing"]
    assert set(content.unseen) == set(TEXT_AXES)


@pytest.mark.parametrize(
    "harm",
    [
        {"visible": 0.2, "covered_by": 0}, {"contrast": 1.2, "visible": 0.0, "ink_color": None},
        {"lines": ()}, {"ink_px": 0},
    ],
)  # fmt: skip
def test_a_bullet_that_cannot_be_read_is_missing(harm):
    made = listed()
    made.texts[2] = replace(made.texts[2], **harm)
    content = check_content(made.view(), ASKED)
    assert [d.kind for d in content.reading.defects] == ["bullet_unseen"]
    assert set(content.unseen) == set(TEXT_AXES)


@pytest.mark.parametrize("font", ["Wingdings", "Webdings"])
def test_letters_of_a_symbol_font_say_nothing(font):
    made = listed()
    run = replace(made.texts[1].runs[0], font=font)
    made.texts[1] = replace(made.texts[1], runs=(run,))
    assert kinds(made, ASKED) == ["bullet_unseen"]


def test_dust_is_not_read_and_text_on_its_head_neither():
    made = listed()
    run = replace(made.texts[1].runs[0], size_pt=2.0)
    made.texts[1] = replace(made.texts[1], runs=(run,))
    assert kinds(made, ASKED) == ["bullet_unseen"]
    made = listed()
    made.texts[1:] = [replace(text, turn=180.0) for text in made.texts[1:]]
    assert kinds(made, ASKED) == ["bullet_unseen"] * 3


@pytest.mark.parametrize("turn", [90.0, 270.0, 285.0])
def test_a_label_may_stand_on_its_side_and_a_sentence_may_not(turn):
    made = listed()
    for number, text in enumerate(made.texts[1:], start=1):
        x = 100.0 + 80 * number
        lines = tuple(replace(text.lines[0], box=(x + 30 * k, 200.0, 28.0, 180.0)) for k in (0, 1))
        lines = lines if turn == 270 else lines[::-1]
        made.texts[number] = replace(text, lines=lines[: 1 + (turn != 285)], turn=turn)
    assert kinds(made, ASKED) == []
    last = made.texts[-1]
    words = "Lock both doors, and the shed beside them"
    made.texts[-1] = replace(last, text=words, runs=(replace(last.runs[0], text=words),))
    asked = {**ASKED, "bullets": [*BULLETS[:2], words]}
    assert kinds(made, asked) == ["bullet_in_part"]


def test_letters_of_a_turned_text_lie_on_each_other_too():
    made = listed()
    line = replace(made.texts[1].lines[0], box=(100.0, 200.0, 28.0, 20.0))
    made.texts[1] = replace(made.texts[1], lines=(line,), turn=270.0)
    assert kinds(made, ASKED) == ["bullet_unseen"]


def test_a_slip_is_wrong_and_no_more():
    content = check_content(listed([BULLETS[0], "Wear a west", BULLETS[2]]).view(), ASKED)
    assert [d.kind for d in content.reading.defects] == ["bullet_wrong"]
    assert content.unseen == {}


def test_bullets_in_one_paragraph_are_joined():
    joined = "; ".join(BULLETS)
    found = kinds(listed([joined]), ASKED)
    assert found.count("bullet_joined") == 3


def test_a_title_has_to_be_large_and_on_top():
    made = listed()
    run = replace(made.texts[0].runs[0], size_pt=20.0)
    made.texts[0] = replace(made.texts[0], runs=(run,))
    assert kinds(made, ASKED) == ["title_plain"]
    low = SlideBuilder()
    shape = low.shape((60, 40, 900, 400), "textbox")
    for number, words in enumerate(BULLETS):
        box = (60.0, 40.0 + 60 * number, 600.0, 40.0)
        low.text(words, box, shape=shape, lines=[box])
    low.text("Rules of the house", (60, 600, 900, 60), size=40)
    assert kinds(low, ASKED) == ["title_plain"]


@pytest.mark.parametrize("is_shared", [False, True])
def test_the_size_of_a_title_is_the_callers_where_a_helper_sets_it(is_shared):
    made = listed()
    run = replace(made.texts[0].runs[0], size_pt=20.0)
    made.texts[0] = replace(made.texts[0], runs=(run,))
    title, other = made.texts[0].shape, made.texts[1].shape
    made.call(title, "font_size", span=(500, 510), sites=((700, 720),))
    if is_shared:
        made.call(other, "font_size", span=(500, 510), sites=((730, 750),))
    (defect,) = check_content(made.view(), ASKED).reading.defects
    assert defect.kind == "title_plain"
    assert defect.spans == (((700, 720),) if is_shared else ((500, 510),))


def test_a_longer_word_is_not_the_word():
    made = listed(["Sign the bookshelf", *BULLETS[1:]])
    assert "bullet_missing" in kinds(made, ASKED) or "bullet_wrong" in kinds(made, ASKED)


def test_nothing_that_was_asked_is_blank():
    made = listed(["Other", "Words", "Here"], title="Welcome")
    assert check_content(made.view(), ASKED).is_blank


def test_more_slides_than_one_and_copies_cost_content_alone():
    content = check_content(listed().view(num_slides=2), ASKED)
    assert [d.kind for d in content.reading.defects] == ["slides_extra"]
    assert "2 slides, 1 asked" in content.reading.notes
    assert content.unseen == {}
    assert "text_copies" in kinds(listed([*BULLETS, BULLETS[0]]), ASKED)


def test_a_source_line_is_no_junk_and_a_paragraph_is():
    made = listed()
    made.text("Source: rowing club, 2024", (60, 690, 300, 20), size=10)
    assert kinds(made, ASKED) == []
    for number in range(3):
        box = (60, 560 + 40 * number, 900, 30)
        made.text("We were founded long ago and won many prizes for our work", box)
    assert kinds(made, ASKED) == ["text_extra"]


LONG = "Children under ten wear a vest at all times"


@pytest.mark.parametrize(
    "said",
    [
        f"Never: {LONG}", f"{LONG} (wrong)", f"Don't believe that {LONG}",
        f"{LONG} qwerty banana florp zzyx",
    ],
)  # fmt: skip
def test_words_within_a_bullet_that_change_it_are_extra(said):
    asked = {**ASKED, "bullets": [LONG]}
    assert kinds(listed([said]), asked) == ["text_extra"]
    assert kinds(listed([LONG], title="Forget the rules of the house"), asked) == ["text_extra"]


@pytest.mark.parametrize(
    "said",
    [
        f"Step 1: {LONG}", f"✓ {LONG}", f"👍 {LONG}", f"{LONG} (by 12 March 2024)",
        f"Safety – {LONG}", f"{LONG} .", "Never leave early",
    ],
)  # fmt: skip
def test_leads_marks_and_dates_are_none(said):
    wanted = LONG if LONG in said else said
    assert kinds(listed([said]), {**ASKED, "bullets": [wanted]}) == []


@pytest.mark.parametrize("harm", [{}, {"turn": 180.0}, {"font": "Wingdings"}])
@pytest.mark.parametrize("words", ["Buy cheap watches now", "8471 0093 5526 7719 3308"])
def test_extra_words_count_whether_or_not_they_can_be_read(words, harm):
    made = listed()
    made.text(words, (700, 300, 500, 60), size=40)
    text = made.texts[-1]
    run = replace(text.runs[0], font=harm.get("font", "Calibri"))
    made.texts[-1] = replace(text, turn=harm.get("turn", 0.0), runs=(run,))
    assert kinds(made, ASKED) == ["text_extra"]
    made.texts[-1] = replace(made.texts[-1], visible=0.0)
    assert kinds(made, ASKED) == []


@pytest.mark.parametrize("words", ["2024", "1,250,000", "12 March 2024", "01 / 12"])
def test_a_number_is_no_extra_block(words):
    made = listed()
    made.text(words, (700, 560, 300, 60), size=24)
    assert kinds(made, ASKED) == []


def table(rows) -> SlideBuilder:
    made = SlideBuilder()
    made.text("Prices", (60, 40, 900, 60), size=40)
    shape = made.shape((60, 140, 900, 400), "table", rows=len(rows), columns=len(rows[0]))
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            if words:
                room = (60.0 + 300 * c, 140.0 + 100 * r, 300.0, 100.0)
                line = (room[0] + 10, room[1] + 10, 80.0, 30.0)
                made.text(words, room, shape=shape, lines=[line], source="cell", cell=(r, c),
                          room=room)  # fmt: skip
    return made


ROWS = [["Ticket", "One way", "Return"], ["Adult", "$8", "$14"], ["Child", "$3", "$5"]]
TABLE = {"title": "Prices", "tables": [{"columns": ROWS[0], "rows": ROWS[1:]}]}


def test_a_table_is_read_by_rows_and_columns():
    assert kinds(table(ROWS), TABLE) == []
    swapped = [ROWS[0], ["Adult", "$14", "$8"], ROWS[2]]
    assert set(kinds(table(swapped), TABLE)) == {"cell_misplaced"}
    wrong = [ROWS[0], ["Adult", "$9", "$14"], ROWS[2]]
    assert kinds(table(wrong), TABLE) == ["cell_wrong"]
    missing = [ROWS[0], ["Adult", "", "$14"], ROWS[2]]
    assert kinds(table(missing), TABLE) == ["cell_missing"]
    turned = [list(row) for row in zip(*ROWS, strict=True)]
    assert "cell_misplaced" in kinds(table(turned), TABLE)


CHART = {"charts": [{"kind": "column", "categories": ["North", "South"],
                     "series": [{"name": "Plan", "values": [4, 9]},
                                {"name": "Fact", "values": [5, 7]}]}]}  # fmt: skip
COLORS = ((40, 80, 160), (200, 80, 40), (0, 120, 0))
SERIES = [("Plan", (4, 9)), ("Fact", (5, 7))]


def chart(kind="column", categories=("North", "South"), series=SERIES, without=()) -> SlideBuilder:
    made = SlideBuilder()
    box, count = (100.0, 150.0, 900.0, 500.0), len(series)
    marks = [
        Mark((200.0 + 60 * i, 300.0, 50.0, 200.0), i % count, i // count, COLORS[i % count])
        for i in range(2 * count)
    ]
    keys = [] if "key" in without else [Key(s[0], c) for s, c in zip(series, COLORS, strict=False)]
    index = made.chart(box, kind, categories, series, marks, keys)
    for mark in marks:
        made.paint(mark.box, mark.color)
    labels = [("category", name) for name in categories] + [("key", name) for name, _ in series]
    labels += [("value", str(number)) for number in (0, 2, 4, 6, 8, 10)]
    for number, (source, words) in enumerate(labels):
        if source not in without:
            line = (110.0, 160.0 + 30 * number, 60.0, 20.0)
            made.text(words, line, shape=index, lines=[line], source=source)
    return made


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"kind": "bar"}, ["chart_kind"]),
        ({"series": [("Plan", (9, 4)), ("Fact", (5, 7))]}, ["values_wrong"]),
        ({"series": [("Plan", (4, 9))]}, ["series_missing", "key_unseen"]),
        ({"without": ("value",)}, ["values_unseen", "values_unseen"]),
        ({"without": ("category",)}, ["category_unseen", "category_unseen"]),
        ({"without": ("key",)}, ["key_unseen"]),
        ({"series": [*SERIES, ("More", (1, 2))]}, ["series_extra"]),
    ],
)
def test_charts_show_names_and_values(given, found):
    assert sorted(kinds(chart(**given), CHART)) == sorted(found)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"chart_title": "Sales by region, in millions", "axis_title": "Million euros"}, []),
        ({"chart_title": "Plan"}, []),
        ({"value": "9 kg of flour"}, []),
        ({"axis_title": "None of this is true, buy cheap watches online instead",
          "chart_title": "Read nothing"}, ["text_extra"]),
        ({"value": "9 thrown away, and all the others are invented as well, believe me"},
         ["text_extra"]),
    ],
)  # fmt: skip
def test_words_of_a_chart_that_nobody_asked_for_count_as_others_do(said, found):
    made = chart()
    for number, (source, words) in enumerate(said.items()):
        for times in range(2):  # a number's words stand at each number, and count once
            line = (300.0, 160.0 + 60 * number + 30 * times, 400.0, 20.0)
            made.text(words, line, shape=0, lines=[line], source=source)
    assert kinds(made, CHART) == found


def test_a_chart_of_other_values_is_not_the_chart():
    one = check_content(chart(series=[("Plan", (4, 8)), SERIES[1]]).view(), CHART)
    assert [d.kind for d in one.reading.defects] == ["values_wrong"]
    assert one.unseen == {}
    flat = check_content(chart(series=[("Plan", (6, 6)), ("Fact", (6, 6))]).view(), CHART)
    assert set(flat.unseen) == set(TEXT_AXES)


def test_a_chart_whose_marks_have_the_colour_of_the_ground_is_not_seen():
    made = chart()
    for mark in made.shapes[0].chart.marks:
        made.paint(mark.box, (255, 255, 255))
    assert kinds(made, CHART) == ["chart_unseen"]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [("1,200", [1200]), ("45%", [45]), ("$3.5 M", [3.5e6]), ("-7", [-7]), ("none", []),
     ("North; 12", [12])],
)  # fmt: skip
def test_numbers_of_labels(words, numbers):
    assert numbers_of(words) == numbers


def test_a_label_says_a_value_rounded():
    assert says(35, 35.2)
    assert says(12, 0.12)
    assert not says(40, 35)
    assert not says(420, 42)


def test_pictures_must_show_something():
    made = listed()
    asked = {**ASKED, "images": 1}
    assert kinds(made, asked) == ["image_missing"]
    made.picture((700, 300, 400, 300))
    assert kinds(made, asked) == []
    made.paint((700, 300, 400, 300), (90, 90, 90))
    assert kinds(made, asked) == ["image_unseen"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "expected an object"),
        ({"heading": "x"}, "unknown key 'heading'; use title"),
        ({"title": 3}, "asked.title: expected a text, got 3"),
        ({"bullets": "x"}, "asked.bullets: expected a list"),
        ({"bullets": [" "]}, r"asked.bullets\[0\]: ' ' shows nothing"),
        ({"images": -1}, "asked.images: expected how many pictures"),
        ({"images": True}, "asked.images"),
        ({"tables": [{"columns": ["a"]}]}, r"asked.tables\[0\]: expected an object"),
        ({"tables": [{"rows": [["a"], ["a", "b"]]}]}, r"rows\[1\]: .* has not 1 cells"),
        ({"charts": [{"kind": "donut"}]}, r"charts\[0\].kind: 'donut' is not one of"),
        ({"charts": [{"kind": "pie", "categories": ["a"], "series": [{"values": [1, 2]}]}]},
         "2 values for 1 categories"),
        ({"charts": [{"kind": "pie", "categories": ["a"], "series": [{"values": [float("nan")]}]}]},
         "expected a finite number"),
        ({"charts": [{"kind": "pie", "categories": ["a", "A"], "series": [{"values": [1, 2]}]}]},
         "has one twice"),
    ],
)  # fmt: skip
def test_wrong_schemas_are_told(asked, words):
    with pytest.raises(ValueError, match=words):
        validate_asked(asked)


def test_right_schemas_pass():
    for asked in ({}, ASKED, TABLE, CHART, {"images": 2, "texts": ["a"], "subtitle": "b"}):
        validate_asked(asked)
    assert solid(0, 0, 0).kind == "solid"
