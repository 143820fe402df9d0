"""Draws a program's picture with the chart domain's trusted painter. No verdict."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

from PIL import Image

from vsdpo_jax.benchmarks.base import read
from vsdpo_jax.domains.base import Artifact, JudgeOptions, RendererSetup
from vsdpo_jax.domains.chart.domain import DOMAIN as CHART
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.records import Judged
from vsdpo_jax.sandbox import Sandbox

RECORDER = "vsdpo_jax.benchmarks.chartmimic.picture.child.recorder"
WHITE = 255


def _open_renderer(setup: RendererSetup) -> Sandbox:
    return Sandbox(RECORDER, setup.limits, unsafe=setup.unsafe)


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """The reading: ``picture``, ``is_blank``."""
    from vsdpo_jax.domains.chart.drawlist.codec import InvalidDrawList, decode
    from vsdpo_jax.domains.chart.paint.raster import PaintError, paint

    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        image_YXC = paint(decode(artifact.payload)).image_YXC
    except PaintError as error:
        return without_picture(artifact, "program_error", f"it cannot be painted: {error}")
    except InvalidDrawList as error:
        return without_picture(artifact, "tamper", f"the draw list is not valid: {error}")
    buffer = io.BytesIO()
    Image.fromarray(image_YXC).save(buffer, "PNG")
    picture = base64.b64encode(buffer.getvalue()).decode()
    return read(artifact, {"picture": picture, "is_blank": bool(image_YXC.min() == WHITE)})


DOMAIN = replace(
    CHART, name="picture", open_renderer=_open_renderer, judge=_judge, lab=None, mini=None
)
