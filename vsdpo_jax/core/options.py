"""The constants of the objective, one field an option, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import jax
import jax.numpy as jnp

from vsdpo_jax.core.divergence import Divergence, Support

Normalization = Literal["rollout", "batch"]
Importance = Literal["none", "stale", "context", "both"]
Aggregation = Literal["sequence_mean", "token_mean", "constant_length"]
Ratio = Literal["token", "sequence"]


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """L = distill_weight L_VSDPO + beta L_GRPO + reference_kl L_ref + sft_weight L_SFT.

    The defaults are Eq. 6 and 7 to the letter. Credit's alpha is in the weights already.

    Attributes:
      beta: weight of the GRPO term (Eq. 7); 0: none.
      beta_final_share: beta goes linearly to this share of itself over the run (arXiv 2606.04036).
      num_updates: of the run, for beta_final_share.
      distill_weight: weight of the distillation; 0: none (GRPO, SFT). A teacher is then heard for
        the metrics alone.
      sft_weight: weight of -log p_S of the rows to imitate (batch.imitate_B); 0: none.
      divergence, jsd_alpha, topk, topk_tail, kl_clip: see divergence.Divergence. kl_clip bounds
        each vocabulary entry's term of the divergence, nats; 0: off.
      normalization: "rollout": sum w KL / sum w of each rollout, then their mean (Eq. 6); "batch":
        sum w KL / sum w over all tokens, so that long and heavily criticised rollouts count more.
      importance: weights on the divergence. "none" is Eq. 6 to the letter; "stale" is
        min(pi / pi_behaviour, c), "context" p_T(y) / p_S(y) within [1/c, c], "both" their product.
        The paper uses an importance-weighted variant and gives no formula for it.
      importance_clip: c, at least 1.
      clip_low, clip_high: bounds of the policy ratio below and above 1 (arXiv 2503.14476).
      clip_dual: c > 1: a token of negative advantage costs at most c |A| (arXiv 1912.09729);
        0: off.
      aggregation: of GRPO, reference and SFT. "sequence_mean": mean of each rollout's tokens, then
        of rollouts (GRPO); "token_mean": of all tokens (DAPO); "constant_length": sum over tokens
        / (rollouts * T), T the columns of the batch (Dr. GRPO, arXiv 2503.20783).
      ratio: of the policy, "token" or the geometric mean over the "sequence" (GSPO, 2507.18071).
      mask_truncated: rollouts that hit the length limit leave L_GRPO and its divisor (DAPO);
        they are distilled nevertheless.
      drop_flat_groups: so do rollouts of groups without two different rewards. Their advantage is
        0 anyway: this makes the divisor smaller.
      reference_kl: weight of the k3 estimate of KL(p_S || p_reference) on the sampled tokens.
      kl_clamp: guard; a token's divergence counts as at most this and has no gradient beyond it,
        nats; 0: off.
      skip_satisfied: guard; fully satisfied rollouts are not distilled (SRPO, arXiv 2604.02288).
      teacher_entropy: guard; divergence times exp(-entropy of p_T) (SRPO, see guards.py).
      pass_rate_weight: guard; divergence times sqrt(p (1 - p)), p the share of the prompt's
        rollouts that are fully satisfied (SC-SDPO, arXiv 2605.27765).
      temperature: of the sampler; divides the logits of student and teacher.
      head_chunk: tokens of one chunk of the pass over the vocabulary.
      vocab_size: rows of the head that are vocabulary; None: all.
    """

    beta: float
    beta_final_share: float = 1.0
    num_updates: int = 0
    distill_weight: float = 1.0
    sft_weight: float = 0.0
    divergence: Support = "full"
    jsd_alpha: float = 1.0
    topk: int = 100
    topk_tail: bool = True
    kl_clip: float = 0.0
    normalization: Normalization = "rollout"
    importance: Importance = "none"
    importance_clip: float = 2.0
    clip_low: float = 0.2
    clip_high: float = 0.28
    clip_dual: float = 0.0
    aggregation: Aggregation = "sequence_mean"
    ratio: Ratio = "token"
    mask_truncated: bool = False
    drop_flat_groups: bool = False
    reference_kl: float = 0.0
    kl_clamp: float = 0.0
    skip_satisfied: bool = False
    teacher_entropy: bool = False
    pass_rate_weight: bool = False
    temperature: float = 1.0
    head_chunk: int = 512
    vocab_size: int | None = None

    def __post_init__(self) -> None:
        self._check_weights()
        for name, known in (
            ("normalization", Normalization),
            ("importance", Importance),
            ("aggregation", Aggregation),
            ("ratio", Ratio),
        ):
            known = get_args(known)
            self._require(getattr(self, name) in known, name, f"use one of {known}")
        self._require(
            self.kl_clamp == 0 or self.divergence != "sampled",
            "kl_clamp",
            'divergence "sampled" is a surrogate whose values mean nothing; use 0',
        )
        self._require(0 <= self.clip_low < 1, "clip_low", "use a number in [0, 1)")
        self._require(
            self.clip_dual == 0 or 1 < self.clip_dual < math.inf,
            "clip_dual",
            "use 0 (off) or a finite number above 1",
        )
        self._require(1 <= self.importance_clip < math.inf, "importance_clip", "use 1 or more")
        self._require(0 < self.temperature < math.inf, "temperature", "use a finite number above 0")
        self._require(self.head_chunk >= 1, "head_chunk", "use 1 or more")
        try:
            Divergence(
                support=self.divergence,
                jsd_alpha=self.jsd_alpha,
                topk=self.topk,
                topk_tail=self.topk_tail,
                kl_clip=self.kl_clip,
            )
        except ValueError as error:
            raise ValueError(f"objective: {error}") from None

    def _check_weights(self) -> None:
        finite = ("beta", "distill_weight", "sft_weight", "reference_kl", "clip_high", "kl_clamp")
        for name in (*finite, "beta_final_share", "kl_clip"):
            self._require(
                0 <= getattr(self, name) < math.inf, name, "use a finite number, 0 or more"
            )
        self._require(
            self.beta > 0 or self.distill_weight > 0 or self.sft_weight > 0,
            "distill_weight",
            "beta and sft_weight are 0 too, so there is nothing to learn from; raise one of them",
        )
        self._require(
            self.beta_final_share == 1 or self.num_updates >= 1,
            "num_updates",
            "beta_final_share needs the number of updates of the run",
        )

    def _require(self, condition: bool, name: str, remedy: str) -> None:
        if not condition:
            raise ValueError(f"objective: {name} is {getattr(self, name)!r}: {remedy}")

    def beta_at(self, update: jax.Array | int) -> jax.Array | float:
        """beta of an update, the first being 0; beta_final_share of it is reached at the last."""
        if self.beta_final_share == 1:
            return self.beta
        progress = jnp.clip(update / max(self.num_updates - 1, 1), 0, 1)
        return self.beta * (1 + (self.beta_final_share - 1) * progress)
