"""From a page's payload to a judged picture: decode, detect, compare, reward, feedback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from vsdpo_jax.domains.base import LOOKS, Artifact, JudgeOptions, Looks
from vsdpo_jax.domains.boxes import area
from vsdpo_jax.domains.rubric import Reading, diagnosis_of, with_picture, without_picture
from vsdpo_jax.domains.web.judge.content.check import check_content
from vsdpo_jax.domains.web.judge.detectors import detect
from vsdpo_jax.domains.web.judge.looks import squashed, unlike
from vsdpo_jax.domains.web.judge.reference import (
    Reference,
    compare,
    differing,
    look_of,
    prepare,
)
from vsdpo_jax.domains.web.judge.rubric import AXES, CLIP, OPTIONS, REFERENCE_AXES
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.codec import InvalidPage, decode
from vsdpo_jax.domains.web.source.css import read_styled
from vsdpo_jax.records import Diagnosis, Element, Judged

SEEN_LEVELS = 8
"""A picture whose channels differ by less, of 255, is of one colour."""
MOST_MATCHED, MOST_CREDITED = 100, 4000
"""Elements of one rule, and elements of all declarations, that are credited: a rule on everything
is responsible for nothing in particular."""


def judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """Judge one page. Runs in the trusted worker.

    Args:
      artifact: of rendering ``source``; its payload is checked, never believed.
      source: the page's text.
      options: what was asked, the reference's payload, the weights, and every one of
        ``rubric.OPTIONS``.

    Returns:
      The picture with its elements, and the diagnosis. A payload that is no page gives the status
      "tamper".

    Raises:
      ValueError: the reference's payload is no page.
    """
    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        page = decode(artifact.payload)
    except InvalidPage as error:
        return without_picture(artifact, "tamper", f"the page is not valid: {error}")
    reference = None
    if options.reference_payload is not None:
        reference = _reference(options.reference_payload)
    settings = options.options
    view = View(page, source)
    diagnosis = diagnose(
        view,
        asked=options.asked,
        reference=reference,
        axis_weights=options.axis_weights,
        settings=settings,
    )
    if diagnosis.r_exec == 0.0:
        return without_picture(artifact, "no_artifact", nothing_to_see(view))
    elements = tuple(elements_of(view))
    if settings["css_credit"]:
        elements += tuple(declarations_of(view))
    judged = with_picture(artifact, source, page.image_YXC, elements, diagnosis)
    if reference is not None and options.reference_payload is not None and settings[LOOKS]:
        own_YXC = look_of(page)
        judged.extra[LOOKS] = Looks(
            axis=CLIP,
            own_YXC=squashed(page.textless_YXC),
            reference_YXC=_squashed_reference(options.reference_payload),
            least=float(settings["min_clip"]),
            defect=unlike(differing(page, own_YXC, reference.look_YXC)),
        )
    return judged


@lru_cache(maxsize=16)
def _squashed_reference(payload: bytes) -> np.ndarray:
    return squashed(decode(payload).textless_YXC)


@lru_cache(maxsize=16)
def _reference(payload: bytes) -> Reference:
    """A reference, read once for all candidates of its task."""
    try:
        return prepare(decode(payload))
    except InvalidPage as error:
        raise ValueError(f"reference_payload is no page: {error}") from error


def diagnose(
    view: View,
    *,
    asked: dict[str, Any] | None = None,
    reference: Reference | None = None,
    axis_weights: Mapping[str, float] | None = None,
    settings: Mapping[str, Any] = OPTIONS,
) -> Diagnosis:
    """The rubric of a page.

    Args:
      view: the page.
      asked: what the content axis checks (docs/architecture.md); None: no content axis.
      reference: what ``reference.prepare`` makes of the reference page; None: no reference axes.
      axis_weights: see ``domains.rubric.shares``.
      settings: see ``rubric.OPTIONS``.

    Returns:
      The diagnosis; r_exec is 0 where nothing that was asked for, or nothing at all, can be seen.

    Raises:
      ValueError: for a wrong ``asked`` or wrong weights.
    """
    readings: dict[str, Reading] = detect(view)
    is_blank = is_plain(view.page.image_YXC)
    if asked is not None:
        content = check_content(view, asked)
        readings["content"] = content.reading
        is_blank = is_blank or content.is_blank
        for axis, notes in content.unseen.items():
            readings[axis] = replace(readings[axis], unseen=notes)
    if reference is not None:
        readings.update(compare(view, reference, settings))
    ordered = {axis: readings[axis] for axis in (*AXES, *REFERENCE_AXES) if axis in readings}
    return diagnosis_of(ordered, axis_weights, is_blank=is_blank)


def is_plain(image_YXC: np.ndarray) -> bool:
    """Whether a picture is of one colour."""
    if image_YXC.size == 0:
        return True
    rows_YC = image_YXC.reshape(-1, 3)
    for some_YC in (rows_YC[::997], rows_YC):  # the whole costs 5 ms, and a part tells of most
        if max(int(np.ptp(some_YC[:, channel])) for channel in range(3)) >= SEEN_LEVELS:
            return False
    return True


def elements_of(view: View) -> Iterator[Element]:
    """What an element of the source can be credited for: its box, as far as it is on the page."""
    texts: dict[int, list[str]] = {}
    for run in view.page.texts:
        if run.lines:
            texts.setdefault(run.element, []).append(run.text)
    for element in view.page.elements:
        if element.span is None or not element.shown or area(element.clip) <= 0:
            continue
        words = " ".join(texts.get(element.index, ()))
        yield Element(region=element.clip, span=element.span, role=element.tag, text=words)


def declarations_of(view: View) -> Iterator[Element]:
    """What a declaration of a style sheet can be credited for: the elements that it styles."""
    matched = {match.rule: match.elements for match in view.page.rules}
    if not matched:
        return
    _, sheet = read_styled(view.source)
    count = 0
    for declaration in sheet.declarations:
        elements = matched.get(-1 if declaration.rule is None else declaration.rule, ())
        if len(elements) > MOST_MATCHED:
            continue
        for index in elements:
            element = view.page.elements[index]
            if not element.shown or area(element.clip) <= 0:
                continue
            count += 1
            if count > MOST_CREDITED:
                return
            yield Element(region=element.clip, span=declaration.span, role=declaration.property)


def nothing_to_see(view: View) -> str:
    """Why there is nothing to see, as a trace that ends at the line of what covers most."""
    covered: dict[int, float] = {}
    for run in view.page.texts:
        if run.covered_by is not None:
            lost = (1.0 - run.visible) * run.ink_px
            covered[run.covered_by] = covered.get(run.covered_by, 0.0) + lost
    words = "Invisible: nothing that was asked for can be seen or read in the picture"
    span = view.span(max(covered, key=lambda i: covered[i])) if covered else None
    if span is None or span[1] > len(view.source):
        return words
    line = view.source.count("\n", 0, span[0]) + 1
    return f'  File "<student>", line {line}\n{words}: what this line paints covers it'
