"""What a run says while it goes on: metrics.jsonl, the progress line, the stage clock."""

from __future__ import annotations

import contextlib
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from tqdm import tqdm

from vsdpo_jax.runtime.files import DamagedFileError, write_atomic

_SHOWN = (("reward", "reward"), ("exec_rate", "exec"), ("kl/mean", "KL"))
"""(column of metrics.jsonl, its name in the progress line)"""


class MetricsWriter:
    """Writes one JSON object a line: ``{"step": 3, "reward": 0.61, ...}``.

    A line is on disk when ``write`` returns: written before the checkpoint of its step, it is there
    when that is. A number that is not finite becomes null: JSON has no NaN. Opening drops the lines
    that a resumed run will write again, and a last line that was cut.

    Args:
      path: metrics.jsonl.
      first_step: the first step that will be written; lines of it and of later steps are dropped.

    Attributes:
      lost: steps before ``first_step`` that have no line, because somebody or a power failure took
        it.

    Raises:
      DamagedFileError: the file has a line, not its last one, that is no JSON object with a step.
    """

    def __init__(self, path: Path, *, first_step: int):
        kept = [row for row in read_metrics(path) if row["step"] < first_step]
        self.lost = sorted(set(range(first_step)) - {row["step"] for row in kept})
        write_atomic(path, "".join(json.dumps(row) + "\n" for row in kept))
        self._last = kept[-1]["step"] if kept else -1
        self._path = path

    def write(self, step: int, row: Mapping[str, Any]) -> None:
        """Append a line.

        Args:
          step: above that of the line before.
          row: name -> number or text; 0-d arrays count as numbers.

        Raises:
          ValueError: the step is not above the last one.
          TypeError: a value is neither number nor text; the message names it.
        """
        if step <= self._last:
            raise ValueError(f"metrics: step {step} after step {self._last}; steps must increase")
        values = {name: _plain(name, value) for name, value in row.items()}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._last = step


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The rows of metrics.jsonl in order; none where there is no file.

    Raises:
      DamagedFileError: a line that is no row; the message gives its number. A last line without its
        line break was cut short by the end of a process, and is left out.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    rows = []
    for number, line in enumerate(lines[:-1], 1):
        try:
            row = json.loads(line)
            row["step"] = int(row["step"])
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise DamagedFileError(
                f"{path}, line {number}: no row of metrics; delete the line, and the same command "
                "goes on"
            ) from error
        rows.append(row)
    return rows


def _plain(name: str, value: Any) -> float | int | str | None:
    if isinstance(value, (str, bool, int)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"metrics: {name} is {value!r}; use a number or a text") from error
    return number if math.isfinite(number) else None


class StageClock:
    """Wall seconds by stage: ``with clock("render"): ...``.

    Device work is asynchronous: a stage that leaves without waiting for its results is measured too
    short, and the next one too long.

    Attributes:
      seconds: stage -> seconds so far, in the order in which the stages first ran.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._running: str | None = None

    @contextlib.contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Measure the block, also when it raises.

        Raises:
          RuntimeError: another stage is running; its time would count twice.
        """
        if self._running is not None:
            raise RuntimeError(f"stage {name!r} starts inside stage {self._running!r}")
        self._running = name
        started = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + elapsed
            self._running = None


class TimeLeft:
    """How long the rest takes: the median pace of the last parts, for the size of what is left.

    The first part of a session does not count, as it compiles what all need: before there are two
    parts nothing is said.

    Args:
      total: size of all parts together; their number, where they are alike.
      done: of it, what was done before.
      now: a clock, seconds.

    Attributes:
      left: size of what is left; whoever learns more about it may set it.
    """

    KEPT = 8

    def __init__(self, total: float, done: float = 0, now: Callable[[], float] = time.monotonic):
        self.left, self._now = total - done, now
        self._last = now()
        self._paces: list[float] = []

    def part(self, size: float = 1) -> str:
        """One more part is done: "about 4 min left", or "" while nobody knows and at the end."""
        now = self._now()
        self._paces.append((now - self._last) / size)
        self._last, self.left = now, self.left - size
        if self.left <= 0 or len(self._paces) < 2:
            return ""
        usual = statistics.median(self._paces[1:][-self.KEPT :])
        return f"about {duration(usual * self.left)} left"


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "4 min", "2 h 10 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


