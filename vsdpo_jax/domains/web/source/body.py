"""The insertion mode "in body" (HTML standard, 13.2.6.4.7)."""

from __future__ import annotations

from collections.abc import Callable

from vsdpo_jax.domains.web.source import names
from vsdpo_jax.domains.web.source.construction import Construction, attribute
from vsdpo_jax.domains.web.source.stack import LIST_SCOPE
from vsdpo_jax.domains.web.source.tokens import EndTag, StartTag


class Body(Construction):
    """The steps of one insertion mode, which most others fall back on."""

    def start(self, tag: StartTag) -> None:
        raise NotImplementedError

    def end_tag(self, tag: EndTag) -> None:
        raise NotImplementedError

    def text(self, blank: bool) -> None:
        raise NotImplementedError

    def start_in_head(self, tag: StartTag) -> None:
        raise NotImplementedError

    def end_in_head(self, tag: EndTag) -> None:
        raise NotImplementedError

    def text_in_body(self, blank: bool) -> None:
        self.reconstruct()
        if not blank:
            self.frameset_ok = False

    # -- start tags

    def start_in_body(self, tag: StartTag) -> None:
        steps = _STARTS.get(tag.name)
        if steps is None:
            self.reconstruct()
            self.insert(tag)
        else:
            steps(self, tag)

    def _ignore(self, tag: StartTag | EndTag) -> None:
        pass

    def start_html(self, tag: StartTag) -> None:
        """A second one gives the first the attributes that it lacks."""
        if self.open.last("template") < 0:
            self._merge(tag, 0)

    def _start_body(self, tag: StartTag) -> None:
        nodes = self.open.nodes
        if len(nodes) > 1 and nodes[1].name == "body" and self.open.last("template") < 0:
            self.frameset_ok = False
            self._merge(tag, 1)

    def _merge(self, tag: StartTag, index: int) -> None:
        node = self.open.nodes[index]
        if node.tag < 0:
            # The element was implied; from here on this tag speaks for it.
            node.tag = len(self.ends) - 1
            self.namespaces[node.tag] = "html"

    def _start_frameset(self, tag: StartTag) -> None:
        nodes = self.open.nodes
        if len(nodes) > 1 and nodes[1].name == "body" and self.frameset_ok:
            self.close_through(1)
            self.insert(tag)
            self.mode = "in frameset"

    def _start_block(self, tag: StartTag) -> None:
        self.close_paragraph()
        self.insert(tag)

    def _start_heading(self, tag: StartTag) -> None:
        self.close_paragraph()
        if self.current_is(*names.HEADINGS):
            self.close()
        self.insert(tag)

    def _start_preformatted(self, tag: StartTag) -> None:
        self._start_block(tag)
        self.frameset_ok = False

    def _start_form(self, tag: StartTag) -> None:
        in_template = self.open.last("template") >= 0
        if self.form is None or in_template:
            self.close_paragraph()
            node = self.insert(tag)
            if not in_template:
                self.form = node

    def _start_item(self, tag: StartTag) -> None:
        self.frameset_ok = False
        kin = ("li",) if tag.name == "li" else ("dd", "dt")
        found = max(self.open.last(name) for name in kin)
        if found >= 0 and found >= self.open.last("#special but address, div and p"):
            self.close_implied(but=(self.open.nodes[found].name,))
            self.close_through(found)
        self.close_paragraph()
        self.insert(tag)

    def _start_plaintext(self, tag: StartTag) -> None:
        self._start_block(tag)
        self.switch.content = "plaintext"

    def _start_button(self, tag: StartTag) -> None:
        if self.open.in_scope("button"):
            self.close_implied()
            self.close_through(self.open.last("button"))
        self.reconstruct()
        self.insert(tag)
        self.frameset_ok = False

    def _start_anchor(self, tag: StartTag) -> None:
        earlier = self.formatting.last("a")
        if earlier is not None:
            self.adopt(tag)
            if earlier.listed:
                self.formatting.remove(earlier)
            if earlier.index >= 0:
                self.drop(earlier, self.position)
        self.reconstruct()
        self.push_formatting(tag)

    def _start_formatting(self, tag: StartTag) -> None:
        self.reconstruct()
        self.push_formatting(tag)

    def _start_nobr(self, tag: StartTag) -> None:
        self.reconstruct()
        if self.open.in_scope("nobr"):
            self.adopt(tag)
            self.reconstruct()
        self.push_formatting(tag)

    def _start_object(self, tag: StartTag) -> None:
        self.reconstruct()
        self.insert(tag)
        self.formatting.push_marker()
        self.frameset_ok = False

    def _start_table(self, tag: StartTag) -> None:
        if not self.quirks:
            self.close_paragraph()
        self.insert(tag)
        self.frameset_ok = False
        self.mode = "in table"

    def _start_void(self, tag: StartTag) -> None:
        self.reconstruct()
        self.insert_void(tag)
        self.frameset_ok = False

    def _start_image(self, tag: StartTag) -> None:
        self.reconstruct()
        self.insert_void(tag, name="img")
        self.frameset_ok = False

    def _start_input(self, tag: StartTag) -> None:
        if self.open.in_scope("select"):
            self.close_through(self.open.last("select"))
        self.reconstruct()
        self.insert_void(tag)
        if not self.is_hidden(tag):
            self.frameset_ok = False

    def is_hidden(self, tag: StartTag) -> bool:
        return (attribute(self.source, tag, "type") or "").lower() == "hidden"

    def _start_source(self, tag: StartTag) -> None:
        self.insert_void(tag)

    def _start_rule(self, tag: StartTag) -> None:
        self.close_paragraph()
        if self.open.in_scope("select"):
            self.close_implied()
        self.insert_void(tag)
        self.frameset_ok = False

    def _start_textarea(self, tag: StartTag) -> None:
        self.insert_text(tag, "rcdata")
        self.frameset_ok = False

    def _start_raw(self, tag: StartTag) -> None:
        if tag.name == "xmp":
            self.close_paragraph()
            self.reconstruct()
        if tag.name != "noembed":
            self.frameset_ok = False
        self.insert_text(tag, "rawtext")

    def _start_noscript(self, tag: StartTag) -> None:
        if self.scripts:
            self.insert_text(tag, "rawtext")
        else:
            self.reconstruct()
            self.insert(tag)

    def _start_select(self, tag: StartTag) -> None:
        if self.open.in_scope("select"):
            self.close_through(self.open.last("select"))
            return
        self.reconstruct()
        self.insert(tag)
        self.frameset_ok = False

    def _start_option(self, tag: StartTag) -> None:
        if self.open.in_scope("select"):
            self.close_implied(but=("optgroup",) if tag.name == "option" else ())
        elif self.current_is("option"):
            self.close()
        self.reconstruct()
        self.insert(tag)

    def _start_ruby_part(self, tag: StartTag) -> None:
        if self.open.in_scope("ruby"):
            self.close_implied(but=("rtc",) if tag.name in ("rp", "rt") else ())
        self.insert(tag)

    def _start_foreign_root(self, tag: StartTag) -> None:
        self.reconstruct()
        self.insert(tag, tag.name)
        if tag.self_closing:
            self.close(tag.end)

    def _start_head_content(self, tag: StartTag) -> None:
        self.start_in_head(tag)

    # -- end tags

    def end_in_body(self, tag: EndTag) -> None:
        steps = _ENDS.get(tag.name)
        if steps is None:
            self._end_any(tag)
        else:
            steps(self, tag)

    def _end_any(self, tag: EndTag) -> None:
        found = self.open.last(tag.name)
        if found >= 0 and found >= self.open.last("#special"):
            self.close_implied(but=(tag.name,))
            self.close_through(found, tag)

    def _end_body(self, tag: EndTag) -> None:
        if self.open.in_scope("body"):
            self.mode, self.body_end = "after body", tag.start
            body = self.open.nodes[self.open.last("body")]
            if body.tag >= 0:
                self.end_tags[body.tag] = (tag.start, tag.end)

    def _end_html(self, tag: EndTag) -> None:
        if self.open.in_scope("body"):
            self.mode, self.body_end = "after body", tag.start
            self.end_tag(tag)

    def _end_block(self, tag: EndTag) -> None:
        self.close_in_scope(tag)

    def _end_form(self, tag: EndTag) -> None:
        if self.open.last("template") >= 0:
            self.close_in_scope(tag)
            return
        form, self.form = self.form, None
        if form is None or form.index < 0 or form.index < self.open.last("#scope"):
            return
        self.close_implied()
        self.drop(form, tag.end, tag)

    def _end_paragraph(self, tag: EndTag) -> None:
        if self.open.in_scope("p", ("#scope", "button")):
            self.close_paragraph(tag)

    def _end_item(self, tag: EndTag) -> None:
        scope = LIST_SCOPE if tag.name == "li" else ("#scope",)
        self.close_in_scope(tag, scope, but=(tag.name,))

    def _end_heading(self, tag: EndTag) -> None:
        if self.open.in_scope("#heading"):
            self.close_implied()
            found = self.open.last("#heading")
            self.close_through(found, tag)

    def _end_formatting(self, tag: EndTag) -> None:
        if not self.adopt(tag):
            self._end_any(tag)

    def _end_object(self, tag: EndTag) -> None:
        if self.close_in_scope(tag):
            self.formatting.clear_to_marker()

    def _end_break(self, tag: EndTag) -> None:
        """``</br>`` is read as ``<br>``."""
        self.reconstruct()
        self.frameset_ok = False

    def _end_template(self, tag: EndTag) -> None:
        self.end_in_head(tag)


