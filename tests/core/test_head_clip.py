"""The clip of each vocabulary entry's term, and the student's share in the teacher's logits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_head_modes import Inputs, assert_close, make_inputs, run_compiled

from vsdpo_jax.core.divergence import Compared, compare, compare_top, top_threshold
from vsdpo_jax.core.head import HeadOut, head_pass

HALF, SKEWED = jnp.log(jnp.array([[0.5, 0.5]])), jnp.log(jnp.array([[0.9, 0.1]]))


@pytest.mark.parametrize(
    ("alpha", "terms", "slope"),
    [
        # .5 log(.5 / .9), .5 log(.5 / .1); what remains moves by S (1 - S) (log(S / T) + 1).
        (1.0, (-0.2938933, 0.8047190), 0.25 * (-0.5877867 + 1)),
        # .9 log(.9 / .5), .1 log(.1 / .5), the second remains: S_2 (dz_2 -> 1 - S_2) * -T_2 / S_2.
        (0.0, (0.5290080, -0.1609438), 0.05),
        # M = .7, .3: .25 log(5 / 7) + .45 log(9 / 7), .25 log(5 / 3) + .05 log(1 / 3).
        (0.5, (0.0289733, 0.0727757), 0.125 * -0.3364722),
    ],
)
def test_two_outcomes_by_hand(alpha, terms, slope):
    clip = 0.05
    kept = sum(min(term, clip) for term in terms)
    out = compare(HALF, SKEWED, alpha, clip)
    np.testing.assert_allclose(out.value_K, [kept], rtol=1e-5)
    np.testing.assert_allclose(out.cut_K, [sum(terms) - kept], rtol=1e-5)
    np.testing.assert_allclose(out.gradient_KV, [[slope, -slope]], rtol=1e-5)
    assert (kept < 0) == (alpha in (0, 1))  # the negative terms stay


def test_the_tail_is_clipped_as_one_outcome():
    student, teacher = (jnp.log(jnp.array([row])) for row in ([0.6, 0.2, 0.2], [0.96, 0.01, 0.03]))
    out = compare_top(student, teacher, jnp.log(jnp.array([0.5])), 1.0, 0.05, tail=True)
    first, tail = 0.6 * np.log(0.6 / 0.96), 0.4 * np.log(0.4 / 0.04)
    np.testing.assert_allclose(out.value_K, [first + 0.05], rtol=1e-5)
    np.testing.assert_allclose(out.cut_K, [tail - 0.05], rtol=1e-5)
    slope = 0.6 * (np.log(0.6 / 0.96) + 1)
    expected = [slope * 0.4, -slope * 0.2, -slope * 0.2]
    np.testing.assert_allclose(out.gradient_KV, [expected], rtol=1e-5)


def compared(seed: int, scale: float, alpha: float, support: str, clip: float) -> Compared:
    """Of random distributions; nothing is fused here, so bits can be compared."""
    logits = scale * np.random.default_rng(seed).normal(size=(2, 6, 19)).astype(np.float32)
    student, teacher = jax.nn.log_softmax(jnp.asarray(logits))
    if support == "full":
        return compare(student, teacher, alpha, clip)
    threshold = top_threshold(student, 4)
    return compare_top(student, teacher, threshold, alpha, clip, tail=support == "tail")


over_divergences = given(
    seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0, 4.0]),
    alpha=st.sampled_from([0.0, 0.3, 1.0]), support=st.sampled_from(["full", "tail", "top"]),
)  # fmt: skip


@settings(max_examples=30)
@over_divergences
def test_a_clip_that_nothing_reaches_changes_no_bit(seed, scale, alpha, support):
    plain = compared(seed, scale, alpha, support, 0.0)
    assert not np.asarray(plain.cut_K).any()
    for far in (float("inf"), 1e30):
        jax.tree.map(
            np.testing.assert_array_equal, compared(seed, scale, alpha, support, far), plain
        )


@settings(max_examples=30)
@over_divergences
def test_a_tighter_clip_leaves_less_and_says_what_it_takes(seed, scale, alpha, support):
    whole = compared(seed, scale, alpha, support, 0.0)
    slack = 1e-5 * np.asarray(whole.value_K).max() + 1e-6
    last = np.asarray(whole.value_K)
    for clip in (0.2, 0.05, 0.01):
        out = compared(seed, scale, alpha, support, clip)
        value, cut = np.asarray(out.value_K), np.asarray(out.cut_K)
        assert_close(value + cut, whole.value_K)
        assert (cut >= 0).all()
        assert (value <= last + slack).all()
        assert (value <= 19 * clip + slack).all()
        # A softmax is blind to a constant: so is every gradient through it.
        np.testing.assert_allclose(np.asarray(out.gradient_KV).sum(axis=1), 0, atol=1e-5)
        last = value


def test_a_clip_without_a_bound_is_the_pass_without_to_the_bit():
    inputs = make_inputs(2)
    plain, unbounded = (run_compiled(inputs, kl_clip=clip) for clip in (0.0, float("inf")))
    jax.tree.map(np.testing.assert_array_equal, unbounded, plain)


def test_a_share_of_the_student_by_hand():
    """T' in proportion to T sqrt(S): .6 sqrt(.5), .4 sqrt(.5), .. at S = (.5, .5) it is T."""
    head = jnp.eye(2)
    one = jnp.ones(1)

    def value(student, teacher, share) -> HeadOut:
        hidden = [jnp.log(jnp.array([x])) for x in (student, teacher)]
        return head_pass(
            *hidden, head, head, jnp.zeros(1, jnp.int32), student_share_N=share * one
        )  # fmt: skip

    np.testing.assert_allclose(value([0.5, 0.5], [0.6, 0.4], 0.5).teacher_logp_N, np.log([0.6]))
    # .6 sqrt(.8) / (.6 sqrt(.8) + .4 sqrt(.2)) = .75
    out = value([0.8, 0.2], [0.6, 0.4], 0.5)
    np.testing.assert_allclose(out.teacher_logp_N, np.log([0.75]), rtol=1e-6)
    expected = 0.8 * np.log(0.8 / 0.75) + 0.2 * np.log(0.2 / 0.25)
    np.testing.assert_allclose(out.kl_N, [expected], rtol=1e-5)
    # The same logits everywhere, and all of the student's: there is nothing to learn.
    np.testing.assert_array_equal(value([0.8, 0.2], [0.5, 0.5], 1.0).kl_N, [0])


