"""A tokenizer folder shared by the rollout tests, trained on this package's own source."""

from __future__ import annotations

from pathlib import Path

import pytest

import vsdpo_jax
from vsdpo_jax.rollout.bpe import train_tokenizer
from vsdpo_jax.rollout.processor import Processor


def package_texts() -> list[str]:
    """Every source file of the package, in a fixed order."""
    root = Path(vsdpo_jax.__file__).parent
    return [path.read_text() for path in sorted(root.rglob("*.py"))]


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer(package_texts(), 600, folder)
    return folder


@pytest.fixture(scope="session")
def processor(tokenizer_folder: Path) -> Processor:
    return Processor(tokenizer_folder)
