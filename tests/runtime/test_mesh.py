from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jax.sharding import AxisType, PartitionSpec

from vsdpo_jax.models.qwen3_vl import init, lora
from vsdpo_jax.models.qwen3_vl.config import Qwen3VLConfig
from vsdpo_jax.runtime import mesh as mesh_module
from vsdpo_jax.runtime.mesh import (
    batch_sharding,
    make_mesh,
    meet,
    own_rows,
    param_shardings,
    put,
    replicated,
    shard_batch,
    shard_params,
)

P = PartitionSpec
TEXT = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 8, "intermediate_size": 64, "vocab_size": 64, "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0, "rope_scaling": {"mrope_section": [2, 1, 1], "rope_type": "default"},
    "max_position_embeddings": 128, "hidden_act": "silu", "tie_word_embeddings": False,
    "model_type": "qwen3_vl_text",
}  # fmt: skip


def sizes(mesh):
    return tuple(mesh.shape.values())


@given(st.sampled_from([(1, 1, 8), (2, 2, 2), (8, 1, 1), (1, 8, 1), (4, 1, 2)]), st.integers(0, 3))
def test_a_free_axis_takes_what_remains(shape, free):
    asked = [-1 if axis == free else size for axis, size in enumerate(shape)]
    mesh = make_mesh(*asked)
    assert sizes(mesh) == shape
    assert mesh.axis_names == ("data", "fsdp", "tensor")
    assert set(mesh.axis_types) == {AxisType.Auto}


def test_by_default_all_devices_split_the_batch():
    assert sizes(make_mesh()) == (8, 1, 1)
    assert sizes(make_mesh(devices=jax.devices()[:3])) == (3, 1, 1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((3, 1, 1), "does not make 8 devices"),
        ((-1, 3, 1), "does not make 8 devices"),
        ((16, 1, 1), "does not make 8 devices"),
        ((-1, -1, 1), "mesh.data and mesh.fsdp are both -1"),
        ((0, 1, 1), "mesh.data = 0: use 1 or more"),
        ((8, 1, -2), "mesh.tensor = -2: use 1 or more"),
    ],
)
def test_sizes_that_make_no_mesh(asked, message):
    with pytest.raises(ValueError, match=message):
        make_mesh(*asked)


def test_a_batch_is_split_over_data_and_fsdp_and_stays_what_it_is():
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    batch = {"tokens_BT": np.arange(24, dtype=np.int32).reshape(8, 3), "mask_B": np.ones(8, bool)}
    placed = shard_batch(batch, mesh)
    for name, value in batch.items():
        np.testing.assert_array_equal(placed[name], value)
        assert placed[name].sharding == batch_sharding(mesh)
        assert placed[name].addressable_shards[0].data.shape == (2, *value.shape[1:])


@pytest.mark.parametrize("value", [np.ones((6, 2)), np.float32(1.0)])
def test_a_batch_that_cannot_be_split_is_named(value):
    with pytest.raises(ValueError, match=r"batch\['x'\] has shape .* multiple of 8"):
        shard_batch({"x": value}, make_mesh())


def test_what_is_whole_is_put_where_it_belongs():
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    tree = {"key": jax.random.key(7), "x_AB": np.arange(8.0).reshape(4, 2)}
    placed = put(tree, {"key": replicated(mesh), "x_AB": batch_sharding(mesh)})
    np.testing.assert_array_equal(placed["x_AB"], tree["x_AB"])
    assert placed["x_AB"].sharding == batch_sharding(mesh)
    assert jax.random.uniform(placed["key"]) == jax.random.uniform(tree["key"])


@dataclass(frozen=True)
class Chip:
    id: int
    process_index: int


@dataclass(frozen=True)
class Pod:
    """The part of a mesh that own_rows looks at, of two processes with four devices each."""

    shape: dict
    owners: tuple

    @property
    def local_devices(self):
        return [owner for owner in self.owners if owner == 0]