def _table(*rows: tuple[str | frozenset[str], Callable]) -> dict[str, Callable]:
    return {
        name: steps
        for found, steps in rows
        for name in (found.split() if isinstance(found, str) else found)
    }


_STARTS = _table(
    (names.BLOCKS, Body._start_block),
    (names.HEADINGS, Body._start_heading),
    (names.FORMATTING, Body._start_formatting),
    (names.VOID, Body._start_void),
    (names.HEAD_CONTENT, Body._start_head_content),
    (names.TABLE_PARTS | {"frame", "head"}, Body._ignore),
    ("html", Body.start_html),
    ("body", Body._start_body),
    ("frameset", Body._start_frameset),
    ("pre listing", Body._start_preformatted),
    ("form", Body._start_form),
    ("li dd dt", Body._start_item),
    ("plaintext", Body._start_plaintext),
    ("button", Body._start_button),
    ("a", Body._start_anchor),
    ("nobr", Body._start_nobr),
    ("applet marquee object", Body._start_object),
    ("table", Body._start_table),
    ("image", Body._start_image),
    ("input", Body._start_input),
    ("param source track", Body._start_source),
    ("hr", Body._start_rule),
    ("textarea", Body._start_textarea),
    ("xmp iframe noembed", Body._start_raw),
    ("noscript", Body._start_noscript),
    ("select", Body._start_select),
    ("option optgroup", Body._start_option),
    ("rb rtc rp rt", Body._start_ruby_part),
    ("math svg", Body._start_foreign_root),
)
_ENDS = _table(
    (names.BLOCK_ENDS, Body._end_block),
    (names.HEADINGS, Body._end_heading),
    (names.FORMATTING | {"a", "nobr"}, Body._end_formatting),
    ("body", Body._end_body),
    ("html", Body._end_html),
    ("form", Body._end_form),
    ("p", Body._end_paragraph),
    ("li dd dt", Body._end_item),
    ("applet marquee object", Body._end_object),
    ("br", Body._end_break),
    ("template", Body._end_template),
)
