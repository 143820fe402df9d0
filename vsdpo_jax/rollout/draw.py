"""One token from each row's logits: temperature, top-k, top-p, greedy, and what it was worth.

Axes: B rows, V the tokenizer's ids.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32


def draw_tokens(
    uniform_B2: Float[Array, "B 2"],
    logits_BV: Float[Array, "B V"],
    temperature: Float[Array, ""],
    *,
    forbidden_ids: tuple[int, ...] = (),
    top_k: int = 0,
    top_p: float = 1.0,
) -> tuple[Int32[Array, " B"], Float[Array, " B"]]:
    """A token for each row and its log-probability.

    What may be drawn is narrowed in this order: forbidden ids leave, logits are divided by the
    temperature, the ``top_k`` likeliest stay, and of these the nucleus of ``top_p`` after
    renormalisation. It is the order of transformers and vLLM.

    The log-probability is that under the whole tempered distribution over all V ids: neither
    top-k, top-p nor forbidden ids change it. Training recomputes log p(token) over all V ids at
    the same temperature (core.head), and divides by what is reported here: the ratio is then 1
    for the weights that sampled, and measures nothing but how far they have moved. Under the
    narrowed distribution it would start below 1, by the share that was cut away at each token,
    and clipping would act on a difference that no update has made.

    Args:
      uniform_B2: random numbers in [0, 1), which decide what is drawn.
      logits_BV: float32, of the tokenizer's ids alone.
      temperature: 0 takes the likeliest allowed token, the first of several, with log-probability
        0; so does what is below 1.2e-38, the smallest normal float32.
      forbidden_ids: never drawn; at least one id must be left.
      top_k: how many stay; 0: all. Ties with the last one stay too.
      top_p: in (0, 1], 1: all stay. Tokens stay in order of falling probability until their sum
        reaches it; ties with the last one stay too.
    """

    def greedy() -> tuple[jax.Array, jax.Array]:
        token_B = jnp.argmax(_without(logits_BV, forbidden_ids), axis=-1)
        return token_B.astype(jnp.int32), jnp.zeros(token_B.shape, jnp.float32)

    def sampled() -> tuple[jax.Array, jax.Array]:
        tempered_BV = _tempered(logits_BV, temperature)
        share_BV = jnp.exp(tempered_BV)
        logsum_B = jnp.log(jnp.sum(share_BV, axis=-1))
        if forbidden_ids or top_k or top_p < 1:
            # From the likeliest that is allowed: next to what is not, its share may round to 0.
            allowed_BV = _tempered(_without(logits_BV, forbidden_ids), temperature)
            share_BV = jnp.exp(narrow(allowed_BV, top_k=top_k, top_p=top_p))
        token_B = draw_by_share(uniform_B2, share_BV)
        drawn_B = jnp.take_along_axis(tempered_BV, token_B[:, None], axis=1)[:, 0]
        return token_B, jnp.maximum(drawn_B - logsum_B, jnp.finfo(jnp.float32).min)

    return jax.lax.cond(temperature < jnp.finfo(jnp.float32).tiny, greedy, sampled)


def _tempered(logits_BV: Float[Array, "B V"], temperature: Float[Array, ""]) -> Float[Array, "B V"]:
    """Logits at a temperature, the likeliest at 0.

    Shifted first: quotients of a small temperature overflow, and compilers divide in several ways,
    so that the difference of two of them would not be 0 where it has to be.
    """
    return (logits_BV - jnp.max(logits_BV, axis=-1, keepdims=True)) / temperature


def draw_by_share(
    uniform_B2: Float[Array, "B 2"], share_BV: Float[Array, "B V"]
) -> Int32[Array, " B"]:
    """An id for each row, as likely as its share of the row's sum.

    By inversion, with two numbers a row: noise for every id (Gumbel's trick) costs a mini model
    more than a layer does. First a block of about sqrt(V) ids, then an id of that block: sums are
    short and 24 bits of randomness are enough, whatever V.

    Args:
      uniform_B2: random numbers in [0, 1).
      share_BV: not negative, with a positive sum.
    """
    rows, size = share_BV.shape
    width = math.ceil(math.sqrt(size))
    blocks = math.ceil(size / width)
    share_BNW = jnp.pad(share_BV, ((0, 0), (0, blocks * width - size))).reshape(rows, blocks, width)
    block_B = _invert(uniform_B2[:, 0], jnp.sum(share_BNW, axis=-1))
    share_BW = jnp.take_along_axis(share_BNW, block_B[:, None, None], axis=1)[:, 0]
    return block_B * width + _invert(uniform_B2[:, 1], share_BW)


def _invert(uniform_B: Float[Array, " B"], share_BN: Float[Array, "B N"]) -> Int32[Array, " B"]:
    """The first place at which the running sum is above its part of the whole."""
    sum_BN = jnp.cumsum(share_BN, axis=-1)
    place_B = jnp.sum(sum_BN <= uniform_B[:, None] * sum_BN[:, -1:], axis=-1, dtype=jnp.int32)
    # Sums of float32 round: neither behind the end nor where there is no share.
    place_B = jnp.minimum(place_B, share_BN.shape[1] - 1)
    share_B = jnp.take_along_axis(share_BN, place_B[:, None], axis=1)[:, 0]
    return jnp.where(share_B > 0, place_B, jnp.argmax(share_BN, axis=-1)).astype(jnp.int32)


def narrow(
    logits_BV: Float[Array, "B V"], *, top_k: int = 0, top_p: float = 1.0
) -> Float[Array, "B V"]:
    """Logits with -inf outside the ``top_k`` and, of those, outside the nucleus of ``top_p``.

    The nucleus is the smallest set of likeliest tokens whose probabilities, renormalised over the
    top k, sum to at least ``top_p``; it is never empty. Ties at either border stay.
    """
    size = logits_BV.shape[1]
    is_cut = 0 < top_k < size
    if not is_cut and top_p >= 1:
        return logits_BV
    if is_cut:
        sorted_BK = jax.lax.top_k(logits_BV, top_k)[0]
    else:
        sorted_BK = -jnp.sort(-logits_BV, axis=-1)
    if top_p < 1:
        sorted_BK = _nucleus(sorted_BK, top_p)
    lowest_B1 = jnp.min(sorted_BK, axis=-1, keepdims=True)
    return jnp.where(logits_BV >= lowest_B1, logits_BV, -jnp.inf)


def _nucleus(sorted_BK: Float[Array, "B K"], top_p: float) -> Float[Array, "B K"]:
    """Falling logits with those after the nucleus replaced by +inf."""
    sum_BK = jnp.cumsum(jax.nn.softmax(sorted_BK, axis=-1), axis=-1)
    before_BK = jnp.pad(sum_BK[:, :-1], ((0, 0), (1, 0)))
    return jnp.where(before_BK < top_p, sorted_BK, jnp.inf)


def _without(values_BV: Float[Array, "B V"], ids: tuple[int, ...]) -> Float[Array, "B V"]:
    if not ids:
        return values_BV
    is_forbidden_V: Bool[np.ndarray, " V"] = np.isin(np.arange(values_BV.shape[1]), ids)
    return jnp.where(is_forbidden_V[None], -jnp.inf, values_BV)
