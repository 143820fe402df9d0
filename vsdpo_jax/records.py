"""What passes between the host stages: frozen records of numpy arrays and primitives.

A record says what happened, failure included; it never holds a device array. Boxes are
``(x, y, width, height)`` in pixels from the top-left corner; spans are ``[start, end)`` in
characters of the program. This file imports no jax, so that render workers start fast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Box = tuple[float, float, float, float]
Span = tuple[int, int]

RenderStatus = Literal["ok", "program_error", "no_artifact", "limit", "tamper", "infra"]
"""ok: a picture was drawn. program_error: the program raised or ended itself. no_artifact: it ran
and drew nothing that can be seen. limit: it met a limit, named in ``Render.limit``. tamper: it sent
something that is no picture or used a forbidden system call. infra: the machine failed; the sample
is masked, never scored."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """One thing to draw.

    Attributes:
      task_id: unique within a data set.
      domain: whose programs draw it.
      brief: the instruction as the student reads it.
      asked: what the content axis checks, in the domain's own schema (JSON-able); None: unchecked.
      reference: a reference program, or None.
      images: paths of the pictures that the student sees with the brief, in order.
    """

    task_id: str
    domain: str
    brief: str
    asked: dict[str, Any] | None = None
    reference: str | None = None
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rollout:
    """One sampled completion.

    Attributes:
      task_id, group_id, sample_id: where it belongs; rollouts of a group share a prompt.
      policy_version: the update count of the parameters that sampled it.
      tokens_T: int32[T] completion tokens, the stop token included when there is one.
      logp_T: float32[T] natural log-probability of each token under the sampler's distribution.
      offsets_T2: int32[T, 2] character span of each token in ``text``; special tokens are empty.
      text: the decoded completion.
      stop_reason: "stop" (a stop token was sampled) or "length".
    """

    task_id: str
    group_id: int
    sample_id: int
    policy_version: int
    tokens_T: np.ndarray
    logp_T: np.ndarray
    offsets_T2: np.ndarray
    text: str
    stop_reason: Literal["stop", "length"]

    def __post_init__(self) -> None:
        length = len(self.tokens_T)
        if self.logp_T.shape != (length,) or self.offsets_T2.shape != (length, 2):
            raise ValueError(
                f"rollout {self.task_id}/{self.sample_id}: {length} tokens, but logp_T has shape "
                f"{self.logp_T.shape} and offsets_T2 {self.offsets_T2.shape}"
            )
        if length and np.any(np.diff(self.offsets_T2.reshape(-1)) < 0):
            raise ValueError(
                f"rollout {self.task_id}/{self.sample_id}: offsets_T2 must not decrease"
            )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Element:
    """Something drawn, and the program text that drew it.

    Attributes:
      region: its painted box.
      span: the expression or statement that made it; credit widens it to the smallest statement.
      role: what it is ("title", "data", "legend", ...), in the domain's words.
      text: what it says, for texts.
    """

    region: Box
    span: Span
    role: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Render:
    """The result of running one program. Success and failure are both results.

    Attributes:
      status: see RenderStatus; ``ok`` exactly when ``image_YXC`` is there.
      limit: which limit was met ("cpu", "wall", "memory", "disk", "output", "canvas",
        "payload", "processes", "source", "elements"), for status "limit" only.
      image_YXC: uint8[Y, X, 3], or None.
      elements: what was drawn, in drawing order.
      error: the trace or the reason, for every status but ok.
      stdout, stderr: tails of what the program printed.
      cpu_s, wall_s: seconds in the child.
    """

    status: RenderStatus
    limit: str | None = None
    image_YXC: np.ndarray | None = None
    elements: tuple[Element, ...] = ()
    error: str = ""
    stdout: str = ""
    stderr: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __post_init__(self) -> None:
        if (self.status == "ok") != (self.image_YXC is not None):
            raise ValueError(
                f"render: status {self.status!r} with image {self.image_YXC is not None}"
            )
        if (self.status == "limit") != (self.limit is not None):
            raise ValueError(f"render: status {self.status!r} with limit {self.limit!r}")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Defect:
    """One visual defect: D of Eq. 4.

    Attributes:
      axis: the rubric axis it counts against.
      kind: what exactly is wrong, a short identifier ("text_clipped", "legend_covers_data", ...).
      region: where, as the box of the offending element (one defect per offending element).
      severity: 0 (noted, no loss of reward) or 1.
      message: one sentence for people and for the teacher, with the place and the measure.
      spans: the program text at fault, where the detector knows it (the call that set a pale
        colour, not the one that made the text). Eq. 4 then gives these statements all of this
        defect and no other statement any of it. Empty: whoever drew in the region.
    """

    axis: str
    kind: str
    region: Box
    severity: int
    message: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Diagnosis:
    """The rubric of one render.

    Attributes:
      rubric: axis -> satisfied; empty when nothing was rendered.
      scores: axis -> the measured number behind the binary value, in [0, 1], 1 is best.
      defects: what was found.
      feedback: the rubric channel: the text the teacher reads (or the error trace of a failure).
      r_exec, r_vis: Eq. 8's factors; ``reward`` is their product.
      masked: True for infrastructure failures: no reward, no loss.
      unseen: axis -> what it would have judged and could not, because it is missing or hidden
        ("title missing"); such an axis is not satisfied, with or without a defect.
    """

    rubric: dict[str, bool]
    scores: dict[str, float]
    defects: tuple[Defect, ...]
    feedback: str
    r_exec: float
    r_vis: float
    masked: bool = False
    unseen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def reward(self) -> float:
        """r = r_exec * r_vis (Eq. 8)."""
        return self.r_exec * self.r_vis


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judged:
    """What a render worker returns for one program."""

    render: Render
    diagnosis: Diagnosis
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StatementCredit:
    """One statement of a program with its responsibility (Eq. 4) and weight (Eq. 5)."""

    span: Span
    lines: tuple[int, int]
    regions: tuple[Box, ...]
    responsibility: float
    weight: float
