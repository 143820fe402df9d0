"""How a person learns which series is which: legends, names beside the data, titles of panels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from vsdpo_jax.domains.chart.judge.content.asked import normal
from vsdpo_jax.domains.chart.judge.content.numerals import read_numeral
from vsdpo_jax.domains.chart.judge.content.series import Series
from vsdpo_jax.domains.chart.judge.content.view import Sight, View, glyph_text, is_pale
from vsdpo_jax.domains.chart.judge.geometry import center
from vsdpo_jax.domains.chart.judge.parts import Legend, Part, is_inked
from vsdpo_jax.domains.chart.judge.sight import visible_share
from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.scene import Mark

TOLD_APART = 10.0
"""Difference (measure.difference) from which two colours are told apart across a picture; of dots
and lines side by side less would do."""
SAME_COLOR = 20.0
"""A handle may be this far from its series (opaque for a pale fill, say). The nearest counts."""
OTHER_PATTERN = 12.0
"""What another dash or marker counts, as a difference of colour."""
BESIDE_PX = 25.0
"""How far from its series a name may stand, at the width that is looked at."""
NEARER_PX = 2.0
"""And how much nearer to it than to any other series."""
MAX_ENTRIES = 100
"""Of more entries, or names, the first are read."""
_SAMPLES = 64
"""Points of a series that the distance to a name is measured from."""
_HANDLE_SEEN = 0.3
_GREY = 48
"""Difference of the channels (of 255) below which a text has no colour."""

Look = dict[str, tuple[np.ndarray, str]]
"""Channel ("line", "points", "fill") -> colour on white (uint8[3]) and pattern."""


class Keys:
    """Reads the keys of a picture; what all ways to group its marks need is found once."""

    def __init__(self, view: View, wanted: Sequence[str]) -> None:
        self._view = view
        self._wanted = [name for name in map(normal, wanted) if name][:MAX_ENTRIES]
        self._entries = _entries(view)
        self._artists: dict[int, list[Mark]] = defaultdict(list)
        for mark in view.data:
            self._artists[mark.artist].append(mark)
        self.said: frozenset[str] = frozenset(
            glyph_text(part)
            for part in view.parts
            if part.role in ("legend_text", "text", "annotation", "title")
            and view.sight(part) is Sight.CLEAR
        )
        """Every text that may be a name and can be read, wherever it stands."""

    def names(self, series: Sequence[Series]) -> list[str]:
        """What the picture calls each of its series; "" when it does not, or not clearly.

        A name at the data says more than a key far away.
        """
        keyed = [self._by_legend(one) for one in series]
        beside = _by_place(self._view, series, self._wanted)
        panels = _by_panel(self._view, series, self._wanted)
        return [b or k or p for b, k, p in zip(beside, keyed, panels, strict=True)]

    def _by_legend(self, one: Series) -> str:
        """The text of the entry that looks like a series, and more so than any other entry."""
        if not self._entries:
            return ""
        look = self._look(one)
        off = [_unlike(look, other) for other, _ in self._entries]
        best = min(range(len(off)), key=lambda index: off[index])
        text = self._entries[best][1]
        rivals = [d for d, (_, other) in zip(off, self._entries, strict=True) if other != text]
        is_clear = all(rival >= off[best] + 0.5 * TOLD_APART for rival in rivals)
        return text if off[best] <= SAME_COLOR and is_clear else ""

    def _look(self, one: Series) -> Look:
        painted = one.shapes[0].painted
        if painted is not None:
            return {"points": (painted, one.shapes[0].mark.pattern)}
        artists = dict.fromkeys(shape.mark.artist for shape in one.shapes)
        return _look_of(mark for artist in artists for mark in self._artists[artist])


def _entries(view: View) -> list[tuple[Look, str]]:
    """(look of the handles, text) of every legend entry that can be read."""
    found = []
    for legend in view.legends:
        rows: dict[int, list[Mark]] = {}
        parts = [
            part
            for part in view.parts
            if part.role == "legend_text"
            and view.sight(part) is Sight.CLEAR
            and any(mark in legend.marks for mark in part.marks)
        ]
        for handle in _handles(legend):
            place = _row_of(handle, parts)
            if place is not None:
                rows.setdefault(place, []).append(handle)
        found += [(_look_of(marks), glyph_text(parts[place])) for place, marks in rows.items()]
    return found[:MAX_ENTRIES]


def _handles(legend: Legend) -> list[Mark]:
    return [
        mark
        for mark in legend.marks
        if mark.role == "legend_handle"
        and mark.region is not None
        and is_inked(mark)
        and not is_pale(mark)
        and visible_share(mark) >= _HANDLE_SEEN
    ][: 4 * MAX_ENTRIES]


def _row_of(handle: Mark, parts: Sequence[Part]) -> int | None:
    """The text of a handle: in its row, nearest to its right, else (markerfirst) to its left."""
    assert handle.region is not None  # _handles filters
    x, y = center(handle.region)
    best: tuple[float, int] | None = None
    for index, part in enumerate(parts[:MAX_ENTRIES]):
        left, _, width, height = part.place
        if abs(center(part.place)[1] - y) >= max(height, handle.region[3]):
            continue
        away = left - x if left > x else 1e4 + x - left - width
        if best is None or away < best[0]:
            best = (away, index)
    return None if best is None else best[1]


def _look_of(marks: Iterable[Mark]) -> Look:
    """How marks look: the commonest colour and pattern of each channel."""
    votes: dict[str, dict[tuple[tuple[float, ...], str], int]] = {}
    for mark in marks:
        if mark.artist_type == "LineCollection":
            continue  # error bars and stems
        channel = {"markers": "points", "collection": "points"}.get(mark.kind, "fill")
        if mark.kind == "path" and mark.artist_type == "Line2D":
            channel = "line"
        look = (mark.color_rgba, mark.pattern)
        counts = votes.setdefault(channel, {})
        counts[look] = counts.get(look, 0) + 1
    found: Look = {}
    for channel, counts in votes.items():
        rgba, pattern = max(counts, key=lambda look: counts[look])
        found[channel] = (_on_white(rgba), pattern)
    return found


def _on_white(rgba: Sequence[float]) -> np.ndarray:
    alpha = min(max(rgba[3], 0.0), 1.0)
    color = np.clip(np.asarray(rgba[:3]), 0.0, 1.0) * alpha + 1.0 - alpha
    return np.rint(255.0 * color).astype(np.uint8)


def _unlike(first: Look, second: Look) -> float:
    """How far two looks differ: in the channels that both have, else in colour alone."""
    if not first or not second:
        return np.inf
    common = sorted(set(first) & set(second))
    pairs = [(first[c], second[c]) for c in common] or [
        (next(iter(first.values())), next(iter(second.values())))
    ]
    off = []
    for (color, pattern), (other, others_pattern) in pairs:
        step = float(measure.difference(color[None], other[None])[0])
        off.append(step + OTHER_PATTERN * (bool(common) and pattern != others_pattern))
    return max(off)


def _by_place(view: View, series: Sequence[Series], wanted: Sequence[str]) -> list[str]:
    """Of each series the asked name that stands beside it, nearer than to any other."""
    names = [""] * len(series)
    tracks = [_track(one) for one in series]
    for part in view.free_texts[:MAX_ENTRIES]:
        name = _named(glyph_text(part), wanted)
        if name is None or view.sight(part) is not Sight.CLEAR or not series:
            continue
        left, top, width, height = part.full_region
        middle = top + 0.5 * height
        reach = BESIDE_PX / min(view.zoom, 1.0) + 0.5 * height
        away = np.array([_distance(track, left, left + width, middle) for track in tracks])
        alike = _alike(part.marks[0], series)
        best = int(np.argmin(alike if (alike < 0.5 * TOLD_APART).any() else away))
        same = [i for i, track in enumerate(tracks) if i == best or _covers(tracks[best], track)]
        others = [i for i in range(len(series)) if i not in same]
        is_near = away[best] <= reach and all(away[i] >= away[best] + NEARER_PX for i in others)
        is_colored = alike[best] < 0.5 * TOLD_APART and all(alike[i] >= TOLD_APART for i in others)
        if is_near or is_colored:
            for index in same:
                names[index] = name if names[index] in ("", name) else "?"
    return ["" if name == "?" else name for name in names]


def _covers(track: np.ndarray, other: np.ndarray) -> bool:
    """Whether all points of another series lie on this one: its markers, say."""
    off = np.abs(track[:, None, :] - other[None, :, :]).max(axis=2).min(axis=0)
    return bool((off <= NEARER_PX).all())


def _named(text: str, wanted: Sequence[str]) -> str | None:
    """The asked name that a text is, alone or with its value ("Tea 50", "Tea: 50")."""
    if text in wanted:
        return text
    for name in wanted:
        rest = text.removeprefix(name)
        if rest != text and read_numeral(rest.strip(" :,()[]=–-")) is not None:
            return name
    return None


def _alike(mark: Mark, series: Sequence[Series]) -> np.ndarray:
    """How far the colour of a text is from each series'; black and grey are no colours."""
    color = _on_white(mark.color_rgba)
    if int(color.max()) - int(color.min()) < _GREY:
        return np.full(len(series), np.inf)
    return np.array([_unlike({"fill": (color, "")}, _plain(one)) for one in series])


