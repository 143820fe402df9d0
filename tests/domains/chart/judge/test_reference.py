"""Axes against a reference scene, with F1 by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import AXES_BOX, axes, bar, line, scene, text, tick_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.domains.chart.judge.reference import compare, ssim
from vsdpo_jax.domains.chart.judge.rubric import OPTIONS
from vsdpo_jax.domains.ciede import color_similarity

BLUE, RED, GREEN = (0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 0.0, 1.0), (0.0, 0.5, 0.0, 1.0)


def base():
    return [
        text("Tea", (200.0, 10.0, 50.0, 12.0), role="title"),
        text("Month", (200.0, 370.0, 50.0, 12.0), role="x_label"),
        bar(1, 50, color_rgba=BLUE),
        line([(0, 0), (9, 90)], color_rgba=RED),
    ]


def test_a_scene_equals_itself():
    readings = compare(scene(base()), scene(base()))
    assert list(readings) == ["ref_text", "ref_layout", "ref_type", "ref_color", "ref_visual"]
    for reading in readings.values():
        assert reading.score == pytest.approx(1.0)
        assert reading.satisfied


def test_texts_are_a_multiset_without_tick_labels():
    marks = [text("Coffee", (200.0, 10.0, 50.0, 12.0), role="title"), *base()[1:]]
    reading = compare(scene([*marks, *tick_labels(["1"], [100])]), scene(base()))["ref_text"]
    assert reading.score == pytest.approx(0.5)  # "Month" of two
    assert reading.notes == ("missing 'Tea'", "extra 'Coffee'")
    assert {d.region for d in reading.defects} == {marks[0].region, AXES_BOX}


def test_layout_compares_grid_places():
    two = [axes(grid_spec=(1, 2, 0, 0, 0, 0)), axes(grid_spec=(1, 2, 0, 0, 1, 1))]
    reading = compare(scene(base(), two), scene(base()))["ref_layout"]
    assert reading.score == 0.0
    assert reading.notes == ("2 axes for 1",)
    assert compare(scene(base(), two), scene(base(), two[::-1]))["ref_layout"].satisfied


def test_types_count_artists():
    reading = compare(scene([*base(), bar(3, 20), bar(5, 30)]), scene(base()))["ref_type"]
    assert reading.score == pytest.approx(2 * 2 / (4 + 2))
    assert reading.notes == ("extra 2 Rectangle",)


def test_colors_match_within_a_step():
    near = (0.05, 0.05, 1.0, 1.0)
    assert compare(scene([bar(1, 50, color_rgba=near), base()[3]]), scene(base()))[
        "ref_color"
    ].satisfied
    other = scene([bar(1, 50, color_rgba=GREEN), base()[3]])
    reading = compare(other, scene(base()))["ref_color"]
    # ChartMimic's: the similarity of the pair counts, blue and green being a third alike.
    alike = color_similarity(np.array([[0, 128, 0]]), np.array([[0, 0, 255]]))[0]
    assert alike < 0.4
    assert reading.score == pytest.approx((alike + 1) / 2)
    assert reading.notes == ("missing #0000ff", "extra #008000")
    assert [d.region for d in reading.defects] == [other.marks[0].region]


def test_colors_are_those_of_a_type_of_mark():
    swapped = scene([bar(1, 50, color_rgba=RED), line([(0, 0), (9, 90)], color_rgba=BLUE)])
    reading = compare(swapped, scene(base()))["ref_color"]
    assert reading.score < 0.6
    assert len(reading.defects) == 2


def test_thresholds_are_settings():
    wrong = scene([text("Coffee", (200.0, 10.0, 50.0, 12.0), role="title"), *base()[1:]])
    assert not compare(wrong, scene(base()))["ref_text"].satisfied
    lenient = {**OPTIONS, "min_ref_text": 0.5}
    assert compare(wrong, scene(base()), lenient)["ref_text"].satisfied
    domain = load_domain("chart")
    assert domain.complete({"min_ref_text": 0.5})["min_ref_text"] == 0.5
    with pytest.raises(ValueError, match="must be 0 to 1"):
        domain.complete({"min_ref_color": 1.5})


def test_nothing_on_either_side():
    readings = compare(scene([], []), scene([], []))
    assert all(reading.satisfied for reading in readings.values())
    assert not compare(scene([], []), scene(base()))["ref_color"].satisfied


def test_looks():
    dark = np.full((400, 500, 3), 255, np.uint8)
    dark[100:300, 100:300] = 0
    reading = compare(scene(base(), image_YXC=dark), scene(base()))["ref_visual"]
    assert not reading.satisfied
    assert reading.defects[0].region == (0.0, 0.0, 500.0, 400.0)


def test_a_picture_of_another_size_is_scaled():
    small = replace(scene(base()), width_px=250, height_px=200)
    small = replace(small, image_YXC=scene(base()).image_YXC[::2, ::2])
    assert compare(small, scene(base()))["ref_visual"].score == pytest.approx(1.0)


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_ssim_is_symmetric_bounded_and_one_for_equals(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 20, 24))
    assert ssim(first, first) == pytest.approx(1.0)
    assert ssim(first, second) == pytest.approx(ssim(second, first))
    assert 0.0 <= ssim(first, second) <= 1.0
