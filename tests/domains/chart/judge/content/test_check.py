"""The content axis on hand-built scenes: every kind of thing missing, wrong or too many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import AXES_BOX, axes, bar, evidence, line, lying_bar, scatter, text, tick_labels
from content_scenes import (
    ASKED,
    BLUE,
    CATEGORIES,
    CENTERS,
    INFO,
    LEGEND,
    ONE,
    RED,
    ROWS,
    TICKS,
    bars,
    check,
    dotted,
    honest,
    lines,
    notes,
    points,
    stroked,
    texts,
    y_ticks,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.check import JUDGED_BY

HIDDEN = evidence(visible=0.0, covered=1.0, coverer=0)


def test_everything_as_asked():
    content = check(honest())
    assert content.reading.notes == ()
    assert content.reading.score == 1.0
    assert content.unseen == {}
    # 3 texts + 3 categories + 6 values + 2 names + the kind.
    assert content.shown == content.required == 15


@pytest.mark.parametrize(
    ("changes", "note", "is_missing"),
    [
        ({"title": ""}, "title missing", True),
        ({"title": "Sales of Tae"}, "title wrong", False),
        ({"title": "Output of Steel"}, "title wrong", True),
        ({"x_label": ""}, "x label missing", True),
        ({"y_label": "Dollars"}, "y label wrong", True),
        ({"y_label": "Euro"}, "y label wrong", False),
    ],
)
def test_texts_missing_or_wrong(changes, note, is_missing):
    content = check(honest(**changes))
    assert content.reading.notes == (note,)
    assert content.reading.score == pytest.approx(14 / 15)
    name = note.rsplit(" ", 1)[0]
    told = dict.fromkeys(JUDGED_BY["text"], (f"{name} missing",)) if is_missing else {}
    assert content.unseen == told
    if note.endswith("missing"):
        assert content.reading.defects[0].region == AXES_BOX
    else:
        assert content.reading.defects[0].region != AXES_BOX


def test_a_title_twice():
    again = text("Sales of Tea", (200.0, 2.0, 100.0, 12.0), role="suptitle", axes=-1)
    reading = check([*honest(), again]).reading
    assert reading.notes == ("title twice",)
    assert reading.defects[0].region == again.region
    assert reading.score == pytest.approx(15 / 16)


def test_another_headline_is_read_first():
    above = text("Buy now", (200.0, 0.0, 100.0, 12.0), role="suptitle", axes=-1)
    below = text("in the north", (200.0, 26.0, 100.0, 10.0), role="suptitle", axes=-1)
    large = replace(below, font_size_pt=20.0)
    assert notes([*honest(), above]) == ("title not first",)
    assert notes([*honest(), below]) == ()
    assert notes([*honest(), large]) == ("title not first",)


def test_missing_series_and_their_names():
    key = [m for m in LEGEND if m.text != "South" and m.color_rgba != RED]
    marks = [*texts(), *map(stroked, lines(ROWS[0])), *TICKS, *y_ticks(), *key]
    content = check(marks)
    assert content.reading.notes == ("series South missing", "legend South missing")
    assert content.reading.score == pytest.approx(11 / 15)
    assert content.unseen["range"] == ("series South missing",)
    assert content.unseen["legend"] == ("series South missing", "legend South missing")
    assert "ticks" not in content.unseen


def test_a_wrong_value_is_counted():
    marks = honest(ROWS[0], ("South", RED, (30, 35, 60)))
    content = check(marks)
    reading = content.reading
    assert reading.notes == ("series South Feb 35 asked 25",)
    assert reading.defects[0].message == "the series 'South' shows 35 for Feb, not 25"
    assert reading.score == pytest.approx(14 / 15)
    assert content.unseen == {}


def test_a_series_with_less_than_half_of_its_values_is_not_there():
    content = check(honest(ROWS[0], ("South", RED, (30, 70, 80))))
    assert content.reading.notes == ("series South Feb 70 asked 25, Mar 80 asked 60",)
    assert set(content.unseen) == set(JUDGED_BY["data"])


@pytest.mark.parametrize(("off", "ok"), [(0.5, True), (-0.5, True), (0.8, False), (-5.0, False)])
def test_values_are_read_within_pixels_and_their_own_range(off, ok):
    # 3 px a unit, values from 20 to 60: 1.5 pixels or 1.5 % of 40 units.
    content = check(honest(ROWS[0], ("South", RED, (30, 25 + off, 60))))
    assert content.reading.satisfied is ok


def test_no_legend_and_direct_labels():
    marks = [m for m in honest() if m not in LEGEND]
    content = check(marks)
    assert content.reading.notes == ("legend missing",)
    assert set(content.unseen) == {*JUDGED_BY["name"], *JUDGED_BY["data"]}
    assert content.reading.score == pytest.approx(7 / 15)  # nobody knows whose values these are
    ends = {"North": 340 - 3 * 50, "South": 340 - 3 * 60}
    direct = [text(n, (418.0, y - 5, 30.0, 10.0)) for n, y in ends.items()]
    assert check([*marks, *direct]).reading.satisfied
    swapped = [text(n, (418.0, y - 5, 30.0, 10.0)) for n, y in zip(ends, [160, 190], strict=True)]
    assert notes([*marks, *swapped]) == ("legend wrong",)
    footnote = [text(n, (20.0 + 60 * i, 385.0, 30.0, 10.0)) for i, n in enumerate(ends)]
    assert notes([*marks, *footnote]) == ("legend wrong",)


def test_one_series_needs_no_name():
    marks = [*texts(), *map(stroked, lines(ROWS[0])), *TICKS, *y_ticks()]
    assert check(marks, ONE).reading.satisfied


def test_a_program_without_names_is_asked_for_none():
    asked = {**ASKED, "series": [{**row, "name": ""} for row in ASKED["series"]]}
    assert notes([m for m in honest() if m not in LEGEND], asked) == ()


def test_categories_missing():
    few = tick_labels(["Jan", "Feb", ""], CENTERS)
    rest = [m for m in honest() if m not in TICKS]
    content = check([*rest, *few])
    assert content.reading.notes == (
        "category Mar missing", "series North Mar nothing asked 50",
        "series South Mar nothing asked 60",
    )  # fmt: skip
    assert content.unseen == dict.fromkeys(JUDGED_BY["tick"], ("category Mar missing",))
    numbers = tick_labels(["0", "1", "2"], CENTERS)
    content = check([*rest, *numbers])
    assert content.reading.notes[0] == "3 categories missing"
    assert set(content.unseen) >= {"ticks", "range"}


def test_categories_far_from_their_marks_are_wrong():
    far = tick_labels(CATEGORIES, [300, 302, 304], width=2)
    assert notes([*[m for m in honest() if m not in TICKS], *far])[0] == "3 categories wrong"
    slip = tick_labels(["Jan", "Feb", "Marr"], CENTERS)
    assert notes([*[m for m in honest() if m not in TICKS], *slip]) == ("category Mar wrong",)


def test_categories_in_another_order_take_their_values_along():
    order = [2, 0, 1]
    rows = [(n, c, [v[i] for i in order]) for n, c, v in ROWS]
    ticks = tick_labels([CATEGORIES[i] for i in order], CENTERS)
    assert check([*[m for m in honest(*rows) if m not in TICKS], *ticks]).reading.satisfied
    assert not check([*[m for m in honest() if m not in TICKS], *ticks]).reading.satisfied


@pytest.mark.parametrize("label", [True, False])
def test_grouped_bars(label):
    asked = {**ASKED, "kind": "bar"}
    marks = [*texts(), *bars(*ROWS, label=label), *TICKS, *y_ticks(), *LEGEND]
    assert check(marks, asked).reading.satisfied
    assert notes(marks) == ("bar not line", "bar not line")


def test_stacked_bars_are_read_from_their_feet():
    asked = {**ASKED, "kind": "bar"}
    info = replace(INFO, y_limits=(0.0, 120.0))
    low = [bar(i, v, info, label="North", color_rgba=BLUE) for i, v in enumerate(ROWS[0][2])]
    high = [
        bar(i, v, info, bottom=ROWS[0][2][i], label="South", color_rgba=RED)
        for i, v in enumerate(ROWS[1][2])
    ]
    rest = [*texts(), *TICKS, *LEGEND, *y_ticks((0, 40, 80, 120), limits=(0.0, 120.0))]
    assert check([*rest, *low, *high], asked, [info]).reading.satisfied
    floating = [
        bar(i, v, info, bottom=5, label="South", color_rgba=RED) for i, v in enumerate(ROWS[1][2])
    ]
    assert not check([*rest, *low, *floating], asked, [info]).reading.satisfied


def test_bars_in_a_colour_each_are_one_series():
    asked = {**ONE, "kind": "bar"}
    colors = [BLUE, RED, (0.0, 0.5, 0.0, 1.0)]
    made = [bar(i, v, INFO, color_rgba=colors[i]) for i, v in enumerate(ROWS[0][2])]
    assert check([*texts(), *made, *TICKS, *y_ticks()], asked).reading.satisfied


def test_hanging_bars_are_negative():
    info = replace(INFO, y_limits=(-50.0, 50.0))
    asked = {"kind": "bar", "series": [{"name": "A", "values": [20, -30, 0]}]}
    ticks = y_ticks((-50, 0, 50), limits=(-50.0, 50.0))
    made = [bar(i, v, info) for i, v in enumerate([20, -30, 0])]
    assert notes([*made, *ticks], asked, [info]) == ()
    wrong = [bar(i, v, info) for i, v in enumerate([20, 30, 0])]
    assert notes([*wrong, *ticks], asked, [info]) == ("series A value 2 30 asked -30",)


def test_lying_bars_take_the_other_axis():
    info = axes(x_limits=(0.0, 100.0), y_limits=(-0.5, 2.5))
    made = [lying_bar(i, v, info, height=0.8) for i, v in enumerate(ROWS[0][2])]
    heights = [340 - 300 * (i + 0.5) / 3 for i in range(3)]
    ticks = tick_labels(CATEGORIES, heights, role="y_tick_label")
    ticks += tick_labels(["0", "50", "100"], [80, 280, 480])
    asked = {**ONE, "kind": "bar"}
    swapped = texts(x_label="Euros", y_label="Month")
    assert check([*swapped, *made, *ticks], asked, [info]).reading.satisfied
    assert check([*texts(), *made, *ticks], asked, [info]).reading.satisfied


def test_points_drawn_one_by_one_or_at_once():
    asked = {**ASKED, "kind": "scatter"}
    single = [
        dotted(scatter([p], INFO, color_rgba=c, label=n)) for n, c, v in ROWS for p in enumerate(v)
    ]
    markers = [
        dotted(line(list(enumerate(v)), INFO, color_rgba=c, label=n, kind="markers"))
        for n, c, v in ROWS
    ]
    for made in (points(*ROWS), single, markers):
        assert notes([*texts(), *made, *TICKS, *y_ticks(), *LEGEND], asked) == ()


def test_markers_on_a_line_repeat_it_but_another_line_is_extra():
    repeated = points(*((n, c, v) for n, c, v in ROWS))
    assert check([*honest(), *repeated]).reading.satisfied
    black = (0.0, 0.0, 0.0, 1.0)
    trend = stroked(line([(0, 10), (1, 20), (2, 44)], INFO, color_rgba=black))
    reading = check([*honest(), trend]).reading
    assert reading.notes == ("extra series",)
    assert reading.defects[0].region == trend.region
    mean = stroked(line([(-0.5, 40), (2.5, 40)], INFO, color_rgba=black))
    assert check([*honest(), mean]).reading.satisfied


def test_too_many_values():
    rows = (("North", BLUE, (20, 35, 50, 70)),)
    marks = [*texts(), *map(stroked, lines(*rows)), *TICKS, *y_ticks()]
    info = axes(x_limits=(-0.5, 3.5))
    marks = [*texts(), *map(stroked, lines(*rows, info=info)), *y_ticks()]
    centers = [80 + 400 * (i + 0.5) / 4 for i in range(3)]
    marks += tick_labels(CATEGORIES, centers)
    assert notes(marks, ONE, [info]) == ("series North 4 values for 3",)


def test_nothing_drawn():
    content = check([*texts(), *TICKS, *y_ticks(), *LEGEND])
    assert content.reading.notes[:2] == ("series North missing", "series South missing")
    assert "no line" in content.reading.notes
    assert content.shown > 0


def test_nothing_to_see_is_blank():
    marks = [replace(m, evidence=HIDDEN) for m in honest()]
    content = check(marks)
    assert content.is_blank
    assert content.shown == 0
    assert set(content.unseen) == {axis for group in JUDGED_BY.values() for axis in group}
    assert not check(honest()).is_blank
    assert not check([*marks[:-1], texts()[0]]).is_blank


@pytest.mark.parametrize(
    ("ticks", "note"),
    [
        ([], "y scale missing"),
        (y_ticks([50]), "y scale missing"),
        (y_ticks(words=["9", "4", "7", "1", "8"]), "y scale wrong"),
    ],
)
def test_no_value_counts_on_an_axis_that_says_none(ticks, note):
    content = check([*honest(scale=False), *ticks])
    assert content.reading.notes[0] == note
    assert content.reading.score == pytest.approx((15 - 6) / 16)
    assert set(content.unseen) >= set(JUDGED_BY["data"])
    assert ("ticks" in content.unseen) is (note == "y scale missing")


def test_numbers_at_the_bars_say_what_the_axis_does_not():
    asked = {**ONE, "kind": "bar"}
    made = bars(ROWS[0], gap=0.4)
    rest = [*texts(), *made, *TICKS]
    tops = [340 - 3 * v for v in ROWS[0][2]]
    said = {
        True: ["20", "35", "50"],
        False: ["50", "20", "35"],
    }
    for ok, words in said.items():
        labels = [
            text(word, (x - 8, y - 14, 16.0, 10.0))
            for word, x, y in zip(words, CENTERS, tops, strict=True)
        ]
        assert check([*rest, *labels], asked).reading.satisfied is ok
        # Beside a true axis they may not lie either.
        assert check([*rest, *y_ticks(), *labels], asked).reading.satisfied is ok


@pytest.mark.parametrize("top", [1e3, 1e6])
def test_values_squeezed_into_a_huge_axis_do_not_count(top):
    info = replace(INFO, y_limits=(0.0, top))
    ticks = y_ticks((0, top / 2, top), limits=(0.0, top))
    rows = [(n, c, v) for n, c, v in ROWS]
    made = [stroked(m) for m in lines(*rows, info=info)]
    content = check([*texts(), *made, *TICKS, *ticks, *LEGEND], None, [info])
    assert not content.reading.satisfied
    assert set(content.unseen) == set(JUDGED_BY["data"])


def test_equal_values_are_read_on_an_axis_near_them():
    info = replace(INFO, y_limits=(47.5, 52.5))
    ticks = y_ticks((48, 50, 52), limits=(47.5, 52.5))
    asked = {**ONE, "series": [{"name": "North", "values": [50, 50, 50]}]}
    made = [stroked(m) for m in lines(("North", BLUE, (50, 50, 50)), info=info)]
    assert check([*texts(), *made, *TICKS, *ticks], asked, [info]).reading.satisfied


def test_swapped_and_shared_keys_are_wrong():
    swapped = [
        replace(m, text={"North": "South", "South": "North"}.get(m.text, m.text)) for m in LEGEND
    ]
    rest = [m for m in honest() if m not in LEGEND]
    content = check([*rest, *swapped])
    assert content.reading.notes == ("legend wrong",)
    assert content.unseen == dict.fromkeys(JUDGED_BY["data"], ("legend wrong",))
    assert content.reading.score == pytest.approx(7 / 15)  # no name, and no value under it
    black = (0.0, 0.0, 0.0, 1.0)
    grey = [replace(m, color_rgba=black) for m in honest()]
    assert notes(grey) == ("legend wrong",)
    dashes = {BLUE: "3.7 1.6", RED: ""}
    dashed = [replace(m, color_rgba=black, pattern=dashes.get(m.color_rgba, "")) for m in honest()]
    assert notes(dashed) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": HIDDEN},
        {"evidence": evidence(difference=3.0, ground=3.0)},
        {"region": None},
    ],
)
def test_a_series_that_cannot_be_seen_is_missing(changes):
    marks = honest()
    series = next(i for i, m in enumerate(marks) if m.label == "South")
    marks[series] = replace(marks[series], **changes)
    content = check(marks)
    assert "series South missing" in content.reading.notes
    assert set(content.unseen) == set(JUDGED_BY["data"])


def test_a_second_panel_a_pie_and_a_heap_of_texts_are_named():
    left, right = axes(region=(80.0, 40.0, 400.0, 300.0)), axes(region=(600.0, 40.0, 200.0, 300.0))
    infos = [replace(left, x_limits=(-0.5, 2.5)), right]
    other = stroked(line([(0, 10), (5, 90), (9, 20)], right, axes=1))
    assert notes([*honest(), other], None, infos) == ("extra panel",)
    wedge = replace(bar(1, 30, INFO), artist_type="Wedge")
    assert notes([*honest(), wedge]) == ("extra marks",)
    heap = [
        text(f"remark {i}", (90.0 + 40 * (i % 9), 60.0 + 20 * (i // 9), 30.0, 8.0))
        for i in range(40)
    ]
    assert notes([*honest(), *heap]) == ("extra texts",)
    assert notes([*honest(), *heap[:9]]) == ()


def test_log_values_are_compared_along_the_axis():
    info = replace(INFO, y_scale="log", y_limits=(1.0, 1000.0))
    asked = {"kind": "line", "series": [{"name": "A", "values": [1, 10, 1000]}]}
    placed = np.array([[146, 340], [280, 240], [413, 40]], np.float32)
    mark = stroked(replace(line([(0, 1), (1, 2), (2, 3)], INFO), points_px=placed))
    mark = replace(mark, full_region=(145, 39, 269, 302), region=(145, 39, 269, 302))
    ticks = tick_labels(["1", "10", "100", "1000"], [340, 240, 140, 40], role="y_tick_label")
    assert notes([mark, *ticks], asked, [info]) == ()


@given(
    values=st.lists(st.integers(20, 97), min_size=2, max_size=6),
    dx=st.integers(-50, 20),
    dy=st.integers(-30, 50),
)
@settings(max_examples=40, deadline=None)
def test_values_do_not_depend_on_the_place_of_the_axes(values, dx, dy):
    left, top, width, height = AXES_BOX
    info = axes(region=(left + dx, top + dy, width, height))
    asked = {"series": [{"name": "A", "values": values}], "kind": "line"}
    words = ["0", "50", "100"]
    centers = [top + dy + 300, top + dy + 150, top + dy]
    ticks = tick_labels(words, centers, role="y_tick_label")
    made = stroked(line(list(enumerate(values)), info))
    assert check([made, *ticks], asked, [info]).reading.satisfied
    wrong = stroked(line(list(enumerate([*values[:-1], values[-1] + 2])), info))
    assert not check([wrong, *ticks], asked, [info]).reading.satisfied


def test_nothing_asked_is_nothing_missing():
    content = check([], {})
    assert content.reading.score == 1.0
    assert not content.is_blank
    assert check([], {"title": None, "series": None}).reading.satisfied


def test_the_order_of_crowded_slanted_labels_is_that_of_painting():
    """Boxes of a real chart whose ticks are 5 px apart: the right ends are more even by chance."""
    boxes = {
        "Notebooks": (36.0, 168.0, 80.0, 77.0),
        "Smartphones": (33.0, 168.0, 97.0, 95.0),
        "Televisions": (44.0, 168.0, 82.0, 76.0),
        "Printers": (61.0, 168.0, 60.0, 57.0),
    }
    info = axes(region=(75.0, 30.0, 20.0, 136.0), x_limits=(-0.5, 3.5))
    ticks = [text(name, box, role="x_tick_label", rotation_deg=45.0) for name, box in boxes.items()]
    asked = {"kind": "line", "categories": list(boxes)}
    made = stroked(line(list(enumerate((45, 40, 25, 15))), info))
    assert notes([made, *ticks], asked, [info]) == ()
