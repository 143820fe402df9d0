"""The text tower of Qwen3-VL in Flax Linen: one block, scanned over stacked parameters.

Axes: B rows, S tokens of this call, C slots of the cache, D width, N query heads, K key-value
heads, H head_dim, L layers, F features of images, P prompts that groups of rows share. Matrices
are stored [in, out].
"""

from __future__ import annotations

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import struct
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.models.qwen3_vl.attention import (
    Dense,
    Pattern,
    Prefix,
    attend,
    attend_slots,
    cached_pattern,
    make_pattern,
)
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.experts import Experts
from vsdpo_jax.models.qwen3_vl.mrope import rotary, rotate
from vsdpo_jax.models.qwen3_vl.vision import ImageFeatures, at_slots

Slots = tuple[jax.Array, jax.Array]


@struct.dataclass
class KVCache:
    """Keys and values of what was read so far, in a fixed number of slots.

    Head-major, and keys with their slots last: of the layouts tried on CPU these decode fastest
    (1.3 to 3 times, and 1.4 times for the slots' place).

    Attributes:
      key_LBKHC, value_LBKCH: the slots; or, for layers apart (``separate``), tuples of L arrays
        without the first axis.
      mask_BC: bool, slots that hold a token to attend to.
      index: int32 scalar, the next free slot; the same in all rows, so prompts are left-padded.
      prefix: what stands before the slots, None for nothing: the cache of P prompts, read by B / P
        rows each, groups side by side. A group shares its prompt's keys and values: they are kept
        once, and all its queries read them in one product.
    """

    key_LBKHC: Any
    value_LBKCH: Any
    mask_BC: Any
    index: Any
    prefix: Any = None


def make_cache(
    config: Qwen3VLConfig,
    rows: int,
    slots: int,
    dtype: DTypeLike = jnp.float32,
    prefix: KVCache | None = None,
) -> KVCache:
    """An empty cache of ``slots`` tokens for each of ``rows`` rows, behind ``prefix``."""
    heads = (config.num_hidden_layers, rows, config.num_key_value_heads)
    return KVCache(
        key_LBKHC=jnp.zeros((*heads, config.head_dim, slots), dtype),
        value_LBKCH=jnp.zeros((*heads, slots, config.head_dim), dtype),
        mask_BC=jnp.zeros((rows, slots), bool),
        index=jnp.zeros((), jnp.int32),
        prefix=prefix,
    )


def separate(params: Any, cache: KVCache, config: Qwen3VLConfig) -> tuple[Any, KVCache]:
    """Parameters and cache with layers apart, for a TextTower with ``is_separate``.

    A loop over stacked layers cuts each layer out of the stack whenever it comes by. On CPU that
    is a copy: 1.8 times the time of decoding at mini size. Apart, they are cut once, which costs a
    second copy of the layers' weights for as long as they are used.
    """
    count = config.num_hidden_layers
    layers = {
        f"layers_{layer}": jax.tree.map(lambda x, layer=layer: x[layer], params["layers"])
        for layer in range(count)
    }
    rest = {name: value for name, value in params.items() if name != "layers"}

    def apart(cache: KVCache) -> KVCache:
        def split(stacked: jax.Array) -> tuple[jax.Array, ...]:
            return tuple(stacked[layer] for layer in range(count))

        return dataclasses.replace(
            cache,
            key_LBKHC=split(cache.key_LBKHC),
            value_LBKCH=split(cache.value_LBKCH),
            prefix=None if cache.prefix is None else apart(cache.prefix),
        )

    return rest | layers, apart(cache)


def rms_norm(
    x: Float[Array, "*axes D"], weight_D: Float[Array, " D"], eps: float
) -> Float[Array, "*axes D"]:
    """x / rms(x) in float32, cast back, then scaled: the reference's order of casts."""
    x32 = x.astype(jnp.float32)
    scale = jax.lax.rsqrt(jnp.mean(jnp.square(x32), axis=-1, keepdims=True) + eps)
    weight = weight_D.reshape((1,) * (x.ndim - 1) + weight_D.shape)
    return (x32 * scale).astype(x.dtype) * weight.astype(x.dtype)


