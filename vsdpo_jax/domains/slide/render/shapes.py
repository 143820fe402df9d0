"""Shapes of a slide from its XML, joined with what the fast renderer says that it paints."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from vsdpo_jax.domains.slide.deck.records import (
    WIDTH,
    Chart,
    Fill,
    FillKind,
    Picture,
    Shape,
    ShapeKind,
)
from vsdpo_jax.domains.slide.render import charts
from vsdpo_jax.domains.slide.render.display import Area, Display, Item, Paint
from vsdpo_jax.domains.slide.render.geometry import Placement, clamped, union, upright
from vsdpo_jax.domains.slide.render.inherit import (
    PLACEHOLDERS,
    Ancestry,
    Heirs,
    placeholder,
    properties,
    transform,
)
from vsdpo_jax.domains.slide.render.source import (
    BadDeck,
    Element,
    SlideSource,
    Source,
    local,
    path,
    tag,
    whole,
)
from vsdpo_jax.records import Box

SHAPES = ("sp", "pic", "graphicFrame", "cxnSp", "grpSp", "contentPart")
"""Elements of a shape tree that are shapes."""
NOTHING = Fill(kind="none")
_TURN = 60_000  # of the files' degrees
_MOST_PIXELS = 16_000_000  # of a picture whose transparency is looked at


NOT_PLOTTED = charts.Plotted()


@dataclass(frozen=True, slots=True)
class Found:
    """A shape with where it came from.

    Attributes:
      shape: the record; what is left of it in the picture is not measured yet.
      element: in the slide's XML.
      ancestry: what it inherits from.
      item: what the renderer paints of it; None: nothing.
      chart_root: of its chart's part, or None.
      plotted: of a chart, its marks and keys with their areas in ``item``.
      alpha_YX: uint8, how opaque its picture is, at any size; None: everywhere.
    """

    shape: Shape
    element: Element
    ancestry: Ancestry
    item: Item | None
    chart_root: Element | None = None
    plotted: charts.Plotted = NOT_PLOTTED
    alpha_YX: np.ndarray | None = None


def find_shapes(source: Source, slide: SlideSource, display: Display) -> list[Found]:
    """The shapes of a slide in the order of painting, groups before what they hold.

    Args:
      source: the file.
      slide: whose own shapes are found; those of layout and master are left out.
      display: what the fast renderer paints.
    """
    reader = _Reader(source, slide, display)
    reader.walk(slide.tree, (), None, Placement())
    return reader.found


def tree_shapes(parent: Element) -> Iterator[Element]:
    """The shapes right below a tree or group."""
    yield from (child for child in parent if local(child) in SHAPES)


class _Reader:
    def __init__(self, source: Source, slide: SlideSource, display: Display) -> None:
        self.found: list[Found] = []
        self._source = source
        self._slide = slide
        self._heirs = Heirs(slide)
        self._scale = WIDTH / source.size_emu[0]
        self._items = {item.place: item for item in display.items}

    def walk(
        self, parent: Element, place: tuple[int, ...], group: int | None, placement: Placement
    ) -> None:
        """Add what a tree or group holds."""
        for number, element in enumerate(tree_shapes(parent)):
            here = (*place, number)
            ancestry = self._heirs.of(element)
            frame, turn, flips = self._frame(ancestry, placement)
            found = self._read(element, ancestry, self._items.get(here), group, (frame, turn))
            self.found.append(found)
            if local(element) == "grpSp":
                inner = self._inside(element, placement, flips)
                self.walk(element, here, found.shape.index, inner)

    def _frame(self, ancestry: Ancestry, placement: Placement):
        """Frame on the slide in pixels, turn and mirroring."""
        own = ancestry.transform()
        if own is None:
            return (0.0, 0.0, 0.0, 0.0), 0.0, (False, False)
        box, turn, flips = self._own(own)
        return placement.place(box, turn, flips)

    def _own(self, own: Element) -> tuple[Box, float, tuple[bool, bool]]:
        offset, extent = path(own, "a:off"), path(own, "a:ext")
        values = whole(offset, "x"), whole(offset, "y"), whole(extent, "cx"), whole(extent, "cy")
        x, y, width, height = (value * self._scale for value in values)
        flips = own.get("flipH") in ("1", "true"), own.get("flipV") in ("1", "true")
        return (x, y, width, height), whole(own, "rot") / _TURN, flips

    def _inside(self, group: Element, placement: Placement, flips: tuple[bool, bool]) -> Placement:
        own = transform(group)
        offset, extent = path(own, "a:chOff"), path(own, "a:chExt")
        if own is None or offset is None or extent is None:
            return placement
        outer, turn, flips = self._own(own)
        values = whole(offset, "x"), whole(offset, "y"), whole(extent, "cx"), whole(extent, "cy")
        x, y, width, height = (value * self._scale for value in values)
        return placement.inside(outer, (x, y, width, height), turn, flips)

    def _read(
        self,
        element: Element,
        ancestry: Ancestry,
        item: Item | None,
        group: int | None,
        lies: tuple[Box, float],
    ) -> Found:
        frame, turn = lies
        named = properties(element)
        kind, ph = _kind(element), placeholder(element)
        table = path(element, "a:graphic", "a:graphicData", "a:tbl")
        if table is not None and item is not None:
            height = max((a.box[1] + a.box[3] for a in item.areas), default=0.0) - frame[1]
            height = max([height, *(t.box[1] + t.box[3] - frame[1] for t in item.texts)])
            frame = (*frame[:3], max(height, 0.0))
        chart, root, plotted = self._chart(element, item)
        picture, alpha_YX = self._picture(element) if kind == "picture" else (None, None)
        area = item.areas[0] if item is not None and item.areas else None
        painted = _whole_area(area, item) if table is not None or chart is not None else area
        shape = Shape(
            index=len(self.found),
            shape_id=min(max(whole(named, "id"), 0), 2**32 - 1),
            name=named.get("name", "") if named is not None else "",
            kind=kind,
            parent=group,
            placeholder="" if ph is None else PLACEHOLDERS.get(ancestry.kind, ancestry.kind),
            geometry=_geometry(element),
            box=clamped(upright(frame, turn)),
            frame=clamped(frame),
            rotation=turn,
            fill=Fill(kind="picture", alpha=area.opacity if area else 1.0)
            if picture is not None
            else _fill(painted.fill if painted is not None else None),
            line=_stroke(painted),
            line_px=painted.stroke_px if painted is not None and painted.stroke else 0.0,
            empty=kind == "placeholder" and _is_empty(element),
            seen=None,
            covered_by=None,
            picture=picture,
            chart=chart,
            rows=len(table.findall(tag("a:tr"))) if table is not None else 0,
            columns=len(table.findall(f"{tag('a:tblGrid')}/{tag('a:gridCol')}"))
            if table is not None
            else 0,
        )
        return Found(shape, element, ancestry, item, root, plotted, alpha_YX)

    def _chart(
        self, element: Element, item: Item | None
    ) -> tuple[Chart | None, Element | None, charts.Plotted]:
        data = path(element, "a:graphic", "a:graphicData", "c:chart")
        name = None if data is None else self._slide.part.target(data.get(tag("r:id")))
        if name is None:
            return None, None, NOT_PLOTTED
        root = self._source.part(name).root
        chart = charts.read_chart(root)
        if item is None:
            return chart, root, NOT_PLOTTED
        return chart, root, charts.plotted(chart, item)

    def _picture(self, element: Element) -> tuple[Picture, np.ndarray | None]:
        """What a picture shows, and how opaque it is."""
        blip, cut = path(element, "p:blipFill", "a:blip"), path(element, "p:blipFill", "a:srcRect")
        name = None if blip is None else self._slide.part.target(blip.get(tag("r:embed")))
        left, top, right, bottom = (whole(cut, side) / 100_000 for side in "ltrb")
        data, size, alpha_YX = b"", (0, 0), None
        if name is not None:
            try:
                data = self._source.read(name)
                with Image.open(io.BytesIO(data)) as image:
                    size = image.size
                    alpha_YX = _alpha(image, (left, top, right, bottom))
            except (BadDeck, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
                alpha_YX = None
        picture = Picture(
            width=size[0],
            height=size[1],
            crop=(left, top, right, bottom),
            loaded=min(size) > 0,
            digest=hashlib.sha256(data).hexdigest()[:16] if data else "",
        )
        return picture, alpha_YX


def _alpha(image: Image.Image, crop: tuple[float, float, float, float]) -> np.ndarray | None:
    """How opaque the shown part of a picture is; None: everywhere, or too large to look."""
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if not has_alpha or image.width * image.height > _MOST_PIXELS:
        return None
    left, top = (max(share, 0.0) for share in crop[:2])
    right, bottom = (1.0 - max(share, 0.0) for share in crop[2:])
    x0, x1 = round(left * image.width), round(right * image.width)
    y0, y1 = round(top * image.height), round(bottom * image.height)
    if x1 <= x0 or y1 <= y0:
        return None
    alpha = image.convert("RGBA").getchannel("A").crop((x0, y0, x1, y1))
    alpha.thumbnail((WIDTH // 2, WIDTH // 2))
    return np.asarray(alpha)


def _kind(element: Element) -> ShapeKind:
    name = local(element)
    if name == "sp":
        if placeholder(element) is not None:
            return "placeholder"
        own = path(element, "p:nvSpPr", "p:cNvSpPr")
        if own is not None and own.get("txBox") in ("1", "true"):
            return "textbox"
        return "freeform" if path(element, "p:spPr", "a:custGeom") is not None else "autoshape"
    if name == "graphicFrame":
        data = path(element, "a:graphic", "a:graphicData")
        inside = {local(child) for child in data} if data is not None else set()
        return "table" if "tbl" in inside else "chart" if "chart" in inside else "other"
    kinds: dict[str, ShapeKind] = {"pic": "picture", "cxnSp": "connector", "grpSp": "group"}
    return kinds.get(name, "other")


def _geometry(element: Element) -> str:
    own = path(element, "p:spPr")
    if path(own, "a:custGeom") is not None:
        return "custom"
    preset = path(own, "a:prstGeom")
    return preset.get("prst", "") if preset is not None else ""


def _is_empty(element: Element) -> bool:
    """Whether a placeholder says nothing; a finished slide does not show its prompt."""
    body = path(element, "p:txBody")
    return body is None or not any((t.text or "").strip() for t in body.iter(tag("a:t")))


def _whole_area(area: Area | None, item: Item | None) -> Area | None:
    """The ground of a table or chart, where it has one."""
    if area is None or item is None:
        return None
    return area if union([area.box, item.box]) == area.box and item.box[2] > 0 else None


def _fill(paint: Paint | None) -> Fill:
    if paint is None or not paint.stops:
        return NOTHING if paint is None else Fill(kind="picture")
    count = len(paint.stops)
    red, green, blue = (round(sum(stop[i] for stop in paint.stops) / count) for i in range(3))
    kind: FillKind = "solid" if paint.kind == "solid" else "gradient"
    alpha = sum(stop[3] for stop in paint.stops) / count
    return Fill(kind=kind, color=(red, green, blue), alpha=alpha)


def ground(display: Display) -> Fill:
    """What lies behind all shapes of a slide."""
    white = Fill(kind="solid", color=(255, 255, 255))
    return white if display.background is None else _fill(display.background)


def _stroke(area: Area | None) -> Fill:
    if area is None or area.stroke is None or area.stroke_px <= 0:
        return NOTHING
    red, green, blue, alpha = area.stroke
    return Fill(kind="solid", color=(red, green, blue), alpha=alpha)
