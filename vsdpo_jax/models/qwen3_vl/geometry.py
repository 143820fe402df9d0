"""Where images stand in a sequence: everything about their places that the host computes.

All in numpy, so that a compiled program sees arrays of fixed shape and never the size of an image.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int, Int32

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig, VisionConfig
from vsdpo_jax.models.qwen3_vl.vision import VisionInputs

GridTHW = tuple[int, int, int]
"""(frames, rows, columns) of an image, in patches; one frame for a still image."""


@dataclass(frozen=True, kw_only=True, eq=False)
class EncodedImage:
    """An image as the vision tower reads it.

    Attributes:
      patches_PC: normalised pixels of each patch as (channel, frame, y, x), in merge-block order:
        the patches that become one token adjoin.
      grid: (1, rows, columns) in patches; P = rows * columns.
    """

    patches_PC: Float32[np.ndarray, "P C"]
    grid: GridTHW


def num_tokens(grid: GridTHW, config: VisionConfig) -> int:
    """How many tokens an image takes."""
    return grid[0] * grid[1] * grid[2] // config.patches_per_token


def mrope_positions(
    tokens_BS: Int[np.ndarray, "B S"],
    mask_BS: Bool[np.ndarray, "B S"],
    grids: Sequence[Sequence[GridTHW]],
    config: Qwen3VLConfig,
) -> tuple[Int32[np.ndarray, "3 B S"], Int32[np.ndarray, " B"]]:
    """Rotary positions of text with images: get_rope_index of the reference implementation.

    Text counts on. An image's tokens share the time at which it starts, and count rows and columns
    of merged patches from there; text goes on behind its longer side.

    Args:
      tokens_BS: ids, with config.image_token_id once for every token of an image.
      mask_BS: False for padding, anywhere; its positions are 0.
      grids: of the images of each row, in order of appearance.
      config: of a model with a vision tower.

    Returns:
      positions_3BS, and for each row the position at which generated text goes on.

    Raises:
      ValueError: naming the row, when placeholders and images disagree.
    """
    vision = _vision(config)
    _check_rows("grids", len(grids), len(tokens_BS))
    positions_3BS = np.zeros((3, *tokens_BS.shape), np.int32)
    next_B = np.zeros(len(tokens_BS), np.int32)
    for row, (tokens_S, mask_S) in enumerate(zip(tokens_BS, mask_BS, strict=True)):
        is_image_R = tokens_S[mask_S] == config.image_token_id
        starts = _image_starts(is_image_R, grids[row], vision, row)
        positions_3R, next_B[row] = _positions_of_row(len(is_image_R), starts, grids[row], vision)
        positions_3BS[:, row, mask_S] = positions_3R
    return positions_3BS, next_B


def vision_inputs(
    tokens_BS: Int[np.ndarray, "B S"],
    mask_BS: Bool[np.ndarray, "B S"],
    images: Sequence[Sequence[EncodedImage]],
    config: Qwen3VLConfig,
    *,
    num_images: int,
    num_patches: int,
) -> VisionInputs:
    """Everything that the model reads of the images of a batch, as numpy arrays.

    Args:
      tokens_BS, mask_BS: as in ``mrope_positions``.
      images: of each row, in order of appearance; rows may have none.
      config: of a model with a vision tower.
      num_images: M, places for images in a row.
      num_patches: P, places for patches in an image; a multiple of spatial_merge_size^2.

    Raises:
      ValueError: naming row and counts, when placeholders and images disagree, images do not fit
        the places, or their arrays do not fit the model.
    """
    vision = _vision(config)
    _check_rows("images", len(images), len(tokens_BS))
    if num_images < 1 or num_patches < 1 or num_patches % vision.patches_per_token:
        raise ValueError(
            f"num_images = {num_images}, num_patches = {num_patches}: use 1 or more images, and a "
            f"positive multiple of {vision.patches_per_token} patches"
        )
    for row, row_images in enumerate(images):
        _check_images(row_images, vision, row, num_images, num_patches)
    grids = [[image.grid for image in row] for row in images]
    positions_3BS, _ = mrope_positions(tokens_BS, mask_BS, grids, config)
    lead = (len(tokens_BS), num_images)
    patches_BMPC = np.zeros((*lead, num_patches, vision.patch_values), np.float32)
    mask_BMP = np.zeros((*lead, num_patches), bool)
    taps_BM4P = np.zeros((*lead, 4, num_patches), np.int32)
    weights_BM4P = np.zeros((*lead, 4, num_patches), np.float32)
    place_BM2P = np.zeros((*lead, 2, num_patches), np.int32)
    slot_BS = np.full(tokens_BS.shape, -1, np.int32)
    for row, row_images in enumerate(images):
        for number, image in enumerate(row_images):
            at, count = (row, number), len(image.patches_PC)
            place_2P, taps_4P, weights_4P = _grid_tables(image.grid[1:], vision)
            patches_BMPC[at][:count] = image.patches_PC
            mask_BMP[at][:count] = True
            place_BM2P[at][:, :count] = place_2P
            taps_BM4P[at][:, :count] = taps_4P
            weights_BM4P[at][:, :count] = weights_4P
        is_image_S = mask_BS[row] & (tokens_BS[row] == config.image_token_id)
        slot_BS[row, is_image_S] = _slots_of_row(grids[row], vision, num_patches)
    return VisionInputs(
        patches_BMPC=patches_BMPC,
        patch_mask_BMP=mask_BMP,
        taps_BM4P=taps_BM4P,
        tap_weights_BM4P=weights_BM4P,
        place_BM2P=place_BM2P,
        slot_BS=slot_BS,
        positions_B3S=np.swapaxes(positions_3BS, 0, 1),
    )


def _vision(config: Qwen3VLConfig) -> VisionConfig:
    if config.vision is None:
        raise ValueError(
            "the model has no vision tower (config.json has no vision_config): leave the images "
            "out, or use a model that has one"
        )
    return config.vision


def _check_rows(name: str, given: int, expected: int) -> None:
    if given != expected:
        raise ValueError(
            f"{name} has {given} rows and tokens_BS has {expected}: give an entry for every row, "
            "empty where a row has no image"
        )


def _image_starts(
    is_image_R: np.ndarray, grids: Sequence[GridTHW], vision: VisionConfig, row: int
) -> list[int]:
    """Place of each image's first token among the real tokens of a row."""
    for number, grid in enumerate(grids):
        merge = vision.spatial_merge_size
        if grid[0] != 1 or min(grid) < 1 or grid[1] % merge or grid[2] % merge:
            raise ValueError(
                f"row {row}: the grid of image {number} is {grid}; it has to be (1, rows, columns) "
                f"with positive multiples of {merge}"
            )
    places = np.flatnonzero(is_image_R)
    counts = [num_tokens(grid, vision) for grid in grids]
    if len(places) != sum(counts):
        raise ValueError(
            f"row {row} has {len(places)} image placeholders, and its {len(grids)} images take "
            f"{sum(counts)} ({' + '.join(map(str, counts)) or 'none'}): give the images that the "
            "text names, in order, each placeholder repeated once a token"
        )
    starts = []
    for number, (count, end) in enumerate(zip(counts, np.cumsum(counts), strict=True)):
        mine = places[end - count : end]
        if mine[-1] - mine[0] != count - 1:
            raise ValueError(
                f"row {row}: the {count} placeholders of image {number} do not adjoin; text stands "
                "between them, so placeholders and images do not belong together"
            )
        starts.append(int(mine[0]))
    return starts


