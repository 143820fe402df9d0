"""The record of the slide domain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, Option, RendererSetup
from vsdpo_jax.domains.lab import Lab
from vsdpo_jax.domains.slide.judge.rubric import AXES, OPTIONS, REFERENCE_AXES
from vsdpo_jax.records import Judged

if TYPE_CHECKING:
    from vsdpo_jax.domains.slide.render.renderer import SlideRenderer


def _open_renderer(setup: RendererSetup) -> SlideRenderer:
    from vsdpo_jax.domains.slide.render.renderer import SlideRenderer

    return SlideRenderer(setup.limits, setup.options, unsafe=setup.unsafe)


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    from vsdpo_jax.domains.slide.judge.diagnose import judge

    return judge(artifact, source, options)


def _check_asked(asked: Any) -> None:
    from vsdpo_jax.domains.slide.judge.content.asked import validate_asked

    validate_asked(asked)


def _lab() -> Lab:
    from vsdpo_jax.domains.slide.lab import LAB

    return LAB


def _tolerance(name: str, side: str) -> Option:
    what = f"share of the {side} by which the centre of weight may be off"
    return Option(OPTIONS[name], what, least=1e-4, most=1)


DOMAIN = Domain(
    name="slide",
    language=PYTHON,
    suffixes=(".py",),
    file_suffixes=(".pptx",),
    axes=dict.fromkeys(AXES, 1.0),
    reference_axes=dict.fromkeys(REFERENCE_AXES, 1.0),
    open_renderer=_open_renderer,
    judge=_judge,
    check_asked=_check_asked,
    templates=Path(__file__).parent / "templates",
    mini=Path(__file__).parent / "mini",
    lab=_lab,
    options={
        "renderer": Option(
            "fast", "the fast one, or LibreOffice as its check", choices=("fast", "office")
        ),
        "aspect_tolerance": Option(
            OPTIONS["aspect_tolerance"],
            "of ln(ratio / (16 / 9)), within which a slide has its shape",
            least=0,
            most=1,
        ),
        "min_content": Option(
            OPTIONS["min_content"],
            "share of the middle with content, from which it has no hole",
            least=0,
            most=1,
        ),
        "x_tolerance": _tolerance("x_tolerance", "width"),
        "y_tolerance": _tolerance("y_tolerance", "height"),
        "collision_share": Option(
            OPTIONS["collision_share"],
            "share of the smaller of two things, from which they collide",
            least=0,
            most=1,
        ),
        "collision_px": Option(
            OPTIONS["collision_px"], "and so much both ways, pixels", least=0, most=1280
        ),
        "max_slides": Option(4, "slides of a deck that are drawn and judged", least=1, most=20),
    },
)
