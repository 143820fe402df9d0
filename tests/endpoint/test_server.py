"""What a server may be, and what its headers mean."""

from __future__ import annotations

import pytest

from vsdpo_jax.endpoint.server import Endpoint, read_key, retry_after


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": " "}, "model is empty"),
        ({"url": "localhost:8000"}, "url = 'localhost:8000': use one such as"),
        ({"url": "http://"}, "use one such as"),
        ({"url": "http://host:port/v1"}, "use one such as"),
        ({"url": "http://u:secret@host/v1"}, "keys come from the environment"),
        ({"url": "http://host/v1?key=secret"}, "keys come from the environment"),
        ({"key_variable": "sk-secret"}, "not the key"),
        ({"in_flight": 0}, "in_flight = 0: use more than 0"),
        ({"timeout_s": float("nan")}, "timeout_s = nan"),
        ({"requests_per_minute": -1.0}, "use 0 (unlimited) or more"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name_and_secrets_are_not_repeated(given, words):
    with pytest.raises(ValueError) as error:
        Endpoint(**{"model": "m", **given})
    assert words in str(error.value)
    assert "secret" not in str(error.value)


def test_the_address_is_below_the_base_however_it_is_given():
    for url in ("http://h/v1", "http://h/v1/", "http://h/v1/chat/completions"):
        assert Endpoint(model="m", url=url).address == "http://h/v1/chat/completions"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.0), ("", 0.0), ("2.5", 2.5), ("-1", 0.0), ("soon", 0.0), ("nan", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after(header, 10.0) == seconds


def test_a_key_is_read_from_the_environment_alone(monkeypatch):
    monkeypatch.setenv("MY_KEY", " abc \n")
    assert read_key("MY_KEY") == "abc"
    monkeypatch.delenv("MY_KEY")
    assert read_key("MY_KEY") == ""