def _positions_of_row(
    length: int, starts: list[int], grids: Sequence[GridTHW], vision: VisionConfig
) -> tuple[np.ndarray, int]:
    """(int32[3, length], next position) of a row without padding."""
    merge = vision.spatial_merge_size
    positions = np.zeros((3, length), np.int32)
    done, counter = 0, 0
    for start, (_, height, width) in zip(starts, grids, strict=True):
        positions[:, done:start] = counter + np.arange(start - done)
        counter += start - done
        rows, columns = np.indices((height // merge, width // merge)).reshape(2, -1)
        done = start + len(rows)
        positions[:, start:done] = counter
        positions[1, start:done] += rows
        positions[2, start:done] += columns
        counter += max(height, width) // merge
    positions[:, done:] = counter + np.arange(length - done)
    return positions, counter + length - done


def _check_images(
    images: Sequence[EncodedImage],
    vision: VisionConfig,
    row: int,
    num_images: int,
    num_patches: int,
) -> None:
    if len(images) > num_images:
        raise ValueError(
            f"row {row} has {len(images)} images and there is room for num_images = {num_images}: "
            "raise it, or give fewer images"
        )
    for number, image in enumerate(images):
        count = image.grid[0] * image.grid[1] * image.grid[2]
        if image.patches_PC.shape != (count, vision.patch_values):
            raise ValueError(
                f"row {row}, image {number}: patches_PC has shape {image.patches_PC.shape}, and "
                f"its grid {image.grid} and the model's patches ask for "
                f"{(count, vision.patch_values)}; encode it with this model's settings"
            )
        if count > num_patches:
            raise ValueError(
                f"row {row}, image {number} has {count} patches and there is room for num_patches "
                f"= {num_patches}: raise it, or encode the image with a smaller max_pixels"
            )


def _slots_of_row(
    grids: Sequence[GridTHW], vision: VisionConfig, num_patches: int
) -> Int32[np.ndarray, " R"]:
    """Feature of each placeholder of a row, in order."""
    per_image = num_patches // vision.patches_per_token
    parts = [
        number * per_image + np.arange(num_tokens(grid, vision))
        for number, grid in enumerate(grids)
    ]
    return np.concatenate([*parts, np.zeros(0)]).astype(np.int32)


@functools.lru_cache(maxsize=256)
def _grid_tables(
    size: tuple[int, int], vision: VisionConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(place int32[2, P], taps int32[4, P], weights float32[4, P]) of a grid of rows x columns.

    The table's corners lie on the image's corners (align_corners).
    """
    merge, side = vision.spatial_merge_size, vision.table_side
    blocks = np.indices(size).reshape(2, size[0] // merge, merge, size[1] // merge, merge)
    place_2P = blocks.transpose(0, 1, 3, 2, 4).reshape(2, -1).astype(np.int32)
    taps, weights = [], []
    for index_P, count in zip(place_2P, size, strict=True):
        source_P = index_P.astype(np.float32) * np.float32(side - 1) / np.float32(max(count - 1, 1))
        below_P = np.floor(source_P)
        corners_2P = np.stack([below_P, below_P + 1])
        taps.append(np.clip(corners_2P, 0, side - 1).astype(np.int32))
        weights.append(1 - np.abs(source_P - corners_2P))
    taps_4P = (taps[0][:, None] * side + taps[1][None]).reshape(4, -1)
    weights_4P = (weights[0][:, None] * weights[1][None]).reshape(4, -1).astype(np.float32)
    return place_2P, taps_4P, weights_4P
