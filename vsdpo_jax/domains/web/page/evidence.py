"""What is left of every text in the finished picture.

A page is drawn twice, with its texts and without: where both differ as people see it, there is
ink. That tells what is seen. What *would* be seen is asked only of texts that give cause (a hit
test that finds something else on top, gaps in a line, less ink than such letters have): the page is
drawn again with nothing but its texts, black on white, and the share of that ink which the finished
picture shows is the visible share. Where ink may lie on ink the page is drawn with one of the
colliding texts at a time, so that a text behind a card does not collide with the one on the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsdpo_jax.domains.colors import contrast, difference, differing
from vsdpo_jax.records import Box

SEEN = 3.0
"""Difference (CIE 1976) from which a person notices a pixel; just noticeable is about 2.3."""
INK = 0.04
"""Ink of a letter or digit of any font, at least, in squares of the font's height: "l" at 16 px
has .08."""
GAP = 1.3
"""Heights of the font without ink in a line, from which something may be missing."""
TALL = 0.3
"""Heights of the font that letters reach from top to bottom, at least; an x has .45."""
BASELINE, HIGH, LOW = 0.66, 0.36, 0.48
"""Shares of a line's box from its top. Letters stand at .73 (Liberation Mono) to .81 (Sans);
capitals, digits and letters like "d" begin at .10 to .20, an x at .27 to .35."""
CORE = 0.5
"""Cover, as a share of the greatest in the line, from which a pixel is a letter's: thin letters
never cover a pixel whole."""
LEAST_SHARED = 4
"""Pixels that two texts share and nobody notices."""

SMALLEST = 4.0
"""Height of a font in pixels below which letters are specks: an x would be two pixels high."""
SMEARED = 0.6
"""Share of a line's box with ink, from which the picture is compared within the line: letters fill
a third of it, what is blurred or has a glow fills more."""
BESIDE = 2
"""Pixels beside a letter against which it is read."""
PACKED = 0.3
"""Share of its width by which letters may be drawn over each other (negative letter-spacing)."""
WHOLE = 0.98
"""Share of a text's ink from which nothing of it is said to be covered."""
FULL, FULL_EM = 0.85, 12.0
"""From this height of the font on, letters of Liberation's regular fonts reach this cover and more;
below it proportionally less (measured from 7 to 20 px)."""
WORST = 0.2
"""Share of a text's ink whose contrast may be lower than what is given: rims of a line through it
lie behind some tenth of it."""