class Attention(nn.Module):
    """Self-attention with normed queries and keys; reads and writes one layer of the cache.

    Attributes:
      config: sizes.
      reads_cache: attend to the slots and what stands before them; otherwise to this call's tokens
        alone.
    """

    config: Qwen3VLConfig
    reads_cache: bool

    @nn.compact
    def __call__(
        self,
        x_BSD: jax.Array,
        angles: tuple[jax.Array, jax.Array],
        pattern: Pattern,
        slots: Slots | None,
        layer: jax.Array | None,
        index: jax.Array,
        prefix: Prefix | None,
    ) -> tuple[jax.Array, Slots | None]:
        """Returns (out_BSD, slots).

        ``slots`` are the cache's keys [L, B, K, H, C] and values [L, B, K, C, H], without the
        first axis where ``layer`` is None.
        """
        config = self.config
        heads, groups, width = (
            config.num_attention_heads, config.num_key_value_heads, config.head_dim,
        )  # fmt: skip

        def project(name: str, count: int) -> jax.Array:
            out = _linear(self, name, _matrix(1.0), x_BSD, count * width)
            return jnp.swapaxes(out.reshape(*x_BSD.shape[:2], count, width), 1, 2)

        q_norm = self.param("q_norm", nn.initializers.ones, (width,))
        k_norm = self.param("k_norm", nn.initializers.ones, (width,))
        query = rms_norm(project("q_proj", heads), q_norm, config.rms_norm_eps)
        key = rms_norm(project("k_proj", groups), k_norm, config.rms_norm_eps)
        query, key = rotate(query, *angles), rotate(key, *angles)
        value = project("v_proj", groups)
        if slots is not None:
            slots = (
                _write(slots[0], jnp.swapaxes(key, 2, 3), layer, index, axis=3),
                _write(slots[1], value, layer, index, axis=2),
            )
        if slots is None or not self.reads_cache:
            out_BNSH = attend(query, key, value, pattern)
        else:
            assert isinstance(pattern, Dense)  # so is every pattern of a cache
            key_BKHC, value_BKCH = (_read(written, layer) for written in slots)
            out_BNSH = attend_slots(query, key_BKHC, value_BKCH, pattern, prefix)
        out_BSE = jnp.swapaxes(out_BNSH, 1, 2).reshape(*x_BSD.shape[:2], heads * width)
        return _linear(self, "o_proj", _residual(config), out_BSE, config.hidden_size), slots


