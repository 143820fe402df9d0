"""Episodes: all records of a step on disk, so that any stage can be run again offline.

An episode ``NAME`` is ``NAME.jsonl`` (one rollout a line), ``NAME.npz`` (its arrays, padded, with
their lengths) and pictures ``NAME/NNN.png``. It appears as a whole or not at all: the JSONL file
is put in place last.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vsdpo_jax.records import (
    Defect,
    Diagnosis,
    Element,
    Judged,
    Render,
    Rollout,
    StatementCredit,
    Task,
)
from vsdpo_jax.runtime.workdir import write_text


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """All that is known about one rollout when a step ends.

    Attributes:
      task, rollout, judged: the records of the stages.
      statements: responsibility and weight of every statement of its program.
      weight_T: float32[T], Eq. 5 on tokens.
      advantage: group-relative; 0 outside of training.
    """

    task: Task
    rollout: Rollout
    judged: Judged
    statements: tuple[StatementCredit, ...]
    weight_T: np.ndarray
    advantage: float


def write_episode(folder: Path, name: str, samples: Sequence[Sample], *, num_images: int) -> None:
    """Write ``samples`` as episode ``name``, with the pictures of the first ``num_images``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").unlink(missing_ok=True)
    images = folder / name
    shutil.rmtree(images, ignore_errors=True)
    rows = []
    for number, sample in enumerate(samples):
        image = sample.judged.render.image_YXC
        file = None
        if image is not None and number < num_images:
            images.mkdir(exist_ok=True)
            file = f"{name}/{number:03d}.png"
            Image.fromarray(image).save(folder / file, compress_level=1)
        rows.append(_to_row(sample, file))
    with (folder / f"{name}.npz").open("wb") as stream:
        np.savez_compressed(stream, **_arrays(samples))
    write_text(folder / f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def read_episode(folder: Path, name: str) -> list[Sample]:
    """The samples of an episode. Renders whose picture was not kept have status "ok" and a blank
    one of the right size."""
    rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
    with np.load(folder / f"{name}.npz") as arrays:
        return [_from_row(folder, row, number, arrays) for number, row in enumerate(rows)]


def _arrays(samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    length = max((len(sample.rollout.tokens_T) for sample in samples), default=0)

    def stack(values: list[np.ndarray]) -> np.ndarray:
        padded = [np.pad(v, [(0, length - len(v))] + [(0, 0)] * (v.ndim - 1)) for v in values]
        return np.stack(padded) if padded else np.zeros((0, length))

    return {
        "length_B": np.array([len(sample.rollout.tokens_T) for sample in samples], np.int32),
        "tokens_BT": stack([sample.rollout.tokens_T for sample in samples]),
        "logp_BT": stack([sample.rollout.logp_T for sample in samples]),
        "offsets_BT2": stack([sample.rollout.offsets_T2 for sample in samples]),
        "weight_BT": stack([sample.weight_T for sample in samples]),
    }


def _to_row(sample: Sample, file: str | None) -> dict[str, Any]:
    rollout, render, diagnosis = sample.rollout, sample.judged.render, sample.judged.diagnosis
    size = None if render.image_YXC is None else list(render.image_YXC.shape[:2])
    return {
        "task": dataclasses.asdict(sample.task),
        "rollout": {
            "group_id": rollout.group_id, "sample_id": rollout.sample_id, "text": rollout.text,
            "policy_version": rollout.policy_version, "stop_reason": rollout.stop_reason,
        },
        "render": {
            "status": render.status, "limit": render.limit, "error": render.error,
            "stdout": render.stdout, "stderr": render.stderr, "cpu_s": render.cpu_s,
            "wall_s": render.wall_s, "image": file, "size": size,
            "elements": [dataclasses.asdict(element) for element in render.elements],
        },
        "diagnosis": {**dataclasses.asdict(diagnosis), "reward": diagnosis.reward},
        "statements": [dataclasses.asdict(statement) for statement in sample.statements],
        "advantage": sample.advantage,
    }  # fmt: skip


def _from_row(folder: Path, row: dict[str, Any], number: int, arrays: Any) -> Sample:
    length = int(arrays["length_B"][number])
    render = dict(row["render"])
    file, size = render.pop("image"), render.pop("size")
    image = None
    if file is not None:
        image = np.asarray(Image.open(folder / file).convert("RGB"))
    elif size is not None:
        image = np.full((*size, 3), 255, np.uint8)
    render["elements"] = tuple(
        Element(region=_box(e["region"]), span=_pair(e["span"]), role=e["role"], text=e["text"])
        for e in render["elements"]
    )
    diagnosis = {name: value for name, value in row["diagnosis"].items() if name != "reward"}
    diagnosis["defects"] = tuple(
        Defect(**{**defect, "region": _box(defect["region"])}) for defect in diagnosis["defects"]
    )
    return Sample(
        task=Task(**row["task"]),
        rollout=Rollout(
            task_id=row["task"]["task_id"],
            tokens_T=arrays["tokens_BT"][number, :length],
            logp_T=arrays["logp_BT"][number, :length],
            offsets_T2=arrays["offsets_BT2"][number, :length],
            **row["rollout"],
        ),
        judged=Judged(render=Render(image_YXC=image, **render), diagnosis=Diagnosis(**diagnosis)),
        statements=tuple(
            StatementCredit(
                span=_pair(s["span"]), lines=_pair(s["lines"]),
                regions=tuple(_box(region) for region in s["regions"]),
                responsibility=s["responsibility"], weight=s["weight"],
            )
            for s in row["statements"]
        ),
        weight_T=arrays["weight_BT"][number, :length],
        advantage=row["advantage"],
    )  # fmt: skip


def _box(values: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, width, height = values
    return x, y, width, height


def _pair(values: Sequence[int]) -> tuple[int, int]:
    start, end = values
    return start, end
