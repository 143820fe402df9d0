"""What is planned is what runs: bytes of shapes against bytes of arrays on a real mesh."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import jax
import pytest

from configs import base
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig
from vsdpo_jax.models.qwen3_vl.sizes import SIZES
from vsdpo_jax.run import assembly, opening, planning
from vsdpo_jax.run.settings import Settings, SettingsError, from_config
from vsdpo_jax.runtime import mesh as meshes

SMALL_TEXT = {
    "vocab_size": 512, "hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
    "rope_scaling": {
        "rope_type": "default", "mrope_interleaved": True, "mrope_section": [4, 2, 2],
    },
}  # fmt: skip
SMALL_VISION = {
    "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2,
    "num_position_embeddings": 16, "out_hidden_size": 64, "deepstack_visual_indexes": [0, 1],
}  # fmt: skip


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size of its own: untied, with a vision tower, in milliseconds."""
    config = copy.deepcopy(SIZES["8b"])
    config["text_config"] |= SMALL_TEXT
    config["vision_config"] |= SMALL_VISION
    for name in ("image_token_id", "video_token_id", "vision_start_token_id"):
        config[name] = 500
    config["vision_end_token_id"] = 501
    monkeypatch.setitem(SIZES, "small", config)


def make(**leaves: Any) -> tuple[Settings, Qwen3VLConfig]:
    """Settings of a small run on the eight devices of the tests."""
    config = base.get_config()
    config.teacher.kind = "live"
    leaves = {
        "model.size": "small", "model.max_pixels": 4096, "mesh.fsdp": 4, "mesh.tensor": 2,
        "rollout.prompt_limit": 24, "rollout.max_new_tokens": 40, "teacher.prompt_limit": 32,
        "objective.head_chunk": 64,
    } | leaves  # fmt: skip
    config.update_from_flattened_dict(leaves)
    settings = from_config(config)
    return settings, planning.model_config(settings)


def on_device_0(tree: Any) -> int:
    device = jax.devices()[0]
    return sum(
        shard.data.nbytes
        for leaf in jax.tree.leaves(tree)
        for shard in leaf.addressable_shards
        if shard.device == device
    )


@pytest.mark.parametrize(
    "leaves",
    [
        {},
        {"optim.state_dtype": "bfloat16", "teacher.kind": "ema"},
        {"optim.kind": "adafactor", "optim.b1": 0.0},
        {"model.freeze": ("vision", "embeddings"), "mesh.fsdp": 2},
        {"model.lora_rank": 4, "model.param_dtype": "bfloat16", "teacher.kind": "frozen"},
        {"mesh.fsdp": 1, "mesh.tensor": 1},
    ],
    ids=str,
)
def test_planned_bytes_are_those_of_a_real_state(leaves):
    settings, config = make(**leaves)
    mesh = opening.make_mesh(settings)
    key = jax.random.key(0)
    params = meshes.shard_params(
        jax.tree.map(
            lambda leaf: leaf.astype(settings.model.param_dtype), qwen3_vl.init(key, config)
        ),
        mesh,
    )
    trained, frozen = assembly.split(key, params, settings)
    state = opening.make_state(meshes.shard_params(trained, mesh), settings, mesh)
    memory = planning.resident(settings, config)
    assert memory.trained == on_device_0(state.params) > 0
    assert memory.frozen == on_device_0(frozen)
    assert memory.teacher == on_device_0(state.teacher_params)
    assert memory.gradients == memory.trained
    if settings.optim.kind == "adamw":
        assert memory.optimizer == on_device_0(state.opt_state)
    else:  # no first moment, and matrices of these sizes are not worth factors
        assert memory.optimizer <= memory.trained + 10**5
    assert memory.resident == memory.trained + memory.frozen + memory.optimizer + memory.teacher


def test_adapters_and_gradients_are_float32_whatever_the_frozen_weights_are():
    wide, narrow = (
        planning.resident(*make(**{"model.lora_rank": 4, "model.param_dtype": dtype}))
        for dtype in ("float32", "bfloat16")
    )
    assert narrow.gradients == narrow.trained == wide.trained
    assert 2 * narrow.frozen == wide.frozen


def test_sampling_counts_keys_values_and_logits():
    settings, config = make(**{"mesh.fsdp": 4, "mesh.tensor": 2})
    # 1 prompt and 8 rows a device; 3 layers, keys and values, 1 of 2 heads of 16, 64 slots.
    cache = (1 + 8) * 64 * 3 * 2 * 1 * 16 * 4
    logits = 3 * 8 * 256 * 4
    memory = planning.resident(settings, config)
    assert memory.cache == cache + logits
    assert memory.sampling == memory.resident + cache + logits
    # Two prompts cannot be shared by four ways, so each device holds both.
    settings, config = make(**{"rollout.prompts_per_step": 2})
    assert planning.resident(settings, config).cache == (
        (2 + 4) * 64 * 3 * 2 * 16 * 4 + 3 * 4 * 256 * 4
    )


