"""Hugging Face safetensors -> parameter tree -> Hugging Face safetensors, bit for bit.

names.py holds the correspondence. Reading streams: the host never holds more than one device's
part of one array and one tensor of a file. Writing is in writing.py.
"""

from __future__ import annotations

import dataclasses
import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging
from jax.sharding import Sharding, SingleDeviceSharding
from jax.typing import DTypeLike
from safetensors import SafetensorError, safe_open

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
from vsdpo_jax.models.qwen3_vl.writing import MAX_SHARD_BYTES, Deferred, staged, write

__all__ = [
    "INDEX_FILE",
    "SINGLE_FILE",
    "WeightsError",
    "load",
    "opened",
    "read_config",
    "resolve",
    "save",
    "staged",
]

Shardings = Any | Callable[[Any], Any]
"""A tree of jax.sharding.Sharding, or a function that makes it from the tree of shapes."""

COMPARED_ROWS = 1024
"""Rows of the embedding and of a stored copy of it that the host holds at once."""

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
    dtype = _checked(dtype)
    folder = resolve(folder)
    config = read_config(folder)
    places = _places(names.leaves(config), shardings)
    with ExitStack() as stack:
        leaves, tensors = _open_checked(folder, config, stack)
        flat = {leaf.path: _put(leaf, tensors, dtype, places[leaf.path]) for leaf in leaves}
    return names.unflatten(flat), config


@contextmanager
def opened(folder: str | Path, *, dtype: DTypeLike = jnp.float32) -> Iterator[dict[str, Any]]:
    """The tree of a checkpoint as Deferred arrays of the host, which are read one by one.

    Args, Raises: as for ``load``. The arrays can be read while the block lasts.
    """
    dtype = _checked(dtype)
    folder = resolve(folder)
    with ExitStack() as stack:
        leaves, tensors = _open_checked(folder, read_config(folder), stack)
        yield names.unflatten({
            leaf.path: Deferred(
                shape=leaf.shape, dtype=dtype,
                read=partial(_read, leaf, tensors, dtype, _whole(leaf)),
            )
            for leaf in leaves
        })  # fmt: skip


def save(
    folder: str | Path,
    params: Mapping[str, Any],
    config: Qwen3VLConfig,
    *,
    dtype: DTypeLike | None = None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Writes weights and config.json, as transformers and vLLM read them.

    Nothing half-written stays behind: files get their names when all of them are whole. The host
    holds one array of the tree and one file at a time. Of several processes all call this with the
    same arrays, which may lie on devices of all of them; the first one writes.

    Args:
      folder: made when missing; weights and config.json in it are replaced, other files stay.
      params, config: the model; arrays of jax or numpy, or Deferred.
      dtype: of the written tensors; None: as in ``params``.
      max_shard_bytes: larger models are written in several files, with an index. A tensor that is
        larger alone has a file of its own.

    Raises:
      WeightsError: ``params`` do not fit ``config``.
    """
    todo = partial(
        write, params=params, config=config, dtype=dtype, max_shard_bytes=max_shard_bytes
    )
    if jax.process_index() > 0:
        list(todo(Path(folder)))  # its part of gathering; it writes nothing
        return
    with staged(Path(folder)) as staging:
        list(todo(staging))


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


def _open_checked(
    folder: Path, config: Qwen3VLConfig, stack: ExitStack
) -> tuple[tuple[Leaf, ...], dict[str, _Stored]]:
    """The model's arrays as these files hold them, and where each tensor is."""
    tensors = _open(folder, stack)
    leaves = names.as_stored(names.leaves(config), lambda name: _shape_of(tensors, name))
    _check(tensors, leaves, folder, quantization(config.raw))
    if config.tie_word_embeddings and _HEAD in tensors:
        _check_copy(tensors, folder)
    return leaves, tensors


def _checked(dtype: DTypeLike) -> np.dtype:
    dtype = np.dtype(dtype)
    if not jnp.issubdtype(dtype, jnp.floating) or dtype.itemsize not in (2, 4):
        raise ValueError(f"dtype is {dtype}: use float32, bfloat16 or float16")
    return dtype


def _whole(leaf: Leaf) -> Slices:
    return tuple(slice(0, size) for size in leaf.shape)


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
        value = _read(leaf, tensors, dtype, _whole(leaf))
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
