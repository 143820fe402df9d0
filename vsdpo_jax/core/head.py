"""One pass over the vocabulary: divergence, log-probabilities and entropies from hidden states.

At V = 151,936 the [tokens, V] logits of two models do not fit, so tokens are taken in chunks, in
the forward and in the backward pass alike. The gradient is closed-form, with z the student's
logits (temperature T):

    dlog p_S(y)/dz = (onehot(y) - p_S) / T,         dD/dz: see divergence.py

The backward pass computes the logits of a chunk again from the hidden states and the saved
log-normalisers, unless there is one chunk alone: parts.py makes use of that. Everything beyond the
matrix products' inputs is float32. The vocabulary is reduced over and otherwise left alone, so a
head whose rows are sharded stays so, logits included.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.core.divergence import (
    NEVER,
    Compared,
    Divergence,
    Support,
    compare,
    compare_top,
    top_threshold,
)


class HeadOut(NamedTuple):
    """What the pass says about each token given everything before it.

    Attributes:
      kl_N: the divergence of student and teacher that was asked for, by default KL(p_S || p_T)
        over the whole vocabulary, nats; 0 without a teacher. Differentiable.
      student_logp_N: log p_S(token). Differentiable.
      teacher_logp_N: log p_T(token); 0 without a teacher. No gradient.
      student_entropy_N: entropy of p_S, nats. No gradient.
      teacher_entropy_N: entropy of p_T, nats; 0 without a teacher. No gradient.
      agreement_N: both have the same most likely token, of equal ones the first; False without a
        teacher.
      kl_cut_N: what kl_clip took off kl_N, nats. No gradient.
    """

    kl_N: Float[Array, " N"]
    student_logp_N: Float[Array, " N"]
    teacher_logp_N: Float[Array, " N"]
    student_entropy_N: Float[Array, " N"]
    teacher_entropy_N: Float[Array, " N"]
    agreement_N: Bool[Array, " N"]
    kl_cut_N: Float[Array, " N"]


class _Chunks(NamedTuple):
    """The inputs of the pass in C chunks of K tokens; one or two teachers, or none."""

    student_hidden_CKD: jax.Array
    teacher_hidden_CKE: tuple[jax.Array, ...]
    tokens_CK: jax.Array
    student_share_CK: jax.Array | None


class _Saved(NamedTuple):
    """What the backward pass needs to know of each token.

    Attributes:
      student_norm_CK, teacher_norm_CK: log-sum-exp of the logits.
      threshold_CK: the least student log-probability of the top-k support.
      log_ratio_CK: log p_S(token) - log p_T(token).
    """

    student_norm_CK: jax.Array
    teacher_norm_CK: jax.Array
    threshold_CK: jax.Array
    log_ratio_CK: jax.Array


class _LogProbs(NamedTuple):
    """Of a chunk, [K, V] each; teacher_KV is None without a teacher."""

    student_KV: jax.Array
    teacher_KV: jax.Array | None


class _Static(NamedTuple):
    """What is known when compiling; teacher_shares weigh the logits of the teachers."""

    temperature: float
    vocab_size: int
    divergence: Divergence
    teacher_shares: tuple[float, ...]
    head_gradient: bool


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
    divergence: Support = "full",
    jsd_alpha: float = 1.0,
    topk: int = 100,
    topk_tail: bool = True,
    kl_clip: float = 0.0,
    mix_hidden_ND: Float[Array, "N F"] | None = None,
    mix_head_VD: Float[Array, "V F"] | None = None,
    teacher_mix: float = 0.0,
    student_share_N: Float[Array, " N"] | None = None,
    head_gradient: bool = True,
) -> HeadOut:
    """Compares student and teacher at every token, without ever holding [N, V].

    Gradients flow to student_hidden_ND and student_head_VD through kl_N and student_logp_N, and
    nowhere else. A token whose cotangents are both 0 adds exactly nothing to them, whatever its
    hidden states are, and one whose kl_N has the cotangent 0 nothing that depends on the teacher's;
    no token's outputs depend on another's.

    Cost: a product with the head for the student and each model of the teacher, forward; backward
    the same again (for "sampled" the student's alone; nothing if all tokens are one chunk), one for
    the hidden states and one for the head unless head_gradient is False. Memory: about four float32
    arrays [chunk_size, V] and, backward, the gradient of the head.

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
      divergence, jsd_alpha, topk, topk_tail, kl_clip: what kl_N is, see divergence.Divergence. A
        topk of vocab_size or more is "full".
      mix_hidden_ND, mix_head_VD, teacher_mix: the trust-region teacher (arXiv 2601.20802): logits
        (1 - teacher_mix) * teacher's + teacher_mix * these, those of the current weights on the
        teacher's context. teacher_mix 0: not looked at.
      student_share_N: how much of the student's own logits, taken as constants, is added to the
        teacher's at each token; None: nothing. No product with a head: they are there already.
      head_gradient: False: student_head_VD is frozen and gets no gradient, at no cost.

    Raises:
      ValueError: a setting out of range; one of a model's arrays without the other; a mix without
        a teacher or without arrays to mix.
    """
    num_tokens, num_rows = len(tokens_N), len(student_head_VD)
    vocab_size = num_rows if vocab_size is None else vocab_size
    chosen = Divergence(
        support=divergence, jsd_alpha=jsd_alpha, topk=topk, topk_tail=topk_tail, kl_clip=kl_clip
    )
    if chosen.support == "topk" and topk >= vocab_size:
        chosen = Divergence(support="full", jsd_alpha=jsd_alpha, kl_clip=kl_clip)
    _check_range(temperature, chunk_size, vocab_size, num_rows, teacher_mix)
    teachers = _teachers(
        (teacher_hidden_ND, teacher_head_VD), (mix_hidden_ND, mix_head_VD), teacher_mix
    )
    if student_share_N is not None and not teachers:
        raise ValueError("student_share_N: give teacher_hidden_ND, whose logits it is added to")
    num_chunks = max(1, math.ceil(num_tokens / chunk_size))
    chunks = _Chunks(
        student_hidden_CKD=_to_chunks(student_hidden_ND, num_chunks),
        teacher_hidden_CKE=tuple(_to_chunks(hidden, num_chunks) for hidden, _, _ in teachers),
        tokens_CK=_to_chunks(tokens_N, num_chunks),
        student_share_CK=None
        if student_share_N is None
        else _to_chunks(jax.lax.stop_gradient(student_share_N), num_chunks),
    )
    static = _Static(
        temperature=temperature,
        vocab_size=vocab_size,
        divergence=chosen,
        teacher_shares=tuple(share for _, _, share in teachers),
        head_gradient=head_gradient,
    )
    heads = tuple(head for _, head, _ in teachers)
    out_CK = cast(HeadOut, _chunked(chunks, student_head_VD, heads, static))
    return HeadOut(*(value_CK.T.reshape(-1)[:num_tokens] for value_CK in out_CK))


def _check_range(
    temperature: float, chunk_size: int, vocab_size: int, num_rows: int, teacher_mix: float
) -> None:
    if not 0 < temperature < math.inf:
        raise ValueError(f"temperature is {temperature}: use a finite number above 0")
    if chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}: use 1 or more")
    if not 1 <= vocab_size <= num_rows:
        raise ValueError(f"vocab_size is {vocab_size}: the head has {num_rows} rows")
    if not 0 <= teacher_mix <= 1:
        raise ValueError(f"teacher_mix is {teacher_mix}: use a share in [0, 1]")


def _teachers(
    teacher: tuple[jax.Array | None, jax.Array | None],
    mixed_in: tuple[jax.Array | None, jax.Array | None],
    mix: float,
) -> list[tuple[jax.Array, jax.Array, float]]:
    """(hidden states, head, share of the logits) of each model that makes up the teacher."""
    for name, (hidden, head) in (("teacher", teacher), ("mix", mixed_in)):
        if (hidden is None) != (head is None):
            raise ValueError(f"{name}_hidden_ND and {name}_head_VD: give both or neither")
    parts = [(*teacher, 1 - mix), (*mixed_in, mix)] if mix > 0 else [(*teacher, 1.0)]
    if mix > 0 and any(hidden is None for hidden, _, _ in parts):
        raise ValueError(
            f"teacher_mix is {mix}: give teacher_hidden_ND and mix_hidden_ND, with their heads"
        )
    return [
        (jax.lax.stop_gradient(hidden), jax.lax.stop_gradient(head), share)
        for hidden, head, share in parts
        if hidden is not None and head is not None
    ]


def _to_chunks(x_NX: jax.Array, num_chunks: int) -> jax.Array:
    """[N, ...] -> [C, K, ...], zero-padded; chunk c holds the tokens c, c + C, c + 2C, ...

    Strided, so that tokens sharded over devices (whole rows of a batch on each) are spread over
    all of them in every chunk.
    """
    chunk_length = math.ceil(len(x_NX) / num_chunks)
    missing = chunk_length * num_chunks - len(x_NX)
    x_NX = jnp.pad(x_NX, [(0, missing)] + [(0, 0)] * (x_NX.ndim - 1))
    return jnp.swapaxes(x_NX.reshape(chunk_length, num_chunks, *x_NX.shape[1:]), 0, 1)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _chunked(
    chunks: _Chunks, student_head_VD: jax.Array, teacher_heads: tuple, static: _Static
) -> HeadOut:
    """HeadOut with arrays [C, K]."""
    return _chunked_forward(chunks, student_head_VD, teacher_heads, static)[0]


def _chunked_forward(
    chunks: _Chunks, student_head_VD: jax.Array, teacher_heads: tuple, static: _Static
) -> tuple[HeadOut, tuple]:
    def of_chunk(chunk: _Chunks) -> tuple[HeadOut, _Saved, _LogProbs]:
        logits = _logits(chunk, student_head_VD, teacher_heads, static)
        return _read(chunk, logits, static)

    if len(chunks.tokens_CK) == 1:
        # The one case in which what [K, V] holds can wait for the backward pass.
        out, saved, log_probs = of_chunk(_only(chunks))
        out_CK, saved_CK = jax.tree.map(lambda x: x[None], (out, saved))
    else:
        out_CK, saved_CK = jax.lax.map(lambda chunk: of_chunk(chunk)[:2], chunks)
        log_probs = None
    return out_CK, (chunks, student_head_VD, teacher_heads, saved_CK, log_probs)


def _read(chunk: _Chunks, logits: _LogProbs, static: _Static) -> tuple[HeadOut, _Saved, _LogProbs]:
    """What a chunk gives, and what its gradient needs."""
    student_logp_KV, student_norm_K = _normalise(logits.student_KV)
    student_logp_K = _pick(student_logp_KV, chunk.tokens_CK)
    zeros_K = jnp.zeros_like(student_norm_K)
    out = HeadOut(
        kl_N=zeros_K,
        student_logp_N=student_logp_K,
        teacher_logp_N=zeros_K,
        student_entropy_N=_entropy(student_logp_KV),
        teacher_entropy_N=zeros_K,
        agreement_N=jnp.zeros(zeros_K.shape, bool),
        kl_cut_N=zeros_K,
    )
    saved = _Saved(student_norm_K, zeros_K, zeros_K, zeros_K)
    if logits.teacher_KV is None:
        return out, saved, _LogProbs(student_logp_KV, None)
    teacher_logp_KV, teacher_norm_K = _normalise(logits.teacher_KV)
    teacher_logp_K = _pick(teacher_logp_KV, chunk.tokens_CK)
    saved = saved._replace(
        teacher_norm_CK=teacher_norm_K, log_ratio_CK=student_logp_K - teacher_logp_K
    )
    if static.divergence.support == "topk":
        threshold_K = top_threshold(student_logp_KV, static.divergence.topk)
        saved = saved._replace(threshold_CK=threshold_K)
    if static.divergence.support == "sampled":
        kl_K, kl_cut_K = saved.log_ratio_CK * student_logp_K, zeros_K
    else:
        compared = _compare(student_logp_KV, teacher_logp_KV, saved, static.divergence)
        kl_K, kl_cut_K = compared.value_K, compared.cut_K
    # Not by comparing with the maximum: a sum that is made again in another fusion rounds
    # differently, and no entry equals it.
    most_likely_K = [jnp.argmax(x_KV, axis=-1) for x_KV in (logits.student_KV, logits.teacher_KV)]
    out = out._replace(
        kl_N=kl_K,
        teacher_logp_N=teacher_logp_K,
        teacher_entropy_N=_entropy(teacher_logp_KV),
        agreement_N=most_likely_K[0] == most_likely_K[1],
        kl_cut_N=kl_cut_K,
    )
    return out, saved, _LogProbs(student_logp_KV, teacher_logp_KV)


def _chunked_backward(static: _Static, kept: tuple, cotangent_CK: HeadOut) -> tuple:
    chunks, student_head_VD, teacher_heads, saved_CK, log_probs = kept
    read_heads = () if static.divergence.support == "sampled" else teacher_heads

    def of_chunk(head_gradient_VD: jax.Array | None, inputs: tuple) -> tuple:
        chunk, saved, kl_bar_K, logp_bar_K = inputs
        # Without a say in the loss, not even infinities count: 0 * inf is not 0.
        is_used_K1 = ((kl_bar_K != 0) | (logp_bar_K != 0))[:, None]
        hidden_KD = jnp.where(is_used_K1, chunk.student_hidden_CKD, 0)
        known = log_probs
        if known is None:
            logits = _logits(chunk, student_head_VD, read_heads, static)
            known = _normalised(logits, saved)
        gradient_KV = _gradient(chunk.tokens_CK, known, saved, (kl_bar_K, logp_bar_K), static)
        gradient_KV = jnp.where(is_used_K1, gradient_KV / static.temperature, 0)
        gradient_KV = gradient_KV.astype(student_head_VD.dtype)
        if head_gradient_VD is not None:
            head_gradient_VD += jnp.einsum(
                "kv,kd->vd", gradient_KV, hidden_KD, preferred_element_type=jnp.float32
            )
        hidden_gradient_KD = jnp.einsum(
            "kv,vd->kd", gradient_KV, student_head_VD, preferred_element_type=jnp.float32
        )
        return head_gradient_VD, hidden_gradient_KD.astype(hidden_KD.dtype)

    zeros_VD = jnp.zeros(student_head_VD.shape, jnp.float32) if static.head_gradient else None
    inputs_C = (chunks, saved_CK, cotangent_CK.kl_N, cotangent_CK.student_logp_N)
    if log_probs is None:
        head_gradient_VD, hidden_gradient_CKD = jax.lax.scan(of_chunk, zeros_VD, inputs_C)
    else:
        head_gradient_VD, hidden_gradient_KD = of_chunk(zeros_VD, _only(inputs_C))
        hidden_gradient_CKD = hidden_gradient_KD[None]
    if head_gradient_VD is not None:
        head_gradient_VD = head_gradient_VD.astype(student_head_VD.dtype)
    # The teachers are constants and tokens are integers: None is their cotangent.
    chunk_gradient = _Chunks(hidden_gradient_CKD, None, None, None)  # type: ignore[arg-type]
    return chunk_gradient, head_gradient_VD, None


def _gradient(
    tokens_K: jax.Array,
    log_probs: _LogProbs,
    saved: _Saved,
    cotangents: tuple[jax.Array, jax.Array],
    static: _Static,
) -> jax.Array:
    """[K, V]: of kl_bar * kl + logp_bar * student_logp, by the logits over the temperature."""
    kl_bar_K, logp_bar_K = cotangents
    student_logp_KV, teacher_logp_KV = log_probs
    is_sampled = static.divergence.support == "sampled"
    if is_sampled:
        logp_bar_K += jnp.where(kl_bar_K != 0, kl_bar_K * saved.log_ratio_CK, 0)
    is_token_KV = jnp.arange(student_logp_KV.shape[1])[None] == tokens_K[:, None]
    gradient_KV = jnp.where(is_token_KV, logp_bar_K[:, None], 0)
    gradient_KV -= jnp.exp(student_logp_KV) * logp_bar_K[:, None]
    if teacher_logp_KV is None or is_sampled:
        return gradient_KV
    compared = _compare(student_logp_KV, teacher_logp_KV, saved, static.divergence)
    kl_bar_K1 = kl_bar_K[:, None]
    return gradient_KV + jnp.where(kl_bar_K1 != 0, kl_bar_K1 * compared.gradient_KV, 0)


_chunked.defvjp(_chunked_forward, _chunked_backward)


def _only(tree_C: Any) -> Any:
    """The one chunk there is."""
    return jax.tree.map(lambda x: x[0], tree_C)


def _compare(
    student_KV: jax.Array, teacher_KV: jax.Array, saved: _Saved, chosen: Divergence
) -> Compared:
    if chosen.support == "full":
        return compare(student_KV, teacher_KV, chosen.jsd_alpha, chosen.kl_clip)
    return compare_top(
        student_KV, teacher_KV, saved.threshold_CK, chosen.jsd_alpha, chosen.kl_clip,
        tail=chosen.topk_tail,
    )  # fmt: skip


def _logits(
    chunk: _Chunks, student_head_VD: jax.Array, teacher_heads: tuple, static: _Static
) -> _LogProbs:
    """Not normalised yet; the teacher's are a mix if it is two models or has a student's share."""
    student_KV = _project(chunk.student_hidden_CKD, student_head_VD)
    if not teacher_heads:
        return _LogProbs(_scaled(student_KV, static), None)
    parts_KV = [
        share * _project(hidden_KE, head_VE)
        for hidden_KE, head_VE, share in zip(
            chunk.teacher_hidden_CKE, teacher_heads, static.teacher_shares, strict=True
        )
    ]
    teacher_KV = functools.reduce(jnp.add, parts_KV)
    if chunk.student_share_CK is not None:
        share_K1 = chunk.student_share_CK[:, None]
        teacher_KV += jnp.where(share_K1 != 0, share_K1 * student_KV, 0)
    return _LogProbs(_scaled(student_KV, static), _scaled(teacher_KV, static))


def _project(hidden_KD: jax.Array, head_VD: jax.Array) -> jax.Array:
    return jnp.einsum("kd,vd->kv", hidden_KD, head_VD, preferred_element_type=jnp.float32)


def _scaled(logits_KV: jax.Array, static: _Static) -> jax.Array:
    """At the temperature; NEVER for rows that are no vocabulary."""
    is_vocabulary_V = jnp.arange(logits_KV.shape[1]) < static.vocab_size
    return jnp.where(is_vocabulary_V[None], logits_KV / static.temperature, NEVER)


def _normalised(logits: _LogProbs, saved: _Saved) -> _LogProbs:
    student_KV = logits.student_KV - saved.student_norm_CK[:, None]
    if logits.teacher_KV is None:
        return _LogProbs(student_KV, None)
    return _LogProbs(student_KV, logits.teacher_KV - saved.teacher_norm_CK[:, None])


def _normalise(logits_KV: jax.Array) -> tuple[jax.Array, jax.Array]:
    """(log-probabilities, log-sum-exp of the logits)."""
    norm_K = jax.nn.logsumexp(logits_KV, axis=-1)
    return logits_KV - norm_K[:, None], norm_K


def _entropy(logp_KV: jax.Array) -> jax.Array:
    return -jnp.sum(jnp.exp(logp_KV) * logp_KV, axis=-1)


def _pick(x_KV: jax.Array, tokens_K: jax.Array) -> jax.Array:
    return jnp.take_along_axis(x_KV, tokens_K[:, None], axis=1)[:, 0]
