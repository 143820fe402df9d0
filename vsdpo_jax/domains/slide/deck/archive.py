"""A .pptx as bytes that nobody trusts: its zip and its XML, checked before anything renders it.

Nothing is written to a disk and nothing outside the bytes is read. Relations to the outside are
kept where they only matter to a click (hyperlinks); the targets of all others, which a renderer
might fetch, are blanked.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from PIL import Image

from vsdpo_jax.domains.slide.deck.xml_checks import BadXml, Contents, Relation, look_through
from vsdpo_jax.records import RenderStatus

MAX_BYTES = 64 << 20
"""Of the file, and of each part once unpacked."""
MAX_UNPACKED = 160 << 20
MAX_PARTS = 3_000
MAX_RATIO = 250
"""Of unpacked to packed bytes, for parts from _RATIO_BYTES on; deflate reaches 1,030."""
MAX_XML = 24 << 20
"""Of all parts together."""
MAX_SLIDES = 100
MAX_SHAPES = 500
"""On a slide. LibreOffice takes 40 s for 3,000 shapes."""
MAX_TEXT = 20_000
"""Characters on a slide, and three times as many in a deck: 200,000 words take LibreOffice 35 s."""
MAX_CELLS = 2_000
MAX_POINTS = 20_000
MAX_PIXELS = 40_000_000
"""Of one picture, and three times as many in a deck."""
SIDE_EMU = (914_400, 51_206_400)
"""The sides that a slide may have: ST_SlideSizeCoordinate, 1 to 56 inches."""
MAX_SLENDER = 4.0
"""Height of a slide in its widths: pictures are 1280 pixels wide."""

_RATIO_BYTES = 1 << 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PRESENTATION = "http://schemas.openxmlformats.org/presentationml/2006/main presentation"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main sld"
_PICTURES = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
_NAME = re.compile(r"(?!/)[^\\\x00-\x1f:]{1,250}")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


class Refused(Exception):
    """A file that is not rendered: ``status`` and ``limit`` as in records.Render, and why.

    ``excess`` says of what there is too much ("shapes", "slides", ...), "" for other reasons.
    """

    def __init__(self, reason: str, limit: str | None = None, excess: str = "") -> None:
        super().__init__(reason)
        self.excess = excess
        self.status: RenderStatus = "program_error" if limit is None else "limit"
        self.limit = limit


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file that may be rendered.

    Attributes:
      pptx: its bytes, without relations that a renderer might fetch.
      num_slides: of the file.
      external: how many relations to the outside it has, hyperlinks left out.
    """

    pptx: bytes
    num_slides: int
    external: int


def check(data: bytes) -> Checked:
    """Look through a .pptx.

    Raises:
      Refused: it is none, it is damaged, or it holds more than is rendered.
    """
    parts = _unpack(data)
    texts = {name: part for name, part in parts.items() if _looks_like_xml(part)}
    size = sum(map(len, texts.values()))
    if size > MAX_XML:
        raise Refused(
            f"the file has {size:,} bytes of XML, at most {MAX_XML:,} are read", "payload"
        )
    xml = {name: _contents(name, part) for name, part in texts.items()}
    main, presentation = _presentation(xml)
    slides = _slides(main, presentation, xml)
    _check_size(presentation)
    _check_amount(slides, xml)
    _check_pictures(parts)
    external = sum(r.is_fetched for found in xml.values() for r in found.relations)
    if external:
        data = _blanked(parts, xml)
    return Checked(pptx=data, num_slides=len(slides), external=external)


def _unpack(data: bytes) -> dict[str, bytes]:
    """Part name -> its bytes, of this archive and of archives in it, which are not opened later.

    Raises:
      Refused: see there.
    """
    if len(data) > MAX_BYTES:
        raise Refused(
            f"the file has {len(data):,} bytes, at most {MAX_BYTES:,} are read", "payload"
        )
    budget = _Budget()
    parts = _unpack_one(data, budget, "the file")
    for name, part in parts.items():
        if part.startswith(_ZIP):
            inner = _unpack_one(part, budget, f"the archive {name} in the file")
            if any(deep.startswith(_ZIP) for deep in inner.values()):
                raise Refused(f"{name} is an archive that holds another archive", "payload")
    return parts