_SAMPLE = 2048  # pixels of one text of which colours are measured
_BARE = 48  # of 255: less ink than this is no glyph
_OFF = 8.0  # of 255: how far painting "over" and rounding may leave the straight way
_PAIRS = 4_000  # of lines that may collide
_LOOKS = 50_000  # at pairs of boxes, of which many share no ink


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text, as far as its clip leaves it.

    Attributes:
      run, number: whose line, and the how many-th.
      x0, y0, x1, y1: pixels, half open, inside the picture.
      box: not rounded.
      letters: letters and digits on it that are inside the clip.
      is_high: it has a letter that is as high as a capital.
      packed: share of a letter's width that the next one covers.
      em: height of the font in pixels.
      letter_px, word_px: extra space between letters, and between words.
      vertical: letters follow each other downwards.
      loose: the box is wider than the text.
    """

    run: int
    number: int
    x0: int
    y0: int
    x1: int
    y1: int
    box: Box
    letters: float
    is_high: bool
    packed: float
    em: float
    letter_px: float
    word_px: float
    vertical: bool
    loose: bool

    def of(self, picture: np.ndarray) -> np.ndarray:
        """Its part of a picture."""
        return picture[self.y0 : self.y1, self.x0 : self.x1]


def seen_map(image_YXC: np.ndarray, other_YXC: np.ndarray) -> np.ndarray:
    """bool[Y, X]: where a person sees a difference between two pictures."""
    flat_N3, other_N3 = image_YXC.reshape(-1, 3), other_YXC.reshape(-1, 3)
    places_N = differing(flat_N3, other_N3)
    seen_N = np.zeros(len(flat_N3), bool)
    seen_N[places_N] = difference(flat_N3[places_N], other_N3[places_N]) >= SEEN
    return seen_N.reshape(image_YXC.shape[:2])


def is_suspicious(line: Line, ink_YX: np.ndarray) -> bool:
    """Whether some of a line's ink may be missing.

    Args:
      ink_YX: bool[y, x], what is seen of it.
    """
    if line.letters < 0.5 or ink_YX.size == 0:
        return not ink_YX.any()
    ink_px = np.count_nonzero(ink_YX)
    if ink_px < INK * line.letters * line.em**2 or ink_px > SMEARED * ink_YX.size:
        return True
    return _is_cut(line, ink_YX) or (not line.loose and _has_gap(line, ink_YX))


def _is_cut(line: Line, ink_YX: np.ndarray) -> bool:
    """Whether its ink ends above where letters stand, or begins below where they begin."""
    rows_N = np.flatnonzero(ink_YX.any(0 if line.vertical else 1))
    if line.vertical or line.loose:
        return int(rows_N[-1] - rows_N[0]) + 1 < TALL * line.em
    height = line.box[3]
    top, bottom = line.y0 + rows_N[0] - line.box[1], line.y0 + rows_N[-1] + 1 - line.box[1]
    return bool(bottom < BASELINE * height or top > (HIGH if line.is_high else LOW) * height)


def _has_gap(line: Line, ink_YX: np.ndarray) -> bool:
    inked_N = np.flatnonzero(ink_YX.any(1 if line.vertical else 0))
    ends_N = np.concatenate([[-1], inked_N, [ink_YX.shape[0 if line.vertical else 1]]])
    most = int((ends_N[1:] - ends_N[:-1]).max()) - 1
    return most > GAP * line.em + 2 * line.letter_px + line.word_px


def core_ink(line: Line, bare_YX: np.ndarray) -> np.ndarray:
    """bool[y, x]: the pixels of a line that its glyphs own.

    Args:
      bare_YX: uint8, the picture of nothing but texts, black on white.
    """
    cover_YX = 255 - line.of(bare_YX).astype(np.int16)
    most = int(cover_YX.max(initial=0))
    return cover_YX >= max(CORE * most, _BARE)


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of a text: of its glyphs, of what lies behind, and their contrast.

    Without ink to be seen ``ink`` is None and ``contrast`` 1.
    """

    ink: tuple[int, int, int] | None
    ground: tuple[int, int, int]
    contrast: float


@dataclass(frozen=True, slots=True)
class Smear:
    """A line that is blurred or glows: letters against what is between them.

    Attributes:
      mask_YX: bool, where letters differ from what is between them.
      letters, between: uint8[3], colours.
    """

    mask_YX: np.ndarray
    letters: np.ndarray
    between: np.ndarray


def smear_of(
    line: Line, core_YX: np.ndarray, bare_YX: np.ndarray, seen_YX: np.ndarray, image_YXC: np.ndarray
) -> Smear | None:
    """What a person reads of a line whose text colours what is between its letters as well.

    Args:
      core_YX: bool[y, x], of ``core_ink``.
      bare_YX, seen_YX, image_YXC: whole pictures.
    """
    between_YX = _near(core_YX, BESIDE) & (line.of(bare_YX) == 255)
    smeared = np.count_nonzero(between_YX & line.of(seen_YX))
    if not between_YX.any() or smeared <= 0.5 * np.count_nonzero(between_YX):
        return None
    part_YXC = line.of(image_YXC)
    between_3 = _ranked(part_YXC[between_YX], 0.5)
    darkness_YX = 255 - line.of(bare_YX)
    solid_YX = core_YX & (darkness_YX >= 0.9 * darkness_YX[core_YX].max())
    mask_YX = core_YX.copy()
    mask_YX[core_YX] = difference(part_YXC[core_YX], between_3[None]) >= SEEN
    letters_3 = _ranked(part_YXC[solid_YX], 0.5)
    return Smear(mask_YX, letters_3, between_3)


