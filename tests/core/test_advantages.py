"""Group advantages: hand-computed numbers and the group law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vsdpo_jax.core.advantages import check_rewards, group_advantages, is_flat, pass_rate

GROUPS = (3, 5)
REWARDS = hnp.arrays(np.float32, GROUPS, elements=st.sampled_from([0, 0.125, 0.25, 0.5, 0.75, 1]))
MASKS = hnp.arrays(bool, GROUPS)
SCALED = st.booleans()


def test_by_hand():
    reward = np.array(
        [[1, 0, 0.5, 0.5], [0.3, 0.3, 0.3, 0.3], [1, 0, 9, 9], [1, 9, 9, 9]], np.float32
    )
    mask = np.array([[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]], bool)
    plain = group_advantages(reward, mask, normalize_std=False)
    expected = [[0.5, -0.5, 0, 0], [0, 0, 0, 0], [0.5, -0.5, 0, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(plain, expected, atol=1e-7)
    scaled = group_advantages(reward, mask)
    deviation = np.std([1, 0, 0.5, 0.5], ddof=1) + 1e-6
    np.testing.assert_allclose(scaled[0], [0.5 / deviation, -0.5 / deviation, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(scaled[2], [0.5**0.5, -(0.5**0.5), 0, 0], rtol=1e-5)
    np.testing.assert_array_equal(is_flat(reward, mask), [False, True, False, True])


@given(REWARDS, MASKS, st.sampled_from([-4, -1, 0.5, 8]), SCALED)
def test_a_shift_of_a_group_changes_nothing(reward, mask, shift, scaled):
    moved = reward.copy()
    moved[1] += shift
    np.testing.assert_allclose(
        group_advantages(moved, mask, normalize_std=scaled),
        group_advantages(reward, mask, normalize_std=scaled),
        atol=2e-5,
    )


@given(REWARDS, MASKS, st.permutations(range(GROUPS[1])), SCALED)
def test_a_permutation_permutes(reward, mask, order, scaled):
    straight = group_advantages(reward, mask, normalize_std=scaled)
    permuted = group_advantages(reward[:, order], mask[:, order], normalize_std=scaled)
    np.testing.assert_allclose(permuted, np.asarray(straight)[:, order], atol=1e-5)


@given(REWARDS, MASKS, st.sampled_from([np.nan, np.inf, 1e30]), SCALED)
def test_masked_rollouts_count_nowhere(reward, mask, poison, scaled):
    poisoned = np.where(mask, reward, np.float32(poison))
    actual = np.asarray(group_advantages(poisoned, mask, normalize_std=scaled))
    np.testing.assert_array_equal(
        actual, group_advantages(np.where(mask, reward, 0), mask, normalize_std=scaled)
    )
    assert (actual[~mask] == 0).all()
    np.testing.assert_allclose(actual.sum(axis=1), 0, atol=1e-5)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.7])
@pytest.mark.parametrize("size", [2, 3, 7, 8])
def test_equal_rewards_give_exactly_zero(value, size):
    reward, mask = np.full((1, size), value, np.float32), np.ones((1, size), bool)
    assert is_flat(reward, mask).all()
    assert not np.asarray(group_advantages(reward, mask)).any()


def test_a_group_of_one_teaches_nothing():
    assert group_advantages(np.ones((2, 1), np.float32), np.ones((2, 1), bool)).tolist() == [
        [0],
        [0],
    ]


def test_pass_rate():
    satisfied = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 1, 1], [1, 1, 1, 1]], bool)
    mask = np.array([[1, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    np.testing.assert_allclose(pass_rate(satisfied, mask), [2 / 3, 0, 0, 1])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_check_rewards(value):
    reward, mask = np.zeros((2, 3)), np.ones((2, 3), bool)
    reward[1, 2] = value
    with pytest.raises(ValueError, match="prompt 1, rollout 2"):
        check_rewards(reward, mask)
    mask[1, 2] = False
    check_rewards(reward, mask)
    with pytest.raises(ValueError, match=r"shape \(6,\)"):
        check_rewards(reward.reshape(-1), mask.reshape(-1))
