"""Attention in blocks is the dense one, both passes, and its memory grows with the length."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_qwen import TINY, random_image, relative_error, theirs

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, attention, geometry, weights
from vsdpo_jax.models.qwen3_vl.blockwise import attend_in_blocks
from vsdpo_jax.runtime import mesh as meshes


def arrays(
    rows: int, heads: int, groups: int, length: int, width: int = 8, seed: int = 3
) -> list[jax.Array]:
    rng = np.random.default_rng(seed)
    shapes = [(rows, count, length, width) for count in (heads, groups, groups)]
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in shapes]


def dense(query: Any, key: Any, value: Any, mask_BS: Any, *, is_causal: bool) -> jax.Array:
    """One softmax over all pairs, on a mask that is written out."""
    mask_BSC = jnp.broadcast_to(mask_BS[:, None], (*mask_BS.shape, mask_BS.shape[1]))
    if is_causal:
        mask_BSC = mask_BSC & jnp.tri(mask_BS.shape[1], dtype=bool)[None]
    return attention.attend(query, key, value, attention.Dense(mask_BSC))


@partial(jax.jit, static_argnames=("is_causal", "block"))
def both_passes(
    inputs: list[jax.Array], mask_BS: Any, *, is_causal: bool, block: int | None
) -> tuple[list[jax.Array], jax.Array]:
    """(gradients, result) of what real tokens read, in which every element weighs differently.

    ``block`` None: of dense attention.
    """

    def loss(inputs: list[jax.Array]) -> tuple[jax.Array, jax.Array]:
        if block is None:
            out = dense(*inputs, mask_BS, is_causal=is_causal)
        else:
            out = attend_in_blocks(*inputs, mask_BS, is_causal=is_causal, block=block)
        weight = jnp.cos(jnp.arange(out.size, dtype=jnp.float32)).reshape(out.shape)
        is_read = mask_BS[:, None, :, None]
        return jnp.sum(jnp.where(is_read, jnp.sin(out), 0) * weight), out

    return jax.grad(loss, has_aux=True)(inputs)


def agree(
    inputs: list[jax.Array], mask_BS: np.ndarray, *, is_causal: bool, block: int, scale: float = 1
) -> None:
    """``scale``: how much larger than 1 inputs, and with them gradients, are."""
    grads, out = both_passes(inputs, mask_BS, is_causal=is_causal, block=block)
    wanted, wanted_out = both_passes(inputs, mask_BS, is_causal=is_causal, block=None)
    assert np.isfinite(out).all()
    is_read = mask_BS[:, None, :, None]
    np.testing.assert_allclose(*(np.where(is_read, x, 0) for x in (out, wanted_out)), atol=1e-5)
    for got, want in zip(grads, wanted, strict=True):
        np.testing.assert_allclose(got, want, atol=scale * 1e-5)


@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize(
    ("heads", "groups", "length", "block"), [(4, 2, 17, 4), (3, 3, 12, 5), (3, 1, 8, 64)]
)
@settings(max_examples=25)
@given(data=st.data())
def test_blocks_are_dense_attention(
    heads: int, groups: int, length: int, block: int, is_causal: bool, data: Any
) -> None:
    """Padding anywhere, on either side or between; rows, or all of them, may be padding."""
    row = st.lists(st.booleans(), min_size=length, max_size=length)
    mask_BS = np.array(data.draw(st.lists(row, min_size=2, max_size=2)))
    inputs = arrays(2, heads, groups, length, seed=data.draw(st.integers(0, 99)))
    agree(inputs, mask_BS, is_causal=is_causal, block=block)


@pytest.mark.parametrize("is_causal", [True, False])
def test_large_scores_neither_overflow_nor_vanish(is_causal: bool) -> None:
    query, key, value = arrays(2, 4, 2, 40)
    mask_BS = np.ones((2, 40), bool)
    mask_BS[0, :19] = mask_BS[1, 30:] = False
    agree([query * 60, key, value], mask_BS, is_causal=is_causal, block=8, scale=60)
    agree([query, jnp.zeros_like(key), value], mask_BS, is_causal=is_causal, block=8)


def test_padding_is_finite_and_passes_nothing_on() -> None:
    """Its content may be anything: neither results nor gradients of real tokens see it."""
    inputs = arrays(2, 2, 1, 12)
    mask_BS = np.array([[0] * 7 + [1] * 5, [0] * 12], bool)
    is_real = mask_BS[:, None, :, None]
    loud = [jnp.where(is_real, x, 1e4) for x in inputs]
    found = [both_passes(some, mask_BS, is_causal=True, block=4) for some in (inputs, loud)]
    for one, other in zip(*map(jax.tree.leaves, found), strict=True):
        assert np.isfinite(other).all()
        one, other = (np.where(is_real, x, 0) for x in (one, other))
        np.testing.assert_array_equal(one, other)
    for grad in found[1][0]:
        assert not np.asarray(grad)[~np.broadcast_to(is_real, grad.shape)].any()


def test_half_precision_is_as_close_as_dense() -> None:
    exact = arrays(2, 4, 2, 64, 32)
    mask_BS = np.ones((2, 64), bool)
    half = [x.astype(jnp.bfloat16) for x in exact]
    wanted, _ = both_passes(exact, mask_BS, is_causal=True, block=16)
    errors = []
    for block in (16, None):
        grads, out = both_passes(half, mask_BS, is_causal=True, block=block)
        assert out.dtype == jnp.bfloat16
        assert {grad.dtype for grad in grads} == {jnp.dtype("bfloat16")}
        pairs = zip(grads, wanted, strict=True)
        errors.append([np.abs(np.asarray(got, np.float32) - want).mean() for got, want in pairs])
    for blocks_error, dense_error in zip(*errors, strict=True):
        assert blocks_error < 1.1 * dense_error


def test_blocks_are_split_over_the_mesh() -> None:
    inputs = arrays(4, 4, 2, 40, 16)
    mask_BS = np.arange(40)[None] >= np.array([0, 9, 21, 3])[:, None]
    wanted, wanted_out = both_passes(inputs, mask_BS, is_causal=True, block=8)
    mesh = meshes.make_mesh(data=2, fsdp=2, tensor=2)
    spec = jax.sharding.PartitionSpec(("data", "fsdp"), "tensor")
    placed = jax.device_put(inputs, jax.sharding.NamedSharding(mesh, spec))
    with jax.set_mesh(mesh):
        grads, out = both_passes(placed, mask_BS, is_causal=True, block=8)
    np.testing.assert_allclose(out, wanted_out, atol=1e-6)
    for got, want in zip(grads, wanted, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-5)


def temporary_bytes(function: Callable, *shapes: Any) -> int:
    """What the compiled program holds besides arguments and results; nothing is run."""
    return jax.jit(function).lower(*shapes).compile().memory_analysis().temp_size_in_bytes


@pytest.mark.parametrize("is_causal", [True, False])
def test_memory_grows_with_the_length(is_causal: bool) -> None:
    """Of a vision tower's 16 heads, in units of one argument; 4,096 x 4,096 pixels are 65,536."""

    def share(length: int) -> float:
        shape = jax.ShapeDtypeStruct((1, 16, length, 64), jnp.float32)

        def total(*inputs: jax.Array) -> jax.Array:
            mask_BS = jnp.ones((1, length), bool)
            pattern = attention.make_pattern(mask_BS, is_causal=is_causal, implementation="xla")
            return jnp.sum(jnp.sin(attention.attend(*inputs, pattern)))

        grad = jax.grad(total, argnums=(0, 1, 2))
        return temporary_bytes(grad, *[shape] * 3) / (4 * 16 * 64 * length)

    share_64k = share(65_536)
    assert share_64k < 6
    assert share(262_144) <= share_64k


