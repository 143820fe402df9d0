"""A tokenizer folder shared by the rollout tests, trained on a text that does not change."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from chats import IMAGE_PREPROCESSOR
from tiny_folder import MINI, PREPROCESSOR, config_of, copy_with

import vsdpo_jax
from vsdpo_jax.rollout.bpe import train_tokenizer
from vsdpo_jax.rollout.model import Model
from vsdpo_jax.rollout.processor import Processor

# Old sources of this package. Trained on the sources as they are, the tokenizer, and with it every
# text that a random model writes, would be another after every commit.
CORPUS = Path(__file__).parent / "corpus.txt"


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    train_tokenizer([CORPUS.read_text("utf-8")], 600, folder)
    return folder


@pytest.fixture(scope="session")
def processor(tokenizer_folder: Path) -> Processor:
    return Processor(tokenizer_folder)


@pytest.fixture(scope="module")
def reference(processor: Processor) -> Any:
    """A torch model with all weights random, but that no greedy text stops at once: logit 0."""
    torch = pytest.importorskip("torch")
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    torch.manual_seed(0)
    model = Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config_of(processor))).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_norm = "norm" in name and name.endswith("weight")
            weight.copy_(torch.randn_like(weight) * (0.2 if is_norm else 0.1) + float(is_norm))
        model.get_input_embeddings().weight[list(processor.stop_ids)] = 0.0
    return model


@pytest.fixture(scope="module")
def folder(
    reference: Any, tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("model")
    reference.save_pretrained(folder)
    shutil.copytree(tokenizer_folder, folder, dirs_exist_ok=True)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> Model:
    return vsdpo_jax.load(folder)


@pytest.fixture(scope="module")
def mini() -> Model:
    return vsdpo_jax.load(str(MINI), dtype="float32")


@pytest.fixture(scope="module")
def image_folder(tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images") / "folder"
    return copy_with(
        tokenizer_folder, folder, "preprocessor_config.json", json.dumps(IMAGE_PREPROCESSOR)
    )


@pytest.fixture(scope="module")
def with_images(image_folder: Path) -> Processor:
    return Processor(image_folder)
