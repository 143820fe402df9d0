"""Questions and answers on the wire."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from vsdpo_jax.endpoint.chat import Chat, Malformed, Message, picture_tokens, read_response


def picture(width, height, kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size", "tokens"),
    # OpenAI's published examples: 1024 x 1024 is 765 tokens, 2048 x 4096 is 1105.
    [((1024, 1024), 765), ((2048, 4096), 1105), ((10, 10), 255)],
)
def test_pictures_cost_what_openai_says(size, tokens):
    assert picture_tokens(picture(*size)) == tokens


def test_the_digest_is_of_everything_the_answer_depends_on():
    small = picture(2, 2)

    def digest(parts=("a", small), model="m", url="u", **options):
        turn = Message(role="user", parts=parts)
        return Chat(messages=(turn,), **{"max_tokens": 5, **options}).digest(model, url)

    found = [
        digest(), digest(("b", picture(2, 2))), digest(("a", picture(3, 2))),
        digest((picture(2, 2), "a")), digest(model="n"), digest(url="v"), digest(max_tokens=6),
        digest(temperature=0.0), digest(seed=1), digest(detail="low"), digest(("\ud800",)),
    ]  # fmt: skip
    assert len(set(found)) == len(found)
    assert digest() == found[0]


def test_a_picture_is_told_by_its_first_bytes():
    turn = Message(role="user", parts=(picture(2, 2, "JPEG"),))
    (part,) = Chat(messages=(turn,), max_tokens=1).body("m")["messages"][0]["content"]
    assert part["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert "detail" not in part["image_url"]


def test_answers_in_parts_and_refusals_are_read():
    message = {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    raw = {"choices": [{"message": message}], "usage": {"prompt_tokens": True}}
    answer = read_response(json.dumps(raw).encode())
    assert (answer.text, answer.usage) == ("ab", None)
    refused = {"choices": [{"message": {"content": None, "refusal": "no"}}]}
    answer = read_response(json.dumps(refused).encode())
    assert (answer.text, answer.reason) == (None, "the model refuses (refusal)")


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100_000, b'{"choices": []}', b'{"choices": [{"message": "x"}]}', b"1"]
)
def test_what_is_no_answer_is_said(content):
    with pytest.raises(Malformed):
        read_response(content)
