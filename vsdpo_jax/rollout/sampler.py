"""Sampling in one compiled program: one prefill a prompt, then a loop over tokens for its group.

Axes: P prompts, S prompt columns, G rollouts of a prompt, B = P * G rows with groups side by side
(row p * G + g), T = max_new_tokens, V vocabulary.
"""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, Int

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import KVCache, Qwen3VLConfig, VisionInputs
from vsdpo_jax.rollout.draw import draw_tokens
from vsdpo_jax.rollout.stopping import StopTable

# Axes of the mesh, as runtime.mesh names them.
ROW_AXES = ("data", "fsdp")
HEAD_AXIS = "tensor"


class Samples(NamedTuple):
    """Completions of P * G rows.

    Attributes:
      tokens_BT: int32, ``pad_id`` after the end.
      logp_BT: float32, log-probability of each token under the tempered distribution over the
        tokenizer's ids, which is what training recomputes: top-k, top-p and forbidden ids say
        what may be drawn, and leave it alone (the reason is in ``draw.draw_tokens``). 0 after the
        end, and everywhere at temperature 0.
      length_B: int32, tokens including the stop token, or the one that completes a stop string.
      stopped_B: bool, a stop token or string ended the row; else its limit did.
    """

    tokens_BT: Any
    logp_BT: Any
    length_B: Any
    stopped_B: Any


class _Prompts(NamedTuple):
    tokens_PS: Any
    mask_PS: Any
    limit_P: Any
    vision: VisionInputs | None


class _Loop(NamedTuple):
    step: jax.Array  # tokens drawn so far
    token_B: jax.Array  # the last of them
    state_B: jax.Array  # of the stop strings' automaton
    cache: KVCache
    samples: Samples


class _Rows(NamedTuple):
    """What a row needs for every token and never changes."""

    uniform_BT2: jax.Array  # what decides each draw
    limit_B: jax.Array
    position_B: jax.Array  # rotary position of the first token drawn
    temperature: jax.Array
    next_QV: jax.Array | None  # see StopTable


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
        attention: str = "xla",
        top_k: int = 0,
        top_p: float = 1.0,
        forbidden_ids: tuple[int, ...] = (),
        stop_strings: StopTable | None = None,
        mesh: Mesh | None = None,
        separate_layers: bool | None = None,
    ) -> None:
        """Checks the settings; compilation waits for the first call.

        Args:
          config: the model's.
          max_new_tokens: T, the most tokens of a completion, the stop token included.
          stop_ids: ids that end a completion.
          pad_id: fills the places after the end.
          vocab_size: ids that the tokenizer knows; the table's rows from there on are never drawn.
          dtype: of activations and cache.
          attention: implementation for reading prompts and images, see models.qwen3_vl.attention.
          top_k: draw among this many likeliest tokens; 0: all.
          top_p: then among the likeliest of these that together reach this probability; 1: all.
          forbidden_ids: never drawn, such as the marks of images in a model that writes text.
          stop_strings: texts that end a completion (``stopping.stop_table``); None: none.
          mesh: devices over which rows (axes data and fsdp) and key-value heads (axis tensor) are
            split, each where its number allows, and whole on every device where not. Parameters
            are used as they lie. None: no splitting beyond what the parameters bring about.
          separate_layers: cut the layers out of their stack before the loop over tokens instead of
            within: a second copy of their weights, and nearly twice the speed on CPU
            (``qwen3_vl.separate``). None: on CPU alone.

        Raises:
          ValueError: a setting that is impossible, with its name and value.
        """
        _check_settings(config.vocab_size, max_new_tokens, vocab_size, top_k, top_p, stop_strings)
        _check_ids("stop", stop_ids, vocab_size)
        _check_ids("forbidden", forbidden_ids, vocab_size)
        if len(set(forbidden_ids)) == vocab_size:
            raise ValueError(f"forbidden_ids holds all {vocab_size} ids; leave one to be drawn")
        self._config = config
        self._max_new_tokens = max_new_tokens
        self._stop_ids = np.asarray(stop_ids, np.int32)
        self._pad_id = pad_id
        self._vocab_size = vocab_size
        self._dtype = dtype
        self._attention = attention
        self._draw_tokens = partial(
            draw_tokens, forbidden_ids=tuple(forbidden_ids), top_k=top_k, top_p=float(top_p)
        )
        self._mesh = mesh
        is_cpu = jax.default_backend() == "cpu"
        self._separate_layers = is_cpu if separate_layers is None else separate_layers
        # An argument of the program, not a constant in it: it may take megabytes.
        self._next_QV = None if stop_strings is None else self._whole(stop_strings.next_QV)
        self._num_compiles = self.prompt_bytes = 0  # of the last prompts and their pictures
        self._jitted = jax.jit(self._run, static_argnums=3)

    @property
    def num_compiles(self) -> int:
        """Programs compiled so far: one for each prompt (and image) shape and group size."""
        return self._num_compiles

    def sample(
        self,
        params: Any,
        prompt_tokens_PS: Int[Array | np.ndarray, "P S"],
        prompt_mask_PS: Bool[Array | np.ndarray, "P S"],
        key: jax.Array,
        group_size: int,
        temperature: float | jax.Array,
        *,
        vision: VisionInputs | None = None,
        limits_P: Int[Array | np.ndarray, " _"] | None = None,
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
          vision: images of the prompts, made from these very tokens and masks
            (``geometry.vision_inputs``); each is encoded once, whatever the group size.
          limits_P: the most tokens of each prompt's completions, 1 to max_new_tokens; None: all
            max_new_tokens. A change compiles nothing.

        Raises:
          ValueError: no prompts, an empty prompt, padding on the right, images of other prompts,
            or impossible numbers.
        """
        if group_size < 1:
            raise ValueError(f"group_size is {group_size}; use 1 or more")
        if not isinstance(temperature, jax.Array) and not 0 <= temperature < float("inf"):
            raise ValueError(f"temperature is {temperature}; use 0 (greedy) or more")
        mask_PS = np.asarray(prompt_mask_PS)
        _check_mask(mask_PS)
        if vision is not None:
            self._check_vision(vision, mask_PS.shape)
        prompts = _Prompts(
            tokens_PS=np.asarray(prompt_tokens_PS, np.int32),
            mask_PS=mask_PS,
            limit_P=self._check_limits(limits_P, len(mask_PS)),
            vision=vision,
        )
        return self._jitted(
            params,
            self._place(prompts),
            self._whole(key),
            group_size,
            self._whole(jnp.asarray(temperature, jnp.float32)),
            self._next_QV,
        )

    def lower(
        self,
        params: Any,
        prompts: tuple[int, int],
        group_size: int,
        vision: VisionInputs | None = None,
    ) -> jax.stages.Lowered:
        """The program that ``sample`` runs, to look at before it runs: nothing is placed.

        Args:
          params: the model's, or their shapes.
          prompts: shape of the prompts, [P, S].
          group_size: G.
          vision: images of the prompts, or their shapes.
        """

        def array(dtype: DTypeLike, *shape: int) -> jax.ShapeDtypeStruct:
            return jax.ShapeDtypeStruct(shape, dtype)

        return self._jitted.lower(
            params,
            _Prompts(
                tokens_PS=array(jnp.int32, *prompts),
                mask_PS=array(bool, *prompts),
                limit_P=array(jnp.int32, prompts[0]),
                vision=jax.tree.map(lambda x: array(x.dtype, *x.shape), vision),
            ),
            jax.eval_shape(lambda: jax.random.key(0)),
            group_size,
            array(jnp.float32),
            self._next_QV,
        )

    def _check_vision(self, vision: VisionInputs, shape: tuple[int, ...]) -> None:
        if self._config.vision is None:
            raise ValueError(
                "the prompts have images, but the model has no vision tower; leave vision out"
            )
        found = tuple(vision.slot_BS.shape)
        if found != shape:
            raise ValueError(
                f"vision was made for prompts of shape {found}, but the prompts have {shape}; "
                "make it from the padded tokens and masks that are sampled from"
            )

    def _check_limits(self, limits_P: Any, prompts: int) -> np.ndarray:
        if limits_P is None:
            return np.full(prompts, self._max_new_tokens, np.int32)
        limits_P = np.asarray(limits_P)
        if limits_P.shape != (prompts,):
            raise ValueError(f"limits_P has shape {limits_P.shape} for {prompts} prompts")
        for row in np.flatnonzero((limits_P < 1) | (limits_P > self._max_new_tokens)):
            raise ValueError(
                f"limits_P[{row}] is {limits_P[row]}; use 1 to max_new_tokens, which is "
                f"{self._max_new_tokens}"
            )
        return limits_P.astype(np.int32)

    def _run(
        self,
        params: Any,
        prompts: _Prompts,
        key: jax.Array,
        group_size: int,
        temperature: jax.Array,
        next_QV: jax.Array | None,
    ) -> Samples:
        self._num_compiles += 1  # this body runs once for each program that is traced
        repeat = partial(jnp.repeat, repeats=group_size, axis=0)
        hidden_PD, prefix, position_P = self._prefill(params, prompts)
        keys_B = _row_keys(key, len(position_P), group_size)
        rows = _Rows(
            uniform_BT2=_uniform(keys_B, self._max_new_tokens),
            limit_B=repeat(prompts.limit_P),
            position_B=repeat(position_P),
            temperature=temperature,
            next_QV=next_QV,
        )

        cache, layers = self._behind(prefix, len(keys_B)), params
        if self._separate_layers:
            layers, cache = qwen3_vl.separate(params, cache, self._config)

        def body(loop: _Loop) -> _Loop:
            position_B = rows.position_B + loop.step - 1
            hidden_BSD, cache = qwen3_vl.forward(
                layers,
                self._config,
                loop.token_B[:, None],
                jnp.broadcast_to(position_B[None, :, None], (3, position_B.shape[0], 1)),
                jnp.ones((position_B.shape[0], 1), bool),
                loop.cache,
                dtype=self._dtype,
                is_separate=self._separate_layers,
            )
            return self._advance(params, rows, hidden_BSD[:, 0], loop._replace(cache=cache))

        def is_running(loop: _Loop) -> jax.Array:
            return ~jnp.all(_is_ended(loop.samples, rows.limit_B))

        first = self._advance(params, rows, repeat(hidden_PD), self._start(cache))
        samples = jax.lax.while_loop(is_running, body, first).samples
        # On every device, so that every process of a run over several hosts can read all of it.
        return jax.tree.map(lambda x: self._constrain(x, PartitionSpec()), samples)

    def _prefill(
        self, params: Any, prompts: _Prompts
    ) -> tuple[Float[Array, "P D"], KVCache, Int[Array, " P"]]:
        """Reads each prompt once: last hidden state, cache, and the position that follows."""
        count, length = prompts.mask_PS.shape
        cache = qwen3_vl.make_cache(self._config, count, length, self._dtype)
        how: dict[str, Any] = {"dtype": self._dtype, "attention": self._attention}
        images: dict[str, Any] = {}
        if prompts.vision is None:
            positions_3PS = qwen3_vl.text_positions(prompts.mask_PS)
        else:
            positions_3PS = jnp.moveaxis(prompts.vision.positions_B3S, 1, 0)
            features = qwen3_vl.encode_images(params, self._config, prompts.vision, **how)
            images = {"features": features, "slot_BS": prompts.vision.slot_BS}
        hidden_PSD, cache = qwen3_vl.forward(
            params,
            self._config,
            prompts.tokens_PS,
            positions_3PS,
            prompts.mask_PS,
            cache,
            is_first=True,
            **how,
            **images,
        )
        assert cache is not None  # given one, forward returns one
        # Text goes on behind the furthest position on any axis, also where an image's rows or
        # columns have run ahead.
        highest_PS = jnp.max(jnp.where(prompts.mask_PS[None], positions_3PS, -1), axis=0)
        return hidden_PSD[:, -1], cache, jnp.max(highest_PS, axis=1) + 1

    def _behind(self, prefix: KVCache, rows: int) -> KVCache:
        """Room for what the rows draw, behind their prompts; both split over the mesh."""
        # The last token drawn is never read, so it needs no slot; no slots at all are trouble.
        slots = max(self._max_new_tokens - 1, 1)
        cache = qwen3_vl.make_cache(self._config, rows, slots, self._dtype)
        return dataclasses.replace(self._split(cache), prefix=self._split(prefix))

    def _split(self, cache: KVCache) -> KVCache:
        row_axes = self._row_axes(cache.mask_BC.shape[0])
        heads = self._config.num_key_value_heads
        splits_heads = self._mesh is not None and heads % self._mesh.shape[HEAD_AXIS] == 0
        spec = PartitionSpec(None, row_axes, HEAD_AXIS if splits_heads else None)
        return dataclasses.replace(
            cache,
            key_LBKHC=self._constrain(cache.key_LBKHC, spec),
            value_LBKCH=self._constrain(cache.value_LBKCH, spec),
            mask_BC=self._constrain(cache.mask_BC, PartitionSpec(row_axes)),
        )

    def _start(self, cache: KVCache) -> _Loop:
        rows = len(cache.mask_BC)
        shape = (rows, self._max_new_tokens)
        spec = PartitionSpec(self._row_axes(rows))
        samples = Samples(
            tokens_BT=jnp.full(shape, self._pad_id, jnp.int32),
            logp_BT=jnp.zeros(shape, jnp.float32),
            length_B=jnp.zeros(rows, jnp.int32),
            stopped_B=jnp.zeros(rows, bool),
        )
        return _Loop(
            step=jnp.zeros((), jnp.int32),
            token_B=jnp.full(rows, self._pad_id, jnp.int32),
            state_B=jnp.zeros(rows, jnp.int32),
            cache=cache,
            samples=jax.tree.map(lambda x: self._constrain(x, spec), samples),
        )

    def _advance(
        self, params: Any, rows: _Rows, hidden_BD: Float[Array, "B D"], loop: _Loop
    ) -> _Loop:
        """One token for every row that has not ended."""
        head_VD = qwen3_vl.head_VD(params, self._config).astype(self._dtype)
        logits_BV = jnp.einsum(
            "bd,vd->bv", hidden_BD, head_VD[: self._vocab_size], preferred_element_type=jnp.float32
        )
        uniform_B2 = jax.lax.dynamic_index_in_dim(rows.uniform_BT2, loop.step, 1, keepdims=False)
        token_B, logp_B = self._draw_tokens(uniform_B2, logits_BV, rows.temperature)
        before = loop.samples
        ended_B = _is_ended(before, rows.limit_B)
        token_B = jnp.where(ended_B, self._pad_id, token_B)
        stops_B = jnp.any(token_B[:, None] == self._stop_ids[None], axis=1)
        state_B = loop.state_B
        if rows.next_QV is not None:
            state_B = rows.next_QV[state_B, token_B].astype(jnp.int32)
            stops_B |= state_B == len(rows.next_QV) - 1
        samples = Samples(
            tokens_BT=_set_column(before.tokens_BT, token_B, loop.step),
            logp_BT=_set_column(before.logp_BT, jnp.where(ended_B, 0.0, logp_B), loop.step),
            length_B=before.length_B + ~ended_B,
            stopped_B=before.stopped_B | (stops_B & ~ended_B),
        )
        return loop._replace(step=loop.step + 1, token_B=token_B, state_B=state_B, samples=samples)

    def _row_axes(self, rows: int) -> tuple[str, ...] | None:
        """The mesh axes over which so many rows are split."""
        if self._mesh is None:
            return None
        ways = np.prod([self._mesh.shape[axis] for axis in ROW_AXES])
        return None if rows % ways else ROW_AXES

    def _place(self, prompts: _Prompts) -> _Prompts:
        self.prompt_bytes = sum(leaf.nbytes for leaf in jax.tree.leaves(prompts))
        if self._mesh is None:
            return jax.tree.map(jnp.asarray, prompts)
        spec = PartitionSpec(self._row_axes(len(prompts.mask_PS)))
        return jax.tree.map(lambda leaf: self._put(np.asarray(leaf), spec), prompts)

    def _whole(self, value: Any) -> jax.Array:
        if self._mesh is None:
            return jnp.asarray(value)
        if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
            data = self._whole(jax.random.key_data(value))
            return jax.random.wrap_key_data(data, impl=jax.random.key_impl(value))
        return self._put(np.asarray(value), PartitionSpec())

    def _put(self, value: np.ndarray, spec: PartitionSpec) -> jax.Array:
        """What every process of the mesh holds whole; ``jax.device_put`` would compare it."""
        sharding = NamedSharding(self._mesh, spec)  # type: ignore[arg-type]  # there is one
        return jax.make_array_from_callback(value.shape, sharding, lambda index: value[index])

    def _constrain(self, value: jax.Array, spec: PartitionSpec) -> jax.Array:
        if self._mesh is None:
            return value
        return jax.lax.with_sharding_constraint(value, NamedSharding(self._mesh, spec))


def _check_settings(
    table_rows: int,
    max_new_tokens: int,
    vocab_size: int,
    top_k: int,
    top_p: float,
    stop_strings: StopTable | None,
) -> None:
    if max_new_tokens < 1:
        raise ValueError(f"max_new_tokens is {max_new_tokens}; use 1 or more")
    if not 1 <= vocab_size <= table_rows:
        raise ValueError(
            f"vocab_size is {vocab_size}, but the model's table has {table_rows} rows: "
            "tokenizer and weights do not belong together"
        )
    if top_k < 0:
        raise ValueError(f"top_k is {top_k}; use 0 (all tokens) or more")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; use more than 0 and at most 1 (all tokens)")
    if stop_strings is not None and stop_strings.next_QV.shape[1] != vocab_size:
        raise ValueError(
            f"stop_strings were compiled for {stop_strings.next_QV.shape[1]} ids, but "
            f"vocab_size is {vocab_size}; compile them with the bytes of this tokenizer"
        )


def _check_ids(kind: str, ids: tuple[int, ...], vocab_size: int) -> None:
    for token in ids:
        if not 0 <= token < vocab_size:
            raise ValueError(f"{kind} id {token} is no id below vocab_size, which is {vocab_size}")


def _check_mask(mask_PS: np.ndarray) -> None:
    if mask_PS.size == 0:
        raise ValueError(f"prompts have shape {mask_PS.shape}; give at least one token")
    is_wrong_P = ~mask_PS[:, -1] | np.any(mask_PS[:, :-1] & ~mask_PS[:, 1:], axis=1)
    for row in np.flatnonzero(is_wrong_P):
        raise ValueError(
            f"prompt {row} is empty or not padded on the left alone; use batch.pad_left"
        )


def _is_ended(samples: Samples, limit_B: jax.Array) -> jax.Array:
    return samples.stopped_B | (samples.length_B >= limit_B)


def _row_keys(key: jax.Array, prompts: int, group_size: int) -> jax.Array:
    """A key for each row that depends on its prompt's and its own number alone."""
    prompt_keys = jax.vmap(partial(jax.random.fold_in, key))(jnp.arange(prompts))
    in_group = jax.vmap(jax.random.fold_in, in_axes=(None, 0))
    keys = jax.vmap(in_group, in_axes=(0, None))(prompt_keys, jnp.arange(group_size))
    return keys.reshape(prompts * group_size)


def _uniform(keys_B: jax.Array, count: int) -> jax.Array:
    """Two random numbers for each of ``count`` draws of a row, made before the loop: [B, T, 2]."""

    def draw(key: jax.Array, step: jax.Array) -> jax.Array:
        return jax.random.uniform(jax.random.fold_in(key, step), (2,))

    in_row = jax.vmap(draw, in_axes=(None, 0))
    return jax.vmap(in_row, in_axes=(0, None))(keys_B, jnp.arange(count))


def _set_column(table_BT: jax.Array, column_B: jax.Array, step: jax.Array) -> jax.Array:
    return jax.lax.dynamic_update_slice_in_dim(table_BT, column_B[:, None], step, axis=1)
