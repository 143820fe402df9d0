"""Numbers as labels of charts spell them."""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"(?P<sign>[-−–(])?\s?[$€£¥]?\s?(?P<number>\d[\d,\u00a0\u202f ]*(?:\.\d+)?|\.\d+)"
    r"\s?(?P<unit>%|k\b|m\b|mn\b|bn\b|b\b)?",
    re.IGNORECASE,
)
_UNITS = {"k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9}
ROUNDED = 0.02
"""Relative error of a label: two digits are shown."""


def numbers_of(text: str) -> list[float]:
    """The numbers that a label says; thousands and signs as in English, units as factors."""
    found = []
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[^\d.]", "", match["number"])
        value = float(digits) * _UNITS.get((match["unit"] or "").casefold(), 1.0)
        found.append(-value if match["sign"] else value)
    return found


def says(number: float, value: float) -> bool:
    """Whether a label's number is a value, rounded; or that in per cent."""
    near = max(ROUNDED * abs(value), 0.51 if abs(value) >= 10 else 0.051)
    return abs(number - value) <= near or abs(number - 100 * value) <= max(100 * near * 0.02, 0.51)
