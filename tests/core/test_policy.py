"""The terms on sampled tokens: hand-computed numbers, finite differences, known cases."""

from __future__ import annotations

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from token_samples import B, T, everywhere, make

from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.masked import safe_divide
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.core.policy import imitation_term, policy_term, reference_term

BASE = ObjectiveSettings(beta=1.0, clip_low=0.2, clip_high=0.3)
VARIANTS = [
    dataclasses.replace(BASE, aggregation=aggregation, ratio=ratio, clip_dual=dual)
    for aggregation, ratio, dual in itertools.product(
        ("sequence_mean", "token_mean", "constant_length"), ("token", "sequence"), (0.0, 1.5)
    )
]
over_variants = pytest.mark.parametrize(
    "settings", VARIANTS, ids=lambda x: f"{x.aggregation}-{x.ratio}-{x.clip_dual}"
)
SEEDS = st.integers(0, 10_000)
_term = jax.jit(policy_term, static_argnums=1)

NEEDED = [n for n in Tokens._fields if n.endswith("_BT") and n not in Tokens._field_defaults]


def ratio_tokens(ratio, advantage, mask=None) -> Tokens:
    """Tokens with these ratios and advantages."""
    ratio = np.asarray(ratio, np.float32)
    ones = jnp.ones(ratio.shape)
    mask = np.ones(ratio.shape, bool) if mask is None else mask
    return Tokens(
        **{name: ones for name in NEEDED},
        advantage_B=jnp.asarray(advantage, jnp.float32),
        pass_rate_B=jnp.ones(len(ratio)),
        masks=everywhere(mask),
    )._replace(behaviour_logp_BT=jnp.zeros(ratio.shape), logp_BT=jnp.log(ratio))


def reference(tokens: Tokens, settings: ObjectiveSettings, logp=None) -> tuple[float, float]:
    """The definition, token by token, in float64: (sum, weight)."""
    logp = np.asarray(tokens.logp_BT if logp is None else logp, np.float64)
    behaviour = np.asarray(tokens.behaviour_logp_BT, np.float64)
    low, high, dual = 1 - settings.clip_low, 1 + settings.clip_high, settings.clip_dual
    total, count, rollouts = 0.0, 0, 0
    for row, mask in enumerate(np.asarray(tokens.masks.policy_BT)):
        if not mask.any():
            continue
        ratios = np.exp(logp[row] - behaviour[row])[mask]
        if settings.ratio == "sequence":
            ratios = np.full_like(ratios, np.exp(np.log(ratios).mean()))
        advantage = float(tokens.advantage_B[row])
        losses = [-min(r * advantage, min(max(r, low), high) * advantage) for r in ratios]
        if dual and advantage < 0:
            losses = [min(value, -dual * advantage) for value in losses]
        total += np.mean(losses) if settings.aggregation == "sequence_mean" else np.sum(losses)
        count, rollouts = count + len(ratios), rollouts + 1
    weights = {
        "sequence_mean": rollouts,
        "token_mean": count,
        "constant_length": rollouts * logp.shape[1],
    }
    return float(total), weights[settings.aggregation]


@over_variants
@hypothesis_settings(max_examples=25)
@given(seed=SEEDS)
def test_equals_the_definition(settings, seed):
    tokens = make(seed)
    out, expected = _term(tokens, settings), reference(tokens, settings)
    np.testing.assert_allclose((out.sum, out.weight), expected, rtol=1e-4, atol=1e-5)


@over_variants
@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_finite_differences_off_policy(settings, seed):
    tokens = make(seed)
    gradient = jax.grad(lambda x: _term(tokens._replace(logp_BT=x), settings).sum)(tokens.logp_BT)
    for row, t in itertools.product(range(B), range(T)):
        step = np.zeros((B, T))
        step[row, t] = 1e-5
        logp = np.asarray(tokens.logp_BT, np.float64)
        up, down = (reference(tokens, settings, x)[0] for x in (logp + step, logp - step))
        np.testing.assert_allclose(gradient[row, t], (up - down) / 2e-5, rtol=1e-3, atol=1e-4)


