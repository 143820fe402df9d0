"""Every divergence of the pass over the vocabulary against torch in float64, and its laws."""

from __future__ import annotations

import itertools
import re
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jax.sharding import NamedSharding, PartitionSpec
from jaxtyping import TypeCheckError

from vsdpo_jax.core.divergence import NEVER, Divergence, top_threshold
from vsdpo_jax.core.head import HeadOut, head_pass
from vsdpo_jax.runtime.mesh import make_mesh

WIDTH, TEACHER_WIDTH, MIX_WIDTH = 6, 5, 4
MODES: dict[str, dict[str, Any]] = {
    "reverse": {},
    "forward": {"jsd_alpha": 0.0},
    "jsd": {"jsd_alpha": 0.5},
    "skewed": {"jsd_alpha": 0.1},
    "top, tail": {"divergence": "topk", "topk": 4},
    "top, forward, tail": {"divergence": "topk", "topk": 4, "jsd_alpha": 0.0},
    "top, jsd, tail": {"divergence": "topk", "topk": 3, "jsd_alpha": 0.3},
    "top": {"divergence": "topk", "topk": 4, "topk_tail": False},
    "top, forward": {"divergence": "topk", "topk": 3, "topk_tail": False, "jsd_alpha": 0.0},
    "top, jsd": {"divergence": "topk", "topk": 4, "topk_tail": False, "jsd_alpha": 0.7},
    "sampled": {"divergence": "sampled"},
    "mix": {"teacher_mix": 0.3},
    "mix, top": {"teacher_mix": 0.05, "divergence": "topk", "topk": 4, "jsd_alpha": 0.5},
    "clip": {"kl_clip": 0.05},
    "clip, forward, top, tail": {
        "kl_clip": 0.05, "jsd_alpha": 0.0, "divergence": "topk", "topk": 4,
    },
    "share, mix, clip, jsd": {
        "has_share": True, "teacher_mix": 0.3, "kl_clip": 0.02, "jsd_alpha": 0.4,
    },
}  # fmt: skip


class Inputs(NamedTuple):
    """Arguments of head_pass, in its order; mix, cotangents of kl_N and logp_N, student's share."""

    student_hidden: Any
    teacher_hidden: Any
    student_head: Any
    teacher_head: Any
    tokens: Any
    mix_hidden: Any
    mix_head: Any
    kl_bar: Any
    logp_bar: Any
    share: Any


def make_inputs(seed: int, n: int = 13, v: int = 37, vocab: int = 35, scale: float = 1.0) -> Inputs:
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    return Inputs(
        *(scale * normal(n, WIDTH), scale * normal(n, TEACHER_WIDTH)),
        *(normal(v, WIDTH), normal(v, TEACHER_WIDTH)),
        rng.integers(vocab, size=n).astype(np.int32),
        *(scale * normal(n, MIX_WIDTH), normal(v, MIX_WIDTH)),
        *(normal(n), normal(n)),
        rng.choice([0, 0.5, 1.2], size=n).astype(np.float32),
    )


