"""Weights in Hugging Face format: CLIPModel's or CLIPVisionModelWithProjection's safetensors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import safe_open

from vsdpo_jax.models.clip.tower import ClipConfig, Tower

REPOSITORY = "openai/clip-vit-base-patch32"
_TOWER = "vision_model."


class WeightsMismatch(ValueError):
    """A file holds no tower of these sizes. The message names the tensor."""


def find_weights(place: str) -> Path:
    """The file of weights of ViT-B/32. Nothing is downloaded.

    Args:
      place: a folder with model.safetensors; "hub": the hub's cache.

    Raises:
      FileNotFoundError: there is none; the message says what to do.
    """
    if place != "hub":
        found = Path(place, "model.safetensors")
        if not found.is_file():
            raise FileNotFoundError(f"there is no {found}; name the folder of {REPOSITORY}")
        return found
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(REPOSITORY, "model.safetensors")
    if not isinstance(cached, str):
        raise FileNotFoundError(
            f"the hub's cache holds no weights of CLIP: hf download {REPOSITORY} model.safetensors"
        )
    return Path(cached)


def load(path: Path, config: ClipConfig | None = None) -> dict[str, Any]:
    """The parameters of a tower, float32.

    Args:
      path: a safetensors file; what it holds of a text tower is passed over.
      config: sizes; None: ViT-B/32.

    Raises:
      WeightsMismatch: a tensor is missing or has another shape.
    """
    config = config or ClipConfig()
    shape = (1, config.side, config.side, 3)
    expected = jax.eval_shape(Tower(config).init, jax.random.key(0), np.zeros(shape, np.float32))
    params: dict[str, Any] = {}
    with safe_open(str(path), framework="numpy") as file:
        there = set(file.keys())
        for place, name in _names(config):
            if name not in there:
                raise WeightsMismatch(f"{path}: there is no tensor {name!r}")
            value = _turned(place, file.get_tensor(name).astype(np.float32))
            leaf = expected["params"]
            into = params
            for key in place[:-1]:
                leaf, into = leaf[key], into.setdefault(key, {})
            wanted = leaf[place[-1]].shape
            if value.shape != wanted:
                raise WeightsMismatch(
                    f"{path}: {name!r} has the shape {value.shape} where {wanted} is needed"
                )
            into[place[-1]] = value
    return params


def _turned(place: tuple[str, ...], value: np.ndarray) -> np.ndarray:
    """As Flax has it: inputs before outputs, channels last."""
    if place[-1] != "kernel":
        return value
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


def _names(config: ClipConfig) -> Iterator[tuple[tuple[str, ...], str]]:
    """Place in the tree, and name in the file, of every parameter."""
    yield ("class_embedding",), f"{_TOWER}embeddings.class_embedding"
    yield ("positions",), f"{_TOWER}embeddings.position_embedding.weight"
    yield ("patches", "kernel"), f"{_TOWER}embeddings.patch_embedding.weight"
    yield ("projection", "kernel"), "visual_projection.weight"
    norms = [("pre_norm", f"{_TOWER}pre_layrnorm"), ("post_norm", f"{_TOWER}post_layernorm")]
    for number in range(config.layers):
        ours, theirs = f"layer_{number}", f"{_TOWER}encoder.layers.{number}"
        norms += [(f"{ours}/{name}", f"{theirs}.{name}") for name in ("layer_norm1", "layer_norm2")]
        for room, parts in (
            ("self_attn", ("q_proj", "k_proj", "v_proj", "out_proj")),
            ("mlp", ("fc1", "fc2")),
        ):
            for part in parts:
                yield (ours, part, "kernel"), f"{theirs}.{room}.{part}.weight"
                yield (ours, part, "bias"), f"{theirs}.{room}.{part}.bias"
    for ours, theirs in norms:
        yield (*ours.split("/"), "scale"), f"{theirs}.weight"
        yield (*ours.split("/"), "bias"), f"{theirs}.bias"