def _near(mask_YX: np.ndarray, reach: int) -> np.ndarray:
    """bool[Y, X]: within ``reach`` pixels of a mask, along rows and columns."""
    near_YX = mask_YX.copy()
    for shift in range(1, reach + 1):
        near_YX[shift:] |= mask_YX[:-shift]
        near_YX[:-shift] |= mask_YX[shift:]
        near_YX[:, shift:] |= mask_YX[:, :-shift]
        near_YX[:, :-shift] |= mask_YX[:, shift:]
    return near_YX


def paint_between(smears: Sequence[Smear]) -> Paint:
    """The colours of a text that is blurred or glows: the ground is what is between its letters."""
    ratios_N = [float(contrast(one.letters[None], one.between[None])[0]) for one in smears]
    worst = smears[int(np.argmin(ratios_N))]
    return Paint(ink=_whole(worst.letters), ground=_whole(worst.between), contrast=min(ratios_N))


def collisions(lines: Sequence[Line], seen_YX: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of lines (indices) whose ink may lie in one place.

    The letters of a line fill its box less an eighth above and a tenth below.
    """
    if len(lines) < 2:
        return []
    boxes_N4 = np.array([ink_zone(line) for line in lines])
    inked_N = [np.count_nonzero(line.of(seen_YX)) >= LEAST_SHARED for line in lines]
    order_N = np.argsort(boxes_N4[:, 1], kind="stable")
    order_N = order_N[np.array(inked_N)[order_N]]
    left_looks = _LOOKS
    sorted_N4 = boxes_N4[order_N]
    tops_N = sorted_N4[:, 1]
    pairs: list[tuple[int, int]] = []
    for at, (left, _, right, bottom) in enumerate(sorted_N4):
        end = int(np.searchsorted(tops_N, bottom - 1.0))
        below_N4 = sorted_N4[at + 1 : end]
        meets_N = (np.minimum(right, below_N4[:, 2]) - np.maximum(left, below_N4[:, 0])) >= 1.0
        met_N = np.flatnonzero(meets_N)[:left_looks]
        left_looks -= len(met_N)
        for offset in met_N:
            first, second = sorted((int(order_N[at]), int(order_N[at + 1 + offset])))
            x0, y0, x1, y1 = shared(boxes_N4[first], boxes_N4[second])
            if np.count_nonzero(seen_YX[y0:y1, x0:x1]) >= LEAST_SHARED:
                pairs.append((first, second))
        if len(pairs) >= _PAIRS or left_looks <= 0:
            break
    return sorted(pairs)


def ink_zone(line: Line) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of where a line's letters are."""
    height, width = line.y1 - line.y0, line.x1 - line.x0
    if line.vertical:
        return line.x0 + 0.1 * width, line.y0 + 0.5, line.x1 - 0.125 * width, line.y1 - 0.5
    return line.x0 + 0.5, line.y0 + 0.125 * height, line.x1 - 0.5, line.y1 - 0.1 * height


def shared(first_4: np.ndarray, second_4: np.ndarray) -> tuple[int, int, int, int]:
    """The pixels that two boxes (left, top, right, bottom) share, half open."""
    left, top = np.floor(np.maximum(first_4[:2], second_4[:2])).astype(int)
    right, bottom = np.ceil(np.minimum(first_4[2:], second_4[2:])).astype(int)
    return max(int(left), 0), max(int(top), 0), max(int(right), 0), max(int(bottom), 0)


def classes_of(pairs: Sequence[tuple[int, int]], most: int) -> list[list[int]]:
    """Lines sorted into at most ``most`` classes so that those of a pair are apart, if possible."""
    neighbours: dict[int, set[int]] = {}
    for first, second in pairs:
        neighbours.setdefault(first, set()).add(second)
        neighbours.setdefault(second, set()).add(first)
    chosen: dict[int, int] = {}
    for line in sorted(neighbours):
        taken = {chosen[other] for other in neighbours[line] if other in chosen}
        chosen[line] = next((c for c in range(most) if c not in taken), most - 1)
    found: list[list[int]] = [[] for _ in range(max(chosen.values(), default=-1) + 1)]
    for line, number in chosen.items():
        found[number].append(line)
    return found


def paint_of(
    image_N3: np.ndarray,
    textless_N3: np.ndarray,
    color: tuple[int, int, int, float],
    em: float,
    is_edged: bool,
) -> Paint:
    """The colours of a text from its ink.

    Soft rims and thin stems are paler than the glyphs' colour. So the computed colour is taken
    where the pixels lie on the way from the ground to it, as painting "over" puts them, and some of
    them reach it; a veil over the text leaves them all a part of the way. Where a filter, a blend
    mode, a shadow or an outline takes them off the way, the most different tenth is taken.

    Args:
      image_N3, textless_N3: uint8, the pixels of its ink with and without texts.
      color: of its fill as computed.
      em: height of its font in pixels.
      is_edged: the text has a shadow or an outline, which may be all that is seen of it.
    """
    step = -(-len(image_N3) // _SAMPLE)
    image_N3, ground_N3 = image_N3[::step].astype(float), textless_N3[::step].astype(float)
    way_N3, made_N3 = color[3] * (np.array(color[:3], float) - ground_N3), image_N3 - ground_N3
    length_N = np.einsum("nc,nc->n", way_N3, way_N3)
    cover_N = np.einsum("nc,nc->n", way_N3, made_N3) / np.maximum(length_N, 1.0)
    off_N3 = made_N3 - cover_N[:, None] * way_N3
    off_N = np.einsum("nc,nc->n", off_N3, off_N3)
    reach = float(_ranked(cover_N, 0.98)) / min(em / FULL_EM, 1.0)
    if not is_edged and 0.1 <= reach and _ranked(off_N, 0.5) <= _OFF**2:
        ink_N3 = ground_N3 + (1.0 if reach >= FULL else reach) * way_N3
        ink_3 = _ranked(ink_N3, 0.5)
    else:
        made_N = np.einsum("nc,nc->n", made_N3, made_N3)
        ink_3 = _ranked(image_N3[made_N >= _ranked(made_N, 0.9)], 0.5)
        ink_N3 = ink_3[None]
    ratios_N = contrast(ink_N3, ground_N3)
    return Paint(
        ink=_whole(ink_3),
        ground=_whole(_ranked(ground_N3, 0.5)),
        contrast=float(np.clip(_ranked(ratios_N, WORST), 1.0, 21.0)),
    )


def paint_by_letters(
    parts: Sequence[tuple[Line, np.ndarray]],
    image_YXC: np.ndarray,
    textless_YXC: np.ndarray,
    color: tuple[int, int, int, float],
) -> Paint:
    """The colours of a text whose letters have colours of their own: those of a poor one.

    Args:
      parts: its lines, and bool[y, x] their ink that is seen.
      image_YXC, textless_YXC, color: as of ``paint_of``; whole pictures.

    Returns:
      The paint of the stretch, one font's height long, below whose contrast lies WORST of the ink.
    """
    found: list[tuple[float, int, Paint]] = []
    for line, mask_YX in parts:
        places_N = np.nonzero(mask_YX)[0 if line.vertical else 1] // max(round(line.em), 1)
        image_N3, textless_N3 = line.of(image_YXC)[mask_YX], line.of(textless_YXC)[mask_YX]
        for place in np.unique(places_N):
            here_N = places_N == place
            paint = paint_of(image_N3[here_N], textless_N3[here_N], color, line.em, is_edged=True)
            found.append((paint.contrast, int(here_N.sum()), paint))
    found.sort(key=lambda one: one[0])
    left = WORST * sum(count for _, count, _ in found)
    for _, count, paint in found:
        left -= count
        if left < 0:
            return paint
    return found[-1][2]


def _ranked(values_N: np.ndarray, share: float) -> np.ndarray:
    """The value below which a share of the rows lies; numpy's own take ten times as long."""
    at = min(int(share * len(values_N)), len(values_N) - 1)
    return np.partition(values_N, at, axis=0)[at]


def ground_of(textless_YXC: np.ndarray) -> Paint:
    """Of a text that is not seen: the colour of the part of the textless picture where it lies."""
    pixels_N3 = textless_YXC.reshape(-1, 3)
    middle_3 = _ranked(pixels_N3[:: -(-len(pixels_N3) // _SAMPLE)], 0.5)
    return Paint(ink=None, ground=_whole(middle_3), contrast=1.0)


def _whole(color_3: np.ndarray) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in np.rint(color_3))
    return red, green, blue
