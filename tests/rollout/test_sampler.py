"""Sampling: what is drawn, from which distribution, and when it ends."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.rollout.batch import pad_left
from vsdpo_jax.rollout.sampler import Sampler, Samples, _Prompts
from vsdpo_jax.rollout.stopping import stop_table
from vsdpo_jax.runtime.mesh import make_mesh, shard_params

VOCAB, ROWS_OF_TABLE, PAD, LIMIT = 40, 48, 39, 12

CONFIG = Qwen3VLConfig(
    vocab_size=ROWS_OF_TABLE, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, head_dim=16, rms_norm_eps=1e-6, rope_theta=1e4,
    mrope_section=(4, 2, 2), max_position_embeddings=64, tie_word_embeddings=True,
)  # fmt: skip

PROMPTS = [[1, 2, 3, 4, 5], [6], [7, 8, 9]]


@pytest.fixture(scope="module")
def params() -> Any:
    """Random weights whose distributions are neither flat nor certain."""
    params = qwen3_vl.init(jax.random.key(5), CONFIG)
    return params | {"embed_tokens": 15 * params["embed_tokens"]}


def make(**changes: Any) -> Sampler:
    settings = {"max_new_tokens": LIMIT, "stop_ids": (), "pad_id": PAD, "vocab_size": VOCAB}
    return Sampler(CONFIG, **(settings | changes))


def padded(prompts: list[list[int]], length: int = 6) -> tuple[np.ndarray, np.ndarray]:
    return pad_left([np.asarray(p) for p in prompts], length, pad_id=PAD, setting="length")


def draw(
    sampler: Sampler, params: Any, prompts: list[list[int]], *, seed: int = 0, group_size: int = 2,
    temperature: float = 1.0, limits: list[int] | None = None,
) -> Samples:  # fmt: skip
    limits_P = None if limits is None else np.asarray(limits)
    return jax.device_get(
        sampler.sample(
            params, *padded(prompts), jax.random.key(seed), group_size, temperature,
            limits_P=limits_P,
        )
    )  # fmt: skip


def teacher_forced(
    params: Any, prompt: list[int], completion: np.ndarray, temperature: float
) -> np.ndarray:
    """log p [T, V] at each completion token, by one full pass without padding or cache."""
    tokens_1S = jnp.asarray([[*prompt, *completion]])
    hidden_1SD = _hidden(params, tokens_1S, jnp.ones(tokens_1S.shape, bool))
    logits_SV = (hidden_1SD[0] @ qwen3_vl.head_VD(params, CONFIG).T)[:, :VOCAB] / temperature
    return np.asarray(jax.nn.log_softmax(logits_SV, axis=-1))[len(prompt) - 1 : -1]


_hidden = jax.jit(qwen3_vl.hidden_fn(CONFIG))


@pytest.fixture(scope="module")
def endless() -> Sampler:
    """Never stops, so that every token of every row can be looked at."""
    return make()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_log_probabilities_are_those_of_a_full_pass(
    endless: Sampler, params: Any, temperature: float
) -> None:
    samples = draw(endless, params, PROMPTS, temperature=temperature)
    for row in range(6):
        tokens_T = samples.tokens_BT[row]
        logp_TV = teacher_forced(params, PROMPTS[row // 2], tokens_T, temperature)
        expected_T = np.take_along_axis(logp_TV, tokens_T[:, None], axis=1)[:, 0]
        np.testing.assert_allclose(samples.logp_BT[row], expected_T, atol=1e-5)


def test_greedy_takes_the_likeliest_token_with_certainty(endless: Sampler, params: Any) -> None:
    samples = draw(endless, params, PROMPTS, temperature=0.0)
    for row, tokens_T in enumerate(samples.tokens_BT):
        logp_TV = teacher_forced(params, PROMPTS[row // 2], tokens_T, 1.0)
        np.testing.assert_array_equal(tokens_T, logp_TV.argmax(axis=1))
    np.testing.assert_array_equal(samples.logp_BT, 0)
    np.testing.assert_array_equal(samples.tokens_BT[::2], samples.tokens_BT[1::2])


def test_frequencies_follow_the_distribution(params: Any) -> None:
    """Chi-squared over 4000 first tokens at temperature 0.7; the bound is 5 standard deviations."""
    sampler, count, temperature = make(max_new_tokens=1), 4000, 0.7
    samples = draw(sampler, params, [[1, 2, 3]], group_size=count, temperature=temperature)
    expected_V = count * np.exp(teacher_forced(params, [1, 2, 3], np.array([0]), temperature)[0])
    assert 0.05 < expected_V.max() / count < 0.95, "flat or certain: it would test little"
    seen_V = np.bincount(samples.tokens_BT[:, 0], minlength=VOCAB)
    is_rare_V = expected_V < 5  # counted as one kind
    seen = np.append(seen_V[~is_rare_V], seen_V[is_rare_V].sum())
    expected = np.append(expected_V[~is_rare_V], expected_V[is_rare_V].sum())
    chi2 = float(np.sum(np.square(seen - expected) / np.maximum(expected, 1)))
    freedom = len(seen) - 1
    assert chi2 < freedom + 5 * np.sqrt(2 * freedom)


def test_rows_of_the_table_above_the_tokenizer_are_never_drawn(params: Any) -> None:
    table_VD = params["embed_tokens"]
    loud = params | {"embed_tokens": table_VD.at[VOCAB:].multiply(50.0)}
    samples = draw(make(), loud, PROMPTS, group_size=16, temperature=3.0)
    assert samples.tokens_BT.max() < VOCAB
    assert np.isfinite(samples.logp_BT).all()


def after_first_stop(row: np.ndarray, stop_ids: tuple[int, ...]) -> int | None:
    hits = np.flatnonzero(np.isin(row, stop_ids))
    return int(hits[0]) + 1 if len(hits) else None


@pytest.mark.parametrize("where", ["first", "middle", "last", "absent"])
def test_rows_end_with_their_stop_token(endless: Sampler, params: Any, where: str) -> None:
    """With a stop id, a row is what it was without one, cut after that id."""
    free = draw(endless, params, PROMPTS, group_size=4, seed=3)
    place = {"first": 0, "middle": LIMIT // 2, "last": LIMIT - 1, "absent": None}[where]
    if place is None:
        stop_ids = (next(v for v in range(VOCAB) if v not in free.tokens_BT),)
    else:
        # The first token at ``place`` that did not occur before it, in some row of this draw.
        row_T = next(row for row in free.tokens_BT if row[place] not in row[:place])
        stop_ids = (int(row_T[place]),)
    samples = draw(make(stop_ids=stop_ids), params, PROMPTS, group_size=4, seed=3)
    lengths = [after_first_stop(r, stop_ids) for r in free.tokens_BT]
    assert (place is None) == (set(lengths) == {None})
    if place is not None:
        assert place + 1 in lengths
    for b, length in enumerate(lengths):
        end = length or LIMIT
        assert samples.length_B[b] == end
        assert samples.stopped_B[b] == (length is not None)
        np.testing.assert_array_equal(samples.tokens_BT[b, :end], free.tokens_BT[b, :end])
        np.testing.assert_allclose(samples.logp_BT[b, :end], free.logp_BT[b, :end], atol=1e-6)
        assert np.all(samples.tokens_BT[b, end:] == PAD)
        assert np.all(samples.logp_BT[b, end:] == 0)


def test_several_stop_ids_and_one_that_is_also_padding(endless: Sampler, params: Any) -> None:
    free = draw(endless, params, PROMPTS, group_size=4, seed=3)
    stop_ids = (int(free.tokens_BT[0, 4]), PAD)
    samples = draw(make(stop_ids=stop_ids), params, PROMPTS, group_size=4, seed=3)
    lengths = [after_first_stop(row, stop_ids) or LIMIT for row in free.tokens_BT]
    assert samples.length_B.tolist() == lengths
    assert min(lengths) < LIMIT


def test_the_loop_ends_when_all_rows_have(params: Any) -> None:
    """Every id stops: one token each, whatever the limit (a limit of 10^5 would take minutes)."""
    sampler = make(stop_ids=tuple(range(VOCAB)), max_new_tokens=100_000)
    samples = draw(sampler, params, [[1]], group_size=2)
    assert samples.length_B.tolist() == [1, 1]
    assert samples.stopped_B.all()


def test_rows_depend_on_their_own_prompt_and_number_alone(endless: Sampler, params: Any) -> None:
    together = draw(endless, params, PROMPTS, group_size=3)
    tokens_PGT = together.tokens_BT.reshape(3, 3, LIMIT)
    other_neighbours = draw(endless, params, [PROMPTS[0], [30, 31], [9]], group_size=3)
    np.testing.assert_array_equal(other_neighbours.tokens_BT[:3], tokens_PGT[0])
    fewer_prompts = draw(endless, params, PROMPTS[:2], group_size=3)
    np.testing.assert_array_equal(fewer_prompts.tokens_BT.reshape(2, 3, LIMIT), tokens_PGT[:2])
    smaller_group = draw(endless, params, PROMPTS, group_size=2)
    np.testing.assert_array_equal(smaller_group.tokens_BT.reshape(3, 2, LIMIT), tokens_PGT[:, :2])


def test_rows_of_a_group_differ_and_seeds_matter(endless: Sampler, params: Any) -> None:
    samples = draw(endless, params, [PROMPTS[0]] * 2, group_size=4, temperature=2.0)
    assert len({tuple(row) for row in samples.tokens_BT}) == 8
    other = draw(endless, params, [PROMPTS[0]] * 2, group_size=4, temperature=2.0, seed=1)
    assert not np.array_equal(samples.tokens_BT, other.tokens_BT)
    again = draw(endless, params, [PROMPTS[0]] * 2, group_size=4, temperature=2.0)
    for one, same in zip(samples, again, strict=True):
        np.testing.assert_array_equal(one, same)


def test_more_padding_on_the_left_changes_nothing(endless: Sampler, params: Any) -> None:
    key = jax.random.key(0)
    narrow = endless.sample(params, *padded(PROMPTS, 6), key, 2, 1.0)
    wide = endless.sample(params, *padded(PROMPTS, 11), key, 2, 1.0)
    np.testing.assert_array_equal(narrow.tokens_BT, wide.tokens_BT)
    np.testing.assert_allclose(narrow.logp_BT, wide.logp_BT, atol=1e-5)


def test_only_shapes_compile(params: Any) -> None:
    sampler = make()
    assert sampler.num_compiles == 0
    for seed, temperature in ((0, 1.0), (1, 0.5), (2, 0.0)):
        draw(sampler, params, PROMPTS, seed=seed, temperature=temperature)
        draw(sampler, params, PROMPTS[::-1], seed=seed, temperature=temperature)
    assert sampler.num_compiles == 1
    draw(sampler, params, PROMPTS, group_size=3)
    assert sampler.num_compiles == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"vocab_size": 49}, "vocab_size is 49, but the model's table has 48"),
        ({"vocab_size": 0}, "vocab_size is 0"),
        ({"stop_ids": (3, 40)}, "stop id 40"),
        ({"forbidden_ids": (3, -1)}, "forbidden id -1"),
        ({"forbidden_ids": tuple(range(40))}, "forbidden_ids holds all 40 ids"),
        ({"top_k": -1}, "top_k is -1"),
        ({"top_p": 0.0}, r"top_p is 0\.0"),
        ({"top_p": 1.01}, r"top_p is 1\.01"),
        ({"stop_strings": stop_table(["a"], [b"a"] * 41)}, "compiled for 41 ids, but vocab_size"),
    ],
)
def test_impossible_settings_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_impossible_calls_are_named(endless: Sampler, params: Any) -> None:
    tokens_PS, mask_PS = padded(PROMPTS)
    call = partial(endless.sample, params, tokens_PS)
    key = jax.random.key(0)
    with pytest.raises(ValueError, match="group_size is 0"):
        call(mask_PS, key, 0, 1.0)
    for temperature in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="temperature is"):
            call(mask_PS, key, 1, temperature)
    with pytest.raises(ValueError, match="prompt 0 is empty or not padded on the left"):
        call(mask_PS[:, ::-1], key, 1, 1.0)
    empty = mask_PS.copy()
    empty[1] = False
    with pytest.raises(ValueError, match="prompt 1 is empty"):
        call(empty, key, 1, 1.0)
    with pytest.raises(ValueError, match="at least one token"):
        endless.sample(params, tokens_PS[:0], mask_PS[:0], key, 1, 1.0)


@pytest.mark.parametrize(
    ("sizes", "knows_mesh", "group_size"),
    [((8, 1, 1), True, 8), ((2, 2, 2), True, 4), ((8, 1, 1), True, 1), ((2, 2, 2), False, 2)],
    ids=["data", "mixed", "rows that do not divide", "parameters alone"],
)
def test_devices_draw_the_same(
    endless: Sampler, params: Any, sizes: tuple[int, int, int], knows_mesh: bool, group_size: int
) -> None:
    mesh = make_mesh(data=sizes[0], fsdp=sizes[1], tensor=sizes[2])
    sampler = make(mesh=mesh) if knows_mesh else endless
    plain = draw(endless, params, PROMPTS, group_size=group_size)
    sharded = draw(sampler, shard_params(params, mesh), PROMPTS, group_size=group_size)
    np.testing.assert_array_equal(sharded.tokens_BT, plain.tokens_BT)
    np.testing.assert_allclose(sharded.logp_BT, plain.logp_BT, atol=1e-5)


@pytest.mark.parametrize("mesh", [None, (2, 2, 2)])
def test_layers_apart_or_stacked_draw_the_same(
    params: Any, mesh: tuple[int, int, int] | None
) -> None:
    names = ("data", "fsdp", "tensor")
    grid = None if mesh is None else make_mesh(**dict(zip(names, mesh, strict=True)))
    apart, stacked = (
        draw(make(mesh=grid, separate_layers=is_separate), params, PROMPTS)
        for is_separate in (True, False)
    )
    np.testing.assert_array_equal(apart.tokens_BT, stacked.tokens_BT)
    np.testing.assert_allclose(apart.logp_BT, stacked.logp_BT, atol=1e-5)


def test_a_group_keeps_its_prompt_once(params: Any) -> None:
    """64 rows take little more memory than 1: far less than 63 copies of the prompt's cache."""
    length, group = 512, 64
    prompt_bytes = length * CONFIG.num_hidden_layers * 2 * 2 * CONFIG.head_dim * 4
    sampler, mask_PS = make(max_new_tokens=4), np.ones((1, length), bool)
    prompts = _Prompts(mask_PS.astype(np.int32), mask_PS, np.full(1, 4, np.int32), None)

    def memory(group_size: int) -> int:
        program = sampler._jitted.lower(
            params, prompts, jax.random.key(0), group_size, jnp.float32(1), None
        ).compile()
        return program.memory_analysis().temp_size_in_bytes

    assert memory(group) - memory(1) < (group - 1) * prompt_bytes / 4


