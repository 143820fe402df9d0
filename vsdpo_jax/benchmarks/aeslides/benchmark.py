"""The record of AeSlides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vsdpo_jax.benchmarks.aeslides.numbers import AXES, COLLISION
from vsdpo_jax.benchmarks.base import (
    Benchmark,
    DataError,
    NoProgram,
    Request,
    Scores,
    Scoring,
    axis_column,
)
from vsdpo_jax.credit.python import PYTHON
from vsdpo_jax.domains.remote import remote_styles
from vsdpo_jax.domains.web.source.language import HTML

DECK, PAGE = "vsdpo_jax.benchmarks.aeslides.deck", "vsdpo_jax.benchmarks.aeslides.page"
_PROGRAM = re.compile(r"^\s*(from|import)\s+pptx\b", re.MULTILINE)
_TAG = re.compile(r"<(!doctype|html|head|body|div|section|main|svg|style)\b", re.IGNORECASE)
PAGE_HEIGHT, PAGE_WIDTH = 720, 1280


def _rooms(scoring: Scoring) -> dict[str, dict[str, Any]]:
    return {
        DECK: {"robust": scoring.robust, **scoring.options},
        PAGE: {
            "viewport_width": PAGE_WIDTH, "viewport_height": PAGE_HEIGHT, **scoring.options,
        },
    }  # fmt: skip


def _references(folder: Path) -> dict[str, str]:
    raise DataError(f"{folder}: slides have no references")


def _candidate(answer: str, name: str, scoring: Scoring) -> Request:
    program, _ = PYTHON.extract(answer)
    if _PROGRAM.search(program):
        return Request(room=DECK, source=program)
    page, _ = HTML.extract(answer)
    if _TAG.search(page):
        return Request(room=PAGE, source=page)
    raise NoProgram("the answer holds neither a program that imports pptx nor an HTML page")


def _reference(text: str, name: str, scoring: Scoring) -> Request:
    raise ValueError("slides have no references")


def _compare(
    name: str, candidate: Mapping[str, Any], reference: Mapping[str, Any] | None, scoring: Scoring
) -> Scores:
    """Of a deck with several slides the mean."""
    slides = candidate["slides"]
    return Scores(axes={axis: sum(s[axis] for s in slides) / len(slides) for axis in AXES})


def _doubt(request: Request) -> str | None:
    """Why a page cannot be drawn as it is meant, None where it can."""
    if request.room != PAGE:
        return None
    remote = remote_styles(request.source)
    return None if remote is None else f"the page loads {remote}, and there is no network"


def _failed() -> Scores:
    return Scores(axes=dict.fromkeys(AXES, 0.0))


BENCHMARK = Benchmark(
    name="aeslides",
    task="AeSlides, of one slide",
    axes=AXES,
    columns=(
        axis_column("Aspect", "aspect_ratio"),
        axis_column("Whitespace", "whitespace"),
        axis_column("Collision", "collision"),
        axis_column("Imbalance", "imbalance"),
        axis_column("Avg", *AXES),
    ),
    editions=("59fd6c5",),
    options=COLLISION,
    rooms=_rooms,
    parts=("aeslides:heldout",),
    id_fields=("id", "index"),
    needs_reference=False,
    references=_references,
    candidate=_candidate,
    reference=_reference,
    compare=_compare,
    failed=_failed,
    doubt=_doubt,
)
