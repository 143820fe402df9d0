"""Where a model answers, and what a server's replies mean."""

from __future__ import annotations

import email.utils
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vsdpo_jax.endpoint.chat import Answer, Malformed, read_response

OPENAI = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"
MOST_WAIT_S = 300.0
"""A server that asks for a longer pause is out of service for this run."""
_REASON_LENGTH = 200
_AGAIN = (408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529)
_KEY_LIKE = re.compile(r"\b(?:sk|key|pk|Bearer)[-_ ][\w*.-]{4,}")
OLD_LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
"""Names of the limit on an answer; newer models of some servers know the second alone."""


class EndpointError(RuntimeError):
    """No question can be answered there. The message says why and what to do, never the key."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a model answers, and how hard it may be asked.

    Attributes:
      model: its name there.
      url: the server's base, such as "http://localhost:8000/v1".
      key_variable: of the environment, that holds the key; a server without keys needs none.
      in_flight: requests at a time.
      requests_per_minute, tokens_per_minute: 0: unlimited.
      timeout_s: of one request.
      attempts: of one question.
      backoff_s: before the second attempt; twice as long before each further one.
    """

    model: str
    url: str = OPENAI
    key_variable: str = KEY_VARIABLE
    in_flight: int = 8
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    timeout_s: float = 120.0
    attempts: int = 6
    backoff_s: float = 1.0

    def __post_init__(self) -> None:
        """Check it.

        Raises:
          ValueError: naming the field, the value and the remedy.
        """
        if not self.model.strip():
            raise ValueError("model is empty: name the model as the server does")
        _check_url(self.url)
        if not re.fullmatch(r"[A-Za-z_]\w*", self.key_variable):
            # It may be the key itself.
            raise ValueError("key_variable: name the variable of the environment, not the key")
        for name in ("in_flight", "attempts", "timeout_s", "backoff_s"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} = {getattr(self, name)}: use more than 0")
        for name in ("requests_per_minute", "tokens_per_minute"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} = {getattr(self, name)}: use 0 (unlimited) or more")

    @property
    def address(self) -> str:
        """Where requests go."""
        return f"{self.url.rstrip('/').removesuffix('/chat/completions')}/chat/completions"


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, has_name = parts.hostname, parts.username is not None or parts.password is not None
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"url: {error}; use one such as http://localhost:8000/v1") from None
    if has_name or parts.query or parts.fragment:
        # What is in the address ends in messages and in the cache's digest.
        raise ValueError("url: no name, password or query may stand in it; keys come from the "
                         "environment")  # fmt: skip
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"url = {url!r}: use one such as http://localhost:8000/v1")


def read_key(variable: str) -> str:
    """The key in a variable of the environment; "" where there is none.

    Raises:
      EndpointError: it cannot be sent.
    """
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EndpointError(f"{variable} holds characters that no key has; set it again")
    return key


class Again(Exception):
    """A question should be sent again.

    Attributes:
      wait_s: not before, by the server's word; 0: it names no time.
      is_pause: nothing else should be sent until then either.
      is_renamed: the limit on the answer has another name there; nothing to wait for.
    """

    def __init__(
        self, reason: str, wait_s: float = 0.0, *, is_pause: bool = False, is_renamed: bool = False
    ) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.is_pause = is_pause
        self.is_renamed = is_renamed


@dataclass(frozen=True, kw_only=True)
class Replies:
    """Reads the replies of one server.

    Attributes:
      endpoint: whose.
      key: that is sent; its letters are taken out of what the server says.
    """

    endpoint: Endpoint
    key: str

    def read(self, status: int, headers: Mapping[str, str], content: bytes, limit: str) -> Answer:
        """The answer, or the reason why there is none.

        Args:
          status, headers, content: of the response.
          limit: OLD_LIMIT or NEW_LIMIT, which was sent.

        Raises:
          Again: another attempt may help.
          EndpointError: no question can be answered there.
        """
        if status == 200:
            try:
                return read_response(content)
            except Malformed as error:
                raise Again(self.say(str(error))) from None
        said = self.say(_message_of(content))
        self._check_service(status, said)
        reason = f"the server answers {status}: {said}"
        if status == 400 and limit == OLD_LIMIT and NEW_LIMIT in said:
            raise Again(reason, is_renamed=True)
        if status not in _AGAIN:
            return Answer(text=None, reason=reason)
        wait_s = retry_after(headers.get("retry-after"), time.time())
        if wait_s > MOST_WAIT_S:
            return Answer(text=None, reason=f"{reason}; asks to wait {wait_s:.0f} s")
        raise Again(reason, wait_s, is_pause=status == 429)

    def _check_service(self, status: int, said: str) -> None:
        where = f"{self.endpoint.address} answers {status}"
        if status in (401, 403):
            has = "refuses the key in" if self.key else "wants a key, and none is in"
            raise EndpointError(f"{where}: it {has} {self.endpoint.key_variable}")
        if status == 404:
            raise EndpointError(
                f"{where}: there is no such address or no model {self.endpoint.model!r} ({said}); "
                f"give the server's base, such as http://localhost:8000/v1"
            )
        if status == 402 or "insufficient_quota" in said:
            raise EndpointError(f"{where}: no credit is left ({said})")

    def say(self, text: str) -> str:
        """A server's words, without the key that some repeat."""
        if self.key:
            text = text.replace(self.key, "[key]")
        return _KEY_LIKE.sub("[key]", text)[:_REASON_LENGTH]


def _message_of(content: bytes) -> str:
    """What an error response says, as a line."""
    text = content[:4000].decode("utf-8", "replace")
    try:
        found = json.loads(content)["error"]
        text = f"{found.get('message')} {found.get('code') or ''}"
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    return " ".join(text.split()) or "nothing more"


def retry_after(header: str | None, now: float) -> float:
    """Seconds that a Retry-After header asks for, given as such or as a date; 0: for none.

    Args:
      header: its value.
      now: seconds since the epoch.
    """
    try:
        seconds = float(header or 0)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(str(header)).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return max(seconds, 0.0) if seconds == seconds else 0.0
