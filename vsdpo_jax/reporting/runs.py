"""What a run left in its folder, read for the report: whole, half-done or nearly empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vsdpo_jax.runtime.episodes import Sample, picture_path, read_episode
from vsdpo_jax.runtime.files import DamagedFileError, read_json
from vsdpo_jax.runtime.metrics import read_metrics

BEFORE, AFTER = "before", "after"
LAST_STATES = (AFTER, "policy", BEFORE)
"""Evaluations that say what a run ended as, the best one first; ``evaluate`` leaves "policy"."""
EVALUATIONS, TRAINING = "eval", "episodes"


class ReportError(ValueError):
    """There is nothing to report, or nothing to compare; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Shown:
    """A rollout as the report shows it: the picture stays on the disk until it is needed.

    Attributes:
      sample: without pixels.
      picture: its PNG file; None where none was drawn or kept.
    """

    sample: Sample
    picture: Path | None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RunRecords:
    """Everything that the report reads of a run.

    Attributes:
      workdir: its folder.
      label: the folder's name.
      config: config.json.
      metrics: rows of metrics.jsonl.
      evaluations: name -> rollouts of held-out tasks, for those that are there.
      first_update, last_update: rollouts of an update whose episode can be read; or none.
      seconds: spent so far; None: nobody noted it.
      notes: sentences about what is missing or damaged.
    """

    workdir: Path
    label: str
    config: Mapping[str, Any]
    metrics: Sequence[Mapping[str, Any]]
    evaluations: Mapping[str, Sequence[Shown]]
    first_update: Sequence[Shown]
    last_update: Sequence[Shown]
    seconds: float | None
    notes: Sequence[str]

    @property
    def domain(self) -> str:
        """Whose programs they are; "" where there are no rollouts."""
        shown = [*self.evaluations.values(), self.first_update]
        return next((rollouts[0].sample.task.domain for rollouts in shown if rollouts), "")


def read_run(workdir: Path) -> RunRecords:
    """Read a run, also one that goes on or was interrupted.

    Raises:
      ReportError: the folder is none, or holds no rollout that can be shown.
      DamagedFileError: an evaluation, config.json or metrics.jsonl is damaged.
    """
    if not workdir.is_dir():
        raise ReportError(
            f"{workdir}: there is no such folder; give the --workdir of a run of vsdpo_jax.train, "
            "or the --out of vsdpo_jax.evaluate"
        )
    if not (workdir / "config.json").exists():
        raise ReportError(
            f"{workdir}: holds no config.json, so it is not the folder of a run; give the "
            "--workdir of vsdpo_jax.train, or the --out of vsdpo_jax.evaluate"
        )
    config = read_json(workdir / "config.json")
    metrics = read_metrics(workdir / "metrics.jsonl")
    evaluations = {
        name: _read(workdir / EVALUATIONS, name)
        for name in dict.fromkeys((BEFORE, *LAST_STATES))
        if (workdir / EVALUATIONS / f"{name}.jsonl").exists()
    }
    names = sorted(path.stem for path in (workdir / TRAINING).glob("step_*.jsonl"))
    notes: list[str] = []
    first_update = _first_readable(workdir / TRAINING, names, notes.append)
    last_update = _first_readable(workdir / TRAINING, names[::-1], lambda note: None)
    if not any(evaluations.values()) and not last_update:
        raise ReportError(
            f"{workdir}: no evaluation and no update of this run can be read, so there is nothing "
            "to report yet; wait for the first evaluation, or go on with the run"
            + "".join(f" ({note})" for note in notes)
        )
    return RunRecords(
        workdir=workdir, label=workdir.resolve().name, config=config, metrics=metrics,
        evaluations=evaluations, first_update=first_update, last_update=last_update,
        seconds=_seconds(workdir), notes=[*_progress(config, metrics, evaluations), *notes],
    )  # fmt: skip


def _read(folder: Path, name: str) -> list[Shown]:
    shown = []
    for index, sample in enumerate(read_episode(folder, name, with_images=False)):
        picture = picture_path(folder, name, index)
        is_drawn = sample.judged.render.status == "ok" and picture.exists()
        shown.append(Shown(sample=sample, picture=picture if is_drawn else None))
    return shown


def _first_readable(folder: Path, names: Sequence[str], note: Callable[[str], None]) -> list[Shown]:
    for name in names:
        try:
            return _read(folder, name)
        except (DamagedFileError, FileNotFoundError) as error:
            note(f"Left out, since it cannot be read: {folder.name}/{name} ({error}).")
    return []


def _progress(
    config: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    evaluations: Mapping[str, Sequence[Shown]],
) -> list[str]:
    """What a run that has not ended lacks; nothing is said of an evaluation alone."""
    if AFTER in evaluations or "policy" in evaluations:
        return []
    planned = config.get("train", {}).get("num_steps", "?")
    missing = "after" if BEFORE in evaluations else "before or after"
    return [
        f"This run has not ended: {len(metrics)} of {planned} updates are there, and no evaluation "
        f"{missing}. The same command goes on with it; below is what it has so far."
    ]


def _seconds(workdir: Path) -> float | None:
    for name in ("summary.json", "elapsed.json"):
        try:
            return float(read_json(workdir / name)["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a time is no reason to do without a report
    return None