def test_by_hand():
    # Ratios 2, 1/2 and 1; bounds [0.8, 1.3]. A > 0 caps the rise, A < 0 the fall.
    tokens = ratio_tokens([[2, 0.5, 1]] * 2, [1, -1])
    out = policy_term(tokens, BASE)
    np.testing.assert_allclose(out.sum, -(1.3 + 0.5 + 1) / 3 + (2 + 0.8 + 1) / 3, rtol=1e-6)
    np.testing.assert_array_equal(out.is_high_BT, [[True, False, False], [False] * 3])
    np.testing.assert_array_equal(out.is_low_BT, [[False] * 3, [False, True, False]])
    np.testing.assert_allclose(out.ratio_BT, [[2, 0.5, 1]] * 2, rtol=1e-6)
    dual = policy_term(tokens, dataclasses.replace(BASE, clip_dual=1.5))
    np.testing.assert_allclose(dual.sum, -(1.3 + 0.5 + 1) / 3 + (1.5 + 0.8 + 1) / 3, rtol=1e-6)
    np.testing.assert_array_equal(dual.is_dual_BT, [[False] * 3, [True, False, False]])
    gspo = policy_term(tokens, dataclasses.replace(BASE, ratio="sequence"))
    np.testing.assert_allclose(gspo.ratio_BT, np.ones((2, 3)), rtol=1e-6)
    constant = policy_term(
        ratio_tokens([[2, 0.5, 1]] * 2, [1, -1], np.array([[True] * 3, [True, False, False]])),
        dataclasses.replace(BASE, aggregation="constant_length"),
    )
    np.testing.assert_allclose(constant.sum / constant.weight, (-2.8 + 2) / 6, rtol=1e-6)


@hypothesis_settings(max_examples=25)
@given(SEEDS)
def test_a_dual_clip_far_away_is_none(seed):
    tokens = make(seed)
    far = dataclasses.replace(BASE, clip_dual=1e9)
    np.testing.assert_array_equal(_term(tokens, far).sum, _term(tokens, BASE).sum)
    assert not np.asarray(_term(tokens, far).is_dual_BT).any()


@hypothesis_settings(max_examples=25)
@given(SEEDS)
def test_gspo_of_one_token_is_the_token_ratio(seed):
    tokens = make(seed)
    tokens = tokens._replace(masks=everywhere(tokens.masks.policy_BT & (np.arange(T) == 0)[None]))
    sequence = dataclasses.replace(BASE, ratio="sequence")
    np.testing.assert_allclose(_term(tokens, sequence).sum, _term(tokens, BASE).sum, 1e-5, 1e-6)


@hypothesis_settings(max_examples=25)
@given(SEEDS)
def test_constant_length_of_full_rollouts_is_the_token_mean(seed):
    tokens = make(seed)._replace(masks=everywhere(np.ones((B, T), bool)))
    token_mean, constant = (
        _term(tokens, dataclasses.replace(BASE, aggregation=how))
        for how in ("token_mean", "constant_length")
    )
    assert (token_mean.sum, token_mean.weight) == (constant.sum, constant.weight)


@over_variants
def test_on_policy_it_is_reinforce(settings):
    tokens = make(3)
    tokens = tokens._replace(behaviour_logp_BT=tokens.logp_BT)
    mask = np.asarray(tokens.masks.policy_BT)
    gradient = jax.grad(lambda x: _term(tokens._replace(logp_BT=x), settings).sum)(tokens.logp_BT)
    per_row = np.maximum(mask.sum(axis=1, keepdims=True), 1)
    count = per_row if settings.aggregation == "sequence_mean" else 1
    expected = -np.asarray(tokens.advantage_B)[:, None] * mask / count
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-6)


