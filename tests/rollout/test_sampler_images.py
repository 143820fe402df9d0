"""Sampling behind pictures: one encoding for a group, at the positions that go on behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionConfig
from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage, vision_inputs
from vsdpo_jax.rollout.batch import pad_left
from vsdpo_jax.rollout.sampler import Sampler, Samples
from vsdpo_jax.runtime.mesh import make_mesh

VOCAB, PAD, LIMIT, IMAGE = 40, 39, 12, 38

VISION = VisionConfig(
    depth=2,
    hidden_size=16,
    intermediate_size=24,
    num_heads=2,
    in_channels=1,
    patch_size=2,
    temporal_patch_size=1,
    spatial_merge_size=2,
    num_position_embeddings=16,
    out_hidden_size=32,
    deepstack_visual_indexes=(0,),
)
SEEING = Qwen3VLConfig(
    vocab_size=48, hidden_size=32, intermediate_size=48, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, head_dim=16, rms_norm_eps=1e-6, rope_theta=1e4,
    mrope_section=(4, 2, 2), max_position_embeddings=64, tie_word_embeddings=True, vision=VISION,
    image_token_id=IMAGE,
)  # fmt: skip
# 4 x 6, 6 x 2 and 2 x 2 patches: 6, 3 and 1 tokens. After the first, positions have gone on by 3.
GRIDS = [[(1, 4, 6)], [], [(1, 6, 2), (1, 2, 2)]]
CHATS = [[1, *[IMAGE] * 6], [6, 7], [7, *[IMAGE] * 3, 8, IMAGE, 9]]


def padded(prompts: list[list[int]], length: int) -> tuple[np.ndarray, np.ndarray]:
    return pad_left([np.asarray(p) for p in prompts], length, pad_id=PAD, setting="length")


def pictures(rng: np.random.Generator) -> list[list[EncodedImage]]:
    return [
        [
            EncodedImage(
                patches_PC=rng.normal(size=(grid[1] * grid[2], 4)).astype(np.float32), grid=grid
            )
            for grid in row
        ]
        for row in GRIDS
    ]


@pytest.fixture(scope="module")
def seeing_params() -> Any:
    params = qwen3_vl.init(jax.random.key(5), SEEING)
    return params | {"embed_tokens": 15 * params["embed_tokens"]}


@pytest.fixture(scope="module")
def images() -> list[list[EncodedImage]]:
    return pictures(np.random.default_rng(0))


def look(
    sampler: Sampler, params: Any, images: list[list[EncodedImage]], group_size: int
) -> Samples:
    tokens_PS, mask_PS = padded(CHATS, 8)
    vision = vision_inputs(tokens_PS, mask_PS, images, SEEING, num_images=2, num_patches=24)
    return jax.device_get(
        sampler.sample(
            params, tokens_PS, mask_PS, jax.random.key(0), group_size, 1.0, vision=vision
        )
    )


def test_text_goes_on_behind_images(
    seeing_params: Any, images: list[list[EncodedImage]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a full pass over images, prompt and completion; one encoding for the whole group."""
    encoded_rows = []
    encode = qwen3_vl.encode_images

    def counting(params: Any, config: Any, vision: Any, **how: Any) -> Any:
        encoded_rows.append(len(vision.slot_BS))
        return encode(params, config, vision, **how)

    monkeypatch.setattr(qwen3_vl, "encode_images", counting)
    sampler = Sampler(
        SEEING, max_new_tokens=LIMIT, stop_ids=(), pad_id=PAD, vocab_size=VOCAB,
        forbidden_ids=(IMAGE,),
    )  # fmt: skip
    samples = look(sampler, seeing_params, images, group_size=2)
    assert encoded_rows == [3]
    tokens_BS, mask_BS = padded(
        [[*CHATS[row // 2], *samples.tokens_BT[row].tolist()] for row in range(6)], 8 + LIMIT
    )
    vision = vision_inputs(
        tokens_BS, mask_BS, [images[row // 2] for row in range(6)], SEEING, num_images=2,
        num_patches=24,
    )  # fmt: skip
    hidden_BSD = jax.jit(qwen3_vl.hidden_fn(SEEING))(
        seeing_params, jnp.asarray(tokens_BS), jnp.asarray(mask_BS), vision
    )
    logits_BTV = hidden_BSD[:, -LIMIT - 1 : -1] @ seeing_params["embed_tokens"][:VOCAB].T
    logp_BTV = np.asarray(jax.nn.log_softmax(logits_BTV, axis=-1))
    expected_BT = np.take_along_axis(logp_BTV, samples.tokens_BT[..., None], axis=2)[..., 0]
    np.testing.assert_allclose(samples.logp_BT, expected_BT, atol=1e-5)
    assert not np.any(samples.tokens_BT == IMAGE)
    other = look(sampler, seeing_params, pictures(np.random.default_rng(1)), group_size=2)
    assert not np.array_equal(other.tokens_BT[:2], samples.tokens_BT[:2]), "images are seen"
    np.testing.assert_array_equal(other.tokens_BT[2:4], samples.tokens_BT[2:4])
    assert sampler.num_compiles == 1


@pytest.mark.slow
def test_devices_see_the_same_images(seeing_params: Any, images: list[list[EncodedImage]]) -> None:
    from jax.sharding import NamedSharding, PartitionSpec

    settings: dict[str, Any] = {
        "max_new_tokens": LIMIT, "stop_ids": (), "pad_id": PAD, "vocab_size": VOCAB,
    }  # fmt: skip
    plain = look(Sampler(SEEING, **settings), seeing_params, images, group_size=4)
    mesh = make_mesh(data=3, fsdp=1, tensor=2, devices=jax.devices()[:6])
    everywhere = jax.device_put(seeing_params, NamedSharding(mesh, PartitionSpec()))
    sharded = look(Sampler(SEEING, **settings, mesh=mesh), everywhere, images, group_size=4)
    np.testing.assert_array_equal(sharded.tokens_BT, plain.tokens_BT)
    np.testing.assert_allclose(sharded.logp_BT, plain.logp_BT, atol=1e-5)


def test_images_of_other_prompts_are_refused(
    seeing_params: Any, images: list[list[EncodedImage]]
) -> None:
    tokens_PS, mask_PS = padded(CHATS, 8)
    vision = vision_inputs(tokens_PS, mask_PS, images, SEEING, num_images=2, num_patches=24)
    key, settings = jax.random.key(0), {"stop_ids": (), "pad_id": PAD, "vocab_size": VOCAB}
    blind = Sampler(replace(SEEING, vision=None), max_new_tokens=2, **settings)
    with pytest.raises(ValueError, match="the model has no vision tower; leave vision out"):
        blind.sample(seeing_params, tokens_PS, mask_PS, key, 1, 1.0, vision=vision)
    sampler = Sampler(SEEING, max_new_tokens=2, **settings)
    wider = padded(CHATS, 9)
    with pytest.raises(ValueError, match=r"shape \(3, 8\), but the prompts have \(3, 9\)"):
        sampler.sample(seeing_params, *wider, key, 1, 1.0, vision=vision)
