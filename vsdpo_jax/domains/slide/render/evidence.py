"""What is left of every text and shape in the finished picture.

A slide is drawn twice, with its letters and without: where both differ as people see it, there is
ink. What *would* be inked is known from the outlines of the fonts (``ink``), so the share of it
that the finished picture shows is the visible share, whatever the reason: covered, faded, off the
slide, in the colour of its ground. Where letters lie on letters, the ink belongs to those on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vsdpo_jax.domains.colors import contrast, difference, differing
from vsdpo_jax.domains.slide.deck.records import Overlap, Shape, Text
from vsdpo_jax.domains.slide.render.covers import (
    COARSE,
    SEEN,
    Above,
    Sight,
    look,
    most_common,
)
from vsdpo_jax.domains.slide.render.display import Paint
from vsdpo_jax.domains.slide.render.ink import RunInk, run_ink
from vsdpo_jax.domains.slide.render.shapes import Found
from vsdpo_jax.domains.slide.render.texts import Drawn

SMALLEST = 4.0
"""Height of a font in pixels below which letters are specks: an x would be two pixels high."""
WORST = 0.2
"""Share of a text's ink whose contrast may be lower than what is given: rims of a line through it
lie behind some tenth of it."""
FULL, FULL_SIZE = 0.85, 12.0
"""From this height of the font on, in pixels, letters cover some pixels so far; smaller ones
proportionally less."""
LEAST_SHARED = 4
"""Pixels that two texts share and nobody notices."""
WHOLE = 0.98
"""Share of a text's ink from which nothing of it is said to be covered."""
HALF = 0.5
"""Share of a difference that has to come through for a text to be read through a veil."""

_SAMPLE = 2_048  # pixels of one text of which colours are measured
_OFF = 8.0  # of 255: how far painting "over" and rounding may leave the straight way


@dataclass(frozen=True, slots=True)
class Inks:
    """The letters of a slide.

    Attributes:
      runs: for each text what its runs ink.
      owner_YX: int32, index of the text on top of whose letters, rims included, no others lie; -1:
        none.
      shared: (lower text, upper text) -> pixels that both ink: flat indices.
    """

    runs: list[list[RunInk]]
    owner_YX: np.ndarray
    shared: dict[tuple[int, int], np.ndarray]


def ink_of(texts: Sequence[Drawn], width: int, height: int) -> Inks:
    """What the letters of a slide would ink if nothing hid them."""
    runs = [[run_ink(inked, width, height) for inked in drawn.ink] for drawn in texts]
    owner_YX, core_YX = (np.full((height, width), -1, np.int32) for _ in range(2))
    places: dict[tuple[int, int], list[np.ndarray]] = {}
    for index, inks in enumerate(runs):
        for ink in inks:
            ink.of(owner_YX)[ink.cover_YX > 0] = index
            part_YX = ink.of(core_YX)
            below_N = part_YX[ink.core_YX]
            for other in np.unique(below_N):
                if other not in (-1, index):
                    rows_N, columns_N = np.nonzero(ink.core_YX & (part_YX == other))
                    flat_N = (rows_N + ink.y) * width + columns_N + ink.x
                    places.setdefault((int(other), index), []).append(flat_N)
            part_YX[ink.core_YX] = index
    shared = {pair: np.unique(np.concatenate(found)) for pair, found in places.items()}
    return Inks(runs, owner_YX, shared)


def fade(inks: Inks, image_YXC: np.ndarray, textless_YXC: np.ndarray) -> None:
    """Give letters the opacity that the file asks for, in place: the renderer paints them solid."""
    for run in (run for runs in inks.runs for run in runs if run.alpha < 1.0):
        near_YX = near(run.cover_YX > 0)
        part_YXC = run.of(image_YXC)
        ground_N3 = run.of(textless_YXC)[near_YX].astype(float)
        faded_N3 = ground_N3 + run.alpha * (part_YXC[near_YX] - ground_N3)
        part_YXC[near_YX] = np.rint(faded_N3).astype(np.uint8)


