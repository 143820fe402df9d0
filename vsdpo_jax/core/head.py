"""One pass over the vocabulary: exact KL, log-probabilities and entropy from hidden states.

At V = 151,936 the [tokens, V] logits of two models do not fit, so tokens are taken in chunks, in
the forward and in the backward pass alike. The gradient is closed-form, with z the student's
logits (temperature T):

    dKL(S||T)/dz = p_S * (log p_S - log p_T - KL) / T
    dlog p_S(y)/dz = (onehot(y) - p_S) / T

The backward pass computes the logits of a chunk again from the hidden states and the saved
log-normalisers. Everything beyond the two matrix products' inputs is float32.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

# A logit for rows that are no vocabulary. Finite, so that 0 * (log p_S - log p_T) stays 0.
_PADDED_LOGIT = -1e30


class HeadOut(NamedTuple):
    """What the pass says about each token given everything before it.

    Attributes:
      kl_N: KL(p_S || p_T) over the whole vocabulary, nats; 0 without a teacher. Differentiable.
      student_logp_N: log p_S(token). Differentiable.
      teacher_logp_N: log p_T(token); 0 without a teacher. No gradient.
      student_entropy_N: entropy of p_S, nats. No gradient.
      agreement_N: both have the same most likely token; False without a teacher.
    """

    kl_N: Float[Array, " N"]
    student_logp_N: Float[Array, " N"]
    teacher_logp_N: Float[Array, " N"]
    student_entropy_N: Float[Array, " N"]
    agreement_N: Bool[Array, " N"]


class _Chunks(NamedTuple):
    """The inputs of the pass in C chunks of K tokens."""

    student_hidden_CKD: jax.Array
    teacher_hidden_CKD: jax.Array | None
    tokens_CK: jax.Array


class _Normalisers(NamedTuple):
    """The log-sum-exp of both models' logits at each token."""

    student_CK: jax.Array
    teacher_CK: jax.Array


class _Scale(NamedTuple):
    temperature: float
    vocab_size: int


def head_pass(
    student_hidden_ND: Float[Array, "N D"],
    teacher_hidden_ND: Float[Array, "N E"] | None,
    student_head_VD: Float[Array, "V D"],
    teacher_head_VD: Float[Array, "V E"] | None,
    tokens_N: Int[Array, " N"],
    *,
    temperature: float = 1.0,
    chunk_size: int = 512,
    vocab_size: int | None = None,
) -> HeadOut:
    """Compares student and teacher at every token, without ever holding [N, V].

    Gradients flow to student_hidden_ND and student_head_VD through kl_N and student_logp_N, and
    nowhere else. Cost: two products with the head forward, four backward (one and three without a
    teacher); memory: about four float32 arrays [chunk_size, V] and, backward, one [V, D].

    Args:
      student_hidden_ND: hidden state before each token, after the final norm.
      teacher_hidden_ND: the teacher's, or None: no teacher, no work for one.
      student_head_VD: output head; tied embeddings come as they are.
      teacher_head_VD: the teacher's, which may be the same array; None without a teacher.
      tokens_N: the tokens in question, below vocab_size.
      temperature: divides both models' logits.
      chunk_size: most tokens of one chunk.
      vocab_size: rows of the heads that are vocabulary; the rest is padding and has probability 0.
        None: all.

    Raises:
      ValueError: temperature, chunk_size or vocab_size out of range; one of the teacher's arrays
        without the other.
    """
    num_tokens, num_rows = len(tokens_N), len(student_head_VD)
    vocab_size = num_rows if vocab_size is None else vocab_size
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}: use a finite number above 0")
    if chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}: use 1 or more")
    if not 1 <= vocab_size <= num_rows:
        raise ValueError(f"vocab_size is {vocab_size}: the head has {num_rows} rows")
    if (teacher_hidden_ND is None) != (teacher_head_VD is None):
        raise ValueError("teacher_hidden_ND and teacher_head_VD: give both or neither")
    num_chunks = max(1, math.ceil(num_tokens / chunk_size))
    chunks = _Chunks(
        student_hidden_CKD=_to_chunks(student_hidden_ND, num_chunks),
        teacher_hidden_CKD=(
            None
            if teacher_hidden_ND is None
            else _to_chunks(jax.lax.stop_gradient(teacher_hidden_ND), num_chunks)
        ),
        tokens_CK=_to_chunks(tokens_N, num_chunks),
    )
    teacher_head_VD = jax.lax.stop_gradient(teacher_head_VD)
    scale = _Scale(temperature=temperature, vocab_size=vocab_size)
    out_CK = cast(HeadOut, _chunked(chunks, student_head_VD, teacher_head_VD, scale))
    return HeadOut(*(value_CK.T.reshape(-1)[:num_tokens] for value_CK in out_CK))


