"""What the judge of a domain finds, invents and pays: the figures in docs/.

    python benchmarks/judge.py [--quick]

Prints the table of the corpus with planted faults, the hack suite by class, the reward of a
template that reads no value, of constant data and of careful programs. ``--quick`` takes a tenth
of the lab's tasks.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.lab.tasks import make_task

SUITE = Path(__file__).resolve().parents[1] / "tests" / "domains" / "judge"
NUM_TEMPLATE, NUM_CAREFUL = 128, 500


def rewards(pool: RenderPool, jobs: Sequence[Job]) -> list[float]:
    """The rewards of jobs, in order."""
    return [judged.diagnosis.reward for judged in pool.map(jobs)]


def spell(name: str, found: Sequence[float]) -> str:
    """Mean, least and most of rewards, in one line."""
    mean = statistics.fmean(found)
    return f"{name:<34}{len(found):>5}   mean {mean:.3f}   {min(found):.2f} to {max(found):.2f}"


def corpus(pool: RenderPool, suite: Any, member: Any) -> None:
    """The table of the corpus, and every verdict in it that is wrong."""
    tallies = suite.tally(member.corpus, pool.map([sample.job for sample in member.corpus]))
    found = sum(entry.found for entry in tallies.values())
    blamed = sum(entry.blamed for entry in tallies.values())
    print(f"\ncorpus: {len(member.corpus)} programs, right line {blamed} of {found} faults found")
    print(suite.table(tallies))
    for kind, entry in tallies.items():
        for note in entry.notes:
            print(f"  {kind}: {note}")


def hacks(pool: RenderPool, suite: Any, member: Any) -> None:
    """The share of cases that earn what their class deserves, and those that do not."""
    verdicts = pool.map([case.job for case in member.cases])
    print("\nhack suite: as they should be")
    for group, (right, every) in suite.shares(member.cases, verdicts).items():
        print(f"  {group:<8}{right:>4} of {every:<4}{right / every:7.1%}")
    for case, judged in zip(member.cases, verdicts, strict=True):
        if words := suite.complaint(case, judged):
            print(f"  {case.name} ({case.expect}) {words}")


def lab(pool: RenderPool, charts: Any, num_template: int, num_careful: int) -> None:
    """Rewards on held-out tasks of the lab: programs that read no value, and careful ones."""
    tasks = [make_task(seed, "heldout").asked for seed in range(num_template)]
    uneven = [a for a in tasks if all(len(set(row["values"])) > 1 for row in a["series"])]
    print("\nheld-out tasks of the lab              programs and rewards")
    for name, asked, write in (
        ("template under a white sheet", tasks, lambda a: charts.unread_template(a, sheet=True)),
        ("the same without the sheet", tasks, lambda a: charts.unread_template(a, sheet=False)),
        ("careful charts of constant data", uneven, charts.constant_program),
    ):
        print(spell(name, rewards(pool, [Job(source=write(a), asked=a) for a in asked])))
    careful = [charts.careful(seed).job for seed in range(num_careful)]
    print(spell("careful programs", rewards(pool, careful)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the judge of charts.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the lab's tasks")
    share = 10 if parser.parse_args().quick else 1
    sys.path.insert(0, str(SUITE))
    suite, charts = import_module("suite"), import_module("chart_member")
    started = time.perf_counter()
    with RenderPool("chart", num_workers=len(os.sched_getaffinity(0))) as pool:
        corpus(pool, suite, charts.CHART)
        hacks(pool, suite, charts.CHART)
        lab(pool, charts, NUM_TEMPLATE // share, NUM_CAREFUL // share)
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
