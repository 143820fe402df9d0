"""One update: forward twice, compare, descend. The only shift between tokens and hidden states.

``x_BT[b, t]`` is about completion token t given everything before it. A sequence is a left-padded
prompt of a static length P followed by a right-padded completion of length T, so that token t
stands in column P + t and is predicted by the hidden state of column P + t - 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax import struct
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.core import objective
from vsdpo_jax.core.head import HeadOut, head_pass
from vsdpo_jax.core.objective import LossWeights, ObjectiveSettings, Tokens

TeacherKind = Literal["frozen", "live", "ema", "none"]
HiddenFn = Callable[[Any, jax.Array, jax.Array], jax.Array]
"""(params, tokens_BS, mask_BS) -> hidden_BSD after the final norm; positions follow the mask."""
HeadFn = Callable[[Any], jax.Array]
"""params -> head_VD."""


@struct.dataclass
class TrainBatch:
    """B rollouts as arrays. S = P + T and R = P' + T, with static prompt lengths P and P'.

    Whatever stands where a mask is False changes nothing.

    Attributes:
      student_tokens_BS: int32, left-padded prompt, then right-padded completion (Eq. 1's x, y).
      student_mask_BS: bool, what the student reads.
      teacher_tokens_BR: int32, the same completion after the teacher's prompt (Eq. 2's x, v, y).
      teacher_mask_BR: bool, what the teacher reads.
      completion_mask_BT: bool, sampled tokens, the stop token included.
      weight_BT: float32, w_t of Eq. 5.
      behaviour_logp_BT: float32, log-probability under the policy and temperature that sampled.
      advantage_B: float32.
      has_teacher_B: bool, rollouts with a teacher context; the others leave L_VSDPO out.
      sample_mask_B: bool, judged rollouts; the others (infrastructure failures) count nowhere.
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


@struct.dataclass
class TrainState:
    """What an update changes.

    Attributes:
      params: the policy's.
      opt_state: the optimizer's.
      step: int32 scalar, updates so far, skipped ones included.
      teacher_params: the teacher's own, in buffers of their own; None for "live" and "none".
    """

    params: Any
    opt_state: Any
    step: Any
    teacher_params: Any = None


class _Models(NamedTuple):
    hidden_fn: HiddenFn
    head_fn: HeadFn
    settings: ObjectiveSettings


def make_train_step(
    hidden_fn: HiddenFn,
    head_fn: HeadFn,
    optimizer: optax.GradientTransformation,
    settings: ObjectiveSettings,
    *,
    teacher: TeacherKind,
    ema_rate: float = 0.05,
    num_microbatches: int = 1,
) -> Callable[[TrainState, TrainBatch], tuple[TrainState, dict[str, jax.Array]]]:
    """The update of Eq. 7, to be jitted with the state donated.

    Args:
      hidden_fn, head_fn: the model.
      optimizer: gets float32 gradients of the loss of the whole batch, unclipped.
      settings: constants of the objective.
      teacher: whose distribution is distilled. "live": the current weights (the paper's);
        "frozen": state.teacher_params as they are; "ema": state.teacher_params, moved towards the
        new parameters after each update; "none": no teacher pass, L_VSDPO = 0.
      ema_rate: teacher <- (1 - ema_rate) * teacher + ema_rate * params, for "ema".
      num_microbatches: the batch is worked off in that many parts; memory falls, results stay.

    Returns:
      step(state, batch) -> (state, metrics): float32 scalars by name, among them "grad/norm" and
      "update/skipped", which is 1 when a gradient was not finite and nothing was changed.

    Raises:
      ValueError: here for impossible settings; from step for a batch whose shapes disagree or a
        state whose teacher_params do not fit ``teacher``.
    """
    if not 0 <= ema_rate <= 1:
        raise ValueError(f"ema_rate is {ema_rate}: use a share between 0 (frozen) and 1 (live)")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches is {num_microbatches}: use 1 or more")
    models = _Models(hidden_fn, head_fn, settings)

    def step(state: TrainState, batch: TrainBatch) -> tuple[TrainState, dict[str, jax.Array]]:
        check_shapes(batch, num_microbatches)
        batch = jax.tree.map(jnp.asarray, batch)
        teacher_params = _teacher_of(state, teacher)
        gradient, metrics = _gradient(models, state.params, teacher_params, batch, num_microbatches)
        norm = optax.tree.norm(gradient)
        is_finite = jnp.isfinite(norm) & jnp.isfinite(metrics["loss/total"])
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
        params = _select(is_finite, optax.apply_updates(state.params, updates), state.params)
        own_teacher = state.teacher_params
        if teacher == "ema":
            own_teacher = _select(is_finite, _towards(own_teacher, params, ema_rate), own_teacher)
        metrics |= {"grad/norm": norm, "update/skipped": 1 - is_finite.astype(jnp.float32)}
        new_state = TrainState(
            params=params,
            opt_state=_select(is_finite, opt_state, state.opt_state),
            step=state.step + 1,
            teacher_params=own_teacher,
        )
        return new_state, metrics

    return step


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
    ):
        if tokens.shape != mask.shape or tokens.shape[0] != rows or tokens.shape[1] <= length:
            raise ValueError(
                f"{name} tokens have shape {tokens.shape}, their mask {mask.shape}: expected "
                f"[{rows}, P + {length}] for both, with a prompt of at least one column"
            )
    for name, array, shape in (
        ("weight_BT", batch.weight_BT, (rows, length)),
        ("behaviour_logp_BT", batch.behaviour_logp_BT, (rows, length)),
        ("advantage_B", batch.advantage_B, (rows,)),
        ("has_teacher_B", batch.has_teacher_B, (rows,)),
        ("sample_mask_B", batch.sample_mask_B, (rows,)),
    ):
        if array.shape != shape:
            raise ValueError(
                f"{name} has shape {array.shape}; the completion mask asks for {shape}"
            )