def kl_terms(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return p.exp() * (p - q)


def divergence(
    student: torch.Tensor, teacher: torch.Tensor, alpha: float, clip: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """From the definitions, on log-probabilities: with each term bounded, and what that takes."""
    if alpha == 1:
        terms = kl_terms(student, teacher)
    elif alpha == 0:
        terms = kl_terms(teacher, student)
    else:
        mixed = ((1 - alpha) * student.exp() + alpha * teacher.exp()).log()
        terms = (1 - alpha) * kl_terms(student, mixed) + alpha * kl_terms(teacher, mixed)
    if not clip:
        return terms.sum(-1), torch.zeros(len(terms))
    assume((terms.detach() - clip).abs().min() > 1e-6)  # float32 is on the same side
    return terms.clamp(max=clip).sum(-1), (terms - clip).clamp(min=0).sum(-1)


def on_support(logp: torch.Tensor, index: torch.Tensor, tail: bool) -> torch.Tensor:
    top = logp.gather(1, index)
    if not tail:
        return top.log_softmax(1)
    rest = logp.scatter(1, index, -torch.inf).logsumexp(1, keepdim=True)
    return torch.cat([top, rest], 1)


def reference(inputs: Inputs, temperature: float, vocab: int, mode: dict) -> tuple[HeadOut, list]:
    """Values and the gradients of (student_hidden, student_head), float64; autograd, dense."""
    arrays = [torch.from_numpy(np.asarray(x, np.float64)) for x in inputs]
    hs, ht, ws, wt, _, hm, wm, kl_bar, logp_bar, share = arrays
    tokens = torch.from_numpy(inputs.tokens.astype(np.int64))[:, None]
    hs.requires_grad_()
    ws.requires_grad_()
    student_logits = hs @ ws[:vocab].T
    student = (student_logits / temperature).log_softmax(1)
    mix, alpha = mode.get("teacher_mix", 0.0), mode.get("jsd_alpha", 1.0)
    clip = mode.get("kl_clip", 0.0)
    teacher_logits = (1 - mix) * (ht @ wt[:vocab].T) + mix * (hm @ wm[:vocab].T)
    if mode.get("has_share"):
        teacher_logits += share[:, None] * student_logits.detach()
    teacher = (teacher_logits / temperature).log_softmax(1)
    student_logp, teacher_logp = (x.gather(1, tokens)[:, 0] for x in (student, teacher))
    cut = torch.zeros(len(tokens))
    match mode.get("divergence", "full"):
        case "full":
            value, cut = divergence(student, teacher, alpha, clip)
        case "sampled":
            value = (student_logp - teacher_logp).detach() * student_logp
        case "topk":
            count = min(mode["topk"], vocab)
            ranked = student.detach().sort(1, descending=True)
            if count < vocab:  # the support is the same in float32
                gap = ranked.values[:, count - 1] - ranked.values[:, count]
                assume(gap.min() > 1e-4)
            tail = mode.get("topk_tail", True) and count < vocab
            cells = (on_support(x, ranked.indices[:, :count], tail) for x in (student, teacher))
            value, cut = divergence(*cells, alpha, clip)
    (value * kl_bar + student_logp * logp_bar).sum().backward()
    out = HeadOut(
        kl_N=value,
        student_logp_N=student_logp,
        teacher_logp_N=teacher_logp,
        student_entropy_N=-(student.exp() * student).sum(1),
        teacher_entropy_N=-(teacher.exp() * teacher).sum(1),
        agreement_N=student.argmax(1) == teacher.argmax(1),
        kl_cut_N=cut,
    )
    return HeadOut(*(x.detach().numpy() for x in out)), [hs.grad.numpy(), ws.grad.numpy()]


def run(inputs: Inputs, **options: Any) -> tuple[HeadOut, tuple]:
    """head_pass and its gradients."""
    share = inputs.share if options.pop("has_share", False) else None

    def scalar(hidden, head) -> tuple[jax.Array, HeadOut]:
        out = head_pass(
            hidden, inputs.teacher_hidden, head, inputs.teacher_head, inputs.tokens,
            mix_hidden_ND=inputs.mix_hidden, mix_head_VD=inputs.mix_head,
            student_share_N=share, **options,
        )  # fmt: skip
        # Masked as the loss does it: a cotangent of 0 hides whatever value there is.
        kl_N = jnp.where(inputs.kl_bar != 0, out.kl_N, 0)
        logp_N = jnp.where(inputs.logp_bar != 0, out.student_logp_N, 0)
        return jnp.sum(kl_N * inputs.kl_bar + logp_N * inputs.logp_bar), out

    gradient, out = jax.grad(scalar, argnums=(0, 1), has_aux=True)(
        inputs.student_hidden, inputs.student_head
    )
    return out, gradient


COMPILED = jax.jit(
    lambda inputs, options: run(inputs, **dict(options)), static_argnames=("options",)
)


def run_compiled(inputs: Inputs, **options: Any) -> tuple[HeadOut, tuple]:
    return COMPILED(jax.tree.map(jnp.asarray, inputs), tuple(sorted(options.items())))


def assert_close(actual: Any, expected: Any, rtol: float = 1e-5, beside: Any = 0) -> None:
    """Relative to the size of the whole array: single entries may be differences near zero.

    ``beside``: what was taken off, whose rounding stays in a difference.
    """
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    size = (np.abs(expected) + np.abs(np.asarray(beside))).max()
    assert np.abs(actual - expected).max() <= rtol * max(size, 1e-6)


def assert_equals_reference(inputs: Inputs, mode: dict, temperature: float, vocab: int, **more):
    expected, expected_gradient = reference(inputs, temperature, vocab, mode)
    out, gradient = run_compiled(inputs, temperature=temperature, vocab_size=vocab, **mode, **more)
    assert_close(out.kl_N, expected.kl_N, beside=expected.kl_cut_N)
    assert_close(out.kl_cut_N, expected.kl_cut_N, beside=expected.kl_N)
    for actual, value in zip(out[1:5], expected[1:5], strict=True):
        assert_close(actual, value)
    np.testing.assert_array_equal(out.agreement_N, expected.agreement_N)
    for actual, value in zip(gradient, expected_gradient, strict=True):
        assert_close(actual, value)


@pytest.mark.parametrize("name", MODES)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0, 3.0]))
@example(seed=0, scale=0.1)  # where a mix of teachers rounded differently in each fusion
def test_equals_float64(name, seed, scale):
    inputs = make_inputs(seed, scale=scale)
    assert_equals_reference(inputs, MODES[name], 0.7, 35, chunk_size=5)


