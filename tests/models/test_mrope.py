"""Positions of text and the interleaving of the axes."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_qwen import TINY

from vsdpo_jax.models.qwen3_vl import Qwen3VLConfig, text_positions
from vsdpo_jax.models.qwen3_vl.mrope import axis_of_frequency, rotary, rotate


def test_positions_count_real_tokens() -> None:
    mask_BS = jnp.asarray([[0, 0, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 0, 1]], bool)
    expected = [[0, 0, 0, 1, 2], [0, 1, 2, 2, 2], [0, 0, 1, 1, 2]]
    np.testing.assert_array_equal(text_positions(mask_BS), [expected] * 3)


def test_sections_of_the_published_models() -> None:
    axis = axis_of_frequency((24, 20, 20))
    assert axis[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert axis[57:].tolist() == [0, 1, 2, 0, 0, 0, 0]
    assert np.bincount(axis).tolist() == [24, 20, 20]


@given(
    st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(n, n + 5), st.just(n), st.just(n)))
)
def test_every_section_gets_its_count(section: tuple[int, int, int]) -> None:
    assert np.bincount(axis_of_frequency(section), minlength=3).tolist() == list(section)


@pytest.mark.parametrize("shift", [1, 100])
def test_scores_depend_on_distance_alone(shift: int) -> None:
    config = Qwen3VLConfig.from_hf(TINY)
    rng = np.random.default_rng(0)
    vectors = jnp.asarray(rng.normal(size=(1, 1, 6, 32)), jnp.float32)
    positions_3BS = jnp.asarray(rng.integers(0, 50, (3, 1, 6)))

    def scores(positions: jnp.ndarray) -> np.ndarray:
        turned = rotate(vectors, *rotary(positions, config))[0, 0]
        return np.asarray(turned @ turned.T)

    np.testing.assert_allclose(scores(positions_3BS), scores(positions_3BS + shift), atol=2e-4)
    assert np.abs(scores(positions_3BS) - scores(2 * positions_3BS)).max() > 0.1
