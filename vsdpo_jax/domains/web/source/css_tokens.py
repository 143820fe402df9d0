"""The tokens of CSS that give a style sheet its structure, with their places.

CSS Syntax Level 3, section 4. What matters is where strings, comments, urls and escapes end, which
brackets are brackets, and where names are. tinycss2 tells a token's line and column and not its
end; its tokens are the reference of the tests.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}[ \t\n]?|[^\n0-9a-fA-F])"
_NAME_CHARACTER = rf"(?:[A-Za-z0-9_\-]|[^\x00-\x7f]|{_ESCAPE})"
_NAME = rf"(?:--|-?(?:[A-Za-z_]|[^\x00-\x7f]|{_ESCAPE})){_NAME_CHARACTER}*+"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n]++)
    | (?P<comment>/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z))
    | (?P<string>"(?:[^"\\\n]++|\\(?:.|\n|\Z))*+(?:"|\Z|(?=\n))
        | '(?:[^'\\\n]++|\\(?:.|\n|\Z))*+(?:'|\Z|(?=\n)))
    | (?P<url>[uU][rR][lL]\((?![ \t\n]*["'])(?:[^)\\]++|\\(?:.|\n|\Z))*+(?:\)|\Z))
    | (?P<cdo><!--|-->)
    | (?P<function>{_NAME}\()
    | (?P<name>{_NAME})
    | (?P<at>@{_NAME})
    | (?P<hash>\#{_NAME_CHARACTER}++)
    | (?P<number>[+\-]?(?:\d++(?:\.\d++)?|\.\d++)(?:[eE][+\-]?\d++)?(?:%|{_NAME})?)
    | (?P<open>[\[(\{{])
    | (?P<close>[\])\}}])
    | (?P<delimiter>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPED = re.compile(_ESCAPE, re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class CssToken(NamedTuple):
    """A token.

    Attributes:
      kind: a group of the pattern above; "open" for functions too.
      text: as written.
      start, end: in the text of the sheet.
      partner: of an opening bracket, the index of the token that closes it, or the number of tokens
        where none does; of others, their own index.
    """

    kind: str
    text: str
    start: int
    end: int
    partner: int


def tokenize(text: str) -> list[CssToken]:
    """The tokens of a text whose line ends are line feeds; they cover it without gaps.

    A closing bracket that closes nothing is a delimiter, as it is to the parser.
    """
    found: list[tuple[str, str, int, int]] = []
    partners: list[int] = []
    open_brackets: list[tuple[int, str]] = []
    for index, match in enumerate(_TOKEN.finditer(text)):
        kind = match.lastgroup or "delimiter"
        written = match.group()
        partners.append(index)
        if kind in ("open", "function"):
            kind = "open"
            open_brackets.append((index, _CLOSING[written[-1]]))
        elif kind == "close":
            kind = "close" if open_brackets and open_brackets[-1][1] == written else "delimiter"
            if kind == "close":
                partners[open_brackets.pop()[0]] = index
        found.append((kind, written, match.start(), match.end()))
    for index, _ in open_brackets:
        partners[index] = len(found)
    return [CssToken(*token, partner) for token, partner in zip(found, partners, strict=True)]


def unescape(name: str) -> str:
    """A name as it is meant: ``c\\6flor`` is ``color``."""
    if "\\" not in name:
        return name
    return _ESCAPED.sub(_escaped_character, name)


def _escaped_character(match: re.Match[str]) -> str:
    written = match.group()[1:]
    digits = written.strip(" \t\n")
    if not digits or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return written
    code = int(digits, 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return chr(code)
