"""From a deck's payload to a judged picture: decode, detect, compare, reward, feedback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vsdpo_jax.domains.base import Artifact, JudgeOptions
from vsdpo_jax.domains.ledger import Content
from vsdpo_jax.domains.rubric import Reading, diagnosis_of, with_picture, without_picture
from vsdpo_jax.domains.slide.deck.codec import InvalidDeck, decode
from vsdpo_jax.domains.slide.deck.records import WIDTH, Deck
from vsdpo_jax.domains.slide.judge import aeslides
from vsdpo_jax.domains.slide.judge.content.check import check_content
from vsdpo_jax.domains.slide.judge.detectors import detect
from vsdpo_jax.domains.slide.judge.detectors_frame import official_balance
from vsdpo_jax.domains.slide.judge.rubric import AXES, OPTIONS
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.records import Diagnosis, Element, Judged

SEEN_LEVELS = 8
"""A picture whose channels differ by less, of 255, is of one colour."""
GAP_PX, GAP_COLOR = 16, 128
"""Between the slides of the picture that people see."""


def judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """Judge one deck. Runs in the trusted worker.

    Args:
      artifact: of rendering ``source``; its payload is checked, never believed.
      source: the program; "" of a finished file.
      options: what was asked, the weights, and settings (``rubric.OPTIONS``).

    Returns:
      The picture with its elements, and the diagnosis; ``extra["aeslides"]`` holds the official
      numbers of each slide. A payload that is no deck gives the status "tamper".

    Raises:
      ValueError: for a wrong ``asked`` or wrong weights.
    """
    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        deck = decode(artifact.payload)
    except InvalidDeck as error:
        return without_picture(artifact, "tamper", f"the deck is not valid: {error}")
    if not deck.slides:
        return without_picture(artifact, "no_artifact", "the deck has no slide")
    settings = {name: float(options.options.get(name, OPTIONS[name])) for name in OPTIONS}
    views = [View(deck, slide, source, settings) for slide in deck.slides]
    diagnosis = diagnose(views, asked=options.asked, axis_weights=options.axis_weights)
    if diagnosis.r_exec == 0.0:
        return without_picture(artifact, "no_artifact", nothing_to_see(views))
    judged = with_picture(artifact, source, stacked(deck), tuple(elements_of(views)), diagnosis)
    return replace(judged, extra={"aeslides": [official(view) for view in views]})


def diagnose(
    views: Sequence[View],
    *,
    asked: dict[str, Any] | None = None,
    axis_weights: Mapping[str, float] | None = None,
) -> Diagnosis:
    """The rubric of a deck: all slides are judged, ``asked`` is about the one that shows most.

    Args:
      views: its slides, at least one.
      asked: what the content axis checks (docs/architecture.md); None: no content axis.
      axis_weights: see ``domains.rubric.shares``.

    Returns:
      The diagnosis; r_exec is 0 where nothing that was asked for, or nothing at all, can be seen.

    Raises:
      ValueError: for a wrong ``asked`` or wrong weights.
    """
    by_slide = [detect(view) for view in views]
    readings = {axis: together([r[axis] for r in by_slide], views) for axis in by_slide[0]}
    is_blank = all(is_plain(view.slide.image_YXC) for view in views)
    if asked is not None:
        contents = [check_content(view, asked) for view in views]
        best = max(range(len(views)), key=lambda i: _share(contents[i]))
        content = contents[best]
        readings["content"] = moved(content.reading, tops(views)[best])
        is_blank = is_blank or content.is_blank
        for axis, notes in content.unseen.items():
            readings[axis] = replace(readings[axis], unseen=notes)
    ordered = {axis: readings[axis] for axis in AXES if axis in readings}
    return diagnosis_of(ordered, axis_weights, is_blank=is_blank)


def _share(content: Content) -> tuple[float, int]:
    return content.reading.score, content.shown


def together(readings: Sequence[Reading], views: Sequence[View]) -> Reading:
    """The readings of one axis on all slides: all that is wrong, and the worst score."""
    if len(readings) == 1:
        return readings[0]
    placed = [moved(r, top) for r, top in zip(readings, tops(views), strict=True)]
    return Reading(
        defects=tuple(defect for reading in placed for defect in reading.defects),
        notes=tuple(
            f"slide {number}: {note}"
            for number, reading in enumerate(placed, start=1)
            for note in reading.notes
        ),
        score=min(reading.score for reading in placed),
    )


def moved(reading: Reading, top: float) -> Reading:
    """A reading of a slide in the stacked picture, ``top`` pixels down."""
    if not top:
        return reading
    defects = tuple(
        replace(d, region=(d.region[0], d.region[1] + top, *d.region[2:])) for d in reading.defects
    )
    return replace(reading, defects=defects)


def tops(views: Sequence[View]) -> list[float]:
    """Where each slide begins in the stacked picture."""
    found, top = [], 0
    for view in views:
        found.append(float(top))
        top += view.slide.height + GAP_PX
    return found


def stacked(deck: Deck) -> np.ndarray:
    """uint8[Y, X, 3]: the slides from top to bottom, a grey gap between."""
    rows: list[np.ndarray] = []
    for slide in deck.slides:
        if rows:
            rows.append(np.full((GAP_PX, WIDTH, 3), GAP_COLOR, np.uint8))
        rows.append(slide.image_YXC)
    return np.concatenate(rows) if len(rows) > 1 else rows[0]


def is_plain(image_YXC: np.ndarray) -> bool:
    """Whether a picture is of one colour."""
    if image_YXC.size == 0:
        return True
    for rows_YC in (image_YXC[::16].reshape(-1, 3), image_YXC.reshape(-1, 3)):  # few say it often
        if max(int(np.ptp(rows_YC[:, channel])) for channel in range(3)) >= SEEN_LEVELS:
            return False
    return True


def official(view: View) -> dict[str, float]:
    """AeSlides' numbers as published: of the plain picture, with its own tolerances."""
    full, middle = aeslides.content_ratios(view.texture_YX)
    width, height = view.deck.size_emu
    return {
        "aspect_ratio": aeslides.aspect_ratio(width, height),
        "content_ratio_full": full,
        "content_ratio_crop": middle,
        "whitespace": aeslides.smoothstep(middle),
        "imbalance": official_balance(view).score,
    }


