"""Detectors and elements on scenes of thousands of marks, axes, frames and texts.

Calls are counted, not seconds: four times as much may take a little more than four times as many
calls. What runs inside numpy is bounded by the caps of parts.py and outside.py.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from chart_scenes import axes, bar, frame, line, scatter, scene, spine, text, tick_labels

from vsdpo_jax.domains.chart.judge.detectors_data import detect_range
from vsdpo_jax.domains.chart.judge.detectors_empty import detect_empty
from vsdpo_jax.domains.chart.judge.detectors_layout import detect_legend, detect_ticks
from vsdpo_jax.domains.chart.judge.parts import data_names, elements_of, grouped_texts

FEW = 100


def points_of(count):
    return np.random.default_rng(0).random((count, 2)) * (12, 120)


def small_axes(count):
    return [axes(region=(float(i % 440), float(i // 440) * 50, 50.0, 40.0)) for i in range(count)]


def dots(count):
    return scene([scatter([p], label=str(i % 50)) for i, p in enumerate(points_of(count))])


def bars(count):
    return scene([bar(x, y) for x, y in points_of(count)])


def lines(count):
    marks = [
        line([(0, y), (5, y), (x, y)], label=str(i)) for i, (x, y) in enumerate(points_of(count))
    ]
    return scene(marks)


def frames_of_axes(count):
    return scene([replace(spine(), axes=i) for i in range(count)], small_axes(count))


def axes_with_data(count):
    infos = small_axes(count)
    marks = [line([(0, 5), (5, 3), (12, 8 + i)], infos[i], axes=i) for i in range(count)]
    return scene(marks, infos)


def axes_in_one_place(count):
    return scene([replace(spine(), axes=i) for i in range(count)], [axes() for _ in range(count)])


def legends_everywhere(count):
    places = np.random.default_rng(0).random((count, 2)) * (300, 250)
    frames = [frame((x, y, 60.0, 30.0)) for x, y in places.tolist()]
    words = [
        text("x", (x, y, 20.0, 10.0), role="legend_text", span=(70, 80)) for x, y in places.tolist()
    ]
    return scene([line([(0, 0), (10, 100)]), bar(5, 80), *frames, *words])


def legends_in_one_place(count):
    frames = [frame((100.0, 100.0, 60.0, 30.0)) for _ in range(count)]
    word = text("x", (100.0, 100.0, 20.0, 10.0), role="legend_text", span=(70, 80))
    return scene([line([(0, 0), (10, 100)]), *frames, *([word] * count)])


def ticks(count):
    words = [str(i) for i in range(count)]
    return scene(tick_labels(words, np.linspace(0, 480, count)))


def texts_everywhere(count):
    return scene([text("q", (x, y, 20.0, 10.0)) for x, y in (points_of(count) * 3).tolist()])


def twins(count):
    infos = [axes(), axes(x_limits=(0.0, 3.0))]
    x = np.linspace(0, 10, 20)
    marks = [
        line(np.stack([x, x + i], axis=1), infos[i % 2], axes=i % 2, label=str(i))
        for i in range(count)
    ]
    return scene(marks, infos)


SCENES = (
    dots, bars, lines, frames_of_axes, axes_with_data, axes_in_one_place, legends_everywhere,
    legends_in_one_place, ticks, texts_everywhere, twins,
)  # fmt: skip


def calls_of(function, picture) -> int:
    """Calls of Python and C functions that one call makes."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function(picture)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("make", SCENES, ids=lambda make: make.__name__)
def test_work_grows_with_the_scene_and_no_faster(make):
    few, many = make(FEW), make(4 * FEW)
    for function in (
        detect_range, detect_legend, detect_ticks, detect_empty, grouped_texts, data_names,
        elements_of,
    ):  # fmt: skip
        one, four = calls_of(function, few), calls_of(function, many)
        assert four <= 4.6 * one + 2000, function.__name__


@pytest.mark.parametrize("make", SCENES, ids=lambda make: make.__name__)
def test_large_scenes_have_readings(make):
    picture = make(1000)
    for detect in (detect_range, detect_legend, detect_ticks, detect_empty):
        reading = detect(picture)
        assert 0.0 <= reading.score <= 1.0
        assert len(reading.defects) <= 100