@dataclass
class _Budget:
    """What may still be unpacked."""

    parts: int = MAX_PARTS
    bytes: int = MAX_UNPACKED


def _unpack_one(data: bytes, budget: _Budget, what: str) -> dict[str, bytes]:
    if not data:
        raise Refused(f"{what} is empty")
    if data.startswith(_OLE):
        raise Refused(
            f"{what} is an old .ppt or is encrypted: save it as .pptx, without a password"
        )
    if not data.startswith(_ZIP):
        raise Refused(f"{what} is no .pptx: it is no zip archive")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _checked_entries(archive.infolist(), len(data), budget, what)
            return {entry.filename: _read(archive, entry, what) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError) as error:
        raise Refused(f"{what} is damaged: {error!s:.150}") from None
    except (NotImplementedError, RuntimeError, OSError) as error:
        raise Refused(f"{what} cannot be unpacked: {error!s:.150}") from None


def _checked_entries(
    entries: list[zipfile.ZipInfo], size: int, budget: _Budget, what: str
) -> list[zipfile.ZipInfo]:
    budget.parts -= len(entries)
    if budget.parts < 0:
        raise Refused(f"{what} has more than {MAX_PARTS:,} parts", "payload")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if not _NAME.fullmatch(name) or ".." in name.split("/"):
            raise Refused(f"{what} has a part with the name {name!r:.80}, which is no place in it")
        if name.lower() in seen:
            raise Refused(f"{what} has two parts with the name {name:.80}")
        seen.add(name.lower())
        if entry.flag_bits & 1:
            raise Refused(f"{what} is encrypted: save it without a password")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(f"{what} is packed in a way that .pptx files are not")
        _check_bomb(entry, what)
        budget.bytes -= entry.file_size
        if budget.bytes < 0:
            raise Refused(f"{what} unpacks to more than {MAX_UNPACKED:,} bytes", "payload")
    # Entries of some bombs share their bytes.
    if sum(entry.compress_size for entry in entries) > size:
        raise Refused(f"{what} is damaged: its parts lie on each other")
    return [entry for entry in entries if not entry.is_dir()]


def _check_bomb(entry: zipfile.ZipInfo, what: str) -> None:
    name = entry.filename
    if entry.file_size > MAX_BYTES:
        reason = f"the part {name:.80} of {what} unpacks to {entry.file_size:,} bytes"
        raise Refused(f"{reason}, at most {MAX_BYTES:,} are read", "payload")
    if entry.file_size > max(_RATIO_BYTES, MAX_RATIO * entry.compress_size):
        reason = f"the part {name:.80} of {what} unpacks from {entry.compress_size:,}"
        raise Refused(f"{reason} to {entry.file_size:,} bytes, as zip bombs do", "payload")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, what: str) -> bytes:
    """A part; no more of it than its entry announces is ever unpacked."""
    data = archive.read(entry)
    if len(data) != entry.file_size:
        raise Refused(f"{what} is damaged: {entry.filename:.80} ends too early")
    return data


