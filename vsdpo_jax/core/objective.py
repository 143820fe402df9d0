"""The loss of Eq. 6 and 7 on per-token quantities.

Losses come as (sum, weight), where weights depend on masks and credit alone: whoever splits a
batch adds up sums and divides once by the weight of the whole. What the options mean, and where
they are from, stands in options.py.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.guards import clamp, guard_weights
from vsdpo_jax.core.importance import importance_weights
from vsdpo_jax.core.inputs import Masks, Tokens
from vsdpo_jax.core.masked import masked_sum, safe_divide
from vsdpo_jax.core.options import Normalization, ObjectiveSettings
from vsdpo_jax.core.policy import aggregate_weight, imitation_term, policy_term, reference_term


class LossWeights(NamedTuple):
    """The divisors of the terms, over a whole batch."""

    distillation: Float[Array, ""]
    policy: Float[Array, ""]
    reference: Float[Array, ""]
    imitation: Float[Array, ""]


def distillation_term(
    kl_BT: Float[Array, "B T"],
    weight_BT: Float[Array, "B T"],
    factor_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
    normalization: Normalization = "rollout",
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """sum_t w_t f_t KL_t / sum_t w_t of each rollout (Eq. 6; f = 1 is the equation itself).

    Args:
      kl_BT: the divergence.
      weight_BT: w, credit.
      factor_BT: f, importance weights and guards, which do not enter the normaliser.
      mask_BT: tokens that count.
      normalization: "batch" leaves the division by sum w to the whole batch.

    Returns:
      (the sum over rollouts, how many have a token of positive weight); for "batch"
      (sum w f KL, sum w).
    """
    weighted_BT = jnp.where(mask_BT, weight_BT, 0) * jnp.where(mask_BT, factor_BT, 0)
    total_B = masked_sum(weighted_BT * jnp.where(mask_BT, kl_BT, 0), mask_BT, axis=1)
    if normalization == "rollout":
        total_B = safe_divide(total_B, masked_sum(weight_BT, mask_BT, axis=1))
    return jnp.sum(total_B), distillation_weight(weight_BT, mask_BT, normalization)


def distillation_weight(
    weight_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
    normalization: Normalization = "rollout",
) -> Float[Array, ""]:
    """The weight of distillation_term: rollouts with a token of positive weight, or sum w."""
    weight_B = masked_sum(weight_BT, mask_BT, axis=1)
    return jnp.sum(weight_B > 0 if normalization == "rollout" else weight_B, dtype=jnp.float32)


def loss_weights(
    weight_BT: Float[Array, "B T"], masks: Masks, settings: ObjectiveSettings
) -> LossWeights:
    """The divisors of a whole batch, before any forward pass."""
    how = settings.aggregation
    return LossWeights(
        distillation=distillation_weight(weight_BT, masks.distilled_BT, settings.normalization),
        policy=aggregate_weight(masks.policy_BT, how),
        reference=aggregate_weight(masks.counted_BT, how),
        imitation=aggregate_weight(masks.imitated_BT, how),
    )


def is_empty(
    weights: LossWeights, settings: ObjectiveSettings, beta: jax.Array | float
) -> Bool[Array, ""]:
    """Whether nothing in a batch counts in any term that has a weight; beta: of this update."""
    has_part = jnp.stack([
        settings.distill_weight * weights.distillation > 0,
        beta * weights.policy > 0,
        settings.reference_kl * weights.reference > 0,
        settings.sft_weight * weights.imitation > 0,
    ])  # fmt: skip
    return ~jnp.any(has_part)


def loss(
    tokens: Tokens,
    weights: LossWeights,
    settings: ObjectiveSettings,
    beta: jax.Array | float | None = None,
) -> tuple[Float[Array, ""], dict[str, Float[Array, ""]]]:
    """The share of these rollouts in the loss of the batch that ``weights`` belongs to (Eq. 7).

    Args:
      tokens: of these rollouts.
      weights: of the whole batch.
      settings: the options.
      beta: of this update, where it follows a schedule; None: settings.beta.

    Returns:
      The loss, and the shares of its terms as metrics: all of them add up over a split. Terms
      beyond Eq. 7 are there when they have a weight.
    """
    distillation, _ = distillation_term(
        clamp(tokens.kl_BT, settings.kl_clamp),
        tokens.weight_BT,
        importance_weights(tokens, settings).used_BT * guard_weights(tokens, settings),
        tokens.masks.distilled_BT,
        settings.normalization,
    )
    terms = {
        "vsdpo": safe_divide(distillation, weights.distillation),
        "grpo": safe_divide(policy_term(tokens, settings).sum, weights.policy),
    }
    total = jnp.zeros(())
    if settings.distill_weight:
        total += settings.distill_weight * terms["vsdpo"]
    if settings.beta:
        total += (settings.beta if beta is None else beta) * terms["grpo"]
    if settings.reference_kl:
        terms["reference"] = safe_divide(reference_term(tokens, settings), weights.reference)
        total += settings.reference_kl * terms["reference"]
    if settings.sft_weight:
        terms["sft"] = safe_divide(imitation_term(tokens, settings), weights.imitation)
        total += settings.sft_weight * terms["sft"]
    return total, {"loss/total": total} | {f"loss/{name}": x for name, x in terms.items()}
