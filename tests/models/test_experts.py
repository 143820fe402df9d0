"""The mixture of experts: sorting, both ways to compute it, the mesh, files of either order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tiny_qwen import (
    TINY,
    make_reference,
    ours,
    random_tokens,
    relative_error,
    theirs,
    with_experts,
)

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, experts, lora, weights
from vsdpo_jax.models.qwen3_vl.config import ConfigError
from vsdpo_jax.runtime.mesh import make_mesh, shard_params

COUNT, PICKED, WIDTH, INNER = 5, 2, 12, 6


@pytest.fixture(scope="module")
def config() -> Qwen3VLConfig:
    return Qwen3VLConfig.from_hf(with_experts(TINY))


@pytest.fixture(scope="module")
def params(config: Qwen3VLConfig) -> Any:
    return qwen3_vl.init(jax.random.key(0), config)


def make_arrays(rng: np.random.Generator, tokens: int) -> tuple[np.ndarray, ...]:
    """(x_TD, router_DE, gate_up_ED2I, down_EID); the router prefers some experts by far."""
    router_DE = rng.normal(size=(WIDTH, COUNT))
    router_DE[:, 0] *= 3
    return (
        rng.normal(size=(tokens, WIDTH)),
        router_DE,
        rng.normal(size=(COUNT, WIDTH, 2, INNER)),
        rng.normal(size=(COUNT, INNER, WIDTH)),
    )


def by_hand(
    x_TD: np.ndarray, router_DE: np.ndarray, gate_up_ED2I: np.ndarray, down_EID: np.ndarray
) -> np.ndarray:
    """Token by token in float64."""
    out_TD = np.zeros_like(x_TD)
    for token, x_D in enumerate(x_TD):
        odds_E = np.exp(x_D @ router_DE)
        picked = np.argsort(-odds_E)[:PICKED]
        for expert in picked:
            gate, up = x_D @ gate_up_ED2I[expert, :, 0], x_D @ gate_up_ED2I[expert, :, 1]
            hidden = gate / (1 + np.exp(-gate)) * up
            share = odds_E[expert] / odds_E[picked].sum()
            out_TD[token] += share * (hidden @ down_EID[expert])
    return out_TD


def mixture(combine: Any, x: Any, router: Any, gate_up: Any, down: Any) -> jax.Array:
    share_TK, chosen_TK = experts.route(x, router, PICKED)
    return combine(x, share_TK, chosen_TK, gate_up, down)


BLOCKS = jax.jit(experts.blocks, static_argnums=(1, 2))


# Few shapes: each is compiled.
@given(st.sampled_from([0, 3, 40]), st.sampled_from([1, 5]), st.sampled_from([1, 8]), st.randoms())
def test_every_pair_stands_once_in_a_block_of_its_expert(
    tokens: int, count: int, rows: int, random: Any
) -> None:
    picked, favourites = min(2, count), random.randint(min(2, count), count)
    chosen = [random.sample(range(favourites), picked) for _ in range(tokens)]
    chosen_TK = np.array(chosen, np.int32).reshape(tokens, picked)
    source_NM, expert_N = BLOCKS(jnp.asarray(chosen_TK), count, rows)
    source_NM, expert_N = np.asarray(source_NM), np.asarray(expert_N)
    assert source_NM.shape == (chosen_TK.size // rows + count, rows)
    real_NM = source_NM < chosen_TK.size
    assert sorted(source_NM[real_NM]) == list(range(chosen_TK.size))
    owner_NM = np.broadcast_to(expert_N[:, None], source_NM.shape)
    assert (chosen_TK.reshape(-1)[source_NM[real_NM]] == owner_NM[real_NM]).all()


@pytest.mark.parametrize("tokens", [1, 7, 300])
@pytest.mark.parametrize("combine", [experts.all_experts, experts.picked_experts])
def test_both_ways_are_the_definition(combine: Any, tokens: int, rng: np.random.Generator) -> None:
    arrays = make_arrays(rng, tokens)
    got = jax.jit(lambda *a: mixture(combine, *a))(*(jnp.asarray(a, jnp.float32) for a in arrays))
    assert relative_error(np.asarray(got), by_hand(*arrays)) < 1e-5


def test_gradients_of_both_ways_are_equal(rng: np.random.Generator) -> None:
    arrays = [jnp.asarray(a, jnp.float32) for a in make_arrays(rng, 200)]
    arrays[0] = arrays[0].at[0].set(0.0)  # experts that tie
    target_TD = jnp.asarray(rng.normal(size=(200, WIDTH)), jnp.float32)

    def loss(combine: Any, *arrays: Any) -> jax.Array:
        return jnp.sum(target_TD * mixture(combine, *arrays))

    one, other = (
        jax.jit(jax.grad(lambda *a, c=combine: loss(c, *a), argnums=range(4)))(*arrays)
        for combine in (experts.all_experts, experts.picked_experts)
    )
    for got, expected in zip(other, one, strict=True):
        assert float(jnp.abs(expected).max()) > 0
        assert relative_error(np.asarray(got), np.asarray(expected)) < 1e-5


def test_an_expert_that_nobody_picks_is_neither_read_nor_changed(rng: np.random.Generator) -> None:
    x, router, gate_up, down = (jnp.asarray(a, jnp.float32) for a in make_arrays(rng, 200))
    x = jnp.abs(x)
    router = router.at[:, 3].set(-10.0)
    gate_up, down = gate_up.at[3].set(jnp.nan), down.at[3].set(jnp.nan)

    def loss(gate_up: Any, down: Any) -> jax.Array:
        return jnp.sum(mixture(experts.picked_experts, x, router, gate_up, down) ** 2)

    value, grads = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(gate_up, down)
    assert np.isfinite(value)
    assert all((np.asarray(grad[3]) == 0).all() for grad in grads)


def test_many_tokens_equal_the_reference(
    reference: tuple[Any, Path], rng: np.random.Generator
) -> None:
    """More than FEW_TOKENS: the sorted way, inside the model."""
    model, folder = reference
    params, config = weights.load(folder)
    tokens_BS = random_tokens(rng, 8, 40)
    assert tokens_BS.size > experts.FEW_TOKENS
    mask_BS = np.ones(tokens_BS.shape, bool)
    got = ours(params, config, tokens_BS, mask_BS)
    assert relative_error(got, theirs(model, tokens_BS, mask_BS)) < 1e-5


@pytest.mark.parametrize("rows", [8, 6])
@pytest.mark.parametrize("shape", [(8, 1, 1), (1, 4, 2), (2, 2, 2)])
def test_the_mesh_changes_nothing(
    shape: tuple[int, int, int], rows: int, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    """Rows that cannot be split evenly (6 over 8 or 4 devices) are computed everywhere."""
    layer = experts.Experts(config)
    x_BSD = jnp.asarray(rng.normal(size=(rows, 150, config.hidden_size)), jnp.float32)
    weight_BSD = jnp.asarray(rng.normal(size=x_BSD.shape), jnp.float32)
    params = jax.jit(layer.init)(jax.random.key(0), x_BSD)["params"]

    def loss(params: Any, x_BSD: Any) -> jax.Array:
        out_BSD: Any = layer.apply({"params": params}, x_BSD)
        return jnp.sum(weight_BSD * out_BSD)

    expected = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(params, x_BSD)
    mesh = make_mesh(*shape)
    with jax.set_mesh(mesh):
        placed = shard_params({"mlp": params}, mesh)["mlp"]
        got = jax.jit(jax.value_and_grad(loss, argnums=(0, 1)))(placed, x_BSD)
    for one, other in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        assert relative_error(np.asarray(one), np.asarray(other)) < 1e-5


def test_files_that_transformers_wrote_of_a_fresh_model_are_read(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    """They hold experts as [E, out, in]; what we write is [E, in, out], as published."""
    model = make_reference(tied=False, has_experts=True)
    model.save_pretrained(tmp_path / "theirs")
    params, config = weights.load(tmp_path / "theirs")
    tokens_BS = random_tokens(rng)
    mask_BS = np.ones(tokens_BS.shape, bool)
    expected = theirs(model, tokens_BS, mask_BS)
    assert relative_error(ours(params, config, tokens_BS, mask_BS), expected) < 1e-5
    weights.save(tmp_path / "ours", params, config)
    before, after = (load_file(tmp_path / n / weights.SINGLE_FILE) for n in ("theirs", "ours"))
    name = "model.language_model.layers.0.mlp.experts.gate_up_proj"
    assert (before[name].shape, after[name].shape) == ((6, 48, 64), (6, 64, 48))
    np.testing.assert_array_equal(np.swapaxes(after[name], 1, 2), before[name])


def test_experts_whose_matrices_are_square_are_kept_as_transformers_reads_them(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    sizes = with_experts(TINY)
    sizes["text_config"]["moe_intermediate_size"] = 32  # 2 x 32 = hidden_size
    config = Qwen3VLConfig.from_hf(sizes)
    params = qwen3_vl.init(jax.random.key(1), config)
    weights.save(tmp_path, params, config)
    again, _ = weights.load(tmp_path)
    jax.tree.map(np.testing.assert_array_equal, again, params)
    from transformers import Qwen3VLMoeForConditionalGeneration

    model = Qwen3VLMoeForConditionalGeneration.from_pretrained(tmp_path).eval()
    tokens_BS = random_tokens(rng)
    mask_BS = np.ones(tokens_BS.shape, bool)
    expected = theirs(model, tokens_BS, mask_BS)
    assert relative_error(ours(params, config, tokens_BS, mask_BS), expected) < 1e-5


def test_the_arrays_of_a_mesh_are_read_part_by_part(config: Qwen3VLConfig, tmp_path: Path) -> None:
    from vsdpo_jax.runtime.mesh import param_shardings

    params = qwen3_vl.init(jax.random.key(2), config)
    weights.save(tmp_path, params, config)
    mesh = make_mesh(1, 4, 2)
    placed, _ = weights.load(tmp_path, shardings=lambda shapes: param_shardings(shapes, mesh))
    jax.tree.map(np.testing.assert_array_equal, placed, params)
    gate_up = placed["layers"]["mlp"]["gate_up"]
    assert gate_up.sharding.shard_shape(gate_up.shape) == (3, 6, 16, 2, 12)


def test_adapters_stand_beside_attention_alone(params: Any) -> None:
    with pytest.raises(ValueError, match=r"\['gate_proj', 'up_proj', 'down_proj'\].*use q_proj"):
        lora.init(jax.random.key(0), params, lora.LoraSettings(rank=2, alpha=4.0))
    targets = ("q_proj", "k_proj", "v_proj", "o_proj")
    adapters = lora.init(
        jax.random.key(0), params, lora.LoraSettings(rank=2, alpha=4.0, targets=targets)
    )
    assert set(adapters["layers"]) == {"self_attn"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("num_experts", None, "lacks num_experts"),
        ("num_experts_per_tok", 7, "num_experts_per_tok is 7, but there are 6 experts"),
        ("moe_intermediate_size", 0, "moe_intermediate_size is 0"),
        ("mlp_only_layers", [1], r"mlp_only_layers is \[1\]"),
        ("decoder_sparse_step", 2, "decoder_sparse_step is 2"),
        ("norm_topk_prob", False, "norm_topk_prob is False"),
    ],
)
def test_mixtures_that_cannot_be_run_are_refused(name: str, value: Any, message: str) -> None:
    sizes = with_experts(TINY)
    if value is None:
        del sizes["text_config"][name]
    else:
        sizes["text_config"][name] = value
    with pytest.raises(ConfigError, match=message):
        Qwen3VLConfig.from_hf(sizes)


def test_either_spelling_of_the_number_of_experts_is_read_and_both_are_written() -> None:
    sizes = with_experts(TINY)
    config = Qwen3VLConfig.from_hf(sizes)
    sizes["text_config"]["num_local_experts"] = sizes["text_config"].pop("num_experts")
    assert Qwen3VLConfig.from_hf(sizes) == config
    text = config.to_hf()["text_config"]
    assert text["num_experts"] == text["num_local_experts"] == 6
