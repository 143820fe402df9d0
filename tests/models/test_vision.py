"""The vision tower against the reference implementation, layer by layer, and its own laws."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_qwen import TINY, illustrated, inputs_of, relative_error, their_inputs

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionInputs, encode_images, vision, weights
from vsdpo_jax.models.qwen3_vl.attention import make_pattern
from vsdpo_jax.models.qwen3_vl.geometry import vision_inputs

GRIDS = [[], [(4, 6)], [(2, 8), (6, 4)]]

encode = partial(jax.jit, static_argnames=("config", "remat", "dtype"))(encode_images)


@pytest.fixture(scope="module")
def model_and_params(reference: tuple[Any, Path]) -> tuple[Any, Any, Qwen3VLConfig]:
    model, folder = reference
    return model, *weights.load(folder)


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


def their_layers(model: Any, more: dict[str, Any]) -> dict[str, list[np.ndarray]]:
    """What each part of the reference's tower returns, in the order of the calls."""
    import torch

    seen: dict[str, list[np.ndarray]] = {
        "embedded": [], "blocks": [], "merger": [], "deepstack": []
    }  # fmt: skip
    tower = model.model.visual
    parts = {"blocks": tower.blocks, "merger": [tower.merger]}
    parts["deepstack"] = tower.deepstack_merger_list
    hooks = [
        module.register_forward_hook(
            lambda _module, _inputs, out, name=name: seen[name].append(out.numpy())
        )
        for name, modules in parts.items()
        for module in modules
    ]
    first = tower.blocks[0].register_forward_pre_hook(
        lambda _module, inputs: seen["embedded"].append(inputs[0].numpy())
    )
    with torch.no_grad():
        tower(more["pixel_values"], more["image_grid_thw"])
    for hook in (*hooks, first):
        hook.remove()
    return seen


def packed(x: Any, mask: np.ndarray) -> np.ndarray:
    """Real patches, or features, one after another, as the reference holds them."""
    return np.asarray(x)[mask]


def test_every_layer_equals_the_reference(
    model_and_params: tuple[Any, Any, Qwen3VLConfig], rng: np.random.Generator
) -> None:
    model, params, config = model_and_params
    tokens_BS, mask_BS, images = illustrated(rng, GRIDS)
    inputs = inputs_of(config, tokens_BS, mask_BS, images)
    seen = their_layers(model, their_inputs(tokens_BS, mask_BS, images)[1])
    visual, sizes = params["visual"], config.vision
    flat = jax.tree.map(lambda x: jnp.asarray(x).reshape(-1, *x.shape[2:]), inputs)
    mask_IP = np.asarray(flat.patch_mask_BMP)
    feature_mask_IF = mask_IP[:, :: sizes.patches_per_token]
    embed = visual["patch_embed"]
    x_IPE = flat.patches_BMPC @ embed["kernel"] + embed["bias"][None, None]
    x_IPE += vision.interpolate(visual["pos_embed"], flat.taps_BM4P, flat.tap_weights_BM4P)
    assert relative_error(packed(x_IPE, mask_IP), seen["embedded"][0]) < 1e-5
    angles = vision.rotary_2d(flat.place_BM2P, sizes)
    pattern = make_pattern(jnp.asarray(mask_IP), is_causal=False, implementation="xla")
    block = jax.jit(vision.VisionBlock(sizes).apply)
    levels = 0
    for number in range(sizes.depth):
        layer = jax.tree.map(lambda x, number=number: x[number], visual["blocks"])
        (x_IPE, _), _ = block(
            {"params": layer}, (x_IPE, x_IPE[None]), jnp.asarray(0), angles, pattern
        )
        assert relative_error(packed(x_IPE, mask_IP), seen["blocks"][number]) < 1e-5
        if number in sizes.deepstack_visual_indexes:
            merger = jax.tree.map(
                lambda x, levels=levels: x[levels], visual["deepstack_merger_list"]
            )
            out = vision.Merger(sizes, norms_block=True).apply({"params": merger}, x_IPE)
            assert relative_error(packed(out, feature_mask_IF), seen["deepstack"][levels]) < 1e-5
            levels += 1
    out = vision.Merger(sizes).apply({"params": visual["merger"]}, x_IPE)
    assert relative_error(packed(out, feature_mask_IF), seen["merger"][0]) < 1e-5
    # And the whole tower, which is what runs.
    got = encode(params, config, inputs)
    rows, places = got.tokens_BFD.shape[:2]
    mask_BF = feature_mask_IF.reshape(rows, places)
    assert relative_error(packed(got.tokens_BFD, mask_BF), seen["merger"][0]) < 1e-5
    assert len(got.deepstack_NBFD) == levels == 2
    for ours, theirs in zip(got.deepstack_NBFD, seen["deepstack"], strict=True):
        assert relative_error(packed(ours, mask_BF), theirs) < 1e-5


