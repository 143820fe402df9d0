"""A corpus in which every fault is known: what the judge finds, what it invents, whom it blames."""

from __future__ import annotations

import pytest
from members import MEMBERS
from suite import Member, Tally, table, tally

from vsdpo_jax.domains.base import load_domain

PRECISION, RECALL, RIGHT_LINE = 0.9, 0.85, 0.95
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=MEMBERS, ids=lambda member: member.domain)
def member(request) -> Member:
    return request.param


@pytest.fixture(scope="module")
def tallies(judge, member) -> dict[str, Tally]:
    verdicts = judge(member.domain, [s.job for s in member.corpus])
    counts = tally(member.corpus, verdicts, load_domain(member.domain).language)
    print(table(counts))
    return counts


def notes_of(tallies: dict[str, Tally]) -> str:
    return "\n".join([table(tallies), *(n for entry in tallies.values() for n in entry.notes)])


def test_the_corpus_is_large_and_much_of_it_is_good(member):
    planted = [sample.kind for sample in member.corpus if sample.kind is not None]
    assert len(planted) >= 75
    assert len(member.corpus) - len(planted) >= member.least_good
    assert set(planted) == set(member.kinds)
    assert min(planted.count(kind) for kind in member.kinds) >= 6


def test_every_program_of_the_corpus_gives_a_picture(judge, member):
    verdicts = judge(member.domain, [sample.job for sample in member.corpus])
    broken = {
        sample.name: judged.render.error
        for sample, judged in zip(member.corpus, verdicts, strict=True)
        if judged.render.status != "ok"
    }
    assert broken == {}


def test_good_programs_lose_nothing(judge, member):
    good = [sample for sample in member.corpus if sample.kind is None]
    verdicts = judge(member.domain, [sample.job for sample in good])
    lost = {
        sample.name: judged.diagnosis.feedback
        for sample, judged in zip(good, verdicts, strict=True)
        if judged.diagnosis.reward < 1 - 1e-9
    }
    assert lost == {}


def test_what_is_claimed_is_there(tallies):
    poor = {kind: entry.precision for kind, entry in tallies.items() if entry.precision < PRECISION}
    assert poor == {}, notes_of(tallies)


def test_what_is_there_is_found(tallies):
    poor = {kind: entry.recall for kind, entry in tallies.items() if entry.recall < RECALL}
    assert poor == {}, notes_of(tallies)


def test_the_guilty_line_is_blamed(tallies):
    found = sum(entry.found for entry in tallies.values())
    blamed = sum(entry.blamed for entry in tallies.values())
    assert found
    assert blamed / found >= RIGHT_LINE, notes_of(tallies)
