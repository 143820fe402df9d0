"""The whole model against the reference implementation, and its own laws."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_qwen import (
    LENGTH,
    ROWS,
    TINY,
    illustrated,
    inputs_of,
    ours,
    random_tokens,
    relative_error,
    their_inputs,
    theirs,
)

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights
from vsdpo_jax.models.qwen3_vl import lora as adapters
from vsdpo_jax.models.qwen3_vl.geometry import mrope_positions


@pytest.fixture(scope="module")
def config() -> Qwen3VLConfig:
    return Qwen3VLConfig.from_hf(TINY)


@pytest.fixture(scope="module")
def params(config: Qwen3VLConfig) -> Any:
    params = qwen3_vl.init(jax.random.key(1), config)
    leaves, tree = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.key(2), len(leaves))
    noisy = [x + 0.1 * jax.random.normal(k, x.shape) for x, k in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(tree, noisy)


def test_logits_equal_the_reference(reference: tuple[Any, Path], rng: np.random.Generator) -> None:
    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)
    assert relative_error(
        ours(params, config, tokens_BS, mask_BS), theirs(model, tokens_BS, mask_BS)
    ) < 1e-5  # fmt: skip


@pytest.mark.parametrize("side", ["left", "right"])
def test_padded_logits_equal_the_reference_on_real_tokens(
    reference: tuple[Any, Path], rng: np.random.Generator, side: str
) -> None:
    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)
    for row, pad in enumerate((0, 4, 11)):
        mask_BS[row, slice(0, pad) if side == "left" else slice(LENGTH - pad, LENGTH)] = False
    expected = theirs(model, tokens_BS, mask_BS)
    got = ours(params, config, tokens_BS, mask_BS)
    assert relative_error(got[mask_BS], expected[mask_BS]) < 1e-5


def test_three_position_axes_equal_the_reference(
    reference: tuple[Any, Path], rng: np.random.Generator
) -> None:
    """Positions that differ by axis, as images make them: the interleaving is not the identity."""
    import torch

    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)
    positions_3BS = rng.integers(0, 200, (3, ROWS, LENGTH))
    hidden_BSD, _ = qwen3_vl.forward(
        params, config, jnp.asarray(tokens_BS), jnp.asarray(positions_3BS), jnp.asarray(mask_BS)
    )
    got = np.asarray(hidden_BSD @ qwen3_vl.head_VD(params, config).T)
    expected = theirs(model, tokens_BS, mask_BS, position_ids=torch.tensor(positions_3BS))
    assert relative_error(got, expected) < 1e-5
    flat = theirs(model, tokens_BS, mask_BS)
    assert relative_error(got, flat) > 1e-3, "the positions made no difference"


def test_gradients_equal_the_reference(
    reference: tuple[Any, Path], rng: np.random.Generator
) -> None:
    import torch

    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)

    def loss(params: Any) -> jax.Array:
        hidden_BSD = qwen3_vl.hidden_fn(config, remat=True)(
            params, jnp.asarray(tokens_BS), jnp.asarray(mask_BS)
        )
        logits_BSV = hidden_BSD @ qwen3_vl.head_VD(params, config).T
        return jnp.mean(jax.nn.logsumexp(logits_BSV, axis=-1))

    gradient = jax.jit(jax.grad(loss))(params)
    model.zero_grad()
    logits = model(input_ids=torch.tensor(tokens_BS)).logits
    torch.logsumexp(logits, -1).mean().backward()
    text = model.model.language_model
    pairs = [
        (gradient["embed_tokens"], text.embed_tokens.weight.grad),
        (gradient["norm"], text.norm.weight.grad),
        (gradient["layers"]["self_attn"]["q_norm"][0], text.layers[0].self_attn.q_norm.weight.grad),
        (
            gradient["layers"]["self_attn"]["k_proj"][1],
            text.layers[1].self_attn.k_proj.weight.grad.T,
        ),
    ]
    if config.experts is None:
        down = text.layers[2].mlp.down_proj.weight.grad.T
        pairs.append((gradient["layers"]["mlp"]["down_proj"][2], down))
    for got, expected in pairs:
        assert relative_error(np.asarray(got), expected.numpy()) < 1e-4


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_changes_nothing(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator, side: str
) -> None:
    tokens_BS, pad = random_tokens(rng), 7
    plain = ours(params, config, tokens_BS, np.ones((ROWS, LENGTH), bool))
    width = ((0, 0), (pad, 0) if side == "left" else (0, pad))
    padded = np.pad(tokens_BS, width, constant_values=3)
    mask_BS = np.pad(np.ones((ROWS, LENGTH), bool), width)
    got = ours(params, config, padded, mask_BS)
    real = slice(pad, None) if side == "left" else slice(0, LENGTH)
    np.testing.assert_allclose(got[:, real], plain, atol=1e-5 * np.abs(plain).max())
    assert np.isfinite(got).all(), "padding must not make NaN either: gradients would inherit it"


def test_no_token_reads_a_later_one(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)
    before = ours(params, config, tokens_BS, mask_BS)
    tokens_BS[:, 12] = (tokens_BS[:, 12] + 1) % 1000
    after = ours(params, config, tokens_BS, mask_BS)
    np.testing.assert_array_equal(before[:, :12], after[:, :12])
    assert np.abs(before[:, 12:] - after[:, 12:]).max(axis=(0, 2)).min() > 0


@pytest.mark.parametrize("parts", [(1,) * 8, (5, 3), (1, 6, 1)])
def test_cached_reading_equals_one_reading(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator, parts: tuple[int, ...]
) -> None:
    """A left-padded prompt, then ``parts`` tokens at a time, in a cache larger than needed."""
    prompt, total = 9, 9 + sum(parts)
    tokens_BS, mask_BS = random_tokens(rng, length=total), np.ones((ROWS, total), bool)
    for row, pad in enumerate((0, 2, 8)):
        mask_BS[row, :pad] = False
    expected = ours(params, config, tokens_BS, mask_BS)
    positions_3BS = qwen3_vl.text_positions(jnp.asarray(mask_BS))
    cache = qwen3_vl.make_cache(config, ROWS, total + 5)
    forward = jax.jit(qwen3_vl.forward, static_argnums=1)
    hidden, start = [], 0
    for count in (prompt, *parts):
        now = slice(start, start + count)
        out, cache = forward(
            params, config, jnp.asarray(tokens_BS[:, now]), positions_3BS[:, :, now],
            jnp.asarray(mask_BS[:, now]), cache,
        )  # fmt: skip
        hidden.append(out)
        start += count
    got = np.asarray(jnp.concatenate(hidden, axis=1) @ qwen3_vl.head_VD(params, config).T)
    assert relative_error(got[mask_BS], expected[mask_BS]) < 1e-5
    assert int(cache.index) == total


@pytest.mark.parametrize("is_separate", [True, False])
def test_groups_read_on_behind_their_prompt(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator, is_separate: bool
) -> None:
    """Two rows for each of three left-padded prompts, which are read once, and adapters."""
    settings = adapters.LoraSettings(rank=2, alpha=4.0, targets=("q_proj", "down_proj"))
    lora = adapters.init(jax.random.key(3), params, settings)
    params = adapters.attach(params, jax.tree.map(lambda x: x + 0.1, lora), settings)
    group, prompt, count = 2, 9, 4
    tokens_PS, mask_PS = random_tokens(rng, length=prompt), np.ones((ROWS, prompt), bool)
    for row, pad in enumerate((0, 2, 8)):
        mask_PS[row, :pad] = False
    more_BS = random_tokens(rng, ROWS * group, count)
    whole_BS = np.concatenate([np.repeat(tokens_PS, group, axis=0), more_BS], axis=1)
    whole_mask_BS = np.pad(
        np.repeat(mask_PS, group, axis=0), ((0, 0), (0, count)), constant_values=True
    )
    expected = ours(params, config, whole_BS, whole_mask_BS)[:, prompt:]
    positions_3BS = qwen3_vl.text_positions(jnp.asarray(whole_mask_BS))
    _, prefix = qwen3_vl.forward(
        params, config, jnp.asarray(tokens_PS), positions_3BS[:, ::group, :prompt],
        jnp.asarray(mask_PS), qwen3_vl.make_cache(config, ROWS, prompt), is_first=True,
    )  # fmt: skip
    cache = qwen3_vl.make_cache(config, ROWS * group, count + 2, prefix=prefix)
    read = params
    if is_separate:
        read, cache = qwen3_vl.separate(params, cache, config)
    hidden = []
    for step in range(count):
        out, cache = qwen3_vl.forward(
            read, config, jnp.asarray(more_BS[:, step : step + 1]),
            positions_3BS[:, :, prompt + step : prompt + step + 1],
            jnp.ones((ROWS * group, 1), bool), cache, is_separate=is_separate,
        )  # fmt: skip
        hidden.append(out)
    got = np.asarray(jnp.concatenate(hidden, axis=1) @ qwen3_vl.head_VD(params, config).T)
    assert relative_error(got, expected) < 1e-5


def test_remat_changes_no_gradient(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS = jnp.asarray(random_tokens(rng))
    mask_BS = jnp.ones((ROWS, LENGTH), bool)

    def gradient(remat: bool) -> Any:
        hidden = qwen3_vl.hidden_fn(config, remat=remat)

        def loss(params: Any) -> jax.Array:
            return jnp.sum(jnp.square(hidden(params, tokens_BS, mask_BS)[:, 3]))

        return jax.jit(jax.grad(loss))(params)

    for plain, again in zip(
        jax.tree.leaves(gradient(False)), jax.tree.leaves(gradient(True)), strict=True
    ):
        np.testing.assert_allclose(plain, again, atol=1e-4 * float(jnp.abs(plain).max()))


def test_bfloat16_activations_stay_near_float32(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS = jnp.asarray(random_tokens(rng)), jnp.ones((ROWS, LENGTH), bool)
    exact = jax.jit(qwen3_vl.hidden_fn(config))(params, tokens_BS, mask_BS)
    rough = jax.jit(qwen3_vl.hidden_fn(config, dtype=jnp.bfloat16))(params, tokens_BS, mask_BS)
    assert rough.dtype == jnp.bfloat16
    assert relative_error(np.asarray(rough, np.float32), np.asarray(exact)) < 0.05


def test_fresh_parameters_give_even_logits(config: Qwen3VLConfig, rng: np.random.Generator) -> None:
    """Cross-entropy of an untrained model is near that of guessing, so training starts calmly."""
    fresh = qwen3_vl.init(jax.random.key(0), config)
    tokens_BS = random_tokens(rng)
    logits_BSV = ours(fresh, config, tokens_BS, np.ones((ROWS, LENGTH), bool))
    logp = jax.nn.log_softmax(logits_BSV, axis=-1)
    nll = -np.take_along_axis(np.asarray(logp)[:, :-1], tokens_BS[:, 1:, None], axis=-1).mean()
    assert nll == pytest.approx(np.log(config.vocab_size), rel=0.05)


def test_untied_head_has_parameters_of_its_own(config: Qwen3VLConfig) -> None:
    untied = dataclasses.replace(config, tie_word_embeddings=False)
    params = qwen3_vl.init(jax.random.key(0), untied)
    assert params["lm_head"].shape == (64, 1024)
    head_VD = qwen3_vl.head_VD(params, untied)
    assert head_VD.shape == (1024, 64)
    assert not np.allclose(head_VD, params["embed_tokens"])


MIXED = [[], [(4, 6)], [(2, 8), (6, 4)]]


@pytest.mark.parametrize(
    "grids", [[[(4, 6)]], [[(2, 8), (6, 4)]], MIXED], ids=["one", "two sizes", "mixed"]
)
@pytest.mark.parametrize("side", ["left", "right"])
def test_logits_with_images_equal_the_reference(
    reference: tuple[Any, Path], rng: np.random.Generator, grids: Any, side: str
) -> None:
    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS, images = illustrated(rng, grids, side)
    inputs = inputs_of(config, tokens_BS, mask_BS, images)
    got = ours(params, config, tokens_BS, mask_BS, inputs)
    their_tokens_BS, more = their_inputs(tokens_BS, mask_BS, images)
    expected = theirs(model, their_tokens_BS, mask_BS, **more)
    assert relative_error(got[mask_BS], expected[mask_BS]) < 1e-5
    blank = dataclasses.replace(inputs, patches_BMPC=0 * inputs.patches_BMPC)
    other = ours(params, config, tokens_BS, mask_BS, blank)
    assert relative_error(other[mask_BS], expected[mask_BS]) > 1e-3, "the pixels had no influence"


def test_all_gradients_with_images_equal_the_reference(
    reference: tuple[Any, Path], rng: np.random.Generator, tmp_path: Path
) -> None:
    import torch

    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS, mask_BS, images = illustrated(rng, MIXED)
    inputs = inputs_of(config, tokens_BS, mask_BS, images)
    weight_BSV = rng.normal(size=(*tokens_BS.shape, 1024)).astype(np.float32)
    weight_BSV *= mask_BS[..., None]

    def loss(params: Any) -> jax.Array:
        hidden_BSD = qwen3_vl.hidden_fn(config, remat=True)(
            params, jnp.asarray(tokens_BS), jnp.asarray(mask_BS), inputs
        )
        return jnp.sum(weight_BSV * (hidden_BSD @ qwen3_vl.head_VD(params, config).T))

    gradient = jax.jit(jax.grad(loss))(params)
    twin = copy.deepcopy(model)
    twin.zero_grad()
    their_tokens_BS, more = their_inputs(tokens_BS, mask_BS, images)
    out = twin(
        input_ids=torch.tensor(their_tokens_BS), attention_mask=torch.tensor(mask_BS).long(), **more
    )
    (torch.tensor(weight_BSV) * out.logits).sum().backward()
    with torch.no_grad():  # gradients as weights, so that our reader brings them into our tree
        for weight in twin.parameters():
            weight.copy_(weight.grad)
    twin.save_pretrained(tmp_path)
    expected, _ = weights.load(tmp_path)
    assert jax.tree.structure(gradient) == jax.tree.structure(expected)
    for (path, got), want in zip(
        jax.tree.leaves_with_path(gradient), jax.tree.leaves(expected), strict=True
    ):
        scale = float(jnp.linalg.norm(want))
        assert scale > 0, jax.tree_util.keystr(path)
        assert float(jnp.linalg.norm(got - want)) < 1e-5 * scale, jax.tree_util.keystr(path)


@pytest.mark.parametrize("is_first", [True, False])
def test_cached_reading_of_images_equals_one_reading(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator, is_first: bool
) -> None:
    """A prompt with images, then text token by token at the positions that go on behind it."""
    tokens_BS, mask_BS, images = illustrated(rng, MIXED)
    rows, prompt, count = *tokens_BS.shape, 4
    inputs = inputs_of(config, tokens_BS, mask_BS, images)
    grids = [[image.grid for image in row] for row in images]
    _, next_B = mrope_positions(tokens_BS, mask_BS, grids, config)
    more_BS = random_tokens(rng, rows, count)
    whole_BS = np.concatenate([tokens_BS, more_BS], axis=1)
    whole_mask_BS = np.pad(mask_BS, ((0, 0), (0, count)), constant_values=True)
    expected = ours(
        params, config, whole_BS, whole_mask_BS,
        inputs_of(config, whole_BS, whole_mask_BS, images),
    )[:, prompt - 1 :]  # fmt: skip
    forward = jax.jit(qwen3_vl.forward, static_argnums=1, static_argnames=("is_first",))
    hidden_BSD, cache = forward(
        params, config, jnp.asarray(tokens_BS), np.swapaxes(inputs.positions_B3S, 0, 1),
        jnp.asarray(mask_BS), qwen3_vl.make_cache(config, rows, prompt + count + 3),
        features=qwen3_vl.encode_images(params, config, inputs), slot_BS=inputs.slot_BS,
        is_first=is_first,
    )  # fmt: skip
    hidden = [hidden_BSD[:, -1:]]
    for step in range(count):
        positions_3BS = jnp.broadcast_to(jnp.asarray(next_B + step)[None, :, None], (3, rows, 1))
        out, cache = forward(
            params, config, jnp.asarray(more_BS[:, step : step + 1]), positions_3BS,
            jnp.ones((rows, 1), bool), cache,
        )  # fmt: skip
        hidden.append(out)
    got = np.asarray(jnp.concatenate(hidden, axis=1) @ qwen3_vl.head_VD(params, config).T)
    assert relative_error(got, expected) < 1e-5


def test_padding_around_images_changes_nothing(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS, images = illustrated(rng, MIXED)
    right_BS, right_mask_BS = tokens_BS.copy(), mask_BS[:, ::-1]
    for row, mask_S in enumerate(mask_BS):
        right_BS[row] = np.roll(tokens_BS[row], mask_S.sum() - len(mask_S))
    left, right = (
        ours(params, config, tokens, mask, inputs_of(config, tokens, mask, images))
        for tokens, mask in ((tokens_BS, mask_BS), (right_BS, right_mask_BS))
    )
    assert relative_error(left[mask_BS], right[right_mask_BS]) < 1e-5
    assert np.isfinite(left).all()
    assert np.isfinite(right).all()


def test_text_alone_compiles_nothing_of_images(params: Any, config: Qwen3VLConfig) -> None:
    tokens_BS, mask_BS = jnp.zeros((2, 5), jnp.int32), jnp.ones((2, 5), bool)
    text_config = dataclasses.replace(config, vision=None)
    text = {name: leaf for name, leaf in params.items() if name != "visual"}
    both, alone = (
        jax.jit(qwen3_vl.hidden_fn(some)).lower(tree, tokens_BS, mask_BS).as_text()
        for some, tree in ((config, params), (text_config, text))
    )
    assert both == alone
    assert "stablehlo.case" not in alone
    inputs = inputs_of(config, *illustrated(np.random.default_rng(0), [[(2, 2)]]))
    hidden = qwen3_vl.hidden_fn(config)
    size = inputs.slot_BS.shape
    with_images = jax.jit(hidden).lower(
        params, jnp.zeros(size, jnp.int32), jnp.ones(size, bool), inputs
    )
    assert "stablehlo.case" in with_images.as_text()


def test_fresh_parameters_cover_both_towers(
    config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    fresh = qwen3_vl.init(jax.random.key(0), config)
    text = qwen3_vl.init(jax.random.key(0), dataclasses.replace(config, vision=None))
    jax.tree.map(
        np.testing.assert_array_equal, text, {k: v for k, v in fresh.items() if k != "visual"}
    )
    tokens_BS, mask_BS, images = illustrated(rng, MIXED)
    inputs = inputs_of(config, tokens_BS, mask_BS, images)
    logits_BSV = ours(fresh, config, tokens_BS, mask_BS, inputs)
    assert np.abs(logits_BSV[mask_BS]).max() < 3, "training would not start calmly"


def test_adapters_beside_a_matrix_are_added_to_it(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    names = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    beside, merged = (jax.tree.map(lambda x: x, params) for _ in range(2))
    for part in ("self_attn", "mlp"):
        for name in names:
            if name not in params["layers"][part]:
                continue
            layers, inputs, outputs = params["layers"][part][name].shape
            a = jnp.asarray(rng.normal(size=(layers, inputs, 2)) * 0.1, jnp.float32)
            b = jnp.asarray(rng.normal(size=(layers, 2, outputs)) * 0.1, jnp.float32)
            beside["layers"][part] |= {f"{name}_lora_a": a, f"{name}_lora_b": b}
            merged["layers"][part][name] = params["layers"][part][name] + a @ b
    tokens_BS, mask_BS = random_tokens(rng), np.ones((ROWS, LENGTH), bool)
    got = ours(beside, config, tokens_BS, mask_BS)
    assert relative_error(got, ours(merged, config, tokens_BS, mask_BS)) < 1e-5
    assert relative_error(got, ours(params, config, tokens_BS, mask_BS)) > 1e-3


def test_features_and_slots_belong_together(params: Any, config: Qwen3VLConfig) -> None:
    tokens_BS, mask_BS = jnp.zeros((1, 2), jnp.int32), jnp.ones((1, 2), bool)
    positions_3BS = qwen3_vl.text_positions(mask_BS)
    with pytest.raises(ValueError, match="slot_BS is given alone"):
        qwen3_vl.forward(params, config, tokens_BS, positions_3BS, mask_BS, slot_BS=tokens_BS)
    with pytest.raises(ValueError, match="attention is 'cudnn', which runs on a gpu"):
        qwen3_vl.forward(params, config, tokens_BS, positions_3BS, mask_BS, attention="cudnn")
