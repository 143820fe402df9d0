"""Qwen3-VL as functions of a parameter tree.

``params`` is a nested dict of arrays, layers stacked on axis 0; config.py holds the sizes,
geometry.py makes the images' inputs on the host, weights.py is the way from and to Hugging Face
files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.models.qwen3_vl import vision as vision_tower
from vsdpo_jax.models.qwen3_vl.attention import check
from vsdpo_jax.models.qwen3_vl.config import ExpertsConfig, Qwen3VLConfig, VisionConfig
from vsdpo_jax.models.qwen3_vl.mrope import text_positions
from vsdpo_jax.models.qwen3_vl.text import KVCache, TextTower, make_cache, separate
from vsdpo_jax.models.qwen3_vl.vision import ImageFeatures, VisionInputs, encode_images

Params = dict[str, Any]

__all__ = [
    "ExpertsConfig",
    "ImageFeatures",
    "KVCache",
    "Qwen3VLConfig",
    "VisionConfig",
    "VisionInputs",
    "encode_images",
    "forward",
    "head_VD",
    "hidden_fn",
    "init",
    "make_cache",
    "separate",
    "text_positions",
]


def init(key: jax.Array, config: Qwen3VLConfig) -> Params:
    """Fresh float32 parameters; of both towers when the config has both."""
    tokens_BS = jnp.zeros((1, 1), jnp.int32)
    mask_BS = jnp.ones((1, 1), bool)
    make = jax.jit(TextTower(config).init)  # one program instead of an operation per parameter
    params = make(key, tokens_BS, text_positions(mask_BS), mask_BS)["params"]
    if config.vision is not None:
        make_visual = jax.jit(vision_tower.init, static_argnums=1)
        params["visual"] = make_visual(jax.random.fold_in(key, 1), config.vision)
    return params


def forward(
    params: Params,
    config: Qwen3VLConfig,
    tokens_BS: Int[Array, "B S"],
    positions_3BS: Int[Array, "3 B S"],
    mask_BS: Bool[Array, "B S"],
    cache: KVCache | None = None,
    *,
    features: ImageFeatures | None = None,
    slot_BS: Int[Array, "B S"] | None = None,
    dtype: DTypeLike = jnp.float32,
    remat: bool = False,
    attention: str = "xla",
    is_first: bool = False,
    is_separate: bool = False,
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
      features: of the images, from ``encode_images``.
      slot_BS: which feature stands for each token, -1 for text: VisionInputs.slot_BS. Given
        together with ``features``.
      dtype: of activations.
      remat: recompute each layer in the backward pass.
      attention: implementation: "xla", "cudnn" or "splash", see attention.py. Calls that read a
        cache always take "xla".
      is_first: the cache is empty (a prompt is read): tokens read each other and not the slots,
        which saves time and lets ``attention`` count. Wrong for a cache with content.
      is_separate: ``params`` and ``cache`` come from ``separate``; text alone.

    Raises:
      ValueError: one of ``features`` and ``slot_BS`` without the other, or an ``attention`` that
        cannot run here.
    """
    if (features is None) != (slot_BS is None):
        given = "features" if slot_BS is None else "slot_BS"
        raise ValueError(f"{given} is given alone: pass features and slot_BS together")
    check(attention, dtype)
    tower = TextTower(
        config, dtype=dtype, remat=remat, implementation=attention, is_first=is_first,
        is_separate=is_separate,
    )  # fmt: skip
    return tower.apply(  # type: ignore[return-value]
        {"params": params}, tokens_BS, positions_3BS, mask_BS, cache, features, slot_BS
    )


def head_VD(params: Params, config: Qwen3VLConfig) -> Float[Array, "V D"]:
    """The output table: logits = hidden @ head_VD.T. The embedding itself when they are tied."""
    return params["embed_tokens"] if config.tie_word_embeddings else params["lm_head"].T


def hidden_fn(
    config: Qwen3VLConfig,
    *,
    dtype: DTypeLike = jnp.float32,
    remat: bool = False,
    attention: str = "xla",
) -> Callable[..., jax.Array]:
    """The model as training reads it: (params, tokens_BS, mask_BS, vision=None) -> hidden_BSD.

    Hidden states are those after the final norm. Without ``vision`` (VisionInputs) the tokens are
    text and positions follow the mask; with it the images are encoded inside, so that gradients
    reach both towers.
    """

    def hidden(
        params: Params,
        tokens_BS: jax.Array,
        mask_BS: jax.Array,
        vision: VisionInputs | None = None,
    ) -> jax.Array:
        how: dict[str, Any] = {"dtype": dtype, "remat": remat, "attention": attention}
        if vision is None:
            return forward(params, config, tokens_BS, text_positions(mask_BS), mask_BS, **how)[0]
        positions_3BS = jnp.swapaxes(jnp.asarray(vision.positions_B3S), 0, 1)
        features = encode_images(params, config, vision, **how)
        slot_BS = jnp.asarray(vision.slot_BS)
        return forward(
            params, config, tokens_BS, positions_3BS, mask_BS, features=features, slot_BS=slot_BS,
            **how,
        )[0]  # fmt: skip

    return hidden
