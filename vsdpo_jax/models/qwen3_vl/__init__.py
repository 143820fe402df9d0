"""Qwen3-VL as functions of a parameter tree: the text path.

``params`` is a nested dict of arrays, layers stacked on axis 0; config.py holds the sizes,
weights.py the way from and to Hugging Face files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.mrope import text_positions
from vsdpo_jax.models.qwen3_vl.text import KVCache, TextTower, make_cache

Params = dict[str, Any]

__all__ = [
    "KVCache",
    "Qwen3VLConfig",
    "forward",
    "head_VD",
    "hidden_fn",
    "init",
    "make_cache",
    "text_positions",
]


def init(key: jax.Array, config: Qwen3VLConfig) -> Params:
    """Fresh float32 parameters."""
    tokens_BS = jnp.zeros((1, 1), jnp.int32)
    mask_BS = jnp.ones((1, 1), bool)
    make = jax.jit(TextTower(config).init)  # one program instead of an operation per parameter
    return make(key, tokens_BS, text_positions(mask_BS), mask_BS)["params"]


def forward(
    params: Params,
    config: Qwen3VLConfig,
    tokens_BS: Int[Array, "B S"],
    positions_3BS: Int[Array, "3 B S"],
    mask_BS: Bool[Array, "B S"],
    cache: KVCache | None = None,
    *,
    dtype: DTypeLike = jnp.float32,
    remat: bool = False,
) -> tuple[Float[Array, "B S D"], KVCache | None]:
    """Hidden states after the final norm, and the cache with these tokens in it.

    Args:
      params: as ``init`` or ``weights.load`` give them, of any float dtype.
      config: sizes.
      tokens_BS: ids below config.vocab_size.
      positions_3BS: rotary positions on the axes time, height, width.
      mask_BS: False for padding, on either side; without a cache at least one True in a row that
        is read.
      cache: None, or what was read before (``make_cache`` to begin). Its slots are filled from
        ``cache.index`` on; writing past the last one is the caller's error.
      dtype: of activations.
      remat: recompute each layer in the backward pass.
    """
    tower = TextTower(config, dtype=dtype, remat=remat)
    return tower.apply({"params": params}, tokens_BS, positions_3BS, mask_BS, cache)  # type: ignore[return-value]


def head_VD(params: Params, config: Qwen3VLConfig) -> Float[Array, "V D"]:
    """The output table: logits = hidden @ head_VD.T. The embedding itself when they are tied."""
    return params["embed_tokens"] if config.tie_word_embeddings else params["lm_head"].T


def hidden_fn(
    config: Qwen3VLConfig, *, dtype: DTypeLike = jnp.float32, remat: bool = False
) -> Callable[[Params, jax.Array, jax.Array], jax.Array]:
    """The model as training reads it: (params, tokens_BS, mask_BS) -> hidden_BSD, for text.

    Hidden states are those after the final norm; positions follow the mask.
    """

    def hidden(params: Params, tokens_BS: jax.Array, mask_BS: jax.Array) -> jax.Array:
        positions_3BS = text_positions(mask_BS)
        return forward(params, config, tokens_BS, positions_3BS, mask_BS, dtype=dtype, remat=remat)[
            0
        ]

    return hidden
