"""Minimal edits: re-choose only the decisions that are responsible for the named defects.

An edit is a guess from the words of the feedback and from what its author can compute; it is
checked by rendering, and a guess that failed is repeated with more strength.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vsdpo_jax.domains.lab import ERROR, pick
from vsdpo_jax.domains.slide.judge.rubric import AXES
from vsdpo_jax.domains.slide.lab.faults import faults_of, readable_inks
from vsdpo_jax.domains.slide.lab.genres import GENRES, SIZES, decisions_of
from vsdpo_jax.domains.slide.lab.pieces import Fault, Value, Values
from vsdpo_jax.domains.slide.lab.programs import careful_choices
from vsdpo_jax.domains.slide.lab.tasks import SlideTask
from vsdpo_jax.domains.slots import Choices

MOST_CHANGED = 2
"""Decisions that are changed at once for one fault."""
MOST_STEPS = 8
MOST_STRENGTH = 2
ROOM = 1.15
"""A mended text could also be so much larger where it stands. Whether one just fits hangs on a
letter, which a policy of this size does not foresee: of eleven answers to feedback that named
overflow, and that failed it again, seven had a text over its box."""
ROOMY = ("collision", "overflow", "content")
"""Axes on which a text fails that has too little room."""
GONE = ("missing", "wrong", "in part", "as asked")
"""Words of notes that tell of what is not there as asked."""


def repair(
    rng: np.random.Generator,
    task: SlideTask,
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
        if axis not in (*AXES, ERROR):
            raise ValueError(f"repair: axis {axis!r} is unknown; known: {', '.join(AXES)}, {ERROR}")
    if ERROR in notes:
        return replace(choices, mistake=None)
    if any(word in note for note in notes.values() for word in GONE):
        choices = replace(choices, omitted=frozenset(), slip=None)
    faults = [fault for fault in faults_of(task, choices.values) if fault.axis in notes]
    values = dict(choices.values)
    if strength:
        values = _with_careful_layout(task, values, faults, strength)
    return replace(choices, values=_mended(rng, task, values, faults, frozenset(notes)))


def _with_careful_layout(
    task: SlideTask, values: dict[str, Value], faults: Sequence[Fault], strength: int
) -> dict[str, Value]:
    """What is blamed, or at the most strength all but the ink, as a careful author chooses."""
    careful = careful_choices(task).values
    blamed = {name for fault in faults for name in fault.names}
    if strength == MOST_STRENGTH or not blamed:
        blamed = set(careful)
    return {**values, **{name: careful[name] for name in blamed if name != "ink"}}


def _mended(
    rng: np.random.Generator,
    task: SlideTask,
    values: dict[str, Value],
    faults: Sequence[Fault],
    named: frozenset[str],
) -> dict[str, Value]:
    """Values without these faults and without new ones, few of them changed.

    A change that cannot but bring a new fault (type that can be read and does not fit) is followed
    by the change that mends it.
    """
    before = {fault.axis for fault in faults_of(task, values)} - named
    roomy = not named.isdisjoint(ROOMY)

    def open_in(values: dict[str, Value]) -> list[Fault]:
        now = faults_of(task, values) + (_tight(task, values) if roomy else [])
        return [fault for fault in now if fault.axis not in before]

    for _ in range(MOST_STEPS):
        open_faults = open_in(values)
        if not open_faults:
            return values
        scored: list[tuple[int, dict[str, Value]]] = []
        for count in range(1, MOST_CHANGED + 1):
            for edit in _edits(task, values, open_faults[0], count):
                left = len(open_in({**values, **edit}))
                if left < len(open_faults):
                    scored.append((left, edit))
            if scored:
                break
        if not scored:
            break
        best = min(left for left, _ in scored)
        values = {**values, **pick(rng, [edit for left, edit in scored if left == best])}
    values = _with_careful_layout(task, values, faults, MOST_STRENGTH)
    if "contrast" in named:
        values["ink"] = pick(rng, readable_inks(task.color))
    return values


def _tight(task: SlideTask, values: Values) -> list[Fault]:
    """What is wrong with texts once they are larger: all of them, or all beside the title."""
    larger = {
        name: ROOM * float(values[name]) for name in values if name.rstrip("0123456789") in SIZES
    }
    beside = {**larger, "title_size": values["title_size"]}
    crowded = faults_of(task, {**values, **larger})
    found = [fault for fault in crowded if fault.axis in ROOMY and fault.axis != "content"]
    rivals = faults_of(task, {**values, **beside})
    return found + [fault for fault in rivals if fault.note.startswith("title")]


def _edits(
    task: SlideTask, values: Mapping[str, Value], fault: Fault, count: int
) -> Iterator[dict[str, Value]]:
    """Changes of so many of the decisions that a fault names."""
    options = {
        name: [option for option in _good(task, name) if option != values[name]]
        for name in fault.names
    }
    for names in itertools.combinations(options, count):
        for chosen in itertools.product(*(options[name] for name in names)):
            yield dict(zip(names, chosen, strict=True))


def _good(task: SlideTask, name: str) -> tuple[Value, ...]:
    """What a mending author considers for a decision."""
    if name == "ink":
        return readable_inks(task.color)
    careful = decisions_of(task)[name].careful
    if careful:
        return careful
    plans = GENRES[task.genre].plans(task)
    return tuple(dict.fromkeys(plan[name] for plan in plans))
