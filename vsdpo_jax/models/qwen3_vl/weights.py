"""Hugging Face safetensors -> parameter tree -> Hugging Face safetensors, bit for bit.

Files hold one tensor per layer as [out, in]; the tree holds all layers in one array as [in, out].
LEAVES is the whole correspondence. Vision tensors (model.visual.*) take no part in the text path:
``load`` leaves them in their file, ``save`` copies them from there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from vsdpo_jax.models.qwen3_vl.config import ConfigError, Qwen3VLConfig

logger = logging.getLogger(__name__)

VISION_PREFIX = "model.visual."
SINGLE_FILE = "model.safetensors"
INDEX_FILE = "model.safetensors.index.json"
MAX_PROBLEMS = 60
"""Longest list in an error; a wholly different model would print thousands of lines."""

LEAVES: tuple[tuple[str, str, bool], ...] = (
    # (path in the tree, name in files with {} for the layer, transposed)
    ("embed_tokens", "model.language_model.embed_tokens.weight", False),
    ("norm", "model.language_model.norm.weight", False),
    ("lm_head", "lm_head.weight", True),
    *(
        (f"layers/{ours}", "model.language_model.layers.{}." + f"{theirs}.weight", transposed)
        for ours, theirs, transposed in (
            ("input_layernorm", "input_layernorm", False),
            ("post_attention_layernorm", "post_attention_layernorm", False),
            ("self_attn/q_norm", "self_attn.q_norm", False),
            ("self_attn/k_norm", "self_attn.k_norm", False),
            ("self_attn/q_proj", "self_attn.q_proj", True),
            ("self_attn/k_proj", "self_attn.k_proj", True),
            ("self_attn/v_proj", "self_attn.v_proj", True),
            ("self_attn/o_proj", "self_attn.o_proj", True),
            ("mlp/gate_proj", "mlp.gate_proj", True),
            ("mlp/up_proj", "mlp.up_proj", True),
            ("mlp/down_proj", "mlp.down_proj", True),
        )
    ),
)

_FLOATS = ("F64", "F32", "F16", "BF16")


class WeightsError(ValueError):
    """Files that do not hold the model that their config.json describes."""


@dataclass(frozen=True, kw_only=True)
class _Leaf:
    """One array of the tree: its shape there, and the tensors of files that make it up."""

    path: tuple[str, ...]
    shape: tuple[int, ...]
    names: tuple[str, ...]
    is_stacked: bool
    is_transposed: bool

    @property
    def file_shape(self) -> tuple[int, ...]:
        shape = self.shape[1:] if self.is_stacked else self.shape
        return shape[::-1] if self.is_transposed else shape


def load(
    folder: str | Path, *, dtype: DTypeLike = jnp.float32
) -> tuple[dict[str, Any], Qwen3VLConfig]:
    """The text parameters of a checkpoint folder as device arrays of ``dtype``, and its config.

    Everything is checked before anything is read: names, shapes and kinds of all tensors.

    Raises:
      FileNotFoundError: config.json, or weights named by it or by the index, are not there.
      ConfigError: config.json does not describe this family.
      WeightsError: a damaged file; or missing, unexpected or misshapen tensors, all of them named
        with both shapes.
    """
    folder = Path(folder)
    config = _read_config(folder / "config.json")
    leaves = _leaves(config)
    with ExitStack() as stack:
        tensors = _open(folder, stack)
        _check(tensors, leaves, folder)
        vision = sum(name.startswith(VISION_PREFIX) for name in tensors)
        if vision:
            logger.info("%s: %d vision tensors are not used by the text path", folder, vision)
        params: dict[str, Any] = {}
        for leaf in leaves:
            _insert(params, leaf.path, jnp.asarray(_read(leaf, tensors, np.dtype(dtype))))
    return params, config


def save(
    folder: str | Path,
    params: Mapping[str, Any],
    config: Qwen3VLConfig,
    *,
    dtype: DTypeLike | None = None,
    vision_from: str | Path | None = None,
) -> None:
    """Writes model.safetensors and config.json, as transformers reads them.

    Args:
      folder: made when missing; files of these names in it are replaced.
      params, config: the model.
      dtype: of the written text tensors; None: as in ``params``.
      vision_from: folder of the checkpoint that ``params`` came from; its vision tensors are
        copied as they are. Needed when the config describes a vision tower.

    Raises:
      WeightsError: ``params`` do not fit ``config``, or the vision tensors are not at hand.
      FileNotFoundError: ``vision_from`` holds no weights.
    """
    folder = Path(folder)
    if config.vision_config is not None and vision_from is None:
        raise WeightsError(
            "the config describes a vision tower, which these text parameters do not hold; give "
            "vision_from, the folder that the model was loaded from"
        )
    leaves = _leaves(config)
    flat = _flatten(params)
    _check_tree(flat, leaves)
    tensors: dict[str, np.ndarray] = {}
    for leaf in leaves:
        value = np.asarray(flat[leaf.path])
        parts = value if leaf.is_stacked else value[None]
        for name, part in zip(leaf.names, parts, strict=True):
            part = part.T if leaf.is_transposed else part
            tensors[name] = np.ascontiguousarray(part, dtype=dtype)
    if vision_from is not None:
        with ExitStack() as stack:
            for name, file in _open(Path(vision_from), stack).items():
                if name.startswith(VISION_PREFIX):
                    tensors[name] = file.get_tensor(name)
    folder.mkdir(parents=True, exist_ok=True)
    # Readers built on torch insist on this format mark.
    save_file(tensors, folder / SINGLE_FILE, metadata={"format": "pt"})
    content = config.to_hf() | {"dtype": str(next(iter(tensors.values())).dtype)}
    text = json.dumps(content, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")
    (folder / INDEX_FILE).unlink(missing_ok=True)  # readers would prefer a stale index


def _read_config(path: Path) -> Qwen3VLConfig:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; a checkpoint folder needs it")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds a {type(content).__name__}; expected an object")
    try:
        return Qwen3VLConfig.from_hf(content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _open(folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Tensor name -> the open file that holds it. Only headers are read."""
    tensors: dict[str, Any] = {}
    for path in _files(folder):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist, but the weights should be there")
        try:
            file = stack.enter_context(safe_open(path, framework="numpy"))
        except SafetensorError as error:
            raise WeightsError(f"{path} is damaged or no safetensors file: {error}") from error
        tensors |= dict.fromkeys(file.keys(), file)
    return tensors


