"""Pairs scored per second and core: our whole path against a process a run, as people do it.

    python benchmarks/score.py [--benchmark=NAME] [--pairs=8] [--throttle]

The alternative is the official evaluators' way: a fresh interpreter for every run of a program, or
a fresh browser for every picture, as many as they make for a pair; none of their scoring is
counted. Everything is processor seconds, of every process involved, so that a busy machine does not
change the result. ``--throttle`` scores again with a quarter of one core for all processes together
(a control group: as root), else with three busy processes a core beside it, and compares the
scores. Results: docs/LOG.md.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from vsdpo_jax.benchmarks import scoring
from vsdpo_jax.benchmarks.base import Scoring, load_benchmark
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.sandbox import Limits
from vsdpo_jax.sandbox.process import ONE_THREAD

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "benchmarks"
TARGET = 5.0
GROUPS = (
    ("/sys/fs/cgroup", "cpu.max", "25000 100000"),
    ("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "25000"),
)
"""Where control groups are made, versions 2 and 1; the file, and what makes a quarter of a core."""
# Of a pair: both programs under four probes, and the candidate once more to see whether it runs;
# of both pages the picture and two copies.
RUNS = {"chartmimic": (9, ".py"), "design2code": (6, ".html")}
_PLAIN = {".py": [], ".html": [str(GOLDEN / "design2code" / "plain_picture.py")]}


def pairs_of(name: str, count: int) -> list[tuple[str, str, str]]:
    """Id, candidate and reference of golden pairs that run."""
    found = json.loads((GOLDEN / name / "golden.json").read_text())
    pairs = found["pairs"] if isinstance(found, dict) else found
    kind = "code" if "reference_code" in pairs[0] else "html"
    good = [pair for pair in pairs if pair.get("executes", True)]
    return [(p["id"], p[f"candidate_{kind}"], p[f"reference_{kind}"]) for p in good[:count]]


def family_cpu_s() -> float:
    """Processor seconds of this process, those that it started, and what they have reaped."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:4]) for process in family)


def plain(program: str, suffix: str) -> float:
    """Processor seconds of one run in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"program{suffix}")
        saved = "" if "savefig" in program else "\nplt.savefig('x.pdf')\n"
        file.write_text(program + (saved if suffix == ".py" else ""), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *_PLAIN[suffix], str(file)],
            cwd=folder,
            check=True,
            env={
                **os.environ, **ONE_THREAD, "MPLBACKEND": "Agg",
                "PYTHONPATH": str(GOLDEN.parents[1]),
            },
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(name: str, pairs: Sequence[tuple[str, str, str]]) -> tuple[dict[str, Any], float, float]:
    """Results, processor seconds with the start, and seconds on the clock."""
    benchmark = load_benchmark(name)
    how = Scoring(edition=benchmark.editions[0])
    rows = [
        Row(number=1, name=i, answer=f"```python\n{c}\n```" if RUNS[name][1] == ".py" else c,
            reference=r)
        for i, c, r in pairs
    ]  # fmt: skip
    found: dict[str, Any] = {}
    spent = [0.0]

    def take(row: Row, result: dict[str, Any]) -> None:
        found[row.name] = result
        spent.append(family_cpu_s())  # the pools still live: what they end with is not counted

    started = time.perf_counter()
    before = family_cpu_s()
    machine = scoring.Machine(limits=Limits(cpu_s=60, wall_s=600.0), workers=1)
    scoring.score(benchmark, rows, how, machine, take)
    return found, spent[-1] - before, time.perf_counter() - started


@contextlib.contextmanager
def throttled() -> Iterator[str]:
    """A quarter of one core for this process and those that it starts; says by what."""
    own = str(os.getpid())
    for root, file, quota in GROUPS:
        group = Path(root, f"vsdpo_score_{own}")
        try:
            group.mkdir()
            (group / file).read_text()  # is there by itself, or this is a plain folder
            (group / file).write_text(quota)
            (group / "cgroup.procs").write_text(own)
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        try:
            yield f"at most a quarter of one core, by {file}"
        finally:
            Path(root, "cgroup.procs").write_text(own)
            with contextlib.suppress(OSError):  # where somebody has not ended yet
                group.rmdir()
        return
    processes = 3 * len(os.sched_getaffinity(0))
    with busy(processes):
        yield f"{processes} busy processes beside it"


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that compute beside us."""
    others = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for process in others:
        process.start()
    try:
        yield
    finally:
        for process in others:
            process.kill()
            process.join()


def _spin() -> None:
    while True:
        pass


def axes_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Scores without times."""
    return {i: [row[axis] for axis in load_benchmark(name).axes] for i, row in found.items()}


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--benchmark", default="chartmimic", choices=RUNS)
    made.add_argument("--pairs", type=int, default=8)
    made.add_argument("--throttle", action="store_true")
    return made


def main() -> None:
    args = parser().parse_args()
    runs, suffix = RUNS[args.benchmark]
    pairs = pairs_of(args.benchmark, args.pairs)
    cold_s = sum(plain(text, suffix) for _, c, r in pairs[:3] for text in (c, r)) / 6
    _, one_s, _ = ours(args.benchmark, pairs[:1])  # with the start
    found, all_s, wall_s = ours(args.benchmark, pairs)
    pair_s = (all_s - one_s) / (len(pairs) - 1)
    ratio = runs * cold_s / pair_s
    print(f"a run in a fresh process: {cold_s:.2f} s of processor time; {runs} a pair")
    print(
        f"ours: {pair_s:.2f} s a pair beyond the start ({wall_s / len(pairs):.1f} s on the clock)"
    )
    print(f"{ratio:.1f} times as fast (aim {TARGET:g})")
    if args.throttle:
        with throttled() as how:
            slow, cpu_s, slow_s = ours(args.benchmark, pairs)
        same = axes_of(found, args.benchmark) == axes_of(slow, args.benchmark)
        print(
            f"throttled ({how}): {cpu_s / slow_s:.2f} of a core, {all_s / wall_s:.2f} before; "
            f"{slow_s / wall_s:.1f} times the clock; scores equal: {same}"
        )


if __name__ == "__main__":
    main()
