"""What a setting may be, stated beside it: a range that is kept, and one that is usual.

Outside the first a value is refused: no run could learn from it, or end. Outside the second
somebody may know what they do, and are told what it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """Which values hold, and the remedy for one that does not.

    Attributes:
      holds: value -> whether it may be.
      remedy: what to use instead, with the reason.
      is_firm: a value outside is refused; otherwise it is let pass with a warning.
    """

    holds: Callable[[float], bool]
    remedy: str
    is_firm: bool = True


def at_least(low: float, why: str = "") -> Bound:
    """``low`` or more."""
    return Bound(lambda value: value >= low, f"use {_spelt(low)}{why} or more")


def at_most(high: float, why: str = "") -> Bound:
    """``high`` or less."""
    return Bound(lambda value: value <= high, f"use {_spelt(high)} or less{why}")


def above(low: float, why: str = "") -> Bound:
    """More than ``low``."""
    return Bound(lambda value: value > low, f"use a number above {_spelt(low)}{why}")


def within(low: float, high: float, why: str = "") -> Bound:
    """From ``low`` to ``high``, both included."""
    return Bound(lambda value: low <= value <= high, f"use {_spelt(low)} to {_spelt(high)}{why}")


def zero_or(low: float, high: float, off: str, why: str = "") -> Bound:
    """0, or from ``low`` to ``high``: what is smaller than that is neither off nor felt."""
    return Bound(
        lambda value: value == 0 or low <= value <= high,
        f"use 0 ({off}), or {_spelt(low)} to {_spelt(high)}{why}",
    )


def share(why: str = "") -> Bound:
    """From 0 to 1, both included."""
    return Bound(lambda value: 0 <= value <= 1, f"use a share between 0 and 1{why}")


def below_one() -> Bound:
    """From 0 on, less than 1."""
    return Bound(lambda value: 0 <= value < 1, "use [0, 1)")


def usually(low: float, high: float, what: str) -> Bound:
    """From ``low`` to ``high``; outside ``what`` is said, and the value is used."""
    return Bound(lambda value: low <= value <= high, what, is_firm=False)


def _spelt(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def nearest_divisors(number: int, wanted: int) -> str:
    """The divisors of ``number`` on either side of one that is none: "4 or 8"."""
    divisors = [size for size in range(1, number + 1) if number % size == 0]
    below, above = ([d for d in divisors if d < wanted], [d for d in divisors if d > wanted])
    return " or ".join(map(str, [*below[-1:], *above[:1]]))
