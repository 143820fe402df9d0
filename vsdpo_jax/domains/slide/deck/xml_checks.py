"""XML of a deck, looked through before any other parser sees it: what it holds, and no more.

Expat reads it without resolving anything; a document type, and with it every entity, is refused.
Standard library only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

MAX_DEPTH = 128
MAX_ELEMENTS = 300_000
"""Of one part."""
FAR_EMU = 27_273_042_329_600
"""ST_Coordinate of ECMA-376: PowerPoint opens no file with a number farther out."""

_KEPT_BYTES = 1 << 17

_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
_COUNTED = {
    **{f"{_P} {tag}": "shapes" for tag in ("sp", "pic", "graphicFrame", "cxnSp", "grpSp")},
    f"{_A} tc": "cells",
    f"{_C} pt": "points",
}
_TEXTS = (f"{_A} t", f"{_C} v")
_COORDINATES = tuple(f"{_A} {tag}" for tag in ("off", "ext", "chOff", "chExt"))


class BadXml(Exception):
    """A part that no renderer may see; the message says why, without the part's name.

    ``limit`` is "elements" or "payload" where it is merely too much, else None.
    """

    def __init__(self, reason: str, limit: str | None = None) -> None:
        super().__init__(reason)
        self.limit = limit


@dataclass(frozen=True)
class Relation:
    """An entry of a .rels part.

    Attributes:
      id, type, target: as they stand there.
      external: whether it leads out of the file.
    """

    id: str
    type: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The last word of its type."""
        return self.type.rpartition("/")[2]

    @property
    def is_fetched(self) -> bool:
        """Whether it leads outside and means more than a place to go to on a click."""
        return self.external and self.kind != "hyperlink"


@dataclass(frozen=True)
class Contents:
    """What an XML part holds.

    Attributes:
      root: "namespace name" of its outermost element.
      counts: "shapes" (groups and what they hold), "cells" of tables, "points" of charts.
      characters: of its texts and of a chart's values.
      slides: relations of a presentation's slides, in order.
      size: of the slides of a presentation, EMU; None where it says none.
      relations: of a .rels part.
    """

    root: str
    counts: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    slides: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    relations: tuple[Relation, ...] = ()


def look_through(data: bytes) -> Contents:
    """Read an XML part.

    Raises:
      BadXml: it is not well-formed, has a document type, is too deep or too large.
    """
    return _kept(data) if len(data) <= _KEPT_BYTES else _Reader().read(data)


@lru_cache(maxsize=512)
def _kept(data: bytes) -> Contents:
    """Layouts and masters are the same in most decks, so answers are kept."""
    return _Reader().read(data)


class _Reader:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._root = ""
        self._depth = self._elements = self._characters = 0
        self._counts: Counter[str] = Counter()
        self._slides: list[str] = []
        self._size: tuple[int, int] | None = None
        self._relations: list[Relation] = []

    def read(self, data: bytes) -> Contents:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            raise BadXml(f"is not well-formed XML: {error}") from None
        except (ValueError, LookupError) as error:  # an encoding that Python does not know
            raise BadXml(f"cannot be read: {error!s:.100}") from None
        finally:
            self._parser.StartElementHandler = self._parser.EndElementHandler = None
        return Contents(
            root=self._root,
            counts=self._counts,
            characters=self._characters,
            slides=tuple(self._slides),
            size=self._size,
            relations=tuple(self._relations),
        )

    def _doctype(self, *args: object) -> None:
        raise BadXml("has a document type (DOCTYPE), through which entities come: it is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._root = self._root or name
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise BadXml(f"is nested more than {MAX_DEPTH} elements deep", "elements")
        if self._elements > MAX_ELEMENTS:
            raise BadXml(f"has more than {MAX_ELEMENTS:,} XML elements", "elements")
        if name in _COUNTED:
            self._counts[_COUNTED[name]] += 1
        elif name in _TEXTS:
            self._parser.CharacterDataHandler = self._text
        elif name in _COORDINATES:
            _check_coordinates(attributes)
        elif name == _RELATION:
            self._relations.append(_relation(attributes))
        elif name == f"{_P} sldId":
            self._slides.append(attributes.get(f"{_R} id", ""))
        elif name == f"{_P} sldSz":
            self._size = _emu(attributes.get("cx")), _emu(attributes.get("cy"))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name in _TEXTS:
            self._parser.CharacterDataHandler = None

    def _text(self, text: str) -> None:
        self._characters += len(text)


def _check_coordinates(attributes: dict[str, str]) -> None:
    for name in ("x", "y", "cx", "cy"):
        text = attributes.get(name)
        if text is not None and text[-1:].isdigit() and abs(_emu(text)) > FAR_EMU:
            raise BadXml(f"places a shape at {name}={text:.40} EMU, outside of what the format has")


def _emu(text: str | None) -> int:
    """A whole number of EMU.

    Raises:
      BadXml: it is none.
    """
    try:
        return int((text or "")[:40])
    except ValueError:
        raise BadXml(f"has the length {text!r:.60}, which is no whole number of EMU") from None


def _relation(attributes: dict[str, str]) -> Relation:
    target = attributes.get("Target", "")
    outside = attributes.get("TargetMode", "").lower() == "external"
    return Relation(
        id=attributes.get("Id", ""),
        type=attributes.get("Type", ""),
        target=target,
        external=outside or ":" in target.partition("/")[0] or target.startswith(("//", "\\")),
    )
