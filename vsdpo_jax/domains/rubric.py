"""What every judge's verdict is made of: readings of axes, the words of the feedback, the reward.

This file alone decides the form of the feedback text; the mini model is pre-trained on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.records import Defect, Diagnosis, Element, Judged, Render, RenderStatus

OK = "ok"
NOTES_PER_AXIS = 2
"""More than the worst two of an axis is more than one repair can use."""
MAX_DEFECTS = 100
"""Of an axis: the worst are kept, so that ten thousand bad marks stay cheap to credit."""
ERROR_LENGTH = 160
"""Characters of an error message that the teacher reads."""
_FRAME = re.compile(r'^\s*File "<student>", line (\d+)')
_IN_MESSAGE = re.compile(r"\s*\(<student>, line (\d+)\)")
_MODULE = re.compile(r"^(?:\w+\.)+(?=\w+(?:: |$))")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reading:
    """What one detector says about one picture.

    Attributes:
      defects: what is wrong, worst first; the axis is satisfied when none has severity 1.
      notes: the same in a few words for the feedback, worst first; one note may stand for several
        defects (two texts that overlap).
      score: the measured number behind it, in [0, 1], 1 is best.
      elements: further owners of the defects' regions, where the statement at fault painted
        nothing of its own (the limits that cut a line).
      unseen: what the axis would judge and could not, because it is missing or hidden, in the
        words of the feedback ("title missing"). Silence satisfies no axis.
    """

    defects: tuple[Defect, ...] = ()
    notes: tuple[str, ...] = ()
    score: float = 1.0
    elements: tuple[Element, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def satisfied(self) -> bool:
        """Whether nothing of severity 1 was found, and all that is to be judged could be."""
        return not self.unseen and not any(defect.severity for defect in self.defects)


def feedback(readings: Mapping[str, Reading]) -> str:
    """The rubric channel: one JSON object, an axis a key, "ok" or the worst notes.

    Args:
      readings: axis -> reading, for the axes in force and in their order.

    Returns:
      For example ``{"overlap": "ok", "clip": "title right", ..., "content": "title missing"}``.
    """
    return _spell({axis: _words(reading) for axis, reading in readings.items()})


def _spell(words: dict[str, str]) -> str:
    """JSON in plain characters; lone surrogates of a program's texts cannot be encoded."""
    return json.dumps(words, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _words(reading: Reading) -> str:
    if reading.satisfied:
        return OK
    # One note may stand for several defects. What is there and wrong comes before what is not.
    notes = list(dict.fromkeys((*reading.notes, *reading.unseen)))
    return "; ".join(notes[:NOTES_PER_AXIS])


def error_feedback(error: str) -> str:
    """The feedback of a program that gave no picture: where and what, in one JSON object.

    Args:
      error: a trace whose frames of the program are named ``<student>``, or a plain reason.

    Returns:
      For example ``{"error": "line 7: NameError: name 'axs' is not defined"}``.
    """
    lines = [line.rstrip() for line in error.splitlines() if line.strip()]
    frames = [i for i, line in enumerate(lines) if _FRAME.search(line)]
    # The exception is the first line after the innermost frame that is not indented.
    tail = [line for line in lines[frames[-1] + 1 if frames else 0 :] if line[0] != " "]
    words = _MODULE.sub("", tail[0]) if tail else (lines or ["no picture"])[-1].strip()
    number = _FRAME.search(lines[frames[-1]]) if frames else _IN_MESSAGE.search(words)
    place = f"line {number[1]}: " if number else ""
    return _spell({"error": (place + _IN_MESSAGE.sub("", words))[:ERROR_LENGTH]})


class NoWeight(ValueError):
    """The axes in force weigh nothing: the settings are at fault, not the program."""


def shares(axes: Iterable[str], weights: Mapping[str, float] | None) -> dict[str, float]:
    """What each axis in force is worth in r_vis; they sum to one (Eq. 8).

    Args:
      axes: the axes in force; the weight of any other goes to them.
      weights: axis -> weight, as ``Domain.weights`` completes them; None: all alike.

    Raises:
      NoWeight: the axes in force weigh nothing.
    """
    raw = {axis: 1.0 if weights is None else float(weights.get(axis, 1.0)) for axis in axes}
    total = sum(raw.values())
    if total <= 0:
        raise NoWeight(
            f"axis_weights: every axis in force ({', '.join(raw)}) weighs 0; give one a weight"
        )
    return {axis: weight / total for axis, weight in raw.items()}


def diagnosis_of(
    readings: Mapping[str, Reading], weights: Mapping[str, float] | None, *, is_blank: bool
) -> Diagnosis:
    """The verdict that the readings of a picture amount to (Eq. 8).

    Args:
      readings: axis -> reading, in the order in which feedback lists the axes.
      weights: see ``shares``.
      is_blank: whether nothing that was asked for, or nothing at all, can be seen: r_exec is 0.
    """
    worth = shares(readings, weights)
    rubric = {axis: reading.satisfied for axis, reading in readings.items()}
    return Diagnosis(
        rubric=rubric,
        scores={axis: reading.score for axis, reading in readings.items()},
        defects=tuple(d for reading in readings.values() for d in reading.defects[:MAX_DEFECTS]),
        feedback=feedback(readings),
        r_exec=0.0 if is_blank else 1.0,
        r_vis=min(1.0, sum(worth[axis] for axis in rubric if rubric[axis])),
        unseen={axis: reading.unseen for axis, reading in readings.items() if reading.unseen},
    )


def with_axis(
    diagnosis: Diagnosis, axis: str, reading: Reading, weights: Mapping[str, float] | None
) -> Diagnosis:
    """A verdict with one more axis, read where the others could not be.

    Args:
      diagnosis: of a picture.
      axis: the last one of the feedback from now on.
      reading: of it.
      weights: see ``shares``.
    """
    rubric = {**diagnosis.rubric, axis: reading.satisfied}
    worth = shares(rubric, weights)
    words = {**json.loads(diagnosis.feedback), axis: _words(reading)}
    return replace(
        diagnosis,
        rubric=rubric,
        scores={**diagnosis.scores, axis: reading.score},
        defects=(*diagnosis.defects, *reading.defects[:MAX_DEFECTS]),
        feedback=_spell(words),
        r_vis=min(1.0, sum(worth[name] for name in rubric if rubric[name])),
    )


def without_picture(
    artifact: Artifact,
    status: RenderStatus | None = None,
    error: str | None = None,
) -> Judged:
    """The judgement of a program without a picture: no axes, no reward, the error as feedback.

    Args:
      artifact: of the program's run.
      status, error: where the judge knows better than the renderer; None: the artifact's.
    """
    status = artifact.status if status is None else status
    error = artifact.error if error is None else error
    render = Render(
        status=status,
        limit=artifact.limit if status == "limit" else None,
        error=error,
        stdout=artifact.stdout,
        stderr=artifact.stderr,
        cpu_s=artifact.cpu_s,
        wall_s=artifact.wall_s,
    )
    diagnosis = Diagnosis(
        rubric={},
        scores={},
        defects=(),
        feedback="" if status == "infra" else error_feedback(error),
        r_exec=0.0,
        r_vis=0.0,
        masked=status == "infra",
    )
    return Judged(render=render, diagnosis=diagnosis)


def masked(reason: str) -> Judged:
    """The judgement of a job that the machine failed: no reward, no loss."""
    return without_picture(Artifact(status="infra", error=reason))


def with_picture(
    artifact: Artifact,
    source: str,
    image_YXC: np.ndarray,
    elements: Sequence[Element],
    diagnosis: Diagnosis,
) -> Judged:
    """The judgement of a program with a picture.

    Args:
      artifact: of the program's run.
      source: the program; elements whose spans lie outside it are left out, as spans are declared
        by the program's process.
      image_YXC: uint8[Y, X, 3].
      elements: what a statement can be credited for, in drawing order.
      diagnosis: the verdict.
    """
    inside = tuple(e for e in elements if 0 <= e.span[0] <= e.span[1] <= len(source))
    render = Render(
        status="ok",
        image_YXC=image_YXC,
        elements=inside,
        stdout=artifact.stdout,
        stderr=artifact.stderr,
        cpu_s=artifact.cpu_s,
        wall_s=artifact.wall_s,
    )
    return Judged(render=render, diagnosis=diagnosis)