def test_k3_by_hand():
    p, reference_p = np.array([[0.5, 0.2, 0.1]]), np.array([[0.25, 0.2, 0.4]])
    tokens = ratio_tokens(p, [0], np.array([[True, True, False]]))
    tokens = tokens._replace(reference_logp_BT=jnp.log(jnp.asarray(reference_p, jnp.float32)))
    expected = (0.5 - np.log(0.5) - 1) / 2
    np.testing.assert_allclose(reference_term(tokens, BASE), expected, rtol=1e-5)
    gradient = jax.grad(lambda x: reference_term(tokens._replace(logp_BT=x), BASE))(tokens.logp_BT)
    np.testing.assert_allclose(gradient, [[(1 - 0.5) / 2, 0, 0]], atol=1e-6)


@hypothesis_settings(max_examples=25)
@given(SEEDS)
def test_k3_is_never_negative_and_zero_at_the_reference(seed):
    tokens = make(seed)
    assert reference_term(tokens, BASE) >= 0
    same = tokens._replace(reference_logp_BT=tokens.logp_BT)
    value, gradient = jax.value_and_grad(lambda x: reference_term(same._replace(logp_BT=x), BASE))(
        same.logp_BT
    )
    assert value == 0
    assert not np.asarray(gradient).any()


def test_k3_estimates_the_divergence():
    """In the mean over samples of p it is KL(p || reference)."""
    rng = np.random.default_rng(0)
    p, other = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5) * 3)
    sampled = rng.choice(5, size=(1, 200_000), p=p)
    tokens = ratio_tokens(np.ones(sampled.shape), [0])._replace(
        logp_BT=jnp.asarray(np.log(p)[sampled], jnp.float32),
        reference_logp_BT=jnp.asarray(np.log(other)[sampled], jnp.float32),
    )
    exact = (p * np.log(p / other)).sum()
    np.testing.assert_allclose(reference_term(tokens, BASE), exact, rtol=0.02)


def test_imitation_is_the_mean_negative_log_likelihood():
    tokens = make(5)
    rows = [
        -np.asarray(tokens.logp_BT)[row][mask].mean()
        for row, mask in enumerate(np.asarray(tokens.masks.imitated_BT))
        if mask.any()
    ]
    np.testing.assert_allclose(imitation_term(tokens, BASE), sum(rows), rtol=1e-5)


@pytest.mark.parametrize("ratio", ["token", "sequence"])
@pytest.mark.parametrize(("own", "behaviour"), [(-500.0, 0.0), (0.0, -500.0)])
def test_an_impossible_token_stays_finite(ratio, own, behaviour):
    tokens = ratio_tokens([[1.0]], [-1])._replace(behaviour_logp_BT=jnp.full((1, 1), behaviour))
    settings = dataclasses.replace(BASE, ratio=ratio)

    def value(logp):
        changed = tokens._replace(logp_BT=logp)
        return policy_term(changed, settings).sum + reference_term(changed, settings)

    result, gradient = jax.value_and_grad(value)(jnp.full((1, 1), own))
    assert np.isfinite(result)
    assert np.isfinite(gradient).all()


def test_no_token_at_all():
    tokens = make(0)._replace(masks=everywhere(np.zeros((B, T), bool)))
    for settings in VARIANTS:
        out = _term(tokens, settings)
        assert out.sum == out.weight == safe_divide(out.sum, out.weight) == 0


def test_the_gradient_of_a_dual_clipped_token_is_zero():
    tokens = ratio_tokens([[2.0, 1.2]], [-1])
    settings = dataclasses.replace(BASE, clip_dual=1.5)
    gradient = jax.grad(
        functools.partial(lambda s, x: policy_term(tokens._replace(logp_BT=x), s).sum, settings)
    )(tokens.logp_BT)
    np.testing.assert_allclose(gradient, [[0, 0.6]], rtol=1e-5)
