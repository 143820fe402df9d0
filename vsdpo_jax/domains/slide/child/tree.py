"""Who owns an element of a presentation: a shape, a chart, a slide, a layout, or the deck.

Standard library, python-pptx and lxml only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pptx.oxml.ns import qn
from pptx.parts.presentation import PresentationPart

from vsdpo_jax.domains.slide.deck.notes import ShapeKey, shape_key

_SHAPES = tuple(qn(f"p:{tag}") for tag in ("sp", "pic", "graphicFrame", "cxnSp", "grpSp"))
_PROPERTIES = tuple(
    qn(f"p:{tag}")
    for tag in ("nvSpPr", "nvPicPr", "nvGraphicFramePr", "nvCxnSpPr", "nvGrpSpPr")
)  # fmt: skip
_P, _R, _TC, _TR, _PH = qn("a:p"), qn("a:r"), qn("a:tc"), qn("a:tr"), qn("p:ph")
_RID, _CHART, _SLD_ID = qn("r:id"), qn("c:chart"), qn("p:sldId")
# Types of a master's placeholders -> those of layouts and slides that inherit from them.
_FAMILIES = {"ctrTitle": "title", "subTitle": "body", "obj": "body"}


@dataclass(frozen=True, slots=True)
class Owner:
    """What an element is a part of.

    Attributes:
      kind: see there.
      keys: of the shape; of the frames that show a chart.
      slides: number of the slide; of those that use a layout or master.
    """

    kind: Literal["shape", "chart", "slide", "layout", "master", "deck"]
    keys: tuple[ShapeKey, ...] = ()
    slides: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands.

    Attributes:
      owner: whose it is.
      names: local names from below the owner's element to this one.
      placeholder: type and index of the placeholder around it, in layouts and masters.
      paragraph, run, cell: see Call.
    """

    owner: Owner
    names: tuple[str, ...] = ()
    placeholder: tuple[str, str] | None = None
    paragraph: int | None = None
    run: int | None = None
    cell: tuple[int, int] | None = None


class Tree:
    """The elements of a presentation as it is now.

    Attributes:
      shapes: key -> the shape's element.
      slides: number -> the slide's element.
      numbers: relation of the presentation -> number of the slide.
    """

    def __init__(self, part: PresentationPart) -> None:
        self.shapes: dict[ShapeKey, Any] = {}
        self.slides: dict[int, Any] = {}
        self.numbers: dict[str | None, int] = {}
        self._tops: dict[Any, Owner] = {part._element: Owner("deck")}
        users: dict[tuple[Any, Literal["layout", "master"]], list[int]] = defaultdict(list)
        for number, slide_id in enumerate(part._element.iter(_SLD_ID)):
            self.numbers[slide_id.get(_RID)] = number
            with contextlib.suppress(Exception):  # a program may break it beneath the API
                slide_part = part.related_part(slide_id.get(_RID))
                self._add_slide(number, slide_part)
                layout = slide_part.slide_layout  # pyright: ignore[reportAttributeAccessIssue]
                users[layout._element, "layout"].append(number)
                users[layout.slide_master._element, "master"].append(number)
        for (element, kind), numbers in users.items():
            self._tops[element] = Owner(kind, slides=tuple(numbers))

    def _add_slide(self, number: int, part: Any) -> None:
        self.slides[number] = part._element
        self._tops[part._element] = Owner("slide", slides=(number,))
        charts: dict[Any, list[ShapeKey]] = defaultdict(list)
        for key, element in keyed_shapes(number, part._element):
            self.shapes[key] = element
            self._tops[element] = Owner("shape", keys=(key,))
            for chart in element.iterdescendants(_CHART):
                with contextlib.suppress(Exception):
                    charts[part.related_part(chart.get(_RID))._element].append(key)
        for root, keys in charts.items():
            self._tops[root] = Owner("chart", keys=tuple(dict.fromkeys(keys)))

    def place(self, element: Any) -> Place | None:
        """Where an element stands; None where it is not in the presentation."""
        chain = []
        while element is not None and element not in self._tops:
            chain.append(element)
            element = element.getparent()
        if element is None:
            return None
        owner = self._tops[element]
        names = tuple(_local(node.tag) for node in reversed(chain))
        if owner.kind == "shape":
            return _inside(owner, names, chain)
        around = next((node for node in reversed(chain) if node.tag in _SHAPES), None)
        kind = None if around is None else placeholder(around)
        return Place(owner, names, placeholder=kind)

    def inheriting(self, owner: Owner, kind: tuple[str, str]) -> Iterator[ShapeKey]:
        """The placeholders on slides that inherit from one of a layout or master."""
        for key, element in self.shapes.items():
            found = placeholder(element) if key[0] in owner.slides else None
            if found is None:
                continue
            if owner.kind == "layout":
                same = found[1] == kind[1]
            else:
                same = _FAMILIES.get(found[0], found[0]) == _FAMILIES.get(kind[0], kind[0])
            if same:
                yield key


def keyed_shapes(number: int, root: Any) -> Iterator[tuple[ShapeKey, Any]]:
    """The shapes of a slide with their keys, in the order of painting."""
    seen: dict[int, int] = defaultdict(int)
    for element in root.iterdescendants(*_SHAPES):
        text = next((node[0].get("id") for node in element if node.tag in _PROPERTIES), None)
        if text is None or not text.isdecimal() or int(text) >= 1 << 32:
            continue
        yield shape_key(number, int(text), seen[int(text)]), element
        seen[int(text)] += 1


def placeholder(element: Any) -> tuple[str, str] | None:
    """Type and index of a placeholder; None for other shapes."""
    found = element.find(f"./*/*/{_PH}")
    return None if found is None else (found.get("type", "obj"), found.get("idx", "0"))


def _inside(owner: Owner, names: tuple[str, ...], chain: list[Any]) -> Place:
    """``chain`` are the elements of ``names``, innermost first."""
    paragraph = run = cell = None
    for node in chain:
        if node.tag == _R and run is None:
            run = _number(node)
        elif node.tag == _P and paragraph is None:
            paragraph = _number(node)
        elif node.tag == _TC and cell is None:
            row = node.getparent()
            cell = (_number(row) if row.tag == _TR else 0, _number(node))
    return Place(owner, names, paragraph=paragraph, run=run, cell=cell)


def _number(node: Any) -> int:
    return sum(1 for _ in node.itersiblings(node.tag, preceding=True))


def _local(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
