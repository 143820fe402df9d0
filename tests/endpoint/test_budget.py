"""Dollars that are kept before a request goes out, against a real server on this machine."""

from __future__ import annotations

import pytest
from local_endpoint import completion, serving

from vsdpo_jax.endpoint.budget import Budget, BudgetSpent
from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.chat import Chat, Message
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint
from vsdpo_jax.endpoint.tally import Price

CENT = Price(question=1e4, answer=1e4)
"""A token costs a cent: the server's 10 + 5 are $.15, ``question`` is estimated at $.23."""


def question(number):
    text = f"{number:>10}"
    return Chat(messages=(Message(role="user", parts=(text,)),), max_tokens=20)


def asked(server, budget, count, cache=None, **options):
    given = {"model": "m", "url": server.url, "backoff_s": 0.01, "attempts": 2, **options}
    client, found = Client(Endpoint(**given), cache, budget), {}
    try:
        client.ask_all(
            [question(number) for number in range(count)],
            lambda number, answer: found.update({number: answer.text}),
        )
    except BudgetSpent as error:
        return client, found, str(error)
    return client, found, ""


def budget_of(dollars, **given):
    return Budget(price=CENT, dollars=dollars, setting="--budget", **given)


def test_no_question_goes_out_that_may_cost_more_than_is_left():
    with serving(lambda body, number: "four") as server:
        client, found, words = asked(server, budget_of(0.60), 9, in_flight=1)
    assert found == {0: "four", 1: "four", 2: "four"}
    assert words == (
        "--budget = 0.6: $0.4500 are spent, and the next question may cost $0.2300; raise it"
    )
    assert len(server.requests) == 3
    assert client.tally.dollars(CENT) == pytest.approx(0.45)


def test_what_is_under_way_is_waited_for_and_counts_before_it_is_known():
    with serving(lambda body, number: "four", 0.1) as server:
        _, found, words = asked(server, budget_of(0.65), 9, in_flight=6)
    # Two at $.23 fit beside each other, a third only once they have cost $.15 each.
    assert server.most_at_once == 2
    assert len(found) == len(server.requests) == 3
    assert "$0.4500 are spent" in words


@pytest.mark.parametrize(
    ("reply", "dollars"),
    [
        ((500, {}, "boom"), 0.0),
        ("close", 0.46),
        ((200, {}, completion("x")[:-9]), 0.46),
        ((200, {}, completion("x").replace("usage", "other")), 0.23),
    ],
)
def test_a_request_that_may_be_billed_counts_as_it_was_estimated(reply, dollars):
    budget = budget_of(5.0)
    with serving(lambda body, number: reply) as server:
        asked(server, budget, 1)
    assert budget.spent == pytest.approx(dollars)
    assert budget.held == pytest.approx(0.0)


def test_nobody_there_and_answers_that_are_known_cost_nothing(tmp_path):
    budget = budget_of(0.25)
    with serving(lambda body, number: "four") as server:
        asked(server, budget, 1, Cache(tmp_path))
        _, found, words = asked(server, budget, 1, Cache(tmp_path))
    assert (found, words) == ({0: "four"}, "")
    assert budget.spent == pytest.approx(0.15)
    gone = budget_of(0.25)
    asked(server, gone, 1)
    assert gone.spent == 0.0


def test_what_was_spent_before_counts_and_processes_share_the_rest():
    budget = budget_of(1.0, before=0.4, parts=2)
    assert budget.has_room(0.3)
    assert not budget.has_room(0.31)
    budget.hold(0.3)
    budget.settle(0.3, None)
    with pytest.raises(BudgetSpent, match=r"\$0.4000 earlier and \$0.3000 by one of 2 processes"):
        budget.hold(0.01)
