"""The mesh that a call runs on, for what XLA's partitioner cannot split by itself.

Kernels and sorts of tokens are split by hand (jax.shard_map) over the mesh of ``jax.set_mesh``,
along the axes that runtime/mesh.py names.
"""

from __future__ import annotations

import math

import jax
from jax.sharding import AbstractMesh

ROWS = ("data", "fsdp")
"""Axes over which rows of a batch are split."""
TENSOR = ("tensor",)
"""Axis over which heads and hidden units are split."""


def current_mesh() -> AbstractMesh | None:
    """The mesh of ``jax.set_mesh``; None where there is none, or one device."""
    mesh = jax.sharding.get_abstract_mesh()
    return None if mesh.empty or mesh.size == 1 else mesh


def dividing(mesh: AbstractMesh, axes: tuple[str, ...], size: int) -> tuple[str, ...] | None:
    """``axes`` where they split ``size`` evenly; None, for a PartitionSpec: whole."""
    return None if size % math.prod(mesh.shape[axis] for axis in axes) else axes
