"""The record of the chart domain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, Option, RendererSetup
from vsdpo_jax.domains.chart.judge.rubric import AXES, OPTIONS, REFERENCE_AXES
from vsdpo_jax.domains.lab import Lab
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Sandbox

RECORDER = "vsdpo_jax.domains.chart.child.recorder"


def _open_renderer(setup: RendererSetup) -> Sandbox:
    return Sandbox(RECORDER, setup.limits, unsafe=setup.unsafe)


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    from vsdpo_jax.domains.chart.judge.diagnose import judge

    return judge(artifact, source, options)


def _check_asked(asked: Any) -> None:
    from vsdpo_jax.domains.chart.judge.content.asked import validate_asked

    validate_asked(asked)


def _lab() -> Lab:
    from vsdpo_jax.domains.chart.lab import LAB

    return LAB


def _threshold(name: str, what: str) -> Option:
    return Option(OPTIONS[name], f"{what} from which the axis is satisfied", least=0, most=1)


DOMAIN = Domain(
    name="chart",
    language=PYTHON,
    suffixes=(".py",),
    axes=dict.fromkeys(AXES, 1.0),
    reference_axes=dict.fromkeys(REFERENCE_AXES, 1.0),
    open_renderer=_open_renderer,
    judge=_judge,
    check_asked=_check_asked,
    templates=Path(__file__).parent / "templates",
    lab=_lab,
    mini=Path(__file__).parent / "mini",
    options={
        "min_ref_text": _threshold("min_ref_text", "F1 of texts"),
        "min_ref_layout": _threshold("min_ref_layout", "F1 of places in the grid"),
        "min_ref_type": _threshold("min_ref_type", "F1 of types of marks"),
        "min_ref_color": _threshold("min_ref_color", "F1 of colours, by their similarity"),
        "min_ref_visual": _threshold("min_ref_visual", "structural similarity"),
    },
)
