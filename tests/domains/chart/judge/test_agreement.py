"""ChartMimic's formulas by hand."""

from __future__ import annotations

import time

import pytest

from vsdpo_jax.domains.chart.judge.agreement import ONE, ZERO, assigned, assignment, common, f1


def test_f1_by_hand():
    assert f1(1, 2, 3)["f1"] == pytest.approx(0.4)  # precision 1/2, recall 1/3
    assert f1(0, 0, 0) == ZERO
    assert f1(0, 4, 0)["f1"] == 0.0


def test_multisets_have_what_is_equal_in_common():
    assert common("aab", "abb")["f1"] == pytest.approx(2 / 3)
    assert common("", "") == ZERO
    assert common("", "", empty=ONE) == ONE


def test_colours_go_to_the_most_similar_of_their_group():
    drawn = [("bar", "#ff0000"), ("bar", "#0000ff"), ("line", "#ff0000")]
    wanted = [("bar", "#0000fe"), ("bar", "#fe0000"), ("pie", "viridis")]
    pairs = {(i, j): similarity for i, j, similarity in assignment(drawn, wanted)}
    assert pairs.keys() == {(0, 1), (1, 0)}
    assert all(similarity > 0.99 for similarity in pairs.values())
    assert assigned(drawn, wanted)["f1"] == pytest.approx(2 / 3, abs=0.01)


def test_many_groups_take_no_longer_than_many_colours():
    drawn = [(str(number), "#000000") for number in range(20_000)]
    start = time.process_time()
    assert assignment(drawn, [("other", "#000000")]) == []
    assert time.process_time() - start < 2.0