def test_pictures_are_part_of_the_batch():
    settings, config = make()
    without = planning.resident(settings, config).batch
    settings, config = make(**{"data.images_per_task": 1, "teacher.context": "rubric+image"})
    patches, values = 16, 3 * 2 * 16 * 16
    a_picture = patches * (values * 4 + 1 + 4 * 4 + 4 * 4 + 2 * 4)
    places = (64 + 72) * (4 + 3 * 4)  # slots and positions of both sequences
    rows = 8
    assert planning.resident(settings, config).batch - without == rows * (3 * a_picture + places)
    alone, _ = make(**{
        "data.images_per_task": 1, "teacher.context": "rubric+image", "teacher.kind": "none",
    })  # fmt: skip
    places = 64 * (4 + 3 * 4)  # of the student's sequence: nobody reads the other
    assert planning.resident(alone, config).batch - without == rows * (a_picture + places)
    text_only = dataclasses.replace(config, vision=None)
    with pytest.raises(SettingsError, match="no vision tower"):
        planning.resident(settings, text_only)


@pytest.mark.slow  # three compilations
def test_a_baseline_is_another_teachers_columns_in_the_batch():
    plain, config = make()
    weighted, _ = make(**{"teacher.baseline_weight": 1.0})
    added = planning.resident(weighted, config).batch - planning.resident(plain, config).batch
    rows, columns = 8, plain.teacher.prompt_limit + plain.rollout.max_new_tokens
    assert columns == 72
    assert added == rows * (columns * (4 + 1) + 1)  # int32 and bool, and whether there is one


def test_a_measured_update_grows_with_tokens_and_falls_with_microbatches():
    def activations(**leaves: Any) -> int:
        return planning.measure(*make(**{"model.size": "", **leaves})).activations

    plain = activations()
    assert plain > 0
    assert activations(**{"rollout.max_new_tokens": 80}) > 1.2 * plain
    assert activations(**{"train.num_microbatches": 4}) < 0.7 * plain


@pytest.mark.slow
def test_a_measured_update_with_pictures_adapters_and_another_attention():
    leaves = {
        "data.images_per_task": 1, "teacher.context": "rubric+image", "model.lora_rank": 4,
        "model.param_dtype": "bfloat16", "model.dtype": "bfloat16", "model.attention": "splash",
    }  # fmt: skip
    memory = planning.measure(*make(**leaves))
    assert memory.activations > 0
    assert memory.peak == max(memory.update, memory.sampling)
    assert memory.update == sum(dataclasses.astuple(memory)) - memory.cache


def test_rows_of_both_readers_have_to_fit_the_model() -> None:
    limit = SIZES["8b"]["text_config"]["max_position_embeddings"]
    planning.check_lengths(*make(**{"rollout.max_new_tokens": limit - 32}))
    for leaves, message in (
        ({"rollout.max_new_tokens": limit}, "rollout.prompt_limit = 24 .* at most 262120"),
        ({"rollout.max_new_tokens": limit - 30}, "teacher.prompt_limit = 32 .* at most 262112"),
        (
            {"rollout.prompt_limit": limit, "teacher.prompt_limit": limit},
            "rows have 262184 tokens, .*; lower the prompt_limit",
        ),
    ):
        with pytest.raises(SettingsError, match=message):
            planning.check_lengths(*make(**leaves))


@pytest.mark.parametrize(
    ("leaves", "message"),
    [
        ({"model.size": "9b"}, "config.model.size = '9b': use one of 2b, 4b, 8b, 32b"),
        ({"model.size": "", "model.path": "no/such/folder"}, "config.model.path"),
        ({"mesh.fsdp": 3}, "mesh.fsdp = 3"),
        (
            {"mesh.fsdp": 8, "mesh.tensor": 1, "rollout.group_size": 3},
            "12 rows .* multiple of 8: prompts_per_step = 8,",
        ),
        (
            {"mesh.fsdp": 8, "mesh.tensor": 1, "train.num_microbatches": 16},
            "num_microbatches = 16: the 2 rows of one cannot be .* use 2 or 4$",
        ),
        ({"mesh.fsdp": 1, "mesh.tensor": 8, "model.size": "odd"}, "_proj .* mesh.tensor = 8"),
        ({"model.freeze": ("sound",)}, "sound"),
        ({"model.lora_rank": 4, "model.lora_targets": ("z_proj",)}, "z_proj"),
    ],
    ids=str,
)
def test_impossible_plans_name_the_setting(monkeypatch, leaves, message):
    odd = copy.deepcopy(SIZES["small"])
    odd["text_config"] |= {"head_dim": 18, "num_attention_heads": 2, "num_key_value_heads": 2}
    odd["text_config"]["rope_scaling"] |= {"mrope_section": [3, 3, 3]}
    monkeypatch.setitem(SIZES, "odd", odd)
    with pytest.raises(SettingsError, match=message):
        planning.resident(*make(**leaves))
