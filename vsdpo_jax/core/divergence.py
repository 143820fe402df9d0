"""How far the student is from the teacher at a token: values, and gradients in closed form.

S and T are the two distributions, z the student's logits, a = jsd_alpha:

    a = 1        D = KL(S||T)                            the paper's ("reverse")
    a = 0        D = KL(T||S)                            ("forward")
    0 < a < 1    D = (1 - a) KL(S||M) + a KL(T||M),      M = (1 - a) S + a T

(arXiv 2601.20802). The ends are not the limits of the middle: D -> 0 there, while D / (1 - a)
-> KL(S||T) for a -> 1 and D / a -> KL(T||S) for a -> 0.

Any D = sum_v g(S_v, T_v) has, through the softmax,

    dD/dz_v = pull_v - S_v * sum_u pull_u        with pull_v = S_v * dg/dS_v

up to a constant in dg/dS, which cancels. The three cases:

    a = 1        dg/dS = log S - log T (+ 1)             pull = S (log S - log T)
    a = 0        dg/dS = -T / S (+ 1)                    pull = S - T, which sums to 0
    0 < a < 1    dg/dS = (1 - a) (log S - log M + 1 - M / M)
                                                         pull = (1 - a) S (log S - log M)

Top-k compares the distributions on the student's k most likely tokens, which are taken as
constant. With a tail, all other tokens are one more outcome, whose pull is shared by its tokens in
proportion to their probability; without, both distributions are normalised over the k.

A clip c bounds each outcome's term of the textbook sum, which is what TRL and OPSD's code do
(``distillation_kl_clip``, ``jsd_token_clip``):

    D_c = sum_v min(h_v, c)        h = S (log S - log T);  T (log T - log S);
                                   (1 - a) S (log S - log M) + a T (log T - log M)

Negative terms stay, so D_c can be negative. A clipped term has no gradient; then the constant of
dg/dS no longer cancels, and its pull is -S, S and 0 in the three cases, up to the same constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Support = Literal["full", "topk", "sampled"]

# Stands for log 0. Finite, so that 0 * (log p_S - log p_T) stays 0.
NEVER = -1e30


@dataclass(frozen=True, kw_only=True)
class Divergence:
    """Which divergence.

    Attributes:
      support: "full": the whole vocabulary. "topk": the student's most likely tokens. "sampled":
        the sampled token alone, by the surrogate sg(log S - log T) log S, whose gradient is an
        unbiased estimate of that of KL(S||T); its value is no divergence.
      jsd_alpha: a, see above.
      topk: k, for "topk". Tokens as likely as the k-th belong to it.
      topk_tail: what is not among the k counts as one more outcome; False: it is left out.
      kl_clip: c, the most that an outcome's term counts, nats; 0: no bound.
    """

    support: Support = "full"
    jsd_alpha: float = 1.0
    topk: int = 100
    topk_tail: bool = True
    kl_clip: float = 0.0

    def __post_init__(self) -> None:
        if self.support not in get_args(Support):
            raise ValueError(f"divergence is {self.support!r}: use one of {get_args(Support)}")
        if not 0 <= self.jsd_alpha <= 1:
            raise ValueError(
                f"jsd_alpha is {self.jsd_alpha}: use 1 for KL(S||T), 0 for KL(T||S), or a number "
                "between"
            )
        if self.support == "sampled" and self.jsd_alpha != 1:
            raise ValueError(
                f'jsd_alpha is {self.jsd_alpha}: divergence "sampled" estimates KL(S||T) alone; '
                "use 1"
            )
        if self.topk < 1:
            raise ValueError(f"topk is {self.topk}: use 1 or more")
        if not self.kl_clip >= 0:
            raise ValueError(f"kl_clip is {self.kl_clip}: use 0 (off) or a number of nats above it")
        if self.support == "sampled" and self.kl_clip:
            raise ValueError(
                f'kl_clip is {self.kl_clip}: divergence "sampled" has no terms over the vocabulary '
                'to clip; use 0, or divergence "full" or "topk"'
            )


class Compared(NamedTuple):
    """A divergence at each token, and its gradient by the student's logits.

    Attributes:
      value_K: the divergence, after the clip.
      gradient_KV: of it.
      cut_K: what the clip took off it.
    """

    value_K: Float[Array, " K"]
    gradient_KV: Float[Array, "K V"]
    cut_K: Float[Array, " K"]


class _Terms(NamedTuple):
    """Of each outcome: its share of the divergence, its pull, and what the clip took off."""

    value: jax.Array
    pull: jax.Array
    cut: jax.Array


def compare(
    student_logp_KV: Float[Array, "K V"],
    teacher_logp_KV: Float[Array, "K V"],
    jsd_alpha: float,
    kl_clip: float = 0.0,
) -> Compared:
    """The divergence over the whole vocabulary.

    Args:
      student_logp_KV, teacher_logp_KV: normalised; NEVER for log 0.
      jsd_alpha: a, in [0, 1].
      kl_clip: c, nats; 0: no bound.
    """
    terms_KV = _terms(student_logp_KV, teacher_logp_KV, jsd_alpha, kl_clip)
    student_p_KV = jnp.exp(student_logp_KV)
    # The sum of p_S is 1 but for rounding, which would not cancel where p_S is nearly one-hot.
    centre_K = jnp.sum(terms_KV.pull, axis=-1) / jnp.sum(student_p_KV, axis=-1)
    return Compared(
        value_K=jnp.sum(terms_KV.value, axis=-1),
        gradient_KV=terms_KV.pull - student_p_KV * centre_K[:, None],
        cut_K=jnp.sum(terms_KV.cut, axis=-1),
    )


def compare_top(
    student_logp_KV: Float[Array, "K V"],
    teacher_logp_KV: Float[Array, "K V"],
    threshold_K: Float[Array, " K"],
    jsd_alpha: float,
    kl_clip: float = 0.0,
    *,
    tail: bool,
) -> Compared:
    """The divergence on the tokens whose student_logp_KV reaches threshold_K.

    Args:
      student_logp_KV, teacher_logp_KV: normalised over the whole vocabulary; NEVER for log 0.
      threshold_K: from top_threshold.
      jsd_alpha: a, in [0, 1].
      kl_clip: c, nats, of each token's term and of the tail's; 0: no bound.
      tail: all other tokens are one more outcome; False: both distributions are normalised over
        the support.
    """
    is_top_KV = student_logp_KV >= threshold_K[:, None]
    if not tail:
        return compare(
            _normalised(student_logp_KV, is_top_KV),
            _normalised(teacher_logp_KV, is_top_KV),
            jsd_alpha,
            kl_clip,
        )
    student_tail_K = _log_sum(student_logp_KV, ~is_top_KV)
    teacher_tail_K = _log_sum(teacher_logp_KV, ~is_top_KV)
    tail_K = _terms(student_tail_K, teacher_tail_K, jsd_alpha, kl_clip)
    terms_KV = _terms(student_logp_KV, teacher_logp_KV, jsd_alpha, kl_clip)

    def total(of_token_KV: jax.Array, of_tail_K: jax.Array) -> jax.Array:
        return jnp.sum(jnp.where(is_top_KV, of_token_KV, 0), axis=-1) + of_tail_K

    student_p_KV = jnp.exp(student_logp_KV)
    centre_K = total(terms_KV.pull, tail_K.pull)
    centre_K /= jnp.sum(student_p_KV, axis=-1)
    # Bounded by the tail's pull: student_logp <= student_tail there.
    within_tail_KV = jnp.where(is_top_KV, 0, jnp.exp(student_logp_KV - student_tail_K[:, None]))
    pull_KV = jnp.where(is_top_KV, terms_KV.pull, within_tail_KV * tail_K.pull[:, None])
    return Compared(
        value_K=total(terms_KV.value, tail_K.value),
        gradient_KV=pull_KV - student_p_KV * centre_K[:, None],
        cut_K=total(terms_KV.cut, tail_K.cut),
    )


def top_threshold(student_logp_KV: Float[Array, "K V"], topk: int) -> Float[Array, " K"]:
    """What the topk largest log-probabilities reach and no other does, but for ties.

    Found by bisection, as jax.lax.top_k would gather a sharded vocabulary (and takes longer at this
    size); topk is below the number of tokens that have a probability.
    """

    def reaches(bound_K: jax.Array) -> jax.Array:
        return student_logp_KV >= bound_K[:, None]

    def middle(bounds: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        middle_K = (bounds[0] + bounds[1]) / 2
        return middle_K, (bounds[0] < middle_K) & (middle_K < bounds[1])

    def halve(bounds: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low_K, high_K = bounds
        middle_K, is_open_K = middle(bounds)
        count_K = jnp.sum(reaches(middle_K), axis=-1)
        low_K = jnp.where(is_open_K & (count_K >= topk), middle_K, low_K)
        return low_K, jnp.where(is_open_K & (count_K <= topk), middle_K, high_K)

    # At least topk reach the lower bound; fewer the upper one, unless it is the lower one.
    least_K = jnp.min(student_logp_KV, axis=-1, where=student_logp_KV > NEVER / 2, initial=0)
    low_K, _ = jax.lax.while_loop(
        lambda bounds: jnp.any(middle(bounds)[1]), halve, (least_K, jnp.ones_like(least_K))
    )
    kth_K = jnp.min(student_logp_KV, axis=-1, where=reaches(low_K), initial=0)
    next_K = jnp.max(student_logp_KV, axis=-1, where=~reaches(low_K), initial=-jnp.inf)
    # Halfway: the backward pass may compute the logits again, perhaps not to the bit.
    return (kth_K + next_K) / 2


def _terms(
    student_logp: jax.Array, teacher_logp: jax.Array, jsd_alpha: float, kl_clip: float
) -> _Terms:
    """g and pull of each outcome, see above."""
    student_p, teacher_p = jnp.exp(student_logp), jnp.exp(teacher_logp)
    log_ratio = student_logp - teacher_logp
    from_larger = jnp.expm1(-jnp.abs(log_ratio))  # exactly 0 for equal ones, and never large
    if jsd_alpha in (0, 1):
        # S - T sums to 0. Taken off, it makes every term of the value positive, and the rounding
        # of the normalisers, which would be as large as a small divergence, second order.
        larger_p = jnp.maximum(student_p, teacher_p)
        difference = -jnp.sign(log_ratio) * larger_p * from_larger
        if jsd_alpha == 0:
            textbook = -teacher_p * log_ratio
            terms = difference - teacher_p * log_ratio, difference
            return _clipped(textbook, *terms, kl_clip, (kl_clip + difference, student_p))
        pull = student_p * log_ratio
        return _clipped(pull, pull - difference, pull, kl_clip, (kl_clip - difference, -student_p))
    other_share = jnp.where(log_ratio > 0, jsd_alpha, 1 - jsd_alpha)
    mixed_over_larger = jnp.log1p(other_share * from_larger)
    student_over_mixed = jnp.minimum(log_ratio, 0) - mixed_over_larger
    teacher_over_mixed = jnp.minimum(-log_ratio, 0) - mixed_over_larger
    pull = (1 - jsd_alpha) * student_p * student_over_mixed
    value = pull + jsd_alpha * teacher_p * teacher_over_mixed
    return _clipped(value, value, pull, kl_clip, (kl_clip, 0.0))


def _clipped(
    textbook: jax.Array,
    value: jax.Array,
    pull: jax.Array,
    kl_clip: float,
    at_the_clip: tuple[jax.Array | float, jax.Array | float],
) -> _Terms:
    """(value, pull), or ``at_the_clip`` where the textbook's term is above the clip."""
    if not 0 < kl_clip < math.inf:
        return _Terms(value, pull, jnp.zeros_like(value))
    is_cut = textbook > kl_clip
    return _Terms(
        value=jnp.where(is_cut, at_the_clip[0], value),
        pull=jnp.where(is_cut, at_the_clip[1], pull),
        cut=jnp.where(is_cut, textbook - kl_clip, 0),
    )


def _log_sum(logp_KV: jax.Array, is_in_KV: jax.Array) -> jax.Array:
    """The log of the sum over some tokens; about NEVER if there are none."""
    return jax.nn.logsumexp(jnp.where(is_in_KV, logp_KV, NEVER), axis=-1)


def _normalised(logp_KV: jax.Array, is_in_KV: jax.Array) -> jax.Array:
    """Normalised over some tokens, NEVER for all others."""
    return jnp.where(is_in_KV, logp_KV - _log_sum(logp_KV, is_in_KV)[:, None], NEVER)
