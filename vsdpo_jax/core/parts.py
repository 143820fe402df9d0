"""A loss that adds up over rows, differentiated part by part while it is computed.

The gradient of a loss that is one sum over all tokens has to wait for the whole forward pass, by
when the logits of its chunks are gone and have to be made again. Where the loss of a batch is the
sum of the losses of its rows, each part's gradient can be taken at once, from logits that are still
there: four products with the head in place of six.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vsdpo_jax.core.forward import split

PartLoss = Callable[[jax.Array, jax.Array, Any, Any], tuple[jax.Array, Any]]
"""(hidden_XTD, head_VD, rows, shared) of a part -> (its share of the loss, aux)."""


def sum_over_parts(
    loss_fn: PartLoss,
    hidden_BTD: Float[Array, "B T D"],
    head_VD: Float[Array, "V D"],
    rows: Any,
    shared: Any,
    *,
    num_parts: int,
    head_gradient: bool = True,
) -> tuple[Float[Array, ""], Any]:
    """The sum of loss_fn over parts of the rows; its gradients cost one pass over them.

    Gradients flow to hidden_BTD and head_VD through the sum, and nowhere else.

    Args:
      loss_fn: additive over rows; closes over no arrays.
      hidden_BTD: hidden states.
      head_VD: output head.
      rows: pytree of arrays [B, ...] that go with hidden_BTD.
      shared: pytree of what all parts need.
      num_parts: a divisor of B.
      head_gradient: False: head_VD is frozen and gets no gradient.

    Returns:
      (the sum, aux: pytree of arrays [num_parts, ...]). Parts are those of forward.split.

    Raises:
      ValueError: B does not split into num_parts.
    """
    if num_parts < 1 or len(hidden_BTD) % num_parts:
        raise ValueError(
            f"num_parts is {num_parts}: use a divisor of the number of rows, {len(hidden_BTD)}"
        )
    parts = split((hidden_BTD, rows), num_parts)
    return _summed(loss_fn, head_gradient, *parts, head_VD, shared)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _summed(
    loss_fn: PartLoss,
    head_gradient: bool,
    hidden_PXTD: jax.Array,
    rows_PX: Any,
    head_VD: jax.Array,
    shared: Any,
) -> tuple[jax.Array, Any]:
    def of_part(part: tuple[jax.Array, Any]) -> tuple[jax.Array, Any]:
        return loss_fn(part[0], head_VD, part[1], shared)

    share_P, aux_P = jax.lax.map(of_part, (hidden_PXTD, rows_PX))
    return jnp.sum(share_P), aux_P


def _forward(
    loss_fn: PartLoss,
    head_gradient: bool,
    hidden_PXTD: jax.Array,
    rows_PX: Any,
    head_VD: jax.Array,
    shared: Any,
) -> tuple[tuple[jax.Array, Any], tuple]:
    differentiate = jax.value_and_grad(
        loss_fn, argnums=(0, 1) if head_gradient else (0,), has_aux=True
    )

    def of_part(head_sum_VD: jax.Array | None, part: tuple[jax.Array, Any]) -> tuple:
        (share, aux), gradient = differentiate(part[0], head_VD, part[1], shared)
        if head_sum_VD is not None:
            head_sum_VD += gradient[1]
        return head_sum_VD, (share, aux, gradient[0])

    zeros_VD = jnp.zeros(head_VD.shape, jnp.float32) if head_gradient else None
    head_sum_VD, (share_P, aux_P, hidden_gradient_PXTD) = jax.lax.scan(
        of_part, zeros_VD, (hidden_PXTD, rows_PX)
    )
    if head_sum_VD is not None:
        head_sum_VD = head_sum_VD.astype(head_VD.dtype)
    return (jnp.sum(share_P), aux_P), (hidden_gradient_PXTD, head_sum_VD)


def _backward(
    loss_fn: PartLoss, head_gradient: bool, gradients: tuple, cotangent: tuple[jax.Array, Any]
) -> tuple:
    hidden_PXTD, head_VD = jax.tree.map(lambda x: (x * cotangent[0]).astype(x.dtype), gradients)
    return hidden_PXTD, None, head_VD, None


_summed.defvjp(_forward, _backward)
