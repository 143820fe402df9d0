from itertools import count

import numpy as np
import pytest

from vsdpo_jax.domains.draws import HELDOUT_ONE_IN, SplitDraw, split_of


def test_a_text_belongs_to_one_split_and_about_one_in_six_is_held_out():
    heldout = sum(split_of(f"text {i}") == "heldout" for i in range(6000))
    assert heldout == pytest.approx(6000 / HELDOUT_ONE_IN, rel=0.1)


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_what_is_drawn_is_of_the_split_and_comes_once(split):
    draw, numbers = SplitDraw(np.random.default_rng(0), split), count()
    drawn = [draw.until(lambda: f"text {next(numbers) // 3}") for _ in range(50)]
    assert len(set(drawn)) == 50
    assert {split_of(text) for text in drawn} == {split}


def test_no_two_phrases_begin_alike():
    draw = SplitDraw(np.random.default_rng(0), "train")
    phrases = [
        draw.phrase(lambda: f"{draw.rng.integers(12)} {draw.rng.integers(40)}") for _ in range(9)
    ]
    assert len({phrase.split()[0] for phrase in phrases}) == 9
    assert {split_of(phrase) for phrase in phrases} == {"train"}
