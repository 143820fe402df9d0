"""The tower in Flax Linen. Parameters are a plain nested dict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
_EPS = 1e-5
_BATCH = 32


@dataclass(frozen=True, kw_only=True)
class ClipConfig:
    """Sizes; the defaults are ViT-B/32's.

    Attributes:
      side: of the pictures, pixels.
      patch: side of a patch, pixels.
      width, heads, layers, hidden: of the transformer; ``hidden`` between its two dense layers.
      embedding: length of the result.
    """

    side: int = 224
    patch: int = 32
    width: int = 768
    heads: int = 12
    layers: int = 12
    hidden: int = 3072
    embedding: int = 512


def normalized(pixels_BYXC: UInt8[np.ndarray, "B Y X 3"]) -> Float[np.ndarray, "B Y X 3"]:
    """float32: pictures of the tower's size, their channels normalised as in training."""
    return ((pixels_BYXC / 255.0 - MEAN) / STD).astype(np.float32)


class _Block(nn.Module):
    config: ClipConfig

    @nn.compact
    def __call__(self, x_BNE: Float[Array, "B N E"]) -> Float[Array, "B N E"]:
        config = self.config
        shape = (*x_BNE.shape[:2], config.heads, config.width // config.heads)
        normed = nn.LayerNorm(epsilon=_EPS, name="layer_norm1")(x_BNE)
        q, k, v = (
            nn.Dense(config.width, name=name)(normed).reshape(shape)
            for name in ("q_proj", "k_proj", "v_proj")
        )
        logits = jnp.einsum("bqhd,bkhd->bhqk", q, k) * shape[-1] ** -0.5
        mixed = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(logits, axis=-1), v)
        x_BNE = x_BNE + nn.Dense(config.width, name="out_proj")(mixed.reshape(x_BNE.shape))
        hidden = nn.LayerNorm(epsilon=_EPS, name="layer_norm2")(x_BNE)
        hidden = nn.Dense(config.hidden, name="fc1")(hidden)
        hidden = hidden * jax.nn.sigmoid(1.702 * hidden)  # the "quick" GELU of the original
        return x_BNE + nn.Dense(config.width, name="fc2")(hidden)


class Tower(nn.Module):
    """Normalised pictures to embeddings, not of unit length."""

    config: ClipConfig

    @nn.compact
    def __call__(self, pixels_BYXC: Float[Array, "B Y X 3"]) -> Float[Array, "B D"]:
        config = self.config
        patch = (config.patch, config.patch)
        patches = nn.Conv(
            config.width, patch, strides=patch, padding="VALID", use_bias=False, name="patches"
        )(pixels_BYXC)
        tokens = patches.reshape(patches.shape[0], -1, config.width)
        normal = nn.initializers.normal(0.02)
        first = self.param("class_embedding", normal, (config.width,))
        places = self.param("positions", normal, (tokens.shape[1] + 1, config.width))
        first_B1E = jnp.broadcast_to(first[None, None], (tokens.shape[0], 1, config.width))
        x_BNE = jnp.concatenate([first_B1E, tokens], axis=1) + places[None]
        x_BNE = nn.LayerNorm(epsilon=_EPS, name="pre_norm")(x_BNE)
        for number in range(config.layers):
            x_BNE = _Block(config, name=f"layer_{number}")(x_BNE)
        pooled = nn.LayerNorm(epsilon=_EPS, name="post_norm")(x_BNE[:, 0])
        return nn.Dense(config.embedding, use_bias=False, name="projection")(pooled)


@partial(jax.jit, static_argnames="config")
def embed(
    params: Any, pixels_BYXC: Float[Array, "B Y X 3"], config: ClipConfig = ClipConfig()
) -> Float[Array, "B D"]:
    """Embeddings of normalised pictures.

    Args:
      params: of ``load``, or of ``Tower(config).init``.
      pixels_BYXC: from ``normalized``.
      config: sizes of the tower.
    """
    return Tower(config).apply({"params": params}, pixels_BYXC)  # pyright: ignore[reportReturnType]


def similarity(
    params: Any,
    first_BYXC: UInt8[np.ndarray, "B Y X 3"],
    second_BYXC: UInt8[np.ndarray, "B Y X 3"],
    config: ClipConfig = ClipConfig(),
) -> Float[np.ndarray, " B"]:
    """Cosines of the embeddings of pairs of pictures.

    Equal pictures are embedded once, and batches are filled up, so that one program serves all.

    Args:
      params, config: see ``embed``.
      first_BYXC, second_BYXC: pictures of the tower's size.
    """
    pictures = [*first_BYXC, *second_BYXC]
    keys = [picture.tobytes() for picture in pictures]
    different = dict(zip(keys, pictures, strict=True))
    row_of = {key: row for row, key in enumerate(different)}
    stacked_NYXC = np.stack(list(different.values()))
    parts = []
    for start in range(0, len(stacked_NYXC), _BATCH):
        part_NYXC = stacked_NYXC[start : start + _BATCH]
        missing = _BATCH - len(part_NYXC)
        filled_NYXC = np.concatenate([part_NYXC, np.repeat(part_NYXC[-1:], missing, axis=0)])
        parts.append(np.asarray(embed(params, normalized(filled_NYXC), config))[: len(part_NYXC)])
    embedded_ND = np.concatenate(parts)
    unit_ND = embedded_ND / np.linalg.norm(embedded_ND, axis=1, keepdims=True)
    rows = np.array([row_of[key] for key in keys])
    count = len(first_BYXC)
    return (unit_ND[rows[:count]] * unit_ND[rows[count:]]).sum(axis=1)
