"""The four numbers of a slide on boxes and pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vsdpo_jax.benchmarks.aeslides.numbers import COLLISION, apart, balanced, filled
from vsdpo_jax.domains.slide.judge.aeslides import Item, balance

SIZE = (1280, 720)
USUAL = {name: option.default for name, option in COLLISION.items()}


@pytest.mark.parametrize(("offset", "score"), [(0, 1.0), (9.6, 1.0), (28.8, 0.5), (48, 1 / 16)])
def test_imbalance_is_a_half_at_three_tolerances(offset, score):
    item = Item(kind="text", box=(540 + offset, 260, 200, 200))
    assert balanced(balance([item], *SIZE)) == pytest.approx(score, abs=1e-9)


def test_collision_counts_shared_area_and_pairs():
    boxes = [(0.0, 0.0, 400.0, 400.0), (200.0, 0.0, 400.0, 400.0), (800.0, 0.0, 40.0, 40.0)]
    pairs = [(0, 1), (0, 2), (1, 2)]
    share = 200 * 400 / (600 * 400 + 40 * 40)
    assert apart(boxes, pairs, SIZE, USUAL) == pytest.approx(math.exp(-12 * share), rel=0.05)
    assert apart(boxes, [(0, 2)], SIZE, USUAL) == 1.0
    assert apart([], [], SIZE, USUAL) == 1.0
    touching = [(0.0, 0.0, 400.0, 400.0), (398.0, 0.0, 400.0, 400.0)]
    assert apart(touching, [(0, 1)], SIZE, USUAL) == 1.0, "two pixels are no collision"
    near = [touching[0], (392.0, 0.0, 400.0, 400.0)]
    assert apart(near, [(0, 1)], SIZE, USUAL) == 1.0, "nor are 2 %"
    assert apart(near, [(0, 1)], SIZE, {**USUAL, "collision_share": 0.01}) < 1.0
    assert apart(near, [(0, 1)], SIZE, {"collision_share": 0.01, "collision_px": 9.0}) == 1.0
    assert apart(boxes, pairs, SIZE, {**USUAL, "collision_share": 0.6}) == 1.0


def test_a_plain_picture_has_no_content_and_a_full_one_has():
    assert filled(np.full((720, 1280, 3), 255, np.uint8)) == 0.0
    noise = np.random.default_rng(0).integers(0, 2, (90, 160, 1)) * 255
    assert filled(np.kron(noise, np.ones((8, 8, 3))).astype(np.uint8)) == 1.0
