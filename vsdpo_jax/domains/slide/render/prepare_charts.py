"""What is changed in a chart before the fast renderer gets it: it reads charts in ways of its own.

The renderer takes switches without a value for off, the title of an axis for the chart's where that
has none, and a lone series for one whose points have colours of their own. It ends axes of shares
above 100 %, and paints what the file leaves unfilled and slices over the labels of their
neighbours; a label at the inner end of a bar it puts on the edge, and those of stacked bars as if
they stood beside each other.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from vsdpo_jax.domains.slide.render.source import Element, local, path, tag

_SWITCHES = (
    "auto", "autoTitleDeleted", "bubble3D", "delete", "invertIfNegative", "noMultiLvlLbl",
    "overlay", "plotVisOnly", "showBubbleSize", "showCatName", "showLeaderLines", "showLegendKey",
    "showPercent", "showSerName", "showVal", "smooth", "varyColors",
)  # fmt: skip
_ROUND = ("pieChart", "pie3DChart", "ofPieChart", "doughnutChart")
_BARS = ("barChart", "bar3DChart")
INSIDE = ("ctr", "inEnd")
"""Places of a pie's labels on its slices."""


def prepared_chart(given: Element) -> Element | None:
    """A chart part as the fast renderer gets it; None: as it is.

    Args:
      given: the root of the part, which stays as it is.
    """
    root = copy.deepcopy(given)
    changes = [change(root) for change in _CHANGES]
    return root if any(changes) else None


def _say_true(root: Element) -> bool:
    """Write out that switches are on: so they are without a value. In place."""
    silent = [e for name in _SWITCHES for e in root.iter(tag(f"c:{name}")) if "val" not in e.attrib]
    for switch in silent:
        switch.set("val", "1")
    return bool(silent)


def _paint_alike(root: Element) -> bool:
    """Have a series in one colour where none is asked for each point. In place."""
    is_changed = False
    for plot in _plots(root):
        first = path(plot, "c:ser")
        if local(plot) in _ROUND or first is None or path(plot, "c:varyColors") is not None:
            continue
        first.addprevious(etree.Element(tag("c:varyColors"), val="0"))
        is_changed = True
    return is_changed


def _plots(root: Element) -> list[Element]:
    area = path(root, "c:chart", "c:plotArea")
    return [e for e in area if local(e).endswith("Chart")] if area is not None else []


def _keep_titles(root: Element) -> bool:
    """Give a chart an empty title of its own where an axis has one. In place."""
    chart, area = path(root, "c:chart"), path(root, "c:chart", "c:plotArea")
    if chart is None or area is None or path(chart, "c:title") is not None:
        return False
    if not any(path(axis, "c:title") is not None for axis in area):
        return False
    chart.insert(0, etree.Element(tag("c:title")))
    return True


def _end_at_whole(root: Element) -> bool:
    """End axes of shares at 100 %: the renderer goes on. In place."""
    is_changed = False
    for plot in _plots(root):
        grouping = path(plot, "c:grouping")
        if grouping is None or grouping.get("val") != "percentStacked":
            continue
        ids = {axis.get("val") for axis in plot.findall(tag("c:axId"))}
        for axis in root.iter(tag("c:valAx")):
            own, scaling = path(axis, "c:axId"), path(axis, "c:scaling")
            if own is None or own.get("val") not in ids or scaling is None:
                continue
            if path(scaling, "c:max") is None:
                made = etree.Element(tag("c:max"), val="1")
                least = path(scaling, "c:min")
                scaling.append(made) if least is None else least.addprevious(made)
                is_changed = True
    return is_changed


def _clear_unfilled(root: Element) -> bool:
    """Paint unfilled series and points with a colour that lets all through. In place."""
    unfilled = [
        fill
        for kind in ("c:ser", "c:dPt")
        for owner in root.iter(tag(kind))
        if (fill := path(owner, "c:spPr", "a:noFill")) is not None
    ]
    for fill in unfilled:
        made = etree.Element(tag("a:solidFill"))
        color = etree.SubElement(made, tag("a:srgbClr"), val="FFFFFF")
        etree.SubElement(color, tag("a:alpha"), val="0")
        fill.getparent().replace(fill, made)
    return bool(unfilled)


def _label_slices(root: Element) -> bool:
    """Put labels on a pie's slices into their middle, and others that name slices beside it.

    Such labels are wider than many a slice. In place.
    """
    is_changed = False
    for labels in (e for pie in root.iter(tag("c:pieChart")) for e in _labels(pie)):
        names = [path(labels, f"c:{name}") for name in ("showCatName", "showSerName")]
        place = place_of(labels)
        if place == "inEnd":
            is_changed |= _put(labels, "ctr")
        elif place != "ctr" and any(name is not None and _is_on(name) for name in names):
            is_changed |= _put(labels, "outEnd")
    return is_changed


def _label_bars(root: Element) -> bool:
    """Put labels inside bars into their middle. In place."""
    is_changed = False
    for plot in (e for name in _BARS for e in root.iter(tag(f"c:{name}"))):
        grouping = path(plot, "c:grouping")
        is_stacked = grouping is not None and "tacked" in grouping.get("val", "")
        for labels in _labels(plot):
            place = place_of(labels)
            if place == "inEnd" or (is_stacked and not place):
                is_changed |= _put(labels, "ctr")
    return is_changed


def _labels(plot: Element) -> Iterator[Element]:
    yield from plot.iter(tag("c:dLbls"), tag("c:dLbl"))


def place_of(labels: Element) -> str:
    """Where c:dLbls or c:dLbl put labels ("ctr", "inEnd", ...); "": where such charts have them."""
    place = path(labels, "c:dLblPos")
    return "" if place is None else place.get("val", "")


def _put(labels: Element, where: str) -> bool:
    """Whether labels have a new place; those that are not drawn have none."""
    place = path(labels, "c:dLblPos")
    if place is None:
        first = next((e for e in labels if local(e).startswith("show")), None)
        if first is None:
            return False
        place = etree.Element(tag("c:dLblPos"))
        first.addprevious(place)
    place.set("val", where)
    return True


def _is_on(switch: Element) -> bool:
    return switch.get("val", "1") in ("1", "true")


_CHANGES = (
    _say_true, _paint_alike, _keep_titles, _end_at_whole, _clear_unfilled, _label_slices,
    _label_bars,
)  # fmt: skip
