"""Which series is called what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chart_scenes import axes, evidence, legend, line, scene, text
from content_scenes import BLUE, INFO, RED, ROWS, bars, lines, points, stroked

from vsdpo_jax.domains.chart.judge.content.keys import Keys
from vsdpo_jax.domains.chart.judge.content.series import readings_of, shapes_of
from vsdpo_jax.domains.chart.judge.content.view import View

NAMES = ["North", "South"]
BOX = (380.0, 50.0, 90.0, 50.0)
BLACK = (0.0, 0.0, 0.0, 1.0)
LINES = [stroked(m) for m in lines(*ROWS)]


def names(marks, infos=(INFO,), wanted=NAMES):
    view = View(scene(marks, infos))
    series = next(readings_of(view, shapes_of(view)))
    return Keys(view, wanted).names(series)


def test_a_legend_names_by_colour():
    assert names([*LINES, *legend(NAMES, [BLUE, RED], BOX)]) == NAMES
    assert names([*LINES, *legend(NAMES, [RED, BLUE], BOX)]) == NAMES[::-1]
    assert names(LINES) == ["", ""]


def test_labels_that_nobody_sees_name_nothing():
    assert all(m.label for m in LINES)
    hidden = [replace(m, evidence=evidence(visible=0.0)) for m in legend(NAMES, [BLUE, RED], BOX)]
    assert names([*LINES, *hidden]) == ["", ""]


@pytest.mark.parametrize(
    "changes",
    [
        {"region": None},
        {"evidence": evidence(visible=0.1)},
        {"evidence": evidence(difference=1.0, ground=0.0)},
        {"color_rgba": (0.0, 0.0, 1.0, 0.0)},
    ],
)
def test_handles_that_cannot_be_seen_name_nothing(changes):
    key = [
        replace(m, **changes) if m.role == "legend_handle" else m
        for m in legend(NAMES, [BLUE, RED], BOX)
    ]
    assert names([*LINES, *key]) == ["", ""]


def test_colours_that_nobody_tells_apart_name_nothing():
    near = (0.0, 0.02, 1.0, 1.0)
    rows = ((n, c, v) for (n, _, v), c in zip(ROWS, (BLUE, near), strict=True))
    made = [stroked(m) for m in lines(*rows)]
    assert names([*made, *legend(NAMES, [BLUE, near], BOX)]) == ["", ""]


def test_a_pale_fill_may_have_a_full_handle():
    pale = [replace(m, color_rgba=(*m.color_rgba[:3], 0.7)) for m in bars(*ROWS)]
    assert names([*pale, *legend(NAMES, [BLUE, RED], BOX)]) == NAMES


def test_dashes_and_markers_tell_series_of_one_colour_apart():
    key = legend(NAMES, [BLACK, BLACK], BOX)
    for family in (lines, points):
        made = [
            replace(stroked(m), color_rgba=BLACK, pattern=p)
            for m, p in zip(family(*ROWS), ("a", "b"), strict=True)
        ]
        told = [replace(m, pattern="") for m in key]
        handles = [i for i, m in enumerate(told) if m.role == "legend_handle"]
        for place, pattern in zip(handles, ("a", "b"), strict=True):
            kind = "path" if family is lines else "markers"
            told[place] = replace(told[place], pattern=pattern, kind=kind)
        assert names([*made, *told]) == NAMES
        assert names([*made, *key]) == ["", ""]


def test_markers_of_a_line_count_with_it():
    path, other = (replace(m, color_rgba=BLACK) for m in LINES)
    markers = [
        replace(path, kind="markers", pattern="o"),
        replace(other, kind="markers", pattern="^"),
    ]
    key = legend(NAMES, [BLACK, BLACK], BOX)
    handles = [m for m in key if m.role == "legend_handle"]
    extra = [replace(h, kind="markers", pattern=p) for h, p in zip(handles, "o^", strict=True)]
    assert names([path, markers[0], other, markers[1], *key, *extra]) == NAMES


def test_a_name_at_the_data_wins_over_a_key():
    ends = [text(n, (418.0, 340 - 3 * v[2] - 5, 30.0, 10.0)) for n, _, v in ROWS]
    assert names([*LINES, *ends]) == NAMES
    assert names([*LINES, *ends, *legend(NAMES, [RED, BLUE], BOX)]) == NAMES
    with_value = [
        replace(t, text=f"{t.text}: {v[2]}") for t, (_, _, v) in zip(ends, ROWS, strict=True)
    ]
    assert names([*LINES, *with_value]) == NAMES


def test_a_name_far_away_or_between_two_names_nothing():
    far = [text(n, (20.0, 380.0 - 12 * i, 30.0, 10.0)) for i, n in enumerate(NAMES)]
    assert names([*LINES, *far]) == ["", ""]
    close = [stroked(line([(0, 50), (2, 50)], INFO)), stroked(line([(0, 51), (2, 51)], INFO))]
    between = text("North", (418.0, 340 - 3 * 50.5 - 5, 30.0, 10.0))
    assert names([*close, between]) == ["", ""]


def test_a_name_in_the_colour_of_its_series_may_stand_anywhere():
    colored = [
        text(n, (90.0 + 60 * i, 50.0, 40.0, 10.0), color_rgba=c) for i, (n, c, _) in enumerate(ROWS)
    ]
    assert names([*LINES, *colored]) == NAMES
    black = [replace(m, color_rgba=BLACK) for m in colored]
    assert names([*LINES, *black]) == ["", ""]


def test_the_title_of_a_panel_names_its_only_series():
    infos = [axes(region=(80.0, 40.0, 180.0, 300.0)), axes(region=(300.0, 40.0, 180.0, 300.0))]
    made = [stroked(line([(0, 10), (9, 60)], info, axes=i)) for i, info in enumerate(infos)]
    titles = [
        text(n, (x, 15.0, 40.0, 12.0), role="title", axes=i)
        for i, (n, x) in enumerate(zip(NAMES, (150.0, 370.0), strict=True))
    ]
    assert names([*made, *titles], infos) == NAMES
    assert names([made[0], replace(made[1], axes=0), *titles], infos) == ["", ""]


def test_markers_drawn_over_a_line_share_its_name():
    over = points(*ROWS)
    ends = [text(n, (418.0, 340 - 3 * v[2] - 5, 30.0, 10.0)) for n, _, v in ROWS]
    assert names([*LINES, *over, *ends]) == [*NAMES, *NAMES]


def test_what_is_said_anywhere():
    view = View(scene([*LINES, text("North", (20.0, 380.0, 30.0, 10.0))], [INFO]))
    assert "North" in Keys(view, NAMES).said
    assert "South" not in Keys(view, NAMES).said
