"""A language model of a few hundred parameters, for tests of what is built around a model."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

VOCAB = 17
WIDTH = 8


def init(key: jax.Array, vocab: int = VOCAB, width: int = WIDTH) -> dict[str, jax.Array]:
    """Parameters: tied embedding [V, D] and one mixing layer."""
    keys = jax.random.split(key, 3)
    return {
        "embedding_VD": jax.random.normal(keys[0], (vocab, width)),
        "mix_DD": jax.random.normal(keys[1], (width, width)) / jnp.sqrt(width),
        "previous_DD": jax.random.normal(keys[2], (width, width)) / jnp.sqrt(width),
    }


def hidden(params: Any, tokens_BS: jax.Array, mask_BS: jax.Array, vision: Any = None) -> jax.Array:
    """hidden_BSD: each token with the mean of those before it; masked ones are not read.

    ``vision`` is {"patches_BFD": float32, "slot_BS": int32}: a token with a slot of 0 or more
    stands for that patch, mixed, as image tokens stand for features.
    """
    embedded_BSD = params["embedding_VD"][tokens_BS]
    if vision is not None:
        features_BFD = jnp.tanh(vision["patches_BFD"] @ params["mix_DD"])
        slot_BS1 = vision["slot_BS"][:, :, None]
        read_BSD = jnp.take_along_axis(features_BFD, jnp.maximum(slot_BS1, 0), axis=1)
        embedded_BSD = jnp.where(slot_BS1 >= 0, read_BSD, embedded_BSD)
    embedded_BSD = jnp.where(mask_BS[:, :, None], embedded_BSD, 0)
    count_BS = jnp.cumsum(mask_BS, axis=1, dtype=jnp.float32)
    mean_BSD = jnp.cumsum(embedded_BSD, axis=1) / jnp.maximum(count_BS, 1)[:, :, None]
    previous_BSD = jnp.pad(embedded_BSD, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    mixed_BSD = mean_BSD @ params["mix_DD"] + previous_BSD @ params["previous_DD"]
    return jnp.tanh(mixed_BSD + embedded_BSD)


def head(params: Any) -> jax.Array:
    """head_VD, tied to the embedding."""
    return params["embedding_VD"]
