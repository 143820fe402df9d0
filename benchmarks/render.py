"""Charts per second per core: our whole path against `python script.py`, side by side in one run.

    python benchmarks/render.py [--repeats=5]

Ours is sandbox, recording, painting and detectors. Everything is counted in processor seconds, of
every process involved, so that a busy machine does not change the result; the wall clock of the
render pool is shown for what it is. Results of past runs: docs/LOG.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from vsdpo_jax.domains.base import Domain, JudgeOptions, load_domain
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Limits
from vsdpo_jax.sandbox.forkserver import ForkServer
from vsdpo_jax.sandbox.protocol import NONCE_BYTES
from vsdpo_jax.sandbox.supervisor import judge_exit

TARGET_CHARTS_PER_CORE_S = 6.0
TARGET_LAYERS_MS = 2.0
TARGET_SPEED_UP = 5.0

_HEAD = "import numpy as np\nimport matplotlib.pyplot as plt\n"

CHARTS = {
    "lines": """
x = np.linspace(0, 10, 200)
fig, ax = plt.subplots(figsize=(8, 5))
for k in range(3):
    ax.plot(x, np.sin(x + k), label=f"phase {k}")
ax.set_title("Waves")
ax.set_xlabel("time (s)")
ax.set_ylabel("amplitude")
ax.legend()
ax.grid(True)
plt.savefig("out.png")
""",
    "grouped bars": """
names = ["north", "east", "south", "west"]
x = np.arange(4)
fig, ax = plt.subplots()
bars = [ax.bar(x + 0.3 * k, np.arange(4) + k + 1, 0.3, label=f"year {k}") for k in range(3)]
ax.bar_label(bars[0])
ax.set_xticks(x + 0.3, names)
ax.set_title("Sales by region")
ax.legend(loc="upper left")
fig.tight_layout()
plt.savefig("out.png")
""",
    "scatter with colour bar": """
rng = np.random.default_rng(0)
x, y = rng.normal(size=(2, 300))
fig, ax = plt.subplots()
points = ax.scatter(x, y, c=x + y, s=20 + 30 * np.abs(x), alpha=0.7)
fig.colorbar(points, ax=ax, label="sum")
ax.set(title="Cloud", xlabel="x", ylabel="y")
plt.savefig("out.png")
""",
    "pie": """
plt.pie([40, 30, 20, 10], labels=["a", "b", "c", "d"], autopct="%1.0f%%", explode=[0.1, 0, 0, 0])
plt.title("Shares")
plt.savefig("out.png")
""",
    "heat map": """
data = np.arange(48.0).reshape(6, 8) % 11
fig, ax = plt.subplots()
image = ax.imshow(data, cmap="viridis")
for (i, j), value in np.ndenumerate(data):
    ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="white")
fig.colorbar(image)
ax.set_title("Heat")
plt.savefig("out.png")
""",
    "histogram": """
rng = np.random.default_rng(0)
plt.hist([rng.normal(size=500), rng.normal(1, 2, 500)], bins=30, label=["a", "b"])
plt.xlabel("value")
plt.ylabel("count")
plt.title("Distribution")
plt.legend()
plt.savefig("out.png")
""",
    "boxes": """
rng = np.random.default_rng(0)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 4), sharey=True)
data = [rng.normal(k, 1 + k / 3, 80) for k in range(4)]
left.boxplot(data)
right.violinplot(data, showmedians=True)
left.set_title("Boxes")
right.set_title("Violins")
fig.tight_layout()
plt.savefig("out.png")
""",
    "data frame": """
import pandas as pd
frame = pd.DataFrame({"year": range(2010, 2020), "a": range(10), "b": [k**1.5 for k in range(10)]})
ax = frame.plot(x="year", y=["a", "b"], marker="o", figsize=(7, 4))
ax.set_title("Growth")
ax.set_ylabel("units")
plt.savefig("out.png")
""",
    "two axes": """
fig, ax = plt.subplots()
other = ax.twinx()
ax.bar(range(12), np.arange(12) ** 1.3, color="lightgray")
other.plot(range(12), np.cos(np.arange(12)), "C3o-")
ax.set_xlabel("month")
ax.set_ylabel("rain (mm)")
other.set_ylabel("index")
ax.set_title("Climate")
plt.savefig("out.png")
""",
    "filled areas": """
x = np.arange(30)
fig, ax = plt.subplots(layout="constrained")
ax.stackplot(x, x, 30 - x, 10 + 5 * np.sin(x), labels=["a", "b", "c"])
ax.axhline(20, ls="--", color="k")
ax.annotate("crossing", (15, 15), (18, 5), arrowprops={"arrowstyle": "->"})
ax.legend(ncols=3)
ax.set_title("Stack")
plt.savefig("out.png")
""",
    "four panels": """
fig, axes = plt.subplots(2, 2, figsize=(9, 7))
x = np.linspace(0.1, 5, 50)
curves = {"x": x, "log": np.log(x), "exp": np.exp(x), "1/x": 1 / x}
for ax, (name, y) in zip(axes.flat, curves.items()):
    ax.plot(x, y)
    ax.set_title(name)
    ax.grid(alpha=0.3)
fig.suptitle("Functions")
fig.tight_layout()
plt.savefig("out.png")
""",
    "error bars": """
