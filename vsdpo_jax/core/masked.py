"""Reductions over the entries that count. What a mask leaves out reaches no result and no gradient.

The masked entries are replaced before any arithmetic: ``0 * nan`` would be nan.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


def masked_sum(
    x: Float[Array, "*shape"], mask: Bool[Array, "*shape"], axis: int | None = None
) -> Float[Array, "*result"]:
    """Sum of x where mask, over ``axis`` (None: all axes); 0 where nothing is left."""
    return jnp.sum(jnp.where(mask, x, 0), axis=axis)


def masked_mean(
    x: Float[Array, "*shape"], mask: Bool[Array, "*shape"], axis: int | None = None
) -> Float[Array, "*result"]:
    """Mean of x where mask, over ``axis`` (None: all axes); 0 where nothing is left."""
    return safe_divide(masked_sum(x, mask, axis), jnp.sum(mask, axis=axis, dtype=x.dtype))


def masked_max(x: Float[Array, "*shape"], mask: Bool[Array, "*shape"]) -> Float[Array, ""]:
    """Largest x where mask, over all axes; 0 where nothing is left."""
    return jnp.where(jnp.any(mask), jnp.max(jnp.where(mask, x, -jnp.inf), initial=-jnp.inf), 0)


def masked_quantile(
    x: Float[Array, "*shape"], mask: Bool[Array, "*shape"], q: float
) -> Float[Array, ""]:
    """The q-quantile (0 to 1, linear between neighbours) of x where mask; 0 without any."""
    if x.size == 0:
        return jnp.zeros((), x.dtype)
    ascending = jnp.sort(jnp.where(mask, x, jnp.inf), axis=None)
    position = q * jnp.maximum(jnp.sum(mask) - 1, 0)
    below = ascending[jnp.floor(position).astype(int)]
    above = ascending[jnp.ceil(position).astype(int)]
    share = position - jnp.floor(position)
    return jnp.where(jnp.any(mask), below + share * (above - below), 0)


def safe_divide(
    total: Float[Array, "*shape"], weight: Float[Array, "*shape"]
) -> Float[Array, "*shape"]:
    """total / weight, and 0 where weight is 0: the one divide of every (sum, weight) pair."""
    is_empty = weight == 0
    return jnp.where(is_empty, 0, total / jnp.where(is_empty, 1, weight))
