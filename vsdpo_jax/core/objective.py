"""L = L_VSDPO + beta * L_GRPO (Eq. 7) on per-token quantities, and the metrics of an update.

Losses come as (sum, weight), where weights depend on masks and credit alone: whoever splits a
batch adds up sums and divides once by the weight of the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.masked import (
    masked_max,
    masked_mean,
    masked_quantile,
    masked_sum,
    safe_divide,
)
from vsdpo_jax.core.policy import Aggregation, PolicyTerm, log_ratio, policy_term, policy_weight

Importance = Literal["none", "stale", "context", "both"]


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """The constants of the objective. Credit's alpha is in the weights already.

    Attributes:
      beta: weight of the GRPO term (Eq. 7); 0: none.
      clip_low, clip_high: bounds of the policy ratio below and above 1.
      aggregation: of the GRPO term, see policy_term.
      importance: weights on the divergence. "none" is Eq. 6 to the letter; "stale" is
        min(pi / pi_behaviour, c), "context" p_T(y) / p_S(y) within [1/c, c], "both" their product.
        The paper uses an importance-weighted variant and gives no formula for it.
      importance_clip: c, at least 1.
      temperature: of the sampler; divides the logits of student and teacher.
      head_chunk: tokens of one chunk of the pass over the vocabulary.
      vocab_size: rows of the head that are vocabulary; None: all.
    """

    beta: float
    clip_low: float = 0.2
    clip_high: float = 0.28
    aggregation: Aggregation = "sequence_mean"
    importance: Importance = "none"
    importance_clip: float = 2.0
    temperature: float = 1.0
    head_chunk: int = 512
    vocab_size: int | None = None

    def __post_init__(self) -> None:
        def require(condition: bool, name: str, remedy: str) -> None:
            if not condition:
                raise ValueError(f"objective: {name} is {getattr(self, name)!r}: {remedy}")

        require(0 <= self.beta < math.inf, "beta", "use a finite number, 0 or more")
        require(0 <= self.clip_low < 1, "clip_low", "use a number in [0, 1)")
        require(0 <= self.clip_high < math.inf, "clip_high", "use a finite number, 0 or more")
        for name, known in (("aggregation", Aggregation), ("importance", Importance)):
            require(getattr(self, name) in get_args(known), name, f"use one of {get_args(known)}")
        require(1 <= self.importance_clip < math.inf, "importance_clip", "use 1 or more")
        require(0 < self.temperature < math.inf, "temperature", "use a finite number above 0")
        require(self.head_chunk >= 1, "head_chunk", "use 1 or more")


class Tokens(NamedTuple):
    """What the objective needs to know about each completion token of a batch.

    Attributes:
      kl_BT: KL(p_S || p_T).
      logp_BT: the student's log-probability of the token.
      teacher_logp_BT: the teacher's.
      entropy_BT: of the student's distribution.
      agreement_BT: student and teacher have the same most likely token.
      behaviour_logp_BT: of the policy that sampled the token.
      weight_BT: w_t of Eq. 5.
      advantage_B: of the rollout.
      mask_BT: tokens of judged rollouts.
      teacher_mask_BT: those of them that a teacher has read.
    """

    kl_BT: Float[Array, "B T"]
    logp_BT: Float[Array, "B T"]
    teacher_logp_BT: Float[Array, "B T"]
    entropy_BT: Float[Array, "B T"]
    agreement_BT: Bool[Array, "B T"]
    behaviour_logp_BT: Float[Array, "B T"]
    weight_BT: Float[Array, "B T"]
    advantage_B: Float[Array, " B"]
    mask_BT: Bool[Array, "B T"]
    teacher_mask_BT: Bool[Array, "B T"]


class LossWeights(NamedTuple):
    """The divisors of the two terms, over a whole batch."""

    distillation: Float[Array, ""]
    policy: Float[Array, ""]


class ImportanceWeights(NamedTuple):
    """Both readings of the importance weight, and the one in use. No gradient."""

    stale_BT: Float[Array, "B T"]
    context_BT: Float[Array, "B T"]
    used_BT: Float[Array, "B T"]


def distillation_term(
    kl_BT: Float[Array, "B T"],
    weight_BT: Float[Array, "B T"],
    importance_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """sum_t w_t rho_t KL_t / sum_t w_t of each rollout (Eq. 6; rho = 1 is the equation itself).

    Returns:
      (the sum over rollouts, how many have a token of positive weight).
    """
    weighted_BT = jnp.where(mask_BT, weight_BT, 0) * jnp.where(mask_BT, importance_BT, 0)
    total_B = masked_sum(weighted_BT * jnp.where(mask_BT, kl_BT, 0), mask_BT, axis=1)
    loss_B = safe_divide(total_B, masked_sum(weight_BT, mask_BT, axis=1))
    return jnp.sum(loss_B), distillation_weight(weight_BT, mask_BT)


def distillation_weight(
    weight_BT: Float[Array, "B T"], mask_BT: Bool[Array, "B T"]
) -> Float[Array, ""]:
    """The weight of distillation_term: rollouts with a token of positive weight."""
    return jnp.sum(masked_sum(weight_BT, mask_BT, axis=1) > 0, dtype=jnp.float32)


def loss_weights(
    weight_BT: Float[Array, "B T"],
    mask_BT: Bool[Array, "B T"],
    teacher_mask_BT: Bool[Array, "B T"],
    settings: ObjectiveSettings,
) -> LossWeights:
    """The divisors of a whole batch, before any forward pass."""
    return LossWeights(
        distillation=distillation_weight(weight_BT, teacher_mask_BT),
        policy=policy_weight(mask_BT, settings.aggregation),
    )


def importance_weights(tokens: Tokens, settings: ObjectiveSettings) -> ImportanceWeights:
    """Weights for tokens that were sampled by another policy, or in another context."""
    clip = settings.importance_clip
    mask_BT = tokens.teacher_mask_BT
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


def loss(
    tokens: Tokens, weights: LossWeights, settings: ObjectiveSettings
) -> tuple[Float[Array, ""], dict[str, Float[Array, ""]]]:
    """The share of these rollouts in the loss of the batch that ``weights`` belongs to (Eq. 7).

    Returns:
      The loss, and the shares of its two terms as metrics: all of them add up over a split.
    """
    distillation, _ = distillation_term(
        tokens.kl_BT,
        tokens.weight_BT,
        importance_weights(tokens, settings).used_BT,
        tokens.teacher_mask_BT,
    )
    distillation = safe_divide(distillation, weights.distillation)
    policy = safe_divide(_policy(tokens, settings).sum, weights.policy)
    total = distillation + settings.beta * policy if settings.beta else distillation
    return total, {"loss/total": total, "loss/vsdpo": distillation, "loss/grpo": policy}


def token_metrics(tokens: Tokens, settings: ObjectiveSettings) -> dict[str, Float[Array, ""]]:
    """What the tokens of a whole batch say about an update, by name; 0 where nothing counts.

    "kl/*" nats per token (credited: w > 1), "importance/ess" the effective share of the tokens
    (sum rho)^2 / (n sum rho^2), "policy/behaviour_gap" mean |log pi - log pi_behaviour|.
    """
    mask_BT, taught_BT = tokens.mask_BT, tokens.teacher_mask_BT
    is_credited_BT = taught_BT & (tokens.weight_BT > 1)
    importance = importance_weights(tokens, settings)
    used_BT = importance.used_BT
    policy = _policy(tokens, settings)
    num_taught = jnp.sum(taught_BT, dtype=jnp.float32)
    gap_BT = jnp.abs(log_ratio(tokens.logp_BT, tokens.behaviour_logp_BT, mask_BT))
    clip = settings.importance_clip

    def share(condition_BT: Bool[Array, "B T"], among_BT: Bool[Array, "B T"]) -> Float[Array, ""]:
        return masked_mean(condition_BT.astype(jnp.float32), among_BT)

    return {
        "kl/mean": masked_mean(tokens.kl_BT, taught_BT),
        "kl/credited": masked_mean(tokens.kl_BT, is_credited_BT),
        "kl/other": masked_mean(tokens.kl_BT, taught_BT & ~is_credited_BT),
        "kl/q50": masked_quantile(tokens.kl_BT, taught_BT, 0.5),
        "kl/q99": masked_quantile(tokens.kl_BT, taught_BT, 0.99),
        "kl/max": masked_max(tokens.kl_BT, taught_BT),
        "teacher/agreement": share(tokens.agreement_BT, taught_BT),
        "teacher/log_ratio": masked_mean(
            log_ratio(tokens.teacher_logp_BT, tokens.logp_BT, taught_BT), taught_BT
        ),
        "importance/stale_mean": masked_mean(importance.stale_BT, taught_BT),
        "importance/stale_clipped": share(importance.stale_BT >= clip, taught_BT),
        "importance/context_mean": masked_mean(importance.context_BT, taught_BT),
        "importance/context_clipped": share(
            (importance.context_BT >= clip) | (importance.context_BT <= 1 / clip), taught_BT
        ),
        "importance/ess": safe_divide(
            masked_sum(used_BT, taught_BT) ** 2, num_taught * masked_sum(used_BT**2, taught_BT)
        ),
        "policy/entropy": masked_mean(tokens.entropy_BT, mask_BT),
        "policy/ratio_mean": masked_mean(policy.ratio_BT, mask_BT),
        "policy/ratio_max": masked_max(policy.ratio_BT, mask_BT),
        "policy/clip_fraction": share(policy.is_clipped_BT, mask_BT),
        "policy/behaviour_gap": masked_mean(gap_BT, mask_BT),
        "tokens/count": jnp.sum(mask_BT, dtype=jnp.float32),
        "tokens/credited_fraction": safe_divide(
            jnp.sum(is_credited_BT, dtype=jnp.float32), num_taught
        ),
        "rollouts/with_teacher": jnp.sum(jnp.any(taught_BT, axis=1), dtype=jnp.float32),
        "rollouts/empty": jnp.sum(~jnp.any(mask_BT, axis=1), dtype=jnp.float32),
    }


def _policy(tokens: Tokens, settings: ObjectiveSettings) -> PolicyTerm:
    return policy_term(
        tokens.logp_BT,
        tokens.behaviour_logp_BT,
        tokens.advantage_B,
        tokens.mask_BT,
        clip_low=settings.clip_low,
        clip_high=settings.clip_high,
        aggregation=settings.aggregation,
    )
