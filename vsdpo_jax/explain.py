"""Render programs, find their defects and name the statements responsible. For people; no model.

Writes for each program OUT/<stem>/diagnosis.json, and, when it drew something, render.png and
annotated.png. Where the domain has files that programs make, a finished one is judged, too, without
statements. Exit code 0 when every program was processed, whatever its defects; 2 when the
arguments are wrong (nothing is run then); 1 when programs cannot be run or files not written.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax import credit
from vsdpo_jax.domains.annotate import annotate, axis_colors
from vsdpo_jax.domains.base import Domain, OptionValue, find_domains, load_domain, parse_options
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Defect, Diagnosis, Judged, StatementCredit
from vsdpo_jax.runtime.streams import one_line, open_streams, printable
from vsdpo_jax.sandbox import SandboxUnavailable

DIAGNOSIS, RENDER, ANNOTATED = "diagnosis.json", "render.png", "annotated.png"
TAIL_CHARS = 4000
"""Of each output stream, its end."""
SHOWN_DEFECTS = 8
BLAMED = 0.05
"""Smaller responsibilities come from boxes that meet by chance."""


class UsageError(Exception):
    """The arguments cannot be used; the message says which and why."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program to explain: where it was read, what it says, where its files go.

    ``file`` holds the bytes of a finished file in place of a program; then ``source`` is "".
    """

    path: Path
    source: str
    folder: Path
    file: bytes | None = None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    with open_streams():
        return _explain(_parser().parse_args(argv))


def _explain(args: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        domain = _domain(args.domain)
        programs = _programs(args.programs, args.out, domain)
        asked = _asked(args.asked, domain)
        options = _options(args.option, domain)
        reference = None if args.reference is None else _read(args.reference, domain)
        if not 1 <= args.alpha < float("inf"):
            raise UsageError(f"--alpha={args.alpha}: must be finite and at least 1")
        _prepare(args.out, programs)
    except UsageError as error:
        sys.stderr.write(f"explain: {printable(str(error))}\n")
        return 2
    try:
        with RenderPool(
            args.domain,
            num_workers=min(len(programs), len(os.sched_getaffinity(0))),
            interpreter=args.interpreter,
            unsafe=args.unsafe,
            options=options,
        ) as pool:
            _check_reference(pool, args.reference, reference)
            jobs = [
                Job(source=p.source, asked=asked, reference=reference, file=p.file)
                for p in programs
            ]
            pool.map(jobs, lambda i, judged: _finish(domain, programs[i], judged, args.alpha))
    except UsageError as error:
        sys.stderr.write(f"explain: {printable(str(error))}\n")
        return 2
    except (SandboxUnavailable, RuntimeError, OSError) as error:
        sys.stderr.write(f"explain: {printable(str(error))}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vsdpo_jax.explain", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = examples()
    parser.add_argument("programs", nargs="+", type=Path, metavar="program.py")
    parser.add_argument(
        "--domain", required=True, help=f"{', '.join(find_domains())}, or a package of your own"
    )
    parser.add_argument("--out", required=True, type=Path, help="folder for the results")
    parser.add_argument("--asked", type=Path, help="JSON file: texts and data the task asks for")
    parser.add_argument("--reference", type=Path, help="reference program to compare with")
    parser.add_argument("--alpha", type=float, default=4.0, help="largest weight (Eq. 5)")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the domain; once for each",
    )
    parser.add_argument("--interpreter", help="Python executable that runs the programs")
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="run although the kernel lacks sandbox layers; for programs that you trust only",
    )
    return parser


def examples() -> str:
    """A command for each domain, and each kind of file that it takes."""
    lines = [
        f"  python -m vsdpo_jax.explain --domain={name} --out=out program{suffix}"
        for name, domain in ((name, load_domain(name)) for name in find_domains())
        for suffix in (domain.suffixes[0], *domain.file_suffixes[:1])
    ]
    return "\n".join(["examples:", *lines])


def _domain(name: str) -> Domain:
    try:
        return load_domain(name)
    except ValueError as error:
        raise UsageError(f"--{error}") from None


def _options(given: Sequence[str], domain: Domain) -> dict[str, OptionValue]:
    try:
        return domain.complete(parse_options(given))
    except ValueError as error:
        raise UsageError(f"--option={' '.join(given)}: {error}") from None


def _programs(paths: Sequence[Path], out: Path, domain: Domain) -> list[Program]:
    """Read every program before any is run."""
    by_stem: dict[str, Path] = {}
    for path in paths:
        if path.stem in by_stem:
            raise UsageError(
                f"{by_stem[path.stem]} and {path} would both be written to {out / path.stem}; "
                f"rename one of them or use another --out"
            )
        by_stem[path.stem] = path
        _check_suffix(path, domain)
    return [_program(path, out, domain) for path in paths]


def _program(path: Path, out: Path, domain: Domain) -> Program:
    if path.suffix.lower() in domain.file_suffixes:
        return Program(path=path, source="", folder=out / path.stem, file=_bytes(path))
    return Program(path=path, source=_read(path, domain), folder=out / path.stem)


def _check_suffix(path: Path, domain: Domain) -> None:
    """A suffix that is another domain's is a mistake; any other may be meant."""
    if path.suffix in domain.suffixes or path.suffix.lower() in domain.file_suffixes:
        return
    known = {name: load_domain(name) for name in find_domains()}
    others = [n for n, d in known.items() if path.suffix in (*d.suffixes, *d.file_suffixes)]
    if others:
        raise UsageError(
            f"{path}: programs of --domain={domain.name} are {domain.language.name}, in files that "
            f"end in {' or '.join(domain.suffixes)}; use --domain={others[0]}"
        )