def test_a_share_of_nothing_changes_nothing():
    inputs = make_inputs(3)._replace(share=np.zeros(13, np.float32))
    plain, shared = (run_compiled(inputs, has_share=has) for has in (False, True))
    jax.tree.map(lambda x, y: assert_close(x, y, 1e-6), shared, plain)


def test_a_share_needs_a_teacher():
    inputs: Inputs = jax.tree.map(jnp.asarray, make_inputs(0))
    with pytest.raises(ValueError, match="student_share_N: give teacher_hidden_ND"):
        head_pass(
            inputs.student_hidden, None, inputs.student_head, None, inputs.tokens,
            student_share_N=inputs.share,
        )  # fmt: skip


def test_clip_and_share_hold_no_more_than_a_chunk():
    """As many temporary bytes as without, but for a few numbers a token."""
    num_tokens, vocab = 512, 2048
    shapes = jax.eval_shape(lambda x: x, make_inputs(0, n=num_tokens, v=vocab, vocab=vocab))

    def temporary(**options) -> int:
        def total(inputs: Inputs) -> jax.Array:
            def kl(hidden, head):
                return head_pass(
                    hidden, inputs.teacher_hidden, head, inputs.teacher_head, inputs.tokens,
                    chunk_size=32, student_share_N=inputs.share if options else None, **options,
                ).kl_N.sum()  # fmt: skip

            return jax.grad(kl, argnums=(0, 1))(inputs.student_hidden, inputs.student_head)

        analysis = jax.jit(total).lower(shapes).compile().memory_analysis()
        assert analysis is not None
        return analysis.temp_size_in_bytes

    plain, both = temporary(), temporary(kl_clip=0.05)
    assert both <= plain + 64 * num_tokens
    assert both < num_tokens * vocab * 4
