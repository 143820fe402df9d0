"""Parameter tree -> the files that transformers and vLLM read, one after the other.

At no time does the host hold more than one array of the tree and one file's tensors. An array may
lie on many devices, on those of other processes too, or be a Deferred, which is made when its turn
comes.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from jax.typing import DTypeLike
from safetensors.numpy import save_file

from vsdpo_jax.models.qwen3_vl import names
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.hub import CONFIG_FILE, INDEX_FILE, SINGLE_FILE
from vsdpo_jax.models.qwen3_vl.mismatch import WeightsError, raise_all
from vsdpo_jax.models.qwen3_vl.names import Leaf

MAX_SHARD_BYTES = 5 * 10**9
"""What transformers writes into one file at most, and readers expect."""

_SHARD = "model-{}-of-{}.safetensors"
WEIGHT_FILES = (SINGLE_FILE, INDEX_FILE, _SHARD.format("*", "*"))
"""Patterns of what holds weights; beside new ones, some readers would take old ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deferred:
    """An array of a tree that is made when it is written, once, and let go of then.

    Attributes:
      shape, dtype: of the array.
      read: makes it.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray | jax.Array]


def write(
    folder: Path,
    params: Mapping[str, Any],
    config: Qwen3VLConfig,
    *,
    dtype: DTypeLike | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> Iterator[Path]:
    """Writes files of weights, the index where there are several, and config.json last.

    Of several processes all go through it with the same arrays; the first one writes.

    Args:
      folder: is there.
      params: arrays of jax or numpy, or Deferred.
      config, dtype, max_shard_bytes: as for ``weights.save``.

    Yields:
      Each file when it is whole. It is not looked at again.

    Raises:
      WeightsError: ``params`` do not fit ``config``; before anything is written.
    """
    leaves = names.leaves(config)
    flat = names.flatten(params)
    _check_tree(flat, leaves)
    kinds = {path: np.dtype(leaf.dtype if dtype is None else dtype) for path, leaf in flat.items()}
    shards = _plan(leaves, kinds, max_shard_bytes)
    is_first = jax.process_index() == 0
    arrays = _Arrays(flat)
    for file, parts in shards.items():
        tensors: dict[str, np.ndarray] = {}
        for leaf, layer in parts:
            value = arrays.layer(leaf, layer)
            if is_first:
                tensors[leaf.names[layer]] = np.ascontiguousarray(
                    leaf.to_file(value), dtype=kinds[leaf.path]
                )
            del value
        if is_first:
            # Readers built on torch insist on this format mark.
            save_file(tensors, folder / file, metadata={"format": "pt"})
            # safetensors makes files for their owner's eyes only.
            (folder / file).chmod(folder.stat().st_mode & 0o666)
            yield folder / file
    if is_first:
        if len(shards) > 1:
            yield _write_json(folder / INDEX_FILE, _index(shards, kinds))
        written = kinds[leaves[0].path].name
        yield _write_json(folder / CONFIG_FILE, _with_dtype(config.to_hf(), written))


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` to write a checkpoint in; it moves there when the block succeeds.

    A new ``folder`` appears at once. In one that exists, files of the same names are replaced one
    by one, config.json last, and weights under other names are removed. When the block fails,
    nothing changes.
    """
    folder = Path(folder).resolve()  # beside the folder itself, not beside a link to it
    staging = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)  # of a process that was killed
    staging.mkdir(parents=True)
    try:
        yield staging
        if not folder.exists():
            staging.rename(folder)
            return
        new = {path.name for path in staging.iterdir()}
        for name in sorted(new, key=lambda name: name == CONFIG_FILE):
            (staging / name).replace(folder / name)
        for old in WEIGHT_FILES:
            for path in folder.glob(old):
                if path.name not in new:
                    path.unlink()
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Arrays:
    """A flat tree whose deferred arrays are made one at a time."""

    def __init__(self, flat: Mapping[tuple[str, ...], Any]):
        self._flat = flat
        self._path: tuple[str, ...] = ()
        self._value: Any = None

    def layer(self, leaf: Leaf, layer: int) -> np.ndarray:
        """One layer of an array, or all of one that has no layers; whole on every process."""
        if self._path != leaf.path:
            self._path, self._value = leaf.path, None  # the one before first
            value = self._flat[leaf.path]
            self._value = value.read() if isinstance(value, Deferred) else value
        value = self._value
        if not isinstance(value, jax.Array) or value.is_fully_addressable:
            return np.asarray(value[layer] if leaf.is_stacked else value)
        if not value.is_fully_replicated:
            assert isinstance(value.sharding, NamedSharding)
            whole = NamedSharding(value.sharding.mesh, PartitionSpec())
            return np.asarray(_gather(whole, leaf.is_stacked)(value, layer).addressable_data(0))
        one = np.asarray(value.addressable_data(0))
        return one[layer] if leaf.is_stacked else one


