"""Group-relative advantages: how much better a rollout did than its group."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from vsdpo_jax.core.masked import masked_mean, masked_sum, safe_divide

# Rewards are sums of a few axis weights: what lies closer together differs by rounding only, and
# the division by the deviation would blow that up to advantages of order one.
_FLAT_RANGE = 1e-6
_EPS = 1e-6  # keeps the division finite; the value of the GRPO implementations in use


def group_advantages(
    reward_PG: Float[ArrayLike, "P G"],
    mask_PG: Bool[ArrayLike, "P G"],
    *,
    normalize_std: bool = True,
) -> Float[Array, "P G"]:
    """(r - mean) / (std + 1e-6) within each group of rollouts of one prompt (GRPO).

    Args:
      reward_PG: reward of each of the G rollouts of P prompts (Eq. 8).
      mask_PG: False for rollouts that were not judged (infrastructure failures): they enter no
        mean and no deviation.
      normalize_std: divide by the deviation (ddof=1); without it this is Dr. GRPO's advantage.

    Returns:
      The advantages; 0 for masked rollouts and in flat groups (see is_flat).
    """
    reward_PG, mask_PG = jnp.asarray(reward_PG), jnp.asarray(mask_PG)
    reward_PG = jnp.where(mask_PG, reward_PG, 0)
    deviation_PG = reward_PG - masked_mean(reward_PG, mask_PG, axis=1)[:, None]
    if normalize_std:
        freedom_P = jnp.maximum(jnp.sum(mask_PG, axis=1, dtype=reward_PG.dtype) - 1, 0)
        variance_P = safe_divide(masked_sum(deviation_PG**2, mask_PG, axis=1), freedom_P)
        deviation_PG = deviation_PG / (jnp.sqrt(variance_P) + _EPS)[:, None]
    counts_PG = mask_PG & ~is_flat(reward_PG, mask_PG)[:, None]
    return jnp.where(counts_PG, deviation_PG, 0)


def is_flat(
    reward_PG: Float[ArrayLike, "P G"], mask_PG: Bool[ArrayLike, "P G"]
) -> Bool[Array, " P"]:
    """Groups that teach GRPO nothing: all their rewards are equal, or fewer than two count."""
    reward_PG, mask_PG = jnp.asarray(reward_PG), jnp.asarray(mask_PG)
    highest_P = jnp.max(jnp.where(mask_PG, reward_PG, -jnp.inf), axis=1)
    lowest_P = jnp.min(jnp.where(mask_PG, reward_PG, jnp.inf), axis=1)
    return highest_P - lowest_P <= _FLAT_RANGE


def check_rewards(reward_PG: np.ndarray, mask_PG: np.ndarray) -> None:
    """Checks rewards on the host, before they can spoil an update.

    Raises:
      ValueError: the shapes differ or are not [P, G], or the reward of an unmasked rollout is nan
        or infinite; the message names prompt and rollout.
    """
    if reward_PG.ndim != 2 or reward_PG.shape != mask_PG.shape:
        raise ValueError(
            f"reward_PG has shape {reward_PG.shape} and mask_PG {mask_PG.shape}: both must be "
            "[prompts, rollouts of a prompt]"
        )
    wrong = np.argwhere(mask_PG & ~np.isfinite(reward_PG))
    if len(wrong):
        prompt, rollout = wrong[0]
        raise ValueError(
            f"reward of prompt {prompt}, rollout {rollout} is {reward_PG[prompt, rollout]}: a "
            "judge must return a finite reward, or mask the rollout if the machine failed"
        )


def pass_rate(
    satisfied_PG: Bool[ArrayLike, "P G"], mask_PG: Bool[ArrayLike, "P G"]
) -> Float[Array, " P"]:
    """Share of each prompt's judged rollouts that satisfy every axis; 0 without a judged one."""
    satisfied_PG = jnp.asarray(satisfied_PG).astype(jnp.float32)
    return masked_mean(satisfied_PG, jnp.asarray(mask_PG), axis=1)
