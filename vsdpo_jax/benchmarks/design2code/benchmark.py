"""The record of Design2Code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vsdpo_jax.benchmarks.base import (
    Benchmark,
    DataError,
    Request,
    Scores,
    Scoring,
    axis_column,
)
from vsdpo_jax.benchmarks.design2code import looks
from vsdpo_jax.benchmarks.design2code.domain import request
from vsdpo_jax.benchmarks.design2code.source import cleaned, prepared
from vsdpo_jax.domains.remote import remote_styles
from vsdpo_jax.domains.web.browser.find import find_browser
from vsdpo_jax.domains.web.judge.blocks import Block, match

ROOM = "vsdpo_jax.benchmarks.design2code"
AXES = ("block_match", "text", "position", "color", "clip")
FOUR = AXES[:4]
_TAG = re.compile(r"<\w")


def _rooms(scoring: Scoring) -> dict[str, dict[str, Any]]:
    return {ROOM: {"scripts": True}}


def _references(folder: Path) -> dict[str, str]:
    pages = sorted(folder.glob("*.html"))
    if not pages:
        raise DataError(
            f"{folder}: holds no <id>.html, so it is not the benchmark; name the folder that holds "
            f"its pages and rick.jpg"
        )
    return {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in pages}


def _candidate(answer: str, name: str, scoring: Scoring) -> Request:
    page = cleaned(answer)
    source = request(prepared(page), picture=looks.find_weights(scoring.weights) is not None)
    return Request(room=ROOM, source=source, formed=bool(_TAG.search(page)))


def _reference(text: str, name: str, scoring: Scoring) -> Request:
    picture = looks.find_weights(scoring.weights) is not None
    return Request(room=ROOM, source=request(text, picture=picture))


def blocks(reading: Mapping[str, Any], *, robust: bool = False) -> list[Block]:
    """The blocks of a reading, in the order of the page."""
    found = []
    for row in reading["blocks"]:
        if row["seen"] or not robust:
            (x, y, width, height), (red, green, blue) = row["box"], row["color"]
            found.append(
                Block(text=row["text"], box=(x, y, width, height), color=(red, green, blue))
            )
    return found


def _compare(
    name: str, candidate: Mapping[str, Any], reference: Mapping[str, Any] | None, scoring: Scoring
) -> Scores:
    assert reference is not None
    why = candidate["why"] or reference["why"]
    if why:
        return Scores(axes=dict.fromkeys(AXES), notes=dict.fromkeys(AXES, why))
    ours, theirs = (blocks(each, robust=scoring.robust) for each in (candidate, reference))
    found = match(ours, theirs, robust=scoring.robust)
    axes: dict[str, Any] = {axis: getattr(found, axis) for axis in FOUR}
    if not found.pairs:
        axes = dict.fromkeys(FOUR, 0.0)
    extra: dict[str, Any] = {}
    if "picture" in candidate and "picture" in reference:
        extra["_looks"] = [
            looks.erased(candidate["picture"], list(found.blocks)),
            looks.erased(reference["picture"], looks.fused(theirs)),
        ]
    return Scores(axes={**axes, "clip": None}, extra=extra)


def _finish(rows: Sequence[dict[str, Any]], scoring: Scoring) -> list[str]:
    return looks.finish(rows, scoring.weights)


def _caution(text: str) -> str | None:
    """The official browser has a network; the task forbids to use it, and here there is none."""
    remote = remote_styles(text)
    return None if remote is None else f"loads {remote}, and is drawn without"


def _drawn_with() -> str:
    """The browser, by its file."""
    browser = find_browser().resolve()
    state = browser.stat()
    return f"{browser} {state.st_size} {state.st_mtime_ns}"


def _failed() -> Scores:
    return Scores(axes=dict.fromkeys(AXES, 0.0))


BENCHMARK = Benchmark(
    name="design2code",
    task="Design2Code",
    axes=AXES,
    columns=(
        axis_column("Block", "block_match"),
        axis_column("Text", "text"),
        axis_column("Position", "position"),
        axis_column("Color", "color"),
        axis_column("CLIP", "clip"),
        axis_column("Overall", *AXES),
        axis_column("without CLIP", *FOUR),
    ),
    editions=("7a575e4",),
    rooms=_rooms,
    parts=("design2code:test", "design2code_hard:test"),
    id_fields=("id", "index"),
    reference_fields=("reference", "html"),
    needs_reference=True,
    references=_references,
    candidate=_candidate,
    reference=_reference,
    compare=_compare,
    failed=_failed,
    caution=_caution,
    is_slow=True,
    drawn_with=_drawn_with,
    finish=_finish,
)
