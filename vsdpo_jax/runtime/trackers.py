"""Places that show a run while it goes on: TensorBoard, Weights & Biases, trackio.

metrics.jsonl stays the truth: a tracker that fails is said once and let go, and nothing of the run
depends on one. TensorBoard's files are written by tensorboardX: tensorboard itself brings a server
with it, clu and flax.metrics want TensorFlow. The others are imported when they are asked for.

    WORKDIR/tensorboard/    event files; steps that a resumed run does again are purged
    WORKDIR/trackers.json   names under which the others know the run, so that a resumed one goes on
"""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vsdpo_jax.runtime.files import read_json, write_atomic
from vsdpo_jax.runtime.streams import one_line, warn

IDS = "trackers.json"
PROJECT = "vsdpo_jax"
"""Where WANDB_PROJECT or TRACKIO_PROJECT names no other."""
_LOGIN_TIMEOUT_S = 30
"""A terminal is asked for a key; a run does not wait for one that nobody gives."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture with a line below it.

    Attributes:
      image_YXC: uint8[Y, X, 3].
      caption: one line.
    """

    image_YXC: np.ndarray
    caption: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """Whose run is tracked.

    Attributes:
      workdir: of the run.
      config: all its settings, JSON-able.
      first_step: the first one that this session makes.
      run_id: under which a tracker knows the run, the same in every session.
    """

    workdir: Path
    config: Mapping[str, Any]
    first_step: int
    run_id: str


