"""Hugging Face safetensors -> parameter tree -> Hugging Face safetensors, bit for bit.

names.py holds the correspondence. Reading streams: the host never holds more than one device's
part of one array and one tensor of a file. Writing holds one file's tensors.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging
from jax.sharding import Sharding, SingleDeviceSharding
from jax.typing import DTypeLike
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vsdpo_jax.models.qwen3_vl import names
from vsdpo_jax.models.qwen3_vl.config import ConfigError, Qwen3VLConfig, quantization
from vsdpo_jax.models.qwen3_vl.hub import (
    CONFIG_FILE,
    INDEX_FILE,
    SINGLE_FILE,
    resolve,
    weight_files,
)
from vsdpo_jax.models.qwen3_vl.mismatch import (
    WeightsError,
    describe_adapter,
    explain,
    raise_all,
)
from vsdpo_jax.models.qwen3_vl.names import Leaf, Slices

__all__ = [
    "INDEX_FILE",
    "SINGLE_FILE",
    "WeightsError",
    "load",
    "read_config",
    "resolve",
    "save",
    "staged",
]

Shardings = Any | Callable[[Any], Any]
"""A tree of jax.sharding.Sharding, or a function that makes it from the tree of shapes."""

MAX_SHARD_BYTES = 5 * 10**9
COMPARED_ROWS = 1024
"""Rows of the embedding and of a stored copy of it that the host holds at once."""

_SHARD = "model-{}-of-{}.safetensors"
_FLOATS = ("F64", "F32", "F16", "BF16")
_EMBEDDING, _HEAD = "model.language_model.embed_tokens.weight", "lm_head.weight"


def load(
    folder: str | Path, *, dtype: DTypeLike = jnp.float32, shardings: Shardings | None = None
) -> tuple[dict[str, Any], Qwen3VLConfig]:
    """The parameters of a checkpoint as device arrays of ``dtype``, and its config.

    Everything is checked before anything is placed: names, shapes and kinds of all tensors. Where
    arrays are split over devices, each device's part is read on its own: at no time does the host
    hold more than one such part and one tensor.

    Args:
      folder: a folder, or a repository "organisation/name"; see ``resolve``.
      dtype: of the arrays: a float of 16 or 32 bits.
      shardings: where they go, e.g. ``lambda shapes: mesh.param_shardings(shapes, mesh)``; None:
        the default device.

    Raises:
      FileNotFoundError: config.json, or weights named by it or by the index, are not there.
      ConfigError: config.json does not describe this family.
      WeightsError: a damaged file; missing, unexpected or misshapen tensors, all of them named
        with both shapes; a head of its own in a model that config.json ties to its embedding.
      ValueError: a dtype that parameters cannot have, or shardings that do not fit the tree.
    """
    dtype = np.dtype(dtype)
    if not jnp.issubdtype(dtype, jnp.floating) or dtype.itemsize not in (2, 4):
        raise ValueError(f"dtype is {dtype}: use float32, bfloat16 or float16")
    folder = resolve(folder)
    config = read_config(folder)
    leaves = names.leaves(config)
    places = _places(leaves, shardings)
    with ExitStack() as stack:
        tensors = _open(folder, stack)
        leaves = names.as_stored(leaves, lambda name: _shape_of(tensors, name))
        _check(tensors, leaves, folder, quantization(config.raw))
        if config.tie_word_embeddings and _HEAD in tensors:
            _check_copy(tensors, folder)
        flat = {leaf.path: _put(leaf, tensors, dtype, places[leaf.path]) for leaf in leaves}
    return names.unflatten(flat), config


def save(
    folder: str | Path,
    params: Mapping[str, Any],
    config: Qwen3VLConfig,
    *,
    dtype: DTypeLike | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Writes weights and config.json, as transformers reads them.

    Nothing half-written stays behind: files get their names when all of them are whole.

    Args:
      folder: made when missing; weights and config.json in it are replaced, other files stay.
      params, config: the model; arrays of jax or numpy.
      dtype: of the written tensors; None: as in ``params``.
      max_shard_bytes: larger models are written in several files, with an index. A tensor that is
        larger alone has a file of its own.

    Raises:
      WeightsError: ``params`` do not fit ``config``.
    """
    folder = Path(folder)
    leaves = names.leaves(config)
    flat = names.flatten(params)
    _check_tree(flat, leaves)
    kinds = {path: np.dtype(leaf.dtype if dtype is None else dtype) for path, leaf in flat.items()}
    shards = _plan(leaves, kinds, max_shard_bytes)
    written = kinds[leaves[0].path].name
    with staged(folder) as staging:
        _write_json(staging / CONFIG_FILE, _with_dtype(config.to_hf(), written))
        for file, parts in shards.items():
            tensors = {
                leaf.names[layer]: _to_host(leaf, flat[leaf.path], layer, kinds[leaf.path])
                for leaf, layer in parts
            }
            # Readers built on torch insist on this format mark.
            save_file(tensors, staging / file, metadata={"format": "pt"})
            # safetensors makes files for their owner's eyes only.
            shutil.copymode(staging / CONFIG_FILE, staging / file)
        if len(shards) > 1:
            _write_json(staging / INDEX_FILE, _index(shards, kinds))


