"""Reductions: what the mask leaves out reaches neither value nor gradient."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vsdpo_jax.core.masked import (
    masked_max,
    masked_mean,
    masked_quantile,
    masked_sum,
    safe_divide,
)

SHAPE = (3, 4)
VALUES = hnp.arrays(np.float32, SHAPE, elements=st.floats(-100, 100, width=32))
MASKS = hnp.arrays(bool, SHAPE)
POISON = st.sampled_from([np.nan, np.inf, -np.inf, 1e38])
REDUCTIONS = [
    (masked_sum, np.sum),
    (masked_mean, np.mean),
    (masked_max, np.max),
    (lambda x, mask: masked_quantile(x, mask, 0.3), lambda x: np.quantile(x, 0.3)),
]


@pytest.mark.parametrize(("ours", "theirs"), REDUCTIONS, ids=["sum", "mean", "max", "quantile"])
@given(x=VALUES, mask=MASKS, poison=POISON)
def test_equals_numpy_on_what_is_left(ours, theirs, x, mask, poison):
    kept = jnp.array(mask)
    poisoned = jnp.where(kept, x, poison)
    expected = theirs(x[mask]) if mask.any() else 0
    np.testing.assert_allclose(ours(poisoned, kept), expected, rtol=1e-5, atol=1e-4)
    gradient = np.asarray(jax.grad(lambda value: ours(value, kept))(poisoned))
    assert np.isfinite(gradient).all()
    assert (gradient[~mask] == 0).all()


@given(VALUES, MASKS)
def test_one_axis(x, mask):
    for ours, theirs in REDUCTIONS[:2]:
        expected = [
            theirs(row[keep]) if keep.any() else 0 for row, keep in zip(x, mask, strict=True)
        ]
        np.testing.assert_allclose(ours(jnp.array(x), jnp.array(mask), axis=1), expected, atol=1e-4)


def test_nothing_at_all():
    empty, mask = jnp.zeros((0,)), jnp.zeros((0,), bool)
    for ours, _ in REDUCTIONS:
        assert ours(empty, mask) == 0


def test_safe_divide():
    total, weight = jnp.array([6.0, 5.0]), jnp.array([3.0, 0.0])
    np.testing.assert_array_equal(safe_divide(total, weight), [2, 0])
    gradient = jax.grad(lambda x, y: safe_divide(x, y).sum(), argnums=(0, 1))(total, weight)
    np.testing.assert_allclose(gradient, [[1 / 3, 0], [-2 / 3, 0]], rtol=1e-6)
