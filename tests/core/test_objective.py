"""Eq. 6 and 7: the numbers, the laws and the known cases they reduce to."""

from __future__ import annotations

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from token_samples import (
    EVERYTHING,
    SETTINGS,
    B,
    T,
    everywhere,
    make,
    poisoned,
    rows_of,
    total,
    weights_of,
)

from vsdpo_jax.core.diagnostics import token_metrics
from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.objective import distillation_term, loss
from vsdpo_jax.core.options import ObjectiveSettings

SEEDS = st.integers(0, 10_000)
VARIANTS = {
    "paper": SETTINGS,
    "everything": EVERYTHING,
    "token_mean": dataclasses.replace(SETTINGS, aggregation="token_mean", importance="both"),
    "constant_length": dataclasses.replace(SETTINGS, aggregation="constant_length"),
    "gspo": dataclasses.replace(SETTINGS, ratio="sequence", clip_dual=3.0, clip_low=3e-4),
    "batch": dataclasses.replace(SETTINGS, normalization="batch", teacher_entropy=True),
    "guarded": dataclasses.replace(SETTINGS, pass_rate_weight=True, kl_clamp=0.5),
    "sft": ObjectiveSettings(beta=0.0, distill_weight=0.0, sft_weight=1.0),
}
over_variants = pytest.mark.parametrize("settings", VARIANTS.values(), ids=VARIANTS.keys())


@functools.partial(jax.jit, static_argnums=2)
def _loss(tokens, weights, settings):
    return loss(tokens, weights, settings)


@functools.partial(jax.jit, static_argnums=1)
def _slopes(tokens: Tokens, settings: ObjectiveSettings):
    def value(kl, logp):
        return total(tokens._replace(kl_BT=kl, logp_BT=logp), settings)

    return jax.value_and_grad(value, argnums=(0, 1))(tokens.kl_BT, tokens.logp_BT)


_metrics = jax.jit(token_metrics, static_argnums=1)


def reference_vsdpo(tokens: Tokens, settings: ObjectiveSettings) -> float:
    """The distillation, token by token, in float64."""
    shares, weight_sum, row_losses = 0.0, 0.0, []
    for row in range(B):
        total_row = weight_row = 0.0
        for t in range(T):
            if not tokens.masks.distilled_BT[row, t]:
                continue
            own, teacher = float(tokens.logp_BT[row, t]), float(tokens.teacher_logp_BT[row, t])
            stale = min(np.exp(own - float(tokens.behaviour_logp_BT[row, t])), 2)
            context = min(max(np.exp(teacher - own), 0.5), 2)
            factor = {"none": 1, "stale": stale, "context": context, "both": stale * context}[
                settings.importance
            ]
            if settings.teacher_entropy:
                factor *= np.exp(-float(tokens.teacher_entropy_BT[row, t]))
            if settings.pass_rate_weight:
                rate = float(tokens.pass_rate_B[row])
                factor *= np.sqrt(rate * (1 - rate))
            kl = float(tokens.kl_BT[row, t])
            kl = min(kl, settings.kl_clamp) if settings.kl_clamp else kl
            weight = float(tokens.weight_BT[row, t])
            total_row += weight * factor * kl
            weight_row += weight
        if weight_row:
            row_losses.append(total_row / weight_row)
        shares, weight_sum = shares + total_row, weight_sum + weight_row
    if not row_losses:
        return 0.0
    return float(
        np.mean(row_losses) if settings.normalization == "rollout" else shares / weight_sum
    )


def test_eq6_by_hand():
    kl = jnp.array([[1.0, 2.0, 9.0], [0.5, 0.5, 0.5], [7.0, 7.0, 7.0]])
    weight = jnp.array([[1.0, 3.0, 9.0], [4.0, 4.0, 4.0], [1.0, 1.0, 1.0]])
    mask = jnp.array([[True, True, False], [True, True, True], [False, False, False]])
    value, count = distillation_term(kl, weight, jnp.ones((3, 3)), mask)
    np.testing.assert_allclose(value, (1 * 1 + 3 * 2) / 4 + 0.5, rtol=1e-6)
    assert count == 2
    value, weight_sum = distillation_term(kl, weight, jnp.ones((3, 3)), mask, "batch")
    np.testing.assert_allclose(value, 1 * 1 + 3 * 2 + 12 * 0.5, rtol=1e-6)
    assert weight_sum == 16


@over_variants
@hypothesis_settings(max_examples=25)
@given(seed=SEEDS)
def test_the_distillation_equals_its_definition(settings, seed):
    tokens = make(seed)
    _, parts = _loss(tokens, weights_of(tokens, settings), settings)
    expected = reference_vsdpo(tokens, settings)
    np.testing.assert_allclose(parts["loss/vsdpo"], expected, rtol=1e-4, atol=1e-6)


@over_variants
def test_the_total_is_the_weighted_sum_of_the_terms(settings):
    tokens = make(1)
    value, parts = _loss(tokens, weights_of(tokens, settings), settings)
    share = {
        "vsdpo": settings.distill_weight,
        "grpo": settings.beta,
        "reference": settings.reference_kl,
        "sft": settings.sft_weight,
    }
    expected = sum(share[name] * parts.get(f"loss/{name}", 0) for name in share)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    assert value == parts["loss/total"]
    assert {"loss/reference", "loss/sft"} & parts.keys() == {
        f"loss/{name}" for name in ("reference", "sft") if share[name]
    }


