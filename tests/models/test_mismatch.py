"""Weights that do not fit: what is said of them, and what is read as the reference reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jax
import ml_dtypes
import numpy as np
import pytest
from absl import logging
from safetensors.numpy import load_file, save_file
from tiny_qwen import TINY, rewrite, same_params, split

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, names, weights
from vsdpo_jax.models.qwen3_vl.weights import WeightsError

Q_PROJ = "model.language_model.layers.1.self_attn.q_proj.weight"


def renamed(folder: Path, change: Any) -> Path:
    tensors = load_file(folder / weights.SINGLE_FILE)
    changed = {change(name): value for name, value in tensors.items()}
    save_file(changed, folder / weights.SINGLE_FILE, metadata={"format": "pt"})
    return folder


def problems_of(folder: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        weights.load(folder)
    return str(caught.value)


def deep(tmp_path: Path) -> Path:
    """More tensors than an error lists."""
    text = TINY["text_config"] | {"num_hidden_layers": 8}
    content = {key: value for key, value in TINY.items() if key != "vision_config"}
    config = Qwen3VLConfig.from_hf(content | {"text_config": text})
    params = jax.tree.map(lambda leaf: np.zeros(leaf.shape, np.float32), names.shapes(config))
    weights.save(tmp_path / "deep", params, config)
    return tmp_path / "deep"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda name: f"module.{name}", "fit without 'module.' before them (DistributedDataPara"),
        (lambda name: f"_orig_mod.{name}", "fit without '_orig_mod.' before them (torch.compile"),
        (lambda name: f"a.b.{name}", "fit without 'a.b.' before them; rename"),
        (
            lambda name: name.replace("model.language_model.", "model."),
            "fit with 'model.language_model.' in place of 'model.'; rename",
        ),
        (
            lambda name: name.replace("model.language_model.", ""),
            "fit with 'model.language_model.' before them; rename",
        ),
    ],
)
def test_a_prefix_is_recognised(tmp_path: Path, change: Any, cause: str) -> None:
    message = problems_of(renamed(deep(tmp_path), change))
    assert f": 90 names {cause}" in message
    assert "180 problems (90 missing, 90 unexpected)" in message
    for kind in ("missing", "unexpected"):
        assert message.count(f"\n  {kind}: ") == 21
        assert f"{kind}: and 70 more" in message


def test_names_of_nothing_known_are_only_listed(folder: Path) -> None:
    message = problems_of(renamed(folder, lambda name: f"{name}.x"))
    assert "config.json describes; 70 problems (35 missing, 35 unexpected)" in message


@pytest.mark.parametrize("has_vision", [True, False])
def test_weights_of_the_base_class_are_read(
    folder: Path, reference: tuple[Any, Path], tmp_path: Path, has_vision: bool
) -> None:
    """They lack the first "model."; the reference misses nothing."""
    if has_vision:
        folder = Path(shutil.copytree(reference[1], tmp_path / "whole"))
    before, _ = weights.load(folder)
    renamed(folder, lambda name: name.removeprefix("model."))
    same_params(weights.load(folder)[0], before)
    if has_vision:
        _, report = type(reference[0]).from_pretrained(folder, output_loading_info=True)
        assert not report["missing_keys"]
        assert not report["unexpected_keys"]


def test_what_is_computed_and_heads_of_others_are_left_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, _ = weights.load(folder)
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: said.append(text % values))
    rewrite(folder, **{"model.language_model.rotary_emb.inv_freq": np.ones(16, np.float32)})
    same_params(weights.load(folder)[0], before)
    assert not said
    rewrite(folder, **{"v_head.summary.weight": np.ones((1, 64), np.float32)})
    same_params(weights.load(folder)[0], before)
    assert "left out, no part of the model: ['v_head.summary.weight']" in said[0]
    rewrite(folder, **{"model.language_model.norm.weight": None})
    assert "(1 missing, 1 unexpected)" in problems_of(folder)


def test_an_index_may_list_the_head_of_a_tied_model(folder: Path) -> None:
    before, _ = weights.load(folder)
    where = split(folder)
    listed = where | {"lm_head.weight": "a.safetensors", "x.rotary_emb.inv_freq": "a.safetensors"}
    (folder / weights.INDEX_FILE).write_text(json.dumps({"weight_map": listed}))
    same_params(weights.load(folder)[0], before)
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tie_word_embeddings": False}))
    assert "missing: lm_head.weight [1024, 64]" in problems_of(folder)


def test_a_head_beside_a_text_tower_that_ties_is_its_own(folder: Path, tmp_path: Path) -> None:
    """Where the top level is silent, as for the reference."""
    path = folder / "config.json"
    content = json.loads(path.read_text())
    del content["tie_word_embeddings"]
    content["text_config"]["tie_word_embeddings"] = True
    path.write_text(json.dumps(content))
    params, config = weights.load(folder)
    assert config.tie_word_embeddings
    head_VD = np.arange(1024 * 64, dtype=np.float32).reshape(1024, 64)
    rewrite(folder, **{"lm_head.weight": head_VD})
    assert not weights.read_config(folder).tie_word_embeddings
    params, config = weights.load(folder)
    np.testing.assert_array_equal(params["lm_head"], head_VD.T)
    weights.save(tmp_path / "out", params, config)
    same_params(weights.load(tmp_path / "out")[0], params)


def quantised(folder: Path, kind: str) -> None:
    """One matrix as a folder of this kind holds it."""
    packed, scale = np.zeros((8, 64), np.int32), np.ones((1, 1), np.float32)
    stem = Q_PROJ.removesuffix("weight")
    if kind == "fp8":
        eighths = np.zeros((128, 64), ml_dtypes.float8_e4m3fn)
        rewrite(folder, **{Q_PROJ: eighths, f"{stem}weight_scale_inv": scale})
    elif kind == "awq":
        rewrite(folder, **{Q_PROJ: None, f"{stem}qweight": packed, f"{stem}scales": scale})
    else:
        rewrite(folder, **{f"{stem}scales": scale, f"{stem}biases": scale})


@pytest.mark.parametrize("kind", ["fp8", "awq", "mlx"])
@pytest.mark.parametrize("is_said", [True, False])
def test_a_quantised_folder_is_called_so(folder: Path, kind: str, is_said: bool) -> None:
    quantised(folder, kind)
    if is_said:
        path = folder / "config.json"
        says = {"quantization_config": {"quant_method": kind}}
        path.write_text(json.dumps(json.loads(path.read_text()) | says))
    how = kind if is_said else "as the tensors below show"
    message = problems_of(folder)
    assert f"because it is quantised ({how}): use the checkpoint that it was made from" in message
    assert Q_PROJ.removesuffix("weight") in message


def test_plain_weights_beside_stale_quantisation_are_saved_as_plain(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "config.json"
    stale = {"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]}}
    path.write_text(json.dumps(json.loads(path.read_text()) | stale))
    weights.save(tmp_path / "out", *weights.load(folder))
    assert "quantization_config" not in (tmp_path / "out" / "config.json").read_text()


@pytest.mark.parametrize("has_config", [True, False])
def test_an_adapter_folder_is_called_so(folder: Path, has_config: bool) -> None:
    (folder / weights.SINGLE_FILE).rename(folder / "adapter_model.safetensors")
    if not has_config:
        (folder / "config.json").unlink()
    for content, base in (('{"base_model_name_or_path": "org/base"}', "org/base"),
                          ("[1]", "a base model"), ("{", "a base model")):  # fmt: skip
        (folder / "adapter_config.json").write_text(content)
        with pytest.raises(FileNotFoundError, match=f"holds a PEFT adapter for {base} .*merge it"):
            weights.load(folder)


def test_an_adapter_beside_its_base_is_called_so(folder: Path) -> None:
    stem = Q_PROJ.removesuffix("weight")
    rewrite(folder, **{f"{stem}lora_A.weight": np.zeros((4, 64), np.float32)})
    assert "because it holds a LoRA adapter beside the weights" in problems_of(folder)
