"""Folders with a small reference model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_qwen import TINY, make_reference

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights


@pytest.fixture(scope="session", params=["tied", "untied", "experts"])
def reference(request: pytest.FixtureRequest, tmp_path_factory: Any) -> tuple[Any, Path]:
    """(torch model, its folder)."""
    model = make_reference(tied=request.param == "tied", has_experts=request.param == "experts")
    folder = tmp_path_factory.mktemp("reference")
    model.save_pretrained(folder)
    file = folder / "model.safetensors"
    # A fresh model's experts are written as [E, out, in]; published files hold [E, in, out].
    tensors = {
        name: np.ascontiguousarray(np.swapaxes(value, 1, 2)) if ".experts." in name else value
        for name, value in load_file(file).items()
    }
    save_file(tensors, file, metadata={"format": "pt"})
    return model, folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A text-only checkpoint of our own making."""
    config = Qwen3VLConfig.from_hf({k: v for k, v in TINY.items() if k != "vision_config"})
    weights.save(tmp_path / "model", qwen3_vl.init(jax.random.key(3), config), config)
    return tmp_path / "model"