def _read(path: Path, domain: Domain) -> str:
    """The text of a program.

    Raises:
      UsageError: there is no such readable file.
    """
    return domain.language.decode(_bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name the programs in it")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error


def _asked(path: Path | None, domain: Domain) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        asked = json.loads(_read(path, domain))
        domain.check_asked(asked)
    except ValueError as error:
        raise UsageError(f"--asked={path}: {error}") from error
    return asked


def _prepare(out: Path, programs: Sequence[Program]) -> None:
    """Make the folders, and find out now whether they can be written to."""
    for folder in (out, *(program.folder for program in programs)):
        probe = folder / f".probe-{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise UsageError(f"--out={out}: cannot write to {folder}: {error.strerror}") from error


def _check_reference(pool: RenderPool, path: Path | None, source: str | None) -> None:
    if source is None:
        return
    render = pool.map([Job(source=source)])[0].render
    if render.status != "ok":
        reason = _quoted(render.error)
        raise UsageError(f"--reference={path} draws nothing: {render.status}: {reason}")


def _finish(domain: Domain, program: Program, judged: Judged, alpha: float) -> None:
    """Write one program's files and its summary."""
    render, defects = judged.render, judged.diagnosis.defects
    credits_ = credit.assign(program.source, render.elements, defects, alpha, domain.language)
    files: list[str] = []
    image = judged.render.image_YXC
    if image is not None:
        _write_png(program.folder / RENDER, image)
        _write_png(program.folder / ANNOTATED, _annotated(program, judged, credits_, image))
        files = [RENDER, ANNOTATED]
    else:
        for stale in (RENDER, ANNOTATED):  # of an earlier run
            (program.folder / stale).unlink(missing_ok=True)
    text = json.dumps(report(judged, credits_), indent=2) + "\n"
    _replace(program.folder / DIAGNOSIS, text.encode("ascii"))
    sys.stdout.write(summary(domain, program, judged, credits_, [DIAGNOSIS, *files]))
    sys.stdout.flush()


def _annotated(
    program: Program, judged: Judged, credits_: Sequence[StatementCredit], image: np.ndarray
) -> np.ndarray:
    diagnosis = judged.diagnosis
    satisfied = sum(diagnosis.rubric.values())
    title = (
        f"{program.path.name}: reward {diagnosis.reward:.2f}, "
        f"{satisfied} of {len(diagnosis.rubric)} axes satisfied"
    )
    colors = axis_colors(list(diagnosis.rubric))
    return annotate(image, diagnosis.defects, program.source, credits_, colors, title=title)


def report(judged: Judged, credits_: Sequence[StatementCredit]) -> dict[str, Any]:
    """What diagnosis.json holds. The error of a program that failed ends its ``stderr``."""
    render, diagnosis = judged.render, judged.diagnosis
    stderr = render.stderr
    if render.error and render.error.strip() not in stderr:
        stderr = f"{stderr.rstrip()}\n{render.error}".lstrip()
    return {
        "status": render.status,
        "stdout": render.stdout[-TAIL_CHARS:],
        "stderr": stderr[-TAIL_CHARS:],
        "rubric": diagnosis.rubric,
        "scores": {axis: round(score, 4) for axis, score in diagnosis.scores.items()},
        "reward": diagnosis.reward,
        "unseen": {axis: list(notes) for axis, notes in diagnosis.unseen.items()},
        "defects": [
            {
                "axis": defect.axis,
                "kind": defect.kind,
                "region": _rounded(defect.region),
                "severity": defect.severity,
                "message": defect.message,
                "spans": [list(span) for span in defect.spans],
            }
            for defect in diagnosis.defects
        ],
        "statements": [
            {
                "span": list(statement.span),
                "lines": list(statement.lines),
                "regions": [_rounded(region) for region in statement.regions],
                "responsibility": statement.responsibility,
                "weight": statement.weight,
            }
            for statement in credits_
        ],
    }


def _rounded(region: Sequence[float]) -> list[float]:
    return [round(float(value), 2) for value in region]


def summary(
    domain: Domain,
    program: Program,
    judged: Judged,
    credits_: Sequence[StatementCredit],
    files: Sequence[str],
) -> str:
    """A few lines for the terminal: status, reward, defects, the lines responsible, the files."""
    render, diagnosis = judged.render, judged.diagnosis
    where = f"  {program.folder}/: {', '.join(files)}\n"
    if render.image_YXC is None:
        which = f" ({render.limit})" if render.limit else ""
        reason = _quoted(render.error)
        return f"{program.path}: {render.status}{which}, no picture: {reason}\n{where}"
    satisfied = sum(diagnosis.rubric.values())
    lines = [
        f"{program.path}: reward {diagnosis.reward:.2f}, {satisfied} of {len(diagnosis.rubric)} "
        f"axes satisfied"
    ]
    for defect in diagnosis.defects[:SHOWN_DEFECTS]:
        blame = _blame(domain, program, judged, defect)
        lines.append(f"  {defect.axis:<8} {one_line(defect.message)}{blame}")
    if len(diagnosis.defects) > SHOWN_DEFECTS:
        lines.append(f"  ... and {len(diagnosis.defects) - SHOWN_DEFECTS} more defects")
    lines += [
        f"  {one_line(note)}: fails {', '.join(axes)}" for note, axes in _unseen(diagnosis).items()
    ]
    blamed = sorted(
        (c for c in credits_ if c.responsibility >= BLAMED), key=lambda c: -c.responsibility
    )
    if blamed:
        ranked = ", ".join(f"{_lines(c.lines)} ({c.responsibility:.2f})" for c in blamed[:5])
        lines.append(f"  responsible: {ranked}")
    return "\n".join(lines) + "\n" + where


def _unseen(diagnosis: Diagnosis) -> dict[str, list[str]]:
    """What is missing or hidden -> the axes that fail because they would have judged it."""
    found: dict[str, list[str]] = defaultdict(list)
    for axis, notes in diagnosis.unseen.items():
        for note in notes:
            found[note].append(axis)
    return found


def _blame(domain: Domain, program: Program, judged: Judged, defect: Defect) -> str:
    """The statement with the largest share in one defect."""
    elements = judged.render.elements
    alone = credit.assign(program.source, elements, [defect], 1.0, domain.language)
    worst = max(alone, key=lambda c: c.responsibility, default=None)
    if worst is None or worst.responsibility < BLAMED:
        return ""
    return f" [{_lines(worst.lines)}]"


def _lines(lines: tuple[int, int]) -> str:
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"


def _quoted(error: str) -> str:
    """The last line of an error, in quotes: a program chose the words, and may have chosen ours."""
    lines = error.strip().split("\n")
    return f'"{one_line(lines[-1].strip())}"' if lines[-1] else "no reason given"


def _write_png(path: Path, image_YXC: np.ndarray) -> None:
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        Image.fromarray(image_YXC).save(temporary, format="PNG")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    """Write under a temporary name, then rename: no reader sees half a file."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
