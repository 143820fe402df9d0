"""config.json of the published Qwen3-VL models, for planning and for fresh weights.

A model that is loaded from a folder takes its sizes from that folder's config.json instead.
"""

from __future__ import annotations

from typing import Any


def _config(
    *,
    text: tuple[int, int, int, int],
    tied: bool,
    vision: tuple[int, int, int],
    deepstack: tuple[int, int, int],
    family: str = "qwen3_vl",
    **more: Any,
) -> dict[str, Any]:
    """``text``: width, MLP width, layers, heads; ``vision``: width, MLP width, blocks; ``more``:
    of text_config.
    """
    name = "Qwen3VLMoe" if family == "qwen3_vl_moe" else "Qwen3VL"
    return {
        "model_type": family,
        "architectures": [f"{name}ForConditionalGeneration"],
        "image_token_id": 151655,
        "video_token_id": 151656,
        "vision_start_token_id": 151652,
        "vision_end_token_id": 151653,
        "tie_word_embeddings": tied,
        "text_config": {
            "model_type": f"{family}_text",
            "vocab_size": 151936,
            "hidden_size": text[0],
            "intermediate_size": text[1],
            "num_hidden_layers": text[2],
            "num_attention_heads": text[3],
            "num_key_value_heads": 8,
            "head_dim": 128,
            "hidden_act": "silu",
            "attention_bias": False,
            "max_position_embeddings": 262144,
            "initializer_range": 0.02,
            "rms_norm_eps": 1e-6,
            "rope_theta": 5000000.0,
            "rope_scaling": {
                "rope_type": "default",
                "mrope_interleaved": True,
                "mrope_section": [24, 20, 20],
            },
            **more,
        },
        "vision_config": {
            "model_type": family,
            "depth": vision[2],
            "hidden_size": vision[0],
            "hidden_act": "gelu_pytorch_tanh",
            "intermediate_size": vision[1],
            "num_heads": 16,
            "in_channels": 3,
            "patch_size": 16,
            "temporal_patch_size": 2,
            "spatial_merge_size": 2,
            "num_position_embeddings": 2304,
            "out_hidden_size": text[0],
            "deepstack_visual_indexes": list(deepstack),
        },
    }


_SMALL: dict[str, Any] = {"tied": True, "vision": (1024, 4096, 24), "deepstack": (5, 11, 17)}
_LARGE: dict[str, Any] = {"tied": False, "vision": (1152, 4304, 27), "deepstack": (8, 16, 24)}

_EXPERTS: dict[str, Any] = {
    "family": "qwen3_vl_moe",
    "num_key_value_heads": 4,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 768,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "norm_topk_prob": True,
}

SIZES: dict[str, dict[str, Any]] = {
    "2b": _config(text=(2048, 6144, 28, 16), **_SMALL),
    "4b": _config(text=(2560, 9728, 36, 32), **_SMALL),
    "8b": _config(text=(4096, 12288, 36, 32), **_LARGE),
    "32b": _config(text=(5120, 25600, 64, 64), **_LARGE),
    "30b_a3b": _config(text=(2048, 6144, 48, 32), **_LARGE, **_EXPERTS),
}
"""By name: what Qwen3VLConfig.from_hf reads."""
