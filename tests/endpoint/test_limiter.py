"""Places for requests, with a clock of our own."""

from __future__ import annotations

from vsdpo_jax.endpoint.limiter import Limiter


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_requests_and_tokens_are_spaced_and_a_pause_holds_all():
    clock = Clock()
    limiter = Limiter(60, 6000, clock)
    # A second a request, a hundredth a token: the slower of the two counts.
    assert [limiter.reserve(50), limiter.reserve(300), limiter.reserve(1)] == [0.0, 1.0, 4.0]
    limiter.pause(10)
    assert limiter.reserve(1) == 10.0
    assert limiter.paused() == 10.0
    clock.now += 30
    assert (limiter.paused(), limiter.reserve(1)) == (0.0, 0.0)


def test_without_limits_nothing_waits():
    limiter = Limiter(0, 0, Clock())
    assert [limiter.reserve(10**9) for _ in range(3)] == [0.0, 0.0, 0.0]
