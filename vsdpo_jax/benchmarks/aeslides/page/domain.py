"""The room of HTML slides: the contained browser at 1280 x 720, read by the published numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vsdpo_jax.benchmarks.aeslides.numbers import COLLISION, apart, balanced, filled
from vsdpo_jax.benchmarks.base import read
from vsdpo_jax.domains.base import Artifact, JudgeOptions
from vsdpo_jax.domains.boxes import area, intersect, union
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.domains.slide.judge.aeslides import Item, aspect_ratio, balance
from vsdpo_jax.domains.slide.judge.diagnose import is_plain
from vsdpo_jax.domains.web.domain import DOMAIN as WEB
from vsdpo_jax.domains.web.page.codec import InvalidPage, decode
from vsdpo_jax.domains.web.page.records import Page, PageElement, TextRun
from vsdpo_jax.records import Box, Judged

_IMAGES = frozenset({"img", "picture", "canvas", "video", "svg"})
_CONTROLS = frozenset({"button", "input", "iframe", "select", "textarea", "meter", "progress"})
ICON_PX = 48.0
"""A drawing no larger than this is an icon."""
SEEN = 0.05
"""Share of a text's ink that must be seen."""


def _judge(artifact: Artifact, source: str, options: JudgeOptions) -> Judged:
    """The reading: ``slides``, of which a page is one."""
    if artifact.status != "ok":
        return without_picture(artifact)
    try:
        page = decode(artifact.payload)
    except InvalidPage as error:
        return without_picture(artifact, "tamper", f"the page is not valid: {error}")
    if is_plain(page.image_YXC):
        return without_picture(artifact, "no_artifact", "nothing can be seen on the page")
    return read(artifact, {"slides": [numbers_of(page, options.options)]})


def numbers_of(page: Page, settings: Mapping[str, Any]) -> dict[str, float]:
    """The four numbers of a page: a window of 1280 x 720 that grows with the content.

    Args:
      page: as the browser shows it.
      settings: a value for each of COLLISION.
    """
    width = page.viewport[0]
    content = [*_texts(page), *_things(page)]
    owners, items = [owner for owner, _ in content], [item for _, item in content]
    boxes = [_outline(item) for item in items]
    pairs = [
        (i, j)
        for j in range(len(content))
        for i in range(j)
        if not _nested(page, owners[i], owners[j])
    ]
    return {
        "aspect_ratio": aspect_ratio(page.width, page.height),
        "whitespace": filled(page.image_YXC[:, :width]),
        "collision": apart(boxes, pairs, (page.width, page.height), settings),
        "imbalance": balanced(balance(items, page.width, page.height)),
    }


def _outline(item: Item) -> Box:
    """What collides of an item: of a text its lines."""
    return (union(item.lines) if item.lines else item.box) or item.box


def _texts(page: Page) -> list[tuple[int, Item]]:
    """The texts of a page by the element that holds them."""
    runs: dict[int, list[TextRun]] = defaultdict(list)
    for run in page.texts:
        if run.lines and run.visible >= SEEN and run.text.strip():
            runs[run.element].append(run)
    found = []
    for index, own in runs.items():
        element = page.elements[index]
        lines = [intersect(line.box, run.clip) for run in own for line in run.lines]
        letters = sum(len(run.text.strip()) for run in own)
        found.append(
            (index, Item(kind="text", box=element.clip, lines=lines, num_letters=letters,
                         opacity=element.opacity))
        )  # fmt: skip
    return found


def _things(page: Page) -> Iterator[tuple[int, Item]]:
    """Pictures, icons and controls, the outermost of each."""
    inside: set[int] = set()
    for element in page.elements:
        is_thing = element.tag in _IMAGES | _CONTROLS
        if element.parent in inside:
            inside.add(element.index)
        elif is_thing and element.shown and area(element.clip) > 0:
            inside.add(element.index)
            yield element.index, _thing(element)


def _thing(element: PageElement) -> Item:
    kind = "control" if element.tag in _CONTROLS else "image"
    if element.tag == "svg" and max(element.box[2:]) <= ICON_PX:
        kind = "icon"
    return Item(kind=kind, box=element.clip, opacity=element.opacity)


def _nested(page: Page, first: int, second: int) -> bool:
    """Whether one of two elements holds the other."""
    for inner, outer in ((first, second), (second, first)):
        at: int | None = inner
        while at is not None:
            if at == outer:
                return True
            at = page.elements[at].parent
    return False


DOMAIN = replace(
    WEB, name="page", judge=_judge, lab=None, mini=None, options={**WEB.options, **COLLISION}
)
