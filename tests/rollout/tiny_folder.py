"""A small Qwen3-VL folder, and chats for it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.rollout.processor import Processor

ROOT = Path(__file__).parents[2]
MINI = ROOT / "vsdpo_jax" / "domains" / "chart" / "mini"
VOCAB = 608  # more rows than the tokenizer has ids
LIMIT = 512

PREPROCESSOR = {
    "size": {"shortest_edge": 4096, "longest_edge": 40_000},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def config_of(processor: Processor) -> dict[str, Any]:
    start, end = (int(processor.encode(f"<|vision_{name}|>")[0]) for name in ("start", "end"))
    return {
        "image_token_id": processor.image_token_id,
        "video_token_id": processor.video_token_id,
        "vision_start_token_id": start,
        "vision_end_token_id": end,
        "tie_word_embeddings": True,
        "text_config": {
            "vocab_size": VOCAB,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "max_position_embeddings": LIMIT,
            "rms_norm_eps": 1e-6,
            "rope_theta": 5e6,
            "rope_scaling": {
                "rope_type": "default",
                "mrope_interleaved": True,
                "mrope_section": [6, 5, 5],
            },
        },
        "vision_config": {
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


def picture(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(width).integers(0, 256, width * height * 3, dtype=np.uint8)
    return Image.frombytes("RGB", (width, height), values.tobytes())


def user(*items: Any) -> list[dict[str, Any]]:
    """A turn of texts and images."""
    content = [
        {"type": "text", "text": item} if isinstance(item, str) else
        {"type": "image", "image": item}
        for item in items
    ]  # fmt: skip
    return [{"role": "user", "content": content}]


PROMPTS = {
    "text": [{"role": "user", "content": "Draw three bars: Ä, 日本."}],
    "one image": user("What is this?", picture(96, 64)),
    "two images": user(picture(64, 96), "or", picture(160, 70), "?"),
    "three turns": [
        *user(picture(64, 64), "Draw it."),
        {"role": "assistant", "content": "import numpy"},
        {"role": "user", "content": "Again."},
    ],
}
COMPLETION = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\n日本 🙂"


def copy_with(source: Path, target: Path, name: str, content: str | None) -> Path:
    """``source`` copied, one file replaced (or removed)."""
    shutil.copytree(source, target)
    (target / name).unlink(missing_ok=True)
    if content is not None:
        (target / name).write_text(content)
    return target