@hypothesis_settings(max_examples=25)
@given(SEEDS)
def test_alpha_1_and_beta_0_is_the_plain_mean_kl(seed):
    tokens = make(seed)._replace(weight_BT=jnp.ones((B, T)))
    distilled = np.asarray(tokens.masks.distilled_BT)
    rows = [
        kl[keep].mean()
        for kl, keep in zip(np.asarray(tokens.kl_BT), distilled, strict=True)
        if keep.any()
    ]
    value = total(tokens, dataclasses.replace(SETTINGS, beta=0.0))
    np.testing.assert_allclose(value, np.mean(rows) if rows else 0, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("normalization", ["rollout", "batch"])
@hypothesis_settings(max_examples=25)
@given(seed=SEEDS, factor=st.floats(0.5, 8))
def test_the_scale_of_the_weights_does_not_matter(normalization, seed, factor):
    tokens = make(seed)
    settings = dataclasses.replace(SETTINGS, normalization=normalization)
    scaled = tokens._replace(weight_BT=tokens.weight_BT * factor)
    np.testing.assert_allclose(total(scaled, settings), total(tokens, settings), 1e-4, 1e-5)


def test_normalisations_agree_on_one_rollout_and_differ_on_two():
    tokens, batch = make(3), dataclasses.replace(SETTINGS, normalization="batch", beta=0.0)
    plain = dataclasses.replace(batch, normalization="rollout")
    for row in range(B):
        one = rows_of(tokens, slice(row, row + 1))
        np.testing.assert_allclose(total(one, batch), total(one, plain), rtol=1e-6)
    assert abs(total(tokens, batch) - total(tokens, plain)) > 1e-3


def test_beta_0_is_distillation_alone():
    alone = dataclasses.replace(SETTINGS, beta=0.0)
    tokens = make(1)
    other = tokens._replace(advantage_B=tokens.advantage_B * 100)
    assert total(tokens, alone) == total(other, alone)
    assert total(tokens, alone) == _loss(tokens, weights_of(tokens), SETTINGS)[1]["loss/vsdpo"]


def test_without_distillation_it_is_grpo_alone():
    tokens, settings = make(1), dataclasses.replace(SETTINGS, distill_weight=0.0)
    other = tokens._replace(kl_BT=tokens.kl_BT * 100)
    assert total(tokens, settings) == total(other, settings)
    assert not np.asarray(_slopes(tokens, settings)[1][0]).any()


def test_sft_alone_is_the_negative_log_likelihood():
    tokens = make(2)
    settings = dataclasses.replace(VARIANTS["sft"], aggregation="token_mean")
    imitated = np.asarray(tokens.masks.imitated_BT)
    expected = -np.asarray(tokens.logp_BT)[imitated].mean()
    value, (_, slope) = _slopes(tokens, settings)
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    np.testing.assert_allclose(slope, imitated * (-1 / imitated.sum()), rtol=1e-6)


@over_variants
@hypothesis_settings(max_examples=20)
@given(seed=SEEDS, cut=st.integers(1, B - 1))
def test_the_parts_of_a_batch_add_up(settings, seed, cut):
    tokens = make(seed)
    weights = weights_of(tokens, settings)
    whole, metrics = _loss(tokens, weights, settings)
    parts = [
        _loss(rows_of(tokens, rows), weights, settings) for rows in (slice(cut), slice(cut, B))
    ]
    np.testing.assert_allclose(sum(part for part, _ in parts), whole, rtol=1e-4, atol=1e-5)
    for name, value in metrics.items():
        np.testing.assert_allclose(
            sum(part[name] for _, part in parts), value, rtol=1e-4, atol=1e-5
        )
    split = [weights_of(rows_of(tokens, rows), settings) for rows in (slice(cut), slice(cut, B))]
    jax.tree.map(
        lambda whole, *parts: np.testing.assert_allclose(sum(parts), whole), weights, *split
    )


@over_variants
@hypothesis_settings(max_examples=20)
@given(seed=SEEDS, poison=st.sampled_from([np.nan, np.inf, -np.inf, 1e38]))
def test_poison_reaches_no_loss_gradient_or_metric(settings, seed, poison):
    tokens = make(seed)
    results = [
        (_slopes(each, settings), _metrics(each, settings))
        for each in (tokens, poisoned(tokens, poison))
    ]
    jax.tree.map(np.testing.assert_array_equal, *results)
    assert all(np.isfinite(x).all() for x in jax.tree.leaves(results[1]))


@pytest.mark.parametrize("importance", ["stale", "context", "both"])
def test_ratio_1_gives_eq_6_to_the_letter(importance):
    tokens = make(1)
    same = tokens._replace(behaviour_logp_BT=tokens.logp_BT, teacher_logp_BT=tokens.logp_BT)
    weighted = dataclasses.replace(SETTINGS, importance=importance)
    assert total(same, weighted) == total(same)


def test_the_schedule_of_beta():
    settings = dataclasses.replace(SETTINGS, beta_final_share=0.5, num_updates=11)
    tokens = make(4)
    for update, beta in ((0, 0.7), (5, 0.525), (10, 0.35), (99, 0.35)):
        np.testing.assert_allclose(settings.beta_at(update), beta, rtol=1e-6)
        weights = weights_of(tokens, settings)
        value, parts = loss(tokens, weights, settings, settings.beta_at(update))
        expected = parts["loss/vsdpo"] + beta * parts["loss/grpo"]
        np.testing.assert_allclose(value, expected, rtol=1e-5)


def test_no_rollout_counts():
    nothing = make(0)._replace(masks=everywhere(np.zeros((B, T), bool)))
    for settings in VARIANTS.values():
        assert total(nothing, settings) == 0
        metrics = dict(_metrics(nothing, settings))
        assert metrics.pop("rollouts/empty") == B
        assert not any(metrics.values())
