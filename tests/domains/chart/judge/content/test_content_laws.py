"""Laws of the content axis: silence never pays, and nothing that a program gives stops it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import bar, evidence, line, scatter, text
from content_scenes import ASKED, INFO, ONE, RED, ROWS, check, drawn, honest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.content.check import check_content
from vsdpo_jax.domains.chart.judge.detectors import detect
from vsdpo_jax.domains.chart.judge.rubric import AXES

HIDDEN = evidence(visible=0.0, covered=1.0, difference=None)
PALE = evidence(difference=3.0, ground=3.0, contrast=1.05)


def satisfied(marks) -> set[str]:
    """The axes that hold, as the chart's diagnosis counts them."""
    scene = drawn(marks)
    content = check_content(scene, ASKED)
    readings = {**detect(scene), "content": content.reading}
    return {axis for axis in AXES if readings[axis].satisfied and axis not in content.unseen}


def is_title(mark) -> bool:
    return mark.role == "title"


DEFECTS = {
    "tiny title": (is_title, {"font_size_pt": 6.0}),
    "cut title": (is_title, {"region": (200.0, 15.0, 90.0, 14.0)}),
    "pale title": (is_title, {"evidence": evidence(difference=20.0, ground=20.0, contrast=1.6)}),
    "title over the label": (is_title, {"full_region": (265.0, 371.0, 40.0, 10.0)}),
    "misspelled title": (is_title, {"text": "Sales of Tae"}),
    "turned label": (lambda m: m.role == "x_label", {"rotation_deg": 180.0}),
    "half a label": (lambda m: m.role == "y_label", {"evidence": evidence(visible=0.6)}),
    "crowded ticks": (lambda m: m.text == "Feb", {"full_region": (150.0, 345.0, 20.0, 10.0)}),
    "tiny ticks": (lambda m: m.role == "x_tick_label", {"font_size_pt": 6.0}),
    "swapped key": (lambda m: m.role == "legend_handle", {"color_rgba": RED}),
    "pale line": (lambda m: m.label == "South", {"evidence": evidence(difference=9.0, ground=9.0)}),
}
THINGS = {
    "title": lambda m: m.role == "title",
    "x label": lambda m: m.role == "x_label",
    "y label": lambda m: m.role == "y_label",
    "categories": lambda m: m.role == "x_tick_label",
    "one category": lambda m: m.text == "Feb",
    "scale": lambda m: m.role == "y_tick_label",
    "legend": lambda m: m.role.startswith("legend"),
    "name": lambda m: m.role == "legend_text" and m.text == "South",
    "series": lambda m: m.label == "North",
    "other series": lambda m: m.label == "South",
    "everything": lambda m: True,
}
WAYS = {
    "left out": None,
    "covered": {"evidence": HIDDEN},
    "faded": {"evidence": PALE},
    "clipped": {"region": None},
    "shrunk": {"font_size_pt": 0.5},
}


def changed(marks, chosen, changes):
    return [replace(m, **changes) if chosen(m) else m for m in marks]


def hidden(marks, thing, way):
    changes = WAYS[way]
    chosen = THINGS[thing]
    if changes is None:
        return [m for m in marks if not chosen(m)]
    if "font_size_pt" in changes:
        return [replace(m, **changes) if chosen(m) and m.text else m for m in marks]
    return changed(marks, chosen, changes)


@given(
    defects=st.sets(st.sampled_from(sorted(DEFECTS)), max_size=4),
    things=st.lists(st.sampled_from(sorted(THINGS)), min_size=1, max_size=3, unique=True),
    way=st.sampled_from(sorted(WAYS)),
)
@settings(max_examples=150, deadline=None)
def test_hiding_what_was_asked_for_never_pays(defects, things, way):
    """Left out, covered, faded, clipped or shrunk: an asked thing costs at least what its defects
    did."""
    marks = honest()
    for name in sorted(defects):
        marks = changed(marks, *DEFECTS[name])
    before = satisfied(marks)
    for thing in things:
        marks = hidden(marks, thing, way)
        after = satisfied(marks)
        assert len(after) <= len(before), (thing, after - before)
        before = after


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("thing", sorted(THINGS))
def test_hiding_anything_costs_all_axes_that_judge_it(thing, way):
    if way == "shrunk" and "series" in thing:
        return  # only texts have a size of type
    lost = {*AXES} - satisfied(hidden(honest(), thing, way))
    assert len(lost) >= 5
    assert "content" in lost


def test_an_honest_chart_satisfies_all():
    assert satisfied(honest()) == {*AXES}


def test_the_order_of_equal_calls_changes_nothing():
    content = check(honest())
    for marks in (honest()[::-1], sorted(honest(), key=lambda m: m.artist % 7)):
        assert check(marks).reading.notes == content.reading.notes == ()


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.0])
def test_the_number_of_pixels_changes_nothing(zoom):
    def grown(box):
        return None if box is None else tuple(zoom * v for v in box)

    for slip, satisfied_ in ((0, True), (3, False)):
        rows = (ROWS[0], ("South", RED, (30, 25 + slip, 60)))
        marks = [
            replace(
                m,
                region=grown(m.region),
                full_region=grown(m.full_region),
                points_px=None if m.points_px is None else m.points_px * zoom,
            )
            for m in honest(*rows)
        ]
        info = replace(INFO, region=grown(INFO.region))
        size = {"width_px": int(500 * zoom), "height_px": int(400 * zoom), "dpi": 108.0 * zoom}
        assert check(marks, infos=[info], **size).reading.satisfied is satisfied_


NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.sampled_from([0.0, -0.0, 1e-30, 1e30, 3e38, float("nan"), float("inf")]),
)


@given(
    points=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8),
    limits=st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)),
    words=st.lists(st.text(max_size=8), min_size=5, max_size=5),
    scale=st.sampled_from(["linear", "log", "symlog"]),
    size=st.sampled_from([0.0, 1e-9, 300.0, 1e7]),
)
@settings(max_examples=150, deadline=None)
def test_nothing_that_a_program_gives_stops_the_check(points, limits, words, scale, size):
    placed = np.array(points, np.float32).reshape(-1, 2)
    info = replace(INFO, y_limits=limits, y_scale=scale, region=(80.0, 40.0, 400.0, size))
    shapes = [
        replace(draw, points_px=placed, region=(80.0, 40.0, 10.0, 10.0))
        for draw in (line([(0, 1)], INFO), scatter([(0, 1)], INFO), bar(1, 2, INFO))
    ]
    labels = [
        text(word, (50.0, 40.0 + 60 * i, 20.0, 10.0), role="y_tick_label")
        for i, word in enumerate(words)
    ]
    notes = [text(word, (100.0, 50.0, 20.0, 10.0)) for word in words]
    for asked in (ASKED, {**ONE, "kind": "bar"}, {"series": ASKED["series"], "kind": "scatter"}):
        content = check([*honest(), *shapes, *labels, *notes], asked, [info])
        assert 0 <= content.reading.score <= 1
        assert content.shown >= 0


@pytest.mark.parametrize("count", [3000])
def test_many_marks_are_read_in_time(count):
    many = [bar(i % 50, 1 + i % 60, INFO, color_rgba=(i % 5 / 5, 0, 0, 1)) for i in range(count)]
    words = [text(f"{i}", (90.0 + i % 300, 50.0 + i % 200, 9.0, 9.0)) for i in range(count)]
    content = check([*many, *words, *honest()[3:5]], {**ONE, "kind": "bar"})
    assert not content.reading.satisfied
