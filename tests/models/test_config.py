"""config.json in both spellings, and what is refused."""

from __future__ import annotations

import copy
import dataclasses
import json
from typing import Any

import pytest
from tiny_qwen import TINY

from vsdpo_jax.models.qwen3_vl.config import ConfigError, Qwen3VLConfig, quantization


def changed(path: str, value: Any) -> dict[str, Any]:
    """TINY with one leaf set; None removes it."""
    config = copy.deepcopy(TINY)
    *above, last = path.split(".")
    place = config
    for key in above:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return config


def in_new_spelling() -> dict[str, Any]:
    config = copy.deepcopy(TINY)
    text = config["text_config"]
    text["rope_parameters"] = {**text.pop("rope_scaling"), "rope_theta": text.pop("rope_theta")}
    return config


def test_both_spellings_of_rope_mean_the_same() -> None:
    old, new = Qwen3VLConfig.from_hf(TINY), Qwen3VLConfig.from_hf(in_new_spelling())
    assert old == new
    assert (old.rope_theta, old.mrope_section) == (5e6, (6, 5, 5))
    assert hash(old) == hash(new)


def test_what_is_written_holds_both_spellings_and_all_that_was_read() -> None:
    for source in (TINY, in_new_spelling()):
        config = Qwen3VLConfig.from_hf(source)
        written = json.loads(json.dumps(config.to_hf()))
        text = written["text_config"]
        assert text["rope_theta"] == text["rope_parameters"]["rope_theta"] == 5e6
        assert text["rope_scaling"]["mrope_section"] == [6, 5, 5]
        assert text["rope_parameters"]["mrope_section"] == [6, 5, 5]
        assert written["tie_word_embeddings"] is text["tie_word_embeddings"] is True
        assert written["vision_config"] == TINY["vision_config"]
        assert written["image_token_id"] == TINY["image_token_id"]
        assert Qwen3VLConfig.from_hf(written) == config


def test_reading_does_not_share_with_the_argument() -> None:
    source = copy.deepcopy(TINY)
    config = Qwen3VLConfig.from_hf(source)
    config.to_hf()["vision_config"]["depth"] = 99
    source["vision_config"]["depth"] = 98
    assert config.to_hf()["vision_config"] == TINY["vision_config"]


def test_the_top_level_decides_about_tying() -> None:
    config = changed("text_config.tie_word_embeddings", False)
    assert Qwen3VLConfig.from_hf(config).tie_word_embeddings
    del config["tie_word_embeddings"]
    assert not Qwen3VLConfig.from_hf(config).tie_word_embeddings


def test_tying_that_is_nowhere_said_is_none() -> None:
    assert not Qwen3VLConfig.from_hf(changed("tie_word_embeddings", None)).tie_word_embeddings
    for place in ("", "text_config."):
        config = changed("tie_word_embeddings", None)
        (config["text_config"] if place else config)["tie_word_embeddings"] = None
        with pytest.raises(ConfigError, match="tie_word_embeddings is None; say true or false"):
            Qwen3VLConfig.from_hf(config)


def test_a_spread_of_fresh_embeddings_is_a_number_if_it_is_said() -> None:
    config = changed("text_config.initializer_range", 0)
    assert Qwen3VLConfig.from_hf(config).initializer_range == 0
    del config["text_config"]["initializer_range"]
    assert Qwen3VLConfig.from_hf(config).initializer_range == 0.02
    config["text_config"]["initializer_range"] = None
    with pytest.raises(ConfigError, match=r"text_config\.initializer_range is None"):
        Qwen3VLConfig.from_hf(config)


