"""Pictures per second per core: our whole path against a process a picture, in one run.

    python benchmarks/render.py [--domain=NAME] [--repeats=5] [--option=N=V] [--least=RATE]

The alternative is what people do by hand: a fresh interpreter for a script, a fresh browser for a
page, a fresh office suite for a deck. Ours is the contained run, the picture and the detectors.
Both take turns, picture by picture, and everything is counted in processor seconds, of every
process involved: a busy machine changes little (caches are shared, and a browser draws by the
clock). The wall clock of the render pool is shown for what it is. Results: docs/LOG.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import psutil

from vsdpo_jax.domains.base import (
    Domain,
    JudgeOptions,
    OptionValue,
    Renderer,
    RendererSetup,
    find_domains,
    load_domain,
    parse_options,
)
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Limits
from vsdpo_jax.sandbox.forkserver import ForkServer
from vsdpo_jax.sandbox.process import KEPT_MEMORY, ONE_THREAD
from vsdpo_jax.sandbox.protocol import NONCE_BYTES

SUITE = Path(__file__).resolve().parents[1] / "tests" / "domains" / "judge"
PLAIN = "vsdpo_jax.sandbox.plain"
TARGET_LAYERS_MS = 2.0
TARGET_SPEED_UP = 5.0
# Runs a command and waits for all that it leaves behind (PR_SET_CHILD_SUBREAPER): the processes of
# a browser outlive the one that started them.
_COUNTED = """
import ctypes, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
try:
    while True:
        os.wait()
except ChildProcessError:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def cold(program: str, folder: str, suffix: str, plain: Callable[[Path], Sequence[str]]) -> float:
    """Processor seconds of the command ``plain(file)`` in a fresh process, file in ``folder``."""
    file = Path(folder, f"program{suffix}")
    file.write_text(program, encoding="utf-8")
    plain_environment = {k: v for k, v in os.environ.items() if k not in KEPT_MEMORY}
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _COUNTED, *plain(file)],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**plain_environment, "MPLBACKEND": "Agg", "PYTHONPATH": str(SUITE.parents[2])},
    )
    return float(ran.stdout)


def family_cpu_s() -> float:
    """Processor seconds of this process, those that it started, and what they have reaped."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:4]) for process in family)


def ours(
    renderer: Renderer, domain: Domain, program: str, options: JudgeOptions, repeats: int
) -> float:
    """Processor seconds of the whole path, averaged: the kernel counts them in steps of 10 ms."""

    def render(number: int) -> Judged:
        text = program + "\n" * number  # never the same: what is remembered of a text costs nothing
        return domain.judge(renderer.run(text), text, options)

    judged = render(0)
    if judged.render.status != "ok":
        raise RuntimeError(f"{judged.render.status}: {judged.render.error}")
    before_s = family_cpu_s()
    for number in range(1, repeats + 1):
        render(number)
    return (family_cpu_s() - before_s) / repeats


def layer_cost_ms(rounds: int) -> tuple[float, float]:
    """Median processor milliseconds of an empty job, with and without the kernel layers."""
    servers = {mode: ForkServer(PLAIN, Limits(), None, mode) for mode in ("required", "none")}
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


def pool_rate(
    domain: str, programs: Sequence[str], repeats: int, options: Mapping[str, OptionValue]
) -> tuple[int, float]:
    """Workers and pictures per second on the clock, all cores at work."""
    jobs = [Job(source=program) for program in programs] * repeats
    workers = len(os.sched_getaffinity(0))
    with RenderPool(domain, num_workers=workers, options=options) as pool:
        pool.map(jobs[: 2 * workers])
        started = time.perf_counter()
        pool.map(jobs)
        return workers, len(jobs) / (time.perf_counter() - started)


def verdict(value: float, target: float, at_least: bool) -> str:
    """How a figure compares with its target."""
    met = value >= target if at_least else value <= target
    return f"target {'>=' if at_least else '<='} {target:g}: {'met' if met else 'MISSED'}"


def measure(
    name: str,
    programs: Mapping[str, str],
    plain: Callable[[Path], Sequence[str]],
    repeats: int,
    options: Mapping[str, OptionValue],
    least_per_s: float,
) -> None:
    """Print the table of one domain."""
    domain = load_domain(name)
    print(f"{name:<26}{'cold process':>14}{'ours':>12}{'times':>8}   (processor s each)")
    totals = [0.0, 0.0]
    setup = RendererSetup(limits=Limits(), options=options)
    judging = JudgeOptions(options=options)
    with domain.open_renderer(setup) as renderer, tempfile.TemporaryDirectory() as folder:
        cold(next(iter(programs.values())), folder, domain.suffixes[0], plain)  # makes its profile
        for title, program in programs.items():
            costs = (
                cold(program, folder, domain.suffixes[0], plain),
                ours(renderer, domain, program, judging, repeats),
            )
            totals = [total + cost for total, cost in zip(totals, costs, strict=True)]
            print(f"{title:<26}{costs[0]:>14.3f}{costs[1]:>12.3f}{costs[0] / costs[1]:>8.1f}")
    cold_s, ours_s = (total / len(programs) for total in totals)
    print(f"{'mean':<26}{cold_s:>14.3f}{ours_s:>12.3f}{cold_s / ours_s:>8.1f}")
    rate, speed_up = 1 / ours_s, cold_s / ours_s
    print(f"pictures/s/core  {rate:.1f}   {verdict(rate, least_per_s, True)}")
    print(f"speed-up         {speed_up:.1f}   {verdict(speed_up, TARGET_SPEED_UP, True)}")
    workers, per_s = pool_rate(name, list(programs.values()), repeats, options)
    print(f"render pool      {per_s:.1f} pictures/s on the clock, {workers} workers")


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--domain", choices=find_domains(), help="default: every one")
    made.add_argument("--repeats", type=int, default=5, help="renders of each picture")
    made.add_argument("--option", action="append", default=[], help="NAME=VALUE in JSON")
    made.add_argument("--least", type=float, help="pictures/s/core that are aimed at")
    return made


def main() -> None:
    """Measure and print."""
    given = parser().parse_args()
    sys.path.insert(0, str(SUITE))
    members = {member.domain: member for member in import_module("members").MEMBERS}
    options = parse_options(given.option)
    for name in [given.domain] if given.domain else sorted(members):
        member = members[name]
        measure(
            name,
            member.typical,
            member.plain,
            given.repeats,
            load_domain(name).complete(options),
            member.least_per_s if given.least is None else given.least,
        )
    with_layers, without = layer_cost_ms(150)
    print(
        f"kernel layers    {with_layers - without:.2f} ms ({with_layers:.2f} with, {without:.2f} "
        f"without)   {verdict(with_layers - without, TARGET_LAYERS_MS, False)}"
    )


if __name__ == "__main__":
    worker = ONE_THREAD | KEPT_MEMORY  # as a pool's; read when it starts
    if not os.environ.keys() >= worker.keys():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | worker)
    main()
