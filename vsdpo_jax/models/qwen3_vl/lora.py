"""Training less than everything: low-rank adapters, and parts that stay as they are.

LoRA (arXiv:2106.09685): a matrix W [in, out] is used as W + alpha / r * A B, with A [in, r] and
B [r, out] trained and W frozen. An adapter tree has the nesting of the parameter tree; beside
where ``q_proj`` [L, in, out] would be, it holds ``q_proj_lora_a`` [L, in, r] and
``q_proj_lora_b`` [L, r, out], float32.

``attach`` puts the adapters beside their matrices, where the text tower adds (x A) B to x W: no
merged copy of any matrix is ever made, and a forward costs r * (in + out) / (in * out) more, 1 to
3 percent at r = 32. ``merge`` is the same model in plain matrices, for export; it makes a new copy
of every targeted matrix (of 8B's seven: 12.9 GiB in bfloat16) and float32 values of one layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from vsdpo_jax.models.qwen3_vl.names import flatten, unflatten

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
PROJECTIONS = (*ATTENTION, "gate_proj", "up_proj", "down_proj")
"""What adapters can stand beside: the matrices of the text tower's layers."""

PARTS: dict[str, tuple[str, ...]] = {
    "vision": ("visual",),
    "embeddings": ("embed_tokens", "lm_head"),
}
"""What can be frozen -> the keys at the root of the tree that it stands for."""

_A, _B = "_lora_a", "_lora_b"


@dataclass(frozen=True, kw_only=True)
class LoraSettings:
    """Attributes:
    rank: r, 1 or more.
    alpha: the product is scaled by alpha / r.
    targets: which of PROJECTIONS.
    """

    rank: int
    alpha: float
    targets: tuple[str, ...] = PROJECTIONS

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"lora rank is {self.rank}: use 1 or more")
        if not 0 < self.alpha < math.inf:
            raise ValueError(f"lora alpha is {self.alpha}: use a finite number above 0")
        unknown = [target for target in self.targets if target not in PROJECTIONS]
        if unknown or not self.targets:
            raise ValueError(
                f"lora targets are {list(self.targets)}: use one or more of "
                f"{', '.join(PROJECTIONS)}"
            )

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


def init(key: jax.Array, params: Any, settings: LoraSettings) -> dict[str, Any]:
    """Fresh adapters: A ~ N(0, 1 / in), B = 0, so that the model is the one without them.

    Args:
      key: for A.
      params: the whole tree, or its shapes.
      settings: rank and targets.

    Raises:
      ValueError: a target that the model does not have; a rank above a matrix's smaller side.
    """
    flat: dict[tuple[str, ...], Any] = {}
    targets = {path: leaf for path, leaf in flatten(params).items() if path[-1] in settings.targets}
    absent = [name for name in settings.targets if name not in {path[-1] for path in targets}]
    if absent:
        there = [name for name in PROJECTIONS if name in {path[-1] for path in flatten(params)}]
        raise ValueError(
            f"lora targets {absent} are no matrices of this model (experts have no adapters): use "
            f"{', '.join(there)}"
        )
    for part_key, (path, leaf) in zip(
        jax.random.split(key, len(targets)), sorted(targets.items()), strict=True
    ):
        *layers, inputs, outputs = leaf.shape
        if settings.rank > min(inputs, outputs):
            raise ValueError(
                f"lora rank is {settings.rank}: {'/'.join(path)} is {inputs} x {outputs}; use "
                f"{min(inputs, outputs)} or less"
            )
        a = jax.random.normal(part_key, (*layers, inputs, settings.rank)) * inputs**-0.5
        flat[_sibling(path, _A)] = a
        flat[_sibling(path, _B)] = jnp.zeros((*layers, settings.rank, outputs))
    return unflatten(flat)


def attach(params: Any, lora: Any, settings: LoraSettings) -> dict[str, Any]:
    """The tree that the model runs on: adapters beside their matrices, B scaled by alpha / r.

    Differentiable in ``lora``; called inside the jitted function, it costs one copy of the Bs.
    """
    flat = {
        path: leaf * settings.scale if path[-1].endswith(_B) else leaf
        for path, leaf in flatten(lora).items()
    }
    return combine(unflatten(flat), params)


def merge(params: Any, lora: Any, settings: LoraSettings) -> dict[str, Any]:
    """Parameters without adapters that are the same model: W + alpha / r * A B.

    Computed in float32, layer by layer, and cast back to the type of W.

    Raises:
      ValueError: adapters whose matrix is not in ``params``, or of other sizes.
    """
    flat, adapters = flatten(params), flatten(lora)
    for target, (a, b) in pairs(flat, adapters).items():
        flat[target] = merged(flat[target], a, b, settings)
    return unflatten(flat)


def pairs(
    params: Mapping[tuple[str, ...], Any], lora: Mapping[tuple[str, ...], Any]
) -> dict[tuple[str, ...], tuple[Any, Any]]:
    """Path of a matrix -> its A and B, of flat trees whose leaves have shapes.

    Raises:
      ValueError: adapters whose matrix is not in ``params``, or of other sizes.
    """
    found = {}
    for path, a in lora.items():
        if not path[-1].endswith(_A):
            continue
        target = (*path[:-1], path[-1].removesuffix(_A))
        b, matrix = lora.get(_sibling(target, _B)), params.get(target)
        if b is None or matrix is None or (*a.shape[:-1], b.shape[-1]) != tuple(matrix.shape):
            raise ValueError(
                f"adapter {'/'.join(target)}: A {list(a.shape)}, "
                f"B {None if b is None else list(b.shape)} and W "
                f"{None if matrix is None else list(matrix.shape)} do not make W + A B"
            )
        found[target] = a, b
    return found


def merged(matrix: Any, a: Any, b: Any, settings: LoraSettings) -> jax.Array:
    """W + alpha / r * A B of all layers, in float32 and layer by layer, in the type of W."""

    def one_layer(parts: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
        w_IO, a_IR, b_RO = (part.astype(jnp.float32) for part in parts)
        product_IO = jnp.matmul(a_IR, b_RO, precision=jax.lax.Precision.HIGHEST)
        return (w_IO + settings.scale * product_IO).astype(matrix.dtype)

    return jax.lax.map(one_layer, (jnp.asarray(matrix), jnp.asarray(a), jnp.asarray(b)))


def is_adapter(path: Sequence[str]) -> bool:
    """Whether a path of a parameter tree names an adapter's matrix."""
    return path[-1].endswith((_A, _B))


def partition(params: Any, freeze: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(trainable, frozen): two trees whose leaves are those of ``params``.

    Gradients and optimizer states are made for the first alone; ``combine`` undoes it. A part that
    the model does not have freezes nothing.

    Args:
      params: the whole tree, or its shapes.
      freeze: names of PARTS. "embeddings" are the tables at both ends, tied or not.

    Raises:
      ValueError: an unknown part.
    """
    unknown = [part for part in freeze if part not in PARTS]
    if unknown:
        raise ValueError(f"cannot freeze {unknown}: use {', '.join(PARTS)}")
    roots = {root for part in freeze for root in PARTS[part]}
    return (
        {key: value for key, value in params.items() if key not in roots},
        {key: value for key, value in params.items() if key in roots},
    )


def combine(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """One tree with the leaves of both.

    Raises:
      ValueError: a leaf that both have.
    """
    flat, more = flatten(one), flatten(other)
    twice = sorted("/".join(path) for path in flat.keys() & more.keys())
    if twice:
        raise ValueError(f"both trees hold {', '.join(twice)}")
    return unflatten(flat | more)


def _sibling(path: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    return (*path[:-1], path[-1] + suffix)
