"""The title and the axis labels: asked words, in their places, upright, to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.chart.judge.content.asked import normal
from vsdpo_jax.domains.chart.judge.content.view import (
    SPELLED_RATIO,
    Sight,
    View,
    around,
    glyph_text,
    is_turned,
    likeness,
)
from vsdpo_jax.domains.chart.judge.geometry import Box, center, iou
from vsdpo_jax.domains.chart.judge.parts import SAME_PLACE_IOU, Part

_ROLES = {
    "title": ("title", "suptitle"),
    "x_label": ("x_label",),
    "y_label": ("y_label",),
}
_BY_HAND = ("text", "annotation")
MIDDLE_SHARE = 0.3
"""A text placed by hand is a title or a label when it stands this near the middle of the side."""
LARGER = 1.1
"""From this ratio of type sizes on a headline is read before another one."""
BESIDE_SHARE = 0.15
"""A label of the y axis may stand so much above it (over its upper end)."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Heading:
    """What became of an asked title or label.

    Attributes:
      key: "title", "x_label" or "y_label".
      asked: the words.
      fault: "" when it counts; else "missing", "wrong" (other words), "cut" or "hidden" (a part of
        it), "turned" or "misplaced".
      part: what stands there instead; None when nothing does.
      is_there: whether the asked words can be seen, be it with a fault.
      again: the same words in further places.
      rival: another headline, above the title or larger, that is read first.
    """

    key: str
    asked: str
    fault: str
    part: Part | None
    is_there: bool
    again: tuple[Part, ...] = ()
    rival: Part | None = None


def read_heading(
    view: View, key: str, asked: str, homes: Sequence[int], is_horizontal: bool
) -> Heading:
    """Look for an asked title or label.

    Args:
      view: the scene.
      key: "title", "x_label" or "y_label".
      asked: the words.
      homes: the axes that show the asked data.
      is_horizontal: bars lie, so that the category axis may stand for either.
    """
    words = normal(asked)
    keys = ("x_label", "y_label") if is_horizontal and key != "title" else (key,)
    roles = [role for name in keys for role in _ROLES[name]]
    drawn = [p for p in view.parts if p.role in roles and view.sight(p) > Sight.GONE]
    by_hand = [p for p in view.free_texts if glyph_text(p) == words]
    good, faulty = [], []
    for part in (*drawn, *by_hand):
        like = likeness(glyph_text(part), words)
        if like < SPELLED_RATIO:
            continue
        # A text placed by hand is what its place says it is.
        sides = [k for k in keys if part.role in _ROLES[k]] or list(keys)
        fault = min((_fault(view, part, k, like, homes) for k in sides), key=len)
        if not fault:
            good.append(part)
        elif part.role not in _BY_HAND:
            faulty.append((-like, fault, part))
    if good:
        again = [p for p in good[1:] if key == "title" and _is_elsewhere(p, good[0])]
        return Heading(
            key=key,
            asked=words,
            fault="",
            part=good[0],
            is_there=True,
            again=tuple(again),
            rival=_rival(view, good[0], drawn, words) if key == "title" else None,
        )
    if faulty:
        _, fault, part = min(faulty, key=lambda item: item[0])
        return Heading(key=key, asked=words, fault=fault, part=part, is_there=True)
    other = drawn[0] if drawn else None
    fault = "wrong" if other is not None else "missing"
    return Heading(key=key, asked=words, fault=fault, part=other, is_there=False)


def _rival(view: View, title: Part, drawn: Sequence[Part], words: str) -> Part | None:
    """Another headline that a reader takes for the title; lines below it are its second ones."""
    size, place = view.em_px(title.marks[0]), center(title.full_region)[1]
    for part in drawn:
        ratio = view.em_px(part.marks[0]) / max(size, 1e-9)
        is_above = center(part.full_region)[1] < place - 0.5 * size
        is_first = ratio > LARGER or (ratio > 1 / LARGER and is_above)
        if glyph_text(part) != words and is_first and view.sight(part) is Sight.CLEAR:
            return part
    return None


def _is_elsewhere(part: Part, first: Part) -> bool:
    return iou(part.place, first.place) < SAME_PLACE_IOU


def _fault(view: View, part: Part, key: str, like: float, homes: Sequence[int]) -> str:
    if like < 1.0:
        return "wrong"
    upright = (0.0, 90.0, 270.0) if key == "y_label" else (0.0,)
    if is_turned(part.marks[0], upright):
        return "turned"
    box = around(view.scene, [part.axes] if part.axes in homes else homes)
    is_foreign = part.axes >= 0 and part.axes not in homes and bool(homes)
    if (
        is_foreign
        and key == "title"
        and not box[0] <= center(part.full_region)[0] <= box[0] + box[2]
    ):
        return "misplaced"  # over another panel
    if not _is_in_place(part, key, box, part.role in _BY_HAND, view):
        return "misplaced"
    if view.sight(part) is Sight.HURT:
        is_cut = part.region is None or part.region != part.full_region
        return "cut" if is_cut else "hidden"
    return ""


def _is_in_place(part: Part, key: str, box: Box, by_hand: bool, view: View) -> bool:
    """Whether a title stands above its axes, a label beside the side that it names."""
    x, y = center(part.full_region)
    left, top, width, height = box
    right, bottom = left + width, top + height
    from_middle = abs(x - left - 0.5 * width) / max(width, 1.0)
    if key == "title":
        if by_hand:
            in_canvas = abs(x / max(view.scene.width_px, 1) - 0.5) <= MIDDLE_SHARE / 2
            return y < top and (from_middle <= MIDDLE_SHARE or in_canvas)
        return y < top
    if key == "x_label":
        within = from_middle <= MIDDLE_SHARE if by_hand else left - 1 <= x <= right + 1
        return within and (y > bottom or y < top)
    if by_hand:
        within = abs(y - top - 0.5 * height) <= MIDDLE_SHARE * height
    else:
        within = top - BESIDE_SHARE * height <= y <= bottom
    return within and (x < left or x > right or (y < top and not by_hand))
