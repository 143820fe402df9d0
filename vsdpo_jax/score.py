"""Score a model's answers on a published benchmark (docs/benchmarks.md).

Reads JSONL (id, prediction, reference) or VLMEvalKit's prediction files (xlsx, tsv, json, pkl),
runs what the models wrote in the sandbox, writes a row for every example in the input's order and
prints the paper's table. The same command goes on where an interrupted one stopped. Exit code 0
when every row has a score; 1 when some could not be computed or nothing can be run here; 2 when the
arguments or the file are wrong (nothing is run then); 130 when interrupted.

    --judge=MODEL --judge_url=URL

adds the axis of a vision model where the benchmark has one; nothing is sent without it, and
--judge_dry_run says what would be.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vsdpo_jax import __version__
from vsdpo_jax.benchmarks import judging, scoring, summary
from vsdpo_jax.benchmarks.base import (
    NULL_STATUSES,
    Benchmark,
    DataError,
    Scoring,
    find_benchmarks,
    load_benchmark,
)
from vsdpo_jax.benchmarks.journal import Journal, JournalError, digest_of
from vsdpo_jax.benchmarks.predictions import PredictionError, Row, doubts, read_predictions
from vsdpo_jax.benchmarks.references import VARIABLE, References, default_folder, surroundings
from vsdpo_jax.data.errors import CorpusError
from vsdpo_jax.data.examples import Examples, find_root
from vsdpo_jax.domains.base import OptionValue, completed, parse_options
from vsdpo_jax.endpoint.arguments import (
    add_endpoint,
    budget_of,
    cache_folder,
    endpoint_of,
    price_of,
)
from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import EndpointError
from vsdpo_jax.runtime.files import write_atomic
from vsdpo_jax.runtime.metrics import Rows
from vsdpo_jax.runtime.streams import open_streams, printable, warn
from vsdpo_jax.runtime.workdir import is_full
from vsdpo_jax.sandbox import Limits, SandboxUnavailable

WALL_PER_CPU = 10
"""A program may take so many times its processor seconds on the clock: the limit that counts is
processor time, and a machine at a tenth of its speed changes no score."""
LIBRARIES = ("matplotlib", "numpy", "scipy", "seaborn", "networkx", "playwright", "python-pptx")


class UsageError(Exception):
    """The arguments cannot be used; the message says which and why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    with open_streams():
        args = _parser().parse_args(argv)
        logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
        try:
            return _score(args)
        except (UsageError, PredictionError, DataError, JournalError) as error:
            return _say(str(error), 2)
        except EndpointError as error:
            return _say(f"{error}; the same command goes on from what is done", 1)
        except (SandboxUnavailable, RuntimeError) as error:
            return _say(str(error), 1)
        except OSError as error:
            return _say(_disk(error, args.out), 1)
        except KeyboardInterrupt:
            return _say("interrupted; the same command goes on from what is done", 130)


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"score: {printable(message)}\n")
    return code


