"""The implementations against each other where they run, and errors where they do not."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsdpo_jax.models.qwen3_vl import attention
from vsdpo_jax.models.qwen3_vl.attention import attend, make_pattern
from vsdpo_jax.runtime import mesh as meshes

MASK = np.array([[1] * 9, [0] * 4 + [1] * 5, [1] * 6 + [0] * 3, [0, 1, 0, 1, 1, 0, 1, 1, 0]], bool)


def arrays(rows: int, heads: int, groups: int, length: int, width: int) -> list[jax.Array]:
    rng = np.random.default_rng(3)
    shapes = [(rows, count, length, width) for count in (heads, groups, groups)]
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in shapes]


def expected(inputs: list[jax.Array], mask_BS: np.ndarray, is_causal: bool) -> np.ndarray:
    """jax's own attention on a dense mask."""
    allowed_BSC = np.broadcast_to(mask_BS[:, None], (*mask_BS.shape, mask_BS.shape[1]))
    if is_causal:
        allowed_BSC = allowed_BSC & np.tril(np.ones(allowed_BSC.shape[1:], bool))
    query, key, value = (jnp.swapaxes(x, 1, 2) for x in inputs)
    out = jax.nn.dot_product_attention(
        query, key, value, mask=jnp.asarray(allowed_BSC[:, None]), implementation="xla"
    )
    return np.swapaxes(np.asarray(out), 1, 2)


def real(x_BNSH: Any, mask_BS: np.ndarray) -> np.ndarray:
    return np.swapaxes(np.asarray(x_BNSH), 1, 2)[mask_BS]


@pytest.mark.parametrize("is_causal", [True, False])
@pytest.mark.parametrize(("heads", "groups"), [(4, 2), (3, 3), (4, 1)])
def test_xla_is_masked_softmax_attention(heads: int, groups: int, is_causal: bool) -> None:
    inputs = arrays(4, heads, groups, 9, 8)
    pattern = make_pattern(jnp.asarray(MASK), is_causal=is_causal, implementation="xla")
    got = attend(*inputs, pattern)
    assert np.isfinite(got).all(), "padding must stay finite: gradients would inherit a NaN"
    np.testing.assert_allclose(
        real(got, MASK), real(expected(inputs, MASK, is_causal), MASK), atol=2e-6
    )


@settings(max_examples=20)  # every shape is compiled anew
@given(
    prompts=st.integers(1, 3), rows_each=st.integers(1, 3), groups=st.integers(1, 2),
    per_group=st.integers(1, 2), past=st.integers(0, 4), length=st.integers(1, 3),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_slots_behind_a_shared_prefix_are_attention_to_both(
    prompts: int, rows_each: int, groups: int, per_group: int, past: int, length: int, seed: int
) -> None:
    """Against one softmax over keys that are repeated for each row and stand in one array."""
    rng = np.random.default_rng(seed)
    rows, slots, width = prompts * rows_each, length + 2, 8

    def normal(*shape: int) -> jax.Array:
        return jnp.asarray(rng.normal(size=shape), jnp.float32)

    query = normal(rows, groups * per_group, length, width)
    key, value = normal(2, rows, groups, slots, width)
    mask_BSC = rng.random((rows, length, slots)) < 0.7
    mask_BSC[..., 0] = True
    prefix, before = None, [normal(2, rows, groups, 0, width), np.ones((rows, 0), bool)]
    if past:
        shared = normal(2, prompts, groups, past, width)
        mask_PC = rng.random((prompts, past)) < 0.7
        prefix = attention.Prefix(jnp.swapaxes(shared[0], 2, 3), shared[1], jnp.asarray(mask_PC))
        before = [np.repeat(shared, rows_each, axis=1), np.repeat(mask_PC, rows_each, axis=0)]
    got = jax.jit(attention.attend_slots)(
        query, jnp.swapaxes(key, 2, 3), value, attention.Dense(jnp.asarray(mask_BSC)), prefix
    )
    whole_key, whole_value = (
        jnp.concatenate([old, own], axis=2)
        for old, own in zip(before[0], (key, value), strict=True)
    )
    past_BSC = np.broadcast_to(before[1][:, None], (rows, length, before[1].shape[1]))
    whole = attention.Dense(jnp.asarray(np.concatenate([past_BSC, mask_BSC], axis=2)))
    together = jax.jit(attend)(query, whole_key, whole_value, whole)
    np.testing.assert_allclose(got, together, atol=2e-6)


@pytest.mark.parametrize("is_causal", [True, False])
def test_packing_for_cudnn_changes_nothing(is_causal: bool) -> None:
    """The translation for cuDNN, run by the implementation that takes the same arguments on CPU."""
    inputs = arrays(4, 4, 2, 9, 8)
    pattern = make_pattern(jnp.asarray(MASK), is_causal=is_causal, implementation="cudnn")
    assert isinstance(pattern, attention.Packed)

    def total(inputs: list[jax.Array], how: str) -> tuple[jax.Array, jax.Array]:
        if how == "packed":
            out = attention.packed(*inputs, pattern, implementation="xla")
        else:
            dense = make_pattern(jnp.asarray(MASK), is_causal=is_causal, implementation="xla")
            out = attend(*inputs, dense)
        real_BNSH = jnp.where(MASK[:, None, :, None], out, 0)
        return jnp.sum(jnp.sin(real_BNSH) * jnp.arange(8.0)[None, None, None]), out

    grads, out = jax.grad(total, has_aux=True)(inputs, "packed")
    dense_grads, dense_out = jax.grad(total, has_aux=True)(inputs, "dense")
    np.testing.assert_allclose(real(out, MASK), real(dense_out, MASK), atol=2e-6)
    for got, want in zip(grads, dense_grads, strict=True):
        np.testing.assert_allclose(got, want, atol=2e-5)
    assert not np.asarray(out)[~np.broadcast_to(MASK[:, None, :, None], out.shape)].any()


@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=3))
def test_packing_keeps_the_order_of_real_tokens(mask: list[list[bool]]) -> None:
    mask_BS = np.array(mask)
    pattern = make_pattern(jnp.asarray(mask_BS), is_causal=True, implementation="cudnn")
    for row, mask_S in enumerate(mask_BS):
        order_S = np.asarray(pattern.order_BS[row])
        count = mask_S.sum()
        assert order_S[:count].tolist() == np.flatnonzero(mask_S).tolist()
        assert order_S[np.asarray(pattern.inverse_BS[row])].tolist() == list(range(6))
        assert pattern.length_B[row] == max(count, 1)


