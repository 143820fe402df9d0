"""The clipped policy term: hand-computed numbers, finite differences, poison, splits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.core.masked import safe_divide
from vsdpo_jax.core.policy import PolicyTerm, log_ratio, policy_term

B, T = 4, 5
AGGREGATIONS = ["sequence_mean", "token_mean"]


def make(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logp = -rng.exponential(size=(B, T))
    behaviour = logp + rng.normal(size=(B, T)) * 0.4
    advantage = rng.normal(size=B)
    mask = np.arange(T)[None] < rng.integers(0, T + 1, size=B)[:, None]
    return *(x.astype(np.float32) for x in (logp, behaviour, advantage)), mask  # type: ignore[return-value]


def term(logp, behaviour, advantage, mask, aggregation="sequence_mean", low=0.2, high=0.3):
    return policy_term(
        jnp.asarray(logp),
        jnp.asarray(behaviour),
        jnp.asarray(advantage),
        jnp.asarray(mask),
        clip_low=low,
        clip_high=high,
        aggregation=aggregation,
    )


def reference(logp, behaviour, advantage, mask, aggregation, low=0.2, high=0.3) -> float:
    """The definition, token by token."""
    total = 0.0
    for row in range(len(logp)):
        losses = []
        for t in range(logp.shape[1]):
            if mask[row, t]:
                ratio = np.exp(float(logp[row, t]) - float(behaviour[row, t]))
                clipped = min(max(ratio, 1 - low), 1 + high)
                losses.append(-min(ratio * advantage[row], clipped * advantage[row]))
        if losses:
            total += np.mean(losses) if aggregation == "sequence_mean" else np.sum(losses)
    return float(total)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@given(seed=st.integers(0, 10_000))
def test_equals_the_definition(aggregation, seed):
    inputs = make(seed)
    out = term(*inputs, aggregation)
    np.testing.assert_allclose(out.sum, reference(*inputs, aggregation), rtol=1e-4, atol=1e-5)
    mask = inputs[3]
    assert out.weight == (mask.any(axis=1).sum() if aggregation == "sequence_mean" else mask.sum())


def test_by_hand():
    # Ratios 2, 1/2 and 1; bounds [0.8, 1.3]. A > 0 caps the rise, A < 0 the fall.
    behaviour = np.zeros((2, 3), np.float32)
    logp = np.log(np.array([[2, 0.5, 1]] * 2, np.float32))
    out = term(logp, behaviour, np.array([1.0, -1.0], np.float32), np.ones((2, 3), bool))
    np.testing.assert_allclose(out.sum, -(1.3 + 0.5 + 1) / 3 + (2 + 0.8 + 1) / 3, rtol=1e-6)
    np.testing.assert_array_equal(out.is_clipped_BT, [[True, False, False], [False, True, False]])
    np.testing.assert_allclose(out.ratio_BT, [[2, 0.5, 1]] * 2, rtol=1e-6)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("seed", range(4))
def test_gradient_equals_finite_differences_off_policy(aggregation, seed):
    logp, behaviour, advantage, mask = make(seed)
    gradient = jax.grad(lambda x: term(x, behaviour, advantage, mask, aggregation).sum)(
        jnp.asarray(logp)
    )
    for row in range(B):
        for t in range(T):
            up, down = (logp.astype(np.float64) for _ in range(2))
            up[row, t] += 1e-5
            down[row, t] -= 1e-5
            slope = (
                reference(up, behaviour, advantage, mask, aggregation)
                - reference(down, behaviour, advantage, mask, aggregation)
            ) / 2e-5
            np.testing.assert_allclose(gradient[row, t], slope, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_on_policy_it_is_reinforce(aggregation):
    logp, _, advantage, mask = make(3)
    gradient = jax.grad(lambda x: term(x, logp, advantage, mask, aggregation).sum)(
        jnp.asarray(logp)
    )
    count = np.maximum(mask.sum(axis=1, keepdims=True), 1) if aggregation == "sequence_mean" else 1
    np.testing.assert_allclose(gradient, -advantage[:, None] * mask / count, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@given(seed=st.integers(0, 1000), poison=st.sampled_from([np.nan, np.inf, -np.inf, 1e38]))
def test_poison(aggregation, seed, poison):
    logp, behaviour, advantage, mask = make(seed)
    dead = ~mask.any(axis=1)

    def everything(logp, behaviour, advantage) -> tuple[jax.Array, PolicyTerm]:
        out = term(logp, behaviour, advantage, mask, aggregation)
        return out.sum, out

    clean = jax.value_and_grad(everything, argnums=(0, 2), has_aux=True)(
        *(jnp.asarray(x) for x in (logp, behaviour, advantage))
    )
    poisoned = jax.value_and_grad(everything, argnums=(0, 2), has_aux=True)(
        jnp.where(mask, logp, poison),
        jnp.where(mask, behaviour, -poison),
        jnp.where(dead, poison, advantage),
    )
    jax.tree.map(np.testing.assert_array_equal, poisoned, clean)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@given(seed=st.integers(0, 1000), cut=st.integers(0, B))
def test_sums_and_weights_add_up(aggregation, seed, cut):
    inputs = make(seed)
    whole = term(*inputs, aggregation)
    parts = [term(*(x[rows] for x in inputs), aggregation) for rows in (slice(cut), slice(cut, B))]
    np.testing.assert_allclose(sum(part.sum for part in parts), whole.sum, rtol=1e-4, atol=1e-5)
    assert sum(part.weight for part in parts) == whole.weight


def test_an_impossible_token_stays_finite():
    logp, behaviour = np.full((1, 1), -500, np.float32), np.zeros((1, 1), np.float32)
    mask, one = np.ones((1, 1), bool), np.ones(1, np.float32)
    for pair in ((logp, behaviour), (behaviour, logp)):
        value, gradient = jax.value_and_grad(lambda x, pair=pair: term(x, pair[1], -one, mask).sum)(
            jnp.asarray(pair[0])
        )
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
    assert log_ratio(jnp.asarray(logp), jnp.asarray(behaviour), jnp.asarray(mask)) == -20


def test_no_token_at_all():
    logp, behaviour, advantage, _ = make(0)
    for aggregation in AGGREGATIONS:
        out = term(logp, behaviour, advantage, np.zeros((B, T), bool), aggregation)
        assert out.sum == out.weight == safe_divide(out.sum, out.weight) == 0
