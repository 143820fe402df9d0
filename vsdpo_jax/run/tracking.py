"""What of a run is shown by trackers: every row of metrics, watched tasks, scores.

Watched are the first held-out tasks, whose pictures and programs are shown before and after, and at
every checkpoint the first rollouts of its step.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsdpo_jax.run.sessions import Session
from vsdpo_jax.run.settings import Settings, to_dict
from vsdpo_jax.runtime.episodes import Sample, read_episode
from vsdpo_jax.runtime.trackers import Picture, Trackers

if TYPE_CHECKING:
    from vsdpo_jax.evaluate import Score

WATCHED = 8
"""Tasks of an evaluation that are shown."""
COLUMNS = ("task", "reward", "unsatisfied", "brief", "program")


class Tracking:
    """Shows a run.

    Args:
      trackers: where.
      workdir: of the run, whose episodes are shown.
      first_step: the first one that this session makes; what was before is shown already.
    """

    def __init__(self, trackers: Trackers, workdir: Path, first_step: int):
        self._trackers, self._workdir, self._first_step = trackers, workdir, first_step

    def row(self, step: int, row: Mapping[str, Any]) -> None:
        """Show a row of metrics."""
        self._trackers.scalars(step, row)

    def evaluation(self, step: int, name: str, score: Score | None) -> None:
        """Show an evaluation: its figures, and its first tasks.

        Args:
          step: how many steps the policy has learned.
          name: of its episode in ``eval``.
          score: its figures; None in all processes but the first.
        """
        if score is None or step < self._first_step:
            return
        figures = dataclasses.asdict(score)
        axes = {f"axis/{axis}": rate for axis, rate in figures.pop("axes").items()}
        shown = {f"eval/{key}": value for key, value in (figures | axes).items()}
        self._trackers.scalars(step, shown)
        self._samples(step, "eval", self._workdir / "eval", name, WATCHED)

    def episode(self, step: int, count: int) -> None:
        """Show the first ``count`` rollouts of a step; warm-up steps have none."""
        name = f"step_{step:05d}"
        if (self._workdir / "episodes" / f"{name}.jsonl").exists():
            self._samples(step, "train", self._workdir / "episodes", name, count)

    def _samples(self, step: int, label: str, folder: Path, name: str, count: int) -> None:
        if not self._trackers.is_on or count < 1:
            return
        samples = read_episode(folder, name, most=count)
        self._trackers.pictures(step, label, pictures_of(samples))
        self._trackers.table(step, f"{label}/samples", COLUMNS, rows_of(samples))


@contextlib.contextmanager
def open_tracking(settings: Settings, session: Session, *, is_kept: bool) -> Iterator[Tracking]:
    """The trackers of ``settings`` while a run goes on; closed however it ends.

    Args:
      settings: of the run.
      session: its folder.
      is_kept: False in all processes but the first: nothing is shown.
    """
    names = settings.tracker_names if is_kept else ()
    first_step = settings.train.next_step(session.latest_step() or 0)
    trackers = Trackers(names, session.folder, to_dict(settings), first_step)
    try:
        yield Tracking(trackers, session.folder, first_step)
    finally:
        trackers.close()


def pictures_of(samples: Sequence[Sample]) -> list[Picture]:
    """The pictures of rollouts that drew one, with task and reward below."""
    return [
        Picture(
            image_YXC=sample.judged.render.image_YXC,
            caption=f"{sample.task.task_id}: {sample.judged.diagnosis.reward:.2f}",
        )
        for sample in samples
        if sample.judged.render.image_YXC is not None and sample.judged.render.image_YXC.size
    ]


def rows_of(samples: Sequence[Sample]) -> list[list[Any]]:
    """One row of COLUMNS for each rollout."""
    return [
        [
            sample.task.task_id,
            round(float(sample.judged.diagnosis.reward), 4),
            ", ".join(axis for axis, is_met in sample.judged.diagnosis.rubric.items() if not is_met)
            or sample.judged.render.status,
            sample.task.brief,
            sample.rollout.text,
        ]
        for sample in samples
    ]