def _looks_like_xml(part: bytes) -> bool:
    return part[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff"))


def _contents(name: str, part: bytes) -> Contents:
    try:
        return look_through(part)
    except BadXml as error:
        raise Refused(f"{name} {error}", error.limit) from None


def _presentation(xml: Mapping[str, Contents]) -> tuple[str, Contents]:
    """Name and contents of the main part."""
    if "[Content_Types].xml" not in xml or "_rels/.rels" not in xml:
        raise Refused(
            "the file is no .pptx: an archive without [Content_Types].xml and _rels/.rels"
        )
    targets = [
        _target("", relation.target)
        for relation in xml["_rels/.rels"].relations
        if relation.kind == "officeDocument" and not relation.external
    ]
    for name in targets:
        if name in xml and xml[name].root == _PRESENTATION:
            return name, xml[name]
    raise Refused("the file holds no presentation: there is no presentation.xml where it should be")


def _slides(main: str, presentation: Contents, xml: Mapping[str, Contents]) -> list[str]:
    """Names of the slides, in order."""
    if len(presentation.slides) > MAX_SLIDES:
        count = len(presentation.slides)
        reason = f"the deck has {count:,} slides, at most {MAX_SLIDES} are read"
        raise Refused(reason, "elements", "slides")
    folder, name = posixpath.split(main)
    relations = xml.get(f"{folder}/_rels/{name}.rels")
    targets = {r.id: _target(folder, r.target) for r in (relations.relations if relations else ())}
    slides = []
    for number, relation in enumerate(presentation.slides, 1):
        slide = targets.get(relation, "")
        if slide not in xml or xml[slide].root != _SLIDE:
            raise Refused(f"slide {number} is missing in the file")
        slides.append(slide)
    if len(set(slides)) != len(slides):
        raise Refused("the file has one part for two slides")
    if not slides:
        raise Refused("the deck has no slide")
    return slides


def _target(folder: str, target: str) -> str:
    """The part that a relation names, from the folder of the part that has it."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _check_size(presentation: Contents) -> None:
    width, height = presentation.size or (0, 0)
    least, most = SIDE_EMU
    if not (least <= width <= most and least <= height <= most):
        raise Refused(
            f"slides of {width} x {height} EMU: their sides must be {least:,} to {most:,} (1 to 56 "
            f"inches)"
        )
    if height > MAX_SLENDER * width:
        reason = f"slides of {width} x {height} EMU are more than {MAX_SLENDER:g} times as high as"
        raise Refused(f"{reason} wide", "canvas")


def _check_amount(slides: list[str], xml: Mapping[str, Contents]) -> None:
    names = {name: f"slide {number}" for number, name in enumerate(slides, 1)}
    for name, found in xml.items():
        amounts = (
            (found.counts["shapes"], MAX_SHAPES, "shapes"),
            (found.counts["cells"], MAX_CELLS, "cells in tables"),
            (found.counts["points"], MAX_POINTS, "points of charts"),
            (found.characters, MAX_TEXT if name in names else 10 * MAX_TEXT, "characters of text"),
        )
        for amount, most, what in amounts:
            if amount > most:
                reason = (
                    f"{names.get(name, name)} has {amount:,} {what}, at most {most:,} are drawn"
                )
                raise Refused(f"{reason}: put less on it", "elements", what)
    total = sum(xml[name].characters for name in slides)
    if total > 3 * MAX_TEXT:
        reason = f"the deck has {total:,} characters of text"
        raise Refused(f"{reason}, at most {3 * MAX_TEXT:,} are drawn: write less", "elements")


def _check_pictures(parts: Mapping[str, bytes]) -> None:
    total = 0
    for name, part in parts.items():
        if not name.startswith("ppt/media/"):
            continue
        try:
            with Image.open(io.BytesIO(part), formats=_PICTURES) as picture:
                pixels = picture.width * picture.height
        except Image.DecompressionBombError:
            pixels = 1 << 62
        except Exception:  # no picture, or a broken one: the renderer shows that
            continue
        total += pixels
        if pixels > MAX_PIXELS or total > 3 * MAX_PIXELS:
            reason = f"the picture {name} has more than {MAX_PIXELS:,} pixels"
            if pixels <= MAX_PIXELS:
                reason = f"the pictures of the deck have more than {3 * MAX_PIXELS:,} pixels"
            raise Refused(f"{reason}: use smaller ones", "canvas")


def _blanked(parts: Mapping[str, bytes], xml: Mapping[str, Contents]) -> bytes:
    """The file with the targets blanked of what a renderer might fetch."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            relations = xml[name].relations if name in xml else ()
            leads_out = any(relation.is_fetched for relation in relations)
            archive.writestr(name, _relations(relations) if leads_out else part)
    return buffer.getvalue()


def _relations(relations: Sequence[Relation]) -> bytes:
    """A .rels part."""
    rows = []
    for relation in relations:
        target = "about:blank" if relation.is_fetched else relation.target
        values = {"Id": relation.id, "Type": relation.type, "Target": target}
        if relation.external:
            values["TargetMode"] = "External"
        inside = " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
        rows.append(f"<Relationship {inside}/>")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<Relationships xmlns="{_RELATIONS}">{"".join(rows)}</Relationships>'.encode()
