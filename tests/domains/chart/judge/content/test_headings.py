"""The title and the axis labels in their places."""

from __future__ import annotations

import pytest
from chart_scenes import axes, evidence, scene, text

from vsdpo_jax.domains.chart.judge.content.headings import read_heading
from vsdpo_jax.domains.chart.judge.content.view import View

TITLE, X_LABEL, Y_LABEL = (
    (200.0, 15.0, 100.0, 14.0), (260.0, 370.0, 40.0, 10.0), (10.0, 150.0, 10.0, 60.0),
)  # fmt: skip


def heading(key, marks, asked="Tea", homes=(0,), infos=None, is_horizontal=False):
    return read_heading(View(scene(marks, infos)), key, asked, homes, is_horizontal)


def fault(key, box, role=None, infos=None, **changes):
    role = role or key
    return heading(key, [text("Tea", box, role=role, **changes)], infos=infos).fault


@pytest.mark.parametrize(
    ("box", "role", "expected"),
    [
        (TITLE, "title", ""),
        ((80.0, 15.0, 30.0, 14.0), "title", ""),  # over the left end
        ((200.0, 150.0, 60.0, 14.0), "title", "misplaced"),
        ((200.0, 380.0, 60.0, 14.0), "title", "misplaced"),
        ((200.0, 2.0, 60.0, 14.0), "suptitle", ""),
        ((200.0, 200.0, 60.0, 14.0), "suptitle", "misplaced"),
        (TITLE, "text", ""),  # a person reads it as the title
        ((85.0, 15.0, 30.0, 14.0), "text", "missing"),
        ((200.0, 200.0, 60.0, 14.0), "text", "missing"),
    ],
)
def test_a_title_stands_above_its_axes(box, role, expected):
    assert fault("title", box, role) == expected


@pytest.mark.parametrize(
    ("key", "box", "expected"),
    [
        ("x_label", X_LABEL, ""),
        ("x_label", (440.0, 370.0, 40.0, 10.0), ""),  # at the right end
        ("x_label", (260.0, 20.0, 40.0, 10.0), ""),  # above the axes
        ("x_label", (260.0, 200.0, 40.0, 10.0), "misplaced"),
        ("x_label", (10.0, 370.0, 40.0, 10.0), "misplaced"),
        ("y_label", Y_LABEL, ""),
        ("y_label", (485.0, 150.0, 10.0, 60.0), ""),  # on the right
        ("y_label", (60.0, 22.0, 40.0, 10.0), ""),  # over the upper end
        ("y_label", (200.0, 150.0, 10.0, 60.0), "misplaced"),
        ("y_label", (10.0, 350.0, 10.0, 40.0), "misplaced"),
    ],
)
def test_labels_stand_beside_their_sides(key, box, expected):
    assert fault(key, box) == expected


@pytest.mark.parametrize(
    ("key", "box", "angle", "expected"),
    [
        ("title", TITLE, 180.0, "turned"),
        ("title", TITLE, 90.0, "turned"),
        ("title", TITLE, 10.0, ""),
        ("x_label", X_LABEL, 180.0, "turned"),
        ("y_label", Y_LABEL, 90.0, ""),
        ("y_label", Y_LABEL, 270.0, ""),
        ("y_label", Y_LABEL, 0.0, ""),
        ("y_label", Y_LABEL, 180.0, "turned"),
    ],
)
def test_texts_are_upright(key, box, angle, expected):
    assert fault(key, box, rotation_deg=angle) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"evidence": evidence(visible=0.6)}, "hidden"),
        ({"evidence": evidence(visible=0.1)}, "missing"),
        ({"region": (200.0, 15.0, 60.0, 14.0)}, "cut"),
        ({"unspelled": "ea"}, "wrong"),
    ],
)
def test_what_is_left_of_a_text_decides(changes, expected):
    assert fault("title", TITLE, **changes) == expected


def test_a_slip_is_there_and_another_text_is_not():
    slip = heading("title", [text("Sales of Tae", TITLE, role="title")], "Sales of Tea")
    other = heading("title", [text("Output", TITLE, role="title")], "Sales of Tea")
    assert (slip.fault, slip.is_there) == ("wrong", True)
    assert (other.fault, other.is_there) == ("wrong", False)
    gone = text("Sales of Tea", TITLE, role="title", font_size_pt=2.0)
    assert heading("title", [gone], "Sales of Tea").part is None


def test_a_title_over_another_panel_is_misplaced():
    infos = [axes(region=(40.0, 40.0, 200.0, 300.0)), axes(region=(280.0, 40.0, 200.0, 300.0))]
    mine, other = (100.0, 15.0, 60.0, 14.0), (340.0, 15.0, 60.0, 14.0)
    assert fault("title", mine, infos=infos) == ""
    assert fault("title", other, infos=infos, axes=1) == "misplaced"
    assert heading("title", [text("Tea", other, role="title", axes=1)], homes=(), infos=infos).part


def test_with_lying_bars_either_label_will_do():
    marks = [text("Tea", Y_LABEL, role="y_label", rotation_deg=90.0)]
    assert heading("x_label", marks).fault == "missing"
    assert heading("x_label", marks, is_horizontal=True).fault == ""


def test_two_lines_are_one_title_and_twice_is_told():
    low = text("of Tea", (200.0, 20.0, 60.0, 12.0), role="title", artist=3)
    top = text("Sales", (200.0, 5.0, 60.0, 12.0), role="title", artist=3)
    assert heading("title", [top, low], "Sales of Tea").fault == ""
    marks = [text("Tea", TITLE, role="title"), text("Tea", (50.0, 2.0, 99.0, 9.0), role="suptitle")]
    assert len(heading("title", marks).again) == 1
    same = [text("Tea", TITLE, role="title"), text("Tea", TITLE, role="suptitle")]
    assert heading("title", same).again == ()
