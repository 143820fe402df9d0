"""What is changed in a deck before a renderer gets it, so that it draws what PowerPoint shows.

Records are read from the deck as it came. Each change mends one deviation that was seen: neither
renderer takes letters that a font lacks from the same other font; the fast one does not turn what a
turned group holds nor texts in their shapes, leaves patterns out and reads charts otherwise
(``prepare_charts``); the office suite centres text boxes that do not wrap.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from vsdpo_jax.domains.slide.render import fonts
from vsdpo_jax.domains.slide.render.geometry import turned
from vsdpo_jax.domains.slide.render.prepare_charts import prepared_chart
from vsdpo_jax.domains.slide.render.shapes import tree_shapes
from vsdpo_jax.domains.slide.render.source import (
    Element,
    SlideSource,
    Source,
    local,
    path,
    tag,
    whole,
)

_TURN = 60_000
_ACROSS = 45.0  # degrees from which on a turned text is laid out in other lines
_EVEN = ("rect", "roundRect", "ellipse")  # half a turn does not change them
_WIDE = 4  # times the slide's width: no line of a text that is read is longer
_AFTER_FONTS = ("hlinkClick", "hlinkMouseOver", "rtl", "extLst")
_FONTS = ("latin", "ea", "cs", "sym")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a renderer gets.

    Attributes:
      data: the deck.
      lent: families of ``fonts.lent`` that it asks for.
    """

    data: bytes
    lent: tuple[str, ...]


def prepare(source: Source, slides: Sequence[SlideSource], for_office: bool) -> Prepared:
    """A deck as a renderer gets it.

    Args:
      source: the deck.
      slides: those that are rendered.
      for_office: for the office suite; otherwise for the fast renderer.
    """
    changed: dict[str, bytes] = {}
    lent: dict[str, None] = {}
    for slide in slides:
        root = copy.deepcopy(slide.part.root)
        tree = path(root, "p:cSld", "p:spTree")
        families = _lend_letters(root, slide)
        lent.update(dict.fromkeys(families))
        is_changed = bool(families)
        if for_office:
            is_changed |= _widen(tree, source.size_emu[0])
        else:
            is_changed |= _turn_groups(tree)
            is_changed |= _turn_texts(tree)
            is_changed |= _fill_patterns(root)
            changed.update(_charts(source, slide))
        if is_changed:
            changed[slide.part.name] = _written(root)
    return Prepared(with_parts(source.data, changed) if changed else source.data, tuple(lent))


