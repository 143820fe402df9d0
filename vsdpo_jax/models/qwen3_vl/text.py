"""The text tower of Qwen3-VL in Flax Linen: one block, scanned over stacked parameters.

Axes: B rows, S tokens of this call, C slots of the cache, D width, N query heads, K key-value
heads, G = N / K, H head_dim, L layers. Matrices are stored [in, out].
"""

from __future__ import annotations

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import struct
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, Int32

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.mrope import rotary, rotate


@struct.dataclass
class KVCache:
    """Keys and values of what was read so far, in a fixed number of slots.

    Head-major: of the layouts tried on CPU this one decoded fastest (1.3 to 3 times).

    Attributes:
      key_LBKCH, value_LBKCH: the slots.
      mask_BC: bool, slots that hold a token to attend to.
      index: int32 scalar, the next free slot; the same in all rows, so prompts are left-padded.
    """

    key_LBKCH: Any
    value_LBKCH: Any
    mask_BC: Any
    index: Any


def make_cache(
    config: Qwen3VLConfig, rows: int, slots: int, dtype: DTypeLike = jnp.float32
) -> KVCache:
    """An empty cache of ``slots`` tokens for each of ``rows`` rows."""
    shape = (
        config.num_hidden_layers, rows, config.num_key_value_heads, slots, config.head_dim,
    )  # fmt: skip
    return KVCache(
        key_LBKCH=jnp.zeros(shape, dtype),
        value_LBKCH=jnp.zeros(shape, dtype),
        mask_BC=jnp.zeros((rows, slots), bool),
        index=jnp.zeros((), jnp.int32),
    )


def rms_norm(
    x: Float[Array, "*axes D"], weight_D: Float[Array, " D"], eps: float
) -> Float[Array, "*axes D"]:
    """x / rms(x) in float32, cast back, then scaled: the reference's order of casts."""
    x32 = x.astype(jnp.float32)
    scale = jax.lax.rsqrt(jnp.mean(jnp.square(x32), axis=-1, keepdims=True) + eps)
    weight = weight_D.reshape((1,) * (x.ndim - 1) + weight_D.shape)
    return (x32 * scale).astype(x.dtype) * weight.astype(x.dtype)


