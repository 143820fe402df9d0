"""Feedback that follows from the choices alone, without rendering.

Sizes, colours against white, limits against values, spare axes and omitted texts decide five axes
whatever the layout does. The words are those of the chart rubric; tests/lab holds them against
real renders.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vsdpo_jax.domains.chart.judge.content.pairing import READ_SHARE
from vsdpo_jax.domains.chart.judge.detectors_contrast import DATA_DIFFERENCE
from vsdpo_jax.domains.chart.lab.edits import SMALLEST_PT
from vsdpo_jax.domains.chart.lab.programs import (
    OUTSIDE,
    PALE_COLORS,
    PALE_TEXT,
    Choices,
    drawn_series,
)
from vsdpo_jax.domains.chart.lab.tasks import ChartTask
from vsdpo_jax.domains.chart.paint import measure

PREDICTED_AXES = ("contrast", "tiny", "empty", "range", "content")
NOTES_PER_AXIS = 2
LARGE_PT = 18
MOST_NAMED_VALUES = 2
_FAMILY = {"bar": "bar", "line": "line", "scatter": "points"}


def predicted_feedback(task: ChartTask, choices: Choices) -> dict[str, str]:
    """Axis -> note or "ok", for PREDICTED_AXES.

    What is missing or cannot be seen fails every axis that would have judged it.

    Raises:
      ValueError: for choices with an API mistake, which have no picture.
    """
    if choices.mistake is not None:
        raise ValueError(f"predicted_feedback: mistake {choices.mistake!r} leaves no picture")
    shown = _Shown(task, choices)
    texts, data, names = _missing_texts(choices), shown.missing(), _missing_names(task, choices)
    if "legend missing" in names:  # nobody can tell whose values they are
        data.append("legend missing")
    notes = {
        "contrast": [*_contrast(task, choices), *texts, *data, *names],
        "tiny": [*_tiny(task, choices), *texts, *names],
        "empty": [*_empty(task, choices, shown), *data],
        "range": [*_range(task, choices), *data],
        "content": [*_content(task, choices, shown), *names],
    }
    return {axis: "; ".join(list(dict.fromkeys(found))[:NOTES_PER_AXIS]) or "ok"
            for axis, found in notes.items()}  # fmt: skip


class _Shown:
    """What can be read of each asked series.

    Attributes:
      painted: row -> for each value the painted one where it can be seen, None where it cannot; an
        empty list for a series that cannot be seen at all.
    """

    def __init__(self, task: ChartTask, choices: Choices) -> None:
        self.task = task
        self.painted: list[list[int | None]] = [[] for _ in task.series]
        for row, (_, values) in enumerate(drawn_series(task, choices)):
            if choices.colors[row] not in PALE_COLORS:
                seen = [_is_seen(task.kind, values, i, choices.y_top) for i in range(len(values))]
                if any(seen):
                    self.painted[row] = [
                        value if is_seen else None
                        for value, is_seen in zip(values, seen, strict=True)
                    ]

    def wrong(self, row: int) -> list[int]:
        """Places of the values that are not shown as asked; all of a series that is not seen."""
        asked = self.task.series[row][1]
        painted = self.painted[row] or [None] * len(asked)
        return [i for i, value in enumerate(asked) if painted[i] != value]

    def missing(self) -> list[str]:
        """The series of which too little can be read."""
        found = []
        for row, (name, values) in enumerate(self.task.series):
            wrong = self.wrong(row)
            right = {value for place, value in enumerate(values) if place not in wrong}
            is_flat = len(right) < 2 <= len(set(values))
            if is_flat or len(values) - len(wrong) < READ_SHARE * len(values):
                found.append(f"series {name} missing")
        return found


def _is_seen(kind: str, values: Sequence[int], index: int, y_top: int | None) -> bool:
    """Whether a value shows below the limit. One on the limit does, but for a line from above."""
    if y_top is None or values[index] < y_top:
        return True
    if values[index] > y_top:
        return False
    return kind != "line" or any(value < y_top for value in values[max(index - 1, 0) : index + 2])


def _missing_texts(choices: Choices) -> list[str]:
    found = []
    if "title" in choices.omitted and not choices.repeated_title:
        found.append("title missing")
    return found + [f"{axis} label missing" for axis in "xy" if f"{axis}_label" in choices.omitted]


def _missing_names(task: ChartTask, choices: Choices) -> list[str]:
    if len(task.series) > 1 and "legend" in choices.omitted:
        return ["legend missing"]
    names = [name for name, _ in task.series]
    return [f"legend {names[-1]} missing"] if "series" in choices.omitted else []


def _prefix(choices: Choices) -> str:
    return "axes 1 " if choices.spare_axes else ""


def _tiny(task: ChartTask, choices: Choices) -> list[str]:
    # In painting order: both axes, then the title, then the legend.
    sizes = [("x ticks", choices.tick_size)]
    if "x_label" not in choices.omitted:
        sizes.append(("x label", choices.x_size))
    if "y_label" not in choices.omitted:
        sizes.append(("y label", choices.y_size))
    if "title" not in choices.omitted:
        sizes.append(("title", choices.title_size))
    if len(task.series) > 1 and "legend" not in choices.omitted:
        sizes.append(("legend", choices.legend_size))
    tiny = sorted((item for item in sizes if item[1] < SMALLEST_PT), key=lambda item: item[1])
    return [f"{_prefix(choices)}{name} {size}" for name, size in tiny]


def _contrast(task: ChartTask, choices: Choices) -> list[str]:
    found: list[tuple[float, str]] = []
    if choices.title_color in PALE_TEXT and "title" not in choices.omitted:
        ratio = contrast_on_white(choices.title_color)
        needed = 3.0 if choices.title_size >= LARGE_PT else 4.5
        found.append((ratio / needed, f"title {ratio:.1f}"))
    for row, (name, _) in enumerate(drawn_series(task, choices)):
        if choices.colors[row] in PALE_COLORS:
            share = _difference_from_white(choices.colors[row]) / DATA_DIFFERENCE
            label = name if len(task.series) > 1 else "1"  # without a label they are numbered
            found.append((share, f"{_FAMILY[task.kind]} {label} pale"))
    return [_prefix(choices) + note for _, note in sorted(found, key=lambda item: item[0])]


def _empty(task: ChartTask, choices: Choices, shown: _Shown) -> list[str]:
    has_legend = len(task.series) > 1 and "legend" not in choices.omitted
    is_bare = not any(shown.painted) and not (has_legend and choices.legend_place != OUTSIDE)
    if choices.spare_axes:
        return ["axes 1 without data"] * is_bare + ["axes 2 without data"]
    return ["axes without data"] * is_bare


def _range(task: ChartTask, choices: Choices) -> list[str]:
    highest = max(max(values) for _, values in drawn_series(task, choices))
    if choices.y_top is None or highest <= choices.y_top:
        return []
    return [f"{_prefix(choices)}y {highest} of {choices.y_top}"]


def _content(task: ChartTask, choices: Choices, shown: _Shown) -> list[str]:
    notes = _missing_texts(choices)
    if "title" not in choices.omitted and choices.repeated_title:
        notes.insert(0, "title twice")
    for row, (name, values) in enumerate(task.series):
        wrong, painted = shown.wrong(row), shown.painted[row]
        if not painted:
            notes.append(f"series {name} missing")
        elif len(wrong) > MOST_NAMED_VALUES:
            notes.append(f"series {name} {len(values) - len(wrong)} of {len(values)} values")
        elif wrong:
            said = ", ".join(
                f"{task.categories[i]} {'nothing' if painted[i] is None else painted[i]} "
                f"asked {values[i]}"
                for i in wrong
            )
            notes.append(f"series {name} {said}")
    if not any(shown.painted):
        notes.append(f"no {task.kind}")
    return notes


def _difference_from_white(color: str) -> float:
    """How far a pale colour stands out from white, as the painter measures it."""
    rgb = np.array([[int(_HEX[color][i : i + 2], 16) for i in (0, 2, 4)]], np.uint8)
    return float(measure.difference(rgb, np.full((1, 3), 255, np.uint8))[0])


def contrast_on_white(color: str) -> float:
    """WCAG 2 contrast ratio of a named colour against white."""
    red, green, blue = (int(_HEX[color][i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for c in (red, green, blue)]  # fmt: skip
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


_HEX = {
    "ivory": "fffff0", "azure": "f0ffff", "snow": "fffafa", "honeydew": "f0fff0",
    "seashell": "fff5ee", "mintcream": "f5fffa", "silver": "c0c0c0", "gold": "ffd700",
    "khaki": "f0e68c", "lightgray": "d3d3d3",
}  # fmt: skip
