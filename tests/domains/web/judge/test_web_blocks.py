"""The matching of blocks: the official scorer's figures, and the scorer as its paper has it."""

from __future__ import annotations

import json
import time
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from vsdpo_jax.domains.web.judge.blocks import (
    Block,
    match,
    position_similarity,
)

CASES = json.loads((Path(__file__).parent / "design2code_blocks.json").read_text("utf-8"))
WORDS = st.sampled_from(["free", "plan", "team plan", "read more", "a", "ab", "contact us", "2026"])


def blocks_of(rows, size) -> list[Block]:
    width, height = size
    return [
        Block(text=text, box=(x / width, y / height, w / width, h / height), color=(r, g, b))
        for text, x, y, w, h, r, g, b in rows
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_official_scores_come_out(case):
    own = blocks_of(case["blocks"], case["size"])
    found = match(own, blocks_of(case["reference"], case["reference_size"]))
    block_match, text, position, color = case["official"]
    assert found.block_match == pytest.approx(block_match, abs=1e-6)
    assert found.text == pytest.approx(text, abs=1e-6)
    assert found.position == pytest.approx(position, abs=1e-6)
    assert found.color == pytest.approx(color, abs=1e-4)


PROSE = (
    "Every evening the keeper climbs the hundred and twelve steps with a lamp in one hand and a "
    "log book in the other, {clause}, and writes down which ships have gone by, how the wind "
    "stood, what the sea was like at dusk, and whether the fog bell had to be rung before midnight."
)


def test_long_texts_that_differ_in_a_clause_match_only_without_autojunk():
    box = {"box": (0.1, 0.1, 0.5, 0.2), "color": (0, 0, 0)}
    own = [Block(text=PROSE.format(clause="though nobody asked him to").lower(), **box)]
    other = [Block(text=PROSE.format(clause="as his father did").lower(), **box)]
    assert match(own, other).block_match == 0.0
    assert match(own, other, robust=True).text > 0.9


def plain_costs(texts, others) -> list[float]:
    cost = [[-SequenceMatcher(None, a, b).ratio() for b in others] for a in texts]
    cost_NM = np.array(cost).reshape(len(texts), len(others))
    rows, columns = linear_sum_assignment(cost_NM)
    return cost_NM[rows, columns].tolist()


def plain_gain(old: list[float], new: list[float]) -> float:
    old, new = list(old), list(new)
    for value in list(old):
        if value in new:
            old.remove(value)
            new.remove(value)
    gain = (sum(old) / len(old) if old else 0) - (sum(new) / len(new) if new else 0)
    return gain if gain <= 0 or (old and new and min(old) > min(new)) else 0.0


def plain_join(texts: list[str], others: list[str], *, is_first: bool) -> list[str]:
    """Section 5 of the algorithm on one side, every trial from scratch."""

    def costs(own):
        return plain_costs(own, others) if is_first else plain_costs(others, own)

    base, gains = costs(texts), []
    for i in range(len(texts) - 1):
        joined = [*texts[:i], f"{texts[i]} {texts[i + 1]}", *texts[i + 2 :]]
        gain = plain_gain(base, costs(joined))
        if gain > 0.05:
            gains.append((gain, i))
    texts, touched, gone = list(texts), set(), set()
    for _, i in sorted(gains, key=lambda entry: -entry[0]):
        if touched.isdisjoint((i, i + 1)):
            texts[i] = f"{texts[i]} {texts[i + 1]}"
            touched |= {i, i + 1}
            gone.add(i + 1)
    return [text for i, text in enumerate(texts) if i not in gone]


@settings(max_examples=60, deadline=None)
@given(own=st.lists(WORDS, min_size=1, max_size=6), other=st.lists(WORDS, min_size=1, max_size=6))
def test_trials_that_are_left_out_would_not_have_joined(own, other):
    def blocks(texts):
        return [
            Block(text=t, box=(0.1, 0.1 * i, 0.2, 0.05), color=(0, 0, 0))
            for i, t in enumerate(texts)
        ]

    found = match(blocks(own), blocks(other))
    while True:
        joined = plain_join(own, other, is_first=True)
        rejoined = plain_join(other, joined, is_first=False)
        if joined == own and rejoined == other:
            break
        own, other = joined, rejoined
    assert [block.text for block in found.blocks] == own
    assert [block.text for block in found.reference] == other


def test_position_is_the_larger_way_of_the_centres():
    assert position_similarity((0.1, 0.1, 0.2, 0.2), (0.4, 0.2, 0.2, 0.2)) == pytest.approx(0.7)


def test_nothing_on_a_side_scores_nothing():
    block = Block(text="a", box=(0, 0, 0.1, 0.1), color=(0, 0, 0))
    for own, other in (([], [block]), ([block], []), ([], [])):
        found = match(own, other)
        assert (found.block_match, found.text, found.position, found.color) == (0, 0, 0, 0)


def test_a_page_like_its_reference_is_matched_in_milliseconds():
    rng = np.random.default_rng(0)
    words = "the quick brown fox jumps over lazy dogs pricing plan monthly yearly contact".split()
    texts = [" ".join(rng.choice(words, rng.integers(1, 9))) + f" {i}" for i in range(60)]
    reference = [
        Block(text=t, box=(0.1, i / 60, 0.5, 0.01), color=(0, 0, 0)) for i, t in enumerate(texts)
    ]
    own = [
        b if i % 20 else Block(text="other", box=b.box, color=b.color)
        for i, b in enumerate(reference)
    ]
    match(own, reference, robust=True)
    start = time.process_time()
    found = match(own, reference, robust=True)
    assert time.process_time() - start < 0.15  # 20 to 40 ms on a quiet core
    assert len(found.pairs) == 57
