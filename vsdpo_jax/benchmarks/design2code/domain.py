"""The room in which pages are read block by block: the web domain's browser, with scripts on."""

from __future__ import annotations

import json
from dataclasses import replace

from vsdpo_jax.benchmarks.base import read
from vsdpo_jax.benchmarks.design2code.picture import read_blocks
from vsdpo_jax.domains.base import Artifact, JudgeOptions, RendererSetup
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.domains.web.browser.renderer import BrowserRenderer
from vsdpo_jax.domains.web.domain import DOMAIN as WEB
from vsdpo_jax.records import Judged


def request(page: str, *, picture: bool) -> str:
    """The source of a job."""
    return json.dumps({"page": page, "picture": picture})


def _open_renderer(setup: RendererSetup) -> BrowserRenderer:
    return BrowserRenderer(setup.limits, setup.options, unsafe=setup.unsafe, read=read_blocks)


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    if artifact.status != "ok":
        return without_picture(artifact)
    return read(artifact, json.loads(artifact.payload))


DOMAIN = replace(
    WEB, name="blocks", open_renderer=_open_renderer, judge=_judge, lab=None, mini=None
)
