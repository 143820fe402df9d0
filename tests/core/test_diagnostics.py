"""Metrics by hand, and the counters of what can go wrong in a batch."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from step_samples import ROWS, make_batch, with_all_fields
from token_samples import EVERYTHING, SETTINGS, make

from vsdpo_jax.core.diagnostics import rollout_metrics, token_metrics
from vsdpo_jax.core.inputs import masks_of


def test_by_hand():
    tokens = make(4)
    settings = dataclasses.replace(SETTINGS, kl_clamp=0.5, teacher_entropy=True)
    metrics = {name: float(value) for name, value in token_metrics(tokens, settings).items()}
    masks = tokens.masks
    kl, weight, taught, mask = (
        np.asarray(x) for x in (tokens.kl_BT, tokens.weight_BT, masks.taught_BT, masks.counted_BT)
    )
    credited, other = taught & (weight > 1), taught & (weight == 1)
    entropy, policy = np.asarray(tokens.teacher_entropy_BT), np.asarray(masks.policy_BT)
    log_ratio = np.asarray(tokens.logp_BT) - np.asarray(tokens.behaviour_logp_BT)
    ratio, advantage = np.exp(log_ratio), np.asarray(tokens.advantage_B)[:, None]
    low, high = (ratio < 0.8) & (advantage < 0), (ratio > 1.28) & (advantage > 0)
    expected = {
        "kl/mean": kl[taught].mean(),
        "kl/credited": kl[credited].mean(),
        "kl/other": kl[other].mean(),
        "kl/q50": np.quantile(kl[taught], 0.5),
        "kl/q90": np.quantile(kl[taught], 0.9),
        "kl/q99": np.quantile(kl[taught], 0.99),
        "kl/max": kl[taught].max(),
        "kl/clamped": (kl[taught] > 0.5).mean(),
        "teacher/agreement": np.asarray(tokens.agreement_BT)[taught].mean(),
        "teacher/entropy": entropy[taught].mean(),
        "teacher/feedback": taught.any(axis=1).sum() / mask.any(axis=1).sum(),
        "guard/weight": np.exp(-entropy[np.asarray(masks.distilled_BT)]).mean(),
        "policy/entropy": np.asarray(tokens.entropy_BT)[mask].mean(),
        "policy/ratio_mean": ratio[policy].mean(),
        "policy/ratio_max": ratio[policy].max(),
        "policy/clip_low": low[policy].mean(),
        "policy/clip_high": high[policy].mean(),
        "policy/clip_fraction": (low | high)[policy].mean(),
        "policy/clip_dual": 0,
        "policy/behaviour_gap": np.abs(log_ratio)[mask].mean(),
        "tokens/count": mask.sum(),
        "tokens/credited_fraction": credited.sum() / taught.sum(),
        "rollouts/with_teacher": taught.any(axis=1).sum(),
        "rollouts/distilled": np.asarray(masks.distilled_BT).any(axis=1).sum(),
        "rollouts/in_policy": policy.any(axis=1).sum(),
        "rollouts/empty": (~mask.any(axis=1)).sum(),
        "importance/ess": 1.0,
    }
    assert {name: metrics[name] for name in expected} == pytest.approx(expected, rel=1e-4)


def test_imitated_rollouts_are_counted_where_they_have_a_weight():
    tokens = make(4)
    imitated = np.asarray(tokens.masks.imitated_BT).any(axis=1).sum()
    metrics = token_metrics(tokens, dataclasses.replace(SETTINGS, sft_weight=1.0))
    assert metrics["rollouts/imitated"] == imitated > 0
    assert "rollouts/imitated" not in token_metrics(tokens, SETTINGS)


def test_rollouts_are_counted_where_they_have_a_judged_token():
    batch = jax.tree.map(jnp.asarray, with_all_fields(make_batch()))
    masks = masks_of(batch, EVERYTHING, has_teacher=True)
    metrics = rollout_metrics(batch, masks)
    has_token = batch.completion_mask_BT.any(axis=1) & batch.sample_mask_B
    assert has_token.sum() < ROWS
    assert metrics == {
        "rollouts/truncated": (batch.truncated_B & has_token).sum(),
        "rollouts/flat": (batch.flat_B & has_token).sum(),
        "rollouts/satisfied": (batch.satisfied_B & has_token).sum(),
    }
    plain = jax.tree.map(jnp.asarray, make_batch())
    assert rollout_metrics(plain, masks_of(plain, SETTINGS, has_teacher=True)) == {}