def _gradient(
    models: _Models, params: Any, teacher_params: Any, batch: TrainBatch, num_microbatches: int
) -> tuple[Any, dict[str, jax.Array]]:
    """Gradient of the loss of the batch, and the metrics.

    The divisors are those of the whole batch and known before any forward pass, so the losses and
    gradients of the parts simply add up.
    """
    mask_BT, teacher_mask_BT = _masks(batch, has_teacher=teacher_params is not None)
    weights = objective.loss_weights(
        jnp.where(teacher_mask_BT, batch.weight_BT, 0), mask_BT, teacher_mask_BT, models.settings
    )
    parts = jax.tree.map(lambda x: _split(x, num_microbatches), batch)

    def accumulate(total: Any, part: TrainBatch) -> tuple[Any, tuple[dict, Tokens]]:
        (_, aux), gradient = jax.value_and_grad(_loss, argnums=1, has_aux=True)(
            models, params, _teacher_hidden(models, teacher_params, part), part, weights
        )
        total = jax.tree.map(lambda sum_, new: sum_ + new.astype(jnp.float32), total, gradient)
        return total, aux

    zeros = jax.tree.map(lambda x: jnp.zeros(x.shape, jnp.float32), params)
    gradient, (losses, tokens) = jax.lax.scan(accumulate, zeros, parts)
    metrics = {name: jnp.sum(value) for name, value in losses.items()}
    tokens = jax.tree.map(_join, tokens)
    return gradient, metrics | objective.token_metrics(tokens, models.settings)


def _loss(
    models: _Models,
    params: Any,
    teacher: tuple[jax.Array, jax.Array] | None,
    batch: TrainBatch,
    weights: LossWeights,
) -> tuple[jax.Array, tuple[dict[str, jax.Array], Tokens]]:
    """The part's share of the loss, and (shares of the terms, what the metrics need)."""
    settings = models.settings
    rows, length = batch.completion_mask_BT.shape
    mask_BT, teacher_mask_BT = _masks(batch, has_teacher=teacher is not None)
    hidden_BTD = completion_hidden(
        models.hidden_fn, params, batch.student_tokens_BS, batch.student_mask_BS, mask_BT
    )
    head = head_pass(
        hidden_BTD.reshape(rows * length, -1),
        None if teacher is None else teacher[0].reshape(rows * length, -1),
        models.head_fn(params),
        None if teacher is None else teacher[1],
        jnp.where(mask_BT, batch.student_tokens_BS[:, -length:], 0).reshape(-1),
        temperature=settings.temperature,
        chunk_size=settings.head_chunk,
        vocab_size=settings.vocab_size,
    )
    of_token = HeadOut(*(value_N.reshape(rows, length) for value_N in head))
    tokens = Tokens(
        kl_BT=of_token.kl_N,
        logp_BT=of_token.student_logp_N,
        teacher_logp_BT=of_token.teacher_logp_N,
        entropy_BT=of_token.student_entropy_N,
        agreement_BT=of_token.agreement_N,
        behaviour_logp_BT=jnp.where(mask_BT, batch.behaviour_logp_BT, 0),
        weight_BT=jnp.where(mask_BT, batch.weight_BT, 0),
        advantage_B=jnp.where(batch.sample_mask_B, batch.advantage_B, 0),
        mask_BT=mask_BT,
        teacher_mask_BT=teacher_mask_BT,
    )
    total, losses = objective.loss(tokens, weights, settings)
    return total, (losses, tokens)


