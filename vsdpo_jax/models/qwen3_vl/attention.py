"""Attention of both towers: one function, three implementations chosen by name.

``xla`` runs everywhere: one softmax over all pairs of tokens up to DENSE_LENGTH, blocks of them
beyond it (blockwise.py). ``cudnn`` (GPU) and ``splash`` (TPU) are kernels of the accelerator. The
scores of all pairs are never held where there are many. Each knows masks in its own form:
``make_pattern`` translates once for all layers, ``attend`` dispatches on what it made.

Axes: B rows, N query heads, K key-value heads (N is a multiple of K), S queries, C keys, H width.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax.sharding import PartitionSpec
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int, Int32

from vsdpo_jax.models.qwen3_vl import partition
from vsdpo_jax.models.qwen3_vl.blockwise import attend_in_blocks

IMPLEMENTATIONS = ("xla", "cudnn", "splash")

DENSE_LENGTH = 512
"""Tokens up to which "xla" holds the scores of all pairs. On two CPU cores blocks take 0.2 to 0.7
of the time from 1024 on, in both passes; below, the scores are small, and one softmax rounds as the
reference's does."""

_LANES = 128
"""Smallest tile of the TPU kernel: lengths and head widths are padded to multiples of it."""
_TILES = (512, 256, 128)

_LOWEST = float(np.finfo(np.float32).min)
"""Score of what is not read. Not -inf: a row without any visible slot must not become NaN."""


@struct.dataclass
class Dense:
    """For xla: mask_BSC, True where query s may read key c. S may be 1: all read the same."""

    mask_BSC: Any


@struct.dataclass
class Blocks:
    """For xla beyond DENSE_LENGTH: what a mask of all pairs would say, without its size."""

    mask_BS: Any
    is_causal: bool = struct.field(pytree_node=False)


@struct.dataclass
class Packed:
    """For cudnn, which knows lengths and not masks: real tokens are moved to the front and back.

    Attributes:
      order_BS: real tokens first, in their order.
      inverse_BS: the way back.
      length_B: int32, how many are real, 1 at least.
      mask_BS: which are real.
      is_causal: whether a token reads only itself and what stands before it.
    """

    order_BS: Any
    inverse_BS: Any
    length_B: Any
    mask_BS: Any
    is_causal: bool = struct.field(pytree_node=False)


@struct.dataclass
class Segments:
    """For splash, in which tokens read only their own segment: 1 for real tokens, 0 for padding."""

    segment_BS: Any
    is_causal: bool = struct.field(pytree_node=False)


Pattern = Dense | Blocks | Packed | Segments


def check(implementation: str, dtype: DTypeLike) -> None:
    """Refuses what cannot run here.

    Args:
      implementation: one of IMPLEMENTATIONS.
      dtype: of the activations.

    Raises:
      ValueError: an unknown name, or one that this process's backend or ``dtype`` rules out.
    """
    if implementation not in IMPLEMENTATIONS:
        raise ValueError(
            f"attention is {implementation!r}; choose one of {', '.join(IMPLEMENTATIONS)}"
        )
    needed = {"xla": None, "cudnn": "gpu", "splash": "tpu"}[implementation]
    backend = jax.default_backend()
    if needed is not None and backend != needed:
        raise ValueError(
            f"attention is {implementation!r}, which runs on a {needed}, and this process runs on "
            f"{backend}; choose 'xla', which runs everywhere"
        )
    if implementation == "cudnn" and jnp.dtype(dtype) not in (jnp.bfloat16, jnp.float16):
        raise ValueError(
            f"attention is 'cudnn' and activations are {jnp.dtype(dtype)}; it takes bfloat16 or "
            "float16 only: change the dtype, or choose 'xla'"
        )


