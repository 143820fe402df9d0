"""Every option reaches what it is named after."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import pytest

from configs import methods, mini_chart
from vsdpo_jax.core.inputs import TrainState
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, lora
from vsdpo_jax.run import assembly
from vsdpo_jax.run.settings import Objective, SettingsError, from_config

CONFIG = Qwen3VLConfig.from_hf({
    "model_type": "qwen3_vl", "tie_word_embeddings": True,
    "text_config": {
        "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 8, "intermediate_size": 24, "vocab_size": 40,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 64, "rope_theta": 1e4,
        "rope_scaling": {"mrope_section": [2, 1, 1]},
    },
})  # fmt: skip


def settings(**leaves):
    config = mini_chart.get_config()
    for name, value in leaves.items():
        group, leaf = name.split("__")
        config[group][leaf] = value
    return from_config(config)


OTHER = {
    "distill_weight": 0.5, "divergence": "topk", "jsd_alpha": 0.25, "topk": 7, "topk_tail": False,
    "normalization": "batch", "importance": "both", "importance_clip": 3.0, "beta": 0.5,
    "beta_final_share": 0.5, "clip_low": 0.1, "clip_high": 0.4, "clip_dual": 3.0,
    "ratio": "sequence", "aggregation": "token_mean", "mask_truncated": True,
    "drop_flat_groups": True, "reference_kl": 0.1, "sft_weight": 0.2, "kl_clamp": 1.0,
    "kl_clip": 0.05, "skip_satisfied": True, "teacher_entropy": True, "pass_rate_weight": True,
    "head_chunk": 64,
}  # fmt: skip


@pytest.mark.parametrize("leaf", [field.name for field in dataclasses.fields(Objective)])
def test_every_leaf_of_the_objective_reaches_it(leaf):
    if leaf == "normalize_std":  # read by the advantages, on the host
        return
    before = dataclasses.asdict(assembly.objective(settings(), 40))
    after = dataclasses.asdict(
        assembly.objective(settings(**{f"objective__{leaf}": OTHER[leaf]}), 40)
    )
    assert {name for name in before if before[name] != after[name]} == {leaf}
    assert after[leaf] == OTHER[leaf]


def test_the_rest_of_the_objective_comes_from_where_it_belongs():
    names = {field.name for field in dataclasses.fields(ObjectiveSettings)}
    assert names - OTHER.keys() == {"num_updates", "temperature", "vocab_size"}
    made = assembly.objective(settings(rollout__temperature=0.7, train__epochs_per_batch=2), 40)
    assert (made.temperature, made.vocab_size, made.num_updates) == (0.7, 40, 48)


def test_the_schedules_of_beta_and_of_the_rate_end_with_the_last_update(monkeypatch):
    """Five steps that imitate make five updates, the other 19 two each."""
    seen = {}
    monkeypatch.setattr(assembly, "make_optimizer", lambda **options: seen.update(options))
    chosen = settings(train__warm_up_steps=5, train__epochs_per_batch=2)
    assembly.optimizer(chosen)
    assert seen["num_steps"] == assembly.objective(chosen, 40).num_updates == 5 + 19 * 2


@pytest.mark.parametrize("kind", ["ema", "frozen", "trust_region", "live"])
@pytest.mark.parametrize("stays", ["update/skipped", "update/empty", None])
def test_only_an_averaged_teacher_follows_imitation(kind, stays, monkeypatch):
    def step(state, batch, frozen):
        assert state.teacher_params is None  # nobody reads it
        moved = state.params if stays else state.params + 1
        flags = {name: jnp.float32(name == stays) for name in ("update/skipped", "update/empty")}
        return dataclasses.replace(state, params=moved), flags

    monkeypatch.setattr(assembly, "_step", lambda *settings: step)
    chosen = settings(teacher__kind=kind, teacher__ema_rate=0.25)
    teacher = None if kind == "live" else jnp.zeros(3)
    state = TrainState(params=jnp.ones(3), opt_state=(), step=0, teacher_params=teacher)
    new, _ = assembly.sft_update(chosen, CONFIG, 40)(state, None)
    expected = 0.5 if kind == "ema" and not stays else 0.0
    assert (new.teacher_params is None) is (kind == "live")
    assert kind == "live" or jnp.all(new.teacher_params == expected)


def test_what_the_objective_refuses_is_a_settings_error():
    nothing = {"objective__beta": 0.0, "objective__distill_weight": 0.0}
    with pytest.raises(SettingsError, match=r"config\.objective\.distill_weight is 0\.0"):
        assembly.objective(settings(**nothing), 40)


def forward(params):
    tokens = jnp.arange(5)[None]
    mask = jnp.ones((1, 5), bool)
    return assembly.hidden_fn(settings(), CONFIG)(params, tokens, mask)


@pytest.mark.parametrize("leaves", [
    {}, {"model__freeze": ("embeddings",)}, {"model__freeze": ("vision",)},
    {"model__lora_rank": 2}, {"model__lora_rank": 2, "model__lora_targets": ("q_proj",)},
])  # fmt: skip
def test_split_and_merge_make_the_model_that_there_was(leaves):
    chosen = settings(**leaves)
    params = qwen3_vl.init(jax.random.key(0), CONFIG)
    trained, frozen = assembly.split(jax.random.key(1), params, chosen)
    merge = assembly.merge_fn(chosen)
    whole = trained if merge is None else merge(trained, frozen)
    assert jnp.allclose(forward(whole), forward(params), atol=1e-6)
    if chosen.model.lora_rank:
        assert all(lora.is_adapter(path) for path in lora.flatten(trained))
    if "embeddings" in chosen.model.freeze:
        assert "embed_tokens" in frozen
        assert "embed_tokens" not in trained


def test_unknown_parts_and_targets_are_settings_errors():
    params = qwen3_vl.init(jax.random.key(0), CONFIG)
    with pytest.raises(SettingsError, match=r"cannot freeze \['tail'\]"):
        assembly.split(jax.random.key(1), params, settings(model__freeze=("tail",)))
    bad = settings(model__lora_rank=2, model__lora_targets=("z_proj",))
    with pytest.raises(SettingsError, match="z_proj"):
        assembly.split(jax.random.key(1), params, bad)


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match=r"'grop' is unknown; use one of visual_sdpo, .*grpo"):
        mini_chart.get_config("grop")


@pytest.mark.parametrize("method", methods.METHODS)
def test_every_method_is_a_config(method):
    made = from_config(mini_chart.get_config(method))
    assembly.objective(made, 40)
    assert (made == from_config(mini_chart.get_config())) is (
        method in ("visual_sdpo", "rubric_only")
    )