def read_config(folder: str | Path) -> Qwen3VLConfig:
    """The config of a checkpoint folder.

    Raises:
      FileNotFoundError: it has no config.json.
      ConfigError: config.json does not describe this family; the message names the file.
    """
    path = Path(folder) / CONFIG_FILE
    if not path.exists():
        raise FileNotFoundError(
            describe_adapter(Path(folder)) or f"{path} does not exist; a checkpoint folder needs it"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds a {type(content).__name__}; expected an object")
    try:
        config = Qwen3VLConfig.from_hf(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if config.tie_word_embeddings and "tie_word_embeddings" not in content:
        # The text tower's word alone: for the reference the whole model is then not tied, and a
        # head that is stored is its own.
        if _HEAD in _stored_names(path.parent):
            return dataclasses.replace(config, tie_word_embeddings=False)
    return config


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
        for old in (SINGLE_FILE, INDEX_FILE, _SHARD.format("*", "*")):
            for path in folder.glob(old):  # beside new ones, some readers would take them
                if path.name not in new:
                    path.unlink()
    finally:
        shutil.rmtree(staging, ignore_errors=True)


# ---- Reading -----------------------------------------------------------------------------------


def _places(leaves: Sequence[Leaf], shardings: Shardings | None) -> dict[tuple[str, ...], Any]:
    """Path -> Sharding or None, checked against the shapes."""
    if shardings is None:
        return dict.fromkeys(leaf.path for leaf in leaves)
    if callable(shardings):
        tree = {leaf.path: jax.ShapeDtypeStruct(leaf.shape, jnp.float32) for leaf in leaves}
        shardings = shardings(names.unflatten(tree))
    places = names.flatten(shardings)
    wrong = places.keys() ^ {leaf.path for leaf in leaves}
    if wrong:
        raise ValueError(
            "shardings and parameters are different trees; in one of them only: "
            + ", ".join(sorted("/".join(path) for path in wrong))
        )
    for leaf in leaves:
        places[leaf.path].shard_shape(leaf.shape)  # raises where it does not divide
    return places


class _Stored(NamedTuple):
    """A tensor in an open file, under the name that it has there."""

    file: Any
    name: str

    @property
    def slice(self) -> Any:
        return self.file.get_slice(self.name)


def _open(folder: Path, stack: ExitStack) -> dict[str, _Stored]:
    """Canonical name -> where the tensor is stored. Only headers are read."""
    tensors: dict[str, _Stored] = {}
    for path, promised in weight_files(folder).items():
        try:
            file = stack.enter_context(safe_open(path, framework="numpy"))
        except SafetensorError as error:
            raise WeightsError(f"{path} is damaged or no safetensors file: {error}") from error
        held = {names.canonical(name): _Stored(file, name) for name in file.keys()}
        # An index may list the head of a tied model, which is the embedding. Where a head of its
        # own is missing, the model says so.
        lacking = {name for name in map(names.canonical, promised) if not names.is_ignored(name)}
        raise_all(
            [f"missing: {name}" for name in lacking - held.keys() - {_HEAD}],
            f"{path} lacks tensors that {INDEX_FILE} says it holds",
        )
        twice = [f"twice: {name}" for name in held.keys() & tensors.keys()]
        raise_all(twice, f"{path} holds tensors that another file of the folder holds, too")
        tensors |= held
    return {name: where for name, where in tensors.items() if not names.is_ignored(name)}


def _stored_names(folder: Path) -> set[str]:
    """Canonical names of a folder's tensors; none where its weights cannot be read."""
    try:
        with ExitStack() as stack:
            return set(_open(folder, stack))
    except (FileNotFoundError, WeightsError):
        return set()


def _shape_of(tensors: Mapping[str, _Stored], name: str) -> tuple[int, ...] | None:
    return tuple(tensors[name].slice.get_shape()) if name in tensors else None


def _check(
    tensors: Mapping[str, _Stored], leaves: Sequence[Leaf], folder: Path, packing: str
) -> None:
    """Names, shapes and kinds; ``packing`` is what config.json says of quantisation.

    Heads beside the model's own, such as a value head of reinforcement learning, are left out.
    """
    expected = {name: leaf.file_shape for leaf in leaves for name in leaf.names}
    missing = expected.keys() - tensors
    problems = [f"missing: {name} {list(expected[name])}" for name in missing]
    expected.setdefault(_HEAD, expected[_EMBEDDING])  # a tied head may be stored a second time
    unexpected = tensors.keys() - expected
    problems += [
        f"unexpected: {name} {list(_shape_of(tensors, name) or ())}" for name in unexpected
    ]
    kinds = {name: where.slice.get_dtype() for name, where in tensors.items()}
    for name in expected.keys() & tensors:
        shape, kind = _shape_of(tensors, name), kinds[name]
        if shape != expected[name]:
            problems.append(
                f"shape: {name} is {list(shape or ())}, config.json asks for {list(expected[name])}"
            )
        if kind not in _FLOATS:
            problems.append(f"kind: {name} is {kind}; only {', '.join(_FLOATS)} are read")
    if len(problems) == len(unexpected) and not any(map(names.is_of_model, unexpected)):
        if unexpected:
            logging.warning("%s: left out, no part of the model: %s", folder, sorted(unexpected))
        return
    cause = explain(missing, unexpected, set(kinds.values()), packing)
    raise_all(problems, f"{folder} does not hold the model that its config.json describes{cause}")


def _check_copy(tensors: Mapping[str, _Stored], folder: Path) -> None:
    """The head that is stored beside a tied embedding is the embedding."""
    embedding, head = (tensors[name].slice for name in (_EMBEDDING, _HEAD))
    size = head.get_shape()[0]
    for start in range(0, size, COMPARED_ROWS):
        rows = slice(start, min(start + COMPARED_ROWS, size))
        one, other = (np.asarray(each[rows], np.float64) for each in (embedding, head))
        if not np.array_equal(one, other, equal_nan=True):
            raise WeightsError(
                f"{folder}: {_HEAD} differs from {_EMBEDDING}, but tie_word_embeddings is true; "
                f"set tie_word_embeddings to false in {CONFIG_FILE}, or drop {_HEAD}"
            )


def _put(
    leaf: Leaf, tensors: Mapping[str, _Stored], dtype: np.dtype, sharding: Sharding | None
) -> jax.Array:
    """One array of the tree, part by part."""
    if sharding is None:
        whole = tuple(slice(0, size) for size in leaf.shape)
        value = _read(leaf, tensors, dtype, whole)
        array = jax.block_until_ready(jax.device_put(value))
        del value
        gc.collect(0)  # jax lets go of host buffers when Python collects garbage, of any generation
        return array
    devices: dict[tuple[tuple[int, int], ...], list[Any]] = {}
    for device, box in sharding.addressable_devices_indices_map(leaf.shape).items():
        key = tuple(
            piece.indices(size)[:2] for piece, size in zip(box or (), leaf.shape, strict=True)
        )
        devices.setdefault(key, []).append(device)
    arrays = []
    for key, same in devices.items():
        part = _read(leaf, tensors, dtype, tuple(slice(*ends) for ends in key))
        for device in same:
            place = SingleDeviceSharding(device, memory_kind=sharding.memory_kind)
            arrays.append(jax.device_put(part, place))
        jax.block_until_ready(arrays)
        del part
        gc.collect(0)
    return jax.make_array_from_single_device_arrays(leaf.shape, sharding, arrays)


def _read(leaf: Leaf, tensors: Mapping[str, _Stored], dtype: np.dtype, box: Slices) -> np.ndarray:
    """A box of one array, layer by layer."""
    value = np.empty([piece.stop - piece.start for piece in box], dtype)
    part = box[1:] if leaf.is_stacked else box
    layers = range(box[0].start, box[0].stop) if leaf.is_stacked else range(1)
    for target, layer in zip(value if leaf.is_stacked else value[None], layers, strict=True):
        name = leaf.names[layer]
        tensor = tensors[name].slice[leaf.file_slices(part)]
        target[...] = leaf.from_file(tensor, part)
    return value


# ---- Writing -----------------------------------------------------------------------------------


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


def _to_host(leaf: Leaf, value: Any, layer: int, dtype: np.dtype) -> np.ndarray:
    part = np.asarray(value[layer] if leaf.is_stacked else value)
    return np.ascontiguousarray(leaf.to_file(part), dtype=dtype)


def _with_dtype(content: dict[str, Any], dtype: str) -> dict[str, Any]:
    """The content of a config.json that says what its weights are, wherever it says so."""
    content = content | {"dtype": dtype}
    for part in (content, *(value for value in content.values() if isinstance(value, dict))):
        part |= {name: dtype for name in ("dtype", "torch_dtype") if name in part}
    return content


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


# ---- Problems ----------------------------------------------------------------------------------


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
