"""The record of the chart domain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.domains.base import Artifact, Domain, JudgeOptions, RendererSetup
from vsdpo_jax.domains.chart.judge.rubric import AXES, REFERENCE_AXES
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
)
