"""Memory and time of the pass over the vocabulary, beside other ways to the same numbers.

    python benchmarks/head.py [compare] [scale] [--plot=head.png]

Without names both parts. ``compare`` sets side by side, on the CPU in float32, the value and the
gradients (hidden states and head) of sum_n a_n KL_n + b_n log p_S(y_n):

* core.head.head_pass in chunks, for a loss that is any function of all tokens, and its other
  divergences;
* JAX and PyTorch without chunks: [tokens, vocabulary] arrays of both models;
* PyTorch in chunks with checkpoints, the usual remedy.

Liger's chunked JSD is a Triton program and needs a GPU; besides, it takes one loss over all tokens,
no weights for each. It is not run here.

Every variant runs in a process of its own. Memory is the peak resident set minus what was resident
just before the measured call (inputs, libraries, compiled code) minus the gradient of the head,
which nobody can avoid. At --quick sizes the libraries' own allocations drown it. ``scale`` shows
time and memory of head_pass against the number of tokens.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MIB = 2**20
HEAD_PASS: dict[str, dict[str, Any]] = {
    "head_pass": {},
    "head_pass frozen head": {"head_gradient": False},
    "head_pass jsd_alpha 0": {"jsd_alpha": 0.0},
    "head_pass jsd_alpha 0.5": {"jsd_alpha": 0.5},
    "head_pass top 100": {"divergence": "topk"},
    "head_pass sampled": {"divergence": "sampled"},
}
SIDE_BY_SIDE = ("jax dense", "torch dense", "torch chunked")
PARTS = ("compare", "scale")
SCALING = (1024, 2048, 4096, 8192, 16384)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is measured: tokens, rows and columns of the head, tokens of one chunk, repetitions."""

    tokens: int
    vocab: int
    width: int
    chunk: int
    repeats: int


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The best of the repetitions; memory beyond the head's gradient."""

    wall_s: float
    cpu_s: float
    memory_mib: float
    value: float
    gradient_norm: float


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Hidden states of both models [N, D], one head [V, D], tokens and the two cotangents [N]."""

    student: np.ndarray
    teacher: np.ndarray
    head: np.ndarray
    tokens: np.ndarray
    kl_bar: np.ndarray
    logp_bar: np.ndarray


Call = Callable[[], tuple[float, list[Any]]]


def make_inputs(shape: Shape) -> Inputs:
    """Logits with a standard deviation of 2, the teacher's near the student's."""
    rng = np.random.default_rng(0)

    def normal(*size: int) -> np.ndarray:
        return rng.standard_normal(size, dtype=np.float32)

    student = normal(shape.tokens, shape.width)
    return Inputs(
        student=student,
        teacher=student + 0.3 * normal(shape.tokens, shape.width),
        head=normal(shape.vocab, shape.width) * np.float32(2 / shape.width**0.5),
        tokens=rng.integers(shape.vocab, size=shape.tokens).astype(np.int32),
        kl_bar=rng.random(shape.tokens, dtype=np.float32) / np.float32(shape.tokens),
        logp_bar=normal(shape.tokens) / np.float32(shape.tokens),
    )


def jax_call(variant: str, inputs: Inputs, chunk: int) -> Call:
    """Compiles."""
    import jax
    import jax.numpy as jnp

    from vsdpo_jax.core.head import head_pass

    options = HEAD_PASS.get(variant, {})

    def in_chunks(student: jax.Array, head: jax.Array, rest: tuple) -> jax.Array:
        teacher, tokens, kl_bar, logp_bar = rest
        out = head_pass(student, teacher, head, head, tokens, chunk_size=chunk, **options)
        return jnp.sum(kl_bar * out.kl_N + logp_bar * out.student_logp_N)

    def dense(student: jax.Array, head: jax.Array, rest: tuple) -> jax.Array:
        teacher, tokens, kl_bar, logp_bar = rest
        student_logp = jax.nn.log_softmax(student @ head.T)
        teacher_logp = jax.nn.log_softmax(jax.lax.stop_gradient(teacher @ head.T))
        kl = jnp.sum(jnp.exp(student_logp) * (student_logp - teacher_logp), axis=-1)
        logp = jnp.take_along_axis(student_logp, tokens[:, None], axis=1)[:, 0]
        return jnp.sum(kl_bar * kl + logp_bar * logp)

    loss = dense if variant == "jax dense" else in_chunks
    is_frozen = not options.get("head_gradient", True)
    rest = (inputs.teacher, inputs.tokens, inputs.kl_bar, inputs.logp_bar)
    arrays = jax.tree.map(jnp.asarray, (inputs.student, inputs.head, rest))
    gradient = jax.value_and_grad(loss, argnums=0 if is_frozen else (0, 1))
    compiled = jax.jit(gradient).lower(*arrays).compile()

    def call() -> tuple[float, list[Any]]:
        value, gradients = jax.block_until_ready(compiled(*arrays))
        return float(value), jax.tree.leaves(gradients)

    return call


def torch_call(inputs: Inputs, chunk: int | None) -> Call:
    """chunk None: all at once; else each chunk's logits are made again when differentiating."""
    import torch
    from torch.utils.checkpoint import checkpoint

    torch.set_num_threads(os.cpu_count() or 1)
    student, teacher, head = (
        torch.from_numpy(x) for x in (inputs.student, inputs.teacher, inputs.head)
    )
    tokens = torch.from_numpy(inputs.tokens).long()
    kl_bar, logp_bar = torch.from_numpy(inputs.kl_bar), torch.from_numpy(inputs.logp_bar)

    def loss(hidden: Any, teacher_hidden: Any, head: Any, tokens: Any, bars: Any) -> Any:
        student_logp = (hidden @ head.T).log_softmax(1)
        with torch.no_grad():
            teacher_logp = (teacher_hidden @ head.T).log_softmax(1)
        kl = (student_logp.exp() * (student_logp - teacher_logp)).sum(1)
        logp = student_logp.gather(1, tokens[:, None])[:, 0]
        return (bars[0] * kl + bars[1] * logp).sum()

    def call() -> tuple[float, list[Any]]:
        hidden, weights = student.clone().requires_grad_(), head.detach().requires_grad_()
        total = 0.0
        for start in range(0, len(tokens), chunk or len(tokens)):
            at = slice(start, start + (chunk or len(tokens)))
            arguments = (hidden[at], teacher[at], weights, tokens[at], (kl_bar[at], logp_bar[at]))
            part = (
                loss(*arguments)
                if chunk is None
                else checkpoint(loss, *arguments, use_reentrant=False)
            )
            part.backward()
            total += float(part.detach())
        return total, [hidden.grad, weights.grad]

    return call


