"""The cards of all tasks, packed so that a browser unpacks those alone that it shows.

A card is made once, as markup, by the same template whether the page shows it without scripts or a
script takes it from a pack. Packs are compressed and in base64: no text of a program can end one.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from vsdpo_jax.reporting.figures import Case

CARDS_PER_PACK = 8
NUM_WORST, NUM_SPREAD = 4, 8


def chosen(cases: Sequence[Case]) -> list[int]:
    """Cards of the page that nobody has to ask for: the worst ones, then a fair sample.

    Returns:
      Numbers of cases: those of the smallest gain (or reward), then others spread evenly from the
      greatest to the smallest, so that none is picked.
    """
    judged = [number for number, case in enumerate(cases) if case.is_judged]
    ordered = sorted(judged, key=lambda number: (cases[number].gain, _last_reward(cases[number])))
    worst, others = ordered[:NUM_WORST], ordered[NUM_WORST:][::-1]
    if len(others) > NUM_SPREAD:
        places = np.linspace(0, len(others) - 1, NUM_SPREAD).round().astype(int)
        others = [others[place] for place in places]
    return worst + others


def packs(cards: Iterable[str]) -> Iterator[str]:
    """Base64 of gzip of JSON lists of cards."""
    waiting: list[str] = []
    for card in cards:
        waiting.append(card)
        if len(waiting) == CARDS_PER_PACK:
            yield _pack(waiting)
            waiting = []
    if waiting:
        yield _pack(waiting)


def index(cases: Sequence[Case]) -> dict[str, Any]:
    """What filters and orders need to know of every case, small enough for thousands."""
    return {
        "axes": list(cases[0].axes),
        "perPack": CARDS_PER_PACK,
        "sides": len(cases[0].sides),
        "ids": [case.sides[0].sample.task.task_id for case in cases],
        "states": [list(case.states) for case in cases],
        "ran": ["".join(_ran(side) for side in case.sides) for case in cases],
        "gains": [round(case.gain, 4) for case in cases],
        "rewards": [round(_last_reward(case), 4) for case in cases],
    }


def _last_reward(case: Case) -> float:
    return case.sides[-1].sample.judged.diagnosis.reward


def _ran(side: Any) -> str:
    return "1" if side.sample.judged.render.status == "ok" else "0"


def _pack(cards: Sequence[str]) -> str:
    return base64.b64encode(gzip.compress(json.dumps(cards).encode(), 6, mtime=0)).decode()
