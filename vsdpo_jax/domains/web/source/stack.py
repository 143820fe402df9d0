"""The stack of open elements and the list of active formatting elements, without a tree.

Where an element ends and how text is read depends on these two alone, not on where the tree hangs
what. Every question that the standard answers by walking up the stack is answered by the last place
of a name or of a kind, so that 30,000 open elements cost no more than three.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

from vsdpo_jax.domains.web.source import names

SCOPE = ("#scope",)
LIST_SCOPE = ("#scope", "#list")
TABLE_SCOPE = ("#table",)


@dataclass(slots=True, eq=False)
class Node:
    """An element of the page.

    Attributes:
      name: in lower case, for SVG too.
      namespace: "html", "svg" or "math".
      tag: the index of its start tag in the source; -1: implied.
      html_point: an HTML integration point.
      key: what makes formatting elements the same (name and attributes).
      index: its place on the stack; -1: not open.
      listed: whether it is an active formatting element.
    """

    name: str
    namespace: str
    tag: int
    html_point: bool = False
    key: tuple = ()
    index: int = -1
    listed: bool = False


@lru_cache(maxsize=4096)
def _kinds(namespace: str, name: str) -> tuple[str, ...]:
    """Under which names and kinds an element is found on the stack."""
    if namespace != "html":
        found = ["#foreign", f"#foreign:{name}"]
        bounds = names.SVG_POINTS if namespace == "svg" else names.MATH_TEXT | {"annotation-xml"}
        if name in bounds:
            found += ["#scope", "#special", "#special but address, div and p"]
        return tuple(found)
    found = [name, "#html"]
    if name in names.SPECIAL:
        found.append("#special")
        if name not in ("address", "div", "p"):
            found.append("#special but address, div and p")
    if name in names.SCOPE_ENDS:
        found.append("#scope")
    if name in names.TABLE_SCOPE_ENDS:
        found.append("#table")
    if name in ("ol", "ul"):
        found.append("#list")
    if name in names.HEADINGS:
        found.append("#heading")
    return tuple(found)


class OpenElements:
    """The stack of open elements."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._places: dict[str, list[int]] = {}

    def push(self, node: Node) -> None:
        node.index = len(self.nodes)
        for kind in _kinds(node.namespace, node.name):
            self._places.setdefault(kind, []).append(node.index)
        self.nodes.append(node)

    def pop(self) -> Node:
        node = self.nodes.pop()
        for kind in _kinds(node.namespace, node.name):
            self._places[kind].pop()
        node.index = -1
        return node

    def last(self, kind: str) -> int:
        """The index of the innermost open element of a name or kind; -1: none is open."""
        places = self._places.get(kind)
        return places[-1] if places else -1

    def first_after(self, kind: str, index: int) -> int:
        """The index of the outermost open element of a kind inside another; -1: there is none."""
        places = self._places.get(kind, [])
        place = bisect_right(places, index)
        return places[place] if place < len(places) else -1

    def in_scope(self, name: str, scope: tuple[str, ...] = SCOPE) -> bool:
        """Whether one is open and no boundary of the scope is open inside it."""
        found = self.last(name)
        return found >= 0 and all(found >= self.last(boundary) for boundary in scope)

    def take(self, index: int) -> list[Node]:
        """Takes everything from an index on off the stack, to be pushed again in another order."""
        taken = self.nodes[index:]
        while len(self.nodes) > index:
            self.pop()
        return taken


@dataclass(slots=True)
class _Segment:
    """The active formatting elements behind a marker."""

    start: int
    by_name: dict[str, list[Node]] = field(default_factory=dict)
    by_key: dict[tuple, list[Node]] = field(default_factory=dict)


class ActiveFormatting:
    """The list of active formatting elements; None is a marker.

    Attributes:
      alike: groups of four tags of which the standard drops one because they are the same.
      work: steps spent so far on finding and moving entries.
    """

    def __init__(self) -> None:
        self.entries: list[Node | None] = []
        self.alike: list[tuple[int, ...]] = []
        self.work = 0
        self._segments = [_Segment(0)]

    def push(self, node: Node) -> None:
        """Adds one; the earliest of three that are the same goes ("Noah's Ark clause")."""
        same = self._segments[-1].by_key.setdefault(node.key, [])
        if len(same) >= 3:
            self.alike.append((*(earlier.tag for earlier in same), node.tag))
            self.remove(same[0])
        self.entries.append(node)
        self._index(node)

    def push_marker(self) -> None:
        self.entries.append(None)
        self._segments.append(_Segment(len(self.entries)))

    def clear_to_marker(self) -> None:
        while self.entries:
            node = self.entries.pop()
            if node is None:
                self._segments.pop()
                return
            node.listed = False
        self._segments = [_Segment(0)]

    def last(self, name: str) -> Node | None:
        """The latest of a name behind the last marker."""
        found = self._segments[-1].by_name.get(name)
        return found[-1] if found else None

    def remove(self, node: Node) -> None:
        """Takes one off that is behind the last marker."""
        node.listed = False
        segment = self._segments[-1]
        for listed in (self.entries, segment.by_name[node.name], segment.by_key[node.key]):
            self._remove_from_end(listed, node)

    def move_behind(self, node: Node, other: Node) -> None:
        """Moves one behind another that stands later; both are behind the last marker."""
        self._remove_from_end(self.entries, node)
        place = len(self.entries)
        while self.entries[place - 1] is not other:
            place -= 1
        self.entries.insert(place, node)
        start = self._segments.pop().start
        self._segments.append(_Segment(start))
        for entry in self.entries[start:]:
            assert entry is not None
            self._index(entry)
        self.work += len(self.entries) - start

    def _remove_from_end(self, listed: list, node: Node) -> None:
        index = len(listed) - 1
        while listed[index] is not node:
            index -= 1
        self.work += len(listed) - index
        del listed[index]

    def _index(self, node: Node) -> None:
        node.listed = True
        segment = self._segments[-1]
        segment.by_name.setdefault(node.name, []).append(node)
        segment.by_key.setdefault(node.key, []).append(node)
