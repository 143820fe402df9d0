"""What is left of every mark in the finished picture, measured while it is painted.

Painting "over" is affine in what lies below, so one pass is enough. Of each mark a sample of its
ink is kept with the colours just before and after it was painted; a canvas of optical depth adds up
-log(1 - cover) of everything that is painted. With the depth d at the end less the depth just after
the mark, exp(-d) of the difference that the mark made is still there, and

    picture without the mark = picture - exp(-d) (after - before)

holds up to rounding, for any number of marks, without painting anything again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from vsdpo_jax.domains.chart.paint import measure
from vsdpo_jax.domains.chart.paint.measure import PixelBox
from vsdpo_jax.domains.chart.paint.scene import Evidence

SEEN = 3.0
"""Difference (measure.difference) that a person notices; just noticeable is about 2.3."""
OWN_COLOR = 6.0
"""Marks of one axes whose colours differ by less are company: none of them hides another."""
CLUTTER_RATIO = 2.0
"""WCAG ratio below which a place beside letters looks like a piece of them."""
INK_SHARE = 0.7
"""Of the ink of a mark: small dots are half white outline."""
RIM_PX = 2
"""Beside a mark: this far from its solid ink, where its soft rim has ended."""

_MOST, _FEWEST = 4096, 64  # places of one mark
_PLACES = 2_000_000  # of all marks together
_RIM_PLACES = 192  # in each of the four directions
_DEPTH = 256.0  # steps of optical depth
_TOUCHED = 24  # of 255, cover from which a letter owns a pixel
_FULL_DEPTH = 10.0  # what full cover counts; exp(-10) of a colour is nothing


def _depth_table() -> np.ndarray:
    cover = np.arange(256) / 255.0
    with np.errstate(divide="ignore"):
        return np.rint(np.minimum(-np.log(1.0 - cover), _FULL_DEPTH) * _DEPTH).astype(np.uint32)


_DEPTH_OF = _depth_table()


@dataclass(slots=True, eq=False)
class _Trace:
    """What is kept of one mark until the picture is finished. Places are flat pixel indices.

    Attributes:
      places_N, before_NC, after_NC, depth_N: a sample of its ink, the canvas there (uint8 RGBA)
        before and after it was painted, and the depth after.
      rim_K, beside_K: solid places, and what lies RIM_PX beside each.
    """

    number: int
    ink_px: int
    places_N: np.ndarray
    rim_K: np.ndarray
    beside_K: np.ndarray
    before_NC: np.ndarray
    after_NC: np.ndarray
    depth_N: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """What the witness must know of a mark at the end.

    Attributes:
      color_rgba: in [0, 1].
      axes: index of its axes.
      is_data: whether it may have company of its own colour.
      is_text: whether its contrast is asked for.
      is_guide: grid lines and ticks: nothing is lost beside them.
      is_ground: the background of its axes.
    """

    color_rgba: tuple[float, float, float, float]
    axes: int
    is_data: bool
    is_text: bool
    is_guide: bool
    is_ground: bool


class Witness:
    """Watches a canvas while it is painted.

    Args:
      pixels_YXC: the canvas, uint8 RGBA.
      num_marks: how many marks will be painted.
    """

    def __init__(self, pixels_YXC: np.ndarray, num_marks: int) -> None:
        height, width = pixels_YXC.shape[:2]
        self._flat_NC = pixels_YXC.reshape(-1, 4)
        self._width = width
        self._depth_YX = np.zeros((height, width), np.uint32)
        self._top_YX = np.full((height, width), -1, np.int32)
        self._most = min(max(_PLACES // max(num_marks, 1), _FEWEST), _MOST)
        self._traces: dict[int, _Trace] = {}

    def before(
        self, number: int, cover_YX: np.ndarray, window: PixelBox, *, is_text: bool = False
    ) -> None:
        """Keep what lies under and beside a mark that is to be judged, before it is painted.

        Args:
          number: of the mark.
          cover_YX: uint8[Y, X] its cover of the pixels of ``window``, contiguous.
          window: where it lies, with a margin of RIM_PX where the canvas has it.
          is_text: look beside its ink within the box of the ink only: what passes through letters
            is in their way, what they stand on is not.
        """
        cover_N = cover_YX.reshape(-1)
        top = int(cover_N.max()) if cover_N.size else 0
        if not top:
            return
        solid_N = cover_N >= max(0.5 * top, 1.0)
        free_N = cover_N == 0
        ink_N = np.flatnonzero(solid_N)
        across = cover_YX.shape[1]
        rims, sides = [], []
        for shift in (RIM_PX, RIM_PX * across):
            rim_K = _thinned(np.flatnonzero(solid_N[:-shift] & free_N[shift:]), _RIM_PLACES)
            rims.append(rim_K)
            sides.append(rim_K + shift)
            side_K = _thinned(np.flatnonzero(free_N[:-shift] & solid_N[shift:]), _RIM_PLACES)
            rims.append(side_K + shift)
            sides.append(side_K)
        rim_K, beside_K = np.concatenate(rims), np.concatenate(sides)
        if is_text:
            between_K = _in_box(beside_K, ink_N, across)
            if between_K.any():
                rim_K, beside_K = rim_K[between_K], beside_K[between_K]
        places_N = self._flat(_thinned(ink_N, self._most), window)
        self._traces[number] = _Trace(
            number=number, ink_px=len(ink_N), places_N=places_N,
            rim_K=self._flat(rim_K, window), beside_K=self._flat(beside_K, window),
            before_NC=self._flat_NC[places_N], after_NC=_NONE, depth_N=_NONE,
        )  # fmt: skip

    def after(
        self, number: int, cover_YX: np.ndarray, window: PixelBox, *, is_text: bool = False
    ) -> None:
        """Add a mark that was just painted to the depth of the picture.

        It owns what it covers by half; thin letters own what they touch, as they are kept apart
        from what other texts stand on.
        """
        place = (slice(window[1], window[3]), slice(window[0], window[2]))
        self._depth_YX[place] += _DEPTH_OF.take(cover_YX)
        np.copyto(self._top_YX[place], number, where=cover_YX >= (_TOUCHED if is_text else 128))
        trace = self._traces.get(number)
        if trace is not None:
            trace.after_NC = self._flat_NC[trace.places_N]
            trace.depth_N = self._depth_YX.reshape(-1)[trace.places_N]

    def finish(self, picture_YXC: np.ndarray, roles: Sequence[Role]) -> dict[int, Evidence]:
        """Number of a mark -> what is left of it.

        Args:
          picture_YXC: uint8[Y, X, 3], finished.
          roles: of every mark, by number.
        """
        traces = list(self._traces.values())
        if not traces:
            return {}
        flat_NC, top_N = picture_YXC.reshape(-1, 3), self._top_YX.reshape(-1)
        owners = _Owners(roles)
        lengths = [len(t.places_N) for t in traces]
        numbers_N = np.repeat([t.number for t in traces], lengths)
        places_N = np.concatenate([t.places_N for t in traces])
        depth_N = np.concatenate([t.depth_N for t in traces]).astype(np.float32)
        left_N = np.exp((depth_N - self._depth_YX.reshape(-1)[places_N]) / np.float32(_DEPTH))
        now_NC = flat_NC[places_N]
        before_NC = measure.on_white(np.concatenate([t.before_NC for t in traces]))
        after_NC = measure.on_white(np.concatenate([t.after_NC for t in traces]))
        made_NC = after_NC.astype(np.float32) - before_NC
        without_NC = _rounded(now_NC - left_N[:, None] * made_NC)
        seen_N = measure.difference(now_NC, without_NC) >= SEEN
        taken_N = left_N < 0.5
        takers_N = np.where(taken_N, top_N[places_N], -1)
        takers_N[takers_N <= numbers_N] = -1
        ground_N = measure.difference(now_NC, owners.ground(numbers_N))
        ink_N = owners.full_luminance(numbers_N, now_NC, before_NC, after_NC, left_N)
        inks = [now_NC[end - length : end] for end, length in _ends(lengths)]
        rims = self._rims(traces, inks, flat_NC, top_N, owners)
        found = {}
        for trace, (end, length), (difference, around_K) in zip(
            traces, _ends(lengths), rims, strict=True
        ):
            part = slice(end - length, end)
            rows, columns = np.divmod(trace.places_N, self._width)
            contrast, clutter = 21.0, 0.0
            if roles[trace.number].is_text:
                contrast, clutter = _text_contrast(ink_N[part], around_K)
            found[trace.number] = Evidence(
                ink_px=trace.ink_px, visible=float(seen_N[part].mean()),
                covered=float(taken_N[part].mean()), coverer=_most_frequent(takers_N[part]),
                difference=difference, ground=_quantile(ground_N[part], 0.5),
                contrast=contrast, clutter=clutter,
                places_N2=np.stack([columns, rows], axis=1), seen_N=seen_N[part],
            )  # fmt: skip
        return found

    def _rims(
        self, traces: Sequence[_Trace], inks: Sequence[np.ndarray], flat_NC: np.ndarray,
        top_N: np.ndarray, owners: _Owners,
    ) -> list[tuple[float | None, np.ndarray]]:  # fmt: skip
        """Of each mark the difference from strangers beside it, and luminances there.

        Its rim or its ink may tell it apart: white bars have black outlines, blue ones white.
        """
        lengths = [len(t.rim_K) for t in traces]
        numbers_K = np.repeat([t.number for t in traces], lengths)
        rim_K = np.concatenate([t.rim_K for t in traces])
        beside_K = np.concatenate([t.beside_K for t in traces])
        beside_KC = flat_NC[beside_K]
        difference_K = measure.difference(flat_NC[rim_K], beside_KC)
        luminance_K = measure.luminance(beside_KC)
        # Rim that later paint took is not the mark's any more.
        is_told_K = ~owners.are_company(numbers_K, top_N[beside_K])
        is_told_K &= top_N[rim_K] <= numbers_K
        # Letters of other texts are the overlap detector's matter; a halo of one's own is not.
        is_paper_K = ~owners.are_texts(top_N[beside_K])
        found = []
        for (end, length), ink_NC in zip(_ends(lengths), inks, strict=True):
            part = slice(end - length, end)
            is_told, around = is_told_K[part], luminance_K[part]
            if is_paper_K[part].any():
                around = around[is_paper_K[part]]
            difference = None
            if is_told.any():
                beside = _middle(beside_KC[part][is_told])
                ink = measure.difference(_few(ink_NC), beside[None])
                difference = max(
                    _quantile(difference_K[part][is_told], 0.5), _quantile(ink, INK_SHARE)
                )
            found.append((difference, around))
        return found

    def _flat(self, places_N: np.ndarray, window: PixelBox) -> np.ndarray:
        """Indices into a window as indices into the canvas."""
        rows, columns = np.divmod(places_N, window[2] - window[0])
        return (rows + window[1]) * self._width + (columns + window[0])


class _Owners:
    """The roles of all marks as arrays, by number."""

    def __init__(self, roles: Sequence[Role]) -> None:
        rgba_M4 = np.array([role.color_rgba for role in roles], np.float32).reshape(-1, 4)
        self._rgb_MC, self._alpha_M = rgba_M4[:, :3] * 255.0, rgba_M4[:, 3:]
        self._shade_MC = _rounded(self._rgb_MC * self._alpha_M + 255.0 * (1.0 - self._alpha_M))
        self._axes_M = np.array([role.axes for role in roles], np.int32)
        self._is_data_M = np.array([role.is_data for role in roles], bool)
        self._is_guide_M = np.array([role.is_guide for role in roles], bool)
        self._ground_MC = np.full((len(roles), 3), 255, np.uint8)
        for number in np.flatnonzero([role.is_ground for role in roles]):
            self._ground_MC[self._axes_M == self._axes_M[number]] = self._shade_MC[number]
        self._is_text_M = np.array([role.is_text for role in roles], bool)

    def are_company(self, numbers_K: np.ndarray, owners_K: np.ndarray) -> np.ndarray:
        """bool[K]: whether what lies beside a mark is a guide, or data of its own kind."""
        both = self._is_data_M[numbers_K] & self._is_data_M[owners_K]
        both &= self._axes_M[numbers_K] == self._axes_M[owners_K]
        same = np.flatnonzero(both)
        shades = (self._shade_MC[rows[same]] for rows in (numbers_K, owners_K))
        both[same] = measure.difference(*shades) < OWN_COLOR
        return (both | self._is_guide_M[owners_K]) & (owners_K >= 0)

    def ground(self, numbers_N: np.ndarray) -> np.ndarray:
        """uint8[N, 3]: the background of each mark's axes; white where it has none."""
        return self._ground_MC[numbers_N]

    def are_texts(self, owners_K: np.ndarray) -> np.ndarray:
        """bool[K]: whether a text owns the place."""
        return self._is_text_M[owners_K] & (owners_K >= 0)

    def full_luminance(
        self, numbers_N: np.ndarray, now_NC: np.ndarray, before_NC: np.ndarray,
        after_NC: np.ndarray, left_N: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """float64[N]: luminance at full cover: thin strokes are paler than their colour."""
        alpha_N1 = self._alpha_M[numbers_N]
        full_NC = self._rgb_MC[numbers_N] * alpha_N1 + before_NC * (1.0 - alpha_N1)
        return measure.luminance(_rounded(now_NC + left_N[:, None] * (full_NC - after_NC)))


def _text_contrast(ink_N: np.ndarray, around_K: np.ndarray) -> tuple[float, float]:
    """The median WCAG ratio of letters and what is between them, and the share that looks alike."""
    if not len(around_K):
        return 1.0, 1.0
    ratios_K = measure.contrast_ratio(np.full(len(around_K), _quantile(ink_N, 0.5)), around_K)
    return _quantile(ratios_K, 0.5), float(np.mean(ratios_K < CLUTTER_RATIO))


def _in_box(places_K: np.ndarray, ink_N: np.ndarray, across: int) -> np.ndarray:
    """bool[K]: which places of a window lie within the box around the ink."""
    rows, columns = np.divmod(ink_N, across)
    down, right = np.divmod(places_K, across)
    return (
        (rows.min() <= down) & (down <= rows.max())
        & (columns.min() <= right) & (right <= columns.max())
    )  # fmt: skip


def _quantile(values_N: np.ndarray, share: float) -> float:
    return float(np.sort(values_N)[int(share * (len(values_N) - 1))])


def _most_frequent(owners_N: np.ndarray) -> int | None:
    """The owner of most places; None where nobody has one (-1)."""
    known = owners_N[owners_N >= 0]
    return int(np.bincount(known).argmax()) if len(known) else None


def _middle(color_NC: np.ndarray) -> np.ndarray:
    """uint8[3]: the median of each channel, of a few dozen places."""
    few_NC = np.sort(_few(color_NC), axis=0)
    return few_NC[len(few_NC) // 2]


def _few(color_NC: np.ndarray) -> np.ndarray:
    return color_NC[:: 1 + len(color_NC) // _FEWEST]


def _ends(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(end, length) of consecutive parts."""
    return zip(accumulate(lengths), lengths, strict=True)


def _rounded(color_NC: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(color_NC), 0, 255).astype(np.uint8)


def _thinned(places_N: np.ndarray, most: int) -> np.ndarray:
    """At most ``most`` of the places, evenly spread."""
    if len(places_N) <= most:
        return places_N
    return places_N[(np.arange(most) * (len(places_N) / most)).astype(np.intp)]


_NONE = np.zeros(0, np.uint32)
