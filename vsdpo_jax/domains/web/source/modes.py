"""The other insertion modes, and foreign content (HTML standard, 13.2.6.4 and 13.2.6.5)."""

from __future__ import annotations

from vsdpo_jax.domains.web.source import names
from vsdpo_jax.domains.web.source.construction import attribute
from vsdpo_jax.domains.web.source.tables import Tables
from vsdpo_jax.domains.web.source.tokens import Doctype, EndTag, StartTag

_RESTART = frozenset({"head", "body", "html", "br"})


class Modes(Tables):
    """Takes tokens in order; what it knows in the end is where each element ends."""

    def start(self, tag: StartTag) -> None:
        """A start tag."""
        if self._is_foreign_start(tag):
            self._start_foreign(tag)
        else:
            _STARTS[self.mode](self, tag)

    def end_tag(self, tag: EndTag) -> None:
        """An end tag."""
        if not self.open.nodes or self.current.namespace == "html":
            _ENDS[self.mode](self, tag)
            return
        # SVG and MathML: the innermost of that name, unless HTML begins inside it.
        found = self.open.last(f"#foreign:{tag.name}")
        if tag.name in ("br", "p"):
            self._leave_foreign()
            _ENDS[self.mode](self, tag)
        elif found > self.open.last("#html"):
            self.close_through(found, tag)
        else:
            _ENDS[self.mode](self, tag)

    def text(self, blank: bool) -> None:
        """Characters; ``blank``: nothing but white space."""
        if self.open.nodes and (node := self.current).namespace != "html":
            is_text_point = node.namespace == "math" and node.name in names.MATH_TEXT
            if not node.html_point and not is_text_point:
                if not blank:
                    self.frameset_ok = False
                return
        _TEXTS[self.mode](self, blank)

    def doctype(self, token: Doctype) -> None:
        """A doctype, which counts only at the beginning."""
        if self.mode == "initial":
            self.quirks = names.is_quirky(
                token.name, token.public_id, token.system_id, token.force_quirks
            )
            self.mode = "before html"

    def finish(self) -> None:
        """The end of the source closes everything.

        ``</body>`` and ``</html>`` close nothing; they are the ends of what is open where nothing
        that shows follows.
        """
        size = len(self.source)
        is_over = self.mode in ("after body", "after after body")
        while self.open.nodes:
            node = self.open.pop()
            tag = self.end_tags[node.tag] if node.tag >= 0 else None
            if not is_over:
                self.end(node, size)
            elif tag is not None:
                self.end(node, tag[1])
            else:
                self.end(node, self.body_end if self.open.nodes else size)

    # -- before the body

    def _start_initial(self, tag: StartTag) -> None:
        self._leave_initial()
        self.start(tag)

    def _end_initial(self, tag: EndTag) -> None:
        self._leave_initial()
        self.end_tag(tag)

    def _text_initial(self, blank: bool) -> None:
        if not blank:
            self._leave_initial()
            self.text(blank)

    def _leave_initial(self) -> None:
        self.quirks, self.mode = True, "before html"

    def _start_before_html(self, tag: StartTag) -> None:
        self.mode = "before head"
        if tag.name == "html":
            self.insert(tag)
        else:
            self.insert_implied("html")
            self.start(tag)

    def _end_before_html(self, tag: EndTag) -> None:
        if tag.name in _RESTART:
            self.insert_implied("html")
            self.mode = "before head"
            self.end_tag(tag)

    def _text_before_html(self, blank: bool) -> None:
        if not blank:
            self.insert_implied("html")
            self.mode = "before head"
            self.text(blank)

    def _start_before_head(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        elif tag.name == "head":
            self.head = self.insert(tag)
            self.mode = "in head"
        else:
            self._imply_head()
            self.start(tag)

    def _end_before_head(self, tag: EndTag) -> None:
        if tag.name in _RESTART:
            self._imply_head()
            self.end_tag(tag)

    def _text_before_head(self, blank: bool) -> None:
        if not blank:
            self._imply_head()
            self.text(blank)

    def _imply_head(self) -> None:
        self.head = self.insert_implied("head")
        self.mode = "in head"

    def start_in_head(self, tag: StartTag) -> None:
        name = tag.name
        if name == "html":
            self.start_html(tag)
        elif name in names.HEAD_VOID:
            self.insert_void(tag)
        elif name == "title":
            self.insert_text(tag, "rcdata")
        elif name in ("noframes", "style") or (name == "noscript" and self.scripts):
            self.insert_text(tag, "rawtext")
        elif name == "noscript":
            self.insert(tag)
            self.mode = "in head noscript"
        elif name == "script":
            self.insert_text(tag, "script")
        elif name == "template":
            self.insert(tag)
            self.formatting.push_marker()
            self.frameset_ok = False
            self.mode = "in template"
            self.template_modes.append("in template")
        elif name != "head":
            self._leave_head()
            self.start(tag)

    def end_in_head(self, tag: EndTag) -> None:
        if tag.name == "head":
            self.close(tag.end, tag)
            self.mode = "after head"
        elif tag.name == "template":
            if self.open.last("template") >= 0:
                self.close_implied(implied=names.THOROUGHLY_IMPLIED_END)
                self._close_template(tag)
        elif tag.name in _RESTART:
            self._leave_head()
            self.end_tag(tag)

    def _close_template(self, tag: EndTag | None) -> None:
        self.close_through(self.open.last("template"), tag)
        self.formatting.clear_to_marker()
        self.template_modes.pop()
        self.reset_mode()

    def _text_in_head(self, blank: bool) -> None:
        if not blank:
            self._leave_head()
            self.text(blank)

    def _leave_head(self) -> None:
        self.close()
        self.mode = "after head"

    def _start_in_head_noscript(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        elif tag.name in names.HEAD_VOID - {"base"} or tag.name in ("noframes", "style"):
            self.start_in_head(tag)
        elif tag.name not in ("head", "noscript"):
            self._leave_noscript()
            self.start(tag)

    def _end_in_head_noscript(self, tag: EndTag) -> None:
        if tag.name == "noscript":
            self.close(tag.end, tag)
            self.mode = "in head"
        elif tag.name == "br":
            self._leave_noscript()
            self.end_tag(tag)

    def _text_in_head_noscript(self, blank: bool) -> None:
        if not blank:
            self._leave_noscript()
            self.text(blank)

    def _leave_noscript(self) -> None:
        self.close()
        self.mode = "in head"

    def _start_after_head(self, tag: StartTag) -> None:
        name = tag.name
        if name == "html":
            self.start_html(tag)
        elif name == "body":
            self.insert(tag)
            self.frameset_ok = False
            self.mode = "in body"
        elif name == "frameset":
            self.insert(tag)
            self.mode = "in frameset"
        elif name in names.HEAD_CONTENT:
            assert self.head is not None
            self.open.push(self.head)
            self.start_in_head(tag)
            self.drop(self.head, self.position)
        elif name != "head":
            self._imply_body()
            self.start(tag)

    def _end_after_head(self, tag: EndTag) -> None:
        if tag.name == "template":
            self.end_in_head(tag)
        elif tag.name in _RESTART - {"head"}:
            self._imply_body()
            self.end_tag(tag)

    def _text_after_head(self, blank: bool) -> None:
        if not blank:
            self._imply_body()
            self.text(blank)

    def _imply_body(self) -> None:
        self.insert_implied("body")
        self.mode = "in body"

    # -- raw text

    def _start_text(self, tag: StartTag) -> None:
        raise AssertionError("raw text holds no tags")

    def _end_text(self, tag: EndTag) -> None:
        self.close(tag.end, tag)
        self.mode = self.original_mode

    def _text_text(self, blank: bool) -> None:
        pass

    # -- templates

    def _start_in_template(self, tag: StartTag) -> None:
        if tag.name in names.HEAD_CONTENT:
            self.start_in_head(tag)
            return
        if tag.name in names.CELLS:
            mode = "in row"
        elif tag.name == "tr":
            mode = "in table body"
        elif tag.name == "col":
            mode = "in column group"
        elif tag.name in names.TABLE_PARTS:
            mode = "in table"
        else:
            mode = "in body"
        self.template_modes[-1] = self.mode = mode
        self.start(tag)

    def _end_in_template(self, tag: EndTag) -> None:
        if tag.name == "template":
            self.end_in_head(tag)

    # -- behind the body, and framesets

    def _start_after_body(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        else:
            self.mode = "in body"
            self.start(tag)

    def _end_after_body(self, tag: EndTag) -> None:
        if tag.name != "html":
            self.mode = "in body"
            self.end_tag(tag)
            return
        self.mode = "after after body"
        if self.open.nodes[0].tag >= 0:
            self.end_tags[self.open.nodes[0].tag] = (tag.start, tag.end)

    def _end_after_after_body(self, tag: EndTag) -> None:
        self.mode = "in body"
        self.end_tag(tag)

    def _text_after_body(self, blank: bool) -> None:
        if not blank:
            self.mode = "in body"
            self.text(blank)

    def _start_in_frameset(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        elif tag.name == "frameset":
            self.insert(tag)
        elif tag.name == "frame":
            self.insert_void(tag)
        elif tag.name == "noframes":
            self.start_in_head(tag)

    def _end_in_frameset(self, tag: EndTag) -> None:
        if tag.name == "frameset" and len(self.open.nodes) > 1:
            self.close(tag.end, tag)
            if not self.current_is("frameset"):
                self.mode = "after frameset"

    def _start_after_frameset(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        elif tag.name == "noframes":
            self.start_in_head(tag)

    def _end_after_frameset(self, tag: EndTag) -> None:
        if tag.name == "html":
            self.mode = "after after frameset"

    def _end_nothing(self, tag: EndTag) -> None:
        pass

    # -- SVG and MathML

    def _is_foreign_start(self, tag: StartTag) -> bool:
        if not self.open.nodes or (node := self.current).namespace == "html":
            return False
        if node.html_point:
            return False
        if node.namespace == "math":
            if node.name in names.MATH_TEXT and tag.name not in ("mglyph", "malignmark"):
                return False
            if node.name == "annotation-xml" and tag.name == "svg":
                return False
        return True

    def _start_foreign(self, tag: StartTag) -> None:
        coloured = tag.name == "font" and any(
            attribute(self.source, tag, name) is not None for name in ("color", "face", "size")
        )
        if coloured or tag.name in names.BREAKOUT:
            self._leave_foreign()
            _STARTS[self.mode](self, tag)
            return
        self.insert(tag, self.current.namespace)
        if tag.self_closing:
            self.close(tag.end)

    def _leave_foreign(self) -> None:
        while True:
            node = self.current
            is_text_point = node.namespace == "math" and node.name in names.MATH_TEXT
            if node.namespace == "html" or node.html_point or is_text_point:
                return
            self.close()


_ALL = {
    "initial": (Modes._start_initial, Modes._end_initial, Modes._text_initial),
    "before html": (Modes._start_before_html, Modes._end_before_html, Modes._text_before_html),
    "before head": (Modes._start_before_head, Modes._end_before_head, Modes._text_before_head),
    "in head": (Modes.start_in_head, Modes.end_in_head, Modes._text_in_head),
    "in head noscript": (
        Modes._start_in_head_noscript,
        Modes._end_in_head_noscript,
        Modes._text_in_head_noscript,
    ),
    "after head": (Modes._start_after_head, Modes._end_after_head, Modes._text_after_head),
    "in body": (Modes.start_in_body, Modes.end_in_body, Modes.text_in_body),
    "text": (Modes._start_text, Modes._end_text, Modes._text_text),
    "in table": (Modes.start_in_table, Modes.end_in_table, Modes.text_in_table),
    "in caption": (Modes.start_in_caption, Modes.end_in_caption, Modes.text_in_body),
    "in column group": (
        Modes.start_in_column_group,
        Modes.end_in_column_group,
        Modes.text_in_column_group,
    ),
    "in table body": (Modes.start_in_table_body, Modes.end_in_table_body, Modes.text_in_table),
    "in row": (Modes.start_in_row, Modes.end_in_row, Modes.text_in_table),
    "in cell": (Modes.start_in_cell, Modes.end_in_cell, Modes.text_in_body),
    "in template": (Modes._start_in_template, Modes._end_in_template, Modes.text_in_body),
    "after body": (Modes._start_after_body, Modes._end_after_body, Modes._text_after_body),
    "in frameset": (Modes._start_in_frameset, Modes._end_in_frameset, Modes._text_text),
    "after frameset": (Modes._start_after_frameset, Modes._end_after_frameset, Modes._text_text),
    "after after body": (
        Modes._start_after_body,
        Modes._end_after_after_body,
        Modes._text_after_body,
    ),
    "after after frameset": (Modes._start_after_frameset, Modes._end_nothing, Modes._text_text),
}
_STARTS = {mode: steps[0] for mode, steps in _ALL.items()}
_ENDS = {mode: steps[1] for mode, steps in _ALL.items()}
_TEXTS = {mode: steps[2] for mode, steps in _ALL.items()}
