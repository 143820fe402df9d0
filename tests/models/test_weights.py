"""Files in and out: bit for bit, and every mismatch named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_qwen import TINY, ours, random_tokens, relative_error, theirs

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights
from vsdpo_jax.models.qwen3_vl.config import ConfigError
from vsdpo_jax.models.qwen3_vl.weights import WeightsError

Q_PROJ = "model.language_model.layers.1.self_attn.q_proj.weight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A text-only checkpoint of our own making."""
    config = Qwen3VLConfig.from_hf({k: v for k, v in TINY.items() if k != "vision_config"})
    weights.save(tmp_path / "model", qwen3_vl.init(jax.random.key(3), config), config)
    return tmp_path / "model"


def rewrite(folder: Path, **changes: np.ndarray | None) -> None:
    tensors = load_file(folder / weights.SINGLE_FILE) | changes
    kept = {name: value for name, value in tensors.items() if value is not None}
    save_file(kept, folder / weights.SINGLE_FILE, metadata={"format": "pt"})


def test_round_trip_is_bit_identical(reference: tuple[Any, Path], tmp_path: Path) -> None:
    _, source = reference
    params, config = weights.load(source)
    weights.save(tmp_path, params, config, vision_from=source)
    before, after = (
        load_file(source / weights.SINGLE_FILE),
        load_file(tmp_path / weights.SINGLE_FILE),
    )
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert value.dtype == after[name].dtype
        assert value.tobytes() == after[name].tobytes(), name
    assert weights.load(tmp_path)[1] == config


def test_the_reference_loads_what_was_saved(
    reference: tuple[Any, Path], tmp_path: Path, rng: np.random.Generator
) -> None:
    from transformers import Qwen3VLForConditionalGeneration

    _, source = reference
    params, config = weights.load(source)
    params = jax.tree.map(lambda x: x * 1.25, params)
    weights.save(tmp_path, params, config, vision_from=source)
    model, report = Qwen3VLForConditionalGeneration.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    tokens_BS, mask_BS = random_tokens(rng), np.ones((3, 19), bool)
    expected = theirs(model.eval(), tokens_BS, mask_BS)
    assert relative_error(ours(params, config, tokens_BS, mask_BS), expected) < 1e-5


def test_bfloat16_files_survive_float32_training_parameters(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    weights.save(tmp_path / "a", params, config, dtype=ml_dtypes.bfloat16)
    as_float32, _ = weights.load(tmp_path / "a")
    assert {leaf.dtype for leaf in jax.tree.leaves(as_float32)} == {jnp.dtype("float32")}
    weights.save(tmp_path / "b", as_float32, config, dtype=ml_dtypes.bfloat16)
    for name in (weights.SINGLE_FILE, "config.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    as_stored, _ = weights.load(tmp_path / "a", dtype=jnp.bfloat16)
    assert {leaf.dtype for leaf in jax.tree.leaves(as_stored)} == {jnp.dtype("bfloat16")}


def test_sharded_files_are_read_through_their_index(folder: Path) -> None:
    params, _ = weights.load(folder)
    tensors = load_file(folder / weights.SINGLE_FILE)
    names = sorted(tensors)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, chosen in parts.items():
        save_file({name: tensors[name] for name in chosen}, folder / file)
    index = {"weight_map": {name: file for file, chosen in parts.items() for name in chosen}}
    (folder / weights.INDEX_FILE).write_text(json.dumps(index))
    (folder / weights.SINGLE_FILE).unlink()
    again, config = weights.load(folder)
    for one, other in zip(jax.tree.leaves(params), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)
    weights.save(folder, again, config)
    assert not (folder / weights.INDEX_FILE).exists(), "it would hide the new file"
    (folder / weights.INDEX_FILE).write_text(json.dumps({"weight_map": {"x": "../a.safetensors"}}))
    with pytest.raises(WeightsError, match="same folder"):
        weights.load(folder)


def test_every_mismatch_is_named_with_both_shapes(folder: Path) -> None:
    norm = "model.language_model.norm.weight"
    extra = "model.language_model.layers.3.self_attn.q_proj.weight"
    changes = {
        Q_PROJ: np.zeros((64, 128), np.float32),
        norm: None,
        extra: np.zeros((2, 2), np.float32),
        "model.language_model.layers.0.mlp.up_proj.weight": np.zeros((96, 64), np.int64),
    }
    rewrite(folder, **changes)
    with pytest.raises(WeightsError) as caught:
        weights.load(folder)
    message = str(caught.value)
    assert "4 problems" in message
    assert f"{Q_PROJ} is [64, 128], config.json asks for [128, 64]" in message
    assert f"missing: {norm} [64]" in message
    assert f"unexpected: {extra} [2, 2]" in message
    assert "up_proj.weight is I64" in message


def test_a_second_copy_of_a_tied_head_is_no_mismatch(folder: Path) -> None:
    before, _ = weights.load(folder)
    rewrite(folder, **{"lm_head.weight": np.zeros((1024, 64), np.float32)})
    after, _ = weights.load(folder)
    assert jax.tree.structure(before) == jax.tree.structure(after)


def test_an_untied_model_without_head_is_refused(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tie_word_embeddings": False}))
    with pytest.raises(WeightsError, match=r"missing: lm_head.weight \[1024, 64\]"):
        weights.load(folder)


def test_damaged_and_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        weights.load(tmp_path)
    path = folder / weights.SINGLE_FILE
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"not weights at all"):
        path.write_bytes(broken)
        with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
            weights.load(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors does not exist"):
        weights.load(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"config\.json is not JSON"):
        weights.load(folder)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ConfigError, match=r"config\.json: model_type is 'llama'"):
        weights.load(folder)


def test_vision_weights_are_never_dropped_unnoticed(
    reference: tuple[Any, Path], tmp_path: Path
) -> None:
    params, config = weights.load(reference[1])
    with pytest.raises(WeightsError, match="vision_from"):
        weights.save(tmp_path / "out", params, config)
    assert not (tmp_path / "out").exists()


def test_parameters_of_another_shape_are_not_written(folder: Path, tmp_path: Path) -> None:
    params, config = weights.load(folder)
    params["layers"]["mlp"]["up_proj"] = params["layers"]["mlp"]["up_proj"][:2]
    params["layers"]["bias"] = params["norm"]
    del params["norm"]
    with pytest.raises(WeightsError) as caught:
        weights.save(tmp_path / "out", params, config)
    message = str(caught.value)
    assert "layers/mlp/up_proj is [2, 64, 96], the config asks for [3, 64, 96]" in message
    assert "missing: norm [64]" in message
    assert "unexpected: layers/bias [64]" in message
    assert not (tmp_path / "out").exists()
