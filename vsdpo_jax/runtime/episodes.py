"""Episodes: all that is known about the rollouts of a step, on disk, for replay and for people.

    episodes/step_00012.jsonl       one line a rollout: task, text, render, diagnosis, credit
             step_00012.npz         tokens, log-probs, offsets and weights of the rollouts
             step_00012/003.png     picture of rollout 3, without loss

Whoever reads an episode can run any later stage on it again. Evaluations are episodes too, one
sample a task. An episode is whole or absent: its JSONL file is put in place last.
"""

from __future__ import annotations

import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
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
from vsdpo_jax.runtime.files import DamagedFileError, write_atomic

_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, SyntaxError)
"""What numpy and Pillow raise besides, for files that were cut or overwritten."""
_ARRAYS = ("tokens_T", "logp_T", "offsets_T2")
NO_IMAGE_YXC = np.zeros((0, 0, 3), np.uint8)
"""Stands for a picture that was drawn and not kept."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """All that is known about one rollout when a step ends.

    Attributes:
      task, rollout, judged: what was asked, what was written, what came of it.
      statements: of the program, with responsibility (Eq. 4) and weight (Eq. 5).
      weight_T: float32[T], w_t of Eq. 5 for each token of the rollout.
      advantage: within its group.
    """

    task: Task
    rollout: Rollout
    judged: Judged
    statements: tuple[StatementCredit, ...]
    weight_T: np.ndarray
    advantage: float

    def __post_init__(self) -> None:
        if self.weight_T.shape != self.rollout.tokens_T.shape:
            raise ValueError(
                f"sample {self.rollout.task_id}/{self.rollout.sample_id}: weight_T has shape "
                f"{self.weight_T.shape}, but the rollout has {len(self.rollout.tokens_T)} tokens"
            )


def write_episode(folder: Path, name: str, samples: Sequence[Sample], *, num_images: int) -> None:
    """Write ``samples`` as episode ``name``, over one that is there already.

    Args:
      folder: of episodes, made when missing.
      name: of the episode, a file name.
      samples: the rollouts.
      num_images: pictures of how many samples, the first ones, are kept.

    Raises:
      TypeError: something in ``asked`` or ``extra`` is not JSON-able.
    """
    text = "".join(json.dumps(_to_json(sample)) + "\n" for sample in samples)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.jsonl").unlink(missing_ok=True)
    pictures = folder / name
    if pictures.exists():
        shutil.rmtree(pictures)
    arrays = {}
    for index, sample in enumerate(samples):
        image_YXC = sample.judged.render.image_YXC
        if index < num_images and image_YXC is not None and image_YXC.size:
            pictures.mkdir(exist_ok=True)
            # Level 1: files are a fifth larger than at the default, and written 3 times faster.
            Image.fromarray(image_YXC).save(picture_path(folder, name, index), compress_level=1)
        for field in _ARRAYS:
            arrays[f"{index}/{field}"] = getattr(sample.rollout, field)
        arrays[f"{index}/weight_T"] = sample.weight_T
    with (folder / f"{name}.npz").open("wb") as file:
        np.savez_compressed(file, **arrays)
    write_atomic(folder / f"{name}.jsonl", text)


def picture_path(folder: Path, name: str, index: int) -> Path:
    """Where the picture of a rollout lies, if it was kept."""
    return folder / name / f"{index:03d}.png"


def read_episode(folder: Path, name: str, *, with_images: bool = True) -> list[Sample]:
    """The samples of an episode, as they were; a picture that was not kept is NO_IMAGE_YXC.

    Args:
      folder: of episodes.
      name: of the episode.
      with_images: False: every picture is NO_IMAGE_YXC. Thousands of them fill the memory.

    Raises:
      FileNotFoundError: there is no such episode.
      DamagedFileError: a file of it is damaged.
    """
    path, samples = folder / f"{name}.jsonl", []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        # Opened here: numpy leaves open what turns out to be no archive.
        with (
            (folder / f"{name}.npz").open("rb") as file,
            np.load(file, allow_pickle=False) as arrays,
        ):
            for index, line in enumerate(lines):
                picture = picture_path(folder, name, index) if with_images else None
                samples.append(_from_json(json.loads(line), arrays, index, picture))
            if len(arrays.files) != len(lines) * (len(_ARRAYS) + 1):
                raise ValueError("there are arrays of more rollouts than lines")
    except FileNotFoundError:
        raise
    except (*_UNREADABLE, ValueError, KeyError, TypeError, OSError) as error:
        raise DamagedFileError(
            f"{path}, line {len(samples) + 1} is damaged, or the arrays or the picture that belong "
            f"to it are ({error!r}); delete the file, and an evaluation is made again"
        ) from error
    return samples


def _to_json(sample: Sample) -> dict[str, Any]:
    rollout, render = sample.rollout, sample.judged.render
    values = {
        "task": asdict(sample.task),
        "rollout": {
            name: getattr(rollout, name)
            for name in (
                "task_id", "group_id", "sample_id", "policy_version", "text", "stop_reason",
            )
        },
        "render": asdict(replace(render, image_YXC=None, status="infra", limit=None))
        | {"status": render.status, "limit": render.limit},
        "diagnosis": asdict(sample.judged.diagnosis) | {"reward": sample.judged.diagnosis.reward},
        "extra": sample.judged.extra,
        "statements": [asdict(statement) for statement in sample.statements],
        "advantage": float(sample.advantage),
    }  # fmt: skip
    del values["render"]["image_YXC"]
    return values


def _from_json(values: dict[str, Any], arrays: Any, index: int, picture: Path | None) -> Sample:
    return Sample(
        task=Task(**(values["task"] | {"images": tuple(values["task"]["images"])})),
        rollout=Rollout(
            **values["rollout"],
            tokens_T=arrays[f"{index}/tokens_T"],
            logp_T=arrays[f"{index}/logp_T"],
            offsets_T2=arrays[f"{index}/offsets_T2"],
        ),
        judged=Judged(
            render=_render_from_json(values["render"], picture),
            diagnosis=_diagnosis_from_json(values["diagnosis"]),
            extra=values["extra"],
        ),
        statements=tuple(
            StatementCredit(
                span=_pair(statement["span"]),
                lines=_pair(statement["lines"]),
                regions=tuple(_box(region) for region in statement["regions"]),
                responsibility=statement["responsibility"],
                weight=statement["weight"],
            )
            for statement in values["statements"]
        ),
        weight_T=arrays[f"{index}/weight_T"],
        advantage=values["advantage"],
    )


def _render_from_json(values: dict[str, Any], picture: Path | None) -> Render:
    image_YXC = None
    if values["status"] == "ok":
        image_YXC = NO_IMAGE_YXC
        if picture is not None and picture.exists():
            with Image.open(picture) as file:
                image_YXC = np.asarray(file.convert("RGB"))
    elements = tuple(
        Element(
            region=_box(element["region"]),
            span=_pair(element["span"]),
            role=element["role"],
            text=element["text"],
        )
        for element in values["elements"]
    )
    others = {name: value for name, value in values.items() if name != "elements"}
    return Render(**others, elements=elements, image_YXC=image_YXC)


def _diagnosis_from_json(values: dict[str, Any]) -> Diagnosis:
    own = ("reward", "defects", "unseen")
    kept = {name: value for name, value in values.items() if name not in own}
    defects = []
    for defect in values["defects"]:
        others = {name: value for name, value in defect.items() if name not in ("region", "spans")}
        spans = tuple(_pair(span) for span in defect.get("spans", ()))
        defects.append(Defect(**others, region=_box(defect["region"]), spans=spans))
    unseen = {axis: tuple(notes) for axis, notes in values.get("unseen", {}).items()}
    return Diagnosis(**kept, defects=tuple(defects), unseen=unseen)


def _pair(values: Sequence[int]) -> tuple[int, int]:
    first, second = values
    return first, second


def _box(values: Sequence[float]) -> tuple[float, float, float, float]:
    x, y, width, height = values
    return x, y, width, height
