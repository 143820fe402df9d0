"""Empty axes on hand-built scenes."""

from __future__ import annotations

from dataclasses import replace

from chart_scenes import AXES_BOX, axes, bar, scene, spine, text

from vsdpo_jax.domains.chart.detectors_empty import detect_empty


def test_framed_axes_without_data_are_empty():
    reading = detect_empty(scene([spine()]))
    assert reading.defects[0].region == AXES_BOX
    assert reading.score == 0.5
    assert reading.notes == ("axes without data",)


def test_axes_with_data_texts_or_nothing_at_all_are_not_empty():
    assert detect_empty(scene([spine(), bar(1, 50)])).satisfied
    assert detect_empty(scene([spine(), text("42 %", (200.0, 200.0, 40.0, 20.0))])).satisfied
    both = [axes(is_colorbar=True), axes(region=(5.0, 5.0, 50.0, 30.0))]
    assert detect_empty(scene([spine(), bar(1, 50, both[1], axes=1)], both)).satisfied
    both[0] = axes(is_visible=False)
    assert detect_empty(scene([bar(1, 50, both[1], axes=1)], both)).satisfied


def test_the_empty_one_of_two_is_named_and_twins_share_their_data():
    right = axes(region=(300.0, 40.0, 180.0, 300.0), span=(6, 9))
    left = axes(region=(60.0, 40.0, 180.0, 300.0))
    marks = [bar(1, 50), spine(), replace(spine(), axes=1)]
    reading = detect_empty(scene(marks, [left, right]))
    assert [d.region for d in reading.defects] == [right.region]
    assert reading.notes == ("axes 2 without data",)
    assert detect_empty(scene(marks, [axes(), axes()])).satisfied


def test_a_figure_without_axes_is_empty():
    assert detect_empty(scene([], [])).defects[0].region == (0.0, 0.0, 500.0, 400.0)
    assert detect_empty(scene([text("hi", (9.0, 9.0, 20.0, 9.0), axes=-1)], [])).satisfied