def make_pattern(mask_BS: Bool[Array, "B S"], *, is_causal: bool, implementation: str) -> Pattern:
    """Who reads whom when every token of ``mask_BS`` is both query and key.

    Args:
      mask_BS: False for padding, which nothing reads. What padding itself reads is arbitrary, and
        finite.
      is_causal: a token reads itself and what stands before it; otherwise all real tokens.
      implementation: one that ``check`` lets pass.
    """
    if implementation == "cudnn":
        return _packed(mask_BS, is_causal)
    if implementation == "splash":
        return Segments(segment_BS=mask_BS.astype(jnp.int32), is_causal=is_causal)
    if mask_BS.shape[1] > DENSE_LENGTH:
        return Blocks(mask_BS=mask_BS, is_causal=is_causal)
    if is_causal:
        return cached_pattern(mask_BS, jnp.zeros((), jnp.int32), mask_BS.shape[1])
    return Dense(mask_BSC=mask_BS[:, None])


def cached_pattern(mask_BC: Bool[Array, "B C"], index: Int[Array, ""], length: int) -> Dense:
    """``length`` tokens written to the slots from ``index`` on read the real slots up to their own.

    Always dense: decoding has one query in a row, where there is nothing to save.
    """
    slot_C = jnp.arange(mask_BC.shape[1])
    is_past_SC = slot_C[None] <= index + jnp.arange(length)[:, None]
    return Dense(mask_BSC=is_past_SC[None] & mask_BC[:, None])


def attend(
    query_BNSH: Float[Array, "B N S H"],
    key_BKCH: Float[Array, "B K C H"],
    value_BKCH: Float[Array, "B K C H"],
    pattern: Pattern,
) -> Float[Array, "B N S H"]:
    """softmax(query . key / sqrt(H)) . value for grouped heads, by the pattern's implementation."""
    if isinstance(pattern, Packed):
        return packed(query_BNSH, key_BKCH, value_BKCH, pattern, implementation="cudnn")
    if isinstance(pattern, Segments):
        return segmented(query_BNSH, key_BKCH, value_BKCH, pattern)
    if isinstance(pattern, Blocks):
        return attend_in_blocks(
            query_BNSH, key_BKCH, value_BKCH, pattern.mask_BS, is_causal=pattern.is_causal
        )
    return _dense(query_BNSH, key_BKCH, value_BKCH, pattern.mask_BSC)


