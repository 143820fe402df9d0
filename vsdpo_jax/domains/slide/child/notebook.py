"""What a program did to which shape: the changes of its run, laid over the tree that is saved.

Standard library, python-pptx and lxml only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pptx.oxml.ns import qn
from pptx.parts.presentation import PresentationPart

from vsdpo_jax.domains.slide.child.follow import Change, Follower
from vsdpo_jax.domains.slide.child.kinds import CONTAINERS, what_of
from vsdpo_jax.domains.slide.child.spans import Origin, SourceMap
from vsdpo_jax.domains.slide.child.tree import Place, Tree
from vsdpo_jax.domains.slide.deck.notes import Call, Notes, ShapeKey, Span, What
from vsdpo_jax.domains.slide.deck.wire import MAX_CALLS

_BG, _RID = qn("p:bg"), qn("r:id")
# What a placeholder on a slide takes from its layout's where it sets none itself.
_INHERITED: tuple[What, ...] = (
    "place", "size", "rotation", "font_size", "font_color", "font_name", "font_style", "align",
    "wrap", "fit", "margin", "fill", "line", "style",
)  # fmt: skip
_MOST_COMPARED = 100


def take_notes(
    follower: Follower, source: SourceMap, part: PresentationPart, made: Origin, saved: Origin
) -> Notes:
    """The notes of a presentation as it is now.

    Args:
      follower: the changes of the run so far.
      source: of the program.
      part: the presentation.
      made, saved: where the program opened and saved it; () where it did not.
    """
    book = _Book(source, Tree(part))
    changes = [
        (change, element)
        for element, found in list(follower.changes.items())
        for change in found.values()
    ]
    changes.sort(key=lambda pair: pair[0].order)
    book.deck += book.calls("made", made)
    for change, element in changes:
        book.add(element, change)
    book.deck += book.calls("other", saved)
    return book.notes()


class _Book:
    """Notes in the making."""

    def __init__(self, source: SourceMap, tree: Tree) -> None:
        self.deck: list[Call] = []
        self._source = source
        self._tree = tree
        self._slides: dict[int, list[Call]] = defaultdict(list)
        self._shapes: dict[ShapeKey, list[Call]] = {key: [] for key in tree.shapes}
        self._places: dict[Any, Place | None] = {}

    def calls(self, what: What, origin: Origin, place: Place | None = None) -> list[Call]:
        """The call of an origin; none where the program's text does not hold it."""
        spans = self._source.spans(origin)
        if not spans:
            return []
        where = (None,) * 3 if place is None else (place.paragraph, place.run, place.cell)
        paragraph, run, cell = where
        return [
            Call(what=what, span=spans[0], sites=spans[1:], paragraph=paragraph, run=run, cell=cell)
        ]

    def add(self, element: Any, change: Change) -> None:
        """Write down one change; those of elements that are not in the deck are left out."""
        if element not in self._places:
            self._places[element] = self._tree.place(element)
        place = self._places[element]
        if place is None:
            return
        names = place.names
        if change.kind == "removed":
            names = (*names, change.name.rpartition("}")[2])
        elif change.kind == "put" and change.bare and names and names[-1] in CONTAINERS:
            return
        attribute = change.name if change.kind == "attribute" else None
        if place.owner.kind == "shape" and not names:
            self._add_whole(place, change)
        elif place.owner.kind in ("shape", "chart"):
            what = what_of(names, attribute, in_chart=place.owner.kind == "chart")
            for key in place.owner.keys:
                self._shapes[key] += self.calls(what, change.origin, place)
        elif place.owner.kind == "deck":
            self._add_to_deck(element, names, change)
        else:
            self._add_to_slides(place, names, attribute, change)

    def _add_whole(self, place: Place, change: Change) -> None:
        (key,) = place.owner.keys
        if change.kind == "known":
            self._shapes[key] += change.name
        elif change.kind in ("put", "copied"):
            self._shapes[key] += self.calls("made", change.origin)
        elif change.kind == "moved":
            self._shapes[key] += self.calls("order", change.origin)

    def _add_to_deck(self, element: Any, names: tuple[str, ...], change: Change) -> None:
        number = self._tree.numbers.get(element.get(_RID))
        if names[-1:] == ("sldId",) and number is not None and change.kind in ("put", "moved"):
            what: What = "made" if change.kind == "put" else "order"
            self._slides[number] += self.calls(what, change.origin)
        elif names[:1] != ("sldIdLst",) or change.kind == "removed":
            self.deck += self.calls("size" if "sldSz" in names else "other", change.origin)

    def _add_to_slides(
        self, place: Place, names: tuple[str, ...], attribute: str | None, change: Change
    ) -> None:
        """A change of a slide's own, or of a layout or master."""
        if place.placeholder is not None:
            what = what_of(names[names.index("spTree") + 2 :], attribute, in_chart=False)
            if what in _INHERITED:
                for key in self._tree.inheriting(place.owner, place.placeholder):
                    self._shapes[key] += self.calls(what, change.origin)
            return
        what = "fill" if "bg" in names else "other"
        for number in place.owner.slides:
            is_own = place.owner.kind == "slide"
            if is_own or what == "other" or self._tree.slides[number].find(f".//{_BG}") is None:
                self._slides[number] += self.calls(what, change.origin)

    def notes(self) -> Notes:
        """What was written down, each call once: where it stood last."""
        shapes, left = {}, MAX_CALLS
        for key, calls in self._shapes.items():
            # What the maker itself changes afterwards is a part of making.
            makers = {(call.span, call.sites) for call in calls if call.what == "made"}
            found = _once([c for c in calls if c.what == "made" or (c.span, c.sites) not in makers])
            first = next((call for call in found if call.what == "made"), None)
            if first is not None:  # it may have been changed before it came into the tree
                found.remove(first)
                found.insert(0, first)
            found = found[:left]
            left -= len(found)
            if found:
                shapes[key] = tuple(found)
        slides = {}
        for number, calls in sorted(self._slides.items()):
            slides[number] = tuple(_once(calls)[:left])
            left -= len(slides[number])
        return Notes(shapes=shapes, slides=slides, deck=tuple(_once(self.deck)[:left]))


def _once(calls: list[Call]) -> list[Call]:
    """Equal calls once, the last of them; none that another one of the same kind includes: by its
    text (reading ``font.color`` within ``font.color.rgb = ...``) or by its place (a run of it)."""
    places: dict[Any, set[Any]] = defaultdict(set)
    spans: dict[Any, set[Span]] = defaultdict(set)
    for call in calls:
        places[call.what, call.span, call.sites].add((call.paragraph, call.run, call.cell))
        spans[call.what, call.sites, call.paragraph, call.run, call.cell].add(call.span)

    def is_within(call: Call) -> bool:
        wider = {(None, None, call.cell), (call.paragraph, None, call.cell), (None, None, None)}
        wider.discard((call.paragraph, call.run, call.cell))
        if not wider.isdisjoint(places[call.what, call.span, call.sites]):
            return True
        others = spans[call.what, call.sites, call.paragraph, call.run, call.cell]
        start, end = call.span
        return len(others) < _MOST_COMPARED and any(
            other[0] <= start and end <= other[1] and other != call.span for other in others
        )

    kept = reversed(dict.fromkeys(reversed(calls)))
    return [call for call in kept if not is_within(call)]
