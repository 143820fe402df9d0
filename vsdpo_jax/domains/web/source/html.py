"""A page's text as tags with their places: the HTML standard's tokenizer and tree construction.

A browser reads the same tags (tests/domains/web/source asks one): what it takes for raw text, a
comment or CDATA is no tag here either. No parser that we found does it: justhtml scans end tags by
rules of its own, is several times slower, takes a minute for a megabyte of "<", and gives no places
of attributes. Time is linear in the length of the source, and nothing recurses.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from typing import Literal

from vsdpo_jax.domains.web.source.excerpt import Excerpt, excerpt, value
from vsdpo_jax.domains.web.source.modes import Modes
from vsdpo_jax.domains.web.source.tokens import (
    WHITE,
    EndTag,
    StartTag,
    Switch,
    Text,
    tokens,
)
from vsdpo_jax.records import Span

Namespace = Literal["html", "svg", "math"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """An attribute of a start tag, duplicates included (a browser takes the first of a name).

    Attributes:
      name: in lower case.
      span: all of it, quotes included.
      value: character references decoded; "" where none is written.
      value_span: the value as it is written, quotes excluded; empty, behind the name, without one.
    """

    name: str
    span: Span
    value: str
    value_span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A start tag of the source and the element that it makes.

    Attributes:
      name: as written, in lower case; a browser makes ``img`` of ``image``, and ``linearGradient``
        of ``lineargradient``.
      namespace: of the element; None: the tag makes none (a stray ``<tr>``, a second ``<body>``).
      span: from the start tag to the end tag, or, where that is missing or implied, to where a
        browser closes the element. Any two are nested or apart: an element that is closed while
        later ones stay open in it (``<b><i></b></i>``) reaches to the end of those.
      start_tag: from "<" to behind ">".
      end_tag: the end tag that closed it, or None.
      attributes: in the order of the source.
      insert_at: where the text of one more attribute can be put in.
    """

    name: str
    namespace: Namespace | None
    span: Span
    start_tag: Span
    end_tag: Span | None
    attributes: tuple[Attribute, ...]
    insert_at: int

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of a name that counts: the first."""
        return next((found for found in self.attributes if found.name == name), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The text of a style element.

    Attributes:
      owner: the index of its tag.
      text: what the CSS parser sees, each character with its place in the source.
    """

    owner: int
    text: Excerpt


@dataclass(frozen=True, kw_only=True, slots=True)
class Markup:
    """The tags of a page.

    Attributes:
      tags: every start tag, in the order of the source.
      sheets: the style elements, in the order of the source.
      alike: groups of tags that have to stay the same to a browser: of four formatting elements
        that are, it drops one ("Noah's Ark clause"). Disjoint, each in order.
      read_end: where the source is cut off in a tag or a comment, the beginning of that; else its
        length.
    """

    tags: tuple[Tag, ...]
    sheets: tuple[Sheet, ...]
    alike: tuple[tuple[int, ...], ...]
    read_end: int


def read(source: str, *, scripts: bool = False) -> Markup:
    """Reads a page.

    Args:
      source: any string.
      scripts: whether the page's scripts run. If they do not, what is in ``noscript`` is markup.
    """
    switch = Switch()
    tree = Modes(source, switch, scripts=scripts)
    starts: list[StartTag] = []
    sheets: dict[int, list[tuple[Span, str]]] = {}
    for token in tokens(source, switch):
        tree.position = token.start
        if isinstance(token, StartTag):
            starts.append(token)
            tree.ends.append(-1)
            tree.end_tags.append(None)
            tree.namespaces.append(None)
            tree.start(token)
            node = tree.open.nodes[-1] if tree.open.nodes else None
            if token.name == "style" and node is not None and node.tag == len(starts) - 1:
                sheets[node.tag] = []
        elif isinstance(token, EndTag):
            tree.end_tag(token)
        elif isinstance(token, Text):
            node = tree.open.nodes[-1] if tree.open.nodes else None
            if node is not None and node.name == "style" and node.tag in sheets:
                sheets[node.tag].append(((token.start, token.end), token.written))
            _text(tree, source, token)
        else:
            tree.doctype(token)
        node = tree.open.nodes[-1] if tree.open.nodes else None
        switch.foreign = node is not None and node.namespace != "html"
    tree.finish()
    ends = _nested([(tag.start, tag.end) for tag in starts], tree.ends)
    return Markup(
        tags=tuple(
            _tag(source, tag, tree, index, end)
            for index, (tag, end) in enumerate(zip(starts, ends, strict=True))
        ),
        sheets=tuple(
            Sheet(
                owner=owner,
                text=excerpt(source, pieces, pieces[-1][0][1] if pieces else starts[owner].end),
            )
            for owner, pieces in sheets.items()
        ),
        alike=_joined(tree.formatting.alike),
        read_end=switch.read_end if switch.read_end >= 0 else len(source),
    )


def _text(tree: Modes, source: str, token: Text) -> None:
    """Gives the tree builder what matters of a text: whether it is more than white space."""
    written = source[token.start : token.end].strip(WHITE)
    if token.written == "reference" and "&" in written:
        written = unescape(written).strip(WHITE)
    # NUL is dropped in the body and in tables, and replaced elsewhere without consequence; before
    # the body it ends the head like any text.
    in_body = tree.mode not in ("initial", "before html", "before head", "in head", "after head")
    if in_body and "\0" in written:
        written = written.replace("\0", "").strip(WHITE)
        if not written and not source[token.start : token.end].replace("\0", ""):
            return
    tree.text(not written)


def _tag(source: str, tag: StartTag, tree: Modes, index: int, end: int) -> Tag:
    return Tag(
        name=tag.name,
        namespace=tree.namespaces[index],  # type: ignore[arg-type]
        span=(tag.start, end),
        start_tag=(tag.start, tag.end),
        end_tag=tree.end_tags[index],
        attributes=tuple(
            Attribute(name=name, span=span, value=value(source, written), value_span=written)
            for name, span, written in tag.attributes
        ),
        insert_at=tag.name_end,
    )


def _nested(start_tags: list[Span], ends: list[int]) -> list[int]:
    """Widens elements to the end of what began in them, so that any two are nested or apart."""
    widened = [max(end, ends[index]) for index, (_, end) in enumerate(start_tags)]
    outermost: list[int] = []
    for index in reversed(range(len(start_tags))):
        while outermost and start_tags[outermost[-1]][0] < widened[index]:
            widened[index] = max(widened[index], widened[outermost.pop()])
        outermost.append(index)
    return widened


def _joined(groups: list[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Joins groups that share a member."""
    root: dict[int, int] = {}

    def find(index: int) -> int:
        while root.setdefault(index, index) != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for first, *rest in groups:
        for index in rest:
            low, high = sorted((find(first), find(index)))
            root[high] = low
    members: dict[int, list[int]] = {}
    for index in sorted(root):
        members.setdefault(find(index), []).append(index)
    return tuple(tuple(group) for group in members.values())
