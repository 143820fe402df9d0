"""What nobody asked for and what changes the message: other series, panels, heaps of texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.chart.judge.content.numerals import read_numeral
from vsdpo_jax.domains.chart.judge.content.scale import declared
from vsdpo_jax.domains.chart.judge.content.series import Series, is_guide
from vsdpo_jax.domains.chart.judge.content.values import Reader
from vsdpo_jax.domains.chart.judge.content.view import Sight, View, glyph_text, is_pale
from vsdpo_jax.domains.chart.judge.geometry import Box, center, union
from vsdpo_jax.domains.chart.judge.parts import is_inked, is_inset, is_plain, shares_place
from vsdpo_jax.domains.chart.judge.sight import visible_share
from vsdpo_jax.domains.chart.paint.scene import Mark

CAP_PX = 1.5
"""How near the caps of error bars lie to the ends of these."""
MANY_TEXTS = 20
"""More texts inside the axes that nobody asked for, and more than twice the asked ones, are a heap;
remarks and labels at points are fewer."""
SEEN_SHARE = 0.05
"""Of a mark: less of it shows nobody anything."""
DETAIL_SHARE = 0.01
"""Of the asked values: how near a point of an inset comes to one of them."""
MAX_CAPS = 2000
"""Of more ends of error bars the first are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Extra:
    """One thing too many.

    Attributes:
      kind, note, message: of the defect.
      region: where it is.
    """

    kind: str
    note: str
    message: str
    region: Box


def extra_series(
    reader: Reader,
    series: Sequence[Series],
    used: Sequence[Series],
    rows: Sequence[Sequence[float]],
) -> list[Series]:
    """Series that nobody asked for; what repeats or guides an asked one is welcome.

    Markers on a line repeat it; error bars, trends and lines from edge to edge guide the eye.
    """
    longest = max((len(row) for row in rows), default=0)
    homes = {one.axes for one in used}
    found = []
    for one in series:
        if any(one is other for other in used) or not reader.seen(one).any():
            continue
        axes = reader.view.scene.axes[one.axes]
        if is_guide(one, axes, longest) or is_cap(reader.view, one):
            continue
        if homes and one.axes not in homes and not _is_twin(reader.view, one.axes, homes):
            continue  # told as a panel
        repeats = any(
            (match := reader.match(row, one)).share == 1.0 and not match.others
            for row in range(len(rows))
        )
        if not repeats:
            found.append(one)
    return found


def _is_twin(view: View, index: int, homes: set[int]) -> bool:
    return any(other in homes for other in shares_place(view.scene, index))


def is_cap(view: View, one: Series) -> bool:
    """Whether points are the caps of error bars: they lie on ends of a collection of lines."""
    if one.family != "scatter" or any(s.mark.artist_type != "Line2D" for s in one.shapes):
        return False
    ends = [
        np.asarray(mark.points_px[:MAX_CAPS], np.float64)
        for mark in view.data
        if mark.artist_type == "LineCollection" and mark.axes == one.axes
        if mark.points_px is not None
    ]
    if not ends:
        return False
    points = np.stack([one.places_N, one.ends_N], axis=1)[:MAX_CAPS]
    cells = {tuple(cell) for cell in (np.concatenate(ends) // CAP_PX).astype(int).tolist()}
    return all(
        any((x + dx, y + dy) in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        for x, y in (points // CAP_PX).astype(int).tolist()
    )


def extra_panels(
    reader: Reader,
    series: Sequence[Series],
    used: Sequence[Series],
    rows: Sequence[Sequence[float]],
) -> list[Extra]:
    """Axes with data of their own among which is nothing that was asked for.

    Colour bars, twins, and insets and panels that repeat asked values are none.
    """
    view = reader.view
    homes = {one.axes for one in used}
    if not homes:
        return []
    by_axes: dict[int, list[Mark]] = defaultdict(list)
    for mark in view.data:
        if is_inked(mark) and not is_pale(mark) and visible_share(mark) >= SEEN_SHARE:
            by_axes[mark.axes].append(mark)
    found = []
    for index, marks in by_axes.items():
        axes = view.scene.axes[index]
        if index in homes or not is_plain(axes) or _is_twin(view, index, homes):
            continue
        here = [one for one in series if one.axes == index]
        if here and _repeats(reader, here, rows):
            continue
        if here and is_inset(view.scene, index) and _is_detail(reader, here, rows):
            continue
        region = union(m.region for m in marks if m.region is not None) or axes.region
        found.append(
            Extra(
                kind="panel_extra",
                note="extra panel",
                message="a panel was drawn that nobody asked for",
                region=region,
            )
        )
    return found


def _repeats(reader: Reader, here: Sequence[Series], rows: Sequence[Sequence[float]]) -> bool:
    return all(any(reader.match(row, one).share == 1.0 for row in range(len(rows))) for one in here)


def _is_detail(reader: Reader, here: Sequence[Series], rows: Sequence[Sequence[float]]) -> bool:
    """Whether all that an inset shows are asked values, as in a zoomed part of the chart."""
    asked = np.concatenate([np.asarray(row, np.float64) for row in rows])
    near = DETAIL_SHARE * max(float(np.ptp(asked)), float(np.abs(asked).max()))
    for one in here:
        scale = declared(reader.view.scene.axes[one.axes], one.value_axis)
        assert scale is not None  # series stand on readable axes
        shown = scale.value(one.ends_N[reader.seen(one)])
        if (np.abs(shown[:, None] - asked[None, :]).min(axis=1) > near).any():
            return False
    return True


def extra_marks(view: View, homes: set[int]) -> list[Extra]:
    """Pies and pictures in the axes of the asked data."""
    found = []
    for index in sorted(homes):
        marks = [
            m
            for m in view.data
            if m.axes == index and m.artist_type in ("Wedge", "AxesImage") and is_inked(m)
            if visible_share(m) >= SEEN_SHARE and not is_pale(m)
        ]
        region = union(m.region for m in marks if m.region is not None)
        if region is not None:
            found.append(
                Extra(
                    kind="marks_extra",
                    note="extra marks",
                    message="a pie or a picture lies in the chart that nobody asked for",
                    region=region,
                )
            )
    return found


def heap_of_texts(view: View, asked: Sequence[str], homes: set[int]) -> list[Extra]:
    """Texts inside the axes that are neither asked for nor numbers, when they are many."""
    known = Counter(asked)
    boxes = [view.scene.axes[index].region for index in homes]
    heap = []
    for part in view.free_texts:
        x, y = center(part.full_region)
        inside = any(
            left <= x <= left + width and top <= y <= top + height
            for left, top, width, height in boxes
        )
        text = glyph_text(part)
        if (
            inside
            and view.sight(part) > Sight.GONE
            and text not in known
            and not read_numeral(text)
        ):
            heap.append(part)
    if len(heap) <= max(MANY_TEXTS, 2 * len(known)):
        return []
    region = union(part.place for part in heap)
    assert region is not None  # the heap is not empty
    return [
        Extra(
            kind="texts_extra",
            note="extra texts",
            message=f"{len(heap)} texts stand in the chart that nobody asked for",
            region=region,
        )
    ]
