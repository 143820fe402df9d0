"""What every insertion mode does: insert, close, reconstruct, adopt (HTML standard, 13.2.6.1)."""

from __future__ import annotations

from collections.abc import Container

from vsdpo_jax.domains.web.source import names
from vsdpo_jax.domains.web.source.excerpt import value
from vsdpo_jax.domains.web.source.stack import SCOPE, ActiveFormatting, Node, OpenElements
from vsdpo_jax.domains.web.source.tokens import Content, EndTag, StartTag, Switch
from vsdpo_jax.records import Span

# Misnested formatting multiplies elements: N open <b> before N paragraphs are N x N of them in
# every browser. A page beyond these bounds has more elements than any renderer takes; what is left
# of it is read without that, in linear time.
_MAX_REOPENED = 300_000
_MAX_WORK = 3_000_000


class Construction:
    """The state of tree construction, and the steps that its insertion modes share.

    Attributes:
      ends: where each start tag's element ends in the source; -1 while it is open.
      end_tags: the end tag that closed it, or None.
      inserted: whether each start tag made an element (others are ignored).
      namespaces: of each start tag's element; None where it made none.
    """

    def __init__(self, source: str, switch: Switch, *, scripts: bool) -> None:
        self.source, self.switch, self.scripts = source, switch, scripts
        self.open = OpenElements()
        self.formatting = ActiveFormatting()
        self.ends: list[int] = []
        self.end_tags: list[Span | None] = []
        self.namespaces: list[str | None] = []
        self.mode = self.original_mode = "initial"
        self.template_modes: list[str] = []
        self.head: Node | None = None
        self.form: Node | None = None
        self.frameset_ok = True
        self.quirks = False
        self.position = 0
        self.body_end = 0
        self._reopened = 0

    # -- the stack

    @property
    def current(self) -> Node:
        return self.open.nodes[-1]

    def current_is(self, *wanted: str) -> bool:
        return self.current.namespace == "html" and self.current.name in wanted

    def insert(self, tag: StartTag, namespace: str = "html", name: str = "") -> Node:
        index = len(self.ends) - 1
        self.namespaces[index] = namespace
        node = Node(name or tag.name, namespace, index)
        if namespace != "html":
            node.html_point = self._is_html_point(tag, namespace)
        self.open.push(node)
        return node

    def insert_implied(self, name: str) -> Node:
        node = Node(name, "html", -1)
        self.open.push(node)
        return node

    def insert_void(self, tag: StartTag, namespace: str = "html", name: str = "") -> None:
        self.insert(tag, namespace, name)
        self.close(tag.end)

    def insert_text(self, tag: StartTag, content: Content) -> None:
        """An element whose text is read in a way of its own, up to its end tag."""
        self.insert(tag)
        self.switch.content, self.switch.name = content, tag.name
        self.original_mode, self.mode = self.mode, "text"

    def close(self, position: int | None = None, end_tag: EndTag | None = None) -> Node:
        """Pops the current node, whose element ends here."""
        node = self.open.pop()
        self.end(node, self.position if position is None else position, end_tag)
        return node

    def end(self, node: Node, position: int, end_tag: EndTag | None = None) -> None:
        """An element ends where it is closed for the first time: later ones are clones."""
        if node.tag >= 0 and self.ends[node.tag] < 0:
            self.ends[node.tag] = position
            if end_tag is not None:
                self.end_tags[node.tag] = (end_tag.start, end_tag.end)

    def close_through(self, index: int, tag: EndTag | None = None) -> None:
        """Pops down to and with a place of the stack; ``tag`` is the end tag of that element."""
        while len(self.open.nodes) > index + 1:
            self.close()
        if tag is None:
            self.close()
        else:
            self.close(tag.end, tag)

    def close_down_to(self, *kept: str) -> None:
        """Pops until the current node is one of these ("clear the stack back to a context")."""
        while not self.current_is("html", "template", *kept):
            self.close()

    def close_implied(
        self, but: Container[str] = (), implied: Container[str] = names.IMPLIED_END
    ) -> None:
        """Generates implied end tags."""
        while (
            self.current.namespace == "html"
            and self.current.name in implied
            and self.current.name not in but
        ):
            self.close()

    def close_paragraph(self, tag: EndTag | None = None) -> None:
        if self.open.in_scope("p", ("#scope", "button")):
            self.close_implied(but=("p",))
            self.close_through(self.open.last("p"), tag)

    def close_in_scope(
        self, tag: EndTag, scope: tuple[str, ...] = SCOPE, but: Container[str] = ()
    ) -> bool:
        """The end tag of an element that closes what is open inside; False: it is ignored."""
        if not self.open.in_scope(tag.name, scope):
            return False
        self.close_implied(but)
        self.close_through(self.open.last(tag.name), tag)
        return True

    def drop(self, node: Node, position: int, end_tag: EndTag | None = None) -> None:
        """Takes an element off the stack and leaves those inside it open."""
        above = self.open.take(node.index)[1:]
        self.formatting.work += len(above)
        self.end(node, position, end_tag)
        for kept in above:
            self.open.push(kept)

    def _is_html_point(self, tag: StartTag, namespace: str) -> bool:
        if namespace == "svg":
            return tag.name in names.SVG_POINTS
        if tag.name != "annotation-xml":
            return False
        encoding = attribute(self.source, tag, "encoding")
        return (encoding or "").lower() in ("text/html", "application/xhtml+xml")

    # -- formatting elements

    def push_formatting(self, tag: StartTag) -> None:
        node = self.insert(tag)
        first: dict[str, str] = {}
        for name, _, span in tag.attributes:
            first.setdefault(name, value(self.source, span))
        node.key = (tag.name, *sorted(first.items()))
        self.formatting.push(node)

    def reconstruct(self) -> None:
        """Opens the active formatting elements again that were closed with their surroundings."""
        entries = self.formatting.entries
        index = len(entries)
        while index and (entry := entries[index - 1]) is not None and entry.index < 0:
            index -= 1
        closed = len(entries) - index
        if closed and self._reopened + closed <= _MAX_REOPENED:
            self._reopened += closed
            for entry in entries[index:]:
                assert entry is not None
                self.open.push(entry)

    def adopt(self, tag: EndTag | StartTag) -> bool:
        """The adoption agency algorithm for the end tag of a formatting element.

        A clone is the node itself, which ended in the source when it was first closed.

        Returns:
          False where the end tag is to be read as any other end tag.
        """
        name = tag.name
        closing = tag if isinstance(tag, EndTag) else None
        if self.current_is(name) and not self.current.listed:
            self.close_through(len(self.open.nodes) - 1, closing)
            return True
        for _ in range(8):
            node = self.formatting.last(name)
            if node is None or self.formatting.work > _MAX_WORK:
                return False
            if node.index < 0:
                self.formatting.remove(node)
                return True
            if any(node.index < self.open.last(kind) for kind in SCOPE):
                return True
            furthest = self.open.first_after("#special", node.index)
            if furthest < 0:
                self.close_through(node.index, closing)
                self.formatting.remove(node)
                return True
            self._adopt_into(node, furthest, closing)
            closing = None
        return True

    def _adopt_into(self, node: Node, furthest: int, closing: EndTag | None) -> None:
        """One turn: formatting between ``node`` and the furthest block is taken along into it."""
        start = node.index
        above = self.open.take(start)
        self.formatting.work += len(above)
        self.end(node, self.position if closing is None else closing.end, closing)
        block = furthest - start
        kept: list[Node] = []
        behind: Node | None = None
        for count, between in enumerate(reversed(above[1:block]), start=1):
            if count > 3 and between.listed:
                self.formatting.remove(between)
            if not between.listed:
                self.end(between, self.position)
                continue
            behind = behind or between
            kept.append(between)
        if behind is not None:
            self.formatting.move_behind(node, behind)
        for moved in (*reversed(kept), above[block], node, *above[block + 1 :]):
            self.open.push(moved)


def attribute(source: str, tag: StartTag, name: str) -> str | None:
    """The value of a tag's attribute; the first of a name counts."""
    for found, _, span in tag.attributes:
        if found == name:
            return value(source, span)
    return None