class MLP(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    config: Qwen3VLConfig

    @nn.compact
    def __call__(self, x_BSD: jax.Array) -> jax.Array:
        """out_BSD."""
        width, inner = self.config.hidden_size, self.config.intermediate_size
        gate = _linear(self, "gate_proj", _matrix(1.0), x_BSD, inner)
        up = _linear(self, "up_proj", _matrix(1.0), x_BSD, inner)
        return _linear(self, "down_proj", _residual(self.config), jax.nn.silu(gate) * up, width)


class Block(nn.Module):
    """One pre-norm layer, in the form nn.scan wants: carry in, carry out."""

    config: Qwen3VLConfig
    reads_cache: bool

    @nn.compact
    def __call__(
        self,
        carry: tuple[jax.Array, Slots | None],
        layer: jax.Array | None,
        prefix: Prefix | None,
        angles: tuple[jax.Array, jax.Array],
        pattern: Pattern,
        index: jax.Array,
        deepstack: tuple[jax.Array, jax.Array] | None,
    ) -> tuple[tuple[jax.Array, Slots | None], None]:
        """``carry`` is (x_BSD, slots of the cache or None); ``layer`` is this layer's number,
        None for slots of this layer alone. ``prefix`` is this layer's; ``deepstack`` is
        (deepstack_NBFD, slot_BS), or None for text alone.
        """
        x_BSD, slots = carry
        eps, width = self.config.rms_norm_eps, (self.config.hidden_size,)
        before = self.param("input_layernorm", nn.initializers.ones, width)
        out_BSD, slots = Attention(self.config, self.reads_cache, name="self_attn")(
            rms_norm(x_BSD, before, eps), angles, pattern, slots, layer, index, prefix
        )
        x_BSD = x_BSD + out_BSD
        after = self.param("post_attention_layernorm", nn.initializers.ones, width)
        mlp = MLP if self.config.experts is None else Experts
        x_BSD = x_BSD + mlp(self.config, name="mlp")(rms_norm(x_BSD, after, eps))
        if deepstack is not None and layer is not None:
            x_BSD = _add_deepstack(x_BSD, *deepstack, layer)
        return (x_BSD, slots), None


class TextTower(nn.Module):
    """Embedding, L scanned blocks, final norm. The head is applied by the caller.

    Attributes:
      config: sizes.
      dtype: of activations and of the cache's content; norms, angles and softmax stay float32.
      remat: recompute each block in the backward pass instead of keeping its activations.
      implementation: of attention; what reads a cache is always "xla".
      is_first: the cache is empty, so that this call's tokens read themselves alone.
      is_separate: parameters and cache come with layers apart (``separate``), to decode fast.
    """

    config: Qwen3VLConfig
    dtype: DTypeLike = jnp.float32
    remat: bool = False
    implementation: str = "xla"
    is_first: bool = False
    is_separate: bool = False

    @nn.compact
    def __call__(
        self,
        tokens_BS: Int[Array, "B S"],
        positions_3BS: Int[Array, "3 B S"],
        mask_BS: Bool[Array, "B S"],
        cache: KVCache | None = None,
        features: ImageFeatures | None = None,
        slot_BS: Int[Array, "B S"] | None = None,
    ) -> tuple[Float[Array, "B S D"], KVCache | None]:
        """Hidden states after the final norm, and the cache with these tokens in it.

        Args:
          tokens_BS: ids below vocab_size.
          positions_3BS: on the axes time, height, width.
          mask_BS: False for padding, which nothing attends to.
          cache: what was read before; its free slots must take S more.
          features, slot_BS: of images, and which of them stands for each token (-1: none).
        """
        config = self.config
        table_VD = self.param(
            "embed_tokens",
            nn.initializers.normal(config.initializer_range),
            (config.vocab_size, config.hidden_size),
        )
        x_BSD = table_VD.astype(self.dtype)[tokens_BS]
        deepstack = None
        if features is not None and slot_BS is not None:
            tokens_BSD = at_slots(features.tokens_BFD, slot_BS).astype(self.dtype)
            x_BSD = jnp.where((slot_BS >= 0)[..., None], tokens_BSD, x_BSD)
            if features.deepstack_NBFD.shape[0]:
                deepstack = (features.deepstack_NBFD, slot_BS)
        reads_cache = cache is not None and not self.is_first
        cache_mask_BC, index = _slot_mask(mask_BS, cache)
        if reads_cache:
            pattern = cached_pattern(cache_mask_BC, index, tokens_BS.shape[1])
        else:
            pattern = make_pattern(mask_BS, is_causal=True, implementation=self.implementation)
        shared = (rotary(positions_3BS, config), pattern, index, deepstack)
        if self.is_separate:
            assert cache is not None  # decoding reads text behind a prompt
            assert deepstack is None
            x_BSD, slots = self._apart(x_BSD, cache, shared)
        else:
            x_BSD, slots = self._scanned(x_BSD, cache, reads_cache, shared)
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
                key_LBKHC=slots[0],
                value_LBKCH=slots[1],
                mask_BC=cache_mask_BC,
                index=index + tokens_BS.shape[1],
                prefix=cache.prefix,
            )
        return rms_norm(x_BSD, norm_D, config.rms_norm_eps), cache

    def _scanned(
        self, x_BSD: jax.Array, cache: KVCache | None, reads_cache: bool, shared: tuple
    ) -> tuple[jax.Array, Any]:
        """All layers of stacked parameters."""
        block = nn.remat(Block, prevent_cse=False) if self.remat else Block
        blocks: Any = nn.scan(
            block,
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=(0, 0, *(nn.broadcast,) * len(shared)),  # type: ignore[arg-type]
            length=self.config.num_hidden_layers,
        )(self.config, reads_cache, name="layers")
        carry = (x_BSD, None if cache is None else (cache.key_LBKHC, cache.value_LBKCH))
        prefix = None if cache is None or cache.prefix is None else _prefix(cache.prefix)
        layers = jnp.arange(self.config.num_hidden_layers)
        carry, _ = blocks(carry, layers, prefix, *shared)
        return carry

    def _apart(
        self, x_BSD: jax.Array, cache: KVCache, shared: tuple
    ) -> tuple[jax.Array, tuple[tuple[jax.Array, ...], ...]]:
        """All layers of parameters apart, each with its own part of the cache."""
        slots = []
        for layer in range(self.config.num_hidden_layers):
            block = Block(self.config, True, name=f"layers_{layer}")
            carry = (x_BSD, (cache.key_LBKHC[layer], cache.value_LBKCH[layer]))
            prefix = None if cache.prefix is None else _prefix_of_layer(cache.prefix, layer)
            (x_BSD, written), _ = block(carry, None, prefix, *shared)
            slots.append(written)
        return x_BSD, tuple(zip(*slots, strict=True))