def sized(length: int) -> Qwen3VLConfig:
    config = dict(TINY)
    config["text_config"] = config["text_config"] | {"max_position_embeddings": length}
    return Qwen3VLConfig.from_hf(config)


def test_memory_of_both_towers_grows_with_the_length() -> None:
    """Four times the text and the picture take no more than four times the memory."""
    config = sized(2**18)
    params = weights.names.shapes(config)

    def peak(length: int) -> int:
        patches = 4 * (length - 64)
        tokens_BS = jax.ShapeDtypeStruct((1, length), jnp.int32)
        mask_BS = jax.ShapeDtypeStruct((1, length), bool)
        vision = qwen3_vl.VisionInputs(
            patches_BMPC=jax.ShapeDtypeStruct((1, 1, patches, 1536), jnp.float32),
            patch_mask_BMP=jax.ShapeDtypeStruct((1, 1, patches), bool),
            taps_BM4P=jax.ShapeDtypeStruct((1, 1, 4, patches), jnp.int32),
            tap_weights_BM4P=jax.ShapeDtypeStruct((1, 1, 4, patches), jnp.float32),
            place_BM2P=jax.ShapeDtypeStruct((1, 1, 2, patches), jnp.int32),
            slot_BS=tokens_BS,
            positions_B3S=jax.ShapeDtypeStruct((1, 3, length), jnp.int32),
        )

        def run(params: Any, tokens_BS: Any, mask_BS: Any, vision: Any) -> jax.Array:
            return qwen3_vl.hidden_fn(config)(params, tokens_BS, mask_BS, vision)[:, -1]

        return temporary_bytes(run, params, tokens_BS, mask_BS, vision)

    assert peak(16_384) < 4.1 * peak(4096)


def test_long_inputs_are_the_references(
    reference: tuple[Any, Any], rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both towers in blocks: a picture and a text that dense attention would hold whole."""
    import torch

    model, folder = reference
    monkeypatch.setattr(attention, "DENSE_LENGTH", 16)
    monkeypatch.setattr(attention, "attend_in_blocks", partial(attend_in_blocks, block=16))
    params, config = weights.load(folder)
    image = random_image(rng, 6, 10)
    ids = [*rng.integers(0, 1000, 30), 1018, *[1021] * 15, 1019, *rng.integers(0, 1000, 40)]
    tokens_BS = np.array([ids])
    mask_BS = np.ones(tokens_BS.shape, bool)
    vision = geometry.vision_inputs(
        tokens_BS, mask_BS, [[image]], config, num_images=1, num_patches=100
    )
    more = {
        "pixel_values": torch.tensor(image.patches_PC),
        "image_grid_thw": torch.tensor([image.grid]),
        "mm_token_type_ids": torch.tensor((tokens_BS == 1021).astype(np.int64)),
    }
    expected = theirs(model, tokens_BS, mask_BS, **more)
    hidden_BSD = qwen3_vl.hidden_fn(config)(
        params, jnp.asarray(tokens_BS), jnp.asarray(mask_BS), vision
    )
    got = np.asarray(hidden_BSD @ qwen3_vl.head_VD(params, config).T)
    assert relative_error(got, expected) < 1e-5


def test_short_inputs_stay_dense() -> None:
    for length, kind in ((512, attention.Dense), (513, attention.Blocks)):
        for is_causal in (True, False):
            mask_BS = jnp.ones((1, length), bool)
            pattern = attention.make_pattern(mask_BS, is_causal=is_causal, implementation="xla")
            assert isinstance(pattern, kind)
