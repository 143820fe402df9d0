"""The metrics of an update, among them those that tell early that a run goes wrong.

Collapse shows first in "teacher/agreement" and "policy/entropy" falling or "teacher/entropy"
rising, in the upper quantiles of the divergence, and in effective shares far below 1.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.guards import guard_weights
from vsdpo_jax.core.importance import effective_share, importance_weights, log_ratio
from vsdpo_jax.core.inputs import Masks, Tokens, TrainBatch
from vsdpo_jax.core.masked import masked_max, masked_mean, masked_quantile, safe_divide
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.core.policy import policy_term

Metrics = dict[str, Float[Array, ""]]


def token_metrics(tokens: Tokens, settings: ObjectiveSettings) -> Metrics:
    """What the tokens of a whole batch say about an update, by name; 0 where nothing counts.

    "kl/*": the divergence in nats per token that a teacher has read (credited: w > 1; clamped:
    share beyond the clamp); of divergence "sampled" the surrogate's values. kl_clip does not change
    them: "kl/cut" is what it takes off their mean, "kl/cut_share" the share of tokens that lose
    anything, where there is one. With a baseline, which is then part of the teacher,
    "teacher/generic" is the mean of what feedback on another rollout raises, log p_O - log p_S of
    the sampled tokens, and "rollouts/with_baseline" how many have one. "teacher/feedback":
    share of the rollouts that a teacher has read. "guard/weight": mean factor of the guards.
    "importance/*ess": effective share of the tokens, (sum rho)^2 / (n sum rho^2).
    "policy/behaviour_gap": mean |log pi - log pi_behaviour|. "rollouts/imitated": rows that L_SFT
    raises, where it has a weight.
    """
    counted_BT, taught_BT = tokens.masks.counted_BT, tokens.masks.taught_BT
    is_credited_BT = taught_BT & (tokens.weight_BT > 1)
    clamp = settings.kl_clamp if settings.kl_clamp else jnp.inf
    kl_BT = tokens.kl_BT if tokens.kl_cut_BT is None else tokens.kl_BT + tokens.kl_cut_BT
    num_taught = jnp.sum(taught_BT, dtype=jnp.float32)
    num_with_teacher = _rows(taught_BT)
    return {
        "kl/mean": masked_mean(kl_BT, taught_BT),
        "kl/credited": masked_mean(kl_BT, is_credited_BT),
        "kl/other": masked_mean(kl_BT, taught_BT & ~is_credited_BT),
        "kl/q50": masked_quantile(kl_BT, taught_BT, 0.5),
        "kl/q90": masked_quantile(kl_BT, taught_BT, 0.9),
        "kl/q99": masked_quantile(kl_BT, taught_BT, 0.99),
        "kl/max": masked_max(kl_BT, taught_BT),
        "kl/clamped": _share(tokens.kl_BT > clamp, taught_BT),
        "teacher/agreement": _share(tokens.agreement_BT, taught_BT),
        "teacher/entropy": masked_mean(tokens.teacher_entropy_BT, taught_BT),
        "teacher/feedback": safe_divide(num_with_teacher, _rows(counted_BT)),
        "teacher/log_ratio": masked_mean(
            log_ratio(tokens.teacher_logp_BT, tokens.logp_BT, taught_BT), taught_BT
        ),
        "guard/weight": masked_mean(guard_weights(tokens, settings), tokens.masks.distilled_BT),
        "tokens/count": jnp.sum(counted_BT, dtype=jnp.float32),
        "tokens/credited_fraction": safe_divide(
            jnp.sum(is_credited_BT, dtype=jnp.float32), num_taught
        ),
        "rollouts/with_teacher": num_with_teacher,
        "rollouts/distilled": _rows(tokens.masks.distilled_BT),
        "rollouts/in_policy": _rows(tokens.masks.policy_BT),
        "rollouts/empty": jnp.sum(~jnp.any(counted_BT, axis=1), dtype=jnp.float32),
        **({"rollouts/imitated": _rows(tokens.masks.imitated_BT)} if settings.sft_weight else {}),
        **_importance_metrics(tokens, settings),
        **_policy_metrics(tokens, settings),
        **_option_metrics(tokens),
    }


def _option_metrics(tokens: Tokens) -> Metrics:
    """Of options that are off by default, where they are on."""
    metrics, taught_BT = {}, tokens.masks.taught_BT
    if tokens.kl_cut_BT is not None:
        metrics["kl/cut"] = masked_mean(tokens.kl_cut_BT, taught_BT)
        metrics["kl/cut_share"] = _share(tokens.kl_cut_BT > 0, taught_BT)
    if tokens.baseline_logp_BT is not None and tokens.baselined_BT is not None:
        raised_BT = log_ratio(tokens.baseline_logp_BT, tokens.logp_BT, tokens.baselined_BT)
        metrics["teacher/generic"] = masked_mean(raised_BT, tokens.baselined_BT)
        metrics["rollouts/with_baseline"] = _rows(tokens.baselined_BT)
    return metrics


def _importance_metrics(tokens: Tokens, settings: ObjectiveSettings) -> Metrics:
    taught_BT, clip = tokens.masks.taught_BT, settings.importance_clip
    importance = importance_weights(tokens, settings)
    is_bounded_BT = (importance.context_BT >= clip) | (importance.context_BT <= 1 / clip)
    return {
        "importance/stale_mean": masked_mean(importance.stale_BT, taught_BT),
        "importance/stale_clipped": _share(importance.stale_BT >= clip, taught_BT),
        "importance/stale_ess": effective_share(importance.stale_BT, taught_BT),
        "importance/context_mean": masked_mean(importance.context_BT, taught_BT),
        "importance/context_clipped": _share(is_bounded_BT, taught_BT),
        "importance/context_ess": effective_share(importance.context_BT, taught_BT),
        "importance/ess": effective_share(importance.used_BT, taught_BT),
    }


def _policy_metrics(tokens: Tokens, settings: ObjectiveSettings) -> Metrics:
    counted_BT, policy_BT = tokens.masks.counted_BT, tokens.masks.policy_BT
    policy = policy_term(tokens, settings)
    gap_BT = jnp.abs(log_ratio(tokens.logp_BT, tokens.behaviour_logp_BT, counted_BT))
    is_clipped_BT = policy.is_low_BT | policy.is_high_BT | policy.is_dual_BT
    return {
        "policy/entropy": masked_mean(tokens.entropy_BT, counted_BT),
        "policy/ratio_mean": masked_mean(policy.ratio_BT, policy_BT),
        "policy/ratio_max": masked_max(policy.ratio_BT, policy_BT),
        "policy/clip_fraction": _share(is_clipped_BT, policy_BT),
        "policy/clip_low": _share(policy.is_low_BT, policy_BT),
        "policy/clip_high": _share(policy.is_high_BT, policy_BT),
        "policy/clip_dual": _share(policy.is_dual_BT, policy_BT),
        "policy/behaviour_gap": masked_mean(gap_BT, counted_BT),
    }


def rollout_metrics(batch: TrainBatch, masks: Masks) -> Metrics:
    """Counts over the rollouts that have a judged token, of what the batch says about them."""
    has_token_B = jnp.any(masks.counted_BT, axis=1)
    fields: dict[str, Any] = {
        "rollouts/truncated": batch.truncated_B,
        "rollouts/flat": batch.flat_B,
        "rollouts/satisfied": batch.satisfied_B,
    }
    return {
        name: jnp.sum(row_B & has_token_B, dtype=jnp.float32)
        for name, row_B in fields.items()
        if row_B is not None
    }


def _rows(mask_BT: Bool[Array, "B T"]) -> Float[Array, ""]:
    return jnp.sum(jnp.any(mask_BT, axis=1), dtype=jnp.float32)


def _share(condition_BT: Bool[Array, "B T"], among_BT: Bool[Array, "B T"]) -> Float[Array, ""]:
    return masked_mean(condition_BT.astype(jnp.float32), among_BT)
