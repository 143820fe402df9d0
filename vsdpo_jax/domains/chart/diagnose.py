"""From what the sandbox brought back to a judged picture: paint, detect, reward, feedback."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vsdpo_jax.domains.chart.content import check_content
from vsdpo_jax.domains.chart.detectors import detect
from vsdpo_jax.domains.chart.drawlist import InvalidDrawList, decode
from vsdpo_jax.domains.chart.parts import elements_of
from vsdpo_jax.domains.chart.raster import PaintError, paint
from vsdpo_jax.domains.chart.reference import compare
from vsdpo_jax.domains.chart.rubric import (
    AXES,
    REFERENCE_AXES,
    Reading,
    error_feedback,
    feedback,
    in_order,
    weights_in_force,
)
from vsdpo_jax.domains.chart.scene import Scene
from vsdpo_jax.records import Diagnosis, Element, Judged, Render, RenderStatus

if TYPE_CHECKING:
    from vsdpo_jax.domains.base import JudgeOptions
    from vsdpo_jax.sandbox.supervisor import SandboxResult

__all__ = ["AXES", "REFERENCE_AXES", "diagnose", "diagnose_failure", "judge"]

SEEN_LEVELS = 8
"""A picture whose channels differ by less, of 255, is of one colour."""
MAX_DEFECTS = 100
"""Of an axis: the worst are kept, so that ten thousand bad marks stay cheap to credit."""


def judge(result: SandboxResult, source: str, options: JudgeOptions) -> Judged:
    """Judge one program from its draw list. Runs in the trusted worker.

    Args:
      result: of running ``source`` in the sandbox; its payload is checked, never believed.
      source: the program.
      options: what was asked, the reference's payload, the weights.

    Returns:
      The picture with its elements, and the diagnosis. A payload that is no draw list gives the
      status "tamper".

    Raises:
      ValueError: when the options are wrong, or the reference's payload is no draw list.
    """
    weights_in_force((*AXES, *REFERENCE_AXES), options.axis_weights)
    if result.status != "ok":
        return _failed(result, result.status, result.limit, result.error)
    try:
        scene = paint(decode(result.payload))
    except PaintError as error:  # an honest list can be more than the rasteriser takes
        return _failed(result, "program_error", None, f"the chart cannot be painted: {error}")
    except InvalidDrawList as error:
        return _failed(result, "tamper", None, f"the draw list is not valid: {error}")
    reference = None
    if options.reference_payload is not None:
        try:
            reference = paint(decode(options.reference_payload))
        except InvalidDrawList as error:
            raise ValueError(f"reference_payload is no draw list: {error}") from error
    diagnosis, elements = diagnose(
        scene, asked=options.asked, reference=reference, axis_weights=options.axis_weights
    )
    if diagnosis.r_exec == 0.0:
        return _failed(result, "no_artifact", None, _nothing_to_see(scene, source))
    render = Render(
        status="ok",
        image_YXC=scene.image_YXC,
        elements=_within(elements, len(source)),
        stdout=result.stdout,
        stderr=result.stderr,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
    )
    return Judged(render=render, diagnosis=diagnosis)


def diagnose(
    scene: Scene,
    *,
    asked: dict[str, Any] | None = None,
    reference: Scene | None = None,
    axis_weights: dict[str, float] | None = None,
) -> tuple[Diagnosis, tuple[Element, ...]]:
    """The rubric of a painted chart, and its elements.

    Args:
      scene: the picture.
      asked: what the content axis checks (docs/architecture.md); None: no content axis.
      reference: the painted reference, or None: no reference axes.
      axis_weights: see ``rubric.weights_in_force``.

    Returns:
      The diagnosis and every element that a statement can be credited for; r_exec is 0 where
      nothing that was asked for, or nothing at all, can be seen.

    Raises:
      ValueError: for a wrong ``asked`` or wrong weights.
    """
    readings: dict[str, Reading] = detect(scene)
    is_blank = bool(np.ptp(scene.image_YXC.reshape(-1, 3), axis=0).max() < SEEN_LEVELS)
    if asked is not None:
        content = check_content(scene, asked)
        readings["content"] = content.reading
        is_blank = is_blank or content.is_blank
        for axis, notes in content.unseen.items():
            readings[axis] = replace(readings[axis], unseen=notes)
    if reference is not None:
        readings.update(compare(scene, reference))
    axes = in_order(readings)
    weights = weights_in_force(axes, axis_weights)
    rubric = {axis: readings[axis].satisfied for axis in axes}
    diagnosis = Diagnosis(
        rubric=rubric,
        scores={axis: readings[axis].score for axis in axes},
        defects=tuple(d for axis in axes for d in readings[axis].defects[:MAX_DEFECTS]),
        feedback=feedback(readings),
        r_exec=0.0 if is_blank else 1.0,
        r_vis=min(1.0, sum(weights[axis] for axis in axes if rubric[axis])),
        unseen={axis: readings[axis].unseen for axis in axes if readings[axis].unseen},
    )
    owners = tuple(element for axis in axes for element in readings[axis].elements)
    return diagnosis, elements_of(scene) + owners


def _nothing_to_see(scene: Scene, source: str) -> str:
    """Why there is nothing to see, as a trace that ends at the line of what covers most."""
    covered: dict[int, float] = defaultdict(float)
    for mark in scene.marks:
        if mark.evidence is not None and mark.evidence.coverer is not None:
            covered[mark.evidence.coverer] += mark.evidence.covered * mark.evidence.ink_px
    words = "Invisible: nothing that was asked for can be seen or read in the picture"
    if not covered:
        return words
    by = scene.marks[max(covered, key=lambda number: covered[number])]
    if by.span is None or by.span[1] > len(source):
        return words
    line = source.count("\n", 0, by.span[0]) + 1
    return f'  File "<student>", line {line}\n{words}: what this line paints covers it'


def diagnose_failure(status: RenderStatus, error: str) -> Diagnosis:
    """The diagnosis of a program without a picture: no axes, no reward, the error as feedback."""
    return Diagnosis(
        rubric={},
        scores={},
        defects=(),
        feedback=error_feedback(error),
        r_exec=0.0,
        r_vis=0.0,
        masked=status == "infra",
    )


def _failed(result: SandboxResult, status: RenderStatus, limit: str | None, error: str) -> Judged:
    render = Render(
        status=status,
        limit=limit,
        error=error,
        stdout=result.stdout,
        stderr=result.stderr,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
    )
    return Judged(render=render, diagnosis=diagnose_failure(status, error))


def _within(elements: tuple[Element, ...], length: int) -> tuple[Element, ...]:
    """Without spans that lie outside the program: spans are declared by the program's process."""
    return tuple(e for e in elements if 0 <= e.span[0] <= e.span[1] <= length)