def test_room_for_more_changes_nothing(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS, images = illustrated(rng, [[(4, 6), (2, 2)]])
    tight, roomy = (
        encode(
            params,
            config,
            vision_inputs(
                tokens_BS, mask_BS, images, config, num_images=places, num_patches=patches
            ),
        )
        for places, patches in ((2, 24), (4, 60))
    )
    for at, count in (((0, 0), 6), ((1, 1), 1)):
        ours, theirs = (
            np.asarray(x.tokens_BFD[0, start : start + count])
            for x, start in ((tight, at[0] * 6), (roomy, at[1] * 15))
        )
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())
    assert np.isfinite(roomy.tokens_BFD).all()
    assert np.isfinite(roomy.deepstack_NBFD).all()


def test_an_image_is_read_on_its_own(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS, images = illustrated(rng, [[(4, 4), (4, 4)]])
    before = encode(params, config, inputs_of(config, tokens_BS, mask_BS, images))
    noisy = dataclasses.replace(images[0][1], patches_PC=-images[0][1].patches_PC)
    after = encode(params, config, inputs_of(config, tokens_BS, mask_BS, [[images[0][0], noisy]]))
    np.testing.assert_array_equal(before.tokens_BFD[0, :8], after.tokens_BFD[0, :8])
    assert np.abs(before.tokens_BFD[0, 8:12] - after.tokens_BFD[0, 8:12]).min() > 0


def test_remat_changes_no_gradient(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    inputs = inputs_of(config, *illustrated(rng, GRIDS))

    def gradient(remat: bool) -> Any:
        def loss(params: Any) -> jax.Array:
            out = encode_images(params, config, inputs, remat=remat)
            return jnp.sum(jnp.square(out.tokens_BFD)) + jnp.sum(jnp.sin(out.deepstack_NBFD))

        return jax.jit(jax.grad(loss))(params)["visual"]

    plain, again = gradient(False), gradient(True)
    for (path, leaf), other in zip(
        jax.tree.leaves_with_path(plain), jax.tree.leaves(again), strict=True
    ):
        assert np.isfinite(leaf).all()
        assert np.abs(leaf).max() > 0, f"no gradient reaches {jax.tree_util.keystr(path)}"
        np.testing.assert_allclose(leaf, other, atol=1e-5 * float(jnp.abs(leaf).max()))


def test_bfloat16_stays_near_float32(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    inputs = inputs_of(config, *illustrated(rng, [[(4, 6)]]))
    exact = encode(params, config, inputs).tokens_BFD[0, :6]
    rough = encode(params, config, inputs, dtype=jnp.bfloat16).tokens_BFD[0, :6]
    assert rough.dtype == jnp.bfloat16
    assert relative_error(np.asarray(rough, np.float32), np.asarray(exact)) < 0.05


def test_a_tower_without_deepstack(rng: np.random.Generator, config: Qwen3VLConfig) -> None:
    plain = dataclasses.replace(
        config, vision=dataclasses.replace(config.vision, deepstack_visual_indexes=())
    )
    params = qwen3_vl.init(jax.random.key(0), plain)
    assert "deepstack_merger_list" not in params["visual"]
    tokens_BS, mask_BS, images = illustrated(rng, [[(2, 4)]])
    inputs = inputs_of(plain, tokens_BS, mask_BS, images)
    assert encode(params, plain, inputs).deepstack_NBFD.shape == (0, 1, 24, 64)
    hidden = jax.jit(qwen3_vl.hidden_fn(plain))(
        params, jnp.asarray(tokens_BS), jnp.asarray(mask_BS), inputs
    )
    assert np.isfinite(hidden).all()


def test_images_without_a_tower_are_refused(
    params: Any, config: Qwen3VLConfig, rng: np.random.Generator
) -> None:
    inputs = inputs_of(config, *illustrated(rng, [[(2, 2)]]))
    assert isinstance(inputs, VisionInputs)
    with pytest.raises(ValueError, match="no vision tower"):
        encode_images(params, dataclasses.replace(config, vision=None), inputs)
    with pytest.raises(ValueError, match="attention is 'flash'"):
        encode_images(params, config, inputs, attention="flash")
