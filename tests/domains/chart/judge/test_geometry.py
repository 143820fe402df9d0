"""Boxes and slanted rectangles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge import geometry as g

sizes = st.floats(1, 200)
places = st.floats(-300, 300)
boxes = st.tuples(places, places, sizes, sizes)


def test_by_hand():
    assert g.area((0, 0, 3, 4)) == 12
    assert g.area(None) == 0
    assert g.union([(0, 0, 2, 2), (5, 1, 1, 4)]) == (0, 0, 6, 5)
    assert g.union([]) is None
    assert g.intersection((0, 0, 4, 4), (3, 2, 4, 4)) == 2
    assert g.iou((0, 0, 4, 4), (2, 0, 4, 4)) == pytest.approx(8 / 24)
    assert g.overlapping_pairs([(0, 0, 2, 2), (2, 0, 2, 2), (1, 1, 2, 2)]) == [(0, 2), (1, 2)]
    assert g.overlapping_pairs([]) == []


@given(boxes, boxes)
def test_iou_is_symmetric_and_one_for_itself(first, second):
    assert g.iou(first, second) == pytest.approx(g.iou(second, first))
    assert g.iou(first, first) == pytest.approx(1.0)
    assert 0 <= g.iou(first, second) <= 1 + 1e-9


@given(st.floats(20, 200), st.floats(6, 18), st.integers(0, 359))
def test_a_slanted_text_is_recovered_from_its_box(along, across, angle):
    turn = math.radians(angle)
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    box = (10.0, 20.0, along * cos + across * sin, along * sin + across * cos)
    found = g.text_size(box, float(angle), across)
    if g.is_upright(angle):
        assert found[0] == pytest.approx(along, rel=0.15, abs=0.15 * across + 0.1 * along)
    else:
        assert found == pytest.approx((along, across), rel=0.02, abs=0.5)
        corners = g.text_polygon(box, float(angle), across)
        width = max(x for x, _ in corners) - min(x for x, _ in corners)
        assert width == pytest.approx(box[2], rel=0.02, abs=1.0)


@pytest.mark.parametrize(
    ("angle", "ok"), [(0, 1), (4, 1), (6, 0), (45, 0), (86, 1), (90, 1), (271, 1)]
)
def test_upright(angle, ok):
    assert g.is_upright(angle) is bool(ok)


@given(boxes, boxes)
def test_polygons_of_upright_texts_are_their_boxes(first, second):
    polygons = [g.text_polygon(box, 0.0, 10.0) for box in (first, second)]
    assert g.polygon_area(polygons[0]) == pytest.approx(g.area(first))
    common = g.polygon_intersection(*polygons)
    assert common == pytest.approx(g.intersection(first, second), abs=1e-6 * 200 * 200)


def test_a_diamond_in_a_square():
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    diamond = [(1.0, 0.0), (2.0, 1.0), (1.0, 2.0), (0.0, 1.0)]
    assert g.polygon_intersection(square, diamond) == pytest.approx(2.0)
    far = [(x + 9, y) for x, y in diamond]
    assert g.polygon_intersection(square, far) == 0.0


@given(st.lists(boxes, max_size=5), boxes)
def test_areas_of_many_boxes_are_those_of_each(many, one):
    many_N4 = np.array(many, np.float64).reshape(-1, 4)
    assert g.areas(many_N4).tolist() == pytest.approx([g.area(box) for box in many])
    common = [g.intersection(box, one) for box in many]
    assert g.common_areas(many_N4, one).tolist() == pytest.approx(common)
