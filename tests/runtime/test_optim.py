"""The optimizer: optax's AdamW to the bit, the same in half the memory, and factored."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from vsdpo_jax.runtime import mesh as meshes
from vsdpo_jax.runtime.optim import make_optimizer, scale_by_adam

PLAIN: dict[str, Any] = {
    "learning_rate": 0.1,
    "warmup_steps": 3,
    "num_steps": 13,
    "final_share": 0.2,
    "b1": 0.9,
    "b2": 0.95,
    "weight_decay": 0.01,
    "grad_clip": 1.0,
}


def some_params(rng: np.random.Generator) -> dict[str, jax.Array]:
    return {
        "w": jnp.asarray(rng.normal(size=(3, 130, 140)), jnp.float32),
        "b": jnp.asarray(rng.normal(size=7), jnp.float32),
    }


def descend(optimizer: optax.GradientTransformation, params: Any, gradients: list[Any]) -> Any:
    state, update = optimizer.init(params), jax.jit(optimizer.update)
    for gradient in gradients:
        updates, state = update(gradient, state, params)
        params = optax.apply_updates(params, updates)
    return params, state


def test_float32_is_optax_adamw_to_the_bit():
    rng = np.random.default_rng(0)
    params = some_params(rng)
    gradients = [jax.tree.map(lambda x: 0.1 * x, some_params(rng)) for _ in range(5)]
    schedule = optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(0.1 / 4, 0.1, 3),
            optax.schedules.linear_schedule(0.1, 0.02, 10),
        ],
        [3],
    )
    theirs = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(schedule, b1=0.9, b2=0.95, weight_decay=0.01)
    )
    expected = descend(theirs, params, gradients)
    found = descend(make_optimizer(**PLAIN), params, gradients)
    assert jax.tree.structure(found) == jax.tree.structure(expected), "checkpoints hold this tree"
    for ours, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert ours.dtype == other.dtype
        np.testing.assert_array_equal(ours, other)


def test_the_rate_warms_up_and_falls_as_asked():
    optimizer = make_optimizer(**PLAIN | {"weight_decay": 0.0, "b1": 0.0, "b2": 0.0})
    state, rates = optimizer.init(jnp.ones(1)), []
    for _ in range(15):
        update, state = optimizer.update(jnp.full(1, 0.5), state, jnp.ones(1))
        rates.append(-float(update[0]))  # g / sqrt(g^2) = 1
    np.testing.assert_allclose(rates[:4], [0.025, 0.05, 0.075, 0.1], rtol=1e-5)
    np.testing.assert_allclose(rates[4:], [*np.linspace(0.092, 0.02, 10), 0.02], rtol=1e-5)


@pytest.mark.parametrize("kind", ["adamw", "adafactor"])
def test_bfloat16_states_reach_what_float32_reaches(kind):
    """A noisy, badly conditioned quadratic; 500 updates."""
    rng = np.random.default_rng(0)
    scale = jnp.asarray(10.0 ** rng.uniform(-2, 1, size=(130, 140)), jnp.float32)
    target = jnp.asarray(rng.normal(size=(130, 140)), jnp.float32)
    noise = jnp.asarray(rng.normal(size=(500, 130, 140)) * 0.1, jnp.float32)

    def final_loss(state_dtype: Any) -> float:
        optimizer = make_optimizer(
            **PLAIN | {"num_steps": 500, "weight_decay": 0.0, "learning_rate": 0.05},
            state_dtype=state_dtype,
            kind=kind,
        )

        def body(carry, noise_IO):
            params, state = carry
            gradient = scale * (params - target) + noise_IO * scale
            updates, state = optimizer.update(gradient, state, params)
            return (optax.apply_updates(params, updates), state), None

        start = jnp.zeros_like(target)
        (params, _), _ = jax.lax.scan(body, (start, optimizer.init(start)), noise)
        return float(jnp.mean(scale * (params - target) ** 2))

    wide, narrow = final_loss("float32"), final_loss("bfloat16")
    start = float(jnp.mean(scale * target**2))
    assert wide < 0.02 * start
    assert narrow < 1.1 * wide


def test_bfloat16_means_both_moments_and_float32_means_it_too():
    for param_dtype in ("float32", "bfloat16"):
        for state_dtype in ("float32", "bfloat16"):
            params = {"w": jnp.ones((4, 4), param_dtype)}
            optimizer = make_optimizer(**PLAIN, state_dtype=state_dtype)
            state = optimizer.init(params)
            updates, after = optimizer.update({"w": jnp.full((4, 4), 0.25)}, state, params)
            for moments in (state, after):
                adam = moments[1][0]
                assert adam.mu["w"].dtype == adam.nu["w"].dtype == state_dtype
            assert updates["w"].dtype == jnp.float32
            assert jax.tree.map(jnp.shape, state) == jax.tree.map(jnp.shape, after)


def test_a_bfloat16_moment_follows_its_target_and_forgets():
    adam = scale_by_adam(0.9, 0.95, "bfloat16")
    state = adam.init(jnp.zeros(1))
    for _ in range(200):
        _, state = adam.update(jnp.full(1, 3.0), state)
    assert float(state.nu[0]) == pytest.approx(9.0, rel=0.08)
    for _ in range(200):
        _, state = adam.update(jnp.zeros(1), state)
    assert float(state.nu[0]) < 9.0 * 0.95**200 * 2
    assert float(jnp.abs(state.mu[0])) < 1e-6


@pytest.mark.parametrize("name", ["b1", "b2"])
def test_averages_that_bfloat16_would_freeze_are_refused(name):
    with pytest.raises(ValueError, match=rf"optim.{name} = 0.999 .* use at most 0.984, or float32"):
        make_optimizer(**PLAIN | {name: 0.999}, state_dtype="bfloat16")
    make_optimizer(**PLAIN | {name: 0.999})
    make_optimizer(**PLAIN | {name: 0.984}, state_dtype="bfloat16")
    make_optimizer(**PLAIN | {"b2": 0.999}, state_dtype="bfloat16", kind="adafactor")


def test_adafactor_is_adam_where_factors_are_exact():
    """Squares of rank one are the product of their row and column means."""
    rng = np.random.default_rng(0)
    size_WI, sign_WI = (
        rng.uniform(1, 2, (130, 1)) * rng.uniform(1, 2, 140),
        rng.choice([-1, 1], 140),
    )
    settings = PLAIN | {"b1": 0.0, "weight_decay": 0.0}
    params = {"w": jnp.zeros((130, 140)), "b": jnp.zeros(3)}
    gradients = []
    for step in range(4):
        gradients.append(
            {
                "w": jnp.asarray(size_WI * sign_WI, jnp.float32) * 0.7**step * 1e-3,
                "b": jnp.asarray([1.0, -2.0, 3.0]) * 0.7**step * 1e-3,
            }
        )
    factored, state = descend(make_optimizer(**settings, kind="adafactor"), params, gradients)
    adam, _ = descend(make_optimizer(**settings), params, gradients)
    for name in params:
        np.testing.assert_allclose(factored[name], adam[name], rtol=2e-4)
    sizes = [leaf.size for leaf in jax.tree.leaves(state)]
    assert sum(sizes) < 300, "no moment of the matrix's size"


def test_adafactor_keeps_a_first_moment_only_where_it_is_asked_for():
    params = {"w": jnp.zeros((130, 140))}
    with_first = make_optimizer(**PLAIN, kind="adafactor", state_dtype="bfloat16").init(params)
    found = {leaf.dtype.name for leaf in jax.tree.leaves(with_first) if leaf.size == 130 * 140}
    assert found == {"bfloat16"}
    without = make_optimizer(**PLAIN | {"b1": 0.0}, kind="adafactor").init(params)
    assert max(leaf.size for leaf in jax.tree.leaves(without)) <= 140


@pytest.mark.parametrize("state_dtype", ["float32", "bfloat16"])
def test_moments_lie_where_their_parameters_lie(state_dtype):
    mesh = meshes.make_mesh(1, 4, 2)
    params = meshes.shard_params({"layers": {"q_proj": jnp.zeros((2, 8, 8))}}, mesh)
    adam = make_optimizer(**PLAIN, state_dtype=state_dtype).init(params)[1][0]
    for moment in (adam.mu, adam.nu):
        assert moment["layers"]["q_proj"].sharding == params["layers"]["q_proj"].sharding