def _to_chunks(x_NX: jax.Array, num_chunks: int) -> jax.Array:
    """[N, ...] -> [C, K, ...], zero-padded; chunk c holds the tokens c, c + C, c + 2C, ...

    Strided, so that tokens sharded over devices (whole rows of a batch on each) are spread over
    all of them in every chunk.
    """
    missing = -len(x_NX) % num_chunks
    x_NX = jnp.pad(x_NX, [(0, missing)] + [(0, 0)] * (x_NX.ndim - 1))
    return jnp.swapaxes(x_NX.reshape(-1, num_chunks, *x_NX.shape[1:]), 0, 1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _chunked(
    chunks: _Chunks, student_head_VD: jax.Array, teacher_head_VD: jax.Array | None, scale: _Scale
) -> HeadOut:
    """HeadOut with arrays [C, K]."""
    return _chunked_forward(chunks, student_head_VD, teacher_head_VD, scale)[0]


def _chunked_forward(
    chunks: _Chunks, student_head_VD: jax.Array, teacher_head_VD: jax.Array | None, scale: _Scale
) -> tuple[HeadOut, tuple]:
    def of_chunk(chunk: _Chunks) -> tuple[HeadOut, _Normalisers]:
        student_hidden_KD, teacher_hidden_KD, tokens_K = chunk
        student_KV = _logits(student_hidden_KD, student_head_VD, scale)
        student_norm_K = jax.nn.logsumexp(student_KV, axis=-1)
        student_logp_KV = student_KV - student_norm_K[:, None]
        p_KV = jnp.exp(student_logp_KV)
        zeros_K = jnp.zeros_like(student_norm_K)
        out = HeadOut(
            kl_N=zeros_K,
            student_logp_N=_pick(student_logp_KV, tokens_K),
            teacher_logp_N=zeros_K,
            student_entropy_N=-jnp.sum(p_KV * student_logp_KV, axis=-1),
            agreement_N=jnp.zeros(tokens_K.shape, bool),
        )
        if teacher_hidden_KD is None or teacher_head_VD is None:
            return out, _Normalisers(student_norm_K, zeros_K)
        teacher_KV = _logits(teacher_hidden_KD, teacher_head_VD, scale)
        teacher_norm_K = jax.nn.logsumexp(teacher_KV, axis=-1)
        teacher_logp_KV = teacher_KV - teacher_norm_K[:, None]
        out = out._replace(
            kl_N=jnp.sum(p_KV * (student_logp_KV - teacher_logp_KV), axis=-1),
            teacher_logp_N=_pick(teacher_logp_KV, tokens_K),
            agreement_N=jnp.argmax(student_KV, axis=-1) == jnp.argmax(teacher_KV, axis=-1),
        )
        return out, _Normalisers(student_norm_K, teacher_norm_K)

    out_CK, normalisers_CK = jax.lax.map(of_chunk, chunks)
    return out_CK, (chunks, student_head_VD, teacher_head_VD, normalisers_CK, out_CK.kl_N)


def _chunked_backward(scale: _Scale, saved: tuple, cotangent_CK: HeadOut) -> tuple:
    chunks, student_head_VD, teacher_head_VD, normalisers_CK, kl_CK = saved

    def of_chunk(head_gradient_VD: jax.Array, inputs: tuple) -> tuple[jax.Array, jax.Array]:
        (student_hidden_KD, teacher_hidden_KD, tokens_K), norm_K, kl_K, kl_bar_K, logp_bar_K = (
            inputs
        )
        student_KV = _logits(student_hidden_KD, student_head_VD, scale)
        student_logp_KV = student_KV - norm_K.student_CK[:, None]
        # Both gradients are p_S times something, but for the one-hot of the token.
        per_probability_KV = jnp.broadcast_to(-logp_bar_K[:, None], student_KV.shape)
        if teacher_head_VD is not None:
            teacher_KV = _logits(teacher_hidden_KD, teacher_head_VD, scale)
            log_ratio_KV = student_logp_KV - (teacher_KV - norm_K.teacher_CK[:, None])
            per_probability_KV += kl_bar_K[:, None] * (log_ratio_KV - kl_K[:, None])
        is_token_KV = jnp.arange(student_KV.shape[1])[None] == tokens_K[:, None]
        gradient_KV = jnp.exp(student_logp_KV) * per_probability_KV
        gradient_KV += jnp.where(is_token_KV, logp_bar_K[:, None], 0)
        gradient_KV = (gradient_KV / scale.temperature).astype(student_head_VD.dtype)
        head_gradient_VD += jnp.einsum(
            "kv,kd->vd", gradient_KV, student_hidden_KD, preferred_element_type=jnp.float32
        )
        hidden_gradient_KD = jnp.einsum(
            "kv,vd->kd", gradient_KV, student_head_VD, preferred_element_type=jnp.float32
        )
        return head_gradient_VD, hidden_gradient_KD.astype(student_hidden_KD.dtype)

    head_gradient_VD, hidden_gradient_CKD = jax.lax.scan(
        of_chunk,
        jnp.zeros(student_head_VD.shape, jnp.float32),
        (chunks, normalisers_CK, kl_CK, cotangent_CK.kl_N, cotangent_CK.student_logp_N),
    )
    chunk_gradient = _Chunks(hidden_gradient_CKD, None, None)  # type: ignore[arg-type]
    return chunk_gradient, head_gradient_VD.astype(student_head_VD.dtype), None


_chunked.defvjp(_chunked_forward, _chunked_backward)


def _logits(hidden_KD: jax.Array, head_VD: jax.Array, scale: _Scale) -> jax.Array:
    """float32[K, V] logits at the temperature, padded rows out of the running."""
    logits_KV = jnp.einsum("kd,vd->kv", hidden_KD, head_VD, preferred_element_type=jnp.float32)
    is_vocabulary_V = jnp.arange(logits_KV.shape[1]) < scale.vocab_size
    return jnp.where(is_vocabulary_V[None], logits_KV / scale.temperature, _PADDED_LOGIT)


def _pick(x_KV: jax.Array, tokens_K: jax.Array) -> jax.Array:
    return jnp.take_along_axis(x_KV, tokens_K[:, None], axis=1)[:, 0]
