"""Text that a parser sees, and where in the source each of its characters stands.

The value of an attribute is written with character references, the text of a style element with
line ends of any kind: what is parsed is not what is written, and credit goes to what is written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.entities import html5

from vsdpo_jax.records import Span

_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<dec>[0-9]+));?|(?P<name>[A-Za-z0-9]+;?))"
)
_LONGEST_NAME = max(map(len, html5))
_PLAIN = re.compile("[^&\r\x00]*")
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """A text made of pieces of the source.

    Attributes:
      text: what the parser sees.
      end: where the text ends in the source.
    """

    text: str
    end: int
    _text_starts: tuple[int, ...] = field(repr=False)
    _source_spans: tuple[Span, ...] = field(repr=False)

    def span(self, start: int, end: int) -> Span:
        """The span of the source that ``text[start:end]`` was written as.

        A character that was written with several, such as one of ``&quot;``, is theirs whole.
        """
        first = self._place(start)[0]
        return (first, max(self._place(end - 1)[1], first) if end > start else first)

    def _place(self, index: int) -> Span:
        if not 0 <= index < len(self.text):
            return (self.end, self.end)
        piece = bisect_right(self._text_starts, index) - 1
        start, end = self._source_spans[piece]
        after = (
            self._text_starts[piece + 1] if piece + 1 < len(self._text_starts) else len(self.text)
        )
        begin = self._text_starts[piece]
        if after - begin == end - start:
            return (start + index - begin, start + index - begin + 1)
        return (start, end)


def excerpt(source: str, pieces: Iterable[tuple[Span, str]], end: int) -> Excerpt:
    """Joins pieces.

    Args:
      source: the whole text.
      pieces: spans of it in order, each with how it is written: "reference" (character references
        are decoded, as in text), "value" (as in attributes), "plain" (they are not).
      end: where the text ends, which is also where an empty one stands.
    """
    texts: list[str] = []
    starts: list[int] = []
    spans: list[Span] = []
    length = 0
    for (first, last), written in pieces:
        for start, stop, text in _decoded(source, first, last, written):
            texts.append(text)
            starts.append(length)
            spans.append((start, stop))
            length += len(text)
    return Excerpt(
        text="".join(texts), end=end, _text_starts=tuple(starts), _source_spans=tuple(spans)
    )


def value(source: str, span: Span) -> str:
    """The value of an attribute that is written in ``span``."""
    written = source[span[0] : span[1]]
    if _PLAIN.fullmatch(written):
        return written
    return "".join(text for _, _, text in _decoded(source, *span, "value"))


def _decoded(source: str, start: int, end: int, written: str) -> Iterable[tuple[int, int, str]]:
    """Pieces (start, end, text): line ends become "\\n", NUL U+FFFD, references what they name."""
    position = start
    while position < end:
        match = _PLAIN.match(source, position, end)
        assert match is not None
        if match.end() > position:
            yield position, match.end(), match.group()
            position = match.end()
            continue
        if source[position] == "\r":
            stop = (
                position + 2
                if source[position + 1 : min(position + 2, end)] == "\n"
                else position + 1
            )
            yield position, stop, "\n"
        elif source[position] == "\x00":
            stop = position + 1
            yield position, stop, _REPLACEMENT
        else:
            stop, text = (position + 1, "&")
            if written != "plain":
                stop, text = _reference(source, position, end, in_value=written == "value")
            yield position, stop, text
        position = stop


def _reference(source: str, start: int, end: int, *, in_value: bool) -> tuple[int, str]:
    """The end and the text of the character reference at an ampersand, or of a mere "&"."""
    match = _REFERENCE.match(source, start, end)
    if match is None:
        return start + 1, "&"
    if match["name"] is None:
        digits, base = (match["hex"], 16) if match["hex"] else (match["dec"], 10)
        return match.end(), _numeric(digits, base)
    name = match["name"][:_LONGEST_NAME]
    while name and name not in html5:
        name = name[:-1]
    stop = start + 1 + len(name)
    follower = source[stop : min(stop + 1, end)]
    # An old name without its semicolon stays text in a value where a word goes on: ?a&copy=1
    if not name or (
        in_value
        and not name.endswith(";")
        and follower
        and (follower == "=" or (follower.isascii() and follower.isalnum()))
    ):
        return start + 1, "&"
    return stop, html5[name]


def _numeric(digits: str, base: int) -> str:
    digits = digits.lstrip("0")
    code = int(digits or "0", base) if len(digits) < 9 else 0x110000
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("windows-1252", "ignore") or chr(code)
    return chr(code)