def _prefix(prompts: KVCache) -> Prefix:
    """Of all layers, to be scanned over."""
    mask_LPC = jnp.broadcast_to(prompts.mask_BC, (len(prompts.key_LBKHC), *prompts.mask_BC.shape))
    return Prefix(prompts.key_LBKHC, prompts.value_LBKCH, mask_LPC)


def _prefix_of_layer(prompts: KVCache, layer: int) -> Prefix:
    return Prefix(prompts.key_LBKHC[layer], prompts.value_LBKCH[layer], prompts.mask_BC)


def _linear(
    module: nn.Module,
    name: str,
    initializer: nn.initializers.Initializer,
    x: jax.Array,
    outputs: int,
) -> jax.Array:
    """x W, and (x A) B more where the tree holds adapters beside W (lora.py)."""
    kernel = module.param(name, initializer, (x.shape[-1], outputs))
    out = x @ kernel.astype(x.dtype)
    if module.has_variable("params", f"{name}_lora_a"):
        a, b = (module.get_variable("params", f"{name}_lora_{which}") for which in "ab")
        out = out + (x @ a.astype(x.dtype)) @ b.astype(x.dtype)
    return out


def _slot_mask(
    mask_BS: Bool[Array, "B S"], cache: KVCache | None
) -> tuple[Bool[Array, "B C"], Int[Array, ""]]:
    """Slots that hold a token once this call's are written, and the first slot written."""
    if cache is None:
        return mask_BS, jnp.zeros((), jnp.int32)
    mask_BC = jax.lax.dynamic_update_slice(cache.mask_BC, mask_BS, (0, cache.index))
    return mask_BC, cache.index


def _add_deepstack(
    x_BSD: jax.Array, deepstack_NBFD: jax.Array, slot_BS: jax.Array, layer: jax.Array
) -> jax.Array:
    """Adds level ``layer`` to the tokens of images; the first N layers have one."""

    def add(x_BSD: jax.Array) -> jax.Array:
        level_BFD = jax.lax.dynamic_index_in_dim(deepstack_NBFD, layer, keepdims=False)
        return x_BSD + at_slots(level_BFD, slot_BS).astype(x_BSD.dtype)

    return jax.lax.cond(layer < deepstack_NBFD.shape[0], add, lambda x_BSD: x_BSD, x_BSD)


def _write(
    slots: jax.Array, new: jax.Array, layer: jax.Array | None, index: jax.Array, *, axis: int
) -> jax.Array:
    """Puts new keys or values into their slots, on ``axis``, of one layer."""
    new = new.astype(slots.dtype)
    where = [jnp.zeros((), index.dtype)] * new.ndim
    where[axis] = index
    if layer is not None:
        new, where = new[None], [layer.astype(index.dtype), *where]
    return jax.lax.dynamic_update_slice(slots, new, where)


def _read(slots: jax.Array, layer: jax.Array | None) -> jax.Array:
    return slots if layer is None else jax.lax.dynamic_index_in_dim(slots, layer, keepdims=False)


def _matrix(gain: float) -> nn.initializers.Initializer:
    """Normal with standard deviation gain / sqrt(inputs), so that activations keep their scale."""
    return nn.initializers.variance_scaling(gain**2, "fan_in", "normal")


def _residual(config: Qwen3VLConfig) -> nn.initializers.Initializer:
    """Smaller by sqrt(2 L) for what is added to the residual stream 2 L times."""
    return _matrix((2 * config.num_hidden_layers) ** -0.5)