def test_all_missing_fields_are_named_at_once() -> None:
    config = changed("text_config.head_dim", None)
    del config["text_config"]["vocab_size"]
    with pytest.raises(ConfigError, match=r"lacks vocab_size, head_dim"):
        Qwen3VLConfig.from_hf(config)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("model_type", "qwen2_vl", "model_type is 'qwen2_vl'"),
        ("model_type", None, "model_type is None"),
        ("text_config", None, "text_config is missing"),
        ("text_config.hidden_size", "64", "hidden_size is '64'"),
        ("text_config.num_hidden_layers", 0, "num_hidden_layers is 0"),
        ("text_config.num_hidden_layers", True, "num_hidden_layers is True"),
        ("text_config.rms_norm_eps", "small", "rms_norm_eps is 'small'"),
        ("text_config.num_attention_heads", 3, "no multiple of num_key_value_heads"),
        ("text_config.head_dim", 64, "sum is head_dim / 2 = 32"),
        ("text_config.rope_theta", None, "rope_theta is None"),
        ("text_config.rope_scaling", None, "mrope_section is None"),
        ("text_config.rope_scaling.mrope_section", [8, 8], "has to be three numbers"),
        (
            "text_config.rope_scaling.mrope_section",
            [2, 12, 2],
            "neither can have more than a third",
        ),
        ("text_config.rope_scaling.rope_type", "yarn", "rope_type is 'yarn'"),
        ("text_config.rope_scaling.mrope_interleaved", False, "mrope_interleaved is false"),
        ("text_config.hidden_act", "gelu", "hidden_act is 'gelu'"),
        ("text_config.attention_bias", True, "attention_bias is True"),
        ("text_config.num_experts", 8, "a mixture of experts is .qwen3_vl_moe"),
        ("tie_word_embeddings", "true", "tie_word_embeddings is 'true'; say true or false"),
        ("text_config.rms_norm_eps", 0, "rms_norm_eps is 0.0; it has to be above 0"),
        ("text_config.rms_norm_eps", float("nan"), "rms_norm_eps is nan"),
        ("text_config.rope_theta", -5, "rope_theta is -5.0; it has to be above 0"),
        ("text_config.rope_theta", float("inf"), "rope_theta is inf"),
        ("text_config.initializer_range", -0.1, "initializer_range is -0.1; .* 0 or more"),
        ("text_config.initializer_range", "x", "text_config.initializer_range is 'x'"),
        ("text_config.initializer_range", True, "text_config.initializer_range is True"),
        ("text_config.rope_scaling.mrope_section", [18, -1, -1], "none of them can be below 0"),
        ("text_config.rope_scaling", "x", "text_config.rope_scaling is 'x'; expected an object"),
        ("text_config.rope_parameters", [1], r"text_config.rope_parameters is \[1\]; expected"),
        ("vision_config.rope_parameters", "x", "vision_config.rope_parameters is 'x'; expected"),
        ("image_token_id", None, "image_token_id is 151655; .*, below vocab_size, which is 1024"),
        ("image_token_id", 1024, "below vocab_size, which is 1024"),
        ("image_token_id", "<image>", "image_token_id is '<image>'"),
        ("vision_config", "none", "vision_config is 'none'"),
        ("vision_config.depth", None, "vision_config lacks depth"),
        ("vision_config.depth", 2.0, "vision_config.depth is 2.0"),
        ("vision_config.num_heads", 0, "vision_config.num_heads is 0"),
        ("vision_config.num_heads", 5, "multiple of 4"),
        ("vision_config.num_position_embeddings", 65, "a square number"),
        ("vision_config.out_hidden_size", 32, "out_hidden_size is 32"),
        ("vision_config.deepstack_visual_indexes", None, "lacks deepstack_visual_indexes"),
        ("vision_config.deepstack_visual_indexes", 1, "deepstack_visual_indexes is 1"),
        ("vision_config.deepstack_visual_indexes", [0, 3], "below depth, which is 3"),
        ("vision_config.deepstack_visual_indexes", [1, 0], "ascending"),
        ("vision_config.hidden_act", "silu", "vision_config.hidden_act is 'silu'"),
        ("vision_config.rope_parameters", {"rope_theta": 5e5}, "rope_theta is 500000"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(path: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Qwen3VLConfig.from_hf(changed(path, value))


def test_the_vision_tower_is_read() -> None:
    vision = Qwen3VLConfig.from_hf(TINY).vision
    assert vision is not None
    assert (vision.depth, vision.num_heads, vision.deepstack_visual_indexes) == (3, 2, (0, 2))
    assert (vision.patch_values, vision.patches_per_token, vision.table_side) == (1536, 4, 8)
    assert Qwen3VLConfig.from_hf(changed("vision_config.in_channels", None)).vision == vision


def test_more_levels_than_text_layers_are_refused() -> None:
    config = changed("vision_config.deepstack_visual_indexes", [0, 1, 2])
    config["text_config"]["num_hidden_layers"] = 2
    with pytest.raises(ConfigError, match="3 levels for 2 text layers"):
        Qwen3VLConfig.from_hf(config)


def test_a_text_model_needs_no_vision_settings() -> None:
    config = changed("vision_config", None)
    del config["image_token_id"]
    read = Qwen3VLConfig.from_hf(config)
    assert read.vision is None
    assert read.image_token_id is None
    assert "vision_config" not in read.to_hf()
    assert Qwen3VLConfig.from_hf(config | {"vision_config": None}) == read


def test_marks_that_are_left_out_are_those_of_published_models() -> None:
    config = changed("image_token_id", None)
    for name in ("video_token_id", "vision_start_token_id", "vision_end_token_id"):
        del config[name]
    config["text_config"]["vocab_size"] = 151936
    read = Qwen3VLConfig.from_hf(config)
    assert (read.image_token_id, read.video_token_id) == (151655, 151656)
    assert (read.vision_start_token_id, read.vision_end_token_id) == (151652, 151653)
    with pytest.raises(ConfigError, match="image_token_id is None"):
        Qwen3VLConfig.from_hf(config | {"image_token_id": None})


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "fp8"),
        ({"group_size": 64, "bits": 4}, "4 bits"),
        ({"odd": 1}, "quantization"),
    ],
)
@pytest.mark.parametrize("is_nested", [True, False])
def test_quantisation_is_seen_and_not_handed_on(packed: dict, name: str, is_nested: bool) -> None:
    source = copy.deepcopy(TINY)
    place = source["text_config"] if is_nested else source
    place["quantization_config" if "quant_method" in packed else "quantization"] = packed
    assert quantization(source) == name
    written = Qwen3VLConfig.from_hf(source).to_hf()
    assert "quantization" not in json.dumps(written)
    assert quantization(written) == ""


def test_changed_sizes_are_written() -> None:
    config = Qwen3VLConfig.from_hf(TINY)
    assert config.vision is not None
    smaller = dataclasses.replace(config.vision, depth=1, deepstack_visual_indexes=(0,))
    written = dataclasses.replace(config, vision=smaller, image_token_id=0).to_hf()
    assert (written["vision_config"]["depth"], written["image_token_id"]) == (1, 0)
    assert Qwen3VLConfig.from_hf(written).vision == smaller
    assert "vision_config" not in dataclasses.replace(config, vision=None).to_hf()
