"""From a model to what it says about completion tokens. The only shift between the two.

``x_BT[b, t]`` is about completion token t given everything before it. A sequence is a left-padded
prompt of a static length P followed by a right-padded completion of length T, so that token t
stands in column P + t and is predicted by the hidden state of column P + t - 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.core.head import HeadOut, head_pass
from vsdpo_jax.core.inputs import TrainBatch, check_shapes
from vsdpo_jax.core.options import ObjectiveSettings

HiddenFn = Callable[..., jax.Array]
"""(params, tokens_BS, mask_BS, vision) -> hidden_BSD after the final norm. Without images it is
called without ``vision``; positions then follow the mask."""
HeadFn = Callable[[Any], jax.Array]
"""params -> head_VD."""


class Models(NamedTuple):
    """How parameters become distributions."""

    hidden_fn: HiddenFn
    head_fn: HeadFn


class Teacher(NamedTuple):
    """What a teacher says: hidden states and head, without gradient.

    Attributes:
      hidden_BTD, head_VD: of the teacher; less the baseline's, where there is one.
      mix: the same of the weights whose logits are mixed in, and their share; None: nobody's.
      student_share_BT: share of the student's logits that the baseline adds; None: no baseline.
      baseline_logp_BT: log-probability of the tokens after the baseline's feedback; None: likewise.
    """

    hidden_BTD: jax.Array
    head_VD: jax.Array
    mix: tuple[jax.Array, jax.Array, float] | None
    student_share_BT: jax.Array | None = None
    baseline_logp_BT: jax.Array | None = None


def completion_hidden(
    hidden_fn: HiddenFn,
    params: Any,
    tokens_BS: Int[Array, "B S"],
    mask_BS: Bool[Array, "B S"],
    mask_BT: Bool[Array, "B T"],
    vision: Any = None,
) -> Float[Array, "B T D"]:
    """The hidden state that predicts each completion token: that of the column before it.

    Args:
      hidden_fn, params: the model.
      tokens_BS: prompt, then the T completion tokens.
      mask_BS: tokens that are read.
      mask_BT: completion tokens that count; the others get a zero hidden state without gradient.
      vision: images of the rows, or None.
    """
    # A row without any token would leave attention nothing to attend to.
    is_read_BS = mask_BS | ~jnp.any(mask_BS, axis=1, keepdims=True)
    inputs = (params, jnp.where(mask_BS, tokens_BS, 0), is_read_BS)
    if vision is None:
        hidden_BSD = hidden_fn(*inputs)
    else:
        hidden_BSD = hidden_fn(*inputs, _blank_unused(vision, jnp.any(mask_BT, axis=1)))
    length = mask_BT.shape[1]
    return jnp.where(mask_BT[:, :, None], hidden_BSD[:, -length - 1 : -1], 0)


def compare(
    models: Models,
    params: Any,
    batch: TrainBatch,
    teacher: Teacher | None,
    mask_BT: Bool[Array, "B T"],
    settings: ObjectiveSettings,
    *,
    head_gradient: bool = True,
) -> HeadOut:
    """HeadOut with arrays [B, T]: the student's forward pass and the pass over the vocabulary.

    Args:
      models, params: the student.
      batch: its student side is read.
      teacher: None: none.
      mask_BT: tokens that count.
      settings: the divergence, temperature and chunks.
      head_gradient: False: the head is frozen.
    """
    rows, length = mask_BT.shape
    hidden_BTD = completion_hidden(
        models.hidden_fn,
        params,
        batch.student_tokens_BS,
        batch.student_mask_BS,
        mask_BT,
        batch.student_vision,
    )

    share_BT = None if teacher is None else teacher.student_share_BT
    out = head_pass(
        _flat(hidden_BTD),
        None if teacher is None else _flat(teacher.hidden_BTD),
        models.head_fn(params),
        None if teacher is None else teacher.head_VD,
        _tokens(batch, mask_BT),
        divergence=settings.divergence,
        jsd_alpha=settings.jsd_alpha,
        topk=settings.topk,
        topk_tail=settings.topk_tail,
        kl_clip=settings.kl_clip,
        student_share_N=None if share_BT is None else share_BT.reshape(-1),
        head_gradient=head_gradient,
        **_head_options(settings, None if teacher is None else teacher.mix),
    )
    return HeadOut(*(value_N.reshape(rows, length) for value_N in out))


def hear_teacher(
    models: Models,
    params: Any,
    mix: tuple[Any, float] | None,
    batch: TrainBatch,
    mask_BT: Bool[Array, "B T"],
    settings: ObjectiveSettings,
    *,
    baseline_weight: float = 0.0,
) -> Teacher:
    """One forward pass on the teacher's context, two with a mix, without gradient.

    With a baseline of weight b the target's logits are z_T - b (z_O - z_S), O the teacher after
    feedback on another rollout and S the student of the moment, so that what any feedback raises is
    not learned: with O = S the target is T, with b = 1 and O = T it is S. As a head is linear,
    z_T - b z_O comes of one product with it, from the difference of hidden states. A row without
    such feedback keeps T.

    Cost of a baseline: as many forward passes again, nothing kept of them beyond the hidden states
    of a micro-batch, and for ``baseline_logp_BT`` a product with each head that is read, and one.

    Args:
      models, params: the teacher.
      mix: other parameters and the share of their logits; None: no mix.
      batch: its teacher side is read, and that of the baseline.
      mask_BT: tokens that a teacher has read.
      settings: temperature and chunks.
      baseline_weight: b; 0: no baseline.
    """
    weights = [params] if mix is None else [params, mix[0]]
    heads = [jax.lax.stop_gradient(models.head_fn(each)) for each in weights]

    def hear(*side: Any) -> list[jax.Array]:
        return [
            jax.lax.stop_gradient(completion_hidden(models.hidden_fn, each, *side))
            for each in weights
        ]

    def teacher(hidden: list[jax.Array], **baseline: Any) -> Teacher:
        mixed_in = None if mix is None else (hidden[1], heads[1], mix[1])
        return Teacher(hidden[0], heads[0], mix=mixed_in, **baseline)

    own = hear(batch.teacher_tokens_BR, batch.teacher_mask_BR, mask_BT, batch.teacher_vision)
    if not baseline_weight:
        return teacher(own)
    heard_BT = mask_BT & batch.has_baseline_B[:, None]
    other = hear(batch.baseline_tokens_BR, batch.baseline_mask_BR, heard_BT, batch.baseline_vision)

    def less(own_BTD: jax.Array, other_BTD: jax.Array) -> jax.Array:
        left_BTD = own_BTD.astype(jnp.float32) - baseline_weight * other_BTD.astype(jnp.float32)
        return left_BTD.astype(own_BTD.dtype)

    return teacher(
        list(map(less, own, other)),
        student_share_BT=jnp.where(heard_BT, baseline_weight, 0.0),
        baseline_logp_BT=_logp(teacher(other), batch, heard_BT, settings),
    )


def _logp(
    teacher: Teacher, batch: TrainBatch, mask_BT: jax.Array, settings: ObjectiveSettings
) -> jax.Array:
    """float32[B, T]: a teacher's log-probability of the tokens; the student's place is a dummy."""
    hidden_ND = _flat(teacher.hidden_BTD)
    out = head_pass(
        *(hidden_ND, hidden_ND, teacher.head_VD, teacher.head_VD, _tokens(batch, mask_BT)),
        divergence="sampled",
        **_head_options(settings, teacher.mix),
    )
    return out.teacher_logp_N.reshape(mask_BT.shape)


def _head_options(settings: ObjectiveSettings, mix: Any) -> dict[str, Any]:
    mixed_in = {} if mix is None else {
        "mix_hidden_ND": _flat(mix[0]), "mix_head_VD": mix[1], "teacher_mix": mix[2]
    }  # fmt: skip
    return mixed_in | {
        "temperature": settings.temperature,
        "chunk_size": settings.head_chunk,
        "vocab_size": settings.vocab_size,
    }


def _flat(hidden_BTD: jax.Array) -> jax.Array:
    return hidden_BTD.reshape(-1, hidden_BTD.shape[-1])


def _tokens(batch: TrainBatch, mask_BT: jax.Array) -> jax.Array:
    """int32[B * T]: the completions, 0 where they do not count."""
    return jnp.where(mask_BT, batch.student_tokens_BS[:, -mask_BT.shape[1] :], 0).reshape(-1)


def make_logp_fn(
    hidden_fn: HiddenFn,
    head_fn: HeadFn,
    settings: ObjectiveSettings,
    *,
    num_microbatches: int = 1,
) -> Callable[[Any, TrainBatch], jax.Array]:
    """The log-probability of a batch's completions under given parameters, to be jitted.

    For reference_kl: ``batch.replace(reference_logp_BT=logp(initial_params, batch))``, once per
    batch. With adapters ``initial_params`` are the base with fresh ones: no second copy.

    Returns:
      logp(params, batch) -> float32[B, T], at the temperature of the sampler; 0 where masked. No
      array [B, T, V] is made.
    """
    models = Models(hidden_fn, head_fn)

    def logp(params: Any, batch: TrainBatch) -> jax.Array:
        check_shapes(batch, num_microbatches)
        batch = jax.tree.map(jnp.asarray, batch)

        def of_part(part: TrainBatch) -> jax.Array:
            mask_BT = part.completion_mask_BT & part.sample_mask_B[:, None]
            out = compare(models, params, part, None, mask_BT, settings)
            return jnp.where(mask_BT, out.student_logp_N, 0)

        return join(jax.lax.map(of_part, split(batch, num_microbatches)))

    return logp


def split(tree: Any, parts: int) -> Any:
    """[B, ...] -> [parts, B / parts, ...] of every leaf, every parts-th row in one part.

    Strided, so that a batch sharded over devices is spread over all of them in every part.
    """
    return jax.tree.map(
        lambda x: jnp.swapaxes(x.reshape(-1, parts, *x.shape[1:]), 0, 1),
        tree,
    )


def join(tree: Any) -> Any:
    """The inverse of split."""
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1).reshape(-1, *x.shape[2:]), tree)


def _blank_unused(vision: Any, is_used_B: jax.Array) -> Any:
    """Pixels of rows that count nowhere become 0: 0 * nan would be nan in the gradient."""

    def blank(x: jax.Array) -> jax.Array:
        if not jnp.issubdtype(x.dtype, jnp.floating):
            return x
        return jnp.where(is_used_B.reshape(-1, *(1,) * (x.ndim - 1)), x, 0)

    return jax.tree.map(blank, vision)
