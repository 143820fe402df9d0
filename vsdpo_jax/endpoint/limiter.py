"""When the next request may go: requests and tokens a minute, and pauses that a server asks for."""

from __future__ import annotations

import time
from collections.abc import Callable


class Limiter:
    """Spaces requests evenly, so that no minute holds more than it may.

    Args:
      requests_per_minute, tokens_per_minute: 0: unlimited.
      clock: seconds.
    """

    def __init__(
        self,
        requests_per_minute: float,
        tokens_per_minute: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._request_s = 60.0 / requests_per_minute if requests_per_minute else 0.0
        self._token_s = 60.0 / tokens_per_minute if tokens_per_minute else 0.0
        self._clock = clock
        self._requests_from = self._tokens_from = self._paused_until = clock()

    def reserve(self, tokens: int) -> float:
        """Take the next place for a request with so many tokens; returns the seconds until then."""
        now = self._clock()
        start = max(now, self._requests_from, self._tokens_from, self._paused_until)
        self._requests_from = start + self._request_s
        self._tokens_from = start + self._token_s * tokens
        return start - now

    def pause(self, seconds: float) -> None:
        """Let nothing go for some time."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    def paused(self) -> float:
        """Seconds that are left of a pause."""
        return max(0.0, self._paused_until - self._clock())
