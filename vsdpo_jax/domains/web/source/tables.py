"""The insertion modes of tables (HTML standard, 13.2.6.4.9 to 13.2.6.4.15)."""

from __future__ import annotations

from vsdpo_jax.domains.web.source import names
from vsdpo_jax.domains.web.source.body import Body
from vsdpo_jax.domains.web.source.stack import TABLE_SCOPE
from vsdpo_jax.domains.web.source.tokens import EndTag, StartTag

_TABLE_MODES = {
    "td": "in cell",
    "th": "in cell",
    "tr": "in row",
    "tbody": "in table body",
    "tfoot": "in table body",
    "thead": "in table body",
    "caption": "in caption",
    "colgroup": "in column group",
    "table": "in table",
    "template": "template",
    "head": "in head",
    "body": "in body",
    "frameset": "in frameset",
    "html": "html",
}


class Tables(Body):
    """The steps inside tables; what they do not know falls back on those of the body."""

    def start_in_table(self, tag: StartTag) -> None:
        name = tag.name
        if name == "caption":
            self.close_down_to("table")
            self.formatting.push_marker()
            self.insert(tag)
            self.mode = "in caption"
        elif name == "colgroup":
            self.close_down_to("table")
            self.insert(tag)
            self.mode = "in column group"
        elif name == "col":
            self.close_down_to("table")
            self.insert_implied("colgroup")
            self.mode = "in column group"
            self.start(tag)
        elif name in names.SECTIONS:
            self.close_down_to("table")
            self.insert(tag)
            self.mode = "in table body"
        elif name in ("td", "th", "tr"):
            self.close_down_to("table")
            self.insert_implied("tbody")
            self.mode = "in table body"
            self.start(tag)
        elif name == "table":
            if self.open.in_scope("table", TABLE_SCOPE):
                self.close_through(self.open.last("table"))
                self.reset_mode()
                self.start(tag)
        elif name in ("style", "script", "template"):
            self.start_in_head(tag)
        elif name == "input" and self.is_hidden(tag):
            self.insert_void(tag)
        elif name == "form":
            # The standard ignores it in a template; Chromium makes an element of it, as elsewhere.
            in_template = self.open.last("template") >= 0
            if self.form is None or in_template:
                node = self.insert(tag)
                self.close(tag.end)
                self.form = self.form if in_template else node
        else:
            self.start_in_body(tag)

    def end_in_table(self, tag: EndTag) -> None:
        if tag.name == "table":
            if self.open.in_scope("table", TABLE_SCOPE):
                self.close_through(self.open.last("table"), tag)
                self.reset_mode()
        elif tag.name == "template":
            self.end_in_head(tag)
        elif tag.name not in names.TABLE_PARTS and tag.name not in ("body", "html"):
            self.end_in_body(tag)

    def text_in_table(self, blank: bool) -> None:
        in_table = self.current_is("table", "tbody", "template", "tfoot", "thead", "tr")
        if not (blank and in_table):
            self.text_in_body(blank)

    def start_in_caption(self, tag: StartTag) -> None:
        if tag.name not in names.TABLE_PARTS:
            self.start_in_body(tag)
        elif self._close_caption(None):
            self.start(tag)

    def end_in_caption(self, tag: EndTag) -> None:
        if tag.name == "caption":
            self._close_caption(tag)
        elif tag.name == "table":
            if self._close_caption(None):
                self.end_tag(tag)
        elif tag.name not in names.TABLE_PARTS and tag.name not in ("body", "html"):
            self.end_in_body(tag)

    def _close_caption(self, tag: EndTag | None) -> bool:
        if not self.open.in_scope("caption", TABLE_SCOPE):
            return False
        self.close_implied()
        self.close_through(self.open.last("caption"), tag)
        self.formatting.clear_to_marker()
        self.mode = "in table"
        return True

    def start_in_column_group(self, tag: StartTag) -> None:
        if tag.name == "html":
            self.start_html(tag)
        elif tag.name == "col":
            self.insert_void(tag)
        elif tag.name == "template":
            self.start_in_head(tag)
        elif self._close_columns(None):
            self.start(tag)

    def end_in_column_group(self, tag: EndTag) -> None:
        if tag.name == "colgroup":
            self._close_columns(tag)
        elif tag.name == "template":
            self.end_in_head(tag)
        elif tag.name != "col" and self._close_columns(None):
            self.end_tag(tag)

    def text_in_column_group(self, blank: bool) -> None:
        if not blank and self._close_columns(None):
            self.text(blank)

    def _close_columns(self, tag: EndTag | None) -> bool:
        if not self.current_is("colgroup"):
            return False
        self.close_through(len(self.open.nodes) - 1, tag)
        self.mode = "in table"
        return True

    def start_in_table_body(self, tag: StartTag) -> None:
        if tag.name == "tr":
            self.close_down_to(*names.SECTIONS)
            self.insert(tag)
            self.mode = "in row"
        elif tag.name in names.CELLS:
            self.close_down_to(*names.SECTIONS)
            self.insert_implied("tr")
            self.mode = "in row"
            self.start(tag)
        elif tag.name in names.TABLE_PARTS:
            if self._close_section():
                self.start(tag)
        else:
            self.start_in_table(tag)

    def end_in_table_body(self, tag: EndTag) -> None:
        if tag.name in names.SECTIONS:
            if self.open.in_scope(tag.name, TABLE_SCOPE):
                self.close_down_to(*names.SECTIONS)
                self.close(tag.end, tag)
                self.mode = "in table"
        elif tag.name == "table":
            if self._close_section():
                self.end_tag(tag)
        else:
            self.end_in_table(tag)

    def _close_section(self) -> bool:
        if not any(self.open.in_scope(name, TABLE_SCOPE) for name in names.SECTIONS):
            return False
        self.close_down_to(*names.SECTIONS)
        self.close()
        self.mode = "in table"
        return True

    def start_in_row(self, tag: StartTag) -> None:
        if tag.name in names.CELLS:
            self.close_down_to("tr")
            self.insert(tag)
            self.mode = "in cell"
            self.formatting.push_marker()
        elif tag.name in names.TABLE_PARTS:
            if self._close_row(None):
                self.start(tag)
        else:
            self.start_in_table(tag)

    def end_in_row(self, tag: EndTag) -> None:
        if tag.name == "tr":
            self._close_row(tag)
        elif tag.name == "table":
            if self._close_row(None):
                self.end_tag(tag)
        elif tag.name in names.SECTIONS:
            if self.open.in_scope(tag.name, TABLE_SCOPE) and self._close_row(None):
                self.end_tag(tag)
        else:
            self.end_in_table(tag)

    def _close_row(self, tag: EndTag | None) -> bool:
        if not self.open.in_scope("tr", TABLE_SCOPE):
            return False
        self.close_down_to("tr")
        self.close_through(len(self.open.nodes) - 1, tag)
        self.mode = "in table body"
        return True

    def start_in_cell(self, tag: StartTag) -> None:
        if tag.name not in names.TABLE_PARTS:
            self.start_in_body(tag)
        elif any(self.open.in_scope(name, TABLE_SCOPE) for name in names.CELLS):
            self._close_cell()
            self.start(tag)

    def end_in_cell(self, tag: EndTag) -> None:
        if tag.name in names.CELLS:
            if self.close_in_scope(tag, TABLE_SCOPE):
                self.formatting.clear_to_marker()
                self.mode = "in row"
        elif tag.name == "table" or tag.name == "tr" or tag.name in names.SECTIONS:
            if self.open.in_scope(tag.name, TABLE_SCOPE):
                self._close_cell()
                self.end_tag(tag)
        elif tag.name not in names.TABLE_PARTS and tag.name not in ("body", "html"):
            self.end_in_body(tag)

    def _close_cell(self) -> None:
        self.close_implied()
        self.close_through(max(self.open.last(name) for name in names.CELLS))
        self.formatting.clear_to_marker()
        self.mode = "in row"

    def reset_mode(self) -> None:
        """Resets the insertion mode appropriately: by the innermost element that has one."""
        innermost = max(_TABLE_MODES, key=self.open.last)
        mode = _TABLE_MODES[innermost]
        if mode == "template":
            mode = self.template_modes[-1]
        elif mode == "html":
            mode = "before head" if self.head is None else "after head"
        self.mode = mode
