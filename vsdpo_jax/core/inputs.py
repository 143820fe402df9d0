"""What an update reads and changes: the batch, the state, and the batch seen token by token."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import struct
from jaxtyping import Array, Bool, Float

from vsdpo_jax.core.options import ObjectiveSettings


@struct.dataclass
class TrainBatch:
    """B rollouts as arrays. S = P + T and R = P' + T, with static prompt lengths P and P'.

    Whatever stands where a mask is False changes nothing. Fields that are None by default are for
    the options named with them.

    Attributes:
      student_tokens_BS: int32, left-padded prompt, then right-padded completion (Eq. 1's x, y).
      student_mask_BS: bool, what the student reads.
      teacher_tokens_BR: int32, the same completion after the teacher's prompt (Eq. 2's x, v, y).
      teacher_mask_BR: bool, what the teacher reads.
      completion_mask_BT: bool, sampled tokens, the stop token included.
      weight_BT: float32, w_t of Eq. 5.
      behaviour_logp_BT: float32, log-probability under the policy and temperature that sampled.
        Stays as it is when a batch is used for several updates.
      advantage_B: float32.
      has_teacher_B: bool, rollouts with a teacher context; the others leave L_VSDPO out.
      sample_mask_B: bool, judged rollouts; the others (infrastructure failures) count nowhere.
      baseline_tokens_BR, baseline_mask_BR: the same completion after what the teacher would read of
        another rollout's feedback; for a baseline.
      has_baseline_B: bool, rollouts that have one; for a baseline.
      student_vision, teacher_vision, baseline_vision: images, as the model's hidden_fn takes them:
        a pytree whose arrays all have the leading axis B; None: text alone.
      truncated_B: bool, rollouts that hit the length limit; for mask_truncated.
      flat_B: bool, rollouts of groups without two different rewards; for drop_flat_groups.
      satisfied_B: bool, rollouts that satisfy every axis of the rubric; for skip_satisfied.
      pass_rate_B: float32, share of the prompt's rollouts that do; for pass_rate_weight.
      imitate_B: bool, rows that L_SFT raises; None: all judged rows.
      reference_logp_BT: float32, log-probability under the reference weights at the temperature of
        the sampler (forward.make_logp_fn); for reference_kl.
    """

    student_tokens_BS: Any
    student_mask_BS: Any
    teacher_tokens_BR: Any
    teacher_mask_BR: Any
    completion_mask_BT: Any
    weight_BT: Any
    behaviour_logp_BT: Any
    advantage_B: Any
    has_teacher_B: Any
    sample_mask_B: Any
    student_vision: Any = None
    teacher_vision: Any = None
    baseline_tokens_BR: Any = None
    baseline_mask_BR: Any = None
    has_baseline_B: Any = None
    baseline_vision: Any = None
    truncated_B: Any = None
    flat_B: Any = None
    satisfied_B: Any = None
    pass_rate_B: Any = None
    imitate_B: Any = None
    reference_logp_BT: Any = None


@struct.dataclass
class TrainState:
    """What an update changes.

    Attributes:
      params: the trained weights: all of the policy's, or those that ``merge_fn`` puts together
        with frozen ones.
      opt_state: the optimizer's.
      step: int32 scalar, updates so far, skipped ones included.
      teacher_params: the teacher's own trained weights, in buffers of their own; None for "live"
        and "none".
    """

    params: Any
    opt_state: Any
    step: Any
    teacher_params: Any = None


class Masks(NamedTuple):
    """Which tokens count where; each is a part of ``counted_BT``.

    Attributes:
      counted_BT: tokens of judged rollouts.
      taught_BT: those that a teacher has read.
      distilled_BT: those of them that enter L_VSDPO.
      policy_BT: tokens that enter L_GRPO.
      imitated_BT: tokens that enter L_SFT.
    """

    counted_BT: Bool[Array, "B T"]
    taught_BT: Bool[Array, "B T"]
    distilled_BT: Bool[Array, "B T"]
    policy_BT: Bool[Array, "B T"]
    imitated_BT: Bool[Array, "B T"]


class Tokens(NamedTuple):
    """What the objective needs to know about each completion token of a batch.

    Attributes:
      kl_BT: the divergence of student and teacher, by default KL(p_S || p_T).
      logp_BT: the student's log-probability of the token.
      teacher_logp_BT: the teacher's.
      entropy_BT: of the student's distribution.
      teacher_entropy_BT: of the teacher's.
      agreement_BT: student and teacher have the same most likely token.
      behaviour_logp_BT: of the policy that sampled the token.
      reference_logp_BT: of the reference weights; without any, the behaviour policy's.
      weight_BT: w_t of Eq. 5.
      advantage_B: of the rollout.
      pass_rate_B: of the rollout's prompt.
      masks: which of them count.
      kl_cut_BT: what objective.kl_clip took off kl_BT; None: no clip.
      baseline_logp_BT: the teacher's log-probability after feedback on another rollout; None: there
        is no baseline.
      baselined_BT: where that was read; None: likewise.
    """

    kl_BT: Float[Array, "B T"]
    logp_BT: Float[Array, "B T"]
    teacher_logp_BT: Float[Array, "B T"]
    entropy_BT: Float[Array, "B T"]
    teacher_entropy_BT: Float[Array, "B T"]
    agreement_BT: Bool[Array, "B T"]
    behaviour_logp_BT: Float[Array, "B T"]
    reference_logp_BT: Float[Array, "B T"]
    weight_BT: Float[Array, "B T"]
    advantage_B: Float[Array, " B"]
    pass_rate_B: Float[Array, " B"]
    masks: Masks
    kl_cut_BT: Float[Array, "B T"] | None = None
    baseline_logp_BT: Float[Array, "B T"] | None = None
    baselined_BT: Bool[Array, "B T"] | None = None


def masks_of(batch: TrainBatch, settings: ObjectiveSettings, *, has_teacher: bool) -> Masks:
    """The masks of a batch; known before any forward pass."""
    counted_BT = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    taught_BT = counted_BT & (batch.has_teacher_B & has_teacher)[:, None]

    def without(mask_BT: jax.Array, is_on: bool, row_B: Any) -> jax.Array:
        return mask_BT & ~row_B[:, None] if is_on else mask_BT

    policy_BT = without(counted_BT, settings.mask_truncated, batch.truncated_B)
    return Masks(
        counted_BT=counted_BT,
        taught_BT=taught_BT,
        distilled_BT=without(taught_BT, settings.skip_satisfied, batch.satisfied_B),
        policy_BT=without(policy_BT, settings.drop_flat_groups, batch.flat_B),
        imitated_BT=counted_BT
        if batch.imitate_B is None
        else counted_BT & batch.imitate_B[:, None],
    )


_NEEDED = (
    ("mask_truncated", "truncated_B"),
    ("drop_flat_groups", "flat_B"),
    ("skip_satisfied", "satisfied_B"),
    ("pass_rate_weight", "pass_rate_B"),
    ("reference_kl", "reference_logp_BT"),
)


def check_batch(
    batch: TrainBatch, settings: ObjectiveSettings, *, baseline_weight: float = 0.0
) -> None:
    """Checks that a batch has what the options ask for.

    Raises:
      ValueError: naming the option and the field that is None.
    """
    for field in ("baseline_tokens_BR", "baseline_mask_BR", "has_baseline_B"):
        if baseline_weight and getattr(batch, field) is None:
            raise ValueError(
                f"baseline_weight is {baseline_weight}, but batch.{field} is None: fill it with "
                "what the teacher reads of another rollout's feedback, or use 0"
            )
    for option, field in _NEEDED:
        if getattr(settings, option) and getattr(batch, field) is None:
            raise ValueError(
                f"objective: {option} is {getattr(settings, option)!r}, but batch.{field} is "
                "None: fill it, or turn the option off"
            )


def check_shapes(batch: TrainBatch, num_microbatches: int) -> None:
    """Checks that the arrays of a batch belong together.

    Raises:
      ValueError: naming the field, its shape and the one expected.
    """
    rows, length = batch.completion_mask_BT.shape
    if rows % num_microbatches:
        raise ValueError(f"{rows} rollouts do not split into {num_microbatches} micro-batches")
    for name, tokens, mask in (
        ("student", batch.student_tokens_BS, batch.student_mask_BS),
        ("teacher", batch.teacher_tokens_BR, batch.teacher_mask_BR),
        ("baseline", batch.baseline_tokens_BR, batch.baseline_mask_BR),
    ):
        if tokens is None or mask is None:
            continue
        if tokens.shape != mask.shape or tokens.shape[0] != rows or tokens.shape[1] <= length:
            raise ValueError(
                f"{name} tokens have shape {tokens.shape}, their mask {mask.shape}: expected "
                f"[{rows}, P + {length}] for both, with a prompt of at least one column"
            )
    for names, shape in (
        (("weight_BT", "behaviour_logp_BT", "reference_logp_BT"), (rows, length)),
        (("advantage_B", "has_teacher_B", "sample_mask_B", "truncated_B", "flat_B"), (rows,)),
        (("satisfied_B", "pass_rate_B", "imitate_B", "has_baseline_B"), (rows,)),
    ):
        for name in names:
            array = getattr(batch, name)
            if array is not None and array.shape != shape:
                raise ValueError(
                    f"{name} has shape {array.shape}; the completion mask asks for {shape}"
                )
    for name in ("student_vision", "teacher_vision", "baseline_vision"):
        for path, leaf in jax.tree.leaves_with_path(getattr(batch, name)):
            if leaf.shape[:1] != (rows,):
                raise ValueError(
                    f"{name}{jax.tree_util.keystr(path)} has shape {leaf.shape}: its first axis "
                    f"must be the {rows} rollouts"
                )


def or_zeros(row_B: Any, rows: int) -> jax.Array:
    """float32[B]: the field, or 0 where a batch does not have it."""
    return jnp.zeros(rows) if row_B is None else jnp.asarray(row_B, jnp.float32)