def attend(
    query_BNSH: Float[Array, "B N S H"],
    key_BKCH: Float[Array, "B K C H"],
    value_BKCH: Float[Array, "B K C H"],
    mask_BSC: Bool[Array, "B S C"],
) -> Float[Array, "B N S H"]:
    """Grouped-query attention, softmax in float32; rows that may see nothing see everything."""
    rows, heads, length, width = query_BNSH.shape
    groups = key_BKCH.shape[1]
    query_BKGSH = query_BNSH.reshape(rows, groups, heads // groups, length, width)
    score_BKGSC = jnp.einsum(
        "bkgsh,bkch->bkgsc", query_BKGSH, key_BKCH, preferred_element_type=jnp.float32
    )
    # The lowest finite number, not -inf: a row without any visible slot must not become NaN.
    score_BKGSC = jnp.where(
        mask_BSC[:, None, None], score_BKGSC * width**-0.5, jnp.finfo(jnp.float32).min
    )
    share_BKGSC = jax.nn.softmax(score_BKGSC, axis=-1).astype(value_BKCH.dtype)
    out_BKGSH = jnp.einsum("bkgsc,bkch->bkgsh", share_BKGSC, value_BKCH)
    return out_BKGSH.reshape(rows, heads, length, width)


class Attention(nn.Module):
    """Self-attention with normed queries and keys; reads and writes one layer of the cache."""

    config: Qwen3VLConfig

    @nn.compact
    def __call__(
        self,
        x_BSD: jax.Array,
        angles: tuple[jax.Array, jax.Array],
        mask_BSC: jax.Array,
        slots: tuple[jax.Array, jax.Array] | None,
        layer: jax.Array,
        index: jax.Array,
    ) -> tuple[jax.Array, tuple[jax.Array, jax.Array] | None]:
        """Returns (out_BSD, slots): ``slots`` are the cache's [L, B, K, C, H] keys and values."""
        config = self.config
        heads, groups, width = (
            config.num_attention_heads, config.num_key_value_heads, config.head_dim,
        )  # fmt: skip

        def project(name: str, count: int) -> jax.Array:
            kernel = self.param(name, _matrix(1.0), (config.hidden_size, count * width))
            out = (x_BSD @ kernel.astype(x_BSD.dtype)).reshape(*x_BSD.shape[:2], count, width)
            return jnp.swapaxes(out, 1, 2)

        q_norm = self.param("q_norm", nn.initializers.ones, (width,))
        k_norm = self.param("k_norm", nn.initializers.ones, (width,))
        query = rms_norm(project("q_proj", heads), q_norm, config.rms_norm_eps)
        key = rms_norm(project("k_proj", groups), k_norm, config.rms_norm_eps)
        query, key = rotate(query, *angles), rotate(key, *angles)
        value = project("v_proj", groups)
        if slots is not None:
            slots = tuple(
                _write(all_layers, new, layer, index)
                for all_layers, new in zip(slots, (key, value), strict=True)
            )  # type: ignore[assignment]
            key, value = (
                jax.lax.dynamic_index_in_dim(all_layers, layer, keepdims=False)
                for all_layers in slots  # type: ignore[union-attr]
            )
        out_BNSH = attend(query, key, value, mask_BSC)
        out_BSE = jnp.swapaxes(out_BNSH, 1, 2).reshape(*x_BSD.shape[:2], heads * width)
        kernel = self.param("o_proj", _residual(config), (heads * width, config.hidden_size))
        return out_BSE @ kernel.astype(x_BSD.dtype), slots


class MLP(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    config: Qwen3VLConfig

    @nn.compact
    def __call__(self, x_BSD: jax.Array) -> jax.Array:
        """out_BSD."""
        width, inner = self.config.hidden_size, self.config.intermediate_size
        gate = self.param("gate_proj", _matrix(1.0), (width, inner)).astype(x_BSD.dtype)
        up = self.param("up_proj", _matrix(1.0), (width, inner)).astype(x_BSD.dtype)
        down = self.param("down_proj", _residual(self.config), (inner, width))
        return (jax.nn.silu(x_BSD @ gate) * (x_BSD @ up)) @ down.astype(x_BSD.dtype)


class Block(nn.Module):
    """One pre-norm layer, in the form nn.scan wants: carry in, carry out."""

    config: Qwen3VLConfig

    @nn.compact
    def __call__(
        self,
        carry: tuple[jax.Array, tuple[jax.Array, jax.Array] | None],
        layer: jax.Array,
        angles: tuple[jax.Array, jax.Array],
        mask_BSC: jax.Array,
        index: jax.Array,
    ) -> tuple[tuple[jax.Array, tuple[jax.Array, jax.Array] | None], None]:
        """``carry`` is (x_BSD, slots of the cache or None); ``layer`` is this layer's number."""
        x_BSD, slots = carry
        eps, width = self.config.rms_norm_eps, (self.config.hidden_size,)
        before = self.param("input_layernorm", nn.initializers.ones, width)
        out_BSD, slots = Attention(self.config, name="self_attn")(
            rms_norm(x_BSD, before, eps), angles, mask_BSC, slots, layer, index
        )
        x_BSD = x_BSD + out_BSD
        after = self.param("post_attention_layernorm", nn.initializers.ones, width)
        x_BSD = x_BSD + MLP(self.config, name="mlp")(rms_norm(x_BSD, after, eps))
        return (x_BSD, slots), None


class TextTower(nn.Module):
    """Embedding, L scanned blocks, final norm. The head is applied by the caller.

    Attributes:
      config: sizes.
      dtype: of activations and of the cache's content; norms, angles and softmax stay float32.
      remat: recompute each block in the backward pass instead of keeping its activations.
    """

    config: Qwen3VLConfig
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        tokens_BS: Int[Array, "B S"],
        positions_3BS: Int[Array, "3 B S"],
        mask_BS: Bool[Array, "B S"],
        cache: KVCache | None = None,
    ) -> tuple[Float[Array, "B S D"], KVCache | None]:
        """Hidden states after the final norm, and the cache with these tokens in it.

        Args:
          tokens_BS: ids below vocab_size.
          positions_3BS: on the axes time, height, width.
          mask_BS: False for padding, which nothing attends to.
          cache: what was read before; its free slots must take S more.
        """
        config = self.config
        table_VD = self.param(
            "embed_tokens",
            nn.initializers.normal(config.initializer_range),
            (config.vocab_size, config.hidden_size),
        )
        x_BSD = table_VD.astype(self.dtype)[tokens_BS]
        cache_mask_BC, index = _slot_mask(mask_BS, cache)
        carry = (x_BSD, None if cache is None else (cache.key_LBKCH, cache.value_LBKCH))
        (x_BSD, slots), _ = self._blocks()(
            carry,
            jnp.arange(config.num_hidden_layers),
            rotary(positions_3BS, config),
            _visible(cache_mask_BC, index, tokens_BS.shape[1]),
            index,
        )
        norm_D = self.param("norm", nn.initializers.ones, (config.hidden_size,))
        if not config.tie_word_embeddings:
            # Only made here, so that initialisation covers all parameters; see head_VD.
            self.param(
                "lm_head",
                nn.initializers.normal(config.initializer_range),
                (config.hidden_size, config.vocab_size),
            )
        if cache is not None:
            cache = KVCache(
                key_LBKCH=slots[0],
                value_LBKCH=slots[1],
                mask_BC=cache_mask_BC,
                index=index + tokens_BS.shape[1],
            )
        return rms_norm(x_BSD, norm_D, config.rms_norm_eps), cache

    def _blocks(self) -> Any:
        block = nn.remat(Block, prevent_cse=False) if self.remat else Block
        return nn.scan(
            block,
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=(0, nn.broadcast, nn.broadcast, nn.broadcast),  # type: ignore
            length=self.config.num_hidden_layers,
        )(self.config, name="layers")


def _slot_mask(
    mask_BS: Bool[Array, "B S"], cache: KVCache | None
) -> tuple[Bool[Array, "B C"], Int32[Array, ""]]:
    """Slots that hold a token once this call's are written, and the first slot written."""
    if cache is None:
        return mask_BS, jnp.zeros((), jnp.int32)
    mask_BC = jax.lax.dynamic_update_slice(cache.mask_BC, mask_BS, (0, cache.index))
    return mask_BC, cache.index


def _visible(
    mask_BC: Bool[Array, "B C"], index: Int32[Array, ""], length: int
) -> Bool[Array, "B S C"]:
    """Token s of this call stands in slot index + s and sees the real tokens up to itself."""
    slot_C = jnp.arange(mask_BC.shape[1])
    is_past_SC = slot_C[None] <= index + jnp.arange(length)[:, None]
    return is_past_SC[None] & mask_BC[:, None]


def _write(
    all_layers_LBKCH: jax.Array, new_BKSH: jax.Array, layer: jax.Array, index: jax.Array
) -> jax.Array:
    """Puts new keys or values into their slots of one layer."""
    new_1BKSH = new_BKSH[None].astype(all_layers_LBKCH.dtype)
    zero = jnp.zeros((), index.dtype)
    where = (layer.astype(index.dtype), zero, zero, index, zero)
    return jax.lax.dynamic_update_slice(all_layers_LBKCH, new_1BKSH, where)


def _matrix(gain: float) -> nn.initializers.Initializer:
    """Normal with standard deviation gain / sqrt(inputs), so that activations keep their scale."""
    return nn.initializers.variance_scaling(gain**2, "fan_in", "normal")


def _residual(config: Qwen3VLConfig) -> nn.initializers.Initializer:
    """Smaller by sqrt(2 L) for what is added to the residual stream 2 L times."""
    return _matrix((2 * config.num_hidden_layers) ** -0.5)