def completion_hidden(
    hidden_fn: HiddenFn,
    params: Any,
    tokens_BS: Int[Array, "B S"],
    mask_BS: Bool[Array, "B S"],
    mask_BT: Bool[Array, "B T"],
) -> Float[Array, "B T D"]:
    """The hidden state that predicts each completion token: that of the column before it.

    Args:
      hidden_fn, params: the model.
      tokens_BS: prompt, then the T completion tokens.
      mask_BS: tokens that are read.
      mask_BT: completion tokens that count; the others get a zero hidden state without gradient.
    """
    # A row without any token would leave attention nothing to attend to.
    is_read_BS = mask_BS | ~jnp.any(mask_BS, axis=1, keepdims=True)
    hidden_BSD = hidden_fn(params, jnp.where(mask_BS, tokens_BS, 0), is_read_BS)
    length = mask_BT.shape[1]
    return jnp.where(mask_BT[:, :, None], hidden_BSD[:, -length - 1 : -1], 0)


def _teacher_hidden(
    models: _Models, teacher_params: Any, batch: TrainBatch
) -> tuple[jax.Array, jax.Array] | None:
    """The teacher's hidden states [B, T, D] and head [V, D], without gradient."""
    if teacher_params is None:
        return None
    _, teacher_mask_BT = _masks(batch, has_teacher=True)
    hidden_BTD = completion_hidden(
        models.hidden_fn,
        teacher_params,
        batch.teacher_tokens_BR,
        batch.teacher_mask_BR,
        teacher_mask_BT,
    )
    return jax.lax.stop_gradient((hidden_BTD, models.head_fn(teacher_params)))


def _masks(batch: TrainBatch, *, has_teacher: bool) -> tuple[jax.Array, jax.Array]:
    """bool[B, T] each: tokens that count, and those of them that a teacher has read."""
    mask_BT = batch.completion_mask_BT & batch.sample_mask_B[:, None]
    return mask_BT, mask_BT & (batch.has_teacher_B & has_teacher)[:, None]


def _teacher_of(state: TrainState, teacher: TeacherKind) -> Any:
    """The teacher's parameters; None for no teacher."""
    needs_own = teacher in ("frozen", "ema")
    if needs_own != (state.teacher_params is not None):
        raise ValueError(
            f'teacher is "{teacher}": state.teacher_params must be '
            + ("a copy of the parameters" if needs_own else "None")
        )
    return {"frozen": state.teacher_params, "ema": state.teacher_params, "live": state.params}.get(
        teacher
    )


def _towards(teacher_params: Any, params: Any, rate: float) -> Any:
    def move(own: jax.Array, new: jax.Array) -> jax.Array:
        return ((1 - rate) * own + rate * new).astype(own.dtype)

    return jax.tree.map(move, teacher_params, params)


def _select(condition: jax.Array, new: Any, old: Any) -> Any:
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), new, old)


def _split(x: jax.Array, parts: int) -> jax.Array:
    """[B, ...] -> [parts, B / parts, ...], every parts-th row in one part.

    Strided, so that a batch sharded over devices is spread over all of them in every part.
    """
    return jnp.swapaxes(x.reshape(-1, parts, *x.shape[1:]), 0, 1)


def _join(x: jax.Array) -> jax.Array:
    """The inverse of _split."""
    return jnp.swapaxes(x, 0, 1).reshape(-1, *x.shape[2:])
