"""Adapters: the same function attached or merged, gradients for them alone, clear refusals."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from tiny_qwen import TINY, random_tokens, relative_error

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, lora
from vsdpo_jax.models.qwen3_vl.lora import LoraSettings
from vsdpo_jax.models.qwen3_vl.names import flatten, shapes

CONFIG = Qwen3VLConfig.from_hf({k: v for k, v in TINY.items() if k != "vision_config"})
SETTINGS = LoraSettings(rank=4, alpha=6.0)


@pytest.fixture(scope="module")
def params() -> Any:
    return qwen3_vl.init(jax.random.key(0), CONFIG)


@pytest.fixture(scope="module")
def trained(params: Any) -> Any:
    """Adapters as after training: B is not zero."""
    fresh = lora.init(jax.random.key(1), params, SETTINGS)
    return jax.tree.map(
        lambda leaf: leaf + 0.1 * jax.random.normal(jax.random.key(leaf.size), leaf.shape), fresh
    )


def hidden(params: Any, tokens_BS: np.ndarray, **options: Any) -> np.ndarray:
    function = jax.jit(qwen3_vl.hidden_fn(CONFIG, **options))
    return np.asarray(function(params, jnp.asarray(tokens_BS), jnp.ones(tokens_BS.shape, bool)))


def test_fresh_adapters_have_the_shapes_of_their_matrices_and_change_nothing(
    params: Any, rng: np.random.Generator
) -> None:
    fresh = lora.init(jax.random.key(1), params, SETTINGS)
    flat = flatten(fresh)
    assert {path[-1] for path in flat} == {
        f"{target}_lora_{which}" for target in lora.PROJECTIONS for which in "ab"
    }
    for path, leaf in flat.items():
        target = (*path[:-1], path[-1][: -len("_lora_a")])
        layers, inputs, outputs = flatten(params)[target].shape
        is_a = path[-1].endswith("a")
        assert leaf.shape == ((layers, inputs, 4) if is_a else (layers, 4, outputs))
        assert leaf.dtype == jnp.float32
        if is_a:  # N(0, 1 / in); the deviation of an estimate from n values is 1 / sqrt(2 n)
            assert abs(float(leaf.std()) * inputs**0.5 - 1) < 5 / (2 * leaf.size) ** 0.5
            assert len(np.unique(leaf)) == leaf.size, "layers differ"
        else:
            assert not leaf.any()
    tokens_BS = random_tokens(rng)
    attached = lora.attach(params, fresh, SETTINGS)
    np.testing.assert_array_equal(hidden(attached, tokens_BS), hidden(params, tokens_BS))
    planned = jax.eval_shape(lambda: lora.init(jax.random.key(1), shapes(CONFIG), SETTINGS))
    assert jax.tree.map(lambda leaf: leaf.shape, planned) == jax.tree.map(jnp.shape, fresh)


@pytest.mark.parametrize("targets", [lora.PROJECTIONS, ("q_proj", "down_proj")])
def test_attached_and_merged_are_one_model(
    params: Any, rng: np.random.Generator, targets: tuple[str, ...]
) -> None:
    settings = LoraSettings(rank=4, alpha=6.0, targets=targets)
    adapters = jax.tree.map(lambda leaf: leaf + 0.1, lora.init(jax.random.key(2), params, settings))
    tokens_BS = random_tokens(rng)
    attached = hidden(lora.attach(params, adapters, settings), tokens_BS)
    merged = lora.merge(params, adapters, settings)
    assert jax.tree.structure(merged) == jax.tree.structure(params)
    assert relative_error(attached, hidden(merged, tokens_BS)) < 1e-5
    assert relative_error(attached, hidden(params, tokens_BS)) > 1e-2
    with_remat = hidden(lora.attach(params, adapters, settings), tokens_BS, remat=True)
    assert relative_error(attached, with_remat) < 1e-5
    changed = {
        path[-1] for path, leaf in flatten(merged).items() if (leaf != flatten(params)[path]).any()
    }
    assert changed == set(targets)


def test_the_merged_matrix_is_what_the_paper_says(params: Any, trained: Any) -> None:
    merged = lora.merge(params, trained, SETTINGS)
    ours = np.asarray(merged["layers"]["mlp"]["up_proj"][1], np.float64)
    part = {name: np.asarray(leaf, np.float64) for name, leaf in trained["layers"]["mlp"].items()}
    w_IO = np.asarray(params["layers"]["mlp"]["up_proj"][1], np.float64)
    expected = w_IO + 6.0 / 4 * part["up_proj_lora_a"][1] @ part["up_proj_lora_b"][1]
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_merging_into_bfloat16_rounds_once(params: Any, trained: Any) -> None:
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params)
    exact = lora.merge(jax.tree.map(lambda x: x.astype(jnp.float32), half), trained, SETTINGS)
    merged = lora.merge(half, trained, SETTINGS)
    assert {leaf.dtype for leaf in jax.tree.leaves(merged)} == {jnp.dtype("bfloat16")}
    jax.tree.map(
        lambda a, b: np.testing.assert_array_equal(a, b.astype(jnp.bfloat16)), merged, exact
    )


def test_gradients_reach_adapters_alone_and_match_those_of_the_merged_model(
    params: Any, trained: Any, rng: np.random.Generator
) -> None:
    tokens_BS = jnp.asarray(random_tokens(rng))
    function = qwen3_vl.hidden_fn(CONFIG, remat=True)

    def loss(adapters: Any, build: Any) -> jax.Array:
        hidden_BSD = function(
            build(params, adapters, SETTINGS), tokens_BS, jnp.ones(tokens_BS.shape, bool)
        )
        return jnp.sum(jnp.sin(hidden_BSD))

    attached, merged = (
        jax.jit(jax.grad(lambda adapters, build=build: loss(adapters, build)))(trained)
        for build in (lora.attach, lora.merge)
    )
    assert jax.tree.structure(attached) == jax.tree.structure(trained)
    for path, leaf in flatten(attached).items():
        other = flatten(merged)[path]
        assert float(jnp.linalg.norm(leaf)) > 0, path
        assert float(jnp.linalg.norm(leaf - other) / jnp.linalg.norm(leaf)) < 1e-4, path


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rank": 0, "alpha": 1.0}, "rank is 0: use 1 or more"),
        ({"rank": 4, "alpha": 0.0}, "alpha is 0.0: use a finite number above 0"),
        ({"rank": 4, "alpha": float("nan")}, "alpha is nan"),
        ({"rank": 4, "alpha": 1.0, "targets": ("q_proj", "qkv")}, r"'qkv'\]: use .* q_proj, k_pro"),
        ({"rank": 4, "alpha": 1.0, "targets": ()}, "use one or more of q_proj"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LoraSettings(**settings)


def test_a_rank_above_the_matrix_is_refused(params: Any) -> None:
    with pytest.raises(ValueError, match=r"rank is 65: layers/mlp/\w+ is 64 x 96; use 64 or less"):
        lora.init(jax.random.key(0), params, LoraSettings(rank=65, alpha=1.0, targets=("up_proj",)))


def test_adapters_of_another_model_are_refused(params: Any, trained: Any) -> None:
    narrow = {"layers": {"mlp": {name: leaf[:, :, :3] if name.endswith("b") else leaf
                                 for name, leaf in trained["layers"]["mlp"].items()}}}  # fmt: skip
    with pytest.raises(ValueError, match=r"adapter layers/mlp/.* do not make W"):
        lora.merge(params, narrow, SETTINGS)
    lone = {"layers": {"mlp": {"up_proj_lora_a": trained["layers"]["mlp"]["up_proj_lora_a"]}}}
    with pytest.raises(ValueError, match=r"up_proj: .* B None"):
        lora.merge(params, lone, SETTINGS)
    strange = {"layers": {"mlp": {"odd_lora_a": jnp.ones((3, 2, 1)), "odd_lora_b": jnp.ones(3)}}}
    with pytest.raises(ValueError, match=r"odd: .* W None"):
        lora.merge(params, strange, SETTINGS)


@pytest.mark.parametrize(
    ("freeze", "frozen_roots"),
    [
        ((), set()),
        (("vision",), {"visual"}),
        (("embeddings",), {"embed_tokens", "lm_head"}),
        (("vision", "embeddings"), {"visual", "embed_tokens", "lm_head"}),
    ],
)
def test_parts_are_frozen_and_put_together_again(
    freeze: tuple[str, ...], frozen_roots: set[str]
) -> None:
    config = Qwen3VLConfig.from_hf(TINY | {"tie_word_embeddings": False})
    whole = shapes(config)
    trainable, frozen = lora.partition(whole, freeze)
    assert set(frozen) == frozen_roots
    assert set(trainable) == set(whole) - frozen_roots
    assert lora.combine(trainable, frozen) == whole == lora.combine(frozen, trainable)
    state = jax.eval_shape(optax.adam(1e-3).init, trainable)
    names = {jax.tree_util.keystr(path) for path, _ in jax.tree.leaves_with_path(state)}
    assert not [name for name in names if any(root in name for root in frozen_roots)]


def test_a_text_model_has_no_vision_to_freeze_and_unknown_parts_are_refused(params: Any) -> None:
    assert lora.partition(params, ("vision",)) == (params, {})
    with pytest.raises(ValueError, match=r"cannot freeze \['head'\]: use vision, embeddings"):
        lora.partition(params, ("vision", "head"))
    with pytest.raises(ValueError, match="both trees hold norm"):
        lora.combine(params, {"norm": params["norm"]})


def test_only_trainable_leaves_have_gradients(params: Any, rng: np.random.Generator) -> None:
    trainable, frozen = lora.partition(params, ("embeddings",))
    tokens_BS = jnp.asarray(random_tokens(rng))

    def loss(part: Any) -> jax.Array:
        whole = lora.combine(part, frozen)
        mask_BS = jnp.ones(tokens_BS.shape, bool)
        return jnp.sum(jnp.sin(qwen3_vl.hidden_fn(CONFIG)(whole, tokens_BS, mask_BS)))

    gradient = jax.jit(jax.grad(loss))(trainable)
    assert "embed_tokens" not in gradient
    assert all(leaf.any() for leaf in jax.tree.leaves(gradient))
