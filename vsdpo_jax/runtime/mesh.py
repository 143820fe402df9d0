"""Devices: the mesh, and what lies where on it.

Axes: ``data`` (batch), ``fsdp`` (batch and parameters), ``tensor`` (heads, hidden units and
vocabulary). ``jax.jit`` over NamedSharding does the rest. The axes are of type Auto: the default
of ``jax.make_mesh``, Explicit, refuses the gather of an embedding whose rows are sharded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

AXES = ("data", "fsdp", "tensor")

Rules = Sequence[tuple[str, tuple[str | None, ...]]]
"""(regular expression found in a parameter's path, mesh axes over which its TRAILING axes are
split, None for whole ones); the first that fits counts. Leading axes, such as the one that stacks
layers, are whole."""

# The hidden units between two matrices lie on ``tensor``, so that only the second one's sum
# crosses devices. Adapters A [in, r] and B [r, out] are split as their matrix is; r is too small.
QWEN3_VL_RULES: Rules = (
    (r"norm$|norm\d?/(scale|bias)$", ()),
    (r"embed_tokens$", ("tensor", "fsdp")),  # [V, D]
    (r"lm_head$", ("fsdp", "tensor")),  # [D, V]
    (r"(o|down)_proj$", ("tensor", "fsdp")),  # [in, D]
    (r"(q|k|v|gate|up)_proj$", ("fsdp", "tensor")),  # [D, out]
    (r"mlp/router$", ()),  # [D, E]
    (r"mlp/gate_up$", ("fsdp", None, "tensor")),  # [E, D, 2, I]
    (r"mlp/down$", ("tensor", "fsdp")),  # [E, I, D]
    (r"(o|down)_proj_lora_a$", ("tensor", None)),
    (r"(o|down)_proj_lora_b$", (None, "fsdp")),
    (r"(q|k|v|gate|up)_proj_lora_a$", ("fsdp", None)),
    (r"(q|k|v|gate|up)_proj_lora_b$", (None, "tensor")),
    (r"visual/(patch_embed/kernel|pos_embed)$", (None, "fsdp")),  # [patch or place, E]
    (r"visual/.*(qkv|linear_fc1)/kernel$", ("fsdp", "tensor")),
    (r"visual/.*(proj|linear_fc2)/kernel$", ("tensor", "fsdp")),
    (r"visual/.*bias$", ()),
)


def make_mesh(
    data: int = -1, fsdp: int = 1, tensor: int = 1, devices: Sequence[Any] | None = None
) -> Mesh:
    """The mesh of a run.

    Args:
      data, fsdp, tensor: devices along each axis; one of them may be -1: all that remain.
      devices: which ones; None: all.

    Raises:
      ValueError: the axes do not multiply to the number of devices.
    """
    devices = jax.devices() if devices is None else list(devices)
    sizes = {"data": data, "fsdp": fsdp, "tensor": tensor}
    for axis, size in sizes.items():
        if size != -1 and size < 1:
            raise ValueError(f"mesh.{axis} = {size}: use 1 or more, or -1 for all that remain")
    free = [axis for axis, size in sizes.items() if size == -1]
    if len(free) > 1:
        raise ValueError(f"mesh.{free[0]} and mesh.{free[1]} are both -1: only one can be")
    fixed = math.prod(size for size in sizes.values() if size != -1)
    if free and len(devices) % fixed == 0:
        sizes[free[0]] = len(devices) // fixed
    if math.prod(sizes.values()) != len(devices):
        asked = ", ".join(f"mesh.{axis} = {size}" for axis, size in sizes.items())
        raise ValueError(
            f"{asked} does not make {len(devices)} devices: use sizes whose product is "
            f"{len(devices)}, or -1 for one of them"
        )
    return jax.make_mesh(
        tuple(sizes.values()), AXES, axis_types=(AxisType.Auto,) * len(AXES), devices=devices
    )


def meet(mesh: Mesh) -> None:
    """One small sum along each set of axes, for processes that have just waited for each other.

    Connections are made by the first collective that needs them, and not for long waited for: on
    CPU 30 s, while compiling what comes first may take one process a minute more than another.

    Raises:
      RuntimeError: the devices cannot reach each other.
    """
    for axes in (*((axis,) for axis in AXES), ("data", "fsdp"), AXES):
        count = math.prod(mesh.shape[axis] for axis in axes)
        if count == 1:
            continue
        ones = put(np.ones(count, np.int32), NamedSharding(mesh, PartitionSpec(axes)))
        total = int(jax.jit(jnp.sum, out_shardings=replicated(mesh))(ones))
        if total != count:
            raise RuntimeError(f"a sum over mesh axes {axes} of {count} ones gave {total}")


def replicated(mesh: Mesh) -> NamedSharding:
    """The same on every device."""
    return NamedSharding(mesh, PartitionSpec())


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """Axis 0 over ``data`` and ``fsdp``."""
    return NamedSharding(mesh, PartitionSpec(("data", "fsdp")))


def put(tree: Any, shardings: Any) -> Any:
    """Arrays that this process holds whole, on the mesh, also where it spans other processes.

    Every process gives the same values, and nobody checks that: ``jax.device_put`` would send them
    around to compare them.

    Args:
      tree: pytree of arrays.
      shardings: of every leaf, or one for all.
    """
    if jax.process_count() == 1:
        return jax.device_put(tree, shardings)

    def place(leaf: Any, sharding: Any) -> jax.Array:
        if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            data = place(jax.random.key_data(leaf), sharding)
            return jax.random.wrap_key_data(data, impl=jax.random.key_impl(leaf))
        whole = np.asarray(leaf)
        return jax.make_array_from_callback(whole.shape, sharding, lambda index: whole[index])

    if isinstance(shardings, NamedSharding):
        return jax.tree.map(lambda leaf: place(leaf, shardings), tree)
    return jax.tree.map(place, tree, shardings)


def own_rows(mesh: Mesh, rows: int) -> np.ndarray:
    """The rows of a batch that lie on this process's devices, ascending; all of them where it is
    alone.

    Raises:
      ValueError: the rows cannot be split evenly, or several processes share some.
    """
    ways = mesh.shape["data"] * mesh.shape["fsdp"]
    if rows % ways:
        raise ValueError(f"{rows} rows cannot be shared by mesh.data x mesh.fsdp = {ways} devices")
    owners = np.full(rows, -1)
    for device, (span,) in batch_sharding(mesh).devices_indices_map((rows,)).items():
        here = owners[span]
        if np.any((here != -1) & (here != device.process_index)):
            raise ValueError(
                f"mesh.tensor = {mesh.shape['tensor']}: it would span several hosts; use a divisor "
                f"of the {len(mesh.local_devices)} devices of one"
            )
        owners[span] = device.process_index
    return np.flatnonzero(owners == jax.process_index())


def shard_batch(batch: Any, mesh: Mesh) -> Any:
    """Put a pytree of arrays [B, ...] on the mesh, sequences split over ``data`` and ``fsdp``.

    Of several processes each gives the rows of ``own_rows``, and nobody holds all of them.

    Raises:
      ValueError: an array's B cannot be split evenly.
    """
    sharding, count = batch_sharding(mesh), jax.process_count()
    ways = mesh.shape["data"] * mesh.shape["fsdp"]
    for path, leaf in jax.tree.leaves_with_path(batch):
        if not leaf.shape or count * leaf.shape[0] % ways:
            raise ValueError(
                f"batch{jax.tree_util.keystr(path)} has shape {leaf.shape}: its first axis cannot "
                f"be split over mesh.data x mesh.fsdp = {ways} devices; use a multiple of {ways} "
                "rollouts per step, or a smaller mesh"
            )
    if count == 1:
        return jax.device_put(batch, sharding)

    def place(leaf: Any) -> jax.Array:
        shape = (count * leaf.shape[0], *leaf.shape[1:])
        rows = own_rows(mesh, shape[0])

        def shard(index: Any) -> np.ndarray:
            first = int(np.searchsorted(rows, index[0].start or 0))
            return leaf[first : first + shape[0] // ways]

        return jax.make_array_from_callback(shape, sharding, shard)

    return jax.tree.map(place, batch)


def param_shardings(params: Any, mesh: Mesh, rules: Rules = QWEN3_VL_RULES) -> Any:
    """The sharding of every parameter.

    Args:
      params: pytree of arrays, or of shapes (jax.eval_shape).
      mesh: from make_mesh.
      rules: see Rules.

    Returns:
      A pytree of NamedSharding, of the structure of ``params``.

    Raises:
      ValueError: a parameter that no rule names, or that cannot be split evenly.
    """

    def sharding(path: Any, leaf: Any) -> NamedSharding:
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        spec = _trailing(name, leaf.shape, _first_match(name, rules))
        for axis, mesh_axis in enumerate(spec):
            if mesh_axis is not None and leaf.shape[axis] % mesh.shape[mesh_axis]:
                raise ValueError(
                    f"parameter {name} has shape {leaf.shape}: axis {axis} cannot be split over "
                    f"mesh.{mesh_axis} = {mesh.shape[mesh_axis]} devices; use a divisor of "
                    f"{leaf.shape[axis]}"
                )
        return NamedSharding(mesh, spec)

    return jax.tree.map_with_path(sharding, params)


def shard_params(params: Any, mesh: Mesh, rules: Rules = QWEN3_VL_RULES) -> Any:
    """Put parameters on the mesh as ``param_shardings`` says; raises as it does."""
    return put(params, param_shardings(params, mesh, rules))


def _first_match(name: str, rules: Rules) -> tuple[str | None, ...]:
    for pattern, axes in rules:
        if re.search(pattern, name):
            return axes
    raise ValueError(f"parameter {name}: no sharding rule names it; add one to runtime/mesh.py")


def _trailing(name: str, shape: tuple[int, ...], axes: tuple[str | None, ...]) -> PartitionSpec:
    if len(axes) > len(shape):
        raise ValueError(
            f"parameter {name} has shape {shape}: its rule {axes} needs {len(axes)} axes or more"
        )
    return PartitionSpec(*(None,) * (len(shape) - len(axes)), *axes)
