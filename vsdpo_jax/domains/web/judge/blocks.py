"""Design2Code's matching of text blocks and its four scores (Si et al. 2024, section 3).

Blocks that lie next to each other in the source are joined where that makes the texts of two pages
more alike, then assigned to each other by their texts. By the official scorer's algorithm, its
rounding and its ties included; the golden pairs of the tests hold it to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from vsdpo_jax.domains.ciede import color_similarity
from vsdpo_jax.domains.web.judge.ratios import Ratios, shared_ratios
from vsdpo_jax.records import Box

LEAST_GAIN = 0.05
"""Joining two blocks must raise the mean similarity of what it changes by more."""
LEAST_RATIO = 0.5
"""Texts less alike are no match."""
CONTEXT_BONUS = 0.1
"""Share of the two best similarities around an entry that is added to it, once it is a match."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A text of a page.

    Attributes:
      text: in lower case.
      box: as shares of the page's width and height.
      color: red, green, blue in [0, 255].
      owners: numbers of what it was made of; two where blocks were joined.
    """

    text: str
    box: Box
    color: tuple[float, float, float]
    owners: tuple[int, ...] = ()

    @property
    def area(self) -> float:
        """Share of the page."""
        return self.box[2] * self.box[3]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A block of the page, the one of the reference that it stands for, and how alike they are.

    Attributes:
      block, reference: numbers within ``Matching.blocks`` and ``Matching.reference``.
      text, position, color: similarities in [0, 1].
    """

    block: int
    reference: int
    text: float
    position: float
    color: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """How the blocks of two pages stand for each other.

    Attributes:
      blocks, reference: after joining.
      pairs: in the order of ``blocks``.
      block_match: share of the text area, of both pages together, that is in pairs.
      text, position, color: means over the pairs; all four are 0 without pairs.
    """

    blocks: tuple[Block, ...]
    reference: tuple[Block, ...]
    pairs: tuple[Pair, ...]
    block_match: float
    text: float
    position: float
    color: float


def match(blocks: Sequence[Block], reference: Sequence[Block], *, robust: bool = False) -> Matching:
    """Match a page's blocks with those of a reference.

    Args:
      blocks, reference: in the order of the source.
      robust: without ``autojunk``, under which long texts that differ in a word are no match.
    """
    ratios = shared_ratios(autojunk=not robust)
    ours, theirs = _fuse(blocks), _fuse(reference)
    if not ours or not theirs:
        return _scored(ours, theirs, [])
    ours, theirs = _regroup(ours, theirs, ratios)
    ratio_NM = ratios.matrix([b.text for b in ours], [b.text for b in theirs])
    rows, columns = linear_sum_assignment(_in_context(-ratio_NM))
    pairs = [
        Pair(
            block=i,
            reference=j,
            text=float(ratio_NM[i, j]),
            position=position_similarity(ours[i].box, theirs[j].box),
            color=0.0,
        )
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
        if ratio_NM[i, j] >= LEAST_RATIO
    ]
    return _scored(ours, theirs, pairs)


def _scored(ours: list[Block], theirs: list[Block], pairs: list[Pair]) -> Matching:
    if pairs:
        colors_P = color_similarity(
            np.array([ours[p.block].color for p in pairs]),
            np.array([theirs[p.reference].color for p in pairs]),
        )
        pairs = [replace(p, color=c) for p, c in zip(pairs, colors_P.tolist(), strict=True)]
    matched = sum(ours[p.block].area + theirs[p.reference].area for p in pairs)
    every = sum(b.area for b in ours) + sum(b.area for b in theirs)
    num = max(len(pairs), 1)
    return Matching(
        blocks=tuple(ours),
        reference=tuple(theirs),
        pairs=tuple(pairs),
        block_match=min(matched / every, 1.0) if matched else 0.0,
        text=sum(p.text for p in pairs) / num,
        position=sum(p.position for p in pairs) / num,
        color=sum(p.color for p in pairs) / num,
    )


def _fuse(blocks: Sequence[Block]) -> list[Block]:
    """Blocks in one and the same box become one; colours by running halves, as the original."""
    fused: dict[Box, Block] = {}
    for block in blocks:
        known = fused.get(block.box)
        if known is None:
            red, green, blue = block.color
            fused[block.box] = replace(block, color=(float(red), float(green), float(blue)))
            continue
        red, green, blue = (
            (old + new) / 2 for old, new in zip(known.color, block.color, strict=True)
        )
        fused[block.box] = replace(
            known,
            text=f"{known.text} {block.text}",
            color=(red, green, blue),
            owners=known.owners + block.owners,
        )
    return list(fused.values())