def _files(folder: Path) -> list[Path]:
    index = folder / INDEX_FILE
    if not index.exists():
        return [folder / SINGLE_FILE]
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise WeightsError(f"{index} has no weight_map from tensor names to files") from error
    for name in names:
        if not isinstance(name, str) or Path(name).name != name:
            raise WeightsError(f"{index} names {name!r}; weights have to lie in the same folder")
    return [folder / name for name in sorted(names)]


def _leaves(config: Qwen3VLConfig) -> list[_Leaf]:
    """What the model of ``config`` consists of, in the order of LEAVES."""
    # Imported here because the package's functions are defined in terms of the modules below it.
    from vsdpo_jax.models import qwen3_vl

    shapes = jax.eval_shape(lambda key: qwen3_vl.init(key, config), jax.random.key(0))
    shape_of = {path: leaf.shape for path, leaf in _flatten(shapes).items()}
    leaves = []
    for place, name, is_transposed in LEAVES:
        path = tuple(place.split("/"))
        if path not in shape_of:  # lm_head of a tied model
            continue
        is_stacked = path[0] == "layers"
        count = config.num_hidden_layers if is_stacked else 1
        leaves.append(
            _Leaf(
                path=path,
                shape=shape_of[path],
                names=tuple(name.format(layer) for layer in range(count)),
                is_stacked=is_stacked,
                is_transposed=is_transposed,
            )
        )
    return leaves


def _check(tensors: Mapping[str, Any], leaves: list[_Leaf], folder: Path) -> None:
    expected = {name: leaf.file_shape for leaf in leaves for name in leaf.names}
    problems = [f"missing: {name} {list(expected[name])}" for name in expected.keys() - tensors]
    for name, file in tensors.items():
        if name.startswith(VISION_PREFIX) or (name == "lm_head.weight" and name not in expected):
            continue  # a tied head may be stored a second time; the embedding is what counts
        view = file.get_slice(name)
        if name not in expected:
            problems.append(f"unexpected: {name} {list(view.get_shape())}")
            continue
        if tuple(view.get_shape()) != expected[name]:
            problems.append(
                f"shape: {name} is {list(view.get_shape())}, config.json asks for "
                f"{list(expected[name])}"
            )
        if view.get_dtype() not in _FLOATS:
            problems.append(
                f"kind: {name} is {view.get_dtype()}; only {', '.join(_FLOATS)} are read"
            )
    _raise_all(problems, f"{folder} does not hold the model that its config.json describes")


def _check_tree(flat: Mapping[tuple[str, ...], Any], leaves: list[_Leaf]) -> None:
    expected = {leaf.path: leaf.shape for leaf in leaves}
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
    _raise_all(problems, "the parameters do not fit the config")


def _raise_all(problems: list[str], heading: str) -> None:
    if not problems:
        return
    shown = sorted(problems)[:MAX_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    raise WeightsError(f"{heading}; {len(problems)} problems:\n  " + "\n  ".join(shown))


def _read(leaf: _Leaf, tensors: Mapping[str, Any], dtype: np.dtype) -> np.ndarray:
    """One array of the tree, tensor by tensor: peak memory is the array and one tensor."""
    value = np.empty(leaf.shape, dtype)
    parts = value if leaf.is_stacked else value[None]
    for name, part in zip(leaf.names, parts, strict=True):
        tensor = tensors[name].get_tensor(name)
        part[...] = tensor.T if leaf.is_transposed else tensor
    return value


def _insert(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _flatten(tree: Any) -> dict[tuple[str, ...], Any]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {tuple(str(key.key) for key in path): leaf for path, leaf in leaves}
