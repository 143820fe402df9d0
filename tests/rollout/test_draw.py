"""One draw: what stays after top-k and top-p, and the log-probability that is reported."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsdpo_jax.rollout.draw import draw_by_share, draw_tokens, narrow

SIZE, DRAWS = 8, 4000
LOGITS = np.array([[0.1, 2.0, -1.0, 3.0, 0.5, 2.5, -3.0, 1.0]], np.float32)


def kept(logits: list[float], **settings: float) -> list[int]:
    out_BV = np.asarray(narrow(jnp.asarray([logits], jnp.float32), **settings))  # type: ignore[arg-type]
    stays_V = np.isfinite(out_BV[0])
    np.testing.assert_array_equal(out_BV[0, stays_V], np.float32(logits)[stays_V])
    return np.flatnonzero(stays_V).tolist()


def reference(logits_V: np.ndarray, top_k: int, top_p: float) -> set[int]:
    """Ids that stay, one at a time in float64: top k first, then the nucleus among them."""
    order = np.argsort(-logits_V, kind="stable")
    order = order[: top_k or len(order)]
    share = np.exp(logits_V[order] - logits_V[order[0]])
    share /= share.sum()
    stays, total = set(), 0.0
    for token, p in zip(order, share, strict=True):
        if total >= top_p:
            break
        stays.add(int(token))
        total += p
    return stays


def test_by_hand() -> None:
    """Probabilities 0.5, 0.25, 0.125, 0.125 in another order."""
    logits = np.log([0.125, 0.5, 0.125, 0.25]).tolist()
    assert kept(logits, top_k=1) == [1]
    assert kept(logits, top_k=2) == [1, 3]
    assert kept(logits, top_k=3) == [0, 1, 2, 3], "ties with the last one stay"
    assert kept(logits, top_k=9) == kept(logits) == [0, 1, 2, 3]
    assert kept(logits, top_p=0.49) == [1]
    assert kept(logits, top_p=0.51) == [1, 3]
    assert kept(logits, top_p=0.74) == [1, 3]
    assert kept(logits, top_p=0.76) == [0, 1, 2, 3], "ties with the last one stay"
    # Of two that stay, the first has 2/3: renormalised over the top k, not over all (0.5).
    assert kept(logits, top_k=2, top_p=0.6) == [1]
    assert kept(logits, top_p=0.6) == [1, 3]
    assert kept(logits, top_p=1e-9) == [1], "never empty"


@given(
    st.permutations(range(SIZE)),
    st.floats(0.1, 2.0),
    st.integers(0, SIZE + 1),
    st.integers(1, 20).map(lambda x: x / 20),
)
def test_what_stays_is_the_reference(
    ranks: list[int], scale: float, top_k: int, top_p: float
) -> None:
    # Irregular steps keep sums of probabilities away from multiples of 1/20.
    logits_V = np.float32(scale) * np.float32([1.0371 * r + 0.013 * r * r for r in ranks])
    assert set(kept(logits_V.tolist(), top_k=top_k, top_p=top_p)) == reference(
        logits_V.astype(np.float64), min(top_k, SIZE), top_p
    )


def draw(
    temperature: float, seed: int = 0, logits_1V: np.ndarray = LOGITS, **settings: object
) -> tuple[np.ndarray, np.ndarray]:
    uniform_B2 = jax.random.uniform(jax.random.key(seed), (DRAWS, 2))
    logits_BV = jnp.repeat(jnp.asarray(logits_1V), DRAWS, axis=0)
    token_B, logp_B = draw_tokens(uniform_B2, logits_BV, jnp.float32(temperature), **settings)  # type: ignore[arg-type]
    return np.asarray(token_B), np.asarray(logp_B)


@pytest.mark.parametrize(
    ("temperature", "settings", "allowed"),
    [
        (1.0, {"top_k": 3}, [1, 3, 5]),
        (2.5, {"forbidden_ids": (3, 0), "top_k": 2}, [1, 5]),
        # At temperature 1 the likeliest sum to 0.44 0.71 0.87, at 3 to 0.23 0.43 0.60 0.72 0.82.
        (1.0, {"top_p": 0.77}, [1, 3, 5]),
        (3.0, {"top_p": 0.77}, [1, 3, 4, 5, 7]),
        (1.0, {"forbidden_ids": (3,)}, [0, 1, 2, 4, 5, 6, 7]),
    ],
)
def test_draws_follow_the_narrowed_distribution_and_report_the_whole_one(
    temperature: float, settings: dict[str, object], allowed: list[int]
) -> None:
    token_B, logp_B = draw(temperature, **settings)
    whole_V = np.exp(LOGITS[0].astype(np.float64) / temperature)
    np.testing.assert_allclose(logp_B, np.log(whole_V / whole_V.sum())[token_B], atol=1e-6)
    expected = whole_V[allowed] / whole_V[allowed].sum()
    seen = np.bincount(token_B, minlength=SIZE) / DRAWS
    assert set(token_B.tolist()) <= set(allowed)
    deviation = np.sqrt(expected * (1 - expected) / DRAWS)
    assert np.all(np.abs(seen[allowed] - expected) < 5 * deviation)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60).filter(any), st.integers(0, 999))
def test_shares_decide_who_is_drawn(shares: list[int], seed: int) -> None:
    """Whole numbers sum without rounding: each id has exactly its part of the square of draws."""
    size, draws = len(shares), 4096
    uniform_B2 = jax.random.uniform(jax.random.key(seed), (draws, 2))
    share_BV = jnp.broadcast_to(jnp.asarray(shares, jnp.float32), (draws, size))
    token_B = np.asarray(draw_by_share(uniform_B2, share_BV))
    seen = np.bincount(token_B, minlength=size) / draws
    expected = np.asarray(shares) / sum(shares)
    assert not seen[expected == 0].any()
    assert np.all(np.abs(seen - expected) <= 6 * np.sqrt(expected * (1 - expected) / draws) + 1e-9)


@pytest.mark.parametrize("uniform", [0.0, np.float32(1) - np.float32(2) ** -24])
def test_the_ends_of_the_uniform_numbers_draw_what_has_a_share(uniform: float) -> None:
    rng = np.random.default_rng(1)
    share_BV = np.where(rng.random((200, 1031)) < 0.5, 0, rng.exponential(size=(200, 1031)))
    share_BV[:, [0, -1]] = 0
    token_B = draw_by_share(jnp.full((200, 2), uniform, jnp.float32), jnp.float32(share_BV))
    assert np.all(share_BV[np.arange(200), np.asarray(token_B)] > 0)


def test_an_id_that_is_forbidden_may_hold_nearly_all_probability() -> None:
    logits = np.full((1, SIZE), -200.0, np.float32)
    logits[0, 2], logits[0, 5] = 0.0, -190.0
    token_B, logp_B = draw(1.0, logits_1V=logits, forbidden_ids=(2,))
    assert set(token_B.tolist()) <= {5, *range(SIZE)} - {2}
    assert np.mean(token_B == 5) > 0.99
    np.testing.assert_allclose(logp_B[token_B == 5], -190.0, atol=1e-4)


def test_greedy_takes_the_likeliest_that_is_allowed() -> None:
    for settings, token in (({}, 3), ({"forbidden_ids": (3, 5)}, 1), ({"top_k": 2}, 3)):
        token_B, logp_B = draw(0.0, **settings)
        assert set(token_B.tolist()) == {token}
        assert not logp_B.any()


@pytest.mark.parametrize("temperature", [1e-9, 1e-12, 1e-37, 1e-40])
@pytest.mark.parametrize(
    "settings", [{}, {"top_p": 0.9}, {"top_k": 3}, {"forbidden_ids": (0, 77)}], ids=str
)
def test_tiny_temperatures_take_the_likeliest(
    temperature: float, settings: dict[str, object]
) -> None:
    """Compiled for few rows, for which XLA divides in more than one way."""
    rng = np.random.default_rng(0)
    logits_BV = 5 * rng.normal(size=(4, 600)).astype(np.float32)
    uniform_B2 = rng.uniform(size=(4, 2)).astype(np.float32)
    allowed_BV = logits_BV.copy()
    allowed_BV[:, list(settings.get("forbidden_ids", ()))] = -np.inf  # type: ignore[call-overload]
    token_B, logp_B = jax.jit(lambda *given: draw_tokens(*given, **settings))(  # type: ignore[arg-type]
        jnp.asarray(uniform_B2), jnp.asarray(logits_BV), jnp.float32(temperature)
    )
    np.testing.assert_array_equal(token_B, np.argmax(allowed_BV, axis=1))
    is_likeliest_B = np.argmax(logits_BV, axis=1) == np.asarray(token_B)
    assert np.all(np.asarray(logp_B)[is_likeliest_B] == 0)
    assert np.all(np.isfinite(logp_B) & (np.asarray(logp_B) <= 0))


def test_fewer_allowed_than_top_k() -> None:
    """Ids that are forbidden do not come back to fill the k places."""
    token_B, _ = draw(1.0, forbidden_ids=(0, 1, 2, 3, 4, 5), top_k=5, top_p=0.999)
    assert set(token_B.tolist()) <= {6, 7}


def test_settings_that_narrow_nothing_change_no_draw() -> None:
    plain = draw(1.3, seed=4)
    for settings in ({"top_k": SIZE}, {"top_p": 1.0}, {"top_k": SIZE - 1 + 2}):
        same = draw(1.3, seed=4, **settings)
        np.testing.assert_array_equal(same[0], plain[0])
        np.testing.assert_array_equal(same[1], plain[1])