@settings(max_examples=8)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), name=st.sampled_from(list(MODES)))
def test_any_shape(data, seed, name):
    n, v = data.draw(st.integers(1, 9), "tokens"), data.draw(st.integers(2, 12), "rows")
    vocab = data.draw(st.integers(1, v), "vocabulary")
    chunk_size = data.draw(st.integers(1, 10), "chunk_size")
    inputs = make_inputs(seed, n, v, vocab)
    assert_equals_reference(inputs, MODES[name], 1.0, vocab, chunk_size=chunk_size)


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32 - 1))
def test_top_of_a_larger_vocabulary(seed):
    inputs = make_inputs(seed, n=5, v=500, vocab=490)
    for tail in (True, False):
        mode = {"divergence": "topk", "topk": 7, "topk_tail": tail}
        assert_equals_reference(inputs, mode, 1.0, 490, chunk_size=2)


@pytest.mark.parametrize("name", MODES)
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1), poison=st.sampled_from([np.nan, np.inf, -np.inf, 1e38]))
def test_poison_without_a_cotangent_goes_nowhere(name, seed, poison):
    clean = make_inputs(seed)
    rng = np.random.default_rng(seed)
    unused = rng.random(13) < 0.4
    # Others count through their log-probability alone: their teachers are poison.
    teacherless = unused | (rng.random(13) < 0.3)
    clean = clean._replace(
        kl_bar=np.where(teacherless, 0, clean.kl_bar),
        logp_bar=np.where(unused, 0, clean.logp_bar),
    )
    poisoned = clean._replace(
        student_hidden=np.where(unused[:, None], np.float32(poison), clean.student_hidden),
        teacher_hidden=np.where(teacherless[:, None], np.float32(poison), clean.teacher_hidden),
        mix_hidden=np.where(teacherless[:, None], np.float32(poison), clean.mix_hidden),
    )
    out, gradient = run_compiled(clean, vocab_size=35, chunk_size=5, **MODES[name])
    poisoned_out, poisoned_gradient = run_compiled(
        poisoned, vocab_size=35, chunk_size=5, **MODES[name]
    )
    np.testing.assert_array_equal(out.kl_N[~teacherless], poisoned_out.kl_N[~teacherless])
    np.testing.assert_array_equal(out.student_logp_N[~unused], poisoned_out.student_logp_N[~unused])
    for actual, expected in zip(poisoned_gradient, gradient, strict=True):
        np.testing.assert_array_equal(actual, expected)
    assert not np.asarray(poisoned_gradient[0])[unused].any()


@pytest.mark.parametrize(
    "name", [name for name, mode in MODES.items() if not mode.keys() & {"teacher_mix", "has_share"}]
)
def test_same_teacher_gives_exactly_zero(name):
    inputs = make_inputs(0)
    inputs = inputs._replace(
        teacher_hidden=inputs.student_hidden,
        teacher_head=inputs.student_head,
        logp_bar=np.zeros_like(inputs.logp_bar),
    )
    out, gradient = run_compiled(inputs, chunk_size=5, **MODES[name])
    assert not np.asarray(out.kl_N).any()
    assert all(not np.asarray(x).any() for x in gradient)
    np.testing.assert_array_equal(out.student_entropy_N, out.teacher_entropy_N)


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_the_whole_vocabulary_as_top_is_full(alpha):
    inputs = make_inputs(1)
    out, gradient = run_compiled(inputs, jsd_alpha=alpha, vocab_size=35)
    for topk, tail in ((35, True), (36, False), (100, True), (34, True)):  # 34: a tail of one
        top_out, top_gradient = run_compiled(
            inputs, divergence="topk", topk=topk, topk_tail=tail, jsd_alpha=alpha, vocab_size=35
        )
        assert_close(top_out.kl_N, out.kl_N)
        for actual, expected in zip(top_gradient, gradient, strict=True):
            assert_close(actual, expected)


