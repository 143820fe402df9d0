"""The published sizes: counts of parameters, with nothing allocated."""

from __future__ import annotations

import copy
import math
from typing import Any

import jax
import pytest

from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.sizes import SIZES


def count(tree: Any) -> int:
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize(
    ("name", "total", "vision"),
    [
        ("2b", 2.128, 0.407), ("4b", 4.438, 0.415), ("8b", 8.767, 0.576), ("32b", 33.36, 0.595),
        ("30b_a3b", 31.07, 0.539),
    ],
)  # fmt: skip
def test_counts_are_those_of_the_published_models(name: str, total: float, vision: float) -> None:
    """In billions. The reference implementation, built from the same settings, agrees exactly."""
    import torch
    import transformers

    config = Qwen3VLConfig.from_hf(SIZES[name])
    params = jax.eval_shape(lambda key: qwen3_vl.init(key, config), jax.random.key(0))
    assert count(params) == pytest.approx(total * 1e9, rel=5e-4)
    assert count(params["visual"]) == pytest.approx(vision * 1e9, abs=5e5)
    family = "Qwen3VL" if config.experts is None else "Qwen3VLMoe"
    their_config = getattr(transformers, f"{family}Config")(**copy.deepcopy(SIZES[name]))
    with torch.device("meta"):
        reference = getattr(transformers, f"{family}ForConditionalGeneration")(their_config)
    assert count(params) == sum(weight.numel() for weight in reference.parameters())
    assert count(params["visual"]) == sum(w.numel() for w in reference.model.visual.parameters())


def test_sizes_are_written_as_they_are_read() -> None:
    for content in SIZES.values():
        config = Qwen3VLConfig.from_hf(content)
        assert Qwen3VLConfig.from_hf(config.to_hf()) == config
        assert config.to_hf()["vision_config"] == content["vision_config"]
