"""A small Qwen3-VL in the reference implementation and in ours, and how they are compared."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig

ROWS, LENGTH = 3, 19

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


def ours(params: Any, config: Qwen3VLConfig, tokens_BS: Any, mask_BS: Any) -> np.ndarray:
    return np.asarray(_logits(params, config, jnp.asarray(tokens_BS), jnp.asarray(mask_BS)))


@partial(jax.jit, static_argnums=1)
def _logits(params: Any, config: Qwen3VLConfig, tokens_BS: Any, mask_BS: Any) -> jax.Array:
    hidden_BSD = qwen3_vl.hidden_fn(config)(params, tokens_BS, mask_BS)
    return hidden_BSD @ qwen3_vl.head_VD(params, config).T


def theirs(model: Any, tokens_BS: np.ndarray, mask_BS: np.ndarray, **more: Any) -> np.ndarray:
    import torch

    with torch.no_grad():
        out = model(
            input_ids=torch.tensor(tokens_BS), attention_mask=torch.tensor(mask_BS).long(), **more
        )
    return out.logits.numpy()


def relative_error(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def random_tokens(rng: np.random.Generator, rows: int = ROWS, length: int = LENGTH) -> np.ndarray:
    return rng.integers(0, 1000, (rows, length))