def _dense(
    query_BNSH: jax.Array, key_BKCH: jax.Array, value_BKCH: jax.Array, mask_BSC: jax.Array
) -> jax.Array:
    """Softmax in float32; queries that may read nothing read everything."""
    rows, heads, length, width = query_BNSH.shape
    groups = key_BKCH.shape[1]
    query_BKGSH = query_BNSH.reshape(rows, groups, heads // groups, length, width)
    score_BKGSC = jnp.einsum(
        "bkgsh,bkch->bkgsc", query_BKGSH, key_BKCH, preferred_element_type=jnp.float32
    )
    score_BKGSC = jnp.where(mask_BSC[:, None, None], score_BKGSC * width**-0.5, _LOWEST)
    share_BKGSC = jax.nn.softmax(score_BKGSC, axis=-1).astype(value_BKCH.dtype)
    out_BKGSH = jnp.einsum("bkgsc,bkch->bkgsh", share_BKGSC, value_BKCH)
    return out_BKGSH.reshape(rows, heads, length, width)


@struct.dataclass
class Prefix:
    """Keys and values that groups of rows share: key_PKHC, value_PKCH, and which are real, mask_PC.

    Row b of B reads prefix b // (B / P).
    """

    key_PKHC: Any
    value_PKCH: Any
    mask_PC: Any


def attend_slots(
    query_BNSH: Float[Array, "B N S H"],
    key_BKHC: Float[Array, "B K H C"],
    value_BKCH: Float[Array, "B K C H"],
    pattern: Dense,
    prefix: Prefix | None,
) -> Float[Array, "B N S H"]:
    """``attend`` for the slots of a cache, by ``pattern``, and all of the prefix before them.

    The prefix's part is one product for all queries of a group (as in Hydragen, arXiv 2402.05099),
    so that a prompt's keys are read once and not once for each row; the two parts are then merged
    by their largest scores and their sums.
    """
    rows, heads, length, width = query_BNSH.shape
    groups, slots = value_BKCH.shape[1:3]
    # R: a group's queries of one row, head after head.
    query_BKRH = query_BNSH.reshape(rows, groups, -1, width) * width**-0.5
    mask_BGSC = jnp.broadcast_to(
        pattern.mask_BSC[:, None], (len(pattern.mask_BSC), heads // groups, length, slots)
    )
    mask_B1RC = mask_BGSC.reshape(-1, 1, heads // groups * length, slots)
    own = _weigh(query_BKRH, key_BKHC, value_BKCH, mask_B1RC)
    if prefix is not None:
        own = _merge(own, _weigh_prefix(query_BKRH, prefix))
    out_BKRH = (own.value / own.total).astype(query_BNSH.dtype)
    return out_BKRH.reshape(rows, heads, length, width)


class _Weighed(NamedTuple):
    """A softmax in the making, float32: sum of exp(score - largest) v, largest, and of exp alone.

    [rows, K, queries, H and 1 and 1].
    """

    value: jax.Array
    largest: jax.Array
    total: jax.Array


def _weigh(query: jax.Array, key: jax.Array, value: jax.Array, mask: jax.Array) -> _Weighed:
    score = jnp.einsum("bkrh,bkhc->bkrc", query, key, preferred_element_type=jnp.float32)
    score = jnp.where(mask, score, _LOWEST)
    largest = jnp.max(score, axis=-1, keepdims=True)
    weight = jnp.exp(score - largest)
    out = jnp.einsum(
        "bkrc,bkch->bkrh", weight.astype(value.dtype), value, preferred_element_type=jnp.float32
    )
    return _Weighed(out, largest, jnp.sum(weight, axis=-1, keepdims=True))


def _weigh_prefix(query_BKRH: jax.Array, prefix: Prefix) -> _Weighed:
    rows = len(query_BKRH)
    prompts, groups = prefix.value_PKCH.shape[:2]
    query = query_BKRH.reshape(prompts, rows // prompts, *query_BKRH.shape[1:])
    query_PKQH = jnp.swapaxes(query, 1, 2).reshape(prompts, groups, -1, query.shape[-1])
    together = _weigh(query_PKQH, prefix.key_PKHC, prefix.value_PKCH, prefix.mask_PC[:, None, None])

    def apart(x_PKQX: jax.Array) -> jax.Array:
        x = x_PKQX.reshape(prompts, groups, rows // prompts, -1, x_PKQX.shape[-1])
        return jnp.swapaxes(x, 1, 2).reshape(rows, groups, -1, x.shape[-1])

    return jax.tree.map(apart, together)


def _merge(a: _Weighed, b: _Weighed) -> _Weighed:
    largest = jnp.maximum(a.largest, b.largest)
    of_a, of_b = jnp.exp(a.largest - largest), jnp.exp(b.largest - largest)
    return _Weighed(a.value * of_a + b.value * of_b, largest, a.total * of_a + b.total * of_b)


def _packed(mask_BS: Bool[Array, "B S"], is_causal: bool) -> Packed:
    order_BS = jnp.argsort(~mask_BS, axis=1, stable=True)
    length_B = jnp.sum(mask_BS, axis=1, dtype=jnp.int32)
    return Packed(
        order_BS=order_BS,
        inverse_BS=jnp.argsort(order_BS, axis=1),
        length_B=jnp.maximum(length_B, 1),  # a softmax over nothing is NaN
        mask_BS=mask_BS,
        is_causal=is_causal,
    )


def packed(
    query_BNSH: Float[Array, "B N S H"],
    key_BKSH: Float[Array, "B K S H"],
    value_BKSH: Float[Array, "B K S H"],
    pattern: Packed,
    *,
    implementation: str,
) -> Float[Array, "B N S H"]:
    """jax.nn.dot_product_attention over real tokens moved to the front; zero for padding.

    Args:
      implementation: "cudnn"; or "xla", which takes the same arguments, to try the translation
        where there is no GPU.
    """

    def moved(x_BNSH: jax.Array) -> jax.Array:
        return _reorder(jnp.swapaxes(x_BNSH, 1, 2), pattern.order_BS)

    out_BSNH = jax.nn.dot_product_attention(
        moved(query_BNSH),
        moved(key_BKSH),
        moved(value_BKSH),
        is_causal=pattern.is_causal,
        query_seq_lengths=pattern.length_B,
        key_value_seq_lengths=pattern.length_B,
        implementation=implementation,  # type: ignore[arg-type]
    )
    out_BNSH = jnp.swapaxes(_reorder(out_BSNH, pattern.inverse_BS), 1, 2)
    # The kernel leaves undefined what lies behind the lengths.
    return jnp.where(pattern.mask_BS[:, None, :, None], out_BNSH, 0)


def _reorder(x_BSNH: jax.Array, order_BS: Int32[Array, "B S"]) -> jax.Array:
    return jnp.take_along_axis(x_BSNH, order_BS[:, :, None, None], axis=1, mode="clip")


def segmented(
    query_BNSH: Float[Array, "B N S H"],
    key_BKSH: Float[Array, "B K S H"],
    value_BKSH: Float[Array, "B K S H"],
    pattern: Segments,
    *,
    interpret: bool = False,
) -> Float[Array, "B N S H"]:
    """The splash kernel, sharded over the current mesh when there is one (jax.set_mesh).

    The partitioner cannot split a kernel: rows go over ``data`` and ``fsdp``, heads over
    ``tensor``, as runtime/mesh.py lays them out; what cannot be split evenly is
    computed everywhere.

    Args:
      interpret: emulate the kernel, to try the translation where there is no TPU.
    """

    def kernel(*arrays: jax.Array) -> jax.Array:
        return _splash(*arrays, is_causal=pattern.is_causal, interpret=interpret)

    mesh = partition.current_mesh()
    if mesh is not None:
        row_axes = partition.dividing(mesh, partition.ROWS, len(query_BNSH))
        head_axes = partition.dividing(mesh, partition.TENSOR, key_BKSH.shape[1])
        heads, rows = PartitionSpec(row_axes, head_axes), PartitionSpec(row_axes)
        kernel = jax.shard_map(
            kernel, mesh=mesh, in_specs=(heads, heads, heads, rows), out_specs=heads,
            check_vma=False,
        )  # fmt: skip
    return kernel(query_BNSH, key_BKSH, value_BKSH, pattern.segment_BS)


def _splash(
    query_BNSH: jax.Array, key_BKSH: jax.Array, value_BKSH: jax.Array, segment_BS: jax.Array,
    *, is_causal: bool, interpret: bool,
) -> jax.Array:  # fmt: skip
    # Experimental and for TPU alone: nobody else should depend on its being importable.
    from jax.experimental.pallas.ops.tpu import splash_attention

    heads, length, width = query_BNSH.shape[1:]
    padded = math.ceil(length / _LANES) * _LANES
    tile = next(tile for tile in _TILES if padded % tile == 0)
    # Padding reads padding: no query reads nothing.
    segment_BP = jnp.pad(segment_BS, ((0, 0), (0, padded - length)))
    query, key, value = (
        jnp.pad(x, ((0, 0), (0, 0), (0, padded - length), (0, -width % _LANES)))
        for x in (query_BNSH * width**-0.5, key_BKSH, value_BKSH)
    )
    kind = splash_attention.CausalMask if is_causal else splash_attention.FullMask
    kernel = splash_attention.make_splash_mha(
        splash_attention.MultiHeadMask([kind((padded, padded))] * heads),
        block_sizes=splash_attention.BlockSizes(
            block_q=tile, block_kv=tile, block_q_dkv=tile, block_kv_dkv=tile, block_q_dq=tile,
            block_kv_dq=tile,
        ),
        head_shards=1,
        q_seq_shards=1,
        interpret=interpret,
    )  # fmt: skip
    segments = splash_attention.SegmentIds(q=segment_BP, kv=segment_BP)
    out_BNPW: Any = jax.vmap(kernel)(query, key, value, segments)
    return out_BNPW[:, :, :length, :width].astype(query_BNSH.dtype)
