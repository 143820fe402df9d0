"""Minimal edits: re-choose only the decisions that are responsible for the named defects.

An edit is a guess from the words of the feedback and from what its author can compute; where the
outcome depends on the layout it is checked by rendering, and a guess that failed is repeated with
more strength.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vsdpo_jax.domains.lab import ERROR, pick
from vsdpo_jax.domains.slots import Choices
from vsdpo_jax.domains.web.lab.genres import GENRES, faults_of, readable_inks, surface
from vsdpo_jax.domains.web.lab.pieces import Fault, Value
from vsdpo_jax.domains.web.lab.programs import careful_choices, shown_texts
from vsdpo_jax.domains.web.lab.tasks import PageTask
from vsdpo_jax.domains.words import quoted

MOST_CHANGED = 2
"""Decisions that are changed at once for one fault."""
MOST_STEPS = 8
MOST_STRENGTH = 2
_PLACED = frozenset({"overlap", "clip", "hidden", "layout", "overflow"})
"""Axes of faults of the layout, which may show in many ways: a text outside of its box is pale."""
_NEVER = re.compile(r"(?!)")
_OWN = {
    "overlap": re.compile(r"' on "),
    "clip": re.compile(r"' cut$"),
    "hidden": re.compile(r"' behind "),
    "contrast": re.compile(r"' \d+\.\d$"),
    "tiny": re.compile(r"' \d+ px$"),
    "overflow": re.compile(r"^page \d+ px wide$"),
    "images": re.compile(r"' (broken|stretched)$"),
    "layout": re.compile(r"' (outside \w+|collapsed|squeezed)$"),
    "content": _NEVER,
    ERROR: _NEVER,
}
"""What notes of an axis look like that tell of a defect; others tell what cannot be judged."""


def repair(
    rng: np.random.Generator,
    task: PageTask,
    choices: Choices,
    notes: Mapping[str, str],
    strength: int = 0,
) -> Choices:
    """Re-choose what the notes blame and nothing else.

    Args:
      rng: source of the new choices.
      task: what is built.
      choices: of the flawed attempt.
      notes: axis (or ERROR) -> its note in the feedback; only axes to repair.
      strength: 0 for the smallest change; 1 and 2 after it was not enough: what is blamed, then
        the whole layout, is chosen as a careful author would.

    Raises:
      ValueError: for an axis that no choice of this world can be blamed for.
    """
    for axis in notes:
        if axis not in _OWN:
            raise ValueError(f"repair: axis {axis!r} is unknown; known: {', '.join(_OWN)}")
    if ERROR in notes:
        return replace(choices, mistake=None)
    parts = [(axis, part) for axis, note in notes.items() for part in note.split("; ")]
    own = [(axis, part) for axis, part in parts if _OWN[axis].search(part)]
    unseen = [part for axis, part in parts if not _OWN[axis].search(part)]
    if unseen:
        choices = replace(choices, omitted=frozenset(), slip=None)
    faults = [
        fault
        for fault in faults_of(task, choices.values)
        if _is_blamed(fault, own) or _hides(fault, task, choices, unseen)
    ]
    values = dict(choices.values)
    if strength:
        values = _with_careful_layout(task, values, faults, strength)
    return replace(choices, values=_mended(rng, task, values, faults))


def _is_blamed(fault: Fault, own: Sequence[tuple[str, str]]) -> bool:
    """Whether a fault is what defects of these axes and words are about."""
    said = " ".join(part for _, part in own)
    if fault.axis in _PLACED and any(quoted(text) in said for text in fault.texts):
        return True
    return any(axis == fault.axis for axis, _ in own)


def _hides(fault: Fault, task: PageTask, choices: Choices, unseen: Sequence[str]) -> bool:
    """Whether a fault can be why a text is missed."""
    said = " ".join(unseen)
    if "heading" in said:  # which is not quoted
        said += quoted(task.heading)
    if any(quoted(text) in said for text in fault.texts):
        return True
    missed = [text.type for text in shown_texts(task, choices) if quoted(text.words) in said]
    return any(name in fault.names for kind in missed for name in (kind.color, kind.size))


def _with_careful_layout(
    task: PageTask, values: dict[str, Value], faults: Sequence[Fault], strength: int
) -> dict[str, Value]:
    """What is blamed, or at the most strength all but the colours, as a careful author chooses."""
    careful, decisions = careful_choices(task).values, GENRES[task.genre].decisions
    blamed = {name for fault in faults for name in fault.names}
    if strength == MOST_STRENGTH or not blamed:
        blamed = set(decisions)
    chosen = {name: careful[name] for name in blamed if not decisions[name].surface}
    return {**values, **chosen}


def _mended(
    rng: np.random.Generator, task: PageTask, values: dict[str, Value], faults: Sequence[Fault]
) -> dict[str, Value]:
    """Values without these faults and without new ones, few of them changed.

    A change that cannot but bring a new fault (type that can be read and does not fit) is followed
    by the change that mends it.
    """
    wanted, before = set(faults), set(faults_of(task, values))
    for _ in range(MOST_STEPS):
        now = faults_of(task, values)
        fault = next((f for f in now if f in wanted or f not in before), None)
        if fault is None:
            return values
        scored: list[tuple[tuple[int, int], dict[str, Value]]] = []
        for count in range(1, MOST_CHANGED + 1):
            for edit in _edits(task, values, fault, count):
                after = set(faults_of(task, {**values, **edit}))
                if fault not in after:
                    scored.append(((len(after - before), len(after & wanted)), edit))
            if any(new == 0 for (new, _), _ in scored):
                break
        if not scored:
            break
        best = min(score for score, _ in scored)
        values = {**values, **pick(rng, [edit for score, edit in scored if score == best])}
    return _with_careful_layout(task, values, faults, MOST_STRENGTH)


def _edits(
    task: PageTask, values: Mapping[str, Value], fault: Fault, count: int
) -> Iterator[dict[str, Value]]:
    """Changes of so many of the decisions that a fault names."""
    options = {
        name: [option for option in _good(task, name) if option != values[name]]
        for name in fault.names
    }
    for names in itertools.combinations(options, count):
        for chosen in itertools.product(*(options[name] for name in names)):
            yield dict(zip(names, chosen, strict=True))


def _good(task: PageTask, name: str) -> tuple[Value, ...]:
    """What a mending author considers for a decision."""
    decision = GENRES[task.genre].decisions[name]
    if decision.surface:
        return readable_inks(surface(task, decision))
    return decision.careful