class Tracker(Protocol):
    """What a tracker can do; any of it may raise."""

    def scalars(self, step: int, row: Mapping[str, float]) -> None:
        """Numbers of a step."""
        ...

    def pictures(self, step: int, name: str, pictures: Sequence[Picture]) -> None:
        """Pictures under ``name``, numbered."""
        ...

    def table(
        self, step: int, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """A table of numbers and texts."""
        ...

    def close(self) -> None:
        """Nothing more comes."""
        ...


class TensorBoard:
    """Event files in the workdir, for any number of sessions."""

    def __init__(self, place: Place):
        from tensorboardX import SummaryWriter

        # Sessions of the same second would have one file; readers take files in order of names.
        session = f".{place.first_step:08d}.{os.getpid()}.{uuid.uuid4().hex[:4]}"
        self._writer = SummaryWriter(
            str(place.workdir / "tensorboard"), purge_step=place.first_step, flush_secs=30,
            filename_suffix=session,
        )  # fmt: skip

    def scalars(self, step: int, row: Mapping[str, float]) -> None:
        for name, value in row.items():
            self._writer.add_scalar(name, value, step)

    def pictures(self, step: int, name: str, pictures: Sequence[Picture]) -> None:
        for number, picture in enumerate(pictures):
            tag = f"{name}/{number}"
            self._writer.add_image(tag, picture.image_YXC, step, dataformats="HWC")
            self._writer.add_text(f"{tag}/caption", picture.caption, step)

    def table(
        self, step: int, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        lines = [columns, ["---"] * len(columns), *rows]
        text = "\n".join("|".join(["", *map(_cell, line), ""]) for line in lines)
        self._writer.add_text(name, text, step)

    def close(self) -> None:
        self._writer.close()


def _cell(value: Any) -> str:
    """A value in a table of Markdown: programs as code, their lines kept."""
    text = str(value).replace("|", "\\|")
    return text if "\n" not in text else f"<pre>{text}</pre>".replace("\n", "<br>")


class _Logging:
    """The API that Weights & Biases made and trackio shares.

    Args:
      module: wandb or trackio.
      run: what its ``init`` returned.
    """

    def __init__(self, module: Any, run: Any):
        self._module, self._run = module, run

    def scalars(self, step: int, row: Mapping[str, float]) -> None:
        self._log(step, dict(row))

    def pictures(self, step: int, name: str, pictures: Sequence[Picture]) -> None:
        image = self._module.Image
        self._log(step, {
            f"{name}/{number}": image(picture.image_YXC, caption=picture.caption)
            for number, picture in enumerate(pictures)
        })  # fmt: skip

    def table(
        self, step: int, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        data = [list(row) for row in rows]
        self._log(step, {name: self._module.Table(columns=list(columns), data=data)})

    def close(self) -> None:
        self._run.finish()

    def _log(self, step: int, values: dict[str, Any]) -> None:
        self._run.log(values, step=step)


class WeightsAndBiases(_Logging):
    """A run there, or in WORKDIR/wandb where WANDB_MODE is "offline" (``wandb sync`` sends it)."""

    def __init__(self, place: Place):
        wandb = import_module("wandb")
        run = wandb.init(
            project=os.environ.get("WANDB_PROJECT", PROJECT), id=place.run_id, resume="allow",
            name=place.workdir.name, dir=str(place.workdir), config=dict(place.config),
            settings={"login_timeout": _LOGIN_TIMEOUT_S, "console": "off"},  # streams stay ours
        )  # fmt: skip
        super().__init__(wandb, run)

    def _log(self, step: int, values: dict[str, Any]) -> None:
        # Steps there only grow. What a resumed run does again it does as before: it is there.
        if step >= self._run.step:
            super()._log(step, values)


class Trackio(_Logging):
    """A run in trackio's own folder, or where its environment variables say."""

    def __init__(self, place: Place):
        trackio = import_module("trackio")
        run = trackio.init(
            project=os.environ.get("TRACKIO_PROJECT", PROJECT), name=place.run_id, resume="allow",
            config=dict(place.config), embed=False,
        )  # fmt: skip
        super().__init__(trackio, run)


TRACKERS: dict[str, Callable[[Place], Tracker]] = {
    "tensorboard": TensorBoard, "wandb": WeightsAndBiases, "trackio": Trackio,
}  # fmt: skip
_PACKAGES = {"tensorboard": "tensorboardX", "wandb": "wandb", "trackio": "trackio"}


def missing_package(name: str) -> str | None:
    """What has to be installed for a tracker; None where it is."""
    return None if find_spec(_PACKAGES[name]) is not None else _PACKAGES[name]


class Trackers:
    """The trackers of a run. Whatever one raises is said in a sentence, and it gets nothing more.

    Args:
      names: of TRACKERS.
      workdir: of the run; WORKDIR/trackers.json is made in it.
      config: all settings, JSON-able.
      first_step: the first one that this session makes.
    """

    def __init__(
        self, names: Sequence[str], workdir: Path, config: Mapping[str, Any], first_step: int
    ):
        self._open: dict[str, Tracker] = {}
        for name in names:
            with self._letting_go(name):
                place = Place(workdir=workdir, config=config, first_step=first_step,
                              run_id=_run_id(workdir, name))  # fmt: skip
                self._open[name] = TRACKERS[name](place)

    def scalars(self, step: int, row: Mapping[str, Any]) -> None:
        """The numbers of a row of metrics; what is text or not finite is left out."""
        numbers = {
            name: float(value)
            for name, value in row.items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
        self._each(lambda tracker: tracker.scalars(step, numbers))

    def pictures(self, step: int, name: str, pictures: Sequence[Picture]) -> None:
        """Pictures under ``name``."""
        self._each(lambda tracker: tracker.pictures(step, name, pictures))

    def table(
        self, step: int, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """A table under ``name``."""
        self._each(lambda tracker: tracker.table(step, name, columns, rows))

    def close(self) -> None:
        """Nothing more comes."""
        self._each(lambda tracker: tracker.close())
        self._open = {}

    @property
    def is_on(self) -> bool:
        """Whether anybody listens."""
        return bool(self._open)

    def _each(self, call: Callable[[Tracker], None]) -> None:
        for name, tracker in list(self._open.items()):
            with self._letting_go(name):
                call(tracker)

    @contextmanager
    def _letting_go(self, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._open.pop(name, None)
            reason = one_line(f"{type(error).__name__}: {error}")
            warn(f"the tracker {name} is off from here on ({reason}); metrics.jsonl has everything")


def _run_id(workdir: Path, name: str) -> str:
    """Made once and kept in the workdir."""
    path = workdir / IDS
    ids = read_json(path) if path.exists() else {}
    if name not in ids:
        ids[name] = f"{workdir.name}-{uuid.uuid4().hex[:8]}"
        write_atomic(path, json.dumps(ids, indent=2) + "\n")
    return ids[name]
