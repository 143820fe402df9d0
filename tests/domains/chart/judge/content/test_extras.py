"""What nobody asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, evidence, scatter, text
from content_scenes import (
    INFO,
    ONE,
    ROWS,
    TICKS,
    bars,
    dotted,
    lines,
    notes,
    stroked,
    texts,
    y_ticks,
)

ROW = ROWS[0]
REST = [*texts(), *TICKS, *y_ticks()]
LINE = stroked(lines(ROW)[0])
GREEN = (0.0, 0.6, 0.0, 1.0)


def extra(*marks, base=(LINE,), asked=ONE, infos=(INFO,)):
    return notes([*REST, *base, *marks], asked, infos)


def test_a_chart_of_what_was_asked_has_none():
    assert extra() == ()


def test_error_bars_and_their_caps_are_welcome():
    ends = [(i, v + d) for i, v in enumerate(ROW[2]) for d in (-4, 4)]
    bars_ = replace(scatter(ends, INFO, color_rgba=GREEN), artist_type="LineCollection")
    caps = dotted(
        replace(scatter(ends, INFO, color_rgba=GREEN), artist_type="Line2D", kind="markers"), 6
    )
    assert extra(bars_, caps) == ()
    assert extra(caps) == ("extra series",)


def test_hidden_series_disturb_nobody():
    other = stroked(lines(("B", GREEN, (60, 10, 80)))[0])
    assert extra(other) == ("extra series",)
    assert extra(replace(other, evidence=evidence(visible=0.0, covered=1.0))) == ()
    assert extra(replace(other, color_rgba=(0.0, 0.6, 0.0, 0.0))) == ()


def test_a_twin_with_other_data_is_an_extra_series():
    twin = replace(INFO, y_limits=(0.0, 10.0))
    other = stroked(lines(("B", GREEN, (1, 9, 3)), info=twin, axes=1)[0])
    assert extra(other, infos=(INFO, twin)) == ("extra series",)


@pytest.mark.parametrize(
    ("values", "limits", "expected"),
    [((20, 35, 50), (30.0, 40.0), ()), ((9, 80, 3), (0.0, 100.0), ("extra panel",))],
)
def test_an_inset_may_show_a_detail(values, limits, expected):
    inset = axes(region=(100.0, 60.0, 80.0, 60.0), x_limits=(0.5, 1.5), y_limits=limits)
    detail = stroked(lines(("A", GREEN, values), info=inset, axes=1)[0])
    assert extra(detail, infos=(INFO, inset)) == expected


def test_panels_of_asked_series_are_none():
    left = axes(region=(80.0, 40.0, 180.0, 300.0), x_limits=(-0.5, 2.5))
    right = axes(region=(300.0, 40.0, 180.0, 300.0), x_limits=(-0.5, 2.5))
    both = [stroked(lines(ROW, info=info, axes=i)[0]) for i, info in enumerate((left, right))]
    ticks = [
        text(n, (info.region[0] + 60 * i + 20, 345.0, 20.0, 10.0), role="x_tick_label", axes=k)
        for k, info in enumerate((left, right))
        for i, n in enumerate(ONE["categories"])
    ]
    label = text("Month", (150.0, 370.0, 40.0, 10.0), role="x_label")
    marks = [*texts(x_label=""), label, *y_ticks(), *both, *ticks]
    assert notes(marks, ONE, (left, right)) == ()


def test_colour_bars_and_hidden_panels_are_none():
    side = axes(region=(490.0, 40.0, 8.0, 300.0), is_colorbar=True)
    scale = replace(bars(("c", GREEN, (50,)))[0], axes=1)
    assert extra(scale, infos=(INFO, side)) == ()
    panel = axes(region=(600.0, 40.0, 200.0, 300.0), is_visible=False)
    assert extra(replace(scale, axes=1), infos=(INFO, panel)) == ()


def test_numbers_and_asked_words_are_no_heap():
    numbers = [
        text(str(i), (90.0 + 40 * (i % 9), 60.0 + 20 * (i // 9), 30.0, 8.0)) for i in range(60)
    ]
    assert extra(*numbers) == ()
    outside = [text(f"note {i}", (2.0, 5.0 + 9 * i, 40.0, 8.0)) for i in range(40)]
    assert extra(*outside) == ()


def test_a_picture_in_the_chart():
    corners = np.array([[100, 60], [200, 60], [200, 160], [100, 160]], np.float32)
    image = replace(
        LINE, kind="image", artist_type="AxesImage", points_px=corners, color_rgba=GREEN
    )
    assert extra(image) == ("extra marks",)
