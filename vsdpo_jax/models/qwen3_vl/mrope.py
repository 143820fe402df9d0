"""Rotary positions on three axes (time, height, width), interleaved over the frequencies.

Text has the same position on all three axes, so for text alone this is plain rotary embedding.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Int32

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig


def text_positions(mask_BS: Bool[Array, "B S"]) -> Int32[Array, "3 B S"]:
    """Positions of text: the count of real tokens before each token, on all three axes.

    Padding on either side has no influence: masked places get the position of the last real
    token before them (0 where there is none), and nothing reads them.
    """
    position_BS = jnp.maximum(jnp.cumsum(mask_BS, axis=1, dtype=jnp.int32) - 1, 0)
    return jnp.broadcast_to(position_BS[None], (3, *position_BS.shape))


def axis_of_frequency(section: tuple[int, int, int]) -> np.ndarray:
    """int[H / 2]: which of (time, height, width) each frequency follows.

    The interleaving of Qwen3-VL: frequency i follows height if i % 3 == 1 and width if
    i % 3 == 2 while their sections last, time otherwise.
    """
    axis = np.zeros(sum(section), np.int32)
    for which in (1, 2):
        axis[which : 3 * section[which] : 3] = which
    return axis


def rotary(
    positions_3BS: Int[Array, "3 B S"], config: Qwen3VLConfig
) -> tuple[Float[Array, "B S H"], Float[Array, "B S H"]]:
    """Cosine and sine of every angle, float32, both halves of the head alike."""
    half = config.head_dim // 2
    exponent = np.arange(half, dtype=np.float32) / half
    frequency = jnp.asarray(1.0 / config.rope_theta**exponent, jnp.float32)
    position_BSF = jnp.moveaxis(positions_3BS[axis_of_frequency(config.mrope_section)], 0, -1)
    angle_BSF = position_BSF.astype(jnp.float32) * frequency[None, None]
    angle_BSH = jnp.concatenate([angle_BSF, angle_BSF], axis=-1)
    return jnp.cos(angle_BSH), jnp.sin(angle_BSH)


def rotate(
    x_BNSH: Float[Array, "B N S H"],
    cos_BSH: Float[Array, "B S H"],
    sin_BSH: Float[Array, "B S H"],
) -> Float[Array, "B N S H"]:
    """Turns the pair (i, i + H / 2) of every head by its angle."""
    first, second = jnp.split(x_BNSH, 2, axis=-1)
    turned_BNSH = jnp.concatenate([-second, first], axis=-1)
    cos, sin = (jax.lax.expand_dims(x.astype(x_BNSH.dtype), (1,)) for x in (cos_BSH, sin_BSH))
    return x_BNSH * cos + turned_BNSH * sin
