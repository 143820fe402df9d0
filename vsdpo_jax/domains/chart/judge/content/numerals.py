"""Numbers as charts spell them: signs, separators, units, powers of ten, formulas."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

MAX_LENGTH, MAX_SPELLED = 40, 200
"""Longer texts are prose: in plain characters, and as formulas are written."""

_COMMANDS = re.compile(r"\\(?:mathdefault|mathregular|mathrm|mathbf|mathit|mathsf|text)\b")
_SPACES = re.compile(r"\\[,;: !]|[\u00a0\u2007\u2009\u202f]")
_GROUPED = re.compile(r"(?<=\d)[ '’](?=\d{3}(?!\d))")
_NUMBER = r"\d[\d.,]*|[.,]\d+"
_TEXT = re.compile(
    rf"""(?P<sign>[+-]?)\s*(?:[$€£¥¤]|US\$)?\s*(?P<inner>[+-]?)
    (?:(?:(?P<factor>{_NUMBER})\s*×\s*)?10\^(?P<power>[+-]?\d+)
      |(?P<number>{_NUMBER})(?:[eE](?P<exponent>[+-]?\d+))?)
    \s*(?P<unit>[^\d\s]{{0,12}}(?:\s[^\d\s]{{1,12}})?)""",
    re.VERBOSE,
)
_OFFSET = re.compile(r"(?:1e(?P<power>[+-]?\d+)|×?10\^(?P<tens>[+-]?\d+))?(?P<addend>[+-].+)?")
_MULTIPLES = {
    "k": (1e3,), "K": (1e3,), "tsd": (1e3,), "M": (1e6,), "mn": (1e6,), "mio": (1e6,),
    "B": (1e9,), "bn": (1e9,), "G": (1e9,), "mrd": (1e9,), "T": (1e12, 1.0), "tn": (1e12,),
    "m": (1.0, 1e-3, 1e6), "µ": (1e-6,), "μ": (1e-6,), "n": (1e-9, 1.0), "p": (1e-12, 1.0),
    "%": (1.0, 0.01), "‰": (1.0, 0.001),
}  # fmt: skip
"""What a suffix may multiply by; a metre, a thousandth and a million share a letter."""
_CURRENCY = "$€£¥¤"


@dataclass(frozen=True, kw_only=True, slots=True)
class Numeral:
    """A number that a text spells.

    Attributes:
      value: as spelled, before the unit multiplies it.
      factors: what the unit may multiply by, the likeliest first.
      step: one unit of its last digit.
      is_plain: no percent sign and no plus: a value, not a change or a share.
    """

    value: float
    factors: tuple[float, ...]
    step: float
    is_plain: bool


def read_numeral(text: str) -> Numeral | None:
    """The number that a text spells and nothing else; None for other texts.

    >>> read_numeral("1,250 k").factors
    (1000.0,)
    """
    plain = _plain(text[: MAX_SPELLED + 1])
    found = _TEXT.fullmatch(plain) if len(plain) <= MAX_LENGTH else None
    if found is None:
        return None
    spelled = found["factor"] or found["number"] or "1"
    number = _decimal(spelled)
    if number is None:
        return None
    value, decimals = number
    exponent = max(int(found["power"] or found["exponent"] or 0), -300)  # smaller ones are zeros
    if exponent > 300:
        return None
    negative = (found["sign"] == "-") != (found["inner"] == "-")
    value = math.copysign(value * 10.0**exponent, -1.0 if negative else 1.0)
    unit = found["unit"].strip()
    return Numeral(
        value=value,
        factors=_factors(unit),
        step=10.0 ** (exponent - decimals),
        is_plain="%" not in unit and found["sign"] != "+",
    )


def read_offset(text: str) -> tuple[float, float] | None:
    """What the text at the end of an axis says: labels times the first, plus the second.

    "1e6" gives (1e6, 0), "+1.2e4" (1, 12000); None for a text that says neither.
    """
    plain = _plain(text[: MAX_SPELLED + 1]).replace(" ", "")
    found = _OFFSET.fullmatch(plain) if 0 < len(plain) <= MAX_LENGTH else None
    if found is None:
        return None
    power = int(found["power"] or found["tens"] or 0)
    addend = 0.0
    if found["addend"]:
        numeral = read_numeral(found["addend"])
        if numeral is None:
            return None
        addend = numeral.value
    return (10.0**power, addend) if abs(power) <= 300 else None


def _plain(text: str) -> str:
    """Formulas, dashes and thin spaces in plain characters."""
    text = text.replace(r"\$", "¤").replace(r"\%", "%").replace("$", "")
    text = _SPACES.sub(" ", _COMMANDS.sub("", text))
    text = text.replace(r"\times", "×").replace(r"\cdot", "×").replace("·", "×")
    text = text.replace("{", "").replace("}", "").replace("\u2212", "-").replace("\u2013", "-")
    return _GROUPED.sub("", " ".join(text.split()))


def _decimal(spelled: str) -> tuple[float, int] | None:
    """(number, decimals): a comma is a mark of thousands where three digits follow it."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d*)?", spelled):
        spelled = spelled.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", spelled):
        spelled = spelled.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d*,\d+", spelled):
        spelled = spelled.replace(",", ".")
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", spelled):
        return None
    return float(spelled), len(spelled.partition(".")[2])


def _factors(unit: str) -> tuple[float, ...]:
    first = unit.split(" ")[0]
    for word in (first, first.rstrip(_CURRENCY), first.rstrip(".").lower()):
        if word in _MULTIPLES:
            return _MULTIPLES[word]
    if len(first) > 1 and first[0] in "kKM" and first[1] in _CURRENCY:
        return _MULTIPLES[first[0]]
    return (1.0,)
