"""Importance weights on the divergence: how far a token is from what would have been sampled.

The paper says that it uses "an importance-weighted variant" for the mismatch between the contexts
of teacher and student and gives no formula. Two readings are offered, each truncated and without
gradient, in log space and float32:

    stale      min(pi(y) / pi_behaviour(y), c)            the weights have moved since sampling, or
                                                          the sampler differs (SDPO, 2601.20802)
    context    p_T(y) / p_S(y) within [1/c, c]            y was sampled without the feedback

The normaliser of Eq. 6 stays sum w, so that ratios of 1 give Eq. 6 to the letter.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.masked import masked_sum, safe_divide
from vsdpo_jax.core.options import ObjectiveSettings

# exp(20) is far beyond any clip; it keeps a token that became impossible from making inf * 0.
MAX_LOG_RATIO = 20.0


class ImportanceWeights(NamedTuple):
    """Both readings of the importance weight, and the one in use. No gradient."""

    stale_BT: Float[Array, "B T"]
    context_BT: Float[Array, "B T"]
    used_BT: Float[Array, "B T"]


def log_ratio(
    logp_BT: Float[Array, "B T"],
    reference_logp_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
) -> Float[Array, "B T"]:
    """log p - log p_reference, bounded to +-20; 0 where masked."""
    difference_BT = jnp.where(mask_BT, logp_BT, 0) - jnp.where(mask_BT, reference_logp_BT, 0)
    return jnp.clip(difference_BT, -MAX_LOG_RATIO, MAX_LOG_RATIO)


def importance_weights(tokens: Tokens, settings: ObjectiveSettings) -> ImportanceWeights:
    """Weights for tokens that were sampled by another policy, or in another context."""
    clip = settings.importance_clip
    mask_BT = tokens.masks.taught_BT
    stale_BT = jnp.exp(log_ratio(tokens.logp_BT, tokens.behaviour_logp_BT, mask_BT))
    context_BT = jnp.exp(log_ratio(tokens.teacher_logp_BT, tokens.logp_BT, mask_BT))
    stale_BT = jax.lax.stop_gradient(jnp.minimum(stale_BT, clip))
    context_BT = jax.lax.stop_gradient(jnp.clip(context_BT, 1 / clip, clip))
    used_BT = {
        "none": jnp.ones_like(stale_BT),
        "stale": stale_BT,
        "context": context_BT,
        "both": stale_BT * context_BT,
    }[settings.importance]
    return ImportanceWeights(stale_BT=stale_BT, context_BT=context_BT, used_BT=used_BT)


def effective_share(
    weight_BT: Float[Array, "B T"], mask_BT: Bool[Array, "B T"]
) -> Float[Array, ""]:
    """(sum rho)^2 / (n sum rho^2), the effective share of n weighted tokens; 0 without any."""
    count = jnp.sum(mask_BT, dtype=jnp.float32)
    return safe_divide(
        masked_sum(weight_BT, mask_BT) ** 2, count * masked_sum(weight_BT**2, mask_BT)
    )