def near(mask_YX: np.ndarray) -> np.ndarray:
    """bool[Y, X]: within a pixel of a mask, along rows and columns."""
    made_YX = mask_YX.copy()
    made_YX[1:] |= mask_YX[:-1]
    made_YX[:-1] |= mask_YX[1:]
    made_YX[:, 1:] |= mask_YX[:, :-1]
    made_YX[:, :-1] |= mask_YX[:, 1:]
    return made_YX


def seen_map(image_YXC: np.ndarray, textless_YXC: np.ndarray) -> np.ndarray:
    """bool[Y, X]: where a person sees letters."""
    flat_N3, other_N3 = image_YXC.reshape(-1, 3), textless_YXC.reshape(-1, 3)
    places_N = differing(flat_N3, other_N3)
    seen_N = np.zeros(len(flat_N3), bool)
    seen_N[places_N] = difference(flat_N3[places_N], other_N3[places_N]) >= SEEN
    return seen_N.reshape(image_YXC.shape[:2])


def measure(
    shapes: Sequence[Found],
    texts: Sequence[Drawn],
    background: Paint | None,
    image_YXC: np.ndarray,
    textless_YXC: np.ndarray,
    is_printed: bool = False,
) -> tuple[tuple[Shape, ...], tuple[Text, ...], tuple[Overlap, ...]]:
    """Shapes and texts with what is left of them, and where texts collide.

    Args:
      shapes, texts: of a slide, in the order of painting.
      background: what lies behind them.
      image_YXC, textless_YXC: uint8, the finished picture with and without letters.
      is_printed: the picture is a printed page's: letters that the file makes transparent are so
        already, which is done here in place otherwise, and they are put on whole pixels, so that
        their ink is up to a pixel from where the outlines say.
    """
    inks = ink_of(texts, image_YXC.shape[1], image_YXC.shape[0])
    if not is_printed:
        fade(inks, image_YXC, textless_YXC)
    seen_YX = seen_map(image_YXC, textless_YXC)
    near_YX = near(seen_YX) if is_printed else seen_YX
    masks = [_seen_masks(number, inks, near_YX) for number in range(len(texts))]
    held: dict[int, list[int]] = {}
    for number, drawn in enumerate(texts):
        held.setdefault(drawn.text.shape, []).append(number)
    lower: dict[int, list[tuple[int, int]]] = {}
    for pair in inks.shared:
        lower.setdefault(pair[0], []).append(pair)
    hidden_by: dict[int, int | None] = {}
    bare: dict[tuple[int, int], np.ndarray] = {}

    def watch(index: int, above: Above) -> None:
        for number in held.get(index, ()):
            hidden_by[number] = _hidden_by(inks.runs[number], masks[number], above)
            for pair in lower.get(number, ()):
                bare[pair] = _is_bare(texts, pair, inks.shared[pair], above, image_YXC.shape[1])

    sights = look(shapes, background, textless_YXC, watch)
    measured = tuple(
        _measured(drawn.text, inks.runs[n], masks[n], hidden_by[n], image_YXC, textless_YXC)
        for n, drawn in enumerate(texts)
    )
    overlaps = [
        _overlap(pair, flat_N[bare[pair]], inks, measured, seen_YX, textless_YXC)
        for pair, flat_N in sorted(inks.shared.items())
    ]
    found = tuple(overlap for overlap in overlaps if overlap is not None)
    return _measured_shapes(shapes, sights), measured, found


def _seen_masks(index: int, inks: Inks, seen_YX: np.ndarray) -> list[np.ndarray]:
    """For each run of a text bool[y, x]: its ink that a person sees."""
    return [
        run.core_YX & run.of(seen_YX) & (run.of(inks.owner_YX) == index) & (run.size >= SMALLEST)
        for run in inks.runs[index]
    ]