def _disk(error: OSError, out: Path) -> str:
    if not is_full(error.errno):
        return str(error)
    there = next((path for path in out.absolute().parents if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free >> 20
    return (
        f"{out}: no room to write ({free} MiB are free there); make room, and the same command "
        f"goes on from what is done"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vsdpo_jax.score", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = examples()
    parser.add_argument("--benchmark", required=True, help=", ".join(find_benchmarks()))
    parser.add_argument(
        "--predictions", required=True, type=Path, help="jsonl, xlsx, tsv, json or pkl"
    )
    parser.add_argument("--out", required=True, type=Path, help="JSONL file for the result")
    parser.add_argument(
        "--data",
        type=Path,
        help="the benchmark's folder, or that of corpora; else references inline",
    )
    parser.add_argument(
        "--part", help="of corpora below --data, NAME:PART; default: the benchmark's usual one"
    )
    parser.add_argument("--edition", help="of the official evaluator, where they differ")
    parser.add_argument(
        "--robust", action="store_true", help="repair what a reward should not inherit"
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a constant that the benchmark's authors leave open",
    )
    parser.add_argument("--weights", type=Path, help="folder of a model that an axis needs")
    parser.add_argument(
        "--reference_cache",
        default=str(default_folder()),
        metavar="FOLDER",
        help="of what was read of references, for the next scoring; empty: none; default: "
        f"${VARIABLE}/references, else ~/.cache/vsdpo_jax/references",
    )
    parser.add_argument("--cpu_s", type=int, default=60, help="processor seconds a program may use")
    parser.add_argument("--workers", type=int, help="processes; default: one a core")
    parser.add_argument(
        "--chart_python",
        "--interpreter",
        dest="interpreter",
        help="Python with the official pins, for exact publication numbers",
    )
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="run although the kernel lacks sandbox layers; for programs that you trust only",
    )
    judge = parser.add_argument_group("a judge, off unless named")
    judge.add_argument(
        "--judge", metavar="MODEL", help="a vision model behind an OpenAI-compatible server"
    )
    add_endpoint(judge, "judge", in_flight=8)
    judge.add_argument("--judge_cache", type=Path, help="folder of answers; default: OUT.answers")
    judge.add_argument(
        "--judge_dry_run", action="store_true", help="count what would be sent, and send nothing"
    )
    return parser


def examples() -> str:
    """A command for each benchmark."""
    command = (
        "  python -m vsdpo_jax.score --benchmark={} --predictions=answers.jsonl --out={}.jsonl"
    )
    lines = [command.format(name, f"{name}_scores") for name in find_benchmarks()]
    return "\n".join(["examples:", *lines])


def _score(args: argparse.Namespace) -> int:
    benchmark, how = _benchmark(args)
    machine, panel = _machine(args), _panel(args, benchmark)
    kept = _kept(args, benchmark, machine.interpreter)
    if panel is not None:
        benchmark = judging.with_judge(benchmark)
    references = None if args.data is None else _references(args, benchmark)
    rows = read_predictions(args.predictions, benchmark, references)
    with Journal(args.out, _header(args, how)) as journal:
        if journal.is_resumed:
            sys.stderr.write(f"resumed: {len(journal.done)} rows are done\n")
        for doubt in doubts(args.predictions, rows):
            warn(doubt)
        failed = _run(benchmark, rows, how, machine, journal, kept)
        done = {**journal.done, **failed}
        results = [dict(done[digest_of(row)]) for row in rows]
        if panel is not None:
            panel.judge(benchmark, rows, results, how, machine)
            if panel.is_dry:
                sys.stdout.write(f"{panel.report()}\n")
                return 0
        notes = [] if benchmark.finish is None else benchmark.finish(results, how)
        return _conclude(args, benchmark, results, how, journal, notes, panel)


def _references(args: argparse.Namespace, benchmark: Benchmark) -> Mapping[str, str | None]:
    """id -> reference of every example of --data: the benchmark's own folder, or corpora."""
    if not args.data.is_dir():
        raise UsageError(f"--data={args.data}: there is no such folder")
    if args.part is not None and args.part not in benchmark.parts:
        raise UsageError(
            f"--part={args.part!r} is unknown; {benchmark.name} has {', '.join(benchmark.parts)}"
        )
    try:
        if args.part is None:
            return benchmark.references(args.data)
    except DataError as error:
        if find_root(benchmark.parts, args.data) is None:
            folders = " or ".join(dict.fromkeys(part.split(":")[0] for part in benchmark.parts))
            raise UsageError(f"{error}; or name the folder that holds {folders}/") from None
    try:
        root = find_root(benchmark.parts, args.data) or str(args.data)
        return Examples(args.part or benchmark.parts[0], root).references
    except CorpusError as error:
        raise UsageError(f"--data={args.data}: {error}") from None


def _benchmark(args: argparse.Namespace) -> tuple[Benchmark, Scoring]:
    try:
        benchmark = load_benchmark(args.benchmark)
    except ValueError as error:
        raise UsageError(f"--benchmark={error}") from None
    edition = args.edition or benchmark.editions[0]
    if edition not in benchmark.editions:
        known = ", ".join(benchmark.editions)
        raise UsageError(f"--edition={edition!r} is unknown; {benchmark.name} has {known}")
    if args.weights is not None and not args.weights.is_dir():
        raise UsageError(f"--weights={args.weights}: there is no such folder")
    how = Scoring(
        edition=edition, robust=args.robust, data=args.data, weights=args.weights,
        options=_options(args.option, benchmark),
    )  # fmt: skip
    return benchmark, how


def _options(given: Sequence[str], benchmark: Benchmark) -> dict[str, OptionValue]:
    """Those that are not at their defaults."""
    try:
        values = completed(benchmark.options, parse_options(given), f"benchmark {benchmark.name!r}")
    except ValueError as error:
        raise UsageError(f"--option={' '.join(given)}: {error}") from None
    return {n: value for n, value in values.items() if value != benchmark.options[n].default}


def _panel(args: argparse.Namespace, benchmark: Benchmark) -> judging.Panel | None:
    """The judge that was asked for; None: none."""
    if args.judge is None:
        if args.judge_dry_run:
            raise UsageError("--judge_dry_run: name the judge, too: --judge=MODEL")
        return None
    if benchmark.judged is None:
        raise UsageError(f"--judge={args.judge}: {benchmark.name} has no axis that a judge scores")
    try:
        endpoint, price = endpoint_of(args, "judge", args.judge), price_of(args, "judge")
        cache = Cache(args.judge_cache or cache_folder(args.out))
        client = Client(endpoint, cache, budget_of(args, "judge"))
    except (ValueError, EndpointError) as error:
        raise UsageError(str(error)) from None
    kept = _kept(args, benchmark, None)  # whoever ran the programs, our painter draws them
    return judging.Panel(client=client, price=price, is_dry=args.judge_dry_run, references=kept)


def _machine(args: argparse.Namespace) -> scoring.Machine:
    try:
        limits = Limits(cpu_s=args.cpu_s, wall_s=float(WALL_PER_CPU * args.cpu_s))
    except ValueError as error:
        raise UsageError(f"--cpu_s={args.cpu_s}: {error}") from None
    if args.workers is not None and args.workers < 1:
        raise UsageError(f"--workers={args.workers}: at least 1 is needed")
    if args.interpreter is not None and shutil.which(args.interpreter) is None:
        raise UsageError(f"--chart_python={args.interpreter}: there is no such executable")
    return scoring.Machine(
        limits=limits, workers=args.workers, interpreter=args.interpreter, unsafe=args.unsafe
    )


def _header(args: argparse.Namespace, how: Scoring) -> dict[str, Any]:
    """What a finished row depends on besides itself."""
    return {
        "benchmark": args.benchmark,
        "edition": how.edition,
        "robust": how.robust,
        "options": how.options,
        "cpu_s": args.cpu_s,
        "interpreter": args.interpreter,
        "weights": None if how.weights is None else str(how.weights),
        "vsdpo_jax": __version__,
    }


def _run(
    benchmark: Benchmark, rows: Sequence[Row], how: Scoring, machine: scoring.Machine,
    journal: Journal, kept: References | None,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Score what is not done yet; what the machine failed is returned, by digest."""
    failed: dict[str, dict[str, Any]] = {}
    left = [row for row in rows if digest_of(row) not in journal.done]
    workers = machine.workers or len(os.sched_getaffinity(0))
    sys.stderr.write(
        f"{benchmark.name}: {len(left)} of {len(rows)} rows to score by {workers} workers, at most "
        f"{machine.limits.cpu_s} processor seconds a program\n"
    )
    with Rows(benchmark.name, len(rows), len(rows) - len(left)) as progress:

        def take(row: Row, result: dict[str, Any]) -> None:
            if result["status"] == "infra":
                failed[digest_of(row)] = result
            else:
                journal.add(digest_of(row), result)
            progress.update()

        scoring.score(benchmark, left, how, machine, take, kept)
    if kept is not None and kept.known:
        sys.stderr.write(f"{kept.known} references were drawn before ({kept.folder})\n")
    return failed


def _kept(
    args: argparse.Namespace, benchmark: Benchmark, interpreter: str | None
) -> References | None:
    """Readings of references of earlier scorings; None where nobody wants or needs them."""
    if not benchmark.needs_reference or not args.reference_cache:
        return None
    return References(Path(args.reference_cache), surroundings(benchmark, interpreter), warn)


def _conclude(
    args: argparse.Namespace, benchmark: Benchmark, results: list[dict[str, Any]], how: Scoring,
    journal: Journal, notes: list[str], panel: judging.Panel | None,
) -> int:  # fmt: skip
    """Write the result and its summary, and say it."""
    seen = next((r["_versions"] for r in results if "_versions" in r), None)
    figures = summary.summarize(
        benchmark, results, how,
        interpreter=args.interpreter or sys.executable,
        versions=seen or summary.versions(LIBRARIES),
        cpu_limit_s=args.cpu_s,
        judge=None if panel is None else panel.name(),
    )  # fmt: skip
    failed = sum(row["status"] == "infra" for row in results)
    unjudged = 0
    if panel is not None:
        unjudged = sum(judging.is_unanswered(row, benchmark) for row in results)
        figures["judge"] = panel.figures()
        notes.append(panel.report())
    visible = [{k: v for k, v in row.items() if not k.startswith("_")} for row in results]
    write_atomic(
        args.out.with_name(f"{args.out.name}.summary.json"), json.dumps(figures, indent=2) + "\n"
    )
    journal.finish(visible, keep=bool(failed or unjudged))
    sys.stdout.write(printable(summary.table(figures)))
    if caution := next((row["caution"] for row in results if "caution" in row), None):
        notes.append(f"{figures['cautions']} rows have a caution, such as: {caution}")
    for note in notes:
        warn(printable(note))
    for count, why in ((failed, "the machine's sake"), (unjudged, "want of the judge's answer")):
        if count:
            warn(
                f"{count} rows could not be scored for {why} and are null; the same command tries "
                f"them again"
            )
    return int(bool(unjudged) or any(row["status"] in NULL_STATUSES for row in results))


if __name__ == "__main__":
    sys.exit(main())
