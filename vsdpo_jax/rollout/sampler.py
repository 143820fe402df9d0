"""Sampling in one compiled program: one prefill a prompt, then a loop over tokens for its group.

Axes: P prompts, S prompt columns, G rollouts of a prompt, B = P * G rows with groups side by side
(row p * G + g), T = max_new_tokens, V vocabulary.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import KVCache, Qwen3VLConfig


class Samples(NamedTuple):
    """Completions of P * G rows.

    Attributes:
      tokens_BT: int32, ``pad_id`` after the end.
      logp_BT: float32, log-probability of each token under the distribution that it was drawn
        from: temperature applied, ids above the tokenizer's left out. 0 after the end.
      length_B: int32, tokens including the stop token.
      stopped_B: bool, a stop token was sampled; else the row ended at T.
    """

    tokens_BT: Any
    logp_BT: Any
    length_B: Any
    stopped_B: Any


class _Loop(NamedTuple):
    step: jax.Array  # tokens drawn so far
    token_B: jax.Array  # the last of them
    cache: KVCache
    samples: Samples


class Sampler:
    """Draws completions from a model of one configuration."""

    def __init__(
        self,
        config: Qwen3VLConfig,
        *,
        max_new_tokens: int,
        stop_ids: tuple[int, ...],
        pad_id: int,
        vocab_size: int,
        dtype: DTypeLike = jnp.float32,
    ) -> None:
        """Checks the settings; compilation waits for the first call.

        Args:
          config: the model's.
          max_new_tokens: T, the most tokens of a completion, the stop token included.
          stop_ids: ids that end a completion.
          pad_id: fills the places after the end.
          vocab_size: ids that the tokenizer knows; the table's rows from there on are never drawn.
          dtype: of activations and cache.

        Raises:
          ValueError: a setting that is impossible, with its name and value.
        """
        if max_new_tokens < 1:
            raise ValueError(f"max_new_tokens is {max_new_tokens}; use 1 or more")
        if not 1 <= vocab_size <= config.vocab_size:
            raise ValueError(
                f"vocab_size is {vocab_size}, but the model's table has {config.vocab_size} rows: "
                "tokenizer and weights do not belong together"
            )
        for token in stop_ids:
            if not 0 <= token < vocab_size:
                raise ValueError(
                    f"stop id {token} is no id below vocab_size, which is {vocab_size}"
                )
        self._config = config
        self._max_new_tokens = max_new_tokens
        self._stop_ids = np.asarray(stop_ids, np.int32)
        self._pad_id = pad_id
        self._vocab_size = vocab_size
        self._dtype = dtype
        self._num_compiles = 0
        self._jitted = jax.jit(self._run, static_argnums=4)

    @property
    def num_compiles(self) -> int:
        """Programs compiled so far: one for each prompt shape and group size."""
        return self._num_compiles

    def sample(
        self,
        params: Any,
        prompt_tokens_PS: Int[Array | np.ndarray, "P S"],
        prompt_mask_PS: Bool[Array | np.ndarray, "P S"],
        key: jax.Array,
        group_size: int,
        temperature: float | jax.Array,
    ) -> Samples:
        """``group_size`` completions of each prompt.

        What row p * G + g becomes depends on ``key``, p, g and its own prompt alone: not on the
        other prompts, nor on how many prompts or rollouts there are.

        Args:
          params: the model's.
          prompt_tokens_PS: left-padded prompts (``rollout.batch.pad_left``).
          prompt_mask_PS: True for tokens; the last column is a token in every row.
          key: a typed PRNG key.
          group_size: G.
          temperature: logits are divided by it; 0 takes the likeliest token, with log-probability
            0. A change compiles nothing.

        Raises:
          ValueError: no prompts, an empty prompt, padding on the right, or impossible numbers.
        """
        if group_size < 1:
            raise ValueError(f"group_size is {group_size}; use 1 or more")
        if not isinstance(temperature, jax.Array) and not 0 <= temperature < float("inf"):
            raise ValueError(f"temperature is {temperature}; use 0 (greedy) or more")
        mask_PS = np.asarray(prompt_mask_PS)
        if mask_PS.size == 0:
            raise ValueError(f"prompts have shape {mask_PS.shape}; give at least one token")
        if not mask_PS[:, -1].all() or np.any(mask_PS[:, :-1] & ~mask_PS[:, 1:]):
            row = np.flatnonzero(
                ~mask_PS[:, -1] | np.any(mask_PS[:, :-1] & ~mask_PS[:, 1:], axis=1)
            )
            raise ValueError(
                f"prompt {row[0]} is empty or not padded on the left alone; use batch.pad_left"
            )
        return self._jitted(
            params,
            jnp.asarray(prompt_tokens_PS, jnp.int32),
            jnp.asarray(mask_PS),
            key,
            group_size,
            jnp.asarray(temperature, jnp.float32),
        )

    def _run(
        self,
        params: Any,
        tokens_PS: jax.Array,
        mask_PS: jax.Array,
        key: jax.Array,
        group_size: int,
        temperature: jax.Array,
    ) -> Samples:
        self._num_compiles += 1  # this body runs once for each program that is traced
        prompts = tokens_PS.shape[0]
        hidden_BD, cache = self._prefill(params, tokens_PS, mask_PS, group_size)
        keys_B = _row_keys(key, prompts, group_size)
        prompt_length_B = jnp.repeat(jnp.sum(mask_PS, axis=1, dtype=jnp.int32), group_size)
        draw = partial(self._draw, params, keys_B, temperature)

        def body(loop: _Loop) -> _Loop:
            position_B = prompt_length_B + loop.step - 1
            hidden_BSD, cache = qwen3_vl.forward(
                params,
                self._config,
                loop.token_B[:, None],
                jnp.broadcast_to(position_B[None, :, None], (3, position_B.shape[0], 1)),
                jnp.ones((position_B.shape[0], 1), bool),
                loop.cache,
                dtype=self._dtype,
            )
            assert cache is not None  # given one, forward returns one
            token_B, samples = draw(hidden_BSD[:, 0], loop.step, loop.samples)
            return _Loop(step=loop.step + 1, token_B=token_B, cache=cache, samples=samples)

        def is_running(loop: _Loop) -> jax.Array:
            return (loop.step < self._max_new_tokens) & ~jnp.all(loop.samples.stopped_B)

        zero = jnp.zeros((), jnp.int32)
        token_B, samples = draw(hidden_BD, zero, self._empty(prompts * group_size))
        first = _Loop(step=zero + 1, token_B=token_B, cache=cache, samples=samples)
        return jax.lax.while_loop(is_running, body, first).samples

    def _prefill(
        self, params: Any, tokens_PS: jax.Array, mask_PS: jax.Array, group_size: int
    ) -> tuple[jax.Array, KVCache]:
        """Reads each prompt once; hidden state of its last token and its cache, G times each."""
        prompts, length = tokens_PS.shape
        # The last token drawn is never read, so it needs no slot.
        cache = qwen3_vl.make_cache(
            self._config, prompts, length + self._max_new_tokens - 1, self._dtype
        )
        positions_3PS = qwen3_vl.text_positions(mask_PS)
        hidden_PSD, cache = qwen3_vl.forward(
            params, self._config, tokens_PS, positions_3PS, mask_PS, cache, dtype=self._dtype
        )
        assert cache is not None  # given one, forward returns one
        repeat = partial(jnp.repeat, repeats=group_size)
        cache = cache.replace(  # type: ignore[attr-defined]
            key_LBKCH=repeat(cache.key_LBKCH, axis=1),
            value_LBKCH=repeat(cache.value_LBKCH, axis=1),
            mask_BC=repeat(cache.mask_BC, axis=0),
        )
        return repeat(hidden_PSD[:, -1], axis=0), cache

    def _draw(
        self,
        params: Any,
        keys_B: jax.Array,
        temperature: jax.Array,
        hidden_BD: Float[Array, "B D"],
        step: jax.Array,
        samples: Samples,
    ) -> tuple[jax.Array, Samples]:
        """One token for every row that has not ended, and the samples with it at place ``step``."""
        head_VD = qwen3_vl.head_VD(params, self._config).astype(self._dtype)
        logits_BV = jnp.einsum(
            "bd,vd->bv", hidden_BD, head_VD[: self._vocab_size], preferred_element_type=jnp.float32
        )
        is_greedy = temperature == 0
        logp_BV = jax.nn.log_softmax(logits_BV / jnp.where(is_greedy, 1.0, temperature), axis=-1)
        drawn_B = jax.vmap(jax.random.categorical)(_fold_in_all(keys_B, step), logp_BV)
        token_B = jnp.where(is_greedy, jnp.argmax(logits_BV, axis=-1), drawn_B).astype(jnp.int32)
        logp_B = jnp.take_along_axis(logp_BV, token_B[:, None], axis=1)[:, 0]
        ended_B = samples.stopped_B
        token_B = jnp.where(ended_B, self._pad_id, token_B)
        logp_B = jnp.where(ended_B | is_greedy, 0.0, logp_B)
        is_stop_B = jnp.any(token_B[:, None] == self._stop_ids[None], axis=1)
        return token_B, Samples(
            tokens_BT=_set_column(samples.tokens_BT, token_B, step),
            logp_BT=_set_column(samples.logp_BT, logp_B, step),
            length_B=samples.length_B + ~ended_B,
            stopped_B=ended_B | is_stop_B,
        )

    def _empty(self, rows: int) -> Samples:
        shape = (rows, self._max_new_tokens)
        return Samples(
            tokens_BT=jnp.full(shape, self._pad_id, jnp.int32),
            logp_BT=jnp.zeros(shape, jnp.float32),
            length_B=jnp.zeros(rows, jnp.int32),
            stopped_B=jnp.zeros(rows, bool),
        )


def _row_keys(key: jax.Array, prompts: int, group_size: int) -> jax.Array:
    """A key for each row that depends on its prompt's and its own number alone."""
    prompt_keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(prompts))
    in_group = jax.vmap(jax.random.fold_in, in_axes=(None, 0))
    keys = jax.vmap(in_group, in_axes=(0, None))(prompt_keys, jnp.arange(group_size))
    return keys.reshape(prompts * group_size)


def _fold_in_all(keys_B: jax.Array, step: jax.Array) -> jax.Array:
    return jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys_B, step)


def _set_column(table_BT: jax.Array, column_B: jax.Array, step: jax.Array) -> jax.Array:
    return jax.lax.dynamic_update_slice_in_dim(table_BT, column_B[:, None], step, axis=1)
