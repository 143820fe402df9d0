"""Feedback as the lab reads and shows it: axis (or ERROR) -> note, in one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from vsdpo_jax.domains.lab import ERROR, pick


def read_feedback(text: str) -> dict[str, str]:
    """Axis (or ERROR) -> note, from the text that the teacher reads."""
    return json.loads(text)


def named_axes(rng: np.random.Generator, feedback: dict[str, str], share: float) -> set[str]:
    """The failed axes that a document names: each with probability ``share``, at least one.

    Errors are always named. Returns an empty set when nothing failed.
    """
    failed = [axis for axis, note in feedback.items() if note != "ok"]
    if failed == [ERROR] or not failed:
        return set(failed)
    named = {axis for axis in failed if rng.random() < share}
    return named or {pick(rng, failed)}


def shown_feedback(feedback: dict[str, str], named: Iterable[str]) -> str:
    """The feedback without the failed axes that are not named."""
    named = set(named)
    kept = {axis: note for axis, note in feedback.items() if note == "ok" or axis in named}
    return json.dumps(kept, ensure_ascii=False)
