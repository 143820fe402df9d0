"""Whole programs: honest ones in many styles keep the content axis, wrong and hidden ones lose it.

The first line of a file of content/ is what was asked. The second one of content/wrong tells the
first note of the content axis, and what becomes of the picture: "hidden" ones earn at most half,
as an axis is not satisfied by what cannot be seen.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recorded import record_all

from vsdpo_jax.domains.chart.drawlist.codec import decode
from vsdpo_jax.domains.chart.judge.diagnose import diagnose
from vsdpo_jax.domains.chart.paint.raster import paint
from vsdpo_jax.records import Diagnosis

FOLDER = Path(__file__).parents[2] / "content"
HONEST = sorted((FOLDER / "honest").glob("*.py"))
WRONG = sorted((FOLDER / "wrong").glob("*.py"))
MOST = {"blank": 0.0, "hidden": 0.5, "wrong": 0.9}


def header(path: Path, key: str) -> str:
    lines = path.read_text("utf-8").splitlines()[:2]
    return next(line for line in lines if line.startswith(key)).removeprefix(key)


@pytest.fixture(scope="module")
def diagnoses() -> dict[Path, Diagnosis]:
    paths = [*HONEST, *WRONG]
    recorded = record_all({f"{p.parent.name}-{p.stem}": p.read_text("utf-8") for p in paths})
    found = {}
    for path, result in zip(paths, recorded.values(), strict=True):
        assert result.payload is not None, (path, result.error)
        asked = json.loads(header(path, "# asked: "))
        found[path] = diagnose(paint(decode(result.payload)), asked=asked)[0]
    return found


def test_there_are_enough_programs():
    assert len(HONEST) >= 80
    assert len(WRONG) >= 45


@pytest.mark.parametrize("path", HONEST, ids=lambda p: p.stem)
def test_honest_programs_are_read_whole(diagnoses, path):
    diagnosis = diagnoses[path]
    assert [d.message for d in diagnosis.defects if d.axis == "content"] == []
    assert diagnosis.unseen == {}
    assert diagnosis.scores["content"] == 1.0


@pytest.mark.parametrize("path", WRONG, ids=lambda p: p.stem)
def test_wrong_programs_are_told_what_is_wrong(diagnoses, path):
    diagnosis = diagnoses[path]
    note, kind = header(path, "# content: ").split(" | ")
    told = json.loads(diagnosis.feedback)["content"]
    assert told == note or told.startswith(f"{note}; ")
    assert not diagnosis.rubric["content"]
    assert diagnosis.reward <= MOST[kind]
