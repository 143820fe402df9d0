"""Where the asked categories stand."""

from __future__ import annotations

import numpy as np
import pytest
from chart_scenes import axes, bar, evidence, scene, text, tick_labels
from content_scenes import CATEGORIES, CENTERS, INFO, bars

from vsdpo_jax.domains.chart.judge.content.categories import find_categories
from vsdpo_jax.domains.chart.judge.content.series import shapes_of
from vsdpo_jax.domains.chart.judge.content.view import Sight, View

DATA = bars(("A", (0.0, 0.0, 1.0, 1.0), (20, 35, 50)), gap=0.4)


def found(labels, wanted=CATEGORIES, infos=(INFO,), data=DATA, key=(0, "x")):
    view = View(scene([*data, *labels], infos))
    return find_categories(view, wanted, shapes_of(view))[key]


def test_tick_labels_say_where_their_categories_stand():
    read = found(tick_labels(CATEGORIES, CENTERS))
    assert read.names == tuple(CATEGORIES)
    assert read.places == pytest.approx(CENTERS)
    assert read.sights == (Sight.CLEAR,) * 3
    order = found(tick_labels(["Mar", "Jan", "Feb"], CENTERS))
    assert order.places == pytest.approx([CENTERS[1], CENTERS[2], CENTERS[0]])


@pytest.mark.parametrize(
    ("changes", "sight"),
    [
        ({"evidence": evidence(visible=0.5)}, Sight.HURT),
        ({"evidence": evidence(visible=0.1)}, Sight.GONE),
        ({"font_size_pt": 1.0}, Sight.GONE),
        ({"rotation_deg": 180.0}, Sight.HURT),
        ({"rotation_deg": 45.0}, Sight.CLEAR),
        ({"unspelled": "Jan"}, Sight.GONE),
    ],
)
def test_what_can_be_seen_of_them(changes, sight):
    first = tick_labels(CATEGORIES[:1], CENTERS[:1], **changes)
    read = found([*first, *tick_labels(CATEGORIES[1:], CENTERS[1:])])
    assert read.sight("Jan") is sight
    assert np.isfinite(read.places[0]) == (sight is not Sight.GONE)


def test_slips_are_found_and_told():
    read = found(tick_labels(["January", "Febuary", "March"], CENTERS), ["January", "February"])
    assert read.slips == {"February": "Febuary"}
    assert read.found == 2
    other = found(tick_labels(["A", "B", "C"], CENTERS))
    assert other.found == 0


def test_names_placed_by_hand_count_beside_the_axes_only():
    words = [text(n, (x - 10, 345.0, 20.0, 10.0)) for n, x in zip(CATEGORIES, CENTERS, strict=True)]
    assert found(words).places == pytest.approx(CENTERS)
    corner = [text(n, (5.0 + 30 * i, 388.0, 20.0, 10.0)) for i, n in enumerate(CATEGORIES)]
    assert found(corner).found == 0


def test_panels_of_a_column_share_their_labels_and_others_do_not():
    top = axes(region=(80.0, 20.0, 400.0, 100.0), x_limits=(-0.5, 2.5))
    low = axes(region=(80.0, 240.0, 400.0, 100.0), x_limits=(-0.5, 2.5))
    aside = axes(region=(600.0, 20.0, 300.0, 100.0), x_limits=(-0.5, 2.5))
    data = [bar(1, 30, info, axes=i) for i, info in enumerate((top, low, aside))]
    labels = tick_labels(CATEGORIES, CENTERS, axes=1)
    infos = (top, low, aside)
    for index, number in ((0, 3), (1, 3), (2, 0)):
        assert found(labels, infos=infos, data=data, key=(index, "x")).found == number


def test_without_data_the_plain_axes_are_looked_at():
    assert found(tick_labels(CATEGORIES, CENTERS), data=[]).found == 3


def test_slanted_labels_hang_by_an_end():
    widths = (60.0, 20.0, 45.0)
    boxes = [(x - w, 345.0, w, 50.0) for x, w in zip(CENTERS, widths, strict=True)]
    labels = [
        text(n, box, role="x_tick_label", rotation_deg=45.0)
        for n, box in zip(CATEGORIES, boxes, strict=True)
    ]
    assert found(labels).places == pytest.approx(CENTERS)
