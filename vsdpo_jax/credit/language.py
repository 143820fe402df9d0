"""The language of a domain's programs: where the program stands in a text, and its statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from vsdpo_jax.credit.statements import Statements
from vsdpo_jax.records import Span

_FENCE = re.compile(
    r"^ {0,3}```[ \t]*(?P<language>[^\s`]*)[^\n`]*\n(?P<body>.*?)(?=^ {0,3}```[ \t]*$|\Z)"
    r"(?: {0,3}```[ \t]*$)?",
    re.MULTILINE | re.DOTALL,
)


def _all_of_it(text: str) -> Span:
    return (0, len(text))


def _utf_8(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language that programs are written in.

    Attributes:
      name: as people write it.
      fences: what marks a fenced block as a program, in lower case; the first is the usual one.
      parse: the statements of any string (Eq. 4's s); never raises, whatever the string is.
      decode: the text of a file's bytes; never raises.
      unfenced: where the program stands in a text without fences; all of it by default.
    """

    name: str
    fences: tuple[str, ...]
    parse: Callable[[str], Statements]
    decode: Callable[[bytes], str] = _utf_8
    unfenced: Callable[[str], Span] = _all_of_it

    def extract(self, text: str) -> tuple[str, int]:
        """The program in a completion.

        The first fenced block marked with one of ``fences``, else the first fenced block without a
        mark, else what ``unfenced`` finds. A block that a length limit cut off ends with the text.

        Returns:
          The program and the offset of its first character in ``text``.
        """
        blocks = list(_FENCE.finditer(text))
        for marks in (self.fences, ("",)):
            for block in blocks:
                if block["language"].lower() in marks:
                    return block["body"], block.start("body")
        start, end = self.unfenced(text)
        return text[start:end], start
