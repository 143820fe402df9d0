"""Asking, against a real server on this machine: well, late, refused, broken, gone."""

from __future__ import annotations

import asyncio
import io
import time

import pytest
from local_endpoint import completion, serving
from PIL import Image

from vsdpo_jax.endpoint.cache import Cache
from vsdpo_jax.endpoint.chat import Chat, Message
from vsdpo_jax.endpoint.client import Client
from vsdpo_jax.endpoint.server import Endpoint, EndpointError
from vsdpo_jax.endpoint.tally import Price

KEY = "sk-very-secret-0123"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def png(color="red"):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), color).save(buffer, "PNG")
    return buffer.getvalue()


def question(text="how many?", **options):
    parts = (png(), png("blue"), text)
    return Chat(messages=(Message(role="user", parts=parts),), **{"max_tokens": 7, **options})


def client_of(server, cache=None, **options):
    given = {"model": "m", "url": server.url, "backoff_s": 0.01, "timeout_s": 5.0, **options}
    return Client(Endpoint(**given), cache)


def ask(client, *chats, **options):
    found = {}
    client.ask_all(chats, lambda number, answer: found.update({number: answer}), **options)
    return [found[number] for number in range(len(chats))]


def test_a_question_goes_out_as_the_protocol_has_it_with_pictures_in_order():
    with serving(lambda body, number: "four") as server:
        client = client_of(server)
        (answer,) = ask(client, question(temperature=0.1, detail="high"))
    assert (answer.text, answer.finish, answer.usage) == ("four", "stop", (10, 5))
    ((headers, body, _, path),) = server.requests
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    content = body["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image_url", "image_url", "text"]
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert content[0] != content[1]
    assert content[0]["image_url"]["detail"] == "high"
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("m", 7, 0.1)
    assert "top_p" not in body
    assert client.tally.report(Price(question=1.0, answer=2.0)) == (
        "1 questions: 1 answered, 0 known from before, 0 without an answer; 1 requests sent; "
        "0.0 MB and 10 tokens of questions, 5 of answers; $0.0000"
    )
    assert client.tally.served == {"served-1"}


def test_many_are_in_flight_and_no_more_than_allowed():
    with serving(lambda body, number: body["messages"][0]["content"][2]["text"], 0.05) as server:
        client = client_of(server, in_flight=6)
        answers = ask(client, *(question(str(i)) for i in range(24)))
    assert [answer.text for answer in answers] == [str(i) for i in range(24)]
    assert server.most_at_once == 6


TROUBLES = {
    "500": (500, {}, "boom"),
    "503 with a page": (503, {}, "<html>"),
    "cut JSON": (200, {}, completion("x")[:-9]),
    "no choices": (200, {}, "{}"),
    "a list": (200, {}, "[]"),
    "null content": (200, {}, completion(None)),
    "the connection closes": "close",
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_may_pass_is_tried_again(trouble):
    with serving(lambda body, number: trouble if number < 2 else "four") as server:
        (answer,) = ask(client_of(server), question())
    assert answer.text == "four"
    assert len(server.requests) == 3


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_does_not_pass_is_no_answer_with_a_reason_and_never_a_zero(trouble):
    with serving(lambda body, number: trouble) as server:
        client = client_of(server, attempts=2)
        (answer,) = ask(client, question())
    assert answer.text is None
    assert answer.reason
    assert client.tally.unanswered.total() == 1


def test_a_server_that_is_too_slow_or_not_there_is_a_reason():
    with serving(lambda body, number: "late", 0.4) as server:
        (answer,) = ask(client_of(server, timeout_s=0.1, attempts=1), question())
    assert "Timeout" in answer.reason
    # Nobody listens there any more; once that is known, a question takes one attempt.
    client = client_of(server, attempts=3, in_flight=1)
    answers = ask(client, *[question()] * 4)
    assert all("ConnectError" in answer.reason for answer in answers)
    assert client.tally.sent == 3 + 3 * 1


def test_retry_after_is_kept_and_holds_back_everybody():
    def reply(body, number):
        return (429, {"retry-after": "0.4"}, "slow down") if number == 0 else "four"

    with serving(reply) as server:
        answers = ask(client_of(server, in_flight=1), question("a"), question("b"))
    assert [answer.text for answer in answers] == ["four", "four"]
    times = [entry[2] for entry in server.requests]
    assert times[1] - times[0] >= 0.4


def test_a_pause_beyond_reason_is_no_answer():
    with serving(lambda body, number: (429, {"retry-after": "3600"}, "tomorrow")) as server:
        (answer,) = ask(client_of(server), question())
    assert answer.reason.endswith("asks to wait 3600 s")
    assert len(server.requests) == 1


def test_requests_a_minute_are_kept():
    with serving(lambda body, number: "four") as server:
        start = time.monotonic()
        ask(client_of(server, requests_per_minute=600), *[question()] * 4)
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (401, f"Incorrect API key provided: {KEY}", "it refuses the key in OPENAI_API_KEY"),
        (404, '{"error": {"message": "no model m", "code": "x"}}', "no model 'm' (no model m x)"),
        (429, '{"error": {"message": "", "code": "insufficient_quota"}}', "no credit is left"),
    ],
)
def test_what_no_question_can_pass_ends_the_asking_and_tells_no_key(status, text, words):
    with (
        serving(lambda body, number: (status, {}, text)) as server,
        pytest.raises(EndpointError) as error,
    ):
        ask(client_of(server, in_flight=1), *[question()] * 5)
    assert words in str(error.value)
    assert KEY not in str(error.value)
    assert len(server.requests) == 1