def _is_bare(
    texts: Sequence[Drawn],
    pair: tuple[int, int],
    flat_N: np.ndarray,
    above: Above,
    width: int,
) -> np.ndarray:
    """bool[N]: where no shape hides the lower text of a pair. What hides it may hold the upper."""
    if texts[pair[0]].text.shape == texts[pair[1]].text.shape:
        return np.ones(len(flat_N), bool)
    rows_N, columns_N = np.divmod(flat_N, width)
    return above.through_YX[rows_N // COARSE, columns_N // COARSE] >= HALF


def _measured(
    text: Text,
    runs: Sequence[RunInk],
    masks: Sequence[np.ndarray],
    hidden_by: int | None,
    image_YXC: np.ndarray,
    textless_YXC: np.ndarray,
) -> Text:
    total = sum(run.core_px for run in runs)
    count = sum(int(np.count_nonzero(mask_YX)) for mask_YX in masks)
    visible = min(count / total, 1.0) if total else 0.0
    ink, ground, ratio = _paint(runs, masks, image_YXC, textless_YXC)
    return replace(
        text,
        visible=visible,
        ink_px=total,
        ink_color=ink,
        ground=ground if ground is not None else _ground(text, runs, textless_YXC),
        contrast=ratio,
        covered_by=hidden_by if visible < WHOLE else None,
    )


def _hidden_by(runs: Sequence[RunInk], masks: Sequence[np.ndarray], above: Above) -> int | None:
    """The shape above that takes most of the ink that is not seen, if shapes take it."""
    owners = []
    for run, mask_YX in zip(runs, masks, strict=True):
        rows_N, columns_N = np.nonzero(run.core_YX & ~mask_YX)
        rows_N, columns_N = (rows_N + run.y) // COARSE, (columns_N + run.x) // COARSE
        owners.append(above.owner_YX[rows_N, columns_N])
    every = np.concatenate(owners) if owners else np.zeros(0, np.int32)
    return most_common([every]) if 2 * np.count_nonzero(every >= 0) >= len(every) > 0 else None


def _paint(
    runs: Sequence[RunInk],
    masks: Sequence[np.ndarray],
    image_YXC: np.ndarray,
    textless_YXC: np.ndarray,
) -> tuple[tuple[int, int, int] | None, tuple[int, int, int] | None, float]:
    """Colour of the ink that is seen, of what lies behind it, and their contrast."""
    inks, grounds = [], []
    every = sum(int(np.count_nonzero(mask_YX)) for mask_YX in masks)
    for run, mask_YX in zip(runs, masks, strict=True):
        count = int(np.count_nonzero(mask_YX))
        if count:
            step = -(-every // _SAMPLE)
            parts = (run.of(image_YXC), run.of(textless_YXC), run.cover_YX)
            image_N3, ground_N3, cover_N = (part[mask_YX][::step].astype(float) for part in parts)
            inks.append(_letters(run, image_N3, ground_N3, cover_N / 255))
            grounds.append(ground_N3)
    if not inks:
        return None, None, 1.0
    ink_N3, ground_N3 = np.concatenate(inks), np.concatenate(grounds)
    worst = float(np.clip(_ranked(contrast(ink_N3, ground_N3), WORST), 1.0, 21.0))
    return _whole(_ranked(ink_N3, 0.5)), _whole(_ranked(ground_N3, 0.5)), worst


def _letters(
    run: RunInk, image_N3: np.ndarray, ground_N3: np.ndarray, cover_N: np.ndarray
) -> np.ndarray:
    """float[N, 3]: the colour of letters at the pixels of their ink.

    Rims and thin strokes are paler than the letters. So the colour of the file is taken where the
    pixels lie on the way from the ground to it, as painting "over" puts them, and some of them
    reach it; a veil over the text leaves them all a part of the way. Where something takes them off
    the way, the pixels are reckoned up to a whole cover.

    Args:
      image_N3, ground_N3: 0 to 255, the pixels with and without letters.
      cover_N: how much of them the letters cover, 0 to 1.
    """
    way_N3 = run.alpha * (np.array(run.color, float) - ground_N3)
    made_N3 = image_N3 - ground_N3
    length_N = np.maximum(np.einsum("nc,nc->n", way_N3, way_N3), 1.0)
    share_N = np.einsum("nc,nc->n", way_N3, made_N3) / length_N
    off_N3 = made_N3 - share_N[:, None] * way_N3
    reach = float(_ranked(share_N, 0.98)) / min(run.size / FULL_SIZE, 1.0)
    if 0.1 <= reach and _ranked(np.einsum("nc,nc->n", off_N3, off_N3), 0.5) <= _OFF**2:
        return ground_N3 + (1.0 if reach >= FULL else reach) * way_N3
    whole_N3 = ground_N3 + made_N3 / np.maximum(cover_N, 0.3)[:, None]
    return np.clip(whole_N3, 0, 255)


def _ground(text: Text, runs: Sequence[RunInk], textless_YXC: np.ndarray) -> tuple[int, int, int]:
    """What lies where a text is not seen."""
    behind = [run.of(textless_YXC)[run.core_YX] for run in runs if run.core_YX.any()]
    if behind:
        pixels_N3 = np.concatenate(behind)
        return _whole(_ranked(pixels_N3[:: -(-len(pixels_N3) // _SAMPLE)], 0.5))
    height, width = textless_YXC.shape[:2]
    x, y, wide, high = text.room
    row = min(max(int(y + high / 2), 0), height - 1)
    column = min(max(int(x + wide / 2), 0), width - 1)
    return _whole(textless_YXC[row, column])


def _overlap(
    pair: tuple[int, int],
    flat_N: np.ndarray,
    inks: Inks,
    texts: Sequence[Text],
    seen_YX: np.ndarray,
    textless_YXC: np.ndarray,
) -> Overlap | None:
    """Where the ink of two texts collides; None where one of them would not be seen there alone."""
    lower, upper = pair
    rows_N, columns_N = np.divmod(flat_N, seen_YX.shape[1])
    ground_N3 = textless_YXC[rows_N, columns_N]
    is_seen_N = seen_YX[rows_N, columns_N]
    for number in pair:
        is_seen_N = is_seen_N & _would_show(inks.runs[number], ground_N3)
    count = int(np.count_nonzero(is_seen_N))
    if count < LEAST_SHARED:
        return None
    rows_N, columns_N = rows_N[is_seen_N], columns_N[is_seen_N]
    left, top = int(columns_N.min()), int(rows_N.min())
    least = min(texts[lower].ink_px, texts[upper].ink_px)
    return Overlap(
        first=lower,
        second=upper,
        region=(left, top, int(columns_N.max()) + 1 - left, int(rows_N.max()) + 1 - top),
        shared_px=count,
        share=min(count / max(least, 1), 1.0),
    )


def _would_show(runs: Sequence[RunInk], ground_N3: np.ndarray) -> np.ndarray:
    """bool[N]: whether letters of a text would differ from what lies behind them."""
    shows_N = np.zeros(len(ground_N3), bool)
    for color, alpha in {(run.color, run.alpha) for run in runs if run.size >= SMALLEST}:
        made_N3 = ground_N3 + alpha * (np.array(color, float) - ground_N3)
        shows_N |= difference(np.rint(made_N3).astype(np.uint8), ground_N3) >= SEEN
    return shows_N


def _measured_shapes(shapes: Sequence[Found], sights: Sequence[Sight]) -> tuple[Shape, ...]:
    """The shapes with what is left of them; charts have the marks and keys that are seen."""
    measured = []
    for found, sight in zip(shapes, sights, strict=True):
        shape, plotted = found.shape, found.plotted
        chart = shape.chart
        if chart is not None:
            marks = zip(plotted.marks, plotted.mark_areas, strict=True)
            keys = zip(plotted.keys, plotted.key_areas, strict=True)
            chart = replace(
                chart,
                marks=tuple(mark for mark, number in marks if sight.shown[number]),
                keys=tuple(key for key, number in keys if sight.shown[number]),
            )
        measured.append(replace(shape, seen=sight.seen, covered_by=sight.covered_by, chart=chart))
    return tuple(measured)


def _ranked(values_N: np.ndarray, share: float) -> np.ndarray:
    """The value below which a share of the rows lies."""
    at = min(int(share * len(values_N)), len(values_N) - 1)
    return np.partition(values_N, at, axis=0)[at]


def _whole(color_3: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in np.rint(color_3))
    return red, green, blue
