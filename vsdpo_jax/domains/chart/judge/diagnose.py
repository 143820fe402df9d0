"""From a draw list to a judged picture: paint, detect, reward, feedback."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vsdpo_jax.domains.base import Artifact, JudgeOptions
from vsdpo_jax.domains.chart.drawlist.codec import InvalidDrawList, decode
from vsdpo_jax.domains.chart.judge.content.check import check_content
from vsdpo_jax.domains.chart.judge.detectors import detect
from vsdpo_jax.domains.chart.judge.parts import elements_of
from vsdpo_jax.domains.chart.judge.reference import compare
from vsdpo_jax.domains.chart.judge.rubric import AXES, OPTIONS, REFERENCE_AXES
from vsdpo_jax.domains.chart.paint.raster import PaintError, paint
from vsdpo_jax.domains.chart.paint.scene import Scene
from vsdpo_jax.domains.rubric import Reading, diagnosis_of, with_picture, without_picture
from vsdpo_jax.records import Diagnosis, Element, Judged

SEEN_LEVELS = 8
"""A picture whose channels differ by less, of 255, is of one colour."""


def judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """Judge one program from its draw list. Runs in the trusted worker.

    Args:
      artifact: of running ``source`` in the sandbox; its payload is checked, never believed.
      source: the program.
      options: what was asked, the reference's payload, the weights.

    Returns:
      The picture with its elements, and the diagnosis. A payload that is no draw list gives the
      status "tamper".

    Raises:
      ValueError: the reference's payload is no draw list.
    """
    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        scene = paint(decode(artifact.payload))
    except PaintError as error:  # an honest list can be more than the rasteriser takes
        return without_picture(artifact, "program_error", f"the chart cannot be painted: {error}")
    except InvalidDrawList as error:
        return without_picture(artifact, "tamper", f"the draw list is not valid: {error}")
    reference = None
    if options.reference_payload is not None:
        try:
            reference = paint(decode(options.reference_payload))
        except InvalidDrawList as error:
            raise ValueError(f"reference_payload is no draw list: {error}") from error
    diagnosis, elements = diagnose(
        scene,
        asked=options.asked,
        reference=reference,
        axis_weights=options.axis_weights,
        settings=options.options or OPTIONS,
    )
    if diagnosis.r_exec == 0.0:
        return without_picture(artifact, "no_artifact", _nothing_to_see(scene, source))
    return with_picture(artifact, source, scene.image_YXC, elements, diagnosis)


def diagnose(
    scene: Scene,
    *,
    asked: dict[str, Any] | None = None,
    reference: Scene | None = None,
    axis_weights: Mapping[str, float] | None = None,
    settings: Mapping[str, Any] = OPTIONS,
) -> tuple[Diagnosis, tuple[Element, ...]]:
    """The rubric of a painted chart, and its elements.

    Args:
      scene: the picture.
      asked: what the content axis checks (docs/architecture.md); None: no content axis.
      reference: the painted reference, or None: no reference axes.
      axis_weights: see ``rubric.shares``.
      settings: see ``rubric.OPTIONS``.

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
        readings.update(compare(scene, reference, settings))
    readings = {axis: readings[axis] for axis in (*AXES, *REFERENCE_AXES) if axis in readings}
    owners = tuple(element for reading in readings.values() for element in reading.elements)
    return diagnosis_of(readings, axis_weights, is_blank=is_blank), elements_of(scene) + owners


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
