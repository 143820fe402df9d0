"""The vision tower of Qwen3-VL in Flax Linen, for padded batches of images of any size.

Every image attends within itself, so images are rows of a batch and not one packed sequence:
everything has a leading axis B and can be split over devices by rows.

Axes: B rows of the text batch, M images in a row, P patches of an image, I = B * M, E width, C
values of a patch, F = M * P / merge^2 places for features in a row, N DeepStack levels, D width of
the text tower, S text tokens.
"""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from vsdpo_jax.models.qwen3_vl.attention import Pattern, attend, check, make_pattern
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig, VisionConfig
from vsdpo_jax.models.qwen3_vl.mrope import rotate

ROPE_THETA = 10000.0
NORM_EPS = 1e-6


@struct.dataclass
class VisionInputs:
    """Images of a text batch and where they stand in it; ``geometry.vision_inputs`` makes it.

    Attributes:
      patches_BMPC: float32, normalised pixels in merge-block order; zero for padding.
      patch_mask_BMP: bool, False for padding.
      taps_BM4P: int32, the four rows of the position table around each patch.
      tap_weights_BM4P: float32, their weights.
      place_BM2P: int32, row and column of each patch in its image.
      slot_BS: int32, which of the row's F features stands for each token; -1 for text.
      positions_B3S: int32, rotary positions of each token on the axes time, height, width.
    """

    patches_BMPC: Any
    patch_mask_BMP: Any
    taps_BM4P: Any
    tap_weights_BM4P: Any
    place_BM2P: Any
    slot_BS: Any
    positions_B3S: Any


@struct.dataclass
class ImageFeatures:
    """What the text tower reads of the images.

    Attributes:
      tokens_BFD: in place of the placeholders' embeddings.
      deepstack_NBFD: to be added to the output of the first N text layers.
    """

    tokens_BFD: Any
    deepstack_NBFD: Any


def at_slots(
    features_BFD: Float[Array, "B F D"], slot_BS: Int[Array, "B S"]
) -> Float[Array, "B S D"]:
    """The feature of every token, zero where it has none (slot -1)."""
    rows_BSD = jnp.take_along_axis(
        features_BFD, jnp.maximum(slot_BS, 0)[..., None], axis=1, mode="clip"
    )
    return jnp.where((slot_BS >= 0)[..., None], rows_BSD, 0)


def interpolate(
    table_VE: Float[Array, "V E"], taps_I4P: Int[Array, "I 4 P"], weights_I4P: Float[Array, "I 4 P"]
) -> Float[Array, "I P E"]:
    """Bilinear samples of the position table, float32."""
    corners_I4PE = table_VE[taps_I4P].astype(jnp.float32)
    return jnp.sum(corners_I4PE * weights_I4P[..., None], axis=1)


def rotary_2d(
    place_I2P: Int[Array, "I 2 P"], config: VisionConfig
) -> tuple[Float[Array, "I P H"], Float[Array, "I P H"]]:
    """Cosine and sine, float32: a quarter of the head turns by row, a quarter by column, twice."""
    quarter = config.hidden_size // config.num_heads // 4
    frequency = 1.0 / np.float32(ROPE_THETA) ** (np.arange(quarter, dtype=np.float32) / quarter)
    angle_I2PF = place_I2P[..., None].astype(jnp.float32) * frequency[None, None, None]
    angle_IPF = jnp.concatenate([angle_I2PF[:, 0], angle_I2PF[:, 1]], axis=-1)
    angle_IPH = jnp.concatenate([angle_IPF, angle_IPF], axis=-1)
    return jnp.cos(angle_IPH), jnp.sin(angle_IPH)


