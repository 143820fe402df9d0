"""metrics.jsonl, the progress bar and the stage clock. One integer, ``step``, keys everything."""

from __future__ import annotations

import contextlib
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from vsdpo_jax.runtime.workdir import write_text


class MetricsWriter:
    """Appends rows to a JSONL file; rows of steps that will be done again are dropped first."""

    def __init__(self, path: Path, *, first_step: int):
        self._path = path
        kept = [row for row in read_metrics(path) if row["step"] < first_step]
        write_text(path, "".join(_line(row) for row in kept))

    def write(self, step: int, row: Mapping[str, float]) -> None:
        """Append one row; numbers that are not finite become null."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line({"step": step, **row}))


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The rows of a metrics file; a last line that was cut by an interruption is left out."""
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            rows.append(json.loads(line))
    return rows


def _line(row: Mapping[str, Any]) -> str:
    clean = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }
    return json.dumps(clean) + "\n"


class StageClock:
    """Wall seconds by stage: ``with clock("2_rollouts"): ...``.

    Attributes:
      seconds: stage -> seconds so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - start


class Progress:
    """One bar on a terminal, one line a step elsewhere."""

    def __init__(self, *, total: int, start: int):
        self._is_terminal = sys.stderr.isatty()
        self._total = total
        self._step = start
        self._bar = tqdm(
            total=total, initial=start, disable=not self._is_terminal, dynamic_ncols=True,
            desc="train",
        )  # fmt: skip

    def update(self, row: Mapping[str, float], warnings: list[str]) -> None:
        """Show a row of metrics, and warnings on lines of their own."""
        self._step += 1
        text = (
            f"reward {row['reward']:.2f}  exec {row['exec_rate']:.2f}  KL {row['kl/mean']:.3f}  "
            f"roll {row['seconds/2_rollouts']:.1f}s  draw {row['seconds/3_render_and_diagnose']:.1f}s"
            f"  update {row['seconds/6_update']:.1f}s"
        )
        for warning in warnings:
            tqdm.write(f"warning: {warning}", file=sys.stderr)
        if self._is_terminal:
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update()
        else:
            sys.stderr.write(f"step {self._step}/{self._total}  {text}\n")
            sys.stderr.flush()

    def close(self) -> None:
        """Leave the terminal tidy."""
        self._bar.close()
