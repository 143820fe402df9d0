"""What is asked, what comes back, and what both look like on the wire (POST /chat/completions)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

Part = str | bytes
"""A text, or the bytes of a picture file."""
_MAGIC = {
    b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp",
}  # fmt: skip
LETTERS_PER_TOKEN = 4
# OpenAI's rule for a picture in high detail, which other models follow more or less.
_LONG_SIDE, _SHORT_SIDE, _TILE, _TILE_TOKENS, _PICTURE_TOKENS = 2048, 768, 512, 170, 85


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn.

    Attributes:
      role: "system", "user" or "assistant".
      parts: texts and pictures, in order.
    """

    role: str
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Chat:
    """One question to a model.

    Attributes:
      messages: its turns.
      max_tokens: of the answer.
      temperature, top_p, seed: of sampling; None: the server's.
      detail: of pictures, "low", "high" or "" (the server's).
    """

    messages: Sequence[Message]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    detail: str = ""

    def body(self, model: str) -> dict[str, Any]:
        """The request, JSON-able."""
        asked: dict[str, Any] = {
            "model": model,
            "messages": [
                {"role": turn.role, "content": [self._part(part) for part in turn.parts]}
                for turn in self.messages
            ],
            "max_tokens": self.max_tokens,
        }
        options = {"temperature": self.temperature, "top_p": self.top_p, "seed": self.seed}
        return asked | {name: value for name, value in options.items() if value is not None}

    def _part(self, part: Part) -> dict[str, Any]:
        if isinstance(part, str):
            return {"type": "text", "text": part}
        kind = next((kind for magic, kind in _MAGIC.items() if part.startswith(magic)), "image/png")
        url = f"data:{kind};base64,{base64.b64encode(part).decode()}"
        picture = {"url": url, "detail": self.detail} if self.detail else {"url": url}
        return {"type": "image_url", "image_url": picture}

    def digest(self, model: str, url: str) -> str:
        """Of all that the answer depends on: model, server, texts, pictures and sampling."""
        text = json.dumps([url, self.body(model)], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def estimate(self) -> int:
        """Tokens of the question, estimated: a token for four letters, OpenAI's rule for pictures.

        Servers count otherwise; what an answer cost is in its usage.
        """
        parts = [part for turn in self.messages for part in turn.parts]
        return sum(
            -(-len(part) // LETTERS_PER_TOKEN) if isinstance(part, str) else picture_tokens(part)
            for part in parts
        )


def picture_tokens(data: bytes) -> int:
    """Tokens of a picture in high detail by OpenAI's rule, from the head of its file."""
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
    scale = min(1.0, _LONG_SIDE / max(width, height))
    scale = min(scale, _SHORT_SIDE / min(width, height))
    tiles = math.ceil(width * scale / _TILE) * math.ceil(height * scale / _TILE)
    return _PICTURE_TOKENS + _TILE_TOKENS * tiles


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a question.

    Attributes:
      text: the answer; None: there is none.
      reason: why there is none.
      finish: why the model stopped, "stop" or "length" as a rule.
      served: the model's name as the server gives it.
      usage: tokens of question and answer as the server counts them; None: it does not say.
    """

    text: str | None
    reason: str = ""
    finish: str = ""
    served: str = ""
    usage: tuple[int, int] | None = None


class Malformed(ValueError):
    """A response is none of this protocol."""


def read_response(content: bytes) -> Answer:
    """The answer in a response of status 200.

    Raises:
      Malformed: it holds none; servers and proxies in trouble send such, so that one asks again.
    """
    try:
        found = json.loads(content)
        choice = found["choices"][0]
        message = choice["message"]
        text = message.get("content")
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError):
        raise Malformed(f"no answer in {content[:80]!r}") from None
    if isinstance(text, list):  # some servers give parts
        text = "".join(str(part.get("text", "")) for part in text if isinstance(part, Mapping))
    finish, served = str(choice.get("finish_reason") or ""), str(found.get("model") or "")
    common = {"finish": finish, "served": served, "usage": _usage(found.get("usage"))}
    if finish == "content_filter" or message.get("refusal"):
        return Answer(text=None, reason=f"the model refuses ({finish or 'refusal'})", **common)
    if not isinstance(text, str):
        raise Malformed(f"no text in the answer {content[:80]!r}")
    return Answer(text=text, **common)


def _usage(found: Any) -> tuple[int, int] | None:
    if not isinstance(found, Mapping):
        return None
    asked, answered = found.get("prompt_tokens"), found.get("completion_tokens", 0)
    if type(asked) is not int or type(answered) is not int or min(asked, answered) < 0:
        return None
    return asked, answered
