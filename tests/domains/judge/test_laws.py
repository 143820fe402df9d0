"""Laws of a judge: taking away never pays, and what nobody sees changes nothing.

Programs are drawn from the careful ones of the lab and from the honest ones of the suite; every
example is painted and judged for real.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from members import MEMBERS
from suite import SAME, WRONG_MOST, Case, Member

from vsdpo_jax.domains.pool import Job

FEW = settings(
    max_examples=3,
    derandomize=True,  # every example is a second of rendering: the same ones each time
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # a smaller seed is no simpler chart
)
SEEDS = st.integers(0, 10_000)
pytestmark = pytest.mark.slow
# By their names: an example that fails is printed with all of its arguments.
MEMBER_OF = {member.domain: member for member in MEMBERS}
WAYS = {f"{m.domain}: {way.name}": (m, way) for m in MEMBERS for way in m.ways}
DISGUISES = {f"{m.domain}: {d.name}": (m, d) for m in MEMBERS for d in m.disguises}


def honest_case(
    member: Member, seed: int, own: bool, fits: Callable[[dict[str, Any]], bool] = bool
) -> Case:
    """An honest program of the suite (``own``) or of the lab, the first from ``seed`` that fits."""
    files = [case for case in member.cases if case.expect == "honest"]
    for number in range(seed, seed + 100):
        case = files[number % len(files)] if own else member.honest(number)
        if fits(case.asked):
            return case
    raise AssertionError("no honest program fits")


def rewards_of(judge, member: Member, case: Case, sources: list[str]) -> list[float]:
    jobs = [Job(source=source, asked=case.asked) for source in (case.source, *sources)]
    verdicts = judge(member.domain, jobs)
    for source, judged in zip(sources, verdicts[1:], strict=True):
        assert judged.render.status in ("ok", "no_artifact"), (judged.render.error, source)
    return [judged.diagnosis.reward for judged in verdicts]


@pytest.mark.parametrize("name", WAYS)
@FEW
@given(seed=SEEDS, own=st.booleans())
def test_taking_away_never_pays(judge, name, seed, own):
    member, way = WAYS[name]
    case = honest_case(member, seed, own, way.fits)
    steps = [way.apply(case.source, step) for step in range(1, way.steps + 1)]
    rewards = rewards_of(judge, member, case, steps)
    assert rewards[0] > 1 - SAME, case.name
    assert all(after <= before + SAME for before, after in pairwise(rewards)), (case.name, rewards)
    most = 0.0 if way.end == "nothing" else WRONG_MOST
    assert rewards[-1] <= most + SAME, (case.name, rewards)


@pytest.mark.parametrize("domain", MEMBER_OF)
@FEW
@given(seed=SEEDS, own=st.booleans())
def test_all_ways_one_after_another_leave_nothing(judge, domain, seed, own):
    member = MEMBER_OF[domain]
    case = honest_case(member, seed, own)
    ways = [way for way in member.ways if way.fits(case.asked)]
    Random(seed).shuffle(ways)
    sources, source = [], case.source
    for way in ways:
        source = way.apply(source, way.steps)
        sources.append(source)
    rewards = rewards_of(judge, member, case, sources)
    told = (case.name, [way.name for way in ways], rewards)
    assert all(after <= before + SAME for before, after in pairwise(rewards)), told
    assert rewards[-1] < SAME, told


@pytest.mark.parametrize("name", DISGUISES)
@FEW
@given(seed=SEEDS, number=st.integers(1, 1000), careless=st.booleans())
def test_what_nobody_sees_changes_nothing(judge, name, seed, number, careless):
    member, disguise = DISGUISES[name]
    case = (member.careless if careless else member.honest)(seed)
    other = disguise.apply(case.source, number)
    before, after = judge(member.domain, [case.job, Job(source=other, asked=case.asked)])
    assert before.render.status == "ok", before.render.error
    assert after.render.status == "ok", (after.render.error, other)
    if disguise.needs_whole and not before.diagnosis.rubric["clip"]:
        return  # what lies outside shows in a tight picture: it is another one
    assert after.diagnosis.rubric == before.diagnosis.rubric, (case.name, other)
    assert after.diagnosis.reward == pytest.approx(before.diagnosis.reward)


@pytest.mark.parametrize("name", DISGUISES)
def test_every_disguise_changes_the_program(name):
    member, disguise = DISGUISES[name]
    sources = [member.honest(seed).source for seed in range(3)]
    assert any(disguise.apply(source, 1) != source for source in sources)