def test_coarser_outcomes_are_never_further_apart():
    inputs = make_inputs(2)
    values = [
        np.asarray(run_compiled(inputs, divergence="topk", topk=k)[0].kl_N) for k in (1, 4, 16, 37)
    ]
    for coarse, fine in itertools.pairwise(values):
        assert (coarse <= fine * (1 + 1e-5) + 1e-6).all()


def test_sampled_gradient_is_that_of_the_divergence_on_average():
    one = make_inputs(3, n=1, scale=0.3)
    copies = Inputs(*(np.repeat(x, 37, 0) if len(x) == 1 else x for x in one))
    copies = copies._replace(tokens=np.arange(37, dtype=np.int32), logp_bar=np.zeros(37, "f"))
    p = np.exp(np.asarray(run_compiled(copies)[0].student_logp_N))
    copies = copies._replace(kl_bar=p)
    sampled = run_compiled(copies, divergence="sampled")[1]
    exact = run_compiled(one._replace(kl_bar=np.ones(1, "f"), logp_bar=np.zeros(1, "f")))[1]
    assert_close(sampled[0].sum(0, keepdims=True), exact[0])
    assert_close(sampled[1], exact[1])


def test_ends_of_the_interpolation():
    inputs = make_inputs(4, scale=0.3)
    near = 1e-3
    for end, alpha, factor in ((1.0, 1 - near, near), (0.0, near, near)):
        exact = run_compiled(inputs, jsd_alpha=end)[0].kl_N
        between = run_compiled(inputs, jsd_alpha=alpha)[0].kl_N / factor
        np.testing.assert_allclose(between, exact, rtol=0.05)
    jsd = np.asarray(run_compiled(inputs, jsd_alpha=0.5)[0].kl_N)
    assert ((jsd > 0) & (jsd < np.log(2))).all()


def test_mix_goes_from_the_teacher_to_the_other():
    inputs = make_inputs(5)
    other = inputs._replace(teacher_hidden=inputs.mix_hidden, teacher_head=inputs.mix_head)
    for mix, teacher in ((0.0, inputs), (1.0, other)):
        out, gradient = run_compiled(inputs, teacher_mix=mix)
        expected, expected_gradient = run_compiled(teacher)
        jax.tree.map(assert_close, (out, gradient), (expected, expected_gradient))


@pytest.mark.parametrize("scale", [30.0, 3000.0])
@pytest.mark.parametrize("name", MODES)
def test_extreme_logits_stay_finite(name, scale):
    out, gradient = run_compiled(make_inputs(6, scale=scale), vocab_size=35, **MODES[name])
    assert all(np.isfinite(x).all() for x in (*out, *gradient))


@pytest.mark.parametrize("name", MODES)
def test_equal_logits_everywhere(name):
    """All tokens tie, as at masked positions, whose hidden state is 0: an empty tail."""
    inputs = make_inputs(7)
    inputs = inputs._replace(student_hidden=np.zeros_like(inputs.student_hidden))
    out, gradient = run_compiled(inputs, vocab_size=35, **MODES[name])
    assert all(np.isfinite(x).all() for x in (*out, *gradient))
    if "topk" in MODES[name]:
        mode = MODES[name] | {"divergence": "full"}
        assert_close(out.kl_N, run_compiled(inputs, vocab_size=35, **mode)[0].kl_N)


@pytest.mark.parametrize("name", ["reverse", "top, jsd, tail", "sampled"])
def test_a_frozen_head_costs_nothing(name):
    inputs = make_inputs(8)
    out, (hidden_gradient, _) = run_compiled(inputs, **MODES[name])
    frozen, (frozen_gradient, head_gradient) = run_compiled(
        inputs, head_gradient=False, **MODES[name]
    )
    jax.tree.map(np.testing.assert_array_equal, frozen, out)
    np.testing.assert_array_equal(frozen_gradient, hidden_gradient)
    assert not np.asarray(head_gradient).any()

    def compiled_flops(head_gradient: bool) -> float:
        options = (("head_gradient", head_gradient), *MODES[name].items())
        abstract = jax.eval_shape(lambda x: x, inputs)
        analysis = COMPILED.lower(abstract, options).compile().cost_analysis()
        assert analysis is not None
        return analysis["flops"]

    assert compiled_flops(False) < compiled_flops(True)


