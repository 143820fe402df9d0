"""What a domain brings to the lab: synthetic tasks, and an author who errs and can mend.

The lab (``vsdpo_jax.lab``) makes a small model from this alone, whatever the programs draw. Tasks
and choices are the domain's own records, opaque to everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

import numpy as np

from vsdpo_jax.records import Task

Split = Literal["train", "heldout"]
ERROR = "error"
"""The key of the feedback of a program that gave no picture."""


class LabTask(Protocol):
    """One synthetic task; ``seed`` and the split make it again."""

    @property
    def seed(self) -> int: ...

    @property
    def brief(self) -> str: ...

    @property
    def asked(self) -> dict[str, Any]: ...

    def as_task(self) -> Task: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A program and who decided what in it.

    Attributes:
      source: the text.
      spans: name of a choice -> ``[start, end)`` characters that spell it, possibly several. A
        choice to write nothing has an empty span where its text would stand.
    """

    source: str
    spans: dict[str, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A domain's tasks and authors. ``task`` and ``choices`` stand for the domain's own records.

    Attributes:
      make_task: (seed, split) -> task; the two splits are disjoint.
      random_choices: (rng, task, **shares) -> choices of an author who does not look; a keyword
        ``mistake_share`` sets how often the program fails, others are named in ``formula_shares``.
      careful_choices: task -> choices that satisfy every axis.
      write_program: (task, choices) -> Program.
      predicted_feedback: (task, choices) -> axis -> note or "ok", for the axes that follow from the
        choices whatever the layout does.
      repair: (rng, task, choices, notes, strength) -> choices with what the notes blame chosen
        again and nothing else; ``strength`` grows from 0 when that was not enough.
      changed_choices: (before, after) -> the names of the spans on which they differ.
      choices_to_json, choices_from_json: inverse of each other.
      formula_shares: keywords of ``random_choices`` for documents whose feedback is predicted.
      layout_choices: span names that carry what feedback says.
      copied_choices: beginnings of span names that are copied from the brief.
      rendered_worth: axis -> extra share of repairs that name it, for axes that only renders teach.
      options: the domain's settings for which the tasks are made, where they are not the defaults.
    """

    make_task: Callable[[int, Split], Any]
    random_choices: Callable[..., Any]
    careful_choices: Callable[[Any], Any]
    write_program: Callable[[Any, Any], Program]
    predicted_feedback: Callable[[Any, Any], dict[str, str]]
    repair: Callable[[np.random.Generator, Any, Any, Mapping[str, str], int], Any]
    changed_choices: Callable[[Any, Any], set[str]]
    choices_to_json: Callable[[Any], dict[str, Any]]
    choices_from_json: Callable[[dict[str, Any]], Any]
    formula_shares: Mapping[str, float]
    layout_choices: frozenset[str]
    copied_choices: tuple[str, ...]
    rendered_worth: Mapping[str, float]
    options: Mapping[str, bool | int | float | str] = field(default_factory=dict)

    def careful_program(self, task: Any) -> str:
        """A program for ``task`` that satisfies every axis."""
        return self.write_program(task, self.careful_choices(task)).source


class ProgramText:
    """A program under construction, with the characters of each choice."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def put(self, text: str, choice: str | None = None) -> None:
        """Write on; ``choice`` names what decided the text."""
        if choice is not None:
            self._spans.setdefault(choice, []).append((self._length, self._length + len(text)))
        self._parts.append(text)
        self._length += len(text)

    def done(self, mistake: str | None = None) -> Program:
        """The program; ``mistake`` names the choice whose characters are the mistake's as well."""
        spans = {name: tuple(parts) for name, parts in self._spans.items()}
        if mistake is not None:
            spans["mistake"] = spans[mistake]
        return Program(source="".join(self._parts), spans=spans)


def task_rng(seed: int, split: Split, salt: int) -> np.random.Generator:
    """The source of one task: the same for the same arguments, another for each domain's salt.

    Raises:
      ValueError: another split, or a negative seed.
    """
    splits = get_args(Split)
    if split not in splits:
        raise ValueError(f"make_task: split {split!r} is unknown; use one of {', '.join(splits)}")
    if seed < 0:
        raise ValueError(f"make_task: seed {seed} is negative; use 0 or more")
    return np.random.default_rng((seed, splits.index(split), salt))


def pick(rng: np.random.Generator, options: Sequence, shares: Sequence[float] | None = None) -> Any:
    """One of the options, with the given shares (equal ones by default)."""
    if shares is None:
        return options[int(rng.integers(len(options)))]
    weights = np.asarray(shares, dtype=np.float64)
    return options[int(rng.choice(len(options), p=weights / weights.sum()))]
