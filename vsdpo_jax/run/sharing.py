"""The work of a step on several processes: which rows are whose, and what is told of them.

Groups are never split: a process samples with all others, and then draws, judges and credits the
rollouts that lie on its own devices (docs/decisions/011-many-hosts.md).
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.domains.prompts import TeacherContext
from vsdpo_jax.runtime.episodes import Sample, read_episode, write_episode
from vsdpo_jax.runtime.hosts import ALONE as ONE_HOST
from vsdpo_jax.runtime.hosts import Hosts
from vsdpo_jax.runtime.stop import Stop

_TEXTS = ("rubric", "error", "reference", "sibling")
_NAME = "samples"


@dataclass(frozen=True, kw_only=True, eq=False)
class Share:
    """What belongs to this process, of a run of one or several.

    Attributes:
      hosts: all processes.
      stop: whether this one has been asked to stop.
      rows: of a batch, those of this process, ascending, whole groups; None: all.
    """

    hosts: Hosts = ONE_HOST
    stop: Stop = field(default_factory=lambda: Stop(0))
    rows: np.ndarray | None = None

    def is_stopped(self) -> bool:
        """Whether any process has been asked to stop; all get the same answer."""
        return self.hosts.any("stop", self.stop.is_requested)

    def part(self, count: int) -> range:
        """This process's part of ``count`` things that lie nowhere in particular."""
        first, end = (count * i // self.hosts.count for i in (self.hosts.index,
                                                              self.hosts.index + 1))  # fmt: skip
        return range(first, end)

    def turned(self, contexts: Sequence[TeacherContext], by: int) -> list[TeacherContext]:
        """For each own rollout the context of the one ``by`` rows further on in the whole batch.

        Args:
          contexts: of the own rollouts.
          by: rows.
        """
        if self.rows is None:
            return [*contexts[by:], *contexts[:by]]
        rows = self.rows.tolist()
        own = {row: _to_json(context) for row, context in zip(rows, contexts, strict=True)}
        everybody: dict[str, Any] = {}
        for said in self.hosts.exchange("contexts", json.dumps(own).encode()):
            everybody |= json.loads(said)
        return [_from_json(everybody[str((row + by) % len(everybody))]) for row in rows]

    def samples(self, samples: Sequence[Sample], *, num_images: int) -> list[Sample]:
        """The samples of all processes at the first one, one process's after the other's; none
        elsewhere.

        Args:
          samples: of this process.
          num_images: how many of them, the first ones, keep their pictures.
        """
        if self.hosts.count == 1:
            return list(samples)
        packed = b"" if self.hosts.is_first else _pack(samples, num_images)
        others = self.hosts.collect("samples", packed)[1:]
        return [*samples, *(one for other in others for one in _unpack(other))] if (
            self.hosts.is_first
        ) else []  # fmt: skip


def _to_json(context: TeacherContext) -> dict[str, Any]:
    image = None
    if context.image is not None:
        file = io.BytesIO()
        context.image.save(file, format="PNG", compress_level=1)
        image = base64.b64encode(file.getvalue()).decode()
    return {"image": image, **{name: getattr(context, name) for name in _TEXTS}}


def _from_json(values: dict[str, Any]) -> TeacherContext:
    image = None
    if values["image"] is not None:
        image = Image.open(io.BytesIO(base64.b64decode(values["image"])))
        image.load()
    return TeacherContext(image=image, **{name: values[name] for name in _TEXTS})


def _pack(samples: Sequence[Sample], num_images: int) -> bytes:
    """An episode in one piece."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(packed, "w") as archive:
        folder = Path(name)
        write_episode(folder, _NAME, samples, num_images=num_images)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def _unpack(packed: bytes) -> list[Sample]:
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(name)
        return read_episode(Path(name), _NAME)
