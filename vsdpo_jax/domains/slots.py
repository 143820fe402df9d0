"""The decisions of an author who fills the slots of a genre: pages and slides have such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int | float


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """The decisions of a program's author.

    Attributes:
      values: decision of the genre -> the text of its slot.
      omitted: which parts are left out ("row": the last one).
      slip: (cell, wrong text), or None; cells are numbered row by row.
      mistake: what keeps the program from a picture, or None.
    """

    values: Mapping[str, Value]
    omitted: frozenset[str] = frozenset()
    slip: tuple[int, str] | None = None
    mistake: str | None = None


def choices_to_json(choices: Choices) -> dict[str, Any]:
    """Plain values; ``choices_from_json`` reads them."""
    return {
        "values": dict(choices.values),
        "omitted": sorted(choices.omitted),
        "slip": None if choices.slip is None else list(choices.slip),
        "mistake": choices.mistake,
    }


def choices_from_json(values: dict[str, Any]) -> Choices:
    """Inverse of ``choices_to_json``."""
    return Choices(
        values=dict(values["values"]),
        omitted=frozenset(values["omitted"]),
        slip=None if values["slip"] is None else tuple(values["slip"]),
        mistake=values["mistake"],
    )


def changed_choices(before: Choices, after: Choices) -> set[str]:
    """Names of the spans (``Program.spans``) on which two sets of choices differ."""
    names = {name for name, value in before.values.items() if after.values[name] != value}
    if before.mistake != after.mistake:
        names.add("mistake")
    if before.slip != after.slip:
        names |= {f"cell{slip[0]}" for slip in (before.slip, after.slip) if slip is not None}
    return names | (before.omitted ^ after.omitted)
