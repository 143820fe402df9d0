"""The content axis on hand-built scenes: every kind of thing missing, wrong or too many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import (
    AXES_BOX,
    axes,
    bar,
    legend,
    line,
    lying_bar,
    scatter,
    scene,
    text,
    tick_labels,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.content import check_content, validate_asked

BLUE, RED = (0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 1.0)
CATEGORIES = ["Jan", "Feb", "Mar"]
INFO = axes(x_limits=(-0.5, 2.5))
CENTERS = [80 + 400 * (i + 0.5) / 3 for i in range(3)]


def texts(title="Sales of Tea", x_label="Month", y_label="Euros"):
    made = []
    if title:
        made.append(text(title, (200.0, 15.0, 100.0, 14.0), role="title"))
    if x_label:
        made.append(text(x_label, (260.0, 370.0, 40.0, 10.0), role="x_label"))
    if y_label:
        made.append(text(y_label, (10.0, 150.0, 10.0, 60.0), role="y_label", rotation_deg=90.0))
    return made


def lines(*rows, label=True):
    return [
        line(list(enumerate(values)), INFO, color_rgba=color, label=name if label else "")
        for name, color, values in rows
    ]


ROWS = (("North", BLUE, (20, 35, 50)), ("South", RED, (30, 25, 60)))
LEGEND = legend(["North", "South"], [BLUE, RED], (380.0, 50.0, 90.0, 50.0))
TICKS = tick_labels(CATEGORIES, CENTERS)
ASKED = {
    "kind": "line",
    "title": "Sales of Tea",
    "x_label": "Month",
    "y_label": "Euros",
    "categories": CATEGORIES,
    "series": [{"name": n, "values": list(v)} for n, _, v in ROWS],
}


def check(marks, asked=None, infos=(INFO,)):
    return check_content(scene(marks, infos), asked or ASKED)


def test_everything_as_asked():
    reading = check([*texts(), *lines(*ROWS), *TICKS, *LEGEND])
    assert reading.notes == ()
    assert reading.score == 1.0


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"title": ""}, "title missing"),
        ({"title": "Sales of Coffee"}, "title wrong"),
        ({"x_label": ""}, "x label missing"),
        ({"y_label": "Dollars"}, "y label wrong"),
    ],
)
def test_texts_missing_or_wrong(changes, note):
    reading = check([*texts(**changes), *lines(*ROWS), *TICKS, *LEGEND])
    assert reading.notes == (note,)
    # 3 texts + 3 categories + 6 values + 2 names + the kind = 15 items.
    assert reading.score == pytest.approx(14 / 15)
    if "missing" in note:
        assert reading.defects[0].region == AXES_BOX
    else:
        assert reading.defects[0].region != AXES_BOX


def test_a_title_on_two_lines_and_a_figure_title_are_titles():
    top = text("Sales of", (200.0, 5.0, 60.0, 12.0), role="suptitle", artist=3, axes=-1)
    low = text("Tea", (200.0, 20.0, 60.0, 12.0), role="suptitle", artist=3, axes=-1)
    assert check([*texts(title=""), top, low, *lines(*ROWS), *TICKS, *LEGEND]).satisfied


def test_a_title_twice():
    again = text("Sales of Tea", (200.0, 2.0, 100.0, 12.0), role="suptitle", axes=-1)
    reading = check([*texts(), again, *lines(*ROWS), *TICKS, *LEGEND])
    assert reading.notes == ("title twice",)
    assert reading.defects[0].region == again.region
    assert reading.score == pytest.approx(15 / 16)


def test_a_text_in_the_wrong_role_or_without_ink_does_not_count():
    stray = text("Sales of Tea", (200.0, 200.0, 100.0, 12.0))
    assert check([*texts(title=""), stray, *lines(*ROWS), *TICKS, *LEGEND]).notes == (
        "title missing",
    )
    clear = replace(texts()[0], color_rgba=(0.0, 0.0, 0.0, 0.0))
    marks = [clear, *texts(title=""), *lines(*ROWS), *TICKS, *LEGEND]
    assert check(marks).notes == ("title missing",)


def test_a_text_off_the_canvas_is_cut_not_missing():
    off = replace(texts()[0], region=None)
    assert check([off, *texts(title=""), *lines(*ROWS), *TICKS, *LEGEND]).satisfied


def test_missing_series_and_their_names():
    marks = [
        *texts(),
        *lines(ROWS[0]),
        *TICKS,
        *legend(["North"], [BLUE], (380.0, 50.0, 90.0, 30.0)),
    ]
    reading = check(marks)
    assert reading.notes == ("series South missing", "legend South missing")
    assert reading.score == pytest.approx(11 / 15)
    assert reading.defects[1].region == (380.0, 50.0, 90.0, 30.0)


def test_a_wrong_value_is_counted():
    wrong = (ROWS[0], ("South", RED, (30, 35, 60)))
    marks = lines(*wrong)
    reading = check([*texts(), *marks, *TICKS, *LEGEND])
    assert reading.notes == ("series South Feb 35 asked 25",)
    assert reading.defects[0].message == "the series 'South' shows 35 for Feb, not 25"
    assert reading.defects[0].region == marks[1].region
    assert reading.score == pytest.approx(14 / 15)


@pytest.mark.parametrize(("off", "ok"), [(0.9, True), (-0.9, True), (1.2, False), (-5.0, False)])
def test_values_are_read_within_one_percent_of_the_axis(off, ok):
    rows = (ROWS[0], ("South", RED, (30, 25 + off, 60)))
    assert check([*texts(), *lines(*rows), *TICKS, *LEGEND]).satisfied is ok


def test_swapped_labels_are_wrong_values_and_colours_name_what_labels_do_not():
    swapped = (("South", BLUE, ROWS[0][2]), ("North", RED, ROWS[1][2]))
    notes = check([*texts(), *lines(*swapped), *TICKS, *LEGEND]).notes
    assert notes == ("series North 0 of 3 values", "series South 0 of 3 values")
    marks = [*texts(), *lines(*ROWS, label=False), *TICKS, *LEGEND]
    assert check(marks).satisfied
    crossed = legend(["South", "North"], [BLUE, RED], (380.0, 50.0, 90.0, 50.0))
    assert not check([*texts(), *lines(*ROWS, label=False), *TICKS, *crossed]).satisfied


def test_no_legend_and_direct_labels():
    assert check([*texts(), *lines(*ROWS), *TICKS]).notes == ("legend missing",)
    direct = [text(n, (440.0, 60.0 + 40 * i, 30.0, 10.0)) for i, n in enumerate(["North", "South"])]
    assert check([*texts(), *lines(*ROWS), *TICKS, *direct]).satisfied


def test_one_series_needs_no_name():
    asked = {**ASKED, "series": ASKED["series"][:1]}
    assert check([*texts(), *lines(ROWS[0]), *TICKS], asked).satisfied


def test_categories_missing():
    few = tick_labels(["Jan", "Feb", ""], CENTERS)
    reading = check([*texts(), *lines(*ROWS), *few, *LEGEND])
    assert reading.notes == ("category Mar missing",)
    assert reading.defects[0].region == (few[0].region[0], 345.0, 153.33333333333331, 10.0)
    numbers = tick_labels(["0", "1", "2"], CENTERS)
    assert check([*texts(), *lines(*ROWS), *numbers, *LEGEND]).notes == ("3 categories missing",)


def test_categories_in_another_order_take_their_values_along():
    order = [2, 0, 1]
    rows = [(n, c, [v[i] for i in order]) for n, c, v in ROWS]
    sorted_ticks = tick_labels([CATEGORIES[i] for i in order], CENTERS)
    assert check([*texts(), *lines(*rows), *sorted_ticks, *LEGEND]).satisfied
    assert not check([*texts(), *lines(*ROWS), *sorted_ticks, *LEGEND]).satisfied


def bars(*rows, label=True, gap=0.2):
    made = []
    for place, (name, color, values) in enumerate(rows):
        for i, value in enumerate(values):
            x = i + (place - (len(rows) - 1) / 2) * 2 * gap
            made.append(
                bar(x, value, INFO, width=0.4, color_rgba=color, label=name if label else "")
            )
    return made


@pytest.mark.parametrize("label", [True, False])
def test_grouped_bars(label):
    asked = {**ASKED, "kind": "bar"}
    marks = [*texts(), *bars(*ROWS, label=label), *TICKS, *LEGEND]
    assert check(marks, asked).satisfied
    assert check(marks).notes == ("bar not line", "bar not line")


def test_stacked_bars_are_read_from_their_feet():
    asked = {**ASKED, "kind": "bar"}
    low = [bar(i, v, INFO, label="North", color_rgba=BLUE) for i, v in enumerate(ROWS[0][2])]
    high = [
        bar(i, v, INFO, bottom=ROWS[0][2][i], label="South", color_rgba=RED)
        for i, v in enumerate(ROWS[1][2])
    ]
    infos = [replace(INFO, y_limits=(0.0, 120.0))]
    assert check([*texts(), *low, *high, *TICKS, *LEGEND], asked, [INFO]).satisfied
    assert len(infos) == 1


def test_bars_in_a_colour_each_are_one_series():
    asked = {**ASKED, "kind": "bar", "series": ASKED["series"][:1]}
    colors = [BLUE, RED, (0.0, 0.5, 0.0, 1.0)]
    made = [bar(i, v, INFO, color_rgba=colors[i]) for i, v in enumerate(ROWS[0][2])]
    assert check([*texts(), *made, *TICKS], asked).satisfied


def test_hanging_bars_are_negative():
    info = replace(INFO, y_limits=(-50.0, 50.0))
    asked = {"kind": "bar", "series": [{"name": "A", "values": [20, -30, 0]}]}
    made = [bar(i, v, info) for i, v in enumerate([20, -30, 0])]
    assert check(made, asked, [info]).notes == ()
    assert not check([bar(i, v, info) for i, v in enumerate([20, 30, 0])], asked, [info]).satisfied


def test_lying_bars_take_the_other_axis():
    info = axes(x_limits=(0.0, 100.0), y_limits=(-0.5, 2.5))
    made = [lying_bar(i, v, info, height=0.8) for i, v in enumerate(ROWS[0][2])]
    heights = [340 - 300 * (i + 0.5) / 3 for i in range(3)]
    ticks = tick_labels(CATEGORIES, heights, role="y_tick_label")
    asked = {**ASKED, "kind": "bar", "series": ASKED["series"][:1]}
    swapped = texts(x_label="Euros", y_label="Month")
    assert check([*swapped, *made, *ticks], asked, [info]).satisfied
    assert check([*texts(), *made, *ticks], asked, [info]).satisfied


def test_points_drawn_one_by_one_or_at_once():
    asked = {**ASKED, "kind": "scatter"}
    at_once = [scatter(list(enumerate(v)), INFO, color_rgba=c, label=n) for n, c, v in ROWS]
    single = [scatter([p], INFO, color_rgba=c, label=n) for n, c, v in ROWS for p in enumerate(v)]
    markers = [
        line(list(enumerate(v)), INFO, color_rgba=c, label=n, kind="markers") for n, c, v in ROWS
    ]
    for made in (at_once, single, markers):
        assert check([*texts(), *made, *TICKS, *LEGEND], asked).notes == ()


def test_markers_on_a_line_repeat_it_but_another_line_is_extra():
    repeated = [scatter(list(enumerate(v)), INFO, color_rgba=c) for _, c, v in ROWS]
    assert check([*texts(), *lines(*ROWS), *repeated, *TICKS, *LEGEND]).satisfied
    trend = line([(0, 10), (1, 20), (2, 44)], INFO, color_rgba=(0.0, 0.0, 0.0, 1.0))
    reading = check([*texts(), *lines(*ROWS), trend, *TICKS, *LEGEND])
    assert reading.notes == ("extra series",)
    assert reading.defects[0].region == trend.region
    mean = line([(-0.5, 40), (2.5, 40)], INFO, color_rgba=(0.0, 0.0, 0.0, 1.0))
    assert check([*texts(), *lines(*ROWS), mean, *TICKS, *LEGEND]).satisfied


def test_too_many_values():
    rows = (ROWS[0], ("South", RED, (30, 25, 60, 70)))
    notes = check([*texts(), *lines(*rows), *TICKS, *LEGEND]).notes
    assert notes == ("series South 4 values for 3",)


def test_nothing_drawn():
    reading = check([*texts(), *TICKS, *LEGEND])
    assert reading.notes[:2] == ("series North missing", "series South missing")
    assert "no line" in reading.notes


def test_log_values_are_compared_along_the_axis():
    info = replace(INFO, y_scale="log", y_limits=(1.0, 1000.0))
    asked = {"kind": "line", "series": [{"name": "A", "values": [1, 10, 1000]}]}
    points = np.array([[100, 340], [200, 240], [300, 40]], np.float32)
    mark = replace(line([(0, 1), (1, 2), (2, 3)], INFO), points_px=points)
    assert check([mark], asked, [info]).satisfied


@given(
    values=st.lists(st.integers(1, 99), min_size=2, max_size=6),
    dx=st.integers(-50, 20),
    dy=st.integers(-30, 50),
)
@settings(max_examples=40, deadline=None)
def test_values_do_not_depend_on_the_place_of_the_axes(values, dx, dy):
    left, top, width, height = AXES_BOX
    info = axes(region=(left + dx, top + dy, width, height))
    asked = {"series": [{"name": "A", "values": values}], "kind": "line"}
    assert check([line(list(enumerate(values)), info)], asked, [info]).satisfied
    wrong = [*values[:-1], values[-1] + 2]
    assert not check([line(list(enumerate(wrong)), info)], asked, [info]).satisfied


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"titel": "x"}, "unknown key 'titel'"),
        ({"kind": "pie"}, "asked.kind: 'pie'"),
        ({"title": 3}, "asked.title"),
        ({"categories": "Jan"}, "asked.categories"),
        ({"categories": [1]}, "asked.categories"),
        ({"series": {"name": "A"}}, "asked.series"),
        ({"series": [{"name": "A"}]}, r"asked.series\[0\]"),
        ({"series": [{"name": "A", "values": []}]}, "values"),
        ({"series": [{"name": "A", "values": [float("nan")]}]}, "not a finite number"),
        ({"series": [{"name": "A", "values": [True]}]}, "not a finite number"),
        ([], "expected an object"),
    ],
)
def test_a_wrong_schema_is_named(asked, match):
    with pytest.raises(ValueError, match=match):
        validate_asked(asked)


def test_nothing_asked_is_nothing_missing():
    assert check_content(scene([]), {}).score == 1.0
    assert check_content(scene([]), {"title": None, "series": None}).satisfied


def test_the_order_of_crowded_slanted_labels_is_that_of_painting():
    """Boxes of a real chart whose ticks are 5 px apart: the right ends are more even by chance."""
    boxes = {
        "Notebooks": (36.0, 168.0, 80.0, 77.0),
        "Smartphones": (33.0, 168.0, 97.0, 95.0),
        "Televisions": (44.0, 168.0, 82.0, 76.0),
        "Printers": (61.0, 168.0, 60.0, 57.0),
    }
    ticks = [text(name, box, role="x_tick_label", rotation_deg=45.0) for name, box in boxes.items()]
    asked = {"kind": "line", "categories": list(boxes)}
    asked["series"] = [{"name": "Actual", "values": [45, 40, 25, 15]}]
    row = ("Actual", BLUE, (45, 40, 25, 15))
    assert check([*lines(row), *ticks], asked).notes == ()
