"""Dashes, hatches and markers as words."""

from __future__ import annotations

import numpy as np
import pytest
from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.paint.pattern import outline_word
from vsdpo_jax.domains.chart.paint.raster import paint

_SOURCE = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2], [1, 2], "--", lw=1)
ax.plot([1, 2], [1, 3], "--", lw=4)
ax.plot([1, 2], [2, 3], ":")
ax.plot([1, 2], [2, 2])
ax.plot([1, 2], [3, 2], "o", ms=5)
ax.plot([1, 2], [4, 2], "o", ms=9)
ax.plot([1, 2], [3, 5], "^")
ax.plot([1, 2], [3, 6], "o", mfc="none")
ax.scatter([1, 2], [5, 6], s=50)
ax.scatter([1, 2], [5, 7], s=90)
ax.scatter([1, 2], [5, 8], marker="s")
ax.bar([1], [1], hatch="//")
ax.bar([2], [1])
"""


@pytest.fixture(scope="module")
def patterns() -> list[str]:
    payload = record_all({"patterns": _SOURCE})["patterns"].payload
    assert payload is not None
    return [mark.pattern for mark in paint(decode(payload)).marks if mark.role == "data"]


def test_size_changes_no_pattern_and_shape_does(patterns):
    small, wide, square, hatched, flat, *rest = patterns  # lines are painted last
    dashed, thick, dotted, plain, dot, large, triangle, ring = rest
    assert dashed == thick != dotted
    assert plain == ""
    assert dot == large
    assert len({dot, triangle, ring}) == 3
    assert small == wide != square
    assert hatched != flat == ""


def test_an_outline_without_points_has_none():
    assert outline_word(np.zeros((0, 2)), is_open=False) == ""
    assert outline_word(np.full((3, 2), np.nan), is_open=False) == ""
