"""A small Qwen3-VL in the reference implementation and in ours, and how they are compared."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file, save_file

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, VisionInputs, weights
from vsdpo_jax.models.qwen3_vl.geometry import EncodedImage, vision_inputs

ROWS, LENGTH = 3, 19

TINY: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "image_token_id": 1021,
    "video_token_id": 1022,
    "vision_start_token_id": 1018,
    "vision_end_token_id": 1019,
    "tie_word_embeddings": True,
    "text_config": {
        "model_type": "qwen3_vl_text",
        "vocab_size": 1024,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6,
        "rope_theta": 5e6,
        "rope_scaling": {
            "rope_type": "default",
            "mrope_interleaved": True,
            "mrope_section": [6, 5, 5],
        },
    },
    "vision_config": {
        "model_type": "qwen3_vl",
        "depth": 3,
        "hidden_size": 32,
        "hidden_act": "gelu_pytorch_tanh",
        "in_channels": 3,
        "intermediate_size": 48,
        "num_heads": 2,
        "num_position_embeddings": 64,
        "out_hidden_size": 64,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "deepstack_visual_indexes": [0, 2],
    },
}


def with_experts(config: dict[str, Any]) -> dict[str, Any]:
    """The same sizes with a mixture of experts in every layer."""
    config = copy.deepcopy(config) | {
        "model_type": "qwen3_vl_moe",
        "architectures": ["Qwen3VLMoeForConditionalGeneration"],
    }
    config["text_config"] |= {
        "model_type": "qwen3_vl_moe_text",
        "num_experts": 6,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 24,
    }
    config["vision_config"]["model_type"] = "qwen3_vl_moe"
    return config


def make_reference(*, tied: bool, has_experts: bool = False) -> Any:
    """A torch model with every weight random: norms of ones would hide a forgotten scale."""
    import torch
    import transformers

    torch.manual_seed(0)
    family = "Qwen3VLMoe" if has_experts else "Qwen3VL"
    sizes = with_experts(TINY) if has_experts else copy.deepcopy(TINY)  # it writes into them
    config = getattr(transformers, f"{family}Config")(**(sizes | {"tie_word_embeddings": tied}))
    model = getattr(transformers, f"{family}ForConditionalGeneration")(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_norm = "norm" in name and name.endswith("weight")
            scale = 0.2 if is_norm else 1.0 if name.endswith("mlp.gate.weight") else 0.1
            weight.copy_(torch.randn_like(weight) * scale + float(is_norm))
    return model


def ours(
    params: Any,
    config: Qwen3VLConfig,
    tokens_BS: Any,
    mask_BS: Any,
    vision: VisionInputs | None = None,
) -> np.ndarray:
    """Logits of all tokens."""
    return np.asarray(logits(params, config, jnp.asarray(tokens_BS), jnp.asarray(mask_BS), vision))


@partial(jax.jit, static_argnums=1)
def logits(
    params: Any, config: Qwen3VLConfig, tokens_BS: Any, mask_BS: Any, vision: VisionInputs | None
) -> jax.Array:
    hidden_BSD = qwen3_vl.hidden_fn(config)(params, tokens_BS, mask_BS, vision)
    return hidden_BSD @ qwen3_vl.head_VD(params, config).T


def theirs(model: Any, tokens_BS: np.ndarray, mask_BS: np.ndarray, **more: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        out = model(
            input_ids=torch.tensor(tokens_BS), attention_mask=torch.tensor(mask_BS).long(), **more
        )
    return out.logits.numpy()


def relative_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def random_tokens(rng: np.random.Generator, rows: int = ROWS, length: int = LENGTH) -> np.ndarray:
    return rng.integers(0, 1000, (rows, length))


Images = list[list[EncodedImage]]


def random_image(rng: np.random.Generator, rows: int, columns: int) -> EncodedImage:
    """Noise in place of pixels; the grid is in patches."""
    patches_PC = rng.normal(size=(rows * columns, 3 * 2 * 16 * 16)).astype(np.float32)
    return EncodedImage(patches_PC=patches_PC, grid=(1, rows, columns))


def illustrated(
    rng: np.random.Generator, grids: Sequence[Sequence[tuple[int, int]]], side: str = "left"
) -> tuple[np.ndarray, np.ndarray, Images]:
    """(tokens_BS, mask_BS, images): a row of text for each entry, with images of these grids.

    Rows are padded on ``side`` with image placeholders: padding must not be read.
    """
    images = [[random_image(rng, *grid) for grid in row] for row in grids]
    texts = []
    for row in images:
        ids = list(rng.integers(0, 1000, 3))
        for image in row:
            count = len(image.patches_PC) // 4
            ids += [1018, *[TINY["image_token_id"]] * count, 1019, *rng.integers(0, 1000, 2)]
        texts.append([*ids, *rng.integers(0, 1000, 4)])
    length = max(map(len, texts)) + 2
    tokens_BS = np.full((len(texts), length), TINY["image_token_id"], np.int64)
    mask_BS = np.zeros((len(texts), length), bool)
    for row, ids in enumerate(texts):
        place = slice(length - len(ids), None) if side == "left" else slice(0, len(ids))
        tokens_BS[row, place], mask_BS[row, place] = ids, True
    return tokens_BS, mask_BS, images


def inputs_of(
    config: Qwen3VLConfig, tokens_BS: np.ndarray, mask_BS: np.ndarray, images: Images
) -> VisionInputs:
    """With places left over for images and patches."""
    return vision_inputs(tokens_BS, mask_BS, images, config, num_images=3, num_patches=32)


def their_inputs(
    tokens_BS: np.ndarray, mask_BS: np.ndarray, images: Images
) -> tuple[np.ndarray, dict[str, Any]]:
    """(tokens, keyword arguments) of the reference model, which counts placeholders in padding."""
    import torch

    flat = [image for row in images for image in row]
    tokens_BS = np.where(mask_BS, tokens_BS, 0)
    return tokens_BS, {
        "pixel_values": torch.tensor(np.concatenate([image.patches_PC for image in flat])),
        "image_grid_thw": torch.tensor([image.grid for image in flat]),
        "mm_token_type_ids": torch.tensor((tokens_BS == TINY["image_token_id"]).astype(np.int64)),
    }


def rewrite(folder: Path, **changes: np.ndarray | None) -> None:
    """Replace tensors of a model folder; None: take one out."""
    tensors = load_file(folder / weights.SINGLE_FILE) | changes
    kept = {name: value for name, value in tensors.items() if value is not None}
    save_file(kept, folder / weights.SINGLE_FILE, metadata={"format": "pt"})


def split(folder: Path) -> dict[str, str]:
    """Rewrites a folder's weights as two files; returns the index's map."""
    tensors = load_file(folder / weights.SINGLE_FILE)
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, chosen in parts.items():
        save_file({name: tensors[name] for name in chosen}, folder / file)
    (folder / weights.SINGLE_FILE).unlink()
    where = {name: file for file, chosen in parts.items() for name in chosen}
    (folder / weights.INDEX_FILE).write_text(json.dumps({"weight_map": where}))
    return where


def same_params(one: Any, other: Any) -> None:
    assert jax.tree.structure(one) == jax.tree.structure(other)
    jax.tree.map(np.testing.assert_array_equal, one, other)
