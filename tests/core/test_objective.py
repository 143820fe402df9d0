"""Eq. 6 and 7: the numbers, the laws and the known cases they reduce to."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from vsdpo_jax.core.objective import (
    ObjectiveSettings,
    Tokens,
    distillation_term,
    importance_weights,
    loss,
    loss_weights,
    token_metrics,
)

B, T = 5, 6
SETTINGS = ObjectiveSettings(beta=0.7)
SEEDS = st.integers(0, 10_000)
FLOATS = ("kl_BT", "logp_BT", "teacher_logp_BT", "entropy_BT", "behaviour_logp_BT", "weight_BT")


def make(seed: int, **change) -> Tokens:
    rng = np.random.default_rng(seed)
    mask = np.arange(T)[None] < rng.integers(0, T + 1, size=B)[:, None]
    logp = -rng.exponential(size=(B, T))
    values = {
        "kl_BT": rng.exponential(size=(B, T)),
        "logp_BT": logp,
        "teacher_logp_BT": -rng.exponential(size=(B, T)) * 2,
        "entropy_BT": rng.exponential(size=(B, T)),
        "behaviour_logp_BT": logp + rng.normal(size=(B, T)) * 0.3,
        "weight_BT": rng.choice([1.0, 2.5, 4.0], size=(B, T)),
        "advantage_B": rng.normal(size=B),
    }
    tokens = Tokens(
        **{name: jnp.asarray(value, jnp.float32) for name, value in values.items()},
        agreement_BT=jnp.asarray(rng.random((B, T)) < 0.5),
        mask_BT=jnp.asarray(mask),
        teacher_mask_BT=jnp.asarray(mask & (rng.random(B) < 0.7)[:, None]),
    )
    return tokens._replace(**change)


def weights_of(tokens: Tokens, settings: ObjectiveSettings = SETTINGS):
    return loss_weights(tokens.weight_BT, tokens.mask_BT, tokens.teacher_mask_BT, settings)


def total(tokens: Tokens, settings: ObjectiveSettings = SETTINGS) -> jax.Array:
    return loss(tokens, weights_of(tokens, settings), settings)[0]


def test_eq6_by_hand():
    kl = jnp.array([[1.0, 2.0, 9.0], [0.5, 0.5, 0.5], [7.0, 7.0, 7.0]])
    weight = jnp.array([[1.0, 3.0, 9.0], [4.0, 4.0, 4.0], [1.0, 1.0, 1.0]])
    mask = jnp.array([[True, True, False], [True, True, True], [False, False, False]])
    value, count = distillation_term(kl, weight, jnp.ones((3, 3)), mask)
    np.testing.assert_allclose(value, (1 * 1 + 3 * 2) / 4 + 0.5, rtol=1e-6)
    assert count == 2


@given(SEEDS)
def test_alpha_1_is_the_plain_mean(seed):
    tokens = make(seed)
    value, count = distillation_term(
        tokens.kl_BT, jnp.ones((B, T)), jnp.ones((B, T)), tokens.teacher_mask_BT
    )
    taught = np.asarray(tokens.teacher_mask_BT)
    rows = [
        kl[keep].mean()
        for kl, keep in zip(np.asarray(tokens.kl_BT), taught, strict=True)
        if keep.any()
    ]
    np.testing.assert_allclose(value, sum(rows), rtol=1e-5, atol=1e-6)
    assert count == len(rows)


@given(SEEDS, st.floats(0.5, 8))
def test_the_scale_of_the_weights_does_not_matter(seed, factor):
    tokens = make(seed)
    scaled = tokens._replace(weight_BT=tokens.weight_BT * factor)
    np.testing.assert_allclose(total(scaled), total(tokens), rtol=1e-4, atol=1e-5)


@given(SEEDS)
def test_beta_0_is_distillation_alone(seed):
    tokens = make(seed)
    alone = dataclasses.replace(SETTINGS, beta=0.0)
    other = tokens._replace(advantage_B=tokens.advantage_B * 100)
    assert total(tokens, alone) == total(other, alone)
    _, parts = loss(tokens, weights_of(tokens), SETTINGS)
    np.testing.assert_allclose(parts["loss/vsdpo"], total(tokens, alone), rtol=1e-6)
    np.testing.assert_allclose(
        parts["loss/total"], parts["loss/vsdpo"] + 0.7 * parts["loss/grpo"], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("aggregation", ["sequence_mean", "token_mean"])
@given(seed=SEEDS, cut=st.integers(0, B))
def test_the_parts_of_a_batch_add_up(aggregation, seed, cut):
    tokens = make(seed)
    settings = dataclasses.replace(SETTINGS, aggregation=aggregation, importance="both")
    weights = weights_of(tokens, settings)
    whole, metrics = loss(tokens, weights, settings)
    parts = [
        loss(jax.tree.map(lambda x, rows=rows: x[rows], tokens), weights, settings)
        for rows in (slice(cut), slice(cut, B))
    ]
    np.testing.assert_allclose(sum(part for part, _ in parts), whole, rtol=1e-4, atol=1e-5)
    for name, value in metrics.items():
        np.testing.assert_allclose(
            sum(part[name] for _, part in parts), value, rtol=1e-4, atol=1e-5
        )


@given(SEEDS, st.sampled_from([np.nan, np.inf, -np.inf, 1e38]))
def test_poison_reaches_no_loss_gradient_or_metric(seed, poison):
    tokens = make(seed)
    settings = dataclasses.replace(SETTINGS, importance="both")
    poisoned = _poison(tokens, poison)

    def value(kl, logp, tokens) -> jax.Array:
        return total(tokens._replace(kl_BT=kl, logp_BT=logp), settings)

    results = [
        (
            jax.value_and_grad(value, argnums=(0, 1))(t.kl_BT, t.logp_BT, t),
            token_metrics(t, settings),
        )
        for t in (tokens, poisoned)
    ]
    jax.tree.map(np.testing.assert_array_equal, *results)
    assert all(np.isfinite(x).all() for x in jax.tree.leaves(results[1]))


def _poison(tokens: Tokens, poison: float) -> Tokens:
    mask, taught = tokens.mask_BT, tokens.teacher_mask_BT
    changed = {name: jnp.where(mask, getattr(tokens, name), poison) for name in FLOATS}
    for name in ("kl_BT", "teacher_logp_BT"):
        changed[name] = jnp.where(taught, getattr(tokens, name), poison)
    return tokens._replace(
        **changed,
        agreement_BT=tokens.agreement_BT ^ ~taught,
        advantage_B=jnp.where(mask.any(axis=1), tokens.advantage_B, poison),
    )


@pytest.mark.parametrize("importance", ["stale", "context", "both"])
def test_ratio_1_gives_eq_6_to_the_letter(importance):
    tokens = make(1)
    same = tokens._replace(behaviour_logp_BT=tokens.logp_BT, teacher_logp_BT=tokens.logp_BT)
    weighted = dataclasses.replace(SETTINGS, importance=importance)
    assert total(same, weighted) == total(same)


def test_importance_by_hand():
    ones = jnp.ones((1, 3))
    tokens = Tokens(
        kl_BT=ones,
        logp_BT=jnp.log(jnp.array([[0.5, 0.1, 0.9]])),
        teacher_logp_BT=jnp.log(jnp.array([[0.6, 0.9, 0.1]])),
        entropy_BT=ones,
        agreement_BT=ones > 0,
        behaviour_logp_BT=jnp.log(jnp.array([[0.1, 0.4, 0.1]])),
        weight_BT=ones,
        advantage_B=jnp.zeros(1),
        mask_BT=ones > 0,
        teacher_mask_BT=jnp.array([[True, True, False]]),
    )
    expected_stale, expected_context = [[2, 0.25, 1]], [[1.2, 2, 1]]
    for name, expected in (
        ("stale", expected_stale),
        ("context", expected_context),
        ("both", np.multiply(expected_stale, expected_context)),
        ("none", np.ones((1, 3))),
    ):
        weights = importance_weights(tokens, dataclasses.replace(SETTINGS, importance=name))
        np.testing.assert_allclose(weights.stale_BT, expected_stale, rtol=1e-5)
        np.testing.assert_allclose(weights.context_BT, expected_context, rtol=1e-5)
        np.testing.assert_allclose(weights.used_BT, expected, rtol=1e-5)
    both = dataclasses.replace(SETTINGS, importance="both")
    metrics = token_metrics(tokens, both)
    rho = np.array([2 * 1.2, 0.25 * 2])
    np.testing.assert_allclose(
        metrics["importance/ess"], rho.sum() ** 2 / (2 * (rho**2).sum()), rtol=1e-5
    )
    np.testing.assert_allclose(metrics["importance/stale_clipped"], 0.5)
    np.testing.assert_allclose(metrics["importance/context_clipped"], 0.5)
    # The normaliser stays that of Eq. 6.
    expected = (rho[0] + rho[1]) / 2
    np.testing.assert_allclose(
        loss(tokens, weights_of(tokens), both)[1]["loss/vsdpo"], expected, rtol=1e-5
    )


def test_importance_has_no_gradient():
    settings = dataclasses.replace(SETTINGS, importance="both", beta=0.0)
    tokens = make(2)
    gradient = jax.grad(lambda logp: total(tokens._replace(logp_BT=logp), settings))(tokens.logp_BT)
    assert not np.asarray(gradient).any()


def test_metrics_by_hand():
    tokens = make(4)
    metrics = {name: float(value) for name, value in token_metrics(tokens, SETTINGS).items()}
    kl, weight, taught, mask = (
        np.asarray(x)
        for x in (tokens.kl_BT, tokens.weight_BT, tokens.teacher_mask_BT, tokens.mask_BT)
    )
    credited, other = taught & (weight > 1), taught & (weight == 1)
    expected = {
        "kl/mean": kl[taught].mean(),
        "kl/credited": kl[credited].mean(),
        "kl/other": kl[other].mean(),
        "kl/q99": np.quantile(kl[taught], 0.99),
        "kl/max": kl[taught].max(),
        "teacher/agreement": np.asarray(tokens.agreement_BT)[taught].mean(),
        "policy/entropy": np.asarray(tokens.entropy_BT)[mask].mean(),
        "tokens/count": mask.sum(),
        "tokens/credited_fraction": credited.sum() / taught.sum(),
        "rollouts/with_teacher": taught.any(axis=1).sum(),
        "rollouts/empty": (~mask.any(axis=1)).sum(),
        "importance/ess": 1.0,
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, rel=1e-5)


def test_no_rollout_counts():
    tokens = make(0)
    nothing = tokens._replace(
        mask_BT=jnp.zeros((B, T), bool), teacher_mask_BT=jnp.zeros((B, T), bool)
    )
    assert total(nothing) == 0
    metrics = token_metrics(nothing, SETTINGS)
    assert metrics.pop("rollouts/empty") == B
    assert not any(metrics.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beta", -0.1),
        ("beta", float("inf")),
        ("clip_low", 1.0),
        ("clip_high", -0.1),
        ("aggregation", "mean"),
        ("importance", "sometimes"),
        ("importance_clip", 0.5),
        ("temperature", 0.0),
        ("head_chunk", 0),
    ],
)
def test_settings_are_checked(name, value):
    # The type checks of the tests see a misspelled word first.
    with pytest.raises((ValueError, TypeCheckError), match=f"objective: {name} is|'{name}'"):
        ObjectiveSettings(**{"beta": 1.0, name: value})