class Progress:
    """How far a run is: a bar on a terminal, one plain line a step elsewhere (logs, CI).

    Args:
      total: steps of the run.
      start: steps that were done before.
      stream: where to write; None: standard error.
    """

    def __init__(self, *, total: int, start: int = 0, stream: TextIO | None = None):
        self._total, self._done = total, start
        self._left = TimeLeft(total, start)
        self._stream: TextIO = sys.stderr if stream is None else stream
        self._bar: tqdm | None = None
        if _is_watched(self._stream):
            self._bar = tqdm(
                total=total, initial=start, file=self._stream, desc="step", dynamic_ncols=True,
                bar_format="step {n_fmt}/{total_fmt} |{bar:16}| {postfix}",
            )  # fmt: skip

    def update(self, row: Mapping[str, float], warnings: Sequence[str] = ()) -> None:
        """One more step is done.

        Args:
          row: its metrics; shown are reward, execution rate, KL and the seconds of the stages.
          warnings: sentences that stay in view.
        """
        self._done += 1
        text = "  ".join(filter(None, (describe(row), self._left.part())))
        if self._bar is None:
            self._stream.write(f"step {self._done}/{self._total}  {text}\n")
        else:
            self._bar.set_postfix_str(text, refresh=False)
            self._bar.update()
        self.warn(warnings)

    def warn(self, warnings: Sequence[str]) -> None:
        """Sentences that stay in view."""
        for warning in warnings:
            self._say(f"warning: {warning}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _say(self, line: str) -> None:
        if self._bar is None:
            self._stream.write(line + "\n")
        else:
            self._bar.write(line, file=self._stream)


class Rows:
    """How far a table is: a bar on a terminal, elsewhere a plain line now and then.

    Args:
      what: is done to them, in a word or two.
      total: rows in all.
      done: of them, done before.
      stream: where to write; None: standard error.
      now: a clock, seconds.
    """

    LINE_S = 30.0

    def __init__(
        self, what: str, total: int, done: int = 0, stream: TextIO | None = None,
        now: Callable[[], float] = time.monotonic,
    ):  # fmt: skip
        self._what, self._total, self._done, self._now = what, total, done, now
        self._stream: TextIO = sys.stderr if stream is None else stream
        self._left, self._waiting, self._told = TimeLeft(total, done, now), 0, now()
        self._bar: tqdm | None = None
        if _is_watched(self._stream):
            self._bar = tqdm(total=total, initial=done, file=self._stream, desc=what, unit="row")

    def update(self, count: int = 1) -> None:
        """So many more are done."""
        if self._bar is not None:
            self._bar.update(count)
            return
        self._done, self._waiting = self._done + count, self._waiting + count
        if self._waiting and self._now() - self._told >= self.LINE_S:
            line = f"{self._what}: {self._done} of {self._total} rows"
            left = self._left.part(self._waiting)
            self._stream.write("  ".join(filter(None, (line, left))) + "\n")
            self._waiting, self._told = 0, self._now()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _is_watched(stream: TextIO) -> bool:
    """Whether lines may be drawn over each other there."""
    return stream.isatty() and not os.environ.get("CI")


def describe(row: Mapping[str, float]) -> str:
    """The text of a progress line: ``reward 0.61  KL 0.03  9.1 s (rollouts 3.1, update 2.9)``."""
    parts = [f"{label} {row[name]:.3g}" for name, label in _SHOWN if name in row]
    stages = {
        stage_label(name): value
        for name, value in row.items()
        if name.startswith("seconds/") and value >= 0.05
    }
    if stages:
        each = ", ".join(f"{name} {seconds:.1f}" for name, seconds in stages.items())
        parts.append(f"{sum(stages.values()):.1f} s ({each})")
    return "  ".join(parts)


def stage_label(column: str) -> str:
    """``seconds/3_render_and_diagnose`` -> ``render and diagnose``."""
    return column.removeprefix("seconds/").lstrip("0123456789_").replace("_", " ")
