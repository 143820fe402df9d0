"""Colour differences of the literature."""

from __future__ import annotations

import numpy as np
import pytest

from vsdpo_jax.domains.ciede import ciede2000, color_similarity, lab_of_rgb


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ((255, 0, 0), (0, 0, 255), 52.880),
        ((255, 255, 255), (0, 0, 0), 100.0),
        ((31, 58, 95), (192, 32, 32), 42.0218),
        ((0, 255, 0), (255, 0, 255), 111.4155),
    ],
)
def test_colour_differences_of_the_literature(first, second, difference):
    found = ciede2000(lab_of_rgb(np.array([first])), lab_of_rgb(np.array([second])))
    assert found[0] == pytest.approx(difference, abs=0.02)
    assert ciede2000(lab_of_rgb(np.array([second])), lab_of_rgb(np.array([first])))[
        0
    ] == pytest.approx(found[0])
    similarity = color_similarity(np.array([first]), np.array([second]))[0]
    assert similarity == pytest.approx(max(0.0, 1 - difference / 100), abs=2e-4)


def test_sharma_s_pair_where_the_hues_lie_across_red():
    lab_1, lab_2 = np.array([[50.0, 2.49, -0.001]]), np.array([[50.0, -2.49, 0.0011]])
    assert ciede2000(lab_1, lab_2)[0] == pytest.approx(7.2195, abs=1e-4)