class VisionAttention(nn.Module):
    """Attention of all patches of an image to each other; rotation in float32."""

    config: VisionConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self,
        x_IPE: jax.Array,
        angles: tuple[jax.Array, jax.Array],
        pattern: Pattern,
    ) -> jax.Array:
        """out_IPE."""
        heads, width = self.config.num_heads, self.config.hidden_size
        qkv = nn.Dense(3 * width, dtype=self.dtype, name="qkv")(x_IPE)
        qkv = qkv.reshape(*x_IPE.shape[:2], 3, heads, width // heads)
        query, key, value = jnp.transpose(qkv, (2, 0, 3, 1, 4))
        query, key = (rotate(x.astype(jnp.float32), *angles).astype(x.dtype) for x in (query, key))
        out_INPH = attend(query, key, value, pattern)
        out_IPE = jnp.swapaxes(out_INPH, 1, 2).reshape(x_IPE.shape)
        return nn.Dense(width, dtype=self.dtype, name="proj")(out_IPE)


class VisionMLP(nn.Module):
    """Two layers with the tanh form of GELU between them."""

    config: VisionConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x_IPE: jax.Array) -> jax.Array:
        """out_IPE."""
        inner = nn.Dense(self.config.intermediate_size, dtype=self.dtype, name="linear_fc1")(x_IPE)
        out = nn.Dense(self.config.hidden_size, dtype=self.dtype, name="linear_fc2")
        return out(jax.nn.gelu(inner, approximate=True))


class VisionBlock(nn.Module):
    """One pre-norm block, in the form nn.scan wants: carry in, carry out."""

    config: VisionConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self,
        carry: tuple[jax.Array, jax.Array],
        level: jax.Array,
        angles: tuple[jax.Array, jax.Array],
        pattern: Pattern,
    ) -> tuple[tuple[jax.Array, jax.Array], None]:
        """``carry`` is (x_IPE, kept [levels, I, P, E]); its output is kept at ``level``."""
        x_IPE, kept = carry
        x_IPE = x_IPE + VisionAttention(self.config, self.dtype, name="attn")(
            _norm(self.dtype, "norm1")(x_IPE), angles, pattern
        )
        mlp = VisionMLP(self.config, self.dtype, name="mlp")
        x_IPE = x_IPE + mlp(_norm(self.dtype, "norm2")(x_IPE))
        kept = jax.lax.dynamic_update_index_in_dim(kept, x_IPE, level, 0)
        return (x_IPE, kept), None


