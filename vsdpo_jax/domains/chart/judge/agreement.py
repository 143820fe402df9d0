"""ChartMimic's formulas: how far two charts agree in texts, places, types and colours.

One home for what scores (the benchmark) and what rewards (``reference.py``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from vsdpo_jax.domains.ciede import color_similarity

F1 = dict[str, float]
Color = tuple[str, str]
"""A group, and "#RRGGBB" or the name of a colour map."""


def f1(matched: float, num_candidate: int, num_reference: int) -> F1:
    """Precision, recall and their harmonic mean; 0 where nothing is there to divide by."""
    precision = matched / num_candidate if num_candidate else 0.0
    recall = matched / num_reference if num_reference else 0.0
    both = precision + recall
    value = 2 * precision * recall / both if both else 0.0
    return {"precision": precision, "recall": recall, "f1": value}


ZERO = f1(0.0, 0, 0)
ONE = f1(1.0, 1, 1)


def common(candidate: Sequence[object], reference: Sequence[object], empty: F1 = ZERO) -> F1:
    """How many of two multisets are equal; ``empty`` where both hold nothing."""
    if not candidate and not reference:
        return empty
    matched = (Counter(candidate) & Counter(reference)).total()
    return f1(matched, len(candidate), len(reference))


def common_counts(
    candidate: Mapping[str, int], reference: Mapping[str, int], empty: F1 = ZERO
) -> F1:
    """The same of counts."""
    if not candidate and not reference:
        return empty
    matched = (Counter(candidate) & Counter(reference)).total()
    return f1(matched, sum(candidate.values()), sum(reference.values()))


def assigned(candidate: Sequence[Color], reference: Sequence[Color], empty: F1 = ZERO) -> F1:
    """The most similar assignment of colours to each other within their groups."""
    if not candidate and not reference:
        return empty
    total = sum(similarity for _, _, similarity in assignment(candidate, reference))
    return f1(total, len(candidate), len(reference))


def assignment(
    candidate: Sequence[Color], reference: Sequence[Color]
) -> list[tuple[int, int, float]]:
    """Which colour goes to which of the same group, and how similar they are."""
    groups = [defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)]
    for side, colors in zip(groups, (candidate, reference), strict=True):
        for number, (group, _) in enumerate(colors):
            side[group].append(number)
    pairs = []
    for group in groups[0].keys() & groups[1].keys():
        rows, columns = groups[0][group], groups[1][group]
        similarity_NM = similarities(
            [candidate[i][1] for i in rows], [reference[j][1] for j in columns]
        )
        for i, j in zip(*linear_sum_assignment(-similarity_NM), strict=True):
            pairs.append((rows[i], columns[j], float(similarity_NM[i, j])))
    return pairs


def similarities(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """float64[N, M] in [0, 1]: of colours by CIEDE2000, of names 1 where they are equal."""
    out_NM = np.array([[float(a == b) for b in second] for a in first]).reshape(
        len(first), len(second)
    )
    rows = [i for i, color in enumerate(first) if color.startswith("#")]
    columns = [j for j, color in enumerate(second) if color.startswith("#")]
    if rows and columns:
        left = _rgb([first[i] for i in rows]).repeat(len(columns), axis=0)
        right = np.tile(_rgb([second[j] for j in columns]), (len(rows), 1))
        found = color_similarity(left, right).reshape(len(rows), len(columns))
        out_NM[np.ix_(rows, columns)] = found
    return out_NM


def _rgb(colors: Sequence[str]) -> np.ndarray:
    return np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors], float)
