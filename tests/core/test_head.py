"""The pass over the vocabulary against a dense float64 reference, and its memory."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vsdpo_jax.core.head import HeadOut, head_pass

N, D, V = 37, 12, 101


def make_inputs(seed: int = 0, n: int = N, d: int = D, v: int = V, scale: float = 1.0) -> tuple:
    rng = np.random.default_rng(seed)
    hidden = [rng.normal(size=(n, d)).astype(np.float32) * scale for _ in range(2)]
    heads = [rng.normal(size=(v, d)).astype(np.float32) for _ in range(2)]
    tokens = rng.integers(v, size=n).astype(np.int32)
    return hidden[0], hidden[1], heads[0], heads[1], tokens


def dense(inputs: tuple, cotangents: tuple, temperature: float, vocab: int | None) -> tuple:
    """Values and gradients in float64, written from the definitions with autodiff's help."""
    with jax.enable_x64(True):
        hs, ht, ws, wt = (jnp.asarray(x, jnp.float64) for x in inputs[:4])
        tokens = jnp.asarray(inputs[4])
        rows = jnp.arange(len(tokens))

        def values(hs: jax.Array, ws: jax.Array) -> HeadOut:
            student = jax.nn.log_softmax(hs @ ws[:vocab].T / temperature)
            teacher = jax.nn.log_softmax(ht @ wt[:vocab].T / temperature)
            p = jnp.exp(student)
            return HeadOut(
                kl_N=(p * (student - teacher)).sum(-1),
                student_logp_N=student[rows, tokens],
                teacher_logp_N=teacher[rows, tokens],
                student_entropy_N=-(p * student).sum(-1),
                teacher_entropy_N=-(jnp.exp(teacher) * teacher).sum(-1),
                agreement_N=student.argmax(-1) == teacher.argmax(-1),
                kl_cut_N=jnp.zeros(len(tokens)),
            )

        def scalar(hs: jax.Array, ws: jax.Array) -> jax.Array:
            out = values(hs, ws)
            return (out.kl_N * cotangents[0] + out.student_logp_N * cotangents[1]).sum()

        return jax.tree.map(np.asarray, (values(hs, ws), jax.grad(scalar, argnums=(0, 1))(hs, ws)))


