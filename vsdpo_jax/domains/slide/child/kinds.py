"""What a change of an element does to its shape, from where in the shape the element stands.

Local names are those of DrawingML and PresentationML (ECMA-376 part 1); charts have their own.
Standard library only: this runs under the interpreter of the programs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vsdpo_jax.domains.slide.deck.notes import What

_FONT = ("rPr", "endParaRPr", "defRPr")
_PARAGRAPH = re.compile("pPr|lvl[1-9]pPr")
_TEXT = ("t", "r", "br", "fld", "p", "txBody", "rich")
_FILLS = ("solidFill", "gradFill", "noFill", "pattFill", "grpFill", "blipFill", "bgPr", "bgRef")
_FONT_ATTRIBUTES: dict[str | None, What] = {
    "sz": "font_size", "b": "font_style", "i": "font_style", "u": "font_style",
    "strike": "font_style", "cap": "font_style", "spc": "font_style", "baseline": "font_style",
    None: "font_style",
}  # fmt: skip
_PARAGRAPH_ATTRIBUTES: dict[str | None, What] = {
    "algn": "align", "marL": "margin", "marR": "margin", "indent": "margin", "lvl": "style",
    None: "style",
}  # fmt: skip
_BODY_ATTRIBUTES: dict[str | None, What] = {
    "wrap": "wrap", "numCol": "wrap", "spcCol": "wrap", "anchor": "align", "anchorCtr": "align",
    "lIns": "margin", "tIns": "margin", "rIns": "margin", "bIns": "margin", "vert": "rotation",
    "rot": "rotation",
}  # fmt: skip
_CELL_ATTRIBUTES: dict[str | None, What] = {
    "marL": "margin", "marT": "margin", "marR": "margin", "marB": "margin", "anchor": "align",
    "vert": "rotation",
}  # fmt: skip
_DATA = ("cat", "val", "xVal", "yVal", "bubbleSize", "tx", "idx", "order")
# They are made by reading a property and show nothing while they are empty.
CONTAINERS = frozenset(
    (
        "ln", "rPr", "pPr", "bodyPr", "endParaRPr", "defRPr", "tcPr", "spPr", "xfrm", "lstStyle",
        "txPr", "bgPr", "avLst", "tblPr", "grpSpPr", "effectLst", "srcRect",
    )
)  # fmt: skip


def what_of(names: Sequence[str], attribute: str | None, *, in_chart: bool) -> What:
    """What a change does.

    Args:
      names: local names from below the shape (of a chart: from below its root) to the element that
        was changed, put or removed; () for the shape itself.
      attribute: that was set, or None.
      in_chart: whether it stands in a chart's own part.
    """
    attribute = attribute and attribute.rpartition("}")[2]
    font = _last(names, _FONT)
    if font is not None:
        return _of_font(names[font + 1 :], attribute)
    for place, name in enumerate(names):
        if _PARAGRAPH.fullmatch(name):
            return _of_paragraph(names[place + 1 :], attribute)
    if "bodyPr" in names:
        below = names[names.index("bodyPr") + 1 :]
        if below:
            return "fit" if below[0].lower().endswith("autofit") else "other"
        return _BODY_ATTRIBUTES.get(attribute, "other")
    if in_chart:
        return _of_chart(names)
    if "tcPr" in names:
        below = names[names.index("tcPr") + 1 :]
        if below:
            return "line" if below[0].startswith("ln") else _of_area(below)
        return _CELL_ATTRIBUTES.get(attribute, "other")
    if names and names[-1] in _TEXT:
        return "text"
    return _of_geometry(names, attribute)


def _last(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((i for i in reversed(range(len(names))) if names[i] in wanted), None)


def _of_font(below: Sequence[str], attribute: str | None) -> What:
    if not below:
        return _FONT_ATTRIBUTES.get(attribute, "other")
    if below[0] in ("latin", "ea", "cs", "sym"):
        return "font_name"
    painted = (*_FILLS, "ln", "highlight", "hlinkClick", "hlinkMouseOver")
    return "font_color" if below[0] in painted else "other"


def _of_paragraph(below: Sequence[str], attribute: str | None) -> What:
    if not below:
        return _PARAGRAPH_ATTRIBUTES.get(attribute, "other")
    return "margin" if below[0] in ("lnSpc", "spcBef", "spcAft") else "style"


def _of_area(names: Sequence[str]) -> What:
    if "ln" in names:
        return "line"
    return "fill" if any(name in _FILLS for name in names) else "other"


def _of_chart(names: Sequence[str]) -> What:
    if names and names[-1] in _TEXT:
        return "text"
    series = _last(names, ("ser",))
    if series is None:
        return "text" if names[-1:] == ("title",) else "style"
    below = names[series + 1 :]
    if not below or below[0] in _DATA:
        return "data"
    if below[0] in ("spPr", "dPt", "marker"):
        found = _of_area(below)
        return "style" if found == "other" else found
    return "style"


def _of_geometry(names: Sequence[str], attribute: str | None) -> What:
    if "xfrm" in names:
        if attribute in ("rot", "flipH", "flipV"):
            return "rotation"
        return "size" if names[-1] in ("ext", "chExt") else "place"
    if "srcRect" in names:
        return "crop"
    if names[:1] == ("blipFill",):
        return "other"
    if names[-1:] in (("gridCol",), ("tr",)) and attribute in ("w", "h"):
        return "size"
    if "tblPr" in names or names[:1] == ("style",):
        return "style"
    return _of_area(names)
