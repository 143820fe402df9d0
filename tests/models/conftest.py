"""A small Qwen3-VL of the reference implementation, with random weights, in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

TINY: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "image_token_id": 1021,
    "video_token_id": 1022,
    "vision_start_token_id": 1018,
    "vision_end_token_id": 1019,
    "tie_word_embeddings": True,
    "text_config": {
        "model_type": "qwen3_vl_text",
        "vocab_size": 1024,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6,
        "rope_theta": 5e6,
        "rope_scaling": {
            "rope_type": "default",
            "mrope_interleaved": True,
            "mrope_section": [6, 5, 5],
        },
    },
    "vision_config": {
        "model_type": "qwen3_vl",
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "num_position_embeddings": 64,
        "out_hidden_size": 64,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "deepstack_visual_indexes": [0, 1],
    },
}


def make_reference(*, tied: bool) -> Any:
    """A torch model with every weight random: norms of ones would hide a forgotten scale."""
    import torch
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    torch.manual_seed(0)
    config = Qwen3VLConfig(**(TINY | {"tie_word_embeddings": tied}))
    model = Qwen3VLForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_norm = "norm" in name and name.endswith("weight")
            weight.copy_(torch.randn_like(weight) * (0.2 if is_norm else 0.1) + float(is_norm))
    return model


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
