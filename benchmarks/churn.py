"""Many renders in a row: does a renderer grow?

    python benchmarks/churn.py --domain=NAME [--renders=10000] [--bad-every=100] [--option=N=V]

Typical programs in turn, and every so often one that loops, takes memory or ends what draws it.
Prints a row per part of the run and, at the end, what has grown. Results: docs/LOG.md.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import psutil

from vsdpo_jax.domains.base import RendererSetup, find_domains, load_domain, parse_options
from vsdpo_jax.sandbox import Limits

LIMITS = Limits(cpu_s=2, wall_s=120.0, memory_bytes=400 << 20)
PARTS = 20
SUITE = Path(__file__).resolve().parents[1] / "tests" / "domains" / "judge"


def programs(
    typical: Sequence[str], breaking: Sequence[str], renders: int, bad_every: int
) -> Iterator[tuple[str, bool]]:
    """Sources, and whether each is a good one."""
    for number in range(renders):
        if breaking and bad_every and number % bad_every == bad_every - 1:
            yield breaking[number // bad_every % len(breaking)], False
        else:
            yield typical[number % len(typical)], True


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the process and its family hold at one moment.

    Attributes:
      own_mb, family_mb: private memory of this process, and of all the others.
      descriptors: open files of this process.
      processes, zombies: below this one.
    """

    own_mb: float
    family_mb: float
    descriptors: int
    processes: int
    zombies: int


def look() -> Look:
    """Take one."""
    gc.collect()
    family = psutil.Process().children(recursive=True)
    zombies, megabytes = 0, 0.0
    for process in family:
        try:
            zombies += process.status() == psutil.STATUS_ZOMBIE
            megabytes += process.memory_full_info().uss / 1e6
        except psutil.Error:
            continue
    return Look(
        own_mb=psutil.Process().memory_full_info().uss / 1e6,
        family_mb=megabytes,
        descriptors=len(os.listdir("/proc/self/fd")),
        processes=len(family),
        zombies=zombies,
    )


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--domain", choices=find_domains(), required=True)
    made.add_argument("--renders", type=int, default=10_000)
    made.add_argument("--bad-every", type=int, default=100, help="0: no bad programs")
    made.add_argument("--option", action="append", default=[], help="NAME=VALUE in JSON")
    return made


def main() -> None:
    """Render and print."""
    given = parser().parse_args()
    sys.path.insert(0, str(SUITE))
    members = {member.domain: member for member in import_module("members").MEMBERS}
    member, domain = members[given.domain], load_domain(given.domain)
    options = domain.complete(parse_options(given.option))
    print(f"{'renders':>8}{'own MB':>9}{'family MB':>11}{'files':>7}{'processes':>11}{'zombies':>9}"
          f"{'ms CPU':>9}{'ms':>8}  statuses")  # fmt: skip
    statuses: Counter[str] = Counter()
    surprises, looks = [], []
    step = max(1, given.renders // PARTS)
    sources = programs(
        tuple(member.typical.values()), member.breaking, given.renders, given.bad_every
    )
    with domain.open_renderer(RendererSetup(limits=LIMITS, options=options)) as renderer:
        cpu_s, good, started = 0.0, 0, time.perf_counter()
        for number, (source, is_good) in enumerate(sources, 1):
            artifact = renderer.run(source)
            statuses[artifact.limit or artifact.status] += 1
            if is_good:
                cpu_s, good = cpu_s + artifact.cpu_s, good + 1
                if artifact.status != "ok":
                    surprises.append(
                        f"{number}: {artifact.status}: {artifact.error} "
                        f"({artifact.cpu_s:.2f} s CPU, {artifact.wall_s:.1f} s)"
                    )
                    print(surprises[-1], flush=True)
            if number % step == 0:
                now = look()
                looks.append(now)
                wall_s = time.perf_counter() - started
                print(f"{number:>8}{now.own_mb:>9.0f}{now.family_mb:>11.0f}{now.descriptors:>7}"
                      f"{now.processes:>11}{now.zombies:>9}{1e3 * cpu_s / max(good, 1):>9.0f}"
                      f"{1e3 * wall_s / step:>8.0f}  {dict(statuses)}", flush=True)  # fmt: skip
                cpu_s, good, started = 0.0, 0, time.perf_counter()
    after = look()
    early, late = looks[len(looks) // 5], looks[-1]
    print(f"\nanswered {sum(statuses.values())} of {given.renders}; surprises: {len(surprises)}")
    print(f"growth from {len(looks) // 5 + 1}/{len(looks)} of the run to its end: own memory "
          f"{late.own_mb - early.own_mb:+.0f} MB, descriptors "
          f"{late.descriptors - early.descriptors:+d}, processes "
          f"{late.processes - early.processes:+d}; most of the family's memory "
          f"{max(each.family_mb for each in looks):.0f} MB; zombies at any look "
          f"{max(each.zombies for each in looks)}")  # fmt: skip
    print(f"when closed: {after.processes} processes, {after.descriptors} files")


if __name__ == "__main__":
    main()
