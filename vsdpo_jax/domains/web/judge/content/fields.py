"""Asked form fields: a control of the right kind, to be seen, beside a label that can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from vsdpo_jax.domains.boxes import gaps
from vsdpo_jax.domains.web.judge.content.roles import Roles
from vsdpo_jax.domains.web.judge.content.stream import Found
from vsdpo_jax.domains.web.page.records import PageElement
from vsdpo_jax.domains.words import normal, quoted
from vsdpo_jax.records import Box

SEEN = 0.6
"""Share of a control that must be seen."""
SMALLEST = {"checkbox": 8.0, "radio": 8.0}
SMALLEST_WIDTH_PX, SMALLEST_HEIGHT_PX = 32.0, 12.0
"""Controls in which nothing can be entered are none."""
BESIDE_PX, APART_PX = 260.0, 48.0
"""How far a label may stand from its control: to its side, and above it."""
_TICKED = ("checkbox", "radio")
_NEARER = 1.5
"""A label that is so much nearer to another control is that one's."""


class Fields:
    """Pairs asked labels with controls, by where they stand on the page."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.view = roles.view

    @cached_property
    def controls(self) -> list[PageElement]:
        """Controls that a person sees and can use."""
        return [e for e in self.view.page.elements if self._is_seen(e)]

    def _is_seen(self, element: PageElement) -> bool:
        control = element.control
        if control is None or not element.shown or element.tag == "button":
            return False
        if control.kind in ("submit", "reset", "button", "image", "hidden"):
            return False
        width, height = element.clip[2:]
        least = SMALLEST.get(control.kind)
        if least is not None and min(width, height) < least:
            return False
        if least is None and (width < SMALLEST_WIDTH_PX or height < SMALLEST_HEIGHT_PX):
            return False
        return element.seen is not None and element.seen >= SEEN

    def check(self, fields: Sequence[Mapping[str, Any]]) -> None:
        """Enter each asked field into the ledger."""
        taken: set[int] = set()
        used_labels: set[int] = set()
        for field in fields:
            label, kind = field["label"], field.get("kind", "text")
            longer = self._longer(label, fields)
            places = [
                p
                for p in self.roles.stream.find(label)
                if p.start not in used_labels and self._is_label(p) and not _is_part(p, longer)
            ]
            best = self._best(places, kind, taken)
            if best is not None:
                place, control = best
                taken.add(control.index)
                used_labels.add(place.start)
                self.roles.use(place)
                self.roles.ledger.ok()
                continue
            self._complain(label, kind, places, taken)

    def _longer(self, label: str, fields: Sequence[Mapping[str, Any]]) -> list[Found]:
        """Where other asked labels stand of which a label is a part: "Email address" of "Email"."""
        own = normal(label)
        others = {normal(field["label"]) for field in fields if own in normal(field["label"])}
        return [place for text in others - {own} for place in self.roles.stream.find(text)]

    def _is_label(self, place: Found) -> bool:
        """Whether a text stands as a text, not within a field."""
        return all(run.source in ("text", "pseudo", "button") for run in place.runs)

    def _best(
        self, places: Sequence[Found], kind: str, taken: set[int]
    ) -> tuple[Found, PageElement] | None:
        pairs = [
            (far, place, control)
            for place in places
            for control in self.controls
            if control.index not in taken and _kind(control) == kind
            if (far := self._distance(place.box, control)) is not None
            and not self._is_nearer_elsewhere(place, far, control)
        ]
        if not pairs:
            return None
        _, place, control = min(pairs, key=lambda pair: pair[0])
        return place, control

    def _distance(self, label: Box, control: PageElement) -> float | None:
        """How far a label is from a control; None where it is not beside it or above it.

        A tick box has its label at its side; another control on its left, above it, or, in a right
        to left page, on its right.
        """
        box = control.box
        across, down = gaps(label, box)
        is_level = down == 0.0
        if is_level:
            return across if across <= BESIDE_PX else None
        if _kind(control) in _TICKED:
            is_near = down <= 8.0 and across <= 8.0
            return down + across if is_near else None
        is_above = label[1] < box[1]
        if is_above and down <= APART_PX and across <= APART_PX:
            return down + across
        return None

    def _is_nearer_elsewhere(self, place: Found, far: float, control: PageElement) -> bool:
        for other in self.controls:
            if other.index == control.index:
                continue
            distance = self._distance(place.box, other)
            if distance is not None and _NEARER * distance + 2.0 < far:
                return True
        return False

    def _complain(self, label: str, kind: str, places: Sequence[Found], taken: set[int]) -> None:
        ledger, view = self.roles.ledger, self.view
        words = f"field {quoted(label)}"
        if not places:
            note = f"{words} missing"
            message = f"no label {quoted(label)} can be read beside a field"
            ledger.missing("field_missing", note, self.roles.page_box, message)
            return
        place = places[0]
        self.roles.use(place)
        near = [
            (distance, control)
            for control in self.controls
            if control.index not in taken
            and (distance := self._distance(place.box, control)) is not None
        ]
        if near:
            control = min(near, key=lambda pair: pair[0])[1]
            is_kind = _kind(control) == kind
            how = "belongs to another field" if is_kind else f"is {_kind(control)}, not {kind}"
            ledger.wrong(
                "field_wrong",
                f"{words} not {kind}" if not is_kind else f"{words} misplaced",
                control.box,
                f"{words} {how}",
                view.span(control.index),
            )
            return
        hidden = self._hidden_control(place)
        note = f"{words} has no {kind}"
        message = f"no {kind} field can be seen beside the label {quoted(label)}"
        span = None if hidden is None else view.span(hidden)
        ledger.missing("field_missing", note, place.box, message, span=span)

    def _hidden_control(self, place: Found) -> int | None:
        """A control that the label names and that cannot be seen."""
        labels = {e.index for run in place.runs for e in self.view.line_up(run.element)}
        for element in self.view.page.elements:
            if element.control is not None and labels.intersection(element.control.labels):
                return element.index
        return None


def _is_part(place: Found, others: Sequence[Found]) -> bool:
    return any(other.start <= place.start and place.end <= other.end for other in others)


def _kind(element: PageElement) -> str:
    control = element.control
    return "" if control is None else control.kind
