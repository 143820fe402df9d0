"""Places of images in a sequence against the reference implementation, and what is refused."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_qwen import TINY, illustrated, inputs_of, random_image

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage, mrope_positions, vision_inputs

CONFIG = Qwen3VLConfig.from_hf(TINY)
IMAGE = TINY["image_token_id"]

grid = st.tuples(*[st.integers(1, 9).map(lambda n: 2 * n)] * 2)
# A row: text before, then images with at least one token of text behind each.
row_layout = st.tuples(
    st.integers(0, 4), st.lists(st.tuples(grid, st.integers(1, 5)), max_size=3)
).filter(lambda row: row[0] or row[1])


def laid_out(rows: list[Any], side: str) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    texts, grids = [], []
    for before, images in rows:
        ids = [7] * before
        for (height, width), after in images:
            ids += [IMAGE] * (height * width // 4) + [9] * after
        texts.append(ids)
        grids.append([(1, height, width) for (height, width), _ in images])
    length = max(map(len, texts)) + 1
    tokens_BS = np.full((len(texts), length), IMAGE)
    mask_BS = np.zeros((len(texts), length), bool)
    for row, ids in enumerate(texts):
        place = slice(length - len(ids), None) if side == "left" else slice(0, len(ids))
        tokens_BS[row, place], mask_BS[row, place] = ids, True
    return tokens_BS, mask_BS, grids


@given(rows=st.lists(row_layout, min_size=1, max_size=4), side=st.sampled_from(["left", "right"]))
def test_positions_equal_the_reference(rows: list[Any], side: str) -> None:
    import torch
    from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLModel

    tokens_BS, mask_BS, grids = laid_out(rows, side)
    positions_3BS, next_B = mrope_positions(tokens_BS, mask_BS, grids, CONFIG)
    stand_in = SimpleNamespace(
        config=SimpleNamespace(vision_config=SimpleNamespace(spatial_merge_size=2)),
        get_vision_position_ids=lambda *args, **more: Qwen3VLModel.get_vision_position_ids(
            None, *args, **more
        ),
    )
    flat = [grid for row in grids for grid in row]
    expected, delta = Qwen3VLModel.get_rope_index(
        stand_in,
        torch.tensor(tokens_BS),
        torch.tensor((tokens_BS == IMAGE).astype(np.int64)),
        torch.tensor(flat) if flat else None,
        attention_mask=torch.tensor(mask_BS).long(),
    )
    np.testing.assert_array_equal(positions_3BS, expected.numpy())
    np.testing.assert_array_equal(next_B, delta[:, 0].numpy() + mask_BS.sum(1))


def test_images_that_adjoin_are_told_apart_by_their_sizes() -> None:
    tokens_BS = np.array([[5, *[IMAGE] * 2, *[IMAGE] * 3, 5]])
    grids = [[(1, 2, 4), (1, 6, 2)]]
    positions_3BS, next_B = mrope_positions(tokens_BS, np.ones((1, 7), bool), grids, CONFIG)
    expected = [[0, 1, 1, 3, 3, 3, 6], [0, 1, 1, 3, 4, 5, 6], [0, 1, 2, 3, 3, 3, 6]]
    np.testing.assert_array_equal(positions_3BS[:, 0], expected)
    assert next_B.tolist() == [7]


@given(size=grid, side=st.sampled_from([2, 8, 48]))
def test_position_table_and_places_equal_the_reference(size: Any, side: int) -> None:
    import torch
    from transformers import vision_utils

    config = dataclasses.replace(
        CONFIG, vision=dataclasses.replace(CONFIG.vision, num_position_embeddings=side**2)
    )
    image = EncodedImage(
        patches_PC=np.zeros((size[0] * size[1], 1536), np.float32), grid=(1, *size)
    )
    count = len(image.patches_PC)
    tokens_BS = np.full((1, count // 4), IMAGE)
    got = vision_inputs(
        tokens_BS, np.ones_like(tokens_BS, bool), [[image]], config, num_images=1, num_patches=count
    )
    grid_thw = torch.tensor([image.grid])
    taps, weights = vision_utils.get_vision_interpolation_indices_and_weights(
        grid_thw, num_grid_per_side=side, align_corners=True, spatial_merge_size=2
    )
    np.testing.assert_array_equal(got.taps_BM4P[0, 0], taps.numpy().T)
    np.testing.assert_array_equal(got.tap_weights_BM4P[0, 0], weights.numpy().T)
    places = vision_utils.get_vision_position_ids(grid_thw, 2)
    np.testing.assert_array_equal(got.place_BM2P[0, 0], places.numpy().T)


def test_features_belong_to_placeholders_in_order(rng: np.random.Generator) -> None:
    tokens_BS, mask_BS, images = illustrated(rng, [[], [(2, 4), (4, 2)]], side="right")
    got = inputs_of(CONFIG, tokens_BS, mask_BS, images)
    assert (got.slot_BS[0] == -1).all()
    # Text 3, start, 2 tokens, end, text 2, start, 2 tokens; 32 patches an image are 8 features.
    expected = [-1] * 4 + [0, 1] + [-1] * 4 + [8, 9] + [-1] * 9
    assert got.slot_BS[1].tolist() == expected
    np.testing.assert_array_equal(got.patches_BMPC[1, 1, :8], images[1][1].patches_PC)
    assert got.patch_mask_BMP.sum(2).tolist() == [[0, 0, 0], [8, 8, 0]]
    positions_3BS, _ = mrope_positions(
        tokens_BS, mask_BS, [[image.grid for image in row] for row in images], CONFIG
    )
    np.testing.assert_array_equal(np.swapaxes(got.positions_B3S, 0, 1), positions_3BS)
    leading = {len(getattr(got, name)) for name in got.__dataclass_fields__}
    assert leading == {2}, "every array can be split by rows"


def refused(message: str, **changes: Any) -> Any:
    return pytest.param(changes, message, id=message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        refused(r"row 1 has 2 image placeholders, and its 0 images", images=[[], []]),
        refused(r"row 1 has 2 .* take 4 \(2 \+ 2\)", images=[[], [(2, 4), (2, 4)]]),
        refused(r"row 0 has 0 .* take 2", images=[[(2, 4)], [(2, 4)]]),
        refused(r"images has 1 rows and tokens_BS has 2", images=[[]]),
        refused(r"row 1 has 2 images and there is room for num_images = 1",
                images=[[], [(2, 2), (2, 2)]], num_images=1),
        refused(r"row 1, image 0 has 8 patches .* num_patches = 4", num_patches=4),
        refused(r"num_patches = 6: .* multiple of 4", num_patches=6),
        refused(r"num_images = 0", num_images=0),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    changes: dict[str, Any], message: str, rng: np.random.Generator
) -> None:
    tokens_BS, mask_BS, images = illustrated(rng, [[], [(2, 4)]])
    if "images" in changes:
        images = [[random_image(rng, *grid) for grid in row] for row in changes["images"]]
    sizes = {"num_images": 2, "num_patches": 8}
    sizes |= {key: value for key, value in changes.items() if key != "images"}
    with pytest.raises(ValueError, match=message):
        vision_inputs(tokens_BS, mask_BS, images, CONFIG, **sizes)


def test_arrays_of_another_model_are_refused(rng: np.random.Generator) -> None:
    tokens_BS, mask_BS, _ = illustrated(rng, [[(2, 4)]])
    for patches, grid_thw, message in (
        (np.zeros((8, 1176), np.float32), (1, 2, 4), r"image 0: patches_PC has shape \(8, 1176\)"),
        (np.zeros((4, 1536), np.float32), (1, 2, 4), r"ask for \(8, 1536\)"),
        (np.zeros((8, 1536), np.float32), (1, 8, 1), "multiples of 2"),
        (np.zeros((8, 1536), np.float32), (2, 2, 2), r"it has to be \(1, rows, columns\)"),
    ):
        image = EncodedImage(patches_PC=patches, grid=grid_thw)
        with pytest.raises(ValueError, match=message):
            vision_inputs(tokens_BS, mask_BS, [[image]], CONFIG, num_images=1, num_patches=8)


def test_text_inside_an_image_is_refused() -> None:
    tokens_BS = np.array([[IMAGE, 5, IMAGE]])
    with pytest.raises(ValueError, match="the 2 placeholders of image 0 do not adjoin"):
        mrope_positions(tokens_BS, np.ones((1, 3), bool), [[(1, 2, 4)]], CONFIG)


def test_a_model_without_vision_takes_no_images() -> None:
    config = dataclasses.replace(CONFIG, vision=None)
    with pytest.raises(ValueError, match="no vision tower"):
        mrope_positions(np.zeros((1, 1), int), np.ones((1, 1), bool), [[]], config)
