"""Log-probabilities of completions, images in a forward pass, splits."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from step_samples import (
    LENGTH,
    PROMPT,
    ROWS,
    SETTINGS,
    make_batch,
    with_all_fields,
)

from vsdpo_jax.core.forward import completion_hidden, join, make_logp_fn, split
from vsdpo_jax.testing import tiny

PARAMS = tiny.init(jax.random.key(3))


def dense_logp(params, batch, temperature: float = 1.0) -> np.ndarray:
    """float32[B, T] of the student's side, with all logits at once."""
    hidden = tiny.hidden(
        params,
        jnp.asarray(batch.student_tokens_BS),
        jnp.asarray(batch.student_mask_BS),
        batch.student_vision,
    )
    logits = hidden[:, PROMPT - 1 : -1] @ tiny.head(params).T / temperature
    tokens = jnp.asarray(batch.student_tokens_BS[:, PROMPT:, None])
    return np.asarray(jnp.take_along_axis(jax.nn.log_softmax(logits), tokens, axis=2)[..., 0])


@pytest.mark.parametrize("num_microbatches", [1, 4])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_probabilities_of_completions(num_microbatches, temperature):
    settings = dataclasses.replace(SETTINGS, temperature=temperature)
    logp_fn = jax.jit(
        make_logp_fn(tiny.hidden, tiny.head, settings, num_microbatches=num_microbatches)
    )
    for batch in (make_batch(), with_all_fields(make_batch())):
        counted = batch.completion_mask_BT & batch.sample_mask_B[:, None]
        expected = np.where(counted, dense_logp(PARAMS, batch, temperature), 0)
        np.testing.assert_allclose(logp_fn(PARAMS, batch), expected, rtol=1e-5, atol=1e-6)


def test_no_array_of_all_tokens_and_the_vocabulary():
    settings = dataclasses.replace(SETTINGS, head_chunk=4)
    jaxpr = jax.make_jaxpr(make_logp_fn(tiny.hidden, tiny.head, settings))(PARAMS, make_batch())
    assert f"{LENGTH},{tiny.VOCAB}]" not in str(jaxpr)
    assert f"{ROWS * LENGTH},{tiny.VOCAB}]" not in str(jaxpr)
    assert f"[4,{tiny.VOCAB}]" in str(jaxpr)


def test_images_are_read_and_pixels_of_unused_rows_are_not():
    batch = with_all_fields(make_batch())
    mask = jnp.asarray(batch.completion_mask_BT & batch.sample_mask_B[:, None])

    def value(params, vision):
        hidden = completion_hidden(
            tiny.hidden,
            params,
            jnp.asarray(batch.student_tokens_BS),
            jnp.asarray(batch.student_mask_BS),
            mask,
            vision,
        )
        return (hidden**2).sum(axis=(1, 2))

    vision = jax.tree.map(jnp.asarray, batch.student_vision)
    unused = ~np.asarray(mask).any(axis=1)
    assert set(np.flatnonzero(unused)) == {2, 3}
    bad = {
        **vision,
        "patches_BFD": jnp.where(unused[:, None, None], jnp.nan, vision["patches_BFD"]),
    }
    clean, spoiled = (
        jax.value_and_grad(lambda p, v=v: value(p, v).sum())(PARAMS) for v in (vision, bad)
    )
    jax.tree.map(np.testing.assert_array_equal, clean, spoiled)
    other = {**vision, "patches_BFD": vision["patches_BFD"] + 1}
    moved = np.asarray(value(PARAMS, vision)) != np.asarray(value(PARAMS, other))
    np.testing.assert_array_equal(moved, (np.arange(ROWS) % 2 == 0) & ~unused)


def test_a_text_model_is_called_without_images():
    def hidden(params, tokens_BS, mask_BS):
        return tiny.hidden(params, tokens_BS, mask_BS)

    out = make_logp_fn(hidden, tiny.head, SETTINGS)(PARAMS, make_batch())
    assert out.shape == (ROWS, LENGTH)


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_join_undoes_split(parts):
    tree = {"x": jnp.arange(24).reshape(8, 3), "y": jnp.arange(8), "z": None}
    there = split(tree, parts)
    assert there["x"].shape == (parts, 8 // parts, 3)
    np.testing.assert_array_equal(there["y"][0], np.arange(8)[::parts])
    jax.tree.map(np.testing.assert_array_equal, join(there), tree)
