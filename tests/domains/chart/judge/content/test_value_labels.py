"""Numbers written at the ends of bars and points."""

from __future__ import annotations

import pytest
from chart_scenes import axes, evidence, lying_bar, scene, text
from content_scenes import BLUE, CENTERS, INFO, bars, lines, stroked

from vsdpo_jax.domains.chart.judge.content.series import readings_of, shapes_of
from vsdpo_jax.domains.chart.judge.content.value_labels import label_series, numbers_of
from vsdpo_jax.domains.chart.judge.content.view import View

VALUES = (20, 35, 50)
ENDS = [340 - 3 * v for v in VALUES]


def read(marks, info=INFO, company=3):
    view = View(scene(marks, [info]))
    series = next(readings_of(view, shapes_of(view)))[0]
    return label_series(view, series, numbers_of(view), company)


def labels(words, over=9, **changes):
    return [
        text(word, (x - 10, y - over - 5, 20.0, 10.0), **changes)
        for word, x, y in zip(words, CENTERS, ENDS, strict=True)
    ]


BARS = bars(("A", BLUE, VALUES), gap=0.4)


@pytest.mark.parametrize("over", [9, 20, -9, -30])
def test_numbers_above_or_inside_bars_tell_their_scale(over):
    told = read([*BARS, *labels(["20", "35", "50"], over)])
    assert told.is_full
    assert told.says_N.all()
    assert told.scale is not None
    assert told.scale.px(50) == pytest.approx(190)


def test_the_numbers_decide_the_scale():
    told = read([*BARS, *labels(["20k", "35k", "50k"])])
    assert told.scale.px(50_000) == pytest.approx(190)


def test_numbers_that_do_not_agree_with_the_lengths_tell_none():
    assert read([*BARS, *labels(["50", "20", "35"])]).scale is None
    one = read([*BARS, *labels(["20", "35", "90"])])
    assert one.says_N.tolist() == [True, True, False]


def test_one_number_says_nothing_about_lengths():
    only = labels(["20", "", ""])
    assert read([*BARS, *only]).scale is None
    assert read([*bars(("A", BLUE, (20,))), only[0]], company=1).scale is not None


def test_far_or_hidden_numbers_and_words_belong_to_nothing():
    assert read([*BARS, *labels(["20", "35", "50"], 80)]).scale is None
    assert read([*BARS, *labels(["a", "b", "c"])]).scale is None
    hidden = labels(["20", "35", "50"], evidence=evidence(visible=0.0))
    assert read([*BARS, *hidden]).scale is None


def test_changes_and_shares_are_no_values():
    assert not read([*BARS, *labels(["n=4", "+75%", "+43%"])]).is_full
    assert not read([*BARS, *labels(["20%", "35%", "50%"])]).is_full


def test_numbers_at_points_of_a_line():
    told = read([stroked(lines(("A", BLUE, VALUES))[0]), *labels(["20", "35", "50"])])
    assert told.says_N.all()
    assert told.scale.px(35) == pytest.approx(235)
    same = (30, 30, 30)
    ends = [text("30", (x - 8, 340 - 90 - 15, 16.0, 10.0)) for x in CENTERS]
    assert read([stroked(lines(("A", BLUE, same))[0]), *ends]).says_N.all()


def test_numbers_behind_lying_bars():
    info = axes(x_limits=(0.0, 100.0), y_limits=(-0.5, 2.5))
    made = [lying_bar(i, v, info, height=0.8) for i, v in enumerate(VALUES)]
    words = [
        text(str(v), (80 + 4 * v + 5, 340 - 300 * (i + 0.5) / 3 - 5, 16.0, 10.0))
        for i, v in enumerate(VALUES)
    ]
    told = read([*made, *words], info)
    assert told.says_N.all()
    assert told.scale.px(50) == pytest.approx(280)
