"""A loss taken in parts equals the loss taken at once, and its logits are made once."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vsdpo_jax.core.forward import join
from vsdpo_jax.core.head import head_pass
from vsdpo_jax.core.parts import sum_over_parts

B, T, D, V = 4, 5, 6, 23


def make_inputs() -> tuple:
    rng = np.random.default_rng(0)
    hidden, teacher = (jnp.asarray(rng.normal(size=(B, T, D)), jnp.float32) for _ in range(2))
    head = jnp.asarray(rng.normal(size=(V, D)), jnp.float32)
    tokens = jnp.asarray(rng.integers(V, size=(B, T)), jnp.int32)
    weight = jnp.asarray(rng.normal(size=(B, T)), jnp.float32)
    return hidden, head, (teacher, tokens, weight), jnp.float32(0.3)


def loss_of(hidden, head, rows: tuple, share, *, chunk_size: int = 512, **options: Any) -> tuple:
    """Additive over rows but not over tokens, as with a ratio of whole sequences."""
    teacher, tokens, weight = rows
    out = head_pass(
        hidden.reshape(-1, D), teacher.reshape(-1, D), head, head, tokens.reshape(-1),
        chunk_size=chunk_size, **options,
    )  # fmt: skip
    kl_BT, logp_BT = (x.reshape(weight.shape) for x in (out.kl_N, out.student_logp_N))
    loss = jnp.sum(kl_BT * weight) + share * jnp.sum(jnp.exp(jnp.mean(logp_BT, axis=1)))
    return loss, (kl_BT, out.agreement_N.reshape(weight.shape))


def assert_close(actual: jax.Array, expected: jax.Array) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("num_parts", [1, 2, 4])
def test_equals_the_whole(num_parts):
    hidden, head, rows, share = make_inputs()

    def in_parts(hidden, head, share) -> tuple:
        loss, aux = sum_over_parts(loss_of, hidden, head, rows, share, num_parts=num_parts)
        return 3 * loss, aux  # the cotangent is not 1

    def whole(hidden, head, share) -> tuple:
        loss, aux = loss_of(hidden, head, rows, share, chunk_size=3)
        return 3 * loss, aux

    expected = jax.value_and_grad(whole, argnums=(0, 1), has_aux=True)(hidden, head, share)
    (value, aux), gradient = jax.jit(jax.value_and_grad(in_parts, argnums=(0, 1), has_aux=True))(
        hidden, head, share
    )
    jax.tree.map(assert_close, ((value, join(aux)), gradient), expected)
    # Not differentiated.
    assert_close(in_parts(hidden, head, share)[0], expected[0][0])


def test_a_frozen_head():
    hidden, head, rows, share = make_inputs()

    def in_parts(hidden, head, head_gradient: bool) -> jax.Array:
        return sum_over_parts(
            loss_of, hidden, head, rows, share, num_parts=2, head_gradient=head_gradient
        )[0]

    trained = jax.grad(in_parts, argnums=(0, 1))(hidden, head, True)
    frozen = jax.grad(in_parts, argnums=(0, 1))(hidden, head, False)
    assert_close(frozen[0], trained[0])
    assert np.asarray(trained[1]).any()
    assert not np.asarray(frozen[1]).any()


def test_logits_are_made_once():
    """Fewer operations than in chunks, whose logits the backward pass makes again."""
    hidden, head, rows, share = make_inputs()

    def in_parts(hidden, head) -> jax.Array:
        return sum_over_parts(loss_of, hidden, head, rows, share, num_parts=1)[0]

    def in_chunks(hidden, head) -> jax.Array:
        return loss_of(hidden, head, rows, share, chunk_size=B * T // 2)[0]

    def products(loss: Any) -> int:
        """Matrix products in the program; the body of a loop counts once."""

        def count(jaxpr: Any) -> int:
            total = 0
            for equation in jaxpr.eqns:
                inner = [
                    x for x in jax.tree.leaves(equation.params, is_leaf=is_jaxpr) if is_jaxpr(x)
                ]
                of_inner = sum(count(getattr(x, "jaxpr", x)) for x in inner)
                total += of_inner + (equation.primitive.name == "dot_general")
            return total

        return count(jax.make_jaxpr(jax.grad(loss, argnums=(0, 1)))(hidden, head).jaxpr)

    assert products(in_parts) == 4
    assert products(in_chunks) == 6


def is_jaxpr(x: Any) -> bool:
    return type(x).__name__ in ("Jaxpr", "ClosedJaxpr")


def test_uneven_parts_are_an_error():
    hidden, head, rows, share = make_inputs()
    for num_parts in (0, 3):
        with pytest.raises(ValueError, match=f"num_parts is {num_parts}: .* rows, 4"):
            sum_over_parts(loss_of, hidden, head, rows, share, num_parts=num_parts)
