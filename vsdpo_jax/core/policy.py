"""The terms on sampled tokens: GRPO's clipped policy gradient, reference KL, imitation."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.importance import MAX_LOG_RATIO, log_ratio
from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.masked import masked_mean, masked_sum
from vsdpo_jax.core.options import Aggregation, ObjectiveSettings


class PolicyTerm(NamedTuple):
    """L_GRPO as (sum, weight), and what happened to each token.

    Attributes:
      sum: of the negated objective over rollouts or tokens, see ``aggregate``.
      weight: how many of these there are; depends on the mask alone.
      ratio_BT: policy / behaviour probability; 1 where masked. No gradient.
      is_low_BT: the lower bound has cut the gradient of this token (A < 0).
      is_high_BT: the upper bound has (A > 0).
      is_dual_BT: the dual clip has (A < 0).
    """

    sum: Float[Array, ""]
    weight: Float[Array, ""]
    ratio_BT: Float[Array, "B T"]
    is_low_BT: Bool[Array, "B T"]
    is_high_BT: Bool[Array, "B T"]
    is_dual_BT: Bool[Array, "B T"]


def policy_term(tokens: Tokens, settings: ObjectiveSettings) -> PolicyTerm:
    """-min(r A, clip(r, 1 - clip_low, 1 + clip_high) A), r = pi / pi_behaviour (GRPO).

    With ratio "sequence" r is exp of the mean log-ratio of the rollout's tokens (GSPO). With
    clip_dual c the loss of a rollout with A < 0 is at most c |A|.
    """
    mask_BT = tokens.masks.policy_BT
    ratio_BT = jnp.exp(_policy_log_ratio(tokens, settings))
    advantage_B1 = jnp.where(jnp.any(mask_BT, axis=1), tokens.advantage_B, 0)[:, None]
    clipped_BT = jnp.clip(ratio_BT, 1 - settings.clip_low, 1 + settings.clip_high)
    gain_BT = jnp.minimum(ratio_BT * advantage_B1, clipped_BT * advantage_B1)
    is_cut_BT = mask_BT & (ratio_BT * advantage_B1 > clipped_BT * advantage_B1)
    is_dual_BT = jnp.zeros_like(mask_BT)
    if settings.clip_dual:
        is_dual_BT = mask_BT & (advantage_B1 < 0) & (ratio_BT > settings.clip_dual)
        gain_BT = jnp.where(is_dual_BT, settings.clip_dual * advantage_B1, gain_BT)
    return PolicyTerm(
        sum=aggregate(-gain_BT, mask_BT, settings.aggregation),
        weight=aggregate_weight(mask_BT, settings.aggregation),
        ratio_BT=jax.lax.stop_gradient(ratio_BT),
        is_low_BT=is_cut_BT & (advantage_B1 < 0),
        is_high_BT=is_cut_BT & (advantage_B1 > 0),
        is_dual_BT=is_dual_BT,
    )


def reference_term(tokens: Tokens, settings: ObjectiveSettings) -> Float[Array, ""]:
    """Sum of r - log r - 1, r = p_reference / p_S of the sampled token (k3): KL(p_S || p_ref).

    Over all judged tokens, aggregated as GRPO is; its weight is that of masks.counted_BT.
    """
    mask_BT = tokens.masks.counted_BT
    log_r_BT = log_ratio(tokens.reference_logp_BT, tokens.logp_BT, mask_BT)
    # expm1: near 0, where training begins, the difference of the other form is rounding.
    return aggregate(jnp.expm1(log_r_BT) - log_r_BT, mask_BT, settings.aggregation)


def imitation_term(tokens: Tokens, settings: ObjectiveSettings) -> Float[Array, ""]:
    """Sum of -log p_S of the tokens to imitate; its weight is that of masks.imitated_BT."""
    return aggregate(-tokens.logp_BT, tokens.masks.imitated_BT, settings.aggregation)


def aggregate(
    x_BT: Float[Array, "B T"], mask_BT: Bool[Array, "B T"], aggregation: Aggregation
) -> Float[Array, ""]:
    """The sum that aggregate_weight divides: of rollouts' means, or of tokens."""
    if aggregation == "sequence_mean":
        return jnp.sum(masked_mean(x_BT, mask_BT, axis=1))
    return masked_sum(x_BT, mask_BT)


def aggregate_weight(mask_BT: Bool[Array, "B T"], aggregation: Aggregation) -> Float[Array, ""]:
    """Rollouts that have a token ("sequence_mean"), tokens, or T times the former."""
    if aggregation == "token_mean":
        return jnp.sum(mask_BT, dtype=jnp.float32)
    rollouts = jnp.sum(jnp.any(mask_BT, axis=1), dtype=jnp.float32)
    return rollouts * mask_BT.shape[1] if aggregation == "constant_length" else rollouts


def _policy_log_ratio(tokens: Tokens, settings: ObjectiveSettings) -> Float[Array, "B T"]:
    mask_BT = tokens.masks.policy_BT
    if settings.ratio == "token":
        return log_ratio(tokens.logp_BT, tokens.behaviour_logp_BT, mask_BT)
    difference_BT = jnp.where(mask_BT, tokens.logp_BT, 0)
    difference_BT -= jnp.where(mask_BT, tokens.behaviour_logp_BT, 0)
    mean_B = jnp.clip(masked_mean(difference_BT, mask_BT, axis=1), -MAX_LOG_RATIO, MAX_LOG_RATIO)
    return jnp.where(mask_BT, mean_B[:, None], 0)
