"""HTML as a language of programs: its statements are elements, CSS rules and CSS declarations."""

from __future__ import annotations

import re

from vsdpo_jax.credit.language import Language
from vsdpo_jax.credit.statements import Statements
from vsdpo_jax.domains.web.source.css import read_styled
from vsdpo_jax.domains.web.source.encoding import decode
from vsdpo_jax.records import Span

_BEGINNING = re.compile(r"<(?:!doctype\s+html|html)(?=[\s>])", re.IGNORECASE | re.ASCII)
_END = re.compile(r"</html\s*>", re.IGNORECASE | re.ASCII)


def parse(source: str) -> Statements:
    """The statements of any string: elements, and the rules and declarations of their CSS.

    An element owns its start tag, its text and its end tag; its children are statements inside.
    Tags that make no element are statements too. Text outside of every element has none.

    Args:
      source: a page, whole or cut off; or anything else.

    Returns:
      Its statements; ``parsed_end`` is where a tag or comment begins that the end cuts off.
    """
    markup, css = read_styled(source)
    spans = [
        *(tag.span for tag in markup.tags),
        *(rule.span for rule in css.rules),
        *(declaration.span for declaration in css.declarations),
    ]
    return Statements.of_spans(source, spans, markup.read_end)


def find_page(text: str) -> Span:
    """Where a page stands in an answer without fences, between the words that go with it.

    From the first doctype or ``<html>`` to the last ``</html>`` (Design2Code's clean-up of answers
    ends at the first, which may be an inner document's); without either, to the ends of the text.
    """
    beginning = _BEGINNING.search(text)
    if beginning is None:
        return (0, len(text))
    ends = [match.end() for match in _END.finditer(text, beginning.end())]
    return (beginning.start(), ends[-1] if ends else len(text))


HTML = Language(
    name="HTML",
    fences=("html", "htm", "xhtml"),
    parse=parse,
    decode=decode,
    unfenced=find_page,
)
