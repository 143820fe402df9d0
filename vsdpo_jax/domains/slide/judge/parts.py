"""What of a slide is content: texts, pictures, charts, tables, and the cards that hold them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vsdpo_jax.domains.boxes import union
from vsdpo_jax.domains.slide.deck.records import Shape, Text
from vsdpo_jax.records import Box

if TYPE_CHECKING:
    from vsdpo_jax.domains.slide.judge.view import View


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Part:
    """A piece of content that a person sees.

    Attributes:
      shape: whose it is.
      kind: "text" (the letters of a frame), "thing" (picture, chart, table) or "card" (a painted
        shape that texts stand on).
      box: of the letters, or of the shape.
      texts: of a text or card.
    """

    shape: Shape
    kind: str
    box: Box
    texts: tuple[Text, ...] = ()

    @property
    def num_letters(self) -> int:
        return sum(len(text.text) for text in self.texts)


def find_parts(view: View) -> list[Part]:
    """The content of a slide, in the order of painting.

    Ornaments are none: shapes without text, lines, what lies behind the whole slide, empty
    placeholders, and texts that nobody can see. So no ornament fills a hole or makes up for weight.
    """
    parts: list[Part] = []
    for shape in view.slide.shapes:
        parts += _parts_of(view, shape)
    return parts


def _parts_of(view: View, shape: Shape) -> Iterator[Part]:
    if view.is_thing(shape):
        if view.is_painted(shape) and not view.is_ground(shape):
            yield Part(shape=shape, kind="thing", box=shape.box)
        return
    seen = [t for t in view.texts.get(shape.index, ()) if _is_content(view, t)]
    is_card = view.is_filled(shape) or shape.line.kind != "none"
    if is_card and view.is_painted(shape) and not view.is_ground(shape):
        held = tuple(t for t in view.holds.get(shape.index, ()) if _is_content(view, t))
        if held and not view.is_line(shape):
            yield Part(shape=shape, kind="card", box=shape.box, texts=held)
    box = union(line.box for text in seen for line in text.lines)
    if box is not None:
        yield Part(shape=shape, kind="text", box=box, texts=tuple(seen))


def _is_content(view: View, text: Text) -> bool:
    return view.is_seen(text) and bool(text.lines) and any(map(str.isalnum, text.text))
