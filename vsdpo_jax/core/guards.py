"""Guards against what is known to spoil self-distillation. All are off by default.

A guard scales the divergence of a token and leaves the normaliser sum w alone, like an importance
weight: otherwise a factor that a whole rollout shares would cancel out in Eq. 6. None has a
gradient. (That fully satisfied rollouts can be left out is a mask: inputs.masks_of.)
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.options import ObjectiveSettings


def clamp(kl_BT: Float[Array, "B T"], limit: float) -> Float[Array, "B T"]:
    """The divergence up to ``limit``, without gradient beyond it; limit 0: as it is."""
    return jnp.where(kl_BT > limit, limit, kl_BT) if limit else kl_BT


def guard_weights(tokens: Tokens, settings: ObjectiveSettings) -> Float[Array, "B T"]:
    """The product of the guards' factors, each in [0, 1]; 1 where no teacher has read.

    teacher_entropy: exp(-H(p_T)), little where the teacher itself does not know. SRPO (arXiv
    2604.02288) divides by the mean over the batch as well; here a token's weight does not depend on
    other tokens, so that any split of a batch gives the same update. "guard/weight" logs the mean.

    pass_rate_weight: sqrt(p (1 - p)) of the prompt, most where success is open, none where the
    group always or never succeeds (SC-SDPO, arXiv 2605.27765).
    """
    factor_BT = jnp.ones_like(tokens.kl_BT)
    if settings.teacher_entropy:
        factor_BT = factor_BT * jnp.exp(-tokens.teacher_entropy_BT)
    if settings.pass_rate_weight:
        rate_B = jnp.clip(tokens.pass_rate_B, 0, 1)
        factor_BT = factor_BT * jnp.sqrt(rate_B * (1 - rate_B))[:, None]
    return jax.lax.stop_gradient(jnp.where(tokens.masks.taught_BT, factor_BT, 1))
