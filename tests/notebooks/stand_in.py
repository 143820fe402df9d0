"""A tiny random Qwen3-VL with a vision tower, in a folder like a published one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jax

from vsdpo_jax.domains.base import load_domain
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import weights
from vsdpo_jax.rollout.processor import Processor

VISION = {
    "depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2,
    "num_position_embeddings": 64, "out_hidden_size": 64, "patch_size": 16,
    "spatial_merge_size": 2, "temporal_patch_size": 2, "in_channels": 3,
    "deepstack_visual_indexes": [0],
}  # fmt: skip
PICTURES = {
    "size": {"shortest_edge": 4096, "longest_edge": 40_000}, "patch_size": 16,
    "temporal_patch_size": 2, "merge_size": 2, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
}  # fmt: skip


def make_stand_in(folder: Path) -> Path:
    """The tokenizer of the mini policy, random weights, room for long prompts.

    Returns:
      ``folder``.
    """
    mini = load_domain("chart").mini
    assert mini is not None
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(mini / name, folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PICTURES))
    processor = Processor(folder)
    start, end = (int(processor.encode(f"<|vision_{name}|>")[0]) for name in ("start", "end"))
    config = qwen3_vl.Qwen3VLConfig.from_hf(
        {
            "model_type": "qwen3_vl",
            "image_token_id": processor.image_token_id, "video_token_id": processor.video_token_id,
            "vision_start_token_id": start, "vision_end_token_id": end,
            "tie_word_embeddings": True,
            "text_config": {
                "vocab_size": 1024, "hidden_size": 64, "intermediate_size": 96,
                "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
                "head_dim": 32, "max_position_embeddings": 4096, "rms_norm_eps": 1e-6,
                "rope_theta": 5e6,
                "rope_scaling": {"rope_type": "default", "mrope_interleaved": True,
                                 "mrope_section": [6, 5, 5]},
            },
            "vision_config": VISION,
        }
    )  # fmt: skip
    weights.save(folder, qwen3_vl.init(jax.random.key(0), config), config)
    return folder
