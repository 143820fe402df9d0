"""Make the report of a run again from what it left: episodes, metrics, pictures. No model.

    python -m vsdpo_jax.report --workdir=runs/demo
    python -m vsdpo_jax.report --workdir=runs/demo --compare=runs/grpo --out=shared

writes report.html into the workdir (or what --out names): the score table with standard errors, the
learning curves, every held-out task before and after with its defects boxed and the lines held
responsible. With --compare the other run, of the same tasks, takes the place of "after". The page
opens from the disk and loads nothing from a network; beyond 600, pictures are files: where they are
if the page lies in the workdir, else copied into a folder beside the page. Exit code 0 when it is
written; 2 when there is nothing to report, and why; 1 when it cannot be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vsdpo_jax.reporting import write_report
from vsdpo_jax.reporting.runs import ReportError
from vsdpo_jax.runtime.files import DamagedFileError
from vsdpo_jax.runtime.streams import open_streams, printable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    with open_streams():
        args = _parser().parse_args(argv)
        try:
            path = write_report(args.workdir, compare=args.compare, out=args.out)
        except (ReportError, DamagedFileError) as error:
            return _say(str(error), 2)
        except OSError as error:
            return _say(str(error), 1)
        sys.stdout.write(f"{path} ({path.stat().st_size / 1e6:.1f} MB)\n")
    return 0


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"report: {printable(message)}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vsdpo_jax.report", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--workdir", required=True, type=Path, help="folder of the run")
    parser.add_argument(
        "--compare", type=Path, metavar="OTHER", help="folder of another run of the same tasks"
    )
    parser.add_argument("--out", type=Path, help="file (.html) or folder for the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