def collective_sizes(text: str) -> dict[str, int]:
    """The elements of the largest result of each kind of collective in a compiled program."""
    sizes: dict[str, int] = {}
    pattern = r"= (\(?[^=]*?) (all-gather|all-to-all|collective-permute|all-reduce)(?:-start)?\("
    for results, kind in re.findall(pattern, text):
        for shape in re.findall(r"\w+\[([\d,]*)\]", results):
            size = int(np.prod([int(x) for x in shape.split(",") if x], dtype=int))
            sizes[kind] = max(size, sizes.get(kind, 0))
    return sizes


@pytest.mark.parametrize(
    "name", ["reverse", "jsd", "top, tail", "top", "sampled", "mix", "share, mix, clip, jsd"]
)
@pytest.mark.parametrize("tensor", [4, 8])
def test_sharded_vocabulary(name, tensor):
    v, n, chunk_size = 1024, 64, 32
    inputs = make_inputs(9, n=n, v=v, vocab=1000)
    expected = run_compiled(inputs, vocab_size=1000, chunk_size=chunk_size, **MODES[name])
    mesh = make_mesh(data=8 // tensor, tensor=tensor)

    def place(x: np.ndarray) -> jax.Array:
        spec = ("tensor",) if len(x) == v else (("data", "fsdp"),)
        return jax.device_put(x, NamedSharding(mesh, PartitionSpec(*spec)))

    sharded = jax.tree.map(place, inputs)
    options = tuple(sorted({"vocab_size": 1000, "chunk_size": chunk_size, **MODES[name]}.items()))
    compiled = COMPILED.lower(sharded, options).compile()
    jax.tree.map(assert_close, compiled(sharded), expected)
    # A chunk's logits of one device, let alone of all, never travel; per-token numbers do, and
    # hidden states, of width 6.
    sizes = collective_sizes(compiled.as_text())
    assert sizes["all-reduce"] > 0
    assert max(sizes.values()) < chunk_size // (8 // tensor) * (v // tensor), sizes


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"divergence": "topp"}, "divergence is 'topp': use one of|'topp'"),
        ({"jsd_alpha": 1.5}, "jsd_alpha is 1.5"),
        ({"jsd_alpha": float("nan")}, "jsd_alpha is nan"),
        ({"divergence": "sampled", "jsd_alpha": 0.5}, "jsd_alpha is 0.5: .*use 1"),
        ({"divergence": "topk", "topk": 0}, "topk is 0"),
        ({"teacher_mix": 1.5}, "teacher_mix is 1.5"),
        ({"kl_clip": -0.1}, "kl_clip is -0.1: use 0"),
        ({"kl_clip": float("nan")}, "kl_clip is nan"),
        ({"kl_clip": 0.05, "divergence": "sampled"}, "kl_clip is 0.05: .*no terms.*use 0, or"),
        ({"teacher_mix": 0.5, "mix_head_VD": None}, "mix_hidden_ND and mix_head_VD: give both"),
        ({"teacher_mix": 0.5, "mix_head_VD": None, "mix_hidden_ND": None}, "teacher_mix is 0.5"),
    ],
)
def test_bad_settings(change, match):
    inputs = jax.tree.map(jnp.asarray, make_inputs(0))
    mix = {"mix_hidden_ND": inputs.mix_hidden, "mix_head_VD": inputs.mix_head}
    with pytest.raises((ValueError, TypeCheckError), match=match):
        head_pass(*inputs[:5], **mix | change)


def test_threshold_with_ties_and_neighbours():
    one_ulp_less = np.nextafter(np.float32(-1), np.float32(-2))
    logp_KV = jnp.array(
        [
            [-3.0, -1.0, -2.0, -4.0, NEVER],
            [-1.0, -2.0, -2.0, -3.0, NEVER],
            [-2.0, -2.0, -2.0, -2.0, NEVER],
            [one_ulp_less, -0.5, -1.0, -3e4, NEVER],
            [-90.0, 0.0, -100.0, -90.0, NEVER],
            [np.nan, 0.0, -1.0, -90.0, NEVER],
        ]
    )
    for topk, counts in ((1, [1, 1, 4, 1, 1]), (2, [2, 3, 4, 2, 3]), (3, [3, 3, 4, 3, 3])):
        is_top_KV = logp_KV >= top_threshold(logp_KV, topk)[:, None]
        assert is_top_KV.sum(axis=1)[:5].tolist() == counts


def test_divergence_is_hashable_and_checked():
    assert hash(Divergence()) == hash(Divergence(support="full", jsd_alpha=1.0))
    with pytest.raises(ValueError, match="topk is -1"):
        Divergence(topk=-1)