def measure(variant: str, shape: Shape) -> Measured:
    """Runs a variant in this process, which should have done nothing before."""
    inputs = make_inputs(shape)
    if variant.startswith("torch"):
        call = torch_call(inputs, shape.chunk if variant == "torch chunked" else None)
    else:
        call = jax_call(variant, inputs, shape.chunk)
    before = _forget_peak()
    wall_s, cpu_s = [], []
    value, gradients = 0.0, []
    for _ in range(shape.repeats):
        del gradients
        wall, cpu = time.perf_counter(), time.process_time()
        value, gradients = call()
        wall_s.append(time.perf_counter() - wall)
        cpu_s.append(time.process_time() - cpu)
    peak = _resident("VmHWM")
    unavoidable = inputs.head.nbytes if len(gradients) > 1 else 0
    norm = sum(float(x.ravel() @ x.ravel()) for x in gradients) ** 0.5
    return Measured(
        wall_s=min(wall_s),
        cpu_s=min(cpu_s),
        memory_mib=(peak - before - unavoidable) / MIB,
        value=value,
        gradient_norm=norm,
    )


def _forget_peak() -> int:
    """Resident bytes, from which the peak counts anew: making the inputs may have taken more."""
    Path("/proc/self/clear_refs").write_text("5")
    return _resident("VmRSS")


