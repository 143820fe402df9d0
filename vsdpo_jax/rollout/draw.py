"""One token from each row's logits: temperature, top-k, top-p, greedy, and what it was worth.

Axes: B rows, V the tokenizer's ids.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int32, Key


def draw_tokens(
    keys_B: Key[Array, " B"],
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
      keys_B: typed PRNG keys, one for each row.
      logits_BV: float32, of the tokenizer's ids alone.
      temperature: 0 takes the likeliest allowed token, the first of several, with log-probability
        0.
      forbidden_ids: never drawn; at least one id must be left.
      top_k: how many stay; 0: all. Ties with the last one stay too.
      top_p: in (0, 1], 1: all stay. Tokens stay in order of falling probability until their sum
        reaches it; ties with the last one stay too.
    """
    is_greedy = temperature == 0
    tempered_BV = logits_BV / jnp.where(is_greedy, 1.0, temperature)
    logp_BV = jax.nn.log_softmax(tempered_BV, axis=-1)
    allowed_BV = narrow(_without(logp_BV, forbidden_ids), top_k=top_k, top_p=top_p)
    drawn_B = jax.vmap(jax.random.categorical)(keys_B, allowed_BV)
    likeliest_B = jnp.argmax(_without(logits_BV, forbidden_ids), axis=-1)
    token_B = jnp.where(is_greedy, likeliest_B, drawn_B).astype(jnp.int32)
    logp_B = jnp.take_along_axis(logp_BV, token_B[:, None], axis=1)[:, 0]
    return token_B, jnp.where(is_greedy, 0.0, logp_B)


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
