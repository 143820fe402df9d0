"""The way of a row, with pools that do as they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from vsdpo_jax.benchmarks import scoring
from vsdpo_jax.benchmarks.base import (
    Benchmark,
    Column,
    NoProgram,
    Request,
    Scores,
    Scoring,
    outcome_of,
    read,
)
from vsdpo_jax.benchmarks.predictions import Row
from vsdpo_jax.benchmarks.references import References
from vsdpo_jax.benchmarks.summary import summarize, table
from vsdpo_jax.domains.base import Artifact
from vsdpo_jax.domains.rubric import without_picture
from vsdpo_jax.sandbox import Limits


def candidate(answer, name, how):
    if not answer:
        raise NoProgram("the answer is empty")
    return Request(room="room", source=answer)


PLAIN = Benchmark(
    name="plain",
    task="Plain",
    axes=("same",),
    columns=(Column(name="Same", value=lambda axes: axes["same"]),),
    editions=("one",),
    rooms=lambda how: {"room": {"x": 1}},
    id_fields=("id",),
    needs_reference=True,
    references=lambda folder: {},
    candidate=candidate,
    reference=lambda text, name, how: Request(room="room", source=text),
    compare=lambda name, ours, theirs, how: Scores(
        axes={"same": float(ours["text"] == theirs["text"])}
    ),
    failed=lambda: Scores(axes={"same": 0.0}),
)


class FakePool:
    """Renders a text to itself; "raise" fails, "infra" is the machine's fault, "twice" once."""

    seen: ClassVar[list[str]] = []

    def __init__(self, room, **setup):
        assert (room, setup["options"]) == ("room", {"x": 1})

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def map(self, jobs, on_done):
        for index, job in enumerate(jobs):
            self.seen.append(job.source)
            on_done(index, self.judge(job.source))

    def judge(self, source):
        if source == "raise":
            return without_picture(Artifact(status="program_error", error="Error: no"))
        if source == "infra" or (source == "twice" and self.seen.count("twice") < 2):
            return without_picture(Artifact(status="infra", error="gone"))
        return read(Artifact(status="ok"), {"text": source})


@pytest.fixture
def results(monkeypatch):
    """Scores (answer, reference) pairs: id -> result."""
    FakePool.seen.clear()
    monkeypatch.setattr(scoring, "RenderPool", FakePool)
    monkeypatch.setattr(scoring, "load_benchmark", {"plain": PLAIN}.get)

    def run(*pairs):
        rows = [
            Row(number=i, name=str(i), answer=answer, reference=reference)
            for i, (answer, reference) in enumerate(pairs)
        ]
        found = {}
        machine = scoring.Machine(limits=Limits())
        scoring.score(
            PLAIN, rows, Scoring(edition="one"), machine, lambda row, r: found.update({row.name: r})
        )
        return [found[row.name] for row in rows]

    return run


def test_every_row_gets_a_status_and_a_score_or_null(results):
    found = results(
        ("a", "a"), ("b", "a"), ("", "a"), (None, "a"), ("raise", "a"), ("infra", "a"),
        ("a", "raise"), ("a", "infra"), ("twice", "twice"),
    )  # fmt: skip
    assert [(row["status"], row["same"]) for row in found] == [
        ("ok", 1.0), ("ok", 0.0), ("no_program", 0.0), ("missing", 0.0), ("program_error", 0.0),
        ("infra", None), ("reference_failed", None), ("infra", None), ("ok", 1.0),
    ]  # fmt: skip
    assert found[2]["format_failure"]
    assert "format_failure" not in found[3]
    assert found[4]["error"] == "Error: no"
    assert "the reference: program_error: Error: no" in found[6]["error"]


def test_a_reference_is_rendered_once_and_the_machine_gets_three_chances(results, monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 2)
    results(("b", "a"), ("c", "a"), ("d", "a"), ("infra", "a"))
    assert FakePool.seen.count("a") == 1
    assert FakePool.seen.count("infra") == scoring.ATTEMPTS


def test_a_program_that_meets_the_clock_while_it_computes_is_the_machines_fault():
    late = Artifact(status="limit", limit="wall", error="wall limit: 50 s", cpu_s=3.0, wall_s=50.0)
    busy = outcome_of(without_picture(late))
    assert busy.status == "infra"
    assert "the machine is too busy" in busy.error
    sleeps = outcome_of(without_picture(replace(late, cpu_s=0.2)))
    assert (sleeps.status, sleeps.error) == ("limit", "wall limit: 50 s")


def test_another_models_answers_draw_no_reference_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "RenderPool", FakePool)
    monkeypatch.setattr(scoring, "load_benchmark", {"plain": PLAIN}.get)
    monkeypatch.setattr(FakePool, "seen", [])

    def scored(answer):
        rows = [
            Row(number=1, name=reference, answer=answer, reference=reference)
            for reference in ("a", "b", "raise")
        ]
        found = {}
        scoring.score(
            PLAIN, rows, Scoring(edition="one"), scoring.Machine(limits=Limits()),
            lambda row, result: found.update({row.name: result["same"]}),
            References(tmp_path, "", pytest.fail),
        )  # fmt: skip
        return found

    assert scored("a") == {"a": 1.0, "b": 0.0, "raise": None}
    assert sorted(FakePool.seen) == ["a", "a", "a", "a", "b", "raise"]
    FakePool.seen.clear()
    assert scored("b") == {"a": 0.0, "b": 1.0, "raise": None}
    assert sorted(FakePool.seen) == ["b", "b", "b", "raise"]  # what failed may have been unlucky


def test_what_is_drawn_otherwise_than_elsewhere_is_said_and_scored(results, monkeypatch):
    careful = replace(PLAIN, caution=lambda text: "is bare" if text == "b" else None)
    monkeypatch.setitem(globals(), "PLAIN", careful)
    both, reference, none = results(("b", "b"), ("a", "b"), ("a", "a"))
    assert (both["same"], both["caution"]) == (1.0, "the answer is bare; the reference is bare")
    assert reference["caution"] == "the reference is bare"
    assert "caution" not in none
    figures = summarize(careful, [both, reference, none], Scoring(edition="one"))
    assert figures["cautions"] == 2
    assert "without code of the asked form; 2 with a caution" in table(figures)
