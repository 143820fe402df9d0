"""Feedback that follows from the choices alone, without rendering.

Sizes, colours against white, limits against values, spare axes and omitted texts decide five axes
whatever the layout does. The words are those of the chart rubric; tests/lab holds them against
real renders.
"""

from __future__ import annotations

from vsdpo_jax.lab.edits import SMALLEST_PT
from vsdpo_jax.lab.programs import PALE_COLORS, PALE_TEXT, Choices, drawn_series
from vsdpo_jax.lab.tasks import ChartTask

PREDICTED_AXES = ("contrast", "tiny", "empty", "range", "content")
NOTES_PER_AXIS = 2
LARGE_PT = 18
_FAMILY = {"bar": "bar", "line": "line", "scatter": "points"}


def predicted_feedback(task: ChartTask, choices: Choices) -> dict[str, str]:
    """Axis -> note or "ok", for PREDICTED_AXES.

    Raises:
      ValueError: for choices with an API mistake, which have no picture.
    """
    if choices.mistake is not None:
        raise ValueError(f"predicted_feedback: mistake {choices.mistake!r} leaves no picture")
    notes = {
        "contrast": _contrast(task, choices),
        "tiny": _tiny(task, choices),
        "empty": ["axes 2 without data"] if choices.spare_axes else [],
        "range": _range(task, choices),
        "content": _content(task, choices),
    }
    return {axis: "; ".join(list(dict.fromkeys(found))[:NOTES_PER_AXIS]) or "ok"
            for axis, found in notes.items()}  # fmt: skip


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
            ratio = contrast_on_white(choices.colors[row])
            labels = [name]
            if len(task.series) == 1:  # without a legend label parts are numbered, bars one by one
                count = len(task.categories) if task.kind == "bar" else 1
                labels = [str(number + 1) for number in range(count)]
            family = _FAMILY[task.kind]
            found += [(ratio / 1.3, f"{family} {label} {ratio:.1f}") for label in labels]
    return [_prefix(choices) + note for _, note in sorted(found, key=lambda item: item[0])]


def _range(task: ChartTask, choices: Choices) -> list[str]:
    highest = max(max(values) for _, values in drawn_series(task, choices))
    if choices.y_top is None or highest <= choices.y_top:
        return []
    return [f"{_prefix(choices)}y {highest} of {choices.y_top}"]


def _content(task: ChartTask, choices: Choices) -> list[str]:
    notes = []
    if "title" in choices.omitted and not choices.repeated_title:
        notes.append("title missing")
    elif "title" not in choices.omitted and choices.repeated_title:
        notes.append("title twice")
    notes += [f"{axis} label missing" for axis in "xy" if f"{axis}_label" in choices.omitted]
    names = [name for name, _ in task.series]
    if choices.slip is not None:
        row, column, painted = choices.slip
        words = f"{task.categories[column]} {painted} asked {task.series[row][1][column]}"
        notes.append(f"series {names[row]} {words}")
    if "series" in choices.omitted:
        notes.append(f"series {names[-1]} missing")
    if "legend" in choices.omitted:
        notes.append("legend missing")
    elif "series" in choices.omitted:
        notes.append(f"legend {names[-1]} missing")
    return notes


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
