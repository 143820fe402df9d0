"""Hand-labelled programs through sandbox, painter, detectors and credit.

A line of planted/bad_*.py that ends in ``# defect: AXIS`` is the statement to blame for it; the
axes named in a file are exactly those that must fail. planted/good_*.py have no defect at all.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from vsdpo_jax import credit
from vsdpo_jax.domains.pool import Job, RenderPool
from vsdpo_jax.records import Judged, StatementCredit

PLANTED = Path(__file__).parents[1] / "planted"
BAD = sorted(PLANTED.glob("bad_*.py"))
GOOD = sorted(PLANTED.glob("good_*.py"))
_LABEL = re.compile(r"# defect: (.+)$")


def asked_in(source: str):
    first = source.split("\n", 1)[0]
    return json.loads(first.removeprefix("# asked: ")) if first.startswith("# asked: ") else None


def labels_in(source: str) -> dict[str, list[int]]:
    """Axis -> lines to blame, from 1."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(source.split("\n"), start=1):
        label = _LABEL.search(line)
        for axis in label[1].split(", ") if label else ():
            found.setdefault(axis, []).append(number)
    return found


@pytest.fixture(scope="module")
def judged() -> dict[Path, Judged]:
    paths = [*BAD, *GOOD]
    sources = [path.read_text("utf-8") for path in paths]
    # These programs are trusted: the test must run where the kernel lacks a layer, too.
    with RenderPool("chart", num_workers=1, unsafe=True) as pool:
        results = pool.map([Job(source=s, asked=asked_in(s)) for s in sources])
    return dict(zip(paths, results, strict=True))


def test_there_are_enough_cases():
    assert len(BAD) >= 20
    assert len(GOOD) >= 9


@pytest.mark.parametrize("path", GOOD, ids=lambda p: p.stem)
def test_good_charts_have_no_defect(judged, path):
    result = judged[path]
    assert result.render.status == "ok", result.render.error
    assert [d.message for d in result.diagnosis.defects] == []
    assert result.diagnosis.reward == pytest.approx(1.0)


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_exactly_the_planted_axes_fail(judged, path):
    result = judged[path]
    assert result.render.status == "ok", result.render.error
    failed = {axis for axis, ok in result.diagnosis.rubric.items() if not ok}
    wanted = set(labels_in(path.read_text("utf-8")))
    # What is missing fails the axes that would have judged it, too.
    assert failed == wanted | set(result.diagnosis.unseen), result.diagnosis.feedback
    assert {d.axis for d in result.diagnosis.defects} == wanted


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_the_labelled_statement_is_the_most_responsible(judged, path):
    source = path.read_text("utf-8")
    result = judged[path]
    for axis, lines in labels_in(source).items():
        defects = [d for d in result.diagnosis.defects if d.axis == axis]
        credits_ = credit.assign(source, result.render.elements, defects, alpha=4.0)
        top = max(credits_, key=lambda c: c.responsibility)
        assert top.responsibility == pytest.approx(1.0), axis
        blamed = [c for c in credits_ if c.responsibility > 0.99]
        for line in lines:
            assert any(_stands_on(c, line) for c in blamed), (axis, line)
        others = [c for c in blamed if not any(_stands_on(c, line) for line in lines)]
        assert not others, (axis, [c.lines for c in others])


def _stands_on(statement: StatementCredit, line: int) -> bool:
    return statement.lines[0] <= line <= statement.lines[1]