@functools.cache
def _gather(whole: NamedSharding, is_stacked: bool) -> Callable[[jax.Array, int], jax.Array]:
    """(array, layer) -> that layer, on every device; a program of all processes."""

    def layer_of(value: jax.Array, layer: int) -> jax.Array:
        return jax.lax.dynamic_index_in_dim(value, layer, keepdims=False) if is_stacked else value

    return jax.jit(layer_of, out_shardings=whole)


def _plan(
    leaves: Sequence[Leaf], kinds: Mapping[tuple[str, ...], np.dtype], max_bytes: int
) -> dict[str, list[tuple[Leaf, int]]]:
    """File name -> (leaf, layer) of each of its tensors."""
    shards: list[list[tuple[Leaf, int]]] = [[]]
    held = 0
    for leaf in leaves:
        size = int(np.prod(leaf.file_shape)) * kinds[leaf.path].itemsize
        for layer in range(len(leaf.names)):
            if shards[-1] and held + size > max_bytes:
                shards.append([])
                held = 0
            shards[-1].append((leaf, layer))
            held += size
    if len(shards) == 1:
        return {SINGLE_FILE: shards[0]}
    return {
        _SHARD.format(f"{number:05d}", f"{len(shards):05d}"): parts
        for number, parts in enumerate(shards, start=1)
    }


def _index(
    shards: Mapping[str, Sequence[tuple[Leaf, int]]], kinds: Mapping[tuple[str, ...], np.dtype]
) -> dict[str, Any]:
    parts = [(file, leaf, layer) for file, some in shards.items() for leaf, layer in some]
    size = sum(int(np.prod(leaf.file_shape)) * kinds[leaf.path].itemsize for _, leaf, _ in parts)
    return {
        "metadata": {"total_size": size},
        "weight_map": {leaf.names[layer]: file for file, leaf, layer in parts},
    }


def _with_dtype(content: dict[str, Any], dtype: str) -> dict[str, Any]:
    """The content of a config.json that says what its weights are, wherever it says so."""
    content = content | {"dtype": dtype}
    for part in (content, *(value for value in content.values() if isinstance(value, dict))):
        part |= {name: dtype for name in ("dtype", "torch_dtype") if name in part}
    return content


def _write_json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path


def _check_tree(flat: Mapping[tuple[str, ...], Any], leaves: Sequence[Leaf]) -> None:
    expected = {leaf.path: leaf.shape for leaf in leaves}
    if any(path[0] == "visual" for path in expected) and all(path[0] != "visual" for path in flat):
        raise WeightsError(
            'the config describes a vision tower, but the parameters hold no "visual": give the '
            "whole tree that load or init made"
        )
    problems = [
        f"missing: {'/'.join(path)} {list(expected[path])}" for path in expected.keys() - flat
    ]
    for path, leaf in flat.items():
        if path not in expected:
            problems.append(f"unexpected: {'/'.join(path)} {list(leaf.shape)}")
        elif tuple(leaf.shape) != expected[path]:
            problems.append(
                f"shape: {'/'.join(path)} is {list(leaf.shape)}, the config asks for "
                f"{list(expected[path])}"
            )
    raise_all(problems, "the parameters do not fit the config")
