"""The record of the web domain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from vsdpo_jax.domains.base import (
    LOOKS,
    Artifact,
    Domain,
    JudgeOptions,
    Option,
    RendererSetup,
)
from vsdpo_jax.domains.lab import Lab
from vsdpo_jax.domains.web.judge.rubric import AXES, MODEL_AXES, OPTIONS, REFERENCE_AXES
from vsdpo_jax.domains.web.source.language import HTML
from vsdpo_jax.records import Judged

if TYPE_CHECKING:
    from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer


def _open_renderer(setup: RendererSetup) -> BrowserRenderer:
    from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer

    return BrowserRenderer(setup.limits, setup.options, unsafe=setup.unsafe)


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    from vsdpo_jax.domains.web.judge.diagnose import judge

    return judge(artifact, source, options)


def _check_asked(asked: Any) -> None:
    from vsdpo_jax.domains.web.judge.content.asked import validate_asked

    validate_asked(asked)


def _lab() -> Lab:
    from vsdpo_jax.domains.web.lab import LAB

    return LAB


def _threshold(name: str, what: str) -> Option:
    return Option(
        OPTIONS[name], f"share of {what} from which the axis is satisfied", least=0, most=1
    )


DOMAIN = Domain(
    name="web",
    language=HTML,
    suffixes=(".html", ".htm"),
    axes=dict.fromkeys(AXES, 1.0),
    reference_axes=dict.fromkeys(REFERENCE_AXES, 1.0),
    model_axes=dict.fromkeys(MODEL_AXES, 1.0),
    open_renderer=_open_renderer,
    judge=_judge,
    check_asked=_check_asked,
    templates=Path(__file__).parent / "templates",
    lab=_lab,
    mini=Path(__file__).parent / "mini",
    options={
        "scripts": Option(False, "run the pages' scripts"),
        "viewport_width": Option(1280, "of the window, CSS pixels", least=200, most=4096),
        "viewport_height": Option(720, "of the window, CSS pixels", least=100, most=4096),
        "css_credit": Option(
            OPTIONS["css_credit"], "credit declarations with the elements that they match"
        ),
        "min_blocks": _threshold("min_blocks", "text area that has a counterpart"),
        "min_text": _threshold("min_text", "characters that agree"),
        "min_position": _threshold("min_position", "closeness of places"),
        "min_color": _threshold("min_color", "closeness of colours"),
        "min_appearance": _threshold("min_appearance", "likeness without text"),
        "min_clip": _threshold("min_clip", "CLIP's cosine, without text,"),
        LOOKS: Option(
            OPTIONS[LOOKS], "keep what the axis clip_similarity compares; config.rubric.clip does"
        ),
    },
)
