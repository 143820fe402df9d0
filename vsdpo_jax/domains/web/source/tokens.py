"""The tokenizer of the HTML standard (section 13.2.5), with the place of everything in the source.

Every state of the standard that can run over many characters is one search, so that time is linear
in the source, whatever it is. What the tree builder has a say in (is this text raw, may CDATA
stand here) it says through ``Switch`` between two tokens. Carriage returns count as white space,
as they are line feeds by the time that a browser's tokenizer sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from vsdpo_jax.records import Span

Content = Literal["data", "rcdata", "rawtext", "script", "plaintext"]

WHITE = "\t\n\f\r "
_TAG_NAME = re.compile(r"[A-Za-z][^\t\n\f\r />]*")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+
    (?: (?P<close>>)
      | (?P<name>=?[^\t\n\f\r />=]*+)
        (?: [\t\n\f\r ]*+ = [\t\n\f\r ]*+
            (?: "(?P<double>[^"]*+)(?:"|\Z) | '(?P<single>[^']*+)(?:'|\Z)
              | (?P<missing>(?=>)) | (?P<bare>[^\t\n\f\r >]++) ) )?+ )""",
    re.VERBOSE,
)
_COMMENT_END = re.compile(r"--!?>")
_DOCTYPE = re.compile(r"<!doctype", re.IGNORECASE | re.ASCII)
_DOCTYPE_NAME = re.compile(r"[\t\n\f\r ]*([^\t\n\f\r >]*)[\t\n\f\r ]*")
_EXTERNAL_ID = re.compile(
    r"""(?: public [\t\n\f\r ]* (?:"(?P<public1>[^"]*)"|'(?P<public2>[^']*)')
          | system (?=[\t\n\f\r ]*["']) )
        (?: [\t\n\f\r ]* (?:"(?P<system1>[^"]*)"|'(?P<system2>[^']*)') )?""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_SCRIPT_MARK = re.compile(
    r"<!--|-->|<(?P<slash>/?)script(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII
)


class RawAttribute(NamedTuple):
    """An attribute as it is written; ``value`` is empty, behind the name, where none is written."""

    name: str
    span: Span
    value: Span


class StartTag(NamedTuple):
    name: str
    start: int
    name_end: int
    end: int
    attributes: list[RawAttribute]
    self_closing: bool


class EndTag(NamedTuple):
    name: str
    start: int
    end: int


class Text(NamedTuple):
    """Characters; ``written`` as in ``excerpt``."""

    start: int
    end: int
    written: Literal["reference", "plain"]


class Doctype(NamedTuple):
    """``None`` where an identifier is missing."""

    start: int
    name: str
    public_id: str | None
    system_id: str | None
    force_quirks: bool


Token = StartTag | EndTag | Text | Doctype


@dataclass(slots=True)
class Switch:
    """What the tree builder tells the tokenizer.

    Attributes:
      content: how the text after a start tag is read.
      name: of that start tag: its end tag ends the text.
      foreign: whether the current node is of SVG or MathML, where CDATA sections are.
      read_end: what the tokenizer tells back: where the tag, comment, doctype or CDATA section
        begins that the end of the source cuts off; -1: there is none.
    """

    content: Content = "data"
    name: str = ""
    foreign: bool = False
    read_end: int = -1


def tokens(source: str, switch: Switch) -> Iterator[Token]:
    """The tokens of a page in order; comments are left out.

    A tag that the end of the source cuts off is no token, as in a browser, and no text either.
    """
    position, size = (1 if source.startswith("\ufeff") else 0), len(source)
    while position < size:
        if switch.content != "data":
            end_tag = _raw_end(source, position, switch)
            if end_tag > position:
                written = "reference" if switch.content == "rcdata" else "plain"
                yield Text(position, end_tag, written)
            switch.content = "data"
            position = end_tag
            continue
        less = source.find("<", position)
        # A "<" that opens nothing is text; so is everything up to one that opens something.
        while less >= 0 and not _opens(source, less):
            less = source.find("<", less + 1)
        if less != position:
            stop = size if less < 0 else less
            yield Text(position, stop, "reference")
            position = stop
            continue
        token, position = _markup(source, less, switch)
        if token is not None:
            yield token
        if position < 0:
            switch.read_end, position = less, size


def _opens(source: str, less: int) -> bool:
    follower = source[less + 1 : less + 2]
    if follower == "/":
        # "</" before the end of the source is text, and before anything else a tag or a comment.
        return less + 2 < len(source)
    return follower in ("!", "?") if not follower.isalpha() else follower.isascii()


def _markup(source: str, less: int, switch: Switch) -> tuple[Token | None, int]:
    """The token at a "<" that opens something (None: a comment or nothing), and where it ends.

    The end is -1 where the end of the source cuts a tag or a comment off.
    """
    follower = source[less + 1]
    if follower == "/":
        name = _TAG_NAME.match(source, less + 2)
        if name is None:
            return None, _after(source, ">", less + 2)
        _, end, _ = _attributes(source, name.end())
        if end < 0:
            return None, -1
        return EndTag(_lower(name.group()), less, end), end
    if follower == "!":
        return _declaration(source, less, switch)
    if follower == "?":
        return None, _after(source, ">", less + 1)
    name = _TAG_NAME.match(source, less + 1)
    assert name is not None
    attributes, end, self_closing = _attributes(source, name.end())
    if end < 0:
        return None, -1
    return (
        StartTag(_lower(name.group()), less, name.end(), end, attributes, self_closing),
        end,
    )


def _attributes(source: str, position: int) -> tuple[list[RawAttribute], int, bool]:
    """The attributes behind a tag's name, the tag's end (-1: cut off), and if it closes itself."""
    found: list[RawAttribute] = []
    match_at = _ATTRIBUTE.match
    size = len(source)
    while True:
        match = match_at(source, position)
        assert match is not None
        if match["close"]:
            return (
                found,
                match.end(),
                match.start() < match.end() - 1 and source[match.end() - 2] == "/",
            )
        group = match.lastgroup or "name"
        end = match.end()
        if end >= size:
            return found, -1, False
        start, name_end = match.span("name")
        value = (name_end, name_end) if group == "name" else match.span(group)
        found.append(RawAttribute(_lower(source[start:name_end]), (start, end), value))
        position = end


def _declaration(source: str, less: int, switch: Switch) -> tuple[Token | None, int]:
    if source.startswith("<!--", less):
        start = less + 4
        if source.startswith(">", start):
            return None, start + 1
        if source.startswith("->", start):
            return None, start + 2
        end = _COMMENT_END.search(source, start)
        return None, end.end() if end else -1
    if _DOCTYPE.match(source, less):
        end = _after(source, ">", less)
        return _doctype(source, less, end if end > 0 else len(source)), end
    if switch.foreign and source.startswith("<![CDATA[", less):
        end = source.find("]]>", less + 9)
        stop = len(source) if end < 0 else end
        token = Text(less + 9, stop, "plain") if stop > less + 9 else None
        return token, -1 if end < 0 else end + 3
    return None, _after(source, ">", less + 2)


def _doctype(source: str, start: int, end: int) -> Doctype:
    closed = source[end - 1] == ">"
    inner = source[start + 9 : end - 1 if closed else end]
    name = _DOCTYPE_NAME.match(inner)
    assert name is not None
    rest = inner[name.end() :]
    ids = _EXTERNAL_ID.match(rest)
    public_id = system_id = None
    force_quirks = not closed or not name[1]
    if ids is not None:
        public_id = ids["public1"] if ids["public1"] is not None else ids["public2"]
        system_id = ids["system1"] if ids["system1"] is not None else ids["system2"]
        # What is left behind a whole external identifier is ignored; half a one makes quirks.
        left = rest[ids.end() :].lstrip(WHITE)
        force_quirks = force_quirks or (system_id is None and bool(left))
    elif rest:
        force_quirks = True
    return Doctype(start, _lower(name[1]), public_id, system_id, force_quirks)


def _raw_end(source: str, position: int, switch: Switch) -> int:
    """Where the text of a raw element ends: at its end tag, or with the source."""
    if switch.content == "plaintext":
        return len(source)
    if switch.content == "script":
        return _script_end(source, position)
    end = _END_TAGS[switch.name].search(source, position)
    return end.start() if end else len(source)


_END_TAGS = {
    name: re.compile(f"</{name}(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)
    for name in ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "noscript")
}


def _script_end(source: str, position: int) -> int:
    """The end of a script: inside ``<!--`` a whole nested script does not end it."""
    escaped = doubly = False
    while True:
        mark = _SCRIPT_MARK.search(source, position)
        if mark is None:
            return len(source)
        position = mark.end()
        if mark["slash"] is None:
            if mark.group() == "-->":
                escaped = doubly = False
            else:
                escaped = True
                # Its two dashes may be those of "-->".
                position -= 2
        elif mark["slash"]:
            if not doubly:
                return mark.start()
            doubly = False
        elif escaped:
            doubly = True


def _after(source: str, text: str, position: int) -> int:
    found = source.find(text, position)
    return -1 if found < 0 else found + len(text)


_UPPER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ\0", "abcdefghijklmnopqrstuvwxyz\ufffd")


def _lower(name: str) -> str:
    """ASCII lower case alone, as the standard has it: "K" (U+212A) stays what it is."""
    return name.lower() if name.isascii() and "\0" not in name else name.translate(_UPPER)
