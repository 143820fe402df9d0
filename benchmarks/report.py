"""How large the report of many samples is, what it costs to make, and when its first card is seen.

    python benchmarks/report.py runs/demo [--samples=5000]

multiplies the evaluations of a finished run under new task ids until there are so many samples,
makes the report in a folder of its own, and opens it from the disk in Chromium. Prints megabytes,
processor seconds of making it, elements of the page, and processor seconds of the whole browser
until the first card is seen and until a filter has been applied.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from playwright.sync_api import expect, sync_playwright

from vsdpo_jax.reporting import write_report
from vsdpo_jax.runtime.episodes import picture_path, read_episode, write_episode

WAIT_MS = 120_000.0


def multiply(run: Path, workdir: Path, num_tasks: int) -> None:
    """Leave in ``workdir`` a run as ``run`` is, with ``num_tasks`` held-out tasks."""
    for name in ("config.json", "metrics.jsonl", "summary.json"):
        shutil.copy(run / name, workdir)
    for state in ("before", "after"):
        samples = read_episode(run / "eval", state, with_images=False)
        many = []
        for number, sample in zip(range(num_tasks), itertools.cycle(samples), strict=False):
            task = dataclasses.replace(sample.task, task_id=f"{sample.task.task_id}-{number}")
            many.append(dataclasses.replace(sample, task=task))
        write_episode(workdir / "eval", state, many, num_images=0)
        for number in range(num_tasks):
            old = picture_path(run / "eval", state, number % len(samples))
            new = picture_path(workdir / "eval", state, number)
            new.parent.mkdir(exist_ok=True)
            if old.exists():
                shutil.copy(old, new)


def browser_seconds() -> float:
    """Processor seconds so far of the browser and its driver."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


def look(path: Path, executable: str) -> None:
    """Open the page, filter it, and print what that takes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, chromium_sandbox=False)
        page = browser.new_page()
        page.goto("about:blank")

        def measure(what: str, do: Callable[[], object]) -> None:
            started, before = browser_seconds(), time.monotonic()
            do()
            wall = time.monotonic() - before
            print(f"{what}: {browser_seconds() - started:.2f} processor s, wall {wall:.1f} s")

        def first_card() -> None:
            page.goto(path.as_uri(), wait_until="commit")
            page.locator("#cards .card .picture img").first.wait_for()

        def filtered() -> None:
            page.select_option("[name=show]", "cured")
            expect(page.locator("#status")).to_contain_text("1 to", timeout=WAIT_MS)

        measure("first card", first_card)
        measure("then ready", lambda: page.locator("#tools").wait_for(timeout=WAIT_MS))
        print(f"elements: {page.evaluate('document.querySelectorAll(`*`).length')}")
        measure("a filter", filtered)
        print(page.locator("#status").inner_text())
        browser.close()


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("run", type=Path)
    made.add_argument("--samples", type=int, default=5000)
    made.add_argument("--browser", default="chromium-headless-shell", help="a Chromium")
    return made


def main() -> None:
    args = parser().parse_args()
    executable = shutil.which(args.browser)
    if executable is None:
        parser().error(f"--browser={args.browser}: no such program; name a Chromium")
    with tempfile.TemporaryDirectory(prefix="report_") as folder:
        workdir = Path(folder)
        multiply(args.run, workdir, args.samples // 2)
        started = time.process_time()
        path = write_report(workdir)
        print(f"made in {time.process_time() - started:.1f} processor seconds")
        print(f"{path.stat().st_size / 1e6:.1f} MB, {args.samples} samples")
        look(path, executable)


if __name__ == "__main__":
    main()
