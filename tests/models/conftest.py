"""Folders with a small reference model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tiny_qwen import make_reference


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
