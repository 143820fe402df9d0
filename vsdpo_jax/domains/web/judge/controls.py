"""Buttons and fields as boxes that one can press."""

from __future__ import annotations

from vsdpo_jax.domains.boxes import area, intersect
from vsdpo_jax.domains.web.judge.view import View
from vsdpo_jax.domains.web.page.records import PageElement

CONTROLS = ("button", "input", "select", "textarea")
SHARED = 0.1
"""Share of the smaller of two controls that may lie on the other: a border."""
INSIDE = 0.9
"""A control of which so much lies on another is built into it: a button in a search field."""


def is_control(view: View, element: PageElement) -> bool:
    """Whether an element is a button, a field, or a link that is painted as a button."""
    if element.tag == "a":
        return view.is_painted(element) and not view.is_inline(element)
    return element.tag in CONTROLS and element.attributes.get("type") != "hidden"


def control_around(view: View, index: int) -> PageElement | None:
    """The control in which an element is, or which it is."""
    return next((e for e in view.line_up(index) if is_control(view, e)), None)


def shared_part(first: PageElement, second: PageElement) -> float:
    """Share of the smaller of two controls that lies on the other."""
    common = area(intersect(first.clip, second.clip))
    return common / max(min(area(first.clip), area(second.clip)), 1.0)


def collide(view: View, first: PageElement, second: PageElement) -> bool:
    """Whether two controls lie on each other, neither in the other."""
    if view.is_within(first.index, second.index) or view.is_within(second.index, first.index):
        return False
    return SHARED < shared_part(first, second) < INSIDE
