"""Hand-built scenes for tests of detectors: a 500 x 400 canvas with one axes of 400 x 300."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from vsdpo_jax.domains.chart.drawlist.records import AxesInfo
from vsdpo_jax.domains.chart.paint.scene import Evidence, Mark, Scene

AXES_BOX = (80.0, 40.0, 400.0, 300.0)
_ARTISTS = count(1000)


def evidence(**changes) -> Evidence:
    """All of a mark of 100 pixels is seen, dark on white; it has no places."""
    plain = Evidence(
        ink_px=100,
        visible=1.0,
        covered=0.0,
        coverer=None,
        difference=60.0,
        ground=60.0,
        contrast=21.0,
        clutter=0.0,
        places_N2=np.zeros((0, 2), np.int64),
        seen_N=np.zeros(0, bool),
    )
    return replace(plain, **changes)


def axes(**changes) -> AxesInfo:
    """x from 0 to 10, y from 0 to 100, both linear: 40 px a unit of x, 3 px a unit of y."""
    plain = AxesInfo(
        region=AXES_BOX,
        projection="rectilinear",
        x_limits=(0.0, 10.0),
        y_limits=(0.0, 100.0),
        x_scale="linear",
        y_scale="linear",
        span=(0, 5),
        x_tick_span=(10, 15),
        y_tick_span=(20, 25),
        grid_spec=(1, 1, 0, 0, 0, 0),
        is_colorbar=False,
        is_visible=True,
    )
    return replace(plain, **changes)


def clip(box, canvas=(500, 400)):
    """The part of a box on the canvas, or None."""
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[0] + box[2], canvas[0]), min(box[1] + box[3], canvas[1])
    if right <= left or bottom <= top:
        return None
    return (left, top, right - left, bottom - top)


def text(words, box, role="text", **changes) -> Mark:
    """A black 10 pt text whose ink fills a box."""
    made = Mark(
        kind="text",
        role=role,
        artist=next(_ARTISTS),
        artist_type="Text",
        axes=0,
        span=(30, 40),
        region=clip(box),
        full_region=box,
        color_rgba=(0.0, 0.0, 0.0, 1.0),
        text=words,
        font_size_pt=10.0,
    )
    return replace(made, **changes)


def pixels(points, info: AxesInfo) -> np.ndarray:
    """Data values to pixels on linear axes."""
    points = np.asarray(points, dtype=np.float64)
    left, top, width, height = info.region
    (x0, x1), (y0, y1) = info.x_limits, info.y_limits
    across = left + (points[:, 0] - x0) / (x1 - x0) * width
    down = top + height - (points[:, 1] - y0) / (y1 - y0) * height
    return np.stack([across, down], axis=1).astype(np.float32)


def _data(kind, artist_type, points, info: AxesInfo, **changes) -> Mark:
    placed = pixels(points, info)
    low, high = placed.min(axis=0), placed.max(axis=0)
    full = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    left, top, width, height = info.region
    seen_low = np.maximum(low, (left, top))
    seen_high = np.minimum(high, (left + width, top + height))
    region = None
    if (seen_high >= seen_low).all():
        size = seen_high - seen_low
        region = (float(seen_low[0]), float(seen_low[1]), float(size[0]), float(size[1]))
    made = Mark(
        kind=kind,
        role="data",
        artist=next(_ARTISTS),
        artist_type=artist_type,
        axes=0,
        span=(50, 60),
        region=region,
        full_region=full,
        color_rgba=(0.0, 0.0, 1.0, 1.0),
        points_px=placed,
    )
    return replace(made, **changes)


def line(points, info: AxesInfo | None = None, **changes) -> Mark:
    return replace(_data("path", "Line2D", points, info or axes()), **changes)


def scatter(points, info: AxesInfo | None = None, **changes) -> Mark:
    return _data("collection", "PathCollection", points, info or axes(), **changes)


def bar(x, height, info: AxesInfo | None = None, *, bottom=0.0, width=0.8, **changes) -> Mark:
    left, right = x - width / 2, x + width / 2
    top = bottom + height
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    return _data("path", "Rectangle", corners, info or axes(), **changes)


def lying_bar(y, length, info: AxesInfo | None = None, *, height=4.0, **changes) -> Mark:
    low, high = y - height / 2, y + height / 2
    corners = [(0, low), (length, low), (length, high), (0, high), (0, low)]
    return _data("path", "Rectangle", corners, info or axes(), **changes)


def frame(box, **changes) -> Mark:
    """A legend's frame."""
    made = text("", box, role="legend_frame", span=(70, 80))
    return replace(made, kind="path", artist_type="FancyBboxPatch", **changes)


def spine() -> Mark:
    made = text("", (80.0, 339.0, 400.0, 1.0), role="spine", span=(0, 5))
    return replace(made, kind="path", artist_type="Spine")


def legend(names: Sequence[str], colors, box) -> list[Mark]:
    """A framed legend: a handle and a text a row of 20 px."""
    marks = [frame(box)]
    for row, (name, color) in enumerate(zip(names, colors, strict=True)):
        y = box[1] + 5.0 + 20.0 * row
        handle = text("", (box[0] + 5, y + 4, 20.0, 2.0), role="legend_handle", span=(70, 80))
        marks.append(replace(handle, kind="path", artist_type="Line2D", color_rgba=color))
        marks.append(text(name, (box[0] + 30, y, 40.0, 10.0), role="legend_text", span=(70, 80)))
    return marks


def tick_labels(words, centers, *, role="x_tick_label", width=20.0, **changes) -> list[Mark]:
    """Labels of 10 px height below the axes (or left of it for y)."""
    marks = []
    for word, middle in zip(words, centers, strict=True):
        if role == "x_tick_label":
            box = (middle - width / 2, 345.0, width, 10.0)
        else:
            box = (75.0 - width, middle - 5.0, width, 10.0)
        marks.append(text(word, box, role=role, span=(10, 15), **changes))
    return marks


def scene(marks: Sequence[Mark], infos: Sequence[AxesInfo] | None = None, **changes) -> Scene:
    """A scene of these marks; data marks own the pixels of their visible boxes."""
    infos = tuple(infos) if infos is not None else (axes(),)
    owner = np.zeros((400, 500), np.int16)
    for mark in marks:
        if mark.role == "data" and mark.region is not None:
            x, y, width, height = (round(v) for v in mark.region)
            owner[y : y + max(height, 1), x : x + max(width, 1)] = mark.axes + 1
    image = np.full((400, 500, 3), 255, np.uint8)
    image[200:210] = 0  # something is drawn
    made = Scene(
        width_px=500,
        height_px=400,
        dpi=72.0,
        image_YXC=image,
        marks=tuple(marks),
        axes=infos,
        data_owner_YX=owner,
    )
    return replace(made, **changes)
