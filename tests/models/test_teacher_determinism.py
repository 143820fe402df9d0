"""The teacher's forward pass is a function: of its weights and its row, and of nothing else."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_qwen import TINY, illustrated, inputs_of, with_experts

from vsdpo_jax.core.forward import Models, compare, hear_teacher
from vsdpo_jax.core.inputs import TrainBatch
from vsdpo_jax.core.options import ObjectiveSettings
from vsdpo_jax.models import qwen3_vl
from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig

LENGTH = 5
SETTINGS = ObjectiveSettings(beta=1.0, head_chunk=4)
# What draws, and what adds up in the order in which threads come.
UNSTEADY = ("random_bits", "random_seed", "random_wrap", "threefry2x32", "rng_", "scatter-add")


def case(has_experts: bool):
    """A model, its parameters, and a batch whose rows have one picture, two and none."""
    config = Qwen3VLConfig.from_hf(with_experts(TINY) if has_experts else TINY)
    params = qwen3_vl.init(jax.random.key(0), config)
    rng = np.random.default_rng(0)
    tokens, mask, images = illustrated(rng, [[(4, 4)], [(2, 4), (4, 2)], []])
    completion = rng.integers(0, 1000, (3, LENGTH))
    tokens = np.concatenate([np.where(mask, tokens, 0), completion], axis=1).astype(np.int32)
    mask = np.concatenate([mask, np.ones((3, LENGTH), bool)], axis=1)
    vision = inputs_of(config, tokens, mask, images)
    ones = np.ones((3, LENGTH), np.float32)
    batch = TrainBatch(
        student_tokens_BS=tokens, student_mask_BS=mask, teacher_tokens_BR=tokens,
        teacher_mask_BR=mask, completion_mask_BT=ones > 0, weight_BT=ones,
        behaviour_logp_BT=-ones, advantage_B=ones[:, 0], has_teacher_B=ones[:, 0] > 0,
        sample_mask_B=ones[:, 0] > 0, student_vision=vision, teacher_vision=vision,
    )  # fmt: skip
    return config, params, jax.tree.map(jnp.asarray, batch)


def teacher_fn(config):
    models = Models(qwen3_vl.hidden_fn(config), lambda params: qwen3_vl.head_VD(params, config))

    def hear(params, batch):
        heard = hear_teacher(models, params, None, batch, batch.completion_mask_BT, SETTINGS)
        out = compare(models, params, batch, heard, batch.completion_mask_BT, SETTINGS)
        return heard.hidden_BTD, out.teacher_logp_N, out.teacher_entropy_N

    return hear


@pytest.mark.parametrize("has_experts", [False, True])
def test_again_compiled_again_and_beside_other_rows_it_says_the_same_to_the_bit(has_experts):
    config, params, batch = case(has_experts)
    hear = teacher_fn(config)
    text = str(jax.make_jaxpr(hear)(params, batch))
    assert not [name for name in UNSTEADY if name in text]
    first = jax.jit(hear)(params, batch)
    assert all(np.isfinite(x).all() for x in first)
    again = jax.jit(lambda *args: hear(*args))(params, batch)  # a program of its own
    jax.tree.map(np.testing.assert_array_equal, again, first)
    # Rows 0 and 1 change places: each says what it said.
    order = jnp.array([1, 0, 2])
    moved = jax.jit(hear)(params, jax.tree.map(lambda x: x[order], batch))
    jax.tree.map(lambda x, y: np.testing.assert_array_equal(x, y[order]), moved, first)
