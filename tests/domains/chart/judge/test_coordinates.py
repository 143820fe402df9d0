"""Pixels to values and back."""

from __future__ import annotations

import numpy as np
import pytest
from chart_scenes import axes, pixels
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.domains.chart.judge.coordinates import (
    fractions_of,
    is_readable,
    spell,
    to_fraction,
    to_value,
)


@given(x=st.floats(0, 10), y=st.floats(0, 100))
def test_pixels_give_the_values_back(x, y):
    info = axes()
    across, up = fractions_of(pixels([(x, y)], info), info)[0]
    assert to_value(across, info.x_limits, "linear") == pytest.approx(x, abs=1e-4)
    assert to_value(up, info.y_limits, "linear") == pytest.approx(y, abs=1e-3)


@given(
    fraction=st.floats(-2, 3),
    scale=st.sampled_from(["linear", "log"]),
    limits=st.tuples(st.floats(0.1, 10), st.floats(20, 1e6)),
    inverted=st.booleans(),
)
def test_value_and_fraction_are_inverse(fraction, scale, limits, inverted):
    limits = limits[::-1] if inverted else limits
    value = to_value(np.asarray(fraction), limits, scale)
    assert to_fraction(value, limits, scale) == pytest.approx(fraction, abs=1e-6)


def test_log_axes_cannot_show_zero():
    found = to_fraction(np.array([0.0, -3.0, 10.0]), (1.0, 100.0), "log")
    assert found.tolist() == [-np.inf, -np.inf, 0.5]


@pytest.mark.parametrize(
    "changes",
    [
        {"projection": "polar"},
        {"x_scale": "symlog"},
        {"y_scale": "log", "y_limits": (0.0, 10.0)},
        {"y_limits": (5.0, 5.0)},
        {"x_limits": (0.0, float("inf"))},
        {"x_limits": (0.0, float("nan"))},
        {"y_limits": (0.0, 5e-324)},
        {"y_limits": (-1.7e308, 1.7e308)},
        {"y_limits": (1e9, 1e9 + 1e-7)},
        {"y_scale": "log", "y_limits": (10.0, 10.0 * (1 + 2e-16))},
    ],
)
def test_what_cannot_be_read(changes):
    assert is_readable(axes())
    assert not is_readable(axes(**changes))


@pytest.mark.parametrize(
    ("value", "limits", "scale", "words"),
    [
        (75.00003, (0.0, 70.0), "linear", "75"),
        (-0.00001, (0.0, 70.0), "linear", "0"),
        (0.12512, (0.0, 0.1), "linear", "0.1251"),
        (1234567.8, (0.0, 1e6), "linear", "1.235e+06"),
        (316.23, (1.0, 100.0), "log", "316"),
        (float("inf"), (0.0, 1.0), "linear", "infinity"),
        (float("-inf"), (0.0, 1.0), "log", "-infinity"),
        (float("nan"), (0.0, 1.0), "linear", "nothing"),
        (3e-310, (0.0, 5e-324), "linear", "3e-310"),
        (1e200, (0.0, 1.0), "linear", "1e+200"),
        (12.0, (-1.7e308, 1.7e308), "linear", "12"),
    ],
)
def test_values_are_spelled_as_people_do(value, limits, scale, words):
    assert spell(value, limits, scale) == words


@given(st.floats(), st.tuples(st.floats(), st.floats()), st.sampled_from(["linear", "log"]))
def test_every_value_is_spelled(value, limits, scale):
    assert spell(value, limits, scale)


@given(st.tuples(st.floats(), st.floats()), st.floats(-5, 5), st.sampled_from(["linear", "log"]))
def test_readable_limits_place_values(limits, fraction, scale):
    if is_readable(axes(y_limits=limits, y_scale=scale)):
        value = to_value(np.asarray(fraction), limits, scale)
        back = to_fraction(value, limits, scale)
        assert not np.isnan(value)
        assert not np.isnan(back)
