"""Asked texts in their roles: title, subtitle, bullets, texts."""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.domains.slide.deck.notes import What
from vsdpo_jax.domains.slide.deck.records import Text
from vsdpo_jax.domains.slide.judge.content.reading import Place, Reader
from vsdpo_jax.domains.slide.judge.view import View
from vsdpo_jax.domains.words import normal, quoted

LARGER = 1.1
"""A title's font is so much higher than that of most letters."""
TOP = 0.4
"""A title begins in this upper share of the slide, or above everything else."""
RIVAL = 1.15
"""No other words are so much higher than the title; single numbers and signs may be."""
RIVAL_LETTERS, RIVAL_DIGITS = 8, 16
"""So many letters, or letters and digits, are words or a block; fewer are numbers and signs."""
WHOLE_SHARE = 0.5
"""Share of a paragraph that an asked bullet must make up."""


def points(size: float) -> str:
    """A size of type as notes give it."""
    return f"{size:.0f} pt"


def is_block(text: Text) -> bool:
    """Whether a text is more than a number or a sign: such a one must not be the largest."""
    letters, both = (sum(map(of, text.text)) for of in (str.isalpha, str.isalnum))
    return letters >= RIVAL_LETTERS or both >= RIVAL_DIGITS


def check_title(reader: Reader, text: str) -> None:
    """The asked title: the largest text, at the top."""
    places = reader.find(text)
    if not places:
        reader.miss("title", text)
        return
    faults = [_title_fault(reader, place) for place in places]
    best = min(range(len(places)), key=lambda i: faults[i] is not None)
    place, found = places[best], faults[best]
    reader.use(place, text)
    if found is None:
        reader.ledger.ok()
        return
    fault, what = found
    reader.ledger.wrong(
        "title_plain",
        f"title {fault}",
        reader.view.shape_of(place.first).box,
        f"title {quoted(text)}: {fault}",
        reader.span(place.first, what),
    )


def _title_fault(reader: Reader, place: Place) -> tuple[str, What] | None:
    """What keeps a text from being the title, and which kind of call makes it so."""
    view = reader.view
    others = [t for t in reader.legible if t not in place.texts and t.source == "frame"]
    size = min(view.size(t) for t in place.texts)
    if place.share < WHOLE_SHARE:
        return "only a part of a text", "text"
    body = _body_size(view, others) if others else 0.0
    if size < LARGER * body:
        return f"{points(size)} not larger than text {points(body)}", "font_size"
    rivals = [t for t in others if is_block(t)]
    rival = max((view.size(t) for t in rivals), default=0.0)
    if rival > RIVAL * size:
        return f"{points(size)} smaller than text {points(rival)}", "font_size"
    # What stands above it must be less than a title: a line of small print is.
    above = [t for t in others if view.extent(t)[1] + view.line_px(t) <= place.box[1] + 1]
    if place.box[1] > TOP * view.whole[3] and any(view.size(t) > 0.6 * size for t in above):
        return "not at the top", "place"
    if place.box[1] > 0.6 * view.whole[3]:
        return "not at the top", "place"
    return None


def _body_size(view: View, texts: Sequence[Text]) -> float:
    """The size of the font in which most letters are."""
    letters: dict[float, int] = {}
    for text in texts:
        size = round(view.size(text), 1)
        letters[size] = letters.get(size, 0) + len(text.text)
    return max(letters, key=lambda size: letters[size])


def check_subtitle(reader: Reader, text: str, title: str | None) -> None:
    """The asked subtitle: smaller than the title, and not above it."""
    places = reader.find(text)
    if not places:
        reader.miss("subtitle", text)
        return
    place = places[0]
    reader.use(place, text)
    heads = reader.find(title) if title else []
    own, head = (reader.view.size(p.first) for p in (place, heads[0] if heads else place))
    if own > 1.01 * head:
        reader.ledger.wrong(
            "subtitle_large",
            f"subtitle {points(own)} larger than title {points(head)}",
            reader.view.shape_of(place.first).box,
            f"subtitle {quoted(text)} of {points(own)} is larger than the title of {points(head)}",
            reader.span(place.first, "font_size"),
        )
        return
    reader.ledger.ok()


def check_bullets(reader: Reader, wanted: Sequence[str]) -> None:
    """Each asked bullet, in a paragraph of its own."""
    taken: set[int] = set()
    for text in sorted(wanted, key=lambda t: -len(normal(t))):
        places = [p for p in reader.find(text) if taken.isdisjoint(t.index for t in p.texts)]
        joined = reader.find(text)
        if not places and not joined:
            reader.miss("bullet", text)
            continue
        place = (places or joined)[0]
        reader.use(place, text)
        taken.update(t.index for t in place.texts)
        if places and place.share >= WHOLE_SHARE:
            reader.ledger.ok()
            continue
        reader.ledger.wrong(
            "bullet_joined",
            f"bullet {quoted(text)} joined",
            reader.view.shape_of(place.first).box,
            f"bullet {quoted(text)} has no paragraph of its own",
            reader.span(place.first, "text"),
        )


def check_texts(reader: Reader, wanted: Sequence[str]) -> None:
    """Each asked text, as often as it is asked for."""
    taken: list[tuple[int, ...]] = []
    for text in sorted(wanted, key=lambda t: -len(normal(t))):
        own = normal(text)
        places = reader.find(text)
        free = [p for p in places if _room_left(reader, p, own, taken)]
        if not free:
            reader.miss("text", text)
            continue
        taken.append((*(t.index for t in free[0].texts),))
        reader.use(free[0], text)
        reader.ledger.ok()


def _room_left(reader: Reader, place: Place, own: str, taken: Sequence[tuple[int, ...]]) -> bool:
    """Whether a place still stands for a text: another that was found there is not the same."""
    indices = tuple(t.index for t in place.texts)
    if indices not in taken:
        return True
    said = normal(" ".join(t.text for t in place.texts))
    uses = [u for index in indices[:1] for u in reader.used.get(index, ())]
    return said.count(own) > sum(use.count(own) for use in uses)
