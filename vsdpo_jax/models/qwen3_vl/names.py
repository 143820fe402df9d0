"""Which tensor of a file is which part of the parameter tree. TABLE is the whole correspondence.

Files hold one tensor per layer and matrices as [out, in]; the tree holds all layers in one array
and matrices as [in, out].
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig

Layout = Literal["same", "transposed", "patches"]
"""How a tensor of a file becomes one of the tree: as it is; [out, in] -> [in, out]; a convolution
[E, C, T, p, p] whose stride is its size -> the matrix [C*T*p*p, E] of flattened patches."""

Slices = tuple[slice, ...]


def _linear(ours: str, theirs: str) -> Iterator[tuple[str, str, Layout]]:
    yield f"{ours}/kernel", f"{theirs}.weight", "transposed"
    yield f"{ours}/bias", f"{theirs}.bias", "same"


def _layer_norm(ours: str, theirs: str) -> Iterator[tuple[str, str, Layout]]:
    yield f"{ours}/scale", f"{theirs}.weight", "same"
    yield f"{ours}/bias", f"{theirs}.bias", "same"


def _text() -> Iterator[tuple[str, str, Layout]]:
    yield "embed_tokens", "model.language_model.embed_tokens.weight", "same"
    yield "norm", "model.language_model.norm.weight", "same"
    yield "lm_head", "lm_head.weight", "transposed"
    layer = "model.language_model.layers.{}."
    for norm in ("input_layernorm", "post_attention_layernorm"):
        yield f"layers/{norm}", f"{layer}{norm}.weight", "same"
    for norm in ("q_norm", "k_norm"):
        yield f"layers/self_attn/{norm}", f"{layer}self_attn.{norm}.weight", "same"
    for part, projections in (
        ("self_attn", ("q_proj", "k_proj", "v_proj", "o_proj")),
        ("mlp", ("gate_proj", "up_proj", "down_proj")),
    ):
        for name in projections:
            yield f"layers/{part}/{name}", f"{layer}{part}.{name}.weight", "transposed"


def _vision() -> Iterator[tuple[str, str, Layout]]:
    yield "visual/patch_embed/kernel", "model.visual.patch_embed.proj.weight", "patches"
    yield "visual/patch_embed/bias", "model.visual.patch_embed.proj.bias", "same"
    yield "visual/pos_embed", "model.visual.pos_embed.weight", "same"
    block = "model.visual.blocks.{}."
    for norm in ("norm1", "norm2"):
        yield from _layer_norm(f"visual/blocks/{norm}", block + norm)
    for name in ("attn/qkv", "attn/proj", "mlp/linear_fc1", "mlp/linear_fc2"):
        yield from _linear(f"visual/blocks/{name}", block + name.replace("/", "."))
    for ours, theirs in (
        ("visual/merger", "model.visual.merger."),
        ("visual/deepstack_merger_list", "model.visual.deepstack_merger_list.{}."),
    ):
        yield from _layer_norm(f"{ours}/norm", theirs + "norm")
        for name in ("linear_fc1", "linear_fc2"):
            yield from _linear(f"{ours}/{name}", theirs + name)


TABLE: tuple[tuple[str, str, Layout], ...] = (*_text(), *_vision())
"""(path in the tree, name in files with {} for the number of the layer, layout)."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One array of the tree, and the tensors of files that make it up.

    Attributes:
      path: keys from the root of the tree.
      shape: in the tree; layers are axis 0 where ``is_stacked``.
      names: of its tensors in files, one per layer.
      file_shape: of each of these tensors.
      layout: how they turn into parts of the array.
    """

    path: tuple[str, ...]
    shape: tuple[int, ...]
    names: tuple[str, ...]
    file_shape: tuple[int, ...]
    is_stacked: bool
    layout: Layout

    def file_slices(self, part: Slices) -> Slices:
        """The smallest box of a file's tensor that holds the box ``part`` of one layer."""
        if self.layout == "transposed":
            return part[::-1]
        return part[1:] if self.layout == "patches" else part

    def from_file(self, tensor: np.ndarray, part: Slices) -> np.ndarray:
        """The box ``part`` of one layer, from the box that ``file_slices`` names."""
        if self.layout == "patches":
            return tensor.reshape(tensor.shape[0], -1).T[part[0]]
        return tensor.T if self.layout == "transposed" else tensor

    def to_file(self, layer: np.ndarray) -> np.ndarray:
        """One whole layer as files hold it; the inverse of ``from_file``."""
        if self.layout == "same":
            return layer
        return layer.T.reshape(self.file_shape)


@functools.lru_cache(maxsize=8)
def leaves(config: Qwen3VLConfig) -> tuple[Leaf, ...]:
    """What the model of ``config`` consists of, in the order of TABLE."""
    shape_of = {path: leaf.shape for path, leaf in flatten(shapes(config)).items()}
    found = []
    for place, name, layout in TABLE:
        path = tuple(place.split("/"))
        shape = shape_of.pop(path, None)
        if shape is None:  # the head of a tied model, the vision tower of a text model
            continue
        is_stacked = "{}" in name
        found.append(
            Leaf(
                path=path,
                shape=shape,
                names=tuple(name.format(n) for n in range(shape[0])) if is_stacked else (name,),
                file_shape=_file_shape(shape[1:] if is_stacked else shape, layout, config),
                is_stacked=is_stacked,
                layout=layout,
            )
        )
    if shape_of:
        raise AssertionError(f"no name in files for {['/'.join(path) for path in shape_of]}")
    return tuple(found)


def shapes(config: Qwen3VLConfig) -> dict[str, Any]:
    """The tree of ``config`` with jax.ShapeDtypeStruct for leaves; allocates nothing."""
    # Imported here because the package's functions are defined in terms of the modules below it.
    from vsdpo_jax.models import qwen3_vl

    return jax.eval_shape(lambda key: qwen3_vl.init(key, config), jax.random.key(0))


def flatten(tree: Any) -> dict[tuple[str, ...], Any]:
    """Path of keys -> leaf, of a nested dict."""
    return {
        tuple(str(key.key) for key in path): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
    }


def unflatten(flat: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    """The inverse of ``flatten``."""
    root: dict[str, Any] = {}
    for path, leaf in flat.items():
        tree = root
        for key in path[:-1]:
            tree = tree.setdefault(key, {})
        tree[path[-1]] = leaf
    return root


def _file_shape(shape: tuple[int, ...], layout: Layout, config: Qwen3VLConfig) -> tuple[int, ...]:
    if layout == "patches":
        vision = config.vision
        assert vision is not None
        patch = (vision.in_channels, vision.temporal_patch_size) + 2 * (vision.patch_size,)
        assert math.prod(patch) == shape[0]
        return (shape[1], *patch)
    return shape[::-1] if layout == "transposed" else shape