@pytest.mark.parametrize(
    ("is_causal", "length", "width", "groups"), [(True, 150, 16, 2), (False, 40, 72, 4)]
)
def test_segments_for_splash_change_nothing(
    is_causal: bool, length: int, width: int, groups: int
) -> None:
    """The TPU kernel, emulated: padding to its tiles, scale, grouped heads."""
    inputs = arrays(2, 4, groups, length, width)
    mask_BS = np.ones((2, length), bool)
    mask_BS[0, :17] = mask_BS[1, 30:] = False
    pattern = make_pattern(jnp.asarray(mask_BS), is_causal=is_causal, implementation="splash")
    assert isinstance(pattern, attention.Segments)
    got = attention.segmented(*inputs, pattern, interpret=True)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(
        real(got, mask_BS), real(expected(inputs, mask_BS, is_causal), mask_BS), atol=1e-5
    )


def test_splash_is_split_over_the_mesh() -> None:
    inputs = arrays(4, 4, 2, 128, 16)
    mask_BS = jnp.ones((4, 128), bool)
    pattern = make_pattern(mask_BS, is_causal=True, implementation="splash")
    run = jax.jit(lambda *inputs: attention.segmented(*inputs, pattern, interpret=True))
    with jax.set_mesh(meshes.make_mesh(data=2, fsdp=2, tensor=2)):
        got = run(*inputs)
    np.testing.assert_allclose(got, expected(inputs, np.asarray(mask_BS), True), atol=1e-5)


def test_cached_tokens_read_the_slots_up_to_their_own() -> None:
    mask_BC = jnp.asarray([[0, 1, 1, 1, 1], [1, 1, 1, 1, 0]], bool)
    got = attention.cached_pattern(mask_BC, jnp.asarray(2), 2).mask_BSC
    expected_BSC = [[[0, 1, 1, 0, 0], [0, 1, 1, 1, 0]], [[1, 1, 1, 0, 0], [1, 1, 1, 1, 0]]]
    np.testing.assert_array_equal(got, np.array(expected_BSC, bool))


@pytest.mark.parametrize(
    ("name", "dtype", "backend", "message"),
    [
        ("flash", "float32", "cpu", "attention is 'flash'; choose one of xla, cudnn, splash"),
        ("cudnn", "bfloat16", "cpu", "runs on a gpu, and this process runs on cpu; choose 'xla'"),
        ("splash", "float32", "gpu", "runs on a tpu, and this process runs on gpu"),
        ("cudnn", "float32", "gpu", "activations are float32; it takes bfloat16 or float16"),
    ],
)
def test_what_cannot_run_here_is_refused(
    name: str, dtype: str, backend: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    with pytest.raises(ValueError, match=message):
        attention.check(name, dtype)


def test_what_can_run_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, dtype, backend in (
        ("xla", "float32", "cpu"), ("xla", "bfloat16", "tpu"), ("cudnn", "float16", "gpu"),
        ("splash", "float32", "tpu"),
    ):  # fmt: skip
        monkeypatch.setattr(jax, "default_backend", lambda backend=backend: backend)
        attention.check(name, dtype)


@pytest.mark.gpu
@pytest.mark.skipif(jax.default_backend() == "cpu", reason="needs an accelerator")
@pytest.mark.parametrize("is_causal", [True, False])
def test_the_accelerators_kernel_equals_xla(is_causal: bool) -> None:
    name = "cudnn" if jax.default_backend() == "gpu" else "splash"
    inputs = [x.astype(jnp.bfloat16) for x in arrays(4, 4, 2, 9, 64)]

    def loss(inputs: list[jax.Array], implementation: str) -> tuple[jax.Array, jax.Array]:
        pattern = make_pattern(
            jnp.asarray(MASK), is_causal=is_causal, implementation=implementation
        )
        out = jnp.where(MASK[:, None, :, None], attend(*inputs, pattern), 0)
        return jnp.sum(jnp.square(out.astype(jnp.float32))), out

    grads, out = jax.jit(jax.grad(loss, has_aux=True), static_argnums=1)(inputs, name)
    dense_grads, dense_out = jax.grad(loss, has_aux=True)(inputs, "xla")
    np.testing.assert_allclose(*(np.asarray(x, np.float32) for x in (out, dense_out)), atol=0.03)
    for pair in zip(grads, dense_grads, strict=True):
        np.testing.assert_allclose(*(np.asarray(x, np.float32) for x in pair), atol=0.1)
