"""Which tensor of a file is which part of the parameter tree. TABLE is the whole correspondence.

Files hold one tensor per layer and matrices as [out, in]; the tree holds all layers in one array
and matrices as [in, out].
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import jax
import numpy as np

from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig

Layout = Literal["same", "transposed", "patches", "halves"]
"""How a tensor of a file becomes one of the tree: as it is; [out, in] -> [in, out]; a convolution
[E, C, T, p, p] whose stride is its size -> the matrix [C*T*p*p, E] of flattened patches; gate and
up side by side, [..., 2 I] -> [..., 2, I]."""

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
    yield "layers/mlp/router", f"{layer}mlp.gate.weight", "transposed"
    yield "layers/mlp/gate_up", f"{layer}mlp.experts.gate_up_proj", "halves"  # [E, in, 2 out]
    yield "layers/mlp/down", f"{layer}mlp.experts.down_proj", "same"  # [E, in, out]


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

_TOWERS = ("language_model.", "visual.")
_EXPERTS = ("layers/mlp/gate_up", "layers/mlp/down")


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One array of the tree, and the tensors of files that make it up.

    Attributes:
      path: keys from the root of the tree.
      shape: in the tree; layers are axis 0 where ``is_stacked``.
      names: of its tensors in files, one per layer.
      file_shape: of each of these tensors.
      layout: how they turn into parts of the array.
      is_swapped: these files hold the last two axes in the other order, see ``as_stored``.
    """

    path: tuple[str, ...]
    shape: tuple[int, ...]
    names: tuple[str, ...]
    file_shape: tuple[int, ...]
    is_stacked: bool
    layout: Layout
    is_swapped: bool = False

    def file_slices(self, part: Slices) -> Slices:
        """The smallest box of a file's tensor that holds the box ``part`` of one layer."""
        box = self._slices(part)
        return (*box[:-2], box[-1], box[-2]) if self.is_swapped else box

    def _slices(self, part: Slices) -> Slices:
        if self.layout == "transposed":
            return part[::-1]
        if self.layout == "halves":
            *outer, halves, units = part
            first, last = (half * self.shape[-1] for half in (halves.start, halves.stop - 1))
            return (*outer, slice(first + units.start, last + units.stop))
        return part[1:] if self.layout == "patches" else part

    def from_file(self, tensor: np.ndarray, part: Slices) -> np.ndarray:
        """The box ``part`` of one layer, from the box that ``file_slices`` names."""
        if self.is_swapped:
            tensor = np.swapaxes(tensor, -1, -2)
        if self.layout == "patches":
            return tensor.reshape(tensor.shape[0], -1).T[part[0]]
        if self.layout == "halves":
            halves, units = part[-2:]
            width, size = units.stop - units.start, self.shape[-1]
            starts = (half * size for half in range(halves.stop - halves.start))
            return np.stack([tensor[..., start : start + width] for start in starts], axis=-2)
        return tensor.T if self.layout == "transposed" else tensor

    def to_file(self, layer: np.ndarray) -> np.ndarray:
        """One whole layer as files hold it; the inverse of ``from_file``."""
        if self.is_swapped:
            whole = replace(self, is_swapped=False, file_shape=_swapped(self.file_shape))
            return np.swapaxes(whole.to_file(layer), -1, -2)
        if self.layout == "same":
            return layer
        if self.layout == "halves":
            return layer.reshape(self.file_shape)
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
        file_shape = _file_shape(shape[1:] if is_stacked else shape, layout, config)
        found.append(
            Leaf(
                path=path,
                shape=shape,
                names=tuple(name.format(n) for n in range(shape[0])) if is_stacked else (name,),
                file_shape=file_shape,
                is_stacked=is_stacked,
                layout=layout,
                # Of a square, transformers 5 cannot tell which order it is, and takes its own.
                is_swapped=place in _EXPERTS and file_shape == _swapped(file_shape),
            )
        )
    if shape_of:
        raise AssertionError(f"no name in files for {['/'.join(path) for path in shape_of]}")
    return tuple(found)


def as_stored(
    leaves: tuple[Leaf, ...], shape_of: Callable[[str], tuple[int, ...] | None]
) -> tuple[Leaf, ...]:
    """``leaves``, with the order of axes in which these files hold experts.

    Published files hold experts as [E, in, out]. What transformers 5 writes of a model that it did
    not read from such files is [E, out, in]; it tells them apart by their shape, as this does.

    Args:
      leaves: of the model.
      shape_of: name -> shape of the tensor in the files, None where there is none.
    """

    def fit(leaf: Leaf) -> Leaf:
        swapped = _swapped(leaf.file_shape)
        if "/".join(leaf.path) not in _EXPERTS or leaf.is_swapped:
            return leaf
        if any(shape_of(name) != swapped for name in leaf.names):
            return leaf
        return replace(leaf, file_shape=swapped, is_swapped=True)

    return tuple(fit(leaf) for leaf in leaves)


def canonical(name: str) -> str:
    """A tensor's name as published files have it; the base class saves it without "model."."""
    return f"model.{name}" if name.startswith(_TOWERS) else name


def is_ignored(name: str) -> bool:
    """What is computed and not learnt; old files store it all the same."""
    return name.endswith("rotary_emb.inv_freq")


def is_of_model(name: str) -> bool:
    """Whether a tensor of this (canonical) name would be a part of the model, and no extra head."""
    return name.startswith(("model.", "lm_head."))


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


def _swapped(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*shape[:-2], *shape[:-3:-1])


def _file_shape(shape: tuple[int, ...], layout: Layout, config: Qwen3VLConfig) -> tuple[int, ...]:
    if layout == "patches":
        vision = config.vision
        assert vision is not None
        patch = (vision.in_channels, vision.temporal_patch_size) + 2 * (vision.patch_size,)
        assert math.prod(patch) == shape[0]
        return (shape[1], *patch)
    if layout == "halves":
        return (*shape[:-2], 2 * shape[-1])
    return shape[::-1] if layout == "transposed" else shape
