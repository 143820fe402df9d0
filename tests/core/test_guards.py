"""Guards: what each does to a token, and that none has a gradient of its own."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from token_samples import EVERYTHING, SETTINGS, B, T, make, total

from vsdpo_jax.core.guards import clamp, guard_weights

ENTROPY = dataclasses.replace(SETTINGS, teacher_entropy=True)
PASS_RATE = dataclasses.replace(SETTINGS, pass_rate_weight=True)


def test_off_by_default():
    tokens = make(0)
    np.testing.assert_array_equal(guard_weights(tokens, SETTINGS), np.ones((B, T)))
    assert clamp(tokens.kl_BT, 0.0) is tokens.kl_BT


def test_by_hand():
    tokens = make(0)
    taught = np.asarray(tokens.masks.taught_BT)
    certain = tokens._replace(teacher_entropy_BT=jnp.full((B, T), np.log(4)))
    np.testing.assert_allclose(
        guard_weights(certain, ENTROPY), np.where(taught, 0.25, 1), rtol=1e-6
    )
    rated = tokens._replace(pass_rate_B=jnp.array([0, 0.5, 1, 0.2, 0.8]))
    expected = np.where(taught, np.array([0, 0.5, 0, 0.4, 0.4])[:, None], 1)
    np.testing.assert_allclose(guard_weights(rated, PASS_RATE), expected, rtol=1e-6)


def test_the_clamp_cuts_value_and_gradient():
    kl = jnp.array([[0.5, 2.0, 3.0, -1e-7]])
    value, gradient = jax.value_and_grad(lambda x: clamp(x, 2.0).sum())(kl)
    np.testing.assert_allclose(value, 0.5 + 2 + 2)
    np.testing.assert_array_equal(gradient, [[1, 1, 0, 1]])


@pytest.mark.parametrize("settings", [ENTROPY, PASS_RATE, EVERYTHING])
def test_there_is_no_gradient(settings):
    tokens, alone = make(2), dataclasses.replace(settings, beta=0.0, reference_kl=0.0)
    for name in ("teacher_entropy_BT", "pass_rate_B"):
        gradient = jax.grad(lambda x, name=name: total(tokens._replace(**{name: x}), alone))(
            getattr(tokens, name)
        )
        assert not np.asarray(gradient).any()


def test_a_certain_teacher_and_a_far_clamp_change_nothing():
    tokens = make(3)._replace(teacher_entropy_BT=jnp.zeros((B, T)))
    off = dataclasses.replace(SETTINGS, teacher_entropy=True, kl_clamp=1e6)
    assert total(tokens, off) == total(tokens, SETTINGS)
