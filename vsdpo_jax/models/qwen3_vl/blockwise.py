"""Attention in blocks, in plain jnp: memory grows with the length, not with its square.

The online softmax of FlashAttention-2 (Dao, arXiv 2307.08691) as loops that run on every backend.
A block of queries reads the keys block by block and keeps a maximum, a sum and a weighted sum; the
backward pass makes the scores of each block again from the logarithm of that sum. Blocks that hold
padding in all rows are not visited, nor are those behind a causal query: a length that was rounded
up to share a program costs what the real one does.

Axes: B rows, N query heads, K key-value heads, G = N / K, S tokens, H width, Q and C the queries
and keys of a block.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

BLOCK = 256
"""Queries and keys of a block. On two CPU cores 128 and 256 are alike, and twice as fast as 1024 or
more; 256 has fewer steps."""

_LOWEST = float(np.finfo(np.float32).min)


class _Softmax(NamedTuple):
    """What a block of queries has read so far, float32."""

    value_BKGQH: jax.Array  # sum of exp(score - largest) v
    largest_BKGQ: jax.Array
    total_BKGQ: jax.Array  # sum of exp(score - largest)


class _Blocks(NamedTuple):
    """Which blocks are visited, and who reads whom within one."""

    mask_BS: jax.Array
    first: jax.Array  # the first block with a token that is real in some row
    end: jax.Array  # one behind the last
    is_causal: bool
    size: int

    def end_of_keys(self, query_block: jax.Array) -> jax.Array:
        return query_block + 1 if self.is_causal else self.end

    def first_query(self, key_block: jax.Array) -> jax.Array:
        return key_block if self.is_causal else self.first

    def reads(self, query_block: jax.Array, key_block: jax.Array) -> jax.Array:
        """bool, broadcastable to BKGQC."""
        mask_B111C = _cut(self.mask_BS, key_block, self.size, 1)[:, None, None, None]
        if not self.is_causal:
            return mask_B111C
        place = jnp.arange(self.size)
        is_past_QC = key_block * self.size + place[None] <= query_block * self.size + place[:, None]
        return mask_B111C & is_past_QC[None, None, None]


def attend_in_blocks(
    query_BNSH: Float[Array, "B N S H"],
    key_BKSH: Float[Array, "B K S H"],
    value_BKSH: Float[Array, "B K S H"],
    mask_BS: Bool[Array, "B S"],
    *,
    is_causal: bool,
    block: int = BLOCK,
) -> Float[Array, "B N S H"]:
    """softmax(query . key / sqrt(H)) . value for grouped heads, every token both query and key.

    Differentiable in reverse; memory of both passes is that of their inputs and results, and of
    one block of scores for each row and head.

    Args:
      query_BNSH, key_BKSH, value_BKSH: N is a multiple of K.
      mask_BS: False for padding, which nothing reads. What padding itself reads is arbitrary, and
        finite.
      is_causal: a token reads itself and what stands before it; otherwise all real tokens.
      block: queries and keys of a block.
    """
    rows, heads, length, width = query_BNSH.shape
    groups = key_BKSH.shape[1]
    size = min(block, length)
    padding = -length % size

    def padded(x_BXSH: jax.Array) -> jax.Array:
        return jnp.pad(x_BXSH, ((0, 0), (0, 0), (0, padding), (0, 0)))

    query_BKGSH = padded(query_BNSH).reshape(rows, groups, heads // groups, -1, width)
    out_BKGSH: Any = _attend(
        is_causal,
        size,
        query_BKGSH,
        padded(key_BKSH),
        padded(value_BKSH),
        jnp.pad(mask_BS, ((0, 0), (0, padding))),
    )
    return out_BKGSH.reshape(rows, heads, -1, width)[:, :, :length]


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _attend(
    is_causal: bool,
    size: int,
    query_BKGSH: jax.Array,
    key_BKSH: jax.Array,
    value_BKSH: jax.Array,
    mask_BS: jax.Array,
) -> jax.Array:
    return _forward(is_causal, size, query_BKGSH, key_BKSH, value_BKSH, mask_BS)[0]


def _forward(
    is_causal: bool,
    size: int,
    query_BKGSH: jax.Array,
    key_BKSH: jax.Array,
    value_BKSH: jax.Array,
    mask_BS: jax.Array,
) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """The result, and what the backward pass reads: log_total_BKGS = log sum exp(score)."""
    blocks = _blocks(mask_BS, is_causal, size)

    def read_all(number: jax.Array, done: tuple[jax.Array, jax.Array]) -> Any:
        query_BKGQH = _cut(query_BKGSH, number, size, 3)

        def read(key_number: jax.Array, softmax: _Softmax) -> _Softmax:
            key_BKCH, value_BKCH = (_cut(x, key_number, size, 2) for x in (key_BKSH, value_BKSH))
            return _read(
                softmax, query_BKGQH, key_BKCH, value_BKCH, blocks.reads(number, key_number)
            )

        shape = query_BKGQH.shape
        softmax = jax.lax.fori_loop(
            blocks.first,
            blocks.end_of_keys(number),
            read,
            _Softmax(
                jnp.zeros(shape, jnp.float32),
                jnp.full(shape[:-1], _LOWEST, jnp.float32),
                jnp.zeros(shape[:-1], jnp.float32),
            ),
        )
        # Padding before the first token reads nothing.
        total_BKGQ = jnp.where(softmax.total_BKGQ > 0, softmax.total_BKGQ, 1)
        out_BKGQH = (softmax.value_BKGQH / total_BKGQ[..., None]).astype(query_BKGSH.dtype)
        log_total_BKGQ = softmax.largest_BKGQ + jnp.log(total_BKGQ)
        out_BKGSH, log_total_BKGS = done
        return (
            _put(out_BKGSH, out_BKGQH, number, 3),
            _put(log_total_BKGS, log_total_BKGQ, number, 3),
        )

    nothing = (jnp.zeros_like(query_BKGSH), jnp.zeros(query_BKGSH.shape[:-1], jnp.float32))
    out_BKGSH, log_total_BKGS = jax.lax.fori_loop(blocks.first, blocks.end, read_all, nothing)
    return out_BKGSH, (query_BKGSH, key_BKSH, value_BKSH, mask_BS, out_BKGSH, log_total_BKGS)


def _backward(
    is_causal: bool, size: int, kept: tuple[jax.Array, ...], grad_BKGSH: jax.Array
) -> tuple[jax.Array | None, ...]:
    """d score = share (d share - sum of out d out), share = exp(score - log_total)."""
    query_BKGSH, key_BKSH, value_BKSH, mask_BS, out_BKGSH, log_total_BKGS = kept
    blocks = _blocks(mask_BS, is_causal, size)
    scale = query_BKGSH.shape[-1] ** -0.5
    product_BKGS = jnp.sum(out_BKGSH.astype(jnp.float32) * grad_BKGSH.astype(jnp.float32), axis=-1)

    def of_keys(number: jax.Array, grads: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        key_BKCH, value_BKCH = (_cut(x, number, size, 2) for x in (key_BKSH, value_BKSH))

        def of_queries(query_number: jax.Array, grads: tuple[jax.Array, ...]) -> Any:
            grad_query_BKGSH, grad_key_BKCH, grad_value_BKCH = grads
            query_BKGQH, grad_BKGQH, log_total_BKGQ, product_BKGQ = (
                _cut(x, query_number, size, 3)
                for x in (query_BKGSH, grad_BKGSH, log_total_BKGS, product_BKGS)
            )
            score_BKGQC = _scores(query_BKGQH, key_BKCH)
            share_BKGQC = jnp.where(
                blocks.reads(query_number, number),
                jnp.exp(score_BKGQC - log_total_BKGQ[..., None]),
                0,
            )
            grad_share_BKGQC = _dot("bkgqh,bkch->bkgqc", grad_BKGQH, value_BKCH)
            grad_score_BKGQC = share_BKGQC * (grad_share_BKGQC - product_BKGQ[..., None]) * scale
            grad_score_BKGQC = grad_score_BKGQC.astype(query_BKGSH.dtype)
            grad_query_BKGQH = _cut(grad_query_BKGSH, query_number, size, 3)
            grad_query_BKGQH += _dot("bkgqc,bkch->bkgqh", grad_score_BKGQC, key_BKCH)
            return (
                _put(grad_query_BKGSH, grad_query_BKGQH, query_number, 3),
                grad_key_BKCH + _dot("bkgqc,bkgqh->bkch", grad_score_BKGQC, query_BKGQH),
                grad_value_BKCH
                + _dot("bkgqc,bkgqh->bkch", share_BKGQC.astype(grad_BKGQH.dtype), grad_BKGQH),
            )

        zero_BKCH = jnp.zeros(key_BKCH.shape, jnp.float32)
        grad_query_BKGSH, grad_key_BKCH, grad_value_BKCH = jax.lax.fori_loop(
            blocks.first_query(number), blocks.end, of_queries, (grads[0], zero_BKCH, zero_BKCH)
        )
        return (
            grad_query_BKGSH,
            _put(grads[1], grad_key_BKCH.astype(key_BKSH.dtype), number, 2),
            _put(grads[2], grad_value_BKCH.astype(value_BKSH.dtype), number, 2),
        )

    nothing = (
        jnp.zeros(query_BKGSH.shape, jnp.float32),
        jnp.zeros_like(key_BKSH),
        jnp.zeros_like(value_BKSH),
    )
    grads = jax.lax.fori_loop(blocks.first, blocks.end, of_keys, nothing)
    return (grads[0].astype(query_BKGSH.dtype), *grads[1:], None)


_attend.defvjp(_forward, _backward)


def _blocks(mask_BS: jax.Array, is_causal: bool, size: int) -> _Blocks:
    is_real = jnp.any(mask_BS.reshape(len(mask_BS), -1, size), axis=(0, 2))
    number = jnp.arange(len(is_real))
    return _Blocks(
        mask_BS=mask_BS,
        first=jnp.min(jnp.where(is_real, number, len(is_real))),
        end=jnp.max(jnp.where(is_real, number + 1, 0)),
        is_causal=is_causal,
        size=size,
    )


def _read(
    softmax: _Softmax,
    query_BKGQH: jax.Array,
    key_BKCH: jax.Array,
    value_BKCH: jax.Array,
    reads: jax.Array,
) -> _Softmax:
    """One more block of keys."""
    score_BKGQC = jnp.where(reads, _scores(query_BKGQH, key_BKCH), _LOWEST)
    largest_BKGQ = jnp.maximum(softmax.largest_BKGQ, jnp.max(score_BKGQC, axis=-1))
    weight_BKGQC = jnp.where(reads, jnp.exp(score_BKGQC - largest_BKGQ[..., None]), 0)
    before_BKGQ = jnp.exp(softmax.largest_BKGQ - largest_BKGQ)
    value_BKGQH = _dot("bkgqc,bkch->bkgqh", weight_BKGQC.astype(value_BKCH.dtype), value_BKCH)
    return _Softmax(
        softmax.value_BKGQH * before_BKGQ[..., None] + value_BKGQH,
        largest_BKGQ,
        softmax.total_BKGQ * before_BKGQ + jnp.sum(weight_BKGQC, axis=-1),
    )


def _scores(query_BKGQH: jax.Array, key_BKCH: jax.Array) -> jax.Array:
    scale = query_BKGQH.shape[-1] ** -0.5
    return _dot("bkgqh,bkch->bkgqc", query_BKGQH, key_BKCH) * scale


def _dot(subscripts: str, a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.einsum(subscripts, a, b, preferred_element_type=jnp.float32)


def _cut(x: jax.Array, number: jax.Array, size: int, axis: int) -> jax.Array:
    return jax.lax.dynamic_slice_in_dim(x, number * size, size, axis)


def _put(x: jax.Array, part: jax.Array, number: jax.Array, axis: int) -> jax.Array:
    return jax.lax.dynamic_update_slice_in_dim(x, part, number * part.shape[axis], axis)