def test_a_server_without_keys_gets_none_and_one_that_wants_one_says_so(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with serving(lambda body, number: "four") as server:
        ask(client_of(server), question())
        server.reply = lambda body, number: (401, {}, "")
        with pytest.raises(EndpointError, match="wants a key, and none is in OPENAI_API_KEY"):
            ask(client_of(server), question())
    assert "authorization" not in server.requests[0][0]


def test_a_key_that_cannot_be_sent_is_refused_unseen(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a\nb")
    with pytest.raises(EndpointError) as error:
        Client(Endpoint(model="m"))
    assert "sk-a" not in str(error.value)


def test_a_question_that_is_refused_for_itself_is_one_reason_without_the_key():
    said = f"picture too large, {KEY}"
    with serving(lambda body, number: (400, {}, said) if number == 0 else "four") as server:
        answers = ask(client_of(server, in_flight=1), question(), question())
    assert answers[0].reason == "the server answers 400: picture too large, [key]"
    assert answers[1].text == "four"


def test_a_server_that_knows_the_limit_by_its_new_name_gets_that():
    def reply(body, number):
        old = "max_tokens" in body
        return (400, {}, "Use 'max_completion_tokens' instead.") if old else "four"

    with serving(reply, 0.02) as server:
        answers = ask(client_of(server, in_flight=3), *[question()] * 6)
    assert {answer.text for answer in answers} == {"four"}
    assert server.requests[-1][1]["max_completion_tokens"] == 7


def test_an_answer_that_cannot_be_used_is_asked_for_again_and_not_kept(tmp_path):
    with serving(lambda body, number: "well" if number == 0 else "4") as server:
        (answer,) = ask(client_of(server), question(), accept=str.isdigit)
        assert answer.text == "4"
        server.reply = lambda body, number: "well"
        client = client_of(server, Cache(tmp_path))
        (answer,) = ask(client, question(), accept=str.isdigit)
    assert answer.text is None
    assert "cannot be used: 'well'" in answer.reason
    assert client.tally.question_tokens == 20, "what cannot be used costs as much"
    assert not list(tmp_path.rglob("*.json"))


def test_known_answers_are_not_asked_for_and_a_plan_sends_nothing(tmp_path):
    with serving(lambda body, number: "four") as server:
        ask(client_of(server, Cache(tmp_path)), question())
        client = client_of(server, Cache(tmp_path))
        plan = client.plan([question(), question("other"), question(temperature=0.5)])
        assert (plan.cached, plan.questions, plan.answer_tokens) == (1, 2, 14)
        assert plan.question_tokens == 2 * (2 * (85 + 170)) + 2 + 3
        assert "at most $0.00" in plan.report(Price(question=1.0, answer=1.0))
        (answer,) = ask(client, question())
    assert answer.text == "four"
    assert client.tally.cached == 1
    assert len(server.requests) == 1
    assert KEY not in "".join(path.read_text() for path in tmp_path.rglob("*.json"))


def test_what_the_asker_raises_ends_the_asking():
    def full(number, answer):
        raise OSError("disk full")

    with serving(lambda body, number: "four") as server, pytest.raises(OSError, match="disk full"):
        client_of(server).ask_all([question()] * 20, full)
    assert len(server.requests) <= 8


def test_it_asks_where_a_loop_is_running_too():
    async def inside():
        with serving(lambda body, number: "four") as server:
            return ask(client_of(server), question())

    (answer,) = asyncio.run(inside())
    assert answer.text == "four"


def test_an_interrupt_leaves_at_once():
    def interrupt(number, answer):
        raise KeyboardInterrupt

    with serving(lambda body, number: time.sleep(2 * number) or "four") as server:
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            client_of(server, in_flight=2).ask_all([question()] * 4, interrupt)
        assert time.monotonic() - start < 2.0
