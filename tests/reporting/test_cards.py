import base64
import gzip
import json

import numpy as np
import pytest
from runtime_samples import make_sample

from vsdpo_jax.reporting.cards import CARDS_PER_PACK, NUM_SPREAD, NUM_WORST, chosen, index, packs
from vsdpo_jax.reporting.figures import Case
from vsdpo_jax.reporting.runs import Shown


def case(number, first, second, **changes):
    sides = tuple(
        Shown(sample=make_sample(number, reward=reward, **changes), picture=None)
        for reward in (first, second)
    )
    return Case(sides=sides, axes=("clip", "content"))


def test_the_page_comes_with_the_worst_and_a_fair_sample():
    gains = np.linspace(-0.5, 0.5, 41)
    cases = [case(i, 0.5, 0.5 + gain) for i, gain in enumerate(gains)]
    numbers = chosen(cases)
    assert numbers[:NUM_WORST] == [0, 1, 2, 3]
    others = numbers[NUM_WORST:]
    assert len(others) == NUM_SPREAD
    assert (others[0], others[-1]) == (40, 4)
    assert np.ptp(np.diff(others)) <= 1  # evenly


def test_few_tasks_are_all_there_once_and_a_failed_machine_is_no_result():
    cases = [case(0, 0.5, 0.0), case(1, 0.0, 0.5), case(2, 0.1, 0.2, status="infra")]
    assert chosen(cases) == [0, 1]


def test_of_equal_gains_the_lower_reward_is_worse():
    assert chosen([case(0, 0.5, 0.5), case(1, 0.0, 0.0)]) == [1, 0]


@pytest.mark.parametrize("count", [0, 1, CARDS_PER_PACK, CARDS_PER_PACK + 1])
def test_packs_hold_every_card_in_order_and_nothing_that_ends_a_script(count):
    cards = [f"<p>{number}</script>\u2028\ud800</p>" for number in range(count)]
    made = list(packs(cards))
    assert all(pack.replace("+", "").replace("/", "").rstrip("=").isalnum() for pack in made)
    opened = [json.loads(gzip.decompress(base64.b64decode(pack))) for pack in made]
    assert all(len(pack) == CARDS_PER_PACK for pack in opened[:-1])
    assert [card for pack in opened for card in pack] == cards


def test_the_index_says_what_filters_need():
    cases = [case(0, 0.25, 1.0), case(1, 0.5, 0.0, status="limit")]
    assert index(cases) == {
        "axes": ["clip", "content"], "perPack": CARDS_PER_PACK, "sides": 2,
        "ids": ["task-0", "task-1"], "states": [["01", "01"], ["00", "00"]],
        "ran": ["11", "00"], "gains": [0.75, 0.0], "rewards": [1.0, 0.0],
    }  # fmt: skip