@pytest.mark.parametrize(
    ("owners", "tensor", "expected"),
    [
        ((0, 0, 0, 0, 1, 1, 1, 1), 1, [0, 1, 2, 3, 4, 5, 6, 7]),
        ((0, 1, 0, 1, 0, 1, 0, 1), 1, [0, 1, 4, 5, 8, 9, 12, 13]),
        ((0, 0, 1, 1, 0, 0, 1, 1), 2, [0, 1, 2, 3, 8, 9, 10, 11]),
    ],
)
def test_a_process_owns_the_rows_of_its_devices(monkeypatch, owners, tensor, expected):
    class Layout:
        def devices_indices_map(self, shape):
            size = shape[0] * tensor // len(owners)
            return {
                Chip(i, owner): (slice(i // tensor * size, (i // tensor + 1) * size),)
                for i, owner in enumerate(owners)
            }

    monkeypatch.setattr(mesh_module, "batch_sharding", lambda mesh: Layout())
    pod = Pod({"data": 8 // tensor, "fsdp": 1, "tensor": tensor}, owners)
    assert own_rows(pod, 16).tolist() == expected
    with pytest.raises(ValueError, match="13 rows cannot be shared"):
        own_rows(pod, 13)


def test_rows_that_two_processes_share_are_refused(monkeypatch):
    class Layout:
        def devices_indices_map(self, shape):
            return {Chip(0, 0): (slice(0, 8),), Chip(1, 1): (slice(0, 8),)}

    monkeypatch.setattr(mesh_module, "batch_sharding", lambda mesh: Layout())
    with pytest.raises(ValueError, match=r"mesh\.tensor = 2: it would span several hosts"):
        own_rows(Pod({"data": 1, "fsdp": 1, "tensor": 2}, (0, 1)), 8)


def test_alone_all_rows_are_ones_own_and_devices_meet():
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    assert own_rows(mesh, 8).tolist() == list(range(8))
    meet(mesh)
    meet(make_mesh(devices=jax.devices()[:1]))


@pytest.fixture(scope="module")
def params():
    config = Qwen3VLConfig.from_hf(
        {"model_type": "qwen3_vl", "text_config": TEXT, "tie_word_embeddings": False}
    )
    return init(jax.random.key(0), config)


def test_every_parameter_of_the_model_has_its_place(params):
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    placed = shard_params(params, mesh)
    jax.tree.map(np.testing.assert_array_equal, placed, params)
    specs = {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf.sharding.spec
        for path, leaf in jax.tree.leaves_with_path(placed)
    }
    assert specs["embed_tokens"] == P("tensor", "fsdp")
    assert specs["lm_head"] == P("fsdp", "tensor")
    assert specs["layers/self_attn/q_proj"] == P(None, "fsdp", "tensor")
    assert specs["layers/self_attn/o_proj"] == P(None, "tensor", "fsdp")
    assert specs["layers/mlp/up_proj"] == P(None, "fsdp", "tensor")
    assert specs["layers/mlp/down_proj"] == P(None, "tensor", "fsdp")
    assert specs["layers/self_attn/q_norm"] == P(None, None)
    split = [name for name, spec in specs.items() if any(spec)]
    assert len(split) == 9
    assert all("norm" in name for name in specs.keys() - set(split))


VISION = {
    "model_type": "qwen3_vl", "depth": 2, "hidden_size": 16, "intermediate_size": 32,
    "num_heads": 2, "in_channels": 3, "patch_size": 4, "temporal_patch_size": 2,
    "spatial_merge_size": 2, "num_position_embeddings": 16, "out_hidden_size": 32,
    "deepstack_visual_indexes": [0, 1],
}  # fmt: skip


def test_the_vision_tower_and_adapters_have_their_place(params):
    markers = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    content = {"model_type": "qwen3_vl", "text_config": TEXT, "vision_config": VISION}
    content |= {"tie_word_embeddings": False, **{name: 60 + n for n, name in enumerate(markers)}}
    config = Qwen3VLConfig.from_hf(content)
    whole = init(jax.random.key(0), config)
    settings = lora.LoraSettings(rank=2, alpha=1.0)
    whole = lora.attach(whole, lora.init(jax.random.key(1), whole, settings), settings)
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    placed = shard_params(whole, mesh)
    jax.tree.map(np.testing.assert_array_equal, placed, whole)
    specs = {
        jax.tree_util.keystr(path, simple=True, separator="/"): leaf.sharding.spec
        for path, leaf in jax.tree.leaves_with_path(placed)
    }
    into, out_of = ("fsdp", "tensor"), ("tensor", "fsdp")
    expected = {
        "visual/patch_embed/kernel": P(None, "fsdp"),
        "visual/pos_embed": P(None, "fsdp"),
        "visual/blocks/attn/qkv/kernel": P(None, *into),
        "visual/blocks/attn/proj/kernel": P(None, *out_of),
        "visual/blocks/mlp/linear_fc1/kernel": P(None, *into),
        "visual/blocks/mlp/linear_fc2/kernel": P(None, *out_of),
        "visual/merger/linear_fc1/kernel": P(*into),
        "visual/merger/linear_fc2/kernel": P(*out_of),
        "visual/deepstack_merger_list/linear_fc1/kernel": P(None, *into),
        "visual/deepstack_merger_list/linear_fc2/kernel": P(None, *out_of),
        "layers/self_attn/q_proj_lora_a": P(None, "fsdp", None),
        "layers/self_attn/q_proj_lora_b": P(None, None, "tensor"),
        "layers/self_attn/o_proj_lora_a": P(None, "tensor", None),
        "layers/mlp/down_proj_lora_b": P(None, None, "fsdp"),
        "layers/mlp/down_proj": P(None, *out_of),
    }
    assert {name: specs[name] for name in expected} == expected
    for name, spec in specs.items():
        if name.startswith("visual/") and name not in expected:
            assert name.endswith(("/bias", "/scale")), name
            assert not any(spec), name
        if "_lora_" in name:
            assert any(spec), name


def test_shapes_are_enough_to_plan(params):
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    planned = param_shardings(jax.eval_shape(lambda: params), mesh)
    assert jax.tree.leaves(planned) == [
        leaf.sharding for leaf in jax.tree.leaves(shard_params(params, mesh))
    ]


def test_a_parameter_without_a_rule_or_of_an_uneven_size_is_named():
    mesh = make_mesh(data=1, fsdp=4, tensor=2)
    with pytest.raises(ValueError, match="parameter layers/gate: no sharding rule"):
        param_shardings({"layers": {"gate": jnp.ones(4)}}, mesh)
    with pytest.raises(
        ValueError, match=r"parameter a/q_proj has shape \(2, 6, 4\): axis 1 .*fsdp = 4"
    ):
        param_shardings({"a": {"q_proj": jnp.ones((2, 6, 4))}}, mesh)
    with pytest.raises(ValueError, match="needs 2 axes"):
        param_shardings({"q_proj": jnp.ones(4)}, mesh)


def test_a_computation_on_the_mesh_gives_what_one_device_gives(params):
    def loss(params, ids_BT):
        hidden_BTD = params["embed_tokens"][ids_BT]
        logits_BTV = jnp.tanh(hidden_BTD) @ params["lm_head"]
        return jnp.mean(jax.nn.logsumexp(logits_BTV, axis=-1))

    ids_BT = np.arange(32).reshape(8, 4) % 64
    mesh = make_mesh(data=2, fsdp=2, tensor=2)
    expected, expected_grads = jax.jit(jax.value_and_grad(loss))(params, ids_BT)
    value, grads = jax.jit(jax.value_and_grad(loss), out_shardings=None)(
        shard_params(params, mesh), shard_batch(ids_BT, mesh)
    )
    np.testing.assert_allclose(value, expected, rtol=1e-6)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-7), grads, expected_grads
    )
    assert replicated(mesh).is_fully_replicated
