"""Twenty updates are the same whatever the split, the memory plan and the number of devices."""

from __future__ import annotations

import dataclasses
import functools

import jax
import numpy as np
import pytest
from jax.sharding import AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from step_samples import (
    OPTIMIZER,
    SETTINGS,
    assert_trees_close,
    make_batch,
    make_state,
    with_all_fields,
)

from vsdpo_jax.core.step import make_train_step
from vsdpo_jax.testing import tiny

NUM_STEPS = 20
VARIANTS = {
    "paper": (SETTINGS, "ema"),
    "everything": (
        dataclasses.replace(
            SETTINGS, beta_final_share=0.2, num_updates=NUM_STEPS, normalization="batch",
            importance="both", aggregation="constant_length", ratio="sequence", clip_dual=3.0,
            mask_truncated=True, drop_flat_groups=True, reference_kl=0.1, kl_clamp=2.0,
            skip_satisfied=True, teacher_entropy=True, pass_rate_weight=True, sft_weight=0.1,
            jsd_alpha=0.5,
        ),
        "trust_region",
    ),
}  # fmt: skip
over_variants = pytest.mark.parametrize("variant", VARIANTS)


def trajectory(variant: str, *, num_microbatches: int = 1, remat: bool = False, place=None):
    """The state after the updates, and the losses on the way."""
    settings, teacher = VARIANTS[variant]
    hidden = jax.checkpoint(tiny.hidden) if remat else tiny.hidden
    step = jax.jit(
        make_train_step(
            hidden, tiny.head, OPTIMIZER, settings,
            teacher=teacher, num_microbatches=num_microbatches,
        )
    )  # fmt: skip
    place = place or (lambda state, batch: (state, batch))
    state, losses = make_state(), []
    for index in range(NUM_STEPS):
        batch = with_all_fields(make_batch(index % 4), index % 4)
        state, batch = place(state, batch)
        state, metrics = step(state, batch)
        losses.append(metrics["loss/total"])
    return state, np.asarray(jax.device_get(losses))


@functools.cache
def expected(variant: str):
    return trajectory(variant)


def assert_same(variant: str, **how) -> None:
    state, losses = trajectory(variant, **how)
    np.testing.assert_allclose(losses, expected(variant)[1], rtol=1e-3, atol=1e-4)
    assert_trees_close(jax.device_get(state), jax.device_get(expected(variant)[0]), 1e-3, 1e-3)
    assert abs(losses[-1] - losses[0]) > 1e-2


@over_variants
def test_eight_parts_of_one_row(variant):
    assert_same(variant, num_microbatches=8)


@over_variants
def test_remat(variant):
    assert_same(variant, remat=True)


@over_variants
def test_eight_devices(variant):
    mesh = jax.make_mesh((2, 4), ("data", "fsdp"), axis_types=(AxisType.Auto,) * 2)
    whole, rows = NamedSharding(mesh, P()), NamedSharding(mesh, P(("data", "fsdp")))

    def place(state, batch):
        return jax.device_put(state, whole), jax.device_put(batch, rows)

    assert_same(variant, place=place)