def _written(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def with_parts(data: bytes, parts: dict[str, bytes]) -> bytes:
    """An archive with other contents for some of its members."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(made, "w") as archive:
        for name in given.namelist():
            archive.writestr(name, parts[name] if name in parts else given.read(name))
    return made.getvalue()


def _lend_letters(root: Element, slide: SlideSource) -> list[str]:
    """Have letters that a run's font lacks drawn with one that has them. In place.

    Returns:
      The families that are asked for now.
    """
    minor = path(slide.theme.root if slide.theme is not None else None,
                 "a:themeElements", "a:fontScheme", "a:minorFont", "a:latin")  # fmt: skip
    usual = minor.get("typeface", "") if minor is not None else ""
    families = []
    for run in list(root.iter(tag("a:r"))):
        text = path(run, "a:t")
        family = path(run, "a:rPr", "a:latin")
        asked = family.get("typeface", usual) if family is not None else usual
        asked = usual if asked.startswith("+") else asked
        if text is not None and text.text and fonts.lacks(asked, text.text):
            _split(run, text.text, asked)
            families.append(fonts.lent(asked))
    for bullet in root.iter(tag("a:buChar")):
        if fonts.lacks(usual, bullet.get("char", "")):
            for font in bullet.getparent().findall(tag("a:buFont")):
                bullet.getparent().remove(font)
            font = etree.Element(tag("a:buFont"), typeface=fonts.lent(usual))
            bullet.addprevious(font)
            families.append(fonts.lent(usual))
    return families


def _split(run: Element, text: str, asked: str) -> None:
    pieces: list[tuple[bool, str]] = []
    for character in text:
        is_lent = fonts.lacks(asked, character)
        if pieces and pieces[-1][0] == is_lent:
            pieces[-1] = (is_lent, pieces[-1][1] + character)
        else:
            pieces.append((is_lent, character))
    for is_lent, piece in pieces:
        made = copy.deepcopy(run)
        made.find(tag("a:t")).text = piece
        if is_lent:
            _set_font(made, fonts.lent(asked))
        run.addprevious(made)
    run.getparent().remove(run)


def _set_font(run: Element, family: str) -> None:
    settings = path(run, "a:rPr")
    if settings is None:
        settings = etree.Element(tag("a:rPr"))
        run.insert(0, settings)
    for name in _FONTS:
        for old in settings.findall(tag(f"a:{name}")):
            settings.remove(old)
    after = [child for child in settings if local(child) in _AFTER_FONTS]
    for name in _FONTS[:2]:
        made = etree.Element(tag(f"a:{name}"), typeface=family)
        if after:
            after[0].addprevious(made)
        else:
            settings.append(made)


def _turn_groups(tree: Element) -> bool:
    """Give the turn and the mirroring of groups to what they hold. In place."""
    is_changed = False
    for group in _groups(tree):
        own = path(group, "p:grpSpPr", "a:xfrm")
        turn, flips = whole(own, "rot"), [_is_on(own, name) for name in ("flipH", "flipV")]
        if own is None or not (turn or any(flips)):
            continue
        frame, inner = _box(own, "off", "ext"), _box(own, "chOff", "chExt")
        if frame is None or inner is None or not all(inner[2:]) or not all(frame[2:]):
            continue
        for child in tree_shapes(group):
            _turn_child(child, frame, inner, turn / _TURN, flips)
        for name in ("rot", "flipH", "flipV"):
            own.attrib.pop(name, None)
        is_changed = True
    return is_changed


def _turn_texts(tree: Element) -> bool:
    """Turn shapes instead of the texts in them where it looks the same. In place."""
    is_changed = False
    for shape in tree.iter(tag("p:sp")):
        body, own = path(shape, "p:txBody", "a:bodyPr"), path(shape, "p:spPr", "a:xfrm")
        turn = whole(body, "rot") / _TURN % 360 if body is not None else 0.0
        if body is None or own is None or not turn or abs((turn + 90) % 180 - 90) > _ACROSS:
            continue
        outline = path(shape, "p:spPr", "a:prstGeom")
        is_even = outline is not None and outline.get("prst") in _EVEN and turn == 180
        if is_even or _is_bare(shape):
            own.set("rot", str(round((whole(own, "rot") / _TURN + turn) % 360 * _TURN)))
            del body.attrib["rot"]
            is_changed = True
    return is_changed


def _groups(tree: Element) -> Iterable[Element]:
    """Groups at any depth, the outer ones first; what they hold may change on the way."""
    waiting = [e for e in tree_shapes(tree) if local(e) == "grpSp"]
    while waiting:
        group = waiting.pop(0)
        yield group
        waiting += [e for e in tree_shapes(group) if local(e) == "grpSp"]


def _turn_child(
    child: Element,
    frame: tuple[int, ...],
    inner: tuple[int, ...],
    turn: float,
    flips: Sequence[bool],
) -> None:
    own = next((x for x in (path(child, "p:spPr", "a:xfrm"), path(child, "p:grpSpPr", "a:xfrm"),
                            path(child, "p:xfrm")) if x is not None), None)  # fmt: skip
    box = _box(own, "off", "ext")
    if own is None or box is None:
        return
    scale = frame[2] / inner[2], frame[3] / inner[3]
    pivot = frame[0] + frame[2] / 2, frame[1] + frame[3] / 2
    middle = (
        frame[0] + (box[0] + box[2] / 2 - inner[0]) * scale[0],
        frame[1] + (box[1] + box[3] / 2 - inner[1]) * scale[1],
    )
    own_turn = whole(own, "rot") / _TURN
    for is_on, name, axis in zip(flips, ("flipH", "flipV"), (0, 1), strict=True):
        if is_on:
            mirrored = [*middle]
            mirrored[axis] = 2 * pivot[axis] - middle[axis]
            middle, own_turn = (mirrored[0], mirrored[1]), -own_turn
            own.set(name, "0" if _is_on(own, name) else "1")
    middle = turned(middle, pivot, turn)
    offset = own.find(tag("a:off"))
    x = inner[0] + (middle[0] - frame[0]) / scale[0] - box[2] / 2
    y = inner[1] + (middle[1] - frame[1]) / scale[1] - box[3] / 2
    offset.set("x", str(round(x)))
    offset.set("y", str(round(y)))
    own.set("rot", str(round((own_turn + turn) % 360 * _TURN)))


def _is_on(element: Element | None, name: str) -> bool:
    return element is not None and element.get(name) in ("1", "true")


def _box(own: Element | None, offset: str, extent: str) -> tuple[int, int, int, int] | None:
    place, size = path(own, f"a:{offset}"), path(own, f"a:{extent}")
    if place is None or size is None:
        return None
    return whole(place, "x"), whole(place, "y"), whole(size, "cx"), whole(size, "cy")


def _fill_patterns(root: Element) -> bool:
    """Paint patterns as the mean of their colours. In place."""
    patterns = [p for p in root.iter(tag("a:pattFill")) if local(p.getparent()) == "spPr"]
    for pattern in patterns:
        colors = [path(pattern, f"a:{name}") for name in ("fgClr", "bgClr")]
        chosen = [color[0] for color in colors if color is not None and len(color)]
        made = etree.Element(tag("a:solidFill"))
        values = [c.get("val", "") for c in chosen if local(c) == "srgbClr"]
        if len(values) == 2:
            pair = zip(*(bytes.fromhex(value) for value in values), strict=True)
            mean = bytes((a + b) // 2 for a, b in pair).hex().upper()
            etree.SubElement(made, tag("a:srgbClr"), val=mean)
        elif chosen:
            made.append(copy.deepcopy(chosen[0]))
        pattern.getparent().replace(pattern, made)
    return bool(patterns)


def _charts(source: Source, slide: SlideSource) -> dict[str, bytes]:
    """The charts of a slide that the fast renderer would draw otherwise than PowerPoint."""
    changed = {}
    for chart in slide.part.root.iter(tag("c:chart")):
        name = slide.part.target(chart.get(tag("r:id")))
        if name is not None:
            root = prepared_chart(source.part(name).root)
            if root is not None:
                changed[name] = _written(root)
    return changed


def _widen(tree: Element, slide_emu: int) -> bool:
    """Make text boxes that do not wrap so wide that they need not. In place."""
    is_changed = False
    for shape in tree.iter(tag("p:sp")):
        body, own = path(shape, "p:txBody", "a:bodyPr"), path(shape, "p:spPr", "a:xfrm")
        kind, box = path(shape, "p:nvSpPr", "p:cNvSpPr"), _box(own, "off", "ext")
        is_plain = path(shape, "p:spPr", "a:ln") is None and not _is_painted(shape)
        if body is None or own is None or box is None or not is_plain or not _is_on(kind, "txBox"):
            continue
        if body.get("wrap") != "none" or whole(own, "rot") or body.get("vert", "horz") != "horz":
            continue
        aligns = {p.get("algn", "l") for p in shape.iter(tag("a:pPr"))} or {"l"}
        if aligns <= {"l", "r"} and len(aligns) == 1:
            more = _WIDE * slide_emu
            if aligns == {"r"}:
                own.find(tag("a:off")).set("x", str(box[0] - more))
            own.find(tag("a:ext")).set("cx", str(box[2] + more))
            body.set("wrap", "square")
            is_changed = True
    return is_changed


def _is_painted(shape: Element) -> bool:
    fills = ("solidFill", "gradFill", "blipFill", "pattFill")
    return any(local(child) in fills for child in shape.find(tag("p:spPr")))


def _is_bare(shape: Element) -> bool:
    """Whether nothing is seen of a shape but its text."""
    if path(shape, "p:style") is None and path(shape, "p:spPr", "a:ln") is None:
        return not _is_painted(shape)
    nothing = [path(shape, "p:spPr", "a:noFill"), path(shape, "p:spPr", "a:ln", "a:noFill")]
    return None not in nothing
