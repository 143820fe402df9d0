"""The four axes of the low-level score: precision, recall and F1 of two traces.

By the official evaluator with a fresh state for every pair; ``robust`` repairs what a reward should
not inherit (docs/benchmarks.md lists both).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from vsdpo_jax.benchmarks.chartmimic.trace import Trace
from vsdpo_jax.domains.web.judge.blocks import color_similarity

AXES = ("text", "layout", "chart_type", "color")
NEAR, MOST_COLORS = 0.7, 10
"""Of more colours than this those too similar to one before them are left out."""
GRAPH_CELL = (1, 1, 0, 1, 0, 1)
"""The place of every axes in an example of the category "graph"."""

F1 = dict[str, float]
Color = tuple[str, str]


def f1(matched: float, num_candidate: int, num_reference: int) -> F1:
    """Precision, recall and their harmonic mean; 0 where nothing is there to divide by."""
    precision = matched / num_candidate if num_candidate else 0.0
    recall = matched / num_reference if num_reference else 0.0
    both = precision + recall
    value = 2 * precision * recall / both if both else 0.0
    return {"precision": precision, "recall": recall, "f1": value}


ZERO = f1(0.0, 0, 0)
ONE = f1(1.0, 1, 1)


def score(candidate: Trace, reference: Trace, name: str, *, robust: bool = False) -> dict[str, F1]:
    """The four axes of a pair.

    Args:
      candidate, reference: traces under the same libraries.
      name: the example's id; of the category "graph" the layout is not compared.
      robust: see the module.
    """
    if robust:
        ours, theirs = (
            [text for text, is_seen in trace.texts if is_seen] for trace in (candidate, reference)
        )
        return {
            "text": common(ours, theirs, empty=ONE),
            "layout": common(candidate.layout, reference.layout, empty=ONE),
            "chart_type": common_counts(candidate.all_types, reference.all_types, empty=ONE),
            "color": assigned(candidate.all_colors, reference.all_colors, empty=ONE),
        }
    ours, theirs = ([text for text, _ in trace.texts] for trace in (candidate, reference))
    cells, other_cells = candidate.layout, reference.layout
    if name.startswith("graph"):
        cells, other_cells = (GRAPH_CELL,) * len(cells), (GRAPH_CELL,) * len(other_cells)
    return {
        "text": common(ours, theirs),
        "layout": common(cells, other_cells),
        "chart_type": common_counts(candidate.types, reference.types),
        "color": assigned(unlike(candidate.colors), unlike(reference.colors)),
    }


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
    groups = [defaultdict(list), defaultdict(list)]
    for side, colors in zip(groups, (candidate, reference), strict=True):
        for group, color in colors:
            side[group].append(color)
    total = 0.0
    for group in groups[0].keys() & groups[1].keys():
        similarity_NM = similarities(groups[0][group], groups[1][group])
        total += float(similarity_NM[linear_sum_assignment(-similarity_NM)].sum())
    return f1(total, len(candidate), len(reference))


def unlike(colors: Sequence[Color]) -> list[Color]:
    """The colours without those that are similar to a kept one, where there are many.

    Officially in the order of a Python set, which depends on the hash seed and on where libraries
    are installed; here in the order of making.
    """
    if len(colors) <= MOST_COLORS:
        return list(colors)
    kept: list[Color] = []
    for entry in colors:
        if not kept or similarities([entry[1]], [color for _, color in kept]).max() <= NEAR:
            kept.append(entry)
    return kept


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
