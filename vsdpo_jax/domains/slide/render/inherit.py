"""What shapes inherit from layouts and masters: where they stand, how their text is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vsdpo_jax.domains.slide.render.source import Element, SlideSource, local, path, tag, whole

PLACEHOLDERS = {
    "ctrTitle": "title", "subTitle": "subtitle", "obj": "object", "pic": "picture", "tbl": "table",
    "dt": "date", "ftr": "footer", "hdr": "header", "sldNum": "slide_number", "dgm": "diagram",
    "clipArt": "clip_art", "sldImg": "slide_image",
}  # fmt: skip
"""Words of the files -> words of the records; others are the same in both."""
INSETS = {"lIns": 91_440, "tIns": 45_720, "rIns": 91_440, "bIns": 45_720}
"""Default margins of a text frame, EMU: left, top, right, bottom."""

_ON_MASTER = {"title": "title", "ctrTitle": "title", "subTitle": "body", "obj": "body",
              "body": "body", "pic": "body", "tbl": "body", "chart": "body", "dgm": "body",
              "media": "body", "clipArt": "body", "dt": "dt", "ftr": "ftr",
              "sldNum": "sldNum"}  # fmt: skip
_STYLES = {"title": "p:titleStyle", "body": "p:bodyStyle"}
_FILLS = ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill")


def placeholder(shape: Element) -> Element | None:
    """p:ph of a shape, if it is a placeholder."""
    for child in shape:
        if local(child).startswith("nv"):
            return path(child, "p:nvPr", "p:ph")
    return None


def properties(shape: Element) -> Element | None:
    """p:cNvPr of a shape: id, name, hidden."""
    for child in shape:
        if local(child).startswith("nv"):
            return path(child, "p:cNvPr")
    return None


def transform(shape: Element) -> Element | None:
    """a:xfrm or p:xfrm of a shape's own; None: it has none, or one without a place."""
    found = path(shape, "p:xfrm")
    for name in ("p:spPr", "p:grpSpPr"):
        found = path(shape, name, "a:xfrm") if found is None else found
    return found if path(found, "a:off") is not None and path(found, "a:ext") is not None else None


@dataclass(frozen=True, slots=True)
class Ancestry:
    """A shape and the placeholders that it inherits from, nearest first.

    Attributes:
      shapes: the shape itself, its layout's and its master's placeholder, where they are.
      slide: on which it stands.
      kind: type of the placeholder as the files write it; "" for other shapes.
    """

    shapes: tuple[Element, ...]
    slide: SlideSource
    kind: str

    def transform(self) -> Element | None:
        """The nearest one."""
        return next((t for t in map(transform, self.shapes) if t is not None), None)

    def body(self, name: str) -> str | None:
        """An attribute of the nearest a:bodyPr that has it."""
        for shape in self.shapes:
            found = path(shape, "p:txBody", "a:bodyPr")
            if found is not None and found.get(name) is not None:
                return found.get(name)
        return None

    def inset(self, name: str) -> int:
        """A margin of the text frame, EMU."""
        try:
            return int(self.body(name) or INSETS[name])
        except ValueError:
            return INSETS[name]

    def shrunk(self) -> float:
        """The factor by which the file says that text is shrunk to fit."""
        return font_scale(path(self.shapes[0], "p:txBody", "a:bodyPr"))

    def alpha(self, paragraph: Element, run: Element | None) -> float:
        """How opaque the letters of a run are, 0 to 1."""
        for settings in self._run_settings(paragraph, run):
            for child in settings:
                if local(child) in _FILLS:
                    return fill_alpha(child)
        return 1.0

    def _run_settings(self, paragraph: Element, run: Element | None) -> Iterator[Element]:
        own = path(run, "a:rPr")
        if own is not None:
            yield own
        level = min(max(whole(path(paragraph, "a:pPr"), "lvl"), 0), 8)
        lists = [path(shape, "p:txBody", "a:lstStyle") for shape in self.shapes]
        master = self.slide.master
        if master is not None:
            style = _STYLES.get(_ON_MASTER.get(self.kind, ""), "p:otherStyle")
            lists.append(path(master.root, "p:txStyles", style))
        for styles in lists:
            found = path(styles, f"a:lvl{level + 1}pPr", "a:defRPr")
            if found is not None:
                yield found


def font_scale(body: Element | None) -> float:
    """The factor of a:normAutofit, 1 without one."""
    fit = path(body, "a:normAutofit")
    scale = whole(fit, "fontScale", 100_000) if fit is not None else 100_000
    return min(max(scale / 100_000, 0.0), 1.0)


def fill_alpha(fill: Element) -> float:
    """How opaque a fill is: the mean of its colours."""
    if local(fill) == "noFill":
        return 0.0
    colors = [child for child in fill.iter() if local(child).endswith("Clr")]
    alphas = [whole(path(color, "a:alpha"), "val", 100_000) / 100_000 for color in colors]
    return min(max(sum(alphas) / len(alphas), 0.0), 1.0) if alphas else 1.0


class Heirs:
    """Finds what the shapes of a slide inherit from."""

    def __init__(self, slide: SlideSource) -> None:
        self._slide = slide
        self._layout = _placeholders(slide.layout.root) if slide.layout is not None else []
        self._master = _placeholders(slide.master.root) if slide.master is not None else []

    def of(self, shape: Element) -> Ancestry:
        """The ancestry of a shape."""
        own = placeholder(shape)
        if own is None:
            return Ancestry((shape,), self._slide, "")
        kind = own.get("type", "obj")
        on_layout = self._on_layout(kind, own.get("idx", "0"))
        found = [shape]
        if on_layout is not None:
            found.append(on_layout[1])
            kind = kind if own.get("type") else on_layout[0].get("type", kind)
        wanted = _ON_MASTER.get(kind, kind)
        above = [s for ph, s in self._master if _ON_MASTER.get(ph.get("type", "obj")) == wanted]
        return Ancestry((*found, *above[:1]), self._slide, kind)

    def _on_layout(self, kind: str, index: str) -> tuple[Element, Element] | None:
        for ph, shape in self._layout:
            if ph.get("idx", "0") == index and (index != "0" or _same(kind, ph)):
                return ph, shape
        return next((pair for pair in self._layout if _same(kind, pair[0])), None)


def _same(kind: str, ph: Element) -> bool:
    return _ON_MASTER.get(ph.get("type", "obj")) == _ON_MASTER.get(kind, kind)


def _placeholders(root: Element) -> list[tuple[Element, Element]]:
    tree = path(root, "p:cSld", "p:spTree")
    shapes = [] if tree is None else [e for e in tree if e.tag == tag("p:sp")]
    pairs = [(placeholder(shape), shape) for shape in shapes]
    return [(ph, shape) for ph, shape in pairs if ph is not None]
