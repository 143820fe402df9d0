"""From a model's answer to the page that is drawn, and to its recoloured copies.

The official scorer parses with Python's html.parser, which closes and moves tags otherwise than a
browser; what the browser then sees is its serialisation.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, product

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, Tag
from PIL import ImageColor

TEXT_TAGS = frozenset(
    (
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "span", "a", "b", "li", "table", "td", "th",
        "button", "footer", "header", "figcaption",
    )
)  # fmt: skip
"""Elements that get a colour of their own; what is in no such element is no block."""
SHIFT = 50
"""Added to every channel, modulo 256, in the second copy."""
_LEVELS = range(10, 256, 16)
CAPACITY = len(_LEVELS) ** 3
_CHUNK, _ALIKE, _REPEATS, _COPIES = 100, 0.8, 5, 50
_TAG = re.compile(r"<.*?>")
_HTML = re.compile(r"<html[^>]*>", re.IGNORECASE)
Color = tuple[int, int, int]


class TooManyTexts(ValueError):
    """A page has more text elements than there are colours; the official scorer fails on it."""


def cleaned(answer: str) -> str:
    """The page of an answer, by the official clean-up."""
    text = answer.strip().removeprefix("```").removesuffix("```").strip().removeprefix("html")
    start = text.find("<!DOCTYPE")
    text = text[max(start, 0) :]
    end = text.find("</html>")
    return text if end < 0 else text[: end + len("</html>")]


def prepared(page: str) -> str:
    """What is drawn of a candidate: repetitions cut, one root, no element more than 50 times."""
    page = without_repetition(page)
    if not _HTML.search(page):
        page = f"<html><body><p>{page}</p></body></html>"
    soup = BeautifulSoup(page, "html.parser")
    seen: Counter[str] = Counter()
    for element in soup.find_all(True):
        if element.decomposed:
            continue
        text = str(element)
        seen[text] += 1
        if seen[text] > _COPIES:
            element.decompose()
    return str(soup)


def without_repetition(page: str) -> str:
    """The page up to where it begins to say the same again and again.

    Its text is cut into chunks of 100 characters; where five are alike, it ends at the first.
    """
    kept, places, at = [], [], 0
    for tag in [*_TAG.finditer(page), None]:
        end = len(page) if tag is None else tag.start()
        kept.append(page[at:end])
        places += range(at, end)
        at = len(page) if tag is None else tag.end()
    text = "".join(kept)
    chunks = [text[i : i + _CHUNK] for i in range(0, len(text), _CHUNK)]
    known: dict[str, list[int]] = {}
    cut, is_cut = len(text), False
    for index, chunk in enumerate(chunks):
        like = next((k for k in known if _alike(chunk, k)), None)
        if like is None:
            known[chunk] = [index]
            continue
        known[like].append(index)
        if len(known[like]) >= _REPEATS:
            cut = min(places[min(known[like][0] * _CHUNK, len(places) - 1)], cut)
            is_cut = True
    return page[:cut] if is_cut else page


def _alike(first: str, second: str) -> bool:
    matcher = SequenceMatcher(None, first, second)
    return (
        matcher.real_quick_ratio() >= _ALIKE
        and matcher.quick_ratio() >= _ALIKE
        and matcher.ratio() >= _ALIKE
    )


@dataclass(frozen=True, kw_only=True)
class Recolored:
    """Two copies of a page whose text elements have colours of their own.

    Attributes:
      plain, shifted: the copies.
      items: text and colour in the plain copy, of every text node, in the order of the document.
    """

    plain: str
    shifted: str
    items: tuple[tuple[str, Color], ...]


def recolored(page: str) -> Recolored:
    """The copies of a page.

    Raises:
      TooManyTexts: there are not enough colours.
    """
    plain = _painted(page, 0)
    soup = BeautifulSoup(plain, "html.parser")
    items: list[tuple[str, Color]] = []
    if soup.body is not None:
        _collect(soup.body, (0, 0, 0), items)
    return Recolored(plain=plain, shifted=_painted(page, SHIFT), items=tuple(items))


def _painted(page: str, shift: int) -> str:
    soup = BeautifulSoup(page, "html.parser")
    elements = soup.find_all(True)
    for element in elements:
        _restyle(element, "background-color", "rgba(255, 255, 255, 0.0)")
    texts = [element for element in elements if element.name in TEXT_TAGS]
    if len(texts) > CAPACITY:
        raise TooManyTexts(f"{len(texts):,} text elements, and {CAPACITY:,} colours")
    palette = product(reversed(_LEVELS), repeat=3)
    for element, color in zip(texts, islice(palette, len(texts)), strict=True):
        shifted = "".join(f"{(level + shift) % 256:02x}" for level in color)
        _restyle(element, "color", f"#{shifted}")
        _restyle(element, "opacity", "1.0")
    return str(soup)


def _restyle(element: Tag, name: str, value: str) -> None:
    given = str(element.get("style", "")).split(";")
    kept = [d.strip() for d in given if d.strip() and not d.strip().startswith(name)]
    element["style"] = "; ".join([*kept, f"{name}: {value} !important"])


def _collect(element: Tag, color: Color, items: list[tuple[str, Color]]) -> None:
    todo: list[tuple[Tag | NavigableString, Color]] = [(element, color)]
    while todo:
        node, inherited = todo.pop()
        if isinstance(node, Tag):
            own = _own_color(str(node.get("style", "")), inherited)
            children = [c for c in node.children if isinstance(c, Tag | NavigableString)]
            todo += [(child, own) for child in reversed(children)]
        elif not isinstance(node, Comment) and node.strip():
            items.append((str(node).strip(), inherited))


def _own_color(style: str, inherited: Color) -> Color:
    """The colour of an inline style, as the official scorer reads it."""
    found = [d for d in style.split(";") if "color" in d and "background-color" not in d]
    if not found or ":" not in found[-1]:
        return inherited
    value = found[-1].split(":")[1].strip().replace(" !important", "")
    try:
        red, green, blue = ImageColor.getrgb(value)[:3]
    except ValueError:
        return inherited
    return red, green, blue