def _plain(one: Series) -> Look:
    look = _look_of(shape.mark for shape in one.shapes)
    return {"fill": next(iter(look.values()))} if look else {}


def _track(one: Series) -> np.ndarray:
    """float64[N, 2]: points along what a series paints."""
    if one.family == "line":
        points = np.stack([one.places_N, one.ends_N], axis=1)
        t = np.linspace(0, len(points) - 1, _SAMPLES)
        between = [np.interp(t, np.arange(len(points)), column) for column in points.T]
        return np.concatenate([points[:_SAMPLES], np.stack(between, axis=1)])
    if one.family == "scatter":
        return np.stack([one.places_N, one.ends_N], axis=1)[:MAX_ENTRIES]
    lengths = np.linspace(0.0, 1.0, 5)
    ends = one.starts_N[:, None] + lengths * (one.ends_N - one.starts_N)[:, None]
    places = np.repeat(one.places_N, 5)
    points = np.stack([places, ends.reshape(-1)], axis=1)[: 5 * MAX_ENTRIES]
    return points[:, ::-1] if one.is_horizontal else points


def _distance(track: np.ndarray, left: float, right: float, middle: float) -> float:
    """From the middle line of a text to the nearest point of a series, in pixels."""
    across = np.maximum(np.maximum(left - track[:, 0], track[:, 0] - right), 0.0)
    return float(np.hypot(across, track[:, 1] - middle).min())


def _by_panel(view: View, series: Sequence[Series], wanted: Sequence[str]) -> list[str]:
    """Of each series that has an axes of its own the name that is the axes' title."""
    names = []
    for one in series:
        alone = sum(other.axes == one.axes for other in series) == 1
        titles = [
            glyph_text(part)
            for part in view.parts
            if alone
            and part.role == "title"
            and part.axes == one.axes
            and view.sight(part) is Sight.CLEAR
        ]
        names.append(next((title for title in titles if title in wanted), ""))
    return names
