"""What of a lab slide's texts a person sees, as its author imagines it."""

from __future__ import annotations

from vsdpo_jax.domains.slide.judge.content.charts import SEEN as CHART_SEEN
from vsdpo_jax.domains.slide.judge.content.images import SEEN as IMAGE_SEEN
from vsdpo_jax.domains.slide.judge.content.legible import CONTRAST, HURT, SEEN
from vsdpo_jax.domains.slide.lab.faults import PAGE, on_page_share
from vsdpo_jax.domains.slide.lab.measure import contrast
from vsdpo_jax.domains.slide.lab.pieces import Values
from vsdpo_jax.domains.slide.lab.scene import Rect, Scene, shared
from vsdpo_jax.domains.slide.lab.tasks import SlideTask

INVISIBLE = 1.25
"""Contrast below which ink on the bare page is not seen."""


def sight_of(task: SlideTask, values: Values, scene: Scene) -> dict[str, str]:
    """Text of a box -> "ok", "part" or "missing"; "picture" and "chart" where they are seen."""
    ink = int(values["ink"])
    found: dict[str, str] = {}
    for number, seen in enumerate(scene.things):
        above = [other.rect for other in scene.things[number + 1 :]]
        if seen.thing.kind == "box":
            for index, text in enumerate(seen.thing.texts):
                lines = [line for own, line in seen.lines if own == index]
                found[text] = _state(lines, above, scene, ink, task.color)
        elif seen.thing.kind in ("picture", "chart"):
            least = IMAGE_SEEN if seen.thing.kind == "picture" else CHART_SEEN
            if 1 - _lost(seen.rect, above, scene) >= least:
                found[seen.thing.kind] = "ok"
    return found


def _state(lines: list[Rect], above: list[Rect], scene: Scene, ink: int, color: int) -> str:
    total = sum(w * h for _, _, w, h in lines)
    gone = sum(_lost(line, above, scene) * line[2] * line[3] for line in lines)
    if contrast(ink, PAGE) < INVISIBLE:
        gone += on_page_share(scene, lines) * total
    visible = 1 - gone / total
    if contrast(ink, color) < CONTRAST:
        return "missing"
    return "ok" if visible >= SEEN else "part" if visible >= HURT else "missing"


def _lost(rect: Rect, above: list[Rect], scene: Scene) -> float:
    """The share of a rectangle that is off the slide or lies under others."""
    area = rect[2] * rect[3]
    off = area - _area(rect, (0.0, 0.0, scene.width, scene.height))
    return min((off + sum(_area(rect, other) for other in above)) / area, 1.0)


def _area(one: Rect, other: Rect) -> float:
    wide, high = shared(one, other)
    return max(wide, 0.0) * max(high, 0.0)
