"""Folders with a small reference model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_qwen import make_reference


@pytest.fixture(scope="session", params=[True, False], ids=["tied", "untied"])
def reference(request: pytest.FixtureRequest, tmp_path_factory: Any) -> tuple[Any, Path]:
    """(torch model, its folder)."""
    model = make_reference(tied=request.param)
    folder = tmp_path_factory.mktemp("reference")
    model.save_pretrained(folder)
    return model, folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
