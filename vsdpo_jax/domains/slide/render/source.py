"""The parts of a checked .pptx file, parsed when they are asked for."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

Element = Any
"""Of lxml, which brings no types."""
_OFFICE = "http://schemas.openxmlformats.org"
NS = {
    "a": f"{_OFFICE}/drawingml/2006/main",
    "c": f"{_OFFICE}/drawingml/2006/chart",
    "p": f"{_OFFICE}/presentationml/2006/main",
    "r": f"{_OFFICE}/officeDocument/2006/relationships",
}
_RELATION = f"{{{_OFFICE}/package/2006/relationships}}Relationship"
# Typefaces of scripts ("a:font script=...") stand in every theme; no text asks for them by name.
_TYPEFACE = re.compile(rb'<a:(?:latin|ea|cs|sym|buFont)\b[^>]*?\btypeface="([^"]{1,100})"')


class BadDeck(Exception):
    """The file is no presentation that can be read; the message says why in one sentence."""


@cache
def tag(name: str) -> str:
    """``a:sp`` as lxml writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def local(element: Element) -> str:
    """The name of an element without its namespace; "" of comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def path(element: Element | None, *names: str) -> Element | None:
    """The element below that the names lead to, or None."""
    for name in names:
        if element is None:
            return None
        element = element.find(tag(name))
    return element


def whole(element: Element | None, name: str, default: int = 0) -> int:
    """An attribute that is a whole number; ``default`` where it is none."""
    try:
        return default if element is None else int(element.get(name, default))
    except ValueError:
        return default


class Part:
    """One XML part of the file, with what it refers to.

    Attributes:
      name: inside the file, without a leading slash.
      root: parsed.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self.root = source.parse(name)
        self._source = source

    @cached_property
    def relations(self) -> dict[str, tuple[str, str]]:
        """Id -> (last word of the type, name of the target); external targets are left out."""
        return self._source.relations(self.name)

    def related(self, kind: str) -> Part | None:
        """The first part that it refers to as ``kind`` ("slideLayout", ...)."""
        for type_, target in self.relations.values():
            if type_ == kind:
                return self._source.part(target)
        return None

    def target(self, relation: str | None) -> str | None:
        """Name of the part with a relation id."""
        found = self.relations.get(relation or "")
        return found[1] if found is not None else None


class SlideSource:
    """A slide with its layout, master and theme.

    Attributes:
      part: the slide.
      layout, master, theme: what it inherits from; None where the file has none.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.part = source.part(name)
        self.layout = self.part.related("slideLayout")
        self.master = self.layout.related("slideMaster") if self.layout is not None else None
        self.theme = self.master.related("theme") if self.master is not None else None

    @property
    def layout_name(self) -> str:
        """As users know it."""
        layout = path(self.layout.root, "p:cSld") if self.layout is not None else None
        return layout.get("name", "") if layout is not None else ""

    @property
    def is_hidden(self) -> bool:
        """Whether a show of the deck leaves it out."""
        return self.part.root.get("show", "1") in ("0", "false")

    @property
    def tree(self) -> Element:
        """p:spTree.

        Raises:
          BadDeck: there is none.
        """
        found = path(self.part.root, "p:cSld", "p:spTree")
        if found is None:
            raise BadDeck("a slide has no shape tree")
        return found

    def parents(self) -> Iterator[Part]:
        """Layout and master, where they are."""
        yield from (part for part in (self.layout, self.master) if part is not None)


class Source:
    """A .pptx file that has passed the checks of ``deck.archive``.

    Attributes:
      data: its bytes.
      size_emu: width and height of its slides.
    """

    def __init__(self, data: bytes) -> None:
        """Open it.

        Raises:
          BadDeck: it is no presentation.
        """
        self.data = data
        self._parts: dict[str, Part] = {}
        # Programs choose names as well as contents: nothing is resolved, nothing is fetched.
        self._parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
        )
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError) as error:
            raise BadDeck(f"the file is no archive: {error}") from error
        main = [name for type_, name in self.relations("").values() if type_ == "officeDocument"]
        if not main:
            raise BadDeck("the file holds no presentation")
        self.main = self.part(main[0])
        size = path(self.main.root, "p:sldSz")
        self.size_emu = (whole(size, "cx"), whole(size, "cy"))
        if min(self.size_emu) <= 0:
            raise BadDeck(f"its slides measure {self.size_emu[0]} x {self.size_emu[1]}")

    @cached_property
    def slide_names(self) -> list[str]:
        """The parts of its slides, in order."""
        listed = path(self.main.root, "p:sldIdLst")
        ids = [] if listed is None else [e.get(tag("r:id")) for e in listed.findall(tag("p:sldId"))]
        names = [self.main.target(relation) for relation in ids]
        if None in names:
            raise BadDeck("a slide is listed that is not there")
        return [name for name in names if name is not None]

    def slide(self, number: int) -> SlideSource:
        """One of its slides, from 0."""
        return SlideSource(self, self.slide_names[number])

    def part(self, name: str) -> Part:
        """A part by its name.

        Raises:
          BadDeck: it is not there, or no XML.
        """
        if name not in self._parts:
            self._parts[name] = Part(self, name)
        return self._parts[name]

    def parse(self, name: str) -> Element:
        """The root of a part.

        Raises:
          BadDeck: it is not there, or no XML.
        """
        try:
            return etree.fromstring(self.read(name), self._parser)
        except etree.XMLSyntaxError as error:
            raise BadDeck(f"{name} is no sound XML: {error}") from error

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises:
          BadDeck: it is not there.
        """
        try:
            return self.archive.read(name)
        except (KeyError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadDeck(f"{name} is not there: {error}") from error

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """See ``Part.relations``; "" is the file itself."""
        folder, base = posixpath.split(name)
        member = posixpath.join(folder, "_rels", f"{base}.rels")
        if member not in self.archive.NameToInfo:
            return {}
        found = {}
        for relation in self.parse(member).iter(_RELATION):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "")
            absolute = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = (kind, posixpath.normpath(absolute))
        return found

    def families(self, slides: list[SlideSource]) -> list[str]:
        """Names of fonts that slides, their charts and what they inherit from ask for, in order."""
        names: dict[str, None] = {}
        parts = [part for slide in slides for part in (slide.part, *slide.parents(), slide.theme)]
        for slide in slides:
            kinds = slide.part.relations.values()
            parts += [self.part(name) for kind, name in kinds if kind == "chart"]
        for name in dict.fromkeys(part.name for part in parts if part is not None):
            for found in _TYPEFACE.findall(self.read(name)):
                family = found.decode("utf-8", "replace")
                if family and not family.startswith("+"):
                    names[family] = None
        return list(names)
