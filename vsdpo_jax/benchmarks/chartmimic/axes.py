"""The four axes of the low-level score: precision, recall and F1 of two traces.

By the official evaluator with a fresh state for every pair; ``robust`` repairs what a reward should
not inherit (docs/benchmarks.md lists both).
"""

from __future__ import annotations

from collections.abc import Sequence

from vsdpo_jax.benchmarks.chartmimic.trace import Trace
from vsdpo_jax.domains.chart.judge.agreement import (
    F1,
    ONE,
    Color,
    assigned,
    common,
    common_counts,
    similarities,
)

AXES = ("text", "layout", "chart_type", "color")
NEAR, MOST_COLORS = 0.7, 10
"""Of more colours than this those too similar to one before them are left out."""
GRAPH_CELL = (1, 1, 0, 1, 0, 1)
"""The place of every axes in an example of the category "graph"."""


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
