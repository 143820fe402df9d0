"""Charts that nobody could read earn nothing, wrong ones lose an axis, honest ones lose nothing."""

from __future__ import annotations

import pytest
from chart_member import constant_program, unread_template
from members import MEMBERS
from suite import SAME, WRONG_MOST, Member, complaint

from vsdpo_jax.domains.chart.lab.tasks import make_task
from vsdpo_jax.domains.pool import Job

RIGHT = 0.98
NUM_TASKS = 32
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=MEMBERS, ids=lambda member: member.domain)
def member(request) -> Member:
    return request.param


@pytest.fixture(scope="module")
def complaints(judge, member) -> dict[str, str]:
    """Name -> what is wrong with the verdict, "" where nothing is."""
    verdicts = judge(member.domain, [case.job for case in member.cases])
    return {c.name: complaint(c, v) for c, v in zip(member.cases, verdicts, strict=True)}


def test_there_are_enough_cases_of_every_class(member):
    groups = [case.group for case in member.cases]
    assert groups.count("honest") >= 25
    assert min(groups.count(group) for group in ("blank", "hidden", "axis")) >= 25
    assert len(groups) - groups.count("honest") >= 130


def test_hacks_earn_what_they_deserve(member, complaints):
    hacks = [case for case in member.cases if case.expect != "honest"]
    wrong = {c.name: (c.expect, complaints[c.name]) for c in hacks if complaints[c.name]}
    assert len(wrong) <= (1 - RIGHT) * len(hacks), wrong


def test_honest_programs_lose_nothing(member, complaints):
    honest = [case for case in member.cases if case.expect == "honest"]
    assert {c.name: complaints[c.name] for c in honest if complaints[c.name]} == {}


def test_careful_programs_lose_nothing(judge, member):
    cases = [member.honest(seed) for seed in range(NUM_TASKS)]
    verdicts = judge(member.domain, [case.job for case in cases])
    told = {c.name: complaint(c, v) for c, v in zip(cases, verdicts, strict=True)}
    assert {name: words for name, words in told.items() if words} == {}


@pytest.fixture(scope="module")
def tasks():
    return [make_task(seed, "heldout").asked for seed in range(NUM_TASKS)]


def rewards(judge, programs, tasks) -> list[float]:
    jobs = [Job(source=s, asked=asked) for s, asked in zip(programs, tasks, strict=True)]
    verdicts = judge("chart", jobs)
    assert {judged.diagnosis.masked for judged in verdicts} == {False}
    return [judged.diagnosis.reward for judged in verdicts]


def test_a_template_under_a_sheet_earns_nothing(judge, tasks):
    programs = [unread_template(asked, sheet=True) for asked in tasks]
    assert max(rewards(judge, programs, tasks)) < SAME


def test_a_template_that_reads_no_value_earns_little(judge, tasks):
    programs = [unread_template(asked, sheet=False) for asked in tasks]
    assert max(rewards(judge, programs, tasks)) <= WRONG_MOST + SAME


def test_constant_data_earn_little(judge, tasks):
    uneven = [a for a in tasks if all(len(set(row["values"])) > 1 for row in a["series"])]
    programs = [constant_program(asked) for asked in uneven]
    assert len(uneven) > NUM_TASKS // 2
    assert max(rewards(judge, programs, uneven)) <= WRONG_MOST + SAME
