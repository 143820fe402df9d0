"""A small policy that sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jax

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, weights
from vsdpo_jax.rollout.processor import Processor
from vsdpo_jax.run import opening


def seeing_model(domain: str, folder: Path) -> Path:
    """The domain's mini model with a fresh vision tower, in ``folder``: it writes programs, and
    pictures move its teacher.
    """
    shutil.copytree(opening.mini_folder(domain), folder, dirs_exist_ok=True)
    processor = Processor(folder)
    params, config = weights.load(folder)
    raw = config.to_hf() | {
        "image_token_id": processor.image_token_id, "video_token_id": processor.video_token_id,
        "vision_start_token_id": int(processor.encode("<|vision_start|>")[0]),
        "vision_end_token_id": int(processor.encode("<|vision_end|>")[0]),
        "vision_config": {
            "model_type": "qwen3_vl", "depth": 2, "hidden_size": 32, "in_channels": 3,
            "hidden_act": "gelu_pytorch_tanh", "intermediate_size": 48, "num_heads": 2,
            "num_position_embeddings": 64, "out_hidden_size": config.hidden_size,
            "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2,
            "deepstack_visual_indexes": [0, 1],
        },
    }  # fmt: skip
    config = Qwen3VLConfig.from_hf(raw)
    visual = qwen3_vl.init(jax.random.key(0), config)["visual"]
    weights.save(folder, params | {"visual": visual}, config)
    preprocessor = {
        "patch_size": 16, "temporal_patch_size": 2, "merge_size": 2,
        "size": {"shortest_edge": 1024, "longest_edge": 16384},
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "image_processor_type": "Qwen2VLImageProcessor",
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder
