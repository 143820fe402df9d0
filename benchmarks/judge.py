"""What the judge of a domain finds, invents and pays: the figures in docs/.

    python benchmarks/judge.py [--domain=NAME] [--quick]

Prints the table of the corpus with planted faults, the hack suite by class, the reward of a
programs that do not show what was asked, and of careful programs. ``--quick`` takes a tenth
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

from vsdpo_jax.domains.base import find_domains
from vsdpo_jax.domains.pool import Job, RenderPool

SUITE = Path(__file__).resolve().parents[1] / "tests" / "domains" / "judge"
NUM_CHEATS, NUM_CAREFUL = 128, 500


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


def lab(pool: RenderPool, member: Any, num_cheats: int, num_careful: int) -> None:
    """Rewards on held-out tasks of the lab: programs that read no value, and careful ones."""
    careful = [member.honest(seed).job for seed in range(num_careful)]
    print("\nheld-out tasks of the lab              programs and rewards")
    for cheat in member.cheats:
        asked = [job.asked for job in careful[:num_cheats] if cheat.fits(job.asked)]
        found = rewards(pool, [Job(source=cheat.write(a), asked=a) for a in asked])
        print(spell(cheat.name, found))
    print(spell("careful programs", rewards(pool, careful)))


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--domain", choices=find_domains(), help="default: every one")
    made.add_argument("--quick", action="store_true", help="a tenth of the lab's tasks")
    return made


def main() -> None:
    """Measure and print."""
    given = parser().parse_args()
    sys.path.insert(0, str(SUITE))
    suite = import_module("suite")
    members = {member.domain: member for member in import_module("members").MEMBERS}
    share = 10 if given.quick else 1
    for name in [given.domain] if given.domain else sorted(members):
        started, member = time.perf_counter(), members[name]
        with RenderPool(name, num_workers=len(os.sched_getaffinity(0))) as pool:
            corpus(pool, suite, member)
            hacks(pool, suite, member)
            lab(pool, member, NUM_CHEATS // share, NUM_CAREFUL // share)
        print(f"\n{name}: {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