def elements_of(views: Sequence[View]) -> Iterator[Element]:
    """What a statement can be credited for: the shapes that it made or changed."""
    for view, top in zip(views, tops(views), strict=True):
        for shape in view.slide.shapes:
            x, y, width, height = shape.box
            region = (x, y + top, max(width, 0.0), max(height, 0.0))
            texts = view.texts.get(shape.index, ())
            words = " ".join(text.text for text in texts if text.source == "frame")
            role = shape.placeholder or shape.kind
            for span in dict.fromkeys(call.span for call in view.calls(shape)):
                yield Element(region=region, span=span, role=role, text=words)


def nothing_to_see(views: Sequence[View]) -> str:
    """Why there is nothing to see, as a trace that ends at the line of what covers most."""
    words = "Invisible: nothing that was asked for can be seen or read in the picture"
    view = views[0]
    covered: dict[int, float] = {}
    for text in view.slide.texts:
        if text.covered_by is not None:
            lost = (1.0 - text.visible) * text.ink_px
            covered[text.covered_by] = covered.get(text.covered_by, 0.0) + lost
    if not covered:
        return words
    cover = view.slide.shapes[max(covered, key=lambda i: covered[i])]
    call = view.last(cover, "order") or view.placed(cover)
    if call is None or call.span[1] > len(view.source):
        return words
    line = view.source.count("\n", 0, call.span[0]) + 1
    return f'  File "<student>", line {line}\n{words}: what this line paints covers it'
