"""A page whose elements say where they come from: an attribute with the index of the start tag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vsdpo_jax.domains.web.source.css import Stylesheet, read_styled
from vsdpo_jax.domains.web.source.html import Markup


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrumented:
    """A page that a browser shows like the page that it was made of.

    Attributes:
      html: the page; the same text with one more attribute in every start tag.
      attribute: its name, "data-src-" and a nonce that stands nowhere in the source. Its value is
        an index into ``markup.tags``. Several elements may bear the same one: a browser clones
        formatting elements (``<b>`` over two paragraphs) and repeats a selected option. An element
        without it was implied, or made by ``</p>``, ``</br>`` or a script. Of four or more same
        formatting elements that are open at once each bears the index of the first, because they
        have to stay the same. Some indices have no element: tags without a namespace, and what a
        frameset or a selected option took the place of.
      markup: of the source.
      stylesheet: of the source.
    """

    html: str
    attribute: str
    markup: Markup
    stylesheet: Stylesheet


def instrument(source: str, *, scripts: bool = False) -> Instrumented:
    """Marks the elements of a page; the same source gives the same page. Never raises.

    The attribute stands right behind the tag's name, before a space, a "/" or a ">" of the source:
    behind its quoted value each of them means what it meant behind the name. The page grows, so
    that a ``<meta charset>`` may leave the first 1024 bytes: whoever serves it names the encoding.

    Args:
      source: any string.
      scripts: whether the page's scripts run.
    """
    markup, stylesheet = read_styled(source, scripts=scripts)
    attribute = f"data-src-{_nonce(source)}"
    spokesman = {index: group[0] for group in markup.alike for index in group}
    parts: list[str] = []
    position = 0
    for index, tag in enumerate(markup.tags):
        parts.append(source[position : tag.insert_at])
        parts.append(f' {attribute}="{spokesman.get(index, index)}"')
        position = tag.insert_at
    parts.append(source[position:])
    return Instrumented(
        html="".join(parts),
        attribute=attribute,
        markup=markup,
        stylesheet=stylesheet,
    )


def _nonce(source: str) -> str:
    """Twelve hexadecimal digits that the source does not hold, whatever the case."""
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass"))
    lowered = source.lower()
    while (nonce := digest.hexdigest()[:12]) in lowered:
        digest.update(b".")
    return nonce
