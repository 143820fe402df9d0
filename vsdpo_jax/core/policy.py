"""The GRPO term: a clipped policy gradient on group advantages."""

from __future__ import annotations

from typing import Literal, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.masked import masked_mean, masked_sum

Aggregation = Literal["sequence_mean", "token_mean"]
# exp(20) is far beyond any clip; it keeps a token that became impossible from making inf * 0.
_MAX_LOG_RATIO = 20.0


class PolicyTerm(NamedTuple):
    """L_GRPO as (sum, weight), and what happened to each token.

    Attributes:
      sum: of the negated objective over rollouts (sequence_mean) or tokens (token_mean).
      weight: how many of these there are; depends on the mask alone.
      ratio_BT: policy / behaviour probability; 1 where masked. No gradient.
      is_clipped_BT: the clip has cut the gradient of this token.
    """

    sum: Float[Array, ""]
    weight: Float[Array, ""]
    ratio_BT: Float[Array, "B T"]
    is_clipped_BT: Bool[Array, "B T"]


def log_ratio(
    logp_BT: Float[Array, "B T"],
    reference_logp_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
) -> Float[Array, "B T"]:
    """log p - log p_reference, bounded to +-20; 0 where masked."""
    difference_BT = jnp.where(mask_BT, logp_BT, 0) - jnp.where(mask_BT, reference_logp_BT, 0)
    return jnp.clip(difference_BT, -_MAX_LOG_RATIO, _MAX_LOG_RATIO)


def policy_term(
    logp_BT: Float[Array, "B T"],
    behaviour_logp_BT: Float[Array, "B T"],
    advantage_B: Float[Array, " B"],
    mask_BT: Bool[Array, "B T"],
    *,
    clip_low: float,
    clip_high: float,
    aggregation: Aggregation,
) -> PolicyTerm:
    """-min(r A, clip(r, 1 - clip_low, 1 + clip_high) A), r = pi / pi_behaviour, per token (GRPO).

    Args:
      logp_BT: the policy's log-probability of each token.
      behaviour_logp_BT: that of the policy that sampled it.
      advantage_B: of each rollout.
      mask_BT: tokens that count.
      clip_low, clip_high: how far the ratio may fall below and rise above 1.
      aggregation: "sequence_mean" averages each rollout's tokens, then rollouts; "token_mean"
        averages all tokens, so that long rollouts count more.
    """
    ratio_BT = jnp.exp(log_ratio(logp_BT, behaviour_logp_BT, mask_BT))
    advantage_B1 = jnp.where(jnp.any(mask_BT, axis=1), advantage_B, 0)[:, None]
    clipped_BT = jnp.clip(ratio_BT, 1 - clip_low, 1 + clip_high)
    loss_BT = -jnp.minimum(ratio_BT * advantage_B1, clipped_BT * advantage_B1)
    if aggregation == "sequence_mean":
        total = jnp.sum(masked_mean(loss_BT, mask_BT, axis=1))
    else:
        total = masked_sum(loss_BT, mask_BT)
    return PolicyTerm(
        sum=total,
        weight=policy_weight(mask_BT, aggregation),
        ratio_BT=ratio_BT,
        is_clipped_BT=mask_BT & (ratio_BT * advantage_B1 > clipped_BT * advantage_B1),
    )


def policy_weight(mask_BT: Bool[Array, "B T"], aggregation: Aggregation) -> Float[Array, ""]:
    """The weight of PolicyTerm: rollouts that have a token, or tokens."""
    counted = jnp.any(mask_BT, axis=1) if aggregation == "sequence_mean" else mask_BT
    return jnp.sum(counted, dtype=jnp.float32)
