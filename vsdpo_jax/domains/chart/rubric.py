"""The chart rubric: its axes, their weights, and the words in which the teacher reads it.

This file alone decides the exact form of the feedback text; the mini model is pre-trained on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vsdpo_jax.records import Defect, Element

AXES = (
    "overlap", "clip", "legend", "ticks", "contrast", "tiny", "empty", "range", "content",
)  # fmt: skip
"""Axes that need no reference picture, in the order feedback lists them."""

REFERENCE_AXES = ("ref_text", "ref_layout", "ref_type", "ref_color", "ref_visual")
"""Axes that join where a reference picture exists."""

OK = "ok"
NOTES_PER_AXIS = 2
"""More than the worst two of an axis is more than one repair can use."""
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
      readings: axis -> reading, for the axes in force.

    Returns:
      For example ``{"overlap": "ok", "clip": "title right", ..., "content": "title missing"}``.
    """
    return _spell({axis: _words(readings[axis]) for axis in in_order(readings)})


def _spell(words: dict[str, str]) -> str:
    """JSON in plain characters; lone surrogates of a program's texts cannot be encoded."""
    return json.dumps(words, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def in_order(axes: Mapping[str, object]) -> list[str]:
    """The keys of ``axes`` in the order of the rubric."""
    return [axis for axis in (*AXES, *REFERENCE_AXES) if axis in axes]


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


def weights_in_force(
    axes: Sequence[str], axis_weights: Mapping[str, float] | None
) -> dict[str, float]:
    """Weights of the axes that were judged, summing to one (Eq. 8).

    Args:
      axes: the axes in force; a weight given for another known axis is left out and its share
        goes to the others.
      axis_weights: axis -> non-negative weight; an axis not named weighs 1. None: all weigh 1.

    Raises:
      ValueError: for an unknown axis, a negative or infinite weight, or no weight left.
    """
    given = dict(axis_weights or {})
    known = (*AXES, *REFERENCE_AXES)
    for axis, weight in given.items():
        if axis not in known:
            raise ValueError(f"axis_weights: unknown axis {axis!r}; use one of {', '.join(known)}")
        if not 0 <= weight < float("inf"):
            raise ValueError(f"axis_weights.{axis}: {weight} is not a weight; use 0 or more")
    raw = {axis: float(given.get(axis, 1.0)) for axis in axes}
    total = sum(raw.values())
    if total <= 0:
        raise ValueError(
            f"axis_weights: every axis in force ({', '.join(axes)}) weighs 0; give one a weight"
        )
    return {axis: weight / total for axis, weight in raw.items()}
