"""The room of python-pptx programs: the slide renderer, read by the published numbers."""

from __future__ import annotations

from dataclasses import replace

from vsdpo_jax.benchmarks.aeslides.numbers import AXES, balanced
from vsdpo_jax.benchmarks.base import read
from vsdpo_jax.domains.base import Artifact, JudgeOptions, Option
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.domains.slide.deck.codec import InvalidDeck, decode
from vsdpo_jax.domains.slide.domain import DOMAIN as SLIDE
from vsdpo_jax.domains.slide.judge import detectors
from vsdpo_jax.domains.slide.judge.detectors_frame import official_balance
from vsdpo_jax.domains.slide.judge.diagnose import is_plain, official
from vsdpo_jax.domains.slide.judge.rubric import OPTIONS
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.records import Judged


def _numbers(view: View, *, robust: bool) -> dict[str, float]:
    readings = {axis: detectors.DETECTORS[axis](view).score for axis in AXES}
    if robust:
        return readings
    return {
        **readings,
        "whitespace": official(view)["whitespace"],
        "imbalance": balanced(official_balance(view)),
    }


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """The reading: ``slides``, the numbers of each."""
    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        deck = decode(artifact.payload)
    except InvalidDeck as error:
        return without_picture(artifact, "tamper", f"the deck is not valid: {error}")
    if not deck.slides:
        return without_picture(artifact, "no_artifact", "the deck has no slide")
    if all(is_plain(slide.image_YXC) for slide in deck.slides):
        return without_picture(artifact, "no_artifact", "nothing can be seen on the slides")
    robust = bool(options.options["robust"])
    settings = {name: float(options.options[name]) for name in OPTIONS}
    views = [View(deck, slide, source, settings) for slide in deck.slides]
    return read(artifact, {"slides": [_numbers(view, robust=robust) for view in views]})


DOMAIN = replace(
    SLIDE,
    name="deck",
    judge=_judge,
    lab=None,
    mini=None,
    options={**SLIDE.options, "robust": Option(False, "by the judge of training")},
)