def _resident(name: str) -> int:
    """A line of /proc/self/status in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def measure_apart(variant: str, shape: Shape) -> Measured:
    """Runs a variant in a process of its own."""
    order = json.dumps({"variant": variant, "shape": vars(shape)})
    done = subprocess.run(
        [sys.executable, __file__, "--child", order], check=True, stdout=subprocess.PIPE, text=True
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def compare(shape: Shape) -> None:
    """Prints the table of all variants, and the two ratios that matter."""
    print(f"{'':24} {'wall s':>8} {'CPU s':>8} {'MiB':>8} {'time':>6} {'memory':>7}")
    dense = measure_apart("jax dense", shape)
    for variant in (*HEAD_PASS, *SIDE_BY_SIDE):
        got = dense if variant == "jax dense" else measure_apart(variant, shape)
        print(
            f"{variant:24} {got.wall_s:8.2f} {got.cpu_s:8.2f} {got.memory_mib:8.0f} "
            f"{got.cpu_s / dense.cpu_s:5.2f}x {got.memory_mib / dense.memory_mib:6.2f}x",
            flush=True,
        )
        if variant in ("head_pass", *SIDE_BY_SIDE):
            np.testing.assert_allclose(
                (got.value, got.gradient_norm), (dense.value, dense.gradient_norm), rtol=1e-3
            )
    print("time (CPU seconds) and memory beside jax dense; torch and head_pass give its numbers")


def scale(shape: Shape, counts: tuple[int, ...], plot: Path | None) -> None:
    """Prints, and draws, time and memory of head_pass against the number of tokens."""
    results = []
    for tokens in counts:
        got = measure_apart("head_pass", Shape(**vars(shape) | {"tokens": tokens}))
        results.append(got)
        print(
            f"head_pass {tokens:6} tokens: {got.cpu_s:8.2f} CPU s, "
            f"{1000 * got.cpu_s / tokens:6.2f} ms a token, {got.memory_mib:8.0f} MiB",
            flush=True,
        )
    if plot is not None:
        draw(shape, counts, results, plot)
        print(f"wrote {plot}")


def draw(shape: Shape, counts: tuple[int, ...], results: list[Measured], path: Path) -> None:
    """Time and memory against tokens as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(counts, [got.cpu_s for got in results], marker="o")
    left.set(ylabel="CPU seconds", title="Value and gradients")
    right.plot(counts, [got.memory_mib / 1024 for got in results], marker="o", label="head_pass")
    dense_gib = np.array(counts) * shape.vocab * 4 / MIB / 1024
    right.plot(counts, dense_gib, linestyle="--", label="one array [tokens, vocabulary]")
    right.set(ylabel="GiB", title="Memory beyond the head's gradient")
    right.legend()
    labels = [f"{count / 1024:g}k" for count in counts]
    for axes in (left, right):
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        axes.set_xticks(counts, labels)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("tokens")
    figure.suptitle(f"vocabulary {shape.vocab:,}, width {shape.width:,}, chunks of {shape.chunk}")
    figure.savefig(path, dpi=120)


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("parts", nargs="*", type=_part, metavar="PART", help="default: both")
    made.add_argument("--tokens", type=int, default=4096)
    made.add_argument("--vocab", type=int, default=151_936)
    made.add_argument("--width", type=int, default=2048)
    made.add_argument("--chunk", type=int, default=512, help="tokens of one chunk")
    made.add_argument("--repeats", type=int, default=2)
    made.add_argument("--plot", type=Path, help="PNG of cost against tokens")
    made.add_argument("--quick", action="store_true", help="a small shape, to see that it runs")
    made.add_argument("--child", help=argparse.SUPPRESS)
    return made


def _part(name: str) -> str:
    """A choice; of argparse's own "choices" none at all would be a wrong one."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(PARTS)}")
    return name


def main() -> None:
    """Reads the arguments and runs both parts."""
    arguments = parser().parse_args()
    parts = arguments.parts or PARTS
    if arguments.child:
        order = json.loads(arguments.child)
        print(json.dumps(vars(measure(order["variant"], Shape(**order["shape"])))))
        return
    shape = Shape(
        tokens=arguments.tokens,
        vocab=arguments.vocab,
        width=arguments.width,
        chunk=arguments.chunk,
        repeats=arguments.repeats,
    )
    counts = SCALING
    if arguments.quick:
        shape = Shape(tokens=256, vocab=4096, width=128, chunk=64, repeats=1)
        counts = (128, 256, 512)
    print(f"{shape}, {os.cpu_count()} cores, float32")
    if "compare" in parts:
        compare(shape)
    if "scale" in parts:
        scale(shape, counts, arguments.plot)


if __name__ == "__main__":
    main()
