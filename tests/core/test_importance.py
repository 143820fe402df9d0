"""Importance weights: both readings by hand, truncation, no gradient."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from token_samples import SETTINGS, everywhere, make, total, weights_of

from vsdpo_jax.core.diagnostics import token_metrics
from vsdpo_jax.core.importance import effective_share, importance_weights, log_ratio
from vsdpo_jax.core.inputs import Tokens
from vsdpo_jax.core.objective import loss

NEEDED = [n for n in Tokens._fields if n.endswith("_BT") and n not in Tokens._field_defaults]
STALE, CONTEXT = [[2, 0.25, 1]], [[1.2, 2, 1]]


def by_hand() -> Tokens:
    """Ratios 5, 1/4 to the behaviour policy and 1.2, 9 to the teacher; the last token is masked."""
    ones = jnp.ones((1, 3))
    return Tokens(
        **{name: ones for name in NEEDED},
        advantage_B=jnp.zeros(1),
        pass_rate_B=jnp.zeros(1),
        masks=everywhere(np.array([[True, True, False]])),
    )._replace(
        agreement_BT=jnp.ones((1, 3), bool),
        logp_BT=jnp.log(jnp.array([[0.5, 0.1, 0.9]])),
        teacher_logp_BT=jnp.log(jnp.array([[0.6, 0.9, 0.1]])),
        behaviour_logp_BT=jnp.log(jnp.array([[0.1, 0.4, 0.1]])),
    )


@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("stale", STALE),
        ("context", CONTEXT),
        ("both", np.multiply(STALE, CONTEXT)),
        ("none", np.ones((1, 3))),
    ],
)
def test_by_hand(name, used):
    weights = importance_weights(by_hand(), dataclasses.replace(SETTINGS, importance=name))
    np.testing.assert_allclose(weights.stale_BT, STALE, rtol=1e-5)
    np.testing.assert_allclose(weights.context_BT, CONTEXT, rtol=1e-5)
    np.testing.assert_allclose(weights.used_BT, used, rtol=1e-5)


def test_the_clip_is_a_setting():
    settings = dataclasses.replace(SETTINGS, importance="both", importance_clip=6.0)
    weights = importance_weights(by_hand(), settings)
    np.testing.assert_allclose(weights.stale_BT, [[5, 0.25, 1]], rtol=1e-5)
    np.testing.assert_allclose(weights.context_BT, [[1.2, 6, 1]], rtol=1e-5)


def test_both_are_logged_and_the_normaliser_stays():
    tokens, both = by_hand(), dataclasses.replace(SETTINGS, importance="both")
    metrics = token_metrics(tokens, both)
    rho = np.array([2 * 1.2, 0.25 * 2])
    for name, value in {
        "ess": rho.sum() ** 2 / (2 * (rho**2).sum()),
        "stale_ess": 2.25**2 / (2 * (4 + 0.0625)),
        "context_ess": 3.2**2 / (2 * (1.44 + 4)),
        "stale_mean": 1.125,
        "context_mean": 1.6,
        "stale_clipped": 0.5,
        "context_clipped": 0.5,
    }.items():
        np.testing.assert_allclose(metrics[f"importance/{name}"], value, rtol=1e-5)
    parts = loss(tokens, weights_of(tokens), both)[1]
    np.testing.assert_allclose(parts["loss/vsdpo"], (rho[0] + rho[1]) / 2, rtol=1e-5)


def test_there_is_no_gradient():
    settings = dataclasses.replace(SETTINGS, importance="both", beta=0.0)
    tokens = make(2)
    for name in ("logp_BT", "teacher_logp_BT", "behaviour_logp_BT"):
        gradient = jax.grad(lambda x, name=name: total(tokens._replace(**{name: x}), settings))(
            getattr(tokens, name)
        )
        assert not np.asarray(gradient).any()


def test_a_ratio_is_bounded_and_masked():
    logp = jnp.array([[-500.0, 0.0, jnp.nan]])
    other = jnp.array([[0.0, -500.0, jnp.inf]])
    ratio = log_ratio(logp, other, jnp.array([[True, True, False]]))
    np.testing.assert_array_equal(ratio, [[-20, 20, 0]])


def test_the_effective_share():
    mask = jnp.array([[True, True, True, True, False]])
    assert effective_share(jnp.full((1, 5), 0.3), mask) == pytest.approx(1)
    assert effective_share(jnp.array([[4.0, 0, 0, 0, 9]]), mask) == pytest.approx(0.25)
    assert effective_share(jnp.ones((1, 5)), jnp.zeros((1, 5), bool)) == 0