class Merger(nn.Module):
    """Makes the patches of a block one token: norm, two layers with the exact GELU between them.

    Attributes:
      config: sizes.
      dtype: of activations.
      norms_block: norm over all values of a block (DeepStack), instead of over each patch.
    """

    config: VisionConfig
    dtype: DTypeLike = jnp.float32
    norms_block: bool = False

    @nn.compact
    def __call__(self, x_IPE: jax.Array) -> jax.Array:
        """out [I, P / merge^2, D]."""
        width = self.config.hidden_size * self.config.patches_per_token
        shape = (x_IPE.shape[0], x_IPE.shape[1] // self.config.patches_per_token, width)
        norm = _norm(self.dtype, "norm")
        x = norm(x_IPE.reshape(shape)) if self.norms_block else norm(x_IPE).reshape(shape)
        inner = nn.Dense(width, dtype=self.dtype, name="linear_fc1")(x)
        out = nn.Dense(self.config.out_hidden_size, dtype=self.dtype, name="linear_fc2")
        return out(jax.nn.gelu(inner, approximate=False))


class VisionTower(nn.Module):
    """Patch embedding, scanned blocks, mergers.

    Attributes:
      config: sizes.
      dtype: of activations; norms, positions, angles and softmax stay float32.
      remat: recompute each block in the backward pass instead of keeping its activations.
      implementation: of attention.
    """

    config: VisionConfig
    dtype: DTypeLike = jnp.float32
    remat: bool = False
    implementation: str = "xla"

    @nn.compact
    def __call__(
        self,
        patches_IPC: Float[Array, "I P C"],
        mask_IP: jax.Array,
        taps_I4P: Int[Array, "I 4 P"],
        tap_weights_I4P: Float[Array, "I 4 P"],
        place_I2P: Int[Array, "I 2 P"],
    ) -> tuple[jax.Array, jax.Array]:
        """(tokens [I, P / merge^2, D], deepstack [N, I, P / merge^2, D])."""
        config = self.config
        x_IPE = nn.Dense(config.hidden_size, dtype=self.dtype, name="patch_embed")(
            patches_IPC.astype(self.dtype)
        )
        table_VE = self.param(
            "pos_embed",
            nn.initializers.normal(0.02),
            (config.num_position_embeddings, config.hidden_size),
        )
        x_IPE += interpolate(table_VE, taps_I4P, tap_weights_I4P).astype(self.dtype)
        levels = config.deepstack_visual_indexes
        # One place more than there are levels, for the blocks whose output nobody keeps.
        kept = jnp.zeros((len(levels) + 1, *x_IPE.shape), x_IPE.dtype)
        level_of_block = np.full(config.depth, len(levels), np.int32)
        level_of_block[list(levels)] = np.arange(len(levels))
        (x_IPE, kept), _ = self._blocks()(
            (x_IPE, kept),
            jnp.asarray(level_of_block),
            rotary_2d(place_I2P, config),
            make_pattern(mask_IP, is_causal=False, implementation=self.implementation),
        )
        tokens = Merger(config, self.dtype, name="merger")(x_IPE)
        if not levels:
            return tokens, jnp.zeros((0, *tokens.shape), tokens.dtype)
        mergers = nn.vmap(Merger, variable_axes={"params": 0}, split_rngs={"params": True})
        deepstack = mergers(config, self.dtype, norms_block=True, name="deepstack_merger_list")
        return tokens, deepstack(kept[: len(levels)])

    def _blocks(self) -> Any:
        block = nn.remat(VisionBlock, prevent_cse=False) if self.remat else VisionBlock
        return nn.scan(
            block,
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=(0, nn.broadcast, nn.broadcast),  # type: ignore[arg-type]
            length=self.config.depth,
        )(self.config, self.dtype, name="blocks")


def init(key: jax.Array, config: VisionConfig) -> dict[str, Any]:
    """Fresh float32 parameters of the tower: the subtree ``visual``."""
    patches = config.patches_per_token
    variables: Any = VisionTower(config).init(
        key,
        jnp.zeros((1, patches, config.patch_values), jnp.float32),
        jnp.ones((1, patches), bool),
        jnp.zeros((1, 4, patches), jnp.int32),
        jnp.zeros((1, 4, patches), jnp.float32),
        jnp.zeros((1, 2, patches), jnp.int32),
    )
    return variables["params"]


def encode_images(
    params: dict[str, Any],
    config: Qwen3VLConfig,
    vision: VisionInputs,
    *,
    dtype: DTypeLike = jnp.float32,
    remat: bool = False,
    attention: str = "xla",
) -> ImageFeatures:
    """Features of all images, differentiable.

    Args:
      params: of the whole model; the subtree ``visual`` is read.
      config: of a model with a vision tower.
      vision: the images.
      dtype: of activations and of the result.
      remat: recompute each block in the backward pass.
      attention: implementation, see attention.py.

    Raises:
      ValueError: the model has no vision tower, or ``attention`` cannot run here.
    """
    if config.vision is None:
        raise ValueError(
            "the model has no vision tower (config.json has no vision_config): leave the images "
            "out, or use a model that has one"
        )
    check(attention, dtype)
    rows, images = vision.patch_mask_BMP.shape[:2]
    tower = VisionTower(config.vision, dtype=dtype, remat=remat, implementation=attention)
    out: Any = tower.apply(
        {"params": params["visual"]},
        *(
            jnp.asarray(x).reshape(rows * images, *x.shape[2:])
            for x in (
                vision.patches_BMPC,
                vision.patch_mask_BMP,
                vision.taps_BM4P,
                vision.tap_weights_BM4P,
                vision.place_BM2P,
            )
        ),
    )
    tokens_IFD, deepstack_NIFD = out
    shape = (rows, images * tokens_IFD.shape[1], tokens_IFD.shape[2])
    return ImageFeatures(
        tokens_BFD=tokens_IFD.reshape(shape),
        deepstack_NBFD=deepstack_NIFD.reshape(len(deepstack_NIFD), *shape),
    )


def _norm(dtype: DTypeLike, name: str) -> nn.LayerNorm:
    # The fast variance, E[x^2] - E[x]^2, loses digits where the mean is large.
    return nn.LayerNorm(epsilon=NORM_EPS, dtype=dtype, use_fast_variance=False, name=name)