def test_each_device_holds_its_share_of_the_cache(params: Any) -> None:
    """8 rows on 4 x 2 devices: an eighth of the memory that one device takes for all of them."""
    slots = 4000
    cache_bytes = 8 * slots * CONFIG.num_hidden_layers * 2 * 2 * CONFIG.head_dim * 4
    mesh = make_mesh(data=4, fsdp=1, tensor=2)
    sampler = make(mesh=mesh, max_new_tokens=slots)
    program = sampler._jitted.lower(
        shard_params(params, mesh), sampler._place(prompts_of(sampler, 4)), jax.random.key(0), 2,
        jnp.float32(1), None,
    ).compile()  # fmt: skip
    assert program.memory_analysis().temp_size_in_bytes < cache_bytes / 2


def prompts_of(sampler: Sampler, count: int) -> Any:
    tokens_PS, mask_PS = padded([[1, 2, 3]] * count)
    return _Prompts(tokens_PS, mask_PS, sampler._check_limits(None, count), None)


def test_only_what_top_k_and_top_p_leave_is_drawn(endless: Sampler, params: Any) -> None:
    """Forbidden ids leave first, then 4 stay, then 90 % of these; log-probabilities are whole."""
    forbidden = tuple(np.unique(draw(endless, params, PROMPTS).tokens_BT)[:3].tolist())
    sampler = make(top_k=4, top_p=0.9, forbidden_ids=forbidden)
    samples = draw(sampler, params, PROMPTS, temperature=1.5, group_size=4)
    ranks = []
    for row, tokens_T in enumerate(samples.tokens_BT):
        logp_TV = teacher_forced(params, PROMPTS[row // 4], tokens_T, 1.5)
        for step, token in enumerate(tokens_T):
            assert abs(samples.logp_BT[row, step] - logp_TV[step, token]) < 1e-5
            order = [v for v in np.argsort(-logp_TV[step]) if v not in forbidden][:4]
            share = np.exp(logp_TV[step, order])
            rank = order.index(token)
            assert share[:rank].sum() < 0.9 * share.sum() + 1e-5
            ranks.append(rank)
    assert max(ranks) >= 2, "or nothing was tested"


# Letters of each id: every piece of one to three of "ab" and a space, again and again.
PIECES = [("a", "b", " ", "ab", "ba", "a b", "bb")[v % 7].encode() for v in range(VOCAB)]


def first_end(row: np.ndarray, strings: tuple[str, ...]) -> int | None:
    """Tokens of the row until one of the strings is in its text."""
    for end in range(1, len(row) + 1):
        text = b"".join(PIECES[v] for v in row[:end]).decode()
        if any(string in text for string in strings):
            return end
    return None


def test_rows_end_with_the_token_that_completes_a_stop_string(
    endless: Sampler, params: Any
) -> None:
    strings = ("aab", "b  ", "ba ba")
    free = draw(endless, params, PROMPTS, group_size=8, seed=3)
    sampler = make(stop_strings=stop_table(strings, PIECES))
    samples = draw(sampler, params, PROMPTS, group_size=8, seed=3)
    ends = [first_end(row, strings) for row in free.tokens_BT]
    assert None in ends
    assert len(set(ends)) > 3
    for b, found in enumerate(ends):
        end = found or LIMIT
        assert (samples.length_B[b], samples.stopped_B[b]) == (end, found is not None)
        np.testing.assert_array_equal(samples.tokens_BT[b, :end], free.tokens_BT[b, :end])
        assert np.all(samples.tokens_BT[b, end:] == PAD)


def test_each_prompt_has_its_own_limit(endless: Sampler, params: Any) -> None:
    """A row is what it was, cut at its limit; a stop token at the limit counts as a stop."""
    free = draw(endless, params, PROMPTS)
    limits = [1, LIMIT, 5]
    compiled = endless.num_compiles
    samples = draw(endless, params, PROMPTS, limits=limits)
    assert endless.num_compiles == compiled
    assert samples.length_B.tolist() == [1, 1, LIMIT, LIMIT, 5, 5]
    assert not samples.stopped_B.any()
    for b, end in enumerate(samples.length_B):
        np.testing.assert_array_equal(samples.tokens_BT[b, :end], free.tokens_BT[b, :end])
        assert np.all(samples.tokens_BT[b, end:] == PAD)
        assert np.all(samples.logp_BT[b, end:] == 0)
    # Here padding is a stop token: rows that only met their limit must not count as stopped.
    stopping = make(stop_ids=(int(free.tokens_BT[0, 0]), PAD))
    cut = draw(stopping, params, PROMPTS, limits=[1, 1, 1])
    first_B = free.tokens_BT[:, 0]
    np.testing.assert_array_equal(cut.stopped_B, np.isin(first_B, [first_B[0], PAD]))
    assert cut.length_B.tolist() == [1] * 6


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ([1, 0, 2], r"limits_P\[1\] is 0; use 1 to max_new_tokens, which is 12"),
        ([1, 2, 13], r"limits_P\[2\] is 13"),
        ([1, 2], r"limits_P has shape \(2,\) for 3 prompts"),
    ],
)
def test_impossible_limits_are_named(
    endless: Sampler, params: Any, limits: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        draw(endless, params, PROMPTS, limits=limits)