x = np.arange(8)
plt.errorbar(x, x**2, yerr=2 + x, fmt="s--", capsize=4, label="measured")
plt.fill_between(x, x**2 - 8, x**2 + 8, alpha=0.2, label="model")
plt.yscale("symlog")
plt.title("Fit $y = x^2$")
plt.legend()
plt.savefig("out.png")
""",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Processor and wall seconds of one chart."""

    cpu_s: float
    wall_s: float


def cold(program: str) -> Cost:
    """`python script.py` in a fresh interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "script.py").write_text(program)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "script.py"],
            cwd=folder,
            check=True,
            env={
                **os.environ,
                "MPLBACKEND": "Agg",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        wall_s = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s=cpu_s, wall_s=wall_s)


def family_cpu_s(server: ForkServer) -> float:
    """Processor seconds of this process, the fork server and the children it has reaped."""
    return time.process_time() + sum(psutil.Process(server.pid).cpu_times()[:4])


def render(server: ForkServer, domain: Domain, program: str) -> Judged:
    """What a render worker does, in this process."""
    nonce = os.urandom(NONCE_BYTES)
    result = judge_exit(server.run(program, nonce), nonce, Limits())
    return domain.judge(result, program, JudgeOptions())


def ours(server: ForkServer, domain: Domain, program: str, repeats: int) -> Cost:
    """The whole path, averaged over repeats: the kernel counts processes in steps of 10 ms."""
    judged = render(server, domain, program)
    if judged.render.status != "ok":
        raise RuntimeError(f"{judged.render.status}: {judged.render.error}")
    cpu_s, started = family_cpu_s(server), time.perf_counter()
    for _ in range(repeats):
        render(server, domain, program)
    return Cost(
        cpu_s=(family_cpu_s(server) - cpu_s) / repeats,
        wall_s=(time.perf_counter() - started) / repeats,
    )


def layer_cost_ms(recorder: str, rounds: int) -> tuple[float, float]:
    """Median processor milliseconds of an empty job, with and without the kernel layers."""
    servers = {mode: ForkServer(recorder, Limits(), None, mode) for mode in ("required", "none")}
    seconds: dict[str, list[float]] = {mode: [] for mode in servers}
    try:
        for _ in range(rounds):
            for mode, server in servers.items():
                seconds[mode].append(server.run("1 / 0", os.urandom(NONCE_BYTES)).cpu_s)
    finally:
        for server in servers.values():
            server.stop()
    with_layers, without = (statistics.median(seconds[mode]) for mode in ("required", "none"))
    return 1000 * with_layers, 1000 * without


def pool_charts_per_s(repeats: int) -> tuple[int, float]:
    """Workers and charts per second on the clock, all cores at work."""
    jobs = [Job(source=_HEAD + body) for body in CHARTS.values()] * repeats
    workers = len(os.sched_getaffinity(0))
    with RenderPool("chart", num_workers=workers) as pool:
        pool.map(jobs[: 2 * workers])
        started = time.perf_counter()
        pool.map(jobs)
        return workers, len(jobs) / (time.perf_counter() - started)


def verdict(value: float, target: float, at_least: bool) -> str:
    """How a figure compares with its target."""
    met = value >= target if at_least else value <= target
    return f"target {'>=' if at_least else '<='} {target:g}: {'met' if met else 'MISSED'}"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Benchmark the render path.")
    parser.add_argument("--repeats", type=int, default=5, help="renders per chart")
    repeats = parser.parse_args().repeats
    domain = load_domain("chart")
    server = ForkServer(domain.recorder, Limits(), None, "required")
    print(f"{'chart':<26}{'cold python':>14}{'ours':>12}{'times':>8}   (processor s per chart)")
    totals = [0.0, 0.0]
    try:
        for name, body in CHARTS.items():
            program = _HEAD + body
            costs = cold(program), ours(server, domain, program, repeats)
            totals = [total + cost.cpu_s for total, cost in zip(totals, costs, strict=True)]
            ratio = costs[0].cpu_s / costs[1].cpu_s
            print(f"{name:<26}{costs[0].cpu_s:>14.3f}{costs[1].cpu_s:>12.3f}{ratio:>8.1f}")
    finally:
        server.stop()
    cold_s, ours_s = (total / len(CHARTS) for total in totals)
    print(f"{'mean':<26}{cold_s:>14.3f}{ours_s:>12.3f}{cold_s / ours_s:>8.1f}")
    with_layers, without = layer_cost_ms(domain.recorder, 150)
    workers, charts_per_s = pool_charts_per_s(repeats)
    rate, layers_ms = 1 / ours_s, with_layers - without
    print(f"charts/s/core  {rate:.1f}   {verdict(rate, TARGET_CHARTS_PER_CORE_S, True)}")
    print(
        f"speed-up       {cold_s / ours_s:.1f}   {verdict(cold_s / ours_s, TARGET_SPEED_UP, True)}"
    )
    print(
        f"layers         {layers_ms:.2f} ms ({with_layers:.2f} with, {without:.2f} without)   "
        f"{verdict(layers_ms, TARGET_LAYERS_MS, False)}"
    )
    print(f"render pool    {charts_per_s:.1f} charts/s on the clock, {workers} workers")


if __name__ == "__main__":
    main()
