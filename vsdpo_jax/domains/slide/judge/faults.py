"""What a detector found: faults with the calls at fault, and how they become defects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vsdpo_jax.domains.rubric import Reading
from vsdpo_jax.domains.slide.deck.notes import Call, Notes
from vsdpo_jax.records import Box, Defect, Span


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fault:
    """One thing that is wrong.

    Attributes:
      kind: what, as in ``Defect.kind``.
      region: box of the offending shape, pixels of its slide.
      note: a few words for the feedback.
      message: a sentence with the place and the measure.
      calls: those that made it wrong; None among them is left out.
      badness: orders faults of an axis, the larger the worse.
    """

    kind: str
    region: Box
    note: str
    message: str
    calls: Sequence[Call | None] = ()
    badness: float = 1.0


def reading_of(
    axis: str,
    faults: Sequence[Fault],
    score: float,
    notes: Notes,
    unseen: tuple[str, ...] = (),
) -> Reading:
    """The reading that faults amount to, the worst first."""
    ordered = sorted(faults, key=lambda fault: -fault.badness)
    spans = guilty_spans(ordered, notes)
    defects = tuple(
        Defect(
            axis=axis,
            kind=fault.kind,
            region=_positive(fault.region),
            severity=1,
            message=fault.message,
            spans=span,
        )
        for fault, span in zip(ordered, spans, strict=True)
    )
    words = tuple(dict.fromkeys(fault.note for fault in ordered))
    score = min(max(score, 0.0), 1.0)
    return Reading(defects=defects, notes=words, score=score, unseen=unseen)


def guilty_spans(faults: Sequence[Fault], notes: Notes) -> list[tuple[Span, ...]]:
    """Of each fault the program text to change.

    A statement of a helper function that made several shapes is at fault where all of them are
    wrong; where some are, the call of the function that made the wrong one is.
    """
    made = ways_by_call(notes)
    wrong: dict[tuple[Span, str], set[tuple[Span, ...]]] = {}
    for fault in faults:
        for call in _known(fault.calls):
            wrong.setdefault((call.span, call.what), set()).add(call.sites)
    found = []
    for fault in faults:
        spans = []
        for call in _known(fault.calls):
            key = (call.span, call.what)
            is_all = wrong[key] >= made.get(key, set()) or len(made.get(key, ())) <= 1
            spans.append(call.span if is_all or not call.sites else call.sites[0])
        found.append(tuple(dict.fromkeys(spans)))
    return found


def _known(calls: Iterable[Call | None]) -> list[Call]:
    return [call for call in calls if call is not None]


def culprit(call: Call, ways: Mapping[tuple[Span, str], set[tuple[Span, ...]]]) -> Span:
    """What to change of one thing that is wrong: the statement of the call, or where a helper
    function's statement did it to several things, the call of that function.

    Args:
      call: what made it wrong.
      ways: of the whole program, see ``ways_by_call``.
    """
    is_shared = len(ways.get((call.span, call.what), ())) > 1
    return call.sites[0] if is_shared and call.sites else call.span


def ways_by_call(notes: Notes) -> dict[tuple[Span, str], set[tuple[Span, ...]]]:
    """(span, what) -> the ways by which the program came there."""
    ways: dict[tuple[Span, str], set[tuple[Span, ...]]] = {}
    for calls in notes.shapes.values():
        for call in calls:
            ways.setdefault((call.span, call.what), set()).add(call.sites)
    return ways


def _positive(box: Box) -> Box:
    return (box[0], box[1], max(box[2], 0.0), max(box[3], 0.0))