def _join(first: Block, second: Block) -> Block:
    left, top = min(first.box[0], second.box[0]), min(first.box[1], second.box[1])
    right = max(first.box[0] + first.box[2], second.box[0] + second.box[2])
    bottom = max(first.box[1] + first.box[3], second.box[1] + second.box[3])
    red, green, blue = ((a + b) // 2 for a, b in zip(first.color, second.color, strict=True))
    return Block(
        text=f"{first.text} {second.text}",
        box=(left, top, right - left, bottom - top),
        color=(red, green, blue),
        owners=first.owners + second.owners,
    )


def _regroup(
    ours: list[Block], theirs: list[Block], ratios: Ratios
) -> tuple[list[Block], list[Block]]:
    """Join neighbours on either side for as long as that makes the texts more alike."""
    while True:
        ours, is_joined = _join_pass(ours, theirs, ratios, is_ours=True)
        theirs, is_other_joined = _join_pass(theirs, ours, ratios, is_ours=False)
        if not is_joined and not is_other_joined:
            return ours, theirs


def _join_pass(
    blocks: list[Block], others: list[Block], ratios: Ratios, *, is_ours: bool
) -> tuple[list[Block], bool]:
    """One pass over the neighbours of one side; whether anything was joined.

    Args:
      is_ours: whether ``blocks`` are the page's, whose texts are the first of a ratio.
    """
    if len(blocks) < 2:
        return blocks, False
    texts, fixed = [b.text for b in blocks], [b.text for b in others]

    def similarity(own: list[str]) -> np.ndarray:
        return ratios.matrix(own, fixed) if is_ours else ratios.matrix(fixed, own).T

    ratio_NM = similarity(texts)
    base = _assigned(ratio_NM, is_ours)
    perfect = base.count(-1.0)
    gains = []
    for i in range(len(blocks) - 1):
        joined = f"{texts[i]} {texts[i + 1]}"
        if _most_equal([*texts[:i], joined, *texts[i + 2 :]], fixed) < perfect:
            continue  # then a perfect pair is lost, and no loss of one counts as a gain
        trial_NM = np.concatenate([ratio_NM[:i], similarity([joined]), ratio_NM[i + 2 :]])
        gain = _gain(base, _assigned(trial_NM, is_ours))
        if gain > LEAST_GAIN:
            gains.append((gain, i))
    blocks, gone = list(blocks), set[int]()
    touched: set[int] = set()
    for _, i in sorted(gains, key=lambda entry: -entry[0]):
        if touched.isdisjoint((i, i + 1)):
            blocks[i] = _join(blocks[i], blocks[i + 1])
            touched |= {i, i + 1}
            gone.add(i + 1)
    return [block for i, block in enumerate(blocks) if i not in gone], bool(gone)


def _assigned(ratio_NM: np.ndarray, is_ours: bool) -> list[float]:
    """The costs of the best assignment, the page's blocks first as in the original."""
    cost_NM = -ratio_NM if is_ours else -ratio_NM.T
    rows, columns = linear_sum_assignment(cost_NM)
    return cost_NM[rows, columns].tolist()


def _most_equal(texts: list[str], fixed: list[str]) -> int:
    """How many pairs of equal texts there can be."""
    return (Counter(texts) & Counter(fixed)).total()


def _gain(old: list[float], new: list[float]) -> float:
    """How much lower the mean cost is among the entries that differ; 0 where the best is not."""
    rest_old, rest_new = Counter(old), Counter(new)
    rest_old, rest_new = rest_old - rest_new, rest_new - rest_old
    gain = _mean(rest_old) - _mean(rest_new)
    if gain <= 0:
        return gain
    return gain if rest_old and rest_new and min(rest_old) > min(rest_new) else 0.0


def _mean(costs: Counter[float]) -> float:
    total = costs.total()
    return sum(cost * count for cost, count in costs.items()) / total if total else 0.0


def _in_context(cost_NM: np.ndarray) -> np.ndarray:
    """Costs of matches, less what the two best entries around them add."""
    adjusted = cost_NM.copy()
    for i, j in np.argwhere(cost_NM < -LEAST_RATIO).tolist():
        around = cost_NM[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].ravel().tolist()
        around.remove(cost_NM[i, j])
        adjusted[i, j] += CONTEXT_BONUS * sum(sorted(around)[:2])
    return adjusted


def position_similarity(first: Box, second: Box) -> float:
    """1 less the larger distance of the centres, along x or y, in shares of the page."""
    across = abs(first[0] + first[2] / 2 - second[0] - second[2] / 2)
    down = abs(first[1] + first[3] / 2 - second[1] - second[3] / 2)
    return max(0.0, 1.0 - max(across, down))