def assert_close(actual, expected, rtol: float = 1e-5) -> None:
    """Relative to the size of the whole array: single entries may be differences near zero."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert np.abs(actual - expected).max() <= rtol * max(np.abs(expected).max(), 1e-30)


@pytest.mark.parametrize("chunk_size", [1, 8, 36, 37, 512])
@pytest.mark.parametrize(("temperature", "vocab"), [(1.0, None), (0.7, 90), (2.0, 101)])
def test_equals_dense_float64(chunk_size, temperature, vocab):
    inputs = make_inputs()
    inputs = (*inputs[:4], inputs[4] % (vocab or V))
    rng = np.random.default_rng(1)
    cotangents = rng.normal(size=N), rng.normal(size=N)
    expected, expected_gradient = dense(inputs, cotangents, temperature, vocab)

    def scalar(hs, ws) -> tuple[jax.Array, HeadOut]:
        out = head_pass(
            hs, jnp.asarray(inputs[1]), ws, jnp.asarray(inputs[3]), jnp.asarray(inputs[4]),
            temperature=temperature, chunk_size=chunk_size, vocab_size=vocab,
        )  # fmt: skip
        total = (out.kl_N * cotangents[0].astype(np.float32)).sum()
        return total + (out.student_logp_N * cotangents[1].astype(np.float32)).sum(), out

    gradient, out = jax.jit(jax.grad(scalar, argnums=(0, 1), has_aux=True))(
        jnp.asarray(inputs[0]), jnp.asarray(inputs[2])
    )
    for actual, reference in zip(out[:5], expected[:5], strict=True):
        assert_close(actual, reference)
    np.testing.assert_array_equal(out.agreement_N, expected.agreement_N)
    for actual, reference in zip(gradient, expected_gradient, strict=True):
        assert_close(actual, reference)


def as_arrays(inputs: tuple) -> tuple:
    return tuple(jnp.asarray(x) for x in inputs)


def test_by_hand():
    # Two words with logits (log 3, 0) and (0, 0): p_S = (3/4, 1/4), p_T = (1/2, 1/2).
    head = jnp.eye(2)
    out = head_pass(jnp.array([[np.log(3), 0.0]]), jnp.zeros((1, 2)), head, head, jnp.array([0]))
    kl = 0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5)
    np.testing.assert_allclose(out.kl_N, [kl], rtol=1e-6)
    np.testing.assert_allclose(out.student_logp_N, [np.log(0.75)], rtol=1e-6)
    np.testing.assert_allclose(out.teacher_logp_N, [np.log(0.5)], rtol=1e-6)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    np.testing.assert_allclose(out.student_entropy_N, [entropy], rtol=1e-6)
    np.testing.assert_allclose(out.teacher_entropy_N, [np.log(2)], rtol=1e-6)
    assert out.agreement_N.tolist() == [True]


def test_same_teacher_gives_zero_kl_and_zero_gradient():
    hidden, _, head, _, tokens = as_arrays(make_inputs())

    def kl(hidden, head):
        return head_pass(hidden, hidden, head, head, tokens, chunk_size=8).kl_N.sum()

    value, gradient = jax.value_and_grad(kl, argnums=(0, 1))(hidden, head)
    assert value == 0
    assert all(not np.asarray(x).any() for x in gradient)


def test_nothing_flows_to_the_teacher_nor_through_metrics():
    inputs = as_arrays(make_inputs())

    def everything(hs, ht, ws, wt):
        out = head_pass(hs, ht, ws, wt, inputs[4], chunk_size=8)
        return out.kl_N.sum() + out.student_logp_N.sum()

    gradient = jax.grad(everything, argnums=(1, 3))(*inputs[:4])
    assert all(not np.asarray(x).any() for x in gradient)

    def metrics(hs, ws):
        out = head_pass(hs, inputs[1], ws, inputs[3], inputs[4], chunk_size=8)
        entropies = out.student_entropy_N.sum() + out.teacher_entropy_N.sum()
        return out.teacher_logp_N.sum() + entropies

    gradient = jax.grad(metrics, argnums=(0, 1))(inputs[0], inputs[2])
    assert all(not np.asarray(x).any() for x in gradient)


def test_no_teacher():
    hs, ht, ws, wt, tokens = as_arrays(make_inputs())

    def logp(hs, ws, *teacher):
        out = head_pass(hs, teacher[0], ws, teacher[1], tokens, chunk_size=8)
        return out.student_logp_N.sum(), out

    gradient, out = jax.grad(logp, argnums=(0, 1), has_aux=True)(hs, ws, None, None)
    expected_gradient, expected = jax.grad(logp, argnums=(0, 1), has_aux=True)(hs, ws, ht, wt)
    for actual, reference in zip(gradient, expected_gradient, strict=True):
        assert_close(actual, reference, 1e-6)
    np.testing.assert_array_equal(out.student_logp_N, expected.student_logp_N)
    np.testing.assert_array_equal(out.student_entropy_N, expected.student_entropy_N)
    assert not np.asarray(out.kl_N).any()
    assert not np.asarray(out.teacher_logp_N).any()
    assert not np.asarray(out.teacher_entropy_N).any()
    assert not np.asarray(out.agreement_N).any()


def test_a_teacher_of_another_width():
    hs, _, ws, _, tokens = as_arrays(make_inputs())
    rng = np.random.default_rng(3)
    ht, wt = (jnp.asarray(rng.normal(size=(x, 5)), jnp.float32) for x in (N, V))
    out = head_pass(hs, ht, ws, wt, tokens)
    teacher = jax.nn.log_softmax(ht @ wt.T)
    assert_close(out.teacher_logp_N, teacher[jnp.arange(N), tokens])


@pytest.mark.parametrize("scale", [30.0, 300.0])
def test_extreme_logits_stay_finite(scale):
    inputs = as_arrays(make_inputs(scale=scale))

    def total(hs, ws):
        out = head_pass(hs, inputs[1], ws, inputs[3], inputs[4], vocab_size=90, chunk_size=16)
        return out.kl_N.sum() + out.student_logp_N[inputs[4] < 90].sum()

    value, gradient = jax.value_and_grad(total, argnums=(0, 1))(inputs[0], inputs[2])
    assert np.isfinite(value)
    assert all(np.isfinite(x).all() for x in gradient)


def test_bfloat16_inputs_are_compared_in_float32():
    inputs = make_inputs()
    rounded = tuple(jnp.asarray(x).astype(jnp.bfloat16) for x in inputs[:4])
    exact = tuple(np.asarray(x.astype(jnp.float32)) for x in rounded)
    expected, expected_gradient = dense((*exact, inputs[4]), (np.ones(N), np.zeros(N)), 1.0, None)

    def kl(hs, ws):
        out = head_pass(hs, rounded[1], ws, rounded[3], jnp.asarray(inputs[4]), chunk_size=8)
        return out.kl_N.sum(), out

    gradient, out = jax.grad(kl, argnums=(0, 1), has_aux=True)(rounded[0], rounded[2])
    assert out.kl_N.dtype == jnp.float32
    assert_close(out.kl_N, expected.kl_N)
    for actual, reference in zip(gradient, expected_gradient, strict=True):
        assert actual.dtype == jnp.bfloat16
        assert_close(actual, reference, 0.02)


def temporary_bytes(num_tokens: int, vocab: int, width: int) -> int:
    def total(hs, ht, ws, wt, tokens):
        out = head_pass(hs, ht, ws, wt, tokens, chunk_size=256)
        return out.kl_N.sum() + out.student_logp_N.sum()

    shapes = [(num_tokens, width)] * 2 + [(vocab, width)] * 2
    abstract = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    abstract.append(jax.ShapeDtypeStruct((num_tokens,), jnp.int32))
    compiled = jax.jit(jax.value_and_grad(total, argnums=(0, 2))).lower(*abstract).compile()
    analysis = compiled.memory_analysis()
    assert analysis is not None
    return analysis.temp_size_in_bytes


def test_memory_is_flat_in_tokens_and_far_below_dense():
    vocab, width = 8192, 32
    small, large = (temporary_bytes(n, vocab, width) for n in (1024, 8192))
    own_inputs = (8192 - 1024) * width * 4
    assert large - small <= 8 * own_inputs
    assert large < 8192 * vocab * 4 / 5  # a fifth of ONE dense array


def test_any_order_of_chunks_gives_the_tokens_in_order():
    inputs = as_arrays(make_inputs())
    whole = head_pass(*inputs, chunk_size=N)
    for chunk_size in (1, 5, 10):
        for actual, expected in zip(head_pass(*inputs, chunk_size=chunk_size), whole, strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"temperature": 0.0}, "temperature is 0"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"chunk_size": 0}, "chunk_size is 0"),
        ({"vocab_size": V + 1}, "vocab_size is 102"),
        ({"vocab_size": 0}, "vocab_size is 0"),
    ],
)
def test_bad_settings(change, match):
    with pytest.raises(ValueError, match=match):
        head_pass(*as_arrays(make_inputs()), **change)


def test_half_a_teacher_is_an_error():
    hs, ht, ws, _, tokens = as_arrays(make_inputs())
    with pytest.raises(ValueError, match="both or neither"):
        head_pass(hs, ht, ws, None, tokens)
